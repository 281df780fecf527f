/**
 * Routes of this speaker for everyone that a session cannot carry, for want of a next hop of the right address family: that
 * peer hears nothing of them, so a person should.
 */

import { formatPrefix } from "../../types/mod.ts";
import type { AdjRibOut } from "./adj_rib_out.ts";
import { notes, type RibFact } from "../in/facts.ts";
import { ourselves } from "./export/export_target.ts";
import { type OriginatedRoute, originatedWire, type RouteKind } from "./originate.ts";

interface Told {
  readonly peer: { readonly id: number };
  readonly session?: { readonly epoch: number; readonly out: AdjRibOut } | undefined;
}

/** What peers with a session do not hear of these. */
export function untoldFacts(peers: Iterable<Told>, kinds: Iterable<RouteKind>): RibFact[] {
  return [...peers].flatMap(({ peer, session }) =>
    session === undefined ? [] : notes(peer.id, session.epoch, untold(session.out, kinds))
  );
}

/** A sentence for each kind of route. */
export function untold(out: AdjRibOut, kinds: Iterable<RouteKind>): string[] {
  return [...kinds].flatMap(({ route, count }) => {
    const trouble = troubleOf(out, route);
    if (trouble === undefined) return [];
    const first = formatPrefix(route.prefix);
    return count === 1
      ? `${first} is not announced: ${trouble}`
      : `${first} and ${count - 1} more of our own are not announced: ${trouble}`;
  });
}

function troubleOf(out: AdjRibOut, route: OriginatedRoute): string | undefined {
  const group = out.groups.find(({ family }) => family === route.family);
  // A policy may set another next hop, or leave the route out for a reason of its own.
  if (group === undefined || group.map.hasPolicy) return undefined;
  const wire = originatedWire(route);
  return group.map.rules.write(wire, 0, wire.length, ourselves, 0) ? undefined : group.map.rules.reason;
}
