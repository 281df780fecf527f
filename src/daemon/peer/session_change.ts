/**
 * Whether a session that is up goes on under another configuration. It does where nothing that made it would be different: our
 * OPEN, whether the peer's would be accepted, and the connection.
 */

import { type PeerConfig, sessionConfig } from "../../config/mod.ts";
import { encodeOpen } from "../../message/mod.ts";
import { localOpen, negotiate, type Negotiated } from "../../session/mod.ts";

interface UpSession {
  readonly negotiated: Negotiated;
  readonly localAddress: string | undefined;
}

/** How far this run has come is said in OPEN too, and is no configuration. */
const restart = { restarting: false, forwarding: false };

/** What the session comes to under `after`; `undefined`: that takes a new one. A key of TCP-MD5 is another question. */
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
  // Routes were let in, or left out, by the rules of then: without a route refresh (RFC 2918) nobody can ask for them again.
  return validatesOtherwise(negotiated, renewed) && !negotiated.routeRefresh ? undefined : renewed;
}

/** The UPDATEs of the session are validated by other rules. */
export function validatesOtherwise(before: Negotiated, after: Negotiated): boolean {
  return before.aigp !== after.aigp || before.enforceFirstAs !== after.enforceFirstAs;
}

/** The next session begins in another way than one would have so far. */
export function beginsOtherwise(before: PeerConfig, after: PeerConfig): boolean {
  return !hasSameOpen(before, after) || before.remoteAsn !== after.remoteAsn ||
    before.roleStrict !== after.roleStrict ||
    before.localIp !== after.localIp || before.ttlSecurity !== after.ttlSecurity || before.name !== after.name;
}

function hasSameOpen(before: PeerConfig, after: PeerConfig): boolean {
  const [one, other] = [before, after].map((config) => encodeOpen(localOpen(sessionConfig(config, restart))).toHex());
  return one === other;
}
