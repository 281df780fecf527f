/**
 * Finds the peer that a word means. The word may be the unique name of a peer. If no peer has that name, it may be an
 * address or a description that only one peer has. Commands, the API and the column `peer` of `announcements` all ask
 * here.
 */

import { canonicalRemote } from "../../types/mod.ts";

export interface NamedPeer {
  readonly name: string;
  /** Canonical text of an address, with its zone, or of a network; `undefined` while the address is unknown. */
  readonly remoteIp: string | undefined;
  readonly description: string | undefined;
}

export type PeerSearch<T> =
  | { readonly kind: "found"; readonly name: string; readonly peer: T }
  | { readonly kind: "none" }
  /** Several peers have the word as their address or description: the names of these peers. */
  | { readonly kind: "several"; readonly names: readonly string[]; readonly what: "address" | "description" };

export class PeerDirectory<T> {
  readonly #byName = new Map<string, { readonly facts: NamedPeer; readonly peer: T }>();
  readonly #byAddress = new Map<string, Set<string>>();
  readonly #byDescription = new Map<string, Set<string>>();

  constructor(peers: Iterable<readonly [NamedPeer, T]> = []) {
    for (const [facts, peer] of peers) this.set(facts, peer);
  }

  /** Adds a peer, or replaces the peer with this name. */
  set(facts: NamedPeer, peer: T): void {
    this.delete(facts.name);
    this.#byName.set(facts.name, { facts, peer });
    enter(this.#byAddress, facts.remoteIp, facts.name);
    enter(this.#byDescription, facts.description, facts.name);
  }

  delete(name: string): void {
    const known = this.#byName.get(name);
    if (known === undefined) return;
    this.#byName.delete(name);
    leave(this.#byAddress, known.facts.remoteIp, name);
    leave(this.#byDescription, known.facts.description, name);
  }

  get(name: string): T | undefined {
    return this.#byName.get(name)?.peer;
  }

  /** The peers with this address, in canonical text. */
  at(address: string): T[] {
    return [...this.#byAddress.get(address) ?? []].map((name) => this.#byName.get(name)!.peer);
  }

  find(word: string): PeerSearch<T> {
    const canonical = canonicalRemote(word) ?? word;
    for (const name of [word, canonical]) {
      const known = this.#byName.get(name);
      if (known !== undefined) return { kind: "found", name, peer: known.peer };
    }
    const indexes = [["address", this.#byAddress, canonical], ["description", this.#byDescription, word]] as const;
    for (const [what, index, key] of indexes) {
      const names = [...index.get(key) ?? []];
      const [name] = names;
      if (names.length > 1) return { kind: "several", names, what };
      if (name !== undefined) return { kind: "found", name, peer: this.#byName.get(name)!.peer };
    }
    return { kind: "none" };
  }
}

/** Why a word means no single peer, in a sentence. */
export function whyNotFound(word: string, search: PeerSearch<unknown> & { kind: "none" | "several" }): string {
  return search.kind === "none"
    ? `there is no peer ${word}; \`bgpd show peers\` lists all`
    : `${word} is the ${search.what} of ${search.names.length} peers: name one of ${search.names.join(", ")}`;
}

function enter(index: Map<string, Set<string>>, key: string | undefined, name: string): void {
  if (key === undefined) return;
  const names = index.get(key);
  if (names === undefined) index.set(key, new Set([name]));
  else names.add(name);
}

function leave(index: Map<string, Set<string>>, key: string | undefined, name: string): void {
  if (key === undefined) return;
  const names = index.get(key);
  names?.delete(name);
  if (names?.size === 0) index.delete(key);
}
