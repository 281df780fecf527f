/**
 * The routes of peers for trying policies on them: each with its attribute set before and after import policy, and its
 * prefix as address words. A full table is read in pages of a thousand rows. Routes of families without plain prefixes
 * are not among them.
 */

import type { AspaChange } from "../../rpki/vrp_records.ts";
import {
  asFamilyId,
  type FamilyId,
  formatPrefix,
  type PathId,
  type PeerId,
  type Prefix,
  type PrefixId,
  type SetId,
} from "../../types/mod.ts";
import type { Database, SqlRow, SqlValue, Statement } from "../sqlite.ts";
import { asInteger, asIntegerOrNull, asOctets, asTextOrNull } from "./cells.ts";

/** A route of a peer. */
export interface ReceivedRoute {
  readonly prefixId: PrefixId;
  /** The path identifier (RFC 7911); -1: none. */
  readonly pathId: PathId;
  /** The set before import policy. */
  readonly receivedId: SetId;
  /** The set after import policy; meaningless where the route is ineligible. */
  readonly attributeId: SetId;
  /** 0, or the reason why the route is ineligible. */
  readonly ineligible: number;
  readonly family: FamilyId;
  readonly length: number;
  /** What RPKI data say of the route (`rpki/validity.ts`). */
  readonly validity: number;
  /** The address of the prefix in four 32-bit words; IPv4 uses the first one. */
  readonly words: readonly [number, number, number, number];
}

export interface StoredPeer {
  readonly id: PeerId;
  readonly name: string;
  /** As configured, or of the last session; `null`: unknown. */
  readonly address: string | null;
  readonly asn: number | null;
  readonly description: string | null;
  /** Our address on the session, if there is one. */
  readonly localAddress: string | null;
  /** BGP Identifier of the peer, as of the last session. */
  readonly routerId: string | null;
  /** What the peer announced in its OPEN, by name; `null`: there is no session. */
  readonly capabilities: readonly string[] | null;
  /** The families of the session. */
  readonly families: readonly FamilyId[];
}

/** Rows of one query. */
const pageRows = 1000;

// An IPv4 address (odd family ids) is the low half of hi.
const columns = "r.prefix_id, r.path_id, coalesce(r.received_id, r.attribute_id), r.attribute_id, r.ineligible," +
  " x.family << 8 | x.len, CASE WHEN x.family & 1 THEN x.hi ELSE x.hi >> 32 END," +
  " CASE WHEN x.family & 1 THEN 0 ELSE x.hi & 4294967295 END, x.lo >> 32, x.lo & 4294967295, r.received_at," +
  " coalesce(r.validity, 0)";

export class ReceivedRoutes {
  readonly #db: Database;
  readonly #flushed = new Map<string, number>();
  readonly #page: Statement;
  readonly #wire: Statement;
  readonly #reason: Statement;
  readonly #reasons = new Map<number, string>();

  constructor(db: Database) {
    this.#db = db;
    const flushes = db.prepare("SELECT peer_id, family, flushed_at FROM peer_families WHERE flushed_at > 0").all();
    for (const [peer, family, at] of flushes) this.#flushed.set(`${peer} ${family}`, Number(at));
    this.#page = db.prepare(
      `SELECT ${columns} FROM routes r CROSS JOIN prefixes x ON x.id = r.prefix_id` +
        " WHERE r.peer_id = ?1 AND (r.prefix_id, r.path_id) > (?2, ?3) ORDER BY r.prefix_id, r.path_id LIMIT" +
        ` ${pageRows}`,
    );
    this.#wire = db.prepare("SELECT wire FROM attributes WHERE id = ?");
    this.#reason = db.prepare("SELECT word FROM words WHERE kind = 'ineligible' AND id = ?");
  }

  /** The configured peers, and removed peers that still have routes. */
  peers(): StoredPeer[] {
    const rows = this.#db.prepare(
      "SELECT id, name, remote_ip, remote_as, description, local_ip, router_id, capabilities, state FROM peers p" +
        " WHERE id <> 0 AND (state <> 'Removed' OR EXISTS (SELECT 1 FROM routes WHERE peer_id = p.id)) ORDER BY id",
    ).all();
    const families = this.#db.prepare("SELECT family FROM peer_families WHERE peer_id = ? AND negotiated = 1");
    return rows.map(([id, name, address, asn, description, local, routerId, capabilities, state]) => ({
      id: asInteger(id),
      name: String(name),
      address: asTextOrNull(address),
      asn: asIntegerOrNull(asn),
      description: asTextOrNull(description),
      localAddress: asTextOrNull(local),
      routerId: asTextOrNull(routerId),
      capabilities: state === "Established" ? asTextOrNull(capabilities)?.split(", ") ?? [] : null,
      families: families.all(id ?? null).map(([family]) => asFamilyId(Number(family))),
    }));
  }

  /** These columns of the rows of `announcements` that have no error and no time that is over, the newest last. */
  announcements(columns: string): (readonly SqlValue[])[] {
    return this.#db.prepare(
      `SELECT ${columns} FROM announcements a WHERE error IS NULL AND NOT EXISTS(SELECT 1 FROM` +
        " announcements_expired e WHERE e.id = a.id AND e.expires_at IS a.expires_at) ORDER BY id",
    ).all();
  }

  /** All routes of a peer in the order of prefix ids. */
  *of(peerId: number): Generator<ReceivedRoute, void, undefined> {
    let last: SqlRow | undefined;
    do {
      const rows = this.#page.all(peerId, last?.[0] ?? -1, last?.[1] ?? -1);
      for (const row of rows) {
        const route = routeOf(row);
        // Rows of a lost session that cleanup has not deleted yet are skipped.
        if (this.#isCurrent(row, peerId, route.family)) yield route;
      }
      last = rows.length < pageRows ? undefined : rows.at(-1);
    } while (last !== undefined);
  }

  /** The number of rows of a peer, rows of lost sessions included. */
  count(peerId: number): number {
    return Number(this.#db.value("SELECT count(*) FROM routes WHERE peer_id = ?", peerId));
  }

  /** The VRPs that count, as rows of `rpki/vrp_records.ts`, and the ASPAs. */
  rpki(): { readonly vrps: Int32Array; readonly aspas: readonly AspaChange[] } {
    const vrps = this.#db.prepare(
      "SELECT 1, family_id = 1, CASE family_id WHEN 1 THEN hi ELSE hi >> 32 END," +
        " CASE family_id WHEN 1 THEN 0 ELSE hi & 4294967295 END, lo >> 32, lo & 4294967295, len, max_length, asn" +
        " FROM vrps",
    );
    const cells = vrps.all().flatMap((row) => row.map((cell) => asInteger(cell ?? null)));
    const aspas = this.#db.prepare("SELECT customer, providers FROM aspas").all().map(([customer, providers]) => ({
      customer: asInteger(customer),
      providers: String(providers).split(" ").map(Number),
    }));
    // Unsigned numbers become words.
    return { vrps: Int32Array.from(cells), aspas };
  }

  /** True where there are routes of families without plain prefixes. */
  get hasOthers(): boolean {
    return this.#db.value("SELECT 1 FROM nlri_rib WHERE peer_id <> 0 LIMIT 1") !== null;
  }

  /** The routes of one prefix. */
  at(peerId: number, prefix: Prefix): ReceivedRoute[] {
    const rows = this.#db.prepare(
      `SELECT ${columns} FROM prefixes x JOIN routes r ON r.prefix_id = x.id AND r.peer_id = ?1 WHERE x.prefix = ?2` +
        " ORDER BY x.family, r.path_id",
    ).all(peerId, formatPrefix(prefix));
    return rows.flatMap((row) => {
      const route = routeOf(row);
      return this.#isCurrent(row, peerId, route.family) ? [route] : [];
    });
  }

  /** All best routes in the order of prefix ids; peer 0 is this speaker. */
  *best(): Generator<ReceivedRoute & { readonly peerId: PeerId }, void, undefined> {
    const page = this.#db.prepare(
      `SELECT ${columns}, r.peer_id FROM best b CROSS JOIN routes r ON r.peer_id = b.peer_id AND r.prefix_id =` +
        " b.prefix_id" +
        " AND r.path_id = b.path_id CROSS JOIN prefixes x ON x.id = b.prefix_id WHERE b.prefix_id > ?" +
        ` ORDER BY b.prefix_id LIMIT ${pageRows}`,
    );
    for (let after: SqlValue | undefined = -1; after !== undefined;) {
      const rows = page.all(after);
      for (const row of rows) {
        const route = routeOf(row);
        const peerId = asInteger<PeerId>(row[12]);
        if (this.#isCurrent(row, peerId, route.family)) yield { ...route, peerId };
      }
      after = rows.at(-1)?.[0];
    }
  }

  /** The best route of a prefix, one for each family. */
  bestAt(prefix: Prefix): { readonly family: FamilyId; readonly peerId: PeerId; readonly attributeId: SetId }[] {
    const rows = this.#db.prepare(
      "SELECT x.family, r.peer_id, r.attribute_id FROM prefixes x JOIN best b ON b.prefix_id = x.id" +
        " JOIN routes r ON r.peer_id = b.peer_id AND r.prefix_id = b.prefix_id AND r.path_id = b.path_id" +
        " WHERE x.prefix = ? ORDER BY x.family",
    ).all(formatPrefix(prefix));
    return rows.map(([family, peerId, attributeId]) => ({
      family: asFamilyId(Number(family)),
      peerId: asInteger(peerId),
      attributeId: asInteger(attributeId),
    }));
  }

  /** The canonical encoding of a set; empty where the row is missing. */
  wire(attributeId: SetId): Uint8Array {
    return asOctets(this.#wire.get(attributeId)?.[0]);
  }

  /** Why a route is ineligible, as text. */
  reason(ineligible: number): string {
    let text = this.#reasons.get(ineligible);
    if (text === undefined) {
      text = String(this.#reason.get(ineligible)?.[0] ?? `reason ${ineligible}`);
      this.#reasons.set(ineligible, text);
    }
    return text;
  }

  /** False: the row is of a lost session. */
  #isCurrent(row: SqlRow, peerId: number, family: FamilyId): boolean {
    return asInteger(row[10]) >= (this.#flushed.get(`${peerId} ${family}`) ?? 0);
  }
}

function routeOf(row: SqlRow): ReceivedRoute {
  const kind = asInteger(row[5]);
  return {
    prefixId: asInteger(row[0]),
    pathId: asInteger(row[1]),
    receivedId: asInteger(row[2]),
    attributeId: asInteger(row[3]),
    ineligible: asInteger(row[4]),
    family: asInteger(kind >> 8),
    length: kind & 255,
    validity: asInteger(row[11]),
    words: [asInteger(row[6]) | 0, asInteger(row[7]) | 0, asInteger(row[8]) | 0, asInteger(row[9]) | 0],
  };
}
