/** What stays of a session when one side restarts: graceful restart (RFC 4724), long-lived stale routes (RFC 9494). */

import type { Capability } from "../../message/mod.ts";
import { type FamilyId, type FamilyMask, familyMask, familyOf, maskIds } from "../../types/mod.ts";
import { checkOffered, familyChoice } from "../keys/family_values.ts";
import { filled, setting, type SettingTable, unless } from "../keys/key.ts";
import { fault, type Given } from "../keys/table.ts";
import { integer, oneOf } from "../keys/values.ts";
import type { FamilySettings } from "./families.ts";

export interface SpeakerRestartSettings {
  /** The longest wait for End-of-RIBs after a restart of this speaker (RFC 4724 §4.1). */
  readonly selectionDeferralSeconds: number;
}

export interface GracefulSettings {
  readonly gracefulRestart: "helper" | "full" | "off";
  /** How long we take to come back, as announced. */
  readonly restartSeconds: number;
  readonly staleRoutesSeconds: number;
  /** Families of long-lived graceful restart, and its time, as announced and as allowed to the peer. */
  readonly longLived: FamilyMask;
  readonly longLivedSeconds: number;
}

export const speakerRestartKeys = {
  selection_deferral_time: setting({
    type: integer(1, 3600, "seconds"),
    doc: "after a graceful restart of bgpd: the longest wait for End-of-RIBs before bgpd selects and announces routes",
    example: "120",
    default: 240,
    sets: { selectionDeferralSeconds: "next start" },
  }),
} as const satisfies SettingTable;

export const restartKeys = {
  graceful_restart: setting({
    type: oneOf("helper", "full", "off"),
    doc:
      "helper: keep the routes of a peer that restarts (RFC 4724); full: also ask the peer to keep ours; off: neither",
    example: '"full"',
    default: "helper",
    sets: { gracefulRestart: "resets" },
  }),
  restart_time: setting({
    type: integer(1, 4095, "seconds"),
    doc: 'with graceful_restart = "full": how long bgpd may take to come back, as announced to the peer',
    example: "180",
    default: 120,
    sets: { restartSeconds: "resets" },
    noEffect: ({ gracefulRestart }: GracefulSettings) =>
      unless(
        gracefulRestart === "full",
        'graceful_restart is not "full": bgpd does not ask the peer to keep our routes',
      ),
  }),
  stale_routes_time: setting({
    type: integer(1, 86_400, "seconds"),
    doc: "maximum time to keep stale routes: until the peer is back, then until its End-of-RIB or the end of a refresh",
    example: "600",
    default: 360,
    sets: { staleRoutesSeconds: "applies" },
    noEffect: ({ gracefulRestart }: GracefulSettings) =>
      unless(gracefulRestart !== "off", 'graceful_restart is "off": bgpd removes the routes of a lost session at once'),
  }),
  long_lived_graceful_restart: setting({
    type: familyChoice,
    doc: "families whose stale routes are kept as least preferred routes (RFC 9494): true, false, or a list",
    example: '["ipv4 unicast"]',
    default: [],
    defaultText: "false",
    sets: { longLived: "resets" },
  }),
  llgr_stale_time: setting({
    type: integer(1, 16_777_215, "seconds"),
    doc:
      "maximum time to keep long-lived stale routes; with graceful_restart = full, also announced for our own routes",
    example: "43200",
    default: 86_400,
    sets: { longLivedSeconds: "resets" },
    noEffect: ({ longLived }: GracefulSettings) => unless(longLived !== 0, "there is no long_lived_graceful_restart"),
  }),
} as const satisfies SettingTable;

export function readSpeakerRestart({ values }: Given<typeof speakerRestartKeys>): SpeakerRestartSettings {
  const { selection_deferral_time: seconds = speakerRestartKeys.selection_deferral_time.default } = values;
  return { selectionDeferralSeconds: seconds };
}

export function readRestart(given: Given<typeof restartKeys>, families: readonly FamilyId[]): GracefulSettings {
  const values = filled(restartKeys, given.values);
  const choice = values.long_lived_graceful_restart;
  const longLived = choice === "all" ? families : choice;
  // RFC 9494 §4.1: the one capability counts only beside the other.
  if (longLived.length > 0 && values.graceful_restart === "off") {
    fault(
      given,
      "long_lived_graceful_restart",
      'long_lived_graceful_restart needs graceful_restart = "helper" or "full"',
    );
  }
  checkOffered(given, "long_lived_graceful_restart", longLived, families);
  return {
    gracefulRestart: values.graceful_restart,
    restartSeconds: values.restart_time,
    staleRoutesSeconds: values.stale_routes_time,
    longLived: familyMask(longLived),
    longLivedSeconds: values.llgr_stale_time,
  };
}

/** What the OPEN says of restarts of this speaker. */
export interface RestartState {
  /** R (RFC 4724 §4.1): this run continues one that ended without NOTIFICATION, and its routes are not complete yet. */
  readonly restarting: boolean;
  /**
   * F: what the earlier run announced to the peer still counts. bgpd forwards no packets, so only routes can be lost.
   */
  readonly forwarding: boolean;
}

/**
 * RFC 4724 §3: the capability without a family says that our End-of-RIB comes, and that we help a peer that restarts.
 * FRR and other peers answer with theirs, whose End-of-RIB a collector waits for. Without the capability FRR sends no
 * End-of-RIB, and later answers no ROUTE-REFRESH.
 */
export function gracefulCapabilities(
  { gracefulRestart: mode, restartSeconds, longLived, longLivedSeconds, families }: GracefulSettings & FamilySettings,
  { restarting, forwarding }: RestartState,
): Capability[] {
  if (mode === "off") return [];
  const isFull = mode === "full";
  const listed = (ids: readonly FamilyId[]) => isFull ? ids.map((id) => ({ ...wireFamily(id), forwarding })) : [];
  const capabilities: Capability[] = [{
    kind: "gracefulRestart",
    restarting: isFull && restarting,
    // RFC 8538 §2: we send and accept NOTIFICATIONs after which routes stay.
    notification: true,
    restartSeconds: isFull ? restartSeconds : 0,
    families: listed(families),
  }];
  if (longLived !== 0) {
    const stale = listed(maskIds(longLived)).map((each) => ({ ...each, staleSeconds: longLivedSeconds }));
    capabilities.push({ kind: "longLivedGracefulRestart", families: stale });
  }
  return capabilities;
}

function wireFamily(id: FamilyId): { afi: number; safi: number } {
  const { afi, safi } = familyOf(id);
  return { afi, safi };
}
