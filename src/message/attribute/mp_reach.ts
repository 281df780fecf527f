/**
 * MP_REACH_NLRI (RFC 4760 §3): prefixes of any family with their next hop. The scanner takes both out; the attribute
 * set keeps the next hop only.
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
    // 3/1 rather than 3/9, as others send: the attribute's own frame is broken.
    if (end - start < SMALLEST) {
      return { subcode: UpdateError.malformedAttributeList, text: `length ${end - start}, less than 5` };
    }
    return start + SMALLEST + bytes[start + 3]! > end
      ? { subcode: UpdateError.malformedAttributeList, text: "the next hop is longer than the attribute" }
      : undefined;
  },
  decode() {},
  encode: () => undefined,
};

/** Where the NLRI begin in an attribute that `check` found sound. */
export function mpReachNlri(bytes: Uint8Array, start: number): number {
  return start + SMALLEST + bytes[start + 3]!;
}
