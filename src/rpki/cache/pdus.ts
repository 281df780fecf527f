/** What each PDU of the cache causes. */

import { printable, readUint32 } from "../../types/mod.ts";
import { hasErrorCode, isRtrVersion, pduName, PduType, RtrError } from "../rtr/code_points.ts";
import type { RtrFrame } from "../rtr/framer.ts";
import { decodePdu, fault, isAnnouncement, type Pdu, prefixAt, prefixFault, type RtrFault } from "../rtr/pdu.ts";
import { after, ask, describeError, disconnect, fail, flush, reconnectMs, toState } from "./actions.ts";
import type { Step } from "./session.ts";
import { usableTiming } from "./timing.ts";
import type { Taken } from "./payloads.ts";

/** §8.4: "maybe once a minute or less frequently". */
const noDataMs = 60_000;
/** §8.2: a cache may notify us as often as it likes; we ask at most once a second. */
const leastQueryMs = 1000;

export function onFrame(step: Step, frame: RtrFrame): void {
  const { session } = step;
  const { bytes } = frame;
  const version = bytes[0]!, type = bytes[1]!;
  // §7: "The router MUST ignore any Serial Notify PDUs" before there is a version.
  if (!session.isAgreed && type === PduType.serialNotify && frame.kind === "pdu") return;
  if (type === PduType.errorReport) return onErrorReport(step, frame);
  const wrong = versionFault(step, version, type);
  if (wrong !== undefined) return fail(step, wrong, bytes);
  if (frame.kind === "broken") return fail(step, frame.fault, bytes);
  if (session.state === "receiving" && (type === PduType.ipv4Prefix || type === PduType.ipv6Prefix)) {
    return onPrefix(step, bytes);
  }
  const pdu = decodePdu(bytes);
  if (pdu.kind === "fault") return fail(step, pdu, bytes);
  onPdu(step, pdu, bytes);
}

/** §7. A cache that answers with its own, lower version is taken at its word. */
function versionFault({ session }: Step, version: number, type: number): RtrFault | undefined {
  if (version === session.version) return undefined;
  const text = `${pduName(type)} of version ${version}, not ${session.version}`;
  if (session.isAgreed) return fault(RtrError.unexpectedVersion, text);
  const isAnswer = type === PduType.cacheReset || type === PduType.cacheResponse && session.query?.isFull === true;
  if (!isAnswer || !isRtrVersion(version) || version > session.version) {
    return fault(RtrError.unsupportedVersion, text);
  }
  session.version = version;
  return undefined;
}

function onPdu(step: Step, pdu: Pdu, bytes: Uint8Array): void {
  const { session } = step;
  switch (pdu.kind) {
    case "serialNotify":
      return onSerialNotify(step, pdu, bytes);
    case "cacheResponse":
      if (session.state === "asking") return onCacheResponse(step, pdu.sessionId, bytes);
      break;
    case "cacheReset":
      if (session.state === "asking" && session.query?.isFull === false) return onCacheReset(step);
      break;
    case "endOfData":
      if (session.state === "receiving") return onEndOfData(step, pdu, bytes);
      break;
    case "aspa":
      if (session.state === "receiving") return onAspa(step, pdu, bytes);
      break;
    case "routerKey":
      // Nothing here signs or verifies AS paths (RFC 8205).
      if (session.state === "receiving") return;
      break;
    default:
      break;
  }
  fail(step, fault(RtrError.corruptData, `${pduName(bytes[1]!)} that answers no query`), bytes);
}

/**
 * §5.1: "the party which detects the mismatch MUST immediately terminate the session", and the data go. Without data,
 * we do not wait for the Retry Interval: the query did not fail, it met another session.
 */
function failSessionId(step: Step, got: number, want: number, bytes: Uint8Array): void {
  const text = `${pduName(bytes[1]!)} of session ${got}, not ${want}`;
  fail(step, fault(RtrError.corruptData, text), bytes);
  flush(step, text);
  step.session.connectAt = step.now + reconnectMs(step.session);
}

/** §5.2: a hint that there are new data. */
function onSerialNotify(step: Step, { sessionId, serial }: Pdu & { kind: "serialNotify" }, bytes: Uint8Array): void {
  const { session, now } = step;
  const known = session.query === undefined ? session.resume?.sessionId : session.query.sessionId;
  if (known !== undefined && sessionId !== known) return failSessionId(step, sessionId, known, bytes);
  if (session.query !== undefined) session.notified = serial;
  else if (session.resume?.serial !== serial) {
    session.queryAt = Math.min(session.queryAt!, Math.max(now, session.askedAt + leastQueryMs));
  }
}

function onCacheResponse(step: Step, sessionId: number, bytes: Uint8Array): void {
  const { session } = step;
  const { isFull } = session.query!;
  session.isAgreed = true;
  if (!isFull && sessionId !== session.resume!.sessionId) {
    return failSessionId(step, sessionId, session.resume!.sessionId, bytes);
  }
  session.query!.sessionId = sessionId;
  session.data.begin(isFull);
  toState(step, "receiving");
}

/** §8.3: "it MUST issue a Reset Query and get an entire new load from the cache". */
function onCacheReset(step: Step): void {
  step.session.isAgreed = true;
  step.session.resume = undefined;
  ask(step);
}

function onPrefix(step: Step, bytes: Uint8Array): void {
  const { data, query } = step.session;
  const wrong = prefixFault(bytes);
  if (wrong !== undefined) return fail(step, wrong, bytes);
  const announce = isAnnouncement(bytes), isIpv4 = bytes[1] === PduType.ipv4Prefix;
  if (!announce && query!.isFull) return failWithdrawal(step, bytes);
  const length = bytes[9]!;
  const taken = data.prefix(
    announce,
    isIpv4,
    word(bytes, 0, length),
    isIpv4 ? 0 : word(bytes, 1, length),
    isIpv4 ? 0 : word(bytes, 2, length),
    isIpv4 ? 0 : word(bytes, 3, length),
    length,
    bytes[10]!,
    readUint32(bytes, bytes.length - 4),
  );
  if (taken !== "taken") failTaken(step, taken, bytes);
}

/** A word of the prefix, without the bits behind its length. */
function word(bytes: Uint8Array, index: number, length: number): number {
  const bits = length - 32 * index;
  if (bits <= 0) return 0;
  const value = readUint32(bytes, prefixAt + 4 * index) | 0;
  return bits >= 32 ? value : value & (-1 << (32 - bits));
}

function onAspa(step: Step, { announce, aspa }: Pdu & { kind: "aspa" }, bytes: Uint8Array): void {
  if (!announce && step.session.query!.isFull) return failWithdrawal(step, bytes);
  const taken = step.session.data.aspa(announce, aspa.customer, aspa.providers);
  if (taken !== "taken") failTaken(step, taken, bytes);
}

/** §5.5: in the answer to a Reset Query, "the announce/withdraw flag in the payload PDUs MUST have the value 1". */
function failWithdrawal(step: Step, bytes: Uint8Array): void {
  fail(step, fault(RtrError.corruptData, "a withdrawal in the answer to a Reset Query"), bytes);
}

function failTaken(step: Step, taken: Exclude<Taken, "taken">, bytes: Uint8Array): void {
  switch (taken) {
    case "duplicate":
      return fail(step, fault(RtrError.duplicateAnnouncement, "we have it already"), bytes);
    case "unknown":
      return fail(step, fault(RtrError.withdrawalOfUnknown, "we do not have it"), bytes);
    case "tooMany":
      // The error of the cache is none that the protocol knows; it is we who have no room.
      return fail(
        step,
        fault(RtrError.internalError, `more than ${step.session.config.mostRecords} records`),
        undefined,
      );
    default:
      taken satisfies never;
  }
}

function onEndOfData(step: Step, pdu: Pdu & { kind: "endOfData" }, bytes: Uint8Array): void {
  const { session, now } = step;
  const { sessionId, isFull } = session.query!;
  if (pdu.sessionId !== sessionId) return failSessionId(step, pdu.sessionId, sessionId!, bytes);
  const { timing, note } = usableTiming(pdu.timing ?? session.config.timing);
  if (note !== undefined) step.effects.push({ kind: "note", text: note });
  session.resume = { version: session.version, sessionId: pdu.sessionId, serial: pdu.serial };
  session.timing = timing;
  session.expiresAt = after(now, timing.expire);
  session.queryAt = session.notified === undefined || session.notified === pdu.serial
    ? after(now, timing.refresh)
    : Math.max(now, session.askedAt + leastQueryMs);
  session.query = undefined;
  session.notified = undefined;
  session.failures = 0;
  session.refused = 0;
  session.isCurrent = true;
  session.data.commit();
  toState(step, "idle");
  step.effects.push({ kind: "data", isFull, serial: pdu.serial });
}

/** §5.8, §12. An Error Report is never answered. */
function onErrorReport(step: Step, frame: RtrFrame): void {
  const { session } = step;
  const version = frame.bytes[0]!;
  const pdu = frame.kind === "pdu" && isRtrVersion(version) ? decodePdu(frame.bytes) : undefined;
  if (pdu?.kind !== "errorReport") return endByReport(step, "an Error Report that breaks its format", undefined);
  const { code } = pdu;
  const reason = describeError(code, printable(pdu.text));
  if (!session.isAgreed && code === RtrError.unsupportedVersion) return onRefused(step, version, reason);
  if (session.isAgreed && version !== session.version || !hasErrorCode(pdu.version, code)) {
    return endByReport(step, reason, code);
  }
  switch (code) {
    case RtrError.noDataAvailable:
      if (session.state === "asking") return onNoData(step, pdu, reason);
      return endByReport(step, reason, code);
    case RtrError.cacheRestart:
      return endByReport(step, reason, code, true);
    case RtrError.cacheShutdown:
      flush(step, reason);
      session.timing = session.config.timing;
      return endByReport(step, reason, code);
    default:
      return endByReport(step, reason, code);
  }
}

/** `isKept`: the next session may go on from the data that we have. */
function endByReport(step: Step, reason: string, code: number | undefined, isKept = false): void {
  const { session } = step;
  step.effects.push({ kind: "failed", reason, code, received: true });
  if (!isKept) session.resume = undefined;
  disconnect(step, "waiting", session.timing.retry * 1000);
}

/** §7: "The router SHOULD send another query with" the version of the report, "unless it has already failed". */
function onRefused(step: Step, version: number, reason: string): void {
  const { session } = step;
  session.refused |= 1 << session.version;
  if (isRtrVersion(version) && version < session.version && (session.refused & (1 << version)) === 0) {
    step.effects.push({ kind: "note", text: `the cache speaks version ${version}, not ${session.version}` });
    session.version = version;
    return ask(step);
  }
  step.effects.push({ kind: "failed", reason, code: RtrError.unsupportedVersion, received: true });
  disconnect(step, "waiting", session.timing.retry * 1000);
}

/** §8.4: "the router MUST issue periodic Reset Queries until it gets a new usable load from the cache". */
function onNoData(step: Step, pdu: Pdu & { kind: "errorReport" }, reason: string): void {
  const { session, now } = step;
  step.effects.push({ kind: "failed", reason, code: pdu.code, received: true });
  if (!session.isAgreed && pdu.version > session.version) return disconnect(step, "waiting", reconnectMs(session));
  session.version = pdu.version;
  session.isAgreed = true;
  session.resume = undefined;
  session.query = undefined;
  session.isCurrent = false;
  session.queryAt = now + noDataMs;
  toState(step, "idle");
}
