/**
 * Routes → UPDATEs (RFC 4271 §4.3): prefixes that share an attribute set go together, as many as a message holds. The
 * attributes are encoded once for each set, a prefix costs the octets it has.
 *
 * IPv4 unicast with an IPv4 next hop goes into the message's own fields, all else into MP_REACH_NLRI and MP_UNREACH_NLRI,
 * which come first (RFC 7606 §5.1).
 */

import { type Family, family as familyRow, type FamilyId, IPV4_UNICAST, limits, maskHas } from "../types/mod.ts";
import { AttributeFlag, OPTIONAL_NON_TRANSITIVE, OPTIONAL_TRANSITIVE, readUint16 } from "./attribute/attribute.ts";
import { attributeRow } from "./attribute/registry.ts";
import { AttributeCode, MessageType } from "./code_points.ts";
import { nlriSize, writeNlri } from "./nlri.ts";
import { toTwoOctets } from "./two_octet.ts";
import type { UpdateContext } from "./update_context.ts";

/** Where the NLRI of the message being built go. */
type Place = "nlri" | "withdrawnRoutes" | "mpReach" | "mpUnreach";

/** The longest prefix with a path identifier: 4 + 1 + 16 octets. */
const LONGEST_NLRI = 21;
/** Both length fields, the header of an MP attribute, AFI, SAFI, length of next hop, reserved octet. */
const MP_OVERHEAD = 4 + 4 + 5;

export class UpdateEncoder {
  readonly #context: UpdateContext;
  #bytes = new Uint8Array(8192);
  #size = 0;
  /** The message being built begins here; -1: there is none. */
  #message = -1;
  #place: Place = "nlri";
  #family: Family = familyRow(IPV4_UNICAST);
  #addPath = false;
  /** The attributes besides MP_REACH_NLRI and MP_UNREACH_NLRI, as they go out. */
  #attributes = new Uint8Array(512);
  #attributesSize = 0;
  /** For MP_REACH_NLRI. */
  readonly #nextHop = new Uint8Array(32);
  #nextHopSize = 0;

  constructor(context: UpdateContext) {
    this.#context = context;
  }

  /**
   * What follows announces with this canonical attribute set, which must have a next hop. False: the attributes leave no
   * room for a prefix in this peer's messages; what follows is withdrawn instead (RFC 8654 §4).
   */
  begin(setWire: Uint8Array, family: FamilyId): boolean {
    this.finish();
    this.#start(family);
    this.#takeAttributes(this.#context.fourOctetAs ? setWire : toTwoOctets(setWire), family === IPV4_UNICAST);
    const overhead = this.#place === "nlri" ? 4 : MP_OVERHEAD + this.#nextHopSize;
    if (limits.headerBytes + overhead + this.#attributesSize + LONGEST_NLRI <= this.#context.maxMessageBytes) {
      return true;
    }
    this.beginWithdraw(family);
    return false;
  }

  /** What follows is withdrawn. */
  beginWithdraw(family: FamilyId): void {
    this.finish();
    this.#start(family);
    this.#attributesSize = 0;
    this.#place = family === IPV4_UNICAST ? "withdrawnRoutes" : "mpUnreach";
  }

  /** One prefix more. The path identifier goes out only where the peer takes such (RFC 7911). */
  add(w0: number, w1: number, w2: number, w3: number, length: number, pathId: number): void {
    const id = this.#addPath ? Math.max(pathId, 0) : -1;
    // What `finish` puts behind the NLRI.
    const tail = this.#place === "withdrawnRoutes" ? 2 : this.#place === "nlri" ? 0 : this.#attributesSize;
    const room = this.#context.maxMessageBytes - tail - nlriSize(length, id);
    if (this.#message !== -1 && this.#size - this.#message > room) this.finish();
    if (this.#message === -1) this.#open();
    this.#reserve(LONGEST_NLRI);
    this.#size = writeNlri(this.#bytes, this.#size, w0, w1, w2, w3, length, id);
  }

  /** Completes the message being built; further prefixes begin another one with the same attributes. */
  finish(): void {
    const start = this.#message;
    if (start === -1) return;
    this.#message = -1;
    const body = start + limits.headerBytes;
    if (this.#place === "withdrawnRoutes") {
      write16(this.#bytes, body, this.#size - body - 2);
      this.#put16(0);
    } else if (this.#place !== "nlri") {
      const value = body + 8;
      write16(this.#bytes, value - 2, this.#size - value);
      this.#putAttributes();
      write16(this.#bytes, body + 2, this.#size - body - 4);
    }
    write16(this.#bytes, start + 16, this.#size - start);
  }

  /** RFC 4724 §2. */
  endOfRib(family: FamilyId): void {
    this.beginWithdraw(family);
    this.#open();
    this.finish();
  }

  /** Octets of whole messages and the one being built. */
  get size(): number {
    return this.#size;
  }

  /** The messages so far, back to back. Empties the encoder; `add` may go on after it. */
  take(): Uint8Array {
    this.finish();
    const taken = this.#bytes.slice(0, this.#size);
    this.#size = 0;
    return taken;
  }

  #start(family: FamilyId): void {
    this.#family = familyRow(family);
    this.#addPath = maskHas(this.#context.addPathSend, family);
  }

  /** Copies the attributes, the next hop apart where it belongs into MP_REACH_NLRI. */
  #takeAttributes(wire: Uint8Array, mayBeClassic: boolean): void {
    if (this.#attributes.length < wire.length) this.#attributes = new Uint8Array(2 * wire.length);
    const target = this.#attributes;
    this.#place = "mpReach";
    this.#nextHopSize = 0;
    let out = 0;
    let found = false;
    for (let at = 0; at < wire.length;) {
      const flags = wire[at]!;
      const code = wire[at + 1]!;
      const long = (flags & AttributeFlag.extendedLength) !== 0;
      const value = at + (long ? 4 : 3);
      const end = value + (long ? readUint16(wire, at + 2) : wire[at + 2]!);
      if (!(end <= wire.length)) throw new RangeError(`attribute ${code} ends beyond its set`);
      if (code === AttributeCode.nextHop) {
        found = true;
        if (mayBeClassic && end - value === 4) this.#place = "nlri";
        else {
          this.#nextHop.set(wire.subarray(value, end));
          this.#nextHopSize = end - value;
          at = end;
          continue;
        }
      }
      // RFC 4271 §5: who passes on an attribute without knowing it sets the Partial bit.
      target[out++] = isPassedOn(flags, code) ? flags | AttributeFlag.partial : flags;
      for (at++; at < end; at++) target[out++] = wire[at]!;
    }
    if (!found) throw new RangeError("an attribute set to announce with has no next hop");
    this.#attributesSize = out;
  }

  /** Everything before the first NLRI. */
  #open(): void {
    this.#message = this.#size;
    this.#reserve(limits.headerBytes + MP_OVERHEAD);
    const start = this.#size;
    this.#bytes.fill(255, start, start + 16);
    write16(this.#bytes, start + 16, 0);
    this.#bytes[start + 18] = MessageType.update;
    this.#size = start + limits.headerBytes;
    // Withdrawn Routes Length, which `finish` sets where there are any.
    this.#put16(0);
    if (this.#place === "withdrawnRoutes") return;
    this.#put16(this.#place === "nlri" ? this.#attributesSize : 0);
    if (this.#place === "nlri") this.#putAttributes();
    else this.#openMp();
  }

  /** An MP attribute up to its NLRI; `finish` sets its length. */
  #openMp(): void {
    const reach = this.#place === "mpReach";
    this.#put8(OPTIONAL_NON_TRANSITIVE | AttributeFlag.extendedLength);
    this.#put8(reach ? AttributeCode.mpReachNlri : AttributeCode.mpUnreachNlri);
    this.#put16(0);
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

function write16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** An optional transitive attribute whose meaning we do not know. */
function isPassedOn(flags: number, code: number): boolean {
  if ((flags & OPTIONAL_TRANSITIVE) !== OPTIONAL_TRANSITIVE) return false;
  const row = attributeRow(code);
  return row === undefined || row.opaque === true;
}
