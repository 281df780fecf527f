/**
 * The kind of an address as a next hop. Received messages, announcements of operators, policies that set a next hop,
 * and export all use these functions.
 */

import { isMappedIpv4 } from "./address.ts";
import { isLinkLocal } from "./zone.ts";

/**
 * `usable`: the address may belong to a host. `linkLocal`: fe80::/10, valid on one link only (RFC 2545 §3). `loopback`:
 * valid on the host itself only. The other kinds belong to no host: `unspecified` is 0.0.0.0/8 (RFC 1122 §3.2.1.3) or
 * `::`, `reserved` is 240.0.0.0/4 (RFC 1112 §4).
 */
export type NextHopKind = "usable" | "linkLocal" | "loopback" | "unspecified" | "multicast" | "reserved" | "broadcast";

/**
 * The kind of a next hop of 4, 16 or 32 octets in `bytes[start, end)`. The first half of 32 octets is the global
 * address (RFC 2545 §3). If it is not global, the link-local half counts: BIRD writes `::` there and FRR the link-local
 * address twice. An IPv4-mapped address has the kind of its IPv4 address.
 */
export function nextHopKind(bytes: Uint8Array, start = 0, end = bytes.length): NextHopKind {
  if (end - start === 4) return ipv4Kind(bytes, start);
  const kind = ipv6Kind(bytes, start);
  return kind === "unspecified" && end - start === 32 && isLinkLocal(bytes, start + 16) ? "linkLocal" : kind;
}

/**
 * True where the next hop in `bytes[start, end)` is this address of 4 or 16 octets, or its IPv4-mapped form: some
 * speakers send that with IPv6 routes over a session between IPv4 addresses. The first half of 32 octets is compared.
 */
export function isNextHop(bytes: Uint8Array, start: number, end: number, address: Uint8Array): boolean {
  const size = Math.min(end - start, 16);
  const isMapped = size === 16 && address.length === 4 && isMappedIpv4(bytes, start);
  if (size !== address.length && !isMapped) return false;
  const from = start + size - address.length;
  for (let i = 0; i < address.length; i++) if (bytes[from + i] !== address[i]) return false;
  return true;
}

/** The 16 octets of the address in a next hop of the kind `linkLocal`: of 32 octets the link-local half. */
export function linkLocalHop(bytes: Uint8Array, start = 0, end = bytes.length): Uint8Array {
  return end - start === 32 && isLinkLocal(bytes, start + 16)
    ? bytes.subarray(start + 16, end)
    : bytes.subarray(start, start + 16);
}

/**
 * Why no session accepts a next hop of this kind, to follow "is"; `undefined`: it is valid, or depends on the session.
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
 * Why an operator cannot announce or set this next hop of 4 or 16 octets, to follow `next_hop cannot be 224.0.0.1`.
 * `undefined`: it is possible. A loopback address is: each session decides whether it can use it.
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
