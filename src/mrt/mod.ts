/**
 * # mrt: routing information in files (RFC 6396, 8050)
 *
 * What RouteViews, RIPE RIS and every BGP daemon write: tables (TABLE_DUMP, TABLE_DUMP_V2) and messages (BGP4MP). Pure
 * and streaming: {@link MrtFramer} takes chunks of a file and returns records, and {@link MrtDecoder} turns them into
 * items. Memory stays constant for a file of any size. Of a damaged file everything before the damage is read, and its
 * offset is reported.
 *
 * A table entry becomes the UPDATE that would have announced it (`update_of_entry.ts`). Files therefore pass through
 * the same decoder, validation and RIB as sessions do.
 *
 * | file | what | rules |
 * |---|---|---|
 * | `record.ts` | stream → records | RFC 6396 §2, §3 |
 * | `decoder.ts` | records → items (`item.ts`) | |
 * | `table_dump.ts` | tables | RFC 6396 §4.2, §4.3; RFC 8050 §4 |
 * | `bgp4mp.ts` | messages and state changes | RFC 6396 §4.4; RFC 8050 §3 |
 * | `legacy_bgp.ts` | messages and state changes in files written before 2001 | RFC 6396 appendix B.2.1 |
 * | `peers.ts` | the peers that a file names | |
 * | `route_reader.ts`, `repair.ts` | items → routes, and routes with malformed attributes repaired for display | |
 * | `bgpdump_line.ts` | routes → lines as `bgpdump -m` prints them | |
 * | `message_writer.ts` | messages and state changes → records | RFC 6396 §4.4; RFC 8050 §3 |
 * | `table_writer.ts` | routes → tables | RFC 6396 §4.3; RFC 8050 §4 |
 * | `code_points.ts`, `error.ts`, `view.ts` | numbers; a record that breaks its format; octets, not copied | |
 *
 * Start reading at `record.ts`, then `table_dump.ts` and `bgp4mp.ts`.
 *
 * @module
 */
export * from "./code_points.ts";
export * from "./decoder.ts";
export * from "./item.ts";
export * from "./message_writer.ts";
export * from "./bgpdump_line.ts";
export * from "./record.ts";
export * from "./route_reader.ts";
export type { PeerIndexTable } from "./table_dump.ts";
export * from "./table_writer.ts";
export * from "./update_of_entry.ts";
