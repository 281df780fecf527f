/**
 * The values that the decision process compares (RFC 4271 §9.1.2.2). They are read once from the canonical bytes of
 * each attribute set into columns, however many routes share the set. The decision process then compares integers.
 */

import { readUint16, readUint32, type SetSlot } from "../../types/mod.ts";
import {
  AttributeCode,
  defaultLocalPref,
  isValueOfMac,
  nextAttribute,
  SegmentType,
  valueStart,
  WellKnownCommunity,
} from "../../message/mod.ts";
import type { ColumnMove } from "./columns.ts";

/** In {@link AttributeKeys.originAs}: the origin is our own AS. No AS has this number (RFC 7300). */
export const ourOrigin = 0xffffffff;

const aigpTlv = 1;
/** MAC Mobility (RFC 7432 §7.7): type and subtype; a flag says that the MAC does not move. */
const macMobility = 0x0600;
const staticFlag = 1;

export class AttributeKeys {
  localPref = new Uint32Array(1024);
  /** RFC 4271 §9.1.2.2 a: an AS_SET counts as one; RFC 5065 §5.3: confederation segments as none. */
  pathLength = new Uint16Array(1024);
  origin = new Uint8Array(1024);
  /** The first AS of the path; 0: the path is empty. MEDs are compared only among routes with the same neighbour AS. */
  neighbourAs = new Uint32Array(1024);
  /**
   * The origin of RFC 6811 §2: the last AS of the path; 0 where the path ends in an AS_SET; {@link ourOrigin} where it
   * is empty or ends in a confederation segment.
   */
  originAs = new Uint32Array(1024);
  /** RFC 4271 §9.1.2.2 c: a missing MED is the lowest value. */
  med = new Uint32Array(1024);
  originatorId = new Uint32Array(1024);
  hasOriginatorId = new Uint8Array(1024);
  clusterListLength = new Uint16Array(1024);
  /** AIGP (RFC 7311), infinite without one. A double: values beyond 2^53 may tie. No column until a set has AIGP. */
  aigp: Float64Array | undefined;
  /**
   * For sets of routes to MAC addresses: the sequence number of MAC Mobility, 0 without one, and more than any number
   * for a static MAC address (RFC 7432 §15, §15.2). No column until a set has the community.
   */
  mobility: Float64Array | undefined;
  /** 1 for a set with the community LLGR_STALE or NO_LLGR (RFC 9494 §3.2, §3.3). */
  longLivedStale = new Uint8Array(1024);
  noLongLived = new Uint8Array(1024);
  /** True once any set has had LLGR_STALE. */
  anyLongLivedStale = false;

  moveColumns(move: ColumnMove): void {
    this.localPref = move(this.localPref);
    this.pathLength = move(this.pathLength);
    this.origin = move(this.origin);
    this.neighbourAs = move(this.neighbourAs);
    this.originAs = move(this.originAs);
    this.med = move(this.med);
    this.originatorId = move(this.originatorId);
    this.hasOriginatorId = move(this.hasOriginatorId);
    this.clusterListLength = move(this.clusterListLength);
    if (this.aigp !== undefined) this.aigp = move(this.aigp);
    if (this.mobility !== undefined) this.mobility = move(this.mobility);
    this.longLivedStale = move(this.longLivedStale);
    this.noLongLived = move(this.noLongLived);
  }

  /** Fills the row of `set` from its bytes. */
  read(set: SetSlot, bytes: Uint8Array, start: number, length: number): void {
    this.localPref[set] = defaultLocalPref;
    this.pathLength[set] = 0;
    this.origin[set] = 2;
    this.neighbourAs[set] = 0;
    this.originAs[set] = ourOrigin;
    this.med[set] = 0;
    this.originatorId[set] = 0;
    this.hasOriginatorId[set] = 0;
    this.clusterListLength[set] = 0;
    if (this.aigp !== undefined) this.aigp[set] = Infinity;
    if (this.mobility !== undefined) this.mobility[set] = 0;
    this.longLivedStale[set] = 0;
    this.noLongLived[set] = 0;
    const end = start + length;
    let hasLocalPref = false;
    let isMac = false;
    for (let at = start; at + 3 <= end;) {
      const code = bytes[at + 1]!;
      const value = valueStart(bytes, at);
      at = nextAttribute(bytes, at);
      switch (code) {
        case AttributeCode.origin:
          this.origin[set] = bytes[value]!;
          break;
        case AttributeCode.asPath:
          this.#readPath(set, bytes, value, at);
          break;
        case AttributeCode.multiExitDisc:
          this.med[set] = readUint32(bytes, value);
          break;
        case AttributeCode.localPref:
          this.localPref[set] = readUint32(bytes, value);
          hasLocalPref = true;
          break;
        case AttributeCode.communities:
          // RFC 8326 §4.2: routes of a link that is about to go down are the least preferred. Internal peers send
          // LOCAL_PREF 0.
          if (this.#readCommunities(set, bytes, value, at) && !hasLocalPref) this.localPref[set] = 0;
          break;
        case AttributeCode.originatorId:
          this.originatorId[set] = readUint32(bytes, value);
          this.hasOriginatorId[set] = 1;
          break;
        case AttributeCode.clusterList:
          this.clusterListLength[set] = (at - value) >>> 2;
          break;
        case AttributeCode.mpReachNlri:
          isMac = at > value && isValueOfMac(bytes, value);
          break;
        case AttributeCode.extendedCommunities:
          if (isMac) this.#readMobility(set, bytes, value, at);
          break;
        case AttributeCode.aigp:
          this.#readAigp(set, bytes, value, at);
          return; // Attributes are in order of code, and no later attribute is compared.
        default:
          if (code > AttributeCode.aigp) return;
      }
    }
  }

  get bytes(): number {
    return this.localPref.length * (4 + 2 + 1 + 4 + 4 + 4 + 4 + 1 + 2 + 2);
  }

  /** True where GRACEFUL_SHUTDOWN is one of the communities. */
  #readCommunities(set: SetSlot, bytes: Uint8Array, start: number, end: number): boolean {
    let drained = false;
    for (let at = start; at < end; at += 4) {
      // All well-known communities begin with 65535.
      if (bytes[at] !== 0xff || bytes[at + 1] !== 0xff) continue;
      switch (readUint32(bytes, at)) {
        case WellKnownCommunity.gracefulShutdown:
          drained = true;
          break;
        case WellKnownCommunity.longLivedStale:
          this.longLivedStale[set] = 1;
          this.anyLongLivedStale = true;
          break;
        case WellKnownCommunity.noLongLived:
          this.noLongLived[set] = 1;
      }
    }
    return drained;
  }

  /** RFC 7311 §3: the first of several AIGP TLVs counts. */
  #readAigp(set: SetSlot, bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += readUint16(bytes, at + 1)) {
      if (bytes[at] !== aigpTlv) continue;
      this.aigp ??= new Float64Array(this.localPref.length).fill(Infinity);
      this.aigp[set] = readUint32(bytes, at + 3) * 2 ** 32 + readUint32(bytes, at + 7);
      return;
    }
  }

  #readMobility(set: SetSlot, bytes: Uint8Array, start: number, end: number): void {
    for (let at = start; at < end; at += 8) {
      if (readUint16(bytes, at) !== macMobility) continue;
      this.mobility ??= new Float64Array(this.localPref.length);
      this.mobility[set] = (bytes[at + 2]! & staticFlag) !== 0 ? 2 ** 32 : readUint32(bytes, at + 4);
      return;
    }
  }

  #readPath(set: SetSlot, bytes: Uint8Array, start: number, end: number): void {
    let length = 0;
    let first = true;
    let origin = ourOrigin;
    for (let at = start; at + 2 <= end;) {
      const type = bytes[at]!;
      const count = bytes[at + 1]!;
      if (type === SegmentType.sequence && count > 0) origin = readUint32(bytes, at + 4 * count - 2);
      else origin = type === SegmentType.set ? 0 : ourOrigin;
      if (type === SegmentType.sequence || type === SegmentType.set) {
        if (first && type === SegmentType.sequence && count > 0) this.neighbourAs[set] = readUint32(bytes, at + 2);
        first = false;
        length += type === SegmentType.set ? 1 : count;
      }
      at += 2 + 4 * count;
    }
    this.pathLength[set] = length;
    this.originAs[set] = origin;
  }
}
