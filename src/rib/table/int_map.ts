/**
 * A map from numbers to numbers, for properties that few rows or prefixes have. An entry takes 8 octets and no object.
 */

/** Keys are unsigned numbers of 32 bits, values are numbers from 0 to 2^31 - 2. */
export class IntMap {
  count = 0;
  #keys = new Uint32Array(16);
  /** Value + 1; 0: the place is free. */
  #values = new Int32Array(16);
  #mask = 15;

  /** The value of the key; -1: it has none. */
  get(key: number): number {
    if (this.count === 0) return -1;
    const values = this.#values;
    for (let at = home(key) & this.#mask; values[at] !== 0; at = (at + 1) & this.#mask) {
      if (this.#keys[at] === key) return values[at]! - 1;
    }
    return -1;
  }

  /** Sets the value of the key; -1 removes the key. */
  set(key: number, value: number): void {
    if (value === -1) return this.#delete(key);
    let at = home(key) & this.#mask;
    for (; this.#values[at] !== 0; at = (at + 1) & this.#mask) {
      if (this.#keys[at] !== key) continue;
      this.#values[at] = value + 1;
      return;
    }
    this.#keys[at] = key;
    this.#values[at] = value + 1;
    this.count++;
    if (this.count * 4 > this.#keys.length * 3) this.#resize(this.#keys.length * 2);
  }

  /** Calls `visit` with each value. */
  each(visit: (value: number) => void): void {
    for (const value of this.#values) if (value !== 0) visit(value - 1);
  }

  /** Calls `visit` with each key. */
  eachKey(visit: (key: number) => void): void {
    for (let at = 0; at <= this.#mask; at++) if (this.#values[at] !== 0) visit(this.#keys[at]!);
  }

  get bytes(): number {
    return this.#keys.byteLength + this.#values.byteLength;
  }

  /** Removes the key and closes the gap in the hash table (Knuth's algorithm R), so that no tombstones are needed. */
  #delete(key: number): void {
    if (this.count === 0) return;
    const keys = this.#keys;
    const values = this.#values;
    const mask = this.#mask;
    let gap = home(key) & mask;
    for (; values[gap] === 0 || keys[gap] !== key; gap = (gap + 1) & mask) if (values[gap] === 0) return;
    for (let at = (gap + 1) & mask; values[at] !== 0; at = (at + 1) & mask) {
      const from = home(keys[at]!) & mask;
      if (((at - from) & mask) < ((at - gap) & mask)) continue;
      keys[gap] = keys[at]!;
      values[gap] = values[at]!;
      gap = at;
    }
    values[gap] = 0;
    this.count--;
    if (keys.length > 16 && this.count * 8 < keys.length) this.#resize(keys.length / 2);
  }

  #resize(size: number): void {
    const keys = this.#keys;
    const values = this.#values;
    this.#keys = new Uint32Array(size);
    this.#values = new Int32Array(size);
    this.#mask = size - 1;
    for (let i = 0; i < keys.length; i++) {
      if (values[i] === 0) continue;
      let at = home(keys[i]!) & this.#mask;
      while (this.#values[at] !== 0) at = (at + 1) & this.#mask;
      this.#keys[at] = keys[i]!;
      this.#values[at] = values[i]!;
    }
  }
}

/** Where the search for a key begins. Keys that differ in their high bits only are spread, too. */
function home(key: number): number {
  const hash = Math.imul(key ^ (key >>> 16), 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
