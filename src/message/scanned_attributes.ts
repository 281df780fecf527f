/** Where the path attributes of one UPDATE stand: filled by the scanner, read by the validation. */

import { AttributeFlag, headerSize, nextAttribute, valueStart } from "./attribute/header.ts";
import { attributeName } from "./attribute/registry.ts";
import { AttributeCode } from "./code_points.ts";
import { type Fault, type FaultAction, updateFault } from "./fault.ts";

const { optional, transitive } = AttributeFlag;

/** The attributes of one UPDATE ascending by code, as offsets; MP_REACH_NLRI and MP_UNREACH_NLRI separately. */
export class ScannedAttributes {
  bytes: Uint8Array = new Uint8Array(0);
  count = 0;
  readonly codes = new Uint8Array(257);
  readonly flags = new Uint8Array(257);
  readonly starts = new Int32Array(257);
  readonly ends = new Int32Array(257);
  /** The codes below 32 that are present, as bits. */
  present = 0;
  /** Octets of all attributes together. */
  size = 0;
  reachStart = -1;
  reachEnd = 0;
  unreachStart = -1;
  unreachEnd = 0;
  /** The code of an MP attribute that appears twice, or 0. */
  repeatedMp = 0;
  /** The message announces prefixes, of any family. */
  reachable = false;
  /** A fault of the message that the set does not show: a repeated attribute, or wrong flags of an MP attribute. */
  conspicuous = false;
  /** Codes that appear more than once. */
  readonly repeated: number[] = [];
  #reachFlags = 0;
  #unreachFlags = 0;

  /** Removes all attributes. */
  clear(): void {
    this.count = 0;
    this.present = 0;
    this.size = 0;
    this.reachStart = -1;
    this.unreachStart = -1;
    this.repeatedMp = 0;
    this.reachable = false;
    this.conspicuous = false;
    if (this.repeated.length !== 0) this.repeated.length = 0;
  }

  /** Reads the list of attributes, after {@link clear}; false where the list ends inside an attribute. */
  walk(bytes: Uint8Array, start: number, end: number): boolean {
    this.bytes = bytes;
    this.size = end - start;
    let at = start;
    while (at < end) {
      const flags = bytes[at]!;
      const code = bytes[at + 1]!;
      const value = valueStart(bytes, at);
      const next = nextAttribute(bytes, at);
      if (next > end) return false;
      if (code === AttributeCode.mpReachNlri) this.#addReach(flags, value, next);
      else if (code === AttributeCode.mpUnreachNlri) this.#addUnreach(flags, value, next);
      else this.#add(code, flags, value, next);
      at = next;
    }
    return true;
  }

  /**
   * Puts the next hop of MP_REACH_NLRI in place of attribute 3: in an UPDATE without NLRI of the message's own field,
   * NEXT_HOP is ignored (RFC 4760 §3). The next hop stands in `[start, end)`: without Route Distinguishers.
   */
  useMpNextHop(start: number, end: number): void {
    let at = 0;
    while (at < this.count && this.codes[at]! < AttributeCode.nextHop) at++;
    if (at === this.count || this.codes[at] !== AttributeCode.nextHop) this.#insertAt(at);
    this.codes[at] = AttributeCode.nextHop;
    this.flags[at] = transitive;
    this.starts[at] = start;
    this.ends[at] = end;
    this.present |= 1 << AttributeCode.nextHop;
  }

  /** True where attribute 3, whose value begins at `start`, is the next hop of MP_REACH_NLRI. */
  isMpNextHop(start: number): boolean {
    return this.reachStart !== -1 && start >= this.reachStart && start < this.reachEnd;
  }

  /** The MP attributes whose flags are wrong. */
  wrongMpFlags(): number[] {
    const codes: number[] = [];
    if (this.reachStart !== -1 && wrongMp(this.#reachFlags)) codes.push(AttributeCode.mpReachNlri);
    if (this.unreachStart !== -1 && wrongMp(this.#unreachFlags)) codes.push(AttributeCode.mpUnreachNlri);
    return codes;
  }

  /** A fault whose NOTIFICATION carries the attribute (RFC 4271 §6.3). */
  fault(action: FaultAction, code: number, subcode: number, text: string, rfc: string): Fault {
    const where = code === 0 ? text : `${attributeName(code)}: ${text}`;
    return updateFault({ action, code, subcode, text: where, rfc, data: code === 0 ? undefined : this.#copy(code) });
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
    return this.bytes.slice(start - headerSize(flags), end);
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
      if (!this.repeated.includes(code)) this.repeated.push(code);
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
