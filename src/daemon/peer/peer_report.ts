/** What a peer tells the log and the database about itself. */

import {
  decodeNotification,
  describeNotification,
  messageLength,
  messageType,
  type Notification,
} from "../../message/mod.ts";
import type { PeerCounters } from "../../rib/mod.ts";
import type { PeerState } from "../../store/mod.ts";
import type { Clock } from "../../transport/mod.ts";
import { RateLimiter } from "../log/rate_limiter.ts";
import { Repeated } from "../log/repeated_lines.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToStore } from "../thread/messages.ts";
import { messageNames, totalMessages } from "./peer_text.ts";

/**
 * A peer may send a full table in which each UPDATE has something to discard. A line and an event for each would take longer
 * than the table, and push out of the database what else happened.
 */
const faultsAtOnce = 200;
const faultsPerSecond = 1;
/** Likewise one that connects again and again, only to be refused. */
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
  readonly #allowance: RateLimiter;
  readonly #endings: RateLimiter;
  readonly #failures = new Repeated();
  #state: PeerState | undefined;
  /** Faults beyond the allowance since the last line about them. */
  #untold = 0;
  /** What is not told of connections that ended, likewise. */
  #untoldEndings = 0;

  constructor(peerId: number, name: string, services: ReportServices) {
    this.#peerId = peerId;
    this.#name = name;
    this.#services = services;
    this.#allowance = new RateLimiter(faultsAtOnce, faultsPerSecond, services.clock.monotonic());
    this.#endings = new RateLimiter(endingsAtOnce, endingsPerSecond, services.clock.monotonic());
  }

  /** Counts messages, and at `-vv` says each. */
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

  /** Routes of a lost session stay until then; `null`: there are none any more. */
  staleUntil(staleUntil: number | null): void {
    if (this.#state !== undefined) this.state({ ...this.#state, staleUntil });
  }

  statistics(counters: PeerCounters): void {
    this.#tellUntold();
    const statistics = {
      ...counters,
      // How many are held comes with the rows themselves.
      routes: undefined,
      messagesReceived: totalMessages(this.messages.received),
      messagesSent: totalMessages(this.messages.sent),
    };
    this.#services.toStore({ kind: "peerStatistics", peerId: this.#peerId, statistics });
  }

  notificationReceived(notification: Notification): void {
    this.#notification(`received NOTIFICATION ${describeNotification(notification)}`);
  }

  /** `why`: what the NOTIFICATION itself does not say, with the values at hand. */
  notificationSent(message: Uint8Array, why?: string): void {
    const text = `sent NOTIFICATION ${describeNotification(decodeNotification(message))}`;
    this.#notification(why === undefined ? text : `${text}: ${why}`);
  }

  #notification(text: string): void {
    const told = this.#takeEnding(text);
    if (told === undefined) return;
    this.#services.log.warn(`${this.#name}: ${told}`);
    this.event("notification", text);
  }

  /** A connection that ended before it carried a session, where another one may yet. */
  note(text: string): void {
    const told = this.#takeEnding(text);
    if (told !== undefined) this.#services.log.info(`${this.#name}: ${told}`);
  }

  /** Why no session comes up: in the log and, with `isEvent`, among the events; the same reason again at a growing pace only. */
  noSession(reason: string, { isEvent }: { readonly isEvent: boolean }): void {
    const text = this.#failures.say(reason, this.#services.clock.monotonic());
    if (text === undefined) return;
    this.#services.log.warn(`${this.#name}: no session: ${text}`);
    if (isEvent) this.event("connect", text);
  }

  /** A session is up: what kept it from coming up is said again when it comes again. */
  established(): void {
    this.#failures.clear();
  }

  /** The text, with how often nothing was told before; `undefined`: nothing is to be told now. */
  #takeEnding(text: string): string | undefined {
    if (!this.#endings.take(this.#services.clock.monotonic())) {
      this.#untoldEndings++;
      return undefined;
    }
    const before = this.#untoldEndings === 0 ? "" : ` (and ${this.#untoldEndings} lines before, not logged one by one)`;
    this.#untoldEndings = 0;
    return text + before;
  }

  /** A malformed UPDATE that the session survives; beyond the allowance they are counted only. */
  fault(kind: string, text: string, message: Uint8Array): void {
    if (!this.#allowance.take(this.#services.clock.monotonic())) {
      this.#untold++;
      return;
    }
    this.#services.log.warn(`${this.#name}: ${text}`);
    this.event(kind, text, message);
  }

  #tellUntold(): void {
    if (this.#untold === 0) return;
    const text = `${this.#untold} more UPDATEs like this are not logged one by one`;
    this.#untold = 0;
    this.#services.log.warn(`${this.#name}: ${text}`);
    this.event("faults", text);
  }

  event(kind: string, text: string, message?: Uint8Array): void {
    const at = Math.floor(this.#services.clock.now());
    this.#services.toStore({ kind: "peerEvent", peerId: this.#peerId, event: { at, kind, text, message } });
  }
}
