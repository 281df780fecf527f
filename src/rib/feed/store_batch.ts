/**
 * What one pull carries from the RIB to the store: columns of numbers in transferable buffers, never an object per route.
 *
 * The store applies a batch in this order: events, prefixes, sets, routes, best, history, retired. A batch may be applied
 * twice (a retry after SQLITE_BUSY): every row is the whole current state of its key.
 */

import { type FamilyId, limits } from "../../types/mod.ts";
import type { HistoryGap } from "../history/history_ring.ts";
import type { PeerFamilyEvent } from "../in/peer_family_event.ts";
import type { ReasonText } from "../in/import/reasons.ts";
import { prefixStride, setStride } from "../table/row_strides.ts";

/** Numbers per row of each column block, in the order the fields are listed. */
export const stride = {
  prefixes: prefixStride,
  sets: setStride,
  /**
   * peerId, prefixId, pathId (-1 none), attributeId (0: the row is gone), receivedId (0: as attributeId), ineligible,
   * receivedAt (of a row that is gone, the flush before which it was overtaken, as a negative number: no history is made of it),
   * confirmedAt (0: not since it was received).
   */
  routes: 8,
  /** prefixId, peerId (-1: no best route), pathId, step, since. */
  best: 5,
  /** validTo, validFrom, peerId, prefixId, pathId, attributeId, endedBy. In order of arrival, which is about that of validTo. */
  history: 7,
} as const;

/** Whole families of a peer, or the whole database, change in one row. */
export type StoreEvent =
  | PeerFamilyEvent
  /** The superseded rows of a `flush` that was open are deleted. */
  | { kind: "settled"; peerId: number; family: FamilyId; at: number }
  | { kind: "gap" } & HistoryGap
  /** Reasons of import policy that rows are about to refer to. */
  | { kind: "words"; words: readonly ReasonText[] }
  /**
   * Which routes are as good as the best, by prefix id, peer id and path id. A prefix begins with a row of peer -1: what the
   * database has of it is void.
   */
  | { kind: "multipath"; rows: Float64Array }
  /** The RIB sends everything again from nothing: every row of `routes`, `best` and `prefixes` is void. */
  | { kind: "reset"; at: number };

export interface StoreBatch {
  prefixes: Int32Array;
  prefixCount: number;
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
  /** Ids of sets that no route refers to any more. */
  retired: Float64Array;
  retiredCount: number;
  events: StoreEvent[];
}

/** An empty batch with room for {@link limits.storeBatchRows} rows of each kind. */
export function createStoreBatch(rows: number = limits.storeBatchRows): StoreBatch {
  return {
    prefixes: new Int32Array(rows * stride.prefixes),
    prefixCount: 0,
    // A route may bring two: as received, and after policy.
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
  };
}

/** Makes a batch empty again and keeps its buffers. */
export function clearStoreBatch(batch: StoreBatch): void {
  batch.prefixCount = 0;
  batch.setCount = 0;
  batch.setBytesLength = 0;
  batch.routeCount = 0;
  batch.bestCount = 0;
  batch.historyCount = 0;
  batch.retiredCount = 0;
  batch.events = [];
}

export function isStoreBatchEmpty(batch: StoreBatch): boolean {
  return batch.prefixCount + batch.setCount + batch.routeCount + batch.bestCount + batch.historyCount +
      batch.retiredCount + batch.events.length === 0;
}

/** True where rows of some kind found no more room, or nearly so: more is waiting. */
export function isStoreBatchFull(batch: StoreBatch): boolean {
  const { prefixCount, setCount, routeCount, bestCount, historyCount } = batch;
  return Math.max(prefixCount, setCount, routeCount, bestCount, historyCount) >= limits.storeBatchRows;
}

/** The buffers to hand over with `postMessage(batch, transfer)`. */
export function storeBatchBuffers(batch: StoreBatch): ArrayBuffer[] {
  return [batch.prefixes, batch.sets, batch.setBytes, batch.routes, batch.best, batch.history, batch.retired]
    .map((column) => column.buffer as ArrayBuffer);
}
