/**
 * The text columns of an attribute set, directly from its canonical encoding, without an object in between: a full
 * table brings 190,000 sets at once. A test compares the result with that of `decodeAttributeSet` and the formatters
 * of message/.
 */

import { formatAddress, readUint32 } from "../../types/mod.ts";
import {
  AttributeCode,
  formatExtCommunity,
  formatIpv6ExtCommunity,
  nextAttribute,
  valueStart,
} from "../../message/mod.ts";
import { haveFlowAction, isDetail } from "./set_details.ts";

/** The text around and between the ASNs of each segment type of AS_PATH (RFC 4271 §4.3, RFC 5065 §3). */
const segments: Readonly<Record<number, readonly [open: string, join: string, close: string]>> = {
  1: ["{", ",", "}"],
  2: ["", " ", ""],
  3: ["(", " ", ")"],
  4: ["[", ",", "]"],
};

const origins = ["igp", "egp", "incomplete"];

/** Communities repeat throughout a table: this many texts are cached. */
const cachedCommunities = 16_384;

export class SetText {
  origin: string | null = null;
  asPath = "";
  /** The last ASN of the path; `null` where the path is empty or ends in a set. */
  originAs: number | null = null;
  nextHop: string | null = null;
  med: number | null = null;
  localPref: number | null = null;
  communities: string | null = null;
  largeCommunities: string | null = null;
  extCommunities: string | null = null;
  /** The set has values of `set_details.ts`. */
  hasDetails = false;

  readonly #communityTexts = new Map<number, string>();
  readonly #nextHopTexts = new Map<number, string>();

  /** Reads the set at [start, end). */
  read(wire: Uint8Array, start: number, end: number): void {
    this.origin = null;
    this.asPath = "";
    this.originAs = null;
    this.nextHop = null;
    this.med = null;
    this.localPref = null;
    this.communities = null;
    this.largeCommunities = null;
    this.extCommunities = null;
    this.hasDetails = false;
    for (let at = start; at < end;) {
      const from = valueStart(wire, at);
      const to = nextAttribute(wire, at);
      switch (wire[at + 1]) {
        case AttributeCode.origin:
          this.origin = origins[wire[from]!] ?? null;
          break;
        case AttributeCode.asPath:
          this.#readAsPath(wire, from, to);
          break;
        case AttributeCode.nextHop:
          // FlowSpec has no next hop.
          this.nextHop = from === to ? null : this.#nextHopText(wire, from, to);
          break;
        case AttributeCode.multiExitDisc:
          this.med = readUint32(wire, from);
          break;
        case AttributeCode.localPref:
          this.localPref = readUint32(wire, from);
          break;
        case AttributeCode.communities:
          this.communities = this.#communitiesText(wire, from, to);
          break;
        case AttributeCode.extendedCommunities: {
          let text = "";
          for (let i = from; i < to; i += 8) {
            text += (i > from ? " " : "") + formatExtCommunity(wire.subarray(i, i + 8));
          }
          this.extCommunities = text;
          this.hasDetails ||= haveFlowAction(wire, from, to);
          break;
        }
        case AttributeCode.ipv6ExtendedCommunities:
          for (let i = from; i < to; i += 20) {
            const before: string = this.extCommunities === null ? "" : `${this.extCommunities} `;
            this.extCommunities = before + formatIpv6ExtCommunity(wire.subarray(i, i + 20));
          }
          this.hasDetails = true;
          break;
        case AttributeCode.largeCommunities: {
          let text = "";
          for (let i = from; i < to; i += 12) {
            text += `${i > from ? " " : ""}${readUint32(wire, i)}:${readUint32(wire, i + 4)}:${
              readUint32(wire, i + 8)
            }`;
          }
          this.largeCommunities = text;
          break;
        }
        default:
          if (isDetail(wire[at + 1]!)) this.hasDetails = true;
      }
      at = to;
    }
  }

  #readAsPath(wire: Uint8Array, from: number, to: number): void {
    let text = "";
    for (let at = from; at < to;) {
      const [open, join, close] = segments[wire[at]!]!;
      const count = wire[at + 1]!;
      if (text !== "") text += " ";
      text += open;
      at += 2;
      let asn = 0;
      for (let i = 0; i < count; i++, at += 4) {
        asn = readUint32(wire, at);
        text += i > 0 ? join + asn : asn;
      }
      text += close;
      this.originAs = close === "" && count > 0 ? asn : null;
    }
    this.asPath = text;
  }

  #communitiesText(wire: Uint8Array, from: number, to: number): string {
    let text = "";
    for (let at = from; at < to; at += 4) {
      const community = readUint32(wire, at);
      let one = this.#communityTexts.get(community);
      if (one === undefined) {
        one = `${community >>> 16}:${community & 0xffff}`;
        if (this.#communityTexts.size >= cachedCommunities) this.#communityTexts.clear();
        this.#communityTexts.set(community, one);
      }
      text += at > from ? " " + one : one;
    }
    return text;
  }

  #nextHopText(wire: Uint8Array, from: number, to: number): string {
    if (to - from === 32) {
      return `${formatAddress(wire.subarray(from, from + 16))} ${formatAddress(wire.subarray(from + 16, to))}`;
    }
    if (to - from !== 4) return formatAddress(wire.subarray(from, to));
    const address = readUint32(wire, from);
    let text = this.#nextHopTexts.get(address);
    if (text === undefined) {
      text = formatAddress(wire.subarray(from, to));
      if (this.#nextHopTexts.size >= cachedCommunities) this.#nextHopTexts.clear();
      this.#nextHopTexts.set(address, text);
    }
    return text;
  }
}
