/**
 * Which routes a change of VRPs touches: those whose prefix equals or lies inside the prefix of a VRP that came or went
 * (RFC 6811 §2: a VRP says nothing about other routes). The RIB evaluates these again, and no others.
 */

import type { Prefix } from "../types/mod.ts";
import { PrefixNodes } from "./prefix_nodes.ts";
import { wordOf } from "./prefix_words.ts";
import { prefixOf } from "./vrp_table.ts";

/** After so many prefixes everything is touched: the first load of a cache needs no list of 500,000. */
const listedMax = 65_536;

/** The touched prefixes of one family. */
export class TouchedPrefixes {
  readonly #bits: 32 | 128;
  #nodes: PrefixNodes;
  #count = 0;

  constructor(bits: 32 | 128) {
    this.#bits = bits;
    this.#nodes = new PrefixNodes(bits);
  }

  get isEmpty(): boolean {
    return this.#count === 0;
  }

  /** A VRP of this prefix came or went. */
  addPrefix({ octets, length }: Prefix): void {
    this.add(wordOf(octets, 0), wordOf(octets, 1), wordOf(octets, 2), wordOf(octets, 3), length);
  }

  /** The same, with the prefix in words. */
  add(w0: number, w1: number, w2: number, w3: number, length: number): void {
    if (this.touches(w0, w1, w2, w3, length)) return;
    if (++this.#count > listedMax) {
      this.#nodes = new PrefixNodes(this.#bits);
      length = 0;
    }
    this.#nodes.setValue(this.#nodes.insert(w0, w1, w2, w3, length), 1);
  }

  /** True where the state of a route to this prefix may have changed. */
  touches(w0: number, w1: number, w2: number, w3: number, length: number): boolean {
    for (let node = 0;;) {
      if (this.#nodes.valueOf(node) !== 0) return true;
      node = this.#nodes.below(node, w0, w1, w2, w3, length);
      if (node === 0) return false;
    }
  }

  /** The widest touched prefixes, none inside another, in the order of addresses: what lies inside them is touched. */
  ranges(): Prefix[] {
    const found: Prefix[] = [];
    this.#nodes.walk((node) => {
      if (this.#nodes.valueOf(node) === 0) return true;
      found.push(prefixOf(this.#nodes, node));
      return false;
    });
    return found;
  }
}
