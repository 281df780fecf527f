/** Writes what happens to one peer to the log and to the database. */

import {
  decodeNotification,
  describeNotification,
  encodeNotification,
  messageLength,
  messageType,
  type Notification,
} from "../../message/mod.ts";
import type { PeerCounters } from "../../rib/mod.ts";
import { adviceOn, withAdvice } from "../../session/mod.ts";
import type { PeerState } from "../../store/mod.ts";
import type { Clock } from "../../transport/mod.ts";
import { RateLimiter } from "../log/rate_limiter.ts";
import { RepeatedLines } from "../log/repeated_lines.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToStore } from "../thread/messages.ts";
import { messageNames, totalMessages } from "./peer_text.ts";

/**
 * A peer may send a full table with a fault in each UPDATE. A line and an event for each would take longer than the
 * table, and would push all other events out of the database.
 */
const faultsAtOnce = 200;
const faultsPerSecond = 1;
/** Likewise a peer that connects again and again and is refused each time. */
const endingsAtOnce = 200;
const endingsPerSecond = 1;

/** Messages by type since the daemon started. Index: message type. */
export interface MessageCounts {
  readonly received: Float64Array;
  readonly sent: Float64Array;
}

interface ReportServices {
  readonly clock: Clock;
  readonly toStore: Post<ToStore>;
  readonly log: Log;
}

export class PeerReport {
  readonly messages: MessageCounts = { received: new Float64Array(8), sent: new Float64Array(8) };
  readonly #peerId: number;
  readonly #name: string;
  readonly #services: ReportServices;
  readonly #faults: RateLimiter;
  readonly #endings: RateLimiter;
  readonly #failures = new RepeatedLines();
  #state: PeerState | undefined;
  /** Faults that the rate limiter suppressed since the last line about them. */
  #unloggedFaults = 0;
  /** Lines about connections that ended, likewise. */
  #unloggedEndings = 0;

  constructor(peerId: number, name: string, services: ReportServices) {
    this.#peerId = peerId;
    this.#name = name;
    this.#services = services;
    this.#faults = new RateLimiter(faultsAtOnce, faultsPerSecond, services.clock.monotonic());
    this.#endings = new RateLimiter(endingsAtOnce, endingsPerSecond, services.clock.monotonic());
  }

  /** Counts messages; with `-vv`, logs each. */
  count(direction: "received" | "sent", type: number, messages: number): void {
    this.messages[direction][type]! += messages;
    const { log } = this.#services;
    if (!log.tracing || messages === 0) return;
    log.trace(`${this.#name}: ${direction} ${messageNames[type] ?? type}${messages > 1 ? ` x ${messages}` : ""}`);
  }

  /** Counts whole messages back to back. */
  countSent(bytes: Uint8Array): void {
    for (let offset = 0; offset < bytes.length; offset += messageLength(bytes, offset)) {
      this.count("sent", messageType(bytes, offset), 1);
    }
  }

  state(state: PeerState): void {
    this.#state = state;
    this.#services.toStore({ kind: "peerState", peerId: this.#peerId, state });
  }

  /** Routes of a lost session stay until then; `null`: none are left. */
  staleUntil(staleUntil: number | null): void {
    if (this.#state !== undefined) this.state({ ...this.#state, staleUntil });
  }

  statistics(counters: PeerCounters): void {
    this.#logSuppressedFaults();
    const statistics = {
      ...counters,
      // The store counts the routes itself.
      routes: undefined,
      messagesReceived: totalMessages(this.messages.received),
      messagesSent: totalMessages(this.messages.sent),
    };
    this.#services.toStore({ kind: "peerStatistics", peerId: this.#peerId, statistics });
  }

  notificationReceived(notification: Notification): void {
    const text = `received NOTIFICATION ${describeNotification(notification)}`;
    this.#notification(text, encodeNotification(notification));
  }

  /** `why`: the reason with its values, which the NOTIFICATION does not carry. */
  notificationSent(message: Uint8Array, why?: string): void {
    const text = `sent NOTIFICATION ${describeNotification(decodeNotification(message))}`;
    this.#notification(why === undefined ? text : `${text}: ${why}`, message);
  }

  #notification(text: string, message: Uint8Array): void {
    const line = this.#limitEnding(withAdvice(text));
    if (line === undefined) return;
    this.#services.log.warn(`${this.#name}: ${line}`);
    this.event("notification", text, message);
  }

  /** A connection ended before it carried a session; another one of the peer goes on. */
  note(text: string): void {
    const line = this.#limitEnding(text);
    if (line !== undefined) this.#services.log.info(`${this.#name}: ${line}`);
  }

  /**
   * An attempt at a session failed. A reason that repeats is reported more and more seldom. `isEvent`: also as an
   * event.
   */
  noSession(reason: string, { isEvent }: { readonly isEvent: boolean }): void {
    const text = this.#failures.take(reason, this.#services.clock.monotonic());
    if (text === undefined) return;
    const advice = adviceOn(reason);
    this.#services.log.warn(`${this.#name}: no session: ${text}${advice === undefined ? "" : `; ${advice}`}`);
    if (isEvent) this.event("connect", text);
  }

  /** A session is Established: the next reason why there is none is new. */
  established(): void {
    this.#failures.clear();
  }

  /** The line to log now, with how many were suppressed before; `undefined`: none. */
  #limitEnding(text: string): string | undefined {
    if (!this.#endings.take(this.#services.clock.monotonic())) {
      this.#unloggedEndings++;
      return undefined;
    }
    const before = this.#unloggedEndings === 0
      ? ""
      : ` (${this.#unloggedEndings} earlier lines like this are not logged one by one)`;
    this.#unloggedEndings = 0;
    return text + before;
  }

  /** A malformed UPDATE that does not end the session (RFC 7606). */
  fault(kind: string, text: string, message: Uint8Array): void {
    if (!this.#faults.take(this.#services.clock.monotonic())) {
      this.#unloggedFaults++;
      return;
    }
    this.#services.log.warn(`${this.#name}: ${text}`);
    this.event(kind, text, message);
  }

  #logSuppressedFaults(): void {
    if (this.#unloggedFaults === 0) return;
    const text = `${this.#unloggedFaults} more UPDATEs like this are not logged one by one`;
    this.#unloggedFaults = 0;
    this.#services.log.warn(`${this.#name}: ${text}`);
    this.event("faults", text);
  }

  event(kind: string, text: string, message?: Uint8Array): void {
    const at = Math.floor(this.#services.clock.now());
    this.#services.toStore({ kind: "peerEvent", peerId: this.#peerId, event: { at, kind, text, message } });
  }
}
