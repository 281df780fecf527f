/**
 * The memory of a session: one plain object per peer, and questions about it. Decisions are taken in `fsm.ts`.
 *
 * RFC 4271 §8.2.1 has one state machine per connection. Here one session holds all connections of a peer, each with its
 * own state, so that a collision (§6.8) is a comparison of two entries of one list.
 */

import type { Millis } from "../types/mod.ts";
import type { Open } from "../message/mod.ts";
import type { ConnectionId, Effect, Negotiated, SessionConfig, SessionEvent, State } from "./types.ts";

/** Made by {@link createSession}, changed by `handle`, read by the functions below. */
export interface Session {
  /** May be replaced: what an OPEN says takes effect with the next session, a timer with its next start. */
  config: SessionConfig;
  readonly random: () => number;
  /**
   * True after `start`, false after `stop`: whether the session leaves Idle by itself, and whether the peer may
   * connect.
   */
  running: boolean;
  /**
   * The state of the session apart from its connections. Connect: a dial is in progress. Active: listening. In Idle
   * there is no connection.
   */
  base: "Idle" | "Connect" | "Active";
  connections: PeerConnection[];
  /** The state that the last `state` effect reported. */
  reported: State;
  /** Deadlines. The ConnectRetryTimer runs only while there is no connection. */
  connectRetryTimer: Millis | undefined;
  idleHoldTimer: Millis | undefined;
  /**
   * How long the next damped Idle lasts, before jitter. It grows with failures, as RFC 4271's ConnectRetryCounter does.
   */
  idleHoldSeconds: number;
  epoch: number;
  /** The peer answered our capabilities with "Unsupported Optional Parameter": the next OPEN has none (RFC 5492 §3). */
  withoutCapabilities: boolean;
}

/** One TCP connection of the peer. In Connect or Active it waits for its DelayOpenTimer. */
export interface PeerConnection {
  readonly id: ConnectionId;
  /** Which side opened it. Collision resolution depends on it. */
  readonly openedBy: "us" | "peer";
  state: Exclude<State, "Idle">;
  /** The OPEN we sent. Before it we send no NOTIFICATION either (SendNOTIFICATIONwithoutOPEN is off). */
  localOpen: Open | undefined;
  negotiated: Negotiated | undefined;
  epoch: number;
  establishedAt: Millis;
  readonly timers: ConnectionTimers;
}

/** Deadlines of one connection. */
export type ConnectionTimers = Record<ConnectionTimer, Millis | undefined>;
export type ConnectionTimer = "delayOpen" | "hold" | "keepalive" | "sendHold";
export type SessionTimer = "connectRetry" | "idleHold";

/**
 * The events of the state functions: those of the shell, one timer at a time, and the outcome of a collision (§6.8).
 */
export type FsmEvent =
  | Exclude<SessionEvent, { kind: "tick" }>
  | { kind: "timer"; timer: ConnectionTimer | SessionTimer }
  | { kind: "collisionDump" };

/** One call of `handle`: the session, the moment, and the effects so far. */
export interface FsmStep {
  readonly session: Session;
  readonly now: Millis;
  readonly effects: Effect[];
}

/** A session in Idle that waits for `start`. `random` returns numbers in [0, 1) for jitter. */
export function createSession(config: SessionConfig, random: () => number): Session {
  return {
    config,
    random,
    running: false,
    base: "Idle",
    connections: [],
    reported: "Idle",
    connectRetryTimer: undefined,
    idleHoldTimer: undefined,
    idleHoldSeconds: config.idleHoldSeconds,
    epoch: 0,
    withoutCapabilities: false,
  };
}

const progress: Record<State, number> = { Idle: 0, Connect: 1, Active: 2, OpenSent: 3, OpenConfirm: 4, Established: 5 };

/** The state of the peer: that of its most advanced connection. */
export function state(session: Session): State {
  return leading(session)?.state ?? session.base;
}

/** The state of one connection; `undefined` where the session does not hold it, or no longer holds it. */
export function connectionState(session: Session, id: ConnectionId): State | undefined {
  return findConnection(session, id)?.state;
}

/** The most advanced connection. */
export function leading(session: Session): PeerConnection | undefined {
  let best: PeerConnection | undefined;
  for (const connection of session.connections) {
    if (best === undefined || progress[connection.state] > progress[best.state]) best = connection;
  }
  return best;
}

export function findConnection(session: Session, id: ConnectionId): PeerConnection | undefined {
  for (const connection of session.connections) if (connection.id === id) return connection;
  return undefined;
}

/** Deadlines that run now, of the session and of its most advanced connection. */
export type RunningTimers = { readonly [timer in ConnectionTimer | SessionTimer]?: Millis };

export function timersOf(session: Session): RunningTimers {
  const all = {
    connectRetry: session.connectRetryTimer,
    idleHold: session.idleHoldTimer,
    ...leading(session)?.timers,
  };
  return Object.fromEntries(Object.entries(all).filter(([, deadline]) => deadline !== undefined));
}

/** When the shell should send `tick`; `undefined` where no timer runs. */
export function nextDeadline(session: Session): Millis | undefined {
  return nextTimer(session)?.deadline;
}

/** A timer that runs, its connection where it has one, and when it fires. */
export interface RunningTimer {
  readonly timer: ConnectionTimer | SessionTimer;
  readonly connection: PeerConnection | undefined;
  readonly deadline: Millis;
}

/** The timer that fires first. Among equal deadlines the order below decides: HoldTimer before KeepaliveTimer. */
export function nextTimer(session: Session): RunningTimer | undefined {
  let first: RunningTimer | undefined;
  const consider = (
    timer: ConnectionTimer | SessionTimer,
    connection: PeerConnection | undefined,
    deadline: Millis | undefined,
  ) => {
    if (deadline === undefined || (first !== undefined && first.deadline <= deadline)) return;
    first = { timer, connection, deadline };
  };
  for (const connection of session.connections) {
    consider("hold", connection, connection.timers.hold);
    consider("sendHold", connection, connection.timers.sendHold);
    consider("keepalive", connection, connection.timers.keepalive);
    consider("delayOpen", connection, connection.timers.delayOpen);
  }
  consider("connectRetry", undefined, session.connectRetryTimer);
  consider("idleHold", undefined, session.idleHoldTimer);
  return first;
}
