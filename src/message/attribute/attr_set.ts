/** ATTR_SET (RFC 6368 §5): the attributes of a customer's route, carried through a VPN. Its form is checked only. */

import { AttributeCode, UpdateError } from "../code_points.ts";
import { AttributeFlag, type Malformed, opaqueRow, OPTIONAL_TRANSITIVE, readUint16 } from "./row.ts";

/** The origin AS before the attributes. */
const HEADER = 4;

export const attrSet = opaqueRow({
  code: AttributeCode.attrSet,
  name: "ATTR_SET",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 7606 §7.16",
  check(bytes, start, end): Malformed | undefined {
    if (end - start < HEADER) return malformed(`length ${end - start}, less than 4`);
    let at = start + HEADER;
    while (at < end) {
      const header = (bytes[at]! & AttributeFlag.extendedLength) === 0 ? 3 : 4;
      if (at + header > end) return malformed("ends inside an attribute's header");
      const code = bytes[at + 1]!;
      // RFC 6368 §5: it "SHALL NOT include" these.
      const forbidden = code === AttributeCode.nextHop || code === AttributeCode.mpReachNlri ||
        code === AttributeCode.mpUnreachNlri;
      if (forbidden) return malformed(`attribute ${code} is not allowed inside`);
      at += header + (header === 3 ? bytes[at + 2]! : readUint16(bytes, at + 2));
    }
    return at === end ? undefined : malformed("an attribute inside is longer than the rest");
  },
});

function malformed(text: string): Malformed {
  return { subcode: UpdateError.optionalAttributeError, text };
}
