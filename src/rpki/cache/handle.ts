/**
 * The state machine of the session with one cache: `handleCache(session, event, now)` takes one event and returns
 * effects. It opens no socket and reads no clock. What PDUs cause stands in `pdus.ts`.
 */

import type { Millis } from "../../types/mod.ts";
import { RtrError, type RtrVersion } from "../rtr/code_points.ts";
import { RtrFramer } from "../rtr/framer.ts";
import { answerMs, ask, connect, disconnect, fail, otherVersionMs, reconnectMs } from "./actions.ts";
import { onFrame } from "./pdus.ts";
import type { CacheSession, Step } from "./session.ts";
import type { CacheEffect, CacheEvent } from "./types.ts";

export function handleCache(session: CacheSession, event: CacheEvent, now: Millis): CacheEffect[] {
  const step: Step = { session, now, effects: [] };
  switch (event.kind) {
    case "start":
      if (session.framer === undefined && session.state !== "connecting") connect(step);
      break;
    case "stop":
      session.connectAt = undefined;
      if (session.state !== "stopped") disconnect(step, "stopped", undefined);
      break;
    case "tick":
      tick(step);
      break;
    case "connected":
      if (session.state === "connecting") onConnected(step);
      break;
    case "connectFailed":
      if (session.state !== "connecting") break;
      step.effects.push({ kind: "failed", reason: event.reason, code: undefined, received: false });
      disconnect(step, "waiting", reconnectMs(session));
      session.nextVersion = undefined;
      break;
    case "closed":
      if (session.framer !== undefined) onClosed(step, event.reason);
      break;
    case "octets":
      onOctets(step, event.bytes);
      break;
    default:
      event satisfies never;
  }
  return step.effects;
}

/** §7: "it MUST attempt to open an RPKI-Router 'session' by issuing" a query with its highest version. */
function onConnected(step: Step): void {
  const { session, now } = step;
  const { ceiling, config } = session;
  const isLowered = ceiling !== undefined && now < ceiling.until && ceiling.version < config.version;
  if (session.nextVersion === undefined) session.refused = 0;
  session.version = session.nextVersion ?? (isLowered ? ceiling.version : config.version);
  session.nextVersion = undefined;
  session.isAgreed = false;
  session.framer = new RtrFramer();
  ask(step);
}

function onClosed(step: Step, reason: string): void {
  const { session } = step;
  const { version, refused, isAgreed, resume } = session;
  step.effects.push({ kind: "failed", reason, code: undefined, received: false });
  if (isAgreed || resume?.version === version) return disconnect(step, "waiting", reconnectMs(session));
  // An Error Report named the version of the cache; the cache may close now, or go on.
  if (refused !== 0 && (refused & (1 << version)) === 0) {
    session.refused |= 1 << version;
    session.nextVersion = version;
    return disconnect(step, "waiting", 0);
  }
  // RFC 8210 §7: a cache that knows no other version than its own may just terminate the connection.
  if (refused === 0 && version > 0) {
    session.nextVersion = version - 1 as RtrVersion;
    return disconnect(step, "waiting", otherVersionMs);
  }
  disconnect(step, "waiting", session.timing.retry * 1000);
}

function onOctets(step: Step, bytes: Uint8Array): void {
  const { session, now } = step;
  const { framer } = session;
  if (framer === undefined) return;
  framer.push(bytes);
  for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
    if (session.query !== undefined) session.query.answerBy = now + answerMs;
    onFrame(step, frame);
    // The session with this connection is over.
    if (session.framer !== framer) return;
  }
}

function tick(step: Step): void {
  const { session, now } = step;
  if (session.expiresAt !== undefined && now >= session.expiresAt) expire(step);
  const { query } = session;
  if (query !== undefined && (now >= query.answerBy || now >= query.endBy)) {
    // §9; the version may have no such code.
    const text = session.state === "asking" ? "no answer to our query" : "the answer does not end";
    fail(step, { kind: "fault", code: RtrError.transportFailure, text }, undefined);
  }
  if (session.queryAt !== undefined && now >= session.queryAt) ask(step);
  if (session.connectAt !== undefined && now >= session.connectAt) connect(step);
}

/** §6: "The router MUST NOT retain the data past the time indicated by this parameter." */
function expire(step: Step): void {
  const { session } = step;
  session.expiresAt = undefined;
  session.resume = undefined;
  session.data.drop();
  step.effects.push({ kind: "dropped", reason: "expired" });
  // The answer under way changes data that are gone.
  if (session.query?.isFull === false) disconnect(step, "waiting", 0);
  else if (session.state === "idle") session.isCurrent = false;
}
