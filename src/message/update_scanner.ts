/**
 * The hot path of a BGP speaker: walks an UPDATE (RFC 4271 §4.3) once, finds its NLRI, and writes its path
 * attributes in canonical form into a scratch buffer, with a hash. A full table is some 190,000 such messages; a valid
 * message costs no allocation. The RIB looks up the canonical octets among the sets it has, and calls {@link
 * UpdateScanner.validate} only for a new set.
 *
 * The scanner finds faults of the structure, which leave it uncertain where prefixes are: they reset the session.
 * Faults inside an attribute are found by `validate` (`update_validation.ts`).
 *
 * One file because all steps of a scan fill the same fields.
 */

import {
  type Family,
  familyByCode,
  type FamilyId,
  type FamilyMask,
  familyMask,
  IPV4_UNICAST,
  isNextHop,
  isNextHopSize,
  limits,
  maskHas,
  readUint16,
  readUint32,
} from "../types/mod.ts";
import { AttributeFlag, writeAttributeHeader } from "./attribute/header.ts";
import { mpReach, mpReachNlri } from "./attribute/mp_reach.ts";
import { mpUnreach } from "./attribute/mp_unreach.ts";
import { checkNextHopAddress, type NextHopCheck, nextHopDependsOnSession } from "./attribute/next_hop.ts";
import { attributeRows } from "./attribute/registry.ts";
import { isForeign } from "./attribute/row.ts";
import { SegmentType } from "./attribute/set.ts";
import { hashAttributes } from "./attribute_set.ts";
import { AttributeCode, UpdateError } from "./code_points.ts";
import { type Fault, type FaultAction, type SetVerdict, updateFault } from "./fault.ts";
import type { NlriCodec } from "./nlri/codec.ts";
import { codecNlriFault } from "./nlri/cursor.ts";
import { checkNlri } from "./nlri/prefix.ts";
import { RD_BYTES } from "./nlri/rd.ts";
import { nlriCodec } from "./nlri/registry.ts";
import { ScannedAttributes } from "./scanned_attributes.ts";
import type { UpdateContext } from "./update_context.ts";
import { mandatoryMask, validateAttributes } from "./update_validation.ts";

/** NLRI of one family, all announced or all withdrawn, as offsets into the message. Reused scan after scan. */
export interface NlriBlock {
  family: FamilyId;
  /**
   * Reads the NLRI, with a `CodecCursor`; `undefined`: they are prefixes, for a `NlriCursor`. The value of each
   * announced NLRI belongs into the attribute set (`withNlriValue`): the set of the scanner has none.
   */
  codec: NlriCodec | undefined;
  withdraw: boolean;
  addPath: boolean;
  start: number;
  end: number;
}

/** Withdrawn Routes, MP_UNREACH_NLRI, NLRI, MP_REACH_NLRI. */
const MOST_BLOCKS = 4;
const PATH_FLAGS = AttributeFlag.optional | AttributeFlag.transitive;
const KEPT_FLAGS = PATH_FLAGS | AttributeFlag.partial;

/** A session has one scanner and reuses it for each message. */
export class UpdateScanner {
  /**
   * Set where {@link scan} returned "fault". With `treatAsWithdraw` the blocks are valid: all of them are withdrawn.
   */
  fault: Fault | undefined = undefined;
  /**
   * MP_REACH_NLRI or MP_UNREACH_NLRI of a family cannot be read, but the rest of the message can: the family has to be
   * withdrawn and {@link disable}d.
   */
  familyFault: Fault | undefined = undefined;
  /** For the log, without other consequences: the message has prefixes of a family that was not negotiated. */
  notice: Fault | undefined = undefined;
  /** The attribute set in canonical form: as scanned, and after `validate` has accepted it, the set to store. */
  setBytes: Uint8Array;
  /** 0 where the UPDATE has no attributes besides MP_UNREACH_NLRI. */
  setLength = 0;
  /** {@link hashAttributes} of it. */
  setHash = 0;
  /**
   * The first {@link blockCount} are valid. Withdrawals come first: an announcement in the same message overrides them.
   */
  readonly blocks: readonly NlriBlock[];
  blockCount = 0;
  /** The message is the End-of-RIB of this family (RFC 4724 §2); 0: it is not. */
  endOfRib: FamilyId | 0 = 0;
  /**
   * True where a known set with the octets of `setBytes` may be used without `validate`. False where the same octets
   * can have another verdict in another session (a 2-octet one, LOCAL_PREF of an external peer …).
   */
  lookupFirst = false;

  readonly #context: UpdateContext;
  readonly #ends: NextHopCheck;
  readonly #attributes = new ScannedAttributes();
  /** Attributes (bits by code) whose presence requires a validation. */
  readonly #forbidden: number;
  #disabled: FamilyMask = 0;
  /** The family of an MP_REACH_NLRI that waits for {@link nextPart}; 0: none waits. */
  #waiting: FamilyId | 0 = 0;
  /** The family of MP_REACH_NLRI where it announces prefixes of a negotiated family, else 0. */
  #reachFamily: FamilyId | 0 = 0;
  #reachIsOurs = false;
  #reachStart = 0;
  #reachEnd = 0;
  /** Where the next hop of MP_REACH_NLRI stands, without Route Distinguishers. */
  #hopStart = 0;
  #hopEnd = 0;

  /** `ends`: the addresses of the TCP connection, for the checks of next hops (RFC 4271 §6.3). */
  constructor(context: UpdateContext, ends?: NextHopCheck) {
    this.#context = context;
    this.#ends = ends;
    this.setBytes = new Uint8Array(context.maxMessageBytes);
    this.blocks = Array.from(
      { length: MOST_BLOCKS },
      () => ({ family: IPV4_UNICAST, codec: undefined, withdraw: false, addPath: false, start: 0, end: 0 }),
    );
    // An attribute of code 0 would precede ORIGIN, and the checks below would find the wrong attributes.
    this.#forbidden = bits([
      0,
      AttributeCode.as4Path,
      AttributeCode.as4Aggregator,
      ...attributeRows.filter((row) => isForeign(row, context)).map(({ code }) => code),
    ]);
  }

  /** From now on, NLRI of the family are ignored (RFC 4760 §7). */
  disable(family: FamilyId): void {
    this.#disabled |= familyMask([family]);
  }

  /** Walks the UPDATE in `bytes[start, end)`, header included. The fields are valid until the next scan. */
  scan(bytes: Uint8Array, start: number, end: number): "ok" | "fault" {
    this.fault = undefined;
    this.familyFault = undefined;
    this.notice = undefined;
    this.setLength = 0;
    this.blockCount = 0;
    this.endOfRib = 0;
    this.lookupFirst = false;
    this.#waiting = 0;
    this.#attributes.clear();

    const withdrawnStart = start + limits.headerBytes + 2;
    if (withdrawnStart + 2 > end) return this.#broken("the message ends before its attributes");
    const withdrawnEnd = withdrawnStart + readUint16(bytes, withdrawnStart - 2);
    const attributesStart = withdrawnEnd + 2;
    // RFC 7606 §3b: lengths that do not fit the message leave its parts unknown.
    if (attributesStart > end) return this.#broken("Withdrawn Routes Length passes the end of the message");
    const attributesEnd = attributesStart + readUint16(bytes, withdrawnEnd);
    if (attributesEnd > end) return this.#broken("Total Path Attribute Length passes the end of the message");

    if (withdrawnStart !== withdrawnEnd) {
      if (!this.#classic(bytes, withdrawnStart, withdrawnEnd, true)) return "fault";
    } else if (attributesStart === end) {
      if (maskHas(this.#context.families, IPV4_UNICAST)) this.endOfRib = IPV4_UNICAST;
      return "ok";
    }
    if (attributesStart === attributesEnd && attributesEnd === end) return "ok";

    const whole = this.#attributes.walk(bytes, attributesStart, attributesEnd);
    const attributes = this.#attributes;
    if (attributes.repeatedMp !== 0) {
      // RFC 7606 §3g.
      return this.#fail(
        "sessionReset",
        attributes.repeatedMp,
        UpdateError.malformedAttributeList,
        "appears twice",
        "RFC 7606 §3g",
      );
    }
    if (attributes.unreachStart !== -1 && !this.#unreach(bytes)) return "fault";
    const classicReach = attributesEnd !== end;
    if (classicReach && !this.#classic(bytes, attributesEnd, end, false)) return "fault";
    this.#reachFamily = 0;
    this.#reachIsOurs = false;
    if (attributes.reachStart !== -1 && !this.#reach(bytes)) return "fault";

    attributes.reachable = classicReach || attributes.reachStart !== -1 && this.#reachStart < this.#reachEnd;
    if (withdrawnStart === withdrawnEnd && whole) this.#findEndOfRib();
    if (!whole) return this.#truncated();
    // RFC 7606 §5.1: a message with NLRI in both places is accepted, although none should be sent. Each has its own
    // next hop.
    if (classicReach) this.#waiting = this.#reachFamily;
    else if (this.#reachFamily !== 0) this.#block(this.#reachFamily, false, this.#reachStart, this.#reachEnd);
    // A family that was not negotiated is ignored with its attributes: its next hop may have any form.
    if (!classicReach && attributes.reachStart !== -1 && !this.#reachIsOurs) {
      attributes.clear();
      return "ok";
    }
    if (!classicReach && attributes.reachStart !== -1) attributes.useMpNextHop(this.#hopStart, this.#hopEnd);
    this.#buildSet(bytes);
    return "ok";
  }

  /**
   * True where the message has a second part, with an attribute set and blocks of its own: MP_REACH_NLRI besides NLRI
   * of the message's own field. Call it after the first part has been processed.
   */
  nextPart(): boolean {
    const family = this.#waiting;
    if (family === 0) return false;
    this.#waiting = 0;
    this.blockCount = 0;
    this.#block(family, false, this.#reachStart, this.#reachEnd);
    this.#attributes.useMpNextHop(this.#hopStart, this.#hopEnd);
    this.#buildSet(this.#attributes.bytes);
    return true;
  }

  /**
   * The checks of RFC 4271 §6.3 as revised by RFC 7606, for the set scanned last. If the verdict is "accept",
   * `setBytes` holds the set to store: without discarded attributes, duplicates or AS4_PATH, ASNs in four octets.
   */
  validate(): SetVerdict {
    const result = validateAttributes(this.#attributes, this.#context, this.#ends);
    if (result.wire !== undefined) {
      if (result.wire.length > this.setBytes.length) this.setBytes = new Uint8Array(result.wire.length);
      this.setBytes.set(result.wire);
      this.setLength = result.wire.length;
      this.setHash = hashAttributes(result.wire, 0, result.wire.length);
    }
    return result.verdict;
  }

  /** Prefixes in the fields Withdrawn Routes or NLRI of the message itself: IPv4 unicast. */
  #classic(bytes: Uint8Array, start: number, end: number, withdraw: boolean): boolean {
    if (!checkNlri(bytes, start, end, 32, this.#addPath(IPV4_UNICAST))) {
      const field = withdraw ? "Withdrawn Routes" : "NLRI";
      this.#fail("sessionReset", 0, UpdateError.invalidNetworkField, `${field} do not parse`, "RFC 7606 §5.3");
      return false;
    }
    if (maskHas(this.#context.families, IPV4_UNICAST)) this.#block(IPV4_UNICAST, withdraw, start, end);
    else this.#notNegotiated(0, 1, 1);
    return true;
  }

  #unreach(bytes: Uint8Array): boolean {
    const { unreachStart: start, unreachEnd: end } = this.#attributes;
    const malformed = mpUnreach.check(bytes, start, end, this.#context);
    if (malformed !== undefined) {
      this.#fail("sessionReset", AttributeCode.mpUnreachNlri, malformed.subcode, malformed.text, mpUnreach.rfc);
      return false;
    }
    const family = this.#family(bytes, start, AttributeCode.mpUnreachNlri);
    if (family === undefined) return true;
    const fault = mpNlriFault(bytes, start + 3, end, this.#addPath(family.id), family, true);
    if (fault !== undefined) {
      return this.#unreadable(family, AttributeCode.mpUnreachNlri, UpdateError.optionalAttributeError, fault);
    }
    if (start + 3 < end) this.#block(family.id, true, start + 3, end);
    return true;
  }

  #reach(bytes: Uint8Array): boolean {
    const { reachStart: start, reachEnd: end } = this.#attributes;
    const malformed = mpReach.check(bytes, start, end, this.#context);
    if (malformed !== undefined) {
      this.#fail("sessionReset", AttributeCode.mpReachNlri, malformed.subcode, malformed.text, mpReach.rfc);
      return false;
    }
    this.#reachStart = mpReachNlri(bytes, start);
    this.#reachEnd = end;
    const family = this.#family(bytes, start, AttributeCode.mpReachNlri);
    if (family === undefined) return true;
    const size = bytes[start + 3]!;
    if (!isNextHopSize(family, size, maskHas(this.#context.extendedNextHop, family.id))) {
      const text = `a next hop of ${size} octets for ${family.name}`;
      return this.#unreadable(
        family,
        AttributeCode.mpReachNlri,
        UpdateError.malformedAttributeList,
        text,
        mpReach.rfc,
      );
    }
    this.#findNextHop(bytes, start + 4, size, family);
    const fault = mpNlriFault(bytes, this.#reachStart, end, this.#addPath(family.id), family, false);
    if (fault !== undefined) {
      return this.#unreadable(family, AttributeCode.mpReachNlri, UpdateError.optionalAttributeError, fault);
    }
    this.#reachIsOurs = true;
    if (this.#reachStart < end) this.#reachFamily = family.id;
    return true;
  }

  /** Finds the addresses in a next hop: {@link isNextHopSize} accepted its size. */
  #findNextHop(bytes: Uint8Array, start: number, size: number, { nextHop }: Family): void {
    this.#hopStart = start;
    this.#hopEnd = start + size;
    if (nextHop === "rd") {
      // Of two addresses the first is taken: the second one, a link-local one, has a meaning on this link only, and
      // routes with labels go on with the next hop that they have.
      this.#hopStart += RD_BYTES;
      if (size > RD_BYTES + 16) this.#hopEnd = this.#hopStart + 16;
    } else if (nextHop === "none" && !this.#isKept(bytes, start, size)) this.#hopEnd = start;
  }

  /**
   * RFC 8955 §4: a receiver ignores the next hop of a FlowSpec rule. One that could be an address of a host goes on
   * with the rule, because some actions mean it.
   */
  #isKept(bytes: Uint8Array, start: number, size: number): boolean {
    if (!isNextHopLength(size) || checkNextHopAddress(bytes, start, start + size, this.#ends) !== undefined) {
      return false;
    }
    const ends = this.#ends;
    return ends === undefined || ends === "any" || !isNextHop(bytes, start, start + size, ends.local);
  }

  /**
   * An MP attribute whose NLRI cannot be found. RFC 7606 §3j requires a session reset or "AFI/SAFI disable" (RFC 4760
   * §7). A family of prefixes ends the session. Other families share their session with routes that are forwarded, and
   * a reset would repeat as often as the peer repeats the NLRI. False: the session is reset.
   */
  #unreadable(family: Family, code: number, subcode: number, text: string, rfc = "RFC 7606 §5.3"): boolean {
    if (family.kind === "prefix") {
      this.#fail("sessionReset", code, subcode, text, rfc);
      return false;
    }
    const fault = this.#attributes.fault("familyDisable", code, subcode, text, rfc);
    this.familyFault = { ...fault, family: family.id };
    return true;
  }

  #addPath(family: FamilyId): boolean {
    return maskHas(this.#context.addPathReceive, family);
  }

  /** The family at the start of an MP attribute; `undefined` where it is ignored: not negotiated (RFC 4760 §6). */
  #family(bytes: Uint8Array, at: number, code: number): Family | undefined {
    const afi = readUint16(bytes, at);
    const safi = bytes[at + 2]!;
    const family = familyByCode(afi, safi);
    if (family !== undefined && maskHas(this.#context.families, family.id)) {
      return maskHas(this.#disabled, family.id) || this.familyFault?.family === family.id ? undefined : family;
    }
    this.#notNegotiated(code, afi, safi);
    return undefined;
  }

  #block(family: FamilyId, withdraw: boolean, start: number, end: number): void {
    const block = this.blocks[this.blockCount++]!;
    block.family = family;
    block.codec = nlriCodec(family);
    block.withdraw = withdraw;
    block.addPath = this.#addPath(family);
    block.start = start;
    block.end = end;
  }

  #findEndOfRib(): void {
    const attributes = this.#attributes;
    if (this.blockCount !== 0 || attributes.count !== 0 || attributes.unreachStart === -1) return;
    if (attributes.reachable || attributes.reachStart !== -1 || this.notice !== undefined) return;
    const { bytes, unreachStart: at } = attributes;
    // NLRI of a family that is ignored.
    if (attributes.unreachEnd !== at + 3) return;
    this.endOfRib = familyByCode(readUint16(bytes, at), bytes[at + 2]!)?.id ?? 0;
  }

  /** Copies the attributes in canonical form, and decides whether the result may be looked up. */
  #buildSet(bytes: Uint8Array): void {
    const attributes = this.#attributes;
    // No attribute grows, but the next hop of MP_REACH_NLRI is added.
    if (this.setBytes.length < attributes.size + 64) this.setBytes = new Uint8Array(attributes.size + 64);
    const target = this.setBytes;
    const { count, codes, flags, starts, ends } = attributes;
    let out = 0;
    for (let i = 0; i < count; i++) {
      const from = starts[i]!;
      const to = ends[i]!;
      out = writeAttributeHeader(target, out, flags[i]! & KEPT_FLAGS, codes[i]!, to - from);
      for (let at = from; at < to; at++) target[out++] = bytes[at]!;
    }
    this.setLength = out;
    this.setHash = hashAttributes(target, 0, out);
    this.lookupFirst = this.#context.fourOctetAs && attributes.reachable && !attributes.conspicuous &&
      (attributes.present & this.#forbidden) === 0 && (attributes.present & mandatoryMask) === mandatoryMask &&
      this.#pathIsIndependent(bytes) && this.#nextHopIsIndependent(bytes);
  }

  /**
   * Every session that expects this kind of path accepts it: confederation segments and the first AS are as required.
   */
  #pathIsIndependent(bytes: Uint8Array): boolean {
    const context = this.#context;
    if (context.internal) return true;
    // AS_PATH is the second attribute: it is mandatory, as is ORIGIN before it.
    const start = this.#attributes.starts[1]!;
    const end = this.#attributes.ends[1]!;
    const front = context.confederation === true ? SegmentType.confedSequence : SegmentType.sequence;
    if (context.confederation === true) {
      if (start === end || bytes[start] !== front) return false;
    } else for (let at = start; at < end; at += 2 + 4 * bytes[at + 1]!) if (bytes[at]! > 2) return false;
    if (context.enforceFirstAs !== true) return true;
    return start < end && bytes[start] === front && readUint32(bytes, start + 2) === context.remoteAsn;
  }

  #nextHopIsIndependent(bytes: Uint8Array): boolean {
    // The third attribute, after ORIGIN and AS_PATH.
    const start = this.#attributes.starts[2]!;
    const end = this.#attributes.ends[2]!;
    // NEXT_HOP with a length that only MP_REACH_NLRI can have: a set of another family may have the same octets.
    if (end - start !== 4 && !this.#attributes.isMpNextHop(start)) return false;
    return this.#ends === undefined || !nextHopDependsOnSession(bytes, start, end, this.#ends);
  }

  #notNegotiated(code: number, afi: number, safi: number): void {
    const name = familyByCode(afi, safi)?.name ?? `family ${afi}/${safi}`;
    this.notice ??= updateFault({
      action: "attributeDiscard",
      code,
      subcode: UpdateError.optionalAttributeError,
      text: `ignored: ${name} was not negotiated`,
      rfc: "RFC 4760 §6",
    });
  }

  /** The last attribute is truncated. Total Path Attribute Length still says where NLRI begin. */
  #truncated(): "fault" {
    const attributes = this.#attributes;
    if (this.#reachFamily !== 0) this.#block(this.#reachFamily, false, this.#reachStart, this.#reachEnd);
    // RFC 7606 §3h: the attributes before it may have a fault with a stronger action.
    const { verdict } = validateAttributes(attributes, this.#context, this.#ends);
    if (verdict.kind === "sessionReset") {
      this.blockCount = 0;
      this.fault = verdict.fault;
      return "fault";
    }
    // RFC 7606 §5.2: without NLRI the truncated attribute may have been MP_REACH_NLRI.
    const action = attributes.reachable ? "treatAsWithdraw" : "sessionReset";
    const rfc = attributes.reachable ? "RFC 7606 §4" : "RFC 7606 §5.2";
    return this.#fail(action, 0, UpdateError.malformedAttributeList, "the last attribute is longer than the rest", rfc);
  }

  #broken(text: string): "fault" {
    return this.#fail("sessionReset", 0, UpdateError.malformedAttributeList, text, "RFC 7606 §3b");
  }

  #fail(action: FaultAction, code: number, subcode: number, text: string, rfc: string): "fault" {
    if (action === "sessionReset") this.blockCount = 0;
    this.fault = this.#attributes.fault(action, code, subcode, text, rfc);
    return "fault";
  }
}

/** Why NLRI of an MP attribute cannot be read; `undefined`: they can. */
function mpNlriFault(
  bytes: Uint8Array,
  start: number,
  end: number,
  addPath: boolean,
  { id, addressBytes }: Family,
  withdrawn: boolean,
): string | undefined {
  const codec = nlriCodec(id);
  // RFC 4760 §7 defines the subcode, RFC 7606 §5.3 the consequence.
  if (codec === undefined) {
    return checkNlri(bytes, start, end, 8 * addressBytes, addPath) ? undefined : "its NLRI do not parse";
  }
  const fault = codecNlriFault(codec, bytes, start, end, addPath, withdrawn);
  return fault === undefined ? undefined : `an NLRI ${fault}`;
}

function isNextHopLength(size: number): boolean {
  return size === 4 || size === 16 || size === 32;
}

function bits(codes: readonly number[]): number {
  return codes.reduce((mask, code) => mask | (1 << code), 0);
}
