/**
 * Tells the service manager that bgpd makes progress. The main thread asks the other threads, and says so only if they
 * answered: a thread that hangs lets the watchdog of systemd expire, which starts bgpd again. A thread that reports
 * failures, for example of a full disk, answers: a restart would not help.
 */

import type { Millis } from "../../types/mod.ts";

/** A thread that must answer. */
export interface WatchedThread {
  readonly name: string;
  /** A thread that has not answered for so long stops the signs of life. */
  readonly patienceMs: Millis;
  /** Asks the thread, which answers after its earlier work; then somebody calls {@link Watchdog.answered}. */
  readonly ask: () => void;
}

export interface WatchdogPorts {
  readonly monotonic: () => Millis;
  /** Gives a sign of life. */
  readonly alive: () => void;
  /** Takes a sentence for the log. */
  readonly error: (text: string) => void;
}

export class Watchdog {
  readonly #ports: WatchdogPorts;
  /** By name: since when an answer is due; `undefined`: none is. */
  readonly #threads = new Map<string, { readonly thread: WatchedThread; since: Millis | undefined }>();
  /** The last check gave no sign of life. */
  #isSilent = false;

  constructor(ports: WatchdogPorts) {
    this.#ports = ports;
  }

  /** Watches these threads from now on, and no others. */
  watch(threads: readonly WatchedThread[]): void {
    this.#threads.clear();
    for (const thread of threads) this.#threads.set(thread.name, { thread, since: undefined });
  }

  /** Call it several times in each period of the watchdog. */
  check(): void {
    const now = this.#ports.monotonic();
    for (const watched of this.#threads.values()) {
      if (watched.since !== undefined) continue;
      watched.since = now;
      watched.thread.ask();
    }
    this.#report(now);
  }

  answered(name: string): void {
    const watched = this.#threads.get(name);
    if (watched === undefined) return;
    watched.since = undefined;
    if (this.#isSilent) this.#report(this.#ports.monotonic());
  }

  #report(now: Millis): void {
    const silent = [...this.#threads.values()].find(({ thread, since }) => now - (since ?? now) > thread.patienceMs);
    if (silent === undefined) {
      this.#isSilent = false;
      return this.#ports.alive();
    }
    if (this.#isSilent) return;
    this.#isSilent = true;
    const seconds = Math.round((now - (silent.since ?? now)) / 1000);
    this.#ports.error(
      `the ${silent.thread.name} thread has not answered for ${seconds} s: ` +
        "if it stays silent, the service manager starts bgpd again",
    );
  }
}
