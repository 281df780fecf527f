/**
 * Finds peers without a TCP-MD5 key inside a network that has one (RFC 2385). Linux keeps the keys of a listening
 * socket by prefix and has no exceptions within a prefix. It silently drops segments without the key from any address
 * inside.
 */

import { formatPrefix, parseAddress, type Prefix, prefixContains, splitZone } from "../../types/mod.ts";
import type { PeerConfig } from "../schema/settings.ts";

export interface Overlap {
  /** The peer or network without a key. */
  readonly inner: PeerConfig;
  readonly text: string;
  /** The peer can have no session at all, because bgpd never connects to it. */
  readonly isFatal: boolean;
}

export function md5Overlaps(peers: readonly PeerConfig[]): Overlap[] {
  const networks = peers.flatMap((peer) => peer.kind === "network" && peer.passwordFile !== undefined ? [peer] : []);
  const found: Overlap[] = [];
  for (const inner of peers) {
    if (inner.passwordFile !== undefined || (inner.kind === "address" && inner.dialOnly)) continue;
    const outer = networks.find((network) => contains(network.remoteNetwork, inner));
    if (outer === undefined) continue;
    const isFatal = inner.passive;
    const network = formatPrefix(outer.remoteNetwork);
    const loss = isFatal
      ? "the peer cannot connect"
      : "the peer cannot connect, and only connections that bgpd opens come up";
    const text =
      `${inner.name} has no password_file and lies inside ${network}, which has one: the kernel drops its segments` +
      ` without that TCP-MD5 key, so ${loss}; set password_file for ${inner.name}, too, or use a network without it`;
    found.push({ inner, text, isFatal });
  }
  return found;
}

function contains(network: Prefix, peer: PeerConfig): boolean {
  if (peer.kind === "network") {
    const { remoteNetwork: { octets, length } } = peer;
    return length > network.length && prefixContains(network, octets);
  }
  // The only neighbour on a link may be at any link-local address.
  const octets = parseAddress(peer.kind === "interface" ? "fe80::" : splitZone(peer.remoteIp).address);
  return octets !== undefined && prefixContains(network, octets);
}
