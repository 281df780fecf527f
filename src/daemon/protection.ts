/** TCP-MD5 keys (RFC 2385) and GTSM (RFC 5082) of all peers: read from their files, set on every listener. */

import type { PeerConfig } from "../config/mod.ts";
import type { Listener } from "../transport/mod.ts";

/** A key cannot be read; one sentence. */
export class KeyError extends Error {}

/** Keys by the name of the peer. Throws {@link KeyError}. */
export async function readKeys(peers: readonly PeerConfig[]): Promise<ReadonlyMap<string, string>> {
  const keys = new Map<string, string>();
  for (const { name, passwordFile } of peers) {
    if (passwordFile === undefined) continue;
    try {
      keys.set(name, (await Deno.readTextFile(passwordFile)).trimEnd());
    } catch (error) {
      throw new KeyError(`cannot read the password file ${passwordFile} of peer ${name}: ${whyUnread(error)}`);
    }
  }
  return keys;
}

/** Why a file could not be read, without the name of the call that failed. */
export function whyUnread(error: unknown): string {
  if (error instanceof Deno.errors.NotFound) return "there is no such file";
  if (error instanceof Deno.errors.PermissionDenied) return "permission denied";
  if (error instanceof Deno.errors.IsADirectory) return "it is a folder";
  return error instanceof Error ? error.message : String(error);
}

export class Protection {
  readonly #listeners: Listener[] = [];
  #peers: ReadonlyMap<string, PeerConfig> = new Map();
  #keys: ReadonlyMap<string, string> = new Map();

  /** Peers and keys are these from now on. Connections that stand keep what they have. */
  replace(peers: readonly PeerConfig[], keys: ReadonlyMap<string, string>): void {
    const before = { peers: this.#peers, keys: this.#keys };
    this.#peers = new Map(peers.map((peer) => [peer.name, peer]));
    this.#keys = keys;
    for (const listener of this.#listeners) {
      for (const name of new Set([...before.peers.keys(), ...this.#peers.keys()])) {
        if (!concerns(listener, name)) continue;
        const key = keys.get(name);
        if (key !== before.keys.get(name)) listener.setMd5(name, key);
        const hops = this.#peers.get(name)?.ttlSecurity;
        if (hops !== before.peers.get(name)?.ttlSecurity) listener.setTtlSecurity(name, hops);
      }
    }
  }

  listen(listener: Listener): void {
    this.#listeners.push(listener);
    for (const [name, { ttlSecurity }] of this.#peers) {
      if (!concerns(listener, name)) continue;
      const key = this.#keys.get(name);
      if (key !== undefined) listener.setMd5(name, key);
      if (ttlSecurity !== undefined) listener.setTtlSecurity(name, ttlSecurity);
    }
  }

  /** The listener is closed. */
  forget(listener: Listener): void {
    const at = this.#listeners.indexOf(listener);
    if (at !== -1) this.#listeners.splice(at, 1);
  }

  keyOf(name: string): string | undefined {
    return this.#keys.get(name);
  }

  /** Names of peers whose key differs from what it was. */
  changedKeys(keys: ReadonlyMap<string, string>): Set<string> {
    return new Set([...this.#peers.keys()].filter((name) => keys.get(name) !== this.#keys.get(name)));
  }
}

/** A listener has one address family; `::` has both. */
function concerns({ address }: Listener, name: string): boolean {
  return address === "::" || name.includes(":") === address.includes(":");
}
