/**
 * The messages between the threads. Octets and typed arrays are transferred, not copied; objects are small, and there
 * is never one per route. Messages about routes keep their order: one FIFO leads from the main thread to the RIB, and
 * one from the RIB to the store.
 *
 * ```
 *            ToRib ─────────▶             RibToStore ────────▶
 *   main                        RIB                             store
 *            ◀──────── RibToMain          ◀──────── StoreToRib
 *      └───────────────── ToStore ─────────────────────▶
 *      ◀─────────────── StoreToMain ───────────────────┘
 * ```
 */

import type { Asn, FamilyId, FamilyMask, Prefix } from "../../types/mod.ts";
import type { PolicyTable } from "../../policy/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import type {
  AdvertisedQuestion,
  BmpChoice,
  MrtChoice,
  MultipathChoice,
  OriginatedFor,
  OutcomeChanges,
  OutcomeSummary,
  PeerCounters,
  RibFact,
  RibPeer,
  RibSession,
  RouteQuestion,
  RouterCounters,
  RouterFact,
  RouterTerms,
  RpkiChange,
  SavedRouters,
  SessionEnd,
  StoreBatch,
} from "../../rib/mod.ts";
import type { PackedRoutes } from "./page_codec.ts";
import type { PackedOriginations } from "./origination_codec.ts";
import type {
  AnnouncementRow,
  AnnouncementText,
  Author,
  ConfiguredPeer,
  DestinationText,
  EarlierRun,
  FileAccess,
  HistoryLimits,
  PeerEvent,
  PeerIdentity,
  PeerState,
  PeerStatistics,
  RpkiSourceRow,
  SavedRpkiCache,
} from "../../store/mod.ts";

export type ToRib =
  | { kind: "addPeer"; peer: RibPeer }
  | { kind: "removePeer"; peerId: number }
  /**
   * The configuration of a peer changed, and its session goes on. `negotiated`: what its OPENs amount to under the new
   * configuration, where that is another result.
   */
  | { kind: "updatePeer"; peer: RibPeer; negotiated?: Negotiated }
  /** Other policies. `peers`: those whose configuration changes at the same time. */
  | { kind: "policies"; table: PolicyTable; peers: readonly RibPeer[] }
  | { kind: "multipath"; choice: MultipathChoice }
  /** A part of what RPKI caches and files say, or its end. */
  | { kind: "rpki"; change: RpkiChange }
  /** Routes of this speaker to announce. A route with a known key replaces the one before. */
  | { kind: "originate"; packed: PackedOriginations }
  | { kind: "unoriginate"; keys: readonly string[] }
  /** Ask the peer for its routes again (`in`), or advertise ours again (`out`). RFC 2918 */
  | { kind: "refresh"; peerId: number; direction: "in" | "out" }
  /** Which routes are advertised to a peer? The answer is one `page`, and another one for each `nextPage`. */
  | { kind: "advertised"; request: number; peerId: number; question: AdvertisedQuestion }
  /** Which received routes match? Answered in the same way. */
  | { kind: "routes"; request: number; question: RouteQuestion }
  /**
   * What became of these routes of this speaker? Of the peers that do not have a route, at most `most` are named. The
   * answer is `outcomes`.
   */
  | { kind: "outcomes"; request: number; list: readonly OriginatedFor[]; most: number }
  | { kind: "nextPage"; request: number }
  | { kind: "endQuery"; request: number }
  /** `keep`: families whose stale routes stay for now. `retain`: families whose routes become stale and stay. */
  | { kind: "sessionUp"; peerId: number; epoch: number; session: RibSession; keep: FamilyMask }
  /** `end`: for stations. */
  | { kind: "sessionDown"; peerId: number; epoch: number; retain: FamilyMask; end?: SessionEnd }
  /**
   * A station wants BMP, or an archive records. `limit`: how many octets its connection takes now, about; the answers
   * are `monitored`. Each `pullMonitor` allows more octets.
   */
  | { kind: "openMonitor"; reader: number; choice: BmpChoice | MrtChoice; limit: number }
  | { kind: "pullMonitor"; reader: number; limit: number }
  /** `rest`: the last answer has everything up to now. */
  | { kind: "closeMonitor"; reader: number; rest?: true }
  /** A router connected, to report by BMP. */
  | { kind: "routerOpened"; connection: number; terms: RouterTerms }
  /** Octets of that connection: the first `length` of the buffer. The answer is `routerCredit`, with the buffer. */
  | { kind: "routerOctets"; connection: number; buffer: Uint8Array<ArrayBuffer>; length: number }
  /** The connection is closed. `keep`: the routes of the router stay for a while, because it may come back. */
  | { kind: "routerClosed"; connection: number; reason: string; keep: boolean }
  /** No router at this address may report any more: what those that are not connected left ends. */
  | { kind: "routerForgotten"; address: string }
  /**
   * Whole BGP messages, back to back, at octets [start, end) of a buffer. The answer is `credit`, with the buffer
   * unless it is small (`limits.copiedBytes`) and was copied.
   */
  | { kind: "batch"; peerId: number; epoch: number; buffer: Uint8Array<ArrayBuffer>; start: number; end: number }
  /** The socket of the peer has room for about `limit` more octets: answered by `output` until they are used up. */
  | { kind: "pull"; peerId: number; epoch: number; limit: number }
  /** The stale routes of a peer go, those of an earlier run, too. */
  | { kind: "expireStale"; peerId: number; families: FamilyMask }
  /** The stale routes of a peer become long-lived stale (RFC 9494). */
  | { kind: "longLived"; peerId: number; families: FamilyMask }
  /** The restart is over for these families: the decision process may select and advertise their routes. */
  | { kind: "select"; families: FamilyMask }
  /** Send what is left to the store, then answer `drained`. */
  | { kind: "drain" }
  /** Is the thread alive? Answered by `pong`, after the messages before it. */
  | { kind: "ping" };

export type RibToMain =
  /** The routes of the last run are loaded: peers may be read now. */
  | { kind: "ready" }
  /** A `batch` is processed. `buffer`: its buffer, unless it was a copy. */
  | { kind: "credit"; peerId: number; buffer?: Uint8Array<ArrayBuffer> }
  | { kind: "output"; peerId: number; epoch: number; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "fact"; fact: RibFact }
  /** `routerOctets` is processed. */
  | { kind: "routerCredit"; connection: number; buffer: Uint8Array<ArrayBuffer> }
  | { kind: "routerFact"; connection: number; fact: RouterFact }
  /** The numbers of all routers whose connection is up, where one changed. */
  | { kind: "routerCounters"; routers: readonly RouterCounters[] }
  /** Whole BMP messages for a station, or records for an archive. */
  | { kind: "monitored"; reader: number; bytes: Uint8Array<ArrayBuffer>; isLast?: true }
  /** The station reads too slowly, and the RIB has closed its reader. */
  | { kind: "monitorLapped"; reader: number }
  /** The counters that changed since the last report. `backlog`: rows that are not written yet. */
  | { kind: "counters"; peers: { peerId: number; counters: PeerCounters }[]; backlog: number }
  /** A page of the answer to a question about routes. `done`: the last one. `refused`: why the answer ends early. */
  | { kind: "page"; request: number; rows: PackedRoutes; done: boolean; refused?: string }
  /** In the order of the list of the question. */
  | { kind: "outcomes"; request: number; outcomes: OutcomeSummary[] }
  | { kind: "drained" }
  | { kind: "pong" };

export type RibBatch = { kind: "batch"; batch: StoreBatch };

export type RibToStore =
  | RibBatch
  /** The answer to `outcomes`, also where nothing changed. */
  | { kind: "outcomes"; changes: OutcomeChanges };

export type StoreToRib =
  /** The store lends an empty batch. */
  | { kind: "buffer"; batch: StoreBatch }
  /**
   * Loading begins: the highest ids of the last run, then its rows, then `loaded`. `at`: the time of the store. Rows
   * from then on belong to this run, so the clock of the RIB must not be behind it.
   */
  | { kind: "lastIds"; prefix: number; set: number; at: number }
  | { kind: "loadRouters"; saved: SavedRouters }
  | { kind: "loadPrefixes"; rows: Int32Array }
  | { kind: "loadNlri"; rows: Int32Array; bytes: Uint8Array }
  | { kind: "loadSets"; rows: Float64Array; bytes: Uint8Array }
  | { kind: "loadStale"; peerId: number; family: FamilyId; rows: Float64Array }
  | { kind: "loaded" }
  /** What became of routes of this speaker since the last answer? The store asks again when that is written. */
  | { kind: "outcomes" }
  /** The database was replaced by an empty one: the RIB sends everything again. */
  | { kind: "storeLost" };

export type ToStore =
  /** `networks`: routes of the last run are kept as stale for peers with an address inside these networks. */
  | {
    kind: "open";
    database: string;
    version: string;
    peers: PeerIdentity[];
    networks: Prefix[];
    history?: HistoryLimits | false;
    /** Mode and group of the files. */
    access?: FileAccess;
  }
  /**
   * The port to the RIB, and the state of the lane to it, which wakes it (`lane.ts`). The rows of the last run go there
   * at once. The worker handles this message: the host gets a Post.
   */
  | { kind: "join"; rib: MessagePort; lane: SharedArrayBuffer }
  /** Writes the identity of a peer; answered by `peerId`. */
  | { kind: "addPeer"; request: number; peer: PeerIdentity }
  /** The peer was removed. If it never had a session, its row goes, too. */
  | { kind: "removePeer"; peerId: number; at: number }
  /** A question about the tables that people fill; answered by `answer`. */
  | { kind: "ask"; request: number; question: StoreQuestion }
  | { kind: "peerState"; peerId: number; state: PeerState }
  | { kind: "peerStatistics"; peerId: number; statistics: PeerStatistics }
  /** `longestStallMs`: for how long the main thread was blocked at most since the start. */
  | { kind: "backlog"; rows: number; longestStallMs: number }
  /** The state of RPKI caches and files, and the data of some caches. `gone`: names of those not configured now. */
  | { kind: "rpkiSources"; rows: readonly RpkiSourceRow[]; gone: readonly string[] }
  /** The text of the configuration file in force, and the AS of routes that this speaker originates. */
  | { kind: "configuration"; text: string; ownAsn: Asn | undefined }
  | { kind: "peerEvent"; peerId: number; event: PeerEvent }
  /** A restart is near: write only the rows that wait. */
  | { kind: "catchUp" }
  /**
   * The daemon ends: rows that wait are written for `withinMs` at most, and no longer than a moment while the database
   * refuses them. Answered by `gaveUp` where rows are left.
   */
  | { kind: "hurry"; withinMs: number }
  /** `restarts`: the next run goes on from this one (graceful restart). */
  | { kind: "close"; restarts: boolean }
  /** Is the thread alive? Answered by `pong`. */
  | { kind: "ping" };

export type StoreToMain =
  /** The rows that wait are dropped. */
  | { kind: "gaveUp" }
  /** `members`: peers inside `networks` that the last run left routes of. `earlier`: how the last run ended. */
  | {
    kind: "opened";
    peerIds: number[];
    members: { id: number; remoteIp: string }[];
    notes: string[];
    /** The data of RPKI caches as the last run left them. */
    rpkiCaches: SavedRpkiCache[];
    /** The names of all RPKI caches and files of the last run. */
    rpkiSources: string[];
    earlier?: EarlierRun | undefined;
  }
  | { kind: "refused"; reason: string }
  | { kind: "peerId"; request: number; peerId: number }
  /** What changed in the table `announcements`. */
  | {
    kind: "announcements";
    changes: { readonly announced: PackedOriginations | undefined; readonly withdrawn: readonly string[] };
  }
  | { kind: "answer"; request: number; answer: StoreAnswer }
  /** Why the database cannot be written now (locked, full): rows wait in the RIB. `undefined`: it can be again. */
  | { kind: "degraded"; reason: string | undefined }
  /** The same for the status: every change, also those that the log does not have. */
  | { kind: "failing"; reason: string | undefined }
  /** A line for the log. */
  | { kind: "note"; text: string }
  | { kind: "closed" }
  | { kind: "pong" };

export type StoreQuestion =
  | { kind: "announce"; text: AnnouncementText; author: Author }
  | { kind: "withdraw"; what: DestinationText; author: Author }
  /** The body of a request that announces and withdraws many routes (`bulk_body.ts`). */
  | { kind: "bulk"; body: Uint8Array; client: string | undefined }
  /** How many rows with these ids have each state? */
  | { kind: "states"; first: number; last: number }
  | { kind: "withdrawSource"; source: string; author: Author }
  | { kind: "withdrawRow"; id: number; author: Author }
  /** About the table `configured_peers`. */
  | { kind: "keepPeer"; peer: ConfiguredPeer }
  | { kind: "forgetPeer"; name: string }
  /** Rows of `announcements` behind this id, or those for a prefix. */
  | { kind: "list"; after: number; limit: number }
  | { kind: "rowsFor"; prefix: string };

export type StoreAnswer =
  | { kind: "announced"; row: AnnouncementRow }
  | { kind: "withdrawn"; count: number }
  | { kind: "kept" }
  /** `first`, `last`: ids of the new rows. */
  | { kind: "changed"; announced: number; withdrawn: number; first: number | null; last: number | null }
  | { kind: "states"; counts: Record<string, number> }
  | { kind: "rows"; rows: AnnouncementRow[] }
  /** `isWrong`: the question is; otherwise the database could not be written. */
  | { kind: "refused"; reason: string; isWrong: boolean };

/** How many batches the store lends to the RIB: one is filled while the other is written. */
export const lentBatches = 2;

/** Posts a message to another thread. Buffers in `transfer` cannot be used here any more. */
export type Post<M> = (message: M, transfer?: Transferable[]) => void;
