/**
 * The shell around the state machine of one peer (RFC 4271 §8): its connections and its timer. Events go into the state
 * machine, and this file carries out the effects that come out; it takes no decision of the protocol.
 */

import { limits, type Millis } from "../../types/mod.ts";
import { cease, CeaseCode, type Notification } from "../../message/mod.ts";
import {
  type ConnectionId,
  createSession,
  type DownReason,
  type Effect,
  handle,
  type Negotiated,
  nextDeadline,
  type Session,
  type SessionConfig,
  type SessionEvent,
  type State,
} from "../../session/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import type { ToRib } from "../thread/messages.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import { Link, type LinkOwner } from "./link.ts";
import { OutputWindow } from "./output_window.ts";
import type { PeerReport } from "./peer_report.ts";
import type { PeerServices } from "./peer_services.ts";

/** A session that is Established. */
export interface EstablishedSession {
  readonly epoch: number;
  readonly negotiated: Negotiated;
  readonly connection: Connection;
}

/** What the session asks of its peer, and reports to it. */
export interface SessionOwner {
  /**
   * Open a connection to the peer: {@link PeerSession.adopt} takes it, `connectFailed` is the event where there is
   * none.
   */
  dial(): void;
  cancelDial(): void;
  stateChanged(from: State, to: State): void;
  established(session: EstablishedSession): void;
  /** The session that was Established is over. */
  down(session: EstablishedSession, reason: DownReason): void;
  /** A NOTIFICATION went out. `why`: the reason for our operator, where the NOTIFICATION itself does not carry it. */
  notificationSent(message: Uint8Array, why: string | undefined): void;
  /** The peer did not answer a dial in time. */
  unanswered(): void;
  /** An attempt at a session failed, and no other connection of the peer goes on. */
  failed(reason: string): void;
}

export interface PeerSessionOptions {
  readonly peerId: number;
  readonly config: SessionConfig;
  readonly services: PeerServices;
  readonly report: PeerReport;
  readonly owner: SessionOwner;
  /** The last epoch that an earlier peer with this id had. */
  readonly epoch: number;
}

export class PeerSession {
  readonly #peerId: number;
  readonly #services: PeerServices;
  readonly #report: PeerReport;
  readonly #owner: SessionOwner;
  readonly #session: Session;
  readonly #timer: DeadlineTimer;
  readonly #linkOwner: LinkOwner;
  readonly #links = new Map<ConnectionId, Link>();
  #lastConnection = 0;
  #current: (EstablishedSession & { readonly id: ConnectionId }) | undefined;
  /** How much the RIB may send ahead of the socket of the current session. */
  #window = new OutputWindow();

  constructor({ peerId, config, services, report, owner, epoch }: PeerSessionOptions) {
    this.#peerId = peerId;
    this.#services = services;
    this.#report = report;
    this.#owner = owner;
    this.#timer = new DeadlineTimer(services.clock, () => this.dispatch({ kind: "tick" }));
    this.#session = createSession(config, services.random);
    this.#session.epoch = epoch;
    this.#linkOwner = this.#linkOwnerOf(peerId);
  }

  /** The number of the last session that was Established. */
  get epoch(): number {
    return this.#session.epoch;
  }

  /** The session that is Established now. */
  get current(): EstablishedSession | undefined {
    return this.#current;
  }

  get hasConnections(): boolean {
    return this.#links.size > 0;
  }

  /** The next OPEN is made from this configuration. */
  set config(config: SessionConfig) {
    this.#session.config = config;
  }

  /** The session goes on with what its OPENs amount to under another configuration. */
  renegotiate(negotiated: Negotiated): void {
    if (this.#current !== undefined) this.#current = { ...this.#current, negotiated };
  }

  dispatch(event: SessionEvent): void {
    const now = this.#services.clock.monotonic();
    if (event.kind === "tick") this.#excuseBusyRib(now);
    if (event.kind === "notification") this.#report.notificationReceived(event.notification);
    this.#perform(handle(this.#session, event, now));
    this.#timer.arm(nextDeadline(this.#session));
  }

  /** The RIB found a fault in the current session: it ends with this NOTIFICATION. */
  fail(notification: Notification): void {
    if (this.#current !== undefined) this.dispatch({ kind: "fault", connection: this.#current.id, notification });
  }

  /** Takes a connection: one that the peer opened (`accepted`), or one that we did (`connected`). */
  adopt(connection: Connection, kind: "accepted" | "connected"): void {
    const id = ++this.#lastConnection;
    this.#links.set(id, new Link(id, connection, this.#linkOwner, this.#services.credits));
    this.dispatch({ kind, connection: id });
    // Unless the state machine closed it again. The reading loop never rejects.
    void this.#links.get(id)?.run();
  }

  /**
   * Ends the session with this NOTIFICATION; the state is Idle then. `graceful`: the peer may keep our routes (RFC
   * 8538). Resolves, and never rejects, when all connections are closed.
   */
  async stop(
    notification = cease(CeaseCode.administrativeShutdown),
    { graceful = false }: { readonly graceful?: boolean } = {},
  ): Promise<void> {
    const links = [...this.#links.values()];
    this.dispatch({ kind: "stop", notification, graceful });
    await Promise.all(links.map((link) => link.close()));
  }

  /** Closes all connections without a NOTIFICATION; nothing happens here any more (RFC 4724 §4.1). Never rejects. */
  async abandon(): Promise<void> {
    this.#timer.clear();
    this.#current = undefined;
    const links = [...this.#links.values()];
    this.#links.clear();
    await Promise.all(links.map((link) => link.close()));
  }

  /** The RIB answered a `pull`: the messages go to the socket, and the room that the kernel made is granted again. */
  output(epoch: number, bytes: Uint8Array): void {
    if (this.#current?.epoch !== epoch) return;
    const link = this.#links.get(this.#current.id);
    if (link === undefined) return;
    this.#report.countSent(bytes);
    // `write` never rejects: it reports a broken connection to the state machine.
    void link.write(bytes).then(() => {
      const limit = this.#current?.epoch === epoch ? this.#window.took(bytes.length) : 0;
      if (limit > 0) this.#pull(epoch, limit);
    });
  }

  #pull(epoch: number, limit: number): void {
    this.#services.toRib({ kind: "pull", peerId: this.#peerId, epoch, limit });
  }

  /** While octets of the peer wait for a busy RIB the peer is alive: its HoldTimer must not expire. */
  #excuseBusyRib(now: Millis): void {
    for (const [connection, link] of this.#links) {
      if (link.waitsForRib) this.#perform(handle(this.#session, { kind: "dataPending", connection }, now));
    }
  }

  #perform(effects: Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "connect":
          this.#owner.dial();
          break;
        case "cancelConnect":
          this.#owner.cancelDial();
          break;
        case "send":
          this.#send(effect.connection, effect.bytes);
          if (effect.message === "NOTIFICATION") this.#owner.notificationSent(effect.bytes, effect.why);
          break;
        case "close":
          // What was written goes out first; the promise of `close` never rejects.
          void this.#links.get(effect.connection)?.close();
          this.#links.delete(effect.connection);
          break;
        case "state":
          this.#owner.stateChanged(effect.from, effect.to);
          break;
        case "established":
          this.#established(effect);
          break;
        case "down":
          this.#down(effect.reason);
          break;
        case "unanswered":
          this.#owner.unanswered();
          break;
        case "note":
          // Another connection of the peer may carry the session on.
          if (this.#session.connections.length > 0) this.#report.note(effect.text);
          else this.#owner.failed(effect.text);
          break;
        default:
          effect satisfies never;
      }
    }
  }

  #send(connection: ConnectionId, bytes: Uint8Array): void {
    const link = this.#links.get(connection);
    if (link === undefined) return;
    this.#report.countSent(bytes);
    // It never rejects: it reports a broken connection to the state machine.
    void link.write(bytes);
  }

  #established({ connection: id, epoch, negotiated }: Effect & { kind: "established" }): void {
    const link = this.#links.get(id)!;
    link.maxMessageBytes = negotiated.maxMessageBytes;
    this.#current = { id, epoch, negotiated, connection: link.connection };
    this.#owner.established(this.#current);
    this.#window = new OutputWindow(this.#services.outputBytes);
    this.#pull(epoch, this.#window.octets);
  }

  #down(reason: DownReason): void {
    const session = this.#current!;
    this.#current = undefined;
    this.#owner.down(session, reason);
  }

  #linkOwnerOf(peerId: number): LinkOwner {
    const { toRib } = this.#services;
    return {
      id: peerId,
      dispatch: (event) => this.dispatch(event),
      epochOf: (connection) => this.#current?.id === connection ? this.#current.epoch : undefined,
      routes: (epoch, buffer, start, end) => {
        const batch: ToRib = { kind: "batch", peerId, epoch, buffer, start, end };
        if (buffer.length <= limits.copiedBytes) toRib(batch);
        else toRib(batch, [buffer.buffer]);
      },
      countReceived: (type, messages) => this.#report.count("received", type, messages),
    };
  }
}
