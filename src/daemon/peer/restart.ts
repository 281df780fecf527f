/**
 * The graceful restart of this speaker (RFC 4724 §4.1): what its OPENs say, and for how long it neither selects nor
 * advertises routes. A run goes on from the one before if that ended without a NOTIFICATION (`bgpd restart`, `kill
 * -9`), and if it is not longer ago than the Restart Time that the peers were given.
 */

import { type FamilyId, type FamilyMask, familyMask } from "../../types/mod.ts";
import type { PeerConfig, RestartState } from "../../config/mod.ts";
import { Deferral, type Negotiated } from "../../session/mod.ts";
import type { EarlierRun } from "../../store/mod.ts";
import type { Clock, Timer } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToRib } from "../thread/messages.ts";

/** What peers report of their sessions during the restart, and what they ask. */
export interface RestartWatch {
  stateOf(peerId: number): RestartState;
  established(peerId: number, negotiated: Negotiated): void;
  endOfRib(peerId: number, family: FamilyId): void;
  /** The restart does not wait for this peer any more. */
  forget(peerId: number): void;
}

export interface RestartServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly toRib: Post<ToRib>;
  /** The restart is over: the next OPENs say so. */
  readonly done: () => void;
}

const noRestart: RestartState = { restarting: false, forwarding: false };

export class Restart implements RestartWatch {
  readonly #services: RestartServices;
  /** Peers that still keep our routes of the last run. */
  readonly #keeping = new Set<number>();
  #deferral: Deferral | undefined;
  #timer: Timer | undefined;

  constructor(services: RestartServices) {
    this.#services = services;
  }

  /**
   * Call it before the first session. Returns the families whose routes are not selected yet: those of the peers that
   * had a session when the last run ended.
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
    const masks = new Map(waited.map(({ id, config }) => [id, familyMask(config.families)]));
    const deferral = this.#deferral = new Deferral(families, masks);
    const awaySeconds = (earlier.silentMs / 1000).toFixed(1);
    log.info(
      `graceful restart: bgpd was away for ${awaySeconds} s; it selects and advertises routes when ` +
        `${peerCount(waited.length)} sent End-of-RIB, in ${deferralSeconds} s at the latest`,
    );
    this.#timer = clock.setTimer(clock.monotonic() + 1000 * deferralSeconds, () => {
      log.warn(
        `graceful restart: ${peerCount(deferral.peers.length)} not sent End-of-RIB within ` +
          `${deferralSeconds} s (selection_deferral_time); bgpd does not wait any longer`,
      );
      this.#select(deferral.expire());
    });
    return families;
  }

  stateOf(peerId: number): RestartState {
    if (!this.#keeping.has(peerId)) return noRestart;
    return { restarting: this.#deferral !== undefined, forwarding: true };
  }

  established(peerId: number, negotiated: Negotiated): void {
    this.#deferral?.established(peerId, negotiated);
    this.#selectReady();
  }

  endOfRib(peerId: number, family: FamilyId): void {
    this.#deferral?.endOfRib(peerId, family);
    this.#selectReady();
  }

  forget(peerId: number): void {
    this.#deferral?.forget(peerId);
    this.#selectReady();
  }

  /** The daemon ends. */
  stop(): void {
    this.#timer?.clear();
    this.#deferral = undefined;
  }

  #selectReady(): void {
    if (this.#deferral !== undefined) this.#select(this.#deferral.takeReady());
  }

  #select(families: FamilyMask): void {
    if (families !== 0) this.#services.toRib({ kind: "select", families });
    if (this.#deferral?.pending !== 0) return;
    this.stop();
    this.#services.log.info("graceful restart: over, routes are selected and advertised now");
    this.#services.done();
  }
}

function peerCount(count: number): string {
  return count === 1 ? "1 peer has" : `${count} peers have`;
}
