/**
 * # rpki: what RPKI caches say about routes
 *
 * VRPs say which AS may originate a prefix, ASPAs which ASes are providers of another. Tables in columns hold them and
 * validate routes; files and local exceptions change them.
 *
 * | file | what | rules |
 * |---|---|---|
 * | `vrp.ts`, `states.ts` | one VRP, one ASPA; what validation says | RFC 6811 §2, RFC 8097 §2 |
 * | `validity.ts` | what validation says of a route, in one number | |
 * | `prefix_words.ts`, `vrp_records.ts` | prefixes as words; VRPs as rows of numbers, between threads | |
 * | `vrp_table.ts` | the VRPs of a family (`prefix_nodes.ts`, `vrp_rows.ts`); the validation of a route | RFC 6811 |
 * | `vrp_tables.ts`, `touched_prefixes.ts` | both families, differences; the routes that a difference touches | |
 * | `route_origin.ts` | the origin of a route | RFC 6811 §2 |
 * | `aspa_table.ts`, `aspa_path.ts` | the ASPAs; the verification of a path | draft-ietf-sidrops-aspa-verification-28 |
 * | `rpki_file.ts` | JSON of relying parties, read by `json_cursor.ts` and `json_values.ts` | |
 * | `slurm.ts` | local exceptions | RFC 8416 |
 * | `rpki_data.ts` | what counts: caches, files and exceptions together, and what a change touches | RFC 8416 §4 |
 * | `rtr/` | the RTR protocol: PDUs, both directions, and streams of them | RFC 6810, 8210, 8210bis-27 §5, §12 |
 * | `cache/` | the session with one cache: event in, effects out | RFC 6810, 8210, 8210bis-27 §6 to §8 |
 * | `cache/payloads.ts` | what caches announced, marked with who said it; transactions | 8210bis-27 §11.3 |
 * | `cache/saved_data.ts` | the data of a cache as octets, for a restart | RFC 8210 §8.1 |
 * | `cache/caches.ts` | several caches: whom to connect to, whose data count | 8210bis-27 §10 |
 *
 * Start reading at `rpki_data.ts`, `vrp_table.ts` and `aspa_path.ts`, then `cache/types.ts` with `cache/handle.ts`.
 *
 * @module
 */
export * from "./aspa_path.ts";
export * from "./aspa_table.ts";
export type { FileError } from "./json_cursor.ts";
export * from "./route_origin.ts";
export * from "./rpki_data.ts";
export * from "./rpki_file.ts";
export * from "./slurm.ts";
export * from "./states.ts";
export * from "./touched_prefixes.ts";
export * from "./validity.ts";
export * from "./vrp.ts";
export * from "./vrp_records.ts";
export { type AddResult, type Source, Sources, VrpTable } from "./vrp_table.ts";
export { prefixOfWords, wordOf } from "./prefix_words.ts";
export * from "./vrp_tables.ts";
export * from "./rtr/code_points.ts";
export {
  decodePdu,
  defaultTiming,
  encodePdu,
  type Pdu,
  type PduBody,
  type RtrFault,
  type RtrTiming,
} from "./rtr/pdu.ts";
export { type RtrFrame, RtrFramer } from "./rtr/framer.ts";
export * from "./cache/types.ts";
export * from "./cache/caches.ts";
export { packCacheData, unpackCacheData } from "./cache/saved_data.ts";
export { mostCaches, type PayloadCounts, type PayloadListener, type Taken, type VrpVisitor } from "./cache/payloads.ts";
