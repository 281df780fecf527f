/**
 * A small BGP speaker that only sends: one peer, one session. It ignores the routes of the peer. The state machine is
 * that of `session/`; this file has its socket and its timer.
 */

import {
  cease,
  CeaseCode,
  decodeNotification,
  decodeOpen,
  describeNotification,
  Framer,
  MessageType,
} from "../../../message/mod.ts";
import type { SessionAddresses } from "../../../rib/mod.ts";
import {
  createSession,
  type DownReason,
  type Effect,
  handle,
  type Negotiated,
  nextDeadline,
  type Session,
  type SessionConfig,
  type SessionEvent,
} from "../../../session/mod.ts";
import { type Connection, dial, systemClock, type Timer } from "../../../transport/mod.ts";
import { parseAddress } from "../../../types/mod.ts";

export interface SpeakerOptions {
  readonly address: string;
  readonly port: number;
  readonly localAddress?: string;
  readonly session: SessionConfig;
}

const dialTimeoutMs = 10_000;
const readBytes = 65536;
/** A speaker has exactly one connection. */
const connectionId = 1;

export class ReplaySpeaker {
  readonly #options: SpeakerOptions;
  readonly #session: Session;
  readonly #established = Promise.withResolvers<Negotiated>();
  readonly #down = Promise.withResolvers<string>();
  readonly #framer = new Framer();
  #connection: Connection | undefined;
  #timer: Timer | undefined;
  #writing = 0;
  #lastNotification: string | undefined;

  constructor(options: SpeakerOptions) {
    this.#options = options;
    this.#session = createSession(options.session, Math.random);
    // A caller that does not wait for `start` must not cause an unhandled rejection.
    this.#established.promise.catch(() => {});
  }

  /** Connects. Resolves when the session is Established; rejects with the reason if it never is. */
  start(): Promise<Negotiated> {
    this.#dispatch({ kind: "start", automatic: false });
    return this.#established.promise;
  }

  /** The addresses of both ends of the connection. */
  get addresses(): SessionAddresses {
    const connection = this.#connection;
    if (connection === undefined) throw new Error("the session has ended");
    return {
      localAddress: parseAddress(connection.localAddress)!,
      remoteAddress: parseAddress(connection.remoteAddress)!,
    };
  }

  /** Resolves with the reason when the session ends. */
  get down(): Promise<string> {
    return this.#down.promise;
  }

  /** Sends whole messages. Resolves when the kernel has them; rejects if the connection is closed. */
  async write(bytes: Uint8Array): Promise<void> {
    const connection = this.#connection;
    if (connection === undefined) throw new Error("the session has ended");
    this.#writing++;
    try {
      await connection.write(bytes);
    } finally {
      this.#writing--;
    }
    this.#dispatch({ kind: "sent", connection: connectionId, drained: this.#writing === 0 });
  }

  /** Sends a NOTIFICATION (Cease). Resolves when the connection is closed. */
  async stop(text: string): Promise<void> {
    const connection = this.#connection;
    this.#dispatch({ kind: "stop", notification: cease(CeaseCode.administrativeShutdown, text) });
    await connection?.closed;
  }

  #dispatch(event: SessionEvent): void {
    const now = systemClock.monotonic();
    for (const effect of handle(this.#session, event, now)) this.#perform(effect);
    this.#timer?.clear();
    const deadline = nextDeadline(this.#session);
    this.#timer = deadline === undefined
      ? undefined
      : systemClock.setTimer(deadline, () => this.#dispatch({ kind: "tick" }));
  }

  #perform(effect: Effect): void {
    switch (effect.kind) {
      case "connect":
        this.#connect();
        return;
      case "send":
        // A failed write also ends #read, which reports it.
        void this.#connection?.write(effect.bytes).catch(() => {});
        return;
      case "close":
        this.#connection?.close();
        this.#connection = undefined;
        return this.#giveUp(this.#lastNotification ?? "the connection was closed");
      case "established":
        this.#framer.maxLength = effect.negotiated.maxMessageBytes;
        return this.#established.resolve(effect.negotiated);
      case "down":
        return this.#giveUp(downText(effect.reason));
      case "state":
      case "note":
      case "cancelConnect":
      case "unanswered":
        return;
      default:
        effect satisfies never;
    }
  }

  /** Ends the speaker: it connects only once. */
  #giveUp(reason: string): void {
    this.#down.resolve(reason);
    this.#established.reject(new Error(reason));
  }

  #connect(): void {
    const { address, port, localAddress } = this.#options;
    dial({ address, port, localAddress, timeoutMs: dialTimeoutMs }).then((connection) => {
      this.#connection = connection;
      this.#dispatch({ kind: "connected", connection: connectionId });
      // It never rejects: a broken connection is an event of the session.
      void this.#read(connection);
    }, (error) => {
      this.#giveUp(error instanceof Error ? error.message : String(error));
      this.#dispatch({ kind: "stop", notification: cease(CeaseCode.administrativeShutdown) });
    });
  }

  async #read(connection: Connection): Promise<void> {
    let reason = "the peer closed the connection";
    try {
      for (;;) {
        // The framer keeps pieces of what it is given.
        const buffer = new Uint8Array(readBytes);
        const length = await connection.read(buffer);
        if (length === null) break;
        this.#framer.push(buffer.subarray(0, length));
        for (let next = this.#framer.next(); next !== undefined; next = this.#framer.next()) {
          if (next.kind === "fault") {
            this.#dispatch({ kind: "fault", connection: connectionId, notification: next.notification });
            return;
          }
          this.#message(next.type, next.bytes);
        }
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    if (this.#connection === connection) this.#dispatch({ kind: "closed", connection: connectionId, reason });
  }

  #message(type: number, bytes: Uint8Array): void {
    const connection = connectionId;
    switch (type) {
      case MessageType.open: {
        const result = decodeOpen(bytes);
        if (result.kind === "open") return this.#dispatch({ kind: "open", connection, open: result.open });
        return this.#dispatch({ kind: "fault", connection, notification: result.notification });
      }
      case MessageType.notification: {
        const notification = decodeNotification(bytes);
        this.#lastNotification = `the peer sent ${describeNotification(notification)}`;
        return this.#dispatch({ kind: "notification", connection, notification });
      }
      case MessageType.keepalive:
        return this.#dispatch({ kind: "keepalive", connection });
      case MessageType.routeRefresh:
        return this.#dispatch({ kind: "routeRefresh", connection });
      default:
        return this.#dispatch({ kind: "update", connection });
    }
  }
}

function downText(reason: DownReason): string {
  switch (reason.kind) {
    case "notificationSent":
      return `we sent ${describeNotification(reason.notification)}`;
    case "notificationReceived":
      return `the peer sent ${describeNotification(reason.notification)}`;
    case "holdTimerExpired":
      return "the hold timer expired: the peer sent nothing";
    case "sendHoldTimerExpired":
      return "the send hold timer expired: the peer read nothing";
    case "connectionLost":
      return reason.reason;
  }
}
