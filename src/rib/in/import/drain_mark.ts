/**
 * Routes of an eBGP session that an operator is about to shut down (RFC 8326 §4.2): they get the community
 * GRACEFUL_SHUTDOWN and LOCAL_PREF 0. Every router then prefers another path while this one still works. The mark comes
 * after import policy, which may have set another LOCAL_PREF.
 */

import { AttributeCode, OPTIONAL_TRANSITIVE, WELL_KNOWN, WellKnownCommunity } from "../../../message/mod.ts";
import { AttributeOffsets } from "../../attributes/attribute_offsets.ts";
import type { AttributeWriter } from "../../attributes/attribute_writer.ts";
import { type AttributeSpan, type MergeRule, OrderedMerge } from "../../attributes/ordered_merge.ts";

export class DrainMark implements MergeRule {
  readonly codes = [AttributeCode.localPref, AttributeCode.communities];
  readonly #offsets = new AttributeOffsets();
  readonly #merge = new OrderedMerge();

  /** The marked set. It is valid until the next call. */
  apply(
    wire: Uint8Array,
    start: number,
    length: number,
  ): { readonly bytes: Uint8Array; readonly length: number } {
    this.#offsets.find(wire, start, start + length);
    return this.#merge.merge(wire, start, start + length, this);
  }

  write(out: AttributeWriter, wire: Uint8Array, { code }: AttributeSpan): void {
    if (code === AttributeCode.localPref) {
      out.header(WELL_KNOWN, code, 4);
      out.write32(0);
      return;
    }
    const { gracefulShutdown } = WellKnownCommunity;
    const added = this.#offsets.hasCommunity(wire, gracefulShutdown) ? [] : [gracefulShutdown];
    out.communities(OPTIONAL_TRANSITIVE, wire, this.#offsets, added);
  }
}
