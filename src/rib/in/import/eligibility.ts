/**
 * Which routes are ineligible: they stay in the Adj-RIB-In, where people see them, and take no part in the decision.
 * Examples are loops and next hops that are addresses of ours. The check depends on the attribute set and on the class
 * of the session, so that it runs once for each set. Martian prefixes are marked in `prefix_table.ts`;
 * FlowSpec rules are checked in `decide/flow_checks.ts`.
 */

import {
  AttributeCode,
  hasEsiAndGateway,
  nextAttribute,
  type RoleName,
  SegmentType,
  type UpdateContext,
  valueStart,
} from "../../../message/mod.ts";
import { type Asn, isNextHop, nextHopKind, readUint32 } from "../../../types/mod.ts";
import { AttributeOffsets, pathHasSets } from "../../attributes/attribute_offsets.ts";

/** Why a route is ineligible. The database stores these numbers: append, never renumber. */
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
  /** No route of this peer takes part: `import = "none"`, or RFC 8212 §2. */
  notImported: 5,
  /** Import policy rejects the route, and the rule is not known. */
  importPolicy: 6,
  /** The peer has more routes than `max_prefixes` allows. */
  maxPrefixes: 7,
  /** An AS_SET or AS_CONFED_SET in the AS_PATH (RFC 9774 §3). */
  asSet: 8,
  /** A route leak, detected by ONLY_TO_CUSTOMER (RFC 9234 §5). */
  otcLeak: 9,
  /**
   * A link-local next hop from a session between other addresses (RFC 2545 §3): it cannot be resolved (RFC 4271
   * §9.1.2).
   */
  linkLocalNextHop: 10,
  /** Import policy set a loopback address as next hop, and the session does not run over a loopback address. */
  loopbackNextHop: 11,
  /** The prefix is not a destination of unicast routing (RFC 4271 §6.3). */
  martian: 12,
  /** FlowSpec rules that the peer may not announce (RFC 8955 §6, RFC 9117 §4). */
  flowNoDestination: 13,
  flowNoRoute: 14,
  flowOtherOriginator: 15,
  flowOtherAs: 16,
  flowMoreSpecific: 17,
  /** An IP prefix route of EVPN with an ESI and a gateway, which RFC 9136 §3.1 tells to treat as withdrawn. */
  esiAndGateway: 18,
  /** The origin is invalid (RFC 6811), and `rpki = "reject-invalid"`. */
  rpkiInvalid: 19,
  /** The path is invalid by ASPAs, and `aspa = "reject-invalid"`. */
  aspaInvalid: 20,
} as const;
export type Ineligible = typeof Ineligible[keyof typeof Ineligible];

/** The text of each reason, by number. */
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
  "rule without destination",
  "no route to the destination",
  "other originator of the destination",
  "other AS of the destination",
  "other AS inside the destination",
  "ESI and gateway",
  "RPKI invalid",
  "ASPA invalid",
];

/** Our own identity in a session. */
export interface Self {
  readonly asns: readonly Asn[];
  /**
   * Our member AS of a confederation (RFC 5065): a loop in confederation segments. `asns` are loops in other segments.
   */
  readonly memberAsn?: Asn | undefined;
  /** How often an ASN of ours may occur in a path. */
  readonly allowedLoops?: number;
  /** Routes with AS_SETs are ineligible (RFC 9774). */
  readonly rejectsAsSets?: boolean;
  /** Our role towards the peer, and the ASN of the peer (RFC 9234). */
  readonly role?: RoleName | undefined;
  readonly remoteAsn?: Asn;
  readonly routerId: number;
  readonly clusterId: number;
  /** 4 or 16 octets each. The address of the session comes first. */
  readonly addresses: readonly Uint8Array[];
  /** The link of a session between link-local addresses. */
  readonly link?: string | undefined;
}

/** Why routes with this canonical attribute set are ineligible, or 0. */
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
        break;
      case AttributeCode.mpReachNlri:
        if (hasEsiAndGateway(bytes, value)) return Ineligible.esiAndGateway;
        break;
      case AttributeCode.onlyToCustomer:
        return isLeak(readUint32(bytes, value), self) ? Ineligible.otcLeak : Ineligible.none;
      default:
        if (code > AttributeCode.mpReachNlri && self.role === undefined) return Ineligible.none;
    }
  }
  return Ineligible.none;
}

/** As {@link ineligibleReason}, for the next hop alone: for a set that a policy changed. */
export function ineligibleHop(bytes: Uint8Array, length: number, self: Self): Ineligible {
  hopOffsets.find(bytes, 0, length);
  const { nextHop, nextHopEnd } = hopOffsets;
  if (nextHop === nextHopEnd) return Ineligible.none;
  const reason = nextHopReason(bytes, nextHop, nextHopEnd, self);
  if (reason !== Ineligible.none || nextHopKind(bytes, nextHop, nextHopEnd) !== "loopback") return reason;
  return nextHopKind(self.addresses[0]!) === "loopback" ? Ineligible.none : Ineligible.loopbackNextHop;
}

const hopOffsets = new AttributeOffsets();

function nextHopReason(bytes: Uint8Array, start: number, end: number, { addresses, link }: Self): Ineligible {
  // FlowSpec has no next hop (RFC 8955 §4).
  if (start === end) return Ineligible.none;
  if (addresses.some((address) => isNextHop(bytes, start, end, address))) return Ineligible.ownNextHop;
  return link === undefined && nextHopKind(bytes, start, end) === "linkLocal"
    ? Ineligible.linkLocalNextHop
    : Ineligible.none;
}

/** How often an ASN of ours occurs in the path. */
function loops(bytes: Uint8Array, start: number, end: number, { asns, memberAsn }: Self): number {
  let count = 0;
  for (let at = start; at + 2 <= end;) {
    const next = at + 2 + 4 * bytes[at + 1]!;
    // RFC 5065 §4: the ASNs of members have a meaning within the confederation only.
    const isInside = memberAsn !== undefined && bytes[at]! >= SegmentType.confedSequence;
    for (at += 2; at < next; at += 4) {
      const asn = readUint32(bytes, at);
      if (isInside ? asn === memberAsn : asns.includes(asn)) count++;
    }
  }
  return count;
}

/** RFC 9234 §5: a route of a customer or client with ONLY_TO_CUSTOMER; of a peer, with another ASN than the peer's. */
function isLeak(otc: number, { role, remoteAsn }: Self): boolean {
  return role === "provider" || role === "rs" || (role === "peer" && otc !== remoteAsn);
}

/** Everything that the check of a next hop depends on besides its octets. */
export function hopKey({ addresses, link }: Self): string {
  return [link !== undefined, ...addresses].join("/");
}

/**
 * Numbers the classes of sessions: a class is everything that the checks of an attribute set depend on besides its
 * bytes. Sessions of one class share results. 0 is not a class: results are not shared.
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
      // The column of the attribute table has 16 bits.
      if (number > 0xffff) return 0;
      this.#numbers.set(key, number);
    }
    return number;
  }
}
