/**
 * Which VPN routes a peer wants: the route targets that it announced in the family `rtc` (RFC 4684 §4). A route goes to
 * the peer where the peer wants one of its route targets.
 */

import { AttributeCode, nextAttribute, valueStart } from "../../../message/mod.ts";

/** In front of the route target, each key has its length in bits (one octet) and an AS number. */
const targetAt = 5;
const targetBytes = 8;
const asBits = 32;

/** The low octet of the type of an extended community that is a route target (RFC 4360 §4, RFC 5668 §2). */
const routeTarget = 2;

/** The first bits of route targets. */
interface Part {
  readonly bits: number;
  readonly octets: Uint8Array;
}

export class RouteTargets {
  /** Equal for peers that want the same routes. */
  readonly key: string;
  /** The peer announced the default: it wants every route. */
  readonly #all: boolean;
  readonly #whole = new Set<string>();
  readonly #parts: Part[] = [];

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
      if (octets.length === targetBytes && bits === 8 * targetBytes) this.#whole.add(octets.toHex());
      else this.#parts.push({ bits, octets });
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
      if (wire[at + 1] !== routeTarget || wire[at]! > 2) continue;
      const target = wire.subarray(at, at + targetBytes);
      if (this.#whole.has(target.toHex()) || this.#parts.some((part) => isWithin(target, part))) return true;
    }
    return false;
  }
}

function isWithin(target: Uint8Array, { bits, octets }: Part): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (target[i] !== octets[i]) return false;
  return (bits & 7) === 0 || ((target[whole]! ^ octets[whole]!) & (0xff00 >> (bits & 7)) & 255) === 0;
}
