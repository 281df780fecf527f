/** Prefix-SID (RFC 8669 §3): segment routing labels of a prefix. Its form is checked, its meaning is not ours. */

import { AttributeCode, UpdateError } from "../code_points.ts";
import { type Malformed, opaqueRow, OPTIONAL_TRANSITIVE, readUint16 } from "./attribute.ts";

const LABEL_INDEX_TLV = 1;

export const prefixSid = opaqueRow({
  code: AttributeCode.prefixSid,
  name: "PREFIX_SID",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "attributeDiscard",
  onWrongFlags: "attributeDiscard",
  rfc: "RFC 8669 §6",
  check(bytes, start, end): Malformed | undefined {
    if (start === end) return malformed("is empty");
    let at = start;
    while (at < end) {
      if (end - at < 3) return malformed("ends inside a TLV's header");
      const length = readUint16(bytes, at + 1);
      if (bytes[at] === LABEL_INDEX_TLV && length !== 7) return malformed(`label index of length ${length}, not 7`);
      at += 3 + length;
    }
    return at === end ? undefined : malformed("a TLV is longer than the attribute");
  },
});

function malformed(text: string): Malformed {
  return { subcode: UpdateError.optionalAttributeError, text };
}
