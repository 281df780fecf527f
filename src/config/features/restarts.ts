/** The keys about restarts: what a peer's configuration says of RFC 4724 and RFC 9494, and whether it goes together. */

import { type FamilyId, type FamilyMask, familyMask } from "../../types/mod.ts";
import type { Position, Report } from "../toml/errors.ts";
import { peerKeys } from "../schema.ts";
import type { Values } from "../keys/table.ts";
import type { GracefulSettings } from "../config.ts";

type Keys = "graceful_restart" | "long_lived_graceful_restart";

/** `mask`: the families offered. */
export function readGraceful(
  values: Values<typeof peerKeys>,
  ids: readonly FamilyId[],
  at: (key: Keys) => Position,
  report: Report,
): GracefulSettings & { readonly longLived: FamilyMask } {
  const longLived = values.long_lived_graceful_restart ?? peerKeys.long_lived_graceful_restart.default!;
  const mask = longLived.kind === "some" ? longLived.mask : longLived.enabled ? familyMask(ids) : 0;
  const mode = values.graceful_restart ?? peerKeys.graceful_restart.default!;
  // RFC 9494 §4.1: the one capability counts beside the other only.
  if (mask !== 0 && mode === "off") {
    report.add(at("long_lived_graceful_restart"), "long_lived_graceful_restart needs graceful_restart");
  }
  return {
    gracefulRestart: mode,
    restartSeconds: values.restart_time ?? peerKeys.restart_time.default!,
    staleRoutesSeconds: values.stale_routes_time ?? peerKeys.stale_routes_time.default!,
    longLived: mask,
    longLivedSeconds: values.llgr_stale_time ?? peerKeys.llgr_stale_time.default!,
  };
}
