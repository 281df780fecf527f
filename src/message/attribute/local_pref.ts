/** LOCAL_PREF (RFC 4271 §5.1.5): the degree of preference inside an AS; higher wins. */

import { readUint32 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { WELL_KNOWN } from "./header.ts";
import { type AttributeRow, wrongLength } from "./row.ts";
import { encodeUint32 } from "./values.ts";

/** The LOCAL_PREF of a route without one, as from an eBGP peer without a policy. All vendors use this value. */
export const defaultLocalPref = 100;

export const localPref: AttributeRow = {
  code: AttributeCode.localPref,
  name: "LOCAL_PREF",
  flags: WELL_KNOWN,
  onMalformed: "treatAsWithdraw",
  fromExternal: "discard",
  // RFC 5065 §4.1: peers of other member ASes may send LOCAL_PREF, too.
  meantFor: ({ internal, confederation }) => internal || confederation === true,
  rfc: "RFC 7606 §7.5",
  check: (_bytes, start, end) => wrongLength(start, end, 4),
  decode(bytes, start, _end, set) {
    set.localPref = readUint32(bytes, start);
  },
  encode: (set) => encodeUint32(set.localPref),
};
