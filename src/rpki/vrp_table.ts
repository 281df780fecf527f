/**
 * The VRPs of one family, and the validation of origins (RFC 6811). Prefixes are nodes of a trie (`prefix_nodes.ts`),
 * each with its VRPs (`vrp_rows.ts`): 30 to 50 octets for a VRP. To validate a route is one walk down the trie.
 */

import type { Asn, Prefix } from "../types/mod.ts";
import { mask, PrefixNodes, valueMax } from "./prefix_nodes.ts";
import { prefixOfWords } from "./prefix_words.ts";
import { type OriginState, OriginStates } from "./states.ts";
import type { Vrp } from "./vrp.ts";
import { VrpRows } from "./vrp_rows.ts";

/** `present`: another source has the VRP, or the same. `full`: the table has 16 million VRPs. */
export type AddResult = "added" | "present" | "full";

/** Who says something, a bit for each: a VRP is there while one of them has it. */
export const Sources = { caches: 1, files: 2, exceptions: 4 } as const;
export type Source = (typeof Sources)[keyof typeof Sources];

export class VrpTable {
  readonly bits: 32 | 128;
  readonly #nodes: PrefixNodes;
  readonly #rows = new VrpRows();
  #count = 0;

  constructor(bits: 32 | 128) {
    this.bits = bits;
    this.#nodes = new PrefixNodes(bits);
  }

  get count(): number {
    return this.#count;
  }

  /** How many octets the columns take. */
  get octets(): number {
    return this.#nodes.octets + this.#rows.octets;
  }

  /** Host bits must be clear; IPv4 is `w0` alone. A max length under the prefix length matches no route. */
  add(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    maxLength: number,
    asn: Asn,
    source: Source = Sources.caches,
  ): AddResult {
    const rows = this.#rows;
    const there = this.#nodes.find(w0, w1, w2, w3, length);
    const row = there < 0 ? 0 : rows.find(this.#nodes.valueOf(there), asn, maxLength);
    if (row !== 0) {
      rows.setSources(row, rows.sourcesOf(row) | source);
      return "present";
    }
    if (rows.isFull) return "full";
    const node = this.#nodes.insert(w0, w1, w2, w3, length);
    this.#nodes.setValue(node, rows.add(this.#nodes.valueOf(node), asn, maxLength, source));
    this.#count++;
    return "added";
  }

  /** The source has the VRP no longer. True where no other has it: the VRP is gone. */
  remove(
    w0: number,
    w1: number,
    w2: number,
    w3: number,
    length: number,
    maxLength: number,
    asn: Asn,
    source: Source = Sources.caches,
  ): boolean {
    const node = this.#nodes.find(w0, w1, w2, w3, length);
    if (node < 0) return false;
    const root = this.#nodes.valueOf(node);
    const row = this.#rows.find(root, asn, maxLength);
    if (row === 0) return false;
    const others = this.#rows.sourcesOf(row) & ~source;
    if (others !== 0) {
      this.#rows.setSources(row, others);
      return false;
    }
    const left = this.#rows.remove(root, asn, maxLength);
    if (left === 0) this.#nodes.remove(w0, w1, w2, w3, length);
    else this.#nodes.setValue(node, left);
    this.#count--;
    return true;
  }

  has(w0: number, w1: number, w2: number, w3: number, length: number, maxLength: number, asn: Asn): boolean {
    const node = this.#nodes.find(w0, w1, w2, w3, length);
    return node >= 0 && this.#rows.find(this.#nodes.valueOf(node), asn, maxLength) !== 0;
  }

  /**
   * RFC 6811 §2: the state of a route to this prefix. `origin` is the AS that `route_origin.ts` finds; 0 is the value
   * NONE of the RFC, which matches no VRP, and no route matches a VRP of AS 0.
   */
  validate(w0: number, w1: number, w2: number, w3: number, length: number, origin: Asn): OriginState {
    const rows = this.#rows;
    let isCovered = false;
    if (this.bits === 32) {
      const records = this.#nodes.records;
      for (let node = 0;;) {
        const meta = records[node + 3]!;
        const root = meta & valueMax;
        if (root !== 0) {
          if (origin !== 0 && rows.matches(root, origin, length)) return OriginStates.valid;
          isCovered = true;
        }
        const at = meta >>> 24;
        if (at >= length) break;
        node = records[node + 1 + ((w0 >>> (31 - at)) & 1)]!;
        if (node === 0) break;
        const reach = records[node + 3]! >>> 24;
        if (reach > length || ((records[node]! ^ w0) & mask(reach)) !== 0) break;
      }
    } else {
      for (let node = 0;;) {
        const root = this.#nodes.valueOf(node);
        if (root !== 0) {
          if (origin !== 0 && rows.matches(root, origin, length)) return OriginStates.valid;
          isCovered = true;
        }
        node = this.#nodes.below(node, w0, w1, w2, w3, length);
        if (node === 0) break;
      }
    }
    return isCovered ? OriginStates.invalid : OriginStates.notFound;
  }

  /** The VRPs whose prefix covers or equals this one: by prefix, the shortest first; by AS; by max length. */
  covering(w0: number, w1: number, w2: number, w3: number, length: number): Vrp[] {
    const found: Vrp[] = [];
    for (let node = 0;;) {
      this.#append(node, found);
      node = this.#nodes.below(node, w0, w1, w2, w3, length);
      if (node === 0) return found;
    }
  }

  /** All VRPs in the order of addresses; at one prefix by AS and max length. `sources`: a bit for each that has it. */
  forEach(visit: (vrp: Vrp, sources: number) => void): void {
    const found: Vrp[] = [];
    this.#nodes.walk((node) => {
      this.#append(node, found);
      const root = this.#nodes.valueOf(node);
      for (const vrp of found) visit(vrp, this.#rows.sourcesOf(this.#rows.find(root, vrp.asn, vrp.maxLength)));
      found.length = 0;
      return true;
    });
  }

  #append(node: number, found: Vrp[]): void {
    const root = this.#nodes.valueOf(node);
    if (root === 0) return;
    const prefix = prefixOf(this.#nodes, node);
    for (const row of this.#rows.list(root)) {
      found.push({ prefix, maxLength: this.#rows.maxLengthOf(row), asn: this.#rows.asnOf(row) });
    }
  }
}

/** The prefix of a node. */
export function prefixOf(nodes: PrefixNodes, node: number): Prefix {
  const { records, words } = nodes;
  const [w0, w1, w2, w3] = [records[node]!, records[node + 1]!, records[node + 2]!, records[node + 3]!];
  return prefixOfWords(words, w0, w1, w2, w3, nodes.lengthOf(node));
}
