/** Whose an incoming connection is, where several peers have its address. */

import type { Connection } from "../../transport/mod.ts";
import type { Peer } from "./peer.ts";

/** Of peers at one address that whose address of ours the connection came to; else the one that leaves that open. */
export function acceptingPeer(peers: readonly Peer[], { localAddress }: Connection): Peer | undefined {
  const accepting = peers.filter(({ config }) => !config.dialOnly);
  // Alone it is meant whatever address of ours it found.
  if (peers.length === 1) return accepting[0];
  return accepting.find(({ config }) => config.localIp === localAddress) ??
    accepting.find(({ config }) => config.localIp === undefined);
}

/** Why none of them does, in words for the log. */
export function whyNoneAccepts(peers: readonly Peer[], { localAddress }: Connection): string {
  const accepting = peers.filter(({ config }) => !config.dialOnly);
  if (accepting.length === 0) return `${peers.map(({ name }) => name).join(", ")}: dial_only, so bgpd alone connects`;
  const wanted = accepting.map(({ name, config }) => `${name} to ${config.localIp}`).join(", ");
  return `it came to ${localAddress}; by local_ip ${wanted} only`;
}
