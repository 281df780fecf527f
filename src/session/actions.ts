/** The actions of RFC 4271 §8.2.2 that several states share. `fsm.ts` decides when each is taken. */

import {
  cease,
  CeaseCode,
  createNotification,
  encodeNotification,
  encodeOpen,
  ErrorCode,
  keepaliveMessage,
  type Notification,
} from "../message/mod.ts";
import { type Ending, endingNote, refusesCapabilities } from "./endings.ts";
import { asHardReset } from "./graceful.ts";
import { localOpen } from "./negotiate.ts";
import type { ConnectionId, DownReason, Negotiated } from "./types.ts";
import { type FsmStep, type PeerConnection, state } from "./session.ts";
import {
  connectRetryMs,
  decayIdleHold,
  largeHoldMs,
  nextIdleHoldMs,
  restartHold,
  restartKeepalive,
  restartSendHold,
} from "./timers.ts";

/** Leaves Idle: dials, or only listens where the peer is passive. */
export function begin(step: FsmStep): void {
  const { session } = step;
  session.running = true;
  session.idleHoldTimer = undefined;
  session.base = "Active";
  if (!session.config.passive) dial(step);
}

/** Starts a TCP connection to the peer; the ConnectRetryTimer bounds how long it may take. */
export function dial(step: FsmStep): void {
  step.session.base = "Connect";
  step.session.connectRetryTimer = step.now + connectRetryMs(step.session);
  step.effects.push({ kind: "connect" });
}

export function cancelDial(step: FsmStep): void {
  if (step.session.base !== "Connect") return;
  step.session.base = "Active";
  step.effects.push({ kind: "cancelConnect" });
}

/**
 * "Restarts the ConnectRetryTimer, continues to listen". A passive peer is never dialled, so its timer does not run.
 */
export function listenOn(step: FsmStep): void {
  const { session } = step;
  session.connectRetryTimer = session.config.passive ? undefined : step.now + connectRetryMs(session);
}

/** Idle after a failure. The session leaves it when the IdleHoldTimer expires (RFC 4271 §8.1.3, event 13). */
export function enterIdle(step: FsmStep, next: "Idle" | "dampedIdle" | "longIdle"): void {
  const { session } = step;
  session.base = "Idle";
  session.connectRetryTimer = undefined;
  session.idleHoldTimer = step.now + nextIdleHoldMs(session, next);
}

/** A new TCP connection: the OPEN is sent at once, or after DelayOpenTime (RFC 4271 §8.2.2, events 16 and 17). */
export function adopt(step: FsmStep, id: ConnectionId, openedBy: "us" | "peer"): void {
  const { session } = step;
  const connection: PeerConnection = {
    id,
    openedBy,
    state: openedBy === "us" ? "Connect" : "Active",
    localOpen: undefined,
    negotiated: undefined,
    epoch: 0,
    establishedAt: 0,
    timers: { delayOpen: undefined, hold: undefined, keepalive: undefined, sendHold: undefined },
  };
  session.connections.push(connection);
  session.connectRetryTimer = undefined;
  const delayOpenMs = session.config.delayOpenSeconds * 1000;
  if (delayOpenMs > 0) connection.timers.delayOpen = step.now + delayOpenMs;
  else sendOpen(step, connection);
}

/** Closes a connection that the session does not accept, with Cease / Connection Rejected (RFC 4486 §4). */
export function reject(step: FsmStep, connection: ConnectionId): void {
  const bytes = encodeNotification(cease(CeaseCode.connectionRejected));
  step.effects.push({ kind: "send", connection, message: "NOTIFICATION", bytes }, { kind: "close", connection });
}

/** "Sends an OPEN message, sets the HoldTimer to a large value, changes its state to OpenSent." */
export function sendOpen(step: FsmStep, connection: PeerConnection): void {
  const open = localOpen(step.session.config, step.session);
  connection.localOpen = open;
  connection.state = "OpenSent";
  connection.timers.delayOpen = undefined;
  connection.timers.hold = step.now + largeHoldMs;
  step.effects.push({ kind: "send", connection: connection.id, message: "OPEN", bytes: encodeOpen(open) });
}

export function sendKeepalive(step: FsmStep, connection: PeerConnection, negotiated: Negotiated): void {
  step.effects.push({ kind: "send", connection: connection.id, message: "KEEPALIVE", bytes: keepaliveMessage });
  restartKeepalive(step, connection, negotiated);
}

/** Both OPENs are acceptable: KEEPALIVE acknowledges the peer's, and from now on the negotiated hold time applies. */
export function enterOpenConfirm(step: FsmStep, connection: PeerConnection, negotiated: Negotiated): void {
  connection.state = "OpenConfirm";
  connection.negotiated = negotiated;
  sendKeepalive(step, connection, negotiated);
  restartHold(step, connection, negotiated);
  restartSendHold(step, connection, negotiated);
}

/** The peer acknowledged our OPEN. A dial still in progress is no longer needed. */
export function enterEstablished(step: FsmStep, connection: PeerConnection, negotiated: Negotiated): void {
  const { session } = step;
  cancelDial(step);
  connection.state = "Established";
  connection.establishedAt = step.now;
  connection.epoch = ++session.epoch;
  restartHold(step, connection, negotiated);
  step.effects.push({ kind: "established", connection: connection.id, epoch: connection.epoch, negotiated });
}

export interface EndingOptions {
  /** What becomes of the session where this was its last connection; damped Idle by default. */
  readonly next?: Ending["next"];
  /** Reported as the reason in place of the NOTIFICATION. */
  readonly because?: DownReason;
  /** The peer may keep our routes (RFC 8538 §4): the NOTIFICATION is not sent as a Hard Reset. */
  readonly keepsRoutes?: boolean | undefined;
}

/** Sends the peer a NOTIFICATION that says why, then ends the connection. */
export function endWith(
  step: FsmStep,
  connection: PeerConnection,
  cause: Notification,
  options: EndingOptions = {},
): void {
  const { next = "dampedIdle", because, keepsRoutes = false } = options;
  const isHard = connection.state === "Established" && !keepsRoutes;
  const notification = isHard ? asHardReset(cause, connection.negotiated) : cause;
  const reason: DownReason = because ?? { kind: "notificationSent", notification };
  // RFC 4271 §8.1.1: without SendNOTIFICATIONwithoutOPEN, a peer that has not seen our OPEN gets no NOTIFICATION.
  if (connection.localOpen !== undefined) {
    const bytes = encodeNotification(notification);
    const why = reason.kind === "notificationSent" && reason.why !== undefined ? { why: reason.why } : {};
    step.effects.push({ kind: "send", connection: connection.id, message: "NOTIFICATION", bytes, ...why });
  }
  end(step, connection, { reason, next });
}

/** Every connection ends here, and so every Established session. */
export function end(step: FsmStep, connection: PeerConnection, { reason, next }: Ending): void {
  const { session } = step;
  session.connections = session.connections.filter((other) => other !== connection);
  // RFC 5492 §3 allows one attempt without capabilities; the attempt after it announces them again.
  if (connection.localOpen !== undefined) session.withoutCapabilities = refusesCapabilities(connection, reason);
  step.effects.push({ kind: "close", connection: connection.id });
  if (connection.state === "Established") leaveEstablished(step, connection, reason);
  else if (next !== "stopped") step.effects.push({ kind: "note", text: endingNote(connection, reason) });
  // Another connection of the peer continues the session; `stopSession` does the rest of a stop.
  if (session.connections.length > 0 || next === "stopped") return;
  // A dial in progress is a state machine of its own (RFC 4271 §8.2.1) and does not fail with this connection.
  if (next === "Active" || session.base === "Connect") listenOn(step);
  else enterIdle(step, next);
}

function leaveEstablished(step: FsmStep, connection: PeerConnection, reason: DownReason): void {
  decayIdleHold(step.session, step.now - connection.establishedAt);
  step.effects.push({ kind: "down", epoch: connection.epoch, reason });
}

/** The rest of a stop, once the connections are closed: Idle, with no timer that would leave it. */
export function stopSession(step: FsmStep): void {
  const { session } = step;
  cancelDial(step);
  session.running = false;
  session.base = "Idle";
  session.connectRetryTimer = undefined;
  session.idleHoldTimer = undefined;
  session.idleHoldSeconds = session.config.idleHoldSeconds;
  session.withoutCapabilities = false;
}

/** No message of the peer arrived during the hold time (10). */
export function holdTimerExpired(step: FsmStep, connection: PeerConnection): void {
  const notification = createNotification(ErrorCode.holdTimerExpired);
  endWith(step, connection, notification, { because: { kind: "holdTimerExpired" } });
}

/** RFC 9687 §3: the NOTIFICATION may not arrive, since the peer has long read nothing from us. */
export function sendHoldTimerExpired(step: FsmStep, connection: PeerConnection): void {
  const notification = createNotification(ErrorCode.sendHoldTimerExpired);
  endWith(step, connection, notification, { because: { kind: "sendHoldTimerExpired" } });
}

/** Reports the state of the session to the shell where the event changed it. */
export function reportState(step: FsmStep): void {
  const from = step.session.reported, to = state(step.session);
  if (from === to) return;
  step.session.reported = to;
  step.effects.push({ kind: "state", from, to });
}
