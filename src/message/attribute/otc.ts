/** ONLY_TO_CUSTOMER (RFC 9234 §5): the AS after which a route may travel downward only. */

import { AttributeCode, UpdateError } from "../code_points.ts";
import { type AttributeRow, encodeUint32, OPTIONAL_TRANSITIVE, readUint32, wrongLength } from "./row.ts";

export const otc: AttributeRow = {
  code: AttributeCode.onlyToCustomer,
  name: "ONLY_TO_CUSTOMER",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 9234 §5",
  check(bytes, start, end) {
    return wrongLength(start, end, 4) ??
      (readUint32(bytes, start) === 0
        ? { subcode: UpdateError.optionalAttributeError, text: "AS 0", rfc: "RFC 7607 §2" }
        : undefined);
  },
  decode(bytes, start, _end, set) {
    set.otc = readUint32(bytes, start);
  },
  encode: (set) => encodeUint32(set.otc),
};
