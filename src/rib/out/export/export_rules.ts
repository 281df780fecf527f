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
  nextAttribute,
  SegmentType,
  valueStart,
  WellKnownCommunity,
} from "../../../message/mod.ts";
import { Explicit } from "../../../policy/mod.ts";
import type { FamilyId } from "../../../types/mod.ts";
import { defaultLocalPref } from "../../table/attribute_keys.ts";
import { AttributePlaces } from "../../attributes/attribute_offsets.ts";
import { AttributeWriter } from "../../attributes/attribute_writer.ts";
import { goesDownOrAside, hasRoles } from "../../attributes/roles.ts";
import { whyFiltered } from "./export_filter.ts";
import { ExportHop } from "./export_hop.ts";
import { type ExportSource, type ExportTarget, isOutside, ourselves } from "./export_target.ts";
import { PathEditor } from "../../attributes/path_editor.ts";

export class ExportRules {
  readonly #target: ExportTarget;
  readonly #family: FamilyId;
  readonly #hop: ExportHop;
  readonly #places = new AttributePlaces();
  readonly #path = new PathEditor();
  readonly #out = new AttributeWriter();
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
  }

  /** The exported set: the first {@link length} octets, until the next call. */
  get bytes(): Uint8Array {
    return this.#out.bytes;
  }

  get length(): number {
    return this.#out.length;
  }

  /** Why the last set is withheld from this peer. */
  get reason(): string | undefined {
    return this.#withheld ?? this.#hop.reason;
  }

  /** Filters and rewrites a canonical set from `source`. False: it is withheld from this peer, see {@link reason}. */
  apply(wire: Uint8Array, start: number, length: number, source: ExportSource): boolean {
    return this.mayLeave(wire, start, length, source) && this.write(wire, start, length, source, 0);
  }

  /** Evaluated before any export policy: a community that such a policy adds is for the receiver. */
  mayLeave(wire: Uint8Array, start: number, length: number, source: ExportSource): boolean {
    this.#hop.reason = undefined;
    const places = this.#places;
    places.find(wire, start, start + length);
    this.#keepsFront = source.local && places.firstAsn(wire) === this.#target.context.localAsn;
    this.#withheld = whyFiltered(wire, places, source, this.#target, this.#family);
    return this.#withheld === undefined;
  }

  /**
   * Writes the exported set of a set that {@link mayLeave}, or of what an export policy made of it. `explicit`: what
   * the policy set itself, as bits of {@link Explicit}; the rules leave that alone. False: the set is withheld from
   * this peer, see {@link reason}.
   */
  write(wire: Uint8Array, start: number, length: number, source: ExportSource, explicit: number): boolean {
    this.#withheld = undefined;
    const places = this.#places;
    places.find(wire, start, start + length);
    const { context, policy } = this.#target;
    if (source.local && policy.rejectAsSets !== "never" && places.hasSets(wire)) {
      this.#withheld = "its AS path has an AS_SET, and the peer has not reject_as_sets = false (RFC 9774)";
      return false;
    }
    const given = places.hop === -1 ? undefined : wire.subarray(places.hop, places.hopEnd);
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
    this.#writeAll(wire, start, start + length);
    return true;
  }

  /** Writes the attributes of the set and, in order of code, those that must be added. */
  #writeAll(wire: Uint8Array, start: number, end: number): void {
    this.#out.clear();
    /** Attributes below this code are written. */
    let written = 0;
    for (let at = start; at < end;) {
      const code = wire[at + 1]!;
      const next = nextAttribute(wire, at);
      for (; written < code; written++) this.#writeMissing(wire, written);
      if (this.#writePresent(wire, at, next)) written = code + 1;
      at = next;
    }
    for (; written <= AttributeCode.onlyToCustomer; written++) this.#writeMissing(wire, written);
  }

  /** Writes an attribute of the set as it leaves, or nothing. False: {@link #writeMissing} writes it anew. */
  #writePresent(wire: Uint8Array, at: number, next: number): boolean {
    const { context, policy, clusterId } = this.#target;
    const out = this.#out;
    const flags = wire[at]!;
    const code = wire[at + 1]!;
    const value = valueStart(wire, at);
    switch (code) {
      case AttributeCode.asPath:
      case AttributeCode.nextHop:
        return false;
      case AttributeCode.localPref:
        // RFC 8326 §4: another value leaves.
        if (policy.gracefulShutdown) return false;
        break;
      case AttributeCode.communities:
        if (this.#added.length === 0) break;
        this.#writeCommunities(wire, flags, value, next);
        return true;
      case AttributeCode.clusterList:
        // RFC 4456 §8: a reflector adds its cluster id.
        if (!context.internal || !this.#reflected) break;
        out.header(AttributeFlag.optional, code, next - value + 4);
        out.write32(clusterId);
        out.copy(wire, value, next);
        return true;
      case AttributeCode.extendedCommunities:
        if (this.#leavesAs && this.#copyTransitive(wire, at, next, 8)) return true;
        break;
      case AttributeCode.ipv6ExtendedCommunities:
        if (this.#leavesAs && this.#copyTransitive(wire, at, next, 20)) return true;
        break;
    }
    if (this.#passes(wire, at, value, next)) out.copy(wire, at, next);
    return true;
  }

  /** A learned route goes to a peer outside of our AS and confederation. */
  get #leavesAs(): boolean {
    return this.#outside && !this.#source.local;
  }

  /** Whether an attribute leaves as it is; if not, it does not leave. */
  #passes(wire: Uint8Array, at: number, value: number, next: number): boolean {
    const { context } = this.#target;
    switch (wire[at + 1]) {
      case AttributeCode.multiExitDisc:
        // RFC 4271 §5.1.4: a MED "MUST NOT be propagated to other neighboring ASes". A MED that this speaker set may be
        // sent.
        return !this.#leavesAs || this.#transparent || (this.#explicit & Explicit.med) !== 0;
      case AttributeCode.localPref:
        // RFC 4271 §5.1.5: "MUST NOT" be sent to external peers. RFC 5065 §4.1: members of a confederation are not
        // external.
        return !this.#outside;
      case AttributeCode.originatorId:
      case AttributeCode.clusterList:
        // RFC 4456 §8: both have a meaning within an AS only.
        return context.internal;
      case AttributeCode.communities:
      case AttributeCode.extendedCommunities:
      case AttributeCode.ipv6ExtendedCommunities:
        return true;
      case AttributeCode.aigp:
        // RFC 7311 §3.1: sent only over sessions within one administration.
        return carriesAigp(context);
      default:
        return !staysHere(wire, at, value, next);
    }
  }

  /** Writes an attribute that the set does not have, or that never leaves as it is. */
  #writeMissing(wire: Uint8Array, code: number): void {
    const { context, policy, clusterId } = this.#target;
    const out = this.#out;
    switch (code) {
      case AttributeCode.origin:
        out.header(AttributeFlag.transitive, code, 1);
        out.write8(0);
        break;
      case AttributeCode.asPath:
        this.#writePath(wire);
        break;
      case AttributeCode.nextHop:
        out.header(AttributeFlag.transitive, code, this.#nextHop.length);
        out.copy(this.#nextHop, 0, this.#nextHop.length);
        break;
      case AttributeCode.localPref: {
        // RFC 4271 §5.1.5: "SHALL" be sent to internal peers. RFC 8326 §4: the lowest value, to drain a link.
        if (this.#outside) break;
        const drained = policy.gracefulShutdown ||
          this.#places.hasCommunity(wire, WellKnownCommunity.gracefulShutdown);
        out.header(AttributeFlag.transitive, code, 4);
        out.write32(drained ? 0 : defaultLocalPref);
        break;
      }
      case AttributeCode.communities:
        if (this.#added.length > 0) {
          this.#writeCommunities(wire, AttributeFlag.optional | AttributeFlag.transitive, 0, 0);
        }
        break;
      case AttributeCode.originatorId:
        if (!this.#reflected) break;
        out.header(AttributeFlag.optional, code, 4);
        out.write32(this.#source.routerId);
        break;
      case AttributeCode.clusterList:
        if (!this.#reflected) break;
        out.header(AttributeFlag.optional, code, 4);
        out.write32(clusterId);
        break;
      case AttributeCode.onlyToCustomer:
        // RFC 9234 §5: to a customer, a peer or a client of a route server "an OTC Attribute MUST be added with a value
        // equal to the AS number of the local AS".
        if (!goesDownOrAside(context.role) || !hasRoles(this.#family)) break;
        out.header(AttributeFlag.optional | AttributeFlag.transitive, code, 4);
        out.write32(context.localAsn);
        break;
    }
  }

  #writePath(wire: Uint8Array): void {
    const { context, policy } = this.#target;
    const places = this.#places;
    const path = this.#path;
    path.take(wire, Math.max(places.path, 0), Math.max(places.pathEnd, 0));
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
    this.#out.header(AttributeFlag.transitive, AttributeCode.asPath, path.length);
    this.#out.copy(path.bytes, 0, path.length);
  }

  /**
   * Writes extended communities of `size` octets without those that end at the border of the AS (RFC 4360 §6). False:
   * all of them may leave, and nothing is written.
   */
  #copyTransitive(wire: Uint8Array, at: number, end: number, size: number): boolean {
    const start = valueStart(wire, at);
    let kept = 0;
    for (let i = start; i < end; i += size) if ((wire[i]! & 0x40) === 0) kept++;
    if (kept * size === end - start) return false;
    if (kept === 0) return true;
    this.#out.header(wire[at]! & ~AttributeFlag.extendedLength, wire[at + 1]!, kept * size);
    for (let i = start; i < end; i += size) if ((wire[i]! & 0x40) === 0) this.#out.copy(wire, i, i + size);
    return true;
  }

  #communitiesToAdd(wire: Uint8Array): number[] {
    const places = this.#places;
    const added: number[] = [];
    // RFC 8326 §4: routes of a session that is about to be shut down are marked.
    if (this.#target.policy.gracefulShutdown && !places.hasCommunity(wire, WellKnownCommunity.gracefulShutdown)) {
      added.push(WellKnownCommunity.gracefulShutdown);
    }
    // RFC 7999 §3.2: "SHOULD add the NO_ADVERTISE or NO_EXPORT community".
    if (
      !this.#outside && !this.#source.local && places.hasCommunity(wire, WellKnownCommunity.blackhole) &&
      !places.hasCommunity(wire, WellKnownCommunity.noExport)
    ) added.push(WellKnownCommunity.noExport);
    return added;
  }

  #writeCommunities(wire: Uint8Array, flags: number, start: number, end: number): void {
    const out = this.#out;
    const plain = flags & ~AttributeFlag.extendedLength;
    out.header(plain, AttributeCode.communities, end - start + 4 * this.#added.length);
    out.copy(wire, start, end);
    for (const community of this.#added) out.write32(community);
  }
}

/**
 * An attribute that bgpd does not know, or does not interpret, leaves; not so one that is meant for this session only,
 * or one that implementations read differently.
 */
function staysHere(wire: Uint8Array, at: number, value: number, next: number): boolean {
  const flags = wire[at]!;
  if ((flags & AttributeFlag.optional) === 0) return false;
  const row = attributeRow(wire[at + 1]!);
  if (row !== undefined && row.opaque !== true) return false;
  // RFC 4271 §5: an optional attribute that is neither transitive nor known is not passed on.
  return (flags & AttributeFlag.transitive) === 0 || row?.readsAlike?.(wire, value, next) === false;
}
