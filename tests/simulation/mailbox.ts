/**
 * `postMessage` between threads: a copy arrives later, in order, and the transferred buffers are gone on the sending
 * side, so that a later use of one is found.
 */

import type { Post } from "../../src/daemon/thread/messages.ts";
import type { Random } from "./random.ts";
import type { VirtualClock } from "./virtual_clock.ts";

export class Mailbox<M> {
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #deliver: (message: M) => void;
  #queue: M[] = [];
  #held = false;
  /** Deliveries that are due. */
  #due = 0;
  #gone = false;

  constructor(clock: VirtualClock, random: Random, deliver: (message: M) => void) {
    this.#clock = clock;
    this.#random = random;
    this.#deliver = deliver;
  }

  readonly post: Post<M> = (message, transfer = []) => {
    if (this.#gone) return;
    this.#queue.push(structuredClone(message, { transfer }));
    this.#plan();
  };

  /** The receiving thread is busy with something else, or back from it. */
  hold(held: boolean): void {
    this.#held = held;
    if (held) return;
    const due = this.#due;
    this.#due = 0;
    for (let i = 0; i < due; i++) this.#plan();
  }

  /** The process ended: nothing arrives any more. */
  discard(): void {
    this.#gone = true;
    this.#queue = [];
  }

  #plan(): void {
    this.#clock.after(this.#random.magnitude(0.001, 1), () => {
      if (this.#held) {
        this.#due++;
        return;
      }
      const message = this.#queue.shift();
      if (message !== undefined) this.#deliver(message);
    });
  }
}
