/**
 * Numbers that the holder of an AS number or of an IPv4 address assigns: six octets with a type before them. They are
 * most of a Route Distinguisher (RFC 4364 §4.2) and of many extended communities (RFC 4360 §3, RFC 5668).
 *
 * Text: `65000:1`, `192.0.2.1:1`, `4200000000:1`; an AS that would fit two octets but stands in four has an `L` behind
 * it: `65000L:1`.
 */

import { formatIpv4Number, parseIpv4Number, readUint16, readUint32, writeUint16, writeUint32 } from "../types/mod.ts";

/** What the six octets begin with. */
export const AssignedBy = { twoOctetAs: 0, ipv4: 1, fourOctetAs: 2 } as const;
export type AssignedBy = typeof AssignedBy[keyof typeof AssignedBy];

export interface AssignedNumber {
  readonly type: AssignedBy;
  readonly octets: Uint8Array;
}

const SIZE = 6;

/** The text of six octets at `at`; `undefined` for another type. */
export function formatAssignedNumber(type: number, bytes: Uint8Array, at: number): string | undefined {
  switch (type) {
    case AssignedBy.twoOctetAs:
      return `${readUint16(bytes, at)}:${readUint32(bytes, at + 2)}`;
    case AssignedBy.ipv4:
      return `${formatIpv4Number(readUint32(bytes, at))}:${readUint16(bytes, at + 4)}`;
    case AssignedBy.fourOctetAs: {
      const asn = readUint32(bytes, at);
      return `${asn}${asn <= 0xffff ? "L" : ""}:${readUint16(bytes, at + 4)}`;
    }
    default:
      return undefined;
  }
}

/** Reads what {@link formatAssignedNumber} writes. */
export function parseAssignedNumber(text: string): AssignedNumber | undefined {
  const match = /^(?:(\d{1,10})(L?)|(\d[\d.]+)):(\d{1,10})$/.exec(text);
  if (match === null) return undefined;
  const [, asnText, long, address, numberText] = match;
  const number = Number(numberText);
  if (address !== undefined) {
    const holder = parseIpv4Number(address);
    return holder === undefined || number > 0xffff ? undefined : wide(AssignedBy.ipv4, holder, number);
  }
  const asn = Number(asnText);
  if (asn > 0xffffffff || number > 0xffffffff) return undefined;
  if (asn > 0xffff || long !== "") return number > 0xffff ? undefined : wide(AssignedBy.fourOctetAs, asn, number);
  const octets = new Uint8Array(SIZE);
  writeUint16(octets, 0, asn);
  writeUint32(octets, 2, number);
  return { type: AssignedBy.twoOctetAs, octets };
}

/** Four octets of the holder, two of the number. */
function wide(type: AssignedBy, holder: number, number: number): AssignedNumber {
  const octets = new Uint8Array(SIZE);
  writeUint32(octets, 0, holder);
  writeUint16(octets, 4, number);
  return { type, octets };
}
