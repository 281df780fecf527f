/** The values that files of VRPs, ASPAs and exceptions have in common, with what is wrong about them. */

import { type Asn, formatPrefix, maskPrefix, parseAddress, parseAsn, parsePrefix, type Prefix } from "../types/mod.ts";
import { type JsonCursor, shortened } from "./json_cursor.ts";

/** An AS as a number or as text: 64496, "64496", "AS64496". `what` names it in mistakes. */
export function readAsn(cursor: JsonCursor, what: string): Asn {
  if (cursor.isString()) {
    const text = cursor.string(what);
    const asn = parseAsn(text.replace(/^AS/i, ""));
    return asn ?? cursor.fail(`${what} is "${shortened(text)}", which is no AS number`);
  }
  const number = cursor.number(what);
  return Number.isInteger(number) && number >= 0 && number <= 0xffffffff
    ? number
    : cursor.fail(`${what} is ${number}; AS numbers are 0 to 4294967295`);
}

/** The ASes of an array. */
export function readAsns(cursor: JsonCursor, what: string): Asn[] {
  const asns: Asn[] = [];
  cursor.array(what, (number) => asns.push(readAsn(cursor, `AS ${number} of ${what}`)));
  return asns;
}

export function readPrefix(cursor: JsonCursor, what: string): Prefix {
  const text = cursor.string(what);
  const slash = text.indexOf("/");
  const prefix = slash === -1 ? undefined : parsePrefix(text);
  if (prefix !== undefined) return prefix;
  const address = parseAddress(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (slash !== -1 && address !== undefined && /^\d{1,3}$/.test(length) && Number(length) <= 8 * address.length) {
    const meant = formatPrefix(maskPrefix(address, Number(length)));
    return cursor.fail(`${what} is "${shortened(text)}", which has bits beyond its length; "${meant}" has none`);
  }
  return cursor.fail(`${what} is "${shortened(text)}", which is no prefix, as in "192.0.2.0/24"`);
}

/** A length up to which a prefix may be announced. */
export function readMaxLength(cursor: JsonCursor, what: string): number {
  const length = cursor.number(what);
  return Number.isInteger(length) && length >= 0 && length <= 128
    ? length
    : cursor.fail(`${what} is ${length}; lengths are 0 to 32 or 128`);
}

/** RFC 6482 §3.3: the max length is at least the length of the prefix and at most that of an address. */
export function maxLengthFault(prefix: Prefix, maxLength: number): string | undefined {
  const bits = 8 * prefix.octets.length;
  return maxLength >= prefix.length && maxLength <= bits
    ? undefined
    : `${maxLength}, but for ${formatPrefix(prefix)} it is ${prefix.length} to ${bits}`;
}
