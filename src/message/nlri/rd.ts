/**
 * Route Distinguishers (RFC 4364 §4.2): 8 octets before an address, so that two VPNs can use the same address. Text:
 * `65000:1`, `192.0.2.1:1`, `4200000000:1`, and `0x` with 16 digits for other types than these three.
 */

import { readUint16 } from "../../types/mod.ts";
import { formatAssignedNumber, parseAssignedNumber } from "../assigned_number.ts";

export const RD_BYTES = 8;

/** What a text of an RD has to look like, to follow "is no RD ". */
export const rdForms = "(65000:1, 192.0.2.1:1 or 4200000000:1)";

export function formatRd(bytes: Uint8Array, at = 0): string {
  return formatAssignedNumber(readUint16(bytes, at), bytes, at + 2) ??
    `0x${bytes.subarray(at, at + RD_BYTES).toHex()}`;
}

/** Reads what {@link formatRd} writes; `undefined` for other text. */
export function parseRd(text: string): Uint8Array | undefined {
  if (/^0x[0-9a-fA-F]{16}$/.test(text)) return Uint8Array.fromHex(text.slice(2));
  const assigned = parseAssignedNumber(text);
  return assigned && Uint8Array.of(0, assigned.type, ...assigned.octets);
}
