/** A canonical attribute set in the making, attribute by attribute in order of code. */

import { writeUint32 } from "../../types/mod.ts";
import { writeAttributeHeader } from "../../message/mod.ts";

export class AttributeWriter {
  /** The first {@link length} octets. A set of 65,535 octets grows by a few attributes at the most. */
  readonly bytes = new Uint8Array(66_560);
  length = 0;

  clear(): void {
    this.length = 0;
  }

  /** The header of an attribute whose value of `length` octets comes next. */
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
}
