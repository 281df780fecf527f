/** Routes as `show` asks for them: a filter becomes one query over the views. */

import {
  canonicalAddress,
  familyByName,
  type FamilyId,
  formatPrefix,
  parseAddress,
  parsePrefix,
} from "../types/mod.ts";
import { StoreError } from "./errors.ts";
import { asPathExpression } from "./functions.ts";
import type { LongestMatch } from "./longest_match.ts";
import type { Database, SqlRow, SqlValue } from "./sqlite.ts";

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
  /** Address of a peer. */
  readonly peer?: string | undefined;
  /** Best routes only. */
  readonly best?: boolean | undefined;
  /** By name: "ipv6 unicast". */
  readonly family?: string | undefined;
  readonly limit?: number | undefined;
}

export interface RouteRow {
  readonly peer: string;
  readonly peerAs: number | null;
  readonly prefix: string;
  readonly pathId: number | null;
  readonly nextHop: string | null;
  readonly asPath: string;
  readonly originAs: number | null;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  /** Blank-separated, as are the next two. */
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
  readonly best: boolean;
  readonly stale: boolean;
  /** ISO 8601, UTC. */
  readonly receivedAt: string;
  /** The step of the decision process that made it best. */
  readonly bestReason: string | null;
  /** Why it cannot be best. */
  readonly ineligible: string | null;
  readonly family: string;
}

const columns = "peer, peer_as, prefix, path_id, next_hop, as_path, origin_as, origin, med, local_pref, communities," +
  " large_communities, ext_communities, best, stale, received_at, best_reason, ineligible," +
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
  const sql = `SELECT ${columns} FROM ${filter.best === true ? "loc_rib" : "rib"}${conditions.sql}`;
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
  if (filter.peer !== undefined) where("peer = ?", canonicalAddress(filter.peer) ?? filter.peer);
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

function routeRow(row: SqlRow): RouteRow {
  return {
    peer: row[0] as string,
    peerAs: row[1] as number | null,
    prefix: row[2] as string,
    pathId: row[3] as number | null,
    nextHop: row[4] as string | null,
    asPath: row[5] as string,
    originAs: row[6] as number | null,
    origin: row[7] as string | null,
    med: row[8] as number | null,
    localPref: row[9] as number | null,
    communities: row[10] as string | null,
    largeCommunities: row[11] as string | null,
    extCommunities: row[12] as string | null,
    best: row[13] === 1,
    stale: row[14] === 1,
    receivedAt: row[15] as string,
    bestReason: row[16] as string | null,
    ineligible: row[17] as string | null,
    family: row[18] as string,
  };
}
