/**
 * What a session says becomes routes: one of these for each session, fed with whole messages.
 *
 * An UPDATE is walked once by the scanner; its attribute set is looked up by bytes, and validated only where it is not
 * known; then each prefix costs two table look-ups and a write. There is no object per route, and no exception for
 * anything a peer sends: what is wrong becomes facts.
 */

import {
  decodeRouteRefresh,
  type Fault,
  messageLength,
  MessageType,
  messageType,
  NlriCursor,
  RefreshSubtype,
  type SessionEnds,
  UpdateScanner,
} from "../message/mod.ts";
import { familyByCode, type FamilyId, limits, maskHas } from "../types/mod.ts";
import type { Negotiated } from "../session/mod.ts";
import type { AttributeTable } from "./attribute_table.ts";
import { hasRoles } from "./export_filter.ts";
import { ineligibleReason, type Self } from "./eligibility.ts";
import { emptyCounters, keptMessage, type PeerCounters, type RibFact } from "./facts.ts";
import { EndedBy } from "./history_ring.ts";
import type { ImportRules } from "./import_rules.ts";
import type { PeerFamily } from "./peer_family.ts";

/** What a session's messages reach beyond its own routes. */
export interface IngestHost {
  readonly sets: AttributeTable;
  /** The session's addresses: what a NEXT_HOP is checked against (RFC 4271 §6.3). */
  readonly ends: SessionEnds;
  readonly rules: ImportRules;
  /** Passes of the store feed so far. */
  storePass(): number;
  /** The peer wants our routes of the family again. */
  resend(family: FamilyId): void;
}

export class Ingest {
  readonly counters: PeerCounters = emptyCounters();
  /** The session is to be reset: nothing more is read. */
  failed = false;

  readonly #peerId: number;
  readonly #epoch: number;
  readonly #negotiated: Negotiated;
  readonly #self: Self;
  /** Number of the class of sessions whose verdicts on sets this one shares; 0: none. */
  readonly #sessionClass: number;
  /** By family id. */
  readonly #families: readonly (PeerFamily | undefined)[];
  readonly #host: IngestHost;
  readonly #rules: ImportRules;
  readonly #scanner: UpdateScanner;
  readonly #cursor = new NlriCursor();
  #facts: RibFact[] = [];
  /** Time of the batch. */
  #now = 0;
  #noticed = false;

  constructor(
    peerId: number,
    epoch: number,
    negotiated: Negotiated,
    self: Self,
    sessionClass: number,
    families: readonly (PeerFamily | undefined)[],
    host: IngestHost,
  ) {
    this.#peerId = peerId;
    this.#epoch = epoch;
    this.#negotiated = negotiated;
    this.#self = self;
    this.#sessionClass = sessionClass;
    this.#families = families;
    this.#host = host;
    this.#rules = host.rules;
    this.#scanner = new UpdateScanner(negotiated, host.ends);
  }

  /** Whole messages back to back, their headers checked. */
  messages(bytes: Uint8Array, now: number): RibFact[] {
    this.#facts = [];
    this.#now = now;
    for (let at = 0; at < bytes.length && !this.failed;) {
      const end = at + messageLength(bytes, at);
      if (end > bytes.length || end - at < limits.headerBytes) throw new RangeError("a batch holds whole messages");
      const type = messageType(bytes, at);
      if (type === MessageType.update) this.#update(bytes, at, end, now);
      else if (type === MessageType.routeRefresh) this.#routeRefresh(bytes.subarray(at, end));
      at = end;
    }
    return this.#facts;
  }

  #update(bytes: Uint8Array, start: number, end: number, now: number): void {
    const scanner = this.#scanner;
    this.counters.updates++;
    if (scanner.scan(bytes, start, end) === "fault") {
      const fault = scanner.fault!;
      this.#fault(fault, bytes, start, end);
      if (fault.action === "treatAsWithdraw") {
        this.counters.treatAsWithdraw++;
        this.#withdrawAll(bytes, true);
      }
      return;
    }
    if (scanner.notice !== undefined && !this.#noticed) {
      // Once a session: a peer that does so does it with every message.
      this.#noticed = true;
      this.#facts.push({ kind: "note", peerId: this.#peerId, epoch: this.#epoch, text: scanner.notice.text });
    }
    if (scanner.endOfRib !== 0) this.#endOfRib(scanner.endOfRib, now);
    do {
      const reach = this.#withdrawAll(bytes, false);
      if (reach) this.#announceAll(bytes, start, end, now);
      // RFC 7606 §5.2: attributes without NLRI are looked at too.
      else if (scanner.setLength > 0) this.#validate(bytes, start, end);
    } while (!this.failed && scanner.nextPart());
  }

  /**
   * Withdraws the blocks that say so, or, treating as withdraw, those that announce too (RFC 7606 §2). True where there
   * are blocks that announce.
   */
  #withdrawAll(bytes: Uint8Array, announced: boolean): boolean {
    const { blocks, blockCount } = this.#scanner;
    const cursor = this.#cursor;
    const now = this.#now;
    let reach = false;
    for (let i = 0; i < blockCount; i++) {
      const block = blocks[i]!;
      if (!block.withdraw) reach = true;
      if (!block.withdraw && !announced) continue;
      const family = this.#families[block.family];
      if (family === undefined) continue;
      const rib = family.rib;
      const prefixes = rib.prefixes;
      const endedBy = block.withdraw ? EndedBy.withdrawn : EndedBy.treatedAsWithdrawn;
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      let count = 0;
      while (cursor.next()) {
        count++;
        const slot = prefixes.find(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
        if (slot !== -1 && family.withdraw(slot, cursor.pathId, now, endedBy)) rib.touch(slot);
      }
      this.counters.withdrawn += count;
    }
    return reach;
  }

  #announceAll(bytes: Uint8Array, start: number, end: number, now: number): void {
    const { blocks, blockCount } = this.#scanner;
    let set = -1;
    for (let i = 0; i < blockCount; i++) {
      const block = blocks[i]!;
      if (block.withdraw) continue;
      const family = this.#families[block.family];
      if (family === undefined) continue;
      if (set === -1) {
        set = this.#resolveSet(bytes, start, end);
        if (set === -1) return;
        // Held while the routes change hands: none of them may be the last to refer to it.
        this.#host.sets.retain(set);
      }
      const ineligible = this.#ineligible(set, block.family);
      const effective = this.#rules.changesAnything ? this.#rules.effective(set, block.family, this.#host.sets) : set;
      this.#host.sets.retain(effective);
      const receivedAt = family.stamp(now);
      const rib = family.rib;
      const prefixes = rib.prefixes;
      const cursor = this.#cursor;
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      let count = 0;
      while (cursor.next()) prefixes.prefetch(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      while (cursor.next()) {
        count++;
        const slot = prefixes.intern(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
        if (family.announce(slot, cursor.pathId, set, effective, ineligible, receivedAt)) rib.touch(slot);
      }
      this.#host.sets.release(effective);
      this.counters.announced += count;
    }
    if (set !== -1) this.#host.sets.release(set);
  }

  /** The set of the UPDATE last scanned, interned; -1 where its routes are not to be kept. */
  #resolveSet(bytes: Uint8Array, start: number, end: number): number {
    const scanner = this.#scanner;
    const sets = this.#host.sets;
    if (scanner.lookupFirst) {
      const known = sets.find(scanner.setBytes, scanner.setLength, scanner.setHash);
      if (known !== -1) return known;
    }
    if (!this.#validate(bytes, start, end)) return -1;
    return sets.intern(scanner.setBytes, scanner.setLength, scanner.setHash);
  }

  /** The checks that come once per new set; true where it may be used. */
  #validate(bytes: Uint8Array, start: number, end: number): boolean {
    const verdict = this.#scanner.validate();
    switch (verdict.kind) {
      case "accept":
        for (const fault of verdict.discarded) {
          this.counters.attributeDiscards++;
          this.#fault(fault, bytes, start, end);
        }
        return true;
      case "treatAsWithdraw":
        this.counters.treatAsWithdraw++;
        for (const fault of verdict.faults) this.#fault(fault, bytes, start, end);
        this.#withdrawAll(bytes, true);
        return false;
      case "sessionReset":
        this.#fault(verdict.fault, bytes, start, end);
        return false;
    }
  }

  /** Why routes with this set are ineligible on this session: looked at once for a set and a class of sessions. */
  #ineligible(set: number, family: FamilyId): number {
    const sets = this.#host.sets;
    if (this.#self.role !== undefined && !hasRoles(family)) {
      return ineligibleReason(sets.chunk(set), sets.offset(set), sets.length(set), { ...this.#self, role: undefined });
    }
    if (this.#sessionClass !== 0 && sets.checkedFor[set] === this.#sessionClass) return sets.ineligible[set]!;
    const reason = ineligibleReason(sets.chunk(set), sets.offset(set), sets.length(set), this.#self);
    sets.checkedFor[set] = this.#sessionClass;
    sets.ineligible[set] = reason;
    return reason;
  }

  #endOfRib(family: FamilyId, now: number): void {
    const routes = this.#families[family];
    if (routes === undefined) return;
    this.counters.endOfRib++;
    routes.endOfRib(now, this.#host.storePass());
    this.#facts.push({ kind: "endOfRib", peerId: this.#peerId, epoch: this.#epoch, family });
  }

  #routeRefresh(message: Uint8Array): void {
    const refresh = decodeRouteRefresh(message, this.#negotiated.enhancedRouteRefresh);
    if (refresh.kind === "ignored") return;
    if (refresh.kind === "fault") {
      this.failed = true;
      this.#facts.push({
        kind: "sessionReset",
        peerId: this.#peerId,
        epoch: this.#epoch,
        notification: refresh.notification,
        text: "ROUTE-REFRESH: wrong length",
        message: keptMessage(message, 0, message.length),
      });
      return;
    }
    const family = familyByCode(refresh.afi, refresh.safi)?.id;
    // RFC 2918 §4: one for a family that was not negotiated is ignored.
    if (family === undefined || !maskHas(this.#negotiated.families, family)) return;
    const peerFamily = this.#families[family];
    if (refresh.subtype === RefreshSubtype.request) {
      this.counters.refreshes++;
      this.#host.resend(family);
      this.#facts.push({ kind: "refreshRequested", peerId: this.#peerId, epoch: this.#epoch, family });
    } else if (refresh.subtype === RefreshSubtype.begin) {
      // RFC 7313 §4: all routes are stale until announced again …
      peerFamily?.routes?.markAll();
      this.#facts.push({ kind: "refreshBegan", peerId: this.#peerId, epoch: this.#epoch, family });
    } else {
      // … and those which are still stale at the end go.
      peerFamily?.sweepMarked(this.#now);
      this.#facts.push({ kind: "refreshEnded", peerId: this.#peerId, epoch: this.#epoch, family });
    }
  }

  #fault(fault: Fault, bytes: Uint8Array, start: number, end: number): void {
    const kept = keptMessage(bytes, start, end);
    const peerId = this.#peerId;
    const epoch = this.#epoch;
    if (fault.action !== "sessionReset") {
      this.#facts.push({ kind: "fault", peerId, epoch, fault, message: kept });
      return;
    }
    this.failed = true;
    const { notification, text } = fault;
    this.#facts.push({ kind: "sessionReset", peerId, epoch, notification, text, message: kept });
  }
}
