/**
 * The shell around one peer's session: its sockets and its one timer. Events go into the state machine, effects come out
 * and are carried out here; no decision of the protocol is taken in this file.
 *
 * One file because each event and each effect of the state machine meets the same few fields.
 */

import { limits, parseZonedAddress, splitZone } from "../../types/mod.ts";
import type { PeerConfig } from "../../config/mod.ts";
import { cease, CeaseCode, type Notification } from "../../message/mod.ts";
import {
  type ConnectionId,
  createSession,
  type DownReason,
  type Effect,
  handle,
  type Negotiated,
  nextDeadline,
  type PeerStateName,
  type Session,
  type SessionEvent,
  type State,
} from "../../session/mod.ts";
import type { PeerCounters, RibFact } from "../../rib/mod.ts";
import type { PeerState } from "../../store/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import type { LinkOwner } from "./link.ts";
import { OutputWindow } from "./output_window.ts";
import type { ToRib } from "../thread/messages.ts";
import { PeerDial } from "./peer_dial.ts";
import { type HoldEnd, PeerHold } from "./peer_hold.ts";
import { PeerLinks } from "./peer_links.ts";
import { Drain } from "./drain.ts";
import { type MessageCounts, PeerReport } from "./peer_report.ts";
import type { PeerServices } from "./peer_services.ts";
import { nameOf } from "./peer_mapping.ts";
import { takeFact } from "./peer_facts.ts";
import { describeDown, endingFor, establishedState, unanswered } from "./peer_text.ts";
import { type RestartState, sessionConfig } from "./session_config.ts";
import { renegotiated, validatesOtherwise } from "./session_change.ts";
import { DeadlineTimer } from "./deadline_timer.ts";
import { StaleRoutes } from "./stale_routes.ts";

export class Peer implements LinkOwner {
  /** The peer's id in the database. */
  readonly id: number;
  /** What people know it by; of a peer accepted from a network its address. */
  readonly name: string;
  /** Canonical text, with its zone; of the one neighbour on a link unknown until somebody was there. */
  address: string | undefined;
  state: State = "Idle";
  /** Wall clock, milliseconds. */
  stateSince: number;
  lastReason: string | undefined;
  /** Sessions that were Established. */
  sessions = 0;
  /** What the RIB last said about the session. */
  counters: PeerCounters | undefined;
  #config: PeerConfig;
  #enabled: boolean;
  readonly #report: PeerReport;
  readonly drain: Drain;
  readonly #stale: StaleRoutes;
  readonly #hold: PeerHold;
  readonly #dialing: PeerDial;
  readonly #timer: DeadlineTimer;
  readonly #services: PeerServices;
  readonly #session: Session;
  readonly #links: PeerLinks;
  #window = new OutputWindow();
  #isAbandoned = false;
  #current: { connection: ConnectionId; epoch: number; negotiated: Negotiated } | undefined;

  /** `epoch`: the last one that an earlier peer with this id had. */
  constructor(id: number, address: string | undefined, config: PeerConfig, services: PeerServices, epoch = 0) {
    this.id = id;
    this.name = nameOf(config, address);
    this.address = address;
    this.#config = config;
    this.#enabled = config.enabled;
    this.stateSince = services.clock.now();
    this.#services = services;
    this.#links = new PeerLinks(this, services.credits);
    this.#report = new PeerReport(id, this.name, services);
    this.drain = new Drain(services.clock, (reason) => this.#current && this.#reportState({ reason }));
    this.#stale = new StaleRoutes(id, this.name, config, services, this.#report);
    this.#timer = new DeadlineTimer(services.clock, () => this.dispatch({ kind: "tick" }));
    this.#dialing = new PeerDial(services, {
      connected: (connection) => {
        if (this.#config.kind !== "interface" || this.meet(connection.remoteAddress)) {
          return this.accept(connection, "connected");
        }
        connection.close();
        this.dispatch({ kind: "connectFailed", reason: "another neighbour has connected meanwhile" });
      },
      failed: (reason) => {
        if (this.#links.count > 0) services.log.debug(`${this.name}: ${reason}`);
        else this.#noSession(reason);
        this.dispatch({ kind: "connectFailed", reason });
      },
    });
    this.#hold = new PeerHold(services.clock, () => this.start());
    this.#session = createSession(sessionConfig(config, this.#restartState), services.random);
    this.#session.epoch = epoch;
    this.#reportState();
  }

  get messages(): MessageCounts {
    return this.#report.messages;
  }

  get config(): PeerConfig {
    return this.#config;
  }

  /** Whether it may have a session: as the configuration says, until somebody disables or enables it at run time. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** The last epoch there was. */
  get epoch(): number {
    return this.#session.epoch;
  }

  /** What the session that is up has agreed on, and our address of it. */
  get session(): { negotiated: Negotiated; localAddress: string | undefined } | undefined {
    if (this.#current === undefined) return undefined;
    const { connection, negotiated } = this.#current;
    return { negotiated, localAddress: this.#links.get(connection)?.connection.localAddress };
  }

  /** When the last routes of a lost session go; `undefined`: there are none. */
  get staleUntil(): number | undefined {
    return this.#stale.until;
  }

  /** The next OPEN says how far this run of the daemon has come. */
  restartChanged(): void {
    this.#session.config = sessionConfig(this.#config, this.#restartState);
  }

  /** The time for what an earlier run left is over, where no session of this one takes care of it. */
  earlierRunOver(): void {
    if (this.#current === undefined) this.#stale.earlierRunOver();
  }

  /** Nothing is expected of the peer any more. */
  forget(): void {
    this.#stale.clear();
    this.#services.restart?.forget(this.id);
  }

  get #restartState(): RestartState {
    const { restarting = false, forwarding = false } = this.#services.restart?.stateOf(this.id) ?? {};
    // What an earlier session of this run was told is known still.
    return { restarting, forwarding: forwarding || this.sessions > 0 };
  }

  start(): void {
    this.#hold.clear();
    this.dispatch({ kind: "start", automatic: false });
    this.#reportState();
  }

  /** True where it has more prefixes than it may, and is not let in before its time. */
  get held(): boolean {
    return this.#hold.reason !== undefined;
  }

  /** Since when there has been neither connection nor route of it, wall clock; `undefined`: there is something. */
  get awaySince(): number | undefined {
    return this.#links.count > 0 || this.held || this.staleUntil !== undefined ? undefined : this.stateSince;
  }

  /** A peer that is held back is let in, too. */
  enable(): void {
    if (this.#enabled && !this.held) return;
    this.#enabled = true;
    this.#reportState();
    this.start();
  }

  /** Ends the session; there is none until {@link enable}. The text is for the peer's operator (RFC 9003). */
  disable(communication?: string): void {
    if (!this.#enabled) return;
    this.#enabled = false;
    this.drain.cancel();
    this.stop(cease(CeaseCode.administrativeShutdown, communication));
    this.forget();
    this.#reportState();
  }

  /** Ends the session and starts it again. `graceful`: routes stay meanwhile, where RFC 8538 is agreed on. */
  reset(notification: Notification, graceful = false): void {
    this.stop(notification, graceful);
    this.start();
  }

  /**
   * Takes another configuration over. A session that is up goes on, unless it is to be `reset`; one that is not begins
   * anew, so that it connects as it should now. What was enabled or disabled at run time is as configured again.
   * `between` is called after the end of a session and before the start of the next one, with what a session that goes on has
   * agreed on now where that is news. After {@link abandon}: nothing.
   */
  configure(config: PeerConfig, reset: boolean, between: (negotiated?: Negotiated) => void): void {
    if (this.#isAbandoned) return;
    const begin = reset || this.#current === undefined || config.enabled !== this.#enabled;
    if (begin) this.stop(cease(endingFor(config, this.#enabled)));
    this.#config = config;
    this.restartChanged();
    this.#stale.configure(config);
    this.#enabled = config.enabled;
    if (!config.enabled) this.forget();
    this.#reportState();
    this.#renew(between);
    if (begin && config.enabled) this.start();
  }

  /** What the session that is up comes to under this configuration; `undefined`: there is none, or a new one is needed. */
  under(config: PeerConfig): Negotiated | undefined {
    const { session } = this;
    return session === undefined ? undefined : renegotiated(this.#config, config, session);
  }

  #renew(told: (negotiated?: Negotiated) => void): void {
    const before = this.#current;
    const negotiated = this.under(this.#config);
    if (before === undefined || negotiated === undefined || !validatesOtherwise(before.negotiated, negotiated)) {
      return told();
    }
    this.#current = { ...before, negotiated };
    told(negotiated);
    // What was let go by the rules of then comes again.
    this.#services.toRib({ kind: "refresh", peerId: this.id, direction: "in" });
  }

  /** Ends the session with this NOTIFICATION and stays Idle. Resolves when its connections are closed. */
  async stop(notification = cease(CeaseCode.administrativeShutdown), graceful = false): Promise<void> {
    this.#hold.clear();
    const links = this.#links.all();
    this.dispatch({ kind: "stop", notification, graceful });
    await Promise.all(links.map((link) => link.close()));
  }

  /** The daemon restarts: connections are closed without a word, and nothing more happens here (RFC 4724 §4.1). */
  async abandon(): Promise<void> {
    this.#isAbandoned = true;
    this.#dialing.cancel();
    this.#timer.clear();
    this.#hold.clear();
    this.drain.cancel();
    this.#stale.stop();
    this.#current = undefined;
    await Promise.all(this.#links.abandon().map((link) => link.close()));
  }

  /** Somebody at this address is the one neighbour on the link of the peer, unless another one is already. */
  meet(address: string): boolean {
    if (this.address !== address && this.#links.count > 0) return false;
    this.address = address;
    return true;
  }

  /** A connection the peer opened, or, `connected`, we did. */
  accept(connection: Connection, kind: "accepted" | "connected" = "accepted"): void {
    const id = this.#links.adopt(connection);
    this.dispatch({ kind, connection: id });
    this.#links.get(id)?.run();
  }

  dispatch(event: SessionEvent): void {
    const now = this.#services.clock.monotonic();
    if (event.kind === "tick") this.#excuseBusyRib(now);
    if (event.kind === "notification") this.#report.notificationReceived(event.notification);
    this.#perform(handle(this.#session, event, now));
    this.#timer.arm(nextDeadline(this.#session));
  }

  /** The RIB has something to say about this session. */
  fact(fact: RibFact): void {
    if (this.#current?.epoch !== fact.epoch) return;
    const { connection } = this.#current;
    const fail = (notification: Notification) => this.dispatch({ kind: "fault", connection, notification });
    if (fact.kind === "endOfRib") this.#services.restart?.endOfRib(this.id, fact.family);
    const hold = this.#holdBack.bind(this);
    takeFact(fact, { name: this.name, log: this.#services.log, report: this.#report, stale: this.#stale, fail, hold });
  }

  #holdBack(notification: Notification, text: string, end: HoldEnd): void {
    this.stop(notification);
    this.#hold.begin(text, end);
    this.lastReason = this.#hold.reason;
    this.#services.log.warn(`${this.name}: ${this.lastReason}`);
    this.#reportState({ reason: this.lastReason });
  }

  reportStatistics(counters: PeerCounters): void {
    this.counters = counters;
    this.#report.statistics(counters);
  }

  /** The RIB answered a pull. */
  output(epoch: number, bytes: Uint8Array): void {
    if (this.#current?.epoch !== epoch) return;
    const link = this.#links.get(this.#current.connection);
    if (link === undefined) return;
    this.#report.countSent(bytes);
    link.write(bytes).then(() => {
      const limit = this.#current?.epoch === epoch ? this.#window.took(bytes.length) : 0;
      if (limit > 0) this.#services.toRib({ kind: "pull", peerId: this.id, epoch, limit });
    });
  }

  epochOf(connection: ConnectionId): number | undefined {
    return this.#current?.connection === connection ? this.#current.epoch : undefined;
  }

  routes(epoch: number, buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void {
    const batch: ToRib = { kind: "batch", peerId: this.id, epoch, buffer, start, end };
    if (buffer.length <= limits.copiedBytes) this.#services.toRib(batch);
    else this.#services.toRib(batch, [buffer.buffer]);
  }

  countReceived(type: number, messages: number): void {
    this.#report.count("received", type, messages);
  }

  /** While octets of the peer wait for a busy RIB it is alive: its HoldTimer must not expire. */
  #excuseBusyRib(now: number): void {
    for (const connection of this.#links.waiting()) handle(this.#session, { kind: "dataPending", connection }, now);
  }

  #perform(effects: Effect[]): void {
    for (const effect of effects) {
      switch (effect.kind) {
        case "connect":
          this.#dialing.start(this.#config, this.address);
          break;
        case "cancelConnect":
          this.#dialing.cancel();
          break;
        case "send":
          this.#send(effect.connection, effect.bytes);
          if (effect.message === "NOTIFICATION") this.#notified(effect.bytes, effect.why);
          break;
        case "close":
          this.#links.close(effect.connection);
          break;
        case "state":
          this.#stateChanged(effect.from, effect.to);
          break;
        case "established":
          this.#established(effect);
          break;
        case "down":
          this.#down(effect.epoch, effect.reason);
          break;
        case "unanswered":
          this.#noSession(unanswered(this.address ?? this.name, this.#config));
          break;
        case "note":
          // Another connection of the peer carries the session on.
          if (this.#session.connections.length > 0) this.#report.note(effect.text);
          else this.#noSession(effect.text);
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
    link.write(bytes);
  }

  /** `why`: an OPEN that was refused, in words for our operator. */
  #notified(message: Uint8Array, why: string | undefined): void {
    // Who is held back dials on, once a second may be; why it has no session was said when that began.
    if (this.held) return;
    this.#report.notificationSent(message, why);
    if (why === undefined) return;
    this.lastReason = why;
    this.#reportState({ reason: why });
  }

  /** An attempt at a session failed. What was found in an OPEN is said with it already. */
  #noSession(reason: string): void {
    if (this.held) return;
    // Strangers inside a network leave no rows.
    this.#report.noSession(reason, this.#config.kind !== "network");
    if (this.lastReason !== undefined && reason.endsWith(`: ${this.lastReason}`)) return;
    this.lastReason = reason;
    this.#reportState({ reason });
  }

  #established({ connection, epoch, negotiated }: Effect & { kind: "established" }): void {
    const link = this.#links.get(connection)!;
    link.maxMessageBytes = negotiated.maxMessageBytes;
    this.#current = { connection, epoch, negotiated };
    this.sessions++;
    this.lastReason = undefined;
    this.#report.established();
    const session = {
      negotiated,
      localAddress: parseZonedAddress(link.connection.localAddress)!,
      remoteAddress: parseZonedAddress(link.connection.remoteAddress)!,
      link: splitZone(link.connection.remoteAddress).zone || undefined,
    };
    const keep = this.#stale.established(negotiated);
    this.#services.toRib({ kind: "sessionUp", peerId: this.id, epoch, session, keep });
    this.restartChanged();
    this.#services.restart?.established(this.id, negotiated);
    this.#reportState({ ...establishedState(negotiated, link.connection.localAddress), remoteIp: this.address });
    this.#window = new OutputWindow(this.#services.outputBytes);
    this.#services.toRib({ kind: "pull", peerId: this.id, epoch, limit: this.#window.octets });
  }

  #down(epoch: number, reason: DownReason): void {
    const { negotiated } = this.#current!;
    this.#current = undefined;
    this.#stale.down(epoch, negotiated, reason);
    this.lastReason = describeDown(reason);
    this.#services.log.warn(`${this.name}: session down: ${this.lastReason}`);
    this.#report.event("down", this.lastReason);
    this.#reportState({ reason: this.lastReason });
  }

  #stateChanged(from: State, to: State): void {
    this.state = to;
    this.stateSince = this.#services.clock.now();
    const { log } = this.#services;
    const text = `${from} -> ${to}`;
    if (to === "Established" || from === "Established") {
      log.info(`${this.name}: ${text}`);
      // The others, of a peer that is away, would soon push out of the database what else happened.
      this.#report.event("state", text);
    } else log.debug(`${this.name}: ${text}`);
    this.#reportState();
    if (to === "OpenConfirm") this.#services.opened?.(this.id);
  }

  /** The state for people: `Disabled` and `Held` are none of RFC 4271. */
  get stateWord(): PeerStateName {
    if (!this.#enabled) return "Disabled";
    return this.held ? "Held" : this.state;
  }

  #reportState(session: Partial<PeerState> = {}): void {
    this.#report.state({ state: this.stateWord, since: Math.floor(this.stateSince), ...session });
  }
}
