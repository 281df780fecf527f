/** Octets of records by hand. */
import { encodeRecord } from "../../../src/mrt/mod.ts";

/** Joins numbers (an octet each), hexadecimal text and octets. */
export function octets(...parts: readonly (number | string | Uint8Array)[]): Uint8Array {
  return Uint8Array.from(parts.flatMap((part) => {
    if (typeof part === "number") return [part];
    return typeof part === "string" ? [...Uint8Array.fromHex(part.replaceAll(" ", ""))] : [...part];
  }));
}

export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >>> 8, value);
}

export function u32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

/** ORIGIN IGP, AS_PATH 65000 65001 in this width, NEXT_HOP 192.0.2.1. */
export function attributes(width: 2 | 4): Uint8Array {
  const path = width === 4 ? octets("4002 0a 0202", u32(65000), u32(65001)) : octets("4002 06 0202 fde8 fde9");
  return octets("400101 00", path, "400304 c0000201");
}

/** An UPDATE. */
export function update(withdrawn: Uint8Array, attributes: Uint8Array, nlri: Uint8Array): Uint8Array {
  const length = 23 + withdrawn.length + attributes.length + nlri.length;
  return octets(
    "ff".repeat(16),
    u16(length),
    2,
    u16(withdrawn.length),
    withdrawn,
    u16(attributes.length),
    attributes,
    nlri,
  );
}

export const none = new Uint8Array(0);

/** A record of the second 1,000,000,000. */
export function record(type: number, subtype: number, body: Uint8Array): Uint8Array {
  return encodeRecord(1e12, type, subtype, body);
}

/** A table of two peers: 192.0.2.9 AS 65000, and 2001:db8::9 AS 70000. */
export const peerIndexTable = record(
  13,
  1,
  octets(
    "0a000001 0004 76696577 0002",
    "00 0a000002 c0000209 fde8",
    "03 0a000003 20010db8000000000000000000000009 00011170",
  ),
);
