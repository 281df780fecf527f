/**
 * # rib: every route, and which one is best
 *
 * Adj-RIB-In → decision process → Loc-RIB → Adj-RIB-Out (RFC 4271 §3.2, §9), in columns of integers: a prefix is a
 * slot, an attribute set is a number, a route is ten octets. There is no I/O: the shell passes bytes and sessions to
 * {@link Rib} and gets facts back; sockets and the store pull messages and rows.
 *
 * The sub-folders follow the way of a route. Each imports only from those before it; lint enforces the order.
 *
 * | folder | what is in it |
 * |---|---|
 * | `table/` | columns, and tables that turn prefixes and attribute sets into small integers, independent of peers |
 * | `attributes/` | reads and rewrites canonical attribute sets: one walk, one ordered merge, one cache of results |
 * | `history/` | history entries: ended states of routes, on their way to the database |
 * | `in/import/` | the import filter: eligibility (loops, leaks), rules, policy, marks; works on one set |
 * | `in/` | messages become routes: ingest, Adj-RIB-In, End-of-RIB, refresh, stale routes, maximum-prefix limits |
 * | `decide/` | the decision process and its explanation, multipath routes, the Loc-RIB, look-ups |
 * | `out/export/` | the export filter: which routes may leave and how their attributes change; works on one set |
 * | `out/` | update groups, their ring of messages, each peer at its own pace, originated routes and their outcomes |
 * | `routers/` | what routers report by BMP: their peers and tables beside ours, apart from every decision |
 * | `monitor/` | what happens, in order, for stations and archives: a ring, readers, BMP; nothing while nobody reads |
 * | `feed/` | everything that is not written yet, pulled by the store in batches |
 * | beside them | `engine.ts`: {@link Rib}, the whole; `rib_peer.ts`, `rib_options.ts`: what it is given |
 * | | `memberships.ts`: route targets that peers and this speaker want
 * | | `rpki_feed.ts`: RPKI data on their way in, and on to the store |
 * | | `peer_state.ts`: what it has of a peer; `report.ts`: its tables as rows |
 *
 * Start reading at `engine.ts`, then `in/ingest.ts`, `decide/decision.ts`, `out/update_group.ts`, `feed/store_feed.ts`.
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
export { rejectsAsSets } from "./out/export/export_filter.ts";
export { withheldNumber, withheldNumbers } from "./out/export/withheld_reasons.ts";
export { ExportRules } from "./out/export/export_rules.ts";
export { defaultExport, type PeerExport } from "./out/peer_export.ts";
export { DecisionStep, decisionStepNames } from "./decide/decision.ts";
export { type Candidate, explain, explainIneligible, type Explanation, type Verdict } from "./decide/explain.ts";
export { Ineligible, ineligibleNames } from "./in/import/eligibility.ts";
export { DrainMark } from "./in/import/drain_mark.ts";
export { type ImportContext, ImportRules } from "./in/import/import_rules.ts";
export type { BmpChoice, BmpFeed } from "./monitor/bmp_feed.ts";
export type { MrtChoice, MrtFeed } from "./monitor/mrt_feed.ts";
export type * from "./monitor/entry.ts";
export { type MonitorChoice, type MonitorTable, monitorTables } from "./monitor/monitor_choice.ts";
export type { MultipathChoice } from "./decide/multipath.ts";
export type {
  RouterCounters,
  RouterEvent,
  RouterFact,
  RouterPeerRow,
  RouterRow,
  RouterStoreEvent,
  RouterTerms,
  SavedRouters,
} from "./routers/facts.ts";
export type { RpkiChange } from "./rpki_feed.ts";
export { EndedBy, endedByNames } from "./history/history_ring.ts";
export * from "./feed/store_batch.ts";
