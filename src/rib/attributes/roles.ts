/** RFC 9234: which way a route may go between customers, providers and peers. */

import type { RoleName } from "../../message/mod.ts";
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from "../../types/mod.ts";

/** RFC 9234 §5: its procedures "are applicable only for the address families AFI 1 (IPv4) and AFI 2 (IPv6) with SAFI 1". */
export function hasRoles(family: FamilyId): boolean {
  return family === IPV4_UNICAST || family === IPV6_UNICAST;
}

/** The peer is a provider, a peer or a route server to us, who are this to it. */
export function goesUpOrAside(role: RoleName | undefined): boolean {
  return role === "customer" || role === "peer" || role === "rs-client";
}

/** The peer is a customer, a peer or a client to us: from there on the route travels downward only. */
export function goesDownOrAside(role: RoleName | undefined): boolean {
  return role === "provider" || role === "peer" || role === "rs";
}
