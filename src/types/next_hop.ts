/**
 * What an address is as a next hop, one answer for every place that asks: a message that comes in, a route that
 * somebody announces, a policy that sets one, a session that a route leaves on.
 */

import { isMappedIpv4 } from "./address.ts";
import { isLinkLocal } from "./zone.ts";

/**
 * `usable`: the address of a host, as far as an address alone can tell. `linkLocal`: of fe80::/10; it means a host on
 * one link only (RFC 2545 §3). `loopback`: means a host on that host only. The others are nobody's: `unspecified` is
 * 0.0.0.0/8 (RFC 1122 §3.2.1.3) or `::`, `reserved` 240.0.0.0/4 (RFC 1112 §4).
 */
export type NextHopKind = "usable" | "linkLocal" | "loopback" | "unspecified" | "multicast" | "reserved" | "broadcast";

/**
 * The kind of a next hop of 4, 16 or 32 octets in `bytes[start, end)`. Of 32 octets (RFC 2545 §3) the first half is the
 * global address; where that is none, as BIRD (`::`) and FRR (the same twice) write a next hop on a link, the
 * link-local half counts. An IPv4-mapped address is what the IPv4 address in it is.
 */
export function nextHopKind(bytes: Uint8Array, start = 0, end = bytes.length): NextHopKind {
  if (end - start === 4) return ipv4Kind(bytes, start);
  const kind = ipv6Kind(bytes, start);
  return kind === "unspecified" && end - start === 32 && isLinkLocal(bytes, start + 16) ? "linkLocal" : kind;
}

/**
 * True where the next hop in `bytes[start, end)` is this address of 4 or 16 octets, also as the IPv4-mapped form in
 * which some give IPv6 routes the next hop of a session between IPv4 addresses. Of 32 octets the first half is asked.
 */
export function isNextHop(bytes: Uint8Array, start: number, end: number, address: Uint8Array): boolean {
  const size = Math.min(end - start, 16);
  const isMapped = size === 16 && address.length === 4 && isMappedIpv4(bytes, start);
  if (size !== address.length && !isMapped) return false;
  const from = start + size - address.length;
  for (let i = 0; i < address.length; i++) if (bytes[from + i] !== address[i]) return false;
  return true;
}

/** The 16 octets that count of a next hop of the kind `linkLocal`: of 32 octets the link-local half. */
export function linkLocalHop(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return end - start === 32 && isLinkLocal(bytes, start + 16)
    ? bytes.subarray(start + 16, end)
    : bytes.subarray(start, start + 16);
}

/**
 * What is wrong with a next hop of this kind wherever it stands, to follow "is"; `undefined`: it depends, or nothing
 * is.
 */
export function nextHopFault(kind: NextHopKind): string | undefined {
  switch (kind) {
    case "unspecified":
      return "an unspecified address";
    case "multicast":
      return "a multicast address";
    case "reserved":
      return "a reserved address (240.0.0.0/4)";
    case "broadcast":
      return "the broadcast address";
    default:
      return undefined;
  }
}

/**
 * Why an address of 4 or 16 octets is no next hop to announce or to set, wherever somebody writes it: to follow
 * `next_hop cannot be 224.0.0.1`. `undefined`: it may be one. A loopback address may: whether it is right, each session
 * finds out.
 */
export function writtenHopFault(octets: Uint8Array): string | undefined {
  const kind = nextHopKind(octets);
  if (kind === "linkLocal") return ": a link-local address means nothing outside of its link (RFC 2545 §3)";
  const fault = nextHopFault(kind);
  return fault === undefined ? undefined : octets.every((octet) => octet === 0) ? "" : `: it is ${fault}`;
}

function ipv4Kind(bytes: Uint8Array, at: number): NextHopKind {
  const first = bytes[at]!;
  if (first === 0) return "unspecified";
  if (first === 127) return "loopback";
  if (first < 224) return "usable";
  if (first < 240) return "multicast";
  return first === 255 && bytes[at + 1] === 255 && bytes[at + 2] === 255 && bytes[at + 3] === 255
    ? "broadcast"
    : "reserved";
}

function ipv6Kind(bytes: Uint8Array, at: number): NextHopKind {
  const first = bytes[at]!;
  if (first === 255) return "multicast";
  if (isLinkLocal(bytes, at)) return "linkLocal";
  let zeroes = 0;
  while (zeroes < 16 && bytes[at + zeroes] === 0) zeroes++;
  if (zeroes === 16) return "unspecified";
  if (zeroes === 15 && bytes[at + 15] === 1) return "loopback";
  return isMappedIpv4(bytes, at) ? ipv4Kind(bytes, at + 12) : "usable";
}
