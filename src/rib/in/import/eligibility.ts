/**
 * Routes that stay in the Adj-RIB-In, for people to see, but take no part in the decision: loops, and next hops that lead
 * back to ourselves. It depends on the attribute set and on the class of session it came over, so it is looked at once per
 * set; whether a prefix is martian, once per prefix (`prefix_table.ts`).
 */

import {
  AttributeCode,
  nextAttribute,
  type RoleName,
  SegmentType,
  type UpdateContext,
  valueStart,
} from "../../../message/mod.ts";
import { type Asn, isNextHop, nextHopKind, readUint32 } from "../../../types/mod.ts";
import { AttributeOffsets, pathHasSets } from "../../attributes/attribute_offsets.ts";

/** Why a route is ineligible; stands in the database, so append and never renumber. */
export const Ineligible = {
  none: 0,
  /** Our ASN in the AS_PATH (RFC 4271 §9.1.2). */
  ownAsn: 1,
  /** Our BGP Identifier as ORIGINATOR_ID (RFC 4456 §8). */
  ownOriginatorId: 2,
  /** Our cluster id in the CLUSTER_LIST (RFC 4456 §8). */
  ownClusterId: 3,
  /** The next hop is an address of ours (RFC 4271 §5.1.3). */
  ownNextHop: 4,
  /** Nothing of this peer is chosen: `import = "none"`, or RFC 8212 §2. */
  notImported: 5,
  /** Import policy rejects it, and it is not known which rule does. */
  importPolicy: 6,
  /** The peer has more routes than it may. */
  maxPrefixes: 7,
  /** An AS_SET or AS_CONFED_SET in the AS_PATH (RFC 9774 §3). */
  asSet: 8,
  /** A leak by the mark Only to Customer (RFC 9234 §5). */
  otcLeak: 9,
  /** A link-local next hop over a session that is on no link (RFC 2545 §3): it cannot be resolved (RFC 4271 §9.1.2). */
  linkLocalNextHop: 10,
  /** A loopback address set by import policy, over a session that does not run over one. */
  loopbackNextHop: 11,
  /** The prefix is no destination of unicast routing (RFC 4271 §6.3). */
  martian: 12,
} as const;
export type Ineligible = typeof Ineligible[keyof typeof Ineligible];

/** How people read them, by number. */
export const ineligibleNames: readonly string[] = [
  "eligible",
  "own ASN in AS path",
  "own router id as originator",
  "own cluster id in cluster list",
  "own address as next hop",
  "not imported",
  "import policy",
  "over max prefixes",
  "AS set in AS path",
  "route leak (OTC)",
  "link-local next hop",
  "loopback next hop",
  "martian prefix",
];

/** Who we are on a session. */
export interface Self {
  readonly asns: readonly Asn[];
  /** Our AS within a confederation, which its segments are looked through for; `asns` is then for the others (RFC 5065). */
  readonly memberAsn?: Asn | undefined;
  /** How often one of them may stand in a path. */
  readonly allowedLoops?: number;
  /** Routes with AS_SETs are no candidates (RFC 9774). */
  readonly rejectsAsSets?: boolean;
  /** What we are to the peer, and who it is (RFC 9234). */
  readonly role?: RoleName | undefined;
  readonly remoteAsn?: Asn;
  readonly routerId: number;
  readonly clusterId: number;
  /** 4 or 16 octets each, the one that the session runs over first. */
  readonly addresses: readonly Uint8Array[];
  /** The link that the session runs over, where it is one between link-local addresses. */
  readonly link?: string | undefined;
}

/** The reason why routes with this canonical attribute set are ineligible, or 0. */
export function ineligibleReason(bytes: Uint8Array, start: number, length: number, self: Self): Ineligible {
  const end = start + length;
  for (let at = start; at < end;) {
    const code = bytes[at + 1]!;
    const value = valueStart(bytes, at);
    at = nextAttribute(bytes, at);
    switch (code) {
      case AttributeCode.asPath:
        if (loops(bytes, value, at, self) > (self.allowedLoops ?? 0)) return Ineligible.ownAsn;
        if (self.rejectsAsSets === true && pathHasSets(bytes, value, at)) return Ineligible.asSet;
        break;
      case AttributeCode.nextHop: {
        const reason = nextHopReason(bytes, value, at, self);
        if (reason !== Ineligible.none) return reason;
        break;
      }
      case AttributeCode.originatorId:
        if (readUint32(bytes, value) === self.routerId) return Ineligible.ownOriginatorId;
        break;
      case AttributeCode.clusterList:
        for (let id = value; id < at; id += 4) {
          if (readUint32(bytes, id) === self.clusterId) return Ineligible.ownClusterId;
        }
        if (self.role === undefined) return Ineligible.none;
        break;
      case AttributeCode.onlyToCustomer:
        return isLeak(readUint32(bytes, value), self) ? Ineligible.otcLeak : Ineligible.none;
      default:
        if (code > AttributeCode.clusterList && self.role === undefined) return Ineligible.none;
    }
  }
  return Ineligible.none;
}

/** As {@link ineligibleReason}, of the next hop alone: for a set that a policy made. */
export function ineligibleHop(bytes: Uint8Array, length: number, self: Self): Ineligible {
  hopOffsets.find(bytes, 0, length);
  const { nextHop, nextHopEnd } = hopOffsets;
  if (nextHop === -1) return Ineligible.none;
  const reason = nextHopReason(bytes, nextHop, nextHopEnd, self);
  if (reason !== Ineligible.none || nextHopKind(bytes, nextHop, nextHopEnd) !== "loopback") return reason;
  return nextHopKind(self.addresses[0]!) === "loopback" ? Ineligible.none : Ineligible.loopbackNextHop;
}

const hopOffsets = new AttributeOffsets();

function nextHopReason(bytes: Uint8Array, start: number, end: number, { addresses, link }: Self): Ineligible {
  if (addresses.some((address) => isNextHop(bytes, start, end, address))) return Ineligible.ownNextHop;
  return link === undefined && nextHopKind(bytes, start, end) === "linkLocal"
    ? Ineligible.linkLocalNextHop
    : Ineligible.none;
}

/** How often an ASN of ours stands in the path. */
function loops(bytes: Uint8Array, start: number, end: number, { asns, memberAsn }: Self): number {
  let count = 0;
  for (let at = start; at + 2 <= end;) {
    const next = at + 2 + 4 * bytes[at + 1]!;
    // RFC 5065 §4: the numbers of member ASes mean something within the confederation only.
    const isInside = memberAsn !== undefined && bytes[at]! >= SegmentType.confedSequence;
    for (at += 2; at < next; at += 4) {
      const asn = readUint32(bytes, at);
      if (isInside ? asn === memberAsn : asns.includes(asn)) count++;
    }
  }
  return count;
}

/** RFC 9234 §5: any mark on a route of a customer or client; of a peer, one that is not the peer's own. */
function isLeak(otc: number, { role, remoteAsn }: Self): boolean {
  return role === "provider" || role === "rs" || (role === "peer" && otc !== remoteAsn);
}

/** All that the verdict on a next hop depends on beside its octets. */
export function hopKey({ addresses, link }: Self): string {
  return [link !== undefined, ...addresses].join("/");
}

/**
 * Numbers for all that the verdict on an attribute set depends on beside its bytes. Sessions of one class share verdicts;
 * 0 is no class: look anew each time.
 */
export class SessionClasses {
  readonly #numbers = new Map<string, number>();

  classOf(context: UpdateContext, self: Self): number {
    const key = [
      context.internal,
      context.localAsn,
      context.enforceFirstAs === true ? context.remoteAsn : "any",
      context.extendedNextHop,
      self.asns,
      self.routerId,
      self.clusterId,
      self.memberAsn ?? "",
      self.allowedLoops ?? 0,
      self.rejectsAsSets === true,
      self.role ?? "",
      self.role === "peer" ? self.remoteAsn : "",
      hopKey(self),
    ].join("/");
    let number = this.#numbers.get(key);
    if (number === undefined) {
      number = this.#numbers.size + 1;
      // The column for it has 16 bits.
      if (number > 0xffff) return 0;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
