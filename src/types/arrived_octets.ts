/** The octets of a stream that have arrived and stand in no whole message yet. */

/**
 * Collects chunks of a stream. Each octet is copied once when it arrives. An incomplete message moves to the front only
 * after at least as many octets before it were taken, so the work stays linear for any chunks.
 */
export class ArrivedOctets {
  #bytes: Uint8Array;
  #start = 0;
  #end = 0;

  constructor(room: number) {
    this.#bytes = new Uint8Array(room);
  }

  /** Octets from {@link start} to {@link end} are there. Valid until the next {@link push}. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  get start(): number {
    return this.#start;
  }

  get end(): number {
    return this.#end;
  }

  get length(): number {
    return this.#end - this.#start;
  }

  /** Takes the next octets of the stream. They are copied: the caller may reuse the chunk. */
  push(chunk: Uint8Array): void {
    this.#makeRoom(chunk.length);
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** The first `count` octets, which leave. The result is a view, valid until the next {@link push}. */
  take(count: number): Uint8Array {
    const bytes = this.#bytes.subarray(this.#start, this.#start + count);
    this.#start += count;
    return bytes;
  }

  /** Forgets all octets and gives their memory back. */
  clear(): void {
    this.#bytes = new Uint8Array(0);
    this.#start = this.#end = 0;
  }

  #makeRoom(count: number): void {
    const live = this.length;
    if (live === 0) this.#start = this.#end = 0;
    if (this.#end + count <= this.#bytes.length) return;
    if (live + count <= this.#bytes.length && this.#start >= live) {
      this.#bytes.copyWithin(0, this.#start, this.#end);
    } else {
      const grown = new Uint8Array(Math.max(live + count, 2 * this.#bytes.length));
      grown.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = grown;
    }
    this.#start = 0;
    this.#end = live;
  }
}
