/**
 * Routes → UPDATEs (RFC 4271 §4.3): NLRI that share an attribute set go into one message, as many as it holds. The
 * attributes are encoded once for each set.
 *
 * IPv4 unicast with an IPv4 next hop uses the fields of the message itself; all other routes use MP_REACH_NLRI and
 * MP_UNREACH_NLRI, which come first (RFC 7606 §5.1).
 *
 * A route whose message would be too long for the peer is sent without the attributes for which RFC 7606 allows
 * "attribute discard". If it is still too long, it is withdrawn instead (RFC 8654 §4).
 *
 * One file because all methods build the same message.
 */

import {
  equalRuns,
  type Family,
  type FamilyId,
  familyOf,
  IPV4_UNICAST,
  limits,
  maskHas,
  writeUint16,
  writeUint32,
} from "../types/mod.ts";
import {
  AttributeFlag,
  nextAttribute,
  OPTIONAL_NON_TRANSITIVE,
  OPTIONAL_TRANSITIVE,
  valueStart,
} from "./attribute/header.ts";
import { attributeRow } from "./attribute/registry.ts";
import { nlriValueOf } from "./attribute_set.ts";
import { AttributeCode, MessageType } from "./code_points.ts";
import { nlriSize, writeNlri } from "./nlri/prefix.ts";
import { RD_BYTES } from "./nlri/rd.ts";
import { nlriCodec } from "./nlri/registry.ts";
import { toTwoOctets } from "./two_octet.ts";
import type { UpdateContext } from "./update_context.ts";

/** The field of the message that holds its NLRI. */
type NlriField = "nlri" | "withdrawnRoutes" | "mpReach" | "mpUnreach";

/** How a route is sent: with all attributes, without attributes that do not fit, or not at all. */
export type Fit = "whole" | "reduced" | "withheld";

/** The longest prefix with a path identifier: 4 + 1 + 16 octets. */
const LONGEST_PREFIX = 21;
/** Octets of a path identifier. */
const PATH_ID_BYTES = 4;
/** The header and both length fields. */
const OVERHEAD = limits.headerBytes + 4;
/** MP_REACH_NLRI without next hop and NLRI: its header, AFI, SAFI, length of next hop, reserved octet. */
const MP_OVERHEAD = 4 + 5;
/** MP_UNREACH_NLRI without NLRI: its header, AFI, SAFI. */
const MP_WITHDRAW_OVERHEAD = 4 + 3;

/** A route without labels, ESI and gateway. */
const noValue = new Uint8Array(0);

export class UpdateEncoder {
  /** Routes that were withdrawn instead of announced, because their attributes fit into no message. */
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
  /** For MP_REACH_NLRI: with Route Distinguishers up to 48 octets. */
  readonly #nextHop = new Uint8Array(48);
  #nextHopSize = 0;
  /** What the set says of the NLRI: labels, ESI, gateway. */
  #value: Uint8Array | undefined;
  /** Octets that the attributes leave for NLRI. A route that needs more is sent by {@link #addTight}. */
  #room = LONGEST_PREFIX;
  /** The set given to {@link begin}, where some route may need {@link #addTight}. */
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
    if (this.#message === -1 || !this.#continues(setWire, family)) return this.#beginAnew(setWire, family);
    this.#set = setWire.slice();
    this.#value = nlriValueOf(this.#set);
  }

  /** The message being built has the same attributes: the values of its NLRI, labels for example, may differ. */
  #continues(setWire: Uint8Array, family: FamilyId): boolean {
    return this.#family.id === family && this.#family.kind !== "prefix" && this.#field === "mpReach" &&
      this.#set !== undefined && differInValueOnly(this.#set, setWire);
  }

  #beginAnew(setWire: Uint8Array, family: FamilyId): void {
    this.finish();
    this.#start(family);
    this.#load(setWire);
    this.#room = this.#roomForMany();
    // An NLRI of another kind than a prefix may have thousands of octets.
    const mayBeTight = this.#room < LONGEST_PREFIX || this.#family.kind !== "prefix";
    this.#set = mayBeTight ? setWire.slice() : undefined;
  }

  /** How a prefix would be sent with this set. Call {@link begin} again before the next {@link add}. */
  fit(setWire: Uint8Array, family: FamilyId, length: number, pathId: number): Fit {
    this.#start(family);
    return this.#fitAnew(setWire, family, nlriSize(length, this.#idOf(pathId)));
  }

  /** The same for an NLRI that a codec writes. */
  fitNlri(setWire: Uint8Array, family: FamilyId, key: Uint8Array, pathId: number): Fit {
    this.begin(setWire, family);
    return this.#fitAnew(setWire, family, this.#join(key, this.#value, pathId).length);
  }

  /** The NLRI added next are withdrawn. */
  beginWithdraw(family: FamilyId): void {
    this.finish();
    this.#start(family);
    this.#attributesSize = 0;
    this.#set = undefined;
    this.#value = undefined;
    this.#field = family === IPV4_UNICAST ? "withdrawnRoutes" : "mpUnreach";
    this.#room = this.#context.maxMessageBytes - OVERHEAD - MP_WITHDRAW_OVERHEAD;
  }

  /** Adds one prefix. Its path identifier is sent only where ADD-PATH was negotiated (RFC 7911). */
  add(w0: number, w1: number, w2: number, w3: number, length: number, pathId: number): void {
    const id = this.#idOf(pathId);
    const size = nlriSize(length, id);
    if (size > this.#room) {
      const nlri = new Uint8Array(size);
      writeNlri(nlri, 0, w0, w1, w2, w3, length, id);
      return this.#addTight(nlri, nlri);
    }
    this.#makeRoom(size);
    this.#reserve(LONGEST_PREFIX);
    this.#size = writeNlri(this.#bytes, this.#size, w0, w1, w2, w3, length, id);
  }

  /** Adds an NLRI that a codec writes: the key of its destination, with the value in the set of {@link begin}. */
  addNlri(key: Uint8Array, pathId: number): void {
    const nlri = this.#join(key, this.#value, pathId);
    if (nlri.length > this.#room) return this.#addTight(nlri, this.#join(key, undefined, pathId));
    this.#makeRoom(nlri.length);
    this.#putOctets(nlri);
  }

  /** Opens a message, or another one where the NLRI of `size` octets does not fit into the one being built. */
  #makeRoom(size: number): void {
    // The octets that `finish` appends to the NLRI.
    const tail = this.#field === "withdrawnRoutes" ? 2 : this.#field === "nlri" ? 0 : this.#attributesSize;
    const room = this.#context.maxMessageBytes - tail - size;
    if (this.#message !== -1 && this.#size - this.#message > room) this.finish();
    if (this.#message === -1) this.#open();
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

  /** An NLRI, with its path identifier where ADD-PATH was negotiated. */
  #join(key: Uint8Array, value: Uint8Array | undefined, pathId: number): Uint8Array {
    const nlri = nlriCodec(this.#family.id)!.join(key, value);
    const id = this.#idOf(pathId);
    if (id === -1) return nlri;
    const withId = new Uint8Array(PATH_ID_BYTES + nlri.length);
    writeUint32(withId, 0, id);
    withId.set(nlri, PATH_ID_BYTES);
    return withId;
  }

  /** How a route with an NLRI of `size` octets is sent. Leaves the encoder ready to open its message. */
  #fitAnew(setWire: Uint8Array, family: FamilyId, size: number): Fit {
    this.#beginAnew(setWire, family);
    if (size <= this.#roomForOne(size)) return "whole";
    this.#load(withoutDiscardable(setWire));
    return size <= this.#roomForOne(size) ? "reduced" : "withheld";
  }

  /**
   * Sends a route for which the attributes leave little room, in a message of its own. `withdrawal`: its NLRI where it
   * is withdrawn instead.
   */
  #addTight(nlri: Uint8Array, withdrawal: Uint8Array): void {
    const family = this.#family.id;
    const set = this.#set;
    // It is withdrawn, and no message holds it: the peer cannot have the route.
    if (set === undefined) return;
    if (this.#fitAnew(set, family, nlri.length) === "withheld") {
      this.withheld++;
      this.beginWithdraw(family);
      if (withdrawal.length <= this.#room) this.#addAlone(withdrawal);
    } else {
      this.#mpHeader = this.#hasShortMp(nlri.length) ? 3 : 4;
      this.#addAlone(nlri);
      this.#mpHeader = 4;
    }
    this.begin(set, family);
  }

  #addAlone(nlri: Uint8Array): void {
    this.#open();
    this.#putOctets(nlri);
    this.finish();
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

  /** The same for a single NLRI of `size` octets: its MP_REACH_NLRI may have a length field of one octet. */
  #roomForOne(size: number): number {
    return this.#roomForMany() + (this.#field !== "nlri" && this.#hasShortMp(size) ? 1 : 0);
  }

  #hasShortMp(size: number): boolean {
    return MP_OVERHEAD - 4 + this.#nextHopSize + size <= 255;
  }

  #start(family: FamilyId): void {
    this.#family = familyOf(family);
    this.#addPath = maskHas(this.#context.addPathSend, family);
  }

  /**
   * Copies the attributes. A next hop that belongs into MP_REACH_NLRI and the value of the NLRI are kept separately.
   */
  #takeAttributes(wire: Uint8Array): void {
    if (this.#attributes.length < wire.length) this.#attributes = new Uint8Array(2 * wire.length);
    const target = this.#attributes;
    const { nextHop } = this.#family;
    this.#field = "mpReach";
    this.#nextHopSize = 0;
    this.#value = noValue;
    let out = 0;
    let found = nextHop === "none";
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
          this.#takeNextHop(wire, value, end);
          at = end;
          continue;
        }
      } else if (code === AttributeCode.mpReachNlri) {
        this.#value = wire.slice(value, end);
        at = end;
        continue;
      }
      // RFC 4271 §5: a speaker that passes on an attribute it does not know sets the Partial bit.
      target[out++] = isPassedOn(flags, code) ? flags | AttributeFlag.partial : flags;
      for (at++; at < end; at++) target[out++] = wire[at]!;
    }
    if (!found) throw new RangeError("an attribute set to announce with has no next hop");
    this.#attributesSize = out;
  }

  /** The next hop as it stands in MP_REACH_NLRI: with a Route Distinguisher of zero before each address (RFC 4364). */
  #takeNextHop(wire: Uint8Array, start: number, end: number): void {
    const target = this.#nextHop;
    if (this.#family.nextHop !== "rd") {
      target.set(wire.subarray(start, end));
      this.#nextHopSize = end - start;
      return;
    }
    target.fill(0);
    let size = 0;
    for (let at = start; at < end; at += 16) {
      const address = wire.subarray(at, Math.min(at + 16, end));
      target.set(address, size + RD_BYTES);
      size += RD_BYTES + address.length;
    }
    this.#nextHopSize = size;
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

  #putOctets(octets: Uint8Array): void {
    this.#reserve(octets.length);
    this.#bytes.set(octets, this.#size);
    this.#size += octets.length;
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

/** True where two canonical sets are equal, or differ in the value of the NLRI and in nothing else. */
function differInValueOnly(one: Uint8Array, other: Uint8Array): boolean {
  const before = valueAttribute(one);
  if (valueAttribute(other) !== before || !equalRuns(one, 0, other, 0, before)) return false;
  const [from, to] = [afterValue(one, before), afterValue(other, before)];
  return one.length - from === other.length - to && equalRuns(one, from, other, to, one.length - from);
}

/** Where the value of the NLRI stands in a canonical set, or would stand. */
function valueAttribute(wire: Uint8Array): number {
  let at = 0;
  while (at < wire.length && wire[at + 1]! < AttributeCode.mpReachNlri) at = nextAttribute(wire, at);
  return at;
}

function afterValue(wire: Uint8Array, at: number): number {
  return wire[at + 1] === AttributeCode.mpReachNlri ? nextAttribute(wire, at) : at;
}
