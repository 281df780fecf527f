/**
 * Routes that this speaker originates for all peers and that a session cannot carry, because there is no next hop of
 * the right address family. The peer does not get them, so the log names them.
 */

import { formatDestination } from "../../message/mod.ts";
import type { AdjRibOut } from "./adj_rib_out.ts";
import { notes, type RibFact } from "../in/facts.ts";
import { ourselves } from "./export/export_target.ts";
import { type OriginatedRoute, originatedWire, type RouteKind } from "./originate.ts";

interface PeerWithSession {
  readonly peer: { readonly id: number };
  readonly session?: { readonly epoch: number; readonly out: AdjRibOut } | undefined;
}

/** Notes for each peer with a session about the routes that it cannot be advertised. */
export function unadvertisableFacts(peers: Iterable<PeerWithSession>, kinds: Iterable<RouteKind>): RibFact[] {
  return [...peers].flatMap(({ peer, session }) =>
    session === undefined ? [] : notes(peer.id, session.epoch, unadvertisable(session.out, kinds))
  );
}

/** A sentence for each kind of route that the session cannot carry. */
export function unadvertisable(out: AdjRibOut, kinds: Iterable<RouteKind>): string[] {
  return [...kinds].flatMap(({ route, count }) => {
    const reason = whyNotCarried(out, route);
    if (reason === undefined) return [];
    const first = formatDestination(route.family, route);
    return count === 1
      ? `${first} is not announced: ${reason}`
      : `${first} is not announced, nor are others of our own routes (${count - 1}): ${reason}`;
  });
}

function whyNotCarried(out: AdjRibOut, route: OriginatedRoute): string | undefined {
  const group = out.families.find(({ group }) => group.family === route.family)?.group;
  // An export policy may set another next hop, or reject the route.
  if (group === undefined || group.map.hasPolicy) return undefined;
  const wire = originatedWire(route);
  return group.map.rules.write(wire, 0, wire.length, ourselves, 0) ? undefined : group.map.rules.reason;
}
