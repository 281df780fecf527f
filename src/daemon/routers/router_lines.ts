/**
 * Lines of the log about routers. A router can cause a line with each message, and whoever connects again and again can
 * with each connection, so each address has limits. Lines about connections have one of their own: a thousand peers
 * that come up must not hide that their router went.
 */

import type { Clock } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import { RateLimiter } from "../log/rate_limiter.ts";

/** So many lines at once, then so many a second. */
const limitsOf = {
  connection: { atOnce: 30, perSecond: 1 / 10 },
  /** About peers, and about messages that were not used. */
  report: { atOnce: 100, perSecond: 1 },
  /** Of all addresses together. */
  refusal: { atOnce: 5, perSecond: 1 / 60 },
} as const;

/** How many addresses are remembered; the one whose last line is the oldest is forgotten first. */
const rememberedAddresses = 1_000;

interface Lines {
  readonly connection: RateLimiter;
  readonly report: RateLimiter;
  /** Lines that were left out since the last one. */
  left: number;
}

export class RouterLines {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, Lines>();
  readonly #refusals: RateLimiter;
  #refusalsLeft = 0;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#refusals = this.#limiter("refusal");
  }

  /** `name`: of the router at this address. */
  write(kind: "connection" | "report", level: "info" | "warn", address: string, name: string, text: string): void {
    const lines = this.#linesOf(address);
    if (!lines[kind].take(this.#clock.monotonic())) {
      lines.left++;
      return;
    }
    const left = lines.left === 0 ? "" : ` (${lines.left} lines about this router were left out before)`;
    lines.left = 0;
    this.#log[level](`router ${name}: ${text}${left}`);
  }

  refused(address: string, reason: string): void {
    if (!this.#refusals.take(this.#clock.monotonic())) {
      this.#refusalsLeft++;
      return;
    }
    const left = this.#refusalsLeft === 0 ? "" : ` (${this.#refusalsLeft} more were refused before)`;
    this.#refusalsLeft = 0;
    this.#log.warn(`connection from ${address} to bmp_socket refused: ${reason}${left}`);
  }

  #linesOf(address: string): Lines {
    const known = this.#byAddress;
    const lines = known.get(address) ??
      { connection: this.#limiter("connection"), report: this.#limiter("report"), left: 0 };
    known.delete(address);
    known.set(address, lines);
    if (known.size > rememberedAddresses) known.delete(known.keys().next().value!);
    return lines;
  }

  #limiter(kind: keyof typeof limitsOf): RateLimiter {
    const { atOnce, perSecond } = limitsOf[kind];
    return new RateLimiter(atOnce, perSecond, this.#clock.monotonic());
  }
}
