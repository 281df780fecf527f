/**
 * How much the RIB may send ahead of the socket of a peer. The main thread grants the RIB a number of octets (`pull`),
 * and grants again what the kernel has taken. It collects such grants: with few changes, a grant for each message would
 * cost as much as the change.
 */

import { limits } from "../../types/mod.ts";

export class OutputWindow {
  readonly octets: number;
  #taken = 0;

  constructor(octets: number = limits.outputBytes) {
    this.octets = octets;
  }

  /** The kernel took so many octets. Returns how many to grant now; 0 while enough is granted. */
  took(octets: number): number {
    this.#taken += octets;
    if (this.#taken * 4 < this.octets) return 0;
    const granted = this.#taken;
    this.#taken = 0;
    return granted;
  }
}
