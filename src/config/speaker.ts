/**
 * The top level: what holds for this speaker, and what every peer takes over. Each feature reads and checks its part.
 */

import type { SpeakerSettings } from "./schema/settings.ts";
import { readSpeakerAsNumbers } from "./features/as_numbers.ts";
import { readDatabase } from "./features/database.ts";
import { readSpeakerIdentity } from "./features/identity.ts";
import { readSpeakerImport } from "./features/import_export.ts";
import { readMultipath } from "./features/multipath.ts";
import { readSpeakerRestart } from "./features/restarts.ts";
import { readSpeakerWeb } from "./features/web.ts";
import { readRpkiDefaults, readSpeakerRpki } from "./features/rpki.ts";
import { readSpeakerRole } from "./features/roles.ts";
import { readSpeakerSession } from "./features/session.ts";
import { readSockets } from "./features/sockets.ts";
import type { Given, TableReader } from "./keys/table.ts";
import { groupNames } from "./peers/groups.ts";
import type { SpeakerDefaults } from "./peers/peer.ts";
import type { SpeakerRouterSettings } from "./features/routers.ts";
import { readPolicies } from "./policy/read.ts";
import type { topKeys } from "./schema/tables.ts";

export interface Speaker {
  /** Static routes are read after the peers: whether a peer takes AS_SETs matters to them. So are stations. */
  readonly settings: Omit<
    SpeakerSettings,
    "routerId" | "staticRoutes" | "staticFlows" | "stations" | "archives" | "alerts" | keyof SpeakerRouterSettings
  >;
  readonly defaults: SpeakerDefaults;
}

export function readSpeaker(top: Given<typeof topKeys>, reader: TableReader): Speaker {
  const routerId = readSpeakerIdentity(top);
  const asns = readSpeakerAsNumbers(top);
  const session = readSpeakerSession(top);
  const imports = readSpeakerImport(top);
  const settings = {
    ...asns.settings,
    ...readSockets(top),
    ...readDatabase(top),
    ...session,
    ...readSpeakerRestart(top),
    ...imports,
    ...readSpeakerRole(top),
    ...readMultipath(top),
    ...readSpeakerRpki(top, reader),
    ...readSpeakerWeb(top, reader),
    policies: readPolicies(top, groupNames(top.values.groups ?? []), reader),
  };
  return { settings, defaults: { routerId, asns, ...session, ...imports, ...readRpkiDefaults(top) } };
}
