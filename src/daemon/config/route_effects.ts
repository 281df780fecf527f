/** What a change of a peer's configuration does to its routes while its session goes on. */

import { type PeerConfig, ribPeer } from "../../config/mod.ts";
import { rejectsAsSets, type RibPeer } from "../../rib/mod.ts";
import type { Peer } from "../peer/peer.ts";
import { renegotiated, validatesOtherwise } from "../peer/session_change.ts";

/**
 * - `refresh`: bgpd asks the peer for its routes (ROUTE-REFRESH).
 * - `import`: bgpd evaluates the routes that it received from the peer again.
 * - `export`: bgpd evaluates the routes for the peer again, and sends the difference.
 */
export type RouteEffect = "refresh" | "import" | "export";

/** Which routes each value of {@link RibPeer} concerns. */
const concerned: Readonly<Record<keyof RibPeer, readonly RouteEffect[]>> = {
  id: [],
  address: [],
  name: [],
  maxAttributeBytes: [],
  maxPaths: [],
  groups: ["import", "export"],
  gracefulShutdown: ["import", "export"],
  rejectAsSets: ["export"],
  nextHopIpv4: ["import", "export"],
  nextHopIpv6: ["import", "export"],
  import: ["import"],
  validatesFlows: ["import"],
  maxPrefixes: ["import"],
  rejectsInvalidOrigins: ["import"],
  rejectsInvalidPaths: ["import"],
  acceptsOriginStates: ["import"],
  sendsOriginStates: ["export"],
  prependsIn: ["import"],
  ownAsns: ["import"],
  memberAsn: ["import"],
  allowedLoops: ["import"],
  originated: ["export"],
  export: ["export"],
  nextHop: ["export"],
  routeReflectorClient: ["export"],
  routeServerClient: ["export"],
  removePrivateAs: ["export"],
  asOverride: ["export"],
  prependAsn: ["export"],
  addPathSendMax: ["export"],
  exportSelection: ["export"],
  advertisementIntervalMs: ["export"],
  prefixesOut: ["export"],
};

/** The effects on routes of this session, which goes on. */
export function routeEffects(peer: Peer, before: PeerConfig, after: PeerConfig): RouteEffect[] {
  const { session } = peer;
  if (session === undefined) return [];
  const renewed = renegotiated(before, after, session);
  const asksAgain = renewed !== undefined && validatesOtherwise(session.negotiated, renewed);
  const [was, is] = [before, after].map((config) => ribPeer(peer.id, peer.address, config)) as [RibPeer, RibPeer];
  const found = new Set<RouteEffect>(asksAgain ? ["refresh"] : []);
  for (const [field, effects] of Object.entries(concerned) as [keyof RibPeer, readonly RouteEffect[]][]) {
    if (effects.length > 0 && text(was[field]) !== text(is[field])) { for (const effect of effects) found.add(effect); }
  }
  const refuses = ({ rejectAsSets = "never" }: RibPeer) => rejectsAsSets(rejectAsSets, session.negotiated);
  if (refuses(was) !== refuses(is)) found.add("import");
  return order.filter((effect) => found.has(effect));
}

const order: readonly RouteEffect[] = ["refresh", "import", "export"];

/** Equal for equal values. */
function text(value: unknown): string {
  return JSON.stringify(
    value,
    (_, inner) => inner instanceof Uint8Array ? inner.toHex() : typeof inner === "bigint" ? `${inner}n` : inner,
  ) ?? "";
}
