/** What the state machine has to know of a peer: each feature says its part. */

import type { SessionConfig } from "../session/mod.ts";
import type { PeerConfig } from "./schema/settings.ts";
import { asNumbersForSession } from "./features/as_numbers.ts";
import { familiesForSession } from "./features/families.ts";
import { identityForSession } from "./features/identity.ts";
import { interAsForSession } from "./features/inter_as.ts";
import { gracefulCapabilities, type RestartState } from "./features/restarts.ts";
import { roleForSession } from "./features/roles.ts";
import { timersForSession } from "./features/session.ts";

export function sessionConfig(peer: PeerConfig, restart: RestartState): SessionConfig {
  return {
    ...identityForSession(peer),
    ...asNumbersForSession(peer),
    ...timersForSession(peer),
    ...familiesForSession(peer),
    ...interAsForSession(peer),
    ...roleForSession(peer),
    extraCapabilities: gracefulCapabilities(peer, restart),
  };
}
