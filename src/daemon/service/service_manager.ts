/**
 * What bgpd tells the program that started it as a service, usually systemd: sd_notify(3). Nothing where no such
 * program listens (`NOTIFY_SOCKET` is not set).
 */

import type { Millis } from "../../types/mod.ts";
import { type DatagramSender, openDatagramSender, systemClock } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import { Watchdog, type WatchedThread } from "./watchdog.ts";

/** How often the status is written, where it changed. */
const statusEveryMs = 5_000;
/** How often in each period of the watchdog bgpd gives a sign of life. */
const checksInPeriod = 4;

/** The environment variables of the service manager, `undefined` where they are not set. */
export interface ServiceEnvironment {
  readonly notifySocket: string | undefined;
  /** Microseconds, as text. */
  readonly watchdog: string | undefined;
  /** The process that the watchdog is for. */
  readonly watchdogPid: string | undefined;
}

export function serviceEnvironment(): ServiceEnvironment {
  return {
    notifySocket: Deno.env.get("NOTIFY_SOCKET"),
    watchdog: Deno.env.get("WATCHDOG_USEC"),
    watchdogPid: Deno.env.get("WATCHDOG_PID"),
  };
}

export class ServiceManager {
  readonly #sender: DatagramSender | undefined;
  readonly #watchdog: Watchdog;
  readonly #timers: ReturnType<typeof setInterval>[] = [];
  #status: () => string = () => "";
  #writtenStatus = "";
  #isReady = false;
  /** The newest message that the service manager had no room for. */
  #unsent: string | undefined;
  /** The period of the watchdog; `undefined`: there is none. */
  readonly watchdogMs: Millis | undefined;

  constructor(log: Log, environment: ServiceEnvironment = serviceEnvironment(), pid: number = Deno.pid) {
    this.#sender = openSender(environment.notifySocket, log);
    this.watchdogMs = this.#sender === undefined ? undefined : watchdogPeriod(environment, pid);
    this.#watchdog = new Watchdog({
      monotonic: () => systemClock.monotonic(),
      // A lost sign of life does no harm: several come in each period.
      alive: () => void this.#sender?.send("WATCHDOG=1"),
      error: (text) => log.error(text),
    });
    if (this.watchdogMs !== undefined) {
      this.#timers.push(setInterval(() => this.#watchdog.check(), this.watchdogMs / checksInPeriod));
    }
    if (this.#sender !== undefined) this.#timers.push(setInterval(() => this.#writeStatus(), statusEveryMs));
  }

  /** bgpd listens and has loaded its tables. */
  ready(): void {
    this.#isReady = true;
    this.#send(`READY=1\nSTATUS=${this.#writtenStatus = this.#status()}`);
  }

  /** A restart begins; {@link ready} ends it. */
  restarting(): void {
    this.#send("RELOADING=1");
  }

  /** A reload begins; it is over when the result is disposed of. Nothing before {@link ready}: the start goes on. */
  reload(): Disposable {
    if (this.#isReady) this.#send("RELOADING=1");
    return { [Symbol.dispose]: () => this.#isReady ? this.ready() : undefined };
  }

  stopping(): void {
    this.#isReady = false;
    this.#send("STOPPING=1\nSTATUS=ending sessions, writing the last rows");
  }

  /** From now on the status is what `status` gives: one line. */
  describe(status: () => string): void {
    this.#status = status;
    this.#writeStatus();
  }

  /** Signs of life depend on these threads from now on. */
  watch(threads: readonly WatchedThread[]): void {
    this.#watchdog.watch(threads);
  }

  /** A watched thread answered. */
  answered(name: string): void {
    this.#watchdog.answered(name);
  }

  close(): void {
    for (const timer of this.#timers) clearInterval(timer);
  }

  #writeStatus(): void {
    if (this.#unsent !== undefined) this.#send(this.#unsent);
    const status = this.#status();
    // Behind a message that waits: STATUS must not take the place of READY.
    if (this.#unsent !== undefined || status === this.#writtenStatus) return;
    this.#writtenStatus = status;
    this.#send(`STATUS=${status}`);
  }

  /** Each state is sent until it arrives: without READY=1, systemd would end a healthy bgpd after TimeoutStartSec. */
  #send(text: string): void {
    this.#unsent = this.#sender?.send(text) === false ? text : undefined;
  }
}

function openSender(path: string | undefined, log: Log): DatagramSender | undefined {
  if (path === undefined || path === "") return undefined;
  try {
    return openDatagramSender(path);
  } catch (error) {
    log.warn(`cannot notify the service manager at ${path}: ${error instanceof Error ? error.message : error}`);
    return undefined;
  }
}

/** `undefined` where there is no watchdog, or where it is for another process (sd_watchdog_enabled(3)). */
function watchdogPeriod({ watchdog, watchdogPid }: ServiceEnvironment, pid: number): Millis | undefined {
  const microseconds = Number(watchdog ?? NaN);
  if (!(microseconds > 0)) return undefined;
  if (watchdogPid !== undefined && Number(watchdogPid) !== pid) return undefined;
  return microseconds / 1000;
}
