/** Queries of the past: states of a prefix, and the routes of any time, from the views `rib_history` and `updates`. */

import { families, familyByName, isPrefixFamily, type Millis, parseAddress } from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import { Columns, type Row, text, textOrNull } from "./columns.ts";
import { isoTime } from "./iso_time.ts";
import { coveringNlri, coveringPrefixes } from "./longest_match.ts";
import { attributeColumns, destinationColumns, type OfAnyFamily, withoutPlain } from "./route_attributes.ts";
import { type Conditions, conditionsOf, type RouteFilter } from "./route_query.ts";
import type { Database, SqlRow } from "../sqlite.ts";

export interface HistoryFilter {
  /** A prefix, in all families that have prefixes. */
  readonly prefix?: string | undefined;
  /** A destination of another family, as text. */
  readonly nlri?: string | undefined;
  readonly rd?: string | undefined;
  /** The name of a family. */
  readonly family?: string | undefined;
  /** The name of a peer. */
  readonly peer?: string | undefined;
  /** At most this many rows, the newest. */
  readonly limit?: number | undefined;
}

export type StateRow = OfAnyFamily<Row<typeof stateColumns>>;

export type ChangeRow = OfAnyFamily<Row<typeof changeColumns>>;

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
  ...destinationColumns,
  family: text("family"),
  /** ISO 8601, UTC. */
  validFrom: text("valid_from"),
  /** `null`: the state is current. */
  validTo: textOrNull("CASE WHEN ended_by IS NOT NULL THEN valid_to END"),
  /** Why the state ended. */
  endedBy: textOrNull("ended_by"),
};

const changeColumns = {
  ...attributeColumns,
  ...destinationColumns,
  family: text("family"),
  at: text("at"),
  /** A withdraw has the attributes of the route before it. */
  kind: text<"announce" | "withdraw">("kind"),
};

const stateRows = new Columns(stateColumns);
const changeRows = new Columns(changeColumns);

const readState = (row: SqlRow): StateRow => withoutPlain(stateRows.read(row));
const readChange = (row: SqlRow): ChangeRow => withoutPlain(changeRows.read(row));

/** The states of a prefix, the newest last. */
export function findStates(db: Database, filter: HistoryFilter): StateRow[] {
  const { sql, values } = conditions(filter);
  return db.prepare(`SELECT ${stateRows.sql} FROM ${historyOf(filter)}${sql} ORDER BY to_ms DESC, from_ms DESC LIMIT ?`)
    .all(...values, filter.limit ?? -1).map(readState).reverse();
}

/** The changes of a prefix, the newest last. */
export function findChanges(db: Database, filter: HistoryFilter): ChangeRow[] {
  const { sql, values } = conditions(filter);
  // Where a state ends and another begins in the same millisecond, the end comes first.
  const order = "at_ms DESC, kind, until_ms DESC";
  return db.prepare(`SELECT ${changeRows.sql} FROM updates${sql} ORDER BY ${order} LIMIT ?`)
    .all(...values, filter.limit ?? -1).map(readChange).reverse();
}

/** The view of the states that can match: one of them does not walk over the prefixes of a full table. */
function historyOf({ family, rd, nlri }: Pick<RouteFilter, "family" | "rd" | "nlri">): string {
  const id = family === undefined ? undefined : familyByName(family)?.id;
  const hasPlain = id === undefined ? rd === undefined && nlri === undefined : isPrefixFamily(id);
  return hasPlain ? "rib_history" : "nlri_history";
}

/** Routes as they were at a time; yields rows as SQLite finds them. */
export function* routesAt(
  db: Database,
  time: Millis,
  filter: RouteFilter,
): Generator<StateRow, void, undefined> {
  let left = filter.limit ?? Infinity;
  for (const candidates of searchesOf(db, filter)) {
    let found = 0;
    for (const where of candidates) {
      where.add("from_ms <= ? AND to_ms > ?", time, time);
      const view = historyOf(filter);
      // Of plain prefixes there can be a full table, which comes as it is found.
      const order = view === "nlri_history" ? " ORDER BY family_id, rd, nlri, peer_id" : "";
      const sql = `SELECT ${stateRows.sql} FROM ${where.from(view)}${where.sql}${order}`;
      for (const row of db.prepare(sql).iterate(...where.values)) {
        if (left-- <= 0) return;
        yield readState(row);
        found++;
      }
      // This was the longest prefix with a route at that time.
      if (found > 0) break;
    }
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

/** What to search; each has conditions that are tried one after the other until one finds a route. */
function* searchesOf(db: Database, filter: RouteFilter): Generator<readonly Conditions[], void, undefined> {
  const { address, rd, longer } = filter;
  const family = filter.family === undefined ? undefined : familyByName(filter.family)?.id;
  const hasPlain = rd === undefined && filter.nlri === undefined && (family === undefined || isPrefixFamily(family));
  const hasOther = family === undefined || !isPrefixFamily(family);
  if (address === undefined && longer !== true) return yield [conditionsOf(filter)];
  if (address === undefined) {
    if (hasPlain) yield [conditionsOf(filter, "prefixes")];
    if (hasOther) yield [conditionsOf(filter, "nlri")];
    return;
  }
  if (parseAddress(address) === undefined) throw new StoreError(`"${address}" is not an address`);
  if (hasPlain) {
    yield coveringPrefixes(db, address, family)
      .map((prefix) => conditionsOf({ ...filter, prefix }).add(`family_id IN (${plainFamilies})`));
  }
  if (!hasOther) return;
  for (const ids of coveringNlri(db, address, { family, rd })) {
    yield ids.map((id) => conditionsOf(filter).add("prefix_id = ?", id));
  }
}

/** The ids of the families whose destinations are plain prefixes. */
const plainFamilies = families.map(({ id }) => id).filter(isPrefixFamily).join();

function conditions({ prefix, nlri, rd, family, peer }: HistoryFilter): Conditions {
  return conditionsOf({ prefix, nlri, rd, family, peer });
}
