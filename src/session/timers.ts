/** How long each timer of RFC 4271 §10 runs. The session holds the deadlines. */

import type { Negotiated } from "./types.ts";
import type { FsmStep, PeerConnection, Session } from "./session.ts";

/**
 * RFC 4271 §8.2.2: "sets the HoldTimer to a large value"; 4 minutes are suggested. The peer's OPEN must arrive within
 * it.
 */
export const largeHoldMs = 240_000;

/** RFC 4271 §10: a random factor from 0.75 to 1.0 keeps many speakers from acting at the same moment. */
export function jittered(session: Session, ms: number): number {
  return Math.round(ms * (0.75 + 0.25 * session.random()));
}

export function connectRetryMs(session: Session): number {
  return jittered(session, Math.max(1, session.config.connectRetrySeconds) * 1000);
}

/** RFC 4271 §4.4: a third of the hold time, jittered, but never more than one KEEPALIVE per second. */
export function keepaliveMs(session: Session, negotiated: Negotiated): number {
  return Math.max(1000, jittered(session, negotiated.keepaliveSeconds * 1000));
}

/**
 * RFC 9687 §3: off where SendHoldTime or the negotiated hold time is zero. It must exceed the hold time (§4): a smaller
 * value becomes twice the hold time, the proportion that the RFC uses.
 */
export function sendHoldMs(session: Session, negotiated: Negotiated): number | undefined {
  const { sendHoldSeconds } = session.config;
  if (sendHoldSeconds === 0 || negotiated.holdTimeSeconds === 0) return undefined;
  const seconds = sendHoldSeconds > negotiated.holdTimeSeconds ? sendHoldSeconds : 2 * negotiated.holdTimeSeconds;
  return seconds * 1000;
}

/** Restarts the HoldTimer; with a hold time of zero there is none (RFC 4271 §4.2). */
export function restartHold(step: FsmStep, connection: PeerConnection, negotiated: Negotiated): void {
  const { holdTimeSeconds } = negotiated;
  connection.timers.hold = holdTimeSeconds === 0 ? undefined : step.now + holdTimeSeconds * 1000;
}

export function restartKeepalive(step: FsmStep, connection: PeerConnection, negotiated: Negotiated): void {
  const runs = negotiated.holdTimeSeconds !== 0;
  connection.timers.keepalive = runs ? step.now + keepaliveMs(step.session, negotiated) : undefined;
}

export function restartSendHold(step: FsmStep, connection: PeerConnection, negotiated: Negotiated): void {
  const ms = sendHoldMs(step.session, negotiated);
  connection.timers.sendHold = ms === undefined ? undefined : step.now + ms;
}

/** After a peer's maximum-prefix limit ended the session, Idle lasts up to so many times `idleHoldMaxSeconds`. */
const longIdleFactor = 16;

/**
 * DampPeerOscillations (RFC 4271 §8.1.1): how long Idle lasts now. Each failure doubles the next Idle, up to
 * `idleHoldMaxSeconds`. Jitter keeps two speakers that failed together from returning together.
 */
export function nextIdleHoldMs(session: Session, next: "Idle" | "dampedIdle" | "longIdle"): number {
  const { idleHoldSeconds, idleHoldMaxSeconds } = session.config;
  const damped = Math.min(session.idleHoldSeconds, idleHoldMaxSeconds);
  // To return soon to a peer that has no room for our prefixes would cost both sides a table, with the same result.
  const long = Math.max(session.idleHoldSeconds, idleHoldMaxSeconds);
  const seconds = next === "Idle" ? idleHoldSeconds : next === "longIdle" ? long : damped;
  if (next === "dampedIdle") session.idleHoldSeconds = Math.min(idleHoldMaxSeconds, damped * 2);
  if (next === "longIdle") session.idleHoldSeconds = Math.min(longIdleFactor * idleHoldMaxSeconds, long * 2);
  return jittered(session, seconds * 1000);
}

/** Each `idleHoldMaxSeconds` in Established halves the next Idle. */
export function decayIdleHold(session: Session, establishedMs: number): void {
  const { idleHoldSeconds, idleHoldMaxSeconds } = session.config;
  const periods = Math.floor(establishedMs / (Math.max(1, idleHoldMaxSeconds) * 1000));
  session.idleHoldSeconds = Math.max(idleHoldSeconds, session.idleHoldSeconds / 2 ** Math.min(periods, 32));
}
