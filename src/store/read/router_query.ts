/** What routers report by BMP: the routers, their tables, their routes, and what their import policy did. */

import { formatPrefix, maskPrefix, parseAddress } from "../../types/mod.ts";
import type { Database } from "../sqlite.ts";
import { Columns, flag, integer, integerOrNull, type Row, text, textOrNull } from "./columns.ts";
import { isoTime } from "./iso_time.ts";
import { attributeColumns } from "./route_attributes.ts";
import { conditionsOf, nlriColumns, type RouteFilter, viewsOf } from "./route_query.ts";

const routerColumns = {
  router: text("router"),
  address: text("address"),
  sysName: text("sys_name"),
  description: text("description"),
  state: text<"up" | "down">("state"),
  /** ISO 8601, UTC. */
  since: text("since"),
  reason: textOrNull("reason"),
  peers: integer("peers"),
  routes: integer("routes"),
  lag: integer("lag"),
};

/** A row of the view `routers`. */
export type RouterState = Row<typeof routerColumns>;

const routerRows = new Columns(routerColumns);

const tableColumns = {
  router: text("router"),
  peer: text("peer"),
  ribKind: text("rib_kind"),
  peerAs: integer("peer_as"),
  bgpId: text("bgp_id"),
  state: text<"up" | "down">("state"),
  since: text("since"),
  reason: textOrNull("reason"),
  routes: integer("routes"),
  eorAt: textOrNull("eor_at"),
  lag: integer("lag"),
  /** A JSON object. */
  statistics: textOrNull("statistics"),
};

/** A row of the view `router_peers`. */
export type RouterTable = Row<typeof tableColumns>;

const tableRows = new Columns(tableColumns);

const eventColumns = {
  at: text(isoTime("at")),
  peer: textOrNull("peer"),
  kind: text("kind"),
  text: text("text"),
};

/** A row of `router_events`. */
export type RouterEventRow = Row<typeof eventColumns>;

const eventRows = new Columns(eventColumns);

const monitoredColumns = {
  router: text("router"),
  ribKind: text("rib_kind"),
  ...attributeColumns,
  stale: flag("stale"),
  receivedAt: text("received_at"),
  family: text("family"),
};

/** A row of `monitored_rib` or `monitored_nlri`. */
export type MonitoredRoute = Row<typeof monitoredColumns> & Partial<Row<typeof nlriColumns>>;

const plainRows = new Columns(monitoredColumns);
const nlriRows = new Columns({ ...monitoredColumns, ...nlriColumns });

export interface MonitoredFilter extends RouteFilter {
  readonly router: string;
  readonly ribKind?: string | undefined;
}

const effectColumns = {
  router: text("router"),
  peer: text("peer"),
  peerAs: integerOrNull("peer_as"),
  unchanged: integer("sum(effect = 'unchanged')"),
  changed: integer("sum(effect = 'changed')"),
  dropped: integer("sum(effect = 'dropped')"),
};

/** How many routes of a peer a router's import policy left alone, changed and dropped. */
export type PolicyEffect = Row<typeof effectColumns>;

const effectRows = new Columns(effectColumns);

export function listRouters(db: Database): RouterState[] {
  return db.prepare(`SELECT ${routerRows.sql} FROM routers ORDER BY router`).all().map((row) => routerRows.read(row));
}

export function listRouterTables(db: Database, router: string): RouterTable[] {
  return db.prepare(`SELECT ${tableRows.sql} FROM router_peers WHERE router = ? ORDER BY peer_id`).all(router)
    .map((row) => tableRows.read(row));
}

/** The newest events of a router, the newest last. */
export function routerEvents(db: Database, router: string, limit: number): RouterEventRow[] {
  return db.prepare(
    `SELECT ${eventRows.sql} FROM router_events WHERE router_id = (SELECT id FROM router_states WHERE name = ?)` +
      " ORDER BY id DESC LIMIT ?",
  ).all(router, limit).map((row) => eventRows.read(row)).reverse();
}

/** The routes of a router that match; yields rows as SQLite finds them. */
export function* findMonitored(db: Database, filter: MonitoredFilter): Generator<MonitoredRoute, void, undefined> {
  let left = filter.limit ?? Infinity;
  for (const table of viewsOf(filter)) {
    const rows = table === "prefixes" ? plainRows : nlriRows;
    const view = table === "prefixes" ? "monitored_rib" : "monitored_nlri";
    const prefix = filter.address === undefined ? filter.prefix : longestPrefix(db, view, filter);
    if (filter.address !== undefined && prefix === undefined) continue;
    const conditions = conditionsOf({ ...filter, address: undefined, prefix }, table).add("router = ?", filter.router);
    if (filter.ribKind !== undefined) conditions.add("rib_kind = ?", filter.ribKind);
    const sql = `SELECT ${rows.sql} FROM ${conditions.from(view)}${conditions.sql}`;
    for (const row of db.prepare(sql).iterate(...conditions.values)) {
      yield rows.read(row);
      if (--left <= 0) return;
    }
  }
}

/** The longest prefix with a route of the router that contains an address. */
function longestPrefix(db: Database, view: string, { address, router, ribKind }: MonitoredFilter): string | undefined {
  const octets = parseAddress(address!);
  if (octets === undefined) return undefined;
  const query = db.prepare(
    `SELECT 1 FROM ${view} WHERE prefix = ?1 AND router = ?2 AND (?3 IS NULL OR rib_kind = ?3) LIMIT 1`,
  );
  for (let length = 8 * octets.length; length >= 0; length--) {
    const prefix = formatPrefix(maskPrefix(octets, length));
    if (query.get(prefix, router, ribKind ?? null) !== undefined) return prefix;
  }
  return undefined;
}

/** By router and peer, for those whose routes the router reports before and after import policy. */
export function policyEffects(db: Database, router?: string, peer?: string): PolicyEffect[] {
  return db.prepare(
    `SELECT ${effectRows.sql} FROM policy_effect WHERE (?1 IS NULL OR router = ?1) AND (?2 IS NULL OR peer = ?2)` +
      " GROUP BY router, peer, peer_as ORDER BY router, peer",
  ).all(router ?? null, peer ?? null).map((row) => effectRows.read(row));
}
