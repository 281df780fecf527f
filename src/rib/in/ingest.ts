/**
 * What a session says becomes routes: one of these for each session, fed with whole messages.
 *
 * An UPDATE is walked once by the scanner; its attribute set is looked up by bytes, and validated only where it is not
 * known; then each prefix costs two table look-ups and a write. There is no object per route, and no exception for
 * anything a peer sends: what is wrong becomes facts.
 *
 * One file because everything that a message holds goes through the same scanner, cursor and facts.
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
  UpdateError,
  updateFault,
  UpdateScanner,
} from "../../message/mod.ts";
import {
  familyByCode,
  type FamilyId,
  type FamilyMask,
  familyMask,
  familyOf,
  formatPrefix,
  limits,
  martianText,
  maskHas,
  type PrefixSlot,
  type SetSlot,
} from "../../types/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import { type AttributeTable, noSet } from "../table/attribute_table.ts";
import { emptyCounters, keptMessage, type PeerCounters, type RibFact } from "./facts.ts";
import { Ineligible } from "./import/eligibility.ts";
import { EndedBy } from "../history/history_ring.ts";
import type { PeerFamily } from "./peer_family.ts";
import type { PathLimiter } from "./path_limit.ts";
import type { Crossing } from "./prefix_limit.ts";
import { RefreshMarks } from "./refresh_marks.ts";

/** What a session's messages reach beyond its own routes. */
export interface IngestHost {
  readonly sets: AttributeTable;
  /** The session's addresses: what a NEXT_HOP is checked against (RFC 4271 §6.3). */
  readonly ends: SessionEnds;
  /** The peer wants our routes of the family again. */
  resend(family: FamilyId): void;
  /** There is room again for routes that were left out: those that are here come in. */
  readmit(family: PeerFamily): void;
  /** … and the peer is asked for the others; false where it cannot be. */
  requestRefresh(family: FamilyId): boolean;
}

export class Ingest {
  readonly counters: PeerCounters = emptyCounters();
  /** Octets that the attribute set of a route may have; 0: any number. */
  mostAttributeBytes = 0;
  /** The session is to be reset: nothing more is read. */
  failed = false;

  readonly #peerId: number;
  readonly #epoch: number;
  #negotiated: Negotiated;
  /** By family id. */
  readonly #families: readonly (PeerFamily | undefined)[];
  readonly #host: IngestHost;
  #scanner: UpdateScanner;
  readonly #cursor = new NlriCursor();
  #facts: RibFact[] = [];
  /** Time of the batch. */
  #now = 0;
  #noticed = false;
  /** Families of which a martian prefix was logged. */
  #martians: FamilyMask = 0;
  readonly #refreshes: RefreshMarks;

  constructor(
    peerId: number,
    epoch: number,
    negotiated: Negotiated,
    families: readonly (PeerFamily | undefined)[],
    host: IngestHost,
  ) {
    this.#peerId = peerId;
    this.#epoch = epoch;
    this.#negotiated = negotiated;
    this.#families = families;
    this.#host = host;
    this.#scanner = new UpdateScanner(negotiated, host.ends);
    this.#refreshes = new RefreshMarks(negotiated.graceful !== undefined);
  }

  /** The session goes on by other rules, under the same OPENs. */
  renew(negotiated: Negotiated): void {
    this.#negotiated = negotiated;
    this.#scanner = new UpdateScanner(negotiated, this.#host.ends);
  }

  /** Whole messages back to back, their headers checked. */
  messages(bytes: Uint8Array, now: number): RibFact[] {
    this.#facts = [];
    this.#now = now;
    this.#refreshes.nextBatch();
    for (let at = 0; at < bytes.length && !this.failed;) {
      const end = at + messageLength(bytes, at);
      if (end > bytes.length || end - at < limits.headerBytes) throw new RangeError("a batch holds whole messages");
      const type = messageType(bytes, at);
      if (type === MessageType.update) this.#update(bytes, at, end, now);
      else if (type === MessageType.routeRefresh) this.#routeRefresh(bytes.subarray(at, end));
      at = end;
    }
    for (const family of this.#families) {
      if (family?.prefixLimiter !== undefined) this.readmitWithinLimit(family);
      if (family?.pathLimiter !== undefined) this.#notePaths(family, family.pathLimiter, now);
    }
    return this.#facts;
  }

  /** What was found about the number of routes becomes a fact. */
  crossed(family: PeerFamily, crossing: Crossing | undefined, facts: RibFact[] = this.#facts): void {
    if (crossing === undefined || this.failed) return;
    const peerId = this.#peerId;
    const epoch = this.#epoch;
    const { text } = crossing;
    if (crossing.kind === "note") {
      facts.push({ kind: "note", peerId, epoch, text });
      return;
    }
    this.failed = true;
    const seconds = family.prefixLimiter?.limit.restartSeconds;
    const restart = seconds === undefined ? { kind: "never" } as const : { kind: "after", seconds } as const;
    const { notification } = crossing;
    facts.push({ kind: "sessionReset", peerId, epoch, notification, text, message: new Uint8Array(0), restart });
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
    let set: SetSlot = noSet;
    for (let i = 0; i < blockCount; i++) {
      const block = blocks[i]!;
      if (block.withdraw) continue;
      const family = this.#families[block.family];
      if (family === undefined) continue;
      if (set === noSet) {
        set = this.#resolveSet(bytes, start, end);
        if (set === noSet) return;
        // Held while the routes change hands: none of them may be the last to refer to it.
        this.#host.sets.retain(set);
      }
      const prefixes = family.rib.prefixes;
      const cursor = this.#cursor;
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      while (cursor.next()) prefixes.prefetch(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      const receivedAt = family.stamp(now);
      const { prefixLimiter } = family;
      // One octet of NLRI is one route at most.
      const isTight = prefixLimiter !== undefined && prefixLimiter.isTight(family.routes!, block.end - block.start);
      this.counters.announced += isTight || family.filter!.byPrefix
        ? this.#announceEach(family, set, receivedAt)
        : this.#announceBlock(family, set, receivedAt);
      if (prefixLimiter !== undefined) this.crossed(family, prefixLimiter.cross(family.routes!));
    }
    if (set !== noSet) this.#host.sets.release(set);
  }

  /** All routes of a block fare alike. */
  #announceBlock(family: PeerFamily, received: SetSlot, receivedAt: number): number {
    const { sets } = this.#host;
    const cursor = this.#cursor;
    const rib = family.rib;
    const prefixes = rib.prefixes;
    const filter = family.filter!;
    filter.evaluate(received, 0);
    const { set, ineligible } = filter;
    sets.retain(set);
    const { pathLimiter } = family;
    let count = 0;
    while (cursor.next()) {
      count++;
      const slot = prefixes.intern(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
      if (pathLimiter !== undefined && !this.#admitsPath(pathLimiter, family, slot, cursor.pathId)) continue;
      const reason = prefixes.martianCount === 0 ? ineligible : this.#reasonAt(family, slot, ineligible);
      if (family.announce(slot, cursor.pathId, received, set, reason, receivedAt)) rib.touch(slot);
    }
    sets.release(set);
    return count;
  }

  /** Each route is looked at: policy asks for the prefix, or there may be too many. */
  #announceEach(family: PeerFamily, received: SetSlot, receivedAt: number): number {
    const { sets } = this.#host;
    const cursor = this.#cursor;
    const rib = family.rib;
    const prefixes = rib.prefixes;
    const routes = family.routes!;
    const filter = family.filter!;
    const { prefixLimiter, pathLimiter } = family;
    let held = received;
    sets.retain(held);
    let lastClass = -1;
    let count = 0;
    while (cursor.next()) {
      count++;
      const { w0, w1, w2, w3, length, pathId } = cursor;
      if (prefixLimiter !== undefined && prefixLimiter.isFull(routes)) {
        // A prefix that nobody has is not to be remembered for this.
        const known = prefixes.find(w0, w1, w2, w3, length);
        if (known === -1 || routes.find(known, pathId) === -1) {
          prefixLimiter.refused++;
          continue;
        }
      }
      const slot = prefixes.intern(w0, w1, w2, w3, length);
      if (pathLimiter !== undefined && !this.#admitsPath(pathLimiter, family, slot, pathId)) continue;
      const prefixClass = filter.byPrefix ? rib.classes.of(slot) : 0;
      if (prefixClass !== lastClass) {
        lastClass = prefixClass;
        filter.evaluate(received, prefixClass);
        sets.retain(filter.set);
        sets.release(held);
        held = filter.set;
      }
      const reason = this.#reasonAt(family, slot, filter.ineligible);
      const ineligible = prefixLimiter === undefined
        ? reason
        : prefixLimiter.place(routes, routes.find(slot, pathId), reason);
      if (ineligible === -1) continue;
      if (family.announce(slot, pathId, received, held, ineligible, receivedAt)) rib.touch(slot);
    }
    sets.release(held);
    return count;
  }

  /** Why a route to this prefix is ineligible, or 0. A martian one is kept in sight and logged (RFC 4271 §6.3). */
  #reasonAt({ family, rib }: PeerFamily, slot: PrefixSlot, ineligible: number): number {
    if (!rib.prefixes.isMartian(slot)) return ineligible;
    if (!maskHas(this.#martians, family)) {
      // Once for a session and family: a peer could announce them by the thousand.
      this.#martians |= familyMask([family]);
      const prefix = rib.prefixes.prefix(slot);
      const text = `${formatPrefix(prefix)} is ${martianText(prefix)}, no destination: routes to such prefixes of ` +
        `${familyOf(family).name} are ineligible (RFC 4271 §6.3)`;
      this.#facts.push({ kind: "note", peerId: this.#peerId, epoch: this.#epoch, text });
    }
    return Ineligible.martian;
  }

  #admitsPath(limiter: PathLimiter, family: PeerFamily, slot: PrefixSlot, pathId: number): boolean {
    if (limiter.admits(family.routes!, slot, pathId)) return true;
    this.counters.pathsRefused++;
    return false;
  }

  #notePaths(family: PeerFamily, limiter: PathLimiter, now: number): void {
    const slot = limiter.takeNote(now);
    if (slot === -1) return;
    const prefix = formatPrefix(family.rib.prefixes.prefix(slot));
    const text = `more than ${limiter.max} paths of ${prefix} (add_path_max_paths): those above are not stored; ` +
      `${this.counters.pathsRefused} in this session so far`;
    this.#facts.push({ kind: "note", peerId: this.#peerId, epoch: this.#epoch, text });
  }

  /** Routes that were left out may come in where others went. */
  readmitWithinLimit(family: PeerFamily, facts: RibFact[] = this.#facts): void {
    const { prefixLimiter, routes } = family;
    if (prefixLimiter === undefined || routes === undefined) return;
    prefixLimiter.relax(routes);
    if (prefixLimiter.hasRoom(routes)) this.#host.readmit(family);
    else if (prefixLimiter.takeRefreshRequest(routes) && !this.#host.requestRefresh(family.family)) {
      this.crossed(family, {
        kind: "note",
        text: "there is room again for routes that max_prefixes left out, but the peer cannot be asked for them",
      }, facts);
    }
  }

  /** The set of the UPDATE last scanned, interned; {@link noSet} where its routes are not to be kept. */
  #resolveSet(bytes: Uint8Array, start: number, end: number): SetSlot {
    const scanner = this.#scanner;
    const sets = this.#host.sets;
    if (this.#isTooLarge(bytes, start, end)) return noSet;
    if (scanner.lookupFirst) {
      const known = sets.find(scanner.setBytes, scanner.setLength, scanner.setHash);
      if (known !== noSet) return known;
    }
    if (!this.#validate(bytes, start, end)) return noSet;
    return sets.intern(scanner.setBytes, scanner.setLength, scanner.setHash);
  }

  /**
   * A route whose attributes are larger than we let the peer have is treated as withdrawn, as one whose attributes
   * make no sense.
   */
  #isTooLarge(bytes: Uint8Array, start: number, end: number): boolean {
    const { setLength } = this.#scanner;
    const most = this.mostAttributeBytes;
    if (most === 0 || setLength <= most) return false;
    const text = `its path attributes have ${setLength} octets, max_attribute_bytes is ${most}`;
    this.counters.treatAsWithdraw++;
    this.#fault(
      updateFault({
        action: "treatAsWithdraw",
        code: 0,
        subcode: UpdateError.malformedAttributeList,
        text,
        rfc: "RFC 7606 §2",
      }),
      bytes,
      start,
      end,
    );
    this.#withdrawAll(bytes, true);
    return true;
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

  #endOfRib(family: FamilyId, now: number): void {
    const routes = this.#families[family];
    if (routes === undefined) return;
    this.counters.endOfRib++;
    // With a line and a row for each, a peer could fill log and disk at 23 octets a piece.
    if (!this.#refreshes.endOfRib(family)) return;
    routes.endOfRib(now);
    this.#facts.push({ kind: "endOfRib", peerId: this.#peerId, epoch: this.#epoch, family });
  }

  #routeRefresh(message: Uint8Array): void {
    const refresh = decodeRouteRefresh(message, this.#negotiated.enhancedRouteRefresh ? "enhanced" : "plain");
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
      const outcome = this.#refreshes.begin(family, peerFamily?.routes);
      if (outcome === "began") {
        this.#facts.push({ kind: "refreshBegan", peerId: this.#peerId, epoch: this.#epoch, family });
      } else if (outcome === "early") {
        const text = `BoRR of ${familyOf(family).name} before its End-of-RIB: ignored (RFC 7313 §4)`;
        this.#facts.push({ kind: "note", peerId: this.#peerId, epoch: this.#epoch, text });
      }
    } else if (this.#refreshes.end(family)) {
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
