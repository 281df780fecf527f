/** A canonical attribute set that is being written, attribute by attribute in order of code. */

import { AttributeCode, writeAttributeHeader } from "../../message/mod.ts";
import { writeUint32 } from "../../types/mod.ts";
import type { AttributeOffsets } from "./attribute_offsets.ts";

export class AttributeWriter {
  /** The set: the first {@link length} octets. A set of 65,535 octets grows by a few attributes at the most. */
  readonly bytes = new Uint8Array(66_560);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** The header of an attribute. Its value of `length` octets is written next. */
  header(flags: number, code: number, length: number): void {
    this.length = writeAttributeHeader(this.bytes, this.length, flags, code, length);
  }

  copy(from: Uint8Array, start: number, end: number): void {
    const { bytes } = this;
    let to = this.length;
    for (let at = start; at < end; at++) bytes[to++] = from[at]!;
    this.length = to;
  }

  write8(value: number): void {
    this.bytes[this.length++] = value;
  }

  write32(value: number): void {
    writeUint32(this.bytes, this.length, value);
    this.length += 4;
  }

  /** COMMUNITIES (RFC 1997): those of the set that `offsets` describes, then `added`. */
  communities(flags: number, wire: Uint8Array, offsets: AttributeOffsets, added: readonly number[]): void {
    const { communities, communitiesEnd } = offsets;
    this.header(flags, AttributeCode.communities, communitiesEnd - communities + 4 * added.length);
    this.copy(wire, communities, communitiesEnd);
    for (const community of added) this.write32(community);
  }
}
