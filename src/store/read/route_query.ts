/** The routes of `bgpd show routes`: a filter becomes one query of a view. */

import {
  families,
  familyByName,
  type FamilyId,
  formatPrefix,
  parseAddress,
  parsePrefix,
  type Prefix,
} from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import { Columns, flag, type Row, text, textOrNull } from "./columns.ts";
import { asPathExpression } from "./functions.ts";
import type { LongestMatch } from "./longest_match.ts";
import { attributeColumns } from "./route_attributes.ts";
import type { Database, SqlValue } from "../sqlite.ts";

/** A route must meet every condition. Without a condition, every route matches. */
export interface RouteFilter {
  /** Exactly this prefix. */
  readonly prefix?: string | undefined;
  /** With `prefix`: also every prefix inside it. */
  readonly longer?: boolean | undefined;
  /** The longest prefix with a route that contains this address. */
  readonly address?: string | undefined;
  readonly originAs?: number | undefined;
  /** A regular expression on the AS path. `_` is a boundary: start, end, space, comma or bracket. */
  readonly asPath?: string | undefined;
  /** A community of any kind in the form of the database: "65000:99", "65000:1:2", "rt:65000:100". */
  readonly community?: string | undefined;
  /** Name of a peer. */
  readonly peer?: string | undefined;
  /** Only best routes. */
  readonly best?: boolean | undefined;
  /** Only ineligible routes. */
  readonly rejected?: boolean | undefined;
  /** Show values before import policy. */
  readonly received?: boolean | undefined;
  /** The name of a family: "ipv6 unicast". */
  readonly family?: string | undefined;
  readonly limit?: number | undefined;
}

export type RouteRow = Row<typeof routeColumns>;

export const routeColumns = {
  ...attributeColumns,
  best: flag("best"),
  stale: flag("stale"),
  /** ISO 8601, UTC. */
  receivedAt: text("received_at"),
  /** The step of the decision process that selected the best route. */
  bestReason: textOrNull("best_reason"),
  /** Why the route is ineligible. */
  ineligible: textOrNull("ineligible"),
  /** The route ties with the best route; always false unless the configuration sets `multipath`. */
  multipath: flag("multipath"),
  family: text("(SELECT name FROM families WHERE id = family)"),
};

const routeRows = new Columns(routeColumns);

/** Runs a filter; yields rows as SQLite finds them. Throws {@link StoreError} where the filter is wrong. */
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
  if (isWholeFamily(filter)) conditions.inOrder(familyOf(filter)!);
  const view = filter.received === true ? "adj_rib_in" : filter.best === true ? "loc_rib" : "rib";
  if (filter.received === true && filter.best === true) conditions.add("best");
  if (filter.rejected === true) conditions.add("ineligible IS NOT NULL");
  const sql = `SELECT ${routeRows.sql} FROM ${conditions.from(view)}${conditions.sql}`;
  let found = 0;
  if (limit <= 0) return;
  for (const row of db.prepare(sql).iterate(...conditions.values)) {
    yield routeRows.read(row);
    if (++found >= limit) return;
  }
}

/** Conditions joined by AND. */
export class Conditions {
  /** The values of {@link from}, then those of {@link sql}. */
  readonly values: SqlValue[] = [];
  #longer: string | undefined;
  readonly #texts: string[] = [];

  add(condition: string, ...values: SqlValue[]): this {
    this.#texts.push(condition);
    this.values.push(...values);
    return this;
  }

  /**
   * Only prefixes inside this one, and itself. The range of index prefixes_key is the outer loop, so the routes come in
   * the order of the prefixes.
   */
  inside(prefix: Prefix, family: FamilyId | undefined): this {
    const { hi, lo } = rangesOf(prefix);
    const range = "hi BETWEEN ? AND ?" + (lo === undefined ? "" : " AND lo BETWEEN ? AND ?");
    const ids = families.filter(({ id, addressBytes }) =>
      addressBytes === prefix.octets.length && id === (family ?? id)
    )
      .map(({ id }) => id);
    this.#longer = `SELECT id AS longer_id FROM prefixes WHERE family IN (${ids.join()}) AND ${range} AND len >= ?`;
    this.values.unshift(...hi, ...lo ?? [], prefix.length);
    return this;
  }

  /** All prefixes of a family are the outer loop, in their order where index prefixes_key exists. */
  inOrder(family: FamilyId): this {
    this.#longer = `SELECT id AS longer_id FROM prefixes WHERE family = ${family} ORDER BY hi, lo, len`;
    return this;
  }

  /** What stands after FROM, for a view of routes. */
  from(view: string): string {
    return this.#longer === undefined ? view : `(${this.#longer}) CROSS JOIN ${view} ON prefix_id = longer_id`;
  }

  get sql(): string {
    return this.#texts.length > 0 ? ` WHERE ${this.#texts.join(" AND ")}` : "";
  }
}

/**
 * The first and the last value of the columns `hi` and `lo` for the addresses of a prefix; `lo` `undefined`: any. The
 * halves of an IPv6 address are signed numbers; the numbers of a prefix have one sign, except for ::/0.
 */
function rangesOf({ octets, length }: Prefix): { hi: [SqlValue, SqlValue]; lo?: [SqlValue, SqlValue] } {
  const view = new DataView(octets.buffer, octets.byteOffset);
  if (octets.length === 4) {
    const first = view.getUint32(0);
    return { hi: [first, first + 2 ** (32 - length) - 1] };
  }
  const [hi, lo] = [view.getBigInt64(0), view.getBigInt64(8)];
  if (length === 0) return { hi: [-(2n ** 63n), 2n ** 63n - 1n] };
  if (length <= 64) return { hi: [hi, hi + 2n ** BigInt(64 - length) - 1n] };
  return { hi: [hi, hi], lo: [lo, lo + 2n ** BigInt(128 - length) - 1n] };
}

function familyOf(filter: RouteFilter): FamilyId | undefined {
  return filter.family === undefined ? undefined : familyByName(filter.family)?.id;
}

/** True where no condition beside the family chooses routes: a search that does has a better order of its own. */
function isWholeFamily({ family, prefix, address, originAs, asPath, community, peer }: RouteFilter): boolean {
  const chooses = [prefix, address, originAs, asPath, community, peer].some((condition) => condition !== undefined);
  return family !== undefined && !chooses;
}

/** The conditions of a filter, except `address` and `best`, for any view of routes. */
export function conditionsOf(filter: RouteFilter): Conditions {
  const conditions = new Conditions();
  const where = conditions.add.bind(conditions);
  const family = filter.family === undefined ? undefined : familyByName(filter.family);
  if (filter.family !== undefined && family === undefined) {
    throw new StoreError(`"${filter.family}" is not a family; write for example "ipv4 unicast"`);
  }
  if (family !== undefined) where("family = ?", family.id);
  if (filter.prefix !== undefined) {
    const prefix = parsePrefix(filter.prefix);
    if (prefix === undefined) throw new StoreError(`"${filter.prefix}" is not a prefix`);
    if (filter.longer === true) conditions.inside(prefix, family?.id);
    else where("prefix = ?", formatPrefix(prefix));
  }
  if (filter.address !== undefined) {
    if (parseAddress(filter.address) === undefined) throw new StoreError(`"${filter.address}" is not an address`);
  }
  if (filter.originAs !== undefined) where("origin_as = ?", filter.originAs);
  if (filter.peer !== undefined) where("peer = ?", filter.peer);
  // Attribute sets are few compared to routes, so they are searched first.
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

/** The column for the kind of community that a text has. */
function communityColumn(text: string): string {
  if (/^\d+:\d+$/.test(text)) return "communities";
  return /^\d+:\d+:\d+$/.test(text) ? "large_communities" : "ext_communities";
}
