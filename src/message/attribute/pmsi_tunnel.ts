/** PMSI_TUNNEL (RFC 6514 §5): the multicast tunnel of a VPN. Only its form is checked. */

import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type Malformed, malformed, opaqueRow } from "./row.ts";

/** Flags, tunnel type, MPLS label. */
const HEADER = 5;
const INGRESS_REPLICATION = 6;

export const pmsiTunnel = opaqueRow({
  code: AttributeCode.pmsiTunnel,
  name: "PMSI_TUNNEL",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 6514 §5",
  check(bytes, start, end): Malformed | undefined {
    const length = end - start;
    if (length < HEADER) return malformed(`length ${length}, less than 5`);
    const type = bytes[start + 1]!;
    // The tunnel types IANA has registered: 0 to 7, 10 to 13.
    if (type > 13 || type === 8 || type === 9) return malformed(`tunnel type ${type} is not defined`);
    return type === INGRESS_REPLICATION && length !== HEADER + 4 && length !== HEADER + 16
      ? malformed(`length ${length} is not that of an ingress replication tunnel`)
      : undefined;
  },
  /** The tunnel types of RFC 6514 §5 and RFC 7441; ingress replication with an IPv4 endpoint. */
  readsAlike(bytes, start, end) {
    const type = bytes[start + 1]!;
    return type < INGRESS_REPLICATION || type === 7 || type === INGRESS_REPLICATION && end - start === HEADER + 4;
  },
});
