/** BGP-LS (RFC 9552 §5.3): properties of nodes and links. Its form is checked, its meaning is not ours. */

import { AttributeCode, UpdateError } from "../code_points.ts";
import { opaqueRow, OPTIONAL_NON_TRANSITIVE, readUint16 } from "./row.ts";

export const linkState = opaqueRow({
  code: AttributeCode.linkState,
  name: "BGP-LS",
  flags: OPTIONAL_NON_TRANSITIVE,
  onMalformed: "attributeDiscard",
  onWrongFlags: "attributeDiscard",
  rfc: "RFC 9552 §8.2.2",
  check(bytes, start, end) {
    let at = start;
    while (at + 4 <= end) at += 4 + readUint16(bytes, at + 2);
    return at === end ? undefined : { subcode: UpdateError.optionalAttributeError, text: "a TLV does not fit" };
  },
});
