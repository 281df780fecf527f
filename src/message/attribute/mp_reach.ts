/**
 * MP_REACH_NLRI (RFC 4760 §3): NLRI of any family with their next hop, which the scanner reads. In a canonical
 * attribute set, attribute 3 is the next hop, and attribute 14 the value of the NLRI, if it has one (`nlri/value.ts`).
 */

import { AttributeCode, UpdateError } from "../code_points.ts";
import { OPTIONAL_NON_TRANSITIVE } from "./header.ts";
import type { AttributeRow, Malformed } from "./row.ts";

/** AFI, SAFI, length of next hop, reserved octet. */
const SMALLEST = 5;

export const mpReach: AttributeRow = {
  code: AttributeCode.mpReachNlri,
  name: "MP_REACH_NLRI",
  flags: OPTIONAL_NON_TRANSITIVE,
  onMalformed: "sessionReset",
  rfc: "RFC 7606 §7.11",
  check(bytes, start, end): Malformed | undefined {
    // Malformed Attribute List (3/1) as other speakers send it, where 3/9 would be possible, too.
    if (end - start < SMALLEST) {
      return { subcode: UpdateError.malformedAttributeList, text: `length ${end - start}, less than 5` };
    }
    return start + SMALLEST + bytes[start + 3]! > end
      ? { subcode: UpdateError.malformedAttributeList, text: "the next hop is longer than the attribute" }
      : undefined;
  },
  decode(bytes, start, end, set) {
    set.nlriValue = bytes.slice(start, end);
  },
  encode: (set) => set.nlriValue,
};

/** The offset of the NLRI in an attribute that `check` accepted. */
export function mpReachNlri(bytes: Uint8Array, start: number): number {
  return start + SMALLEST + bytes[start + 3]!;
}
