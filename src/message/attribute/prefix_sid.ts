/** Prefix-SID (RFC 8669 §3): segment routing labels of a prefix. Only its form is checked. */

import { readUint16 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type Malformed, malformed, opaqueRow } from "./row.ts";

const LABEL_INDEX_TLV = 1;

export const prefixSid = opaqueRow({
  code: AttributeCode.prefixSid,
  name: "PREFIX_SID",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "attributeDiscard",
  onWrongFlags: "attributeDiscard",
  rfc: "RFC 8669 §6",
  check(bytes, start, end): Malformed | undefined {
    if (start === end) return malformed("is empty");
    let at = start;
    while (at < end) {
      if (end - at < 3) return malformed("ends inside a TLV's header");
      const length = readUint16(bytes, at + 1);
      if (bytes[at] === LABEL_INDEX_TLV && length !== 7) return malformed(`label index of length ${length}, not 7`);
      at += 3 + length;
    }
    return at === end ? undefined : malformed("a TLV is longer than the attribute");
  },
  readsAlike(bytes, start, end) {
    for (let at = start; at < end; at += 3 + readUint16(bytes, at + 1)) {
      if (!tlvReadsAlike(bytes[at]!, bytes, at + 3, readUint16(bytes, at + 1))) return false;
    }
    return true;
  },
});

function tlvReadsAlike(type: number, bytes: Uint8Array, value: number, length: number): boolean {
  switch (type) {
    // An IPv6 SID and a VPN SID of drafts: flags and an address.
    case 2:
    case 4:
      return length === 19;
    // RFC 8669 §3.2: flags, then bases and ranges of the SRGB.
    case 3:
      return length >= 8 && (length - 2) % 6 === 0;
    // RFC 9252 §2: SRv6 services, after an octet that is reserved.
    case 5:
    case 6:
      return length > 0 && servicesFit(bytes, value + 1, value + length);
    default:
      return true;
  }
}

/** RFC 9252 §3: the one sub-TLV there is, SID information, with one sub-sub-TLV at the most, its structure (§3.2.1). */
function servicesFit(bytes: Uint8Array, start: number, end: number): boolean {
  if (start + 3 > end || start + 3 + readUint16(bytes, start + 1) !== end) return false;
  if (bytes[start] !== 1) return false;
  const structure = start + 3 + 21;
  if (structure === end) return true;
  return structure + 9 === end && bytes[structure] === 1 && readUint16(bytes, structure + 1) === 6;
}
