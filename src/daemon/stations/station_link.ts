/** The connection to one station: dials, reports, and dials again where the connection is lost or too slow. */

import type { StationSettings } from "../../config/mod.ts";
import { BmpTerminationInfo, BmpTerminationReason, encodeBmp } from "../../bmp/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { Clock, Connection } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import { DeadlineTimer } from "../peer/deadline_timer.ts";
import type { MonitorFeeds } from "./feeds.ts";

/** RFC 7854 §3.2: "a default maximum retry interval of 720 seconds". */
const longestRetrySeconds = 720;

export interface StationServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly feeds: MonitorFeeds;
  readonly dial: (station: StationSettings, signal: AbortSignal) => Promise<Connection>;
  /** sysName and sysDescr of the Initiation. */
  readonly name: string;
  readonly description: string;
}

/** How a station stands, for metrics. */
export interface StationStatus {
  readonly name: string;
  readonly isUp: boolean;
  readonly octets: number;
  /** How often the connection was lost or could not be opened. */
  readonly failures: number;
  /** How often the station read too slowly. */
  readonly lapped: number;
}

interface Attempt {
  readonly abort: AbortController;
  connection?: Connection;
  reader?: number;
}

export class StationLink {
  readonly config: StationSettings;
  readonly #services: StationServices;
  readonly #timer: DeadlineTimer;
  #retryAt: Millis = 0;
  #retrySeconds: number;
  #current: Attempt | undefined;
  #octets = 0;
  #failures = 0;
  #lapped = 0;
  #isReported = false;

  constructor(config: StationSettings, services: StationServices) {
    this.config = config;
    this.#services = services;
    this.#retrySeconds = config.retrySeconds;
    this.#timer = new DeadlineTimer(services.clock, () => this.#tick());
    this.#dial();
  }

  get status(): StationStatus {
    const isUp = this.#current?.connection !== undefined;
    const { name } = this.config;
    return { name, isUp, octets: this.#octets, failures: this.#failures, lapped: this.#lapped };
  }

  /** Ends the connection (RFC 7854 §4.5). Nothing is dialled any more. */
  close(): void {
    this.#timer.clear();
    const current = this.#current;
    this.#end(current);
    const information = [{ type: BmpTerminationInfo.reason, value: Uint8Array.of(0, BmpTerminationReason.closed) }];
    current?.connection?.write(encodeBmp({ kind: "termination", information })).catch(() => {});
    current?.connection?.close();
  }

  #tick(): void {
    if (this.#services.clock.monotonic() < this.#retryAt) return this.#timer.arm(this.#retryAt);
    this.#dial();
  }

  #dial(): void {
    const attempt: Attempt = { abort: new AbortController() };
    this.#current = attempt;
    this.#services.dial(this.config, attempt.abort.signal).then(
      (connection) => this.#current === attempt ? this.#connected(attempt, connection) : connection.close(),
      (error) => this.#failed(attempt, error instanceof Error ? error.message : String(error)),
    );
  }

  #connected(attempt: Attempt, connection: Connection): void {
    const { log, feeds, name, description } = this.#services;
    const { tables, peers, families, mirrors, statisticsSeconds } = this.config;
    log.info(`station ${this.config.name}: connected`);
    this.#isReported = false;
    attempt.connection = connection;
    const choice = { tables, peers, families, mirrors, dump: true, statisticsMs: 1000 * statisticsSeconds };
    attempt.reader = feeds.open({ ...choice, name, description }, {
      write: async (bytes) => {
        try {
          await connection.write(bytes);
          this.#octets += bytes.length;
          // Until the station reads, an open connection is no success.
          this.#retrySeconds = this.config.retrySeconds;
        } catch {
          // The reading side gets the same error.
        }
      },
      lapped: () => {
        this.#lapped++;
        this.#failed(attempt, "it reads too slowly and has missed changes: it will get the tables again");
      },
    });
    void this.#watch(attempt, connection);
  }

  /** A station sends nothing; what it sends all the same is ignored (RFC 7854 §3.2). */
  async #watch(attempt: Attempt, connection: Connection): Promise<void> {
    const buffer = new Uint8Array(1024);
    let reason = "the station closed the connection";
    try {
      while (await connection.read(buffer) !== null);
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    this.#failed(attempt, reason);
  }

  #failed(attempt: Attempt, reason: string): void {
    if (this.#current !== attempt) return;
    this.#end(attempt);
    attempt.connection?.close();
    this.#failures++;
    const { log, clock } = this.#services;
    const text = `station ${this.config.name}: ${reason}; the next attempt is in ${this.#retrySeconds} s`;
    // A station that is away for long has one line.
    if (this.#isReported) log.debug(text);
    else log.warn(text);
    this.#isReported = true;
    this.#retryAt = clock.monotonic() + 1000 * this.#retrySeconds;
    this.#retrySeconds = Math.min(longestRetrySeconds, 2 * this.#retrySeconds);
    this.#timer.arm(this.#retryAt);
  }

  #end(attempt: Attempt | undefined): void {
    if (this.#current === attempt) this.#current = undefined;
    attempt?.abort.abort();
    if (attempt?.reader !== undefined) this.#services.feeds.close(attempt.reader);
  }
}
