/**
 * Which peers may stand beside each other. A name is one peer's. Two peers at one address are two sessions with it, and a
 * connection from there must be one's alone: our address of it tells them apart, or all but one only dial.
 */

import { splitZone } from "../../types/mod.ts";
import { remoteOf } from "../features/peer_location.ts";
import type { PeerConfig } from "../config.ts";

/** What is wrong with a peer beside another one. */
export interface Clash {
  readonly key: "name" | "remote_ip" | "interface" | "password_file" | "ttl_security";
  readonly text: string;
}

/** The address of a peer, as far as the configuration knows it. */
export function addressOf(peer: PeerConfig): string | undefined {
  return peer.kind === "address" ? peer.remoteIp : undefined;
}

export class PeerSet {
  readonly #byName = new Map<string, Member>();
  /** Zones aside. */
  readonly #byRemote = new Map<string, Member[]>();

  /**
   * Adds a peer, or says why it cannot be beside those that are there. `where`: how people find it when the next one cannot be
   * beside it, e.g. `on line 5`.
   */
  add(peer: PeerConfig, where: string): Clash | undefined {
    const bare = splitZone(remoteOf(peer)).address;
    const there = this.#byRemote.get(bare) ?? [];
    const namesake = this.#byName.get(peer.name);
    for (const other of namesake === undefined ? there : [namesake, ...there]) {
      const clash = clashOf(peer, other.peer, other.where);
      if (clash !== undefined) return clash;
    }
    const member = { peer, where };
    this.#byName.set(peer.name, member);
    this.#byRemote.set(bare, [...there, member]);
    return undefined;
  }
}

interface Member {
  readonly peer: PeerConfig;
  readonly where: string;
}

function clashOf(peer: PeerConfig, other: PeerConfig, where: string): Clash | undefined {
  const remote = remoteOf(peer);
  const isSamePlace = remote === remoteOf(other);
  if (peer.kind === "interface" && isSamePlace) return sameLink(peer, where);
  if (peer.name === other.name) {
    if (!isSamePlace || peer.name !== remote) {
      return { key: "name", text: `name "${peer.name}" stands already ${where}` };
    }
    const text = `remote_ip ${remote} stands already ${where}`;
    return { key: "remote_ip", text: peer.kind === "network" ? text : `${text}; a second peer there needs a name` };
  }
  if (peer.kind !== "address" || other.kind !== "address") {
    return isSamePlace ? { key: "remote_ip", text: `network ${remote} stands already ${where}` } : undefined;
  }
  // The kernel knows no zones where it looks for keys.
  if (splitZone(peer.remoteIp).address !== splitZone(other.remoteIp).address) return undefined;
  const accepts = !peer.dialOnly && !other.dialOnly;
  if (accepts && peer.passwordFile !== other.passwordFile) return protectedOtherwise("password_file", remote, where);
  if (!isSamePlace) return undefined;
  if (accepts && peer.ttlSecurity !== other.ttlSecurity) return protectedOtherwise("ttl_security", remote, where);
  return sameConnection(peer, other, where);
}

function sameLink({ interface: link }: PeerConfig & { kind: "interface" }, where: string): Clash {
  return { key: "interface", text: `interface ${link} stands already ${where}: it is for the one neighbour there` };
}

function protectedOtherwise(key: "password_file" | "ttl_security", remote: string, where: string): Clash {
  return {
    key,
    text: `${remote} has another ${key} ${where}: a listening socket has one for an address;` +
      " use the same, or set dial_only = true in one of the two",
  };
}

function sameConnection(
  peer: PeerConfig & { kind: "address" },
  other: PeerConfig & { kind: "address" },
  where: string,
): Clash | undefined {
  if (peer.localIp !== other.localIp) return undefined;
  const { remoteIp } = peer;
  const both = peer.localIp === undefined ? "and neither has a local_ip" : "with the same local_ip";
  if (!peer.dialOnly && !other.dialOnly) {
    return {
      key: "remote_ip",
      text: `remote_ip ${remoteIp} stands already ${where}, ${both}: a connection from there could be` +
        " either's; give them different local_ip, or set dial_only = true in all but one",
    };
  }
  const dials = !peer.passive && !other.passive;
  if (!dials || peer.port !== other.port) return undefined;
  return {
    key: "remote_ip",
    text:
      `remote_ip ${remoteIp} stands already ${where}, with the same local_ip and dest_port: both would dial the same`,
  };
}
