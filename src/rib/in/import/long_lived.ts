/**
 * Long-lived stale routes (RFC 9494): the set that such a route has in place of its own, with the community that says so.
 */

import {
  AttributeCode,
  AttributeFlag,
  hashAttributes,
  nextAttribute,
  WellKnownCommunity,
} from "../../../message/mod.ts";
import { AttributePlaces } from "../../attributes/attribute_offsets.ts";
import type { AttributeTable } from "../../table/attribute_table.ts";
import { AttributeWriter } from "../../attributes/attribute_writer.ts";

export class LongLivedSets {
  readonly #sets: AttributeTable;
  readonly #places = new AttributePlaces();
  readonly #out = new AttributeWriter();

  constructor(sets: AttributeTable) {
    this.#sets = sets;
  }

  /** The set with LLGR_STALE; itself where it has that already. It must be retained before another set is interned. */
  of(set: number): number {
    const sets = this.#sets;
    if (sets.keys.longLivedStale[set] !== 0) return set;
    this.#write(sets.chunk(set), sets.offset(set), sets.length(set));
    const { bytes, length } = this.#out;
    return sets.intern(bytes, length, hashAttributes(bytes, 0, length));
  }

  #write(wire: Uint8Array, start: number, length: number): void {
    const end = start + length;
    const places = this.#places;
    const out = this.#out;
    places.find(wire, start, end);
    out.clear();
    let isWritten = false;
    for (let at = start; at < end;) {
      const code = wire[at + 1]!;
      const next = nextAttribute(wire, at);
      if (!isWritten && code >= AttributeCode.communities) {
        this.#writeCommunities(wire);
        isWritten = true;
      }
      if (code !== AttributeCode.communities) out.copy(wire, at, next);
      at = next;
    }
    if (!isWritten) this.#writeCommunities(wire);
  }

  #writeCommunities(wire: Uint8Array): void {
    const { communities, communitiesEnd } = this.#places;
    const has = communities !== -1;
    const size = has ? communitiesEnd - communities : 0;
    this.#out.header(AttributeFlag.optional | AttributeFlag.transitive, AttributeCode.communities, size + 4);
    if (has) this.#out.copy(wire, communities, communitiesEnd);
    this.#out.write32(WellKnownCommunity.longLivedStale);
  }
}
