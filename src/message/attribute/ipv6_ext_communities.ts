/** IPv6 Address Specific Extended Communities (RFC 5701): 20-octet tags with an IPv6 address inside. */

import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type AttributeRow, wrongMultiple } from "./row.ts";
import { decodeChunks, encodeChunks } from "./values.ts";

export const ipv6ExtCommunities: AttributeRow = {
  code: AttributeCode.ipv6ExtendedCommunities,
  name: "IPV6_EXTENDED_COMMUNITIES",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 7606 §7.15",
  check: (_bytes, start, end) => wrongMultiple(start, end, 20),
  decode(bytes, start, end, set) {
    set.ipv6ExtCommunities = decodeChunks(bytes, start, end, 20);
  },
  encode: (set) => encodeChunks(set.ipv6ExtCommunities, 20),
};
