/**
 * A mailbox that shares its thread. Deno hands a worker one waiting message after the other and looks at nothing else
 * before the last of them: while a peer sent its full table, the store's empty batches came to the RIB 0.4 s late.
 * Here messages are handled as they come, but after a few milliseconds of it the others have their turn.
 */

import type { Millis } from "../../session/mod.ts";

/** So long without looking at anything else. */
const stretchMs: Millis = 4;
/** After so long without a message the thread has looked around. */
const gapMs: Millis = 0.5;

export interface TurnPorts {
  readonly monotonic: () => Millis;
  /** Runs `step` soon, after what else is waiting. */
  readonly later: (step: () => void) => void;
}

export class TurnTaking<M> {
  readonly #handle: (message: M) => void;
  readonly #ports: TurnPorts;
  /** In order of arrival; while there are any, whatever comes joins them. */
  #waiting: M[] = [];
  #stretchBegan = 0;
  #lastAt = 0;

  constructor(handle: (message: M) => void, ports: TurnPorts) {
    this.#handle = handle;
    this.#ports = ports;
  }

  /** Messages wait for their turn. */
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
