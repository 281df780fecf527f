/** What looking glasses say of tables as a whole: numbers and names of peers, counts, reasons. */

import { asFamilyId, type FamilyId, limits, type Millis } from "../../types/mod.ts";
import type { Database, SqlValue } from "../sqlite.ts";
import { asInteger, asIntegerOrNull, asText } from "./cells.ts";
import { ranges } from "./route_pages.ts";
import { type RpkiSource, rpkiSources } from "./rpki_query.ts";

export interface FamilyCounts {
  readonly peerId: number;
  readonly family: FamilyId;
  readonly isNegotiated: boolean;
  readonly routes: number;
  /** Eligible, after import policy. */
  readonly accepted: number;
  readonly sent: number;
}

export class TableFacts {
  readonly #db: Database;

  constructor(db: Database) {
    this.#db = db;
  }

  /** AS of the routes that this speaker originates; 0: it is not known. */
  get localAs(): number {
    return asIntegerOrNull(this.#db.value("SELECT local_as FROM peers WHERE id = 0")) ?? 0;
  }

  /** Numbers and names of peers, this speaker included. */
  peerIds(): Map<string, number> {
    const rows = this.#db.prepare("SELECT name, id FROM peers").all();
    return new Map(rows.map(([name, id]) => [asText(name), asInteger(id)]));
  }

  /** What each family of each peer holds. */
  familyCounts(): FamilyCounts[] {
    return this.#db.prepare(
      "SELECT peer_id, family, negotiated, routes, accepted, sent FROM peer_families WHERE peer_id < ?" +
        " AND (negotiated OR routes > 0)",
    ).all(limits.firstRouterPeer).map(([peer, family, negotiated, routes, accepted, sent]) => ({
      peerId: asInteger(peer),
      family: asFamilyId(Number(family)),
      isNegotiated: negotiated === 1,
      routes: asInteger(routes),
      accepted: asInteger(accepted),
      sent: asInteger(sent),
    }));
  }

  /** The texts of reasons why a route is ineligible, by number. */
  reasons(): Map<number, string> {
    return new Map(
      this.#db.prepare("SELECT id, word FROM words WHERE kind = 'ineligible' AND id > 0 ORDER BY id").all()
        .map(([id, word]) => [asInteger(id), asText(word)]),
    );
  }

  /** How many best routes each peer has in each family; a page counts some of them. */
  *bestCounts(): Generator<readonly { peerId: number; family: FamilyId; count: number }[], void, undefined> {
    const end = this.#db.prepare(
      "SELECT prefix_id FROM best WHERE prefix_id > ? ORDER BY prefix_id LIMIT 1 OFFSET 9999",
    );
    const count = this.#db.prepare(
      "SELECT b.peer_id, x.family, count(*) FROM best b CROSS JOIN prefixes x ON x.id = b.prefix_id" +
        " WHERE b.prefix_id > ?1 AND b.prefix_id <= ?2 GROUP BY b.peer_id, x.family",
    );
    yield* ranges(end, [], (after, last) =>
      count.all(after, last).map(([peer, family, n]) => ({
        peerId: asInteger(peer),
        family: asFamilyId(Number(family)),
        count: asInteger(n),
      })));
  }

  /** The caches and files that VRPs come from. */
  rpkiSources(): RpkiSource[] {
    return rpkiSources(this.#db);
  }

  /** How many VRPs and ASPAs count, and since when the newest of them does. */
  rpkiCounts(): { readonly ipv4: number; readonly ipv6: number; readonly aspas: number; readonly changedAt: Millis } {
    const counts = (sql: string) => this.#db.prepare(`${sql} WHERE to_ms = 253402300799999`).get() ?? [];
    const [ipv4, ipv6, vrpAt] = counts("SELECT sum(family = 1), sum(family = 2), max(from_ms) FROM vrp_intervals");
    const [aspas, aspaAt] = counts("SELECT count(*), max(from_ms) FROM aspa_intervals");
    const number = (cell: SqlValue | undefined) => asIntegerOrNull(cell) ?? 0;
    return {
      ipv4: number(ipv4),
      ipv6: number(ipv6),
      aspas: number(aspas),
      changedAt: Math.max(number(vrpAt), number(aspaAt)),
    };
  }

  /** The next hops of all attribute sets, those of some sets at a time. */
  *nextHops(): Generator<readonly string[], void, undefined> {
    const end = this.#db.prepare("SELECT id FROM attributes WHERE id > ? ORDER BY id LIMIT 1 OFFSET 5000");
    const page = this.#db.prepare(
      "SELECT DISTINCT next_hop FROM attributes WHERE id > ?1 AND id <= ?2 AND retired_at IS NULL" +
        " AND next_hop IS NOT NULL",
    );
    yield* ranges(end, [], (after, last) => page.all(after, last).map(([hop]) => asText(hop)));
  }
}
