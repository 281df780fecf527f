/** Roles (RFC 9234): in which direction a route may travel between customers, providers and peers. */

import type { RoleName } from "../../message/mod.ts";
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from "../../types/mod.ts";

/**
 * RFC 9234 §5: the procedures "are applicable only for the address families AFI 1 (IPv4) and AFI 2 (IPv6) with SAFI 1".
 */
export function hasRoles(family: FamilyId): boolean {
  return family === IPV4_UNICAST || family === IPV6_UNICAST;
}

/** True where the other side is a provider, a peer or a route server. `role`: our own role in the session. */
export function goesUpOrAside(role: RoleName | undefined): boolean {
  return role === "customer" || role === "peer" || role === "rs-client";
}

/**
 * True where the other side is a customer, a peer or a client: from there on a route travels downward only. `role`: our
 * own role in the session.
 */
export function goesDownOrAside(role: RoleName | undefined): boolean {
  return role === "provider" || role === "peer" || role === "rs";
}
