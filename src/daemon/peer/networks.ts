/** The configured networks (`remote_ip = "192.0.2.0/24"`): an address inside one that connects becomes a member. */

import { parseZonedAddress, prefixContains } from "../../types/mod.ts";
import type { PeerConfig } from "../../config/mod.ts";

export type NetworkConfig = PeerConfig & { kind: "network" };

export class Networks {
  /** The longest prefix first: it decides for an address that several networks contain. */
  #networks: readonly NetworkConfig[] = [];

  add(network: NetworkConfig): void {
    this.#networks = longestFirst([...this.#networks, network]);
  }

  /** The network with this name has another configuration; its members are configured one by one. */
  configure(network: NetworkConfig): void {
    this.#networks = this.#networks.map((each) => each.name === network.name ? network : each);
  }

  remove({ name }: PeerConfig): void {
    this.#networks = this.#networks.filter((network) => network.name !== name);
  }

  /** Nobody becomes a member any more. */
  close(): void {
    this.#networks = [];
  }

  /** The network whose member this address would be. */
  of(address: string): NetworkConfig | undefined {
    return containing(this.#networks, address);
  }
}

/** The most specific of these networks that contains the address. */
export function mostSpecific(configs: readonly PeerConfig[], address: string): NetworkConfig | undefined {
  return containing(longestFirst(configs.filter((config) => config.kind === "network")), address);
}

function longestFirst(networks: readonly NetworkConfig[]): NetworkConfig[] {
  return networks.toSorted((a, b) => b.remoteNetwork.length - a.remoteNetwork.length);
}

function containing(networks: readonly NetworkConfig[], address: string): NetworkConfig | undefined {
  const octets = parseZonedAddress(address);
  return octets && networks.find((network) => prefixContains(network.remoteNetwork, octets));
}
