/**
 * This speaker restarts (RFC 4724 §4.1): what its OPENs say of it, and how long nothing is chosen and announced. A run goes on
 * from the one before where that ended without a word, `bgpd restart` or `kill -9`, and the database says that it is not
 * longer ago than its peers were told to wait.
 */

import { type FamilyId, type FamilyMask, familyMask } from "../../types/mod.ts";
import type { PeerConfig, RestartState } from "../../config/mod.ts";
import { Deferral, type Negotiated } from "../../session/mod.ts";
import type { EarlierRun } from "../../store/mod.ts";
import type { Clock, Timer } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToRib } from "../thread/messages.ts";

/** What peers say of their sessions while the restart is not over. */
export interface RestartWatch {
  stateOf(peerId: number): RestartState;
  established(peerId: number, negotiated: Negotiated): void;
  endOfRib(peerId: number, family: FamilyId): void;
  /** The peer is not expected any more. */
  forget(peerId: number): void;
}

export interface RestartServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly toRib: Post<ToRib>;
  /** From now on OPENs say that nothing is waited for. */
  readonly done: () => void;
}

const anew: RestartState = { restarting: false, forwarding: false };

export class Restart implements RestartWatch {
  readonly #services: RestartServices;
  /** Peers that still hold routes of the last run, as far as they were told to. */
  readonly #keeping = new Set<number>();
  #deferral: Deferral | undefined;
  #timer: Timer | undefined;

  constructor(services: RestartServices) {
    this.#services = services;
  }

  /**
   * Before the first session. Gives the families in which nothing is to be chosen yet: those of peers that had a session when
   * the last run ended.
   */
  begin(
    earlier: EarlierRun | undefined,
    peers: readonly { readonly id: number; readonly config: PeerConfig }[],
    deferralSeconds: number,
  ): FamilyMask {
    const { clock, log } = this.#services;
    if (earlier === undefined) return 0;
    const there = peers.filter(({ id, config }) => config.enabled && earlier.established.includes(id));
    for (const { id, config: { gracefulRestart, restartSeconds } } of there) {
      if (gracefulRestart === "full" && earlier.silentMs <= 1000 * restartSeconds) this.#keeping.add(id);
    }
    if (this.#keeping.size === 0) return 0;
    const waited = there.filter(({ config }) => config.gracefulRestart !== "off");
    const families = familyMask(waited.flatMap(({ config }) => config.families));
    this.#deferral = new Deferral(families, new Map(waited.map(({ id, config }) => [id, familyMask(config.families)])));
    log.info(
      `graceful restart after ${(earlier.silentMs / 1000).toFixed(1)} s: routes are chosen and announced when ` +
        `${count(waited.length, "peer has", "peers have")} told theirs, after ${deferralSeconds} s at the latest`,
    );
    this.#timer = clock.setTimer(clock.monotonic() + 1000 * deferralSeconds, () => {
      log.warn(
        `graceful restart: ${count(this.#deferral!.peers.length, "peer has", "peers have")} not told all in time`,
      );
      this.#select(this.#deferral!.expire());
    });
    return families;
  }

  stateOf(peerId: number): RestartState {
    if (!this.#keeping.has(peerId)) return anew;
    return { restarting: this.#deferral !== undefined, forwarding: true };
  }

  established(peerId: number, negotiated: Negotiated): void {
    this.#deferral?.established(peerId, negotiated);
    this.#look();
  }

  endOfRib(peerId: number, family: FamilyId): void {
    this.#deferral?.endOfRib(peerId, family);
    this.#look();
  }

  forget(peerId: number): void {
    this.#deferral?.forget(peerId);
    this.#look();
  }

  /** The daemon ends. */
  stop(): void {
    this.#timer?.clear();
    this.#deferral = undefined;
  }

  #look(): void {
    if (this.#deferral !== undefined) this.#select(this.#deferral.takeReady());
  }

  #select(families: FamilyMask): void {
    if (families !== 0) this.#services.toRib({ kind: "select", families });
    if (this.#deferral?.pending !== 0) return;
    this.stop();
    this.#services.log.info("graceful restart: routes are chosen and announced now");
    this.#services.done();
  }
}

function count(number: number, one: string, more: string): string {
  return `${number} ${number === 1 ? one : more}`;
}
