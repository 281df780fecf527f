/**
 * The store thread without its worker: owns the writer of the database and lends empty batches to the RIB. How fast the
 * batches are lent again is the only backpressure. A database that cannot be written (locked, full) costs time and no
 * rows: a batch is tried again until it is written. If the file was removed, replaced or damaged, a new one follows,
 * and the RIB fills it again. The thread survives any content of the file (`store_recovery.ts`): without it there is no
 * daemon.
 *
 * One file because all its steps share the time of one writer.
 */

import {
  clearStoreBatch,
  createStoreBatch,
  isStoreBatchFull,
  type OutcomeChanges,
  type StoreBatch,
  storeBatchBuffers,
} from "../../rib/mod.ts";
import { type Millis, parseZonedAddress, type Prefix, prefixContains } from "../../types/mod.ts";
import { fileLocks } from "../../transport/mod.ts";
import {
  failureText,
  type FileAccess,
  type HistoryLimits,
  isTemporary,
  isUnusable,
  Pacing,
  type PeerIdentity,
  type PeerState,
  StoreBusy,
  StoreWriter,
  whoLocks,
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

/** How long a daemon that ends waits for a database that cannot be written. */
const lastWriteMs = 500;
/** After so long without a batch housekeeping runs. */
const quietMs = 200;
const cleanupBudgetMs = 20;
/** While batches keep coming, housekeeping runs after so long and so many batches. */
const housekeepingMs = 250;
const housekeepingBatches = 4;
/** How long the store waits before it tries again to open a database that is locked at the start. */
const openRetryMs = 500;
/** How long the store waits before it tries again to build an index. */
const indexRetryMs = 60_000;
/** How often the store writes the time at which the daemon was alive. */
const aliveEveryMs = 5_000;

export interface StorePorts {
  /** Wall-clock time that never goes back, for rows. */
  readonly now: () => number;
  /** Monotonic time, for waits. */
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
  #housekeptAt = 0;
  #aliveAt = -Infinity;
  #batchesSince = 0;
  /** By id: what a new file needs to know of the peers. */
  readonly #peers = new Map<number, { identity: PeerIdentity; state: PeerState | undefined }>();
  #announcements: AnnouncementHandler | undefined;
  #toRib: Post<StoreToRib> = () => {};
  #isLoaded = false;
  /** The RIB was asked what became of announcements, and the answer is not written yet. */
  #asksForOutcomes = false;
  readonly #waiting: StoreBatch[] = [];
  /** An empty batch that is not lent while changes are collected. */
  #spare: StoreBatch | undefined;
  #stepPlanned = false;
  /** The store writes nothing before this time, so that other programs can write. */
  #freeUntil = -Infinity;
  /** Counts the plans for a quiet moment: a new batch makes the earlier plans void. */
  #quietTurn = 0;
  #lastBatchAt = 0;
  #indexes = new IndexTiming(0, { isIndexed: false });
  #indexRetryAt = -Infinity;
  #indexFailureLogged = false;
  readonly #recovery: StoreRecovery;
  /** The daemon ends or restarts: rows that wait take precedence over everything else. */
  #isEnding = false;
  /** The daemon ends and the database cannot be written: rows are dropped. */
  #dropsRows = false;

  constructor(ports: StorePorts) {
    this.#ports = { ...ports, later: (step, ms) => ports.later(() => this.#safely(step), ms) };
    this.#recovery = new StoreRecovery({
      ...ports,
      writer: () => this.#writer,
      successor: (lost, why) => new StoreWriter(lost.path, { ...this.#opening, replaces: lost, why }),
      moveTo: (writer) => this.#moveTo(writer),
      whoLocks: (path) => whoLocks(path, fileLocks),
      repaired: (writer) => {
        if (writer.indexes.areMissing) this.#indexes.dropped();
      },
    });
  }

  fromMain(message: Exclude<ToStore, { kind: "join" }>): void {
    if (message.kind === "open") return this.#open(message);
    if (message.kind === "ping") return this.#ports.toMain({ kind: "pong" });
    this.#safely(() => this.#handle(message));
  }

  #handle(message: Exclude<ToStore, { kind: "join" | "open" | "ping" }>): void {
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
        writer.peers.statistics(message.peerId, message.statistics);
        return this.#plan(0);
      case "backlog":
        writer.run.backlog(message.rows, message.longestStallMs);
        return this.#plan(0);
      case "rpkiSources":
        writer.rpkiSources.put(message.rows, message.gone);
        return this.#plan(0);
      case "configuration":
        writer.run.configuration(message.text, message.ownAsn);
        return this.#plan(0);
      case "peerEvent":
        writer.peers.event(message.peerId, message.event);
        return this.#plan(0);
      case "catchUp":
        this.#isEnding = true;
        return this.#lendSpare();
      case "hurry":
        return this.#hurry(message.withinMs);
      case "close":
        return this.#close(writer, message.restarts ? "restarts" : "stopped");
      default:
        message satisfies never;
    }
  }

  /** Checks that the file is in place, and whether `announcements` changed; call it several times a second. */
  watch(): void {
    this.#safely(() => this.#watch());
  }

  #watch(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    const { isOurs, damage } = writer.file;
    if (!isOurs) this.#recovery.replace(writer);
    else if (damage !== undefined) this.#recovery.replace(writer, damage);
    this.#announcements?.watch();
    this.#askForOutcomes();
    if (this.#ports.monotonic() < this.#aliveAt + aliveEveryMs) return;
    this.#aliveAt = this.#ports.monotonic();
    this.#writer?.run.alive();
    this.#plan(0);
  }

  fromRib(message: RibToStore): void {
    if (message.kind === "outcomes") return this.#safely(() => this.#outcomes(message.changes));
    const { batch } = message;
    if (this.#dropsRows) return this.#lend(batch);
    this.#waiting.push(batch);
    this.#plan(0);
  }

  /** Writes what became of announcements, after a pause for other programs, and asks for the rest. */
  #outcomes(changes: OutcomeChanges): void {
    const writer = this.#writer;
    if (writer === undefined || this.#dropsRows) return;
    const { monotonic, later } = this.#ports;
    const again = (ms: Millis) => later(() => this.#safely(() => this.#outcomes(changes)), ms);
    if (writer.outcomes.hasChanges(changes)) {
      const began = monotonic();
      if (began < this.#freeUntil) return again(this.#freeUntil - began);
      if (!this.#recovery.attempt(() => writer.outcomes.write(changes))) return again(this.#recovery.retryMs);
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

  /** Sends the rows of the last run to the RIB, then lends it the batches. */
  join(toRib: Post<StoreToRib>): void {
    this.#toRib = toRib;
    this.#safely(() => this.#loadAll());
  }

  #loadAll(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    if (this.#load(writer)) return this.#loaded();
    // An empty file replaced one with invalid contents: the RIB starts again.
    if (this.#writer !== writer) this.#loadAll();
    else this.#ports.later(() => this.#loadAll(), this.#recovery.retryMs);
  }

  /** Loading ends with writes. While they fail, no batch is lent. */
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

  /** False where the database cannot be read now, or has invalid contents: then an empty file has replaced it. */
  #load(writer: StoreWriter): boolean {
    const { loader } = writer;
    const toRib = this.#toRib;
    try {
      loader.check();
      const { prefix, set } = loader.lastIds();
      this.#indexes = new IndexTiming(prefix, { isIndexed: !writer.indexes.areMissing });
      toRib({ kind: "lastIds", prefix, set, at: this.#ports.now() });
      toRib({ kind: "loadRouters", saved: loader.routers() });
      for (const rows of loader.prefixes()) toRib({ kind: "loadPrefixes", rows }, [rows.buffer]);
      for (const { rows, bytes } of loader.nlri()) {
        toRib({ kind: "loadNlri", rows, bytes }, [rows.buffer, bytes.buffer]);
      }
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
      this.#begin(writer, message);
    } catch (error) {
      if (isUnusable(error) && writer !== undefined) return this.#openNewFile(writer, message, error);
      writer?.close();
      this.#writer = undefined;
      if (error instanceof StoreBusy) return this.#openLater(message, error);
      this.#ports.toMain({ kind: "refused", reason: failureText(error, database) });
    }
  }

  /** Any reader of the database can lock it: bgpd starts when the lock is free. */
  #openLater(message: ToStore & { kind: "open" }, error: StoreBusy): void {
    if (!this.#waitsToOpen) {
      const who = whoLocks(message.database, fileLocks);
      const text = `${error.message}${who === undefined ? "" : ` (${who})`}: bgpd starts when the lock is free`;
      this.#ports.toMain({ kind: "note", text });
    }
    this.#waitsToOpen = true;
    this.#ports.later(() => this.#open(message), openRetryMs);
  }

  /** The file could be opened, but not read or written: the run starts in a new file. */
  #openNewFile(lost: StoreWriter, message: ToStore & { kind: "open" }, cause: unknown): void {
    const { path } = lost;
    try {
      const why = failureText(cause, path);
      const writer = new StoreWriter(path, { ...this.#opening, replaces: lost, why });
      this.#begin(writer, message);
    } catch (error) {
      this.#ports.toMain({ kind: "refused", reason: failureText(error, path) });
    }
  }

  /** Prepares the rows of the configured peers, and reports the start to the main thread. */
  #begin(writer: StoreWriter, { peers, networks }: ToStore & { kind: "open" }): void {
    const peerIds = peers.map((peer) => writer.peers.upsert(peer));
    // Members of networks keep their stale routes, as configured peers do.
    const configured = new Set(peers.map(({ remoteIp }) => remoteIp));
    const members = writer.peers.others(peerIds).flatMap(({ id, name, remoteIp }) =>
      // A member has its address as name; a row with another name belongs to a peer that was configured once.
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
    peers.forEach((peer, i) => this.#remember(peerIds[i]!, peer));
    for (const { id, remoteIp } of members) this.#remember(id, { name: remoteIp, remoteIp });
    const rpkiCaches = writer.rpkiSources.saved(), rpkiSources = writer.rpkiSources.names();
    this.#ports.toMain({
      kind: "opened",
      peerIds,
      members,
      notes: writer.notes,
      rpkiCaches,
      rpkiSources,
      earlier: writer.earlier,
    });
  }

  #addPeer(message: ToStore & { kind: "addPeer" }): void {
    const { request, peer } = message;
    const added = this.#recovery.attempt(() => {
      const peerId = this.#writer?.peers.upsert(peer);
      if (peerId === undefined) return;
      this.#ports.toMain({ kind: "peerId", request, peerId });
      // Behind the id: the main thread must have the peer before an announcement to it.
      this.#remember(peerId, peer);
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

  #remember(id: number, identity: PeerIdentity): void {
    this.#peers.set(id, { identity, state: this.#peers.get(id)?.state });
    this.#announcements?.addPeer(identity, id);
  }

  #forget(writer: StoreWriter, id: number): boolean {
    let gone = false;
    this.#recovery.attempt(() => void (gone = writer.peers.forget(id)));
    if (gone) this.#peers.delete(id);
    return gone;
  }

  #peerState(writer: StoreWriter, id: number, state: PeerState): void {
    const peer = this.#peers.get(id);
    if (peer !== undefined) peer.state = { ...peer.state, ...state };
    // The address of the neighbour on a link is known once it connects.
    const { remoteIp } = state;
    if (peer !== undefined && remoteIp !== undefined && remoteIp !== peer.identity.remoteIp) {
      this.#remember(id, { ...peer.identity, remoteIp });
    }
    writer.peers.state(id, state);
    this.#indexes.peerState(id, state, this.#ports.monotonic());
    this.#plan(0);
  }

  /** The run goes on in this new file: the RIB sends everything again. */
  #moveTo(writer: StoreWriter): void {
    for (const [id, { identity, state }] of this.#peers) {
      writer.peers.restore(id, identity);
      if (state !== undefined) writer.peers.state(id, state);
    }
    this.#writer = writer;
    this.#indexes.replaced();
    this.#announcements?.moveTo(writer);
    for (const text of writer.notes) this.#ports.toMain({ kind: "note", text });
    this.#toRib({ kind: "storeLost" });
    this.#plan(0);
  }

  /** Writes rows of peers again that somebody deleted: without them the routes of the peers are invisible. */
  #restorePeers(writer: StoreWriter): void {
    for (const id of writer.peers.takeMissing()) {
      const known = this.#peers.get(id);
      if (known === undefined) continue;
      writer.peers.restore(id, known.identity);
      if (known.state !== undefined) writer.peers.state(id, known.state);
      const text = `somebody deleted the peer ${known.identity.name} from the table peers: bgpd wrote its row again`;
      this.#ports.toMain({ kind: "note", text });
    }
  }

  /** Plans the next write after `ms`, and after the pause for other programs. */
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
      const { done, busyMs, rows } = writer.applySlice(batch);
      const isFull = isStoreBatchFull(batch);
      rest = this.#pacing.rest(busyMs, !done ? "slice" : isFull ? "full batch" : "batch", rows);
      if (this.#isEnding) rest = 0;
      this.#freeUntil = this.#ports.monotonic() + rest;
      if (!done) return;
      this.#lastBatchAt = this.#ports.monotonic();
      if (this.#indexes.wrote(batch, this.#lastBatchAt)) writer.indexes.drop();
      this.#waiting.shift();
      if (isFull) this.#lendSpare();
      if (this.#pacing.bulk) this.#lend(batch);
      else this.#ports.later(() => this.#lendOrKeep(batch), rest);
      if (this.#isEnding) return;
      if (this.#isHousekeepingDue()) this.#runHousekeeping(writer);
      if (this.#waiting.length === 0 && this.#indexes.isOverdue(this.#lastBatchAt)) this.#buildIndex(writer);
    });
    if (!done) return this.#plan(this.#recovery.retryMs);
    if (this.#waiting.length > 0) return this.#plan(rest);
    const turn = ++this.#quietTurn;
    this.#ports.later(() => this.#quiet(turn), Math.min(quietMs, this.#indexes.waitMs ?? quietMs));
  }

  /** No batch came for a while: builds indexes and runs housekeeping. */
  #quiet(turn: number): void {
    const writer = this.#writer;
    if (writer === undefined || turn !== this.#quietTurn || this.#waiting.length > 0 || this.#isEnding) return;
    this.#lendSpare();
    const again = (ms: number) => this.#ports.later(() => this.#quiet(turn), ms);
    const done = this.#recovery.attempt(() => {
      const waitMs = this.#indexes.waitMs;
      if (waitMs !== undefined && this.#ports.monotonic() >= this.#indexRetryAt) {
        if (this.#ports.monotonic() - this.#lastBatchAt < waitMs) return again(quietMs);
        const began = this.#ports.monotonic();
        if (this.#buildIndex(writer)) return again(this.#pacing.indexRest(this.#ports.monotonic() - began));
      }
      this.#indexes.paused();
      const more = this.#runHousekeeping(writer);
      writer.file.checkpoint();
      again(more ? cleanupBudgetMs : 10_000);
      // Mostly there is nothing to write, which a locked or full database allows.
    }, { provesWrites: false });
    if (!done) again(quietMs);
  }

  /** Builds one index. False where none is missing, or it fails. Without an index queries are slow, and that is all. */
  #buildIndex(writer: StoreWriter): boolean {
    if (this.#ports.monotonic() < this.#indexRetryAt) return false;
    try {
      if (writer.indexes.buildNext()) return true;
      this.#indexes.built();
    } catch (error) {
      if (error instanceof StoreBusy || !isTemporary(error)) throw error;
      this.#indexRetryAt = this.#ports.monotonic() + indexRetryMs;
      if (!this.#indexFailureLogged) {
        this.#ports.toMain({
          kind: "note",
          text: `bgpd cannot build an index, so queries are slow: ${error.message}; it tries again every minute`,
        });
      }
      this.#indexFailureLogged = true;
      return false;
    }
    this.#indexFailureLogged = false;
    return false;
  }

  #isHousekeepingDue(): boolean {
    return ++this.#batchesSince >= housekeepingBatches && !this.#pacing.bulk &&
      this.#lastBatchAt - this.#housekeptAt >= housekeepingMs;
  }

  /** True where more is left to do. */
  #runHousekeeping(writer: StoreWriter): boolean {
    this.#batchesSince = 0;
    this.#housekeptAt = this.#ports.monotonic();
    return writer.cleanup(cleanupBudgetMs);
  }

  /** Ends in time: rows that are not written by then are dropped, as in a crash. */
  #hurry(withinMs: number): void {
    this.#isEnding = true;
    // The RIB has sent everything only when it has both batches again.
    this.#lendSpare();
    const endsAt = this.#ports.monotonic() + withinMs;
    const look = (): void => {
      if (this.#writer === undefined || this.#dropsRows) return;
      const leftMs = endsAt - this.#ports.monotonic();
      if (this.#recovery.forMs < lastWriteMs && leftMs > 0) {
        return this.#ports.later(look, Math.min(lastWriteMs / 5, leftMs));
      }
      this.#dropsRows = true;
      const why = leftMs > 0 ? "the database cannot be written" : "stop_timeout is over";
      this.#ports.toMain({ kind: "note", text: `${why}: bgpd ends, and the last rows are lost` });
      this.#ports.toMain({ kind: "gaveUp" });
      for (const batch of this.#waiting.splice(0)) this.#lend(batch);
    };
    this.#ports.later(look, Math.min(lastWriteMs / 5, withinMs));
  }

  /**
   * Under load the RIB fills one batch while the other is written. Otherwise it collects changes until the pause is
   * over, and one batch is enough: a second one would be filled now and wait here for the end of the next pause.
   */
  #lendOrKeep(batch: StoreBatch): void {
    const isSpare = this.#waiting.length > 0 && this.#spare === undefined && !this.#pacing.bulk && !this.#isEnding;
    if (isSpare) this.#spare = batch;
    else this.#lend(batch);
  }

  #lendSpare(): void {
    const spare = this.#spare;
    this.#spare = undefined;
    if (spare !== undefined) this.#lend(spare);
  }

  #lend(batch: StoreBatch): void {
    clearStoreBatch(batch);
    this.#toRib({ kind: "buffer", batch }, storeBatchBuffers(batch));
  }

  /** For each message and each timer: whatever `work` throws, the thread goes on. */
  #safely(work: () => void): void {
    if (!this.#recovery.safely(work)) this.#plan(this.#recovery.retryMs);
  }

  #close(writer: StoreWriter, end: "restarts" | "stopped"): void {
    this.#writer = undefined;
    this.#announcements = undefined;
    this.#recovery.attempt(() => writer.close(end, { isWhole: !this.#dropsRows }));
    this.#ports.toMain({ kind: "closed" });
  }
}

function isInside(address: string, networks: readonly Prefix[]): boolean {
  const octets = parseZonedAddress(address);
  return octets !== undefined && networks.some((network) => prefixContains(network, octets));
}
