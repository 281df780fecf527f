/**
 * Where the value of an attribute stands: in the octets of the route, or in a buffer of its own once a rule changed it.
 */

export class ValueSpan {
  bytes: Uint8Array = empty;
  start = -1;
  end = -1;
  flags: number;
  isReplaced = false;
  readonly #usualFlags: number;
  #own: Uint8Array = empty;
  /** What was the value while the next one is being written. */
  #spare: Uint8Array = empty;

  constructor(usualFlags: number) {
    this.flags = this.#usualFlags = usualFlags;
  }

  get isPresent(): boolean {
    return this.start !== -1;
  }

  get length(): number {
    return this.end - this.start;
  }

  clear(): void {
    this.start = this.end = -1;
    this.isReplaced = false;
    this.flags = this.#usualFlags;
  }

  locate(bytes: Uint8Array, start: number, end: number, flags: number): void {
    // Most sets stand in the same buffer as the set before; storing the reference again would cost a write barrier.
    if (this.bytes !== bytes) this.bytes = bytes;
    this.start = start;
    this.end = end;
    this.flags = flags;
  }

  /**
   * A buffer for a new value of this length, to be filled from its start. The old value stays valid until the next
   * call.
   */
  replace(length: number): Uint8Array {
    const buffer = this.#spare.length < length ? new Uint8Array(Math.max(64, 2 * length)) : this.#spare;
    this.#spare = this.#own;
    this.#own = this.bytes = buffer;
    this.start = 0;
    this.end = length;
    this.isReplaced = true;
    return buffer;
  }

  remove(): void {
    this.start = this.end = -1;
    this.isReplaced = true;
  }
}

const empty = new Uint8Array(0);
