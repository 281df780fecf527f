/**
 * Read-only queries for commands. They work with and without a running daemon: with the write-ahead log of SQLite,
 * readers and the writer do not wait for each other.
 */

import { type Asn, families, type FamilyId, isPrefixFamily, type Millis, type Prefix } from "../../types/mod.ts";
import type { PeerSearch } from "../../config/mod.ts";
import { daemonValue } from "../daemon_values.ts";
import { StoreError } from "../errors.ts";
import { announcementsOf, type WrittenAnnouncement } from "./announcement_query.ts";
import { asTextOrNull } from "./cells.ts";
import {
  type BestChange,
  type ChangePage,
  type ChangeWindow,
  eventsAfter,
  eventsBefore,
  findBestChanges,
  findFollowed,
  findLost,
  findReplaced,
  type FollowedChange,
  type FollowedEvent,
  hasBest,
  lastEventAt,
  type LostRoutes,
  writtenTo,
} from "./change_query.ts";
import { type DifferenceFilter, findDifferences, type RouteDifference } from "./difference_query.ts";
import type { RouteAttributes } from "./route_attributes.ts";
import type { ExplainedFilter, ExplainedPrefix } from "./explain_query.ts";
import { defineFunctions } from "./functions.ts";
import { historyBegins, historyFrom } from "./history_range.ts";
import { defaultAccess, fileSize, makeFile } from "../files.ts";
import type { SystemLocks } from "../lock.ts";
import { LongestMatch } from "./longest_match.ts";
import { refusalOf, schemaVersion } from "../schema_version.ts";
import {
  type ChangeRow,
  findChanges,
  findStates,
  gapsBetween,
  type HistoryFilter,
  type HistoryGap,
  routesAt,
  type StateRow,
} from "./history_query.ts";
import { inspectContents, type InspectedContents, type Inspection } from "./inspect_query.ts";
import {
  type EndOfRib,
  endOfRibs,
  findPeer,
  heldByFamily,
  type HeldRoutes,
  listPeers,
  type PeerDetail,
  peerDetail,
  type PeerRow,
} from "./peer_query.ts";
import type { NamedAnswer } from "./named_queries.ts";
import { ReceivedRoutes } from "./received_routes.ts";
import { findRoutes, type RouteFilter, type RouteRow } from "./route_query.ts";
import type {
  MonitoredFilter,
  MonitoredRoute,
  PolicyEffect,
  RouterEventRow,
  RouterState,
  RouterTable,
} from "./router_query.ts";
import type { RpkiState, StoredVrp } from "./rpki_query.ts";
import { lastRun, type StoreSummary, summaryOf } from "./summary_query.ts";
import { Database, type SqlRow, type SqlValue } from "../sqlite.ts";

export class StoreReader {
  readonly path: string;
  readonly #db: Database;
  #match: LongestMatch | undefined;
  #bestMatch: LongestMatch | undefined;

  /** Throws {@link StoreError} where the database does not exist or this program cannot read it. */
  constructor(path: string, options: { readonly busyTimeoutMs?: number } = {}) {
    this.path = path;
    this.#db = openForReading(path, options.busyTimeoutMs ?? 5_000);
  }

  /** `locks` finds the daemon where this user may not open the lock file. */
  summary(locks?: SystemLocks): StoreSummary {
    return summaryOf(this.#db, locks);
  }

  /** Every configured peer, in the order in which the peers were added to the database. */
  peers(): PeerRow[] {
    return listPeers(this.#db);
  }

  /** The rows of `announcements` that this source wrote. */
  announcementsOf(source: string): WrittenAnnouncement[] {
    return announcementsOf(this.#db, source);
  }

  /** Which peers have sent their tables, and when. */
  endOfRibs(): EndOfRib[] {
    return endOfRibs(this.#db);
  }

  /** How many routes each peer holds in each family in which it holds one. */
  held(): HeldRoutes[] {
    return heldByFamily(this.#db);
  }

  /** What the last run says of itself in the table `daemon`; cheaper than {@link summary}. */
  daemonValues(): ReadonlyMap<string, SqlValue> {
    return new Map(
      this.#db.prepare("SELECT key, value FROM daemon").all().map(([key, value]) => [String(key), value ?? null]),
    );
  }

  /** Finds a peer by name, address or description: first among configured peers, then among all. */
  findPeer(text: string): PeerSearch<string> {
    return findPeer(this.#db, text);
  }

  /** A peer by its name. */
  peer(name: string): PeerDetail | undefined {
    return peerDetail(this.#db, name);
  }

  /** The routes that match; yields rows as SQLite finds them. */
  routes(filter: RouteFilter = {}): Generator<RouteRow, void, undefined> {
    return findRoutes(this.#db, this.matchFor(filter), filter);
  }

  /** The families that have destinations. A query for each family need not walk over all routes for the others. */
  families(): FamilyId[] {
    const any = (table: string) => this.#db.prepare(`SELECT 1 FROM ${table} WHERE family = ? LIMIT 1`);
    const [prefixes, nlri] = [any("prefixes"), any("nlri")];
    return families.map(({ id }) => id)
      .filter((id) => (isPrefixFamily(id) ? prefixes : nlri).get(id) !== undefined);
  }

  /**
   * All routes of a prefix, or of the longest prefix that contains an address (`best`: among prefixes with a best
   * route), for each family: which route is best, and why.
   */
  async explain(target: ExplainedFilter): Promise<ExplainedPrefix[]> {
    // The decision of the RIB is more code than all other queries.
    const { explainPrefixes } = await import("./explain_query.ts");
    return explainPrefixes(this.#db, this.matchFor(target), target);
  }

  /** The past and current states of a prefix, the newest last. */
  history(filter: HistoryFilter): StateRow[] {
    return findStates(this.#db, filter);
  }

  /** The changes of a prefix, the newest last. */
  changes(filter: HistoryFilter): ChangeRow[] {
    return findChanges(this.#db, filter);
  }

  /** Routes as they were at a time. `best` is not supported: past best routes are not recorded. */
  routesAt(time: Millis, filter: RouteFilter = {}): Generator<StateRow, void, undefined> {
    return routesAt(this.#db, time, filter);
  }

  /** Another number after each transaction of another connection; reading it costs microseconds. */
  get dataVersion(): number {
    return Number(this.#db.value("PRAGMA data_version"));
  }

  /** Every change of a route up to this time is in the database; 0: it has never had one. */
  get writtenTo(): Millis {
    return writtenTo(this.#db);
  }

  /** The next changes of a window, the oldest first. */
  followed(window: ChangeWindow): ChangePage<FollowedChange> {
    return findFollowed(this.#db, window);
  }

  /** The best routes that were selected in a window, the oldest first. */
  bestChanges(window: ChangeWindow): ChangePage<BestChange> {
    return findBestChanges(this.#db, window);
  }

  hasBest(prefixId: number): boolean {
    return hasBest(this.#db, prefixId);
  }

  /** What an announcement replaced; `undefined`: there was no route, or the history does not have it. */
  replaced(change: FollowedChange): RouteAttributes | undefined {
    return findReplaced(this.#db, change);
  }

  /** How many routes each peer lost with its session: after the first time, up to the second one. */
  lostRoutes(after: Millis, to: Millis, peer?: string): LostRoutes[] {
    return findLost(this.#db, after, to, peer);
  }

  /** The number of the newest event at or before a time. */
  lastEventAt(time: Millis): number {
    return lastEventAt(this.#db, time);
  }

  /** Events of peers after the one with this number, the oldest first. */
  eventsAfter(id: number, limit: number): FollowedEvent[] {
    return eventsAfter(this.#db, id, limit);
  }

  /** The newest events of a peer, or of all, the newest first. */
  newestEvents(limit: number, peer?: string): FollowedEvent[] {
    return eventsBefore(this.#db, { peer, limit });
  }

  /** What differs between two times, the earlier first; yields rows as SQLite finds them. */
  differences(from: Millis, to: Millis, filter: DifferenceFilter): Generator<RouteDifference, void, undefined> {
    return findDifferences(this.#db, from, to, filter);
  }

  /** The gaps of the history between two times. `peer`: without the gaps of other peers. */
  gaps(from: Millis, to: Millis, peer?: string): HistoryGap[] {
    return gapsBetween(this.#db, from, to, peer);
  }

  /** History entries that ended before this time are deleted; 0: none is. */
  get historyFrom(): Millis {
    return historyFrom(this.#db);
  }

  /** When the last run was alive for certain, and whether it ended properly. */
  lastRun(): { readonly endedAt: Millis | null; readonly leftOver: boolean } {
    return lastRun(this.#db);
  }

  /** The text of the configuration of the last run; `undefined`: unknown. */
  configuration(): string | undefined {
    return asTextOrNull(daemonValue(this.#db, "configuration")) ?? undefined;
  }

  /** The oldest time of which the database has a route; `undefined`: it has none. */
  get historyBegins(): Millis | undefined {
    return historyBegins(this.#db);
  }

  /** The routes of peers, for trying policies on them. */
  received(): ReceivedRoutes {
    return new ReceivedRoutes(this.#db);
  }

  /**
   * One statement of SQL, with the functions of `functions.ts`. Integers come as `bigint`: `prefixes.hi` has 64 bits.
   */
  sql(text: string): { readonly columns: readonly string[]; readonly rows: Iterable<SqlRow> } {
    const statement = this.#db.prepare(text).useBigInts();
    return { columns: statement.columns, rows: statement.iterate() };
  }

  /**
   * A query of `named_queries.ts`, `limit` rows at most. Throws {@link StoreError} for an unknown name, and for wrong
   * parameters; `time` reads a time.
   */
  async named(
    name: string,
    given: ReadonlyMap<string, string>,
    { limit, time }: { readonly limit: number; readonly time: (text: string) => Millis },
  ): Promise<NamedAnswer> {
    const { findQuery, queryValues, runNamed } = await import("./named_queries.ts");
    const query = findQuery(name);
    return runNamed(this.#db, query, queryValues(query, given, time), limit);
  }

  /** SQLite takes so many octets at most, in the whole process; sorting takes memory and no temporary file. */
  limitMemory(bytes: number): void {
    this.#db.exec(`PRAGMA temp_store = MEMORY; PRAGMA hard_heap_limit = ${bytes}`);
  }

  /** From now on all queries see the rows of this moment. */
  freeze(): void {
    this.#db.exec("BEGIN");
    // A transaction that reads begins with its first row.
    this.#db.value("SELECT 1 FROM daemon LIMIT 1");
  }

  /** Copies the database as it is now into a new file. */
  backup(target: string): Promise<void> {
    makeFile(target, defaultAccess);
    return this.#db.backup(target);
  }

  /** What the database says about itself. Searching a file for damage takes seconds for each GiB. */
  inspect(inspection: Inspection): InspectedContents {
    return inspectContents(this.#db, fileSize(this.path), inspection);
  }

  /** Where VRPs and ASPAs come from, and how many routes are in which state. */
  async rpki(): Promise<RpkiState> {
    const { rpkiState } = await import("./rpki_query.ts");
    return rpkiState(this.#db);
  }

  /** The VRPs that cover a prefix, and those of prefixes inside it, `limit` at most. */
  async vrpsAround(prefix: Prefix, limit: number): Promise<{ covering: StoredVrp[]; inside: StoredVrp[] }> {
    const { coveringVrps, innerVrps } = await import("./rpki_query.ts");
    return { covering: coveringVrps(this.#db, prefix), inside: innerVrps(this.#db, prefix, limit) };
  }

  /** The VRPs of an AS, `limit` at most. */
  async vrpsOfAs(asn: Asn, limit: number): Promise<StoredVrp[]> {
    const { vrpsOfAs } = await import("./rpki_query.ts");
    return vrpsOfAs(this.#db, asn, limit);
  }

  /** The routers that report by BMP. */
  async routers(): Promise<RouterState[]> {
    const { listRouters } = await import("./router_query.ts");
    return listRouters(this.#db);
  }

  /** The tables of a router, and its newest events, `events` at most. */
  async router(name: string, events: number): Promise<{ tables: RouterTable[]; events: RouterEventRow[] }> {
    const { listRouterTables, routerEvents } = await import("./router_query.ts");
    return { tables: listRouterTables(this.#db, name), events: routerEvents(this.#db, name, events) };
  }

  /** The routes that a router reports; yields rows as SQLite finds them. */
  async monitored(filter: MonitoredFilter): Promise<Generator<MonitoredRoute, void, undefined>> {
    const { findMonitored } = await import("./router_query.ts");
    return findMonitored(this.#db, filter);
  }

  /** What import policies of routers did, by router and peer. */
  async policyEffects(router?: string, peer?: string): Promise<PolicyEffect[]> {
    const { policyEffects } = await import("./router_query.ts");
    return policyEffects(this.#db, router, peer);
  }

  close(): void {
    this.#db.close();
  }

  /** For the queries of `web_reader.ts`. */
  protected get db(): Database {
    return this.#db;
  }

  protected matchFor({ best }: RouteFilter): LongestMatch {
    if (best === true) return this.#bestMatch ??= new LongestMatch(this.#db, "best");
    return this.#match ??= new LongestMatch(this.#db, "any");
  }
}

function openForReading(path: string, busyTimeoutMs: number): Database {
  try {
    const { isFile, isDirectory } = Deno.statSync(path);
    if (!isFile) throw new StoreError(`${path} is ${isDirectory ? "a folder, " : ""}not a database`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
    throw new StoreError(`there is no database ${path}: a running bgpd creates it`, { cause: error });
  }
  try {
    return ready(new Database(path, { readOnly: true, busyTimeoutMs }));
  } catch (error) {
    // A reader needs a file beside a database with a write-ahead log. Where this user may not create that file and the
    // log is empty, the database is read without it.
    if (!(error instanceof StoreError) || !/cannot be (opened|written)/.test(error.message)) throw error;
    if (fileSize(`${path}-wal`) > 0) throw error;
    const absolute = Deno.realPathSync(path);
    const uri = `file:${encodeURI(absolute).replaceAll("?", "%3f").replaceAll("#", "%23")}?immutable=1`;
    return ready(new Database(path, { readOnly: true, busyTimeoutMs }, uri));
  }
}

function ready(db: Database): Database {
  try {
    const version = Number(db.value("PRAGMA user_version"));
    const refusal = refusalOf(db.path, Number(db.value("PRAGMA application_id")), version);
    if (refusal !== undefined) {
      const isEmpty = Number(db.value("SELECT count(*) FROM sqlite_schema")) === 0;
      throw new StoreError(isEmpty ? `the database ${db.path} is empty: a running bgpd fills it` : refusal);
    }
    if (version < schemaVersion) {
      throw new StoreError(
        `${db.path} was written by an older bgpd (schema ${version}); start bgpd once to migrate it`,
      );
    }
    db.exec("PRAGMA query_only = 1; PRAGMA cache_size = -16000");
    defineFunctions(db);
    return db;
  } catch (error) {
    db.close();
    throw error;
  }
}
