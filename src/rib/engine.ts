/**
 * The RIB as a whole: peers and their sessions, the routes they announce, the best routes, what is advertised and what
 * is stored. It connects the tables; each table is a file of its own.
 *
 * The shell drives it, in the order of one FIFO: {@link Rib.sessionUp}, batches of messages ({@link Rib.ingest}),
 * {@link Rib.decide} after each batch, {@link Rib.sessionDown}. Nothing is pushed: sockets pull messages
 * ({@link Rib.pull}) and the store pulls rows ({@link Rib.fillStore}) when they have room.
 *
 * One file because it is the list of everything that the RIB does for others, each in a few lines.
 */

import { compilePolicies, type PolicyTable } from "../policy/mod.ts";
import type { Negotiated } from "../session/mod.ts";
import {
  families,
  type FamilyId,
  type FamilyMask,
  limits,
  maskHas,
  type Millis,
  type PrefixSlot,
  RTC,
} from "../types/mod.ts";
import type { AdjRibIn } from "./in/adj_rib_in.ts";
import { type AdvertisedQuestion, type AdvertisedRoute, findAdvertised } from "./out/advertised.ts";
import { AttributeTable } from "./table/attribute_table.ts";
import type { Destinations } from "./table/destinations.ts";
import type { DirtyPrefixes } from "./in/dirty_prefixes.ts";
import { EarlierRun } from "./in/earlier_run.ts";
import { notes, type PeerCounters, type RibFact } from "./in/facts.ts";
import { tooManyOut, withheldNotes } from "./out/out_facts.ts";
import { Exports } from "./out/exports.ts";
import { FlowChecks, hasFlowRules } from "./decide/flow_checks.ts";
import { FamilyRibs } from "./decide/family_ribs.ts";
import { HistoryRing } from "./history/history_ring.ts";
import { IdCounter } from "./table/id_counter.ts";
import { Imports } from "./in/imports.ts";
import { Ingest, type IngestHost } from "./in/ingest.ts";
import { LocalRoutes } from "./out/local_routes.ts";
import { findRoutes, type FoundRoute, type RibTables, type RouteQuestion } from "./decide/lookup.ts";
import { Monitor } from "./monitor/monitor.ts";
import { type BmpChoice, BmpFeed, endedByUs } from "./monitor/bmp_feed.ts";
import type { MonitoredSession, SessionEnd } from "./monitor/entry.ts";
import { type MrtChoice, MrtFeed } from "./monitor/mrt_feed.ts";
import { LostRoutes } from "./in/lost_routes.ts";
import { type MultipathChoice, multipathRule } from "./decide/multipath.ts";
import type { OriginatedFor, OutcomeSummary } from "./out/outcome.ts";
import { type OutcomeChanges, Outcomes } from "./out/outcomes.ts";
import { leadsTo, type OriginatedRoute, type Origination, RouteKinds } from "./out/originate.ts";
import { type HistoryPorts, PeerFamily } from "./in/peer_family.ts";
import { countersOf, monitoredSession, newPeerState, ownPeer, type RibPeerState, waitingBytes } from "./peer_state.ts";
import { type RibMemory, ribMemory, type RibRow, ribRows, unwrittenRows } from "./report.ts";
import type { RouterCounters, RouterFact, RouterTerms, SavedRouters } from "./routers/facts.ts";
import { ReportedPrefixes } from "./routers/reported_prefixes.ts";
import type { ReportedTable } from "./routers/reported_table.ts";
import { Routers } from "./routers/routers.ts";
import { ourMemberships, wantedTargets } from "./memberships.ts";
import { PartOfTime } from "./decide/part_of_time.ts";
import type { RevalidationHost } from "./in/revalidation.ts";
import { ownTerms, type RpkiChange, RpkiFeed } from "./rpki_feed.ts";
import type { RouteTargets } from "./out/export/route_targets.ts";
import type { ExportSession } from "./out/peer_export.ts";
import type { RibOptions } from "./rib_options.ts";
import {
  exportOf,
  type RibPeer,
  type RibSession,
  selfTowards,
  sourceOf,
  termOf,
  withConfiguredAddresses,
} from "./rib_peer.ts";
import type { StoreBatch, StoreEvent } from "./feed/store_batch.ts";
import { StoreFeed } from "./feed/store_feed.ts";
import { type SlotHolders, UnusedDestinations } from "./unused_destinations.ts";
import { unadvertisable, unadvertisableFacts } from "./out/unadvertisable.ts";

export class Rib {
  readonly #options: RibOptions;
  readonly #monotonic: () => Millis;
  readonly #peers = new Map<number, RibPeerState>();
  readonly #sets: AttributeTable;
  readonly #ribs: FamilyRibs;
  /** In order of peer and family id, as the store needs them. */
  #peerFamilies: PeerFamily[] = [];
  readonly #rpki: RpkiFeed;
  readonly #imports: Imports;
  /** Facts found while deciding. */
  #facts: RibFact[] = [];
  readonly #exports: Exports;
  readonly #local: LocalRoutes;
  readonly #outcomes: Outcomes;
  /** Other policies are in force, and not all prefixes are decided with them. */
  #policiesChange = false;
  readonly #flowChecks: FlowChecks;
  readonly #feed: StoreFeed;
  readonly #history: HistoryPorts | undefined;
  #storeEvents: StoreEvent[] = [];
  /** The latest time in rows and flushes of removed peers: a peer that comes back continues after it. */
  #removedClock = 0;
  readonly #earlier: EarlierRun;
  readonly #lost = new LostRoutes();
  readonly #unused = new UnusedDestinations();
  #hadSession = false;
  /** Peers that may want other route targets than before. */
  readonly #retargeted = new Set<number>();
  /** Each change of what a peer wants takes a walk over all VPN routes. */
  readonly #retargetTime: PartOfTime;
  readonly #monitor: Monitor;
  readonly #routers: Routers;
  /** Tables of routers that the last run left, by id, while its rows are loaded. */
  #savedTables = new Map<number, ReportedTable>();

  constructor(options: RibOptions) {
    this.#options = options;
    this.#monotonic = options.monotonic ?? options.now;
    this.#retargetTime = new PartOfTime(this.#monotonic);
    this.#sets = new AttributeTable(new IdCounter((options.lastSetId ?? 0) + 1));
    this.#ribs = new FamilyRibs(new IdCounter((options.lastPrefixId ?? 0) + 1), this.#sets, options.deferred);
    this.#rpki = new RpkiFeed(this.#sets);
    this.#imports = new Imports(this.#sets, this.#rpki.validation);
    this.#flowChecks = new FlowChecks((family) => this.#ribs.get(family), this.#sets.keys, this.#monotonic);
    this.#earlier = new EarlierRun(this.#sets, this.#imports.reasons);
    this.#feed = new StoreFeed(this.#sets, this.#imports.reasons);
    this.#exports = new Exports(
      this.#sets,
      (family) => this.#ribs.get(family),
      options.clusterId ?? options.routerId,
      this.#rpki.validation,
      options.ringBytes,
    );
    this.#outcomes = new Outcomes(this.#peers, this.#monotonic);
    this.addPeer(ownPeer(options.routerId));
    const ourselves = this.#peer(0);
    const localFamily = (family: FamilyId) => {
      const known = ourselves.families[family];
      if (known !== undefined) return known;
      const routes = this.#peerFamily(ourselves, family);
      routes.validationTerms = ownTerms(options.ownAsn);
      this.#listPeerFamilies();
      return routes;
    };
    this.#local = new LocalRoutes(this.#sets, ourselves.source, options.now, localFamily, this.#rpki.validation);
    this.#monitor = new Monitor({
      sets: this.#sets,
      routerId: options.routerId,
      ownAsn: options.ownAsn,
      now: options.now,
      monotonic: this.#monotonic,
      ribs: () => this.#ribs.list,
      sessions: this.#monitoredSessions,
    }, options.monitorBytes);
    const { historyRows = limits.historyRows } = options;
    this.#history = historyRows > 0 ? this.#feed.keepHistory(new HistoryRing(this.#sets, historyRows)) : undefined;
    this.#routers = new Routers({
      sets: this.#sets,
      validation: this.#rpki.validation,
      now: options.now,
      newFamily: (peerId, family) => this.#newFamily(peerId, new ReportedPrefixes(this.#ribs.get(family))),
      remove: (family, routes) => this.#removeRoutes(family, routes),
    });
  }

  addPeer(peer: RibPeer): void {
    if (this.#peers.has(peer.id)) throw new RangeError(`peer ${peer.id} exists already`);
    this.#peers.set(peer.id, newPeerState(peer));
    this.#outcomes.sessionsChanged();
    this.#exports.setTerm(peer.id, termOf(peer));
  }

  /**
   * Puts other policies in force: routes are re-evaluated, from the values they were received with. `peers`: peers
   * whose own rules change with the policies.
   */
  setPolicies(table: PolicyTable, peers: readonly RibPeer[] = []): RibFact[] {
    const policies = compilePolicies(table);
    this.#imports.setPolicies(policies);
    this.#ribs.use(policies.prefixClasses);
    const apart = this.#exports.usePolicies(policies);
    for (const peer of peers) this.#peer(peer.id).peer = peer;
    for (const { peer, families } of this.#peers.values()) this.#configureImport(peer, families);
    this.#policiesChange = true;
    return [...peers.flatMap((peer) => this.updatePeer(peer)), ...apart.flatMap((id) => this.#updateExportOf(id))];
  }

  /**
   * Gives a peer other rules, or other routes for it only. The session continues, and the difference is sent.
   * `negotiated`: what the OPENs of the session negotiate under these rules, where that differs.
   */
  updatePeer(peer: RibPeer, negotiated?: Negotiated): RibFact[] {
    const state = this.#peer(peer.id);
    state.peer = peer;
    this.#renew(state, negotiated);
    if (state.session !== undefined) state.session.ingest.mostAttributeBytes = peer.maxAttributeBytes ?? 0;
    for (const family of state.families) if (family !== undefined) this.#useCheck(family, peer);
    this.#configureImport(peer, state.families);
    if (this.#exports.setTerm(peer.id, termOf(peer))) {
      for (const family of state.families) family?.routes?.eachSlot((slot) => family.rib.touch(slot));
    }
    return this.#updateExport(state);
  }

  /** Sets which routes are multipath routes. */
  setMultipath(choice: MultipathChoice): void {
    this.#ribs.setMultipath(multipathRule(choice, this.#sets));
  }

  /** Ends the session of the peer, if there is one, and removes the peer. */
  removePeer(id: number): void {
    const state = this.#peer(id);
    if (state.session !== undefined) this.sessionDown(id, state.session.epoch);
    // Events for the store outlive the peer.
    for (const family of state.families.filter((each) => each !== undefined)) {
      this.#removeRoutes(family, family.close(this.#options.now()));
      this.#storeEvents.push(...family.takeLastEvents());
      this.#removedClock = Math.max(this.#removedClock, family.stamp(0));
    }
    this.#peers.delete(id);
    this.#outcomes.sessionsChanged();
    this.#exports.forget(id);
    this.#listPeerFamilies();
  }

  /**
   * A session came up: batches of this epoch are read from now on. `keep`: families in which routes of the last session
   * may stay as stale routes. The facts are notes for people.
   */
  sessionUp(peerId: number, epoch: number, session: RibSession, keep: FamilyMask = 0): RibFact[] {
    const state = this.#peer(peerId);
    if (state.session !== undefined) this.sessionDown(peerId, state.session.epoch);
    this.#earlier.end();
    this.#hadSession = true;
    const { negotiated, localAddress } = session;
    const now = this.#options.now();
    const source = sourceOf(state.source, session);
    for (const { id } of families) {
      if (maskHas(negotiated.families, id)) {
        const family = this.#peerFamily(state, id);
        this.#removeRoutes(family, family.open(source, maskHas(negotiated.addPathReceive, id), now, maskHas(keep, id)));
      } else {
        this.#removeRoutes(state.families[id], state.families[id]?.giveUpStale(now));
      }
    }
    this.#listPeerFamilies();
    const self = selfTowards(state.peer, session, this.#options);
    for (const family of state.families) {
      if (family !== undefined && maskHas(negotiated.families, family.family)) {
        this.#useCheck(family, state.peer);
        this.#imports.open(family, state.peer, negotiated, self);
      }
    }
    const own = this.#ownRoutes(state, session);
    const routeTargets = wantedTargets(session, state.families[RTC]);
    const sessionOut = this.#sessionFor(state.peer, session, routeTargets, own);
    const out = this.#exports.join(peerId, sessionOut, exportOf(state.peer), own);
    const host: IngestHost = {
      sets: this.#sets,
      ends: { local: localAddress, remote: session.remoteAddress },
      validation: this.#rpki.validation,
      resend: (family) => out.resend(family),
      readmit: (family) => this.#imports.readmit(family),
      requestRefresh: (family) => this.refresh(peerId, "in", family),
    };
    const ingest = new Ingest(peerId, epoch, negotiated, state.families, host);
    ingest.mostAttributeBytes = state.peer.maxAttributeBytes ?? 0;
    state.counters = ingest.counters;
    const monitored = monitoredSession(state, session, out, ingest, now);
    state.session = { epoch, ingest, out, monitored, rib: session, routeTargets };
    if (this.#monitor.isActive) this.#monitor.sessionUp(monitored);
    this.#outcomes.sessionsChanged();
    return notes(peerId, epoch, [...out.skipped, ...unadvertisable(out, this.#local.kindsForAll)]);
  }

  /**
   * A session ended: its routes are gone at once, except in the families to `retain`, where they stay as stale routes
   * (RFC 4724 §4.2). An epoch that has ended already is ignored. `end`: for those who monitor the session.
   */
  sessionDown(peerId: number, epoch: number, retain: FamilyMask = 0, end: SessionEnd = endedByUs): void {
    const state = this.#peer(peerId);
    if (state.session?.epoch !== epoch) return;
    if (this.#monitor.isActive) this.#monitor.sessionDown(state.session.monitored, end);
    this.#exports.leave(state.session.out);
    state.session = undefined;
    this.#outcomes.sessionsChanged();
    const now = this.#options.now();
    for (const family of state.families) {
      if (family === undefined) continue;
      if (maskHas(retain, family.family)) family.retain(now);
      else this.#removeRoutes(family, family.close(now));
    }
  }

  /** Reads a batch of whole messages, back to back. A batch of an epoch that has ended is ignored. */
  ingest(peerId: number, epoch: number, bytes: Uint8Array): RibFact[] {
    const session = this.#peers.get(peerId)?.session;
    if (session === undefined || session.epoch !== epoch) return [];
    const { ingest } = session;
    const facts = ingest.messages(bytes, this.#options.now());
    if (this.#monitor.isActive) this.#monitor.ingested(session.monitored, bytes, ingest.faulty, facts);
    if (ingest.changedFamilies !== 0) this.#familiesChanged(ingest);
    return facts;
  }

  /**
   * Decides the prefixes that changed; call it once per batch. `budget`: how many prefixes at most, so that the loss of
   * a full table delays no other work. True: there is more to do.
   */
  decide(budget = Infinity): boolean {
    const now = this.#options.now();
    this.#routers.expire(now);
    this.#monitor.prepare();
    if (this.#retargeted.size > 0) {
      this.#retargetTime.run(() => this.#retargeted.forEach((peerId) => this.#updateTargets(peerId)));
    }
    // Changes from peers come before the clearing of lost sessions.
    do {
      for (const rib of this.#ribs.list) if (budget > 0) budget -= rib.decide(budget, now);
      this.#flowChecks.step(this.#recheckFlows);
      if (budget > 0) budget -= this.#lost.remove(budget);
      if (budget > 0) budget -= this.#rpki.step(budget, this.#revalidated);
      // Re-evaluating a route and deciding costs about twice as much as deciding alone.
      if (budget > 0) budget -= 2 * this.#imports.step(budget / 2, now, this.#reevaluated);
    } while (budget > 0 && this.#ribs.hasUndecided);
    const isUndecided = this.#imports.pending || this.#rpki.pending || this.#ribs.hasUndecided;
    if (this.#policiesChange && !isUndecided) {
      this.#policiesChange = false;
      this.#outcomes.sessionsChanged();
    }
    this.#monitor.flush();
    // Until the first session, NLRI of an earlier run may wait for their routes to be loaded.
    if (this.#hadSession) this.#unused.free(this.#ribs.list, this.#slotHolders);
    return this.#lost.pending || isUndecided;
  }

  /**
   * FlowSpec rules wait for a check, peers for routes that they want now, or stale routes of routers for their end:
   * {@link decide} does all of these.
   */
  get awaitsChecks(): boolean {
    return this.#flowChecks.isDue || this.#retargeted.size > 0 || this.#routers.isDue(this.#options.now());
  }

  /** A router connected, to report by BMP. */
  routerOpened(connection: number, terms: RouterTerms): void {
    this.#routers.opened(connection, terms);
  }

  /** Octets of the connection of a router, in their order. */
  routerReceived(connection: number, octets: Uint8Array): RouterFact[] {
    this.#earlier.end();
    this.#hadSession = true;
    return this.#routers.received(connection, octets);
  }

  /** `keep`: the routes of the router stay for a while, because it may come back. */
  routerClosed(connection: number, reason: string, keep: boolean): void {
    this.#routers.closed(connection, reason, keep);
  }

  /** No router at this address may report any more: what those that are not connected left ends. */
  routerForgotten(address: string): void {
    this.#routers.forget(address);
  }

  get routerCounters(): RouterCounters[] {
    return this.#routers.counters;
  }

  /**
   * What RPKI caches and files say: a part of a change, or the end of one. The routes that the change touches are
   * validated again by {@link decide}.
   */
  changeRpki(change: RpkiChange): void {
    this.#rpki.change(change, this.#options.now());
  }

  /** Facts found while deciding since the last call. */
  takeFacts(): RibFact[] {
    const epochOf = (peerId: number) => this.#peers.get(peerId)?.session?.epoch;
    const tooMany = this.#exports.takeLimitNews().flatMap((each) => tooManyOut(each, epochOf(each.peerId)));
    const withheld = this.#exports.takeWithheld().flatMap((each) => withheldNotes(each, epochOf));
    return [...this.#facts.splice(0), ...tooMany, ...withheld];
  }

  /** Best routes may be selected in these families: the wait after a restart is over (RFC 4724 §4.1). */
  select(families: FamilyMask): void {
    this.#ribs.release(families);
  }

  /** Messages for the peer, about `limit` octets; `undefined`: there are none now. */
  pull(peerId: number, epoch: number, limit: number): Uint8Array | undefined {
    const session = this.#peers.get(peerId)?.session;
    if (session?.epoch !== epoch) return undefined;
    const bytes = session.out.pull(limit, this.#monotonic());
    if (bytes !== undefined && this.#monitor.isActive) this.#monitor.sent(session.monitored, bytes);
    return bytes;
  }

  /** What happens from now on, for an archive. Close it. */
  archive(choice: MrtChoice): MrtFeed {
    return new MrtFeed(choice, this.#monitor, this.#options.now());
  }

  /** BMP for a station: what happens from now on, and the tables as they are if the choice says so. Close it. */
  monitor(choice: BmpChoice): BmpFeed {
    return new BmpFeed(choice, this.#monitor, {
      routerId: this.#options.routerId,
      ownAsn: this.#options.ownAsn,
      now: this.#options.now,
      monotonic: this.#monotonic,
      sessions: this.#monitoredSessions,
      bestRoutes: () => Object.fromEntries(this.#ribs.list.map(({ family, best }) => [family, best.count])),
    });
  }

  /** Octets of messages that wait for stations. */
  get monitorBytes(): number {
    return this.#monitor.bytes;
  }

  hasOutput(peerId: number): boolean {
    return this.#peers.get(peerId)?.session?.out.hasOutput(this.#monotonic()) ?? false;
  }

  /** Adds routes that this speaker originates, or replaces those under the same keys. */
  originate(list: readonly Origination[]): RibFact[] {
    const peers = this.#local.originate(list);
    this.#outcomes.originate(list);
    const kinds = new RouteKinds(list.map(({ route }) => route));
    for (const [id, { session }] of this.#peers) {
      if (session !== undefined && leadsTo(session.rib.remoteAddress, kinds)) peers.add(id);
    }
    const facts = [...peers].flatMap((peerId) => this.#updateExportOf(peerId));
    const forAll = list.filter(({ peerId }) => peerId === undefined).map(({ route }) => route);
    return [...facts, ...unadvertisableFacts(this.#peers.values(), new RouteKinds(forAll))];
  }

  unoriginate(keys: readonly string[]): void {
    this.#outcomes.unoriginate(keys);
    for (const peerId of this.#local.unoriginate(keys)) this.#updateExportOf(peerId);
  }

  /** The Adj-RIB-Out of a peer, row by row as it is then. `undefined` stands for a row without an answer. */
  *advertised(
    peerId: number,
    question: AdvertisedQuestion,
  ): Generator<AdvertisedRoute | undefined, void, undefined> {
    const out = this.#peers.get(peerId)?.session?.out;
    if (out !== undefined) yield* findAdvertised(out, question, this.#monotonic);
  }

  /** The outcomes of originated routes, in the order of the list. Each names at most `most` peers without the route. */
  outcomes(list: readonly OriginatedFor[], most = Infinity): OutcomeSummary[] {
    return this.#outcomes.find(list, most);
  }

  /** Changed outcomes for the database, evaluated for about `budgetMs`. */
  takeOutcomes(budgetMs: Millis): OutcomeChanges {
    return this.#outcomes.take(budgetMs);
  }

  /**
   * "out": sends the peer everything again. "in": asks it for its routes (RFC 2918). False: the peer cannot be asked.
   */
  refresh(peerId: number, direction: "in" | "out", family?: FamilyId): boolean {
    const session = this.#peer(peerId).session;
    if (session === undefined || (direction === "in" && !session.rib.negotiated.routeRefresh)) return false;
    if (direction === "out") session.out.resend(family);
    else session.out.request(family);
    return true;
  }

  /** Fills an empty batch with everything that is not written yet. False: there is nothing. */
  fillStore(batch: StoreBatch): boolean {
    const words = this.#imports.reasons.takeTexts();
    if (words.length > 0) this.#storeEvents.push({ kind: "words", words });
    this.#storeEvents.push(...this.#rpki.takeEvents(), ...this.#routers.takeEvents());
    return this.#feed.fill(batch, this.#storeEvents, this.#allFamilies, this.#ribs.list, this.#options.now());
  }

  /** How many rows are not written yet. */
  backlog(): number {
    const tables = { ...this.#tables, peerFamilies: this.#allFamilies };
    return this.#feed.supersededCount + (this.#history?.ring.count ?? 0) + unwrittenRows(tables);
  }

  /** The store crashed or was replaced: everything is written again, after a `reset`. */
  storeLost(): void {
    this.#storeEvents = [{ kind: "reset", at: this.#options.now() }];
    this.#rpki.storeLost(this.#options.now());
    this.#sets.forgetStored();
    this.#imports.reasons.forgetStored();
    this.#feed.forgetSuperseded();
    this.#outcomes.storeLost();
    this.#routers.storeLost();
    for (const rib of this.#ribs.list) rib.storeLost();
    for (const family of this.#allFamilies) family.storeLost();
  }

  /** The counters of the session, or of the last one. */
  counters(peerId: number): PeerCounters {
    return countersOf(this.#peer(peerId));
  }

  /**
   * Gives memory back to the system that many lost routes left. Call it when nothing else is to be done: after the loss
   * of a full table it takes some 20 ms.
   */
  returnMemory(): void {
    this.#sets.returnMemory();
    for (const rib of this.#ribs.list) rib.returnMemory();
    this.#exports.returnMemory();
  }

  memory(): RibMemory {
    return ribMemory(
      { ...this.#tables, peerFamilies: this.#allFamilies },
      this.#exports.bytes + waitingBytes(this.#peers.values()),
    );
  }

  /** Takes over routers of an earlier run, with their tables: before {@link loadStale}. */
  loadRouters(saved: SavedRouters): void {
    this.#savedTables = this.#routers.load(saved);
  }

  /** Takes over prefixes of an earlier run: rows as {@link StoreBatch.prefixes}, in order of id. */
  loadPrefixes(rows: Int32Array): void {
    this.#earlier.loadPrefixes(rows, this.#destinationsOf);
  }

  /** Takes over NLRI of an earlier run that are no plain prefixes: rows as {@link StoreBatch.nlri}, in order of id. */
  loadNlri(rows: Int32Array, bytes: Uint8Array): void {
    this.#earlier.loadNlri(rows, bytes, this.#destinationsOf);
  }

  /** Takes over attribute sets of an earlier run: rows as {@link StoreBatch.sets}. */
  loadSets(rows: Float64Array, bytes: Uint8Array): void {
    this.#earlier.loadSets(rows, bytes);
  }

  /**
   * Takes over a peer's routes of an earlier run that no flush hides, after their destinations and sets. Rows of
   * six numbers: prefix id, path id (-1 none), attribute id, received id (0: as attribute id), ineligible, received at.
   * Such routes stand for rows of the database: they are stale until announced again, and deleted at End-of-RIB or by
   * {@link expireStale}.
   */
  loadStale(peerId: number, family: FamilyId, rows: Float64Array): void {
    const table = this.#savedTables.get(peerId);
    if (table !== undefined) {
      const source = { peerId, internal: false, routerId: 0, address: new Uint8Array(4) };
      return this.#earlier.loadStale(table.family(family), source, rows, this.#options.now());
    }
    const state = this.#peer(peerId);
    this.#earlier.loadStale(this.#peerFamily(state, family), state.source, rows, this.#options.now());
    this.#listPeerFamilies();
  }

  /**
   * Removes the stale routes of one peer or of all peers: routes of an earlier run, routes that a lost session left,
   * and routes that a refresh has not brought again.
   */
  expireStale(peerId?: number, families?: FamilyMask): void {
    for (const family of this.#peerFamilies) {
      if (peerId !== undefined && (family.peerId !== peerId || !maskHas(families!, family.family))) continue;
      this.#removeRoutes(family, family.expire(this.#options.now()));
      if (family.family === RTC) this.#retargeted.add(family.peerId);
    }
  }

  /** The stale routes of a peer become long-lived stale (RFC 9494 §4.2). */
  longLived(peerId: number, families: FamilyMask): void {
    for (const family of this.#peer(peerId).families) {
      if (family === undefined || !maskHas(families, family.family)) continue;
      family.beginLongLived();
      this.#imports.reevaluate(family);
    }
  }

  /** The rows of the Loc-RIB and the Adj-RIBs-In in memory, for tests and for people. Slow. */
  dump(): Generator<RibRow> {
    return ribRows(this.#tables);
  }

  /** Routes in memory, as they are when the generator reaches them. `undefined` stands for a step without a route. */
  find(question: RouteQuestion): Generator<FoundRoute | undefined, void, undefined> {
    return findRoutes(question, () => this.#tables);
  }

  readonly #monitoredSessions = (): MonitoredSession[] =>
    [...this.#peers.values()].flatMap(({ session }) => session === undefined ? [] : [session.monitored]);

  readonly #destinationsOf = (family: FamilyId): Destinations => this.#ribs.get(family).destinations;

  get #slotHolders(): SlotHolders {
    return {
      peerFamilies: this.#peerFamilies,
      reported: this.#routers.families,
      exports: this.#exports,
      feed: this.#feed,
    };
  }

  get #tables(): RibTables {
    const { list: ribs } = this.#ribs;
    return { ribs, peerFamilies: this.#peerFamilies, sets: this.#sets, reasons: this.#imports.reasons };
  }

  #configureImport(peer: RibPeer, families: RibPeerState["families"]): void {
    for (const family of families) {
      if (family !== undefined && this.#imports.configure(family, peer)) this.refresh(peer.id, "in", family.family);
    }
  }

  /** All routes of the family were re-evaluated: they may exceed the maximum-prefix limit now. */
  readonly #reevaluated = (family: PeerFamily): void => {
    const { prefixLimiter, routes, peerId } = family;
    if (family.family === RTC) this.#retargeted.add(peerId);
    const ingest = this.#peers.get(peerId)?.session?.ingest;
    if (prefixLimiter === undefined || routes === undefined || ingest === undefined) return;
    ingest.crossed(family, prefixLimiter.cross(routes), this.#facts);
    ingest.readmitWithinLimit(family, this.#facts);
  };

  /** The validity of a route changed. */
  readonly #revalidated: RevalidationHost = {
    peerFamilies: () => this.#peerFamilies,
    revalidated: (family, slot, row) => {
      this.#imports.recheckRow(family, slot, row, this.#options.now());
      if (this.#exports.usesValidity) family.rib.touch(slot);
    },
  };

  readonly #recheckFlows = (family: FamilyId, rules: readonly PrefixSlot[]): void => {
    const now = this.#options.now();
    for (const each of this.#peerFamilies) if (each.family === family) this.#imports.recheck(each, rules, now);
  };

  /** FlowSpec rules of peers are compared with the routes to their destinations, unless the configuration says no. */
  #useCheck(family: PeerFamily, peer: RibPeer): void {
    const isChecked = hasFlowRules(family.family) && peer.validatesFlows !== false;
    const check = isChecked ? this.#flowChecks.of(family.family) : undefined;
    if (check === family.check) return;
    family.check = check;
    this.#imports.reevaluate(family);
  }

  #removeRoutes(family: PeerFamily | undefined, routes: AdjRibIn | undefined): void {
    if (routes !== undefined) this.#lost.add(routes, family!.rib);
  }

  #familiesChanged(ingest: Ingest): void {
    if (maskHas(ingest.changedFamilies, RTC)) this.#retargeted.add(ingest.peerId);
    ingest.changedFamilies = 0;
  }

  /** The peer may want other route targets than before. */
  #updateTargets(peerId: number): void {
    this.#retargeted.delete(peerId);
    const state = this.#peers.get(peerId);
    if (state?.session === undefined) return;
    const wanted = wantedTargets(state.session.rib, state.families[RTC]);
    if (wanted?.key === state.session.routeTargets?.key) return;
    state.session.routeTargets = wanted;
    this.#updateExport(state);
  }

  #ownRoutes({ peer }: RibPeerState, session: RibSession): OriginatedRoute[] {
    return [...ourMemberships(session), ...peer.originated ?? [], ...this.#local.ofPeer(peer.id)];
  }

  /** The session, with everything that its export depends on. `own`: routes for this peer only. */
  #sessionFor(
    peer: RibPeer,
    session: RibSession,
    routeTargets: RouteTargets | undefined,
    own: readonly OriginatedRoute[],
  ): ExportSession {
    const { remoteAddress } = session;
    const isOriginatedHop = leadsTo(remoteAddress, new RouteKinds(own)) ||
      leadsTo(remoteAddress, this.#local.kindsForAll);
    return { ...withConfiguredAddresses(peer, session), isOriginatedHop, routeTargets };
  }

  /** The session continues: its routes are re-evaluated where its rules changed. */
  #renew({ peer, session, families }: RibPeerState, negotiated: Negotiated | undefined): void {
    if (session === undefined) return;
    if (negotiated !== undefined) {
      session.rib = { ...session.rib, negotiated };
      session.ingest.renew(negotiated);
    }
    const self = selfTowards(peer, session.rib, this.#options);
    for (const family of families) {
      if (family !== undefined && maskHas(session.rib.negotiated.families, family.family)) {
        this.#imports.renew(family, peer, session.rib.negotiated, self);
      }
    }
  }

  #updateExportOf(peerId: number): RibFact[] {
    const state = this.#peers.get(peerId);
    return state === undefined ? [] : this.#updateExport(state);
  }

  #updateExport(state: RibPeerState): RibFact[] {
    if (state.session === undefined) return [];
    const { out, epoch, rib, routeTargets } = state.session;
    const own = this.#ownRoutes(state, rib);
    this.#exports.move(out, this.#sessionFor(state.peer, rib, routeTargets, own), exportOf(state.peer), own);
    this.#outcomes.sessionsChanged();
    return notes(state.peer.id, epoch, out.skipped);
  }

  #peer(id: number): RibPeerState {
    const state = this.#peers.get(id);
    if (state === undefined) throw new RangeError(`there is no peer ${id}`);
    return state;
  }

  /** Ours, then those of routers: in order of peer and family id. */
  get #allFamilies(): readonly PeerFamily[] {
    const { families: reported } = this.#routers;
    return reported.length === 0 ? this.#peerFamilies : [...this.#peerFamilies, ...reported];
  }

  #peerFamily({ peer: { id }, families: known }: RibPeerState, family: FamilyId): PeerFamily {
    return known[family] ??= this.#newFamily(id, this.#ribs.get(family));
  }

  #newFamily(peerId: number, rib: DirtyPrefixes): PeerFamily {
    return new PeerFamily({
      peerId,
      rib,
      sets: this.#sets,
      passes: this.#feed.passes,
      history: this.#history,
      clock: this.#removedClock,
    });
  }

  #listPeerFamilies(): void {
    const peers = [...this.#peers.values()].sort((a, b) => a.peer.id - b.peer.id);
    this.#peerFamilies = peers.flatMap(({ families }) => families.filter((family) => family !== undefined));
  }
}
