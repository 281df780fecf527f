/**
 * The longest match of an address: 33 (IPv4) or 129 (IPv6) lookups in index prefixes_key, and as many in nlri_key for
 * destinations that have a Route Distinguisher or a label.
 */

import { type FamilyId, familyOf, parseAddress } from "../../types/mod.ts";
import type { Database, Statement } from "../sqlite.ts";

const lengths = (bits: number) => `WITH l(n) AS (VALUES(${bits}) UNION ALL SELECT n - 1 FROM l WHERE n > 0)`;

/** The condition on a prefix: it has a best route, or any route. */
const having = {
  best: "EXISTS (SELECT 1 FROM loc_rib WHERE prefix_id = x.id)",
  any: "EXISTS (SELECT 1 FROM rib WHERE prefix_id = x.id)",
} as const;

const ipv4Match = `${lengths(32)} SELECT x.id, x.prefix FROM l CROSS JOIN prefixes x ON x.family = ?1 AND` +
  " x.hi = (?2 >> (32 - l.n)) << (32 - l.n) AND x.lo = 0 AND x.len = l.n";
const ipv6Match = `${lengths(128)} SELECT x.id, x.prefix FROM l CROSS JOIN prefixes x ON x.family = ?1 AND` +
  " x.hi = ?2 & (-1 << max(64 - l.n, 0)) AND x.lo = ?3 & (-1 << min(128 - l.n, 64)) AND x.len = l.n";

const nlriRows = "x.id, x.family, x.rd FROM l CROSS JOIN nlri x ON";
const ipv4Nlri = `${lengths(32)} SELECT ${nlriRows} x.hi = (?1 >> (32 - l.n)) << (32 - l.n) AND x.lo = 0` +
  " AND x.len = l.n AND instr(x.prefix, ':') = 0";
const ipv6Nlri = `${lengths(128)} SELECT ${nlriRows} x.hi = ?1 & (-1 << max(64 - l.n, 0))` +
  " AND x.lo = ?2 & (-1 << min(128 - l.n, 64)) AND x.len = l.n AND instr(x.prefix, ':') > 0";

export interface NlriMatch {
  readonly family: FamilyId | undefined;
  readonly rd: string | undefined;
}

/**
 * The ids of destinations that contain an address, the longest first, for each family and Route Distinguisher: each is
 * a routing table of its own.
 */
export function coveringNlri(db: Database, address: string, { family, rd }: NlriMatch): number[][] {
  const octets = parseAddress(address);
  if (octets === undefined) return [];
  const view = new DataView(octets.buffer);
  const [sql, ...values] = octets.length === 4
    ? [ipv4Nlri, view.getUint32(0)] as const
    : [ipv6Nlri, view.getBigInt64(0), view.getBigInt64(8)] as const;
  const found = new Map<string, number[]>();
  for (const [id, rowFamily, rowRd] of db.prepare(`${sql} ORDER BY l.n DESC`).all(...values)) {
    if (family !== undefined && rowFamily !== family || rd !== undefined && rowRd !== rd) continue;
    const table = `${rowFamily} ${rowRd}`;
    const ids = found.get(table);
    if (ids === undefined) found.set(table, [Number(id)]);
    else ids.push(Number(id));
  }
  return [...found.values()];
}

/** True where the family has addresses of this length: ::/0 contains no IPv4 address. */
function isOf(octets: Uint8Array, family: FamilyId | undefined): boolean {
  return family === undefined || familyOf(family).addressBytes === octets.length;
}

/** All prefixes that contain an address, with or without a route, the longest first. */
export function coveringPrefixes(db: Database, address: string, family?: FamilyId): string[] {
  const octets = parseAddress(address);
  if (octets === undefined || !isOf(octets, family)) return [];
  const view = new DataView(octets.buffer);
  const rows = octets.length === 4
    ? db.prepare(`${ipv4Match} ORDER BY l.n DESC`).all(family ?? 1, view.getUint32(0))
    : db.prepare(`${ipv6Match} ORDER BY l.n DESC`).all(family ?? 2, view.getBigInt64(0), view.getBigInt64(8));
  return rows.map((row) => String(row[1]));
}

export class LongestMatch {
  readonly #ipv4: Statement;
  readonly #ipv6: Statement;

  /** Searches prefixes with a best route, or with any route. */
  constructor(db: Database, among: keyof typeof having) {
    const rest = `WHERE ${having[among]} ORDER BY l.n DESC LIMIT 1`;
    this.#ipv4 = db.prepare(`${ipv4Match} ${rest}`);
    this.#ipv6 = db.prepare(`${ipv6Match} ${rest}`);
  }

  /** Searches a unicast family, or `family`. `undefined`: the text is not an address, or no prefix contains it. */
  find(address: string, family?: FamilyId): { id: number; prefix: string } | undefined {
    const octets = parseAddress(address);
    if (octets === undefined || !isOf(octets, family)) return undefined;
    const view = new DataView(octets.buffer);
    const row = octets.length === 4
      ? this.#ipv4.get(family ?? 1, view.getUint32(0))
      : this.#ipv6.get(family ?? 2, view.getBigInt64(0), view.getBigInt64(8));
    return row === undefined ? undefined : { id: Number(row[0]), prefix: String(row[1]) };
  }
}
