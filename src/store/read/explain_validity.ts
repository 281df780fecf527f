/** Explains from the database what RPKI data say of a route, and why. */

import { AttributeCode, nextAttribute, type RoleName, roleNames, valueStart } from "../../message/mod.ts";
import {
  AspaTable,
  Authorizations,
  type MatchReason,
  matchReason,
  pathDirection,
  PathVerifier,
  routeOrigin,
} from "../../rpki/mod.ts";
import { type Asn, parsePrefix, type Prefix } from "../../types/mod.ts";
import type { Database } from "../sqlite.ts";
import { aspasOf, coveringVrps, type StoredVrp } from "./rpki_query.ts";
import type { RouteRow } from "./route_query.ts";

/** What the states of a route come from. */
export interface ExplainedValidity {
  readonly ovs: string | null;
  readonly avs: string | null;
  /** The VRPs that cover the prefix, and what each says of the route. */
  readonly vrps: readonly ExplainedVrp[];
  /** Why the path is invalid or unknown by ASPAs; `null`: it is valid, or was not verified. */
  readonly path: string | null;
}

export interface ExplainedVrp extends StoredVrp {
  /** `matches`: the VRP makes the route valid. */
  readonly reason: MatchReason;
}

/** What is known of the route besides its row. */
export interface ValidityContext {
  /** The set as received. */
  readonly wire: Uint8Array;
  readonly localAs: Asn | null;
  readonly remoteAs: Asn | null;
  /** Our role towards the peer. */
  readonly role: string | null;
}

/** `null`: nothing is said of the route. */
export function explainValidity(db: Database, route: RouteRow, context: ValidityContext): ExplainedValidity | null {
  const { ovs = null, avs = null } = route;
  const prefix = route.prefix === null ? undefined : parsePrefix(route.prefix);
  if ((ovs === null && avs === null) || prefix === undefined) return null;
  const path = pathOf(context.wire);
  const origin = routeOrigin(path, 0, path.length, context.localAs ?? 0);
  return {
    ovs,
    avs,
    vrps: coveringVrps(db, prefix).map((vrp) => ({ ...vrp, reason: reasonOf(vrp, prefix, origin) })),
    path: avs === null || avs === "valid" ? null : whyPath(db, path, context),
  };
}

function reasonOf({ maxLength, asn }: StoredVrp, prefix: Prefix, origin: Asn): MatchReason {
  return matchReason({ prefix, maxLength, asn }, prefix.length, origin);
}

/** The value of AS_PATH. */
function pathOf(wire: Uint8Array): Uint8Array {
  for (let at = 0; at < wire.length; at = nextAttribute(wire, at)) {
    if (wire[at + 1] === AttributeCode.asPath) return wire.subarray(valueStart(wire, at), nextAttribute(wire, at));
  }
  return new Uint8Array(0);
}

function whyPath(db: Database, path: Uint8Array, { role, remoteAs }: ValidityContext): string | null {
  const ours = roleNames.find((name): name is RoleName => name === role);
  const direction = pathDirection(ours);
  if (direction === undefined) return null;
  const aspas = new AspaTable();
  const neighbor = ours === "rs-client" ? 0 : remoteAs ?? 0;
  const explainNow = () => new PathVerifier(aspas).explain(path, 0, path.length, direction, neighbor);
  for (const { customer, providers } of aspasOf(db, explainNow().path)) aspas.set(customer, providers);
  const { fault, hops } = explainNow();
  switch (fault) {
    case "empty":
      return "the AS path is empty";
    case "neighbor":
      return `the AS path does not begin with the AS of the peer, ${remoteAs}`;
    case "AS_SET":
      return "the AS path has an AS_SET";
  }
  const reasons = hops.map(({ customer, provider, authorization }) =>
    authorization === Authorizations.notProvider
      ? `the ASPA of AS ${customer} does not have AS ${provider} as a provider`
      : `AS ${customer} has no ASPA, so nobody knows whether AS ${provider} is its provider`
  );
  return reasons.length === 0 ? null : reasons.join("; ");
}
