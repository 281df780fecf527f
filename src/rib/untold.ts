/**
 * Routes of this speaker for everyone that a session cannot carry, for want of a next hop of the right address family: that
 * peer hears nothing of them, so a person should.
 */

import { hasAsSets } from "../message/mod.ts";
import { formatPrefix } from "../types/mod.ts";
import type { AdjRibOut } from "./adj_rib_out.ts";
import { notes, type RibFact } from "./facts.ts";
import { type OriginatedRoute, originatedWire, type Origination, ourselves } from "./originate.ts";

interface Told {
  readonly peer: { readonly id: number };
  readonly session?: { readonly epoch: number; readonly out: AdjRibOut } | undefined;
}

/** What peers with a session do not hear of these. */
export function untoldFacts(peers: Iterable<Told>, list: readonly Origination[]): RibFact[] {
  const forAll = list.filter(({ peerId }) => peerId === undefined).map(({ route }) => route);
  if (forAll.length === 0) return [];
  return [...peers].flatMap(({ peer, session }) =>
    session === undefined ? [] : notes(peer.id, session.epoch, untold(session.out, forAll))
  );
}

/** A sentence for each reason, with the first of the routes. */
export function untold(out: AdjRibOut, routes: Iterable<OriginatedRoute>): string[] {
  /** By family, next hop and whether there are AS_SETs: nothing else matters here. */
  const verdicts = new Map<string, { readonly trouble: string | undefined; readonly first: string; count: number }>();
  for (const route of routes) {
    const key = `${route.family} ${route.attributes.nextHop} ${hasAsSets(route.attributes.asPath)}`;
    const verdict = verdicts.get(key);
    if (verdict !== undefined) verdict.count++;
    else verdicts.set(key, { trouble: troubleOf(out, route), first: formatPrefix(route.prefix), count: 1 });
  }
  return [...verdicts.values()].filter(({ trouble }) => trouble !== undefined).map(({ trouble, first, count }) =>
    count === 1
      ? `${first} is not announced: ${trouble}`
      : `${first} and ${count - 1} more of our own are not announced: ${trouble}`
  );
}

function troubleOf(out: AdjRibOut, route: OriginatedRoute): string | undefined {
  const group = out.groups.find(({ family }) => family === route.family);
  // A policy may set another next hop, or leave the route out for a reason of its own.
  if (group === undefined || group.map.hasPolicy) return undefined;
  const wire = originatedWire(route);
  return group.map.rules.write(wire, 0, wire.length, ourselves, 0) ? undefined : group.map.rules.trouble;
}
