/**
 * Which prefix sets hold a prefix. All sets that rules refer to stand in one trie for each address length. The path to
 * a prefix visits every entry that covers it, shorter ones first, so the most specific entry of a set decides last.
 *
 * Prefixes that are in the same sets form one *class*, a small number. A policy sees the class only, and there are few
 * classes: results can be cached per attribute set and class.
 */

import { type FamilyId, isIpv4 } from "../types/mod.ts";
import type { PrefixRange } from "./policy_table.ts";
import { PrefixTrie } from "./prefix_trie.ts";

/** An entry at a node of the trie: a prefix with one of these lengths enters or leaves the set. */
interface Entry {
  readonly min: number;
  readonly max: number;
  /** 2 × set, and 1 more where the prefix is not in it. */
  readonly change: number;
}

/** The entries at nodes of the tries. Most entries of a long list have the same lengths, so there are few lists. */
class EntryLists {
  /** By number; 0 is empty. */
  readonly lists: (readonly Entry[])[] = [[]];
  readonly #longer = new Map<string, number>();

  /** The number of the list that has this entry appended. */
  with(list: number, entry: Entry): number {
    const key = [list, entry.min, entry.max, entry.change].join();
    let number = this.#longer.get(key);
    if (number === undefined) {
      number = this.lists.push([...this.lists[list]!, entry]) - 1;
      this.#longer.set(key, number);
    }
    return number;
  }
}

export class PrefixClasses {
  readonly #tries = { 4: new PrefixTrie(32), 16: new PrefixTrie(128) };
  readonly #lists: readonly (readonly Entry[])[];
  readonly #sets: number;
  /** By class: the sets that hold it, and which class each change leads to (-1: not known yet). */
  readonly #members: Uint8Array[] = [];
  readonly #next: Int32Array[] = [];
  readonly #byMembers = new Map<string, number>();

  /** `sets`: by number, the entries of each. */
  constructor(sets: readonly (readonly PrefixRange[])[]) {
    this.#sets = sets.length;
    const lists = new EntryLists();
    sets.forEach((entries, set) => {
      // An exception is inserted last: of two entries with the same prefix it decides.
      for (const { prefix, min, max, except } of entries.toSorted((a, b) => Number(a.except) - Number(b.except))) {
        const trie = this.#tries[prefix.octets.length as 4 | 16];
        const node = trie.insert(prefix.octets, prefix.length);
        trie.values[node] = lists.with(trie.values[node]!, { min, max, change: 2 * set + (except ? 1 : 0) });
      }
    });
    this.#lists = lists.lists;
    this.#classOf(new Uint8Array(this.#sets));
  }

  /** Classes so far, 0 included: that of prefixes in no set. */
  get count(): number {
    return this.#members.length;
  }

  /** The class of a prefix, whose host bits must be clear; IPv4 is `w0` alone. */
  classOf(family: FamilyId, w0: number, w1: number, w2: number, w3: number, length: number): number {
    const trie = isIpv4(family) ? this.#tries[4] : this.#tries[16];
    let current = 0;
    let node = trie.root;
    do {
      const entries = this.#lists[trie.values[node]!]!;
      for (let i = 0; i < entries.length; i++) {
        const entry = entries[i]!;
        if (length < entry.min || length > entry.max) continue;
        const next = this.#next[current]![entry.change]!;
        current = next !== -1 ? next : this.#change(current, entry.change);
      }
      node = trie.below(node, w0, w1, w2, w3, length);
    } while (node !== 0);
    return current;
  }

  /** True where the prefixes of this class are in the set. */
  has(prefixClass: number, set: number): boolean {
    return this.#members[prefixClass]![set] !== 0;
  }

  #change(from: number, change: number): number {
    const members = this.#members[from]!.slice();
    members[change >> 1] = (change & 1) === 0 ? 1 : 0;
    const to = this.#classOf(members);
    this.#next[from]![change] = to;
    return to;
  }

  #classOf(members: Uint8Array): number {
    const key = members.join("");
    const known = this.#byMembers.get(key);
    if (known !== undefined) return known;
    this.#members.push(members);
    this.#next.push(new Int32Array(2 * this.#sets).fill(-1));
    this.#byMembers.set(key, this.#members.length - 1);
    return this.#members.length - 1;
  }
}
