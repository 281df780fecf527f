/**
 * # bmp: the BGP Monitoring Protocol, both directions
 *
 * A router reports its peers and their routes to a station. Here octets become messages or faults, and messages become
 * octets. Nothing here throws for octets that a router sent.
 *
 * | file | what | rules |
 * |---|---|---|
 * | `code_points.ts` | every number | RFC 7854, 8671, 9069, 9736 |
 * | `message.ts` | what each message says | RFC 7854 §4 |
 * | `framer.ts` | a stream of octets → whole messages, or the fault that ends the stream | RFC 7854 §4.1 |
 * | `peer_header.ts` | the per-peer header: which peer, and which of its tables | RFC 7854 §4.2, 8671 §4, 9069 §4 |
 * | `decode.ts`, `encode.ts` | octets ⇄ messages | RFC 7854 §4 |
 * | `station/` | the state of one router's connection: octets → events | RFC 7854 §3.3, §4 |
 *
 * Start reading at `message.ts`, then `station/station.ts`.
 *
 * @module
 */
export * from "./code_points.ts";
export * from "./message.ts";
export * from "./framer.ts";
export { decodeBmp } from "./decode.ts";
export { encodeBmp } from "./encode.ts";
export type * from "./station/events.ts";
export { mostStationPeers, Station } from "./station/station.ts";
