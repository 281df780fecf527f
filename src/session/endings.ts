/** Why connections end: the NOTIFICATIONs that the state machine itself creates, and what becomes of the session. */

import {
  CeaseCode,
  createNotification,
  describeNotification,
  ErrorCode,
  FsmError,
  MessageType,
  type Notification,
  OpenError,
} from "../message/mod.ts";
import type { FsmEvent, PeerConnection } from "./session.ts";
import type { DownReason } from "./types.ts";

/** The end of one connection. `next`: what becomes of the session where it was the last one. */
export interface Ending {
  readonly reason: DownReason;
  readonly next: "Active" | "Idle" | "dampedIdle" | "longIdle" | "stopped";
}

/** "Any other event": FSM Error with the subcode of RFC 6608 §3; its data is the type of the unexpected message. */
export function unexpected(connection: PeerConnection, event: FsmEvent): Notification {
  const type = messageTypeOf(event);
  const data = type === undefined ? undefined : Uint8Array.of(type);
  return createNotification(ErrorCode.finiteStateMachine, unexpectedSubcode[connection.state], data);
}

const unexpectedSubcode: Record<PeerConnection["state"], number> = {
  Connect: FsmError.unspecific,
  Active: FsmError.unspecific,
  OpenSent: FsmError.unexpectedInOpenSent,
  OpenConfirm: FsmError.unexpectedInOpenConfirm,
  Established: FsmError.unexpectedInEstablished,
};

/**
 * The NOTIFICATION for a message that breaks a rule (21, 22, 28): that of the decoder, unless the state does not accept
 * such a message at all. Established accepts no OPEN; the other states accept neither UPDATE nor ROUTE-REFRESH.
 */
export function answerTo(connection: PeerConnection, event: FsmEvent & { kind: "fault" }): Notification {
  const { code } = event.notification;
  const misplaced = connection.state === "Established"
    ? code === ErrorCode.open
    : code === ErrorCode.update || code === ErrorCode.routeRefresh;
  return misplaced ? unexpected(connection, event) : event.notification;
}

function messageTypeOf(event: FsmEvent): number | undefined {
  switch (event.kind) {
    case "open":
    case "update":
    case "keepalive":
    case "routeRefresh":
      return MessageType[event.kind];
    case "fault":
      return typeOfError[event.notification.code];
    default:
      return undefined;
  }
}

const typeOfError: Readonly<Record<number, number>> = {
  [ErrorCode.open]: MessageType.open,
  [ErrorCode.update]: MessageType.update,
  [ErrorCode.routeRefresh]: MessageType.routeRefresh,
};

/** The peer ends the connection (24, 25). No damping where the peer only asks for a simpler OPEN. */
export function afterNotification(connection: PeerConnection, notification: Notification): Ending {
  const reason: DownReason = { kind: "notificationReceived", notification };
  const versionError = notification.code === ErrorCode.open &&
    notification.subcode === OpenError.unsupportedVersionNumber;
  if (versionError || refusesCapabilities(connection, reason)) return { reason, next: "Idle" };
  return { reason, next: isOverLimit(notification) ? "longIdle" : "dampedIdle" };
}

/** RFC 4486 §4: we exceed the peer's maximum-prefix limit. It may be wrapped in a Hard Reset (RFC 8538 §3.1). */
function isOverLimit({ code, subcode, data }: Notification): boolean {
  if (code !== ErrorCode.cease) return false;
  return subcode === CeaseCode.maximumPrefixesReached ||
    (subcode === CeaseCode.hardReset && data[0] === ErrorCode.cease && data[1] === CeaseCode.maximumPrefixesReached);
}

/** The peer supports no optional parameters, and our OPEN carried some (RFC 5492 §3, RFC 4271 §6.2). */
export function refusesCapabilities(connection: PeerConnection, reason: DownReason): boolean {
  if (reason.kind !== "notificationReceived" || connection.localOpen === undefined) return false;
  const { code, subcode } = reason.notification;
  return code === ErrorCode.open && subcode === OpenError.unsupportedOptionalParameter &&
    connection.localOpen.capabilities.length > 0;
}

/** A line for a person about a connection that ended before it carried a session. */
export function endingNote(connection: PeerConnection, reason: DownReason): string {
  const opener = connection.openedBy === "us" ? "connection to the peer" : "connection from the peer";
  return `${opener} ended in ${connection.state}: ${describeReason(reason)}`;
}

function describeReason(reason: DownReason): string {
  switch (reason.kind) {
    case "notificationSent":
      return `we refused it, ${describeNotification(reason.notification)}${
        reason.why === undefined ? "" : `: ${reason.why}`
      }`;
    case "notificationReceived":
      return `the peer refused it, ${describeNotification(reason.notification)}`;
    case "holdTimerExpired":
      return "the peer sent nothing until the HoldTimer expired";
    case "sendHoldTimerExpired":
      return "the peer read nothing until the SendHoldTimer expired";
    case "connectionLost":
      return reason.reason;
    default:
      return reason satisfies never;
  }
}
