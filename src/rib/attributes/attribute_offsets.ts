/** Where the attributes stand in a canonical set that the rules look at, found in one walk. */

import { readUint32 } from "../../types/mod.ts";
import { AttributeCode, nextAttribute, SegmentType, valueStart } from "../../message/mod.ts";

export class AttributePlaces {
  /** Values, as offsets; -1: there is no such attribute. */
  path = -1;
  pathEnd = -1;
  hop = -1;
  hopEnd = -1;
  communities = -1;
  communitiesEnd = -1;
  /** ONLY_TO_CUSTOMER (RFC 9234). */
  otc = -1;

  find(wire: Uint8Array, start: number, end: number): void {
    this.path =
      this.hop =
      this.communities =
      this.otc =
        -1;
    this.pathEnd = this.hopEnd = this.communitiesEnd = -1;
    for (let at = start; at < end && wire[at + 1]! <= AttributeCode.onlyToCustomer;) {
      const value = valueStart(wire, at);
      const next = nextAttribute(wire, at);
      switch (wire[at + 1]) {
        case AttributeCode.asPath:
          this.path = value;
          this.pathEnd = next;
          break;
        case AttributeCode.nextHop:
          this.hop = value;
          this.hopEnd = next;
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

  /** An empty AS_PATH, or none: the route is of our own AS. */
  get isOfOurAs(): boolean {
    return this.pathEnd === this.path;
  }

  /** Of a path that begins with a sequence; else 0. */
  firstAsn(wire: Uint8Array): number {
    return this.path < this.pathEnd && wire[this.path] === SegmentType.sequence ? readUint32(wire, this.path + 2) : 0;
  }

  hasCommunity(wire: Uint8Array, community: number): boolean {
    for (let at = this.communities; at < this.communitiesEnd; at += 4) {
      if (readUint32(wire, at) === community) return true;
    }
    return false;
  }

  /** An AS_SET or AS_CONFED_SET in the path (RFC 9774). */
  hasSets(wire: Uint8Array): boolean {
    for (let at = this.path; at !== -1 && at < this.pathEnd; at += 2 + 4 * wire[at + 1]!) {
      if (wire[at] === SegmentType.set || wire[at] === SegmentType.confedSet) return true;
    }
    return false;
  }
}
