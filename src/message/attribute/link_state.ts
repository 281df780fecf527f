/**
 * BGP-LS (RFC 9552 §5.3): properties of nodes and links. Only its form is checked. It belongs to the NLRI of BGP-LS: a
 * session without them leaves it out.
 */

import { families, familyMask } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_NON_TRANSITIVE } from "./header.ts";
import { malformed, opaqueRow } from "./row.ts";
import { isTlvList } from "./values.ts";

export const linkState = opaqueRow({
  code: AttributeCode.linkState,
  name: "BGP-LS",
  flags: OPTIONAL_NON_TRANSITIVE,
  onMalformed: "attributeDiscard",
  onWrongFlags: "attributeDiscard",
  rfc: "RFC 9552 §8.2.2",
  keptWith: familyMask(families.filter(({ kind }) => kind === "bgp-ls" || kind === "bgp-ls-vpn").map(({ id }) => id)),
  check: (bytes, start, end) => isTlvList(bytes, start, end) ? undefined : malformed("a TLV does not fit"),
});
