/**
 * # store: the RIB in SQLite
 *
 * Memory decides, SQLite remembers. One {@link StoreWriter} mirrors what the RIB tells it, in batches of changed rows;
 * {@link StoreReader}s, and anyone with `sqlite3`, open the file read-only. Losing the database loses no route: the RIB
 * sends everything again.
 *
 * | file | what |
 * |---|---|
 * | `schema.sql` | tables, with their reasons, and the views that people query |
 * | `writer.ts` | the only writing connection: opening, batches, peers, upkeep |
 * | `batch_writer.ts`, `batch_rows.ts` | a batch into tables; many rows per statement |
 * | `set_text.ts`, `prefix_text.ts` | bytes and words → text columns |
 * | `peer_rows.ts` | states, counters and events of peers |
 * | `announcements.ts`, `announcement.ts`, `announcement_file.ts` | routes announced by hand: the table that everyone may write |
 * | `outcomes.ts` | what became of them |
 * | `configured_peers.ts` | peers that were added by command |
 * | `cleanup.ts` | rows that nobody sees any more, a little at a time |
 * | `flushed_rows.ts` | rows of lost sessions become history |
 * | `history_writer.ts`, `history_trim.ts`, `history_size.ts`, `history_gap.ts` | states that ended: how long and of whom they are kept, and what is not known |
 * | `indexes.ts` | indexes that wait for the first backlog; what the planner believes |
 * | `loader.ts` | what the last run left, for the RIB |
 * | `earlier_run.ts` | what the last run left, when the next begins |
 * | `opening.ts`, `carry_over.ts` | a damaged or lost file, and what goes over into the one that follows |
 * | `alterations.ts` | what somebody made of our tables, views and triggers |
 * | `migrate.ts`, `lock.ts`, `files.ts`, `errors.ts` | whose file it is, and what can be wrong with it |
 * | `pacing.ts` | how long to leave the lock to others |
 * | `reader.ts`, `route_query.ts`, `explain_query.ts`, `history_query.ts`, `route_attributes.ts`, `received_routes.ts` | queries for commands |
 * | `longest_match.ts`, `functions.ts` | which prefix holds an address, SQL functions |
 * | `sqlite.ts` | the one file that knows `node:sqlite` |
 *
 * Start reading at `schema.sql`, then `writer.ts`.
 *
 * @module
 */
export * from "./errors.ts";
export {
  type AnnouncementRow,
  type AnnouncementSource,
  type AnnouncementText,
  announcementValues,
  readAnnouncement,
  shownRow,
  textOfRoute,
} from "./announcement.ts";
export { type AnnouncedRoute, type AnnouncementChanges, type Announcements } from "./announcements.ts";
export { AnnouncementFile } from "./announcement_file.ts";
export { type ConfiguredPeer, type ConfiguredPeers, readConfiguredPeers } from "./configured_peers.ts";
export { acquireLock, type Lock, lockHolder, type SystemLocks, whoLocks } from "./lock.ts";
export type { ApplyStats } from "./batch_writer.ts";
export { StoreWriter, type WriterOptions } from "./writer.ts";
export { type FileAccess, setAside } from "./files.ts";
export { wordsOf } from "./opening.ts";
export type { PeerEvent, PeerIdentity, PeerState, PeerStatistics } from "./peer_rows.ts";
export type { Loader } from "./loader.ts";
export type { EarlierRun } from "./earlier_run.ts";
export { Pacing } from "./pacing.ts";
export { type PeerDetail, type PeerRow, StoreReader, type StoreSummary } from "./reader.ts";
export type { ReceivedRoute, ReceivedRoutes, StoredPeer } from "./received_routes.ts";
export { asPathExpression } from "./functions.ts";
export type { ExplainedPrefix, ExplainedRoute } from "./explain_query.ts";
export type { RouteFilter, RouteRow } from "./route_query.ts";
export type { ChangeRow, HistoryFilter, HistoryGap, StateRow } from "./history_query.ts";
export { defaultHistory, type HistoryLimits } from "./history_trim.ts";
export { databaseRefusal, schemaVersion } from "./migrate.ts";
export type { SqlRow, SqlValue } from "./sqlite.ts";
