/**
 * Decides whether an Established session goes on under another configuration. It does if the session would begin in the
 * same way: with the same OPEN of ours, an OPEN of the peer that is accepted, and the same connection.
 */

import { type PeerConfig, sessionConfig } from "../../config/mod.ts";
import { encodeOpen } from "../../message/mod.ts";
import { localOpen, negotiate, type Negotiated } from "../../session/mod.ts";

interface UpSession {
  readonly negotiated: Negotiated;
  readonly localAddress: string | undefined;
}

/** The state of a graceful restart is in the OPEN, too, but it is no configuration. */
const restart = { restarting: false, forwarding: false };

/**
 * What the session amounts to under `after`; `undefined`: it takes a new session. TCP-MD5 keys are compared elsewhere.
 */
export function renegotiated(before: PeerConfig, after: PeerConfig, session: UpSession): Negotiated | undefined {
  const { negotiated, localAddress } = session;
  const { localIp, ttlSecurity, name } = after;
  if (name !== before.name || ttlSecurity !== before.ttlSecurity || !hasSameOpen(before, after)) return undefined;
  if (localIp !== undefined && localIp !== localAddress) return undefined;
  const config = sessionConfig(after, restart);
  const { remoteAsn: asn, remoteRouterId: routerId, remoteCapabilities: capabilities, holdTimeSeconds } = negotiated;
  const remote = { version: 4, asn, routerId, capabilities, holdTimeSeconds };
  const outcome = negotiate(config, localOpen(config), remote);
  if (outcome.kind === "refused") return undefined;
  const { internal, confederation, aigp, enforceFirstAs } = outcome.negotiated;
  if (internal !== negotiated.internal || confederation !== negotiated.confederation) return undefined;
  const { aigp: _, enforceFirstAs: __, ...rest } = negotiated;
  const renewed: Negotiated = {
    ...rest,
    ...aigp === undefined ? {} : { aigp },
    ...enforceFirstAs === undefined ? {} : { enforceFirstAs },
  };
  // UPDATEs were validated by the old rules. Without a route refresh (RFC 2918) nobody can ask for them again.
  return validatesOtherwise(negotiated, renewed) && !negotiated.routeRefresh ? undefined : renewed;
}

/** True where the UPDATEs of the session are validated by other rules. */
export function validatesOtherwise(before: Negotiated, after: Negotiated): boolean {
  return before.aigp !== after.aigp || before.enforceFirstAs !== after.enforceFirstAs;
}

/** True where the next session would begin in another way than before. */
export function beginsOtherwise(before: PeerConfig, after: PeerConfig): boolean {
  return !hasSameOpen(before, after) || before.remoteAsn !== after.remoteAsn ||
    before.roleStrict !== after.roleStrict ||
    before.localIp !== after.localIp || before.ttlSecurity !== after.ttlSecurity || before.name !== after.name;
}

function hasSameOpen(before: PeerConfig, after: PeerConfig): boolean {
  const [one, other] = [before, after].map((config) => encodeOpen(localOpen(sessionConfig(config, restart))).toHex());
  return one === other;
}
