/**
 * The next hop that a route leaves with: RFC 4271 §5.1.3, 4456 §10, 7947 §2.2.1, 2545, 8950.
 *
 * In families whose NLRI are no plain prefixes a route from a peer keeps its next hop: bgpd forwards no packets, and a
 * label has a meaning for its next hop only (RFC 8277 §3.2.2 lets the next hop change where the label does). Routes of
 * FlowSpec have no next hop at all (RFC 8955 §4).
 */

import type { UpdateContext } from "../../../message/mod.ts";
import {
  type FamilyId,
  familyOf,
  isIpv4,
  isNextHop,
  isPrefixFamily,
  maskHas,
  nextHopFault,
  nextHopKind,
} from "../../../types/mod.ts";
import { type ExportSource, type ExportTarget, isOutside, type SessionAddresses } from "./export_target.ts";

const noNextHop = new Uint8Array(0);

export class ExportHop {
  /** Why the last set has no next hop that this session can carry. */
  reason: string | undefined;
  readonly #target: ExportTarget;
  readonly #family: FamilyId;
  readonly #self: Uint8Array | undefined;
  /** The next hop of a peer's route may change on the way. */
  readonly #changes: boolean;
  /** Routes of the family have a next hop. */
  readonly #exists: boolean;

  constructor(target: ExportTarget, family: FamilyId) {
    this.#target = target;
    this.#family = family;
    this.#self = selfNextHop(family, target.context, target.addresses);
    this.#changes = isPrefixFamily(family);
    this.#exists = familyOf(family).nextHop !== "none";
  }

  /**
   * `wanted`: what a policy chose; it takes precedence over the rules. Returns `undefined` where no next hop fits: see
   * `reason`.
   */
  choose(
    given: Uint8Array | undefined,
    source: ExportSource,
    wanted: "self" | "given" | undefined,
  ): Uint8Array | undefined {
    this.reason = undefined;
    if (!this.#exists) return given ?? noNextHop;
    const { context, policy } = this.#target;
    const stays = context.internal && source.internal || !this.#changes && !source.local;
    const asked = wanted === "self" && (this.#changes || source.local);
    const self = given === undefined || asked || (wanted === undefined && !source.local && !stays && (
      policy.nextHop === "self" ||
      // RFC 5065 §5.2: an unchanged NEXT_HOP is legal between members of a confederation.
      (policy.nextHop === "auto" && isOutside(context) && !policy.routeServerClient)
    ));
    const hop = self ? this.#self ?? given : given;
    this.reason = hop === undefined ? this.#noSelf() : this.#faultOf(hop, source);
    if (hop === undefined || this.reason !== undefined) return undefined;
    // RFC 2545 §3: a link-local address is valid on its own link only; there it is sent with the global address.
    return hop.length === 32 && hop !== this.#self && !this.#isOnLinkOf(source) ? hop.subarray(0, 16) : hop;
  }

  /** Next hop self is due, and neither the session nor the configuration has an address for it. */
  #noSelf(): string {
    const version = isIpv4(this.#family) ? 4 : 6;
    return `no IPv${version} address for next hop self; give the route a next hop, or the peer next_hop_ipv${version}`;
  }

  /** The session and the source of a route are on the same link. */
  #isOnLinkOf(source: ExportSource): boolean {
    const { link } = this.#target.addresses;
    return link !== undefined && link === source.link;
  }

  /** Why a next hop is not valid for this session: the checks that a peer's next hop passes on its way in. */
  #faultOf(hop: Uint8Array, source: ExportSource): string | undefined {
    const { context, addresses } = this.#target;
    if (!canCarry(this.#family, hop, context)) return "its next hop is of the other address family";
    // The address that the session runs over is valid, of whatever kind it is.
    if (isNextHop(hop, 0, hop.length, addresses.localAddress)) return undefined;
    if (source.local && addresses.isOriginatedHop === true && isNextHop(hop, 0, hop.length, addresses.remoteAddress)) {
      return "its next hop is the address of the peer itself (RFC 4271 §5.1.3)";
    }
    const kind = nextHopKind(hop);
    if (kind === "usable") return undefined;
    const fault = nextHopFault(kind);
    if (fault !== undefined) return `its next hop is ${fault}`;
    if (kind === "loopback") return "its next hop is a loopback address, over which this session does not run";
    return this.#isOnLinkOf(source)
      ? undefined
      : "its next hop is link-local, and means nothing outside of its link (RFC 2545 §3)";
  }
}

/**
 * RFC 4271 §5.1.3: the local address of the session, if it is of the family that the NLRI needs. RFC 2545 §3: on a link
 * the global address, where one is known, and the link-local address.
 */
function selfNextHop(family: FamilyId, context: UpdateContext, addresses: SessionAddresses): Uint8Array | undefined {
  const { localAddress, localAddressV4, localAddressV6 } = addresses;
  const { addressBytes: wanted, nextHop } = familyOf(family);
  if (nextHop === "any") return localAddress;
  const wide = addresses.link !== undefined && localAddressV6 !== undefined
    ? Uint8Array.of(...localAddressV6, ...localAddress)
    : localAddress;
  if (localAddress.length === wanted) return wide;
  if (wanted === 16) return localAddressV6;
  return localAddressV4 ?? (maskHas(context.extendedNextHop, family) ? wide : undefined);
}

/**
 * RFC 8950 §3: IPv4 routes may have IPv6 next hops where negotiated. RFC 2545 §3: IPv6 routes have IPv6 next hops only.
 */
function canCarry(family: FamilyId, nextHop: Uint8Array, context: UpdateContext): boolean {
  const length = nextHop.length;
  if (familyOf(family).nextHop === "any") return true;
  if (!isIpv4(family)) return length === 16 || length === 32;
  return length === 4 || maskHas(context.extendedNextHop, family);
}
