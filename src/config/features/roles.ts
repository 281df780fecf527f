/** What we are to a peer: route reflector (RFC 4456), route server (RFC 7947), or a role of RFC 9234. */

import { type RoleName, roleNames } from "../../message/mod.ts";
import type { RibPeer } from "../../rib/mod.ts";
import type { SessionConfig } from "../../session/mod.ts";
import { setting, type SettingTable } from "../keys/key.ts";
import { routerId } from "../keys/network_values.ts";
import { fault, type Given } from "../keys/table.ts";
import { boolean, oneOf } from "../keys/values.ts";
import { type AsNumbers, checkExternal, relationOf } from "./as_numbers.ts";

export interface SpeakerRoleSettings {
  /** Of this route reflector. `undefined`: the router ID. */
  readonly clusterId: number | undefined;
}

export interface RoleSettings {
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
  /** What we are to the eBGP peer. */
  readonly role: RoleName | undefined;
  readonly roleStrict: boolean;
}

export const speakerRoleKeys = {
  cluster_id: setting({
    type: routerId,
    doc: "cluster ID of this route reflector (RFC 4456); reflectors that share clients need the same cluster ID",
    example: '"192.0.2.100"',
    defaultText: "router_id",
    sets: { clusterId: "next start" },
  }),
} as const satisfies SettingTable;

export const roleKeys = {
  route_reflector_client: setting({
    type: boolean,
    doc: "reflect the iBGP peer's routes, and reflect routes to it (RFC 4456)",
    example: "true",
    default: false,
    sets: { routeReflectorClient: "applies" },
  }),
  role: setting({
    type: oneOf(...roleNames),
    doc: "what we are to the eBGP peer (RFC 9234): its provider, route server (rs), rs-client, customer, or peer",
    example: '"customer"',
    defaultText: "none",
    sets: { role: "resets" },
  }),
  role_strict: setting({
    type: boolean,
    doc: "refuse a peer that does not announce its role (RFC 9234 §4.2)",
    example: "true",
    default: false,
    sets: { roleStrict: "resets" },
  }),
  route_server_client: setting({
    type: boolean,
    doc: "pass AS_PATH, NEXT_HOP and MED to the eBGP peer unchanged (RFC 7947)",
    example: "true",
    default: false,
    sets: { routeServerClient: "applies" },
  }),
} as const satisfies SettingTable;

export function readSpeakerRole({ values }: Given<typeof speakerRoleKeys>): SpeakerRoleSettings {
  return { clusterId: values.cluster_id };
}

export function readRole(given: Given<typeof roleKeys>, numbers: AsNumbers): RoleSettings {
  const {
    role,
    role_strict: roleStrict = roleKeys.role_strict.default,
    route_reflector_client: routeReflectorClient = roleKeys.route_reflector_client.default,
    route_server_client: routeServerClient = roleKeys.route_server_client.default,
  } = given.values;
  if (roleStrict && role === undefined) {
    fault(given, "role_strict", "role_strict needs role: bgpd compares the role of the peer with its own");
  }
  const relation = relationOf(numbers);
  if (routeReflectorClient && (relation === "external" || relation === "member")) {
    const text = `route_reflector_client is for iBGP peers; AS ${numbers.remoteAsn} is not our AS`;
    fault(given, "route_reflector_client", text);
  }
  // RFC 9234 §4: inside a confederation there are no roles.
  if (role !== undefined) checkExternal(given, "role", numbers);
  if (routeServerClient) checkExternal(given, "route_server_client", numbers);
  return { routeReflectorClient, routeServerClient, role, roleStrict };
}

export function roleForSession({ role, roleStrict }: RoleSettings) {
  return { role, roleStrict } satisfies Partial<SessionConfig>;
}

export function roleForRib({ routeReflectorClient, routeServerClient }: RoleSettings): Partial<RibPeer> {
  return { routeReflectorClient, routeServerClient };
}
