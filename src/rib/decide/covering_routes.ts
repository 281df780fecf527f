/**
 * The best routes of a family of unicast or VPN routes, as FlowSpec rules are compared with them (RFC 8955 §6). In a
 * VPN family only routes of the same Route Distinguisher count: the *scope* of a prefix is its RD as text, or empty.
 */

import { parseRd, RD_BYTES } from "../../message/mod.ts";
import { type Asn, formatPrefix, maskPrefix, type Prefix, prefixContains, type PrefixSlot } from "../../types/mod.ts";
import { NlriTable } from "../table/nlri_table.ts";
import { coveringSlots, wordsOf } from "../table/prefix_lookup.ts";
import { PrefixOrder } from "../table/prefix_order.ts";
import { PrefixTable } from "../table/prefix_table.ts";
import { noPrefix } from "../table/slot_ids.ts";
import type { FamilyRib } from "./family_rib.ts";
import type { RouteOrigin } from "./flow_feasibility.ts";
import { originOf } from "./flow_origin.ts";

export interface ScopedPrefix {
  readonly scope: string;
  readonly prefix: Prefix;
}

export class CoveringRoutes {
  readonly #rib: FamilyRib;
  readonly #order: PrefixOrder | undefined;

  constructor(rib: FamilyRib) {
    this.#rib = rib;
    if (rib.destinations instanceof PrefixTable) this.#order = new PrefixOrder(rib.destinations);
  }

  /** The prefix of a slot. */
  at(slot: PrefixSlot): ScopedPrefix | undefined {
    const { destinations: table } = this.#rib;
    if (!(table instanceof NlriTable)) return { scope: "", prefix: table.prefix(slot) };
    const { rd = "", prefix } = table.codec.fields(table.key(slot));
    return prefix === undefined ? undefined : { scope: rd, prefix };
  }

  /** The slot of the longest prefix that covers this one and has a best route, or `noPrefix`. */
  longest({ scope, prefix }: ScopedPrefix): PrefixSlot {
    for (const slot of this.#covering(scope, prefix)) if (this.#rib.best.peerOf(slot) !== -1) return slot;
    return noPrefix;
  }

  /** Where the best route of a slot comes from; `undefined`: there is none. */
  originAt(slot: PrefixSlot): RouteOrigin | undefined {
    const { best, decision: { keys } } = this.#rib;
    const peer = slot === noPrefix ? -1 : best.peerOf(slot);
    const routes = peer === -1 ? undefined : this.#rib.routesOf(slot, peer);
    const row = routes?.find(slot, best.pathIdOf(slot)) ?? -1;
    return row === -1 ? undefined : originOf(keys, routes!.setOf(row), routes!.source);
  }

  /** The AS that a route inside the prefix, and of the same scope, comes from; `undefined`: it is not inside. */
  asnInside(slot: PrefixSlot, { scope, prefix }: ScopedPrefix): Asn | undefined {
    const inner = this.at(slot);
    if (inner?.scope !== scope || inner.prefix.length <= prefix.length) return undefined;
    if (!prefixContains(prefix, inner.prefix.octets, inner.prefix.length)) return undefined;
    return this.originAt(slot)?.neighborAsn;
  }

  /** The slots of the prefixes inside this one, without itself; of VPNs those with the same RD. */
  *inside(outer: ScopedPrefix): Generator<PrefixSlot, void, undefined> {
    const { prefix: { octets, length }, scope } = outer;
    if (length === 8 * octets.length) return;
    if (this.#order !== undefined) return yield* this.#order.inside(wordsOf(octets), length);
    const { destinations, slots: { count } } = this.#rib;
    const table = destinations as NlriTable;
    const rd = parseRd(scope);
    if (rd === undefined) return;
    // A key of a VPN is the RD, the length and the octets of the prefix: whole octets are compared here.
    const front = octets.subarray(0, length >> 3);
    for (let at = 0; at < count; at++) {
      const slot = at as PrefixSlot;
      if (table.hasOctets(slot, 0, rd) && table.hasOctets(slot, RD_BYTES + 1, front)) yield slot;
    }
  }

  *#covering(scope: string, { octets, length }: Prefix): Generator<PrefixSlot, void, undefined> {
    const { destinations: table } = this.#rib;
    if (!(table instanceof NlriTable)) {
      for (const slot of coveringSlots(table, wordsOf(octets))) if (table.lengths[slot]! <= length) yield slot;
      return;
    }
    for (let bits = length; bits >= 0; bits--) {
      const key = table.codec.parse(`${scope} ${formatPrefix(maskPrefix(octets, bits))}`);
      const slot = key instanceof Uint8Array ? table.find(key) : noPrefix;
      if (slot !== noPrefix) yield slot;
    }
  }
}
