/**
 * Virtual time: it moves on when everything that is due has happened. Events that are due at the same moment happen in
 * an order drawn from the seed, because threads and sockets promise no order.
 */

import type { Millis } from "../../src/types/mod.ts";
import { setImmediate } from "node:timers";
import type { Clock, Timer } from "../../src/transport/mod.ts";
import type { Random } from "./random.ts";

/** Wall time at the start of a simulation: 2026-01-01. */
const epochMs = 1_767_225_600_000;

interface Entry {
  readonly at: Millis;
  /** Decides between entries of one moment. */
  readonly lot: number;
  readonly fire: () => void;
  cleared: boolean;
}

export class VirtualClock implements Clock {
  #time: Millis = 0;
  #wallShift: Millis = 0;
  /** A binary heap: the first is due first. */
  readonly #heap: Entry[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
  }

  now(): Millis {
    return epochMs + this.#time + this.#wallShift;
  }

  monotonic(): Millis {
    return this.#time;
  }

  /** Somebody sets the wall clock. */
  stepWall(byMs: Millis): void {
    this.#wallShift += byMs;
  }

  setTimer(at: Millis, fire: () => void): Timer {
    const entry: Entry = { at: Math.max(at, this.#time), lot: this.#random.next(), fire, cleared: false };
    this.#push(entry);
    return { clear: () => void (entry.cleared = true) };
  }

  after(ms: Millis, fire: () => void): Timer {
    return this.setTimer(this.#time + ms, fire);
  }

  /** Lets this much time pass. An error in what happens meanwhile ends it. */
  async advance(ms: Millis): Promise<void> {
    const until = this.#time + ms;
    await settled();
    while (this.#heap.length > 0 && this.#heap[0]!.at <= until) {
      const entry = this.#pop();
      if (entry.cleared) continue;
      this.#time = entry.at;
      entry.fire();
      await settled();
    }
    this.#time = until;
  }

  /**
   * Puts `performance.now` on this clock, for code that measures how long its own work takes: each look costs a few
   * microseconds, so that what is cut off by a deadline depends on the seed and not on the machine.
   */
  takePerformance(): Disposable {
    const before = Object.getOwnPropertyDescriptor(performance, "now");
    let extra = 0;
    const now = () => this.#time + (extra += 0.01 * this.#random.next());
    Object.defineProperty(performance, "now", { value: now, configurable: true, writable: true });
    return {
      [Symbol.dispose]() {
        if (before === undefined) Reflect.deleteProperty(performance, "now");
        else Object.defineProperty(performance, "now", before);
      },
    };
  }

  #push(entry: Entry): void {
    const heap = this.#heap;
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!earlier(entry, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  #pop(): Entry {
    const heap = this.#heap;
    const first = heap[0]!;
    const last = heap.pop()!;
    if (heap.length === 0) return first;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && earlier(heap[child + 1]!, heap[child]!)) child++;
      if (!earlier(heap[child]!, last)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = last;
    return first;
  }
}

function earlier(a: Entry, b: Entry): boolean {
  return a.at !== b.at ? a.at < b.at : a.lot < b.lot;
}

/** Resolves when no promise has anything left to do: a macrotask comes after all of them. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(() => resolve()));
}
