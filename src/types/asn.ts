/** Autonomous System numbers (RFC 6793): integers 0 to 4294967295. */

export type Asn = number;

/** Replaces a 4-octet ASN in a field of two octets (RFC 6793 §9). */
export const AS_TRANS: Asn = 23456;

/** Parses asplain (`"65000"`) and asdot (`"1.10"`), RFC 5396. */
export function parseAsn(text: string): Asn | undefined {
  const match = /^(?:(\d{1,5})\.)?(\d{1,10})$/.exec(text);
  if (match === null) return undefined;
  const low = Number(match[2]);
  if (match[1] === undefined) return low <= 0xffffffff ? low : undefined;
  const high = Number(match[1]);
  return high <= 0xffff && low <= 0xffff ? high * 0x10000 + low : undefined;
}
