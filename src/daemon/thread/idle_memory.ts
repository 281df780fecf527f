/**
 * Memory that a crowd has left behind. V8 collects when it needs room, and a thread that idles needs none: after
 * thousands of connections that said nothing 120 MB stayed for good, after 100,000 announcements more. So each thread
 * collects once it is quiet after much came and went. While it is busy V8 does it: a collection would hold up what
 * comes, by half a second on a busy machine.
 */

import { returnFreePages } from "./allocator.ts";

const everyMs = 10_000;
/** So much has to have come or gone since the last collection, in one thread. */
const movedBytes = 8 * 2 ** 20;
/** A thread is quiet that moves less between two looks: timers and counters of an idle daemon take some 100 kB. */
const quietBytes = 3 * 2 ** 20;
/**
 * What the first collection frees holds memory of SQLite and of sockets, which the second gets rid of. With the third
 * the free pages that the other threads left go back to the system.
 */
const collections = 3;

export class IdleMemory {
  #interval: ReturnType<typeof setInterval> | undefined;
  /** In use after the last collection; at the first look there is nothing to compare with. */
  #kept: number | undefined;
  #before = 0;
  #due = 0;

  begin(): void {
    const { gc } = globalThis as { gc?: () => void };
    // Without the flag --expose-gc V8 decides alone.
    if (gc === undefined) return;
    const collect = () => {
      gc();
      // Pages of all threads; the main thread alone can.
      returnFreePages();
    };
    this.#interval = setInterval(() => this.look(used, collect), everyMs);
  }

  /** One look, at what is in use, in octets, and a collection where it is due. */
  look(inUse: () => number, collect: () => void): void {
    const now = inUse();
    if (this.#kept === undefined) this.#kept = this.#before = now;
    const moved = Math.abs(now - this.#before);
    this.#before = now;
    if (moved >= quietBytes || Math.abs(now - this.#kept) >= movedBytes) this.#due = collections;
    if (moved >= quietBytes || this.#due === 0) return;
    this.#due--;
    collect();
    this.#kept = this.#before = inUse();
  }

  stop(): void {
    clearInterval(this.#interval);
  }
}

function used(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
