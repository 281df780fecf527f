/**
 * The interface of the daemon to the API, as plain values and promises. This folder must not import the daemon, so
 * the daemon passes an implementation; tests pass their own.
 */

import type { RouteQuestion } from "../rib/mod.ts";
import type { AnnouncementText, Author, DestinationText } from "../store/mod.ts";
import type { AnnouncementView, BulkResult, StateCounts } from "./schema/announcement.ts";
import type { ConfiguredPeerView } from "./schema/configured_peer.ts";
import type { DisableOptions, PeerView, RefreshDirection, ResetOptions } from "./schema/peer.ts";
import type { AdvertisedView, RouteView } from "./schema/route.ts";
import type { ReloadPlanView, ReloadReport, RestartReport, SpeakerStatus } from "./schema/speaker.ts";

export type { AnnouncementView, BulkResult, StateCounts, UnsentPeer } from "./schema/announcement.ts";
export type { ConfiguredPeerView } from "./schema/configured_peer.ts";
export type {
  DisableOptions,
  FamilyTally,
  MessageTally,
  PeerView,
  RefreshDirection,
  ResetOptions,
  StateTally,
} from "./schema/peer.ts";
export type { AdvertisedView, RouteView } from "./schema/route.ts";
export type { ReloadPlanView, ReloadReport, RestartReport, SpeakerStatus } from "./schema/speaker.ts";

/** A running daemon, as the API sees it. Every method may throw a {@link ControlError}. */
export interface ControlTarget {
  readonly configuration: ConfigurationTarget;
  readonly announcements: AnnouncementTarget;
  status(): SpeakerStatus;
  measurements(): Measurements;
  /** All peers, in the order of the configuration; then the members of networks. */
  peers(): readonly PeerView[];
  /** By name, or by an address or a description that only one peer has; `undefined`: there is no such peer. */
  peer(word: string): PeerView | undefined;
  /** This method and the next three return the peer as it is afterwards. */
  enablePeer(name: string): PeerView;
  /** The peer stays disabled until it is enabled, or until a restart or reload. */
  disablePeer(name: string, options?: DisableOptions): PeerView;
  resetPeer(name: string, options?: ResetOptions): PeerView;
  refreshPeer(name: string, direction: RefreshDirection): PeerView;
  /** The routes written to a peer's session (Adj-RIB-Out), page by page. `signal` ends the query. */
  advertised(name: string, filter: AdvertisedFilter, signal?: AbortSignal): AsyncIterable<Page<AdvertisedView>>;
  /** The received routes in memory, page by page. `signal` ends the query. */
  routes(question: RouteQuestion, signal?: AbortSignal): AsyncIterable<Page<RouteView>>;
}

/** The configuration of a running daemon. If the file has errors, nothing changes. */
export interface ConfigurationTarget {
  /** The file that the daemon reads, as an absolute path. */
  readonly path: string;
  /** Reads the file again. */
  reload(): Promise<ReloadReport>;
  /** What {@link reload} would do now; changes nothing. */
  dryRun(): Promise<ReloadPlanView>;
  /**
   * Starts again in the same process, with the file as it is now. Sessions are closed without a NOTIFICATION, so that
   * peers keep our routes (RFC 4724 §4.1). The promise resolves before the restart.
   */
  restart(): Promise<RestartReport>;
  /** The configured peers and networks. */
  configuredPeers(): readonly ConfiguredPeerView[];
  /**
   * `keys` as in `[[peers]]`. The peer stays over restarts. `replace`: a peer of this name that was added is
   * replaced.
   */
  addPeer(
    keys: Readonly<Record<string, unknown>>,
    options?: { readonly replace?: boolean },
  ): Promise<ConfiguredPeerView>;
  /** Removes a peer that was added; returns the peer as it was. */
  removePeer(name: string): Promise<ConfiguredPeerView>;
}

/** The routes of this speaker: those of the configuration, and the rows of `announcements`. */
export interface AnnouncementTarget {
  /** Page by page; `prefix`: only the announcements of this prefix, each with all of its peers. */
  list(prefix?: string): AsyncIterable<Page<AnnouncementView>>;
  /** Waits up to `waitMs` milliseconds for peers that have not received the route yet. */
  announce(text: AnnouncementText, author: Author, waitMs: number): Promise<AnnouncementView>;
  /** Returns how many announcements were withdrawn. */
  withdraw(what: DestinationText, author: Author): Promise<number>;
  /** Announces and withdraws many routes: all or none. `body`: of the API, which says whether more parts follow. */
  change(body: Uint8Array<ArrayBuffer>, client: string | undefined): Promise<BulkResult>;
  /** How many rows from one id to another have each state. */
  states(first: number, last: number): Promise<StateCounts>;
  /** Withdraws everything that this source announced; returns how many announcements it was. */
  withdrawSource(source: string, author: Author): Promise<number>;
  withdrawRow(id: number, author: Author): Promise<void>;
}

/** A function that makes the rows of one page. Making them takes time, so the caller decides when. */
export type Page<T> = () => readonly T[];

/** Only the routes of a prefix, or of prefixes that contain an address; without both, all routes. */
export interface AdvertisedFilter {
  readonly prefix?: string;
  readonly address?: string;
  /** The key of a destination that is no plain prefix. */
  readonly key?: Uint8Array;
  /** Also routes that are waiting or withheld; `withheld`: only those that are withheld, for whatever reason. */
  readonly unwritten?: boolean | "withheld";
}

/** How many peers are named for each announcement in a list of all announcements. */
export const namedInLists = 10;

export interface Measurements {
  /** Longest pause of the main thread since the last call. */
  readonly eventLoopDelaySeconds: number;
  readonly residentBytes: number;
  /** Rows not yet written to the database; `null`: not known. */
  readonly backlogRows: number | null;
  readonly rpkiCaches: readonly RpkiCacheMeasurements[];
  readonly stations: readonly StationMeasurements[];
  readonly routers: readonly RouterMeasurements[];
  readonly archives: readonly ArchiveMeasurements[];
}

/** An archive of MRT files. */
export interface ArchiveMeasurements {
  /** As the configuration has it. */
  readonly path: string;
  readonly isWriting: boolean;
  /** Whole files, and their octets. */
  readonly files: number;
  readonly octets: number;
  /** How often records are missing. */
  readonly gaps: number;
}

/** A router that reports to bgpd (BMP), or did. */
export interface RouterMeasurements {
  readonly name: string;
  readonly isUp: boolean;
  /** How many of its peers are up. */
  readonly peers: number;
  /** How many routes it reports, by RIB kind. */
  readonly routes: Readonly<Record<string, number>>;
  readonly messages: number;
  /** Messages that were not used. */
  readonly skipped: number;
  readonly octets: number;
}

/** A station that bgpd reports to (BMP). */
export interface StationMeasurements {
  readonly name: string;
  readonly isUp: boolean;
  /** Octets that its connections took. */
  readonly octets: number;
  /** How often a connection was lost or could not be opened. */
  readonly failures: number;
  /** How often the station read too slowly, and lost its connection for that. */
  readonly lapped: number;
}

export interface RpkiCacheMeasurements {
  readonly cache: string;
  /** Connected, and in sync. */
  readonly isUp: boolean;
  readonly isInUse: boolean;
  readonly vrps: number;
  readonly aspas: number;
  readonly serial: number | undefined;
  /** Since the data were in sync. */
  readonly ageSeconds: number | undefined;
  readonly expiresInSeconds: number | undefined;
}

export type ControlErrorKind = "wrong" | "notFound" | "conflict" | "unavailable";

/** A request failed. The message is one sentence, or several on a line each. */
export class ControlError extends Error {
  readonly kind: ControlErrorKind;

  constructor(kind: ControlErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}

/** The control socket of a daemon: beside its database, so that commands find the socket by the database. */
export function controlSocketPath(database: string): string {
  return `${database}.sock`;
}

/** The socket of the live stream: beside the control socket. */
export function liveSocketPath(database: string): string {
  return `${database}.live.sock`;
}

/** The socket for everyone who may read the database: beside it, too. */
export function readerSocketPath(database: string): string {
  return `${database}.read.sock`;
}
