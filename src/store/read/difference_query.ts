/**
 * What differs between two times: the states that were true at one of them only. The states that lasted from the first
 * to the second time are most of a table, and are not read: the key of `history` finds the history entries between the
 * times, and a walk over `routes` finds the states that began then.
 */

import { formatPrefix, type Millis, parsePrefix } from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import type { Database, SqlRow, SqlValue } from "../sqlite.ts";
import { asTextOrNull } from "./cells.ts";
import { idsOfPrefix } from "./destination_sql.ts";
import { type AttributeValues, readValues, valuesQuery } from "./attribute_values.ts";

export interface DifferenceFilter {
  /** Exactly this prefix. */
  readonly prefix?: string | undefined;
  /** Name of a peer. */
  readonly peer?: string | undefined;
}

/** A route at two times; `undefined`: there was no such route. */
export interface RouteDifference {
  readonly peer: string;
  readonly peerAs: number | null;
  /** `null`: the destination has none. */
  readonly prefix: string | null;
  /** Of a destination that is no plain prefix: its text, and its Route Distinguisher. */
  readonly nlri?: string;
  readonly rd?: string | null;
  readonly pathId: number | null;
  readonly family: string;
  readonly before: AttributeValues | undefined;
  readonly after: AttributeValues | undefined;
}

/** How many attribute sets are kept for the next routes: neighbours often share one. */
const keptSets = 5_000;

/** In order of peer, family, prefix and path; yields rows as SQLite finds them. `from` is before `to`. */
export function* findDifferences(
  db: Database,
  from: Millis,
  to: Millis,
  filter: DifferenceFilter,
): Generator<RouteDifference, void, undefined> {
  const sets = new Sets(db);
  let group: SqlRow[] = [];
  for (const row of db.prepare(sql(filter)).iterate(...values(from, to, filter))) {
    if (group[0] !== undefined && !isSameRoute(group[0], row)) {
      yield* difference(group, sets);
      group = [];
    }
    group.push(row);
  }
  yield* difference(group, sets);
}

/**
 * The columns are side (1: true at the first time only, 2: at the second only), id of the set, peer, its AS, the
 * destination, path, family, prefix, and text and RD of a destination that is no plain prefix. A destination that left
 * memory and returned has another id, so that routes are compared by its text.
 */
function sql({ prefix, peer }: DifferenceFilter): string {
  const ofPrefix = prefix === undefined ? "" : ` AND prefix_id IN (${idsOfPrefix("?3")})`;
  const ofPeer = peer === undefined ? "" : " AND peer_id = (SELECT id FROM peers WHERE name = ?4)";
  const key = "peer_id, prefix_id, path_id";
  const lost = "peer_id, prefix_id, coalesce(path_id, -1)";
  const rest = ofPrefix + ofPeer;
  const states = [
    `SELECT 1 AS side, ${key}, attribute_id AS set_id FROM history` +
    ` WHERE valid_to > ?1 AND valid_to <= ?2 AND valid_from <= ?1${rest}`,
    `SELECT 1, ${lost}, attribute_id FROM lost_routes WHERE to_ms > ?1 AND to_ms <= ?2 AND from_ms <= ?1${rest}`,
    `SELECT 2, ${key}, attribute_id FROM history WHERE valid_to > ?2 AND valid_from > ?1 AND valid_from <= ?2${rest}`,
    `SELECT 2, ${lost}, attribute_id FROM lost_routes WHERE to_ms > ?2 AND from_ms > ?1 AND from_ms <= ?2${rest}`,
    `SELECT 2, r.peer_id, prefix_id, path_id, coalesce(received_id, attribute_id) FROM ${
      // One prefix is looked up under each peer; otherwise the routes are walked over.
      prefix === undefined ? "routes r" : "peers q CROSS JOIN routes r ON r.peer_id = q.id"} LEFT JOIN prefixes y` +
    " ON y.id = r.prefix_id LEFT JOIN nlri z ON z.id = r.prefix_id" +
    " LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = coalesce(y.family, z.family)" +
    ` WHERE received_at > ?1 AND received_at <= ?2 AND received_at >= coalesce(f.flushed_at, 0)${
      rest.replaceAll("peer_id =", "r.peer_id =")
    }`,
  ];
  return "SELECT side, set_id, p.name, p.remote_as, coalesce(x.prefix, n.nlri), nullif(s.path_id, -1)," +
    " (SELECT name FROM families WHERE id = coalesce(x.family, n.family)), coalesce(x.prefix, n.prefix)," +
    " n.nlri, n.rd" +
    ` FROM (${states.join(" UNION ALL ")}) s LEFT JOIN prefixes x ON x.id = s.prefix_id` +
    " LEFT JOIN nlri n ON n.id = s.prefix_id JOIN peers p ON p.id = s.peer_id" +
    " WHERE coalesce(x.id, n.id) IS NOT NULL" +
    " ORDER BY s.peer_id, coalesce(x.family, n.family), x.hi, x.lo, x.len, n.nlri, s.path_id, side";
}

function values(from: Millis, to: Millis, { prefix, peer }: DifferenceFilter): SqlValue[] {
  const found: SqlValue[] = [from, to];
  if (prefix === undefined && peer === undefined) return found;
  found.push(prefix === undefined ? null : canonical(prefix));
  if (peer !== undefined) found.push(peer);
  return found;
}

function canonical(text: string): string {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new StoreError(`"${text}" is not a prefix`);
  return formatPrefix(prefix);
}

function isSameRoute(a: SqlRow, b: SqlRow): boolean {
  return a[2] === b[2] && a[4] === b[4] && a[5] === b[5] && a[6] === b[6];
}

/** No difference if a route ended and began again as it was. */
function* difference(group: readonly SqlRow[], sets: Sets): Generator<RouteDifference, void, undefined> {
  const [first] = group;
  if (first === undefined) return;
  const stateOf = (side: number) => sets.of(group.findLast((row) => row[0] === side)?.[1]);
  const before = stateOf(1), after = stateOf(2);
  if (before !== undefined && after !== undefined && isEqual(before, after)) return;
  const [, , peer, peerAs, , pathId, family, prefix, nlri, rd] = first;
  const number = (value: SqlValue | undefined) => value === null || value === undefined ? null : Number(value);
  yield {
    peer: String(peer),
    peerAs: number(peerAs),
    prefix: asTextOrNull(prefix),
    ...typeof nlri === "string" && { nlri, rd: asTextOrNull(rd) },
    pathId: number(pathId),
    family: String(family),
    before,
    after,
  };
}

function isEqual(a: AttributeValues, b: AttributeValues): boolean {
  const names = Object.keys({ ...a, ...b }) as (keyof AttributeValues)[];
  return names.every((name) => a[name] === b[name]);
}

class Sets {
  readonly #db: Database;
  readonly #kept = new Map<number, AttributeValues>();

  constructor(db: Database) {
    this.#db = db;
  }

  of(id: SqlValue | undefined): AttributeValues | undefined {
    if (id === undefined) return undefined;
    const kept = this.#kept.get(Number(id));
    if (kept !== undefined) return kept;
    const row = this.#db.prepare(valuesQuery).get(id);
    if (row === undefined) return undefined;
    const values = readValues(row);
    if (this.#kept.size >= keptSets) this.#kept.clear();
    this.#kept.set(Number(id), values);
    return values;
  }
}
