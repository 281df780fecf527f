/** Hands out database ids. An id is never reused, because the history refers to it. */
export class IdCounter<Id extends number> {
  #next: number;

  constructor(first = 1) {
    this.#next = first;
  }

  take(): Id {
    return this.#next++ as Id;
  }

  /** From now on ids are larger than this one. */
  passed(id: Id): void {
    if (id >= this.#next) this.#next = id + 1;
  }
}
