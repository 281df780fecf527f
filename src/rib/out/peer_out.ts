/**
 * One family on its way to one peer. In step with its group, the peer reads the ring. Outside the ring (after it
 * joined, after a refresh, or because it read too slowly) it has a bit for each row that it must be sent, and is served
 * from the column: what waits for a peer that does not read is bits, never messages.
 *
 * One file because the ring, the bits and the walk are three states of one reader, and each step moves between them.
 */

import { encodeRouteRefresh, RefreshSubtype } from "../../message/mod.ts";
import { familyOf } from "../../types/mod.ts";
import { pageBits, pageSlots } from "../in/adj_rib_in.ts";
import { growInt32, nextBit, wordsFor } from "../table/columns.ts";
import { type Block, reads, type RingReader } from "./out_ring.ts";
import type { LoneReader, UpdateGroup } from "./update_group.ts";

/** How many rows are sorted by their sets at a time. */
const windowRows = 16_384;

/** Octets for one write to a socket. */
export class Output {
  readonly parts: Uint8Array[] = [];
  size = 0;
  #shared = false;

  /** `shared`: others use the buffer too, so that it must be copied. */
  add(bytes: Uint8Array, shared = false): void {
    if (bytes.length === 0) return;
    this.parts.push(bytes);
    this.size += bytes.length;
    if (shared || bytes.length !== bytes.buffer.byteLength) this.#shared = true;
  }

  /** All parts in one buffer that the caller owns. */
  joined(): Uint8Array | undefined {
    if (this.size === 0) return undefined;
    if (this.parts.length === 1 && !this.#shared) return this.parts[0];
    const bytes = new Uint8Array(this.size);
    let at = 0;
    for (const part of this.parts) {
      bytes.set(part, at);
      at += part.length;
    }
    return bytes;
  }
}

/** What follows a walk over all rows: End-of-RIB (RFC 4724 §2), the mark of RFC 7313 §4, or nothing. */
type WalkEnd = "endOfRib" | "refreshMark" | "nothing";

export class PeerOut implements RingReader, LoneReader {
  position = 0;
  readonly peerId: number;
  #group: UpdateGroup;
  /** Routes for this peer only: set slot by row. A peer with such routes is never in the ring. */
  #own: ReadonlyMap<number, number>;
  #inRing = false;
  /** A bit for each row that must be sent. */
  #bits = new Int32Array(0);
  #bitCount = 0;
  #scan = 0;
  /** The row that the walk over all rows has reached; -1: there is no walk. */
  #walk = -1;
  #walkEnd: WalkEnd = "nothing";
  /** The first table is not complete: this walk sends it. */
  #isFirst = true;
  /** Another walk follows this one. */
  #repeats = false;
  /**
   * The walk goes over another group than the one whose routes the peer holds, so that any row may be new to the peer.
   */
  #hasMoved = false;
  #window = new Int32Array(0);
  #windowAt = 0;
  #windowEnd = 0;
  /** The peer holds the rows of the window already, except for rows with a bit. */
  #windowRepeats = false;

  /** The peer negotiated enhanced route refresh (RFC 7313). */
  readonly #usesRefreshMarks: boolean;

  constructor(peerId: number, group: UpdateGroup, own: ReadonlyMap<number, number>, usesRefreshMarks: boolean) {
    this.peerId = peerId;
    this.#usesRefreshMarks = usesRefreshMarks;
    this.#group = group;
    this.#own = own;
    this.#enter();
    for (const row of own.keys()) this.#mark(row);
    this.#walk = 0;
    this.#walkEnd = "endOfRib";
  }

  get group(): UpdateGroup {
    return this.#group;
  }

  /** The first table, End-of-RIB included, is not sent completely yet. */
  get isFirstTable(): boolean {
    return this.#isFirst;
  }

  /** What the peer must hold of this row: set slot + 1, or 0. */
  current(row: number): number {
    const own = this.#own.size === 0 ? undefined : this.#own.get(row);
    return own !== undefined ? own + 1 : this.#group.valueFor(this.peerId, row);
  }

  /** The row has a route for this peer only, in place of the route that the others get. */
  hasOwn(row: number): boolean {
    return this.#own.has(row);
  }

  get hasOwnRoutes(): boolean {
    return this.#own.size > 0;
  }

  /**
   * Whether the peer has read nothing since `place` was filled: then {@link eachUnread} gives the same. Fills `place`.
   */
  isAt(place: Int32Array): boolean {
    const end = this.#group.ring.end;
    const { position } = this;
    if (place[0] === position && place[1] === end && place[2] === this.#windowAt && place[3] === this.#windowEnd) {
      return true;
    }
    place[0] = position;
    place[1] = end;
    place[2] = this.#windowAt;
    place[3] = this.#windowEnd;
    return false;
  }

  /** {@link eachUnread} gives rows. */
  get hasUnread(): boolean {
    const hasWindow = this.#windowAt < this.#windowEnd && !this.#windowRepeats;
    return hasWindow || (this.#inRing && this.#group.ring.hasNext(this));
  }

  /** Rows that are on their way to the peer and that the peer has not read yet. Other rows may be {@link isUnsent}. */
  eachUnread(visit: (row: number) => void): void {
    if (!this.#windowRepeats) { for (let i = this.#windowAt; i < this.#windowEnd; i++) visit(this.#window[i]!); }
    if (!this.#inRing) return;
    for (const { rows, rowReaders } of this.#group.ring.unread(this)) {
      for (let i = 0; i < rows.length; i++) if (reads(rowReaders[i]!, this.peerId)) visit(rows[i]!);
    }
  }

  /** The row must be sent to the peer and is not on its way yet. */
  isUnsent(row: number): boolean {
    if ((this.#isFirst || this.#hasMoved) && this.#walk !== -1 && row >= this.#walk) return true;
    return this.#isMarked(row);
  }

  /** Everything that the peer must hold is sent. */
  get isUpToDate(): boolean {
    return !this.#isBehind && !(this.#inRing && this.#group.ring.hasNext(this)) && !this.#mustWait;
  }

  /** No row of the page is advertised to the peer. */
  isEmptyPage(page: number): boolean {
    return this.#own.size === 0 && this.#group.isFilled(((page + 1) << pageBits) - 1) &&
      !this.#group.column.hasPage(page);
  }

  /** Routes that the peer holds, or will hold once it has read everything. */
  get count(): number {
    let count = this.#group.countFor(this.peerId);
    for (const row of this.#own.keys()) if (this.#group.valueFor(this.peerId, row) === 0) count++;
    return count;
  }

  /** Sends everything again (RFC 2918 §4), between marks where the peer negotiated them (RFC 7313). */
  refresh(): void {
    // A walk that has not begun serves for this refresh too, with marks. The first table does not.
    if (this.#walk === 0 && !this.#isFirst) {
      if (this.#usesRefreshMarks) this.#walkEnd = "refreshMark";
      return;
    }
    if (this.#walk !== -1 || this.#walkEnd !== "nothing") {
      this.#repeats = true;
      return;
    }
    this.#leaveRing();
    this.#walkAgain();
  }

  /** Moves the peer to another group, or gives it other routes of its own. The difference is sent. */
  move(group: UpdateGroup, own: ReadonlyMap<number, number>): void {
    const before = this.#group;
    this.#leaveRing();
    eachOther(this.#own, own, (row) => this.#mark(row));
    eachOther(own, this.#own, (row) => this.#mark(row));
    if (group !== before) {
      group.enter(this.peerId);
      // The peer holds routes of the group before, so what it holds of rows queued here differs from the others.
      if (!this.#isFirst) group.changes.servedAlone();
      if (this.#walk === -1 && !this.#isFirst && !group.rows.addPath) this.#markDifference(before, group);
      else this.#markAll(before);
      this.close();
      this.#group = group;
      before.changes.each((row) => this.#mark(row));
    }
    this.#own = own;
    this.#enter();
  }

  close(): void {
    this.#group.ring.leave(this);
    this.#group.loneReaders.delete(this);
    this.#group.members.delete(this.peerId);
    this.#inRing = false;
  }

  hasOutput(now: number): boolean {
    if (this.#mustWait) return false;
    if (this.#inRing ? this.#group.ring.hasNext(this) : this.#isBehind) return true;
    return this.#group.changes.hasDue(now);
  }

  /** Adds whole messages until there are about `limit` octets. True: there is more to send. */
  pull(output: Output, limit: number, now: number): boolean {
    const group = this.#group;
    if (this.#mustWait) return false;
    while (output.size < limit) {
      if (!this.#inRing) {
        if (this.#isBehind) {
          this.#serveAlone(output, limit);
          continue;
        }
        if (this.#own.size === 0) {
          group.loneReaders.delete(this);
          group.ring.join(this);
          this.#inRing = true;
          this.#bits = this.#window = new Int32Array(0);
        }
      } else {
        const block = group.ring.next(this);
        if (block !== undefined) {
          this.#read(block, output);
          continue;
        }
      }
      if (!group.changes.hasDue(now)) return false;
      group.flush(now);
    }
    return true;
  }

  fallOff(unread: readonly Block[]): void {
    this.#inRing = false;
    this.#group.loneReaders.add(this);
    for (const { rows, rowReaders } of unread) {
      for (let i = 0; i < rows.length; i++) if (reads(rowReaders[i]!, this.peerId)) this.#mark(rows[i]!);
    }
  }

  changed(row: number): void {
    if (this.#own.size > 0 && this.#own.has(row)) return;
    // The walk will reach the row.
    if (this.#isFirst && row >= this.#walk && this.#walk !== -1) return;
    this.#mark(row);
  }

  eachKept(visit: (row: number) => void): void {
    for (let i = this.#windowAt; i < this.#windowEnd; i++) visit(this.#window[i]!);
    for (const row of this.#own.keys()) visit(row);
    if (this.#bitCount === 0) return;
    for (let row = nextBit(this.#bits, 0); row !== -1; row = nextBit(this.#bits, row + 1)) visit(row);
  }

  /** Memory for what waits, in octets. */
  get bytes(): number {
    return this.#bits.byteLength + this.#window.byteLength;
  }

  /** Rows that decisions bring must be complete before a walk begins, and before it goes on in another group. */
  get #mustWait(): boolean {
    return (this.#isFirst || this.#walk !== -1) && !this.#group.ready;
  }

  /** There is something to send that does not come from the ring. */
  get #isBehind(): boolean {
    return this.#windowAt < this.#windowEnd || this.#walk !== -1 || this.#walkEnd !== "nothing" || this.#repeats ||
      this.#bitCount > 0;
  }

  /**
   * Marks the rows that the two groups advertise differently. A prefix that waits for its decision changes in both
   * later.
   */
  #markDifference(before: UpdateGroup, after: UpdateGroup): void {
    const { rows } = after;
    before.fill(rows.count);
    after.fill(rows.count, before.column);
    for (let row = 0; row < rows.count; row++) {
      const page = row >>> pageBits;
      if (!before.column.hasPage(page) && !after.column.hasPage(page)) row |= pageSlots - 1;
      else if (before.valueFor(this.peerId, row) !== after.valueFor(this.peerId, row)) this.#mark(row);
    }
  }

  /** Sends all rows again, and withdraws rows that the group before advertised and this one does not. */
  #markAll({ column, rows }: UpdateGroup): void {
    for (let row = 0; row < rows.count; row++) {
      if (!column.hasPage(row >>> pageBits)) row |= pageSlots - 1;
      else if (column.get(row) !== 0) this.#mark(row);
    }
    this.#hasMoved = true;
    if (this.#walk === -1) this.#walk = 0;
    else if (this.#walk > 0) this.#repeats = true;
  }

  #enter(): void {
    this.#group.enter(this.peerId);
    this.#group.loneReaders.add(this);
  }

  #leaveRing(): void {
    if (this.#inRing) this.fallOff(this.#group.ring.leave(this));
  }

  #mark(row: number): void {
    const word = row >>> 5;
    if (word >= this.#bits.length) {
      const words = Math.max(word + 1, wordsFor(this.#group.rows.count), this.#bits.length + (this.#bits.length >>> 1));
      this.#bits = this.#bits.length === 0 ? new Int32Array(words) : growInt32(this.#bits, words);
    }
    const bit = 1 << (row & 31);
    if ((this.#bits[word]! & bit) !== 0) return;
    this.#bits[word]! |= bit;
    this.#bitCount++;
  }

  #isMarked(row: number): boolean {
    return this.#bitCount > 0 && ((this.#bits[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
  }

  /** Takes the bit of a row away. */
  #unmark(row: number): void {
    if (!this.#isMarked(row)) return;
    this.#bits[row >>> 5]! &= ~(1 << (row & 31));
    this.#bitCount--;
  }

  #read({ bytes, ends, readers, waiting }: Block, output: Output): void {
    let start = 0;
    let from = 0;
    // The last reader may take the buffer of the block.
    const shared = waiting > 0;
    for (let i = 0; i < ends.length; i++) {
      if (!reads(readers[i]!, this.peerId)) {
        output.add(bytes.subarray(from, start), shared);
        from = ends[i]!;
      }
      start = ends[i]!;
    }
    output.add(from === 0 && start === bytes.length ? bytes : bytes.subarray(from, start), shared);
  }

  #serveAlone(output: Output, limit: number): void {
    const { messages } = this.#group;
    const { encoder } = messages;
    if (this.#windowAt === this.#windowEnd) {
      if (this.#walk === -1 && this.#endWalk(output)) return;
      if (this.#walk === 0 && this.#walkEnd === "refreshMark") this.#addRefreshMark(output, RefreshSubtype.begin);
      this.#gather();
    }
    this.#group.changes.servedAlone();
    let key = -1;
    while (this.#windowAt < this.#windowEnd && output.size + encoder.size < limit) {
      const row = this.#window[this.#windowAt++]!;
      this.#unmark(row);
      const value = this.current(row);
      if (value !== key) {
        key = value;
        messages.begin(key);
      }
      messages.addNlri(row);
    }
    encoder.finish();
    if (encoder.size > 0) output.add(encoder.take());
  }

  /**
   * The walk is complete and sent: adds what follows it, and begins the next walk if one is due. False: nothing was
   * due.
   */
  #endWalk(output: Output): boolean {
    this.#hasMoved &&= this.#repeats;
    if (this.#walkEnd === "nothing" && !this.#repeats) return false;
    if (this.#walkEnd === "endOfRib") {
      const { encoder } = this.#group.messages;
      encoder.endOfRib(this.#group.family);
      output.add(encoder.take());
    } else if (this.#walkEnd === "refreshMark") {
      this.#addRefreshMark(output, RefreshSubtype.end);
    }
    this.#walkEnd = "nothing";
    this.#isFirst = false;
    if (this.#repeats) {
      this.#repeats = false;
      this.#walkAgain();
    }
    return true;
  }

  #walkAgain(): void {
    this.#walk = 0;
    this.#walkEnd = this.#usesRefreshMarks ? "refreshMark" : "nothing";
    for (const row of this.#own.keys()) this.#mark(row);
  }

  #addRefreshMark(output: Output, subtype: RefreshSubtype): void {
    const { afi, safi } = familyOf(this.#group.family);
    output.add(encodeRouteRefresh({ afi, safi, subtype }));
  }

  /** Fills the window with rows to send, sorted by their sets. */
  #gather(): void {
    if (this.#window.length === 0) this.#window = new Int32Array(windowRows);
    this.#windowAt = 0;
    this.#windowRepeats = this.#walk !== -1 && !this.#isFirst && !this.#hasMoved;
    this.#windowEnd = this.#walk === -1 ? this.#gatherMarked() : this.#gatherAll();
    const count = this.#windowEnd;
    const keys = new Int32Array(count);
    for (let i = 0; i < count; i++) keys[i] = this.current(this.#window[i]!);
    const { order } = this.#group.share;
    order.sort(keys, count);
    const sorted = new Int32Array(windowRows);
    for (let i = 0; i < count; i++) sorted[i] = this.#window[order.order[i]!]!;
    this.#window = sorted;
  }

  #gatherAll(): number {
    const group = this.#group;
    const { column, rows } = group;
    const window = this.#window;
    let count = 0;
    let row = this.#walk;
    for (; count < window.length && row < rows.count; row++) {
      if ((row & (pageSlots - 1)) === 0) {
        group.fill(Math.min(row + pageSlots, rows.count));
        if (this.#bitCount === 0 && !column.hasPage(row >>> pageBits)) {
          row += pageSlots - 1;
          continue;
        }
      }
      if (this.#isMarked(row) || this.current(row) !== 0) window[count++] = row;
    }
    if (row >= rows.count) {
      // In an empty table no row calls fill.
      group.fill(rows.count);
      row = -1;
    }
    this.#walk = row;
    return count;
  }

  #gatherMarked(): number {
    const window = this.#window;
    let count = 0;
    while (count < window.length && this.#bitCount > 0) {
      const row = nextBit(this.#bits, this.#scan);
      if (row === -1) {
        this.#scan = 0;
        continue;
      }
      this.#unmark(row);
      window[count++] = row;
      this.#scan = row + 1;
    }
    return count;
  }
}

/** Visits the rows whose set is another one in `others`, or that have none there. */
function eachOther(
  some: ReadonlyMap<number, number>,
  others: ReadonlyMap<number, number>,
  visit: (row: number) => void,
): void {
  for (const [row, set] of some) if (others.get(row) !== set) visit(row);
}
