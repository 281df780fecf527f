/** How many requests a client may make: a bucket for each address, that fills again with time. */

/** Of so many clients the buckets are kept; then those that are full go. */
const mostClients = 20_000;
/** As many requests at once as in so many seconds. */
const burstSeconds = 10;
/** So often, at most, all buckets are looked at: where all are busy, a new client must not cost a walk over all. */
const sweepMs = 1_000;

export class RateLimit {
  readonly #perSecond: number;
  #sweptAt = -Infinity;
  readonly #buckets = new Map<string, { tokens: number; at: number }>();

  /** 0: no limit. */
  constructor(perSecond: number) {
    this.#perSecond = perSecond;
  }

  /** How many clients have a bucket. */
  get size(): number {
    return this.#buckets.size;
  }

  /** Takes one request. Returns 0, or after how many seconds the client may ask again. `now` in milliseconds. */
  take(client: string, now: number): number {
    if (this.#perSecond === 0) return 0;
    const most = this.#perSecond * burstSeconds;
    const bucket = this.#buckets.get(client) ?? { tokens: most, at: now };
    bucket.tokens = Math.min(most, bucket.tokens + (now - bucket.at) / 1000 * this.#perSecond);
    bucket.at = now;
    if (!this.#buckets.has(client)) {
      if (this.#buckets.size >= mostClients) this.#forget(now);
      this.#buckets.set(client, bucket);
    }
    if (bucket.tokens < 1) return Math.ceil((1 - bucket.tokens) / this.#perSecond);
    bucket.tokens--;
    return 0;
  }

  #forget(now: number): void {
    const most = this.#perSecond * burstSeconds;
    const sweeps = now - this.#sweptAt >= sweepMs;
    if (sweeps) this.#sweptAt = now;
    for (const [client, { tokens, at }] of sweeps ? this.#buckets : []) {
      if (tokens + (now - at) / 1000 * this.#perSecond >= most) this.#buckets.delete(client);
    }
    // All are busy: the one that asked first is forgotten.
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= mostClients && oldest !== undefined) this.#buckets.delete(oldest);
  }
}
