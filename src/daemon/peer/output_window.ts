/**
 * How much the RIB may send ahead of a peer's socket. The socket's room is granted to the RIB in octets; what the kernel has
 * taken is granted anew, but not for each message: in a trickle of changes a grant would cost as much as a change.
 */

import { limits } from "../../types/mod.ts";

export class OutputWindow {
  readonly octets: number;
  #taken = 0;

  constructor(octets: number = limits.outputBytes) {
    this.octets = octets;
  }

  /** The kernel took so many octets. Gives those to grant now; 0: later, more is open still. */
  took(octets: number): number {
    this.#taken += octets;
    if (this.#taken * 4 < this.octets) return 0;
    const granted = this.#taken;
    this.#taken = 0;
    return granted;
  }
}
