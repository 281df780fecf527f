/** Chooses the peer of an incoming connection where several peers have its address. */

import type { Connection } from "../../transport/mod.ts";
import type { Peer } from "./peer.ts";

/** Of the peers at one address: the one whose `local_ip` the connection came to, or else the one without `local_ip`. */
export function acceptingPeer(peers: readonly Peer[], { localAddress }: Connection): Peer | undefined {
  const accepting = peers.filter(({ config }) => !config.dialOnly);
  // A peer that is alone there is meant, whichever of our addresses it connected to.
  if (peers.length === 1) return accepting[0];
  return accepting.find(({ config }) => config.localIp === localAddress) ??
    accepting.find(({ config }) => config.localIp === undefined);
}

/** Why none of them accepts the connection, for the log. */
export function whyNoneAccepts(peers: readonly Peer[], { localAddress }: Connection): string {
  const accepting = peers.filter(({ config }) => !config.dialOnly);
  if (accepting.length === 0) {
    return `${peers.map(({ name }) => name).join(", ")} has dial_only: only bgpd opens the connection; ` +
      "remove dial_only to accept it";
  }
  const wanted = accepting.map(({ name, config }) => `${name} is ${config.localIp}`).join(", ");
  return `it came to our address ${localAddress}, but local_ip of ${wanted}; ` +
    "change local_ip, or the peer must connect there";
}
