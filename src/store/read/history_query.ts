/** Queries of the past: states of a prefix, and the routes of any time, from the views `rib_history` and `updates`. */

import { familyByName, formatPrefix, type Millis, parseAddress, parsePrefix } from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import { isoTime } from "./iso_time.ts";
import { coveringPrefixes } from "./longest_match.ts";
import { attributeColumns, attributeCount, attributesOf, type RouteAttributes } from "./route_attributes.ts";
import { Conditions, conditionsOf, type RouteFilter } from "./route_query.ts";
import type { Database, SqlRow } from "../sqlite.ts";

export interface HistoryFilter {
  readonly prefix: string;
  /** The name of a peer. */
  readonly peer?: string | undefined;
  /** At most this many rows, the newest. */
  readonly limit?: number | undefined;
}

export interface StateRow extends RouteAttributes {
  /** ISO 8601, UTC. */
  readonly validFrom: string;
  /** `null`: the state is current. */
  readonly validTo: string | null;
  /** Why the state ended. */
  readonly endedBy: string | null;
}

export interface ChangeRow extends RouteAttributes {
  readonly at: string;
  /** A withdraw has the attributes of the route before it. */
  readonly kind: "announce" | "withdraw";
}

export interface HistoryGap {
  readonly from: string;
  readonly to: string;
  /** The number of missing history entries; 0: unknown. */
  readonly changes: number;
  /** The gap is in the history of this peer only; `null`: of every peer. */
  readonly peer: string | null;
}

const stateColumns = `${attributeColumns}, valid_from, CASE WHEN ended_by IS NOT NULL THEN valid_to END, ended_by`;

/** The states of a prefix, the newest last. */
export function findStates(db: Database, filter: HistoryFilter): StateRow[] {
  const { sql, values } = conditions(filter);
  return db.prepare(`SELECT ${stateColumns} FROM rib_history${sql} ORDER BY to_ms DESC, from_ms DESC LIMIT ?`)
    .all(...values, filter.limit ?? -1).map(stateRow).reverse();
}

/** The changes of a prefix, the newest last. */
export function findChanges(db: Database, filter: HistoryFilter): ChangeRow[] {
  const { sql, values } = conditions(filter);
  // Where a state ends and another begins in the same millisecond, the end comes first.
  const order = "at_ms DESC, kind, until_ms DESC";
  return db.prepare(`SELECT ${attributeColumns}, at, kind FROM updates${sql} ORDER BY ${order} LIMIT ?`)
    .all(...values, filter.limit ?? -1)
    .map((row) => ({
      ...attributesOf(row),
      at: row[attributeCount] as string,
      kind: row[attributeCount + 1] as "announce" | "withdraw",
    }))
    .reverse();
}

/** Routes as they were at a time; yields rows as SQLite finds them. */
export function* routesAt(
  db: Database,
  time: Millis,
  filter: RouteFilter,
): Generator<StateRow, void, undefined> {
  const limit = filter.limit ?? Infinity;
  if (limit <= 0) return;
  let found = 0;
  for (const prefix of candidates(db, filter)) {
    const { sql, values } = conditionsOf({ ...filter, prefix }).add("from_ms <= ? AND to_ms > ?", time, time);
    for (const row of db.prepare(`SELECT ${stateColumns} FROM rib_history${sql}`).iterate(...values)) {
      yield stateRow(row);
      if (++found >= limit) return;
    }
    // This was the longest prefix with a route at that time.
    if (found > 0) return;
  }
}

/** The gaps of the history between two times. `peer`: without the gaps of other peers. */
export function gapsBetween(db: Database, from: Millis, to: Millis, peer?: string): HistoryGap[] {
  return db.prepare(
    `SELECT ${isoTime("from_at")}, ${
      isoTime("to_at")
    }, changes, p.name FROM history_gaps LEFT JOIN peers p ON p.id = peer_id WHERE to_at >= ?1 AND began_at <= ?2` +
      " AND (peer_id IS NULL OR ?3 IS NULL OR p.name = ?3) ORDER BY to_at",
  ).all(from, to, peer ?? null).map((row) => ({
    from: String(row[0]),
    to: String(row[1]),
    changes: Number(row[2]),
    peer: row[3] === null ? null : String(row[3]),
  }));
}

/** The prefixes to search one after the other until one has a route; `undefined`: all prefixes. */
function candidates(db: Database, { address, prefix, family }: RouteFilter): (string | undefined)[] {
  if (address === undefined) return [prefix];
  if (parseAddress(address) === undefined) throw new StoreError(`"${address}" is not an address`);
  return coveringPrefixes(db, address, family === undefined ? undefined : familyByName(family)?.id);
}

function conditions({ prefix: text, peer }: HistoryFilter): Conditions {
  const prefix = parsePrefix(text);
  if (prefix === undefined) throw new StoreError(`"${text}" is not a prefix`);
  const found = new Conditions().add("prefix = ?", formatPrefix(prefix));
  return peer === undefined ? found : found.add("peer = ?", peer);
}

function stateRow(row: SqlRow): StateRow {
  return {
    ...attributesOf(row),
    validFrom: row[attributeCount] as string,
    validTo: row[attributeCount + 1] as string | null,
    endedBy: row[attributeCount + 2] as string | null,
  };
}
