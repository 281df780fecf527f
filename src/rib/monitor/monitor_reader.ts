/**
 * One reader of the monitor: first the sessions that are up, then the tables as they are and what changes meanwhile, in
 * an order that makes the last word of each route the right one. The reader pulls; it costs a place in the ring.
 */

import type { MonitoredMessages, MonitoredSession, MonitorEntry } from "./entry.ts";
import type { MonitorChoice } from "./monitor_choice.ts";
import { chooses } from "./monitor_choice.ts";
import type { MonitorRing } from "./monitor_ring.ts";

export class MonitorReader {
  readonly choice: MonitorChoice;
  readonly #ring: MonitorRing;
  /** What the reader gets before anything else: what comes later may change it. */
  #first: MonitorEntry[];
  #dump: Iterator<MonitorEntry[]> | undefined;
  /** The sessions whose tables the dump has. */
  #dumped: ReadonlySet<MonitoredSession>;
  #position: number;
  #dumpIsNext = false;

  constructor(
    choice: MonitorChoice,
    ring: MonitorRing,
    first: MonitorEntry[],
    dump: Iterator<MonitorEntry[]> | undefined,
  ) {
    this.choice = choice;
    this.#ring = ring;
    this.#first = first;
    this.#dump = dump;
    const ups = dump === undefined ? [] : first;
    this.#dumped = new Set(ups.flatMap((entry) => entry.kind === "up" ? [entry.session] : []));
    this.#position = ring.end;
  }

  /** The number of the next entry of the ring that the reader reads. */
  get position(): number {
    return this.#position;
  }

  /** Entries that the reader had not read left the ring: what it got is incomplete from here on. */
  get isLapped(): boolean {
    return this.#ring.isLapped(this.#position);
  }

  /** The reader has not got all tables of the start. */
  get isDumping(): boolean {
    return this.#dump !== undefined;
  }

  /**
   * An End-of-RIB in these messages would come too early: the reader has yet to get the tables of this session, with
   * their own.
   */
  isEarly({ isDump, session }: MonitoredMessages): boolean {
    return isDump === undefined && session !== undefined && this.#dumped.has(session);
  }

  /** What comes next; `undefined`: nothing does now. */
  next(): MonitorEntry | undefined {
    const first = this.#first.shift();
    if (first !== undefined) return first;
    // Neither waits for the other: peers may always have something to say.
    this.#dumpIsNext = !this.#dumpIsNext;
    if (this.#dumpIsNext) return this.#nextOfDump() ?? this.#nextOfRing();
    return this.#nextOfRing() ?? this.#nextOfDump();
  }

  #nextOfRing(): MonitorEntry | undefined {
    for (;;) {
      const entry = this.isLapped ? undefined : this.#ring.at(this.#position);
      if (entry === undefined) return undefined;
      this.#position++;
      if (chooses(this.choice, entry)) return entry;
    }
  }

  #nextOfDump(): MonitorEntry | undefined {
    while (this.#dump !== undefined) {
      const { value, done } = this.#dump.next();
      if (done === true) this.#endDump();
      else if (value.length > 0) {
        this.#first = value;
        return this.#first.shift();
      }
    }
    return undefined;
  }

  #endDump(): void {
    this.#dump = undefined;
    this.#dumped = new Set();
  }
}
