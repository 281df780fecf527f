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
 * | `sqlite.ts` | the one file that knows `node:sqlite` |
 * | `schema_version.ts`, `lock.ts`, `files.ts`, `errors.ts` | whose file it is, and what can be wrong with it |
 * | `write/writer.ts` | the only writing connection: opening, batches, peers, upkeep |
 * | `write/batch_writer.ts`, `batch_rows.ts` | a batch into tables; many rows per statement |
 * | `write/set_text.ts`, `prefix_text.ts` | bytes and words → text columns |
 * | `write/peer_rows.ts`, `configured_peers.ts` | states, counters and events of peers; peers that were added by command |
 * | `write/cleanup.ts`, `indexes.ts`, `pacing.ts` | rows that nobody sees any more; indexes that wait for the first backlog; the lock left to others |
 * | `write/loader.ts`, `earlier_run.ts` | what the last run left, for the RIB and for the next run |
 * | `write/opening.ts`, `carry_over.ts`, `alterations.ts` | a damaged or lost file, what goes over into the next one; what somebody made of our tables |
 * | `write/announcements/` | routes announced by hand: the table that everyone may write, and what became of its rows |
 * | `write/history/` | states that ended: how long and of whom they are kept, and what is not known |
 * | `read/reader.ts` | what commands ask a database, read-only |
 * | `read/route_query.ts`, `explain_query.ts`, `history_query.ts`, `received_routes.ts` | one file for each question |
 * | `read/longest_match.ts`, `functions.ts` | which prefix holds an address, SQL functions |
 *
 * Start reading at `schema.sql`, then `write/writer.ts`.
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
} from "./write/announcements/announcement.ts";
export {
  type AnnouncedRoute,
  type AnnouncementChanges,
  type Announcements,
} from "./write/announcements/announcements.ts";
export { AnnouncementFile } from "./write/announcements/announcement_file.ts";
export { type ConfiguredPeer, type ConfiguredPeers, readConfiguredPeers } from "./write/configured_peers.ts";
export { acquireLock, type Lock, lockHolder, type SystemLocks, whoLocks } from "./lock.ts";
export type { ApplyStats } from "./write/batch_writer.ts";
export { StoreWriter, type WriterOptions } from "./write/writer.ts";
export { type FileAccess, setAside } from "./files.ts";
export { failureText } from "./write/opening.ts";
export type { PeerEvent, PeerIdentity, PeerState, PeerStatistics } from "./write/peer_rows.ts";
export type { Loader } from "./write/loader.ts";
export type { EarlierRun } from "./write/earlier_run.ts";
export { Pacing } from "./write/pacing.ts";
export { type PeerDetail, type PeerRow, StoreReader, type StoreSummary } from "./read/reader.ts";
export type { ReceivedRoute, ReceivedRoutes, StoredPeer } from "./read/received_routes.ts";
export { asPathExpression } from "./read/functions.ts";
export type { ExplainedPrefix, ExplainedRoute, ReceivedValues } from "./read/explain_query.ts";
export type { RouteAttributes } from "./read/route_attributes.ts";
export type { RouteFilter, RouteRow } from "./read/route_query.ts";
export type { ChangeRow, HistoryFilter, HistoryGap, StateRow } from "./read/history_query.ts";
export { defaultHistory, type HistoryLimits } from "./write/history/history_trim.ts";
export { databaseRefusal, schemaVersion } from "./schema_version.ts";
export type { SqlRow, SqlValue } from "./sqlite.ts";
