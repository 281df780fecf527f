/**
 * Holds a peer that announced more prefixes than it may: it has no session for a while, or until `bgpd peer enable`
 * (RFC 4486 §4). A session at once would bring the same table, and the same end.
 */

import type { RibFact } from "../../rib/mod.ts";
import type { Clock, Timer } from "../../transport/mod.ts";

/** When the peer may have a session again. */
export type HoldEnd = NonNullable<(RibFact & { kind: "sessionReset" })["restart"]>;

export class PeerHold {
  readonly #clock: Clock;
  readonly #onEnd: () => void;
  #timer: Timer | undefined;
  #reason: string | undefined;

  /** `onEnd` is called when the time is over. */
  constructor(clock: Clock, onEnd: () => void) {
    this.#clock = clock;
    this.#onEnd = onEnd;
  }

  /** Why there is no session, and until when; `undefined`: the peer is not held. */
  get reason(): string | undefined {
    return this.#reason;
  }

  /** `text`: the family, and how many prefixes. */
  begin(text: string, end: HoldEnd): void {
    this.clear();
    if (end.kind === "never") {
      this.#reason = `over max prefixes, until peer enable: ${text}`;
      return;
    }
    const ms = end.seconds * 1000;
    const at = new Date(this.#clock.now() + ms).toISOString().replace(/\.\d+Z$/, "Z");
    this.#reason = `over max prefixes, session starts again at ${at}: ${text}`;
    this.#timer = this.#clock.setTimer(this.#clock.monotonic() + ms, () => {
      this.clear();
      this.#onEnd();
    });
  }

  /** False where the peer was not held. */
  clear(): boolean {
    const was = this.#reason !== undefined;
    this.#timer?.clear();
    this.#timer = undefined;
    this.#reason = undefined;
    return was;
  }
}
