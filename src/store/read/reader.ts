/**
 * Read-only queries for commands. They work with and without a running daemon: with the write-ahead log of SQLite,
 * readers and the writer do not wait for each other.
 *
 * One file because every query uses the one connection that this class opens and closes.
 */

import { families } from "../../types/mod.ts";
import { PeerDirectory, type PeerSearch } from "../../config/mod.ts";
import type { Millis, PeerStateName } from "../../session/mod.ts";
import { StoreError } from "../errors.ts";
import { type ExplainedPrefix, explainPrefixes } from "./explain_query.ts";
import { defineFunctions } from "./functions.ts";
import { historyBegins, historyFrom } from "./history_range.ts";
import { defaultAccess, makeFile } from "../files.ts";
import { lockHolder, type SystemLocks } from "../lock.ts";
import { LongestMatch } from "./longest_match.ts";
import { applicationId, schemaVersion } from "../schema_version.ts";
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
import { ReceivedRoutes } from "./received_routes.ts";
import { findRoutes, type RouteFilter, type RouteRow } from "./route_query.ts";
import { Database, type SqlRow } from "../sqlite.ts";

export interface StoreSummary {
  readonly database: string;
  /** The process id of the daemon that has the database open. */
  readonly pid: number | undefined;
  /** True for a database of a run that did not end properly, or a copy of the database of a running daemon. */
  readonly leftOver: boolean;
  /** When the last daemon was alive for certain, if none runs now. Milliseconds since 1970. */
  readonly endedAt: number | null;
  readonly version: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number | null;
  readonly peers: number;
  readonly established: number;
  /** Routes of all peers at the last report of the daemon, and best routes. */
  readonly families: readonly { readonly family: string; readonly routes: number; readonly best: number }[];
  readonly prefixes: number;
  readonly attributeSets: number;
  /** Rows in memory that were not written yet at `backlogAt`. */
  readonly backlogRows: number;
  readonly backlogAt: number | null;
  readonly databaseBytes: number;
  readonly logBytes: number;
}

export interface PeerRow {
  /** The name of the peer. */
  readonly peer: string;
  /** The address, a link-local one with its zone; `null`: not known yet. */
  readonly remoteIp: string | null;
  readonly peerAs: number | null;
  readonly description: string | null;
  readonly group: string | null;
  readonly routerId: string | null;
  /** `Removed`: the peer left the configuration. */
  readonly state: PeerStateName | "Removed";
  /** ISO 8601, UTC; so are the other times. */
  readonly since: string | null;
  readonly messagesReceived: number;
  readonly messagesSent: number;
  readonly updatesReceived: number;
  readonly routesAnnounced: number;
  readonly routesWithdrawn: number;
  readonly treatAsWithdraw: number;
  readonly attributeDiscards: number;
  /** The number of routes in memory. */
  readonly routes: number;
  readonly eorAt: string | null;
  readonly lag: number;
  readonly localIp: string | null;
  readonly localAs: number | null;
  readonly holdTimeSeconds: number | null;
  readonly capabilities: string | null;
  /** Our role towards the peer (RFC 9234), and the role that the peer sent. */
  readonly role: string | null;
  readonly remoteRole: string | null;
  /** Why there is no session, or a remark on the session. */
  readonly reason: string | null;
  /** The latest time at which stale routes of a lost session are deleted (RFC 4724, RFC 9494). */
  readonly staleUntil: string | null;
}

export interface PeerDetail extends PeerRow {
  readonly families: readonly {
    readonly family: string;
    readonly negotiated: boolean;
    readonly routes: number;
    readonly eorAt: string | null;
    /** Routes that were received before this time are stale. */
    readonly staleBefore: string | null;
  }[];
  /** The newest first. */
  readonly events: readonly {
    readonly at: string;
    readonly kind: string;
    readonly text: string;
    /** The malformed message. */
    readonly hex: string | null;
  }[];
}

/** The number of events that `bgpd show peer` shows. */
const shownEvents = 10;

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
    const number = (sql: string) => Number(this.#db.value(sql) ?? 0);
    const daemon = new Map(this.#db.prepare("SELECT key, value FROM daemon").all().map(([key, value]) => [key, value]));
    // The number of routes is the last report of the RIB: counting the rows of many full tables takes seconds.
    const held = this.#db.prepare("SELECT family, sum(routes) FROM peer_families GROUP BY family").all();
    const routes = new Map(held.map(([family, sum]) => [Number(family), Number(sum)]));
    // One walk over `best` with a sum for each family. CROSS JOIN fixes the order: the other order took ten times as
    // long.
    const best = this.#db.prepare(
      `SELECT ${
        families.map(({ id }) => `sum(x.family = ${id})`).join(", ")
      } FROM best CROSS JOIN prefixes x ON x.id = prefix_id`,
    ).get();
    const pid = lockHolder(this.path, locks);
    const isOver = pid === undefined && daemon.has("goodbye");
    return {
      database: this.path,
      pid,
      endedAt: pid === undefined ? this.lastRun().endedAt : null,
      leftOver: pid === undefined && daemon.has("pid"),
      version: daemon.get("version") as string | undefined ?? null,
      startedAt: daemon.get("started_at") as number | undefined ?? null,
      peers: number("SELECT count(*) FROM peers WHERE id <> 0 AND state <> 'Removed'"),
      established: number("SELECT count(*) FROM peers WHERE state = 'Established'"),
      families: families.map(({ id, name }, i) => ({
        family: name,
        routes: routes.get(id) ?? 0,
        // After a proper end no route is best: the rows stay for the next run and for people.
        best: isOver ? 0 : Number(best?.[i] ?? 0),
      })),
      prefixes: number("SELECT count(*) FROM prefixes"),
      attributeSets: number("SELECT count(*) FROM attributes WHERE retired_at IS NULL"),
      backlogRows: Number(daemon.get("backlog") ?? 0),
      backlogAt: daemon.get("backlog_at") as number | undefined ?? null,
      databaseBytes: sizeOf(this.path),
      logBytes: sizeOf(`${this.path}-wal`),
    };
  }

  /** Every configured peer, in the order in which the peers were added to the database. */
  peers(): PeerRow[] {
    return this.#db.prepare(`${peerQuery} WHERE state <> 'Removed' ORDER BY peer_id`).all().map(peerRow);
  }

  /** Finds a peer by name, address or description: first among configured peers, then among all. */
  findPeer(text: string): PeerSearch<string> {
    const rows = this.#db.prepare("SELECT name, remote_ip, description, state <> 'Removed' FROM peers WHERE id <> 0")
      .all();
    const search = (configured: boolean) =>
      new PeerDirectory(
        rows.flatMap(([name, remoteIp, description, isConfigured]) =>
          configured && isConfigured === 0 ? [] : [
            [{
              name: String(name),
              remoteIp: remoteIp === null ? undefined : String(remoteIp),
              description: description === null ? undefined : String(description),
            }, String(name)] as const,
          ]
        ),
      ).find(text);
    const found = search(true);
    return found.kind === "none" ? search(false) : found;
  }

  /** A peer by its name. */
  peer(name: string): PeerDetail | undefined {
    const row = this.#db.prepare(`${peerQuery} WHERE peer = ?`).get(name);
    if (row === undefined) return undefined;
    const peer = peerRow(row);
    const perFamily = this.#db.prepare(
      `SELECT n.name, f.negotiated, f.routes, ${iso("f.eor_at")}, ${
        iso("nullif(f.stale_before, 0)")
      } FROM peer_families f` +
        " JOIN families n ON n.id = f.family JOIN peers p ON p.id = f.peer_id WHERE p.name = ? ORDER BY f.family",
    ).all(peer.peer);
    const events = this.#db.prepare(
      `SELECT ${iso("at")}, kind, text, hex FROM peer_events WHERE peer = ? ORDER BY id DESC LIMIT ?`,
    ).all(peer.peer, shownEvents);
    return {
      ...peer,
      families: perFamily.map(([family, negotiated, routes, eorAt, staleBefore]) => ({
        family: String(family),
        negotiated: negotiated === 1,
        routes: Number(routes),
        eorAt: eorAt as string | null,
        staleBefore: staleBefore as string | null,
      })),
      events: events.map(([at, kind, text, hex]) => ({
        at: String(at),
        kind: String(kind),
        text: String(text),
        hex: hex as string | null,
      })),
    };
  }

  /** The routes that match; yields rows as SQLite finds them. */
  routes(filter: RouteFilter = {}): Generator<RouteRow, void, undefined> {
    return findRoutes(this.#db, this.#matchFor(filter), filter);
  }

  /**
   * All routes of a prefix, or of the longest prefix that contains an address (`best`: among prefixes with a best
   * route), for each family: which route is best, and why.
   */
  explain(target: Pick<RouteFilter, "prefix" | "address" | "best">): ExplainedPrefix[] {
    return explainPrefixes(this.#db, this.#matchFor(target), target);
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

  /** The gaps of the history between two times. `peer`: without the gaps of other peers. */
  gaps(from: Millis, to: Millis, peer?: string): HistoryGap[] {
    return gapsBetween(this.#db, from, to, peer);
  }

  /** History entries that ended before this time are deleted; 0: none is. */
  get historyFrom(): Millis {
    return historyFrom(this.#db);
  }

  /**
   * When the last run was alive for certain. `leftOver`: it did not end properly, or this file is a copy of the
   * database of a running daemon.
   */
  lastRun(): { readonly endedAt: Millis | null; readonly leftOver: boolean } {
    const value = (key: string) => this.#db.value("SELECT value FROM daemon WHERE key = ?", key);
    const times = [value("alive_at"), value("backlog_at"), value("goodbye")].filter((at) => at !== null).map(Number);
    return { endedAt: times.length === 0 ? null : Math.max(...times), leftOver: value("pid") !== null };
  }

  /** The text of the configuration of the last run; `undefined`: unknown. */
  configuration(): string | undefined {
    return this.#db.value("SELECT value FROM daemon WHERE key = 'configuration'") as string | null ?? undefined;
  }

  /** The oldest time of which the database has a route; `undefined`: it has none. */
  get historyBegins(): Millis | undefined {
    return historyBegins(this.#db);
  }

  /** The routes of peers, for trying policies on them. */
  received(): ReceivedRoutes {
    return new ReceivedRoutes(this.#db);
  }

  /** All routes of the longest prefix that contains the address. */
  longestMatch(address: string): RouteRow[] {
    return [...this.routes({ address })];
  }

  /** All routes of a prefix. */
  exact(prefix: string): RouteRow[] {
    return [...this.routes({ prefix })];
  }

  /**
   * One statement of SQL, with the functions of `functions.ts`. Integers come as `bigint`: `prefixes.hi` has 64 bits.
   */
  sql(text: string): { readonly columns: readonly string[]; readonly rows: Iterable<SqlRow> } {
    const statement = this.#db.prepare(text).useBigInts();
    return { columns: statement.columns, rows: statement.iterate() };
  }

  /** Copies the database as it is now into a new file. */
  backup(target: string): Promise<void> {
    makeFile(target, defaultAccess);
    return this.#db.backup(target);
  }

  close(): void {
    this.#db.close();
  }

  #matchFor({ best }: RouteFilter): LongestMatch {
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
    if (sizeOf(`${path}-wal`) > 0) throw error;
    const absolute = Deno.realPathSync(path);
    const uri = `file:${encodeURI(absolute).replaceAll("?", "%3f").replaceAll("#", "%23")}?immutable=1`;
    return ready(new Database(path, { readOnly: true, busyTimeoutMs }, uri));
  }
}

function ready(db: Database): Database {
  try {
    const version = Number(db.value("PRAGMA user_version"));
    if (Number(db.value("PRAGMA application_id")) !== applicationId) {
      throw new StoreError(
        Number(db.value("SELECT count(*) FROM sqlite_schema")) === 0
          ? `the database ${db.path} is empty: a running bgpd fills it`
          : `${db.path} is a database of another program`,
      );
    }
    if (version > schemaVersion) {
      throw new StoreError(
        `${db.path} was written by a newer bgpd (schema ${version}, this one knows ${schemaVersion})`,
      );
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

const peerQuery =
  'SELECT peer, peer_as, description, "group", router_id, state, since, messages_received, messages_sent,' +
  " updates_received, routes_announced, routes_withdrawn, treat_as_withdraw, attribute_discards, routes, eor_at," +
  " lag, local_ip," +
  " local_as, hold_time, capabilities, role, remote_role, reason, stale_until, remote_ip FROM peer_status";

function peerRow(row: SqlRow): PeerRow {
  return {
    peer: row[0] as string,
    peerAs: row[1] as number | null,
    description: row[2] as string | null,
    group: row[3] as string | null,
    routerId: row[4] as string | null,
    state: row[5] as PeerRow["state"],
    since: row[6] as string | null,
    messagesReceived: row[7] as number,
    messagesSent: row[8] as number,
    updatesReceived: row[9] as number,
    routesAnnounced: row[10] as number,
    routesWithdrawn: row[11] as number,
    treatAsWithdraw: row[12] as number,
    attributeDiscards: row[13] as number,
    routes: row[14] as number,
    eorAt: row[15] as string | null,
    lag: row[16] as number,
    localIp: row[17] as string | null,
    localAs: row[18] as number | null,
    holdTimeSeconds: row[19] as number | null,
    capabilities: row[20] as string | null,
    role: row[21] as string | null,
    remoteRole: row[22] as string | null,
    reason: row[23] as string | null,
    staleUntil: row[24] as string | null,
    remoteIp: row[25] as string | null,
  };
}

function iso(column: string): string {
  return `strftime('%Y-%m-%dT%H:%M:%fZ', ${column} / 1000.0, 'unixepoch')`;
}

function sizeOf(path: string): number {
  try {
    return Deno.statSync(path).size;
  } catch {
    return 0;
  }
}
