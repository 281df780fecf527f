/**
 * Next Hop Dependent Characteristics (draft-ietf-idr-nhc): what the router at a next hop can do. Its form is checked, its
 * meaning is not ours.
 */

import { UpdateError } from "../code_points.ts";
import { type Malformed, opaqueRow, OPTIONAL_TRANSITIVE, readUint16 } from "./row.ts";

/** AFI, SAFI, length of the next hop. */
const HEADER = 4;

export const nextHopCharacteristics = opaqueRow({
  code: 39,
  name: "NEXT_HOP_CHARACTERISTICS",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "attributeDiscard",
  onWrongFlags: "attributeDiscard",
  rfc: "draft-ietf-idr-nhc §2",
  check(bytes, start, end): Malformed | undefined {
    if (end - start < HEADER) return malformed("ends inside its header");
    const afi = readUint16(bytes, start);
    if (afi !== 1 && afi !== 2) return malformed(`address family ${afi} of the next hop`);
    let at = start + HEADER + bytes[start + 3]!;
    while (at + 4 <= end) at += 4 + readUint16(bytes, at + 2);
    return at === end ? undefined : malformed("a TLV does not fit");
  },
});

function malformed(text: string): Malformed {
  return { subcode: UpdateError.optionalAttributeError, text };
}
