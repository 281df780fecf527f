/**
 * A peer that announced more prefixes than it may has no session for a while, or until somebody says so (RFC 4486 §4): to
 * let it in at once would bring the same table again, and the same end.
 */

import type { RibFact } from "../../rib/mod.ts";
import type { Clock, Timer } from "../../transport/mod.ts";

/** When a session may come again. */
export type HoldEnd = NonNullable<(RibFact & { kind: "sessionReset" })["restart"]>;

export class PeerHold {
  readonly #clock: Clock;
  readonly #over: () => void;
  #timer: Timer | undefined;
  #reason: string | undefined;

  /** `over` is called when the time is up. */
  constructor(clock: Clock, over: () => void) {
    this.#clock = clock;
    this.#over = over;
  }

  /** Why there is no session, and until when; `undefined`: nothing is held back. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** `text`: of which family how many. */
  begin(text: string, end: HoldEnd): void {
    this.clear();
    if (end.kind === "never") {
      this.#reason = `over max prefixes, until peer enable: ${text}`;
      return;
    }
    const ms = end.seconds * 1000;
    const at = new Date(this.#clock.now() + ms).toISOString().replace(/\.\d+Z$/, "Z");
    this.#reason = `over max prefixes, again at ${at}: ${text}`;
    this.#timer = this.#clock.setTimer(this.#clock.monotonic() + ms, () => {
      this.clear();
      this.#over();
    });
  }

  /** False where nothing was held back. */
  clear(): boolean {
    const was = this.#reason !== undefined;
    this.#timer?.clear();
    this.#timer = undefined;
    this.#reason = undefined;
    return was;
  }
}
