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

import type { FamilyId } from "../types/mod.ts";
import type { PeerCounters, RibFact, RibPeer, RibSession, StoreBatch } from "../rib/mod.ts";
import type { PeerEvent, PeerIdentity, PeerState, PeerStatistics } from "../store/mod.ts";

export type ToRib =
  | { kind: "addPeer"; peer: RibPeer }
  | { kind: "removePeer"; peerId: number }
  | { kind: "sessionUp"; peerId: number; epoch: number; session: RibSession }
  | { kind: "sessionDown"; peerId: number; epoch: number }
  /** Whole messages, back to back, at [start, end) of a credit. The buffer comes back as `credit`. */
  | { kind: "batch"; peerId: number; epoch: number; buffer: Uint8Array<ArrayBuffer>; start: number; end: number }
  /** The peer's socket can take about `limit` more bytes: answer with one `output` as soon as there is one. */
  | { kind: "pull"; peerId: number; epoch: number; limit: number }
  /** Routes the last run left of this peer that were not refreshed are given up. */
  | { kind: "expireStale"; peerId: number }
  /** Write what is left to the database, then say `drained`. */
  | { kind: "drain" };

export type RibToMain =
  /** Everything from the last run is loaded: reading may begin. */
  | { kind: "ready" }
  | { kind: "credit"; peerId: number; buffer: Uint8Array<ArrayBuffer> }
  | { kind: "output"; peerId: number; epoch: number; bytes: Uint8Array<ArrayBuffer> }
  | { kind: "fact"; fact: RibFact }
  /** What changed since the last report; `backlog`: rows that the database does not have yet. */
  | { kind: "counters"; peers: { peerId: number; counters: PeerCounters }[]; backlog: number }
  | { kind: "drained" };

export type RibToStore = { kind: "batch"; batch: StoreBatch };

export type StoreToRib =
  /** An empty batch: the store's credit. */
  | { kind: "buffer"; batch: StoreBatch }
  /** What the last run left, once, before anything else: the highest ids, then rows, then `loaded`. */
  | { kind: "lastIds"; prefix: number; set: number }
  | { kind: "loadPrefixes"; rows: Int32Array }
  | { kind: "loadSets"; rows: Float64Array; bytes: Uint8Array }
  | { kind: "loadStale"; peerId: number; family: FamilyId; rows: Float64Array }
  | { kind: "loaded" }
  /** The database was replaced: everything must be sent again. */
  | { kind: "storeLost" };

export type ToStore =
  | { kind: "open"; database: string; version: string; peers: PeerIdentity[] }
  /** The way to the RIB; what the last run left goes there at once. Only in the worker: the host is handed a Post. */
  | { kind: "join"; rib: MessagePort }
  /** Gives an id to a peer that came up at run time; answered by `peerId`. */
  | { kind: "addPeer"; request: number; peer: PeerIdentity }
  | { kind: "peerState"; peerId: number; state: PeerState }
  | { kind: "peerStatistics"; peerId: number; statistics: PeerStatistics }
  | { kind: "backlog"; rows: number }
  | { kind: "peerEvent"; peerId: number; event: PeerEvent }
  | { kind: "close" };

export type StoreToMain =
  | { kind: "opened"; peerIds: number[]; notes: string[] }
  | { kind: "refused"; reason: string }
  | { kind: "peerId"; request: number; peerId: number }
  /** The database cannot be written at the moment (locked, full); rows wait in the RIB. `undefined`: it can again. */
  | { kind: "degraded"; reason: string | undefined }
  | { kind: "note"; text: string }
  | { kind: "closed" };

/** Posts a message to another thread; buffers in `transfer` are gone here afterwards. */
export type Post<M> = (message: M, transfer?: Transferable[]) => void;
