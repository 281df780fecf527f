/** What the database stores of the configuration of a peer (`PeerIdentity`). */

import type { PeerConfig } from "../../config/mod.ts";
import type { PeerIdentity } from "../../store/mod.ts";

/** The name of a peer. A member of a configured network is called by its address. */
export function nameOf(config: PeerConfig, address: string | undefined): string {
  return config.kind === "network" ? address ?? config.name : config.name;
}

/** True where our routes with an AS_SET may be advertised to the peer (RFC 9774). */
export function takesAsSets({ config }: { readonly config: PeerConfig }): boolean {
  return config.rejectAsSets === "never";
}

/** What the database stores of the configuration of a peer. */
export function identityOf(config: PeerConfig, address: string | undefined): PeerIdentity {
  return {
    name: nameOf(config, address),
    remoteIp: address,
    localAs: config.localAsn,
    localIp: config.localIp,
    remoteAs: config.remoteAsn,
    description: config.description,
    group: config.group,
    role: config.role,
    takesAsSets: takesAsSets({ config }),
  };
}
