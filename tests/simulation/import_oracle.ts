/**
 * The import rules a second time, over plain values: what becomes of a received route, and why it is ineligible (RFC
 * 4271 §9.1.2, 4456 §8, 5065 §4, 9234 §5, and the policies of the peer).
 */

import type { PeerConfig } from "../../src/config/mod.ts";
import { type AttributeSet, encodeAttributeSet, SegmentType } from "../../src/message/mod.ts";
import { choiceFor, type RouteContext } from "../../src/policy/mod.ts";
import { Ineligible } from "../../src/rib/mod.ts";
import { hashText } from "../../src/rib/in/import/reasons.ts";
import type { Negotiated } from "../../src/session/mod.ts";
import { type FamilyId, parseAddress, type Prefix } from "../../src/types/mod.ts";
import { hasSets, prepended } from "./export_oracle.ts";
import { evaluate, type WrittenPolicies } from "../unit/policy/reference.ts";

/** Whom routes come from, and who hears them. */
export interface Sender {
  readonly config: PeerConfig;
  readonly address: string;
  readonly negotiated: Negotiated;
  readonly routerId: number;
  readonly clusterId: number;
  /** IPv4, of the session. */
  readonly localAddress: string;
  readonly policies: WrittenPolicies;
}

export interface Imported {
  readonly set: AttributeSet;
  /** As it stands in the database; 0: a candidate. */
  readonly ineligible: number;
  /** The rule that rejects it. */
  readonly rule?: string;
}

export function imported(received: AttributeSet, prefix: Prefix, family: FamilyId, from: Sender): Imported {
  const { config, negotiated, address, policies } = from;
  const loop = whyIneligible(received, from);
  if (loop !== Ineligible.none) return { set: received, ineligible: loop };
  const choice = choiceFor(config.import, family);
  if (choice === "none") return { set: received, ineligible: Ineligible.notImported };
  const set = marked(shown(received, from), negotiated);
  if (choice === "all") return { set, ineligible: Ineligible.none };
  const { remoteAsn, localAsn } = negotiated;
  const peer = { address: parseAddress(address)!, asn: remoteAsn, localAsn, groups: config.groups };
  const context: RouteContext = { family, peer };
  const { accepted, reason, set: changed } = evaluate(policies, choice, { set, prefix, validity: 0 }, context);
  return accepted
    ? { set: changed, ineligible: Ineligible.none }
    : { set: received, ineligible: hashText(reason), rule: reason };
}

/** The same set, in octets. */
export function wireOfImported({ set }: Imported): string {
  return encodeAttributeSet(set).toHex();
}

function whyIneligible({ asPath, nextHop, originatorId, clusterList, otc }: AttributeSet, from: Sender): number {
  const { config, negotiated, routerId, clusterId, localAddress } = from;
  const { confederation, realAsn, allowasIn, rejectAsSets } = config;
  const inside = (type: number) => type === SegmentType.confedSequence || type === SegmentType.confedSet;
  const isOurs = (asn: number, type: number) =>
    confederation === undefined
      ? asn === negotiated.localAsn || asn === realAsn
      : inside(type)
      ? asn === confederation.memberAsn
      : asn === confederation.id;
  const loops = asPath.flatMap(({ type, asns }) => asns.filter((asn) => isOurs(asn, type)));
  if (loops.length > allowasIn) return Ineligible.ownAsn;
  const noSets = rejectAsSets === "always" || (rejectAsSets === "external" && !negotiated.internal);
  if (noSets && hasSets(asPath)) return Ineligible.asSet;
  const own = [localAddress, config.nextHopIpv4, config.nextHopIpv6].filter((each) => each !== undefined);
  if (own.some((each) => parseAddress(each)!.join() === nextHop!.subarray(0, 16).join())) return Ineligible.ownNextHop;
  if (originatorId === routerId) return Ineligible.ownOriginatorId;
  if (clusterList.includes(clusterId)) return Ineligible.ownClusterId;
  const { role, remoteAsn } = negotiated;
  const isLeak = role === "provider" || role === "rs" || (role === "peer" && otc !== remoteAsn);
  return otc !== undefined && isLeak ? Ineligible.otcLeak : Ineligible.none;
}

/** The AS that we are to this peer stands between it and the one we really are, where the operator wants that seen. */
function shown(set: AttributeSet, { config, negotiated }: Sender): AttributeSet {
  const { realAsn, localAsNoPrepend } = config;
  if (realAsn === undefined || realAsn === config.localAsn || localAsNoPrepend || negotiated.internal) return set;
  return { ...set, asPath: prepended(set.asPath, negotiated.localAsn, SegmentType.sequence) };
}

/** RFC 9234 §5: what comes from a provider, a peer or a route server is on its way down from then on. */
function marked(set: AttributeSet, { role, remoteAsn }: Negotiated): AttributeSet {
  const fromAbove = role === "customer" || role === "peer" || role === "rs-client";
  return fromAbove && set.otc === undefined ? { ...set, otc: remoteAsn } : set;
}
