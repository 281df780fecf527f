/**
 * The Adj-RIB-Out of one peer: what is still to be sent to it, pulled by its socket. Nothing is encoded before the
 * socket has room, so a peer that reads slowly costs a position, or bits, and never a queue of messages.
 *
 * Each family begins with its table and End-of-RIB (RFC 4724 §2). Families take turns when there is much to send.
 */

import { encodeRouteRefresh, formatDestination, hashAttributes, RefreshSubtype } from "../../message/mod.ts";
import { type ByFamily, type FamilyId, familyOf, type SetSlot } from "../../types/mod.ts";
import { type AttributeTable, noSet } from "../table/attribute_table.ts";
import { ourselves } from "./export/export_target.ts";
import { type OriginatedRoute, originatedWire } from "./originate.ts";
import { Output, PeerOut } from "./peer_out.ts";
import type { UpdateGroup } from "./update_group.ts";
import { tooLongText } from "./withheld.ts";
import { internDestination } from "../table/destinations.ts";

export class AdjRibOut {
  /** Why routes for this peer only are not advertised to it: a sentence each. */
  skipped: string[] = [];
  readonly peerId: number;
  readonly #sets: AttributeTable;
  /** By family id. */
  readonly #families: PeerOut[];
  /** The sets of routes for this peer only, retained. */
  #ownSets: SetSlot[] = [];
  readonly #messages: Uint8Array[] = [];
  #turn = 0;
  #isClosed = false;

  constructor(
    peerId: number,
    groups: readonly UpdateGroup[],
    routes: readonly OriginatedRoute[],
    sets: AttributeTable,
    usesRefreshMarks: boolean,
  ) {
    this.peerId = peerId;
    this.#sets = sets;
    const ownOf = this.#takeOwn(groups, routes);
    this.#families = groups.map((group) => new PeerOut(peerId, group, ownOf(group), usesRefreshMarks));
  }

  /** Moves the peer to other groups, or gives it other routes of its own. The difference is sent. */
  move(groups: readonly UpdateGroup[], routes: readonly OriginatedRoute[]): void {
    const before = this.#ownSets;
    const ownOf = this.#takeOwn(groups, routes);
    this.#families.forEach((out, i) => out.move(groups[i]!, ownOf(groups[i]!)));
    for (const set of before) this.#sets.release(set);
  }

  close(): void {
    this.#isClosed = true;
    for (const out of this.#families) out.close();
    for (const set of this.#ownSets) this.#sets.release(set);
    this.#ownSets = [];
  }

  hasOutput(now: number): boolean {
    return this.#messages.length > 0 || this.#families.some((out) => out.hasOutput(now));
  }

  /** Sends the routes of the family, or of all families, again (RFC 2918 §4). */
  resend(family?: FamilyId): void {
    for (const out of this.#families) if (family === undefined || out.group.family === family) out.refresh();
  }

  /** Asks the peer for its routes of the family, or of all families (RFC 2918 §3). */
  request(family?: FamilyId): void {
    for (const { group } of this.#families) {
      if (family !== undefined && group.family !== family) continue;
      const { afi, safi } = familyOf(group.family);
      this.#messages.push(encodeRouteRefresh({ afi, safi, subtype: RefreshSubtype.request }));
    }
  }

  /** Whole messages, about `limit` octets; `undefined`: there is nothing to send. */
  pull(limit: number, now: number): Uint8Array | undefined {
    const output = new Output();
    for (const message of this.#messages) output.add(message);
    this.#messages.length = 0;
    const families = this.#families;
    for (let i = 0; i < families.length && output.size < limit; i++) {
      const out = families[this.#turn]!;
      const first = out.isFirstTable;
      const more = out.pull(output, limit, now);
      // A first table is sent completely before the next family has its turn.
      if (!more || !first) this.#turn = (this.#turn + 1) % families.length;
    }
    return output.joined();
  }

  /** Routes by family. */
  counts(): ByFamily<number> {
    return Object.fromEntries(this.#families.map((out) => [out.group.family, out.count]));
  }

  /** True once the session has ended. */
  get isClosed(): boolean {
    return this.#isClosed;
  }

  /** One for each family. */
  get families(): readonly PeerOut[] {
    return this.#families;
  }

  /** Memory for this peer alone, in octets. */
  get bytes(): number {
    return this.#families.reduce((sum, out) => sum + out.bytes, 0);
  }

  /** Exports the routes for this peer only. Gives, for each group, the set by row. */
  #takeOwn(
    groups: readonly UpdateGroup[],
    routes: readonly OriginatedRoute[],
  ): (group: UpdateGroup) => Map<number, number> {
    this.skipped = [];
    this.#ownSets = [];
    const own = new Map(groups.map((group) => [group.family, { group, rows: new Map<number, number>() }]));
    for (const route of routes) {
      const ofFamily = own.get(route.family);
      if (ofFamily === undefined) continue;
      const { group, rows } = ofFamily;
      const set = this.#exportOwn(group, route);
      if (set === noSet) continue;
      this.#sets.retain(set);
      this.#ownSets.push(set);
      const slot = internDestination(group.rib.destinations, route);
      rows.set(group.rows.ownRow(slot), set);
    }
    return (group) => own.get(group.family)!.rows;
  }

  #exportOwn(group: UpdateGroup, route: OriginatedRoute): SetSlot {
    const reason = whyOwnWithheld(group, route);
    if (reason !== undefined) {
      this.skipped.push(`${formatDestination(route.family, route)} is not announced: ${reason}`);
      return noSet;
    }
    const { rules } = group.map;
    return this.#sets.intern(rules.bytes, rules.length, hashAttributes(rules.bytes, 0, rules.length));
  }
}

/**
 * Why a route for a single peer of the group is withheld; `undefined`: it is sent, and `group.map.rules` has its set.
 */
export function whyOwnWithheld(
  { map: { rules }, messages: { encoder } }: UpdateGroup,
  route: OriginatedRoute,
): string | undefined {
  const wire = originatedWire(route);
  if (!rules.apply(wire, 0, wire.length, ourselves)) return rules.reason;
  const exported = rules.bytes.subarray(0, rules.length);
  const fit = route.prefix === undefined
    ? encoder.fitNlri(exported, route.family, route.key, -1)
    : encoder.fit(exported, route.family, route.prefix.length, -1);
  return fit === "withheld" ? tooLongText : undefined;
}
