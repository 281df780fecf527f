/**
 * A mailbox that shares its thread with other work. Deno gives a worker all waiting messages before it does anything
 * else: while a peer sent its full table, the empty batches of the store reached the RIB 0.4 s late. This mailbox
 * handles messages as they come, and after a few milliseconds it lets other work run first.
 */

import type { Millis } from "../../types/mod.ts";

/** So long are messages handled before other work runs. */
const stretchMs: Millis = 4;
/** After so long without a message, other work has run. */
const gapMs: Millis = 0.5;

export interface TurnPorts {
  readonly monotonic: () => Millis;
  /** Runs `step` soon, after other work that waits. */
  readonly later: (step: () => void) => void;
}

export class TurnTaking<M> {
  readonly #handle: (message: M) => void;
  readonly #ports: TurnPorts;
  /** In order of arrival. While some wait, new messages wait, too. */
  #waiting: M[] = [];
  #stretchBegan = 0;
  #lastAt = 0;

  constructor(handle: (message: M) => void, ports: TurnPorts) {
    this.#handle = handle;
    this.#ports = ports;
  }

  /** True while messages wait. */
  get isBusy(): boolean {
    return this.#waiting.length > 0;
  }

  push(message: M): void {
    if (this.#waiting.length > 0) return void this.#waiting.push(message);
    const now = this.#ports.monotonic();
    if (now - this.#lastAt > gapMs) this.#stretchBegan = now;
    if (now - this.#stretchBegan < stretchMs) {
      this.#handle(message);
      this.#lastAt = this.#ports.monotonic();
      return;
    }
    this.#waiting.push(message);
    this.#ports.later(this.#goOn);
  }

  readonly #goOn = () => {
    const messages = this.#waiting;
    const began = this.#ports.monotonic();
    let done = 0;
    do this.#handle(messages[done++]!); while (
      done < messages.length && this.#ports.monotonic() - began < stretchMs
    );
    this.#waiting = messages.slice(done);
    this.#stretchBegan = this.#lastAt = this.#ports.monotonic();
    if (this.#waiting.length > 0) this.#ports.later(this.#goOn);
  };
}
