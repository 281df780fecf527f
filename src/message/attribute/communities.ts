/** COMMUNITIES (RFC 1997): 32-bit tags, by custom an ASN and a value. */

import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type AttributeRow, wrongMultiple } from "./row.ts";
import { decodeUint32List, encodeUint32List } from "./values.ts";

export const communities: AttributeRow = {
  code: AttributeCode.communities,
  name: "COMMUNITIES",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 7606 §7.8",
  check: (_bytes, start, end) => wrongMultiple(start, end, 4),
  decode(bytes, start, end, set) {
    set.communities = decodeUint32List(bytes, start, end);
  },
  encode: (set) => encodeUint32List(set.communities),
};
