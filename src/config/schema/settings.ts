/**
 * The validated configuration: every default filled in, groups applied, text parsed to the values the core works with.
 * Each feature declares its settings beside its keys.
 */

import type { PolicyTable } from "../../policy/mod.ts";
import type { AdvertisementSettings } from "../features/advertisement.ts";
import type { AsNumberSettings, SpeakerAsNumbers } from "../features/as_numbers.ts";
import type { DatabaseSettings } from "../features/database.ts";
import type { FamilySettings } from "../features/families.ts";
import type { IdentitySettings, SpeakerIdentity } from "../features/identity.ts";
import type { ImportExportSettings, SpeakerImportSettings } from "../features/import_export.ts";
import type { InterAsSettings } from "../features/inter_as.ts";
import type { LimitSettings } from "../features/limits.ts";
import type { MultipathSettings } from "../features/multipath.ts";
import type { LocationSettings, PeerLocation } from "../features/peer_location.ts";
import type { GracefulSettings, SpeakerRestartSettings } from "../features/restarts.ts";
import type { RoleSettings, SpeakerRoleSettings } from "../features/roles.ts";
import type { RpkiSettings, SpeakerRpkiSettings } from "../features/rpki.ts";
import type { SecuritySettings } from "../features/security.ts";
import type { SessionSettings, SpeakerSessionSettings } from "../features/session.ts";
import type { SocketSettings } from "../features/sockets.ts";
import type { SpeakerAlertSettings } from "../features/alerts.ts";
import type { SpeakerArchiveSettings } from "../features/archives.ts";
import type { SpeakerRouterSettings } from "../features/routers.ts";
import type { SpeakerStationSettings } from "../features/stations.ts";
import type { SpeakerWebSettings } from "../features/web.ts";
import type { FlowSettings } from "../features/static_flows.ts";
import type { RouteSettings, SpeakerRouteSettings } from "../features/static_routes.ts";

/** What the top level says. */
export interface SpeakerSettings
  extends
    SpeakerIdentity,
    SpeakerRoleSettings,
    SpeakerAsNumbers,
    SocketSettings,
    DatabaseSettings,
    SpeakerSessionSettings,
    SpeakerRestartSettings,
    SpeakerImportSettings,
    MultipathSettings,
    SpeakerRpkiSettings,
    SpeakerStationSettings,
    SpeakerRouterSettings,
    SpeakerArchiveSettings,
    SpeakerAlertSettings,
    SpeakerWebSettings,
    SpeakerRouteSettings,
    FlowSettings {
  /** The policies that `import` and `export` of the peers name, and their sets. */
  readonly policies: PolicyTable;
}

export interface Config extends SpeakerSettings {
  readonly peers: readonly PeerConfig[];
}

/** What the keys of `[[peers]]`, of its groups and of the top level come to for one peer. */
export interface PeerSettings
  extends
    IdentitySettings,
    LocationSettings,
    AsNumberSettings,
    SessionSettings,
    SecuritySettings,
    FamilySettings,
    ImportExportSettings,
    RpkiSettings,
    AdvertisementSettings,
    RoleSettings,
    InterAsSettings,
    LimitSettings,
    GracefulSettings,
    RouteSettings,
    FlowSettings {}

/** One peer, or a network whose members may connect. */
export type PeerConfig = PeerSettings & PeerLocation;

/** A peer that is one neighbour, wherever it is. */
export type SinglePeerConfig = Exclude<PeerConfig, { readonly kind: "network" }>;
