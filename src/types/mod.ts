/**
 * # types: values everyone shares
 *
 * Addresses, prefixes, address families, AS numbers and the limits of this program. Plain values and total functions:
 * text that does not parse gives `undefined`, never an exception. Nothing here knows BGP messages, sessions or routes.
 *
 * Start reading at `family.ts`: a family is one row of its table.
 *
 * @module
 */
export * from "./address.ts";
export * from "./asn.ts";
export * from "./family.ts";
export type * from "./ids.ts";
export * from "./limits.ts";
export * from "./martian.ts";
export * from "./next_hop.ts";
export * from "./octets.ts";
export * from "./prefix.ts";
export * from "./printable.ts";
export * from "./zone.ts";
