import { CapabilityCode } from "../code_points.ts";
import type { CapabilityCodec } from "./row.ts";

/** What the sender is to its peer. Values beyond {@link Role} stand as they came: the session refuses them. */
export interface RoleCapability {
  readonly kind: "role";
  readonly role: number;
}

/** RFC 9234 §4.1. */
export const Role = {
  provider: 0,
  routeServer: 1,
  routeServerClient: 2,
  customer: 3,
  peer: 4,
} as const;

/** In the order of their values, as BIRD, FRR and OpenBGPD write them. */
export const roleNames = ["provider", "rs", "rs-client", "customer", "peer"] as const;

/** What a speaker is to the other one: a provider has the other as its customer. */
export type RoleName = typeof roleNames[number];

export const role: CapabilityCodec<RoleCapability> = {
  kind: "role",
  code: CapabilityCode.role,
  name: "role",
  rfc: "RFC 9234 §4.1",
  repeats: "each",
  decode: (value) => ({ kind: "role", role: value.u8() }),
  encode: (capability, writer) => writer.u8(capability.role),
};
