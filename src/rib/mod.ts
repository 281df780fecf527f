/**
 * # rib: every route, and which one is best
 *
 * Adj-RIB-In → decision process → Loc-RIB → Adj-RIB-Out (RFC 4271 §3.2, §9), in columns of integers: a prefix is a slot,
 * an attribute set is a number, a route is twelve octets. Nothing here does I/O: bytes and sessions come in through
 * {@link Rib}, facts come back; sockets and the store pull what is theirs.
 *
 * | file | what |
 * |---|---|
 * | `engine.ts`, `rib_options.ts`, `rib_peer.ts` | {@link Rib}: the whole, and its order of events; what it is told of a peer |
 * | `ingest.ts` | the messages of one session become routes (RFC 7606 faults become facts) |
 * | `refresh_marks.ts` | … and which beginnings and ends of a refresh count (RFC 7313) |
 * | `prefix_table.ts`, `attribute_table.ts`, `attribute_keys.ts`, `byte_arena.ts` | interning: prefixes and attribute sets as small integers |
 * | `adj_rib_in.ts`, `adj_rib_in_single.ts`, `adj_rib_in_paths.ts` | the routes of one session; the latter for ADD-PATH (RFC 7911) |
 * | `peer_family.ts`, `earlier_run.ts` | a peer's routes across sessions and restarts: flush, stale, End-of-RIB |
 * | `long_lived.ts` | … and longer: routes marked LLGR_STALE (RFC 9494) |
 * | `lost_routes.ts` | routes of lost sessions, taken apart between decisions |
 * | `imports.ts`, `import_filter.ts`, `prefix_class_column.ts` | what becomes of a route on its way in: checks, rules, policy; judged once per set and class, and anew after a reload |
 * | `import_rules.ts`, `drain_mark.ts` | … before any policy: the mark of RFC 9234, an AS of ours between; behind it: that of RFC 8326 |
 * | `eligibility.ts`, `reasons.ts` | loops (RFC 4271 §9.1.2, 4456 §8), leaks (RFC 9234), AS_SETs (RFC 9774): kept, but no candidates |
 * | `prefix_limit.ts`, `path_limit.ts` | how many routes a peer may have; how many paths of one prefix |
 * | `decision.ts`, `ranking.ts` | the decision process (RFC 4271 §9.1.2.2, 4456 §9, 5004); and what comes after the best route |
 * | `explain.ts` | the same in words: which step took which route away |
 * | `multipath.ts` | routes as good as the best one, marked where somebody asks |
 * | `family_rib.ts`, `family_ribs.ts`, `loc_rib.ts` | one family: what is to be decided, and the outcome |
 * | `originate.ts`, `local_routes.ts` | our own routes: for all, or for one peer |
 * | `exports.ts`, `export_map.ts`, `peer_terms.ts` | who shares an update group; what a set becomes there, worked out once |
 * | `group_share.ts` | what groups have in common |
| `client_selection.ts`, `int_map.ts` | what a group selects for its peers where the best route is not for them (RFC 7947 §2.3.2) |
| `out_limit.ts` | how many routes a peer is told; what waits for room |
 * | `export_filter.ts`, `export_rules.ts`, `export_hop.ts`, `path_editor.ts`, `export_target.ts`, `communities.ts` | which routes leave and how (RFC 4271 §5, 4456, 5065, 7947, 9234) |
 * | `attribute_offsets.ts`, `attribute_writer.ts` | canonical sets read and written by the rules |
 * | `update_group.ts`, `out_column.ts`, `out_rows.ts`, `out_ring.ts`, `set_order.ts` | what a group is told: encoded once |
 * | `adj_rib_out.ts`, `peer_out.ts` | each peer at its own pace; End-of-RIB, route refresh (RFC 2918, 4724, 7313) |
 * | `unadvertisable.ts` | our own routes that a session cannot carry |
 * | `history_ring.ts`, `superseded.ts` | states that ended, on their way to the database |
 * | `store_batch.ts`, `store_feed.ts` | what the database is to hear, pulled |
 * | `facts.ts`, `report.ts` | what the shell is to hear; the tables as rows, and what they cost |
 * | `lookup.ts`, `prefix_lookup.ts` | longest match, and other questions that programs ask |
 * | `advertised.ts`, `withheld.ts` | the same about Adj-RIB-Out: what was written, what waits, what is withheld, and why |
 * | `outcome.ts`, `outcomes.ts` | … and about our own routes: to whom each went, and to whom not |
 *
 * Start reading at `engine.ts`, then `ingest.ts`.
 *
 * @module
 */
export { Rib } from "./engine.ts";
export type { RibOptions } from "./rib_options.ts";
export type { PrefixLimit } from "./in/prefix_limit.ts";
export type { RibPeer, RibSession } from "./rib_peer.ts";
export type { RibMemory, RibRow } from "./report.ts";
export type { FoundRoute, RouteQuestion } from "./decide/lookup.ts";
export type { PeerCounters, RibFact } from "./in/facts.ts";
export type { OriginatedRoute, Origination } from "./out/originate.ts";
export type { OriginatedFor, Outcome, OutcomeState, OutcomeSummary, PeerOutcome } from "./out/outcome.ts";
export type { OutcomeChanges } from "./out/outcomes.ts";
export type { AdvertisedQuestion, AdvertisedRoute } from "./out/advertised.ts";
export type { ExportPolicy, SessionAddresses } from "./out/export/export_target.ts";
export { ExportRules } from "./out/export/export_rules.ts";
export { defaultExport, type PeerExport } from "./out/exports.ts";
export { DecisionStep, decisionStepNames } from "./decide/decision.ts";
export { type Candidate, explain, explainIneligible, type Explanation, type Verdict } from "./decide/explain.ts";
export { Ineligible, ineligibleNames } from "./in/import/eligibility.ts";
export { DrainMark } from "./in/import/drain_mark.ts";
export { type ImportContext, ImportRules } from "./in/import/import_rules.ts";
export type { MultipathChoice } from "./decide/multipath.ts";
export { EndedBy, endedByNames } from "./history/history_ring.ts";
export * from "./feed/store_batch.ts";
