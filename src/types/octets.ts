/**
 * Integers and runs of octets. Integers stand in network order, most significant octet first. Nothing is checked here:
 * the caller knows that the octets exist.
 */

export function readUint16(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 8) | bytes[at + 1]!;
}

export function readUint32(bytes: Uint8Array, at: number): number {
  return ((bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!) >>> 0;
}

/** The same 32 bits as a signed number: the form in which the RIB keeps the words of a prefix. */
export function readInt32(bytes: Uint8Array, at: number): number {
  return (bytes[at]! << 24) | (bytes[at + 1]! << 16) | (bytes[at + 2]! << 8) | bytes[at + 3]!;
}

export function writeUint16(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 8;
  bytes[at + 1] = value;
}

/** Takes a signed number, too. */
export function writeUint32(bytes: Uint8Array, at: number, value: number): void {
  bytes[at] = value >>> 24;
  bytes[at + 1] = value >>> 16;
  bytes[at + 2] = value >>> 8;
  bytes[at + 3] = value;
}

/** True where both hold the same octets. */
export function equalOctets(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && equalRuns(a, 0, b, 0, a.length);
}

/** True where `length` octets of `a` from `aStart` are those of `b` from `bStart`. */
export function equalRuns(a: Uint8Array, aStart: number, b: Uint8Array, bStart: number, length: number): boolean {
  for (let i = 0; i < length; i++) if (a[aStart + i] !== b[bStart + i]) return false;
  return true;
}

const floatView = new DataView(new ArrayBuffer(4));

/** A number of 32 bits (IEEE 754), for example a rate in an extended community. */
export function readFloat32(bytes: Uint8Array, at: number): number {
  floatView.setUint32(0, readUint32(bytes, at));
  return floatView.getFloat32(0);
}

/** The 32 bits of the number, unsigned. */
export function floatBits(value: number): number {
  floatView.setFloat32(0, value);
  return floatView.getUint32(0);
}
