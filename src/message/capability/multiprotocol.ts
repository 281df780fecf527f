import { CapabilityCode } from "../code_points.ts";
import type { CapabilityRow, WireFamily } from "./row.ts";

/** The sender carries this family. One instance for each family. */
export interface MultiprotocolCapability extends WireFamily {
  readonly kind: "multiprotocol";
}

export const multiprotocol: CapabilityRow<MultiprotocolCapability> = {
  kind: "multiprotocol",
  code: CapabilityCode.multiprotocol,
  name: "multiprotocol",
  rfc: "RFC 4760 §8",
  repeats: "each",
  decode(value) {
    const afi = value.u16();
    value.u8(); // Reserved: "SHOULD be set to 0 by the sender and ignored by the receiver".
    return { kind: "multiprotocol", afi, safi: value.u8() };
  },
  encode(capability, writer) {
    writer.u16(capability.afi);
    writer.u8(0);
    writer.u8(capability.safi);
  },
};
