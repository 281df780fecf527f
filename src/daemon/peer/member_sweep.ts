/**
 * Removes members of networks that have been away for long: thousands of addresses of a network may connect one after
 * the other, and not each of them may cost a peer forever.
 */

import type { Clock, Timer } from "../../transport/mod.ts";
import type { Peer } from "./peer.ts";

/** How long a member is kept that had a session, and one that never had one. */
const memberMs = 3_600_000;
const strangerMs = 60_000;

const sweepEveryMs = 15_000;

export interface Members {
  readonly members: () => readonly Peer[];
  /** True of a member that never had a session. */
  readonly isStranger: (member: Peer) => boolean;
  readonly remove: (member: Peer) => void;
}

export class MemberSweep {
  readonly #clock: Clock;
  readonly #network: Members;
  #timer: Timer | undefined;

  constructor(clock: Clock, network: Members) {
    this.#clock = clock;
    this.#network = network;
  }

  /** Call it when there is a new member: the sweep runs while there are members. */
  watch(): void {
    this.#timer ??= this.#clock.setTimer(this.#clock.monotonic() + sweepEveryMs, () => {
      this.#timer = undefined;
      const { members, remove } = this.#network;
      for (const member of members()) if (this.#isLongGone(member)) remove(member);
      if (members().length > 0) this.watch();
    });
  }

  stop(): void {
    this.#timer?.clear();
    this.#timer = undefined;
  }

  #isLongGone(member: Peer): boolean {
    const { awaySince, enabled, config } = member;
    // A member that a command enabled or disabled stays.
    if (awaySince === undefined || enabled !== config.enabled) return false;
    return this.#clock.now() - awaySince >= (this.#network.isStranger(member) ? strangerMs : memberMs);
  }
}
