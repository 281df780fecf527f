/**
 * How an attribute set leaves for a kind of peer: what RFC 4271 §5 demands, allows and forbids there, reflection
 * (RFC 4456), route servers (RFC 7947) and the well-known communities (RFC 1997, 7999, 8326).
 *
 * It works on the canonical bytes, one set at a time; what comes of it is kept per set (see export_map.ts), so a route
 * costs a look-up.
 */

import {
  AttributeCode,
  AttributeFlag,
  attributeRow,
  type UpdateContext,
  writeAttributeHeader,
} from "../message/mod.ts";
import { family as familyRow, type FamilyId, maskHas } from "../types/mod.ts";
import type { RouteSource } from "./adj_rib_in.ts";
import { defaultLocalPref, readUint32 } from "./attribute_keys.ts";
import { WellKnown } from "./communities.ts";
import { writePrepended } from "./prepend.ts";

/** What an operator says about routes to a peer. */
export interface ExportPolicy {
  /**
   * `none`: what this speaker originates, nothing learned. `local`: also what others of our AS originate, learned from
   * internal peers with an empty AS_PATH. `all`: all best routes, as the rules below permit.
   */
  readonly export: "none" | "local" | "all";
  /** `auto`: this speaker towards external peers, unchanged towards internal ones and clients of a route server. */
  readonly nextHop: "auto" | "self" | "unchanged";
  readonly routeReflectorClient: boolean;
  readonly routeServerClient: boolean;
}

/** Where a session stands in the network: addresses of 4 or 16 octets. */
export interface SessionAddresses {
  readonly localAddress: Uint8Array;
  /** Next hop self of IPv6 routes over a session between IPv4 addresses, and the other way round. */
  readonly localAddressV6?: Uint8Array | undefined;
  readonly localAddressV4?: Uint8Array | undefined;
  readonly remoteAddress: Uint8Array;
}

export interface ExportTarget {
  readonly context: UpdateContext;
  readonly addresses: SessionAddresses;
  readonly policy: ExportPolicy;
  readonly clusterId: number;
}

/** The source of a route as far as the rules ask. */
export interface ExportSource extends Pick<RouteSource, "internal" | "routerId"> {
  /** Originated by this speaker. */
  readonly local: boolean;
  readonly reflectorClient: boolean;
}

export class ExportRules {
  /** The exported set: the first {@link length} octets, until the next call. */
  readonly bytes = new Uint8Array(66_560);
  length = 0;
  /** Why the last set has no next hop that this session can carry. */
  trouble: string | undefined;

  readonly #target: ExportTarget;
  readonly #family: FamilyId;
  readonly #self: Uint8Array | undefined;
  // Where the attributes stand that the rules look at; -1: they are not there.
  #path = -1;
  #pathEnd = -1;
  #hop = -1;
  #hopEnd = -1;
  #communities = -1;
  #communitiesEnd = -1;

  constructor(target: ExportTarget, family: FamilyId) {
    this.#target = target;
    this.#family = family;
    this.#self = selfNextHop(family, target.context, target.addresses);
  }

  /** False: a route with this canonical set from there is not for this peer. */
  apply(wire: Uint8Array, start: number, length: number, source: ExportSource): boolean {
    const end = start + length;
    this.trouble = undefined;
    this.#locate(wire, start, end);
    if (!this.#mayLeave(wire, source)) return false;
    const nextHop = this.#nextHop(wire, source);
    if (nextHop === undefined) return false;
    this.#write(wire, start, end, source, nextHop);
    return true;
  }

  #mayLeave(wire: Uint8Array, source: ExportSource): boolean {
    // What an operator announced himself leaves with any community: it is meant for the receiver.
    if (source.local) return true;
    const { context, policy } = this.#target;
    if (policy.export === "none") return false;
    if (policy.export === "local" && !(source.internal && this.#pathEnd === this.#path)) return false;
    // RFC 4271 §9.2.1: routes of internal peers are not for internal peers; RFC 4456 §6: unless one of both is a client.
    if (context.internal && source.internal && !(policy.routeReflectorClient || source.reflectorClient)) return false;
    // RFC 7947 §2.2.4: communities are not for the route server to interpret.
    if (policy.routeServerClient && !context.internal) return true;
    for (let at = this.#communities; at < this.#communitiesEnd; at += 4) {
      switch (readUint32(wire, at)) {
        case WellKnown.noAdvertise:
          return false;
        // RFC 1997: both keep a route within the AS where there is no confederation. RFC 7999 §3.2: so does BLACKHOLE.
        case WellKnown.noExport:
        case WellKnown.noExportSubconfed:
        case WellKnown.blackhole:
          if (!context.internal) return false;
      }
    }
    return true;
  }

  /** RFC 4271 §5.1.3, RFC 4456 §10, RFC 7947 §2.2.1. */
  #nextHop(wire: Uint8Array, source: ExportSource): Uint8Array | undefined {
    const { context, policy } = this.#target;
    const given = this.#hop === -1 ? undefined : wire.subarray(this.#hop, this.#hopEnd);
    const reflected = context.internal && source.internal;
    const wantsSelf = given === undefined || (!source.local && !reflected && (
      policy.nextHop === "self" ||
      (policy.nextHop === "auto" && !context.internal && !policy.routeServerClient)
    ));
    const hop = wantsSelf ? this.#self ?? given : given;
    if (hop === undefined) {
      this.trouble = "this session has no address for it; give it a next_hop";
      return undefined;
    }
    if (!canCarry(this.#family, hop, context)) {
      this.trouble = "its next hop is of the other address family";
      return undefined;
    }
    // RFC 2545 §3: a link-local address means something on its own link only.
    return hop.length === 32 ? hop.subarray(0, 16) : hop;
  }

  #locate(wire: Uint8Array, start: number, end: number): void {
    this.#path = this.#hop = this.#communities = -1;
    this.#pathEnd = this.#hopEnd = this.#communitiesEnd = -1;
    for (let at = start; at < end && wire[at + 1]! <= AttributeCode.communities;) {
      const value = valueStart(wire, at);
      const next = valueEnd(wire, at);
      switch (wire[at + 1]) {
        case AttributeCode.asPath:
          this.#path = value;
          this.#pathEnd = next;
          break;
        case AttributeCode.nextHop:
          this.#hop = value;
          this.#hopEnd = next;
          break;
        case AttributeCode.communities:
          this.#communities = value;
          this.#communitiesEnd = next;
          break;
      }
      at = next;
    }
  }

  /** Copies the attributes that pass, in order, with those between them that have to be there. */
  #write(wire: Uint8Array, start: number, end: number, source: ExportSource, nextHop: Uint8Array): void {
    const { context, policy, clusterId } = this.#target;
    const external = !context.internal;
    const transparent = external && policy.routeServerClient && !source.local;
    const reflected = context.internal && source.internal && !source.local;
    this.length = 0;
    let written = 0;
    /** Writes what must stand before an attribute of this code. */
    const upTo = (code: number) => {
      for (; written < code; written++) {
        switch (written) {
          case AttributeCode.origin:
            this.#attribute(AttributeFlag.transitive, AttributeCode.origin, 1);
            this.bytes[this.length++] = 0;
            break;
          case AttributeCode.asPath:
            this.#writePath(wire, source, external && !transparent);
            break;
          case AttributeCode.nextHop:
            this.#attribute(AttributeFlag.transitive, AttributeCode.nextHop, nextHop.length);
            for (let i = 0; i < nextHop.length; i++) this.bytes[this.length++] = nextHop[i]!;
            break;
          case AttributeCode.localPref:
            // RFC 4271 §5.1.5: "SHALL" be there towards internal peers. RFC 8326 §4.2: the lowest, to drain a link.
            if (external) break;
            this.#attribute(AttributeFlag.transitive, AttributeCode.localPref, 4);
            this.#write32(this.#hasCommunity(wire, WellKnown.gracefulShutdown) ? 0 : defaultLocalPref);
            break;
          case AttributeCode.originatorId:
            if (!reflected) break;
            this.#attribute(AttributeFlag.optional, AttributeCode.originatorId, 4);
            this.#write32(source.routerId);
            break;
          case AttributeCode.clusterList:
            if (!reflected) break;
            this.#attribute(AttributeFlag.optional, AttributeCode.clusterList, 4);
            this.#write32(clusterId);
            break;
        }
      }
    };
    for (let at = start; at < end;) {
      const flags = wire[at]!;
      const code = wire[at + 1]!;
      const value = valueStart(wire, at);
      const next = valueEnd(wire, at);
      const from = at;
      at = next;
      upTo(code);
      switch (code) {
        case AttributeCode.asPath:
        case AttributeCode.nextHop:
          continue; // upTo writes them at their place, changed.
        case AttributeCode.multiExitDisc:
          // RFC 4271 §5.1.4: "MUST NOT be propagated to other neighboring ASes"; ours to begin with is another matter.
          if (external && !source.local && !transparent) continue;
          break;
        case AttributeCode.localPref:
          // RFC 4271 §5.1.5: "MUST NOT" be there towards external peers.
          written = code + 1;
          if (external) continue;
          break;
        case AttributeCode.communities:
          if (!external && !source.local && this.#needsNoExport(wire)) {
            this.#attribute(flags & ~AttributeFlag.extendedLength, code, next - value + 4);
            this.#copy(wire, value, next);
            this.#write32(WellKnown.noExport);
            continue;
          }
          break;
        case AttributeCode.originatorId:
          // RFC 4456 §8: both are for within an AS; who reflects keeps the one and adds to the other.
          written = code + 1;
          if (external) continue;
          break;
        case AttributeCode.clusterList:
          written = code + 1;
          if (external) continue;
          if (reflected) {
            this.#attribute(AttributeFlag.optional, code, next - value + 4);
            this.#write32(clusterId);
            this.#copy(wire, value, next);
            continue;
          }
          break;
        case AttributeCode.extendedCommunities:
          if (external && !source.local && this.#copyTransitive(wire, flags, code, value, next, 8)) continue;
          break;
        case AttributeCode.ipv6ExtendedCommunities:
          if (external && !source.local && this.#copyTransitive(wire, flags, code, value, next, 20)) continue;
          break;
        case AttributeCode.aigp:
          // RFC 7311 §3.1: only where both ends are of one administration.
          if (external) continue;
          break;
        default:
          // RFC 4271 §5: an optional attribute that is not transitive and not known goes no further.
          if ((flags & AttributeFlag.optional) !== 0 && (flags & AttributeFlag.transitive) === 0) {
            const row = attributeRow(code);
            if (row === undefined || row.opaque === true) continue;
          }
      }
      this.#copy(wire, from, next);
      written = code + 1;
    }
    upTo(AttributeCode.clusterList + 1);
  }

  /** RFC 4271 §5.1.2: our ASN is the first of a path that leaves the AS. */
  #writePath(wire: Uint8Array, source: ExportSource, prepend: boolean): void {
    const start = this.#path === -1 ? 0 : this.#path;
    const end = this.#path === -1 ? 0 : this.#pathEnd;
    if (!prepend) {
      this.#attribute(AttributeFlag.transitive, AttributeCode.asPath, end - start);
      this.#copy(wire, start, end);
      return;
    }
    this.length = writePrepended(
      this.bytes,
      this.length,
      wire,
      start,
      end,
      this.#target.context.localAsn,
      source.local,
    );
  }

  /** Ext. communities without those that end at the border of the AS (RFC 4360 §6); false where all pass. */
  #copyTransitive(wire: Uint8Array, flags: number, code: number, start: number, end: number, size: number): boolean {
    let kept = 0;
    for (let at = start; at < end; at += size) if ((wire[at]! & 0x40) === 0) kept++;
    if (kept * size === end - start) return false;
    if (kept === 0) return true;
    this.#attribute(flags & ~AttributeFlag.extendedLength, code, kept * size);
    for (let at = start; at < end; at += size) if ((wire[at]! & 0x40) === 0) this.#copy(wire, at, at + size);
    return true;
  }

  /** RFC 7999 §3.2: "SHOULD add the NO_ADVERTISE or NO_EXPORT community". */
  #needsNoExport(wire: Uint8Array): boolean {
    return this.#hasCommunity(wire, WellKnown.blackhole) && !this.#hasCommunity(wire, WellKnown.noExport);
  }

  #hasCommunity(wire: Uint8Array, community: number): boolean {
    for (let at = this.#communities; at < this.#communitiesEnd; at += 4) {
      if (readUint32(wire, at) === community) return true;
    }
    return false;
  }

  #attribute(flags: number, code: number, length: number): void {
    this.length = writeAttributeHeader(this.bytes, this.length, flags, code, length);
  }

  #copy(wire: Uint8Array, start: number, end: number): void {
    const bytes = this.bytes;
    let to = this.length;
    for (let at = start; at < end; at++) bytes[to++] = wire[at]!;
    this.length = to;
  }

  #write32(value: number): void {
    const bytes = this.bytes;
    bytes[this.length++] = value >>> 24;
    bytes[this.length++] = value >>> 16;
    bytes[this.length++] = value >>> 8;
    bytes[this.length++] = value;
  }
}

function valueStart(wire: Uint8Array, at: number): number {
  return at + ((wire[at]! & AttributeFlag.extendedLength) !== 0 ? 4 : 3);
}

function valueEnd(wire: Uint8Array, at: number): number {
  return (wire[at]! & AttributeFlag.extendedLength) !== 0
    ? at + 4 + ((wire[at + 2]! << 8) | wire[at + 3]!)
    : at + 3 + wire[at + 2]!;
}

/** RFC 4271 §5.1.3: the address the session is on, where it is of the family the NLRI needs. */
function selfNextHop(family: FamilyId, context: UpdateContext, addresses: SessionAddresses): Uint8Array | undefined {
  const { localAddress, localAddressV4, localAddressV6 } = addresses;
  const wanted = familyRow(family).addressBytes;
  if (localAddress.length === wanted) return localAddress;
  if (wanted === 16) return localAddressV6;
  return localAddressV4 ?? (maskHas(context.extendedNextHop, family) ? localAddress : undefined);
}

/** RFC 8950 §3: IPv4 routes have IPv6 next hops where both sides agreed on it. RFC 2545 §3: IPv6 routes, IPv6 ones only. */
function canCarry(family: FamilyId, nextHop: Uint8Array, context: UpdateContext): boolean {
  const length = nextHop.length;
  if (familyRow(family).addressBytes === 16) return length === 16 || length === 32;
  return length === 4 || maskHas(context.extendedNextHop, family);
}
