/** MULTI_EXIT_DISC (RFC 4271 §5.1.4): which of several links into one AS the neighbour prefers; lower wins. */

import { readUint32 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_NON_TRANSITIVE } from "./header.ts";
import { type AttributeRow, wrongLength } from "./row.ts";
import { encodeUint32 } from "./values.ts";

export const med: AttributeRow = {
  code: AttributeCode.multiExitDisc,
  name: "MULTI_EXIT_DISC",
  flags: OPTIONAL_NON_TRANSITIVE,
  // Never discarded, although it is non-transitive: route selection uses it.
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 7606 §7.4",
  check: (_bytes, start, end) => wrongLength(start, end, 4),
  decode(bytes, start, _end, set) {
    set.med = readUint32(bytes, start);
  },
  encode: (set) => encodeUint32(set.med),
};
