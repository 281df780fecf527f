/**
 * One family on its way to one peer. In step with its group, the peer reads the ring. Outside it, after joining, after a
 * refresh, or because it read too slowly, it has a bit for each row it is to hear of and is told from the column: what
 * waits for a peer that does not read is bits, never messages.
 *
 * One file because the ring, the bits and the walk are three states of one reader, and each step moves between them.
 */

import { encodeRouteRefresh, RefreshSubtype } from "../../message/mod.ts";
import { familyOf } from "../../types/mod.ts";
import { pageBits, pageSlots } from "../in/adj_rib_in.ts";
import { growInt32, nextBit, wordsFor } from "../table/columns.ts";
import { type Block, reads, type RingReader } from "./out_ring.ts";
import type { LoneReader, UpdateGroup } from "./update_group.ts";

/** Rows brought into the order of their sets at a time. */
const windowRows = 16_384;

/** Octets for a socket. */
export class Output {
  readonly parts: Uint8Array[] = [];
  size = 0;
  #shared = false;

  /** `shared`: the buffer is not ours to give away. */
  add(bytes: Uint8Array, shared = false): void {
    if (bytes.length === 0) return;
    this.parts.push(bytes);
    this.size += bytes.length;
    if (shared || bytes.length !== bytes.buffer.byteLength) this.#shared = true;
  }

  /** All of it in a buffer of its own. */
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

/** What ends a walk over all that is advertised: End-of-RIB (RFC 4724 §2), or the mark of RFC 7313 §4, or nothing. */
type PassEnd = "endOfRib" | "refreshMark" | "nothing";

export class PeerOut implements RingReader, LoneReader {
  position = 0;
  readonly peerId: number;
  #group: UpdateGroup;
  /** Rows that go to this peer with a set (slot) of their own. Such a peer is never in the ring. */
  #own: ReadonlyMap<number, number>;
  #inRing = false;
  /** A bit for each row to tell of. */
  #bits = new Int32Array(0);
  #bitCount = 0;
  #scan = 0;
  /** The walk over all rows has come so far; -1: there is none. */
  #pass = -1;
  #passEnd: PassEnd = "nothing";
  /** Nothing was told before this walk. */
  #first = true;
  /** A further walk is asked for. */
  #again = false;
  /** The walk tells of another group than the one that the peer was told of: what it comes by may be new to the peer. */
  #moved = false;
  #window = new Int32Array(0);
  #windowAt = 0;
  #windowEnd = 0;
  /** The peer has what stands in the window, but for rows with a bit. */
  #windowRepeats = false;

  /** The peer knows the marks of RFC 7313. */
  readonly #marked: boolean;

  constructor(peerId: number, group: UpdateGroup, own: ReadonlyMap<number, number>, marked: boolean) {
    this.peerId = peerId;
    this.#marked = marked;
    this.#group = group;
    this.#own = own;
    this.#enter(own);
    this.#pass = 0;
    this.#passEnd = "endOfRib";
  }

  get group(): UpdateGroup {
    return this.#group;
  }

  /** The first table, with its End-of-RIB, is not through yet. */
  get first(): boolean {
    return this.#first;
  }

  /** What the peer is to hold of this row: set slot + 1, or 0. */
  current(row: number): number {
    const own = this.#own.size === 0 ? undefined : this.#own.get(row);
    return own !== undefined ? own + 1 : this.#group.valueFor(this.peerId, row);
  }

  /** A route that goes to this peer only stands in the row, in place of what the others get. */
  hasOwn(row: number): boolean {
    return this.#own.has(row);
  }

  get hasOwnRoutes(): boolean {
    return this.#own.size > 0;
  }

  /** Where the peer is in what there is to tell: as long as it stays there, {@link eachUntaken} gives the same. */
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

  /** {@link eachUntaken} has something to give. */
  get hasUntaken(): boolean {
    const hasWindow = this.#windowAt < this.#windowEnd && !this.#windowRepeats;
    return hasWindow || (this.#inRing && this.#group.ring.hasNext(this));
  }

  /** Rows of which something is on its way to the peer, which has not taken it yet. Others may be {@link isToTell}. */
  eachUntaken(visit: (row: number) => void): void {
    if (!this.#windowRepeats) { for (let i = this.#windowAt; i < this.#windowEnd; i++) visit(this.#window[i]!); }
    if (!this.#inRing) return;
    for (const { rows, rowReaders } of this.#group.ring.unread(this)) {
      for (let i = 0; i < rows.length; i++) if (reads(rowReaders[i]!, this.peerId)) visit(rows[i]!);
    }
  }

  /** The peer is to be told of the row, and nothing is made of it yet. */
  isToTell(row: number): boolean {
    if ((this.#first || this.#moved) && this.#pass !== -1 && row >= this.#pass) return true;
    return this.#isMarked(row);
  }

  /** Everything the peer is to hold is written. */
  get isDone(): boolean {
    return !this.#behind && !(this.#inRing && this.#group.ring.hasNext(this)) && !this.#mustWait;
  }

  /** The peer is told of no row of the page. */
  isEmptyPage(page: number): boolean {
    return this.#own.size === 0 && this.#group.isFilled(((page + 1) << pageBits) - 1) &&
      !this.#group.column.hasPage(page);
  }

  /** Routes that the peer holds, or will once it has read all. */
  get count(): number {
    let count = this.#group.countFor(this.peerId);
    for (const row of this.#own.keys()) if (this.#group.valueFor(this.peerId, row) === 0) count++;
    return count;
  }

  /** Tells everything once more, between marks where the peer knows such. One that waits serves for this too. */
  refresh(): void {
    // One that has not begun serves for this too, with the marks; but the first table is one of its own.
    if (this.#pass === 0 && !this.#first) {
      if (this.#marked) this.#passEnd = "refreshMark";
      return;
    }
    if (this.#pass !== -1 || this.#passEnd !== "nothing") {
      this.#again = true;
      return;
    }
    this.#leaveRing();
    this.#tellAllAgain();
  }

  /** Goes on in another group, or with other routes of its own: the difference is told. */
  move(group: UpdateGroup, own: ReadonlyMap<number, number>): void {
    const before = this.#group;
    this.#leaveRing();
    for (const row of this.#own.keys()) this.#mark(row);
    if (group !== before) {
      group.enter(this.peerId);
      // What it has comes from there: of changes that wait here it holds something else than the others.
      if (!this.#first) group.changes.servedAlone();
      if (this.#pass === -1 && !this.#first && !group.rows.addPath) this.#markDifference(before, group);
      else this.#markAll(before);
      this.close();
      this.#group = group;
      before.changes.each((row) => this.#mark(row));
    }
    this.#own = own;
    this.#enter(own);
  }

  close(): void {
    this.#group.ring.leave(this);
    this.#group.loneReaders.delete(this);
    this.#group.members.delete(this.peerId);
    this.#inRing = false;
  }

  hasOutput(now: number): boolean {
    if (this.#mustWait) return false;
    if (this.#inRing ? this.#group.ring.hasNext(this) : this.#behind) return true;
    return this.#group.changes.hasDue(now);
  }

  /** Adds whole messages until there are about `limit` octets, or no more to tell. True: it has more. */
  pull(output: Output, limit: number, now: number): boolean {
    const group = this.#group;
    if (this.#mustWait) return false;
    while (output.size < limit) {
      if (!this.#inRing) {
        if (this.#behind) {
          this.#tellAlone(output, limit);
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
    // The walk comes by there anyway.
    if (this.#first && row >= this.#pass && this.#pass !== -1) return;
    this.#mark(row);
  }

  /** What waits, in octets. */
  get bytes(): number {
    return this.#bits.byteLength + this.#window.byteLength;
  }

  /** A walk over rows that decisions bring begins when they are all there, and goes on so in a group that it moved to. */
  get #mustWait(): boolean {
    return (this.#first || this.#pass !== -1) && !this.#group.ready;
  }

  /** There is something to tell that the ring does not bring. */
  get #behind(): boolean {
    return this.#windowAt < this.#windowEnd || this.#pass !== -1 || this.#passEnd !== "nothing" || this.#again ||
      this.#bitCount > 0;
  }

  /** Rows that the other group tells otherwise. What comes of prefixes that wait for their decision, both are told then. */
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

  /** All is told once more, and what was told before and is not any more. */
  #markAll({ column, rows }: UpdateGroup): void {
    for (let row = 0; row < rows.count; row++) {
      if (!column.hasPage(row >>> pageBits)) row |= pageSlots - 1;
      else if (column.get(row) !== 0) this.#mark(row);
    }
    this.#moved = true;
    if (this.#pass === -1) this.#pass = 0;
    else if (this.#pass > 0) this.#again = true;
  }

  #enter(own: ReadonlyMap<number, number>): void {
    this.#group.enter(this.peerId);
    this.#group.loneReaders.add(this);
    for (const row of own.keys()) this.#mark(row);
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
    // The last reader may have the block itself.
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

  #tellAlone(output: Output, limit: number): void {
    const { messages } = this.#group;
    const { encoder } = messages;
    if (this.#windowAt === this.#windowEnd) {
      if (this.#pass === -1 && this.#endPass(output)) return;
      if (this.#pass === 0 && this.#passEnd === "refreshMark") this.#mark7313(output, RefreshSubtype.begin);
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

  /** The walk is through and told: says so, and begins the next one where that is asked for. */
  #endPass(output: Output): boolean {
    this.#moved &&= this.#again;
    if (this.#passEnd === "nothing" && !this.#again) return false;
    if (this.#passEnd === "endOfRib") {
      const { encoder } = this.#group.messages;
      encoder.endOfRib(this.#group.family);
      output.add(encoder.take());
    } else if (this.#passEnd === "refreshMark") {
      this.#mark7313(output, RefreshSubtype.end);
    }
    this.#passEnd = "nothing";
    this.#first = false;
    if (this.#again) {
      this.#again = false;
      this.#tellAllAgain();
    }
    return true;
  }

  #tellAllAgain(): void {
    this.#pass = 0;
    this.#passEnd = this.#marked ? "refreshMark" : "nothing";
    for (const row of this.#own.keys()) this.#mark(row);
  }

  #mark7313(output: Output, subtype: RefreshSubtype): void {
    const { afi, safi } = familyOf(this.#group.family);
    output.add(encodeRouteRefresh({ afi, safi, subtype }));
  }

  /** Fills the window with rows to tell of, those of one set together. */
  #gather(): void {
    if (this.#window.length === 0) this.#window = new Int32Array(windowRows);
    this.#windowAt = 0;
    this.#windowRepeats = this.#pass !== -1 && !this.#first && !this.#moved;
    this.#windowEnd = this.#pass === -1 ? this.#gatherMarked() : this.#gatherAll();
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
    let row = this.#pass;
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
      // A table without a row has nothing that fills it.
      group.fill(rows.count);
      row = -1;
    }
    this.#pass = row;
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
