/** ORIGINATOR_ID (RFC 4456 §8): the router that brought a reflected route into the AS. */

import { readUint32 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_NON_TRANSITIVE } from "./header.ts";
import { type AttributeRow, wrongLength } from "./row.ts";
import { encodeUint32 } from "./values.ts";

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
