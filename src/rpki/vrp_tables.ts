/** The VRPs of both families: what a cache, a file or all sources together say. */

import type { Prefix } from "../types/mod.ts";
import type { OriginState } from "./states.ts";
import type { Vrp } from "./vrp.ts";
import { wordOf } from "./prefix_words.ts";
import { type AddResult, type Source, VrpTable } from "./vrp_table.ts";

export class VrpTables {
  readonly ipv4 = new VrpTable(32);
  readonly ipv6 = new VrpTable(128);

  get count(): number {
    return this.ipv4.count + this.ipv6.count;
  }

  get octets(): number {
    return this.ipv4.octets + this.ipv6.octets;
  }

  add({ prefix: { octets, length }, maxLength, asn }: Vrp, source?: Source): AddResult {
    const [w0, w1, w2, w3] = wordsOf(octets);
    return this.#of(octets).add(w0, w1, w2, w3, length, maxLength, asn, source);
  }

  /** The source has the VRP no longer. True where no other has it: the VRP is gone. */
  remove({ prefix: { octets, length }, maxLength, asn }: Vrp, source?: Source): boolean {
    const [w0, w1, w2, w3] = wordsOf(octets);
    return this.#of(octets).remove(w0, w1, w2, w3, length, maxLength, asn, source);
  }

  has({ prefix: { octets, length }, maxLength, asn }: Vrp): boolean {
    const [w0, w1, w2, w3] = wordsOf(octets);
    return this.#of(octets).has(w0, w1, w2, w3, length, maxLength, asn);
  }

  validate({ octets, length }: Prefix, origin: number): OriginState {
    const [w0, w1, w2, w3] = wordsOf(octets);
    return this.#of(octets).validate(w0, w1, w2, w3, length, origin);
  }

  /** The VRPs whose prefix covers or equals this one, the shortest prefix first. */
  covering({ octets, length }: Prefix): Vrp[] {
    const [w0, w1, w2, w3] = wordsOf(octets);
    return this.#of(octets).covering(w0, w1, w2, w3, length);
  }

  forEach(visit: (vrp: Vrp, sources: number) => void): void {
    this.ipv4.forEach(visit);
    this.ipv6.forEach(visit);
  }

  #of(octets: Uint8Array): VrpTable {
    return octets.length === 4 ? this.ipv4 : this.ipv6;
  }
}

/** The VRPs that `after` has and `before` has not, and the opposite; each in the order of addresses. */
export function vrpDifference(before: VrpTables, after: VrpTables): { added: Vrp[]; removed: Vrp[] } {
  const added: Vrp[] = [];
  const removed: Vrp[] = [];
  after.forEach((vrp) => before.has(vrp) || added.push(vrp));
  before.forEach((vrp) => after.has(vrp) || removed.push(vrp));
  return { added, removed };
}

function wordsOf(octets: Uint8Array): [number, number, number, number] {
  return [wordOf(octets, 0), wordOf(octets, 1), wordOf(octets, 2), wordOf(octets, 3)];
}
