import { CapabilityCode } from "../code_points.ts";
import { type CapabilityRow, readEntries, type WireFamily } from "./row.ts";

/** The sender takes NLRI of a family with next hops of another one, as IPv4 by way of IPv6. */
export interface ExtendedNextHopCapability {
  readonly kind: "extendedNextHop";
  readonly entries: readonly ExtendedNextHopEntry[];
}

export interface ExtendedNextHopEntry extends WireFamily {
  readonly nextHopAfi: number;
}

export const extendedNextHop: CapabilityRow<ExtendedNextHopCapability> = {
  kind: "extendedNextHop",
  code: CapabilityCode.extendedNextHop,
  name: "extended next hop",
  rfc: "RFC 8950 §4",
  repeats: "each",
  decode(value) {
    // The SAFI has two octets here, unlike everywhere else.
    const entries = readEntries(value, (v) => ({ afi: v.u16(), safi: v.u16(), nextHopAfi: v.u16() }));
    return { kind: "extendedNextHop", entries };
  },
  encode(capability, writer) {
    for (const { afi, safi, nextHopAfi } of capability.entries) {
      writer.u16(afi);
      writer.u16(safi);
      writer.u16(nextHopAfi);
    }
  },
};
