/**
 * Turns the messages of one session into routes.
 *
 * The scanner walks an UPDATE once. The attribute set is looked up by its bytes; only a new set is validated. Each
 * prefix then costs two look-ups and a write. No object is made for a route, and nothing that a peer sends throws an
 * exception: faults become facts.
 *
 * One file because all parts of a message go through the same scanner, cursor and facts.
 */

import {
  CodecCursor,
  decodeRouteRefresh,
  type Fault,
  formatDestination,
  messageLength,
  MessageType,
  messageType,
  type NextHopCheck,
  type NlriBlock,
  NlriCursor,
  RefreshSubtype,
  type UpdateContext,
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
  maskIds,
  type PrefixSlot,
  type SetSlot,
} from "../../types/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import { type AttributeTable, noSet } from "../table/attribute_table.ts";
import { destinationAt } from "../table/destinations.ts";
import { NlriTable } from "../table/nlri_table.ts";
import type { PrefixTable } from "../table/prefix_table.ts";
import { noPrefix } from "../table/slot_ids.ts";
import { emptyCounters, keptMessage, type PeerCounters, type RibFact } from "./facts.ts";
import { Ineligible } from "./import/eligibility.ts";
import { EndedBy } from "../history/history_ring.ts";
import type { PeerFamily } from "./peer_family.ts";
import type { PathLimiter } from "./path_limit.ts";
import type { Crossing } from "./prefix_limit.ts";
import { RefreshMarks } from "./refresh_marks.ts";
import type { Validation } from "./validation.ts";
import { ValuedSets } from "./valued_sets.ts";

/** What the messages of a session reach besides the routes of the session. */
export interface IngestHost {
  readonly sets: AttributeTable;
  /** What a NEXT_HOP is checked against (RFC 4271 §6.3). */
  readonly ends: NextHopCheck;
  readonly validation: Validation;
  /** The peer requests our routes of the family again. */
  resend(family: FamilyId): void;
  /** Routes of a family come that the session had none of so far. `undefined`: they are ignored. */
  opened?(family: FamilyId): PeerFamily | undefined;
  /** There is room for stored routes above the prefix limit: they are re-evaluated. */
  readmit(family: PeerFamily): void;
  /** Asks the peer for its routes of the family. False: the peer does not support route refresh. */
  requestRefresh(family: FamilyId): boolean;
}

/** What the OPENs of the session agree on, as far as its messages depend on it. */
export type IngestTerms = UpdateContext & Partial<Pick<Negotiated, "graceful" | "enhancedRouteRefresh">>;

export class Ingest {
  readonly counters: PeerCounters = emptyCounters();
  /** How many octets the attribute set of a route may have; 0: any number. */
  mostAttributeBytes = 0;
  /** Families of other NLRI than prefixes whose routes may have changed since somebody cleared this. */
  changedFamilies: FamilyMask = 0;
  /** The session has to be reset: no more messages are read. */
  failed = false;
  /** Where those messages of the last batch begin whose routes were not taken as announced. */
  readonly faulty: number[] = [];

  readonly peerId: number;
  readonly #epoch: number;
  #negotiated: IngestTerms;
  /** By family id. */
  readonly #families: readonly (PeerFamily | undefined)[];
  readonly #host: IngestHost;
  #scanner: UpdateScanner;
  readonly #cursor = new NlriCursor();
  readonly #nlri = new CodecCursor();
  readonly #valuedSets: ValuedSets;
  #facts: RibFact[] = [];
  /** The time of the batch. */
  #now = 0;
  /** A notice of the scanner was noted in the log. */
  #noticed = false;
  /** Families with a martian prefix that was noted in the log. */
  #martians: FamilyMask = 0;
  /** Families that the session ignores. */
  #disabled: FamilyMask = 0;
  readonly #refreshes: RefreshMarks;

  constructor(
    peerId: number,
    epoch: number,
    negotiated: IngestTerms,
    families: readonly (PeerFamily | undefined)[],
    host: IngestHost,
  ) {
    this.peerId = peerId;
    this.#epoch = epoch;
    this.#negotiated = negotiated;
    this.#families = families;
    this.#host = host;
    this.#valuedSets = new ValuedSets(host.sets);
    this.#scanner = new UpdateScanner(negotiated, host.ends);
    this.#refreshes = new RefreshMarks(negotiated.graceful !== undefined);
  }

  /** The session goes on under other rules; the OPENs are the same. */
  renew(negotiated: IngestTerms): void {
    this.#negotiated = negotiated;
    this.#scanner = new UpdateScanner(negotiated, this.#host.ends);
    for (const id of maskIds(this.#disabled)) this.#scanner.disable(id);
  }

  /** Families that the session ignores. */
  get disabled(): FamilyMask {
    return this.#disabled;
  }

  /** Reads whole messages, one after the other. Their headers are checked already. */
  messages(bytes: Uint8Array, now: number): RibFact[] {
    this.#facts = [];
    this.faulty.length = 0;
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

  /** Reports that the number of routes crossed a threshold. */
  crossed(family: PeerFamily, crossing: Crossing | undefined, facts: RibFact[] = this.#facts): void {
    if (crossing === undefined || this.failed) return;
    const peerId = this.peerId;
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
      if (fault.action === "treatAsWithdraw") this.#treatAsWithdraw(bytes);
      return;
    }
    if (scanner.familyFault !== undefined) this.#disable(scanner.familyFault, bytes, start, end);
    if (scanner.notice !== undefined && !this.#noticed) {
      // Once per session: such a peer does the same in every message.
      this.#noticed = true;
      this.#note(scanner.notice.text);
    }
    if (scanner.endOfRib !== 0) this.#endOfRib(scanner.endOfRib, now);
    do {
      const announces = this.#withdraw(bytes);
      if (announces) this.#announceAll(bytes, start, end, now);
      // RFC 7606 §5.2: attributes without NLRI are validated, too.
      else if (scanner.setLength > 0) this.#validate(bytes, start, end);
    } while (!this.failed && scanner.nextPart());
  }

  /**
   * Withdraws all routes of the family of the fault, and ignores those that follow until the end of the session (RFC
   * 4760 §7).
   */
  #disable(fault: Fault, bytes: Uint8Array, start: number, end: number): void {
    const id = fault.family!;
    // Counted like this, it raises the alert for malformed UPDATEs.
    this.counters.treatAsWithdraw++;
    this.#disabled |= familyMask([id]);
    this.#scanner.disable(id);
    this.#fault(fault, bytes, start, end);
    this.changedFamilies |= familyMask([id]);
    const family = this.#families[id];
    family?.routes?.markAll();
    family?.sweepMarked(this.#now);
    family?.sweepStale(this.#now);
  }

  /** Withdraws the routes that the UPDATE withdraws. True where it announces routes, too. */
  #withdraw(bytes: Uint8Array): boolean {
    const { blocks, blockCount } = this.#scanner;
    let announces = false;
    for (let i = 0; i < blockCount; i++) {
      const block = blocks[i]!;
      if (block.withdraw) this.#withdrawBlock(bytes, block, EndedBy.withdrawn);
      else announces = true;
    }
    return announces;
  }

  /** Withdraws the routes that the UPDATE withdraws and those that it announces (RFC 7606 §2). */
  #treatAsWithdraw(bytes: Uint8Array): void {
    this.counters.treatAsWithdraw++;
    const { blocks, blockCount } = this.#scanner;
    for (let i = 0; i < blockCount; i++) {
      const block = blocks[i]!;
      this.#withdrawBlock(bytes, block, block.withdraw ? EndedBy.withdrawn : EndedBy.treatedAsWithdrawn);
    }
  }

  #withdrawBlock(bytes: Uint8Array, block: NlriBlock, endedBy: EndedBy): void {
    const family = this.#families[block.family];
    if (family === undefined) return;
    const cursor = this.#cursor;
    const now = this.#now;
    const { rib } = family;
    const prefixes = rib.destinations;
    if (prefixes instanceof NlriTable) return this.#withdrawNlri(bytes, block, family, prefixes, endedBy);
    cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
    let count = 0;
    while (cursor.next()) {
      count++;
      const slot = prefixes.find(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
      if (slot !== noPrefix && family.withdraw(slot, cursor.pathId, now, endedBy)) rib.touch(slot);
    }
    this.counters.withdrawn += count;
  }

  #announceAll(bytes: Uint8Array, start: number, end: number, now: number): void {
    const { blocks, blockCount } = this.#scanner;
    let set: SetSlot = noSet;
    for (let i = 0; i < blockCount; i++) {
      const block = blocks[i]!;
      if (block.withdraw) continue;
      const family = this.#families[block.family] ?? this.#host.opened?.(block.family);
      if (family === undefined) continue;
      if (set === noSet) {
        set = this.#resolveSet(bytes, start, end);
        if (set === noSet) return;
        // The set is retained while the routes are stored: withdrawing a route must not free it.
        this.#host.sets.retain(set);
      }
      const prefixes = family.rib.destinations;
      if (prefixes instanceof NlriTable) {
        this.#announceNlri(bytes, block, family, prefixes, set, now);
        continue;
      }
      const cursor = this.#cursor;
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      while (cursor.next()) prefixes.prefetch(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
      cursor.reset(bytes, block.start, block.end, block.family, block.addPath);
      const receivedAt = family.stamp(now);
      const { prefixLimiter } = family;
      // An octet of NLRI holds one route at most.
      const isTight = prefixLimiter !== undefined && prefixLimiter.isTight(family.routes!, block.end - block.start);
      const { filter } = family;
      const dependsOnRoute = filter !== undefined && (filter.byPrefix || filter.byValidity || filter.rejects);
      this.counters.announced += isTight || dependsOnRoute
        ? this.#announceEach(family, prefixes, set, receivedAt)
        : this.#announceBlock(family, prefixes, set, receivedAt);
      if (prefixLimiter !== undefined) this.crossed(family, prefixLimiter.cross(family.routes!));
    }
    if (set !== noSet) this.#host.sets.release(set);
  }

  /** Stores the routes of a block: all have the same result of the import filter. Returns their number. */
  #announceBlock(family: PeerFamily, prefixes: PrefixTable, received: SetSlot, receivedAt: number): number {
    const { sets } = this.#host;
    const cursor = this.#cursor;
    const { rib, filter } = family;
    filter?.evaluate(received, 0);
    const { set, ineligible } = filter ?? { set: received, ineligible: Ineligible.none };
    sets.retain(set);
    const { pathLimiter } = family;
    const { validation } = this.#host;
    const { validationTerms } = family;
    const isValidated = validationTerms !== undefined && validation.appliesTo(validationTerms);
    let count = 0;
    while (cursor.next()) {
      count++;
      const slot = prefixes.intern(cursor.w0, cursor.w1, cursor.w2, cursor.w3, cursor.length);
      if (pathLimiter !== undefined && !this.#admitsPath(pathLimiter, family, slot, cursor.pathId)) continue;
      const reason = prefixes.martianCount === 0 ? ineligible : this.#reasonAt(family, prefixes, slot, ineligible);
      if (!family.announce(slot, cursor.pathId, received, set, reason, receivedAt)) continue;
      rib.touch(slot);
      if (isValidated) family.validate(validation, slot, cursor.pathId, received);
    }
    sets.release(set);
    return count;
  }

  /**
   * Stores the routes of a block one by one: the result depends on the prefix, or on the prefix limit. Returns their
   * number.
   */
  #announceEach(family: PeerFamily, prefixes: PrefixTable, received: SetSlot, receivedAt: number): number {
    const { sets } = this.#host;
    const cursor = this.#cursor;
    const rib = family.rib;
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
        // The prefix table does not grow for a refused route.
        const known = prefixes.find(w0, w1, w2, w3, length);
        if (known === noPrefix || routes.find(known, pathId) === -1) {
          prefixLimiter.refused++;
          continue;
        }
      }
      const slot = prefixes.intern(w0, w1, w2, w3, length);
      if (pathLimiter !== undefined && !this.#admitsPath(pathLimiter, family, slot, pathId)) continue;
      const validity = family.validityOf(this.#host.validation, slot, received);
      const routeClass = filter.classOf(rib.classes, slot, validity);
      if (routeClass !== lastClass) {
        lastClass = routeClass;
        filter.evaluate(received, routeClass);
        sets.retain(filter.set);
        sets.release(held);
        held = filter.set;
      }
      const reason = this.#reasonAt(family, prefixes, slot, filter.reasonWith(validity));
      const ineligible = prefixLimiter === undefined
        ? reason
        : prefixLimiter.place(routes, routes.find(slot, pathId), reason);
      if (ineligible === -1 || !family.announce(slot, pathId, received, held, ineligible, receivedAt)) continue;
      rib.touch(slot);
      if (validity !== 0) routes.setValidity(slot, routes.find(slot, pathId), validity);
    }
    sets.release(held);
    return count;
  }

  #withdrawNlri(bytes: Uint8Array, block: NlriBlock, family: PeerFamily, table: NlriTable, endedBy: EndedBy): void {
    const cursor = this.#nlri;
    this.changedFamilies |= familyMask([table.family]);
    cursor.reset(table.codec, bytes, block.start, block.end, block.addPath, block.withdraw);
    while (cursor.next()) {
      this.counters.withdrawn++;
      const slot = table.find(cursor.key);
      if (slot !== noPrefix && family.withdraw(slot, cursor.pathId, this.#now, endedBy)) family.rib.touch(slot);
    }
  }

  /** Stores the routes of a block whose NLRI are no plain prefixes, one by one: each may have a value of its own. */
  #announceNlri(
    bytes: Uint8Array,
    block: NlriBlock,
    family: PeerFamily,
    table: NlriTable,
    base: SetSlot,
    now: number,
  ): void {
    const { sets } = this.#host;
    const { rib, prefixLimiter, pathLimiter } = family;
    const routes = family.routes!;
    const { filter } = family;
    const receivedAt = family.stamp(now);
    const cursor = this.#nlri;
    this.changedFamilies |= familyMask([table.family]);
    cursor.reset(table.codec, bytes, block.start, block.end, block.addPath, false);
    while (cursor.next()) {
      this.counters.announced++;
      const { key, pathId } = cursor;
      if (prefixLimiter?.isFull(routes) === true) {
        // The table does not grow for a refused route.
        const known = table.find(key);
        if (known === noPrefix || routes.find(known, pathId) === -1) {
          prefixLimiter.refused++;
          continue;
        }
      }
      const slot = table.intern(key);
      if (pathLimiter !== undefined && !this.#admitsPath(pathLimiter, family, slot, pathId)) continue;
      const received = this.#valuedSets.of(base, cursor.value);
      filter?.evaluate(received, filter.byPrefix ? rib.classes.of(slot) : 0);
      const { set, ineligible: rejected } = filter ?? { set: received, ineligible: Ineligible.none };
      const ineligible = rejected !== Ineligible.none || family.check === undefined
        ? rejected
        : family.check.reasonAt(slot, received, routes.source);
      const reason = prefixLimiter === undefined
        ? ineligible
        : prefixLimiter.place(routes, routes.find(slot, pathId), ineligible);
      if (reason === -1) continue;
      sets.retain(set);
      if (family.announce(slot, pathId, received, set, reason, receivedAt)) rib.touch(slot);
      sets.release(set);
    }
    this.#valuedSets.end();
    if (prefixLimiter !== undefined) this.crossed(family, prefixLimiter.cross(routes));
  }

  /**
   * Why a route to this prefix is ineligible, or 0. Routes to martian prefixes are stored and logged (RFC 4271 §6.3).
   */
  #reasonAt({ family, filter }: PeerFamily, prefixes: PrefixTable, slot: PrefixSlot, ineligible: number): number {
    if (filter === undefined || !prefixes.isMartian(slot)) return ineligible;
    if (!maskHas(this.#martians, family)) {
      // Once per session and family: a peer may announce thousands of them.
      this.#martians |= familyMask([family]);
      const prefix = prefixes.prefix(slot);
      const text =
        `${formatPrefix(prefix)} is ${
          martianText(prefix)
        }, which cannot be a unicast destination: routes to such prefixes of ` +
        `${familyOf(family).name} are ineligible (RFC 4271 §6.3)`;
      this.#note(text);
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
    if (slot === noPrefix) return;
    const destination = formatDestination(family.family, destinationAt(family.rib.destinations, slot));
    const text =
      `more than ${limiter.max} paths of ${destination} (add_path_max_paths): paths above the limit are refused; ` +
      `${this.counters.pathsRefused} in this session so far`;
    this.#note(text);
  }

  /** Routes above the prefix limit may become eligible where other routes were withdrawn. */
  readmitWithinLimit(family: PeerFamily, facts: RibFact[] = this.#facts): void {
    const { prefixLimiter, routes } = family;
    if (prefixLimiter === undefined || routes === undefined) return;
    prefixLimiter.relax(routes);
    if (prefixLimiter.hasRoom(routes)) this.#host.readmit(family);
    else if (prefixLimiter.takeRefreshRequest(routes) && !this.#host.requestRefresh(family.family)) {
      this.crossed(family, {
        kind: "note",
        text:
          "there is room again for routes that max_prefixes refused, but the peer does not support route refresh: " +
          "reset the session to receive them",
      }, facts);
    }
  }

  /** Interns the set of the UPDATE that was scanned last; {@link noSet}: its routes must not be stored. */
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
   * True where the attributes are larger than `max_attribute_bytes`. The routes are then treated as withdrawn, as
   * routes with malformed attributes are.
   */
  #isTooLarge(bytes: Uint8Array, start: number, end: number): boolean {
    const { setLength } = this.#scanner;
    const most = this.mostAttributeBytes;
    if (most === 0 || setLength <= most) return false;
    const text = `its path attributes have ${setLength} octets, max_attribute_bytes is ${most}`;
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
    this.#treatAsWithdraw(bytes);
    return true;
  }

  /** Validates a new set. True: routes may use it. */
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
        for (const fault of verdict.faults) this.#fault(fault, bytes, start, end);
        this.#treatAsWithdraw(bytes);
        return false;
      case "sessionReset":
        this.#fault(verdict.fault, bytes, start, end);
        return false;
    }
  }

  #endOfRib(family: FamilyId, now: number): void {
    const routes = this.#families[family] ?? this.#host.opened?.(family);
    if (routes === undefined) return;
    this.counters.endOfRib++;
    // A peer could fill the log and the disk with messages of 23 octets if each one had a line and a row.
    if (!this.#refreshes.endOfRib(family)) return;
    routes.endOfRib(now);
    this.changedFamilies |= familyMask([family]);
    this.#facts.push({ kind: "endOfRib", peerId: this.peerId, epoch: this.#epoch, family });
  }

  #routeRefresh(message: Uint8Array): void {
    const refresh = decodeRouteRefresh(message, this.#negotiated.enhancedRouteRefresh ? "enhanced" : "plain");
    if (refresh.kind === "ignored") return;
    if (refresh.kind === "fault") {
      this.failed = true;
      this.#facts.push({
        kind: "sessionReset",
        peerId: this.peerId,
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
      this.#facts.push({ kind: "refreshRequested", peerId: this.peerId, epoch: this.#epoch, family });
    } else if (refresh.subtype === RefreshSubtype.begin) {
      const outcome = this.#refreshes.begin(family, peerFamily?.routes);
      if (outcome === "began") {
        this.#facts.push({ kind: "refreshBegan", peerId: this.peerId, epoch: this.#epoch, family });
      } else if (outcome === "early") {
        const text = `BoRR of ${familyOf(family).name} before its End-of-RIB: ignored (RFC 7313 §4)`;
        this.#note(text);
      }
    } else if (this.#refreshes.end(family)) {
      peerFamily?.sweepMarked(this.#now);
      this.changedFamilies |= familyMask([family]);
      this.#facts.push({ kind: "refreshEnded", peerId: this.peerId, epoch: this.#epoch, family });
    }
  }

  #note(text: string): void {
    this.#facts.push({ kind: "note", peerId: this.peerId, epoch: this.#epoch, text });
  }

  #fault(fault: Fault, bytes: Uint8Array, start: number, end: number): void {
    const kept = keptMessage(bytes, start, end);
    const peerId = this.peerId;
    const epoch = this.#epoch;
    if (fault.action !== "attributeDiscard" && this.faulty.at(-1) !== start) this.faulty.push(start);
    if (fault.action !== "sessionReset") {
      this.#facts.push({ kind: "fault", peerId, epoch, fault, message: kept });
      return;
    }
    this.failed = true;
    const { notification, text } = fault;
    this.#facts.push({ kind: "sessionReset", peerId, epoch, notification, text, message: kept });
  }
}
