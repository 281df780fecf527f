/**
 * What becomes of routes whose eBGP session is about to be shut down (RFC 8326 §4.2): beside what the peer is told of ours, its
 * own routes get GRACEFUL_SHUTDOWN and the lowest LOCAL_PREF. So everybody finds another way, or tells of one, while this one
 * still works. It comes after import policy, which may have set a LOCAL_PREF of its own.
 */

import { AttributeCode, AttributeFlag, nextAttribute, WellKnownCommunity } from "../../../message/mod.ts";
import { AttributePlaces } from "../../attributes/attribute_offsets.ts";
import { AttributeWriter } from "../../attributes/attribute_writer.ts";

export class DrainMark {
  readonly #places = new AttributePlaces();
  readonly #out = new AttributeWriter();

  /** The marked set: it holds until the next call. */
  apply(
    wire: Uint8Array,
    start: number,
    length: number,
  ): { readonly bytes: Uint8Array; readonly length: number } {
    const end = start + length;
    const out = this.#out;
    this.#places.find(wire, start, end);
    out.clear();
    let written = 0;
    /** Writes what must stand before an attribute of this code. */
    const upTo = (code: number) => {
      if (written <= AttributeCode.localPref && code > AttributeCode.localPref) this.#writeLocalPref();
      if (written <= AttributeCode.communities && code > AttributeCode.communities) this.#writeCommunities(wire);
      written = code;
    };
    for (let at = start; at < end;) {
      const code = wire[at + 1]!;
      const next = nextAttribute(wire, at);
      upTo(code);
      if (code !== AttributeCode.localPref && code !== AttributeCode.communities) out.copy(wire, at, next);
      at = next;
    }
    upTo(AttributeCode.communities + 1);
    return out;
  }

  #writeLocalPref(): void {
    this.#out.header(AttributeFlag.transitive, AttributeCode.localPref, 4);
    this.#out.write32(0);
  }

  #writeCommunities(wire: Uint8Array): void {
    const places = this.#places;
    const { communities, communitiesEnd } = places;
    const size = communities === -1 ? 0 : communitiesEnd - communities;
    const isMarked = places.hasCommunity(wire, WellKnownCommunity.gracefulShutdown);
    const out = this.#out;
    out.header(
      AttributeFlag.optional | AttributeFlag.transitive,
      AttributeCode.communities,
      size + (isMarked ? 0 : 4),
    );
    if (size > 0) out.copy(wire, communities, communitiesEnd);
    if (!isMarked) out.write32(WellKnownCommunity.gracefulShutdown);
  }
}
