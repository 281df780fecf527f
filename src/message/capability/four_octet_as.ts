import type { Asn } from "../../types/mod.ts";
import { CapabilityCode } from "../code_points.ts";
import type { CapabilityRow } from "./row.ts";

/** The sender speaks 4-octet AS numbers, and this is its own. */
export interface FourOctetAsCapability {
  readonly kind: "fourOctetAs";
  readonly asn: Asn;
}

export const fourOctetAs: CapabilityRow<FourOctetAsCapability> = {
  kind: "fourOctetAs",
  code: CapabilityCode.fourOctetAs,
  name: "4-octet AS",
  rfc: "RFC 6793 §3",
  repeats: "last",
  decode: (value) => ({ kind: "fourOctetAs", asn: value.u32() }),
  encode: (capability, writer) => writer.u32(capability.asn),
};
