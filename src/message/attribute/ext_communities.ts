/** EXTENDED COMMUNITIES (RFC 4360): 8-octet tags with a type. Unknown types are not malformed (RFC 7606 §7.14). */

import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type AttributeRow, wrongMultiple } from "./row.ts";
import { decodeChunks, encodeChunks } from "./values.ts";

export const extCommunities: AttributeRow = {
  code: AttributeCode.extendedCommunities,
  name: "EXTENDED_COMMUNITIES",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 7606 §7.14",
  check: (_bytes, start, end) => wrongMultiple(start, end, 8),
  decode(bytes, start, end, set) {
    set.extCommunities = decodeChunks(bytes, start, end, 8);
  },
  encode: (set) => encodeChunks(set.extCommunities, 8),
};
