/**
 * Is this attribute set valid? RFC 4271 §6.3, with the consequences of RFC 7606. It runs once for each new set, not for
 * each message. A quick check that allocates nothing accepts valid sets; a thorough one names every fault of the
 * others.
 */

import { AttributeFlag, type WireAttribute, writeAttributes } from "./attribute/header.ts";
import { checkNextHopAddress, type NextHopCheck } from "./attribute/next_hop.ts";
import { attributeName, attributeRow } from "./attribute/registry.ts";
import { type AttributeRow, endsHere, isForeign, type Malformed } from "./attribute/row.ts";
import { AttributeCode, UpdateError } from "./code_points.ts";
import { type Fault, type FaultAction, type SetVerdict, updateFault } from "./fault.ts";
import type { ScannedAttributes } from "./scanned_attributes.ts";
import { toFourOctets } from "./two_octet.ts";
import type { UpdateContext } from "./update_context.ts";

const { optional, transitive, partial } = AttributeFlag;
/**
 * The longest set, in octets. No message holds a longer one, but a set grows when its ASNs go from two octets to four.
 */
const MOST_SET_BYTES = 65535;
const accepted: SetVerdict = { kind: "accept", discarded: [] };

/**
 * RFC 4271 §5. LOCAL_PREF is not among them, although internal peers must send it (RFC 4271 §5.1.5): a route without it
 * gets the default, as in BIRD and GoBGP.
 */
const mandatoryCodes = [AttributeCode.origin, AttributeCode.asPath, AttributeCode.nextHop] as const;

/** {@link mandatoryCodes} as bits. */
export const mandatoryMask = mandatoryCodes.reduce((mask, code) => mask | (1 << code), 0);

export interface Validation {
  readonly verdict: SetVerdict;
  /** The set to store, where it differs from what the scanner copied. */
  readonly wire?: Uint8Array;
}

export function validateAttributes(
  scanned: ScannedAttributes,
  context: UpdateContext,
  ends: NextHopCheck,
): Validation {
  return isPlainlySound(scanned, context, ends) ? { verdict: accepted } : examine(scanned, context, ends);
}

/** True where the set has no fault and stays as it is. Allocates nothing. */
function isPlainlySound(scanned: ScannedAttributes, context: UpdateContext, ends: NextHopCheck): boolean {
  if (!context.fourOctetAs || !scanned.reachable || scanned.conspicuous) return false;
  const { bytes, count, codes, flags: allFlags, starts, ends: stops, present } = scanned;
  for (let i = 0; i < count; i++) {
    const code = codes[i]!;
    const flags = allFlags[i]! & (optional | transitive | partial);
    const row = attributeRow(code);
    if ((flags & ~partial) === (optional | transitive)) {
      // Unknown optional transitive attributes are kept unchanged.
      if (row === undefined) continue;
    } else if ((flags & partial) !== 0) return false;
    if (row === undefined || (flags & ~partial) !== row.flags) return false;
    if (isForeign(row, context)) return false;
    if (endsHere(row, context)) return false;
    if (code === AttributeCode.as4Path || code === AttributeCode.as4Aggregator) return false;
    if (code === AttributeCode.nextHop) {
      const isMp = scanned.isMpNextHop(starts[i]!);
      if (!isMp && stops[i]! - starts[i]! !== 4) return false;
      if (checkNextHopAddress(bytes, starts[i]!, stops[i]!, ends) !== undefined) return false;
    } else if (row.check(bytes, starts[i]!, stops[i]!, context) !== undefined) return false;
    if (row.canonical?.(bytes, starts[i]!, stops[i]!) !== undefined) return false;
  }
  return (present & mandatoryMask) === mandatoryMask;
}

/** Checks the set attribute by attribute; collects faults and the attributes to keep. */
function examine(scanned: ScannedAttributes, context: UpdateContext, ends: NextHopCheck): Validation {
  const faults: Fault[] = [];
  const kept: WireAttribute[] = [];
  for (const code of scanned.wrongMpFlags()) faults.push(wrongFlags(scanned, code, "treatAsWithdraw"));
  const [code, ...others] = scanned.repeated;
  if (code !== undefined) {
    // One fault for all of them: a message could repeat a thousand attributes.
    const also = others.length === 0 ? "" : `, as do others (${others.length})`;
    const text = `appears more than once${also}, only the first counts`;
    faults.push(scanned.fault("attributeDiscard", code, UpdateError.malformedAttributeList, text, "RFC 7606 §3g"));
  }
  for (let i = 0; i < scanned.count; i++) {
    const fault = examineOne(scanned, i, context, ends, kept);
    if (fault !== undefined) faults.push(fault);
  }
  if (scanned.reachable) {
    for (const code of mandatoryCodes) {
      // Some routers report routes of VRFs without their next hop.
      const isNeeded = code !== AttributeCode.nextHop || ends !== "any";
      if (isNeeded && (scanned.present & (1 << code)) === 0) faults.push(missing(code));
    }
  }
  const reset = faults.find(({ action }) => action === "sessionReset");
  if (reset !== undefined) return { verdict: { kind: "sessionReset", fault: reset } };
  const withdraw = faults.find(({ action }) => action === "treatAsWithdraw");
  if (withdraw !== undefined) {
    // RFC 7606 §5.2: attributes without NLRI: the fault may have hidden the NLRI.
    if (scanned.reachable || scanned.count === 0) return { verdict: { kind: "treatAsWithdraw", faults } };
    return { verdict: { kind: "sessionReset", fault: { ...withdraw, action: "sessionReset", rfc: "RFC 7606 §5.2" } } };
  }
  const wire = writeAttributes(context.fourOctetAs ? kept : toFourOctets(kept));
  if (wire.length > MOST_SET_BYTES) {
    const text = `the attributes take ${wire.length} octets`;
    const fault = updateFault({
      action: "treatAsWithdraw",
      code: 0,
      subcode: UpdateError.malformedAttributeList,
      text,
      rfc: "RFC 7606 §2",
    });
    return { verdict: { kind: "treatAsWithdraw", faults: [fault] } };
  }
  return { verdict: faults.length === 0 ? accepted : { kind: "accept", discarded: faults }, wire };
}

function examineOne(
  scanned: ScannedAttributes,
  i: number,
  context: UpdateContext,
  ends: NextHopCheck,
  kept: WireAttribute[],
): Fault | undefined {
  const bytes = scanned.bytes;
  const code = scanned.codes[i]!;
  const flags = scanned.flags[i]! & (optional | transitive | partial);
  const start = scanned.starts[i]!;
  const end = scanned.ends[i]!;
  const row = attributeRow(code);
  if (row === undefined) {
    if ((flags & optional) === 0) {
      return scanned.fault(
        "sessionReset",
        code,
        UpdateError.unrecognizedWellKnownAttribute,
        "unrecognized well-known attribute",
        "RFC 4271 §6.3",
      );
    }
    // RFC 4271 §5: unrecognized, transitive ones are kept, others "quietly ignored".
    if ((flags & transitive) !== 0) kept.push({ code, flags, value: bytes.slice(start, end) });
    return undefined;
  }
  // RFC 7606 §3c; RFC 4271 §4.3: "for well-known attributes … the Partial bit MUST be set to 0".
  if (((flags ^ row.flags) & (optional | transitive)) !== 0 || (flags & (optional | partial)) === partial) {
    return wrongFlags(scanned, code, row.onWrongFlags ?? "treatAsWithdraw");
  }
  // RFC 6793 §4.1: a NEW speaker that receives AS4_PATH or AS4_AGGREGATOR from a NEW one "MUST discard" it.
  if (context.fourOctetAs && (code === AttributeCode.as4Path || code === AttributeCode.as4Aggregator)) {
    return scanned.fault(
      "attributeDiscard",
      code,
      UpdateError.optionalAttributeError,
      "from a 4-octet speaker",
      "RFC 6793 §4.1",
    );
  }
  if (isForeign(row, context)) {
    return row.fromExternal === "ignore"
      ? undefined
      : scanned.fault("attributeDiscard", code, UpdateError.optionalAttributeError, "from an external peer", row.rfc);
  }
  const malformed = checkValue(scanned, i, row, context, ends);
  if (malformed !== undefined) {
    const action = malformed.action ?? row.onMalformed;
    return scanned.fault(action, code, malformed.subcode, malformed.text, malformed.rfc ?? row.rfc);
  }
  if (endsHere(row, context)) return undefined;
  const value = row.canonical?.(bytes, start, end) ?? bytes.slice(start, end);
  // The Partial bit has a meaning for optional transitive attributes only.
  kept.push({ code, flags: (row.flags & transitive) === 0 ? row.flags : flags, value });
  return undefined;
}

/**
 * Checks one value. In an UPDATE that announces no prefixes only the form counts: its next hop is not used (RFC 4760
 * §3), and its path may be one that this peer could not announce (RFC 4271 §6.3, RFC 5065 §5).
 */
function checkValue(
  scanned: ScannedAttributes,
  i: number,
  row: AttributeRow,
  context: UpdateContext,
  ends: NextHopCheck,
): Malformed | undefined {
  const start = scanned.starts[i]!;
  const end = scanned.ends[i]!;
  if (row.code !== AttributeCode.nextHop) {
    const isFormOnly = row.code === AttributeCode.asPath && !scanned.reachable;
    return row.check(scanned.bytes, start, end, isFormOnly ? { ...context, internal: true } : context);
  }
  const isMp = scanned.isMpNextHop(start);
  const malformed = isMp ? undefined : row.check(scanned.bytes, start, end, context);
  return malformed ?? (scanned.reachable ? checkNextHopAddress(scanned.bytes, start, end, ends) : undefined);
}

function wrongFlags(scanned: ScannedAttributes, code: number, action: FaultAction): Fault {
  return scanned.fault(action, code, UpdateError.attributeFlagsError, "its flags are wrong", "RFC 7606 §3c");
}

/** RFC 7606 §3d. The data is the code of the missing attribute (RFC 4271 §6.3). */
function missing(code: number): Fault {
  const text = `${attributeName(code)} is missing`;
  return updateFault({
    action: "treatAsWithdraw",
    code,
    subcode: UpdateError.missingWellKnownAttribute,
    text,
    rfc: "RFC 7606 §3d",
    data: Uint8Array.of(code),
  });
}
