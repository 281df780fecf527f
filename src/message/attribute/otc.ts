/** ONLY_TO_CUSTOMER (RFC 9234 §5): the AS from which on a route goes to customers only. */

import { readUint32 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type AttributeRow, malformed, wrongLength } from "./row.ts";
import { encodeUint32 } from "./values.ts";

export const otc: AttributeRow = {
  code: AttributeCode.onlyToCustomer,
  name: "ONLY_TO_CUSTOMER",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 9234 §5",
  check(bytes, start, end) {
    return wrongLength(start, end, 4) ??
      (readUint32(bytes, start) === 0 ? malformed("AS 0", "RFC 7607 §2") : undefined);
  },
  decode(bytes, start, _end, set) {
    set.otc = readUint32(bytes, start);
  },
  encode: (set) => encodeUint32(set.otc),
};
