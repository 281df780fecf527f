/**
 * What the daemon offers to those who talk to it, as plain values and promises. The daemon lives above this folder and
 * hands in an implementation; tests hand in their own.
 */

import type { OutcomeState, RouteQuestion } from "../rib/mod.ts";
import type { PeerStateName } from "../session/mod.ts";
import type { AnnouncementRow, AnnouncementSource, AnnouncementText, RouteRow } from "../store/mod.ts";

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
  advertised(name: string, filter: AdvertisedFilter, signal?: AbortSignal): AsyncIterable<Page<AdvertisedRoute>>;
  /** The received routes in memory, page by page. `signal` ends the query. */
  routes(question: RouteQuestion, signal?: AbortSignal): AsyncIterable<Page<RouteView>>;
}

/** The configuration of a running daemon. If the file has errors, nothing changes. */
export interface ConfigurationTarget {
  /** The file that the daemon reads, as an absolute path. */
  readonly path: string;
  /** Reads the file again. */
  reload(): Promise<ReloadReport>;
  /**
   * Starts again in the same process, with the file as it is now. Sessions are closed without a NOTIFICATION, so that peers
   * keep our routes (RFC 4724 §4.1). The promise resolves before the restart.
   */
  restart(): Promise<RestartReport>;
  /** The configured peers and networks. */
  configuredPeers(): readonly ConfiguredPeerView[];
  /** `keys` as in `[[peers]]`. The peer stays over restarts. `replace`: a peer of this name that was added is replaced. */
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
  announce(text: AnnouncementText, source: AnnouncementSource, waitMs: number): Promise<AnnouncementView>;
  /** Returns how many announcements were withdrawn. */
  withdraw(prefix: string, peer: string | null): Promise<number>;
  withdrawRow(id: number): Promise<void>;
}

export interface DisableOptions {
  /** Text for the peer's operator; it goes out with the NOTIFICATION (RFC 9003). */
  readonly message?: string | undefined;
  /** Our routes carry GRACEFUL_SHUTDOWN for so long, then the session ends (RFC 8326). */
  readonly drainSeconds?: number | undefined;
}

export interface ResetOptions {
  /** Text for the peer's operator; it goes out with the NOTIFICATION (RFC 9003). */
  readonly message?: string | undefined;
  /** Both sides keep the routes meanwhile, if RFC 8538 was negotiated. */
  readonly graceful?: boolean | undefined;
}

/** Rows of a long answer, made when they are asked for: making them takes time, and it may be somebody else's turn. */
export type Page<T> = () => readonly T[];

/** `in`: the peer sends its routes again; `out`: ours go out again. */
export type RefreshDirection = "in" | "out" | "both";

/** The routes of a prefix, or of the prefixes that hold an address; without either all. */
export interface AdvertisedFilter {
  readonly prefix?: string;
  readonly address?: string;
  /** Also what waits and what is withheld. */
  readonly unwritten?: boolean;
}

export interface SpeakerStatus {
  readonly version: string;
  readonly pid: number;
  readonly routerId: string;
  readonly database: string;
  /** The file that it reads, as an absolute path. */
  readonly configuration: string;
  /** ISO 8601, UTC; so are the other times. */
  readonly startedAt: string;
  readonly uptimeSeconds: number;
  /** False while the last run's rows are loaded: peers are not read yet. */
  readonly ready: boolean;
  /** Rows that memory has and the database does not; `null` where it is not known. */
  readonly backlogRows: number | null;
  readonly peers: number;
  readonly established: number;
}

export interface PeerView {
  /** Its name. */
  readonly peer: string;
  /** Of a link-local address with its zone; `null`: not known yet. */
  readonly remoteIp: string | null;
  readonly peerAs: number | null;
  readonly description: string | null;
  readonly group: string | null;
  readonly state: PeerStateName;
  readonly enabled: boolean;
  readonly since: string;
  readonly sinceSeconds: number;
  /** Why there is no session: how the last one ended, or why the next does not come up. */
  readonly lastReason: string | null;
  /** Routes of a lost session stay until then at the most (RFC 4724, 9494). */
  readonly staleUntil: string | null;
  /** When the session ends that is being drained (RFC 8326). */
  readonly drainedAt: string | null;
  /** Sessions that were Established, since the daemon started. */
  readonly sessions: number;
  readonly routerId: string | null;
  readonly localIp: string | null;
  readonly localAs: number;
  /** What we are to the peer (RFC 9234), and what it says that it is to us. */
  readonly role: string | null;
  readonly remoteRole: string | null;
  readonly holdTimeSeconds: number | null;
  readonly families: readonly string[];
  readonly capabilities: readonly string[];
  readonly messagesReceived: MessageTally;
  readonly messagesSent: MessageTally;
  /** Of this session, or of the last one. */
  readonly updatesReceived: number;
  readonly routesAnnounced: number;
  readonly routesWithdrawn: number;
  readonly treatAsWithdraw: number;
  readonly attributeDiscards: number;
  /** Announcements of paths above `add_path_max_paths`. */
  readonly pathsRefused: number;
  readonly prefixesReceived: readonly FamilyTally[];
  readonly prefixesAdvertised: readonly FamilyTally[];
}

/** An entry of the configuration, wherever it comes from. */
export interface ConfiguredPeerView {
  /** Its name. */
  readonly peer: string;
  /** An address or a network; `null` where what was added cannot be read. */
  readonly remoteIp: string | null;
  readonly peerAs: number | null;
  readonly description: string | null;
  readonly group: string | null;
  /** `file`, or `command` (and API). */
  readonly source: "file" | "command";
  /** What was added, in the words of the configuration. */
  readonly toml: string | null;
  /** Why it does not count. */
  readonly error: string | null;
}

export interface MessageTally {
  readonly open: number;
  readonly update: number;
  readonly notification: number;
  readonly keepalive: number;
  readonly routeRefresh: number;
}

export interface FamilyTally {
  readonly family: string;
  readonly count: number;
}

/** A route of this speaker, and where it came from. */
export interface AnnouncementView extends Omit<AnnouncementRow, "id" | "source"> {
  /** The row of `announcements`; `null` for what the configuration names. */
  readonly id: number | null;
  /** `config`, `command`, `api` or `sql`. */
  readonly source: string;
  /** `refused`: `error` says why; the others as {@link OutcomeState} has them. */
  readonly state: OutcomeState | "refused";
  readonly sentTo: number;
  /** How many peers it is for. */
  readonly peers: number;
  /** Those that do not have it; of a list of all announcements the first {@link namedInLists} of them. */
  readonly notSent: readonly UnsentPeer[];
}

/** Peers named at an announcement in a list of all. */
export const namedInLists = 10;

export interface UnsentPeer {
  readonly peer: string;
  /** `down`: it has no session. */
  readonly state: "waiting" | "withheld" | "down";
  readonly reason: string;
}

export interface AdvertisedRoute {
  readonly prefix: string;
  readonly pathId: number | null;
  /** `advertised`: written to the session. */
  readonly state: "advertised" | "waiting" | "withheld";
  /** Why it waits or is withheld; the attributes of a withdraw that waits, or of a route that has none to leave with, are empty. */
  readonly reason: string | null;
  readonly nextHop: string | null;
  readonly asPath: string;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly extCommunities: readonly string[];
}

/** A received route: the columns of the view `rib`, with lists in place of blank-separated text. */
export interface RouteView extends Omit<RouteRow, "communities" | "largeCommunities" | "extCommunities"> {
  readonly communities: readonly string[];
  readonly largeCommunities: readonly string[];
  readonly extCommunities: readonly string[];
}

export interface ReloadReport {
  /** One line for each change. */
  readonly changes: readonly string[];
}

export interface RestartReport {
  readonly pid: number;
  /** Of the run that ends. */
  readonly startedAt: string;
  /** Sessions that are closed, and whether the peer was told to keep our routes. */
  readonly sessions: readonly { readonly peer: string; readonly keepsRoutes: boolean }[];
}

export interface Measurements {
  /** Longest time the main thread did not answer, since the last look. */
  readonly eventLoopDelaySeconds: number;
  readonly residentBytes: number;
  /** Rows that memory has and the database does not; `null` where it is not known. */
  readonly backlogRows: number | null;
}

export type ControlErrorKind = "wrong" | "notFound" | "conflict" | "unavailable";

/** It cannot be done; the message is one sentence for people, or several, each a line. */
export class ControlError extends Error {
  readonly kind: ControlErrorKind;

  constructor(kind: ControlErrorKind, message: string) {
    super(message);
    this.kind = kind;
  }
}
