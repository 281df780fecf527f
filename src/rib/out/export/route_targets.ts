/**
 * Which VPN routes a peer wants: the route targets that it announced in the family `rtc` (RFC 4684 §4). A route goes to
 * the peer where the peer wants one of its route targets.
 */

import { AttributeCode, nextAttribute, valueStart } from "../../../message/mod.ts";

/** In front of the route target, each key has its length in bits (one octet) and an AS number. */
const targetAt = 5;
const targetBytes = 8;
const asBits = 32;

/**
 * The low octet of the type of an extended community that is a route target, and the high ones (RFC 4360 §4, RFC 5668
 * §2). RFC 7432 §7.6: a speaker of RFC 4684 "MUST apply the RT Constraint procedures to the ES-Import RT as well".
 */
const routeTarget = 2;
const targetTypes: readonly number[] = [0, 1, 2, 6];

export class RouteTargets {
  /** Equal for peers that want the same routes. */
  readonly key: string;
  /** The peer announced the default: it wants every route. */
  readonly #all: boolean;
  /** By number of bits: the first bits of route targets, all other bits zero. */
  readonly #byBits = new Map<number, Set<string>>();

  /** `keys`: of the NLRI that the peer announced. */
  constructor(keys: Iterable<Uint8Array>) {
    const wanted = new Set<string>();
    let all = false;
    for (const key of keys) {
      const bits = key[0]! - asBits;
      if (bits <= 0) {
        all = true;
        continue;
      }
      const octets = key.slice(targetAt);
      const text = `${octets.toHex()}/${bits}`;
      if (wanted.has(text)) continue;
      wanted.add(text);
      const target = new Uint8Array(targetBytes);
      target.set(octets);
      let ofBits = this.#byBits.get(bits);
      if (ofBits === undefined) this.#byBits.set(bits, ofBits = new Set());
      ofBits.add(firstBits(target, bits));
    }
    this.#all = all;
    this.key = all ? "all" : [...wanted].sort().join(" ");
  }

  /** True for a canonical set with a route target that the peer wants. */
  wants(wire: Uint8Array): boolean {
    if (this.#all) return true;
    for (let at = 0; at < wire.length && wire[at + 1]! <= AttributeCode.extendedCommunities;) {
      const next = nextAttribute(wire, at);
      if (wire[at + 1] === AttributeCode.extendedCommunities) return this.#wantsOneOf(wire, valueStart(wire, at), next);
      at = next;
    }
    return false;
  }

  #wantsOneOf(wire: Uint8Array, start: number, end: number): boolean {
    for (let at = start; at < end; at += targetBytes) {
      if (wire[at + 1] !== routeTarget || !targetTypes.includes(wire[at]!)) continue;
      const target = wire.subarray(at, at + targetBytes);
      for (const [bits, ofBits] of this.#byBits) if (ofBits.has(firstBits(target, bits))) return true;
    }
    return false;
  }
}

/** The octets of the target with all bits behind the first ones zero. */
function firstBits(target: Uint8Array, bits: number): string {
  if (bits === 8 * targetBytes) return target.toHex();
  const octets = target.slice();
  octets.fill(0, (bits + 7) >> 3);
  if ((bits & 7) !== 0) octets[bits >> 3]! &= 0xff00 >> (bits & 7);
  return octets.toHex();
}
