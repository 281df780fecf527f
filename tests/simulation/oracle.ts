/**
 * The decision process a second time (RFC 4271 §9.1.2.2, 4456 §9), from scratch, over plain values, in as few lines as
 * possible: compare it with the RFC, and src/rib with it.
 *
 * RFC 5004 lets history decide between eBGP routes that tie: the one that was best stays. The oracle does not know
 * which one that was, so it allows each route that could have been.
 */

import { type AttributeSet, SegmentType } from "../../src/message/mod.ts";
import { Ineligible } from "../../src/rib/mod.ts";

/** A route to one prefix, with whom it came from. */
export interface Candidate {
  readonly peer: string;
  readonly internal: boolean;
  readonly routerId: number;
  /** 4 octets. */
  readonly address: Uint8Array;
  readonly pathId: number;
  readonly attributes: AttributeSet;
}

export interface Self {
  readonly asn: number;
  readonly routerId: number;
  readonly address: Uint8Array;
}

/** Why a route takes no part. */
export function reason({ attributes }: Candidate, self: Self): number {
  if (attributes.asPath.some(({ asns }) => asns.includes(self.asn))) return Ineligible.ownAsn;
  if (attributes.nextHop!.join() === self.address.join()) return Ineligible.ownNextHop;
  if (attributes.originatorId === self.routerId) return Ineligible.ownOriginatorId;
  if (attributes.clusterList.includes(self.routerId)) return Ineligible.ownClusterId;
  return Ineligible.none;
}

/** The routes that may be best. More than one only where RFC 5004 leaves it to history. */
export function best(candidates: readonly Candidate[], self: Self): Candidate[] {
  return bestAmong(candidates.filter((route) => reason(route, self) === Ineligible.none));
}

/** Of routes that take part. */
export function bestAmong<C extends Candidate>(candidates: readonly C[]): C[] {
  // RFC 9494 §4.3: "MUST be treated as the least preferred".
  let left = lowest(candidates, ({ attributes }) => attributes.communities.includes(0xffff0006) ? 1 : 0);
  left = lowest(left, (route) => -localPref(route));
  left = lowest(left, ({ attributes }) => pathLength(attributes));
  left = lowest(left, ({ attributes }) => attributes.origin!);
  left = left.filter((route) =>
    left.every((other) => neighbour(other) !== neighbour(route) || med(other) >= med(route))
  );
  left = lowest(left, ({ internal }) => internal ? 1 : 0);
  const byIdentifier = [...Map.groupBy(left, identifier)].sort(([a], [b]) => a - b).map(([, routes]) => last(routes));
  return left[0]?.internal === false ? byIdentifier : byIdentifier.slice(0, 1);
}

/** What is left to compare between routes of one BGP Identifier. */
function last<C extends Candidate>(routes: readonly C[]): C {
  let left = lowest(routes, ({ attributes }) => attributes.clusterList.length);
  left = lowest(left, ({ address }) => new DataView(address.buffer, address.byteOffset).getUint32(0));
  return lowest(left, ({ pathId }) => pathId)[0]!;
}

/** RFC 8326 §4.2: the lowest, for routes of a link that is to be drained. */
function localPref({ attributes: { localPref, communities } }: Candidate): number {
  return localPref ?? (communities.includes(0xffff0000) ? 0 : 100);
}

function lowest<C extends Candidate>(routes: readonly C[], value: (route: C) => number): C[] {
  const least = Math.min(...routes.map(value));
  return routes.filter((route) => value(route) === least);
}

/** §9.1.2.2 a: a set counts as one AS. RFC 5065 §5.3: what is inside of a confederation does not count. */
function pathLength({ asPath }: AttributeSet): number {
  const counted = asPath.filter(({ type }) => type < SegmentType.confedSequence);
  return counted.reduce((sum, { type, asns }) => sum + (type === SegmentType.set ? 1 : asns.length), 0);
}

/** §9.1.2.2 c: the AS the route came from; a path without one is its own AS's. */
function neighbour({ attributes: { asPath } }: Candidate): number {
  const first = asPath.find(({ type }) => type < SegmentType.confedSequence);
  return first?.type === SegmentType.sequence ? first.asns[0]! : 0;
}

function med({ attributes }: Candidate): number {
  return attributes.med ?? 0;
}

/** RFC 4456 §9: the ORIGINATOR_ID stands for the BGP Identifier. */
function identifier({ attributes, routerId }: Candidate): number {
  return attributes.originatorId ?? routerId;
}
