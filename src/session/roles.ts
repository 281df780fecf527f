/**
 * Roles of an eBGP session (RFC 9234 §4): provider and customer, route server and client, or two peers. Both sides
 * announce their role, and roles that do not correspond refuse the session: otherwise one of the two would leak routes.
 */

import {
  type Capability,
  createNotification,
  ErrorCode,
  type Open,
  OpenError,
  type RoleName,
  roleNames,
} from "../message/mod.ts";
import type { OpenRefusal, SessionConfig } from "./types.ts";

/** RFC 9234 §4.2, table 2: the role that the other side must have. */
const counterpart: Readonly<Record<RoleName, RoleName>> = {
  "provider": "customer",
  "customer": "provider",
  "rs": "rs-client",
  "rs-client": "rs",
  "peer": "peer",
};

/**
 * What we announce: no role inside an AS (§4: roles belong to eBGP sessions), and otherwise one role at most (§4.1).
 */
export function roleCapability({ role, localAsn, remoteAsn }: SessionConfig): Capability[] {
  return role === undefined || localAsn === remoteAsn ? [] : [{ kind: "role", role: roleNames.indexOf(role) }];
}

/** The refusal of an OPEN whose role does not correspond to ours: a Role Mismatch (2/11). */
export function roleFault(config: SessionConfig, remote: Open): OpenRefusal | undefined {
  const isInside = remote.asn === config.localAsn || config.confederationMembers?.includes(remote.asn) === true;
  // Where any AS is accepted, a peer that claims ours would escape the role and receive what is for our AS only.
  if (isInside && config.role !== undefined && config.remoteAsn === undefined) {
    const why = `the peer says AS ${remote.asn}, of our own; role = "${config.role}" is for eBGP peers`;
    return { notification: createNotification(ErrorCode.open, OpenError.badPeerAs), why };
  }
  if (remote.asn === config.localAsn) return undefined;
  const roles = announcedRoles(remote);
  // §4.2: several of the same value count as one; where they differ, the speaker "MUST reject the connection".
  if (roles.some((role) => role !== roles[0])) return roleMismatch();
  if (config.role === undefined) return undefined;
  // §4.2: "if the BGP Role Capability is sent but one is not received, the BGP Speaker SHOULD ignore the absence"; in
  // strict mode "the connection is rejected".
  if (roles.length === 0) return config.roleStrict ? roleMismatch("the peer announces no role") : undefined;
  // §4.2: "If the Roles do not correspond, the BGP speaker MUST reject the connection". A value that is not defined has
  // no counterpart.
  const theirs = roleNames[roles[0]!];
  if (theirs === counterpart[config.role]) return undefined;
  return roleMismatch(`the peer says it is ${theirs ?? `of role ${roles[0]}`}, our role is ${config.role}`);
}

/** §5: our role decides what is advertised and accepted, whether or not the peer announced one. */
export function agreedRoles(
  config: SessionConfig,
  remote: Open,
): { readonly role?: RoleName; readonly remoteRole?: RoleName } {
  if (remote.asn === config.localAsn) return {};
  const [announced] = announcedRoles(remote);
  const remoteRole = announced === undefined ? undefined : roleNames[announced];
  return {
    ...config.role === undefined ? {} : { role: config.role },
    ...remoteRole === undefined ? {} : { remoteRole },
  };
}

function announcedRoles({ capabilities }: Open): number[] {
  return capabilities.filter((capability) => capability.kind === "role").map(({ role }) => role);
}

function roleMismatch(why?: string): OpenRefusal {
  const notification = createNotification(ErrorCode.open, OpenError.roleMismatch);
  return why === undefined ? { notification } : { notification, why };
}
