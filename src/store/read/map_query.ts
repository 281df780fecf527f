/** The table as a whole: sums over all best routes, made in slices. */

import type { Database } from "../sqlite.ts";

export interface TableMap {
  /** Prefixes with a best route, by family and length. */
  readonly lengths: readonly { readonly family: string; readonly length: number; readonly prefixes: number }[];
  /** The ASes that originate the most of them. */
  readonly origins: readonly { readonly asn: number; readonly prefixes: number }[];
  /** How many ASes originate some. */
  readonly originCount: number;
  /** Best routes by the number of ASes in their paths; prepended ones count. */
  readonly pathLengths: readonly { readonly length: number; readonly routes: number }[];
  /** Prefixes that several ASes originate. */
  readonly moas: { readonly count: number; readonly prefixes: readonly { prefix: string; origins: number[] }[] };
  /** Prefixes whose best route is invalid by RPKI data. */
  readonly invalid: { readonly count: number; readonly prefixes: readonly { prefix: string; origin: number | null }[] };
}

const sliceIds = 10_000;
const shownOrigins = 50;
const shownPrefixes = 100;

/** Gives the part that is done, from 0 to 1, after each slice; returns the map. */
export function* tableMap(db: Database): Generator<number, TableMap, undefined> {
  const families = new Map(db.prepare("SELECT id, name FROM families").all().map(([id, name]) => [id, String(name)]));
  const last = Number(db.value("SELECT max(id) FROM prefixes") ?? 0);
  const sums = new Sums();
  const best = db.prepare(
    "SELECT x.family, x.len, a.origin_as," +
      " length(a.as_path) - length(replace(a.as_path, ' ', '')) + (a.as_path <> ''), count(*)" +
      " FROM best b CROSS JOIN prefixes x ON x.id = b.prefix_id CROSS JOIN routes r ON r.peer_id = b.peer_id" +
      " AND r.prefix_id = b.prefix_id AND r.path_id = b.path_id CROSS JOIN attributes a ON a.id = r.attribute_id" +
      " WHERE b.prefix_id > ?1 AND b.prefix_id <= ?2 GROUP BY 1, 2, 3, 4",
  );
  const invalid = db.prepare(
    "SELECT x.prefix, a.origin_as FROM best b CROSS JOIN routes r ON r.peer_id = b.peer_id" +
      " AND r.prefix_id = b.prefix_id AND r.path_id = b.path_id CROSS JOIN prefixes x ON x.id = b.prefix_id" +
      " CROSS JOIN attributes a ON a.id = r.attribute_id" +
      " WHERE b.prefix_id > ?1 AND b.prefix_id <= ?2 AND r.validity & 3 = 2",
  );
  const peers = db.prepare("SELECT id FROM peers ORDER BY id").all().map(([id]) => Number(id));
  const several = db.prepare(moasSql(peers));
  for (let after = 0; after < last; after += sliceIds) {
    const range = [after, after + sliceIds];
    for (const [family, length, origin, hops, routes] of best.all(...range)) {
      sums.add(families.get(family ?? 0) ?? "", Number(length), origin, Number(hops), Number(routes));
    }
    for (const [prefix, origin] of invalid.all(...range)) {
      sums.invalid.push({ prefix: String(prefix), origin: origin === null ? null : Number(origin) });
    }
    for (const [prefix, origins] of several.all(...range)) {
      sums.moas.push({ prefix: String(prefix), origins: String(origins).split(",").map(Number) });
    }
    yield Math.min(1, (after + sliceIds) / last);
  }
  return sums.result();
}

/** The routes of a peer stand together, so each peer is read by itself: twice as fast as prefix by prefix. */
function moasSql(peers: readonly number[]): string {
  const arms = peers.map((peer) =>
    "SELECT r.prefix_id, a.origin_as FROM routes r CROSS JOIN attributes a ON a.id = r.attribute_id" +
    ` WHERE r.peer_id = ${peer} AND r.prefix_id > ?1 AND r.prefix_id <= ?2 AND a.origin_as IS NOT NULL`
  );
  const all = arms.length === 0
    ? "SELECT 0 AS prefix_id, 0 AS origin_as WHERE ?1 < ?2 AND 0"
    : arms.join(" UNION ALL ");
  return "SELECT x.prefix, group_concat(DISTINCT origin_as) FROM" +
    ` (SELECT prefix_id, origin_as FROM (${all})) m CROSS JOIN prefixes x ON x.id = m.prefix_id` +
    " GROUP BY m.prefix_id HAVING min(origin_as) <> max(origin_as)";
}

class Sums {
  readonly moas: { prefix: string; origins: number[] }[] = [];
  readonly invalid: { prefix: string; origin: number | null }[] = [];
  readonly #lengths = new Map<string, { family: string; length: number; prefixes: number }>();
  readonly #origins = new Map<number, number>();
  readonly #hops = new Map<number, number>();

  add(family: string, length: number, origin: unknown, hops: number, routes: number): void {
    const key = `${family}/${length}`;
    const sum = this.#lengths.get(key) ?? { family, length, prefixes: 0 };
    sum.prefixes += routes;
    this.#lengths.set(key, sum);
    if (typeof origin === "number") this.#origins.set(origin, (this.#origins.get(origin) ?? 0) + routes);
    this.#hops.set(hops, (this.#hops.get(hops) ?? 0) + routes);
  }

  result(): TableMap {
    const most = [...this.#origins].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, shownOrigins);
    return {
      lengths: [...this.#lengths.values()].sort((a, b) => a.family.localeCompare(b.family) || a.length - b.length),
      origins: most.map(([asn, prefixes]) => ({ asn, prefixes })),
      originCount: this.#origins.size,
      pathLengths: [...this.#hops].sort((a, b) => a[0] - b[0]).map(([length, routes]) => ({ length, routes })),
      moas: { count: this.moas.length, prefixes: this.moas.slice(0, shownPrefixes) },
      invalid: { count: this.invalid.length, prefixes: this.invalid.slice(0, shownPrefixes) },
    };
  }
}
