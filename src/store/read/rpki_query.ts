/**
 * What the database says of the RPKI: where VRPs come from, which VRPs concern a prefix, and how many routes are what.
 */

import { avsNames, ovsNames } from "../../rpki/validity.ts";
import { type Asn, IPV4_UNICAST, IPV6_UNICAST, type Prefix } from "../../types/mod.ts";
import type { Database, SqlValue } from "../sqlite.ts";
import { asInteger } from "./cells.ts";
import { Columns, flag, integer, integerOrNull, type Row, text, textOrNull } from "./columns.ts";
import { isoTime } from "./iso_time.ts";

const sourceColumns = {
  name: text("name"),
  kind: text<"cache" | "file" | "exceptions">("kind"),
  address: text("address"),
  state: text("state"),
  version: integerOrNull("version"),
  sessionId: integerOrNull("session_id"),
  serial: integerOrNull("serial"),
  refresh: integerOrNull("refresh"),
  retry: integerOrNull("retry"),
  expire: integerOrNull("expire"),
  vrps: integer("vrps"),
  aspas: integer("aspas"),
  inUse: flag("in_use"),
  refreshedAt: textOrNull(isoTime("refreshed_at")),
  expiresAt: textOrNull(isoTime("expires_at")),
  error: textOrNull("error"),
  errorAt: textOrNull(isoTime("error_at")),
};

/** A row of `rpki_sources`. */
export type RpkiSource = Row<typeof sourceColumns>;

const sourceRows = new Columns(sourceColumns);

/** How many routes of a peer are in a state. */
export interface ValidityCount {
  readonly peer: string;
  readonly ovs: string | null;
  readonly avs: string | null;
  readonly routes: number;
}

export interface RpkiState {
  readonly sources: readonly RpkiSource[];
  /** VRPs and ASPAs that count: of all sources together, with the local exceptions. */
  readonly vrps: number;
  readonly aspas: number;
  readonly routes: readonly ValidityCount[];
}

export function rpkiState(db: Database): RpkiState {
  const count = (view: string) => asInteger(db.value(`SELECT count(*) FROM ${view}`));
  return {
    sources: rpkiSources(db),
    vrps: count("vrps"),
    aspas: count("aspas"),
    routes: validityCounts(db),
  };
}

/** Where VRPs and ASPAs come from. */
export function rpkiSources(db: Database): RpkiSource[] {
  return db.prepare(`SELECT ${sourceRows.sql} FROM rpki_sources ORDER BY kind, name`).all()
    .map((row) => sourceRows.read(row));
}

/** Over all unicast routes: a walk over the table. */
function validityCounts(db: Database): ValidityCount[] {
  return db.prepare(
    "SELECT p.name, c.validity, c.n FROM (SELECT peer_id, validity, count(*) AS n FROM routes" +
      " WHERE validity IS NOT NULL GROUP BY peer_id, validity) c JOIN peers p ON p.id = c.peer_id ORDER BY p.id, 2",
  ).all().map(([peer, validity, routes]) => ({
    peer: String(peer),
    ovs: ovsNames[Number(validity) & 3] ?? null,
    avs: avsNames[Number(validity) >> 2] ?? null,
    routes: Number(routes),
  }));
}

/** A VRP that counts. */
export interface StoredVrp {
  readonly prefix: string;
  readonly maxLength: number;
  readonly asn: Asn;
  /** ISO 8601, UTC. */
  readonly since: string;
}

const vrpColumns = `prefix, max_length, asn, since`;

/** The VRPs that cover a prefix or equal it, the shortest first. */
export function coveringVrps(db: Database, prefix: Prefix): StoredVrp[] {
  const query = db.prepare(
    `SELECT ${vrpColumns} FROM vrps WHERE hi = ? AND lo = ? AND len = ? AND family_id = ? ORDER BY asn, max_length`,
  );
  const found: StoredVrp[] = [];
  for (let length = 0; length <= prefix.length; length++) {
    found.push(...query.all(...keyOf(prefix, length), length, familyOf(prefix)).map(read));
  }
  return found;
}

/** The VRPs of prefixes inside this one, in the order of addresses. */
export function innerVrps(db: Database, prefix: Prefix, limit: number): StoredVrp[] {
  const [hi, lo] = keyOf(prefix, prefix.length);
  const bits = 8 * prefix.octets.length;
  const isLow = bits === 128 && prefix.length > 64;
  // The first half of an IPv6 address is a signed number.
  const [least, most] = [-(2n ** 63n), 2n ** 63n - 1n];
  const span = 2n ** BigInt(isLow ? 128 - prefix.length : (bits === 32 ? 32 : 64) - prefix.length) - 1n;
  const range = isLow ? "hi = ? AND lo BETWEEN ? AND ?" : "hi BETWEEN ? AND ?";
  const isAll = bits === 128 && prefix.length === 0;
  const values = isLow ? [hi, lo, lo + span] : isAll ? [least, most] : [hi, hi + span];
  return db.prepare(
    `SELECT ${vrpColumns} FROM vrps WHERE ${range} AND len > ? AND family_id = ? ORDER BY hi, lo, len, asn LIMIT ?`,
  ).all(...values, prefix.length, familyOf(prefix), limit).map(read);
}

/** The VRPs of an AS, in the order of addresses. */
export function vrpsOfAs(db: Database, asn: Asn, limit: number): StoredVrp[] {
  return db.prepare(`SELECT ${vrpColumns} FROM vrps WHERE asn = ? ORDER BY family_id, hi, lo, len LIMIT ?`)
    .all(asn, limit).map(read);
}

/** The providers of these customers, where an ASPA counts. */
export function aspasOf(db: Database, customers: readonly Asn[]): { customer: Asn; providers: Asn[] }[] {
  const query = db.prepare("SELECT providers FROM aspas WHERE customer = ?");
  return customers.flatMap((customer) => {
    const providers = query.get(customer)?.[0];
    return providers === undefined ? [] : [{ customer, providers: String(providers).split(" ").map(Number) }];
  });
}

function read([prefix, maxLength, asn, since]: readonly SqlValue[]): StoredVrp {
  return { prefix: String(prefix), maxLength: Number(maxLength), asn: Number(asn), since: String(since) };
}

function familyOf({ octets }: Prefix): number {
  return octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
}

/** `hi` and `lo` of the first `length` bits. */
function keyOf({ octets }: Prefix, length: number): [bigint, bigint] {
  const view = new DataView(octets.buffer, octets.byteOffset);
  if (octets.length === 4) {
    const bits = BigInt(view.getUint32(0));
    const rest = BigInt(32 - length);
    return [(bits >> rest) << rest, 0n];
  }
  const cut = (half: bigint, kept: number) => {
    if (kept <= 0) return 0n;
    const rest = BigInt(64 - Math.min(64, kept));
    return (half >> rest) << rest;
  };
  return [cut(view.getBigInt64(0), length), cut(view.getBigInt64(8), length - 64)];
}
