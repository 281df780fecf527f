/**
 * Encoded messages on their way to the peers of an update group: written once, read by each at its own pace, dropped when
 * all have read them or when there are too many octets of them.
 */

/** A run of whole messages, in segments that not everybody reads. */
export interface Block {
  readonly bytes: Uint8Array;
  /** Where each segment ends. */
  readonly ends: readonly number[];
  /** Whose each segment is: 0 everybody's, above zero everybody's but this peer's, below zero this peer's only. */
  readonly readers: readonly number[];
  /** The rows told of, and for each as `readers`. */
  readonly rows: Int32Array;
  readonly rowReaders: Int32Array;
  /** How many have not read it yet. The last one may take the octets away. */
  waiting: number;
  /** What it costs, octets and all. */
  readonly size: number;
}

/** Who reads a ring. */
export interface RingReader {
  /** The number of the next block to read. */
  position: number;
  /** The blocks from its position on are lost to it. */
  fallOff(unread: readonly Block[]): void;
}

/** True where a segment or row with this mark is for the peer. */
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

  /** `limit`: octets that may wait. */
  constructor(limit: number) {
    this.#limit = limit;
  }

  get readerCount(): number {
    return this.#readers.size;
  }

  /** Octets in the ring, with what is noted beside them. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The reader hears of what comes from now on. */
  join(reader: RingReader): void {
    reader.position = this.end;
    this.#readers.add(reader);
  }

  /** Gives the blocks that the reader had yet to read. */
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

  /** The number of the next block that comes. */
  get end(): number {
    return this.#first + this.#blocks.length;
  }

  /** What the reader has yet to read. */
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

  push(block: Omit<Block, "waiting" | "size">): void {
    const size = block.bytes.length + 8 * block.rows.length;
    this.#blocks.push({ ...block, waiting: this.#readers.size, size });
    this.#bytes += size;
  }

  /** Lets go of the oldest blocks where there is too much. Not between blocks of one flush: who falls off misses no row. */
  enforceLimit(): void {
    while (this.#bytes > this.#limit && this.#blocks.length > 1) {
      const oldest = this.#first;
      for (const reader of [...this.#readers]) {
        if (reader.position === oldest) reader.fallOff(this.leave(reader));
      }
      // Nobody waits for it any more, so it left with the last of them.
      if (this.#first === oldest) throw new Error("a block waits for nobody");
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
