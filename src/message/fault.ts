/**
 * What is wrong with an UPDATE, and what follows (RFC 7606 §2): the message layer finds faults, the RIB acts on them.
 */

import type { FamilyId } from "../types/mod.ts";
import { ErrorCode } from "./code_points.ts";
import { createNotification, type Notification } from "./notification.ts";

/**
 * From weakest to strongest. `familyDisable`: all routes of the family are withdrawn, and further ones of the session
 * are ignored; RFC 7606 §2 calls this "AFI/SAFI disable".
 */
export type FaultAction = "attributeDiscard" | "treatAsWithdraw" | "familyDisable" | "sessionReset";

export interface Fault {
  readonly action: FaultAction;
  /** The type code of the path attribute; 0 where the fault is not in an attribute. */
  readonly code: number;
  /** For people, e.g. `"ORIGIN: value 7 is not defined"`. */
  readonly text: string;
  /** Sent with a session reset; kept for the log with the weaker actions. */
  readonly notification: Notification;
  /** With `familyDisable`. */
  readonly family?: FamilyId;
  /** The clause that requires the action. */
  readonly rfc: string;
}

/** The outcome of checking one attribute set. The strongest action wins (RFC 7606 §3h). */
export type SetVerdict =
  | { readonly kind: "accept"; readonly discarded: readonly Fault[] }
  | { readonly kind: "treatAsWithdraw"; readonly faults: readonly Fault[] }
  | { readonly kind: "sessionReset"; readonly fault: Fault };

/** A fault before its NOTIFICATION is made. */
export interface FaultParts extends Omit<Fault, "notification"> {
  /** Of UPDATE Message Error. */
  readonly subcode: number;
  /** Of the NOTIFICATION. */
  readonly data?: Uint8Array | undefined;
}

export function updateFault({ subcode, data, ...fault }: FaultParts): Fault {
  return { ...fault, notification: createNotification(ErrorCode.update, subcode, data) };
}
