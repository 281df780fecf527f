/** How many routes a peer may have, as the RIB is told. */

import type { PeerConfig } from "../../config/mod.ts";
import type { PrefixLimit } from "../../rib/mod.ts";
import type { FamilyId } from "../../types/mod.ts";

export function prefixLimits(config: PeerConfig): Record<FamilyId, PrefixLimit> {
  const minutes = config.maxPrefixesRestartMinutes;
  const rest = {
    warningPercent: config.maxPrefixesWarningPercent,
    action: config.maxPrefixesAction,
    counts: config.maxPrefixesCount,
    restartSeconds: minutes === 0 ? undefined : 60 * minutes,
  };
  return Object.fromEntries(Object.entries(config.maxPrefixes).map(([family, limit]) => [family, { limit, ...rest }]));
}
