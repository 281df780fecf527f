/**
 * # types: values that all folders share
 *
 * Addresses, prefixes, address families, AS numbers, ids and the limits of this program. Plain values and total
 * functions: text that does not parse returns `undefined`, never an exception. Nothing here knows BGP messages,
 * sessions or routes.
 *
 * | file | what |
 * |---|---|
 * | `family.ts` | the table of address families; questions about a family go to it |
 * | `address.ts`, `prefix.ts`, `asn.ts`, `zone.ts` | values and their text |
 * | `decimal.ts`, `ethernet.ts` | whole numbers; MAC addresses and Ethernet segments |
 * | `destination.ts` | what a route of any family leads to |
 * | `next_hop.ts`, `martian.ts` | which addresses can be next hops, which prefixes are not destinations |
 * | `ids.ts` | types of the integers that name peers, prefixes and attribute sets |
 * | `octets.ts`, `arrived_octets.ts` | integers in octets; octets of a stream that wait for their message |
 * | `printable.ts` | foreign text made safe to print |
 * | `rib_kind.ts` | the tables of a router that BMP reports |
 * | `limits.ts`, `time.ts` | the limits of this program; milliseconds |
 *
 * Start reading at `family.ts`. A new family is one row of its table and its id in `FamilyId`; a new kind of NLRI also
 * needs a codec in `message/nlri/`.
 *
 * @module
 */
export * from "./address.ts";
export * from "./arrived_octets.ts";
export * from "./asn.ts";
export * from "./decimal.ts";
export * from "./ethernet.ts";
export type * from "./destination.ts";
export * from "./family.ts";
export type * from "./ids.ts";
export * from "./limits.ts";
export * from "./martian.ts";
export * from "./next_hop.ts";
export * from "./octets.ts";
export * from "./prefix.ts";
export * from "./printable.ts";
export * from "./rib_kind.ts";
export type * from "./time.ts";
export * from "./zone.ts";
