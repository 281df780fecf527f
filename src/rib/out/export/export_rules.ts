/**
 * Rewrites an attribute set for a kind of peer: what RFC 4271 §5 demands, allows and forbids there, reflection (RFC
 * 4456), confederations (RFC 5065), route servers (RFC 7947), roles (RFC 9234) and the well-known communities.
 *
 * It works on the canonical bytes, one set at a time. `export_map.ts` remembers the result for each set, so that a
 * route costs a look-up. `export_filter.ts` decides first whether a route may leave at all.
 */

import {
  AttributeCode,
  AttributeFlag,
  attributeRow,
  carriesAigp,
  defaultLocalPref,
  OPTIONAL_NON_TRANSITIVE,
  OPTIONAL_TRANSITIVE,
  SegmentType,
  WELL_KNOWN,
  WellKnownCommunity,
} from "../../../message/mod.ts";
import { Explicit } from "../../../policy/mod.ts";
import { OriginStates, Ovs } from "../../../rpki/mod.ts";
import { type FamilyId, isUnicast } from "../../../types/mod.ts";
import { AttributeOffsets } from "../../attributes/attribute_offsets.ts";
import type { AttributeWriter } from "../../attributes/attribute_writer.ts";
import { type AttributeSpan, type MergeRule, OrderedMerge } from "../../attributes/ordered_merge.ts";
import { goesDownOrAside, hasRoles } from "../../attributes/roles.ts";
import { whyFiltered } from "./export_filter.ts";
import { ExportHop } from "./export_hop.ts";
import { type ExportSource, type ExportTarget, isOutside, ourselves } from "./export_target.ts";
import { PathEditor } from "../../attributes/path_editor.ts";
import { withheldTexts } from "./withheld_reasons.ts";

/** Codes of the attributes that the rules change, add or leave out, ascending. */
const written = [
  AttributeCode.origin,
  AttributeCode.asPath,
  AttributeCode.nextHop,
  AttributeCode.localPref,
  AttributeCode.communities,
  AttributeCode.originatorId,
  AttributeCode.clusterList,
  AttributeCode.onlyToCustomer,
];

/** The same for internal peers that get the state of origins (RFC 8097). */
const writtenWithState = [...written, AttributeCode.extendedCommunities].sort((a, b) => a - b);

/** A bit of the first octet of an extended community (RFC 4360 §2). */
const nonTransitive = 0x40;
/** The first octet of the community of RFC 8097 §2; the second one is 0. */
const originStateType = 0x43;

export class ExportRules {
  readonly #target: ExportTarget;
  readonly #family: FamilyId;
  readonly #hop: ExportHop;
  readonly #offsets = new AttributeOffsets();
  readonly #path = new PathEditor();
  readonly #merge = new OrderedMerge();
  readonly #rule: MergeRule;
  /** What RPKI data say of the origin of the set that is written next, for peers that get it (RFC 8097). */
  originState: Ovs = Ovs.none;
  /** The peer is neither of our AS nor of our confederation. */
  readonly #outside: boolean;
  /** The path begins with our ASN because an operator wrote it so. What a policy prepends comes on top. */
  #keepsFront = false;
  /** Why {@link mayLeave} or {@link write} withheld the last set, unless its next hop is the reason. */
  #withheld: string | undefined;
  // Of the set that is being written:
  #source: ExportSource = ourselves;
  /** Bits of {@link Explicit}. */
  #explicit = 0;
  #nextHop: Uint8Array = new Uint8Array(0);
  /** Communities that are added. */
  #added: number[] = [];
  /** A route server passes it on as it is (RFC 7947 §2.2). */
  #transparent = false;
  /** It goes from an internal peer to an internal peer (RFC 4456). */
  #reflected = false;

  constructor(target: ExportTarget, family: FamilyId) {
    this.#target = target;
    this.#family = family;
    this.#hop = new ExportHop(target, family);
    this.#outside = isOutside(target.context);
    this.#rule = {
      codes: this.tellsOriginState ? writtenWithState : written,
      write: (out, wire, attribute) => this.#write(out, wire, attribute),
      passes: (out, wire, attribute) => this.#passes(out, wire, attribute),
    };
  }

  /** Routes tell the peer the state of their origins (RFC 8097). */
  get tellsOriginState(): boolean {
    const { context, policy } = this.#target;
    return policy.sendsOriginStates === true && context.internal && isUnicast(this.#family);
  }

  /** The exported set: the first {@link length} octets, until the next call. */
  get bytes(): Uint8Array {
    return this.#merge.out.bytes;
  }

  get length(): number {
    return this.#merge.out.length;
  }

  /** Why the last set is withheld from this peer. */
  get reason(): string | undefined {
    return this.#withheld ?? this.#hop.reason;
  }

  /** False: the peer does not want the routes with the set that {@link write} made, see {@link reason}. */
  get isWanted(): boolean {
    const { routeTargets } = this.#target;
    if (routeTargets === undefined || routeTargets.wants(this.bytes.subarray(0, this.length))) return true;
    this.#withheld = withheldTexts.routeTargets;
    return false;
  }

  /** Filters and rewrites a canonical set from `source`. False: it is withheld from this peer, see {@link reason}. */
  apply(wire: Uint8Array, start: number, length: number, source: ExportSource): boolean {
    return this.mayLeave(wire, start, length, source) && this.write(wire, start, length, source, 0);
  }

  /** Evaluated before any export policy: a community that such a policy adds is for the receiver. */
  mayLeave(wire: Uint8Array, start: number, length: number, source: ExportSource): boolean {
    this.#hop.reason = undefined;
    const offsets = this.#offsets;
    offsets.find(wire, start, start + length);
    this.#keepsFront = source.local && offsets.firstAsn(wire) === this.#target.context.localAsn;
    this.#withheld = whyFiltered(wire, offsets, source, this.#target, this.#family);
    return this.#withheld === undefined;
  }

  /**
   * Writes the exported set of a set that {@link mayLeave}, or of what an export policy made of it. `explicit`: what
   * the policy set itself, as bits of {@link Explicit}; the rules leave that alone. False: the set is withheld from
   * this peer, see {@link reason}.
   */
  write(wire: Uint8Array, start: number, length: number, source: ExportSource, explicit: number): boolean {
    this.#withheld = undefined;
    const offsets = this.#offsets;
    offsets.find(wire, start, start + length);
    const { context, policy } = this.#target;
    if (source.local && policy.rejectAsSets !== "never" && offsets.hasSets(wire)) {
      this.#withheld = withheldTexts.ownAsSet;
      return false;
    }
    const given = offsets.nextHop === -1 ? undefined : wire.subarray(offsets.nextHop, offsets.nextHopEnd);
    const wanted = (explicit & Explicit.nextHopSelf) !== 0
      ? "self"
      : (explicit & Explicit.nextHop) !== 0
      ? "given"
      : undefined;
    const nextHop = this.#hop.choose(given, source, wanted);
    if (nextHop === undefined) return false;
    this.#source = source;
    this.#explicit = explicit;
    this.#nextHop = nextHop;
    this.#added = this.#communitiesToAdd(wire);
    this.#transparent = this.#outside && policy.routeServerClient && !source.local;
    this.#reflected = context.internal && source.internal && !source.local;
    this.#merge.merge(wire, start, start + length, this.#rule);
    return true;
  }

  /** A learned route goes to a peer outside of our AS and confederation. */
  get #leavesAs(): boolean {
    return this.#outside && !this.#source.local;
  }

  /** RFC 8097 §2: the state of an origin that an external peer claims is not heeded, so no internal peer gets it. */
  get #mayState(): boolean {
    return this.#source.local || this.#source.internal;
  }

  /** Writes an attribute that the rules change, add or leave out. */
  #write(out: AttributeWriter, wire: Uint8Array, attribute: AttributeSpan): void {
    const { context, policy, clusterId } = this.#target;
    const { code, value, end, isMissing } = attribute;
    switch (code) {
      case AttributeCode.origin:
        if (!isMissing) break;
        out.header(WELL_KNOWN, code, 1);
        return out.write8(0);
      case AttributeCode.asPath:
        return this.#writePath(out, wire);
      case AttributeCode.nextHop:
        out.header(WELL_KNOWN, code, this.#nextHop.length);
        return out.copy(this.#nextHop, 0, this.#nextHop.length);
      case AttributeCode.localPref:
        // RFC 4271 §5.1.5: "MUST NOT" be sent to external peers. RFC 5065 §4.1: members of a confederation are not
        // external.
        if (this.#outside) return;
        if (!isMissing && !policy.gracefulShutdown) break;
        // RFC 4271 §5.1.5: "SHALL" be sent to internal peers. RFC 8326 §4: the lowest value, to drain a link.
        out.header(WELL_KNOWN, code, 4);
        return out.write32(policy.gracefulShutdown || this.#isDrained(wire) ? 0 : defaultLocalPref);
      case AttributeCode.communities: {
        if (this.#added.length === 0) break;
        const flags = isMissing ? OPTIONAL_TRANSITIVE : wire[attribute.at]! & ~AttributeFlag.extendedLength;
        return out.communities(flags, wire, this.#offsets, this.#added);
      }
      case AttributeCode.originatorId:
        // RFC 4456 §8: ORIGINATOR_ID and CLUSTER_LIST have a meaning within an AS only.
        if (!context.internal) return;
        if (!isMissing || !this.#reflected) break;
        out.header(OPTIONAL_NON_TRANSITIVE, code, 4);
        return out.write32(this.#source.routerId);
      case AttributeCode.clusterList:
        if (!context.internal) return;
        // RFC 4456 §8: a reflector adds its cluster id.
        if (!this.#reflected) break;
        out.header(OPTIONAL_NON_TRANSITIVE, code, end - value + 4);
        out.write32(clusterId);
        return out.copy(wire, value, end);
      case AttributeCode.extendedCommunities:
        if (this.originState === Ovs.none && this.#mayState) break;
        return writeWithState(out, wire, attribute, this.originState);
      case AttributeCode.onlyToCustomer:
        // RFC 9234 §5: to a customer, a peer or a client of a route server "an OTC Attribute MUST be added with a value
        // equal to the AS number of the local AS".
        if (!isMissing || !goesDownOrAside(context.role) || !hasRoles(this.#family)) break;
        out.header(OPTIONAL_TRANSITIVE, code, 4);
        return out.write32(context.localAsn);
    }
    if (!isMissing) out.copy(wire, attribute.at, end);
  }

  /** Whether an attribute of another code leaves as it is. */
  #passes(out: AttributeWriter, wire: Uint8Array, attribute: AttributeSpan): boolean {
    switch (attribute.code) {
      case AttributeCode.multiExitDisc:
        // RFC 4271 §5.1.4: a MED "MUST NOT be propagated to other neighboring ASes". A MED that this speaker set may be
        // sent.
        return !this.#leavesAs || this.#transparent || (this.#explicit & Explicit.med) !== 0;
      case AttributeCode.extendedCommunities:
        if (this.#leavesAs) return !writeTransitive(out, wire, attribute, 8);
        return this.#mayState || !writeKept(out, wire, attribute, 8, (at) => !isOriginState(wire, at));
      case AttributeCode.ipv6ExtendedCommunities:
        return !this.#leavesAs || !writeTransitive(out, wire, attribute, 20);
      case AttributeCode.aigp:
        // RFC 7311 §3.1: sent only over sessions within one administration.
        return carriesAigp(this.#target.context);
      default:
        return !staysHere(wire, attribute);
    }
  }

  #writePath(out: AttributeWriter, wire: Uint8Array): void {
    const { context, policy } = this.#target;
    const { asPath, asPathEnd } = this.#offsets;
    const path = this.#path;
    path.take(wire, Math.max(asPath, 0), Math.max(asPathEnd, 0));
    if (this.#outside) {
      const { localAsn, remoteAsn } = context;
      path.dropConfederation();
      // RFC 4271 §5.1.2 b: our ASN comes first in a path that leaves the AS. RFC 7947 §2.2.2.1: not for a route server.
      const leads = !this.#transparent && !this.#keepsFront;
      if (policy.asOverride) path.replace(remoteAsn, localAsn);
      if (leads && policy.prependAsn !== undefined) path.prepend(policy.prependAsn, SegmentType.sequence);
      // Examined is everything behind our ASN of the session, `prepend_asn` included.
      if (policy.removePrivateAs === "all") path.removePrivate(localAsn, remoteAsn);
      else if (policy.removePrivateAs === "replace") path.replacePrivate(localAsn, localAsn, remoteAsn);
      if (leads) path.prepend(localAsn, SegmentType.sequence);
    } else if (context.confederation === true) {
      // RFC 5065 §4.1 b: our ASN goes in front, in a segment of the confederation.
      path.prepend(context.localAsn, SegmentType.confedSequence);
    }
    out.header(WELL_KNOWN, AttributeCode.asPath, path.length);
    out.copy(path.bytes, 0, path.length);
  }

  /** RFC 8326 §4: the route has the community GRACEFUL_SHUTDOWN. */
  #isDrained(wire: Uint8Array): boolean {
    return this.#offsets.hasCommunity(wire, WellKnownCommunity.gracefulShutdown);
  }

  #communitiesToAdd(wire: Uint8Array): number[] {
    const offsets = this.#offsets;
    const added: number[] = [];
    // RFC 8326 §4: routes of a session that is about to be shut down are marked.
    if (this.#target.policy.gracefulShutdown && !offsets.hasCommunity(wire, WellKnownCommunity.gracefulShutdown)) {
      added.push(WellKnownCommunity.gracefulShutdown);
    }
    // RFC 7999 §3.2: "SHOULD add the NO_ADVERTISE or NO_EXPORT community".
    if (
      !this.#outside && !this.#source.local && offsets.hasCommunity(wire, WellKnownCommunity.blackhole) &&
      !offsets.hasCommunity(wire, WellKnownCommunity.noExport)
    ) added.push(WellKnownCommunity.noExport);
    return added;
  }
}

/**
 * Whether an attribute is not passed on. Attributes that bgpd does not know or interpret are, except those that are
 * meant for this session only and those that implementations read differently.
 */
function staysHere(wire: Uint8Array, { code, at, value, end }: AttributeSpan): boolean {
  const flags = wire[at]!;
  if ((flags & AttributeFlag.optional) === 0) return false;
  const row = attributeRow(code);
  if (row !== undefined && row.opaque !== true) return false;
  // RFC 4271 §5: an optional attribute that is neither transitive nor known is not passed on.
  return (flags & AttributeFlag.transitive) === 0 || row?.readsAlike?.(wire, value, end) === false;
}

/** Writes extended communities without those that end at the border of the AS (RFC 4360 §6), as {@link writeKept}. */
function writeTransitive(out: AttributeWriter, wire: Uint8Array, attribute: AttributeSpan, size: number): boolean {
  return writeKept(out, wire, attribute, size, (at) => (wire[at]! & nonTransitive) === 0);
}

/** Writes the extended communities of `size` octets that are kept. False: all of them are, and nothing is written. */
function writeKept(
  out: AttributeWriter,
  wire: Uint8Array,
  attribute: AttributeSpan,
  size: number,
  isKept: (at: number) => boolean,
): boolean {
  const { code, value, end } = attribute;
  let kept = 0;
  for (let at = value; at < end; at += size) if (isKept(at)) kept++;
  if (kept * size === end - value) return false;
  if (kept === 0) return true;
  out.header(wire[attribute.at]! & ~AttributeFlag.extendedLength, code, kept * size);
  for (let at = value; at < end; at += size) if (isKept(at)) out.copy(wire, at, at + size);
  return true;
}

function isOriginState(wire: Uint8Array, at: number): boolean {
  return wire[at] === originStateType && wire[at + 1] === 0;
}

/** By {@link Ovs}: the value that RFC 8097 §2 gives to a state. */
const communityValue = [undefined, OriginStates.valid, OriginStates.invalid, OriginStates.notFound] as const;

/** Writes extended communities with the one of RFC 8097 for this state, in place of others of this kind. */
function writeWithState(out: AttributeWriter, wire: Uint8Array, attribute: AttributeSpan, ovs: Ovs): void {
  const { code, value, end, isMissing } = attribute;
  const isOther = (at: number) => !isOriginState(wire, at);
  let kept = 0;
  for (let at = value; at < end; at += 8) if (isOther(at)) kept++;
  const state = communityValue[ovs];
  const count = kept + (state === undefined ? 0 : 1);
  if (count === 0) return;
  out.header(isMissing ? OPTIONAL_TRANSITIVE : wire[attribute.at]! & ~AttributeFlag.extendedLength, code, 8 * count);
  for (let at = value; at < end; at += 8) if (isOther(at)) out.copy(wire, at, at + 8);
  if (state === undefined) return;
  out.write32((originStateType << 24) >>> 0);
  out.write32(state);
}
