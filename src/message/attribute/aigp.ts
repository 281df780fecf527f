/** AIGP (RFC 7311): the accumulated IGP metric to the next hop, inside one administration. */

import { readUint16, readUint32, writeUint32 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { carriesAigp } from "../update_context.ts";
import { OPTIONAL_NON_TRANSITIVE } from "./header.ts";
import { type AttributeRow, malformed } from "./row.ts";

const AIGP_TLV = 1;
const AIGP_TLV_LENGTH = 11;

export const aigp: AttributeRow = {
  code: AttributeCode.aigp,
  name: "AIGP",
  flags: OPTIONAL_NON_TRANSITIVE,
  onMalformed: "attributeDiscard",
  // RFC 7311 §3: "if … received … with the transitive bit set, … it MUST be considered … malformed".
  onWrongFlags: "attributeDiscard",
  // RFC 7311 §3.1: where AIGP_SESSION is off, it is ignored like an unrecognized non-transitive attribute.
  fromExternal: "ignore",
  meantFor: carriesAigp,
  rfc: "RFC 7311 §3",
  check(bytes, start, end) {
    let found = false;
    let at = start;
    while (at < end) {
      const length = at + 3 <= end ? readUint16(bytes, at + 1) : 0;
      if (length < 3 || at + length > end) {
        return malformed("a TLV does not fit");
      }
      if (bytes[at] === AIGP_TLV) {
        if (length !== AIGP_TLV_LENGTH) {
          return malformed(`TLV length ${length}, not 11`);
        }
        found = true;
      }
      at += length;
    }
    return found ? undefined : malformed("no AIGP TLV");
  },
  decode(bytes, start, end, set) {
    // RFC 7311 §3: of several AIGP TLVs the first counts.
    for (let at = start; at < end; at += readUint16(bytes, at + 1)) {
      if (bytes[at] !== AIGP_TLV) continue;
      set.aigp = (BigInt(readUint32(bytes, at + 3)) << 32n) | BigInt(readUint32(bytes, at + 7));
      return;
    }
  },
  encode(set) {
    if (set.aigp === undefined) return undefined;
    const bytes = Uint8Array.of(AIGP_TLV, 0, AIGP_TLV_LENGTH, 0, 0, 0, 0, 0, 0, 0, 0);
    writeUint32(bytes, 3, Number(set.aigp >> 32n));
    writeUint32(bytes, 7, Number(set.aigp & 0xffffffffn));
    return bytes;
  },
};
