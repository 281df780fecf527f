/** ATTR_SET (RFC 6368 §5): the attributes of a customer's route, carried through a VPN. Only its form is checked. */

import { AttributeCode } from "../code_points.ts";
import { nextAttribute, OPTIONAL_TRANSITIVE, valueStart } from "./header.ts";
import { type Malformed, malformed, opaqueRow } from "./row.ts";

/** Octets of the origin AS, which precedes the attributes. */
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
      if (valueStart(bytes, at) > end) return malformed("ends inside an attribute's header");
      const code = bytes[at + 1]!;
      // RFC 6368 §5: it "SHALL NOT include" these.
      const forbidden = code === AttributeCode.nextHop || code === AttributeCode.mpReachNlri ||
        code === AttributeCode.mpUnreachNlri;
      if (forbidden) return malformed(`attribute ${code} is not allowed inside`);
      at = nextAttribute(bytes, at);
    }
    return at === end ? undefined : malformed("an attribute inside is longer than the rest");
  },
});
