/** NLRI of BGP-LS (RFC 9552 §5.2), kept as octets: nodes, links and prefixes of an IGP, with or without an RD. */

import { isTlvList } from "../attribute/values.ts";
import type { NlriCodec, NlriFields } from "./codec.ts";
import { typedOctets } from "./opaque.ts";
import { formatRd, RD_BYTES } from "./rd.ts";

/** Protocol-ID and Identifier, before the TLVs. */
const IDENTIFIER_BYTES = 8;
const FIXED_BYTES = 1 + IDENTIFIER_BYTES;

const names = { 1: "node", 2: "link", 3: "ipv4-prefix", 4: "ipv6-prefix", 6: "srv6-sid" };

/** RFC 9552 §5.2, RFC 9086 §4.1, RFC 9514 §7. */
const protocols: Readonly<Record<number, string>> = {
  1: "isis-l1",
  2: "isis-l2",
  3: "ospfv2",
  4: "direct",
  5: "static",
  6: "ospfv3",
  7: "bgp",
};

export function linkStateCodec(withRd: boolean): NlriCodec {
  const rdBytes = withRd ? RD_BYTES : 0;
  return typedOctets({
    typeBytes: 2,
    lengthBytes: 2,
    names,
    /** RFC 9552 §8.2.2: the lengths of all TLVs add up. */
    fault(type, bytes, at, end) {
      if (end - at < rdBytes) return "no room for its RD";
      if (!(type in names)) return undefined;
      const tlvs = at + rdBytes + FIXED_BYTES;
      if (tlvs > end) return "no room for its protocol and identifier";
      return isTlvList(bytes, tlvs, end) ? undefined : "a TLV that does not fit";
    },
    fields(type, bytes, at): NlriFields {
      const rd = withRd ? { rd: formatRd(bytes, at) } : {};
      if (!(type in names)) return { ...rd, more: { route_type: type } };
      const protocol = bytes[at + rdBytes]!;
      const identifier = bytes.subarray(at + rdBytes + 1, at + rdBytes + FIXED_BYTES);
      return {
        ...rd,
        more: {
          route_type: type,
          protocol: protocols[protocol] ?? protocol,
          identifier: BigInt(`0x${identifier.toHex()}`).toString(),
        },
      };
    },
  });
}
