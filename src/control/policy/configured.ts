/** Which peer of a configuration an address is, and what policies get to know of it. */

import type { Config, PeerConfig, ReadPeer } from "../../config/mod.ts";
import type { PolicyPeer } from "../../policy/mod.ts";
import { parseAddress, prefixContains } from "../../types/mod.ts";

/** The peers of a file, and those that `bgpd peer add` put beside them. */
export class ConfiguredPeers {
  readonly #byAddress = new Map<string, PeerConfig>();
  /** The narrowest first. */
  readonly #networks: (PeerConfig & { kind: "network" })[] = [];

  /** `added`: as the database keeps them; the file goes before. */
  constructor(config: Config, readPeer: ReadPeer, added: readonly { readonly toml: string }[]) {
    const peers = [...config.peers];
    const names = new Set(peers.map(({ name }) => name));
    for (const { toml } of added) {
      const result = readPeer(toml);
      if (result.kind === "peer" && !names.has(result.peer.name)) peers.push(result.peer);
    }
    for (const peer of peers) {
      if (peer.kind === "address") this.#byAddress.set(peer.remoteIp, peer);
      else this.#networks.push(peer);
    }
    this.#networks.sort((a, b) => b.remoteNetwork.length - a.remoteNetwork.length);
  }

  /** The configuration of the peer with this address (canonical text); its own, or that of the network it is in. */
  find(address: string): PeerConfig | undefined {
    const octets = parseAddress(address);
    return this.#byAddress.get(address) ??
      this.#networks.find(({ remoteNetwork }) => octets !== undefined && prefixContains(remoteNetwork, octets));
  }

  /** By address or description. */
  named(name: string): PeerConfig | undefined {
    return this.find(name) ??
      [...this.#byAddress.values(), ...this.#networks].find((peer) => peer.description === name);
  }
}

/** `asn`: of the session, where the configuration leaves it open. */
export function policyPeer(config: PeerConfig, address: string, asn: number | null): PolicyPeer {
  return {
    address: parseAddress(address)!,
    asn: config.remoteAsn ?? asn ?? 0,
    groups: config.groups,
    localAsn: config.localAsn,
  };
}

export function isInternal(config: PeerConfig, asn: number | null): boolean {
  return (config.remoteAsn ?? asn) === config.localAsn;
}
