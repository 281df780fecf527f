/**
 * Whom a word means: a peer has a name, which is unique; where nobody has it for a name, the word may be an address, or a
 * description, as long as one peer alone has it. Commands, the API and the column `peer` of `announcements` all ask here.
 */

import { canonicalRemote } from "../features/peer_location.ts";

export interface NamedPeer {
  readonly name: string;
  /** Canonical text, with its zone; a network; `undefined` where it is not known yet. */
  readonly remoteIp: string | undefined;
  readonly description: string | undefined;
}

export type PeerSearch<T> =
  | { readonly kind: "found"; readonly name: string; readonly peer: T }
  | { readonly kind: "none" }
  /** Names of those that the word fits, and what it is of all of them. */
  | { readonly kind: "several"; readonly names: readonly string[]; readonly what: "address" | "description" };

export class PeerDirectory<T> {
  readonly #byName = new Map<string, { readonly facts: NamedPeer; readonly peer: T }>();
  readonly #byAddress = new Map<string, Set<string>>();
  readonly #byDescription = new Map<string, Set<string>>();

  constructor(peers: Iterable<readonly [NamedPeer, T]> = []) {
    for (const [facts, peer] of peers) this.set(facts, peer);
  }

  /** Replaces the one with this name. */
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

  /** Those with this address, in canonical text. */
  at(address: string): T[] {
    return [...this.#byAddress.get(address) ?? []].map((name) => this.#byName.get(name)!.peer);
  }

  find(word: string): PeerSearch<T> {
    const canonical = canonicalRemote(word) ?? word;
    for (const name of [word, canonical]) {
      const known = this.#byName.get(name);
      if (known !== undefined) return { kind: "found", name, peer: known.peer };
    }
    const places = [["address", this.#byAddress, canonical], ["description", this.#byDescription, word]] as const;
    for (const [what, place, key] of places) {
      const names = [...place.get(key) ?? []];
      if (names.length > 1) return { kind: "several", names, what };
      if (names.length === 1) return { kind: "found", name: names[0]!, peer: this.#byName.get(names[0]!)!.peer };
    }
    return { kind: "none" };
  }
}

/** Why a word means no peer, in a sentence. */
export function whyNotFound(word: string, search: PeerSearch<unknown> & { kind: "none" | "several" }): string {
  return search.kind === "none"
    ? `there is no peer ${word}; \`bgpd show peers\` lists all`
    : `${word} is the ${search.what} of ${search.names.length} peers: name one of ${search.names.join(", ")}`;
}

function enter(place: Map<string, Set<string>>, key: string | undefined, name: string): void {
  if (key === undefined) return;
  const names = place.get(key);
  if (names === undefined) place.set(key, new Set([name]));
  else names.add(name);
}

function leave(place: Map<string, Set<string>>, key: string | undefined, name: string): void {
  const names = key === undefined ? undefined : place.get(key);
  names?.delete(name);
  if (names?.size === 0) place.delete(key!);
}
