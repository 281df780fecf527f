/** Sets the TCP-MD5 keys (RFC 2385) and the TTL security (GTSM, RFC 5082) of all peers on every listener. */

import { type PeerConfig, remoteOf } from "../../config/mod.ts";
import type { Listener } from "../../transport/mod.ts";

/** TCP-MD5 key and distance (hops) of those who may connect, by address or network. */
type Protected = ReadonlyMap<string, { readonly key: string | undefined; readonly hops: number | undefined }>;

const nobody: Protected = new Map();

/** Peers that share an address and accept connections have the same key and distance: the configuration ensures it. */
function acceptedOf(peers: readonly PeerConfig[], keys: ReadonlyMap<string, string>): Protected {
  const accepting = peers.filter(({ dialOnly }) => !dialOnly);
  return new Map(accepting.map((peer) => [remoteOf(peer), { key: keys.get(peer.name), hops: peer.ttlSecurity }]));
}

export class Protection {
  readonly #listeners: Listener[] = [];
  #accepted: Protected = nobody;
  #names: readonly string[] = [];
  /** By the name of the peer. */
  #keys: ReadonlyMap<string, string> = new Map();

  /**
   * Protects these peers with these keys from now on. Connections that stand keep theirs. Throws a TransportError where
   * the kernel refuses a setting, and then nothing has changed.
   */
  replace(peers: readonly PeerConfig[], keys: ReadonlyMap<string, string>): void {
    const before = this.#accepted;
    const after = acceptedOf(peers, keys);
    const undo: (() => void)[] = [];
    try {
      for (const listener of this.#listeners) this.#set(listener, before, after, undo);
    } catch (error) {
      for (const step of undo.reverse()) step();
      throw error;
    }
    this.#accepted = after;
    this.#names = peers.map(({ name }) => name);
    this.#keys = keys;
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
    this.#set(listener, nobody, this.#accepted, []);
  }

  /** The listener is closed. */
  forget(listener: Listener): void {
    const at = this.#listeners.indexOf(listener);
    if (at !== -1) this.#listeners.splice(at, 1);
  }

  /** Sets what differs; `undo` gets the steps that take it back. */
  #set(listener: Listener, before: Protected, after: Protected, undo: (() => void)[]): void {
    for (const remote of new Set([...before.keys(), ...after.keys()])) {
      if (!concerns(listener, remote)) continue;
      const [old, next] = [before.get(remote), after.get(remote)];
      if (next?.key !== old?.key) {
        listener.setMd5(remote, next?.key);
        undo.push(() => listener.setMd5(remote, old?.key));
      }
      if (next?.hops !== old?.hops) {
        listener.setTtlSecurity(remote, next?.hops);
        undo.push(() => listener.setTtlSecurity(remote, old?.hops));
      }
    }
    const [oldHops, hops] = [hopsForAll(listener, before), hopsForAll(listener, after)];
    if (hops === oldHops) return;
    listener.setTtlSecurityForAll(hops);
    undo.push(() => listener.setTtlSecurityForAll(oldHops));
  }

  keyOf(name: string): string | undefined {
    return this.#keys.get(name);
  }

  /** Names of the peers whose key differs from the one in force. */
  changedKeys(keys: ReadonlyMap<string, string>): Set<string> {
    return new Set(this.#names.filter((name) => keys.get(name) !== this.#keys.get(name)));
  }
}

/** The distance of the farthest peer that may connect there; `undefined`: a peer may be any distance away. */
function hopsForAll(listener: Listener, peers: Protected): number | undefined {
  const hops = [...peers].filter(([remote]) => concerns(listener, remote)).map(([, peer]) => peer.hops);
  return hops.length === 0 || hops.includes(undefined) ? undefined : Math.max(...hops.map(Number));
}

/** True if the listener can accept this peer: it has one address family, and `::` has both. */
function concerns({ address }: Listener, remote: string): boolean {
  return address === "::" || remote.includes(":") === address.includes(":");
}
