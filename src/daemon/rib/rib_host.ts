/**
 * The RIB thread without its worker: a plain class, so that a simulation can run it under virtual time.
 *
 * After each message of the main thread it *settles*: it runs the decision process for the prefixes that changed,
 * answers pulls, and fills a batch for the store if the store has lent one. The decision process runs in slices, so
 * that a new message does not wait long.
 */

import { type Asn, type FamilyMask, limits } from "../../types/mod.ts";
import type { PolicyTable } from "../../policy/mod.ts";
import {
  createStoreBatch,
  type MultipathChoice,
  type PeerCounters,
  Rib,
  type RibFact,
  type RibPeer,
  type StoreBatch,
  storeBatchBuffers,
} from "../../rib/mod.ts";
import {
  lentBatches,
  type Post,
  type RibToMain,
  type RibToStore,
  type StoreToRib,
  type ToRib,
} from "../thread/messages.ts";
import { unpackOriginations } from "../thread/origination_codec.ts";
import { OpenMonitors } from "./open_monitors.ts";
import { OpenQueries } from "./open_queries.ts";
import { OpenRouters } from "./open_routers.ts";

/** How many prefixes are decided before the next message is handled. */
const decisionSlice = 50_000;
/** While messages wait, too, prefixes are decided so often: their peers wait for the result. */
const settleAtLeastEveryMs = 50;
/** A query gets a page at least so often, however much the peers send. */
const pageAtLeastEveryMs = 50;
/** Time for one answer to the store about what became of routes of this speaker. */
const outcomesMs = 2;
/** The most octets in one `output`. */
const outputBytes = 65_536;

export interface RibStart {
  readonly routerId: number;
  /** The cluster id of this route reflector; without it, the router id. */
  readonly clusterId?: number | undefined;
  /** Our AS: the origin of the routes that this speaker originates. */
  readonly ownAsn?: Asn | undefined;
  /** How many history entries may wait for the store; 0: there is no history. */
  readonly historyRows?: number;
  /** Octets that may wait in an update group, and prefixes in a slice of decisions, where they are not the defaults. */
  readonly ringBytes?: number;
  readonly decisionSlice?: number;
  /** The policies that `import` and `export` of the peers name. */
  readonly policies?: PolicyTable;
  /** Which routes count as multipath. */
  readonly multipath?: MultipathChoice;
  /** Families whose routes are not selected before `select` (graceful restart). */
  readonly deferred?: FamilyMask;
  /** The configured peers; `addPeer` brings later ones. */
  readonly peers: readonly RibPeer[];
}

export interface RibPorts {
  /** Wall clock that never goes back, milliseconds. */
  readonly now: () => number;
  /** For intervals, milliseconds. */
  readonly monotonic: () => number;
  readonly toMain: Post<RibToMain>;
  readonly toStore: Post<RibToStore>;
  /** Runs `step` soon, behind messages that wait already. */
  readonly later: (step: () => void) => void;
  /** True while messages of the main thread wait. */
  readonly isBusy?: () => boolean;
}

export class RibHost {
  readonly #start: RibStart;
  readonly #ports: RibPorts;
  #rib: Rib | undefined;
  /** Messages that came while the rows of the last run were loading; `undefined`: loading is over. */
  #early: Exclude<ToRib, { kind: "ping" }>[] | undefined = [];
  readonly #lent: StoreBatch[] = [];
  /** By peer: the octets that its socket has room for. */
  readonly #windows = new Map<number, { readonly epoch: number; room: number }>();
  readonly #reported = new Map<number, string>();
  #reportedBacklog = 0;
  readonly #queries: OpenQueries;
  readonly #monitors: OpenMonitors;
  readonly #routers: OpenRouters;
  #settlesLater = false;
  /** Messages were handled since the last decisions. */
  #postponed = false;
  /** When decisions were made last, and how long they took. */
  #settledAt = -Infinity;
  #settlingMs = 0;
  #answersLater = false;
  #answeredAt = -Infinity;
  #draining = false;
  /** Prefixes wait for the decision process. */
  #undecided = false;

  constructor(start: RibStart, ports: RibPorts) {
    this.#start = start;
    this.#ports = ports;
    this.#queries = new OpenQueries(ports.monotonic);
    this.#monitors = new OpenMonitors(ports.toMain, ports.later);
    this.#routers = new OpenRouters(ports.toMain);
  }

  /** The tables, once loading has begun. */
  get rib(): Rib {
    if (this.#rib === undefined) throw new Error("the store has not sent the rows of the last run yet");
    return this.#rib;
  }

  fromMain(message: ToRib): void {
    // While rows are loading, too.
    if (message.kind === "ping") return this.#ports.toMain({ kind: "pong" });
    if (this.#early !== undefined) {
      this.#early.push(message);
      return;
    }
    const isRoutine = message.kind === "batch" || message.kind === "pull" || message.kind === "routerOctets";
    // All others find what the messages before them have done.
    if (!isRoutine && this.#postponed) this.#settle();
    this.#handle(message);
    if (isRoutine && this.#mayPostpone()) {
      this.#postponed = true;
      return this.#settleLater();
    }
    this.#settle();
  }

  fromStore(message: StoreToRib): void {
    switch (message.kind) {
      case "buffer":
        this.#lent.push(message.batch);
        if (this.#early === undefined) this.#feedStore();
        return;
      case "lastIds": {
        const { routerId, clusterId, ownAsn, historyRows, ringBytes, deferred = 0 } = this.#start;
        this.#rib = new Rib({
          routerId,
          clusterId,
          ownAsn,
          deferred,
          // The wall clock may have been set back since the store started.
          now: () => Math.max(this.#ports.now(), message.at),
          monotonic: this.#ports.monotonic,
          lastPrefixId: message.prefix,
          lastSetId: message.set,
          ...historyRows === undefined ? {} : { historyRows },
          ...ringBytes === undefined ? {} : { ringBytes },
        });
        if (this.#start.multipath !== undefined) this.#rib.setMultipath(this.#start.multipath);
        if (this.#start.policies !== undefined) this.#rib.setPolicies(this.#start.policies);
        for (const peer of this.#start.peers) this.#addPeer(peer);
        return;
      }
      case "loadRouters":
        return this.rib.loadRouters(message.saved);
      case "loadPrefixes":
        return this.rib.loadPrefixes(message.rows);
      case "loadNlri":
        return this.rib.loadNlri(message.rows, message.bytes);
      case "loadSets":
        return this.rib.loadSets(message.rows, message.bytes);
      case "loadStale":
        return this.rib.loadStale(message.peerId, message.family, message.rows);
      case "loaded": {
        const early = this.#early ?? [];
        this.#early = undefined;
        this.#ports.toMain({ kind: "ready" });
        for (const waiting of early) this.#handle(waiting);
        return this.#settle();
      }
      case "outcomes":
        return this.#ports.toStore({ kind: "outcomes", changes: this.rib.takeOutcomes(outcomesMs) });
      case "storeLost":
        // While rows are loading there is nothing to send again: another `lastIds` follows.
        if (this.#early !== undefined) return;
        this.rib.storeLost();
        return this.#feedStore();
      default:
        message satisfies never;
    }
  }

  /** Sends the main thread the counters that changed. Also answers pulls: an advertisement interval may be over. */
  reportCounters(): void {
    if (this.#early !== undefined) return;
    if (this.rib.awaitsChecks) this.#settle();
    this.#answerPulls();
    this.#monitors.answer();
    const peers: { peerId: number; counters: PeerCounters }[] = [];
    for (const [peerId, before] of this.#reported) {
      const counters = this.rib.counters(peerId);
      const text = JSON.stringify(counters);
      if (text === before) continue;
      this.#reported.set(peerId, text);
      peers.push({ peerId, counters });
    }
    this.#routers.report(this.rib);
    const backlog = this.rib.backlog();
    if (peers.length === 0 && backlog === this.#reportedBacklog) return;
    this.#reportedBacklog = backlog;
    this.#ports.toMain({ kind: "counters", peers, backlog });
  }

  /** The thread is idle: gives memory back to the system. */
  returnMemory(): void {
    if (this.#early !== undefined) return;
    this.rib.returnMemory();
    // The system gives memory to a new batch only once something is written to it.
    for (let i = 0; i < this.#lent.length; i++) this.#lent[i] = createStoreBatch();
  }

  #handle(message: Exclude<ToRib, { kind: "ping" }>): void {
    const rib = this.rib;
    switch (message.kind) {
      case "addPeer":
        return this.#addPeer(message.peer);
      case "removePeer":
        this.#windows.delete(message.peerId);
        this.#reported.delete(message.peerId);
        return rib.removePeer(message.peerId);
      case "updatePeer":
        return this.#report(rib.updatePeer(message.peer, message.negotiated));
      case "policies":
        return this.#report(rib.setPolicies(message.table, message.peers));
      case "multipath":
        return rib.setMultipath(message.choice);
      case "rpki":
        return rib.changeRpki(message.change);
      case "originate":
        return this.#report(rib.originate(unpackOriginations(message.packed)));
      case "unoriginate":
        return rib.unoriginate(message.keys);
      case "refresh":
        return void rib.refresh(message.peerId, message.direction);
      case "advertised":
      case "routes":
      case "outcomes":
      case "nextPage":
      case "endQuery":
        return this.#answer(message);
      case "sessionUp":
        this.#windows.delete(message.peerId);
        return this.#report(rib.sessionUp(message.peerId, message.epoch, message.session, message.keep));
      case "sessionDown":
        this.#windows.delete(message.peerId);
        return rib.sessionDown(message.peerId, message.epoch, message.retain, message.end);
      case "openMonitor":
      case "pullMonitor":
      case "closeMonitor":
        return this.#monitors.handle(message, rib);
      case "batch": {
        const { peerId, epoch, buffer } = message;
        // A credit says that the messages are processed, so the facts come first.
        this.#report(rib.ingest(peerId, epoch, buffer.subarray(message.start, message.end)));
        if (buffer.length <= limits.copiedBytes) return this.#ports.toMain({ kind: "credit", peerId });
        return this.#ports.toMain({ kind: "credit", peerId, buffer }, [buffer.buffer]);
      }
      case "routerOpened":
      case "routerOctets":
      case "routerClosed":
      case "routerForgotten":
        return this.#routers.handle(message, rib);
      case "pull": {
        const { peerId, epoch, limit } = message;
        const before = this.#windows.get(peerId);
        const room = before?.epoch === epoch ? before.room : 0;
        return void this.#windows.set(peerId, { epoch, room: room + limit });
      }
      case "expireStale":
        return rib.expireStale(message.peerId, message.families);
      case "longLived":
        return rib.longLived(message.peerId, message.families);
      case "select":
        return rib.select(message.families);
      case "drain":
        this.#draining = true;
        return;
      default:
        message satisfies never;
    }
  }

  #answer(message: ToRib & { kind: "advertised" | "routes" | "outcomes" | "nextPage" | "endQuery" }): void {
    const rib = this.rib;
    switch (message.kind) {
      case "advertised":
        this.#queries.open(message.request, rib.advertised(message.peerId, message.question));
        return this.#answerLater();
      case "routes":
        this.#queries.open(message.request, rib.find(message.question));
        return this.#answerLater();
      case "outcomes": {
        const { request, list, most } = message;
        return this.#ports.toMain({ kind: "outcomes", request, outcomes: rib.outcomes(list, most) });
      }
      case "nextPage":
        this.#queries.want(message.request);
        return this.#answerLater();
      case "endQuery":
        return this.#queries.end(message.request);
    }
  }

  #addPeer(peer: RibPeer): void {
    this.rib.addPeer(peer);
    this.#reported.set(peer.id, "");
  }

  #report(facts: readonly RibFact[]): void {
    for (const fact of facts) this.#ports.toMain({ kind: "fact", fact });
  }

  /**
   * True while messages wait and the decisions cost more time than the messages: 1,000 peers that announce the same
   * prefixes would cost a decision between up to 1,000 routes for each route. Decided together they cost a fraction.
   */
  #mayPostpone(): boolean {
    if (this.#ports.isBusy?.() !== true) return false;
    return this.#ports.monotonic() - this.#settledAt < Math.min(this.#settlingMs, settleAtLeastEveryMs);
  }

  #settle(): void {
    this.#postponed = false;
    const began = this.#ports.monotonic();
    this.#undecided = this.rib.decide(this.#start.decisionSlice ?? decisionSlice);
    this.#settledAt = this.#ports.monotonic();
    this.#settlingMs = this.#settledAt - began;
    this.#report(this.rib.takeFacts());
    this.#answerPulls();
    this.#monitors.answer();
    this.#feedStore();
    if (this.#undecided) this.#settleLater();
  }

  #settleLater(): void {
    if (this.#settlesLater) return;
    this.#settlesLater = true;
    this.#ports.later(() => {
      this.#settlesLater = false;
      this.#settle();
    });
  }

  /** Queries are answered a page at a time, when nothing else waits, and now and then while peers send much. */
  #answerLater(): void {
    if (this.#answersLater || !this.#queries.isWanted) return;
    this.#answersLater = true;
    this.#ports.later(() => {
      this.#answersLater = false;
      const now = this.#ports.monotonic();
      const isBusy = this.#undecided || this.#ports.isBusy?.() === true;
      if (!isBusy || now - this.#answeredAt >= pageAtLeastEveryMs) {
        this.#answeredAt = now;
        const page = this.#queries.next();
        if (page !== undefined) this.#ports.toMain(page, [page.rows.numbers.buffer, page.rows.bytes.buffer]);
      }
      this.#answerLater();
    });
  }

  #answerPulls(): void {
    for (const [peerId, window] of this.#windows) {
      while (window.room > 0) {
        const limit = Math.min(window.room, outputBytes);
        const bytes = this.rib.pull(peerId, window.epoch, limit) as Uint8Array<ArrayBuffer> | undefined;
        if (bytes === undefined) break;
        window.room -= bytes.length;
        this.#ports.toMain({ kind: "output", peerId, epoch: window.epoch, bytes }, [bytes.buffer]);
      }
    }
  }

  #feedStore(): void {
    while (this.#lent.length > 0) {
      const batch = this.#lent.at(-1)!;
      if (!this.rib.fillStore(batch)) break;
      this.#lent.pop();
      this.#ports.toStore({ kind: "batch", batch }, storeBatchBuffers(batch));
    }
    if (this.#draining && !this.#undecided && this.#lent.length === lentBatches) {
      this.#ports.toMain({ kind: "drained" });
    }
  }
}
