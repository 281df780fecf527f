/** One peer: its own keys, those of its groups, and the defaults. Each feature reads and checks its part. */

import type { PeerConfig, PeerSettings } from "../config.ts";
import { readAdvertisement } from "../features/advertisement.ts";
import { readAsNumbers } from "../features/as_numbers.ts";
import { readFamilies } from "../features/families.ts";
import { checkName, defaultName } from "../features/identity.ts";
import { readImportExport } from "../features/import_export.ts";
import { readInterAs } from "../features/inter_as.ts";
import { readLimits } from "../features/limits.ts";
import { readLocation, readLocationSettings } from "../features/peer_location.ts";
import { readRestart } from "../features/restarts.ts";
import { readRole } from "../features/roles.ts";
import { readSecurity } from "../features/security.ts";
import { readSession } from "../features/session.ts";
import { readPeerRoutes } from "../features/static_routes.ts";
import type { Given, TableReader } from "../keys/table.ts";
import type { peerKeys } from "../schema.ts";
import type { SpeakerDefaults } from "../speaker.ts";

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
  checkName(own, location);
  const numbers = readAsNumbers(given, speaker, location?.kind === "address");
  const families = readFamilies(given);
  const interAs = readInterAs(given, numbers);
  const role = readRole(given, numbers);
  const parts = {
    ...readLocationSettings(own, given, location),
    ...readSession(given, location, speaker.pollIntervalSeconds),
    ...readSecurity(given, location),
    ...families,
    ...readImportExport(given, speaker, numbers, role.routeServerClient),
    ...readAdvertisement(given),
    ...role,
    ...interAs,
    ...readLimits(given, families.families),
    ...readRestart(given, families.families),
    ...readPeerRoutes(given, { ...families, ...interAs }, reader),
  };
  const { localAsn } = numbers;
  const routerId = given.values.router_id ?? speaker.routerId;
  if (location === undefined || localAsn === undefined || routerId === undefined) return undefined;
  const settings: PeerSettings = {
    name: own.values.name ?? defaultName(location),
    description: given.values.description,
    group: own.values.group?.join(", "),
    groups,
    routerId,
    ...numbers,
    localAsn,
    ...parts,
  };
  return { ...location, ...settings };
}
