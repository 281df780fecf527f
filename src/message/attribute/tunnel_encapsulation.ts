/**
 * TUNNEL_ENCAPSULATION (RFC 9012 §2): TLVs of tunnels, each made of sub-TLVs. Only its form is checked.
 */

import { readUint16 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type Malformed, malformed, opaqueRow } from "./row.ts";

export const tunnelEncapsulation = opaqueRow({
  code: AttributeCode.tunnelEncapsulation,
  name: "TUNNEL_ENCAPSULATION",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 9012 §13",
  check(bytes, start, end): Malformed | undefined {
    if (start === end) return malformed("is empty");
    let at = start;
    while (at < end) {
      if (end - at < 4) return malformed("ends inside a tunnel's header");
      const tunnelEnd = at + 4 + readUint16(bytes, at + 2);
      if (tunnelEnd > end) return malformed("a tunnel is longer than the attribute");
      at += 4;
      while (at < tunnelEnd) {
        // RFC 9012 §3.1: types from 128 on have a length of two octets.
        const header = bytes[at]! < 128 ? 2 : 3;
        if (at + header > tunnelEnd) return malformed("a tunnel ends inside a sub-TLV's header");
        at += header + (header === 2 ? bytes[at + 1]! : readUint16(bytes, at + 1));
      }
      if (at !== tunnelEnd) return malformed("a sub-TLV is longer than its tunnel");
    }
    return undefined;
  },
  /**
   * RFC 5512 §4: sub-TLVs have lengths of one octet. Some routers misread several tunnels, and a last value of one
   * octet.
   */
  readsAlike(bytes, start, end) {
    if (start + 4 + readUint16(bytes, start + 2) !== end) return false;
    let at = start + 4;
    while (end - at >= 4) {
      if (bytes[at]! >= 128) return false;
      at += 2 + bytes[at + 1]!;
    }
    return at === end;
  },
});
