/**
 * What two OPENs agree on: whether we accept the peer (RFC 4271 §6.2, 6286, 7607, 9234), and which capabilities both
 * announced (RFC 5492). Both directions are read from the OPENs as they were sent, never from the configuration: only
 * what was announced can be used.
 */

import {
  canExtendNextHop,
  type FamilyMask,
  familyMask,
  familyOf,
  formatIpv4Number,
  IPV4_UNICAST,
  limits,
  maskHas,
  maskIds,
} from "../types/mod.ts";
import {
  addPathFamilies,
  type Capability,
  encodeCapability,
  ErrorCode,
  maskOfPairs,
  type Notification,
  type Open,
  OpenError,
} from "../message/mod.ts";
import { gracefulTerms } from "./graceful.ts";
import { agreedRoles, roleCapability, roleFault } from "./roles.ts";
import type { Negotiated, OpenRefusal, SessionConfig } from "./types.ts";

/** AFI of IPv6: the next hops that RFC 8950 adds. */
const ipv6Afi = 2;

/** The OPEN we send. Without capabilities it offers IPv4 unicast and two-octet AS numbers (RFC 1771). */
export function localOpen(config: SessionConfig, { withoutCapabilities = false } = {}): Open {
  return {
    version: 4,
    asn: config.localAsn,
    holdTimeSeconds: config.holdTimeSeconds,
    routerId: config.routerId,
    capabilities: withoutCapabilities ? [] : localCapabilities(config),
  };
}

function localCapabilities(config: SessionConfig): Capability[] {
  const families = config.families.map((id) => familyOf(id));
  const capabilities: Capability[] = families.map(({ afi, safi }) => ({ kind: "multiprotocol", afi, safi }));
  capabilities.push({ kind: "routeRefresh" });
  // RFC 8950 §4 covers IPv4 NLRI only: an IPv6 family has IPv6 next hops anyway.
  const extended = families.filter(({ id }) => canExtendNextHop(id) && maskHas(config.extendedNextHop, id));
  if (extended.length > 0) {
    const entries = extended.map(({ afi, safi }) => ({ afi, safi, nextHopAfi: ipv6Afi }));
    capabilities.push({ kind: "extendedNextHop", entries });
  }
  capabilities.push({ kind: "extendedMessage" }, { kind: "fourOctetAs", asn: config.localAsn });
  const addPath = families
    .map(({ id, afi, safi }) => ({
      afi,
      safi,
      receive: maskHas(config.addPathReceive, id),
      send: maskHas(config.addPathSend, id),
    }))
    .filter(({ receive, send }) => receive || send);
  if (addPath.length > 0) capabilities.push({ kind: "addPath", families: addPath });
  capabilities.push({ kind: "enhancedRouteRefresh" }, ...roleCapability(config), ...config.extraCapabilities);
  return capabilities;
}

export type Negotiation =
  | { readonly kind: "agreed"; readonly negotiated: Negotiated }
  | { readonly kind: "refused"; readonly refusal: OpenRefusal };

/** Accepts or refuses the peer's OPEN. `local` is the OPEN we sent, or are about to send, on the same connection. */
export function negotiate(config: SessionConfig, local: Open, remote: Open): Negotiation {
  const refusal = identityFault(config, remote) ?? roleFault(config, remote);
  if (refusal !== undefined) return { kind: "refused", refusal };

  const common = announcedFamilies(local) & announcedFamilies(remote);
  if (common === 0) return { kind: "refused", refusal: noCommonFamily(local) };

  const both = (kind: Capability["kind"]) => has(local, kind) && has(remote, kind);
  const holdTimeSeconds = Math.min(local.holdTimeSeconds, remote.holdTimeSeconds);
  const internal = remote.asn === config.localAsn;
  const negotiated: Negotiated = {
    internal,
    // RFC 5065 §2: member ASes use their own numbers towards each other.
    ...!internal && config.confederationMembers?.includes(remote.asn) === true ? { confederation: true } : {},
    ...config.aigp === undefined ? {} : { aigp: config.aigp },
    ...config.enforceFirstAs === true && !internal ? { enforceFirstAs: true } : {},
    localAsn: config.localAsn,
    remoteAsn: remote.asn,
    remoteRouterId: remote.routerId,
    // RFC 4271 §4.2: the smaller of both; zero means no HoldTimer. §4.4: a KEEPALIVE at each third of it.
    holdTimeSeconds,
    keepaliveSeconds: Math.floor(holdTimeSeconds / 3),
    families: common,
    // RFC 7911 §4: used in a direction where one side is able to send and the other to receive.
    addPathReceive: common & addPathFamilies(local, "receive") & addPathFamilies(remote, "send"),
    addPathSend: common & addPathFamilies(local, "send") & addPathFamilies(remote, "receive"),
    extendedNextHop: common & extendedNextHopMask(local) & extendedNextHopMask(remote),
    // RFC 8654 §4 would let the directions differ; one limit for both is simpler and safe.
    maxMessageBytes: both("extendedMessage") ? limits.extendedMessageBytes : limits.messageBytes,
    // RFC 6793 §3: ASNs of four octets on the wire only between two NEW speakers.
    fourOctetAs: both("fourOctetAs"),
    routeRefresh: both("routeRefresh"),
    enhancedRouteRefresh: both("enhancedRouteRefresh"),
    ...agreedRoles(config, remote),
    graceful: gracefulTerms(local, remote, common),
    opens: { sent: local, received: remote },
    remoteCapabilities: remote.capabilities,
    localCapabilities: local.capabilities,
  };
  return { kind: "agreed", negotiated };
}

/** RFC 4271 §6.2: fields of an OPEN that our configuration does not accept. */
function identityFault(config: SessionConfig, remote: Open): OpenRefusal | undefined {
  // RFC 7607 §2: "If a BGP speaker receives zero as the peer AS in an OPEN message, it MUST abort the connection and
  // send a NOTIFICATION with Error Code "OPEN Message Error" and subcode "Bad Peer AS"."
  if (remote.asn === 0) return { notification: openError(OpenError.badPeerAs) };
  if (config.remoteAsn !== undefined && remote.asn !== config.remoteAsn) {
    const why = `the peer says AS ${remote.asn}, remote_as is ${config.remoteAsn}`;
    return { notification: openError(OpenError.badPeerAs), why };
  }
  // RFC 6286 §2.1: any non-zero identifier is valid …
  if (remote.routerId === 0) return { notification: openError(OpenError.badBgpIdentifier) };
  // … §2.2: but within an AS it is unique, so a peer with our identifier is misconfigured, or is this speaker itself.
  if (remote.asn === config.localAsn && remote.routerId === config.routerId) {
    const why = `the peer has our router id, ${formatIpv4Number(remote.routerId)}`;
    return { notification: openError(OpenError.badBgpIdentifier), why };
  }
  // RFC 4271 §6.2: "An implementation MUST reject Hold Time values of one or two seconds."
  if (remote.holdTimeSeconds === 1 || remote.holdTimeSeconds === 2) {
    return { notification: openError(OpenError.unacceptableHoldTime) };
  }
  return undefined;
}

/**
 * A session without a common family would stay up and never carry a route. As BIRD and FRR do, we refuse it. RFC 5492
 * §3: the Data field lists the capabilities that the peer's OPEN lacks.
 */
function noCommonFamily(local: Open): OpenRefusal {
  const families = maskIds(announcedFamilies(local));
  const wanted = families.map((id) => {
    const { afi, safi } = familyOf(id);
    return encodeCapability({ kind: "multiprotocol", afi, safi });
  });
  return {
    notification: openError(OpenError.unsupportedCapability, concatenate(wanted)),
    why: `the peer speaks none of ${families.map((id) => familyOf(id).name).join(", ")}`,
  };
}

/** RFC 4760 §8: each family has a capability of its own; an OPEN without any means IPv4 unicast. */
function announcedFamilies(open: Open): FamilyMask {
  const named = open.capabilities.filter((capability) => capability.kind === "multiprotocol");
  return named.length === 0 ? familyMask([IPV4_UNICAST]) : maskOfPairs(named);
}

function extendedNextHopMask(open: Open): FamilyMask {
  let mask = 0;
  for (const capability of open.capabilities) {
    if (capability.kind !== "extendedNextHop") continue;
    mask |= maskOfPairs(capability.entries.filter(({ nextHopAfi }) => nextHopAfi === ipv6Afi));
  }
  return mask;
}

function has(open: Open, kind: Capability["kind"]): boolean {
  return open.capabilities.some((capability) => capability.kind === kind);
}

function openError(subcode: number, data: Uint8Array = new Uint8Array(0)): Notification {
  return { code: ErrorCode.open, subcode, data };
}

function concatenate(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
