/**
 * The routes of `bgpd show routes`: a filter becomes one query of a view with prefixes, and one of a view with the
 * destinations of all other families.
 */

import {
  families,
  familyByName,
  type FamilyId,
  formatPrefix,
  isPrefixFamily,
  parseAddress,
  parsePrefix,
  type Prefix,
} from "../../types/mod.ts";
import { StoreError } from "../errors.ts";
import { Columns, flag, type Row, text, textOrNull } from "./columns.ts";
import { asPathExpression } from "./functions.ts";
import { coveringNlri, type LongestMatch } from "./longest_match.ts";
import { attributeColumns, destinationColumns } from "./route_attributes.ts";
import type { Database, SqlValue } from "../sqlite.ts";

/** A route must meet every condition. Without a condition, every route matches. */
export interface RouteFilter {
  /** Exactly this prefix. With a Route Distinguisher it is in every routing table, or in that of `rd`. */
  readonly prefix?: string | undefined;
  /** Exactly this destination, as text: a flow rule, an EVPN route. */
  readonly nlri?: string | undefined;
  /** The Route Distinguisher: "65000:1". */
  readonly rd?: string | undefined;
  /** With `prefix`: also every prefix inside it. */
  readonly longer?: boolean | undefined;
  /** The longest prefix with a route that contains this address; with Route Distinguishers, the longest of each. */
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
  /** Only routes whose origin has this state: valid, invalid or not-found (RFC 6811). */
  readonly ovs?: string | undefined;
  /** Only routes whose path has this state by ASPAs: valid, invalid or unknown. */
  readonly avs?: string | undefined;
  /** Show values before import policy. */
  readonly received?: boolean | undefined;
  /** The name of a family: "ipv6 unicast". */
  readonly family?: string | undefined;
  readonly limit?: number | undefined;
}

export type RouteRow =
  & Row<typeof routeColumns>
  & Partial<Row<typeof validityColumns>>
  & Partial<Row<typeof nlriColumns>>;

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
  family: text("family"),
};

/** Further columns of the views of prefixes: what RPKI data say of the route. */
export const validityColumns = {
  ovs: textOrNull<"valid" | "invalid" | "not-found">("ovs"),
  avs: textOrNull<"valid" | "invalid" | "unknown">("avs"),
};

/** Further columns of the views of destinations that are no plain prefixes. */
export const nlriColumns = {
  ...destinationColumns,
  /** Ethernet Segment Identifier. */
  esi: textOrNull("esi"),
  gateway: textOrNull("gateway"),
  /** What FlowSpec does with the packets. */
  actions: textOrNull("actions"),
  /** The other fields of the destination, as a JSON object. */
  fields: textOrNull("fields"),
};

/** The views of one kind of destinations, and what a row of them has. */
export interface Source {
  /** The table of destinations. */
  readonly table: "prefixes" | "nlri";
  readonly rib: string;
  readonly received: string;
  readonly best: string;
  readonly rows: Columns<typeof routeColumns>;
}

const prefixSource: Source = {
  table: "prefixes",
  rib: "rib",
  received: "adj_rib_in",
  best: "loc_rib",
  rows: new Columns({ ...routeColumns, ...validityColumns }),
};

const nlriSource: Source = {
  table: "nlri",
  rib: "nlri_rib",
  received: "nlri_adj_rib_in",
  best: "nlri_rib",
  rows: new Columns({ ...routeColumns, ...nlriColumns }),
};

/** Runs a filter; yields rows as SQLite finds them. Throws {@link StoreError} where the filter is wrong. */
export function* findRoutes(
  db: Database,
  match: LongestMatch,
  filter: RouteFilter,
): Generator<RouteRow, void, undefined> {
  let left = filter.limit ?? Infinity;
  if (left <= 0) return;
  for (const source of sourcesOf(filter)) {
    const conditions = conditionsOf(filter, source.table);
    if (filter.address !== undefined && !addAddress(db, match, filter, source, conditions)) continue;
    if (isWholeFamily(filter)) conditions.inOrder(familyOf(filter)!);
    const view = filter.received === true ? source.received : filter.best === true ? source.best : source.rib;
    if (filter.best === true && view !== "loc_rib") conditions.add("best");
    if (filter.rejected === true) conditions.add("ineligible IS NOT NULL");
    if (filter.ovs !== undefined) conditions.add("ovs = ?", filter.ovs);
    if (filter.avs !== undefined) conditions.add("avs = ?", filter.avs);
    const sql = `SELECT ${source.rows.sql} FROM ${conditions.from(view)}${conditions.sql}`;
    for (const row of db.prepare(sql).iterate(...conditions.values)) {
      yield source.rows.read(row);
      if (--left <= 0) return;
    }
  }
}

/** The tables whose destinations a filter can mean. */
export function viewsOf(filter: RouteFilter): Source["table"][] {
  return sourcesOf(filter).map(({ table }) => table);
}

/** The views that can have routes of a filter. */
export function sourcesOf(filter: RouteFilter): Source[] {
  const family = familyOf(filter);
  const isPlain = family === undefined ? undefined : isPrefixFamily(family);
  const hasPlain = filter.rd === undefined && filter.nlri === undefined;
  const hasOthers = filter.ovs === undefined && filter.avs === undefined;
  return [
    ...isPlain === false || !hasPlain ? [] : [prefixSource],
    ...isPlain === true || !hasOthers ? [] : [nlriSource],
  ];
}

/** Adds the condition of an address. False: no prefix with a route contains it. */
function addAddress(
  db: Database,
  match: LongestMatch,
  filter: RouteFilter,
  { table }: Source,
  conditions: Conditions,
): boolean {
  const address = filter.address!;
  if (table === "prefixes") {
    const found = match.find(address, familyOf(filter));
    if (found !== undefined) conditions.add("prefix = ?", found.prefix);
    return found !== undefined;
  }
  const ids = longestNlri(db, address, filter);
  if (ids.length > 0) conditions.these(ids);
  return ids.length > 0;
}

/** The destinations with the longest match of an address: one for each family and Route Distinguisher. */
function longestNlri(db: Database, address: string, filter: RouteFilter): number[] {
  return coveringNlri(db, address, { family: familyOf(filter), rd: filter.rd })
    .flatMap((covering) => covering.find((id) => hasRoute(db, id, filter.best === true)) ?? []);
}

/** The conditions on destinations that are no plain prefixes; `undefined`: none matches. */
export function destinationsOf(
  db: Database,
  { address, prefix, rd, nlri, best }: Pick<RouteFilter, "address" | "prefix" | "rd" | "nlri" | "best">,
): Conditions | undefined {
  if (address === undefined) return conditionsOf({ prefix, rd, nlri }, "nlri");
  const ids = longestNlri(db, address, { rd, best });
  return ids.length === 0 ? undefined : new Conditions().add(`prefix_id IN (${ids.join()})`);
}

/** True where a destination has a route, or a best one. */
function hasRoute(db: Database, id: number, best: boolean): boolean {
  return db.value(`SELECT 1 FROM nlri_rib WHERE prefix_id = ?${best ? " AND best" : ""} LIMIT 1`, id) !== null;
}

/**
 * The order of destinations that are no plain prefixes, within a family: FlowSpec rules as routers apply them (RFC 8955
 * §5.1). SQLite drops an ORDER BY without a limit.
 */
const nlriOrder = "fields ->> '$.precedence', rd, hi, lo, len, nlri LIMIT -1";

/** Conditions joined by AND. */
export class Conditions {
  /** The values of {@link from}, then those of {@link sql}. */
  readonly values: SqlValue[] = [];
  readonly parts: { readonly condition: string; readonly values: readonly SqlValue[] }[] = [];
  #longer: string | undefined;

  add(condition: string, ...values: SqlValue[]): this {
    this.parts.push({ condition, values });
    this.values.push(...values);
    return this;
  }

  /**
   * Only prefixes inside this one, and itself. The range of index prefixes_key is the outer loop, so the routes come in
   * the order of the prefixes.
   */
  inside(prefix: Prefix, family: FamilyId | undefined, table: Source["table"] = "prefixes"): this {
    const { hi, lo } = rangesOf(prefix);
    const range = "hi BETWEEN ? AND ?" + (lo === undefined ? "" : " AND lo BETWEEN ? AND ?");
    const isWide = prefix.octets.length === 16;
    const ids = families.filter(({ id, addressBytes }) =>
      isPrefixFamily(id) === (table === "prefixes") && id === (family ?? id) &&
      (table === "nlri" || addressBytes === prefix.octets.length)
    ).map(({ id }) => id);
    // A family of NLRI can have prefixes of IPv4 and of IPv6.
    const ofProtocol = table === "nlri"
      ? ` AND instr(prefix, ':') ${isWide ? "> 0" : "= 0"} ORDER BY family, ${nlriOrder}`
      : "";
    this.#longer = `SELECT id AS longer_id FROM ${table} WHERE family IN (${ids.join()}) AND ${range} AND len >= ?` +
      ofProtocol;
    this.values.unshift(...hi, ...lo ?? [], prefix.length);
    return this;
  }

  /** All destinations of a family are the outer loop, in their order: of prefixes where index prefixes_key exists. */
  inOrder(family: FamilyId): this {
    const from = isPrefixFamily(family) ? "prefixes" : "nlri";
    const order = isPrefixFamily(family) ? "hi, lo, len" : nlriOrder;
    this.#longer = `SELECT id AS longer_id FROM ${from} WHERE family = ${family} ORDER BY ${order}`;
    return this;
  }

  /** Only these destinations, which are no plain prefixes, in their order. */
  these(ids: readonly number[]): this {
    this.#longer = `SELECT id AS longer_id FROM nlri WHERE id IN (${ids.join()}) ORDER BY family, ${nlriOrder}`;
    return this;
  }

  /** What stands after FROM, for a view of routes. */
  from(view: string): string {
    return this.#longer === undefined ? view : `(${this.#longer}) CROSS JOIN ${view} ON prefix_id = longer_id`;
  }

  get sql(): string {
    return this.parts.length > 0 ? ` WHERE ${this.parts.map(({ condition }) => condition).join(" AND ")}` : "";
  }
}

/**
 * The first and the last value of the columns `hi` and `lo` for the addresses of a prefix; `lo` `undefined`: any. The
 * halves of an IPv6 address are signed numbers; the numbers of a prefix have one sign, except for ::/0.
 */
export function rangesOf({ octets, length }: Prefix): { hi: [SqlValue, SqlValue]; lo?: [SqlValue, SqlValue] } {
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
function isWholeFamily(filter: RouteFilter): boolean {
  const { family, prefix, nlri, rd, address, originAs, asPath, community, peer } = filter;
  const chooses = [prefix, nlri, rd, address, originAs, asPath, community, peer].some((condition) =>
    condition !== undefined
  );
  return family !== undefined && !chooses;
}

/**
 * The conditions of a filter, except `address` and `best`, for any view of routes. `table`: where the destinations of
 * the view are.
 */
export function conditionsOf(filter: RouteFilter, table: "prefixes" | "nlri" = "prefixes"): Conditions {
  const conditions = new Conditions();
  const where = conditions.add.bind(conditions);
  const family = filter.family === undefined ? undefined : familyByName(filter.family);
  if (filter.family !== undefined && family === undefined) {
    throw new StoreError(`"${filter.family}" is not a family; write for example "ipv4 unicast"`);
  }
  if (family !== undefined) where("family_id = ?", family.id);
  if (filter.rd !== undefined) where("rd = ?", filter.rd);
  if (filter.nlri !== undefined) where("nlri = ?", filter.nlri);
  if (filter.prefix !== undefined) {
    const prefix = parsePrefix(filter.prefix);
    if (prefix === undefined) throw new StoreError(`"${filter.prefix}" is not a prefix`);
    if (filter.longer === true) conditions.inside(prefix, family?.id, table);
    else where("prefix = ?", formatPrefix(prefix));
  }
  if (filter.address !== undefined) {
    if (parseAddress(filter.address) === undefined) throw new StoreError(`"${filter.address}" is not an address`);
  }
  if (filter.originAs !== undefined) where("origin_as = ?", filter.originAs);
  if (filter.peer !== undefined) where("peer = ?", filter.peer);
  // Attribute sets are few compared to routes, so they are searched first.
  const { community, asPath } = filter;
  for (const sets of [setConditionsOf({ community }), setConditionsOf({ asPath })]) {
    if (sets.sql !== "") where(`attribute_id IN (SELECT id FROM attributes${sets.sql})`, ...sets.values);
  }
  return conditions;
}

/** The conditions of a filter on attribute sets, for the table `attributes`. */
export function setConditionsOf(
  { community, asPath, originAs }: Pick<RouteFilter, "community" | "asPath" | "originAs">,
): Conditions {
  const conditions = new Conditions();
  if (originAs !== undefined) conditions.add("origin_as = ?", originAs);
  if (community !== undefined) {
    conditions.add(`instr(' ' || ${communityColumn(community)} || ' ', ?)`, ` ${community} `);
  }
  if (asPath !== undefined) {
    asPathExpression(asPath);
    conditions.add("path_matches(as_path, ?)", asPath);
  }
  return conditions;
}

/** The column for the kind of community that a text has. */
function communityColumn(text: string): string {
  if (/^\d+:\d+$/.test(text)) return "communities";
  return /^\d+:\d+:\d+$/.test(text) ? "large_communities" : "ext_communities";
}
