/**
 * Credits: 64 KiB buffers that go to the RIB full and come back empty. Their number is fixed, so a RIB that is busy
 * stops the reading of sockets, and TCP tells the peers. Whoever waits is served in turn: a flooding peer holds
 * `creditsPerPeer` at most and queues behind everyone else for the next.
 *
 * A few octets are copied rather than sent in their buffer: such a credit is spent without one, and comes back without.
 */

import { limits } from "../../types/mod.ts";

type Buffer = Uint8Array<ArrayBuffer>;

export class CreditPool {
  readonly #capacity: number;
  #free: Buffer[] = [];
  #out = 0;
  #open = false;
  readonly #held = new Map<number, number>();
  readonly #waiting: { peerId: number; resolve: () => void }[] = [];
  /** By peer: who waits until all its credits are back. */
  readonly #settling = new Map<number, (() => void)[]>();

  /** `capacity`: buffers that may be out at a time, for all peers together. */
  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Until the pool is opened nobody gets a credit: the RIB is still loading. */
  open(): void {
    this.#open = true;
    this.#serve();
  }

  /** Spends a credit without a buffer, where the peer may have one now. */
  trySpend(peerId: number): boolean {
    if (!this.#open || this.#out >= this.#capacity) return false;
    const held = this.#held.get(peerId) ?? 0;
    if (held >= limits.creditsPerPeer) return false;
    this.#held.set(peerId, held + 1);
    this.#out++;
    return true;
  }

  /** The same as soon as the peer may. */
  spend(peerId: number): Promise<void> {
    if (this.trySpend(peerId)) return Promise.resolve();
    return new Promise((resolve) => this.#waiting.push({ peerId, resolve }));
  }

  /** Takes a buffer at once where the peer may have one. */
  tryTake(peerId: number): Buffer | undefined {
    return this.trySpend(peerId) ? this.buffer() : undefined;
  }

  /** Takes a buffer as soon as the peer may have one. */
  async take(peerId: number): Promise<Buffer> {
    await this.spend(peerId);
    return this.buffer();
  }

  /** Resolves when the peer holds no credit: the RIB has answered all that came from it. */
  settled(peerId: number): Promise<void> {
    if (!this.#held.has(peerId)) return Promise.resolve();
    return new Promise((resolve) => {
      const others = this.#settling.get(peerId);
      if (others === undefined) this.#settling.set(peerId, [resolve]);
      else others.push(resolve);
    });
  }

  /** A credit came back, with its buffer or without. */
  giveBack(peerId: number, buffer?: Buffer): void {
    const held = (this.#held.get(peerId) ?? 1) - 1;
    if (held === 0) this.#held.delete(peerId);
    else this.#held.set(peerId, held);
    if (held === 0) {
      for (const resolve of this.#settling.get(peerId) ?? []) resolve();
      this.#settling.delete(peerId);
    }
    this.#out--;
    if (buffer !== undefined && this.#free.length < this.#capacity / 4) this.#free.push(buffer);
    this.#serve();
  }

  /** A buffer for a credit that was spent. */
  buffer(): Buffer {
    return this.#free.pop() ?? new Uint8Array(limits.creditBytes);
  }

  #serve(): void {
    for (let i = 0; i < this.#waiting.length;) {
      const { peerId, resolve } = this.#waiting[i]!;
      if (!this.trySpend(peerId)) {
        if (this.#out >= this.#capacity) return;
        i++;
        continue;
      }
      this.#waiting.splice(i, 1);
      resolve();
    }
  }
}
