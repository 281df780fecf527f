/**
 * Routes → UPDATEs (RFC 4271 §4.3): prefixes that share an attribute set go into one message, as many as it holds. The
 * attributes are encoded once for each set.
 *
 * IPv4 unicast with an IPv4 next hop uses the fields of the message itself; all other routes use MP_REACH_NLRI and
 * MP_UNREACH_NLRI, which come first (RFC 7606 §5.1).
 *
 * A route whose message would be too long for the peer is sent without the attributes for which RFC 7606 allows
 * "attribute discard". If it is still too long, it is withdrawn instead (RFC 8654 §4).
 */

import { type Family, type FamilyId, familyOf, IPV4_UNICAST, limits, maskHas, writeUint16 } from "../types/mod.ts";
import {
  AttributeFlag,
  nextAttribute,
  OPTIONAL_NON_TRANSITIVE,
  OPTIONAL_TRANSITIVE,
  valueStart,
} from "./attribute/header.ts";
import { attributeRow } from "./attribute/registry.ts";
import { AttributeCode, MessageType } from "./code_points.ts";
import { nlriSize, writeNlri } from "./nlri/prefix.ts";
import { toTwoOctets } from "./two_octet.ts";
import type { UpdateContext } from "./update_context.ts";

/** The field of the message that holds its NLRI. */
type NlriField = "nlri" | "withdrawnRoutes" | "mpReach" | "mpUnreach";

/** How a route is sent: with all attributes, without attributes that do not fit, or not at all. */
export type Fit = "whole" | "reduced" | "withheld";

/** The longest prefix with a path identifier: 4 + 1 + 16 octets. */
const LONGEST_NLRI = 21;
/** The header and both length fields. */
const OVERHEAD = limits.headerBytes + 4;
/** MP_REACH_NLRI without next hop and NLRI: its header, AFI, SAFI, length of next hop, reserved octet. */
const MP_OVERHEAD = 4 + 5;

export class UpdateEncoder {
  /** Prefixes that were withdrawn instead of announced, because their attributes fit into no message. */
  withheld = 0;
  readonly #context: UpdateContext;
  #bytes = new Uint8Array(8192);
  #size = 0;
  /** Offset of the message being built; -1: none. */
  #message = -1;
  #field: NlriField = "nlri";
  #family: Family = familyOf(IPV4_UNICAST);
  #addPath = false;
  /** The attributes besides MP_REACH_NLRI and MP_UNREACH_NLRI, as they are sent. */
  #attributes = new Uint8Array(512);
  #attributesSize = 0;
  /** For MP_REACH_NLRI. */
  readonly #nextHop = new Uint8Array(32);
  #nextHopSize = 0;
  /** Octets that the attributes leave for NLRI. A prefix that needs more is sent by {@link #addTight}. */
  #room = LONGEST_NLRI;
  /** The set given to {@link begin}, where some prefix may need {@link #addTight}. */
  #set: Uint8Array | undefined;
  /** Octets of flags, code and length of the MP attribute being written. */
  #mpHeader: 3 | 4 = 4;

  constructor(context: UpdateContext) {
    this.#context = context;
  }

  /** The longest message that the peer accepts. */
  get maxMessageBytes(): number {
    return this.#context.maxMessageBytes;
  }

  /** The prefixes added next are announced with this canonical attribute set, which must have a next hop. */
  begin(setWire: Uint8Array, family: FamilyId): void {
    this.finish();
    this.#start(family);
    this.#load(setWire);
    this.#room = this.#roomForMany();
    this.#set = this.#room < LONGEST_NLRI ? setWire.slice() : undefined;
  }

  /** How a prefix would be sent with this set. Call {@link begin} again before the next {@link add}. */
  fit(setWire: Uint8Array, family: FamilyId, length: number, pathId: number): Fit {
    this.begin(setWire, family);
    const size = nlriSize(length, this.#idOf(pathId));
    if (size <= this.#room || size <= this.#roomForOne()) return "whole";
    this.#load(withoutDiscardable(setWire));
    return size <= this.#roomForOne() ? "reduced" : "withheld";
  }

  /** The prefixes added next are withdrawn. */
  beginWithdraw(family: FamilyId): void {
    this.finish();
    this.#start(family);
    this.#attributesSize = 0;
    this.#room = LONGEST_NLRI;
    this.#field = family === IPV4_UNICAST ? "withdrawnRoutes" : "mpUnreach";
  }

  /** Adds one prefix. Its path identifier is sent only where ADD-PATH was negotiated (RFC 7911). */
  add(w0: number, w1: number, w2: number, w3: number, length: number, pathId: number): void {
    const id = this.#idOf(pathId);
    const size = nlriSize(length, id);
    if (size > this.#room) return this.#addTight(w0, w1, w2, w3, length, id);
    // The octets that `finish` appends to the NLRI.
    const tail = this.#field === "withdrawnRoutes" ? 2 : this.#field === "nlri" ? 0 : this.#attributesSize;
    const room = this.#context.maxMessageBytes - tail - size;
    if (this.#message !== -1 && this.#size - this.#message > room) this.finish();
    if (this.#message === -1) this.#open();
    this.#reserve(LONGEST_NLRI);
    this.#size = writeNlri(this.#bytes, this.#size, w0, w1, w2, w3, length, id);
  }

  /** Completes the message being built. Further prefixes begin a new message with the same attributes. */
  finish(): void {
    const start = this.#message;
    if (start === -1) return;
    this.#message = -1;
    const body = start + limits.headerBytes;
    if (this.#field === "withdrawnRoutes") {
      writeUint16(this.#bytes, body, this.#size - body - 2);
      this.#put16(0);
    } else if (this.#field !== "nlri") {
      const value = body + 4 + this.#mpHeader;
      if (this.#mpHeader === 3) this.#bytes[value - 1] = this.#size - value;
      else writeUint16(this.#bytes, value - 2, this.#size - value);
      this.#putAttributes();
      writeUint16(this.#bytes, body + 2, this.#size - body - 4);
    }
    writeUint16(this.#bytes, start + 16, this.#size - start);
  }

  /** RFC 4724 §2. */
  endOfRib(family: FamilyId): void {
    this.beginWithdraw(family);
    this.#open();
    this.finish();
  }

  /** Octets of the whole messages and of the one being built. */
  get size(): number {
    return this.#size;
  }

  /** Returns the messages so far, back to back, and empties the encoder; `add` may continue after it. */
  take(): Uint8Array {
    this.finish();
    const taken = this.#bytes.slice(0, this.#size);
    this.#size = 0;
    return taken;
  }

  #idOf(pathId: number): number {
    return this.#addPath ? Math.max(pathId, 0) : -1;
  }

  /** Sends a prefix for which the attributes leave little room, in a message of its own. */
  #addTight(w0: number, w1: number, w2: number, w3: number, length: number, id: number): void {
    const family = this.#family.id;
    const set = this.#set!;
    const fit = this.fit(set, family, length, id);
    if (fit === "withheld") {
      this.withheld++;
      this.beginWithdraw(family);
    } else this.#mpHeader = 3;
    this.#open();
    this.#reserve(LONGEST_NLRI);
    this.#size = writeNlri(this.#bytes, this.#size, w0, w1, w2, w3, length, id);
    this.finish();
    this.#mpHeader = 4;
    this.begin(set, family);
  }

  /** Takes the attributes of a canonical set in the form that the peer expects. */
  #load(setWire: Uint8Array): void {
    const wire = this.#context.fourOctetAs ? setWire : toTwoOctets(setWire);
    this.#takeAttributes(wire);
  }

  /** Octets of a message that the attributes leave for NLRI. */
  #roomForMany(): number {
    const mp = this.#field === "nlri" ? 0 : MP_OVERHEAD + this.#nextHopSize;
    return this.#context.maxMessageBytes - OVERHEAD - mp - this.#attributesSize;
  }

  /** The same for a single prefix: its MP_REACH_NLRI has a length field of one octet. */
  #roomForOne(): number {
    return this.#roomForMany() + (this.#field === "nlri" ? 0 : 1);
  }

  #start(family: FamilyId): void {
    this.#family = familyOf(family);
    this.#addPath = maskHas(this.#context.addPathSend, family);
  }

  /** Copies the attributes; a next hop that belongs into MP_REACH_NLRI is kept separately. */
  #takeAttributes(wire: Uint8Array): void {
    if (this.#attributes.length < wire.length) this.#attributes = new Uint8Array(2 * wire.length);
    const target = this.#attributes;
    this.#field = "mpReach";
    this.#nextHopSize = 0;
    let out = 0;
    let found = false;
    for (let at = 0; at < wire.length;) {
      const flags = wire[at]!;
      const code = wire[at + 1]!;
      const value = valueStart(wire, at);
      const end = nextAttribute(wire, at);
      if (end > wire.length) throw new RangeError(`attribute ${code} ends beyond its set`);
      if (code === AttributeCode.nextHop) {
        found = true;
        if (end - value === 4 && this.#family.id === IPV4_UNICAST) this.#field = "nlri";
        else {
          this.#nextHop.set(wire.subarray(value, end));
          this.#nextHopSize = end - value;
          at = end;
          continue;
        }
      }
      // RFC 4271 §5: a speaker that passes on an attribute it does not know sets the Partial bit.
      target[out++] = isPassedOn(flags, code) ? flags | AttributeFlag.partial : flags;
      for (at++; at < end; at++) target[out++] = wire[at]!;
    }
    if (!found) throw new RangeError("an attribute set to announce with has no next hop");
    this.#attributesSize = out;
  }

  /** Everything before the first NLRI. */
  #open(): void {
    this.#message = this.#size;
    this.#reserve(OVERHEAD);
    const start = this.#size;
    this.#bytes.fill(255, start, start + 16);
    writeUint16(this.#bytes, start + 16, 0);
    this.#bytes[start + 18] = MessageType.update;
    this.#size = start + limits.headerBytes;
    // Withdrawn Routes Length, which `finish` sets where there are any.
    this.#put16(0);
    if (this.#field === "withdrawnRoutes") return;
    this.#put16(this.#field === "nlri" ? this.#attributesSize : 0);
    if (this.#field === "nlri") this.#putAttributes();
    else this.#openMp();
  }

  /** An MP attribute up to its NLRI; `finish` sets its length. */
  #openMp(): void {
    const reach = this.#field === "mpReach";
    const isLong = this.#mpHeader === 4;
    this.#put8(OPTIONAL_NON_TRANSITIVE | (isLong ? AttributeFlag.extendedLength : 0));
    this.#put8(reach ? AttributeCode.mpReachNlri : AttributeCode.mpUnreachNlri);
    this.#put8(0);
    if (isLong) this.#put8(0);
    this.#put16(this.#family.afi);
    this.#put8(this.#family.safi);
    if (!reach) return;
    this.#put8(this.#nextHopSize);
    for (let i = 0; i < this.#nextHopSize; i++) this.#put8(this.#nextHop[i]!);
    this.#put8(0);
  }

  #putAttributes(): void {
    const size = this.#attributesSize;
    this.#reserve(size);
    const from = this.#attributes;
    const bytes = this.#bytes;
    const to = this.#size;
    for (let i = 0; i < size; i++) bytes[to + i] = from[i]!;
    this.#size = to + size;
  }

  #put8(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#size++] = value;
  }

  #put16(value: number): void {
    this.#put8(value >>> 8);
    this.#put8(value);
  }

  #reserve(count: number): void {
    if (this.#size + count <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#size + count));
    grown.set(this.#bytes.subarray(0, this.#size));
    this.#bytes = grown;
  }
}

/** A canonical set without the attributes for which RFC 7606 allows "attribute discard". */
function withoutDiscardable(wire: Uint8Array): Uint8Array {
  const kept = new Uint8Array(wire.length);
  let out = 0;
  for (let at = 0; at < wire.length;) {
    const end = nextAttribute(wire, at);
    if (attributeRow(wire[at + 1]!)?.onMalformed !== "attributeDiscard") {
      kept.set(wire.subarray(at, end), out);
      out += end - at;
    }
    at = end;
  }
  return kept.subarray(0, out);
}

/** An optional transitive attribute that this speaker does not know. */
function isPassedOn(flags: number, code: number): boolean {
  if ((flags & OPTIONAL_TRANSITIVE) !== OPTIONAL_TRANSITIVE) return false;
  const row = attributeRow(code);
  return row === undefined || row.opaque === true;
}
