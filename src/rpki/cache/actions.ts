/** Actions of the session with a cache: connect, ask, report an error, disconnect. */

import type { Millis } from "../../types/mod.ts";
import { errorName, hasErrorCode, PduType, RtrError, type RtrVersion } from "../rtr/code_points.ts";
import { encodePdu, type Pdu, type RtrFault } from "../rtr/pdu.ts";
import type { CacheSession, Step } from "./session.ts";
import type { CacheState } from "./types.ts";

/** Without a PDU for so long, an answer has stalled. */
export const answerMs = 60_000;
/** The whole answer takes at most so long (8210bis §11.4). */
const wholeAnswerMs = 1_800_000;
/** After a lost or refused connection. It doubles with each further one, up to the Retry Interval. */
const leastReconnectMs = 5000;
/** §6: a query of another version need not wait for the Retry Interval. */
export const otherVersionMs = 1000;
/** For so long, a cache whose ASPAs break rules is asked for its VRPs only. */
const withoutAspasMs = 3_600_000;

export function toState(step: Step, to: CacheState): void {
  const from = step.session.state;
  if (from === to) return;
  step.session.state = to;
  step.effects.push({ kind: "state", from, to });
}

export function connect(step: Step): void {
  step.session.connectAt = undefined;
  toState(step, "connecting");
  step.effects.push({ kind: "connect" });
}

export function send(step: Step, pdu: Pdu): void {
  step.effects.push({ kind: "send", bytes: encodePdu(pdu) });
}

/**
 * §8.1: a Serial Query where we have data of a session of this version that we can name, a Reset Query in all other
 * cases.
 */
export function ask(step: Step): void {
  const { session, now } = step;
  const { version, resume } = session;
  const isFull = resume?.version !== version;
  send(
    step,
    isFull
      ? { version, kind: "resetQuery" }
      : { version, kind: "serialQuery", sessionId: resume.sessionId, serial: resume.serial },
  );
  session.queryAt = undefined;
  session.notified = undefined;
  session.askedAt = now;
  session.query = { isFull, answerBy: now + answerMs, endBy: now + wholeAnswerMs, sessionId: undefined };
  toState(step, "asking");
}

/** How long to wait before the next connection, after one that was lost or refused. */
export function reconnectMs(session: CacheSession): number {
  const ms = Math.min(session.timing.retry * 1000, leastReconnectMs * 2 ** Math.min(session.failures, 20));
  session.failures++;
  return ms;
}

/** The only way a connection, or an attempt to get one, ends. `afterMs`: when the next one begins. */
export function disconnect(step: Step, to: "waiting" | "stopped", afterMs: number | undefined): void {
  const { session, now } = step;
  if (session.state === "receiving") session.data.abort();
  if (session.framer !== undefined || session.state === "connecting") step.effects.push({ kind: "close" });
  session.framer = undefined;
  session.query = undefined;
  session.queryAt = undefined;
  session.notified = undefined;
  session.isCurrent = false;
  session.connectAt = afterMs === undefined ? undefined : now + afterMs;
  toState(step, to);
}

/** All data of the cache go at once (§5.1, §8.6). */
export function flush(step: Step, reason: string): void {
  const { session } = step;
  if (session.expiresAt === undefined) return;
  session.expiresAt = undefined;
  session.resume = undefined;
  if (session.state === "receiving") session.data.abort();
  session.data.drop();
  step.effects.push({ kind: "dropped", reason });
}

/**
 * Something that the cache sent, or did not send, breaks a rule: our Error Report, and the end of the connection. The
 * data of the last whole answer stay until they expire, and the next query asks for all data. 8210bis §12 would drop
 * the data at once: a cache that breaks would then change the state of every route. `pdu`: what the report is about.
 */
export function fail(step: Step, fault: RtrFault, pdu: Uint8Array | undefined): void {
  const { session, now } = step;
  const code = codeFor(session.version, fault.code);
  if (code !== undefined) {
    send(step, { version: session.version, kind: "errorReport", code, pdu: pdu ?? noOctets, text: fault.text });
  }
  const reason = describeError(code ?? fault.code, fault.text);
  step.effects.push({ kind: "failed", reason, code, received: false });
  // A connection that stalls says nothing about the data.
  if (fault.code !== RtrError.transportFailure) session.resume = undefined;
  if (!isAboutAspas(fault, pdu)) return disconnect(step, "waiting", session.timing.retry * 1000);
  session.ceiling = { version: 1, until: now + withoutAspasMs };
  step.effects.push({ kind: "note", text: "the next session asks for version 1: VRPs without ASPAs" });
  disconnect(step, "waiting", otherVersionMs);
}

const noOctets = new Uint8Array(0);

/** A PDU with an ASPA that we cannot take. The VRPs of the cache are of use without it. */
function isAboutAspas({ code }: RtrFault, pdu: Uint8Array | undefined): boolean {
  if (pdu?.[1] !== PduType.aspa) return false;
  return code === RtrError.aspaProviderList || code === RtrError.corruptData || code === RtrError.withdrawalOfUnknown;
}

/** §12: only codes that the version has. A stall has none before version 2. */
function codeFor(version: RtrVersion, code: number): number | undefined {
  if (hasErrorCode(version, code)) return code;
  return code === RtrError.transportFailure ? undefined : RtrError.corruptData;
}

/** "Corrupt Data: withdrawal in the answer to a Reset Query". */
export function describeError(code: number, text: string): string {
  return text === "" ? errorName(code) : `${errorName(code)}: ${text}`;
}

export function after(now: Millis, seconds: number): Millis {
  return now + seconds * 1000;
}
