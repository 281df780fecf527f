/**
 * Members of networks come and go, and whoever has gone for long is forgotten: a network that thousands of addresses tried
 * in turn must not cost a peer for each of them.
 */

import type { Clock, Timer } from "../../transport/mod.ts";
import type { Peer } from "./peer.ts";

/** How long one that had a session is expected back, and one that never came so far. */
const memberMs = 3_600_000;
const strangerMs = 60_000;

const sweepEveryMs = 15_000;

export interface Members {
  readonly members: () => readonly Peer[];
  /** True of one that never had a session. */
  readonly isStranger: (member: Peer) => boolean;
  readonly forget: (member: Peer) => void;
}

export class MemberSweep {
  readonly #clock: Clock;
  readonly #world: Members;
  #timer: Timer | undefined;

  constructor(clock: Clock, world: Members) {
    this.#clock = clock;
    this.#world = world;
  }

  /** To be called when there is a new member: the sweep goes on for as long as there are any. */
  watch(): void {
    this.#timer ??= this.#clock.setTimer(this.#clock.monotonic() + sweepEveryMs, () => {
      this.#timer = undefined;
      const { members, forget } = this.#world;
      for (const member of members()) if (this.#isLongGone(member)) forget(member);
      if (members().length > 0) this.watch();
    });
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #isLongGone(member: Peer): boolean {
    const { awaySince, enabled, config } = member;
    // What somebody enabled or disabled by command is kept in mind.
    if (awaySince === undefined || enabled !== config.enabled) return false;
    return this.#clock.now() - awaySince >= (this.#world.isStranger(member) ? strangerMs : memberMs);
  }
}
