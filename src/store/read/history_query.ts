/** Queries of the past: states of a prefix, and the routes of any time, from the views `rib_history` and `updates`. */

import { familyByName, formatPrefix, type Millis, parseAddress, parsePrefix } from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import { Columns, type Row, text, textOrNull } from "./columns.ts";
import { isoTime } from "./iso_time.ts";
import { coveringPrefixes } from "./longest_match.ts";
import { attributeColumns } from "./route_attributes.ts";
import { Conditions, conditionsOf, type RouteFilter } from "./route_query.ts";
import type { Database } from "../sqlite.ts";

export interface HistoryFilter {
  readonly prefix: string;
  /** The name of a peer. */
  readonly peer?: string | undefined;
  /** At most this many rows, the newest. */
  readonly limit?: number | undefined;
}

export type StateRow = Row<typeof stateColumns>;

export type ChangeRow = Row<typeof changeColumns>;

export interface HistoryGap {
  readonly from: string;
  readonly to: string;
  /** The number of missing history entries; 0: unknown. */
  readonly changes: number;
  /** The gap is in the history of this peer only; `null`: of every peer. */
  readonly peer: string | null;
}

const stateColumns = {
  ...attributeColumns,
  /** ISO 8601, UTC. */
  validFrom: text("valid_from"),
  /** `null`: the state is current. */
  validTo: textOrNull("CASE WHEN ended_by IS NOT NULL THEN valid_to END"),
  /** Why the state ended. */
  endedBy: textOrNull("ended_by"),
};

const changeColumns = {
  ...attributeColumns,
  at: text("at"),
  /** A withdraw has the attributes of the route before it. */
  kind: text<"announce" | "withdraw">("kind"),
};

const stateRows = new Columns(stateColumns);
const changeRows = new Columns(changeColumns);

/** The states of a prefix, the newest last. */
export function findStates(db: Database, filter: HistoryFilter): StateRow[] {
  const { sql, values } = conditions(filter);
  return db.prepare(`SELECT ${stateRows.sql} FROM rib_history${sql} ORDER BY to_ms DESC, from_ms DESC LIMIT ?`)
    .all(...values, filter.limit ?? -1).map((row) => stateRows.read(row)).reverse();
}

/** The changes of a prefix, the newest last. */
export function findChanges(db: Database, filter: HistoryFilter): ChangeRow[] {
  const { sql, values } = conditions(filter);
  // Where a state ends and another begins in the same millisecond, the end comes first.
  const order = "at_ms DESC, kind, until_ms DESC";
  return db.prepare(`SELECT ${changeRows.sql} FROM updates${sql} ORDER BY ${order} LIMIT ?`)
    .all(...values, filter.limit ?? -1).map((row) => changeRows.read(row)).reverse();
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
    const where = conditionsOf({ ...filter, prefix }).add("from_ms <= ? AND to_ms > ?", time, time);
    const sql = `SELECT ${stateRows.sql} FROM ${where.from("rib_history")}${where.sql}`;
    for (const row of db.prepare(sql).iterate(...where.values)) {
      yield stateRows.read(row);
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
