/**
 * A listening socket has its TCP-MD5 keys by address and prefix (RFC 2385), and Linux knows no exception within a prefix: it
 * drops what an address inside a network with a key sends without one, and tells nobody.
 */

import { formatPrefix, parseAddress, type Prefix, prefixContains, splitZone } from "../../types/mod.ts";
import type { PeerConfig } from "../config.ts";

export interface Overlap {
  /** The peer or network without a key. */
  readonly inner: PeerConfig;
  readonly text: string;
  /** It can have no session at all: bgpd never dials it. */
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
    const loss = isFatal ? "it cannot connect" : "only our own dials reach it, and it cannot connect";
    const text =
      `${inner.name} has no password_file and lies inside ${network}, which has one: the kernel drops what it` +
      ` sends without that key, so ${loss}; give it a password_file of its own, or take it out of ${network}`;
    found.push({ inner, text, isFatal });
  }
  return found;
}

function contains(network: Prefix, peer: PeerConfig): boolean {
  if (peer.kind === "network") {
    const { remoteNetwork: { octets, length } } = peer;
    return length > network.length && prefixContains(network, octets);
  }
  // Whoever is alone on a link may be at any link-local address.
  const octets = parseAddress(peer.kind === "interface" ? "fe80::" : splitZone(peer.remoteIp).address);
  return octets !== undefined && prefixContains(network, octets);
}
