/**
 * Route Distinguishers (RFC 4364 §4.2): 8 octets before an address, so that two VPNs can use the same address. Text:
 * `65000:1` (type 0), `192.0.2.1:1` (type 1), `4200000000:1` (type 2; `65000L:1` where the AS number would fit two
 * octets, as in extended communities), and `0x` with 16 digits for all others.
 */

import {
  formatIpv4Number,
  parseIpv4Number,
  readUint16,
  readUint32,
  writeUint16,
  writeUint32,
} from "../../types/mod.ts";

export const RD_BYTES = 8;

const RdType = { twoOctetAs: 0, ipv4: 1, fourOctetAs: 2 } as const;

/** What a text of an RD has to look like, to follow "is no RD ". */
export const rdForms = "(65000:1, 192.0.2.1:1 or 4200000000:1)";

export function formatRd(bytes: Uint8Array, at = 0): string {
  switch (readUint16(bytes, at)) {
    case RdType.twoOctetAs:
      return `${readUint16(bytes, at + 2)}:${readUint32(bytes, at + 4)}`;
    case RdType.ipv4:
      return `${formatIpv4Number(readUint32(bytes, at + 2))}:${readUint16(bytes, at + 6)}`;
    case RdType.fourOctetAs: {
      const asn = readUint32(bytes, at + 2);
      return `${asn}${asn <= 0xffff ? "L" : ""}:${readUint16(bytes, at + 6)}`;
    }
    default:
      return `0x${bytes.subarray(at, at + RD_BYTES).toHex()}`;
  }
}

/** Reads what {@link formatRd} writes; `undefined` for other text. */
export function parseRd(text: string): Uint8Array | undefined {
  if (/^0x[0-9a-fA-F]{16}$/.test(text)) return Uint8Array.fromHex(text.slice(2));
  const match = /^(?:(\d{1,10})(L?)|(\d[\d.]+)):(\d{1,10})$/.exec(text);
  if (match === null) return undefined;
  const [, asnText, long, address, localText] = match;
  const local = Number(localText);
  if (address !== undefined) {
    const number = parseIpv4Number(address);
    return number === undefined || local > 0xffff ? undefined : wide(RdType.ipv4, number, local);
  }
  const asn = Number(asnText);
  if (asn > 0xffffffff || local > 0xffffffff) return undefined;
  if (asn > 0xffff || long !== "") return local > 0xffff ? undefined : wide(RdType.fourOctetAs, asn, local);
  const rd = new Uint8Array(RD_BYTES);
  writeUint16(rd, 2, asn);
  writeUint32(rd, 4, local);
  return rd;
}

/** Four octets of administrator, two of assigned number. */
function wide(type: number, administrator: number, assigned: number): Uint8Array {
  const rd = new Uint8Array(RD_BYTES);
  writeUint16(rd, 0, type);
  writeUint32(rd, 2, administrator);
  writeUint16(rd, 6, assigned);
  return rd;
}
