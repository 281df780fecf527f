/** Routes as `show` asks for them: a filter becomes one query over the views. */

import { familyByName, type FamilyId, formatPrefix, parseAddress, parsePrefix } from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import { asPathExpression } from "./functions.ts";
import type { LongestMatch } from "./longest_match.ts";
import { attributeColumns, attributeCount, attributesOf, type RouteAttributes } from "./route_attributes.ts";
import type { Database, SqlRow, SqlValue } from "../sqlite.ts";

/** All conditions hold together; none: every route. */
export interface RouteFilter {
  /** Exactly this prefix. */
  readonly prefix?: string | undefined;
  /** The longest prefix with a route that contains this address. */
  readonly address?: string | undefined;
  readonly originAs?: number | undefined;
  /** A regular expression over the AS path; `_` is a boundary: start, end, blank, comma or bracket. */
  readonly asPath?: string | undefined;
  /** One of any kind, as the database writes it: "65000:99", "65000:1:2", "rt:65000:100". */
  readonly community?: string | undefined;
  /** Name of a peer. */
  readonly peer?: string | undefined;
  /** Best routes only. */
  readonly best?: boolean | undefined;
  /** With their values before import policy. */
  readonly received?: boolean | undefined;
  /** By name: "ipv6 unicast". */
  readonly family?: string | undefined;
  readonly limit?: number | undefined;
}

export interface RouteRow extends RouteAttributes {
  readonly best: boolean;
  readonly stale: boolean;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** The step of the decision process that made it best. */
  readonly bestReason: string | null;
  /** Why it cannot be best. */
  readonly ineligible: string | null;
  /** As good as the best one up to its router id; false where nobody asks. */
  readonly multipath: boolean;
  readonly family: string;
}

export const routeColumns = `${attributeColumns}, best, stale, received_at, best_reason, ineligible, multipath,` +
  " (SELECT name FROM families WHERE id = family)";

/** Runs a filter; rows come as they are found. Throws {@link StoreError} where the filter itself is wrong. */
export function* findRoutes(
  db: Database,
  match: LongestMatch,
  filter: RouteFilter,
): Generator<RouteRow, void, undefined> {
  const limit = filter.limit ?? Infinity;
  const conditions = conditionsOf(filter);
  if (filter.address !== undefined) {
    const found = match.find(filter.address, familyOf(filter));
    if (found === undefined) return;
    conditions.add("prefix = ?", found.prefix);
  }
  const view = filter.received === true ? "adj_rib_in" : filter.best === true ? "loc_rib" : "rib";
  if (filter.received === true && filter.best === true) conditions.add("best");
  const sql = `SELECT ${routeColumns} FROM ${view}${conditions.sql}`;
  let found = 0;
  if (limit <= 0) return;
  for (const row of db.prepare(sql).iterate(...conditions.values)) {
    yield routeRow(row);
    if (++found >= limit) return;
  }
}

/** Conditions that hold together. */
export class Conditions {
  readonly values: SqlValue[] = [];
  readonly #texts: string[] = [];

  add(condition: string, ...values: SqlValue[]): this {
    this.#texts.push(condition);
    this.values.push(...values);
    return this;
  }

  get sql(): string {
    return this.#texts.length > 0 ? ` WHERE ${this.#texts.join(" AND ")}` : "";
  }
}

function familyOf(filter: RouteFilter): FamilyId | undefined {
  return filter.family === undefined ? undefined : familyByName(filter.family)?.id;
}

/** All of a filter but `address` and `best`, for any of the views with routes. */
export function conditionsOf(filter: RouteFilter): Conditions {
  const conditions = new Conditions();
  const where = conditions.add.bind(conditions);
  const family = filter.family === undefined ? undefined : familyByName(filter.family);
  if (filter.family !== undefined && family === undefined) {
    throw new StoreError(`no family is named "${filter.family}"`);
  }
  if (family !== undefined) where("family = ?", family.id);
  if (filter.prefix !== undefined) {
    const prefix = parsePrefix(filter.prefix);
    if (prefix === undefined) throw new StoreError(`"${filter.prefix}" is not a prefix`);
    where("prefix = ?", formatPrefix(prefix));
  }
  if (filter.address !== undefined) {
    if (parseAddress(filter.address) === undefined) throw new StoreError(`"${filter.address}" is not an address`);
  }
  if (filter.originAs !== undefined) where("origin_as = ?", filter.originAs);
  if (filter.peer !== undefined) where("peer = ?", filter.peer);
  // Sets are few against routes: they are searched first.
  if (filter.community !== undefined) {
    where(
      `attribute_id IN (SELECT id FROM attributes WHERE instr(' ' || ${communityColumn(filter.community)} || ' ', ?))`,
      ` ${filter.community} `,
    );
  }
  if (filter.asPath !== undefined) {
    asPathExpression(filter.asPath);
    where("attribute_id IN (SELECT id FROM attributes WHERE path_matches(as_path, ?))", filter.asPath);
  }
  return conditions;
}

/** Which of the three kinds of communities a text is. */
function communityColumn(text: string): string {
  if (/^\d+:\d+$/.test(text)) return "communities";
  return /^\d+:\d+:\d+$/.test(text) ? "large_communities" : "ext_communities";
}

export function routeRow(row: SqlRow): RouteRow {
  return {
    ...attributesOf(row),
    best: row[attributeCount] === 1,
    stale: row[attributeCount + 1] === 1,
    receivedAt: row[attributeCount + 2] as string,
    bestReason: row[attributeCount + 3] as string | null,
    ineligible: row[attributeCount + 4] as string | null,
    multipath: row[attributeCount + 5] === 1,
    family: row[attributeCount + 6] as string,
  };
}
