import { CapabilityCode } from "../code_points.ts";
import type { CapabilityRow } from "./row.ts";

/** The sender's role towards its peer. Values that {@link Role} does not have are kept: the session refuses them. */
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

/** The role of one speaker towards the other: to a provider, the other is a customer. */
export type RoleName = typeof roleNames[number];

export const role: CapabilityRow<RoleCapability> = {
  kind: "role",
  code: CapabilityCode.role,
  name: "role",
  rfc: "RFC 9234 §4.1",
  repeats: "each",
  decode: (value) => ({ kind: "role", role: value.u8() }),
  encode: (capability, writer) => writer.u8(capability.role),
};
