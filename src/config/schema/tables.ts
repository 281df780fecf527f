/**
 * Every key of the configuration, put together from the features. Unknown keys are errors, so these tables are the
 * whole language. `bgpd check --keys` prints them.
 */

import { advertisementKeys } from "../features/advertisement.ts";
import { asNumberKeys, speakerAsNumberKeys } from "../features/as_numbers.ts";
import { databaseKeys } from "../features/database.ts";
import { familyKeys } from "../features/families.ts";
import {
  groupIdentityKeys,
  peerGroupKeys,
  peerNameKeys,
  sharedIdentityKeys,
  speakerIdentityKeys,
} from "../features/identity.ts";
import { importExportKeys, speakerImportKeys } from "../features/import_export.ts";
import { interAsKeys } from "../features/inter_as.ts";
import { limitKeys } from "../features/limits.ts";
import { multipathKeys } from "../features/multipath.ts";
import { locationKeys, sharedLocationKeys } from "../features/peer_location.ts";
import { restartKeys, speakerRestartKeys } from "../features/restarts.ts";
import { roleKeys, speakerRoleKeys } from "../features/roles.ts";
import { cacheKeys, rpkiKeys, speakerRpkiKeys } from "../features/rpki.ts";
import { alertKeys, speakerAlertKeys } from "../features/alerts.ts";
import { archiveKeys, speakerArchiveKeys } from "../features/archives.ts";
import { routerKeys, speakerRouterKeys } from "../features/routers.ts";
import { securityKeys } from "../features/security.ts";
import { sessionKeys, speakerSessionKeys } from "../features/session.ts";
import { socketKeys } from "../features/sockets.ts";
import { speakerStationKeys, stationKeys } from "../features/stations.ts";
import { flowKeys, peerFlowKeys, speakerFlowKeys } from "../features/static_flows.ts";
import { peerRouteKeys, routeKeys, speakerRouteKeys } from "../features/static_routes.ts";
import { speakerWebKeys, webKeys } from "../features/web.ts";
import { type KeyTable, setting, type SettingTable } from "../keys/key.ts";
import type { Elsewhere } from "../keys/table.ts";
import { listOf, tables, text } from "../keys/values.ts";
import { otherWord } from "./other_words.ts";
import { policySections, policyTableKeys } from "../policy/keys.ts";

export const topKeys = {
  ...speakerIdentityKeys,
  ...speakerRoleKeys,
  ...speakerAsNumberKeys,
  ...socketKeys,
  ...databaseKeys,
  ...speakerSessionKeys,
  ...speakerRestartKeys,
  ...speakerImportKeys,
  ...multipathKeys,
  ...speakerRouteKeys,
  ...speakerFlowKeys,
  ...speakerRpkiKeys,
  ...speakerStationKeys,
  ...speakerRouterKeys,
  ...speakerArchiveKeys,
  ...speakerWebKeys,
  ...speakerAlertKeys,
  ...policyTableKeys,
  include: setting({
    type: listOf(text),
    doc: 'files to read, too, such as "peers/*.toml"; relative to the folder of the file that names them',
    example: '["peers/*.toml"]',
    defaultText: "none",
    sets: {},
  }),
  groups: setting({ type: tables, doc: "defaults for many peers; see [[groups]]", defaultText: "none", sets: {} }),
  peers: setting({ type: tables, doc: "the peers; see [[peers]]", defaultText: "none", sets: { peers: "replaces" } }),
} as const satisfies SettingTable;

/** Keys that a peer may have, and its group too. */
const sharedKeys = {
  ...sharedIdentityKeys,
  ...asNumberKeys,
  ...sharedLocationKeys,
  ...sessionKeys,
  ...securityKeys,
  ...familyKeys,
  ...importExportKeys,
  ...rpkiKeys,
  ...advertisementKeys,
  ...roleKeys,
  ...restartKeys,
  ...peerRouteKeys,
  ...peerFlowKeys,
  ...limitKeys,
  ...interAsKeys,
} as const satisfies SettingTable;

export const groupKeys = { ...groupIdentityKeys, ...sharedKeys } as const satisfies SettingTable;

export const peerKeys = {
  ...peerNameKeys,
  ...locationKeys,
  ...peerGroupKeys,
  ...sharedKeys,
} as const satisfies SettingTable;

/** Keys that peers and groups have in common. */
export type SharedKey = keyof typeof sharedKeys;

export const sections = [
  { name: "top level", keys: topKeys },
  { name: "[[peers]]", keys: peerKeys },
  { name: "[[groups]]", keys: groupIdentityKeys },
  { name: "[[peers.static_routes]]", keys: routeKeys },
  { name: "[[peers.static_flows]]", keys: flowKeys },
  { name: "[[rpki_caches]]", keys: cacheKeys },
  { name: "[[stations]]", keys: stationKeys },
  { name: "[[routers]]", keys: routerKeys },
  { name: "[[archives]]", keys: archiveKeys },
  { name: "[web]", keys: webKeys },
  { name: "[[alerts]]", keys: alertKeys },
  ...policySections,
] as const satisfies readonly { name: string; keys: KeyTable }[];

export { routeKeys };

/** Keys of the original bgpd that bgpd does not have, and why. */
const refused: ReadonlyMap<string, string> = new Map([
  [
    "advertise_sources",
    'not a key here; static_routes are always announced; learned routes are announced where export = "all"',
  ],
]);

/** What to answer about a key in the wrong table. Where several tables have the key, the first is named. */
export const elsewhere: Elsewhere = {
  belongsTo: new Map(
    sections.toReversed().flatMap(({ name, keys }) =>
      Object.entries<KeyTable[string]>(keys).flatMap(([key, { aliases = [] }]) =>
        [key, ...aliases].map((spelling) => [spelling, name] as const)
      )
    ),
  ),
  refused,
  otherWord,
};
