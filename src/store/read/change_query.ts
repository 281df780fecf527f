/**
 * Changes since a moment, page by page, for those who follow a database. A page is short, so that no read transaction
 * keeps the writer from emptying its log.
 *
 * The changes of a window are complete where its end is not after `written_to`: rows of later changes may be missing.
 * The current states have no index by time: a page walks over the routes of the peers in question, a million of them in
 * 40 ms. The history is read by its key.
 */

import type { Millis } from "../../types/mod.ts";
import { daemonNumber } from "../daemon_values.ts";
import type { Database, SqlRow, SqlValue } from "../sqlite.ts";
import { asTextOrNull } from "./cells.ts";
import { readValues, valueNames } from "./attribute_values.ts";
import { Columns, integer, octets, type Row, text, textOrNull } from "./columns.ts";
import { isoTime } from "./iso_time.ts";
import { destination, destinationJoins, idsOfPrefix } from "./destination_sql.ts";
import {
  attributeColumns,
  destinationColumns,
  type OfAnyFamily,
  type RouteAttributes,
  withoutPlain,
} from "./route_attributes.ts";

/** A change after the last one of the page before. The order of changes is that of these numbers. */
export type ChangeCursor = readonly [at: Millis, order: number, peerId: number, prefixId: number, pathId: number];

export interface ChangeWindow {
  readonly after: ChangeCursor;
  /** The last moment of the window. */
  readonly to: Millis;
  /** Only this prefix, and only routes of this peer. */
  readonly prefix?: string | undefined;
  readonly peer?: string | undefined;
  /** With the withdraws of lost sessions: a lost full table is a million of them. */
  readonly withLostSessions: boolean;
  /** How many changes a page has at most. */
  readonly limit: number;
}

const followedColumns = {
  ...attributeColumns,
  ...destinationColumns,
  at: text(isoTime("at_ms")),
  /** A withdraw has the attributes of the route before it. */
  kind: text<"announce" | "withdraw">("kind"),
  family: text("family"),
  /** The attribute set in its canonical encoding. */
  wire: octets("wire"),
  /** Why a withdrawn route ended. */
  endedBy: textOrNull("ended_by"),
  atMs: integer("at_ms"),
  order: integer("ord"),
  peerId: integer("peer_id"),
  prefixId: integer("prefix_id"),
  /** The path identifier; -1: none. */
  pathKey: integer("path_key"),
};

const bestColumns = {
  ...attributeColumns,
  ...destinationColumns,
  at: text(isoTime("at_ms")),
  family: text("family"),
  /** The step of the decision process that selected the route. */
  reason: textOrNull("reason"),
  atMs: integer("at_ms"),
  prefixId: integer("prefix_id"),
};

export type FollowedChange = OfAnyFamily<Row<typeof followedColumns>>;
export type BestChange = OfAnyFamily<Row<typeof bestColumns>>;

export interface ChangePage<T> {
  readonly changes: readonly T[];
  /** More changes of the window follow after this one; `undefined`: the window is complete. */
  readonly next: ChangeCursor | undefined;
}

/** The routes that a peer lost with its session at one moment. */
export interface LostRoutes {
  readonly at: string;
  readonly peer: string;
  readonly family: string;
  readonly routes: number;
}

export interface FollowedEvent {
  readonly id: number;
  readonly at: string;
  /** `null`: the event is about no peer, or its peer is gone. */
  readonly peer: string | null;
  readonly kind: string;
  readonly text: string;
  /** The whole message that the event is about, as hexadecimal digits. */
  readonly hex: string | null;
}

const followedRows = new Columns(followedColumns);
const bestRows = new Columns(bestColumns);

/** The cursor before every change that is later than a moment. */
export function cursorAfter(time: Millis): ChangeCursor {
  return [time, 9, 0, 0, 0];
}

/** Everything up to this time is in the database; 0: the database has never had a change. */
export function writtenTo(db: Database): Millis {
  return daemonNumber(db, "written_to");
}

/** `order`: at the same time, a withdraw comes before an announcement, unless the state began at that time, too. */
function pageSql(window: ChangeWindow): string {
  const prefix = window.prefix === undefined ? "" : ` AND prefix_id IN (${idsOfPrefix("?8")})`;
  const peer = window.peer === undefined ? "" : " AND peer_id = (SELECT id FROM peers WHERE name = ?9)";
  const key = (order: string, at: string) => `(${at}, ${order}, peer_id, prefix_id, path_id) > (?1, ?2, ?3, ?4, ?5)`;
  const within = (at: string) => `${at} >= ?1 AND ${at} <= ?6`;
  const ended = "iif(valid_from = valid_to, 2, 0)";
  // One prefix is looked up under each peer; otherwise the routes are walked over.
  const routes = window.prefix === undefined ? "routes" : "(SELECT id FROM peers) CROSS JOIN routes ON peer_id = id";
  const columns = "peer_id, prefix_id, path_id";
  const arms = [
    `SELECT received_at AS at_ms, 1 AS ord, ${columns}, coalesce(received_id, attribute_id) AS set_id, 0 AS why` +
    ` FROM ${routes} WHERE ${within("received_at")} AND ${key("1", "received_at")}${prefix}${peer}`,
    `SELECT valid_from, 1, ${columns}, attribute_id, 0 FROM history` +
    ` WHERE valid_to >= ?1 AND ${within("valid_from")} AND ${key("1", "valid_from")}${prefix}${peer}`,
    `SELECT valid_to, ${ended}, ${columns}, attribute_id, ended_by FROM history WHERE ended_by <> 0` +
    `${window.withLostSessions ? "" : " AND ended_by <> 2"} AND ${within("valid_to")}` +
    ` AND ${key(ended, "valid_to")}${prefix}${peer}`,
  ];
  if (window.withLostSessions) {
    arms.push(
      `SELECT to_ms, 0, peer_id, prefix_id, coalesce(path_id, -1) AS path_id, attribute_id, 2 FROM lost_routes WHERE ${
        within("to_ms")
      } AND (to_ms, 0, peer_id, prefix_id, coalesce(path_id, -1)) > (?1, ?2, ?3, ?4, ?5)${
        window.prefix === undefined ? "" : " AND prefix = ?8"
      }${window.peer === undefined ? "" : " AND peer = ?9"}`,
    );
  }
  return `${arms.join(" UNION ALL ")} ORDER BY 1, 2, 3, 4, 5 LIMIT ?7`;
}

/** The next changes of a window, the oldest first. */
export function findFollowed(db: Database, window: ChangeWindow): ChangePage<FollowedChange> {
  const sql = `WITH page AS MATERIALIZED (${pageSql(window)}) SELECT ${followedRows.sql} FROM (` +
    "SELECT at_ms, ord, c.peer_id, c.prefix_id, c.path_id AS path_key, nullif(c.path_id, -1) AS path_id," +
    ` iif(ord = 1, 'announce', 'withdraw') AS kind, p.name AS peer, p.remote_as AS peer_as, ${destination},` +
    " CASE WHEN why <> 0 THEN (SELECT word FROM words WHERE words.kind = 'ended' AND id = why) END AS ended_by," +
    ` a.wire, ${valueNames("a")} FROM page c ${destinationJoins("c.set_id")}` +
    " CROSS JOIN peers p ON p.id = c.peer_id CROSS JOIN attributes a ON a.id = c.set_id" +
    " WHERE coalesce(x.id, n.id) IS NOT NULL)" +
    " ORDER BY at_ms, ord, peer_id, prefix_id, path_key";
  const { after, to, limit, prefix = null, peer = null } = window;
  const values: SqlValue[] = [...after, to, limit];
  if (prefix !== null || peer !== null) values.push(prefix);
  if (peer !== null) values.push(peer);
  const rows = db.prepare(sql).all(...values).map((row) => withoutPlain(followedRows.read(row)));
  const last = rows.at(-1);
  if (rows.length < limit || last === undefined) return { changes: rows, next: undefined };
  return { changes: rows, next: [last.atMs, last.order, last.peerId, last.prefixId, last.pathKey] };
}

/** The best routes that were selected in a window, the oldest first, as they are after import policy. */
export function findBestChanges(db: Database, window: ChangeWindow): ChangePage<BestChange> {
  const { after, to, limit, prefix, peer } = window;
  const conditions = prefix === undefined ? "" : ` AND prefix_id IN (${idsOfPrefix("?5")})`;
  const ofPeer = peer === undefined ? "" : " AND peer_id = (SELECT id FROM peers WHERE name = ?6)";
  const sql = "WITH page AS MATERIALIZED (SELECT since, prefix_id, peer_id, path_id, step FROM best" +
    ` WHERE since >= ?1 AND since <= ?3 AND (since, prefix_id) > (?1, ?2)${conditions}${ofPeer}` +
    ` ORDER BY since, prefix_id LIMIT ?4) SELECT ${bestRows.sql} FROM (` +
    "SELECT c.since AS at_ms, c.prefix_id, nullif(c.path_id, -1) AS path_id, p.name AS peer, p.remote_as AS peer_as," +
    ` ${destination}, (SELECT word FROM words WHERE kind = 'step' AND id = c.step) AS reason,` +
    ` ${valueNames("a")} FROM page c CROSS JOIN routes r` +
    " ON r.peer_id = c.peer_id AND r.prefix_id = c.prefix_id AND r.path_id = c.path_id" +
    ` ${destinationJoins("r.attribute_id")} CROSS JOIN peers p ON p.id = c.peer_id` +
    " CROSS JOIN attributes a ON a.id = r.attribute_id WHERE coalesce(x.id, n.id) IS NOT NULL)" +
    " ORDER BY at_ms, prefix_id";
  const first = after[1] === 9 ? Number.MAX_SAFE_INTEGER : after[3];
  const values: SqlValue[] = [after[0], first, to, limit];
  if (prefix !== undefined || peer !== undefined) values.push(prefix ?? null);
  if (peer !== undefined) values.push(peer);
  const rows = db.prepare(sql).all(...values).map((row) => withoutPlain(bestRows.read(row)));
  const last = rows.at(-1);
  if (rows.length < limit || last === undefined) return { changes: rows, next: undefined };
  return { changes: rows, next: [last.atMs, 0, 0, last.prefixId, 0] };
}

/** True where a prefix has a best route now. */
export function hasBest(db: Database, prefixId: number): boolean {
  return db.value("SELECT 1 FROM best WHERE prefix_id = ?", prefixId) !== null;
}

/** What an announcement replaced; `undefined`: there was no route, or the history does not have it. */
export function findReplaced(db: Database, change: FollowedChange): RouteAttributes | undefined {
  const { atMs, peerId, prefixId, pathKey, peer, peerAs, prefix, pathId, nlri, rd } = change;
  const row = db.prepare(
    `SELECT ${valueNames("a")}, d.labels FROM history h JOIN attributes a ON a.id = h.attribute_id` +
      " LEFT JOIN attribute_details d ON d.id = a.id WHERE h.prefix_id = ?1 AND h.valid_to = ?2" +
      " AND h.peer_id = ?3 AND h.path_id = ?4 AND h.ended_by = 0" +
      " ORDER BY h.seq DESC LIMIT 1",
  ).get(prefixId, atMs, peerId, pathKey);
  if (row === undefined) return undefined;
  return { ...readValues(row), peer, peerAs, prefix, pathId, ...nlri !== undefined && { nlri, rd } };
}

/** How many routes each peer lost with its session in a window. */
export function findLost(db: Database, after: Millis, to: Millis, peer?: string): LostRoutes[] {
  const rows = db.prepare(
    `SELECT ${isoTime("at_ms")}, p.name, n.name, sum(routes) FROM (` +
      "SELECT valid_to AS at_ms, peer_id, coalesce(x.family, n.family) AS family, count(*) AS routes FROM history" +
      " LEFT JOIN prefixes x ON x.id = prefix_id LEFT JOIN nlri n ON n.id = prefix_id" +
      " WHERE valid_to > ?1 AND valid_to <= ?2 AND ended_by = 2 GROUP BY 1, 2, 3" +
      " UNION ALL SELECT to_ms, peer_id, family_id, count(*) FROM lost_routes" +
      " WHERE to_ms > ?1 AND to_ms <= ?2 GROUP BY 1, 2, 3) JOIN peers p ON p.id = peer_id" +
      " JOIN families n ON n.id = family WHERE ?3 IS NULL OR p.name = ?3" +
      " GROUP BY at_ms, peer_id, family ORDER BY at_ms",
  ).all(after, to, peer ?? null);
  return rows.map(([at, name, family, routes]) => ({
    at: String(at),
    peer: String(name),
    family: String(family),
    routes: Number(routes),
  }));
}

/** The number of the newest event that happened before a time, or at that time. */
export function lastEventAt(db: Database, time: Millis): number {
  return Number(db.value("SELECT max(id) FROM peer_events WHERE at <= ?", time) ?? 0);
}

/** The events after the one with this number, the oldest first. */
export function eventsAfter(db: Database, id: number, limit: number): FollowedEvent[] {
  return db.prepare(
    `SELECT id, ${isoTime("at")}, peer, kind, text, hex FROM peer_events WHERE id > ? ORDER BY id LIMIT ?`,
  ).all(id, limit).map(readEvent);
}

function readEvent([number, at, peer, kind, words, hex]: SqlRow): FollowedEvent {
  return {
    id: Number(number),
    at: String(at),
    peer: asTextOrNull(peer),
    kind: String(kind),
    text: String(words),
    hex: asTextOrNull(hex),
  };
}

export interface EventFilter {
  readonly before?: number | undefined;
  readonly peer?: string | undefined;
  readonly limit: number;
}

/** Events of a peer, or of all, before the one with this number; the newest first. */
export function eventsBefore(db: Database, { before, peer, limit }: EventFilter): FollowedEvent[] {
  return db.prepare(
    `SELECT id, ${isoTime("at")}, peer, kind, text, hex FROM peer_events WHERE id < ?1 AND (?2 IS NULL OR peer = ?2)` +
      " ORDER BY id DESC LIMIT ?3",
  ).all(before ?? Number.MAX_SAFE_INTEGER, peer ?? null, limit).map(readEvent);
}
