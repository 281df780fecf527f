/**
 * # store: the RIB in SQLite
 *
 * Memory decides, SQLite remembers. One {@link StoreWriter} writes the changes that the RIB reports, in batches of
 * rows. {@link StoreReader}s and any `sqlite3` client open the file read-only. A lost database loses no route: the RIB
 * sends everything again.
 *
 * Shared, or about the whole file:
 *
 * | file | content |
 * |---|---|
 * | `schema.sql` | the tables, with their reasons, and the views that people query |
 * | `sqlite.ts`, `row_buffer.ts` | the only user of `node:sqlite`; many rows per statement |
 * | `schema_version.ts`, `lock.ts`, `files.ts`, `errors.ts` | whose file it is: program and daemon; failures |
 * | `indexes.ts`, `daemon_values.ts` | indexes that are created late; the table `daemon` |
 * | `family_of.ts` | the family of a destination, which two tables can have |
 *
 * `write/` is the writing connection:
 *
 * | file | content |
 * |---|---|
 * | `writer.ts`, `pragmas.ts` | the writer and its parts |
 * | `opening.ts`, `migrate.ts`, `migrations.ts`, `renamed_texts.ts` | opening a file; older schema versions |
 * | `alterations.ts`, `carry_over.ts`, `open_file.ts` | altered, damaged and lost files |
 * | `first_rows.ts`, `earlier_run.ts`, `loader.ts` | the start of a run and what the previous run left |
 * | `batch_writer.ts`, `set_text.ts`, `set_details.ts`, `prefix_text.ts` | a batch of the RIB; its text columns |
 * | `nlri_rows.ts` | destinations that are no plain prefixes |
 * | `peer_rows.ts`, `run_values.ts`, `configured_peers.ts` | rows of peers and values of the daemon |
 * | `announcements/` | routes that people announce with SQL, commands or the API, and their outcomes |
 * | `history/` | history entries: how many are kept, and which are missing |
 * | `cleanup.ts`, `late_indexes.ts`, `pacing.ts` | work for quiet times; when to leave the lock to others |
 *
 * `read/` answers commands:
 *
 * | file | content |
 * |---|---|
 * | `reader.ts` | the read-only connection |
 * | `peer_query.ts`, `route_query.ts`, `explain_query.ts`, `history_query.ts`, `summary_query.ts` | one kind each |
 * | `change_query.ts`, `difference_query.ts` | changes since a moment, page by page; what differs between two times |
 * | `inspect.ts`, `inspect_query.ts` | the state of a file as a whole: size, schema, damage |
 * | `web_reader.ts`, `route_slices.ts`, `overview_query.ts` | more for the web process: searches that can pause |
 * | `origin_query.ts`, `map_query.ts`, `search_query.ts` | an AS; the whole table in sums; what a word can mean |
 * | `received_routes.ts` | every route, for trials of policies |
 * | `alert_query.ts` | what alerts of `bgpd web` ask: routes and peers that are as they should not be |
 * | `route_pages.ts`, `table_facts.ts` | whole tables for looking glasses, a page at a time |
 * | `attribute_values.ts` | the path attributes of a set |
 * | `route_attributes.ts`, `history_range.ts`, `iso_time.ts` | columns of all views of routes; since when; times |
 * | `destination_sql.ts` | SQL for rows whose destination is in one of two tables |
 * | `columns.ts`, `cells.ts` | the columns of a query: name, SQL and type; the value of a cell |
 * | `named_queries.ts`, `query_names.ts` | the questions of `examples/queries.sql` by name, with parameters |
 * | `longest_match.ts`, `functions.ts` | the longest prefix of an address; SQL functions |
 *
 * `web/` is the database of the web process itself: `alert_memory.ts`.
 *
 * Start reading at `schema.sql`, then `write/writer.ts`.
 *
 * @module
 */
export * from "./errors.ts";
export {
  announcementColumns,
  announcementKey,
  type AnnouncementRow,
  type AnnouncementSource,
  type AnnouncementText,
  announcementValues,
  type Author,
  blankAnnouncement,
  type DestinationText,
  readAnnouncement,
  readDestination,
  shownRow,
  textOfRoute,
} from "./write/announcements/announcement.ts";
export type { AnnouncementChanges, Announcements, PreparedChange } from "./write/announcements/announcements.ts";
export { AnnouncementFile } from "./write/announcements/announcement_file.ts";
export { type ConfiguredPeer, type ConfiguredPeers, readConfiguredPeers } from "./write/configured_peers.ts";
export { acquireLock, type Lock, lockHolder, lockProblem, type SystemLocks, whoLocks } from "./lock.ts";
export type { ApplyStats } from "./write/batch_writer.ts";
export { StoreWriter, type WriterOptions } from "./write/writer.ts";
export {
  AlertMemory,
  type AlertRecord,
  type CountSample,
  type Delivery,
  type StoredAlerts,
  storedAlerts,
  webDatabaseOf,
} from "./web/alert_memory.ts";
export { type FileAccess, isSameFile, setAside } from "./files.ts";
export { failureText } from "./write/opening.ts";
export type { RpkiSourceRow, SavedRpkiCache } from "./write/rpki_source_rows.ts";
export type { PeerEvent, PeerIdentity, PeerState, PeerStatistics } from "./write/peer_rows.ts";
export type { Loader } from "./write/loader.ts";
export type { EarlierRun } from "./write/earlier_run.ts";
export { Pacing } from "./write/pacing.ts";
export { sqlFunctions } from "./read/functions.ts";
export { type DatabaseState, inspectDatabase } from "./read/inspect.ts";
export type { SessionEndings } from "./read/inspect_query.ts";
export type { AlertQueries, DownPeer, LeakingPeer, PeerFamily, SeenRoute, WatchedPeer } from "./read/alert_query.ts";
export { StoreReader } from "./read/reader.ts";
export { type NamedAnswer, namedQueries, type NamedQuery } from "./read/named_queries.ts";
export { type SchemaComment, schemaComments } from "./read/schema_comments.ts";
export type { QueryParameter } from "./read/query_names.ts";
export type { WrittenAnnouncement } from "./read/announcement_query.ts";
export {
  type BestChange,
  type ChangeCursor,
  type ChangePage,
  type ChangeWindow,
  cursorAfter,
  type FollowedChange,
  type FollowedEvent,
  type LostRoutes,
} from "./read/change_query.ts";
export type { AttributeValues } from "./read/attribute_values.ts";
export type { RouteDifference } from "./read/difference_query.ts";
export type { HeldRoutes, PeerDetail, PeerRow } from "./read/peer_query.ts";
export type {
  MonitoredFilter,
  MonitoredRoute,
  PolicyEffect,
  RouterEventRow,
  RouterState,
  RouterTable,
} from "./read/router_query.ts";
export type { RpkiSource, RpkiState, StoredVrp, ValidityCount } from "./read/rpki_query.ts";
export type { ExplainedValidity } from "./read/explain_validity.ts";
export type { StoreOverview } from "./read/overview_query.ts";
export type { StoreSummary } from "./read/summary_query.ts";
export type { TableMap } from "./read/map_query.ts";
export type { OriginPath } from "./read/origin_query.ts";
export type { NamedThing } from "./read/search_query.ts";
export { WebReader } from "./read/web_reader.ts";
export type { ReceivedRoute, ReceivedRoutes, StoredPeer } from "./read/received_routes.ts";
export type { FamilyCounts, TableFacts } from "./read/table_facts.ts";
export type { PagedAttributes, PagedRoute, PageFilter, PrefixChoice, RoutePages } from "./read/route_pages.ts";
export { asPathExpression } from "./read/functions.ts";
export type { ExplainedPrefix, ExplainedRoute, ReceivedValues } from "./read/explain_query.ts";
export {
  attributeColumns,
  destinationColumns,
  destinationOf,
  type DestinationValues,
  type OfAnyFamily,
  type RouteAttributes,
  withoutPlain,
} from "./read/route_attributes.ts";
export type { RouteFilter, RouteRow } from "./read/route_query.ts";
export type { RouteCursor, RouteSlice, SliceOptions } from "./read/route_slices.ts";
export type { ChangeRow, HistoryFilter, HistoryGap, StateRow } from "./read/history_query.ts";
export { defaultHistory, type HistoryLimits } from "./write/history/history_trim.ts";
export { databaseRefusal, schemaVersion } from "./schema_version.ts";
export type { SqlRow, SqlValue } from "./sqlite.ts";
