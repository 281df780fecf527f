/**
 * A route of our own as it leaves for one session: the attributes that RFC 4271 §5 demands, allows or forbids there.
 */

import { type AttributeSet, SegmentType, type UpdateContext } from "../message/mod.ts";
import { family as familyRow, type FamilyId, formatPrefix, maskHas, type Prefix } from "../types/mod.ts";
import { defaultLocalPref } from "./attribute_keys.ts";

export interface OriginatedRoute {
  readonly family: FamilyId;
  readonly prefix: Prefix;
  /** The next hop `undefined` is this speaker itself, ORIGIN `undefined` is IGP. */
  readonly attributes: AttributeSet;
}

/** Where a session stands in the network: addresses of 4 or 16 octets. */
export interface SessionAddresses {
  readonly localAddress: Uint8Array;
  /** For IPv6 routes over a session between IPv4 addresses. */
  readonly localAddressV6?: Uint8Array;
  readonly remoteAddress: Uint8Array;
}

export type Exported =
  | { kind: "set"; attributes: AttributeSet }
  /** The route cannot be told to this peer, and why. */
  | { kind: "skip"; reason: string };

export function exportOriginated(
  route: OriginatedRoute,
  context: UpdateContext,
  addresses: SessionAddresses,
): Exported {
  const own = route.attributes;
  const nextHop = own.nextHop ?? selfNextHop(route.family, context, addresses);
  if (nextHop === undefined || !canCarry(route.family, nextHop, context)) {
    const reason = own.nextHop === undefined
      ? "this session has no address for it; give it a next_hop"
      : "its next hop is of the other address family";
    return { kind: "skip", reason: `${formatPrefix(route.prefix)} is not announced: ${reason}` };
  }
  const attributes: AttributeSet = {
    ...own,
    origin: own.origin ?? 0,
    nextHop,
    asPath: context.internal ? own.asPath : prepended(own.asPath, context.localAsn),
    // RFC 4271 §5.1.5: "MUST NOT" towards external peers, "SHALL" be there towards internal ones.
    localPref: context.internal ? own.localPref ?? defaultLocalPref : undefined,
  };
  if (!context.internal) {
    // RFC 4456 §8: non-transitive, they mean something within an AS only.
    attributes.originatorId = undefined;
    attributes.clusterList = [];
  }
  return { kind: "set", attributes };
}

/** RFC 4271 §5.1.3: the address the session is on, where it is of the family the NLRI needs. */
function selfNextHop(family: FamilyId, context: UpdateContext, addresses: SessionAddresses): Uint8Array | undefined {
  const { localAddress, localAddressV6 } = addresses;
  const wanted = familyRow(family).addressBytes;
  if (localAddress.length === wanted) return localAddress;
  if (wanted === 16) return localAddressV6;
  return maskHas(context.extendedNextHop, family) ? localAddress : undefined;
}

/** RFC 8950 §3: IPv4 routes have IPv6 next hops where both sides agreed on it. RFC 2545 §3: IPv6 routes, IPv6 ones only. */
function canCarry(family: FamilyId, nextHop: Uint8Array, context: UpdateContext): boolean {
  const length = nextHop.length;
  if (familyRow(family).addressBytes === 16) return length === 16 || length === 32;
  return length === 4 || maskHas(context.extendedNextHop, family);
}

/** RFC 4271 §5.1.2 b: our ASN is the first of a path that leaves the AS; where it stands there already, once is enough. */
function prepended(path: AttributeSet["asPath"], asn: number): AttributeSet["asPath"] {
  const first = path[0];
  if (first === undefined || first.type !== SegmentType.sequence) {
    return [{ type: SegmentType.sequence, asns: [asn] }, ...path];
  }
  if (first.asns[0] === asn) return path;
  // A segment holds at most 255 ASNs.
  if (first.asns.length === 255) return [{ type: SegmentType.sequence, asns: [asn] }, ...path];
  return [{ type: SegmentType.sequence, asns: [asn, ...first.asns] }, ...path.slice(1)];
}
