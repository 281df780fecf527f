/**
 * Lines of the log about routers. A router can cause a line with each message, and whoever connects again and again can
 * with each connection: so each address has so many lines at once, and then one a second.
 */

import type { Clock } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import { RateLimiter } from "../log/rate_limiter.ts";

const linesAtOnce = 100, linesPerSecond = 1;
/** How many addresses are remembered; the one whose last line is the oldest is forgotten first. */
const rememberedAddresses = 1_000;

/** Lines about connections that are refused, of all addresses together. */
const refusalsAtOnce = 5, refusalsPerSecond = 1 / 60;

interface Lines {
  readonly limiter: RateLimiter;
  /** Lines that were left out since the last one. */
  left: number;
}

export class RouterLines {
  readonly #log: Log;
  readonly #clock: Clock;
  readonly #byAddress = new Map<string, Lines>();
  readonly #refusals: Lines;

  constructor(log: Log, clock: Clock) {
    this.#log = log;
    this.#clock = clock;
    this.#refusals = { limiter: new RateLimiter(refusalsAtOnce, refusalsPerSecond, clock.monotonic()), left: 0 };
  }

  info(address: string, name: string, text: string): void {
    const line = this.#take(this.#linesOf(address), `router ${name}: ${text}`);
    if (line !== undefined) this.#log.info(line);
  }

  warn(address: string, name: string, text: string): void {
    const line = this.#take(this.#linesOf(address), `router ${name}: ${text}`);
    if (line !== undefined) this.#log.warn(line);
  }

  refused(address: string, reason: string): void {
    const line = this.#take(this.#refusals, `connection from ${address} to bmp_socket refused: ${reason}`);
    if (line !== undefined) this.#log.warn(line);
  }

  #take(lines: Lines, text: string): string | undefined {
    if (!lines.limiter.take(this.#clock.monotonic())) {
      lines.left++;
      return undefined;
    }
    const { left } = lines;
    lines.left = 0;
    return left === 0 ? text : `${text} (${left} lines like this were left out before)`;
  }

  #linesOf(address: string): Lines {
    const known = this.#byAddress;
    const limiter = () => new RateLimiter(linesAtOnce, linesPerSecond, this.#clock.monotonic());
    const lines = known.get(address) ?? { limiter: limiter(), left: 0 };
    known.delete(address);
    known.set(address, lines);
    if (known.size > rememberedAddresses) known.delete(known.keys().next().value!);
    return lines;
  }
}
