/** From a peer's configuration to what its state machine needs. */

import type { PeerConfig } from "../config/mod.ts";
import type { Capability } from "../message/mod.ts";
import type { SessionConfig } from "../session/mod.ts";

/** DampPeerOscillations (RFC 4271 §8.1): how long a failing session rests, first and at the most. */
const idleHoldSeconds = 1;
const idleHoldMaxSeconds = 60;

/**
 * RFC 4724 §3: without a family in it, this says that our End-of-RIB comes. To it FRR and others answer with theirs, which a
 * collector waits for; without it FRR sends none, and then never answers a ROUTE-REFRESH either.
 */
const endOfRibOnly: Capability = {
  kind: "gracefulRestart",
  restarting: false,
  notification: false,
  restartSeconds: 0,
  families: [],
};

export function sessionConfig(config: PeerConfig): SessionConfig {
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
    extraCapabilities: [endOfRibOnly],
  };
}
