/** A stream of octets for a decoder, which asks for a number of octets and may leave the rest. */

export class OctetSource {
  /** The octets that were read and not consumed are [start, end). */
  bytes: Uint8Array = new Uint8Array(0);
  start = 0;
  end = 0;
  /** True: there are no octets after {@link end}. */
  isAtEnd = false;
  readonly #chunks: AsyncIterator<Uint8Array>;

  constructor(chunks: AsyncIterable<Uint8Array>) {
    this.#chunks = chunks[Symbol.asyncIterator]();
  }

  get available(): number {
    return this.end - this.start;
  }

  /** Reads until `count` octets are available. Returns false if the stream ends before. Consumed octets are dropped. */
  async want(count: number): Promise<boolean> {
    while (this.available < count && !this.isAtEnd) {
      const next = await this.#chunks.next();
      if (next.done === true) this.isAtEnd = true;
      else this.#add(next.value);
    }
    return this.available >= count;
  }

  /** Stops reading. */
  async close(): Promise<void> {
    await this.#chunks.return?.(undefined);
  }

  #add(chunk: Uint8Array): void {
    const left = this.available;
    if (left === 0) {
      this.bytes = chunk;
      this.start = 0;
      this.end = chunk.length;
      return;
    }
    // The rest moves to the front of the buffer, which is used again if it is large enough.
    const size = left + chunk.length;
    const buffer = size <= this.bytes.length ? this.bytes : new Uint8Array(Math.max(size, 2 * this.bytes.length));
    if (buffer === this.bytes) buffer.copyWithin(0, this.start, this.end);
    else buffer.set(this.bytes.subarray(this.start, this.end));
    buffer.set(chunk, left);
    this.bytes = buffer;
    this.start = 0;
    this.end = size;
  }
}

/** Damaged compressed data. Everything before the damage was delivered. */
export class PackedError extends Error {}
