/**
 * How an attribute set leaves for a kind of peer: what RFC 4271 §5 demands, allows and forbids there, reflection
 * (RFC 4456), confederations (RFC 5065), route servers (RFC 7947), roles (RFC 9234) and the well-known communities.
 *
 * It works on the canonical bytes, one set at a time; what comes of it is kept per set (see export_map.ts), so a route
 * costs a look-up. Whether a route leaves at all is asked first (export_filter.ts).
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
import { whyKept } from "./export_filter.ts";
import { ExportHop } from "./export_hop.ts";
import { type ExportSource, type ExportTarget, isOutside } from "./export_target.ts";
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
  /** The path begins with our ASN because an operator wrote it so; what a policy prepends is another matter. */
  #keepsFront = false;
  /** Why {@link mayLeave} said no. */
  #kept: string | undefined;
  /** Communities that the set at hand gets. */
  #added: number[] = [];

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

  /** Why the last set does not go to this peer. */
  get trouble(): string | undefined {
    return this.#kept ?? this.#hop.trouble;
  }

  /** False: a route with this canonical set from there is not for this peer. */
  apply(wire: Uint8Array, start: number, length: number, source: ExportSource): boolean {
    return this.mayLeave(wire, start, length, source) && this.write(wire, start, length, source, 0);
  }

  /** Asked of a set before any policy of export: a community that such a policy adds is for the receiver. */
  mayLeave(wire: Uint8Array, start: number, length: number, source: ExportSource): boolean {
    this.#hop.trouble = undefined;
    const places = this.#places;
    places.find(wire, start, start + length);
    this.#keepsFront = source.local && places.firstAsn(wire) === this.#target.context.localAsn;
    this.#kept = whyKept(wire, places, source, this.#target, this.#family);
    return this.#kept === undefined;
  }

  /**
   * Makes the exported set of one that was said to leave, or of what a policy made of it. `explicit`: what the policy set
   * itself, as bits of {@link Explicit}; the rules leave that as it is. False: it is withheld from this peer, see `trouble`.
   */
  write(wire: Uint8Array, start: number, length: number, source: ExportSource, explicit: number): boolean {
    this.#kept = undefined;
    const places = this.#places;
    places.find(wire, start, start + length);
    if (source.local && this.#target.policy.rejectAsSets !== "never" && places.hasSets(wire)) {
      this.#kept = "its AS path has an AS_SET, and the peer has not reject_as_sets = false (RFC 9774)";
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
    this.#added = this.#communitiesToAdd(wire, source);
    this.#write(wire, start, start + length, source, nextHop, explicit);
    return true;
  }

  /** Copies the attributes that pass, in order, with those between them that have to be there. */
  #write(
    wire: Uint8Array,
    start: number,
    end: number,
    source: ExportSource,
    nextHop: Uint8Array,
    explicit: number,
  ): void {
    const { context, policy, clusterId } = this.#target;
    const out = this.#out;
    const outside = this.#outside;
    const transparent = outside && policy.routeServerClient && !source.local;
    const reflected = context.internal && source.internal && !source.local;
    out.clear();
    let written = 0;
    /** Writes what must stand before an attribute of this code. */
    const upTo = (code: number) => {
      for (; written < code; written++) this.#writeMissing(wire, written, source, nextHop, transparent, reflected);
    };
    for (let at = start; at < end;) {
      const flags = wire[at]!;
      const code = wire[at + 1]!;
      const value = valueStart(wire, at);
      const next = nextAttribute(wire, at);
      const from = at;
      at = next;
      upTo(code);
      switch (code) {
        case AttributeCode.asPath:
        case AttributeCode.nextHop:
          continue; // upTo writes them at their place, changed.
        case AttributeCode.multiExitDisc:
          // RFC 4271 §5.1.4: "MUST NOT be propagated to other neighboring ASes"; ours to begin with is another matter.
          if (outside && !source.local && !transparent && (explicit & Explicit.med) === 0) continue;
          break;
        case AttributeCode.localPref:
          // Where it has to change, upTo writes it.
          if (policy.gracefulShutdown) continue;
          written = code + 1;
          // RFC 4271 §5.1.5: "MUST NOT" be there towards external peers; RFC 5065 §4.1: members of a confederation are none.
          if (outside) continue;
          break;
        case AttributeCode.communities:
          written = code + 1;
          if (this.#added.length > 0) {
            this.#writeCommunities(wire, flags, value, next);
            continue;
          }
          break;
        case AttributeCode.originatorId:
          // RFC 4456 §8: both are for within an AS; who reflects keeps the one and adds to the other.
          written = code + 1;
          if (!context.internal) continue;
          break;
        case AttributeCode.clusterList:
          written = code + 1;
          if (!context.internal) continue;
          if (reflected) {
            out.header(AttributeFlag.optional, code, next - value + 4);
            out.write32(clusterId);
            out.copy(wire, value, next);
            continue;
          }
          break;
        case AttributeCode.extendedCommunities:
          if (outside && !source.local && this.#copyTransitive(wire, flags, code, value, next, 8)) continue;
          break;
        case AttributeCode.ipv6ExtendedCommunities:
          if (outside && !source.local && this.#copyTransitive(wire, flags, code, value, next, 20)) continue;
          break;
        case AttributeCode.aigp:
          // RFC 7311 §3.1: only over sessions of one administration.
          if (!carriesAigp(context)) continue;
          break;
        default:
          if (staysHere(wire, flags, code, value, next)) continue;
      }
      out.copy(wire, from, next);
      written = code + 1;
    }
    upTo(AttributeCode.onlyToCustomer + 1);
  }

  /** An attribute that the set has not, or that never passes as it is. */
  #writeMissing(
    wire: Uint8Array,
    code: number,
    source: ExportSource,
    nextHop: Uint8Array,
    transparent: boolean,
    reflected: boolean,
  ): void {
    const { context, policy, clusterId } = this.#target;
    const out = this.#out;
    switch (code) {
      case AttributeCode.origin:
        out.header(AttributeFlag.transitive, code, 1);
        out.write8(0);
        break;
      case AttributeCode.asPath:
        this.#writePath(wire, transparent);
        break;
      case AttributeCode.nextHop:
        out.header(AttributeFlag.transitive, code, nextHop.length);
        out.copy(nextHop, 0, nextHop.length);
        break;
      case AttributeCode.localPref: {
        // RFC 4271 §5.1.5: "SHALL" be there towards internal peers. RFC 8326 §4: the lowest, to drain a link.
        if (this.#outside) break;
        const drained = policy.gracefulShutdown || this.#places.hasCommunity(wire, WellKnownCommunity.gracefulShutdown);
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
        if (!reflected) break;
        out.header(AttributeFlag.optional, code, 4);
        out.write32(source.routerId);
        break;
      case AttributeCode.clusterList:
        if (!reflected) break;
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

  #writePath(wire: Uint8Array, transparent: boolean): void {
    const { context, policy } = this.#target;
    const places = this.#places;
    const path = this.#path;
    path.take(wire, Math.max(places.path, 0), Math.max(places.pathEnd, 0));
    if (this.#outside) {
      const { localAsn, remoteAsn } = context;
      path.dropConfederation();
      // RFC 4271 §5.1.2 b: our ASN is the first of a path that leaves the AS; RFC 7947 §2.2.2.1: not that of a route server.
      const leads = !transparent && !this.#keepsFront;
      if (policy.asOverride) path.replace(remoteAsn, localAsn);
      if (leads && policy.prependAsn !== undefined) path.prepend(policy.prependAsn, SegmentType.sequence);
      // Whatever stands behind our ASN of the session by now is looked at, the AS that we really are included.
      if (policy.removePrivateAs === "all") path.removePrivate(localAsn, remoteAsn);
      else if (policy.removePrivateAs === "replace") path.replacePrivate(localAsn, localAsn, remoteAsn);
      if (leads) path.prepend(localAsn, SegmentType.sequence);
    } else if (context.confederation === true) {
      // RFC 5065 §4.1 b: ours goes in front, within a segment of the confederation.
      path.prepend(context.localAsn, SegmentType.confedSequence);
    }
    this.#out.header(AttributeFlag.transitive, AttributeCode.asPath, path.length);
    this.#out.copy(path.bytes, 0, path.length);
  }

  /** Ext. communities without those that end at the border of the AS (RFC 4360 §6); false where all pass. */
  #copyTransitive(wire: Uint8Array, flags: number, code: number, start: number, end: number, size: number): boolean {
    let kept = 0;
    for (let at = start; at < end; at += size) if ((wire[at]! & 0x40) === 0) kept++;
    if (kept * size === end - start) return false;
    if (kept === 0) return true;
    this.#out.header(flags & ~AttributeFlag.extendedLength, code, kept * size);
    for (let at = start; at < end; at += size) if ((wire[at]! & 0x40) === 0) this.#out.copy(wire, at, at + size);
    return true;
  }

  #communitiesToAdd(wire: Uint8Array, source: ExportSource): number[] {
    const places = this.#places;
    const added: number[] = [];
    // RFC 8326 §4: routes of a session about to be shut down say so.
    if (this.#target.policy.gracefulShutdown && !places.hasCommunity(wire, WellKnownCommunity.gracefulShutdown)) {
      added.push(WellKnownCommunity.gracefulShutdown);
    }
    // RFC 7999 §3.2: "SHOULD add the NO_ADVERTISE or NO_EXPORT community".
    if (
      !this.#outside && !source.local && places.hasCommunity(wire, WellKnownCommunity.blackhole) &&
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

/** An attribute whose meaning is not ours goes on, but for one that only this session was for, or that readers disagree on. */
function staysHere(wire: Uint8Array, flags: number, code: number, start: number, end: number): boolean {
  if ((flags & AttributeFlag.optional) === 0) return false;
  const row = attributeRow(code);
  if (row !== undefined && row.opaque !== true) return false;
  // RFC 4271 §5: an optional attribute that is not transitive and not known goes no further.
  return (flags & AttributeFlag.transitive) === 0 || row?.readsAlike?.(wire, start, end) === false;
}
