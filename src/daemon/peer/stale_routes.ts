/**
 * The stale routes of one peer, after a session was lost: the shell around {@link Retention}, which decides which
 * routes stay and for how long. This file has its timer, notifies the RIB, and writes the log and the events.
 */

import { allFamilies, type FamilyId, type FamilyMask, familyOf, maskIds } from "../../types/mod.ts";
import type { GracefulSettings } from "../../config/mod.ts";
import { type DownReason, type Negotiated, Retention, type RetentionPolicy } from "../../session/mod.ts";
import type { Clock } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToRib } from "../thread/messages.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import { endOf } from "./session_end.ts";
import type { PeerReport } from "./peer_report.ts";

export interface StaleRoutesServices {
  readonly clock: Clock;
  readonly toRib: Post<ToRib>;
  readonly log: Log;
}

export class StaleRoutes {
  readonly #peerId: number;
  readonly #name: string;
  readonly #services: StaleRoutesServices;
  readonly #report: PeerReport;
  readonly #retention: Retention;
  readonly #timer: DeadlineTimer;
  #reportedUntil: number | undefined;

  constructor(
    peerId: number,
    name: string,
    settings: GracefulSettings,
    services: StaleRoutesServices,
    report: PeerReport,
  ) {
    this.#peerId = peerId;
    this.#name = name;
    this.#services = services;
    this.#report = report;
    this.#retention = new Retention(policyOf(settings));
    this.#timer = new DeadlineTimer(services.clock, () => this.#tick());
  }

  configure(settings: GracefulSettings): void {
    this.#retention.policy = policyOf(settings);
    if (settings.gracefulRestart === "off") this.clear();
  }

  /** When the last stale routes go, wall clock; `undefined`: there are none. */
  get until(): number | undefined {
    const { until } = this.#retention;
    const { clock } = this.#services;
    return until === undefined ? undefined : Math.floor(clock.now() + until - clock.monotonic());
  }

  /** The session is over: the RIB learns which of its routes stay. */
  down(epoch: number, negotiated: Negotiated, reason: DownReason): void {
    const retain = this.#retention.down(negotiated, reason, this.#now);
    this.#services.toRib({ kind: "sessionDown", peerId: this.#peerId, epoch, retain, end: endOf(reason) });
    if (retain !== 0) {
      const seconds = negotiated.graceful?.restartSeconds;
      this.#log("stale", `routes of ${names(retain)} stay: the peer says that it restarts within ${seconds} s`);
    }
    this.#tick();
  }

  /** A session is Established. Returns the families whose stale routes stay for now. */
  established(negotiated: Negotiated): FamilyMask {
    const before = this.#retention.families;
    const kept = this.#retention.established(negotiated, this.#now);
    const gone = before & ~kept;
    if (gone !== 0) {
      this.#log("staleGone", `stale routes of ${names(gone)} are gone: the peer did not keep its forwarding state`);
    }
    this.#timer.arm(this.#retention.nextDeadline);
    this.#reportUntil();
    return kept;
  }

  refreshBegan(family: FamilyId): void {
    this.#retention.refreshBegan(family, this.#now);
    this.#timer.arm(this.#retention.nextDeadline);
  }

  /** An End-of-RIB, or the end of a refresh. */
  ended(family: FamilyId): void {
    this.#retention.ended(family);
    this.#timer.arm(this.#retention.nextDeadline);
    this.#reportUntil();
  }

  /** The peer is not expected back: all its stale routes go. */
  clear(): void {
    const families = this.#retention.clear();
    this.#timer.arm(this.#retention.nextDeadline);
    this.#reportUntil();
    if (families !== 0) this.#services.toRib({ kind: "expireStale", peerId: this.#peerId, families });
  }

  /** The time for routes of an earlier run is over, and there is no session. Routes of this run have their own time. */
  earlierRunOver(): void {
    if (this.#retention.families !== 0) return;
    this.#services.toRib({ kind: "expireStale", peerId: this.#peerId, families: allFamilies });
  }

  /** The daemon ends: stale routes stay in the database. */
  stop(): void {
    this.#retention.clear();
    this.#timer.arm(this.#retention.nextDeadline);
  }

  #tick(): void {
    for (const { kind, families } of this.#retention.tick(this.#now)) {
      const isOver = kind === "expire";
      this.#services.toRib({ kind: isOver ? "expireStale" : "longLived", peerId: this.#peerId, families });
      if (isOver) this.#log("staleGone", `stale routes of ${names(families)} are gone: their time is over`);
      else this.#log("longLivedStale", `routes of ${names(families)} are long-lived stale now (RFC 9494)`);
    }
    this.#timer.arm(this.#retention.nextDeadline);
    this.#reportUntil();
  }

  #log(kind: string, text: string): void {
    this.#services.log.info(`${this.#name}: ${text}`);
    this.#report.event(kind, text);
  }

  #reportUntil(): void {
    const { until } = this.#retention;
    if (until === this.#reportedUntil) return;
    this.#reportedUntil = until;
    this.#report.staleUntil(this.until ?? null);
  }

  get #now(): number {
    return this.#services.clock.monotonic();
  }
}

function policyOf({ staleRoutesSeconds, longLived, longLivedSeconds }: GracefulSettings): RetentionPolicy {
  return { staleRoutesSeconds, longLived, longLivedSeconds };
}

function names(families: FamilyMask): string {
  return maskIds(families).map((id) => familyOf(id).name).join(", ");
}
