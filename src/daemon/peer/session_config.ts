/** From a peer's configuration to what its state machine needs. */

import { type FamilyId, familyOf, maskIds } from "../../types/mod.ts";
import type { PeerConfig } from "../../config/mod.ts";
import type { Capability } from "../../message/mod.ts";
import type { SessionConfig } from "../../session/mod.ts";

/** DampPeerOscillations (RFC 4271 §8.1): how long a failing session rests, first and at the most. */
const idleHoldSeconds = 1;
const idleHoldMaxSeconds = 60;

/** What the OPEN says of restarts of this speaker. */
export interface RestartState {
  /** R (RFC 4724 §4.1): this run goes on from one that ended without a word, and its routes are not complete yet. */
  readonly restarting: boolean;
  /** F: what was announced to the peer before counts still. Nothing here forwards, so only the routes themselves may be lost. */
  readonly forwarding: boolean;
}

export function sessionConfig(config: PeerConfig, restart: RestartState): SessionConfig {
  return {
    localAsn: config.localAsn,
    remoteAsn: config.remoteAsn,
    routerId: config.routerId,
    holdTimeSeconds: config.holdTimeSeconds,
    connectRetrySeconds: config.connectRetrySeconds,
    idleHoldSeconds,
    idleHoldMaxSeconds,
    sendHoldSeconds: config.sendHoldSeconds,
    passive: config.passive,
    delayOpenSeconds: config.delayOpenSeconds,
    families: config.families,
    addPathReceive: config.addPathReceive,
    addPathSend: config.addPathSend,
    extendedNextHop: config.extendedNextHop,
    confederationMembers: config.confederation?.members ?? [],
    aigp: config.aigp,
    enforceFirstAs: config.enforceFirstAs,
    role: config.role,
    roleStrict: config.roleStrict,
    extraCapabilities: gracefulCapabilities(config, restart),
  };
}

/**
 * RFC 4724 §3: without a family in it, the capability says that our End-of-RIB comes, and that we help a peer that restarts.
 * To it FRR and others answer with theirs, which a collector waits for; without it FRR sends none, and then never answers a
 * ROUTE-REFRESH either.
 */
function gracefulCapabilities(config: PeerConfig, { restarting, forwarding }: RestartState): Capability[] {
  const { gracefulRestart: mode, restartSeconds, longLived, longLivedSeconds } = config;
  if (mode === "off") return [];
  const isFull = mode === "full";
  const listed = (ids: readonly FamilyId[]) => isFull ? ids.map((id) => ({ ...wireFamily(id), forwarding })) : [];
  const capabilities: Capability[] = [{
    kind: "gracefulRestart",
    restarting: isFull && restarting,
    // RFC 8538 §2: willing to send and take NOTIFICATIONs that let routes stay.
    notification: true,
    restartSeconds: isFull ? restartSeconds : 0,
    families: listed(config.families),
  }];
  if (longLived !== 0) {
    const families = listed(maskIds(longLived)).map((each) => ({ ...each, staleSeconds: longLivedSeconds }));
    capabilities.push({ kind: "longLivedGracefulRestart", families });
  }
  return capabilities;
}

function wireFamily(id: FamilyId): { afi: number; safi: number } {
  const { afi, safi } = familyOf(id);
  return { afi, safi };
}
