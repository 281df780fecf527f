/** Which peer of a configuration an address is, and what policies get to know of it. */

import {
  canonicalRemote,
  type Config,
  type PeerConfig,
  PeerDirectory,
  type PeerSearch,
  PeerSet,
  type ReadPeer,
  remoteOf,
} from "../../config/mod.ts";
import type { PolicyPeer } from "../../policy/mod.ts";
import { parseZonedAddress, prefixContains } from "../../types/mod.ts";

/** The peers of a file, and those that `bgpd peer add` put beside them. */
export class ConfiguredPeers {
  readonly #directory = new PeerDirectory<PeerConfig>();
  /** The narrowest first. */
  readonly #networks: (PeerConfig & { kind: "network" })[] = [];

  /** `added`: as the database keeps them; the file goes before. */
  constructor(config: Config, readPeer: ReadPeer, added: readonly { readonly toml: string }[]) {
    const set = new PeerSet();
    const peers = [...config.peers];
    for (const peer of peers) set.add(peer, "");
    for (const { toml } of added) {
      const result = readPeer(toml);
      if (result.kind === "peer" && set.add(result.peer, "") === undefined) peers.push(result.peer);
    }
    for (const peer of peers) {
      this.#directory.set({ name: peer.name, remoteIp: remoteOf(peer), description: peer.description }, peer);
      if (peer.kind === "network") this.#networks.push(peer);
    }
    this.#networks.sort((a, b) => b.remoteNetwork.length - a.remoteNetwork.length);
  }

  /** The configuration of the peer with this name: its own, or that of the network that this address is in. */
  find(name: string): PeerConfig | undefined {
    return this.#directory.get(name) ?? this.#networkOf(name);
  }

  /** Whom a word means; an address inside a network is one of that. */
  named(word: string): PeerSearch<PeerConfig> {
    const search = this.#directory.find(word);
    const network = search.kind === "none" ? this.#networkOf(word) : undefined;
    return network === undefined ? search : { kind: "found", name: canonicalRemote(word) ?? word, peer: network };
  }

  #networkOf(address: string): PeerConfig | undefined {
    const octets = parseZonedAddress(address);
    return octets && this.#networks.find(({ remoteNetwork }) => prefixContains(remoteNetwork, octets));
  }
}

/** `asn`: of the session, where the configuration leaves it open. */
export function policyPeer(config: PeerConfig, address: string, asn: number | null): PolicyPeer {
  return {
    address: parseZonedAddress(address) ?? new Uint8Array(4),
    asn: config.remoteAsn ?? asn ?? 0,
    groups: config.groups,
    localAsn: config.localAsn,
  };
}

export function isInternal(config: PeerConfig, asn: number | null): boolean {
  return (config.remoteAsn ?? asn) === config.localAsn;
}
