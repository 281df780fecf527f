/**
 * The RPKI caches of the configuration: one connection each, one state machine for all of them (`rpki/cache`). What
 * they say together goes to the RIB as a list of changes; what a restart needs goes to the database.
 */

import type { RpkiCacheSettings } from "../../config/mod.ts";
import {
  type CacheEvent,
  type CacheOrder,
  type CacheView,
  defaultTiming,
  packCacheData,
  RpkiCaches,
  type SavedCache,
  unpackCacheData,
} from "../../rpki/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { RpkiSourceRow, SavedRpkiCache } from "../../store/mod.ts";
import { type Clock, type Connection, formatEndpoint } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import { DeadlineTimer } from "../peer/deadline_timer.ts";
import { CacheLink } from "./cache_link.ts";
import type { RpkiOutbox } from "./rpki_outbox.ts";

/** A cache may announce so many records: twice what the whole Internet has if each prefix had a VRP. */
const mostRecords = 4_000_000;

/** The database gets the data of a cache so long after they changed: 500,000 VRPs are 6 MB, a few are nothing. */
const saveMs = { least: 1_000, perRecord: 0.12, most: 60_000 };
/** The state of a cache, likewise. */
const reportEveryMs = 500;

export interface CacheServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly dial: (cache: RpkiCacheSettings, signal: AbortSignal) => Promise<Connection>;
  readonly outbox: RpkiOutbox;
  /** Writes the state of caches, and of some of them the data, to the database. */
  readonly store: (rows: readonly RpkiSourceRow[], gone: readonly string[]) => void;
}

interface Entry {
  readonly number: number;
  readonly config: RpkiCacheSettings;
  readonly link: CacheLink;
  /** When its data were complete last, in milliseconds since 1970. */
  refreshedAt: Millis | undefined;
  /** Its data differ from those in the database. */
  isUnsaved: boolean;
}

/** A cache as people see it. */
export interface RpkiCacheStatus {
  readonly config: RpkiCacheSettings;
  readonly view: CacheView;
  readonly refreshedAt: Millis | undefined;
  /** In milliseconds since 1970. */
  readonly expiresAt: Millis | undefined;
  readonly failedAt: Millis | undefined;
}

export class CacheClients {
  readonly #services: CacheServices;
  readonly #caches: RpkiCaches;
  readonly #entries = new Map<string, Entry>();
  readonly #timer: DeadlineTimer;
  readonly #saveTimer: DeadlineTimer;
  readonly #reportTimer: DeadlineTimer;
  #isStopped = false;

  constructor(services: CacheServices) {
    this.#services = services;
    const { clock, outbox } = services;
    this.#caches = new RpkiCaches(outbox.listener);
    this.#timer = new DeadlineTimer(clock, () => this.#play(this.#caches.tick(clock.monotonic())));
    this.#saveTimer = new DeadlineTimer(clock, () => this.save());
    this.#reportTimer = new DeadlineTimer(clock, () => this.#reportState());
  }

  /**
   * Connects to these caches, and to no others. `saved`: what the database has of an earlier run.
   */
  configure(configs: readonly RpkiCacheSettings[], saved: readonly SavedRpkiCache[] = []): void {
    const now = this.#services.clock.monotonic();
    const gone = [...this.#entries.values()].filter(({ config }) => !configs.some((each) => isSame(each, config)));
    for (const { number, config: { name } } of gone) {
      this.#play(this.#caches.remove(number, now));
      this.#entries.delete(name);
    }
    if (gone.length > 0) this.#services.store([], gone.map(({ config }) => config.name));
    for (const config of configs) if (!this.#entries.has(config.name)) this.#add(config, saved, now);
    this.#play(this.#caches.tick(now));
  }

  /** Announces again what the caches that count say: other exceptions apply. */
  announceAll(): void {
    const { listener: { announce, aspa } } = this.#services.outbox;
    for (const { number } of this.#entries.values()) {
      if (!this.#caches.view(number).isInUse) continue;
      this.#caches.forEachVrp(number, announce);
      for (const [customer, providers] of this.#caches.aspasOf(number)) aspa(customer, providers);
    }
  }

  status(): RpkiCacheStatus[] {
    return [...this.#entries.values()].map((entry) => this.#statusOf(entry));
  }

  /** Writes the data of the caches to the database where they changed. */
  save(): void {
    const unsaved = [...this.#entries.values()].filter((entry) => entry.isUnsaved);
    for (const entry of unsaved) entry.isUnsaved = false;
    this.#services.store(unsaved.map((entry) => ({ ...this.#rowOf(entry), data: this.#dataOf(entry) })), []);
  }

  /** Ends all connections, and stores the data for the next run. */
  stop(): void {
    if (this.#isStopped) return;
    this.save();
    this.#isStopped = true;
    for (const timer of [this.#timer, this.#saveTimer, this.#reportTimer]) timer.clear();
    for (const { link } of this.#entries.values()) link.close();
  }

  #add(config: RpkiCacheSettings, saved: readonly SavedRpkiCache[], now: Millis): void {
    const { refreshSeconds, retrySeconds, expireSeconds, version, preference } = config;
    const timing = {
      refresh: refreshSeconds ?? defaultTiming.refresh,
      retry: retrySeconds ?? defaultTiming.retry,
      expire: expireSeconds ?? defaultTiming.expire,
    };
    const number = this.#caches.add({ version, timing, mostRecords, preference });
    const { dial } = this.#services;
    const link = new CacheLink(
      (signal) => dial(config, signal),
      (event) => this.#handle(number, event),
    );
    const entry = { number, config, link, refreshedAt: undefined, isUnsaved: false };
    this.#entries.set(config.name, entry);
    const known = saved.find(({ name }) => name === config.name);
    if (known !== undefined) this.#restore(entry, known, now);
  }

  /** The data of the last run count until they expire. */
  #restore(entry: Entry, saved: SavedRpkiCache, now: Millis): void {
    const { clock, log } = this.#services;
    const expiresAt = now + saved.expiresAt - clock.now();
    const state: SavedCache = { ...saved, expiresAt };
    let isWhole = true;
    const isRestored = this.#caches.restore(entry.number, state, now, (data) => {
      isWhole = unpackCacheData(saved.data, data);
    });
    entry.refreshedAt = saved.refreshedAt;
    const { name } = entry.config;
    if (!isRestored) return log.info(`RPKI cache ${name}: its data of the last run have expired`);
    if (!isWhole) log.warn(`RPKI cache ${name}: the database has only a part of its data`);
    this.#services.outbox.mayEnd = true;
  }

  #handle(number: number, event: CacheEvent): void {
    if (!this.#isStopped) this.#play(this.#caches.handle(number, event, this.#services.clock.monotonic()));
  }

  /** Carries out what the state machine says, and sends the RIB what changed. */
  #play(orders: readonly CacheOrder[]): void {
    for (const order of orders) {
      const entry = [...this.#entries.values()].find(({ number }) => number === order.cache);
      if (entry !== undefined) this.#carryOut(entry, order.effect);
    }
    this.#services.outbox.flush("caches");
    this.#timer.arm(this.#caches.nextDeadline);
    this.#reportTimer.arm(this.#services.clock.monotonic() + reportEveryMs);
  }

  #carryOut(entry: Entry, effect: CacheOrder["effect"]): void {
    const { log, clock, outbox } = this.#services;
    const { link, config: { name } } = entry;
    switch (effect.kind) {
      case "connect":
        return link.connect();
      case "send":
        return link.send(effect.bytes);
      case "close":
        return link.close();
      case "state":
        return log.debug(`RPKI cache ${name}: ${effect.from} → ${effect.to}`);
      case "data": {
        const { counts: { ipv4, ipv6, aspas } } = this.#caches.view(entry.number);
        const text = `serial ${effect.serial}, ${ipv4 + ipv6} VRPs, ${aspas} ASPAs`;
        if (effect.isFull) log.info(`RPKI cache ${name}: all data received: ${text}`);
        else log.debug(`RPKI cache ${name}: changes received: ${text}`);
        entry.refreshedAt = clock.now();
        outbox.mayEnd = true;
        return this.#hasChanged(entry);
      }
      case "dropped":
        log.warn(`RPKI cache ${name}: its data no longer count: ${effect.reason}`);
        return this.#hasChanged(entry);
      case "failed": {
        const report = effect.code === undefined
          ? ""
          : effect.received
          ? "it reports an error: "
          : "error reported to it: ";
        return log.warn(`RPKI cache ${name}: ${report}${effect.reason}`);
      }
      case "note":
        return log.info(`RPKI cache ${name}: ${effect.text}`);
      default:
        effect satisfies never;
    }
  }

  #hasChanged(entry: Entry): void {
    entry.isUnsaved = true;
    const { counts: { ipv4, ipv6, providers } } = this.#caches.view(entry.number);
    const { least, perRecord, most } = saveMs;
    const delay = Math.min(most, Math.max(least, perRecord * (ipv4 + ipv6 + providers)));
    this.#saveTimer.arm(this.#services.clock.monotonic() + delay);
  }

  #reportState(): void {
    this.#services.store([...this.#entries.values()].map((entry) => this.#rowOf(entry)), []);
  }

  #statusOf({ number, config, refreshedAt }: Entry): RpkiCacheStatus {
    const { clock } = this.#services;
    const view = this.#caches.view(number);
    const wall = (time: Millis | undefined) => time === undefined ? undefined : clock.now() + time - clock.monotonic();
    return { config, view, refreshedAt, expiresAt: wall(view.expiresAt), failedAt: wall(view.lastFailure?.at) };
  }

  #rowOf(entry: Entry): RpkiSourceRow {
    const { config, view, refreshedAt, expiresAt, failedAt } = this.#statusOf(entry);
    const { counts, lastFailure } = view;
    return {
      name: config.name,
      kind: "cache",
      address: formatEndpoint(config.socket.address, config.socket.port),
      state: view.state,
      version: view.version,
      sessionId: view.sessionId,
      serial: view.serial,
      vrps: counts.ipv4 + counts.ipv6,
      aspas: counts.aspas,
      isInUse: view.isInUse,
      refreshedAt,
      expiresAt,
      error: lastFailure?.reason,
      errorAt: failedAt,
    };
  }

  /** `null`: the cache has no data to go on from. */
  #dataOf({ number }: Entry): NonNullable<RpkiSourceRow["data"]> | null {
    const saved = this.#caches.saved(number);
    if (saved === undefined) return null;
    const octets = packCacheData({
      forEachVrp: (visit) => this.#caches.forEachVrp(number, visit),
      aspas: this.#caches.aspasOf(number),
    });
    return { octets, timing: saved.timing };
  }
}

/** False: the cache has to be removed, and added again. */
function isSame(a: RpkiCacheSettings, b: RpkiCacheSettings): boolean {
  return JSON.stringify(a) === JSON.stringify(b);
}
