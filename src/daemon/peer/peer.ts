/**
 * One peer, as its operator knows it: its configuration, whether it is enabled, held or drained, and what has become of
 * its sessions. `peer_session.ts` has the connections and the state machine.
 */

import { parseZonedAddress, splitZone } from "../../types/mod.ts";
import { type PeerConfig, type RestartState, sessionConfig } from "../../config/mod.ts";
import { cease, CeaseCode, type Notification } from "../../message/mod.ts";
import { type DownReason, type Negotiated, type PeerStateName, type State, withAdvice } from "../../session/mod.ts";
import type { PeerCounters, RibFact } from "../../rib/mod.ts";
import type { PeerState } from "../../store/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import { Drain } from "./drain.ts";
import { PeerDial } from "./peer_dial.ts";
import { endedFamily, takeFact } from "./peer_facts.ts";
import { type HoldEnd, PeerHold } from "./peer_hold.ts";
import { nameOf } from "./peer_identity.ts";
import { type MessageCounts, PeerReport } from "./peer_report.ts";
import type { PeerServices } from "./peer_services.ts";
import { type EstablishedSession, PeerSession, type SessionOwner } from "./peer_session.ts";
import { describeDown, endingFor, establishedState, unanswered } from "./peer_text.ts";
import { renegotiated, validatesOtherwise } from "./session_change.ts";
import { StaleRoutes } from "./stale_routes.ts";

export class Peer {
  /** The id of the peer in the database. */
  readonly id: number;
  /** The name for people; a member of a network is called by its address. */
  readonly name: string;
  /** Canonical text, with its zone. `undefined`: nobody has been seen on the link of a peer with `interface` yet. */
  address: string | undefined;
  state: State = "Idle";
  /** Wall clock, milliseconds. */
  stateSince: number;
  /**
   * Since when the peer is as people see it, wall clock: with a session, without one, held or disabled. A peer that is
   * away goes round Idle, Connect and Active every few seconds; it has no session since the first of them.
   */
  shownSince: number;
  lastReason: string | undefined;
  /** How many sessions were Established. */
  sessions = 0;
  /** The last report of the RIB about the session. */
  counters: PeerCounters | undefined;
  readonly drain: Drain;
  #config: PeerConfig;
  #enabled: boolean;
  #isAbandoned = false;
  readonly #services: PeerServices;
  readonly #report: PeerReport;
  readonly #session: PeerSession;
  readonly #dialing: PeerDial;
  readonly #stale: StaleRoutes;
  readonly #hold: PeerHold;
  #shown: PeerStateName;

  /** `epoch`: the last one that an earlier peer with this id had. */
  constructor(id: number, address: string | undefined, config: PeerConfig, services: PeerServices, epoch = 0) {
    this.id = id;
    this.name = nameOf(config, address);
    this.address = address;
    this.#config = config;
    this.#enabled = config.enabled;
    this.stateSince = this.shownSince = services.clock.now();
    this.#shown = this.#enabled ? "Idle" : "Disabled";
    this.#services = services;
    this.#report = new PeerReport(id, this.name, services);
    this.drain = new Drain(services.clock, (reason) => this.session && this.#reportState({ reason }));
    this.#stale = new StaleRoutes(id, this.name, config, services, this.#report);
    this.#dialing = new PeerDial(services, {
      connected: (connection) => this.#connected(connection),
      failed: (reason) => this.#dialFailed(reason),
    });
    this.#hold = new PeerHold(services.clock, () => this.start());
    this.#session = new PeerSession({
      peerId: id,
      config: sessionConfig(config, this.#restartState),
      services,
      report: this.#report,
      owner: this.#sessionOwner,
      epoch,
    });
    this.#reportState();
  }

  /** Messages since the daemon started. */
  get messages(): MessageCounts {
    return this.#report.messages;
  }

  get config(): PeerConfig {
    return this.#config;
  }

  /** Whether it may have a session: as configured, until a command enables or disables it. */
  get enabled(): boolean {
    return this.#enabled;
  }

  /** The number of the last session that was Established. */
  get epoch(): number {
    return this.#session.epoch;
  }

  /** What the Established session has negotiated, and our address of it. */
  get session(): { negotiated: Negotiated; localAddress: string } | undefined {
    const { current } = this.#session;
    return current && { negotiated: current.negotiated, localAddress: current.connection.localAddress };
  }

  /** When the last routes of a lost session go; `undefined`: there are none. */
  get staleUntil(): number | undefined {
    return this.#stale.until;
  }

  /** True while the peer has no session because it announced more prefixes than it may. */
  get held(): boolean {
    return this.#hold.reason !== undefined;
  }

  /** Since when there has been neither a connection nor a route of it, wall clock; `undefined`: there is one. */
  get awaySince(): number | undefined {
    return this.#session.hasConnections || this.held || this.staleUntil !== undefined ? undefined : this.stateSince;
  }

  /** The state for people: `Disabled` and `Held` are not states of RFC 4271. */
  get shownState(): PeerStateName {
    if (!this.#enabled) return "Disabled";
    return this.held ? "Held" : this.state;
  }

  /** The restart of this daemon has come further: the next OPEN says so. */
  restartChanged(): void {
    this.#session.config = sessionConfig(this.#config, this.#restartState);
  }

  /** The time for routes of an earlier run is over: they go, unless a session of this run keeps them. */
  earlierRunOver(): void {
    if (this.session === undefined) this.#stale.earlierRunOver();
  }

  /** The peer is not expected back: its stale routes go, and the restart does not wait for it. */
  forget(): void {
    this.#stale.clear();
    this.#services.restart?.forget(this.id);
  }

  get #restartState(): RestartState {
    const { restarting = false, forwarding = false } = this.#services.restart?.stateOf(this.id) ?? {};
    // The peer may still have what an earlier session of this run advertised.
    return { restarting, forwarding: forwarding || this.sessions > 0 };
  }

  start(): void {
    this.#hold.clear();
    this.#session.dispatch({ kind: "start", automatic: false });
    this.#reportState();
  }

  /** Also ends the time for which the peer is held. */
  enable(): void {
    if (this.#enabled && !this.held) return;
    this.#enabled = true;
    this.#reportState();
    this.start();
  }

  /** Ends the session; there is none until {@link enable}. `communication`: text for the peer's operator (RFC 9003). */
  disable(communication?: string): void {
    if (!this.#enabled) return;
    this.#enabled = false;
    this.drain.cancel();
    void this.stop(cease(CeaseCode.administrativeShutdown, communication));
    this.forget();
    this.#reportState();
  }

  /** Ends the session and starts it again. `graceful`: routes stay meanwhile, where RFC 8538 is negotiated. */
  reset(notification: Notification, { graceful = false }: { readonly graceful?: boolean } = {}): void {
    void this.stop(notification, { graceful });
    this.start();
  }

  /**
   * Takes over another configuration. An Established session goes on, unless `reset`; any other attempt at a session
   * begins anew, so that it connects as it should now. `between` is called after the end of a session and before the
   * start of the next one; where the session goes on and its OPENs amount to something else now, with what is
   * negotiated. What a command enabled or disabled is as configured again. After {@link abandon} nothing happens.
   */
  configure(
    config: PeerConfig,
    { reset, between }: { readonly reset: boolean; readonly between: (negotiated?: Negotiated) => void },
  ): void {
    if (this.#isAbandoned) return;
    const begin = reset || this.session === undefined || config.enabled !== this.#enabled;
    if (begin) void this.stop(cease(endingFor(this, config)));
    this.#config = config;
    this.restartChanged();
    this.#stale.configure(config);
    this.#enabled = config.enabled;
    if (!config.enabled) this.forget();
    this.#reportState();
    this.#renegotiate(between);
    if (begin && config.enabled) this.start();
  }

  /**
   * What the Established session amounts to under this configuration; `undefined`: it takes a new session, or there is
   * none.
   */
  under(config: PeerConfig): Negotiated | undefined {
    const { session } = this;
    return session === undefined ? undefined : renegotiated(this.#config, config, session);
  }

  #renegotiate(between: (negotiated?: Negotiated) => void): void {
    const before = this.session?.negotiated;
    const negotiated = this.under(this.#config);
    if (before === undefined || negotiated === undefined || !validatesOtherwise(before, negotiated)) return between();
    this.#session.renegotiate(negotiated);
    between(negotiated);
    // Routes that the rules of before refused come again.
    this.#services.toRib({ kind: "refresh", peerId: this.id, direction: "in" });
  }

  /**
   * Ends the session with this NOTIFICATION and stays Idle. Resolves, and never rejects, when its connections are
   * closed.
   */
  stop(notification?: Notification, options?: { readonly graceful?: boolean }): Promise<void> {
    this.#hold.clear();
    return this.#session.stop(notification, options);
  }

  /** The daemon restarts: connections close without a NOTIFICATION, and nothing more happens here (RFC 4724 §4.1). */
  abandon(): Promise<void> {
    this.#isAbandoned = true;
    this.#dialing.cancel();
    this.#hold.clear();
    this.drain.cancel();
    this.#stale.stop();
    return this.#session.abandon();
  }

  /**
   * Somebody at this address becomes the one neighbour on the link of the peer. False where another one has a
   * connection.
   */
  meet(address: string): boolean {
    if (this.address !== address && this.#session.hasConnections) return false;
    this.address = address;
    return true;
  }

  /** Takes a connection that the peer opened. */
  accept(connection: Connection): void {
    this.#session.adopt(connection, "accepted");
  }

  /** The RIB found something in this session. */
  fact(fact: RibFact): void {
    if (this.#session.current?.epoch !== fact.epoch) return;
    const fail = (notification: Notification) => this.#session.fail(notification);
    const ended = endedFamily(fact);
    if (ended !== undefined) this.#services.restart?.endOfRib(this.id, ended);
    const hold = this.#holdBack.bind(this);
    takeFact(fact, { name: this.name, log: this.#services.log, report: this.#report, stale: this.#stale, fail, hold });
  }

  /** Sends the counters to the database. */
  reportStatistics(): void {
    if (this.counters !== undefined) this.#report.statistics(this.counters);
  }

  /** The RIB answered a `pull` with these messages for the peer. */
  output(epoch: number, bytes: Uint8Array): void {
    this.#session.output(epoch, bytes);
  }

  #connected(connection: Connection): void {
    if (this.#config.kind !== "interface" || this.meet(connection.remoteAddress)) {
      return this.#session.adopt(connection, "connected");
    }
    connection.close();
    this.#session.dispatch({ kind: "connectFailed", reason: "another neighbour has connected meanwhile" });
  }

  #dialFailed(reason: string): void {
    if (this.#session.hasConnections) this.#services.log.debug(`${this.name}: ${reason}`);
    else this.#noSession(reason);
    this.#session.dispatch({ kind: "connectFailed", reason });
  }

  #holdBack(notification: Notification, text: string, end: HoldEnd): void {
    void this.stop(notification);
    this.#hold.begin(text, end);
    this.lastReason = this.#hold.reason;
    this.#services.log.warn(`${this.name}: ${this.lastReason}`);
    this.#reportState({ reason: this.lastReason });
  }

  readonly #sessionOwner: SessionOwner = {
    dial: () => this.#dialing.start(this.#config, this.address),
    cancelDial: () => this.#dialing.cancel(),
    stateChanged: (from, to) => this.#stateChanged(from, to),
    established: (session) => this.#established(session),
    down: (session, reason) => this.#down(session, reason),
    notificationSent: (message, why) => this.#notificationSent(message, why),
    unanswered: () => this.#noSession(unanswered(this.address ?? this.name, this.#config)),
    failed: (reason) => this.#noSession(reason),
  };

  /** `why`: why an OPEN was refused, for our operator. */
  #notificationSent(message: Uint8Array, why: string | undefined): void {
    // A held peer may dial every second; the log has the reason once, from the start of the hold.
    if (this.held) return;
    this.#report.notificationSent(message, why);
    if (why === undefined) return;
    this.lastReason = why;
    this.#reportState({ reason: why });
  }

  /** An attempt at a session failed. What was found in an OPEN is reported with the NOTIFICATION. */
  #noSession(reason: string): void {
    if (this.held) return;
    // Strangers inside a network leave no rows.
    this.#report.noSession(reason, { isEvent: this.#config.kind !== "network" });
    if (this.lastReason !== undefined && reason.endsWith(`: ${this.lastReason}`)) return;
    this.lastReason = reason;
    this.#reportState({ reason });
  }

  #established({ epoch, negotiated, connection }: EstablishedSession): void {
    this.sessions++;
    this.lastReason = undefined;
    this.#report.established();
    const session = {
      negotiated,
      localAddress: parseZonedAddress(connection.localAddress)!,
      remoteAddress: parseZonedAddress(connection.remoteAddress)!,
      link: splitZone(connection.remoteAddress).zone || undefined,
      ports: { local: connection.localPort, remote: connection.remotePort },
    };
    const keep = this.#stale.established(negotiated);
    this.#services.toRib({ kind: "sessionUp", peerId: this.id, epoch, session, keep });
    this.restartChanged();
    this.#services.restart?.established(this.id, negotiated);
    this.#reportState({ ...establishedState(negotiated, connection.localAddress), remoteIp: this.address });
  }

  #down({ epoch, negotiated }: EstablishedSession, reason: DownReason): void {
    this.#stale.down(epoch, negotiated, reason);
    this.lastReason = describeDown(reason);
    // The line about a NOTIFICATION has said what to check.
    const why = reason.kind.startsWith("notification") ? this.lastReason : withAdvice(this.lastReason);
    this.#services.log.warn(`${this.name}: session down: ${why}`);
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
      // The other changes of a peer that is away would soon push everything else out of the table of events.
      this.#report.event("state", text);
    } else log.debug(`${this.name}: ${text}`);
    this.#reportState();
    if (to === "OpenConfirm") this.#services.opened?.(this.id);
  }

  #reportState(session: Partial<PeerState> = {}): void {
    const shown = this.shownState;
    if (condition(shown) !== condition(this.#shown)) this.shownSince = this.#services.clock.now();
    this.#shown = shown;
    this.#report.state({ state: shown, since: Math.floor(this.shownSince), ...session });
  }
}

/** States that are one for people: those of a peer that has no session yet are. */
function condition(state: PeerStateName): "Established" | "Held" | "Disabled" | "away" {
  return state === "Established" || state === "Held" || state === "Disabled" ? state : "away";
}
