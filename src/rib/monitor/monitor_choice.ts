/** What a reader wants to know. */

import {
  allFamilies,
  familyByCode,
  type FamilyMask,
  IPV4_UNICAST,
  limits,
  maskHas,
  readUint16,
  type RibKind,
} from "../../types/mod.ts";
import { messageLength, MessageType, messageType } from "../../message/mod.ts";
import { AttributeCode, AttributeFlag } from "../../message/mod.ts";
import type { MonitoredSession, MonitorEntry } from "./entry.ts";

/** The tables that this speaker can be monitored by. */
export const monitorTables = ["adj-in", "adj-in-post", "adj-out-post", "loc"] as const satisfies readonly RibKind[];
export type MonitorTable = typeof monitorTables[number];

export interface MonitorChoice {
  readonly tables: readonly MonitorTable[];
  /** Names of peers and groups; `undefined`: all peers. */
  readonly peers?: readonly string[] | undefined;
  readonly families: FamilyMask;
  /** The tables as they are, before their changes. */
  readonly dump: boolean;
  /** Malformed messages, as they came (RFC 7854 §6). */
  readonly mirrors: boolean;
}

/** Whether the choice has this peer. */
export function choosesPeer({ peers }: MonitorChoice, { name, groups }: MonitoredSession): boolean {
  return peers === undefined || (name !== undefined && peers.includes(name)) ||
    groups.some((group) => peers.includes(group));
}

export function chooses(choice: MonitorChoice, entry: MonitorEntry): boolean {
  if (entry.kind === "locUp") return choice.tables.includes("loc");
  if (entry.session !== undefined && !choosesPeer(choice, entry.session)) return false;
  if (entry.kind === "malformed") return choice.mirrors;
  if (entry.kind !== "messages") return true;
  return (choice.tables as readonly RibKind[]).includes(entry.table) &&
    (entry.family === undefined || maskHas(choice.families, entry.family));
}

/** Calls `visit` with the place of each UPDATE of these families in whole messages. */
export function eachUpdate(
  bytes: Uint8Array,
  families: FamilyMask,
  visit: (start: number, end: number) => void,
): void {
  for (let at = 0; at < bytes.length;) {
    const end = at + messageLength(bytes, at);
    if (messageType(bytes, at) === MessageType.update) {
      if (families === allFamilies || (familiesOf(bytes, at, end) & families) !== 0) visit(at, end);
    }
    at = end;
  }
}

/** True for an UPDATE that is an End-of-RIB (RFC 4724 §2): nothing is in it but an MP_UNREACH_NLRI without routes. */
export function isEndOfRib(bytes: Uint8Array, start: number, end: number): boolean {
  const attributes = start + limits.headerBytes + 2;
  const length = end - attributes - 2;
  if (length < 0 || readUint16(bytes, attributes - 2) !== 0 || readUint16(bytes, attributes) !== length) return false;
  if (length === 0) return true;
  const header = (bytes[attributes + 2]! & AttributeFlag.extendedLength) !== 0 ? 4 : 3;
  return length === header + 3 && bytes[attributes + 3] === AttributeCode.mpUnreachNlri;
}

/** The families that an UPDATE is about; all of them where it does not say. */
export function familiesOf(bytes: Uint8Array, start: number, end: number): FamilyMask {
  const ipv4 = 1 << IPV4_UNICAST;
  const withdrawn = start + limits.headerBytes;
  const attributes = withdrawn + 2 + readUint16(bytes, withdrawn);
  // A malformed one says nothing of its families.
  if (attributes + 2 > end) return allFamilies;
  const nlri = attributes + 2 + readUint16(bytes, attributes);
  let mask = nlri < end || attributes > withdrawn + 2 ? ipv4 : 0;
  for (let at = attributes + 2; at + 3 <= nlri && nlri <= end;) {
    const isLong = (bytes[at]! & AttributeFlag.extendedLength) !== 0;
    const value = at + (isLong ? 4 : 3), code = bytes[at + 1];
    const length = isLong ? readUint16(bytes, at + 2) : bytes[at + 2]!;
    if (code === AttributeCode.mpReachNlri || code === AttributeCode.mpUnreachNlri) {
      const family = value + 3 <= end ? familyByCode(readUint16(bytes, value), bytes[value + 2]!) : undefined;
      mask |= family === undefined ? allFamilies : 1 << family.id;
    }
    at = value + length;
  }
  // Nothing at all is the End-of-RIB of IPv4 unicast.
  return mask === 0 ? ipv4 : mask;
}
