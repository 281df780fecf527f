/**
 * What one pull moves from the RIB to the store: columns of numbers in transferable buffers, no objects per route.
 *
 * The store applies a batch in this order: events, prefixes, NLRI, sets, routes, best, history, retired. A batch may be
 * applied twice (a retry after SQLITE_BUSY): every row is the whole current state of its key.
 */

import { type FamilyId, limits } from "../../types/mod.ts";
import type { AspaChange } from "../../rpki/mod.ts";
import type { RingGap } from "../history/history_ring.ts";
import type { PeerFamilyEvent } from "../in/peer_family_event.ts";
import type { ReasonText } from "../in/import/reasons.ts";
import type { RouterStoreEvent } from "../routers/facts.ts";
import { nlriStride, prefixStride, setStride } from "../table/row_strides.ts";

/** How many numbers a row of each block has, with the fields in their order. */
export const stride = {
  prefixes: prefixStride,
  nlri: nlriStride,
  sets: setStride,
  /**
   * peerId, prefixId, pathId (-1 none), attributeId (0: the row is gone), receivedId (0: as attributeId), ineligible,
   * receivedAt (for a superseded row that is gone: minus the time of its flush; the store makes no history of it),
   * confirmedAt (0: not since it was received), validity (see `rpki/validity.ts`; 0: none).
   */
  routes: 9,
  /** peerId, family, routes, unwritten routes, eligible routes: the event `held`. */
  held: 5,
  /** prefixId, peerId (-1: no best route), pathId, step, since. */
  best: 5,
  /**
   * validTo, validFrom, peerId, prefixId, pathId, attributeId, endedBy. In order of arrival: roughly the order of
   * validTo.
   */
  history: 7,
} as const;

/** Changes of whole families of a peer, or of the whole database. */
export type StoreEvent =
  | PeerFamilyEvent
  /** The superseded rows of a `flush` that was open are deleted. */
  | { kind: "settled"; peerId: number; family: FamilyId; at: number }
  | { kind: "gap" } & RingGap
  /** Reasons of import policy that rows of this batch refer to. */
  | { kind: "words"; words: readonly ReasonText[] }
  /**
   * Multipath routes: rows of prefix id, peer id, path id. The first row of a prefix has peer -1: it replaces all that
   * the database has for the prefix.
   */
  | { kind: "multipath"; rows: Float64Array }
  /** No row of this batch or a later one names these NLRI. */
  | { kind: "retiredNlri"; ids: Int32Array }
  /** VRPs that count from this time on, or no longer: rows of `vrpStride` numbers (`rpki/vrp_records.ts`). */
  | { kind: "vrps"; at: number; rows: Int32Array }
  | { kind: "aspas"; at: number; changes: readonly AspaChange[] }
  /**
   * All that RPKI caches and files say is announced: VRPs and ASPAs of an earlier run that were not announced again are
   * gone.
   */
  | { kind: "rpkiComplete"; at: number }
  | RouterStoreEvent
  /** The RIB sends everything again: every row of `routes`, `best` and `prefixes` is void. */
  | { kind: "reset"; at: number };

export interface StoreBatch {
  prefixes: Int32Array;
  prefixCount: number;
  /**
   * Destinations that are no plain prefixes, by the key of their NLRI. A `prefixId` of the
   * rows below is the id of a prefix or of an NLRI.
   */
  nlri: Int32Array;
  nlriCount: number;
  nlriBytes: Uint8Array;
  nlriBytesLength: number;
  /** Doubles: ids of sets are never reused, and a busy collector passes 2^31 of them within months. */
  sets: Float64Array;
  setCount: number;
  setBytes: Uint8Array;
  setBytesLength: number;
  /** In order of peer, family, prefix, path. */
  routes: Float64Array;
  routeCount: number;
  /** In order of family, prefix. */
  best: Float64Array;
  bestCount: number;
  history: Float64Array;
  historyCount: number;
  /** Ids of sets that no route refers to. */
  retired: Float64Array;
  retiredCount: number;
  events: StoreEvent[];
  /**
   * With this batch, every change of a route up to this time is in the database: states that began or ended, and best
   * routes. Milliseconds since 1970; 0: not known.
   */
  writtenTo: number;
}

/** An empty batch with room for {@link limits.storeBatchRows} rows of each kind. */
export function createStoreBatch(rows: number = limits.storeBatchRows): StoreBatch {
  return {
    prefixes: new Int32Array(rows * stride.prefixes),
    prefixCount: 0,
    // Most collectors have none: the feed makes room where there are some.
    nlri: new Int32Array(0),
    nlriCount: 0,
    nlriBytes: new Uint8Array(0),
    nlriBytesLength: 0,
    // A route may bring two sets: as received, and after policy.
    sets: new Float64Array(2 * rows * stride.sets),
    setCount: 0,
    setBytes: new Uint8Array(rows * 64),
    setBytesLength: 0,
    routes: new Float64Array(rows * stride.routes),
    routeCount: 0,
    best: new Float64Array(rows * stride.best),
    bestCount: 0,
    history: new Float64Array(rows * stride.history),
    historyCount: 0,
    retired: new Float64Array(rows),
    retiredCount: 0,
    events: [],
    writtenTo: 0,
  };
}

/** Makes a batch empty again and keeps its buffers. */
export function clearStoreBatch(batch: StoreBatch): void {
  batch.prefixCount = 0;
  batch.nlriCount = 0;
  batch.nlriBytesLength = 0;
  batch.setCount = 0;
  batch.setBytesLength = 0;
  batch.routeCount = 0;
  batch.bestCount = 0;
  batch.historyCount = 0;
  batch.retiredCount = 0;
  batch.events = [];
  batch.writtenTo = 0;
}

export function isStoreBatchEmpty(batch: StoreBatch): boolean {
  return batch.prefixCount + batch.nlriCount + batch.setCount + batch.routeCount + batch.bestCount +
      batch.historyCount + batch.retiredCount + batch.events.length === 0;
}

/** The batch has no room for more rows of some kind, so that more rows probably wait. */
export function isStoreBatchFull(batch: StoreBatch): boolean {
  const { prefixCount, nlriCount, setCount, routeCount, bestCount, historyCount } = batch;
  return Math.max(prefixCount, nlriCount, setCount, routeCount, bestCount, historyCount) >= limits.storeBatchRows;
}

/** The buffers to transfer with `postMessage(batch, transfer)`. */
export function storeBatchBuffers(batch: StoreBatch): ArrayBuffer[] {
  const { prefixes, nlri, nlriBytes, sets, setBytes, routes, best, history, retired } = batch;
  return [prefixes, nlri, nlriBytes, sets, setBytes, routes, best, history, retired]
    .map((column) => column.buffer as ArrayBuffer);
}
