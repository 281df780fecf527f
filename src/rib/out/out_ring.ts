/**
 * Encoded messages on their way to the peers of an update group: written once, read by each peer at its own pace,
 * dropped when all peers have read them or when they exceed the limit.
 */

/** Whole messages in segments. A segment may be for some peers only. */
export interface Block {
  readonly bytes: Uint8Array;
  /** Where each segment ends. */
  readonly ends: readonly number[];
  /** Who reads each segment. 0: all peers; a peer id: all but this peer; minus a peer id: this peer only. */
  readonly readers: readonly number[];
  /** The rows in the messages, and for each its readers as above. */
  readonly rows: Int32Array;
  readonly rowReaders: Int32Array;
  /** How many peers have not read it yet. The last one may take the buffer. */
  waiting: number;
  /** Memory of the block, in octets. */
  readonly size: number;
}

/** A reader of the ring. */
export interface RingReader {
  /** The number of the next block to read. */
  position: number;
  /** The reader leaves the ring, and the ring no longer keeps these blocks for it. */
  fallOff(unread: readonly Block[]): void;
}

/** Whether a segment or row with this mark is for the peer. */
export function reads(mark: number, peerId: number): boolean {
  return mark === 0 || (mark > 0 ? mark !== peerId : -mark === peerId);
}

export class OutRing {
  readonly #limit: number;
  readonly #readers = new Set<RingReader>();
  readonly #blocks: Block[] = [];
  /** Number of the first block. */
  #first = 0;
  #bytes = 0;

  /** `limit`: octets that may wait for slower readers. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** Memory of the blocks in the ring, in octets. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The reader reads blocks that are pushed from now on. */
  join(reader: RingReader): void {
    reader.position = this.end;
    this.#readers.add(reader);
  }

  /** The reader leaves. Returns the blocks that it has not read. */
  leave(reader: RingReader): Block[] {
    if (!this.#readers.delete(reader)) return [];
    const unread = this.unread(reader);
    for (const block of unread) block.waiting--;
    this.#trim();
    return unread;
  }

  hasNext(reader: RingReader): boolean {
    return reader.position < this.end;
  }

  /** The number that the next block gets. */
  get end(): number {
    return this.#first + this.#blocks.length;
  }

  /** The blocks that the reader has not read. */
  unread(reader: RingReader): Block[] {
    return this.#blocks.slice(reader.position - this.#first);
  }

  next(reader: RingReader): Block | undefined {
    const block = this.#blocks[reader.position - this.#first];
    if (block === undefined) return undefined;
    reader.position++;
    block.waiting--;
    if (block.waiting === 0) this.#trim();
    return block;
  }

  /** The rows of all blocks that some peer has not read. */
  eachRow(visit: (row: number) => void): void {
    for (const { rows } of this.#blocks) for (let i = 0; i < rows.length; i++) visit(rows[i]!);
  }

  push(block: Omit<Block, "waiting" | "size">): void {
    const size = block.bytes.length + 8 * block.rows.length;
    this.#blocks.push({ ...block, waiting: this.#readers.size, size });
    this.#bytes += size;
  }

  /**
   * Drops the oldest blocks above the limit. Call it after a whole flush, so that a reader that falls off misses no
   * row.
   */
  enforceLimit(): void {
    while (this.#bytes > this.#limit && this.#blocks.length > 1) {
      const oldest = this.#first;
      for (const reader of [...this.#readers]) {
        if (reader.position === oldest) reader.fallOff(this.leave(reader));
      }
      // The block left the ring with its last reader.
      if (this.#first === oldest) throw new Error("a block of the ring has no reader");
    }
  }

  #trim(): void {
    while (this.#blocks.length > 0 && this.#blocks[0]!.waiting === 0) this.#drop();
  }

  #drop(): void {
    this.#bytes -= this.#blocks.shift()!.size;
    this.#first++;
  }
}
