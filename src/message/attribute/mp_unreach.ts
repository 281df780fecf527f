/**
 * MP_UNREACH_NLRI (RFC 4760 §4): withdrawn prefixes of any family. The scanner reads them; an attribute set has none.
 */

import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_NON_TRANSITIVE } from "./header.ts";
import { type AttributeRow, malformed } from "./row.ts";

export const mpUnreach: AttributeRow = {
  code: AttributeCode.mpUnreachNlri,
  name: "MP_UNREACH_NLRI",
  flags: OPTIONAL_NON_TRANSITIVE,
  onMalformed: "sessionReset",
  rfc: "RFC 7606 §7.12",
  check: (_bytes, start, end) => end - start < 3 ? malformed(`length ${end - start}, less than 3`) : undefined,
  decode() {},
  encode: () => undefined,
};
