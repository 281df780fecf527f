/** The offsets of the attributes that import and export rules read, found in one walk over a canonical set. */

import { AttributeCode, nextAttribute, SegmentType, valueStart } from "../../message/mod.ts";
import { readUint32 } from "../../types/mod.ts";

/**
 * Each attribute has the offset of its value and the offset behind it; both are -1 where the set has no such attribute.
 */
export class AttributeOffsets {
  asPath = -1;
  asPathEnd = -1;
  nextHop = -1;
  nextHopEnd = -1;
  communities = -1;
  communitiesEnd = -1;
  /** ONLY_TO_CUSTOMER (RFC 9234): four octets. */
  otc = -1;

  /** Finds the attributes of the canonical set in `wire[start, end)`. */
  find(wire: Uint8Array, start: number, end: number): void {
    this.asPath =
      this.nextHop =
      this.communities =
      this.otc =
        -1;
    this.asPathEnd = this.nextHopEnd = this.communitiesEnd = -1;
    for (let at = start; at < end && wire[at + 1]! <= AttributeCode.onlyToCustomer;) {
      const value = valueStart(wire, at);
      const next = nextAttribute(wire, at);
      switch (wire[at + 1]) {
        case AttributeCode.asPath:
          this.asPath = value;
          this.asPathEnd = next;
          break;
        case AttributeCode.nextHop:
          this.nextHop = value;
          this.nextHopEnd = next;
          break;
        case AttributeCode.communities:
          this.communities = value;
          this.communitiesEnd = next;
          break;
        case AttributeCode.onlyToCustomer:
          this.otc = value;
          break;
      }
      at = next;
    }
  }

  /** True where the AS_PATH is empty or missing: a router of our own AS originated the route. */
  get isOfOurAs(): boolean {
    return this.asPathEnd === this.asPath;
  }

  /** The first ASN of a path that begins with an AS_SEQUENCE; 0 for every other path. */
  firstAsn(wire: Uint8Array): number {
    const { asPath, asPathEnd } = this;
    return asPath < asPathEnd && wire[asPath] === SegmentType.sequence ? readUint32(wire, asPath + 2) : 0;
  }

  hasCommunity(wire: Uint8Array, community: number): boolean {
    for (let at = this.communities; at < this.communitiesEnd; at += 4) {
      if (readUint32(wire, at) === community) return true;
    }
    return false;
  }

  /** True where the path has an AS_SET or an AS_CONFED_SET (RFC 9774). */
  hasSets(wire: Uint8Array): boolean {
    return this.asPath !== -1 && pathHasSets(wire, this.asPath, this.asPathEnd);
  }
}

/** True where the AS_PATH value in `wire[start, end)` has an AS_SET or an AS_CONFED_SET (RFC 9774). */
export function pathHasSets(wire: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at + 2 <= end; at += 2 + 4 * wire[at + 1]!) {
    if (wire[at] === SegmentType.set || wire[at] === SegmentType.confedSet) return true;
  }
  return false;
}
