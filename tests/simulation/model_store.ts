/**
 * A database of a few maps in place of `store_host.ts` and SQLite. It needs no file and is stricter. Most seeds run
 * with it and find mistakes of the RIB; the other seeds find mistakes of the store.
 */

import assert from "node:assert/strict";
import {
  clearStoreBatch,
  createStoreBatch,
  type StoreBatch,
  storeBatchBuffers,
  type StoreEvent,
  stride,
} from "../../src/rib/mod.ts";
import type { EarlierRun } from "../../src/store/mod.ts";
import {
  asFamilyId,
  families,
  type FamilyId,
  familyOf,
  formatPrefix,
  parseAddress,
  prefixContains,
} from "../../src/types/mod.ts";
import type { Post, RibToStore, StoreToMain, StoreToRib, ToStore } from "../../src/daemon/thread/messages.ts";
import { lentBatches } from "../../src/daemon/thread/messages.ts";
import type { DatabaseView, RouteView } from "./database.ts";
import type { Random } from "./random.ts";

/** Small, so that batches fill up. */
const batchRows = 64;

interface RouteRow {
  readonly peerId: number;
  readonly prefixId: number;
  readonly pathId: number;
  readonly setId: number;
  /** 0: the same set. */
  readonly receivedId: number;
  readonly ineligible: number;
  readonly receivedAt: number;
  /** 0: not since it was received. */
  readonly confirmedAt: number;
}

interface PeerFamilyRow {
  flushedAt: number;
  staleBefore: number;
}

/** What survives a restart. */
export class ModelDatabase {
  readonly peers = new Map<number, { address: string; state: string }>();
  readonly peerFamilies = new Map<string, PeerFamilyRow>();
  readonly prefixes = new Map<number, { family: FamilyId; words: number[]; text: string }>();
  readonly sets = new Map<number, Uint8Array>();
  readonly routes = new Map<string, RouteRow>();
  readonly best = new Map<number, { peerId: number; pathId: number }>();
  lastPrefix = 0;
  lastSet = 0;
  /** When the last run was there for certain, and whether it took leave of its peers; `undefined`: there was none. */
  ended: { readonly at: number; readonly saidGoodbye: boolean } | undefined;

  peerId(address: string): number {
    for (const [id, peer] of this.peers) if (peer.address === address) return id;
    const id = this.peers.size + 1;
    this.peers.set(id, { address, state: "Idle" });
    return id;
  }

  peerFamily(peerId: number, family: FamilyId): PeerFamilyRow {
    const key = `${peerId} ${family}`;
    let row = this.peerFamilies.get(key);
    if (row === undefined) this.peerFamilies.set(key, row = { flushedAt: 0, staleBefore: 0 });
    return row;
  }

  visible(row: RouteRow): boolean {
    return row.receivedAt >= this.peerFamily(row.peerId, this.prefixes.get(row.prefixId)!.family).flushedAt;
  }

  view(): DatabaseView {
    const rib: RouteView[] = [];
    let hiddenRows = 0;
    const texts = new Set([...this.prefixes.values()].map(({ family, text }) => `${family} ${text}`));
    for (const row of this.routes.values()) {
      if (!this.visible(row)) {
        hiddenRows++;
        continue;
      }
      const prefix = this.prefixes.get(row.prefixId)!;
      const best = this.best.get(row.prefixId);
      rib.push({
        peer: this.peers.get(row.peerId)?.address ?? "local",
        prefix: prefix.text,
        pathId: row.pathId,
        wire: this.sets.get(row.setId)!,
        received: this.sets.get(row.receivedId === 0 ? row.setId : row.receivedId)!,
        best: best?.peerId === row.peerId && best.pathId === row.pathId,
        stale: Math.max(row.receivedAt, row.confirmedAt) < this.peerFamily(row.peerId, prefix.family).staleBefore,
        ineligible: row.ineligible,
        receivedAt: row.receivedAt,
      });
    }
    return {
      peers: new Map([...this.peers.values()].map(({ address, state }) => [address, state])),
      rib,
      locRib: rib.filter((row) => row.best),
      hiddenRows,
      uncleaned: hiddenRows,
      held: new Map(),
      damage: texts.size === this.prefixes.size ? [] : ["a prefix has more than one id"],
    };
  }

  /** The file is removed under the daemon's feet: peers are known from the configuration, all else is gone. */
  clear(): void {
    this.prefixes.clear();
    this.sets.clear();
    this.routes.clear();
    this.best.clear();
    for (const row of this.peerFamilies.values()) row.flushedAt = row.staleBefore = 0;
  }
}

export class ModelStoreHost {
  readonly #database: ModelDatabase;
  readonly #random: Random;
  readonly #now: () => number;
  readonly #toMain: Post<StoreToMain>;
  readonly #later: (step: () => void, ms: number) => void;
  #toRib: Post<StoreToRib> = () => {};
  readonly #waiting: StoreBatch[] = [];
  #planned = false;
  #open = false;
  /** No batch is written meanwhile. */
  busy = false;
  /** The file was replaced; what the RIB sent before it heard of that refers to what is not there. */
  #awaitsReset = false;

  constructor(
    database: ModelDatabase,
    random: Random,
    ports: {
      now: () => number;
      toMain: Post<StoreToMain>;
      later: (step: () => void, ms: number) => void;
    },
  ) {
    this.#database = database;
    this.#random = random;
    this.#now = ports.now;
    this.#toMain = ports.toMain;
    this.#later = ports.later;
  }

  fromMain(message: Exclude<ToStore, { kind: "join" }>): void {
    const database = this.#database;
    switch (message.kind) {
      case "open": {
        this.#open = true;
        const earlier = this.#earlier();
        const peerIds = message.peers.map(({ name }) => database.peerId(name));
        const members = [...database.peers].filter(([id, { address }]) =>
          !peerIds.includes(id) && message.networks.some((network) => prefixContains(network, parseAddress(address)!))
        ).map(([id, { address }]) => ({ id, remoteIp: address }));
        this.#begin([...peerIds, ...members.map(({ id }) => id)]);
        return this.#toMain({ kind: "opened", peerIds, members, notes: [], rpkiCaches: [], rpkiSources: [], earlier });
      }
      case "addPeer": {
        const peerId = database.peerId(message.peer.name);
        return this.#toMain({ kind: "peerId", request: message.request, peerId });
      }
      case "peerState":
        database.peers.get(message.peerId)!.state = message.state.state;
        return;
      case "close":
        this.#open = false;
        database.ended = { at: this.#now(), saidGoodbye: !message.restarts };
        return this.#toMain({ kind: "closed" });
        // What else is said concerns no routes.
    }
  }

  /** It never asks for what became of announcements. */
  fromRib(message: RibToStore): void {
    assert(message.kind === "batch");
    this.#waiting.push(message.batch);
    this.#plan();
  }

  join(toRib: Post<StoreToRib>): void {
    this.#toRib = toRib;
    const { prefixes, sets, lastPrefix, lastSet } = this.#database;
    const routes = [...this.#database.routes.values()].filter((row) => this.#database.visible(row));
    toRib({ kind: "lastIds", prefix: lastPrefix, set: lastSet, at: this.#now() });
    const rows = [...prefixes].sort(([a], [b]) => a - b).flatMap((
      [id, { family, words, text }],
    ) => [id, family, ...words, Number(text.split("/")[1])]);
    if (rows.length > 0) toRib({ kind: "loadPrefixes", rows: Int32Array.from(rows) });
    const used = new Set(routes.flatMap(({ setId, receivedId }) => [setId, receivedId]));
    for (const id of sets.keys()) if (!used.has(id)) sets.delete(id);
    for (const [id, wire] of [...sets].sort(([a], [b]) => a - b)) {
      toRib({ kind: "loadSets", rows: Float64Array.of(id, 0, wire.length), bytes: wire.slice() });
    }
    const groups = Map.groupBy(
      routes.sort((a, b) => a.peerId - b.peerId || a.prefixId - b.prefixId || a.pathId - b.pathId),
      ({ peerId, prefixId }) => `${peerId} ${prefixes.get(prefixId)!.family}`,
    );
    for (const [key, group] of groups) {
      const [peerId, family] = key.split(" ").map(Number);
      const stale = group.flatMap((row) => [
        row.prefixId,
        row.pathId,
        row.setId,
        row.receivedId,
        row.ineligible,
        row.receivedAt,
      ]);
      toRib({ kind: "loadStale", peerId: peerId!, family: asFamilyId(family!), rows: Float64Array.from(stale) });
    }
    toRib({ kind: "loaded" });
    for (let i = 0; i < lentBatches; i++) this.#lend(createStoreBatch(batchRows));
  }

  /** Somebody replaces the file: all that was in it is gone, and the RIB learns of it. */
  lose(): void {
    if (!this.#open) return;
    this.#database.clear();
    this.#awaitsReset = true;
    this.#toRib({ kind: "storeLost" });
  }

  /** The process is killed. */
  abandon(): void {
    if (this.#open) this.#database.ended = { at: this.#now(), saidGoodbye: false };
    this.#open = false;
  }

  #earlier(): EarlierRun | undefined {
    const { ended, peers } = this.#database;
    if (ended === undefined || ended.saidGoodbye) return undefined;
    const established = [...peers].filter(([, { state }]) => state === "Established").map(([id]) => id);
    return { silentMs: Math.max(0, this.#now() - ended.at), established };
  }

  /** Rows of the last run are stale; those of peers that left the configuration are gone. */
  #begin(peerIds: readonly number[]): void {
    const now = this.#now();
    // The wall clock may have been set back since: the last run's times come before this one's.
    for (const row of this.#database.peerFamilies.values()) row.flushedAt = Math.min(row.flushedAt, now - 1);
    for (const [key, row] of this.#database.routes) {
      const [receivedAt, confirmedAt] = [Math.min(row.receivedAt, now - 1), Math.min(row.confirmedAt, now - 1)];
      this.#database.routes.set(key, { ...row, receivedAt, confirmedAt });
    }
    this.#database.best.clear();
    // The speaker itself originates nothing before an operator asks for it.
    for (const { id } of families) {
      const row = this.#database.peerFamily(0, id);
      row.flushedAt = Math.max(row.flushedAt, now);
    }
    for (const [peerId, peer] of this.#database.peers) {
      peer.state = "Idle";
      for (const { id } of families) {
        const row = this.#database.peerFamily(peerId, id);
        row.staleBefore = now;
        if (!peerIds.includes(peerId)) row.flushedAt = Math.max(row.flushedAt, now);
      }
    }
  }

  #plan(): void {
    if (this.#planned) return;
    this.#planned = true;
    this.#later(() => {
      this.#planned = false;
      if (!this.#open || this.#waiting.length === 0) return;
      if (!this.busy) {
        const batch = this.#waiting.shift()!;
        this.#apply(batch);
        clearStoreBatch(batch);
        this.#lend(batch);
      }
      if (this.#waiting.length > 0) this.#plan();
    }, this.busy ? 20 : this.#random.magnitude(0.01, 200));
  }

  #lend(batch: StoreBatch): void {
    this.#toRib({ kind: "buffer", batch }, storeBatchBuffers(batch));
  }

  #apply(batch: StoreBatch): void {
    const database = this.#database;
    for (const event of batch.events) this.#event(event);
    if (this.#awaitsReset) return;
    for (const row of rows(batch.prefixes, batch.prefixCount, stride.prefixes)) {
      const [id, family, w0, w1, w2, w3, length] = row as [number, FamilyId, number, number, number, number, number];
      const words = [w0, w1, w2, w3];
      database.prefixes.set(id, { family, words, text: prefixText(family, words, length) });
      database.lastPrefix = Math.max(database.lastPrefix, id);
    }
    for (const [id, start, length] of rows(batch.sets, batch.setCount, stride.sets)) {
      database.sets.set(id!, batch.setBytes.slice(start!, start! + length!));
      database.lastSet = Math.max(database.lastSet, id!);
    }
    for (const row of rows(batch.routes, batch.routeCount, stride.routes)) this.#route(row);
    for (const [prefixId, peerId, pathId] of rows(batch.best, batch.bestCount, stride.best)) {
      if (peerId === -1) database.best.delete(prefixId!);
      else if (!database.prefixes.has(prefixId!)) throw new Error(`best of prefix ${prefixId}, which never came`);
      else database.best.set(prefixId!, { peerId: peerId!, pathId: pathId! });
    }
    for (const id of batch.retired.subarray(0, batch.retiredCount)) {
      for (const row of database.routes.values()) {
        if ((row.setId === id || row.receivedId === id) && database.visible(row)) {
          throw new Error(`set ${id} was retired while in use`);
        }
      }
      for (const [key, row] of database.routes) {
        if (row.setId === id || row.receivedId === id) database.routes.delete(key);
      }
      database.sets.delete(id);
    }
    // Cleanup, as soon as can be: a flush hides rows for good.
    for (const [key, row] of database.routes) if (!database.visible(row)) database.routes.delete(key);
  }

  #event(event: StoreEvent): void {
    switch (event.kind) {
      case "flush": {
        const row = this.#database.peerFamily(event.peerId, event.family);
        row.flushedAt = Math.max(row.flushedAt, event.at);
        return;
      }
      case "stale":
        this.#database.peerFamily(event.peerId, event.family).staleBefore = event.before;
        return;
      case "reset":
        this.#database.clear();
        this.#awaitsReset = false;
        return;
      case "endOfRib":
      case "vrps":
      case "aspas":
      case "rpkiComplete":
      case "retiredNlri":
      case "gap":
      case "settled":
      case "words":
      case "multipath":
      case "held":
      case "router":
      case "routerPeer":
      case "routerStatistics":
      case "routerEvent":
        return;
      default:
        event satisfies never;
    }
  }

  #route(row: number[]): void {
    const [peerId, prefixId, pathId, setId, receivedId, ineligible, receivedAt, confirmedAt] = row as [
      number,
      number,
      number,
      number,
      number,
      number,
      number,
      number,
    ];
    const database = this.#database;
    if (!database.prefixes.has(prefixId)) throw new Error(`a route of prefix ${prefixId}, which never came`);
    const key = `${peerId} ${prefixId} ${pathId}`;
    if (setId === 0) {
      database.routes.delete(key);
      return;
    }
    if (!database.sets.has(setId)) throw new Error(`a route refers to set ${setId}, which never came`);
    if (receivedId !== 0 && !database.sets.has(receivedId)) throw new Error(`set ${receivedId} never came`);
    database.routes.set(key, { peerId, prefixId, pathId, setId, receivedId, ineligible, receivedAt, confirmedAt });
  }
}

function* rows(column: Int32Array | Float64Array, count: number, width: number): Generator<number[]> {
  for (let at = 0; at < count * width; at += width) yield [...column.subarray(at, at + width)];
}

function prefixText(family: FamilyId, words: readonly number[], length: number): string {
  const view = new DataView(new ArrayBuffer(16));
  words.forEach((word, i) => view.setInt32(4 * i, word));
  const { addressBytes } = familyOf(family);
  return formatPrefix({ octets: new Uint8Array(view.buffer, 0, addressBytes), length });
}
