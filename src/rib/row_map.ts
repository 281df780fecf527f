/** Numbers by row, for the few rows that have one: 8 octets an entry and room for half as many more, no object for any. */

/** Rows are at least 0, and so are values. */
export class RowMap {
  count = 0;
  /** Row + 1; 0: free. */
  #rows = new Int32Array(16);
  #values = new Int32Array(16);
  #mask = 15;

  /** -1: there is none. */
  get(row: number): number {
    if (this.count === 0) return -1;
    const rows = this.#rows;
    for (let at = home(row) & this.#mask; rows[at] !== 0; at = (at + 1) & this.#mask) {
      if (rows[at] === row + 1) return this.#values[at]!;
    }
    return -1;
  }

  /** -1: the row has none from now on. */
  set(row: number, value: number): void {
    if (value === -1) return this.#delete(row);
    let at = home(row) & this.#mask;
    for (; this.#rows[at] !== 0; at = (at + 1) & this.#mask) {
      if (this.#rows[at] !== row + 1) continue;
      this.#values[at] = value;
      return;
    }
    this.#rows[at] = row + 1;
    this.#values[at] = value;
    this.count++;
    if (this.count * 4 > this.#rows.length * 3) this.#resize(this.#rows.length * 2);
  }

  /** Calls `visit` with each value. */
  each(visit: (value: number) => void): void {
    this.#rows.forEach((row, at) => {
      if (row !== 0) visit(this.#values[at]!);
    });
  }

  get bytes(): number {
    return this.#rows.byteLength + this.#values.byteLength;
  }

  /** Closes the gap (Knuth's algorithm R: no tombstones). */
  #delete(row: number): void {
    if (this.count === 0) return;
    const rows = this.#rows;
    const mask = this.#mask;
    let gap = home(row) & mask;
    for (; rows[gap] !== row + 1; gap = (gap + 1) & mask) if (rows[gap] === 0) return;
    for (let at = (gap + 1) & mask; rows[at] !== 0; at = (at + 1) & mask) {
      const from = home(rows[at]! - 1) & mask;
      if (((at - from) & mask) < ((at - gap) & mask)) continue;
      rows[gap] = rows[at]!;
      this.#values[gap] = this.#values[at]!;
      gap = at;
    }
    rows[gap] = 0;
    this.count--;
    if (rows.length > 16 && this.count * 8 < rows.length) this.#resize(rows.length / 2);
  }

  #resize(size: number): void {
    const rows = this.#rows;
    const values = this.#values;
    this.#rows = new Int32Array(size);
    this.#values = new Int32Array(size);
    this.#mask = size - 1;
    for (let i = 0; i < rows.length; i++) {
      if (rows[i] === 0) continue;
      let at = home(rows[i]! - 1) & this.#mask;
      while (this.#rows[at] !== 0) at = (at + 1) & this.#mask;
      this.#rows[at] = rows[i]!;
      this.#values[at] = values[i]!;
    }
  }
}

function home(row: number): number {
  const hash = Math.imul(row, 0x9e3779b1);
  return hash ^ (hash >>> 15);
}
