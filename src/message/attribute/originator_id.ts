/** ORIGINATOR_ID (RFC 4456 §8): the router that brought a reflected route into the AS. */

import { AttributeCode } from "../code_points.ts";
import { type AttributeRow, encodeUint32, OPTIONAL_NON_TRANSITIVE, readUint32, wrongLength } from "./row.ts";

export const originatorId: AttributeRow = {
  code: AttributeCode.originatorId,
  name: "ORIGINATOR_ID",
  flags: OPTIONAL_NON_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  fromExternal: "discard",
  rfc: "RFC 7606 §7.9",
  check: (_bytes, start, end) => wrongLength(start, end, 4),
  decode(bytes, start, _end, set) {
    set.originatorId = readUint32(bytes, start);
  },
  encode: (set) => encodeUint32(set.originatorId),
};
