/**
 * What alerts of `bgpd web` ask of the database: which routes and peers are as they should not be. Each query reads
 * some prefixes by their index, or walks once over the routes of some peers. None has more rows than its limit.
 *
 * Only our own sessions count, and of their routes those of the unicast families, as they were received. Routes that
 * we originate are nobody's mistake.
 */

import { avsNames, ovsNames } from "../../rpki/validity.ts";
import { Ineligible } from "../../rib/mod.ts";
import { type Asn, IPV4_UNICAST, IPV6_UNICAST, type Millis, parsePrefix } from "../../types/mod.ts";
import { daemonValue } from "../daemon_values.ts";
import { StoreError } from "../errors.ts";
import type { Database, SqlRow, SqlValue, Statement } from "../sqlite.ts";
import { asInteger, asIntegerOrNull, asTextOrNull } from "./cells.ts";
import { Columns, flag, integer, integerOrNull, type Row, text, textOrNull } from "./columns.ts";
import { rangesOf } from "./route_query.ts";

/** A peer that alerts watch. */
export interface WatchedPeer {
  readonly id: number;
  readonly name: string;
}

const seenColumns = {
  prefix: text("x.prefix"),
  peer: text("p.name"),
  peerAs: integerOrNull("p.remote_as"),
  asPath: text("coalesce(a.as_path, '')"),
  /** The AS that originates the route; `null`: the path ends in a set. */
  origin: integerOrNull("coalesce(a.origin_as, iif(coalesce(a.as_path, '') = '', p.remote_as, NULL))"),
  receivedAt: integer("r.received_at"),
  /** {@link Ineligible}; 0: the route takes part in the decision. */
  ineligible: integer("r.ineligible"),
  validity: integer("coalesce(r.validity, 0)"),
};

/** A route that a peer announces. */
export interface SeenRoute extends Omit<Row<typeof seenColumns>, "validity"> {
  readonly ovs: typeof ovsNames[number];
  readonly avs: typeof avsNames[number];
}

const seenRows = new Columns(seenColumns);

/** Which routes. */
export interface SeenFilter {
  readonly peers: readonly WatchedPeer[];
  /** `exact`: this prefix; `inside`: and all inside it; `longer`: only those inside it. */
  readonly scope: "exact" | "inside" | "longer";
  readonly prefix: string;
  /** Without routes of these origins. */
  readonly notOrigins?: readonly Asn[] | undefined;
  /** Only routes whose origin is invalid (RFC 6811). */
  readonly invalid?: boolean | undefined;
  readonly limit: number;
}

/** All rows of a statement of the tables x, p, r, a and f. */
const seenFrom = "CROSS JOIN peers p CROSS JOIN routes r ON r.peer_id = p.id AND r.prefix_id = x.id" +
  " CROSS JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)" +
  " LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family";
const unicast = `x.family IN (${IPV4_UNICAST}, ${IPV6_UNICAST})`;
const isThere = "r.received_at >= coalesce(f.flushed_at, 0)";
const isInvalid = `r.validity & 3 = ${ovsNames.indexOf("invalid")}`;
const isLeak = `(r.ineligible = ${Ineligible.otcLeak} OR r.validity >> 2 = ${avsNames.indexOf("invalid")})`;

/** A peer that announces routes which it should not announce, with one of them. */
export interface LeakingPeer extends SeenRoute {
  readonly routes: number;
}

/** The last route of a prefix that is gone. */
export interface LastSeen {
  readonly peer: string;
  readonly asPath: string;
  readonly until: Millis;
}

const peerColumns = {
  peer: text("p.name"),
  peerAs: integerOrNull("p.remote_as"),
  description: textOrNull("p.description"),
  state: text("p.state"),
  since: integerOrNull("p.state_since"),
  reason: textOrNull("p.reason"),
};
const peerRows = new Columns(peerColumns);

export type DownPeer = Row<typeof peerColumns>;

const familyColumns = {
  peer: text("p.name"),
  peerAs: integerOrNull("p.remote_as"),
  family: text("n.name"),
  familyId: integer("f.family"),
  routes: integer("f.routes"),
  isEstablished: flag("p.state = 'Established'"),
  since: integerOrNull("p.state_since"),
  /** The peer has sent its table. */
  isComplete: flag("f.eor_at IS NOT NULL"),
  /** A peer without graceful restart sends no End-of-RIB. */
  sendsEndOfRib: flag("coalesce(p.capabilities, '') LIKE '%graceful restart%'"),
};
const familyRows = new Columns(familyColumns);

export type PeerFamily = Row<typeof familyColumns>;

/** The questions, on one connection. */
export class AlertQueries {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** The peers of these names and groups, or all peers of the configuration. */
  watchedPeers(names: readonly string[] | undefined): WatchedPeer[] {
    return this.#db.prepare("SELECT id, name, peer_group FROM peers WHERE id <> 0 AND state <> 'Removed' ORDER BY id")
      .all()
      .filter(([, name, groups]) =>
        names === undefined ||
        [String(name), ...asTextOrNull(groups)?.split(",") ?? []].some((each) => names.includes(each.trim()))
      )
      .map(([id, name]) => ({ id: asInteger(id), name: String(name) }));
  }

  /** The routes of a prefix, or inside it. */
  seenRoutes(filter: SeenFilter): SeenRoute[] {
    const { peers, scope, prefix, notOrigins, invalid, limit } = filter;
    const [table, values] = prefixesOf(scope, prefix);
    const conditions = [unicast, `p.id IN (${idsOf(peers)})`, isThere];
    if (invalid === true) conditions.push(isInvalid);
    if (notOrigins !== undefined) {
      conditions.push(`coalesce(${seenColumns.origin.sql} NOT IN (${notOrigins.join()}), 1)`);
    }
    return this.#db.prepare(
      `SELECT ${seenRows.sql} FROM ${table} ${seenFrom} WHERE ${conditions.join(" AND ")} LIMIT ${limit}`,
    )
      .all(...values).map(readSeen);
  }

  /** Every route with an invalid origin: a walk over the routes of these peers. */
  invalidRoutes(peers: readonly WatchedPeer[], limit: number): SeenRoute[] {
    return this.#db.prepare(
      `SELECT ${seenRows.sql} FROM peers p CROSS JOIN routes r ON r.peer_id = p.id` +
        " CROSS JOIN prefixes x ON x.id = r.prefix_id" +
        " CROSS JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)" +
        " LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family" +
        ` WHERE p.id IN (${idsOf(peers)}) AND ${isInvalid} AND ${unicast} AND ${isThere} LIMIT ${limit}`,
    ).all().map(readSeen);
  }

  /**
   * Peers with routes that are leaks by ONLY_TO_CUSTOMER (RFC 9234) or by ASPAs, with the oldest one. `prefix`: only
   * routes of this prefix and inside it; otherwise a walk over the routes of these peers.
   */
  leakingPeers(peers: readonly WatchedPeer[], prefix: string | undefined): LeakingPeer[] {
    const [table, values] = prefix === undefined ? ["prefixes x", []] : prefixesOf("inside", prefix);
    const from = prefix === undefined
      ? "peers p CROSS JOIN routes r ON r.peer_id = p.id CROSS JOIN prefixes x ON x.id = r.prefix_id" +
        " CROSS JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)" +
        " LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family"
      : `${table} ${seenFrom}`;
    // With min(), SQLite takes the other columns from the row that has it.
    const rows = this.#db.prepare(
      `SELECT ${seenRows.sql}, count(*), min(r.received_at) FROM ${from} WHERE p.id IN (${
        idsOf(peers)
      }) AND ${isLeak}` +
        ` AND ${unicast} AND ${isThere} GROUP BY p.id`,
    ).all(...values);
    return rows.map((row) => ({ ...readSeen(row), routes: asInteger(row.at(-2)) }));
  }

  /** When and by whom a prefix without routes was announced last; `undefined`: the history does not know. */
  lastSeen(prefix: string, peers: readonly WatchedPeer[]): LastSeen | undefined {
    const ids = this.#db.prepare(`SELECT id FROM prefixes x WHERE prefix = ? AND ${unicast}`).all(prefix).map(([id]) =>
      id
    );
    if (ids.length === 0) return undefined;
    const ended = this.#db.prepare(
      "SELECT p.name, coalesce(a.as_path, ''), h.valid_to FROM history h CROSS JOIN peers p ON p.id = h.peer_id" +
        ` CROSS JOIN attributes a ON a.id = h.attribute_id WHERE h.prefix_id IN (${ids.join()}) AND h.ended_by <> 0` +
        ` AND h.peer_id IN (${idsOf(peers)}) ORDER BY h.valid_to DESC LIMIT 1`,
    ).get();
    // Routes of a session that was lost just now are not in the history yet.
    const lost = this.#db.prepare(
      "SELECT p.name, coalesce(a.as_path, ''), f.flushed_at FROM prefixes x CROSS JOIN peers p" +
        " CROSS JOIN routes r ON r.peer_id = p.id AND r.prefix_id = x.id" +
        " CROSS JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family" +
        " CROSS JOIN attributes a ON a.id = coalesce(r.received_id, r.attribute_id)" +
        ` WHERE x.id IN (${ids.join()}) AND p.id IN (${idsOf(peers)}) AND r.received_at < f.flushed_at` +
        " ORDER BY f.flushed_at DESC LIMIT 1",
    ).get();
    const rows = [ended, lost].filter((row) => row !== undefined)
      .map(([peer, asPath, until]) => ({ peer: String(peer), asPath: String(asPath), until: asInteger(until) }));
    return rows.toSorted((one, other) => other.until - one.until)[0];
  }

  /** Peers without a session, except those that an operator disabled. */
  downPeers(peers: readonly WatchedPeer[]): DownPeer[] {
    return this.#db.prepare(
      `SELECT ${peerRows.sql} FROM peers p WHERE p.id IN (${
        idsOf(peers)
      }) AND p.state NOT IN ('Established', 'Disabled')`,
    ).all().map((row) => peerRows.read(row));
  }

  /** The families of peers that ever had a session with them, and how many routes each has. */
  peerFamilies(peers: readonly WatchedPeer[]): PeerFamily[] {
    return this.#db.prepare(
      `SELECT ${familyRows.sql} FROM peers p CROSS JOIN peer_families f ON f.peer_id = p.id` +
        ` JOIN families n ON n.id = f.family WHERE p.id IN (${idsOf(peers)}) ORDER BY p.id, f.family`,
    ).all().map((row) => familyRows.read(row));
  }

  /** The rows of an operator's query, `limit` at most. Throws `StoreError` in words where it is wrong. */
  queryRows(sql: string, limit: number): { readonly columns: readonly string[]; readonly rows: readonly SqlRow[] } {
    const statement = this.#queryOf(sql, limit).useBigInts();
    return { columns: statement.columns, rows: statement.all() };
  }

  /** Why SQLite does not take a query; `undefined`: it does. */
  mistakeIn(sql: string): string | undefined {
    try {
      this.#queryOf(sql, 1);
      return undefined;
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return error.message.replace(/^the database .* failed: /, "");
    }
  }

  /**
   * A query that is whole by itself, and that can stand inside brackets, is one query and nothing else. A comment at
   * its end ends with the line.
   */
  #queryOf(sql: string, limit: number): Statement {
    this.#db.prepare(sql);
    return this.#db.prepare(`SELECT * FROM (${sql.replace(/[\s;]+$/, "")}\n) LIMIT ${limit}`);
  }

  /** When the router was alive last; `undefined`: it has ended, or never ran. */
  routerAliveAt(): Millis | undefined {
    if (daemonValue(this.#db, "goodbye") !== null || daemonValue(this.#db, "pid") === null) return undefined;
    const times = ["alive_at", "backlog_at", "started_at", "written_to"].map((name) =>
      asIntegerOrNull(daemonValue(this.#db, name)) ?? 0
    );
    return Math.max(...times);
  }
}

function readSeen(row: SqlRow): SeenRoute {
  const { validity, ...seen } = seenRows.read(row);
  return { ...seen, ovs: ovsNames[validity & 3] ?? null, avs: avsNames[validity >> 2] ?? null };
}

/** A table x of prefixes, and the values of its parameters. */
function prefixesOf(scope: SeenFilter["scope"], prefix: string): [table: string, values: SqlValue[]] {
  const parsed = parsePrefix(prefix);
  if (scope === "exact" || parsed === undefined) return ["(SELECT * FROM prefixes WHERE prefix = ?) x", [prefix]];
  const { hi, lo } = rangesOf(parsed);
  const family = parsed.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  const range = "hi BETWEEN ? AND ?" + (lo === undefined ? "" : " AND lo BETWEEN ? AND ?");
  const length = scope === "longer" ? parsed.length + 1 : parsed.length;
  return [
    `(SELECT * FROM prefixes WHERE family = ${family} AND ${range} AND len >= ?) x`,
    [...hi, ...lo ?? [], length],
  ];
}

function idsOf(peers: readonly WatchedPeer[]): string {
  return peers.map(({ id }) => id).join();
}
