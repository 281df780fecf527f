/** One archive, on the main thread: what the RIB reports goes to its worker, and the log says what became of it. */

import type { ArchiveSettings } from "../../config/mod.ts";
import type { Clock, Timer } from "../../transport/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { Log } from "../log/log.ts";
import type { MonitorFeeds } from "../stations/feeds.ts";
import type { FromArchive, ToArchive } from "./archive_messages.ts";

/** How often the worker looks whether an interval is over. */
const tickMs: Millis = 1_000;
/** A table is taken so long after its time: changes until then are in the database. */
const tableDelayMs: Millis = 1_000;
const dayMs: Millis = 86_400_000;

export interface ArchiveServices {
  readonly clock: Clock;
  /** Wall-clock time. */
  readonly now: () => Millis;
  readonly log: Log;
  readonly feeds: MonitorFeeds;
  readonly database: string;
  /** Starts the worker. `onMessage` gets what it says. */
  readonly start: (onMessage: (message: FromArchive) => void) => ArchivePort;
}

export interface ArchivePort {
  post(message: ToArchive, transfer?: Transferable[]): void;
  terminate(): void;
}

/** How an archive stands, for metrics. */
export interface ArchiveStatus {
  readonly path: string;
  readonly isWriting: boolean;
  readonly files: number;
  readonly octets: number;
  /** How often records are missing, because the disk was too slow or full. */
  readonly gaps: number;
}

export class Archive {
  readonly config: ArchiveSettings;
  readonly #services: ArchiveServices;
  readonly #port: ArchivePort;
  #timer: Timer | undefined;
  #reader: number | undefined;
  /** Resolve as the worker has written what they wait for, in this order. */
  #writing: (() => void)[] = [];
  #isLapped = false;
  #isClosing = false;
  #reason: string | undefined;
  #files = 0;
  #octets = 0;
  #gaps = 0;
  /** The next table is that of this time. */
  #nextTable: Millis;
  #closed: (() => void) | undefined;

  constructor(config: ArchiveSettings, services: ArchiveServices) {
    this.config = config;
    this.#services = services;
    this.#port = services.start((message) => this.#handle(message));
    const { kind, path, intervalSeconds, maxAgeDays, maxMegabytes } = config;
    const terms = {
      kind,
      path,
      intervalMs: 1000 * intervalSeconds,
      maxAgeMs: maxAgeDays === undefined ? undefined : dayMs * maxAgeDays,
      maxBytes: maxMegabytes === undefined ? undefined : 1e6 * maxMegabytes,
    };
    const now = services.now();
    this.#nextTable = now - now % terms.intervalMs + terms.intervalMs;
    this.#port.post({ kind: "open", terms, now });
    if (kind === "updates") this.#read();
    this.#tick();
  }

  get status(): ArchiveStatus {
    return {
      path: this.config.path,
      isWriting: this.#reason === undefined,
      files: this.#files,
      octets: this.#octets,
      gaps: this.#gaps,
    };
  }

  /** Resolves when the records so far stand in a file. */
  async close(): Promise<void> {
    this.#timer?.clear();
    this.#isClosing = true;
    if (this.#reader !== undefined) await this.#services.feeds.drain(this.#reader);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#closed = resolve;
    this.#port.post({ kind: "close" });
    await promise;
    this.#port.terminate();
  }

  /** From now on, what peers send is archived. */
  #read(): void {
    const { peers, families } = this.config;
    const choice = { format: "mrt", tables: ["adj-in"], peers, families, dump: false, mirrors: false } as const;
    this.#isLapped = false;
    this.#reader = this.#services.feeds.open(choice, {
      write: (records) => {
        const { promise, resolve } = Promise.withResolvers<void>();
        this.#writing.push(resolve);
        this.#port.post({ kind: "append", records }, [records.buffer]);
        return promise;
      },
      lapped: () => {
        this.#gaps++;
        this.#isLapped = true;
        this.#services.log.error(`archive ${this.config.path}: records are missing from now on: the disk is too slow`);
        this.#goOn();
      },
    });
  }

  /** After a gap, once everything before it is written. */
  #goOn(): void {
    if (!this.#isLapped || this.#isClosing || this.#writing.length > 0) return;
    this.#services.log.info(`archive ${this.config.path}: records follow again`);
    this.#read();
  }

  #tick(): void {
    const { clock, now, database } = this.#services;
    const { kind, intervalSeconds, peers, families } = this.config;
    this.#timer = clock.setTimer(clock.monotonic() + tickMs, () => this.#tick());
    this.#port.post({ kind: "tick", now: now() });
    if (kind === "updates" || now() < this.#nextTable + tableDelayMs) return;
    this.#port.post({ kind: "table", at: this.#nextTable, table: { database, peers, families } });
    // Where the machine slept, the tables of that time are left out.
    const intervalMs = 1000 * intervalSeconds;
    this.#nextTable = now() - now() % intervalMs + intervalMs;
  }

  #handle(message: FromArchive): void {
    const { log } = this.#services, { path } = this.config;
    switch (message.kind) {
      case "appended":
        this.#writing.shift()?.();
        return this.#goOn();
      case "finished":
        this.#files++;
        this.#octets += message.octets;
        return log.debug(`archive ${path}: ${message.path} is whole: ${message.octets} octets`);
      case "deleted":
        for (const each of message.paths) log.debug(`archive ${path}: ${each} is deleted: max_age or max_size`);
        return;
      case "failing":
        if (message.reason === this.#reason) return;
        this.#reason = message.reason;
        if (message.reason === undefined) return log.info(`archive ${path}: files are written again`);
        return log.error(`archive ${path}: cannot be written: ${message.reason}; bgpd tries again each second`);
      case "closed":
        return this.#closed?.();
      default:
        message satisfies never;
    }
  }
}
