/**
 * Frees memory once a thread is idle. V8 collects garbage when it needs memory, and an idle thread needs none: after
 * thousands of connections without an OPEN 120 MB stayed allocated, after 100,000 announcements more. So each thread
 * runs the garbage collection itself once it is quiet after much work. While a thread is busy, that is left to V8: a
 * collection would delay the work by up to half a second.
 */

import { returnFreePages } from "./allocator.ts";
import { letGoOfProgramPages } from "./program_pages.ts";

const everyMs = 10_000;
/** The start leaves garbage: it is collected once the thread has started, which takes 5 to 15 ms. */
const afterStartMs = 100;
/** A collection is due when the memory in use has changed by so much since the last one, in one thread. */
const movedBytes = 8 * 2 ** 20;
/** A thread is quiet when less than this changes between two checks. An idle daemon changes some 100 kB. */
const quietBytes = 3 * 2 ** 20;
/**
 * How often in a row. The first collection frees objects that hold memory of SQLite and of sockets, and the second
 * frees that memory. With the third, the free pages of the other threads go back to the system.
 */
const collections = 3;

export class IdleMemory {
  #interval: ReturnType<typeof setInterval> | undefined;
  #afterStart: ReturnType<typeof setTimeout> | undefined;
  /** In use after the last collection, octets; `undefined` before the first check. */
  #kept: number | undefined;
  /** In use at the last check, octets. */
  #before = 0;
  /** Collections that are still to be made. */
  #due = 0;

  /** `release`: lets go of memory that the thread does not need any more, before a collection. */
  begin(release: () => void = () => {}): void {
    const gc = collector();
    if (gc === undefined) return;
    const collect = () => {
      release();
      gc();
      // These cover all threads, and work in the main thread only.
      returnFreePages();
      letGoOfProgramPages();
    };
    this.#afterStart = setTimeout(() => {
      collect();
      // The first seconds use code and memory that later ones do not.
      this.#due = Math.max(this.#due, 1);
    }, afterStartMs);
    this.#watch(ofThread, collect);
  }

  /** In the main thread: returns free pages also where the memory of another thread changed. */
  beginForProcess(): void {
    this.#watch(ofProcess, returnFreePages);
  }

  #watch(inUse: () => number, collect: () => void): void {
    this.check(inUse, collect);
    this.#interval = setInterval(() => this.check(inUse, collect), everyMs);
  }

  /** Checks how many octets are in use, and runs a collection where one is due. */
  check(inUse: () => number, collect: () => void): void {
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
    clearTimeout(this.#afterStart);
    clearInterval(this.#interval);
  }
}

/** Runs a whole collection in this thread; `undefined` without the flag --expose-gc: then only V8 decides. */
export function collector(): (() => void) | undefined {
  return (globalThis as { gc?: () => void }).gc;
}

function ofProcess(): number {
  return Deno.memoryUsage().rss;
}

function ofThread(): number {
  const { heapUsed, external } = Deno.memoryUsage();
  return heapUsed + external;
}
