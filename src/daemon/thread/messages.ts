/**
 * What the threads say to each other. Bytes and typed arrays travel by transfer; objects are small and never one per
 * route. Everything that touches routes keeps its order: one FIFO from main to the RIB, one from the RIB to the store.
 *
 * ```
 *            ToRib ─────────▶             RibToStore ────────▶
 *   main                        RIB                             store
 *            ◀──────── RibToMain          ◀──────── StoreToRib
 *      └───────────────── ToStore ─────────────────────▶
 *      ◀─────────────── StoreToMain ───────────────────┘
 * ```
 */

import type { FamilyId, FamilyMask, Prefix } from "../../types/mod.ts";
import type { PolicyBook } from "../../policy/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import type {
  AdvertisedQuestion,
  MultipathChoice,
  OriginatedFor,
  Origination,
  OutcomeChanges,
  OutcomeSummary,
  PeerCounters,
  RibFact,
  RibPeer,
  RibSession,
  RouteQuestion,
  StoreBatch,
} from "../../rib/mod.ts";
import type { PackedRoutes } from "./page_codec.ts";
import type {
  AnnouncementChanges,
  AnnouncementRow,
  AnnouncementSource,
  AnnouncementText,
  ConfiguredPeer,
  EarlierRun,
  FileAccess,
  HistoryLimits,
  PeerEvent,
  PeerIdentity,
  PeerState,
  PeerStatistics,
} from "../../store/mod.ts";

export type ToRib =
  | { kind: "addPeer"; peer: RibPeer }
  | { kind: "removePeer"; peerId: number }
  /** Its configuration changed; the session, if there is one, goes on. `negotiated`: what its OPENs come to now, where that is news. */
  | { kind: "updatePeer"; peer: RibPeer; negotiated?: Negotiated }
  /** Other policies; `peers`: those whose configuration changes with them. */
  | { kind: "policies"; book: PolicyBook; peers: readonly RibPeer[] }
  | { kind: "multipath"; choice: MultipathChoice }
  /** Routes of this speaker: those with a known key are replaced. */
  | { kind: "originate"; list: readonly Origination[] }
  | { kind: "unoriginate"; keys: readonly string[] }
  /** Ask the peer for its routes again (`in`), or tell it ours again (`out`). */
  | { kind: "refresh"; peerId: number; direction: "in" | "out" }
  /** What is announced to a peer: answered by one page, and by another for each `nextPage`. */
  | { kind: "advertised"; request: number; peerId: number; question: AdvertisedQuestion }
  /** Received routes: answered in the same way. */
  | { kind: "routes"; request: number; question: RouteQuestion }
  /** What became of these routes of this speaker; of each `most` peers are named that do not have it. */
  | { kind: "outcomes"; request: number; list: readonly OriginatedFor[]; most: number }
  | { kind: "nextPage"; request: number }
  | { kind: "endQuery"; request: number }
  /** `keep`: families in which stale routes may stay; `retain`: those whose routes stay as stale ones. */
  | { kind: "sessionUp"; peerId: number; epoch: number; session: RibSession; keep: FamilyMask }
  | { kind: "sessionDown"; peerId: number; epoch: number; retain: FamilyMask }
  /** Whole messages, back to back, at [start, end) of a credit, or all of a copy. It comes back as `credit`. */
  | { kind: "batch"; peerId: number; epoch: number; buffer: Uint8Array<ArrayBuffer>; start: number; end: number }
  /** The peer's socket can take `limit` more octets, about: answered by `output` until they are used up. */
  | { kind: "pull"; peerId: number; epoch: number; limit: number }
  /** What is stale of a peer, of this run or the last one, is given up. */
  | { kind: "expireStale"; peerId: number; families: FamilyMask }
  /** What is stale of it becomes long-lived stale (RFC 9494). */
  | { kind: "longLived"; peerId: number; families: FamilyMask }
  /** After a restart: in these families routes may be chosen and announced now. */
  | { kind: "select"; families: FamilyMask }
  /** Write what is left to the database, then say `drained`. */
  | { kind: "drain" };

export type RibToMain =
  /** Everything from the last run is loaded: reading may begin. */
  | { kind: "ready" }
  /** `buffer`: not that of a copy. */
  | { kind: "credit"; peerId: number; buffer?: Uint8Array<ArrayBuffer> }
  | { kind: "output"; peerId: number; epoch: number; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "fact"; fact: RibFact }
  /** What changed since the last report; `backlog`: rows that the database does not have yet. */
  | { kind: "counters"; peers: { peerId: number; counters: PeerCounters }[]; backlog: number }
  /** A page of the answer to a question about routes. `done`: the last one. `refused`: there is no more, for this reason. */
  | { kind: "page"; request: number; rows: PackedRoutes; done: boolean; refused?: string }
  /** In the order of the list that was asked about. */
  | { kind: "outcomes"; request: number; outcomes: OutcomeSummary[] }
  | { kind: "drained" };

export type RibBatch = { kind: "batch"; batch: StoreBatch };

export type RibToStore =
  | RibBatch
  /** The answer to `outcomes`, also where nothing changed. */
  | { kind: "outcomes"; changes: OutcomeChanges };

export type StoreToRib =
  /** An empty batch: the store's credit. */
  | { kind: "buffer"; batch: StoreBatch }
  /**
   * What the last run left, once, before anything else: the highest ids, then rows, then `loaded`. `at`: the store's clock,
   * which says since when rows are of this run; the RIB's is never behind it.
   */
  | { kind: "lastIds"; prefix: number; set: number; at: number }
  | { kind: "loadPrefixes"; rows: Int32Array }
  | { kind: "loadSets"; rows: Float64Array; bytes: Uint8Array }
  | { kind: "loadStale"; peerId: number; family: FamilyId; rows: Float64Array }
  | { kind: "loaded" }
  /** What became of routes of this speaker since the last time? Asked again when the answer is written. */
  | { kind: "outcomes" }
  /** The database was replaced: everything must be sent again. */
  | { kind: "storeLost" };

export type ToStore =
  /** `networks`: what the last run has of peers inside them is kept, as stale. */
  | {
    kind: "open";
    database: string;
    version: string;
    peers: PeerIdentity[];
    networks: Prefix[];
    history?: HistoryLimits | false;
    /** Who may read and write the files. */
    access?: FileAccess;
  }
  /** The way to the RIB; what the last run left goes there at once. Only in the worker: the host is handed a Post. */
  | { kind: "join"; rib: MessagePort }
  /** Gives an id to a peer that came up at run time; answered by `peerId`. */
  | { kind: "addPeer"; request: number; peer: PeerIdentity }
  /** The peer left the configuration, or has been away for long. The row of one that never had a session goes, too. */
  | { kind: "removePeer"; peerId: number; at: number }
  /** About the tables that people fill; answered by `answer`. */
  | { kind: "ask"; request: number; question: StoreQuestion }
  | { kind: "peerState"; peerId: number; state: PeerState }
  | { kind: "peerStatistics"; peerId: number; statistics: PeerStatistics }
  /** `longestStallMs`: of the main thread since the start. */
  | { kind: "backlog"; rows: number; longestStallMs: number }
  /** The text of the file that is in force, for those who compare another one with it. */
  | { kind: "configuration"; text: string }
  | { kind: "peerEvent"; peerId: number; event: PeerEvent }
  /** A restart is near: there is time for nothing but the rows that wait. */
  | { kind: "catchUp" }
  /**
   * The daemon ends: rows that still come are written, for so long, unless the database refuses them for longer than a
   * moment; answered by `gaveUp` where that was not enough.
   */
  | { kind: "hurry"; withinMs: number }
  /** `restarts`: the next run goes on from this one. */
  | { kind: "close"; restarts: boolean };

export type StoreToMain =
  /** What waits is not written any more. */
  | { kind: "gaveUp" }
  /** `members`: peers inside `networks` of which the last run left routes. */
  | {
    kind: "opened";
    peerIds: number[];
    members: { id: number; remoteIp: string }[];
    notes: string[];
    earlier?: EarlierRun | undefined;
  }
  | { kind: "refused"; reason: string }
  | { kind: "peerId"; request: number; peerId: number }
  /** What the table `announcements` says has changed. */
  | { kind: "announcements"; changes: AnnouncementChanges }
  | { kind: "answer"; request: number; answer: StoreAnswer }
  /** The database cannot be written at the moment (locked, full); rows wait in the RIB. `undefined`: it can again. */
  | { kind: "degraded"; reason: string | undefined }
  /** For the operator to know. */
  | { kind: "note"; text: string }
  | { kind: "closed" };

export type StoreQuestion =
  | { kind: "announce"; text: AnnouncementText; source: AnnouncementSource }
  | { kind: "withdraw"; prefix: string; peer: string | null }
  | { kind: "withdrawRow"; id: number }
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
  | { kind: "rows"; rows: AnnouncementRow[] }
  | { kind: "refused"; reason: string };

/** Batches that the store lends to the RIB: one fills while the other is written. */
export const lentBatches = 2;

/** Posts a message to another thread; buffers in `transfer` are gone here afterwards. */
export type Post<M> = (message: M, transfer?: Transferable[]) => void;
