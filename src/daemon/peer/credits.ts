/**
 * Credits: 64 KiB buffers that go to the RIB full and come back empty. Their number is fixed, so a busy RIB stops the
 * reading of sockets, and TCP slows the peers down. Peers that wait are served in turn: a peer that floods holds
 * `creditsPerPeer` credits at most, and waits behind all others for the next one.
 *
 * A few octets are copied instead of transferred. Such a credit is spent, and comes back, without a buffer.
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
  /** By peer: what waits until all its credits are back. */
  readonly #settling = new Map<number, (() => void)[]>();

  readonly #onAwaited: (isAwaited: boolean) => void;
  #isAwaited = false;

  /**
   * `capacity`: credits that may be spent at a time, by all peers together. `onAwaited`: somebody waits for credits to
   * come back, or nobody does any more.
   */
  constructor(capacity: number, onAwaited: (isAwaited: boolean) => void = () => {}) {
    this.#capacity = capacity;
    this.#onAwaited = onAwaited;
  }

  /** Before this call nobody gets a credit: the RIB is still loading. */
  open(): void {
    this.#open = true;
    this.#serve();
  }

  /** Spends a credit of the peer; false where it may not have one now. */
  trySpend(peerId: number): boolean {
    if (!this.#open || this.#out >= this.#capacity) return false;
    const held = this.#held.get(peerId) ?? 0;
    if (held >= limits.creditsPerPeer) return false;
    this.#held.set(peerId, held + 1);
    this.#out++;
    return true;
  }

  /** Spends a credit as soon as the peer may have one. */
  spend(peerId: number): Promise<void> {
    if (this.trySpend(peerId)) return Promise.resolve();
    return new Promise((resolve) => {
      this.#waiting.push({ peerId, resolve });
      this.#await();
    });
  }

  /** Resolves when all credits of the peer are back: the RIB has processed everything that came from it. */
  settled(peerId: number): Promise<void> {
    if (!this.#held.has(peerId)) return Promise.resolve();
    return new Promise((resolve) => {
      const others = this.#settling.get(peerId);
      if (others === undefined) this.#settling.set(peerId, [resolve]);
      else others.push(resolve);
      this.#await();
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

  /** An empty buffer for a credit that was spent. */
  buffer(): Buffer {
    return this.#free.pop() ?? new Uint8Array(limits.creditBytes);
  }

  #await(): void {
    const isAwaited = this.#waiting.length + this.#settling.size > 0;
    if (isAwaited === this.#isAwaited) return;
    this.#isAwaited = isAwaited;
    this.#onAwaited(isAwaited);
  }

  #serve(): void {
    this.#serveAll();
    this.#await();
  }

  #serveAll(): void {
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
