/** The peers of a configuration, found by name or address, and the values that policies read of a peer. */

import {
  type Config,
  type PeerConfig,
  PeerDirectory,
  type PeerSearch,
  PeerSet,
  type ReadPeer,
  remoteOf,
} from "../../config/mod.ts";
import type { PolicyPeer, PolicySource } from "../../policy/mod.ts";
import { canonicalRemote, parseZonedAddress, prefixContains } from "../../types/mod.ts";

/** The peers of the file, and the peers that were added with `bgpd peer add`. */
export class ConfigPeers {
  readonly #directory = new PeerDirectory<PeerConfig>();
  /** Those of the file first. */
  readonly all: readonly PeerConfig[];
  /** The longest prefix first. */
  readonly #networks: (PeerConfig & { kind: "network" })[] = [];

  /** `added`: the added peers of the database. A peer of the file takes precedence. */
  constructor(config: Config, readPeer: ReadPeer, added: readonly { readonly toml: string }[]) {
    const set = new PeerSet();
    const peers = [...config.peers];
    for (const peer of peers) set.add(peer, "");
    for (const { toml } of added) {
      const result = readPeer(toml);
      if (result.kind === "peer" && set.add(result.peer, "") === undefined) peers.push(result.peer);
    }
    this.all = peers;
    for (const peer of peers) {
      this.#directory.set({ name: peer.name, remoteIp: remoteOf(peer), description: peer.description }, peer);
      if (peer.kind === "network") this.#networks.push(peer);
    }
    this.#networks.sort((a, b) => b.remoteNetwork.length - a.remoteNetwork.length);
  }

  /** The configuration of a peer, by its name; for a member of a network, that of the network. */
  find(name: string): PeerConfig | undefined {
    return this.#directory.get(name) ?? this.#networkOf(name);
  }

  /** The peer that a name, address or description means; an address inside a network is a member of the network. */
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

/** `asn`: the AS of the session, for a peer without `remote_as`. */
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

/** The source of a route of this speaker itself. */
export const ourselves: PolicySource = { local: true, address: new Uint8Array(4), asn: 0, internal: false };

/** The source of a route of a peer. `asn`: as for {@link policyPeer}. */
export function sourceOf(config: PeerConfig, address: string, asn: number | null): PolicySource {
  const { localAsn: _, ...peer } = policyPeer(config, address, asn);
  return { ...peer, local: false, internal: isInternal(config, asn) };
}
