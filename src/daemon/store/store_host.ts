/**
 * The store's end of the mailboxes. It owns the writer and lends empty batches to the RIB; how fast they come back is all
 * the backpressure there is. A database that cannot be written (locked, full) costs time, never rows: the batch is tried
 * again until it is in. A file that was removed, replaced or damaged is followed by a new one, which the RIB fills again.
 * Whatever else stands in the file, this thread goes on (`store_recovery.ts`): without it there is no daemon.
 *
 * One file because all of it is one thread that shares out the time of one writer.
 */

import {
  clearStoreBatch,
  createStoreBatch,
  isStoreBatchFull,
  type OutcomeChanges,
  type StoreBatch,
  storeBatchBuffers,
} from "../../rib/mod.ts";
import type { Millis } from "../../session/mod.ts";
import { parseZonedAddress, type Prefix, prefixContains } from "../../types/mod.ts";
import { fileLocks } from "../../transport/mod.ts";
import {
  type FileAccess,
  type HistoryLimits,
  isPassing,
  isSurprise,
  Pacing,
  type PeerIdentity,
  type PeerState,
  StoreBusy,
  StoreWriter,
  whoLocks,
  wordsOf,
  type WriterOptions,
} from "../../store/mod.ts";
import { AnnouncementHandler } from "./announcement_handler.ts";
import { IndexTiming } from "./index_timing.ts";
import {
  lentBatches,
  type Post,
  type RibToStore,
  type StoreToMain,
  type StoreToRib,
  type ToStore,
} from "../thread/messages.ts";
import { StoreRecovery } from "./store_recovery.ts";

/** A daemon that ends does not wait longer than this for a database that cannot be written. */
const patienceMs = 500;
/** After so long without a batch there is time for housekeeping. */
const quietMs = 200;
const cleanupBudgetMs = 20;
/** Where there is no such time, housekeeping takes its turn after so long and so many batches. */
const housekeepingMs = 250;
const housekeepingBatches = 4;
/** A database that is locked at the start is tried again after so long. */
const openAgainMs = 500;
/** An index that cannot be made is tried again after so long. */
const indexAgainMs = 60_000;
/** Between two indexes others may write: SQLite tries for a lock every 100 ms. */
const betweenIndexesMs = 150;
/** How often the database hears that the daemon lives. */
const aliveEveryMs = 5_000;

export interface StorePorts {
  /** Wall-clock time, for what is written. */
  readonly now: () => number;
  /** For what waits: a wall clock that was set back stands still until it has caught up. */
  readonly monotonic: () => number;
  readonly toMain: Post<StoreToMain>;
  /** Runs `step` after that many milliseconds. */
  readonly later: (step: () => void, ms: number) => void;
}

export class StoreHost {
  readonly #ports: StorePorts;
  readonly #pacing = new Pacing();
  #writer: StoreWriter | undefined;
  #version = "";
  #history: HistoryLimits | false | undefined;
  #access: FileAccess | undefined;
  #waitsToOpen = false;
  #keptHouseAt = 0;
  #aliveAt = -Infinity;
  #batchesSince = 0;
  /** What a new file must be told of peers, by id, should the old one not tell. */
  readonly #peers = new Map<number, { identity: PeerIdentity; state: PeerState | undefined }>();
  #announcements: AnnouncementHandler | undefined;
  #toRib: Post<StoreToRib> = () => {};
  #isLoaded = false;
  /** The RIB was asked what became of announcements, and that is not written yet. */
  #asksForOutcomes = false;
  readonly #waiting: StoreBatch[] = [];
  #stepPlanned = false;
  /** Until then others may write. */
  #freeUntil = -Infinity;
  /** Housekeeping waits for a quiet moment; each batch puts it off. */
  #quietTurn = 0;
  #lastBatchAt = 0;
  #indexes = new IndexTiming(0, false);
  #indexesAgainAt = -Infinity;
  #indexesSaid = false;
  readonly #recovery: StoreRecovery;
  /** Rows that wait go before all else. */
  #hurries = false;
  /** The daemon ends and the database cannot be written: what comes is dropped. */
  #gaveUp = false;

  constructor(ports: StorePorts) {
    this.#ports = { ...ports, later: (step, ms) => ports.later(() => this.#safely(step), ms) };
    this.#recovery = new StoreRecovery({
      ...ports,
      writer: () => this.#writer,
      successor: (lost, why) => new StoreWriter(lost.path, { ...this.#opening, replaces: lost, why }),
      moveTo: (writer) => this.#moveTo(writer),
      whoLocks: (path) => whoLocks(path, fileLocks),
      repaired: (writer) => {
        if (writer.indexesMissing) this.#indexes.gone();
      },
    });
  }

  fromMain(message: Exclude<ToStore, { kind: "join" }>): void {
    if (message.kind === "open") return this.#open(message);
    this.#safely(() => this.#handle(message));
  }

  #handle(message: Exclude<ToStore, { kind: "join" | "open" }>): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    switch (message.kind) {
      case "addPeer":
        return this.#addPeer(message);
      case "removePeer":
        this.#announcements?.removePeer(message.peerId);
        if (this.#forget(writer, message.peerId)) return;
        return this.#peerState(writer, message.peerId, { state: "Removed", since: message.at });
      case "ask":
        return this.#announcements?.ask(message.request, message.question);
      case "peerState":
        return this.#peerState(writer, message.peerId, message.state);
      case "peerStatistics":
        writer.peerStatistics(message.peerId, message.statistics);
        return this.#plan(0);
      case "backlog":
        writer.backlog(message.rows, message.longestStallMs);
        return this.#plan(0);
      case "configuration":
        writer.configuration(message.text);
        return this.#plan(0);
      case "peerEvent":
        writer.peerEvent(message.peerId, message.event);
        return this.#plan(0);
      case "catchUp":
        this.#hurries = true;
        return;
      case "hurry":
        return this.#hurry(message.withinMs);
      case "close":
        return this.#close(writer, message.restarts);
      default:
        message satisfies never;
    }
  }

  /** Looks whether the file is still there, and whether others changed `announcements`; to be called several times a second. */
  watch(): void {
    this.#safely(() => this.#watch());
  }

  #watch(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const befell = writer.fileIsOurs() ? writer.befell : "";
    if (befell !== undefined) this.#recovery.replace(writer, befell === "" ? undefined : befell);
    this.#announcements?.watch();
    this.#askForOutcomes();
    if (this.#ports.monotonic() < this.#aliveAt + aliveEveryMs) return;
    this.#aliveAt = this.#ports.monotonic();
    this.#writer?.alive();
    this.#plan(0);
  }

  fromRib(message: RibToStore): void {
    if (message.kind === "outcomes") return this.#safely(() => this.#outcomes(message.changes));
    const { batch } = message;
    if (this.#gaveUp) return this.#lend(batch);
    this.#waiting.push(batch);
    this.#plan(0);
  }

  /** Writes what became of announcements, when others had time to write, and asks for the rest of it. */
  #outcomes(changes: OutcomeChanges): void {
    const writer = this.#writer;
    if (writer === undefined || this.#gaveUp) return;
    const { monotonic, later } = this.#ports;
    const again = (ms: Millis) => later(() => this.#safely(() => this.#outcomes(changes)), ms);
    if (writer.hasOutcomes(changes)) {
      const began = monotonic();
      if (began < this.#freeUntil) return again(this.#freeUntil - began);
      if (!this.#recovery.attempt(() => writer.outcomes(changes))) return again(this.#recovery.retryMs);
      const ended = monotonic();
      this.#freeUntil = ended + (ended - began);
    }
    this.#asksForOutcomes = false;
    if (changes.more) this.#askForOutcomes();
  }

  #askForOutcomes(): void {
    if (this.#asksForOutcomes || !this.#isLoaded) return;
    this.#asksForOutcomes = true;
    this.#toRib({ kind: "outcomes" });
  }

  /** Sends what the last run left, then lends the batches. */
  join(toRib: Post<StoreToRib>): void {
    this.#toRib = toRib;
    this.#safely(() => this.#loadAll());
  }

  #loadAll(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    if (this.#load(writer)) return this.#loaded();
    // In place of a file that makes no sense there is an empty one, and the RIB begins anew.
    if (this.#writer !== writer) this.#loadAll();
    else this.#ports.later(() => this.#loadAll(), this.#recovery.retryMs);
  }

  /** The end of loading writes something: where it cannot now, the first batch waits for it. */
  #loaded(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const prepare = () => {
      writer.loader.forgetHeld();
      writer.loader.retireOrphans(this.#ports.now());
    };
    if (!this.#recovery.attempt(prepare)) {
      return this.#ports.later(() => this.#loaded(), this.#recovery.retryMs);
    }
    this.#toRib({ kind: "loaded" });
    this.#isLoaded = true;
    for (let i = 0; i < lentBatches; i++) this.#lend(createStoreBatch());
    this.#plan(0);
  }

  /** False: it cannot be read now, or somebody edited it into what cannot be loaded, and it is out of the way. */
  #load(writer: StoreWriter): boolean {
    const { loader } = writer;
    const toRib = this.#toRib;
    try {
      loader.check();
      const { prefix, set } = loader.lastIds();
      this.#indexes = new IndexTiming(prefix, !writer.indexesMissing);
      toRib({ kind: "lastIds", prefix, set, at: this.#ports.now() });
      for (const rows of loader.prefixes()) toRib({ kind: "loadPrefixes", rows }, [rows.buffer]);
      for (const { rows, bytes } of loader.sets()) {
        toRib({ kind: "loadSets", rows, bytes }, [rows.buffer, bytes.buffer]);
      }
      for (const { peerId, family, rows } of loader.stale()) {
        toRib({ kind: "loadStale", peerId, family, rows }, [rows.buffer]);
      }
    } catch (error) {
      this.#recovery.unreadable(writer, error);
      return false;
    }
    return true;
  }

  #open(message: ToStore & { kind: "open" }): void {
    const { database, version, history } = message;
    this.#aliveAt = this.#ports.monotonic();
    this.#history = history;
    this.#access = message.access;
    this.#version = version;
    let writer: StoreWriter | undefined;
    try {
      writer = new StoreWriter(database, this.#opening);
      this.#enter(writer, message);
    } catch (error) {
      if (isSurprise(error) && writer !== undefined) return this.#openAnew(writer, message, error);
      writer?.close();
      this.#writer = undefined;
      if (error instanceof StoreBusy) return this.#openLater(message, error);
      this.#ports.toMain({ kind: "refused", reason: wordsOf(error, database) });
    }
  }

  /** Whoever may read the database can hold a lock on it: bgpd starts when it is free. */
  #openLater(message: ToStore & { kind: "open" }, error: StoreBusy): void {
    if (!this.#waitsToOpen) {
      const who = whoLocks(message.database, fileLocks);
      const text = `${error.message}${who === undefined ? "" : ` (${who})`}: bgpd starts when it is free`;
      this.#ports.toMain({ kind: "note", text });
    }
    this.#waitsToOpen = true;
    this.#ports.later(() => this.#open(message), openAgainMs);
  }

  /** The file opened, but what the run begins with cannot be read of it or written to it. */
  #openAnew(lost: StoreWriter, message: ToStore & { kind: "open" }, surprise: unknown): void {
    const { path } = lost;
    try {
      const why = wordsOf(surprise, path);
      const writer = new StoreWriter(path, { ...this.#opening, replaces: lost, why });
      this.#enter(writer, message);
    } catch (error) {
      this.#ports.toMain({ kind: "refused", reason: wordsOf(error, path) });
    }
  }

  #enter(writer: StoreWriter, { peers, networks }: ToStore & { kind: "open" }): void {
    const peerIds = peers.map((peer) => writer.upsertPeer(peer));
    // What came in through a network is expected back as much as a peer with an entry of its own.
    const configured = new Set(peers.map(({ remoteIp }) => remoteIp));
    const members = writer.otherPeers(peerIds).flatMap(({ id, name, remoteIp }) =>
      // A member is called by its address; whose name was another was configured once.
      remoteIp === name && !configured.has(name) && isInside(name, networks) ? [{ id, remoteIp }] : []
    );
    writer.flushOtherPeers([...peerIds, ...members.map(({ id }) => id)], this.#ports.now());
    this.#writer = writer;
    this.#announcements = new AnnouncementHandler(writer, {
      now: this.#ports.now,
      monotonic: this.#ports.monotonic,
      toMain: this.#ports.toMain,
      // Mostly it reads, which a locked or full database allows: success does not show that it can be written.
      attempt: (work, { isQuestion }) => this.#recovery.attempt(work, { provesWrites: false, isQuestion }),
      retry: (step) => this.#ports.later(step, this.#recovery.retryMs),
    });
    peers.forEach((peer, i) => this.#know(peerIds[i]!, peer));
    for (const { id, remoteIp } of members) this.#know(id, { name: remoteIp, remoteIp });
    this.#ports.toMain({ kind: "opened", peerIds, members, notes: writer.notes, earlier: writer.earlier });
  }

  #addPeer(message: ToStore & { kind: "addPeer" }): void {
    const { request, peer } = message;
    const added = this.#recovery.attempt(() => {
      const peerId = this.#writer?.upsertPeer(peer);
      if (peerId === undefined) return;
      this.#ports.toMain({ kind: "peerId", request, peerId });
      // Behind the id, so that main knows the peer when it hears of an announcement to it.
      this.#know(peerId, peer);
    });
    if (added) return;
    this.#ports.later(() => this.#addPeer(message), this.#recovery.retryMs);
  }

  get #opening(): WriterOptions {
    const { now } = this.#ports;
    const access = this.#access;
    return {
      now,
      version: this.#version,
      locks: fileLocks,
      ...access === undefined ? {} : { access },
      ...this.#history === undefined ? {} : { history: this.#history },
    };
  }

  #know(id: number, identity: PeerIdentity): void {
    this.#peers.set(id, { identity, state: this.#peers.get(id)?.state });
    this.#announcements?.addPeer(identity, id);
  }

  #forget(writer: StoreWriter, id: number): boolean {
    let gone = false;
    this.#recovery.attempt(() => void (gone = writer.forgetPeer(id)));
    if (gone) this.#peers.delete(id);
    return gone;
  }

  #peerState(writer: StoreWriter, id: number, state: PeerState): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) peer.state = { ...peer.state, ...state };
    // Who is the one neighbour on a link is known when somebody is there.
    const { remoteIp } = state;
    if (peer !== undefined && remoteIp !== undefined && remoteIp !== peer.identity.remoteIp) {
      this.#know(id, { ...peer.identity, remoteIp });
    }
    writer.peerState(id, state);
    this.#indexes.peerState(id, state, this.#ports.monotonic());
    this.#plan(0);
  }

  /** The run goes on in this file, which is new, and the RIB sends everything once more. */
  #moveTo(writer: StoreWriter): void {
    for (const [id, { identity, state }] of this.#peers) {
      writer.restorePeer(id, identity);
      if (state !== undefined) writer.peerState(id, state);
    }
    this.#writer = writer;
    this.#indexes.lost();
    this.#announcements?.moveTo(writer);
    for (const text of writer.notes) this.#ports.toMain({ kind: "note", text });
    this.#toRib({ kind: "storeLost" });
    this.#plan(0);
  }

  /** Rows of peers that somebody took away: without them nobody sees the peers' routes. */
  #restorePeers(writer: StoreWriter): void {
    for (const id of writer.takeMissingPeers()) {
      const known = this.#peers.get(id);
      if (known === undefined) continue;
      writer.restorePeer(id, known.identity);
      if (known.state !== undefined) writer.peerState(id, known.state);
      const text = `somebody deleted ${known.identity.name} from table peers: it is written again`;
      this.#ports.toMain({ kind: "note", text });
    }
  }

  /** Writes next what there is to write, after `ms`, and not before the lock was free for as long as it should be. */
  #plan(ms: number): void {
    if (this.#stepPlanned) return;
    this.#stepPlanned = true;
    this.#ports.later(() => {
      this.#stepPlanned = false;
      this.#step();
    }, Math.max(ms, this.#freeUntil - this.#ports.monotonic()));
  }

  #step(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const batch = this.#waiting[0];
    let rest = 0;
    const done = this.#recovery.attempt(() => {
      this.#restorePeers(writer);
      if (batch === undefined) return writer.writePeers();
      const { done, busyMs } = writer.applySlice(batch);
      rest = this.#pacing.rest(busyMs, done ? isStoreBatchFull(batch) : undefined);
      if (this.#hurries) rest = 0;
      this.#freeUntil = this.#ports.monotonic() + rest;
      if (!done) return;
      this.#lastBatchAt = this.#ports.monotonic();
      if (this.#indexes.wrote(batch, this.#lastBatchAt)) writer.dropIndexes();
      this.#waiting.shift();
      // Under a bulk load the RIB fills one while the other is written. Else it gathers changes until there is time for them.
      if (this.#pacing.bulk) this.#lend(batch);
      else this.#ports.later(() => this.#lend(batch), rest);
      if (this.#hurries) return;
      if (this.#isHousekeepingDue()) this.#keepHouse(writer);
      if (this.#waiting.length === 0 && this.#indexes.isOverdue(this.#lastBatchAt)) this.#buildIndex(writer);
    });
    if (!done) return this.#plan(this.#recovery.retryMs);
    if (this.#waiting.length > 0) return this.#plan(rest);
    const turn = ++this.#quietTurn;
    this.#ports.later(() => this.#quiet(turn), Math.min(quietMs, this.#indexes.waitMs ?? quietMs));
  }

  /** Nothing came for a while. */
  #quiet(turn: number): void {
    const writer = this.#writer;
    if (writer === undefined || turn !== this.#quietTurn || this.#waiting.length > 0 || this.#hurries) return;
    const again = (ms: number) => this.#ports.later(() => this.#quiet(turn), ms);
    const done = this.#recovery.attempt(() => {
      const waitMs = this.#indexes.waitMs;
      if (waitMs !== undefined && this.#ports.monotonic() >= this.#indexesAgainAt) {
        if (this.#ports.monotonic() - this.#lastBatchAt < waitMs) return again(quietMs);
        if (this.#buildIndex(writer)) return again(betweenIndexesMs);
      }
      this.#indexes.silence();
      const more = this.#keepHouse(writer);
      writer.checkpoint();
      again(more ? cleanupBudgetMs : 10_000);
    });
    if (!done) again(quietMs);
  }

  /** False where none is to make now. Without them questions are slow; nothing else depends on them. */
  #buildIndex(writer: StoreWriter): boolean {
    if (this.#ports.monotonic() < this.#indexesAgainAt) return false;
    try {
      if (writer.buildIndex()) return true;
      this.#indexes.made();
    } catch (error) {
      if (error instanceof StoreBusy || !isPassing(error)) throw error;
      this.#indexesAgainAt = this.#ports.monotonic() + indexAgainMs;
      if (!this.#indexesSaid) {
        this.#ports.toMain({
          kind: "note",
          text: `an index cannot be made, so questions are slow: ${error.message}; it is tried again every minute`,
        });
      }
      this.#indexesSaid = true;
      return false;
    }
    this.#indexesSaid = false;
    return false;
  }

  #isHousekeepingDue(): boolean {
    return ++this.#batchesSince >= housekeepingBatches && !this.#pacing.bulk &&
      this.#lastBatchAt - this.#keptHouseAt >= housekeepingMs;
  }

  #keepHouse(writer: StoreWriter): boolean {
    this.#batchesSince = 0;
    this.#keptHouseAt = this.#ports.monotonic();
    return writer.cleanup(cleanupBudgetMs);
  }

  /** Ends in time: what is not written by then is dropped, as a crash would have dropped it. */
  #hurry(withinMs: number): void {
    this.#hurries = true;
    const endsAt = this.#ports.monotonic() + withinMs;
    const look = (): void => {
      if (this.#writer === undefined || this.#gaveUp) return;
      const leftMs = endsAt - this.#ports.monotonic();
      if (this.#recovery.forMs < patienceMs && leftMs > 0) {
        return this.#ports.later(look, Math.min(patienceMs / 5, leftMs));
      }
      this.#gaveUp = true;
      const why = leftMs > 0 ? "the database cannot be written" : "stop_timeout is over";
      this.#ports.toMain({ kind: "note", text: `${why}: ending without its last rows` });
      this.#ports.toMain({ kind: "gaveUp" });
      for (const batch of this.#waiting.splice(0)) this.#lend(batch);
    };
    this.#ports.later(look, Math.min(patienceMs / 5, withinMs));
  }

  #lend(batch: StoreBatch): void {
    clearStoreBatch(batch);
    this.#toRib({ kind: "buffer", batch }, storeBatchBuffers(batch));
  }

  /** For what comes from outside or waited: whatever it throws, the thread goes on. */
  #safely(work: () => void): void {
    if (!this.#recovery.safely(work)) this.#plan(this.#recovery.retryMs);
  }

  #close(writer: StoreWriter, restarts: boolean): void {
    this.#writer = undefined;
    this.#announcements = undefined;
    this.#recovery.attempt(() => writer.close(restarts ? "restarts" : "stopped", !this.#gaveUp));
    this.#ports.toMain({ kind: "closed" });
  }
}

function isInside(address: string, networks: readonly Prefix[]): boolean {
  const octets = parseZonedAddress(address);
  return octets !== undefined && networks.some((network) => prefixContains(network, octets));
}
