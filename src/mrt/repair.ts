/**
 * Repairs an attribute set that no session would accept: malformed attributes are left out. For showing the routes of a
 * file to people; such a route never enters a routing table.
 */

import {
  AttributeCode,
  AttributeFlag,
  beginMessage,
  decodeAttributeSet,
  encodeAttributeSet,
  type Fault,
  finishMessage,
  hashAttributes,
  MessageType,
  rawAttributes,
  type UpdateContext,
  UpdateScanner,
  Writer,
} from "../message/mod.ts";
import { limits, readUint16 } from "../types/mod.ts";

/** Without one attribute another fault may appear. */
const mostRounds = 4;

export interface RepairedSet {
  /** In canonical form, but perhaps without ORIGIN, AS_PATH or NEXT_HOP. */
  readonly set: Uint8Array;
  readonly hash: number;
}

/** `undefined` where the UPDATE cannot be repaired. */
export function repairSet(
  update: Uint8Array,
  faults: readonly Fault[],
  context: UpdateContext,
): RepairedSet | undefined {
  const scanner = new UpdateScanner(context);
  const invented = new Set<number>();
  for (let round = 0; round < mostRounds; round++) {
    const codes = new Set(faults.map(({ code }) => code));
    for (const code of codes) if (mandatory.has(code)) invented.add(code);
    const changed = withoutAttributes(update, codes, context);
    if (changed === undefined) return undefined;
    update = changed;
    if (scanner.scan(update, 0, update.length) !== "ok") return undefined;
    const verdict = scanner.validate();
    if (verdict.kind === "accept") return takeOut(scanner, invented);
    faults = verdict.kind === "treatAsWithdraw" ? verdict.faults : [verdict.fault];
  }
  return undefined;
}

/** Placeholders for mandatory attributes, so that the set passes validation; they are removed afterwards. */
const mandatory: ReadonlyMap<number, Uint8Array> = new Map([
  [AttributeCode.origin, Uint8Array.of(AttributeFlag.transitive, AttributeCode.origin, 1, 0)],
  [AttributeCode.asPath, Uint8Array.of(AttributeFlag.transitive, AttributeCode.asPath, 0)],
  [AttributeCode.nextHop, Uint8Array.of(AttributeFlag.transitive, AttributeCode.nextHop, 4, 192, 0, 2, 1)],
]);

function takeOut(scanner: UpdateScanner, invented: ReadonlySet<number>): RepairedSet {
  const set = decodeAttributeSet(scanner.setBytes.subarray(0, scanner.setLength));
  if (invented.has(AttributeCode.origin)) set.origin = undefined;
  if (invented.has(AttributeCode.nextHop)) set.nextHop = undefined;
  const wire = encodeAttributeSet(set);
  return { set: wire, hash: hashAttributes(wire, 0, wire.length) };
}

/** The UPDATE without these attributes, with placeholders for the mandatory ones. */
function withoutAttributes(
  update: Uint8Array,
  codes: ReadonlySet<number>,
  context: UpdateContext,
): Uint8Array | undefined {
  const withdrawnEnd = limits.headerBytes + 2 + readUint16(update, limits.headerBytes);
  const start = withdrawnEnd + 2;
  const end = start + readUint16(update, withdrawnEnd);
  if (!(end <= update.length)) return undefined;
  const attributes = new Writer(end - start + 16);
  let hasReach = false;
  for (const { code, bytes, value } of rawAttributes(update.subarray(start, end))) {
    if (value === undefined) return undefined;
    if (code === AttributeCode.mpReachNlri) {
      hasReach = true;
      attributes.bytes(codes.has(AttributeCode.nextHop) ? withNextHop(bytes, bytes.length - value.length) : bytes);
    } else if (!codes.has(code)) attributes.bytes(bytes);
  }
  for (const [code, standIn] of mandatory) {
    if (codes.has(code) && !(code === AttributeCode.nextHop && hasReach)) attributes.bytes(standIn);
  }
  const writer = beginMessage(MessageType.update, update.length + 16);
  writer.bytes(update.subarray(limits.headerBytes, withdrawnEnd));
  writer.u16(attributes.length);
  writer.bytes(attributes.finish());
  writer.bytes(update.subarray(end));
  return writer.length > context.maxMessageBytes ? undefined : finishMessage(writer, context.maxMessageBytes);
}

/** MP_REACH_NLRI with a valid next hop: 32.32.32.32, 2020:2020:…. */
function withNextHop(attribute: Uint8Array, value: number): Uint8Array {
  const changed = attribute.slice();
  changed.fill(0x20, value + 4, value + 4 + changed[value + 3]!);
  return changed;
}
