/** Connects to a router that waits for its station, and connects again where the connection is lost. */

import type { RouterSettings } from "../../config/mod.ts";
import type { Clock, Connection } from "../../transport/mod.ts";
import type { Millis } from "../../types/mod.ts";
import { DeadlineTimer } from "../peer/deadline_timer.ts";

/** RFC 7854 §3.2, for the side that connects: "an initial retry interval of 30 seconds", at most 720. */
const firstRetrySeconds = 30;
const longestRetrySeconds = 720;

export interface RouterDialServices {
  readonly clock: Clock;
  readonly dial: (router: RouterSettings, signal: AbortSignal) => Promise<Connection>;
  readonly connected: (connection: Connection) => void;
  /** `isFirst`: since the last connection, or since the start. */
  readonly failed: (reason: string, retrySeconds: number, isFirst: boolean) => void;
}

export class RouterDial {
  readonly router: RouterSettings;
  readonly #services: RouterDialServices;
  readonly #timer: DeadlineTimer;
  #retryAt: Millis = 0;
  #retrySeconds = firstRetrySeconds;
  #isReported = false;
  #attempt: AbortController | undefined;

  constructor(router: RouterSettings, services: RouterDialServices) {
    this.router = router;
    this.#services = services;
    this.#timer = new DeadlineTimer(services.clock, () => this.#tick());
    this.#dial();
  }

  /** The connection that this dialled is closed. */
  lost(): void {
    if (this.#attempt !== undefined) this.#wait();
  }

  stop(): void {
    this.#timer.clear();
    this.#attempt?.abort();
    this.#attempt = undefined;
  }

  /** The router has said who it is: until then, an open connection is no success. */
  succeeded(): void {
    this.#retrySeconds = firstRetrySeconds;
  }

  #tick(): void {
    if (this.#services.clock.monotonic() < this.#retryAt) return this.#timer.arm(this.#retryAt);
    this.#dial();
  }

  #dial(): void {
    const attempt = this.#attempt = new AbortController();
    this.#services.dial(this.router, attempt.signal).then(
      (connection) => {
        if (this.#attempt !== attempt) return connection.close();
        this.#isReported = false;
        this.#services.connected(connection);
      },
      (error) => {
        if (this.#attempt !== attempt) return;
        const isFirst = !this.#isReported;
        this.#isReported = true;
        this.#services.failed(error instanceof Error ? error.message : String(error), this.#retrySeconds, isFirst);
        this.#wait();
      },
    );
  }

  #wait(): void {
    this.#retryAt = this.#services.clock.monotonic() + 1000 * this.#retrySeconds;
    this.#retrySeconds = Math.min(longestRetrySeconds, 2 * this.#retrySeconds);
    this.#timer.arm(this.#retryAt);
  }
}
