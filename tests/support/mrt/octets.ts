/**
 * Octets of MRT files, written from RFC 6396 without the encoders of `src`, so that tests compare two implementations.
 */
import { parseAddress, parsePrefix } from "../../../src/types/mod.ts";

/** Grows as numbers and octets are added. */
export class Octets {
  readonly #bytes: number[] = [];

  u8(...values: readonly number[]): this {
    this.#bytes.push(...values);
    return this;
  }

  u16(...values: readonly number[]): this {
    for (const value of values) this.#bytes.push(value >>> 8, value & 255);
    return this;
  }

  u32(...values: readonly number[]): this {
    for (const value of values) this.u16(value >>> 16, value & 0xffff);
    return this;
  }

  add(...parts: readonly Iterable<number>[]): this {
    for (const part of parts) this.#bytes.push(...part);
    return this;
  }

  /** Adds `part` behind its length in `lengthBytes` octets. */
  counted(lengthBytes: 1 | 2, part: Octets): this {
    const bytes = part.bytes;
    return (lengthBytes === 1 ? this.u8(bytes.length) : this.u16(bytes.length)).add(bytes);
  }

  get bytes(): Uint8Array {
    return Uint8Array.from(this.#bytes);
  }
}

export function addressOctets(text: string): Uint8Array {
  return parseAddress(text)!;
}

/** Length in bits, and as many octets as it needs. */
export function prefixOctets(text: string): Uint8Array {
  const { octets, length } = parsePrefix(text)!;
  return Uint8Array.of(length, ...octets.subarray(0, Math.ceil(length / 8)));
}

/** A route, in the words of a line of `bgpdump -m`. */
export interface RouteFacts {
  readonly prefix: string;
  readonly pathId?: number;
  readonly asPath: readonly number[];
  /** Behind the sequence: `{1,2}`. */
  readonly asSet: readonly number[];
  readonly origin: 0 | 1 | 2;
  readonly nextHop: string;
  readonly localPref: number | undefined;
  readonly med: number | undefined;
  readonly communities: readonly (readonly [number, number])[];
  readonly isAggregate: boolean;
  readonly aggregator: readonly [asn: number, address: string] | undefined;
}

/** Where MP_REACH_NLRI has to say more than the next hop. */
export type ReachForm = "none" | "next hop only" | { readonly safi: number; readonly nlri: Uint8Array };

/** The path attributes of a route; IPv6 next hops stand in MP_REACH_NLRI. */
export function attributeOctets(route: RouteFacts, asnBytes: 2 | 4, reach: ReachForm): Octets {
  const block = new Octets();
  const attribute = (flags: number, code: number, value: Octets) => block.u8(flags, code).counted(1, value);
  const asns = (list: readonly number[], to: Octets) => asnBytes === 4 ? to.u32(...list) : to.u16(...list);
  const nextHop = addressOctets(route.nextHop);
  attribute(0x40, 1, new Octets().u8(route.origin));
  const path = new Octets();
  if (route.asPath.length > 0) asns(route.asPath, path.u8(2, route.asPath.length));
  if (route.asSet.length > 0) asns(route.asSet, path.u8(1, route.asSet.length));
  attribute(0x40, 2, path);
  if (nextHop.length === 4 && (reach === "none" || reach === "next hop only")) {
    attribute(0x40, 3, new Octets().add(nextHop));
  }
  if (route.med !== undefined) attribute(0x80, 4, new Octets().u32(route.med));
  if (route.localPref !== undefined) attribute(0x40, 5, new Octets().u32(route.localPref));
  if (route.isAggregate) attribute(0x40, 6, new Octets());
  if (route.aggregator !== undefined) {
    const [asn, address] = route.aggregator;
    attribute(0xc0, 7, asns([asn], new Octets()).add(addressOctets(address)));
  }
  if (route.communities.length > 0) attribute(0xc0, 8, new Octets().u16(...route.communities.flat()));
  if (reach === "next hop only" && nextHop.length === 16) {
    attribute(0x80, 14, new Octets().u8(nextHop.length).add(nextHop));
  } else if (typeof reach === "object") {
    const head = new Octets().u16(addressOctets(route.prefix.split("/")[0]!).length === 4 ? 1 : 2).u8(reach.safi);
    attribute(0x80, 14, head.u8(nextHop.length).add(nextHop).u8(0).add(reach.nlri));
  }
  return block;
}

/** The fields of a line of `bgpdump -m` from the AS path on. */
export function routeFields(route: RouteFacts): string {
  const path = [...route.asPath.map(String), ...route.asSet.length === 0 ? [] : [`{${route.asSet.join(",")}}`]];
  const names = new Map([["65535:65281", "no-export"], ["65535:65282", "no-advertise"]]);
  const communities = route.communities.map((pair) => pair.join(":")).map((text) => names.get(text) ?? text);
  return [
    path.join(" "),
    ["IGP", "EGP", "INCOMPLETE"][route.origin],
    route.nextHop,
    route.localPref ?? 0,
    route.med ?? 0,
    communities.join(" "),
    route.isAggregate ? "AG" : "NAG",
    route.aggregator?.join(" ") ?? "",
    "",
  ].join("|");
}

/** A BGP message with its header. */
export function bgpMessage(type: number, body: Octets): Octets {
  const { bytes } = body;
  return new Octets().add(new Uint8Array(16).fill(255)).u16(19 + bytes.length).u8(type).add(bytes);
}

/** RFC 6396 §2. `microseconds`: an extended timestamp, whose octets count as part of the body (§3). */
export function recordOctets(
  time: number,
  type: number,
  subtype: number,
  body: Octets,
  microseconds?: number,
): Uint8Array {
  const whole = microseconds === undefined ? body : new Octets().u32(microseconds).add(body.bytes);
  return new Octets().u32(time).u16(type, subtype).u32(whole.bytes.length).add(whole.bytes).bytes;
}
