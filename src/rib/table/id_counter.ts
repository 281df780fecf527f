/** Hands out database ids; they are never reused, because history refers to them. */
export class IdCounter {
  #next: number;

  constructor(first = 1) {
    this.#next = first;
  }

  take(): number {
    return this.#next++;
  }

  /** From now on ids are larger than this one. */
  passed(id: number): void {
    if (id >= this.#next) this.#next = id + 1;
  }
}
