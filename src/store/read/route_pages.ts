/**
 * Routes of whole tables for looking glasses, a page at a time. Each page is a query of its own, by key: between two
 * pages no statement is open, so that a slow client keeps nobody from emptying the write-ahead log. A page shows the
 * moment in which it was read. Pages may be empty: a caller can pause between any two.
 */

import {
  asFamilyId,
  type FamilyId,
  familyOf,
  formatPrefix,
  maskPrefix,
  type Millis,
  parseAddress,
  type Prefix,
} from "../../types/mod.ts";
import type { Database, SqlRow, SqlValue, Statement } from "../sqlite.ts";
import { asInteger, asIntegerOrNull, asOctets, asText, asTextOrNull } from "./cells.ts";
import { coveringPrefixes } from "./longest_match.ts";

/** Rows of one page, or prefixes whose routes are one page. */
const pageRows = 500;
const pagePrefixes = 250;
const pageSets = 5000;
/** More sets than these are not looked up one by one. */
const mostSets = 5000;

export interface PagedRoute {
  /** peers.id; 0 is this speaker. */
  readonly peerId: number;
  readonly prefixId: number;
  /** -1: none. */
  readonly pathId: number;
  /** For {@link RoutePages.attributes}. */
  readonly setId: number;
  /** 0: eligible; otherwise words.id of the kind `ineligible`. */
  readonly ineligible: number;
  readonly receivedAt: Millis;
  /** What RPKI data say (`rpki/validity.ts`). */
  readonly validity: number;
  readonly family: FamilyId;
  readonly prefix: string;
  readonly isBest: boolean;
  readonly isStale: boolean;
  /** Import policy changed it. */
  readonly isChanged: boolean;
}

/** What a set of attributes has, as texts of the database: lists are separated by spaces. */
export interface PagedAttributes {
  readonly nextHop: string | null;
  readonly asPath: string;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
  /** The canonical encoding. */
  readonly wire: Uint8Array;
}

/** A route must meet every condition. */
export interface PageFilter {
  /** Of these peers (peers.id). */
  readonly peerIds: readonly number[];
  /** Unicast and multicast families. */
  readonly families: readonly FamilyId[];
  readonly which?: "eligible" | "ineligible" | "all";
  /** Only the best route of each prefix. */
  readonly best?: boolean;
  /** Only routes with these reasons for being ineligible. */
  readonly reasons?: readonly number[];
  /** Only routes with one of these states (`rpki/validity.ts`). */
  readonly ovs?: readonly number[] | undefined;
  readonly avs?: readonly number[] | undefined;
  /** With the sets before import policy; those of ineligible routes always are. */
  readonly received?: boolean;
  /** Only routes with these sets, see {@link RoutePages.sets}. */
  readonly sets?: ReadonlySet<number> | undefined;
  /** Only these prefixes. */
  readonly among?: PrefixChoice | undefined;
}

/** A set must meet every condition. */
export interface SetFilter {
  readonly originAs?: number | undefined;
  readonly communities?: readonly string[];
}

export type PrefixChoice =
  | { readonly kind: "exact" | "inside" | "covering"; readonly prefix: Prefix }
  /** The longest prefix with a route that meets the other conditions. */
  | { readonly kind: "longest"; readonly address: string };

const from = "routes r CROSS JOIN prefixes x ON x.id = r.prefix_id" +
  " LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family" +
  " LEFT JOIN best b ON b.prefix_id = r.prefix_id";
/** Behind `best b` and `prefixes x`. */
const ofBest = "CROSS JOIN routes r ON r.peer_id = b.peer_id AND r.prefix_id = b.prefix_id AND r.path_id = b.path_id" +
  " LEFT JOIN peer_families f ON f.peer_id = r.peer_id AND f.family = x.family";
const best = "b.peer_id IS r.peer_id AND b.path_id IS r.path_id";

export class RoutePages {
  readonly #db: Database;
  readonly #attributes: Statement;

  constructor(db: Database) {
    this.#db = db;
    this.#attributes = db.prepare(
      "SELECT next_hop, as_path, origin, med, local_pref, communities, large_communities, ext_communities, wire" +
        " FROM attributes WHERE id = ?",
    );
  }

  /** Pages of the routes that match, in no particular order; those of a prefix are on one page. */
  *pages(filter: PageFilter): Generator<readonly PagedRoute[], void, undefined> {
    const { among, sets } = filter;
    if (among?.kind === "longest") yield* this.#longest(filter, among.address);
    else if (among !== undefined) yield* this.#ofPrefixes(filter, among.kind, among.prefix);
    else if (sets !== undefined && filter.received !== true && sets.size <= mostSets && this.#hasIndex()) {
      yield* this.#ofSets(filter, sets);
    } else if (filter.best === true) yield* this.#bestOnes(filter);
    else for (const peer of filter.peerIds) yield* this.#ofPeer(filter, peer);
  }

  /** `undefined`: the set has gone since its route was read. */
  attributes(setId: number): PagedAttributes | undefined {
    const row = this.#attributes.get(setId);
    if (row === undefined) return undefined;
    return {
      nextHop: asTextOrNull(row[0]),
      asPath: asText(row[1]),
      origin: asTextOrNull(row[2]),
      med: asIntegerOrNull(row[3]),
      localPref: asIntegerOrNull(row[4]),
      communities: asTextOrNull(row[5]),
      largeCommunities: asTextOrNull(row[6]),
      extCommunities: asTextOrNull(row[7]),
      wire: asOctets(row[8]),
    };
  }

  /**
   * Returns the sets whose path ends in an AS, and that have communities in the form of the database, `*` for any
   * number. Looks at some sets between two yields.
   */
  *sets({ originAs, communities = [] }: SetFilter): Generator<void, Set<number>, undefined> {
    const wanted = communities.map((text) => ({ column: communityColumn(text), test: communityTest(text) }));
    const columns = ["id", ...wanted.map(({ column }) => column)].join();
    const some = wanted.map(({ column }) => ` AND ${column} IS NOT NULL`).join("");
    const found = new Set<number>();
    const take = (rows: SqlRow[]) => {
      for (const row of rows) {
        if (wanted.every(({ test }, i) => test(asText(row[i + 1])))) found.add(asInteger(row[0]));
      }
    };
    if (originAs !== undefined) {
      take(this.#db.prepare(`SELECT ${columns} FROM attributes WHERE origin_as = ?${some}`).all(originAs));
      return found;
    }
    const end = this.#db.prepare(`SELECT id FROM attributes WHERE id > ? ORDER BY id LIMIT 1 OFFSET ${pageSets}`);
    const page = this.#db.prepare(`SELECT ${columns} FROM attributes WHERE id > ?1 AND id <= ?2${some}`);
    yield* ranges(end, [], (after, last) => take(page.all(after, last)));
    return found;
  }

  /** The best routes of these prefixes. */
  bestOf(prefixes: readonly string[], families: readonly FamilyId[]): PagedRoute[] {
    const filter: PageFilter = { peerIds: [], families };
    const rows = this.#db.prepare(
      `${select(filter)} FROM json_each(?) j CROSS JOIN prefixes x ON x.prefix = j.value` +
        ` CROSS JOIN best b ON b.prefix_id = x.id ${ofBest} WHERE true${where(filter)}`,
    ).all(JSON.stringify(prefixes));
    return chosen(rows, filter);
  }

  /** The routes of a peer, in the order of prefix ids. */
  *#ofPeer(filter: PageFilter, peer: number): Generator<readonly PagedRoute[], void, undefined> {
    const end = this.#db.prepare(
      "SELECT prefix_id FROM routes WHERE peer_id = ?1 AND prefix_id > ?2 ORDER BY prefix_id LIMIT 1" +
        ` OFFSET ${pageRows}`,
    );
    const page = this.#db.prepare(
      `${select(filter)} FROM ${from} WHERE r.peer_id = ?1 AND r.prefix_id > ?2 AND r.prefix_id <= ?3${where(filter)}`,
    );
    yield* ranges(end, [peer], (after, last) => chosen(page.all(peer, after, last), filter));
  }

  /** All best routes, in the order of prefix ids. */
  *#bestOnes(filter: PageFilter): Generator<readonly PagedRoute[], void, undefined> {
    const end = this.#db.prepare(
      `SELECT prefix_id FROM best WHERE prefix_id > ? ORDER BY prefix_id LIMIT 1 OFFSET ${pageRows}`,
    );
    const page = this.#db.prepare(
      `${select(filter)} FROM best b CROSS JOIN prefixes x ON x.id = b.prefix_id ${ofBest}` +
        ` WHERE b.prefix_id > ?1 AND b.prefix_id <= ?2${where(filter)}`,
    );
    const peers = new Set(filter.peerIds);
    yield* ranges(
      end,
      [],
      (after, last) => chosen(page.all(after, last), filter).filter(({ peerId }) => peers.has(peerId)),
    );
  }

  *#ofSets(filter: PageFilter, sets: ReadonlySet<number>): Generator<readonly PagedRoute[], void, undefined> {
    // The set of an ineligible route is the received one.
    const walks = [
      "r.attribute_id = ?1 AND (r.ineligible = 0 OR r.received_id IS NULL)",
      "r.received_id = ?1 AND r.ineligible <> 0",
    ].map((condition) => {
      const range = `${condition} AND r.peer_id = ?2 AND r.prefix_id > ?3`;
      return {
        end: this.#db.prepare(
          `SELECT r.prefix_id FROM routes r WHERE ${range} ORDER BY r.prefix_id LIMIT 1 OFFSET ${pageRows}`,
        ),
        page: this.#db.prepare(
          `${select(filter)} FROM ${from} WHERE ${range} AND r.prefix_id <= ?4${where(filter)}`,
        ),
      };
    });
    for (const set of sets) {
      for (const peer of filter.peerIds) {
        for (const { end, page } of walks) {
          yield* ranges(end, [set, peer], (after, last) => chosen(page.all(set, peer, after, last), filter));
        }
      }
    }
  }

  *#ofPrefixes(
    filter: PageFilter,
    kind: "exact" | "inside" | "covering",
    prefix: Prefix,
  ): Generator<readonly PagedRoute[], void, undefined> {
    const at = this.#atPrefix(filter);
    for (const ids of kind === "inside" ? this.#inside(filter, prefix) : [this.#named(filter, kind, prefix)]) {
      yield ids.flatMap(at);
    }
  }

  *#longest(filter: PageFilter, address: string): Generator<readonly PagedRoute[], void, undefined> {
    const at = this.#atPrefix(filter);
    const bits = 8 * (parseAddress(address)?.length ?? 0);
    for (const family of filter.families) {
      if (8 * familyOf(family).addressBytes !== bits) continue;
      const routes = coveringPrefixes(this.#db, address, family).values()
        .map((prefix) => this.#idsOf(prefix, [family]).flatMap(at)).find(({ length }) => length > 0);
      if (routes !== undefined) yield routes;
    }
  }

  /** The routes of a prefix. */
  #atPrefix(filter: PageFilter): (prefixId: number) => PagedRoute[] {
    const one = this.#db.prepare(
      `${select(filter)} FROM ${from} WHERE r.peer_id = ?1 AND r.prefix_id = ?2${where(filter)}`,
    );
    return (prefixId) => filter.peerIds.flatMap((peer) => chosen(one.all(peer, prefixId), filter));
  }

  #named(filter: PageFilter, kind: "exact" | "covering", prefix: Prefix): number[] {
    if (kind === "exact") return this.#idsOf(formatPrefix(prefix), filter.families);
    const { octets, length } = prefix;
    const all = Array.from({ length: length + 1 }, (_, n) => formatPrefix(maskPrefix(octets, length - n)));
    return all.flatMap((text) => this.#idsOf(text, filter.families));
  }

  #idsOf(prefix: string, families: readonly FamilyId[]): number[] {
    return this.#db.prepare(`SELECT id FROM prefixes WHERE prefix = ? AND family IN (${families.join()})`).all(prefix)
      .map(([id]) => asInteger(id));
  }

  /** The prefixes inside one, and itself, in their order. */
  *#inside({ families }: PageFilter, prefix: Prefix): Generator<number[], void, undefined> {
    const { first, last } = addressRange(prefix);
    const ofLength = families.filter((family) => familyOf(family).addressBytes === prefix.octets.length);
    const statement = this.#db.prepare(
      "SELECT id, hi, lo, len, family FROM prefixes WHERE (hi, lo, len, family) > (?1, ?2, ?3, ?4) AND hi <= ?5" +
        ` AND (hi < ?5 OR lo <= ?6) AND len >= ?7 AND family IN (${ofLength.join()})` +
        ` ORDER BY hi, lo, len, family LIMIT ${pagePrefixes}`,
    ).useBigInts();
    let after: readonly SqlValue[] = [first[0], first[1], prefix.length - 1, 99n];
    for (;;) {
      const rows = statement.all(...after, ...last, prefix.length);
      yield rows.map(([id]) => Number(id));
      const end = rows.at(-1);
      if (end === undefined || rows.length < pagePrefixes) return;
      after = end.slice(1);
    }
  }

  /** The index is created once the first table is written. */
  #hasIndex(): boolean {
    return this.#db.value("SELECT 1 FROM sqlite_schema WHERE name = 'routes_attribute'") !== null;
  }
}

/** One page after the other: `end` finds the last prefix id of the next page, after its `values` and the id before. */
export function* ranges<T>(
  end: Statement,
  values: readonly SqlValue[],
  read: (after: number, last: number) => T,
): Generator<T, void, undefined> {
  for (let after = -1; after < Number.MAX_SAFE_INTEGER;) {
    const last = asIntegerOrNull(end.get(...values, after)?.[0]) ?? Number.MAX_SAFE_INTEGER;
    yield read(after, last);
    after = last;
  }
}

function select({ received }: PageFilter): string {
  const before = "coalesce(r.received_id, r.attribute_id)";
  // Import policy makes no set of a route that it rejects.
  const set = received === true ? before : `CASE r.ineligible WHEN 0 THEN r.attribute_id ELSE ${before} END`;
  return `SELECT r.peer_id, r.prefix_id, r.path_id, ${set}, r.ineligible, r.received_at, coalesce(r.validity, 0),` +
    ` x.family, x.prefix, ${best}, coalesce(r.confirmed_at, r.received_at) < coalesce(f.stale_before, 0),` +
    " r.received_id IS NOT NULL";
}

/** The conditions that SQL looks at. Rows of a lost session that are not deleted yet are no routes. */
function where({ families, which = "all", reasons, ovs, avs }: PageFilter): string {
  return ` AND x.family IN (${families.join()}) AND r.received_at >= coalesce(f.flushed_at, 0)` +
    (which === "all" ? "" : ` AND r.ineligible ${which === "eligible" ? "=" : "<>"} 0`) +
    (reasons === undefined ? "" : ` AND r.ineligible IN (${reasons.join()})`) +
    (ovs === undefined ? "" : ` AND coalesce(r.validity, 0) & 3 IN (${ovs.join()})`) +
    (avs === undefined ? "" : ` AND coalesce(r.validity, 0) >> 2 IN (${avs.join()})`);
}

function chosen(rows: readonly SqlRow[], { best, sets }: PageFilter): PagedRoute[] {
  const routes: PagedRoute[] = [];
  for (const row of rows) {
    const setId = asInteger(row[3]);
    if (best === true && row[9] !== 1 || sets?.has(setId) === false) continue;
    routes.push({
      peerId: asInteger(row[0]),
      prefixId: asInteger(row[1]),
      pathId: asInteger(row[2]),
      setId,
      ineligible: asInteger(row[4]),
      receivedAt: asInteger(row[5]),
      validity: asInteger(row[6]),
      family: asFamilyId(Number(row[7])),
      prefix: asText(row[8]),
      isBest: row[9] === 1,
      isStale: row[10] === 1,
      isChanged: row[11] === 1,
    });
  }
  return routes;
}

const lowestAndHighest: readonly [bigint, bigint] = [-(2n ** 63n), 2n ** 63n - 1n];

/** `hi` and `lo` of the first and of the last address. */
function addressRange({ octets, length }: Prefix): { first: [bigint, bigint]; last: [bigint, bigint] } {
  const end = octets.map((octet, i) => octet | (length >= 8 * (i + 1) ? 0 : 255 >> Math.max(0, length - 8 * i)));
  const words = (of: Uint8Array): [bigint, bigint] => {
    const view = new DataView(of.buffer, of.byteOffset);
    return of.length === 4 ? [BigInt(view.getUint32(0)), 0n] : [view.getBigInt64(0), view.getBigInt64(8)];
  };
  const [first, last] = [words(octets), words(end)];
  // Halves of IPv6 addresses are signed numbers: a half with every value goes from the lowest to the highest.
  if (octets.length === 16 && length <= 64) {
    [first[1], last[1]] = lowestAndHighest;
    if (length === 0) [first[0], last[0]] = lowestAndHighest;
  }
  return { first, last };
}

/** The column for the kind of community that a text has, `*` as a part included. */
function communityColumn(text: string): string {
  if (/^(\d+|\*):(\d+|\*)$/.test(text)) return "communities";
  return /^(\d+|\*):(\d+|\*):(\d+|\*)$/.test(text) ? "large_communities" : "ext_communities";
}

/** True for a list that has the community. */
function communityTest(text: string): (list: string) => boolean {
  if (!text.includes("*")) return (list) => ` ${list} `.includes(` ${text} `);
  const parts = text.split("*").map((part) => RegExp.escape(part));
  const expression = new RegExp(`(?:^| )${parts.join("\\d+")}(?: |$)`);
  return (list) => expression.test(list);
}
