/**
 * What a group selects for its peers where the best route is withheld from them (RFC 7947 §2.3.2): the next best route
 * that export rules and policy accept. Most rows of such a group still have the best route; this file keeps the rows
 * that differ.
 *
 * **Split horizon.** The peer whose route the group advertises gets another route in its place, the next best one of
 * another peer: a *substitute*, for this peer alone. A group of a single peer ignores that peer's routes and needs no
 * substitutes.
 */

import type { AttributeTable } from "../table/attribute_table.ts";
import { clearBit, growInt32, hasBit, setBit, wordsFor } from "../table/columns.ts";
import { IntMap } from "../table/int_map.ts";
import { setOfValue } from "./out_column.ts";

export class ClientSelection {
  /** The only peer of the group; -1: the group may have several peers. */
  readonly only: number;
  readonly #sets: AttributeTable;
  /** By row: the peer whose route is selected, where that is not the peer of the best route. */
  readonly #sources = new IntMap();
  /** By row: the exported set (slot + 1) of the substitute. */
  readonly #substitutes = new IntMap();
  /** For queued rows, a bit each: there was a substitute before; nothing but the substitute changed. */
  #hadSubstitute = new Int32Array(32);
  #substituteOnly = new Int32Array(32);

  constructor(only: number, sets: AttributeTable) {
    this.only = only;
    this.#sets = sets;
  }

  /** The peer whose route is selected. `best`: the peer of the best route. */
  sourceOf(row: number, best: number): number {
    const source = this.#sources.get(row);
    return source === -1 ? best : source;
  }

  /** `best`: the peer of the best route. */
  setSource(row: number, source: number, best: number): void {
    this.#sources.set(row, source === best ? -1 : source);
  }

  /** The substitute for the peer whose route is selected: set slot + 1, or 0. */
  substituteOf(row: number): number {
    return Math.max(0, this.#substitutes.get(row));
  }

  setSubstitute(row: number, value: number): void {
    const before = this.substituteOf(row);
    if (before === value) return;
    if (value !== 0) this.#sets.retain(setOfValue(value));
    this.#substitutes.set(row, value === 0 ? -1 : value);
    if (before !== 0) this.#sets.release(setOfValue(before));
  }

  /** A row was queued: notes what its peers hold until the change is advertised. */
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

  /** A queued row changed for all peers. */
  changedForAll(row: number): void {
    clearBit(this.#substituteOnly, row);
  }

  /** For a queued row: it had a substitute before the change. */
  hadSubstitute(row: number): boolean {
    return hasBit(this.#hadSubstitute, row);
  }

  /** For a queued row: nothing but the substitute changed. */
  isSubstituteOnly(row: number): boolean {
    return hasBit(this.#substituteOnly, row);
  }

  /** Rows whose selection differs from the best route. */
  eachRow(visit: (row: number) => void): void {
    this.#sources.eachKey(visit);
    this.#substitutes.eachKey(visit);
  }

  clear(): void {
    this.#substitutes.each((value) => this.#sets.release(setOfValue(value)));
  }

  get bytes(): number {
    return this.#sources.bytes + this.#substitutes.bytes + this.#hadSubstitute.byteLength +
      this.#substituteOnly.byteLength;
  }
}
