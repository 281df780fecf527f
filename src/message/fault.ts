/**
 * What is wrong with an UPDATE and what follows from it (RFC 7606 §2): the words between the message layer, which finds
 * faults, and the RIB, which acts on them.
 */

import { ErrorCode } from "./code_points.ts";
import { createNotification, type Notification } from "./notification.ts";

/** From weakest to strongest. */
export type FaultAction = "attributeDiscard" | "treatAsWithdraw" | "sessionReset";

export interface Fault {
  readonly action: FaultAction;
  /** The path attribute's type code; 0 where the fault is not in one. */
  readonly code: number;
  /** One sentence fragment for a person, e.g. `"ORIGIN: value 7"`. */
  readonly text: string;
  /** What a session reset sends; kept for the log with the weaker actions too. */
  readonly notification: Notification;
  /** The clause that asks for the action. */
  readonly rfc: string;
}

/** The outcome of checking one attribute set. The strongest action wins (RFC 7606 §3h). */
export type SetVerdict =
  | { readonly kind: "accept"; readonly discarded: readonly Fault[] }
  | { readonly kind: "treatAsWithdraw"; readonly faults: readonly Fault[] }
  | { readonly kind: "sessionReset"; readonly fault: Fault };

export function updateFault(
  action: FaultAction,
  code: number,
  subcode: number,
  text: string,
  rfc: string,
  data?: Uint8Array,
): Fault {
  return { action, code, text, rfc, notification: createNotification(ErrorCode.update, subcode, data) };
}
