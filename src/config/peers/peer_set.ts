/**
 * Checks peers against each other. A name belongs to one peer. Two peers at one address are two sessions with it, and
 * each connection from that address must belong to one of them: our address of the connection tells them apart, or all
 * but one peer have `dial_only`.
 */

import { splitZone } from "../../types/mod.ts";
import { remoteOf } from "../features/peer_location.ts";
import type { PeerConfig } from "../schema/settings.ts";

/** Why a peer cannot be configured beside another one. */
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
  /** By address without its zone. */
  readonly #byRemote = new Map<string, Member[]>();

  /**
   * Adds a peer, or says why it cannot be beside the peers that were added before. `where` goes into the message about
   * a later peer that clashes with this one, e.g. `on line 5`.
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
      return { key: "name", text: `name "${peer.name}" is already used ${where}` };
    }
    const text = `remote_ip ${remote} is already used ${where}`;
    return {
      key: "remote_ip",
      text: peer.kind === "network" ? text : `${text}; a second peer at that address needs a name`,
    };
  }
  if (peer.kind !== "address" || other.kind !== "address") {
    return isSamePlace ? { key: "remote_ip", text: `network ${remote} is already used ${where}` } : undefined;
  }
  // The kernel looks up keys by address, without the zone.
  if (splitZone(peer.remoteIp).address !== splitZone(other.remoteIp).address) return undefined;
  const accepts = !peer.dialOnly && !other.dialOnly;
  if (accepts && peer.passwordFile !== other.passwordFile) return protectedOtherwise("password_file", remote, where);
  if (!isSamePlace) return undefined;
  if (accepts && peer.ttlSecurity !== other.ttlSecurity) return protectedOtherwise("ttl_security", remote, where);
  return sameConnection(peer, other, where);
}

function sameLink({ interface: link }: PeerConfig & { kind: "interface" }, where: string): Clash {
  return {
    key: "interface",
    text: `interface ${link} is already used ${where}: it means the only neighbour on that link`,
  };
}

function protectedOtherwise(key: "password_file" | "ttl_security", remote: string, where: string): Clash {
  return {
    key,
    text: `${remote} has a different ${key} ${where}, but a listening socket has only one for each address:` +
      " use the same value, or set dial_only = true for one of the two peers",
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
      text: `remote_ip ${remoteIp} is already used ${where}, ${both}: a connection from there could belong to` +
        " either peer; give them different local_ip, or set dial_only = true in all but one",
    };
  }
  const dials = !peer.passive && !other.passive;
  if (!dials || peer.port !== other.port) return undefined;
  return {
    key: "remote_ip",
    text: `remote_ip ${remoteIp} is already used ${where}, with the same local_ip and dest_port:` +
      " both would open the same connection",
  };
}
