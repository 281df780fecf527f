/**
 * Next Hop Dependent Characteristics (draft-ietf-idr-nhc): what the router at a next hop supports. Only its form is
 * checked.
 */

import { readUint16 } from "../../types/mod.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type Malformed, malformed, opaqueRow } from "./row.ts";
import { isTlvList } from "./values.ts";

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
    return isTlvList(bytes, start + HEADER + bytes[start + 3]!, end) ? undefined : malformed("a TLV does not fit");
  },
});
