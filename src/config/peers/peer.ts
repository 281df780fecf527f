/** One peer: its own keys, those of its groups, and the defaults. Each feature reads and checks its part. */

import type { PeerConfig } from "../schema/settings.ts";
import { readAdvertisement } from "../features/advertisement.ts";
import { readAsNumbers, type SpeakerAsns } from "../features/as_numbers.ts";
import { readFamilies } from "../features/families.ts";
import { readIdentity } from "../features/identity.ts";
import { readImportExport, type SpeakerImportSettings } from "../features/import_export.ts";
import { readInterAs } from "../features/inter_as.ts";
import { readLimits } from "../features/limits.ts";
import { readLocation, readLocationSettings } from "../features/peer_location.ts";
import { readRestart } from "../features/restarts.ts";
import { readRole } from "../features/roles.ts";
import { readRpki, type RpkiDefaults } from "../features/rpki.ts";
import { readSecurity } from "../features/security.ts";
import { readSession, type SpeakerSessionSettings } from "../features/session.ts";
import { readPeerFlows } from "../features/static_flows.ts";
import { readPeerRoutes } from "../features/static_routes.ts";
import type { Given, TableReader } from "../keys/table.ts";
import type { peerKeys } from "../schema/tables.ts";

/** What a peer takes over from the top level. */
export interface SpeakerDefaults extends SpeakerSessionSettings, SpeakerImportSettings, RpkiDefaults {
  readonly asns: SpeakerAsns;
  /** `undefined` where a mistake was reported. */
  readonly routerId: number | undefined;
}

export interface PeerTables {
  /** The peer's own table. */
  readonly own: Given<typeof peerKeys>;
  /** The peer's own table and, for keys that it does not have, those of its groups. */
  readonly given: Given<typeof peerKeys>;
  /** Names of all its groups, the nearest first. */
  readonly groups: readonly string[];
}

/** `undefined` where a mistake was reported that leaves no peer to speak of. */
export function readPeer(
  { own, given, groups }: PeerTables,
  speaker: SpeakerDefaults,
  reader: TableReader,
): PeerConfig | undefined {
  const location = readLocation(own);
  const identity = readIdentity(own, given, { location, groups, routerId: speaker.routerId });
  const numbers = readAsNumbers(given, speaker.asns, location?.kind === "address");
  const families = readFamilies(given);
  const interAs = readInterAs(given, numbers);
  const role = readRole(given, numbers);
  const others = {
    ...readLocationSettings(own, given, location),
    ...readSession(given, location, speaker.pollIntervalSeconds),
    ...readSecurity(given, location),
    ...families,
    ...readImportExport(given, speaker, numbers, role.routeServerClient),
    ...readRpki(given, speaker, numbers.remoteAsn === undefined ? undefined : numbers.remoteAsn === numbers.localAsn),
    ...readAdvertisement(given),
    ...role,
    ...interAs,
    ...readLimits(given, families.families),
    ...readRestart(given, families.families),
    ...readPeerRoutes(given, { ...families, ...interAs }, reader),
    ...readPeerFlows(given, { ...families, ...interAs }, reader),
  };
  const { localAsn } = numbers;
  if (location === undefined || identity === undefined || localAsn === undefined) return undefined;
  return { ...location, ...identity, ...numbers, localAsn, ...others };
}
