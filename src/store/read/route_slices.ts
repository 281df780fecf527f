/**
 * A search for routes in slices: each is one or two short queries, so that the one who asks can pause, or end the
 * search, between two of them, and go on later from a cursor. While nobody asks for the next slice, no statement is
 * open.
 *
 * A search goes one of three ways. Conditions on attributes choose attribute sets, by ranges of their ids. A family, or
 * a prefix with all inside it, is walked over in the order of the prefixes. Any other search walks over the ids of the
 * destinations.
 */

import { families, familyByName, isPrefixFamily, parsePrefix } from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import type { Database, SqlRow, SqlValue } from "../sqlite.ts";
import type { LongestMatch } from "./longest_match.ts";
import {
  conditionsOf,
  findRoutes,
  rangesOf,
  type RouteFilter,
  type RouteRow,
  setConditionsOf,
  type Source,
  sourcesOf,
} from "./route_query.ts";

/** Where a search goes on: the number of the source, then the key of the last row. Only this file reads the parts. */
export type RouteCursor = readonly (number | string)[];

export interface RouteSlice {
  readonly rows: readonly RouteRow[];
  /** What comes after these rows; `undefined`: nothing does. A slice without rows may have one. */
  readonly next: RouteCursor | undefined;
}

export interface SliceOptions {
  /** `undefined`: from the beginning. */
  readonly after?: RouteCursor | undefined;
  /** Rows that a slice has, about: it ends where the routes of a destination end. */
  readonly most: number;
}

/** Attribute sets that are looked at in one slice, and those of them whose routes are read. */
const setsScanned = 10_000;
const setsRead = 200;
/** Ids of destinations in one slice: more and more of them, while nothing matches. */
const fewestIds = 256;
const mostIds = 16_384;

/** Throws {@link StoreError} where the filter or the cursor is wrong. */
export function* routeSlices(
  db: Database,
  match: LongestMatch,
  filter: RouteFilter,
  { after, most }: SliceOptions,
): Generator<RouteSlice, void, undefined> {
  const sources = sourcesOf(filter);
  const [first = 0, ...key] = after ?? [];
  if (typeof first !== "number" || first < 0 || first > sources.length) throw new StoreError("the cursor is malformed");
  if (isOne(filter)) return yield { rows: [...findRoutes(db, match, filter)], next: undefined };
  for (const [index, source] of sources.entries()) {
    if (index < first) continue;
    const isLast = index === sources.length - 1;
    for (const { rows, next } of slicesOf(db, source, filter, index === first ? key : [], most)) {
      const followed = next === undefined ? isLast ? undefined : [index + 1] : [index, ...next];
      yield { rows, next: followed };
    }
  }
}

/** One destination has few routes. */
function isOne({ address, prefix, longer, nlri }: RouteFilter): boolean {
  return address !== undefined || nlri !== undefined || prefix !== undefined && longer !== true;
}

function slicesOf(
  db: Database,
  source: Source,
  filter: RouteFilter,
  key: RouteCursor,
  most: number,
): Generator<RouteSlice, void, undefined> {
  const chooses = filter.community ?? filter.asPath ?? filter.originAs;
  if (filter.longer !== true && chooses !== undefined) return bySets(db, source, filter, key, most);
  const isOrdered = filter.longer === true || filter.family !== undefined && filter.peer === undefined;
  if (source.table === "prefixes" && isOrdered) return byPrefixes(db, source, filter, key, most);
  return byIds(db, source, filter, key, most);
}

/** The rest of a query for rows of a view, beside what chooses its destinations or sets. */
class RowQuery {
  readonly #db: Database;
  readonly #source: Source;
  readonly #sql: string;
  readonly #values: readonly SqlValue[];
  readonly #keys: readonly string[];

  constructor(db: Database, source: Source, filter: RouteFilter, keys: readonly string[]) {
    const { best, received, rejected, ovs, avs } = filter;
    const { community, asPath, ...rest } = filter;
    const conditions = conditionsOf({ ...rest, prefix: undefined, longer: undefined }, source.table);
    // Of a slice, each row is looked at: all attribute sets are many more.
    for (const { condition, values } of setConditionsOf({ community, asPath }).parts) {
      conditions.add(condition, ...values);
    }
    const view = received === true ? source.received : best === true ? source.best : source.rib;
    if (best === true && view !== "loc_rib") conditions.add("best");
    if (rejected === true) conditions.add("ineligible IS NOT NULL");
    if (ovs !== undefined) conditions.add("ovs = ?", ovs);
    if (avs !== undefined) conditions.add("avs = ?", avs);
    this.#db = db;
    this.#source = source;
    this.#keys = keys;
    this.#sql = `FROM ${view}${conditions.sql === "" ? " WHERE 1" : conditions.sql}`;
    this.#values = conditions.values;
  }

  /** Rows with their keys. */
  read(condition: string, values: readonly SqlValue[], order: string): { row: RouteRow; key: SqlRow }[] {
    const { rows } = this.#source;
    const sql = `SELECT ${this.#keys.join(", ")}, ${rows.sql} ${this.#sql} AND ${condition} ORDER BY ${order}`;
    const width = this.#keys.length;
    return this.#db.prepare(sql).all(...this.#values, ...values)
      .map((cells) => ({ key: cells.slice(0, width), row: rows.read(cells.slice(width)) }));
  }
}

const setKey = ["attribute_id", "peer_id", "prefix_id", "coalesce(path_id, -1)"];

function* bySets(
  db: Database,
  source: Source,
  filter: RouteFilter,
  key: RouteCursor,
  most: number,
): Generator<RouteSlice, void, undefined> {
  const { community, asPath, originAs, ...rest } = filter;
  const sets = setConditionsOf({ community, asPath, originAs });
  const find = db.prepare(`SELECT id FROM attributes${sets.sql} AND id > ? AND id <= ? ORDER BY id LIMIT ?`);
  const query = new RowQuery(db, source, rest, setKey);
  const last = Number(db.value("SELECT max(id) FROM attributes") ?? 0);
  let [begun = 0, ...within] = numbers(key);
  // The set of the cursor is not done.
  let after = within.length === 3 ? begun - 1 : begun;
  while (after < last) {
    const end = Math.min(last, after + setsScanned);
    const ids = find.all(...sets.values, after, end, setsRead).map(([id]) => Number(id));
    const reached = ids.length < setsRead ? end : ids.at(-1)!;
    const list = `attribute_id IN (${ids.join()})`;
    const beyond = within.length === 3 ? ` AND (${setKey.join(", ")}) > (${[begun, ...within].join()})` : "";
    const found = ids.length === 0 ? [] : query.read(`${list}${beyond}`, [], `${setKey.join(", ")} LIMIT ${most + 1}`);
    const rows = found.slice(0, most);
    const cut = found.length > most ? rows.at(-1)!.key.map(Number) : undefined;
    if (cut === undefined) {
      after = reached;
      within = [];
    } else {
      [begun = 0, ...within] = cut;
      after = begun - 1;
    }
    yield { rows: rows.map(({ row }) => row), next: cut ?? (after < last ? [after] : undefined) };
  }
  if (last === 0) yield { rows: [], next: undefined };
}

const order = "peer_id, coalesce(path_id, -1)";

function* byPrefixes(
  db: Database,
  source: Source,
  filter: RouteFilter,
  key: RouteCursor,
  most: number,
): Generator<RouteSlice, void, undefined> {
  const query = new RowQuery(db, source, filter, ["prefix_id"]);
  const ranges = rangesToWalk(filter);
  const [begun = 0, ...begunAt] = key;
  for (const [index, range] of ranges.entries()) {
    if (index < Number(begun)) continue;
    const from = index === Number(begun) && begunAt.length === 4 ? begunAt.map(bigInt) : undefined;
    for (let at = from;;) {
      const after = at === undefined ? "" : " AND (hi, lo, len, id) > (?, ?, ?, ?)";
      const found = db.prepare(
        `SELECT id, hi, lo, len FROM prefixes WHERE ${range.sql}${after} ORDER BY hi, lo, len, id LIMIT ?`,
      ).useBigInts().all(...range.values, ...at ?? [], most);
      const place = new Map(found.map(([id], i) => [Number(id), i]));
      const rows = found.length === 0 ? [] : query.read(`prefix_id IN (${[...place.keys()].join()})`, [], order)
        .sort((a, b) => place.get(Number(a.key[0]))! - place.get(Number(b.key[0]))!);
      const end = found.at(-1);
      const isOver = found.length < most || end === undefined;
      at = isOver ? undefined : [end[1], end[2], end[3], end[0]].map((cell) => BigInt(String(cell)));
      const following = index + 1 < ranges.length ? [index + 1] : undefined;
      const next = at === undefined ? following : [index, ...at.map(String)];
      yield { rows: rows.map(({ row }) => row), next };
      if (isOver) break;
    }
  }
}

/** For each family of a filter, which prefixes: of the whole family, or inside a prefix. */
function rangesToWalk(filter: RouteFilter): { readonly sql: string; readonly values: readonly SqlValue[] }[] {
  const named = filter.family === undefined ? undefined : familyByName(filter.family)?.id;
  const prefix = filter.prefix === undefined ? undefined : parsePrefix(filter.prefix);
  const ids = families.filter(({ id, addressBytes }) =>
    isPrefixFamily(id) && (named ?? id) === id && (prefix === undefined || addressBytes === prefix.octets.length)
  ).map(({ id }) => id);
  if (prefix === undefined) return ids.map((id) => ({ sql: `family = ${id}`, values: [] }));
  const { hi, lo } = rangesOf(prefix);
  const sql = `hi BETWEEN ? AND ?${lo === undefined ? "" : " AND lo BETWEEN ? AND ?"} AND len >= ?`;
  const values = [...hi, ...lo ?? [], prefix.length];
  return ids.map((id) => ({ sql: `${sql} AND family = ${id}`, values }));
}

function* byIds(
  db: Database,
  source: Source,
  filter: RouteFilter,
  key: RouteCursor,
  most: number,
): Generator<RouteSlice, void, undefined> {
  const query = new RowQuery(db, source, filter, ["prefix_id"]);
  const last = Number(db.value(`SELECT max(id) FROM ${source.table}`) ?? 0);
  let [after = 0] = numbers(key);
  let width = Math.max(fewestIds, most);
  do {
    const end = Math.min(last, after + width);
    const inside = filter.longer === true && source.table === "nlri" ? nlriInside(filter, after, end) : undefined;
    const condition = inside?.sql ?? "prefix_id > ? AND prefix_id <= ?";
    const found = query.read(condition, inside?.values ?? [after, end], `prefix_id, ${order}`);
    // The slice ends where the routes of a destination end.
    const cut = found[most]?.key[0];
    const whole = cut === undefined ? found : found.slice(0, found.findIndex(({ key }) => key[0] === cut));
    const rows = whole.length === 0 ? found : whole;
    after = rows.length < found.length ? Number(rows.at(-1)!.key[0]) : end;
    width = found.length === 0 ? Math.min(mostIds, 2 * width) : Math.max(fewestIds, most);
    yield { rows: rows.map(({ row }) => row), next: after < last ? [after] : undefined };
  } while (after < last);
}

/** Destinations with a Route Distinguisher or a label whose prefix is inside another one. */
function nlriInside(filter: RouteFilter, after: number, end: number): { sql: string; values: SqlValue[] } {
  const { octets, length } = parsePrefix(filter.prefix!)!;
  const { hi, lo } = rangesOf({ octets, length });
  const range = `hi BETWEEN ? AND ?${lo === undefined ? "" : " AND lo BETWEEN ? AND ?"} AND len >= ?`;
  return {
    sql: `prefix_id IN (SELECT id FROM nlri WHERE ${range} AND id > ? AND id <= ?` +
      ` AND instr(prefix, ':') ${octets.length === 16 ? "> 0" : "= 0"})`,
    values: [...hi, ...lo ?? [], length, after, end],
  };
}

function bigInt(part: number | string): bigint {
  if (!/^-?\d{1,20}$/.test(String(part))) throw new StoreError("the cursor is malformed");
  return BigInt(part);
}

function numbers(key: RouteCursor): number[] {
  const values = key.map(Number);
  if (values.some((value) => !Number.isSafeInteger(value))) throw new StoreError("the cursor is malformed");
  return values;
}
