/**
 * What a group selects for its peers where the best route is not for them (RFC 7947 §2.3.2): the next best one that the
 * rules and the policy of export accept. Most rows of such a group have the best route all the same; kept here is what
 * differs from that.
 *
 * **Split horizon.** The peer whose route the group has is advertised another one in its place, the next best of somebody
 * else: a *substitute*, for this one peer. A group of a single peer never considers that peer's routes, and needs none.
 */

import type { AttributeTable } from "../table/attribute_table.ts";
import { clearBit, growInt32, hasBit, setBit, wordsFor } from "../table/columns.ts";
import { IntMap } from "../table/int_map.ts";

export class ClientSelection {
  /** The group is of this peer only; -1: there may be several peers in it. */
  readonly only: number;
  readonly #sets: AttributeTable;
  /** The peer whose route stands there, where that is not the peer of the best route. */
  readonly #sources = new IntMap();
  /** The exported set (slot + 1) of a substitute. */
  readonly #substitutes = new IntMap();
  /** Of rows whose change is not advertised yet: there was a substitute before, and nothing but the substitute changed. */
  #hadSubstitute = new Int32Array(32);
  #substituteOnly = new Int32Array(32);

  constructor(only: number, sets: AttributeTable) {
    this.only = only;
    this.#sets = sets;
  }

  /** Whose route stands there, where the best route is one of the peer `best`. */
  sourceOf(row: number, best: number): number {
    const source = this.#sources.get(row);
    return source === -1 ? best : source;
  }

  /** `best`: the peer of the best route. */
  setSource(row: number, source: number, best: number): void {
    this.#sources.set(row, source === best ? -1 : source);
  }

  /** What the source of the row's route is advertised in its place: set slot + 1, or 0. */
  substituteOf(row: number): number {
    return Math.max(0, this.#substitutes.get(row));
  }

  setSubstitute(row: number, value: number): void {
    const before = this.substituteOf(row);
    if (before === value) return;
    if (value !== 0) this.#sets.retain(value - 1);
    this.#substitutes.set(row, value === 0 ? -1 : value);
    if (before !== 0) this.#sets.release(before - 1);
  }

  /** A row is noted as changed: what its peers hold until they hear of it. */
  noted(row: number, hadSubstitute: boolean, substituteOnly: boolean): void {
    const words = wordsFor(row + 1);
    if (words > this.#hadSubstitute.length) {
      this.#hadSubstitute = growInt32(this.#hadSubstitute, 2 * words);
      this.#substituteOnly = growInt32(this.#substituteOnly, 2 * words);
    }
    if (hadSubstitute) setBit(this.#hadSubstitute, row);
    else clearBit(this.#hadSubstitute, row);
    if (substituteOnly) setBit(this.#substituteOnly, row);
    else clearBit(this.#substituteOnly, row);
  }

  /** A row that is noted changed for all. */
  changedForAll(row: number): void {
    clearBit(this.#substituteOnly, row);
  }

  /** Of a row that is noted. */
  hadSubstitute(row: number): boolean {
    return hasBit(this.#hadSubstitute, row);
  }

  isSubstituteOnly(row: number): boolean {
    return hasBit(this.#substituteOnly, row);
  }

  clear(): void {
    this.#substitutes.each((value) => this.#sets.release(value - 1));
  }

  get bytes(): number {
    return this.#sources.bytes + this.#substitutes.bytes + this.#hadSubstitute.byteLength +
      this.#substituteOnly.byteLength;
  }
}
