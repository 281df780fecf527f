/**
 * Is this attribute set one to keep? RFC 4271 §6.3 with the consequences RFC 7606 gives them. Runs once for each new set,
 * not for each message: a quick look that allocates nothing lets sound sets through, a thorough one names every fault.
 */

import { AttributeFlag, type AttributeRow, type Malformed, readUint16, readUint32 } from "./attribute/attribute.ts";
import { encodeAggregator } from "./attribute/aggregator.ts";
import { mergeAs4Path } from "./attribute/as4_path.ts";
import { decodeSegments, encodeSegments } from "./attribute/as_path.ts";
import { checkNextHopAddress, type SessionEnds } from "./attribute/next_hop.ts";
import { attributeName, attributeRow } from "./attribute/registry.ts";
import { AttributeCode, UpdateError } from "./code_points.ts";
import { AS_TRANS } from "../types/mod.ts";
import { writeAttributeHeader } from "./attribute_set.ts";
import { type Fault, type FaultAction, updateFault, type Verdict } from "./fault.ts";
import type { UpdateContext } from "./update_context.ts";

const { optional, transitive, partial } = AttributeFlag;
/** What an interned set may measure. A message cannot hold more, but two octets an ASN become four. */
const MOST_SET_BYTES = 65535;
const accepted: Verdict = { kind: "accept", discarded: [] };

/**
 * RFC 4271 §5. LOCAL_PREF is "well-known discretionary" at heart (RFC 4271 §5.1.5 wants it from internal peers): a route
 * without it is kept and gets the default, as in BIRD and GoBGP.
 */
const mandatoryCodes = [AttributeCode.origin, AttributeCode.asPath, AttributeCode.nextHop] as const;

/** {@link mandatoryCodes} as bits. */
export const mandatoryMask = mandatoryCodes.reduce((mask, code) => mask | (1 << code), 0);

/** Where each attribute of one UPDATE stands, ascending by code; MP_REACH_NLRI and MP_UNREACH_NLRI apart. */
export class ScannedAttributes {
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  readonly codes = new Uint8Array(257);
  readonly flags = new Uint8Array(257);
  readonly starts = new Int32Array(257);
  readonly ends = new Int32Array(257);
  /** Codes below 32, as bits. */
  present = 0;
  /** Octets of all attributes together. */
  size = 0;
  reachStart = -1;
  reachEnd = 0;
  unreachStart = -1;
  unreachEnd = 0;
  /** The code of an MP attribute that stands there twice, or 0. */
  repeatedMp = 0;
  /** The message announces something, in a family of ours or not. */
  reachable = false;
  /** Something is strange about the message that is not in the set: a repeated attribute, flags of an MP attribute. */
  conspicuous = false;
  readonly repeated: number[] = [];
  #reachFlags = 0;
  #unreachFlags = 0;

  /** Reads the list of attributes; false where it ends inside of one. */
  walk(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.count = 0;
    this.present = 0;
    this.size = end - start;
    this.reachStart = -1;
    this.unreachStart = -1;
    this.repeatedMp = 0;
    this.conspicuous = false;
    if (this.repeated.length !== 0) this.repeated.length = 0;
    let at = start;
    while (at < end) {
      const flags = bytes[at]!;
      const header = (flags & AttributeFlag.extendedLength) === 0 ? 3 : 4;
      const value = at + header;
      if (value > end) return false;
      const code = bytes[at + 1]!;
      const next = value + (header === 3 ? bytes[at + 2]! : (bytes[at + 2]! << 8) | bytes[at + 3]!);
      if (next > end) return false;
      if (code === AttributeCode.mpReachNlri) this.#addReach(flags, value, next);
      else if (code === AttributeCode.mpUnreachNlri) this.#addUnreach(flags, value, next);
      else this.#add(code, flags, value, next);
      at = next;
    }
    return true;
  }

  /**
   * Makes the next hop of MP_REACH_NLRI stand as attribute 3, or takes care that there is none but NEXT_HOP's own: an
   * UPDATE without classic NLRI has NEXT_HOP ignored (RFC 4760 §3).
   */
  useNextHop(mp: boolean): void {
    if (!mp) return;
    const start = this.reachStart + 4;
    let at = 0;
    while (at < this.count && this.codes[at]! < AttributeCode.nextHop) at++;
    if (at === this.count || this.codes[at] !== AttributeCode.nextHop) this.#insertAt(at);
    this.codes[at] = AttributeCode.nextHop;
    this.flags[at] = transitive;
    this.starts[at] = start;
    this.ends[at] = start + this.bytes[start - 1]!;
    this.present |= 1 << AttributeCode.nextHop;
  }

  /** The MP attributes whose flags are wrong. */
  wrongMpFlags(): number[] {
    const codes: number[] = [];
    if (this.reachStart !== -1 && wrongMp(this.#reachFlags)) codes.push(AttributeCode.mpReachNlri);
    if (this.unreachStart !== -1 && wrongMp(this.#unreachFlags)) codes.push(AttributeCode.mpUnreachNlri);
    return codes;
  }

  /** A fault whose NOTIFICATION carries the attribute, as RFC 4271 §6.3 wants it. */
  fault(action: FaultAction, code: number, subcode: number, text: string, rfc: string): Fault {
    const where = code === 0 ? text : `${attributeName(code)}: ${text}`;
    return updateFault(action, code, subcode, where, rfc, code === 0 ? undefined : this.#copy(code));
  }

  /** Type, length and value of an attribute. */
  #copy(code: number): Uint8Array | undefined {
    let flags = 0, start = -1, end = 0;
    if (code === AttributeCode.mpReachNlri) [flags, start, end] = [this.#reachFlags, this.reachStart, this.reachEnd];
    else if (code === AttributeCode.mpUnreachNlri) {
      [flags, start, end] = [this.#unreachFlags, this.unreachStart, this.unreachEnd];
    } else {
      const i = this.codes.subarray(0, this.count).indexOf(code);
      if (i !== -1) [flags, start, end] = [this.flags[i]!, this.starts[i]!, this.ends[i]!];
    }
    if (start === -1) return undefined;
    const header = (flags & AttributeFlag.extendedLength) === 0 ? 3 : 4;
    return this.bytes.slice(start - header, end);
  }

  #addReach(flags: number, start: number, end: number): void {
    if (this.reachStart !== -1) this.repeatedMp = AttributeCode.mpReachNlri;
    this.reachStart = start;
    this.reachEnd = end;
    this.#reachFlags = flags;
    if (wrongMp(flags)) this.conspicuous = true;
  }

  #addUnreach(flags: number, start: number, end: number): void {
    if (this.unreachStart !== -1) this.repeatedMp = AttributeCode.mpUnreachNlri;
    this.unreachStart = start;
    this.unreachEnd = end;
    this.#unreachFlags = flags;
    if (wrongMp(flags)) this.conspicuous = true;
  }

  #add(code: number, flags: number, start: number, end: number): void {
    const codes = this.codes;
    let at = this.count;
    while (at > 0 && codes[at - 1]! > code) at--;
    if (at > 0 && codes[at - 1] === code) {
      // RFC 7606 §3g: all but the first are discarded.
      this.conspicuous = true;
      this.repeated.push(code);
      return;
    }
    if (at === this.count) this.count++;
    else this.#insertAt(at);
    codes[at] = code;
    this.flags[at] = flags;
    this.starts[at] = start;
    this.ends[at] = end;
    if (code < 32) this.present |= 1 << code;
  }

  #insertAt(at: number): void {
    for (let i = this.count++; i > at; i--) {
      this.codes[i] = this.codes[i - 1]!;
      this.flags[i] = this.flags[i - 1]!;
      this.starts[i] = this.starts[i - 1]!;
      this.ends[i] = this.ends[i - 1]!;
    }
  }
}

function wrongMp(flags: number): boolean {
  return (flags & (optional | transitive)) !== optional;
}

export interface Validation {
  readonly verdict: Verdict;
  /** The set to keep, where it is not what the scanner copied. */
  readonly wire?: Uint8Array;
}

export function validateAttributes(
  scanned: ScannedAttributes,
  context: UpdateContext,
  ends: SessionEnds | undefined,
): Validation {
  return isPlainlySound(scanned, context, ends) ? { verdict: accepted } : examine(scanned, context, ends);
}

/** True where there is nothing to say and nothing to change. Allocates nothing. */
function isPlainlySound(scanned: ScannedAttributes, context: UpdateContext, ends: SessionEnds | undefined): boolean {
  if (!context.fourOctetAs || !scanned.reachable || scanned.conspicuous) return false;
  const { bytes, count, codes, flags: allFlags, starts, ends: stops, present } = scanned;
  for (let i = 0; i < count; i++) {
    const code = codes[i]!;
    const flags = allFlags[i]! & (optional | transitive | partial);
    const row = attributeRow(code);
    if ((flags & ~partial) === (optional | transitive)) {
      // Unknown optional transitive ones are kept as they are.
      if (row === undefined) continue;
    } else if ((flags & partial) !== 0) return false;
    if (row === undefined || (flags & ~partial) !== row.flags) return false;
    if (row.fromExternal !== undefined && !context.internal) return false;
    if (row.opaque === true && (flags & transitive) === 0) return false;
    if (code === AttributeCode.as4Path || code === AttributeCode.as4Aggregator) return false;
    if (code === AttributeCode.nextHop) {
      const isMp = starts[i] === scanned.reachStart + 4;
      if (!isMp && stops[i]! - starts[i]! !== 4) return false;
      if (checkNextHopAddress(bytes, starts[i]!, stops[i]!, ends) !== undefined) return false;
      continue;
    }
    if (row.check(bytes, starts[i]!, stops[i]!, context) !== undefined) return false;
    if (row.canonical?.(bytes, starts[i]!, stops[i]!) !== undefined) return false;
  }
  return (present & mandatoryMask) === mandatoryMask;
}

/** Goes through the set attribute by attribute, collects faults and what is to be kept. */
function examine(scanned: ScannedAttributes, context: UpdateContext, ends: SessionEnds | undefined): Validation {
  const faults: Fault[] = [];
  const kept: Kept[] = [];
  for (const code of scanned.wrongMpFlags()) faults.push(wrongFlags(scanned, code, "treatAsWithdraw"));
  for (const code of scanned.repeated) {
    const text = "repeated, only the first counts";
    faults.push(scanned.fault("attributeDiscard", code, UpdateError.malformedAttributeList, text, "RFC 7606 §3g"));
  }
  for (let i = 0; i < scanned.count; i++) {
    const fault = examineOne(scanned, i, context, ends, kept);
    if (fault !== undefined) faults.push(fault);
  }
  if (scanned.reachable) {
    for (const code of mandatoryCodes) if ((scanned.present & (1 << code)) === 0) faults.push(missing(code));
  }
  const reset = faults.find(({ action }) => action === "sessionReset");
  if (reset !== undefined) return { verdict: { kind: "sessionReset", fault: reset } };
  const withdraw = faults.find(({ action }) => action === "treatAsWithdraw");
  if (withdraw !== undefined) {
    // RFC 7606 §5.2: there are attributes but no NLRI: were NLRI meant, and not found?
    if (scanned.reachable || scanned.count === 0) return { verdict: { kind: "treatAsWithdraw", faults } };
    return { verdict: { kind: "sessionReset", fault: { ...withdraw, action: "sessionReset", rfc: "RFC 7606 §5.2" } } };
  }
  const wire = writeKept(context.fourOctetAs ? kept : toFourOctets(kept));
  if (wire.length > MOST_SET_BYTES) {
    const text = `the attributes take ${wire.length} octets`;
    const fault = updateFault("treatAsWithdraw", 0, UpdateError.malformedAttributeList, text, "RFC 7606 §2");
    return { verdict: { kind: "treatAsWithdraw", faults: [fault] } };
  }
  return { verdict: faults.length === 0 ? accepted : { kind: "accept", discarded: faults }, wire };
}

interface Kept {
  readonly code: number;
  readonly flags: number;
  readonly value: Uint8Array;
}

function examineOne(
  scanned: ScannedAttributes,
  i: number,
  context: UpdateContext,
  ends: SessionEnds | undefined,
  kept: Kept[],
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
        "well-known, but not to us",
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
  if (row.fromExternal !== undefined && !context.internal) {
    return row.fromExternal === "ignore"
      ? undefined
      : scanned.fault("attributeDiscard", code, UpdateError.optionalAttributeError, "from an external peer", row.rfc);
  }
  const malformed = checkValue(scanned, i, row, context, ends);
  if (malformed !== undefined) {
    const action = malformed.action ?? row.onMalformed;
    return scanned.fault(action, code, malformed.subcode, malformed.text, malformed.rfc ?? row.rfc);
  }
  if (row.opaque === true && (flags & transitive) === 0) return undefined;
  // RFC 6793 §4.1: between NEW speakers there is neither AS4_PATH nor AS4_AGGREGATOR; the one received is discarded.
  if (context.fourOctetAs && (code === AttributeCode.as4Path || code === AttributeCode.as4Aggregator)) {
    return scanned.fault(
      "attributeDiscard",
      code,
      UpdateError.optionalAttributeError,
      "from a 4-octet speaker",
      "RFC 6793 §4.1",
    );
  }
  const value = row.canonical?.(bytes, start, end) ?? bytes.slice(start, end);
  // The Partial bit means something on optional transitive attributes only.
  kept.push({ code, flags: (row.flags & transitive) === 0 ? row.flags : flags, value });
  return undefined;
}

function checkValue(
  scanned: ScannedAttributes,
  i: number,
  row: AttributeRow,
  context: UpdateContext,
  ends: SessionEnds | undefined,
): Malformed | undefined {
  const start = scanned.starts[i]!;
  const end = scanned.ends[i]!;
  if (row.code !== AttributeCode.nextHop) return row.check(scanned.bytes, start, end, context);
  const isMp = start === scanned.reachStart + 4;
  return (isMp ? undefined : row.check(scanned.bytes, start, end, context)) ??
    checkNextHopAddress(scanned.bytes, start, end, ends);
}

function wrongFlags(scanned: ScannedAttributes, code: number, action: FaultAction): Fault {
  return scanned.fault(action, code, UpdateError.attributeFlagsError, "its flags are wrong", "RFC 7606 §3c");
}

/** RFC 7606 §3d. The data is the code of what is missing (RFC 4271 §6.3). */
function missing(code: number): Fault {
  const text = `${attributeName(code)} is missing`;
  return updateFault(
    "treatAsWithdraw",
    code,
    UpdateError.missingWellKnownAttribute,
    text,
    "RFC 7606 §3d",
    Uint8Array.of(code),
  );
}

/** RFC 6793 §4.2.3: what an OLD speaker sent, in four octets, with the AS4_* attributes merged in. */
function toFourOctets(kept: readonly Kept[]): Kept[] {
  const find = (code: number) => kept.find((attribute) => attribute.code === code);
  const aggregator = find(AttributeCode.aggregator)?.value;
  const as4Aggregator = find(AttributeCode.as4Aggregator)?.value;
  const as4Path = find(AttributeCode.as4Path)?.value;
  const aggregatorAsn = aggregator === undefined ? AS_TRANS : readUint16(aggregator, 0);
  // "If the AS number in AGGREGATOR is not AS_TRANS", somebody aggregated after the AS4_* attributes were made.
  const outdated = as4Aggregator !== undefined && aggregatorAsn !== AS_TRANS;
  return kept.flatMap((attribute) => {
    const { code, value } = attribute;
    if (code === AttributeCode.as4Path || code === AttributeCode.as4Aggregator) return [];
    if (code === AttributeCode.asPath) {
      const path = decodeSegments(value, 0, value.length, 2);
      const real = as4Path === undefined || outdated
        ? path
        : mergeAs4Path(path, decodeSegments(as4Path, 0, as4Path.length, 4));
      return [{ ...attribute, value: encodeSegments(real, 4) }];
    }
    if (code === AttributeCode.aggregator) {
      if (as4Aggregator !== undefined && !outdated) return [{ ...attribute, value: as4Aggregator }];
      const address = readUint32(value, 2);
      return [{ ...attribute, value: encodeAggregator({ asn: aggregatorAsn, address }) }];
    }
    return [attribute];
  });
}

function writeKept(kept: readonly Kept[]): Uint8Array {
  const wire = new Uint8Array(kept.reduce((sum, { value }) => sum + value.length + (value.length > 255 ? 4 : 3), 0));
  let at = 0;
  for (const { code, flags, value } of kept) {
    at = writeAttributeHeader(wire, at, flags, code, value.length);
    wire.set(value, at);
    at += value.length;
  }
  return wire;
}
