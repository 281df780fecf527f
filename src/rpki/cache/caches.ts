/**
 * All RPKI caches together: whom to connect to, and whose data count (8210bis §10). Caches of equal preference form a
 * group; a VRP counts while any cache of the group in use has it. A group is in use as soon as one of its caches is in
 * sync. While none is, the group that was in use stays in use until its data expire. Meanwhile, groups of less
 * preference are connected to, and take over once they are in sync.
 */

import type { Asn, Millis } from "../../types/mod.ts";
import { cacheDeadline, type CacheSession, createCacheSession, restoreCache, savedCache } from "./session.ts";
import { handleCache } from "./handle.ts";
import type { CacheConfig, CacheData, CacheEffect, CacheEvent, CacheState, SavedCache } from "./types.ts";
import { type PayloadCounts, type PayloadListener, Payloads, type VrpVisitor } from "./payloads.ts";
import type { RtrTiming } from "../rtr/pdu.ts";
import type { RtrVersion } from "../rtr/code_points.ts";

export interface PreferredCache extends CacheConfig {
  /** The lower, the more preferred. */
  readonly preference: number;
}

/** What the shell has to do, and for which cache. */
export interface CacheOrder {
  readonly cache: number;
  readonly effect: CacheEffect;
}

/** What `show` says of a cache. */
export interface CacheView {
  readonly state: CacheState;
  /** Agreed with the cache, or else that of the data we have. */
  readonly version: RtrVersion | undefined;
  readonly sessionId: number | undefined;
  readonly serial: number | undefined;
  readonly timing: RtrTiming;
  readonly counts: Readonly<PayloadCounts>;
  readonly isCurrent: boolean;
  /** Its data count. */
  readonly isInUse: boolean;
  readonly expiresAt: Millis | undefined;
  readonly lastFailure: { readonly at: Millis; readonly reason: string } | undefined;
}

interface Entry {
  readonly preference: number;
  readonly session: CacheSession;
  lastFailure: CacheView["lastFailure"];
}

/** A cache that waits this long before it connects again is not about to come back. */
const longWaitMs = 60_000;

export class RpkiCaches {
  readonly #payloads: Payloads;
  readonly #entries = new Map<number, Entry>();
  readonly #free: number[] = [];
  /** The group whose data count. */
  #inUse: number | undefined;
  /** The least preferred group that we connect to. */
  #reach: number | undefined;

  /** The listener hears every change of what the caches say together. */
  constructor(listener: PayloadListener) {
    this.#payloads = new Payloads(listener);
  }

  /** A new cache: its number, below `mostCaches`. It starts with the next event, such as a tick. */
  add(config: PreferredCache): number {
    const cache = this.#free.pop() ?? this.#payloads.addCache();
    const data = this.#dataOf(cache, config.mostRecords);
    const entry = { preference: config.preference, session: createCacheSession(config, data), lastFailure: undefined };
    this.#entries.set(cache, entry);
    return cache;
  }

  /** The cache and its data go. */
  remove(cache: number, now: Millis): CacheOrder[] {
    const orders = this.#play(cache, { kind: "stop" }, now);
    this.#entries.delete(cache);
    this.#free.push(cache);
    this.#payloads.drop(cache, this.#active());
    return [...orders, ...this.#settle(now)];
  }

  /** Puts data of an earlier run in place, unless they have expired. `fill` announces them. */
  restore(cache: number, saved: SavedCache, now: Millis, fill: (data: CacheData) => void): boolean {
    const { session } = this.#entries.get(cache)!;
    if (saved.expiresAt <= now) return false;
    session.data.begin(true);
    fill(session.data);
    restoreCache(session, saved);
    session.data.commit();
    return true;
  }

  /** What to store for {@link restore}. */
  saved(cache: number): SavedCache | undefined {
    return savedCache(this.#entries.get(cache)!.session);
  }

  forEachVrp(cache: number, visit: VrpVisitor): void {
    this.#payloads.forEachVrp(cache, visit);
  }

  aspasOf(cache: number): ReadonlyMap<Asn, readonly Asn[]> {
    return this.#payloads.aspasOf(cache);
  }

  /** Memory of the VRPs of all caches, each counted once. */
  get octets(): number {
    return this.#payloads.octets;
  }

  get nextDeadline(): Millis | undefined {
    const times = [...this.#entries.values()].flatMap(({ session }) => cacheDeadline(session) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  handle(cache: number, event: CacheEvent, now: Millis): CacheOrder[] {
    if (!this.#entries.has(cache)) return [];
    return [...this.#play(cache, event, now), ...this.#settle(now)];
  }

  /** Every timer that is due, of every cache. */
  tick(now: Millis): CacheOrder[] {
    const orders = [...this.#entries.keys()].flatMap((cache) => this.#play(cache, { kind: "tick" }, now));
    return [...orders, ...this.#settle(now)];
  }

  view(cache: number): CacheView {
    const { session, preference, lastFailure } = this.#entries.get(cache)!;
    const { state, version, isAgreed, resume, timing, isCurrent, expiresAt } = session;
    return {
      state,
      version: isAgreed && session.framer !== undefined ? version : resume?.version,
      sessionId: resume?.sessionId,
      serial: resume?.serial,
      timing,
      counts: this.#payloads.counts(cache),
      isCurrent,
      isInUse: preference === this.#inUse && expiresAt !== undefined,
      expiresAt,
      lastFailure,
    };
  }

  #play(cache: number, event: CacheEvent, now: Millis): CacheOrder[] {
    const entry = this.#entries.get(cache)!;
    return handleCache(entry.session, event, now).map((effect) => {
      if (effect.kind === "failed") entry.lastFailure = { at: now, reason: effect.reason };
      return { cache, effect };
    });
  }

  /** After each event: whose data count, and whom to connect to. */
  #settle(now: Millis): CacheOrder[] {
    this.#payloads.setActive(this.#active());
    this.#choose(now);
    return [...this.#entries].flatMap(([cache, { preference, session }]) => {
      const isWanted = this.#reach !== undefined && preference <= this.#reach;
      if (isWanted === (session.state !== "stopped")) return [];
      return this.#play(cache, { kind: isWanted ? "start" : "stop" }, now);
    });
  }

  /** Chooses the group whose data count: a bit for each of its caches that has data. */
  #active(): number {
    const entries = [...this.#entries.values()];
    const best = least(entries.filter(({ session }) => session.isCurrent));
    const withData = entries.filter(({ session }) => session.expiresAt !== undefined);
    const stays = withData.some(({ preference }) => preference === this.#inUse);
    this.#inUse = best ?? (stays ? this.#inUse : least(withData));
    let active = 0;
    for (const [cache, { preference, session }] of this.#entries) {
      if (preference === this.#inUse && session.expiresAt !== undefined) active |= 1 << cache;
    }
    return active;
  }

  /** "The router MUST choose the most preferred": one group after the other, until one is in sync. */
  #choose(now: Millis): void {
    const entries = [...this.#entries.values()];
    const best = least(entries.filter(({ session }) => session.isCurrent));
    if (best !== undefined) {
      this.#reach = best;
      return;
    }
    const reach = this.#reach ?? least(entries);
    const isLost = entries.every(({ preference, session }) => preference > reach! || isUnlikely(session, now));
    this.#reach = isLost ? least(entries.filter(({ preference }) => preference > reach!)) ?? reach : reach;
  }

  #dataOf(cache: number, most: number): CacheData {
    const payloads = this.#payloads;
    return {
      begin: (isFull) => payloads.begin(cache, isFull),
      prefix: (announce, isIpv4, w0, w1, w2, w3, length, maxLength, asn) =>
        payloads.prefix(cache, announce, isIpv4, w0, w1, w2, w3, length, maxLength, asn, most),
      aspa: (announce, customer, providers) => payloads.aspa(cache, announce, customer, providers, most),
      commit: () => payloads.commit(cache, this.#active()),
      abort: () => payloads.abort(cache),
      drop: () => payloads.drop(cache, this.#active()),
    };
  }
}

/** The lowest preference among these: the most preferred group. */
function least(entries: readonly Entry[]): number | undefined {
  return entries.length === 0 ? undefined : Math.min(...entries.map(({ preference }) => preference));
}

/**
 * The cache is not about to give us data. One lost connection is not enough while we have data: another group would
 * take over, and give way again a moment later.
 */
function isUnlikely({ state, isCurrent, failures, expiresAt, connectAt }: CacheSession, now: Millis): boolean {
  if (state === "idle") return !isCurrent;
  return state === "waiting" && (failures >= 2 || expiresAt === undefined || (connectAt ?? now) - now >= longWaitMs);
}
