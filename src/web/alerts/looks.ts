/**
 * Looks at the database for some alerts: after a change of it, and for each alert not more often than its interval
 * says. A look that takes long is followed by a rest, so that alerts take a small part of a processor.
 *
 * While the router does not run, nothing is looked at: every alert stays as it is.
 */

import type { AlertSettings } from "../../config/mod.ts";
import { type AlertQueries, type CountSample, StoreError, WebReader } from "../../store/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { Found } from "./found.ts";
import { look } from "./look.ts";
import type { RouteCounts } from "./route_counts.ts";

export interface LooksPorts {
  /** Wall-clock time, and a clock that never goes back. */
  readonly now: () => Millis;
  readonly monotonic: () => Millis;
  /** True where an alert waits for a look: time may have turned it. */
  readonly isWanted: (name: string) => boolean;
  /** Before a look that may take long. */
  readonly begins?: (name: string) => void;
  readonly found: (name: string, found: Found) => void;
  /** Why an alert cannot be looked at; `undefined`: it can. */
  readonly problem: (name: string, text: string | undefined) => void;
  readonly keepCounts: (name: string, samples: readonly CountSample[], from: Millis) => void;
}

/** After a look, an alert rests for so many times as the look took. */
const restFactor = 10;
/** The router says so often that it is alive: this times some. */
const aliveMs: Millis = 60_000;
/** So often it is looked whether the database is another file, or there is one. */
const fileCheckMs: Millis = 1_000;

interface Watched {
  readonly alert: AlertSettings;
  readonly counts: RouteCounts | undefined;
  /** The change of the database after which it was looked at. */
  change: number;
  notBefore: Millis;
  problem: string | undefined;
}

/** `invalid` and `leak` over the whole table, and queries of operators: they do not delay the other alerts. */
export function isSlow({ kind, prefixes }: AlertSettings): boolean {
  return kind === "sql" || (kind === "invalid" || kind === "leak") && prefixes === undefined;
}

/** True while the router runs and writes its database. `now`: wall-clock time. */
export function isRouterAlive(queries: AlertQueries, now: Millis): boolean {
  const aliveAt = queries.routerAliveAt();
  return aliveAt !== undefined && now - aliveAt < aliveMs;
}

export class Looks {
  readonly #database: string;
  readonly #ports: LooksPorts;
  readonly #watched: readonly Watched[];
  #reader: WebReader | undefined;
  #queries: AlertQueries | undefined;
  #file: string | undefined;
  #checkedAt = -Infinity;
  #version = -1;
  #change = 0;
  #failing: string | undefined;

  /** `countsOf`: of alerts of the kind route-count. */
  constructor(
    database: string,
    alerts: readonly AlertSettings[],
    ports: LooksPorts,
    countsOf: (alert: AlertSettings) => RouteCounts | undefined = () => undefined,
  ) {
    this.#database = database;
    this.#ports = ports;
    this.#watched = alerts.map((alert) => ({
      alert,
      counts: countsOf(alert),
      change: -1,
      notBefore: -Infinity,
      problem: undefined,
    }));
  }

  /** Looks for every alert that is due. Call it some times a second. */
  tick(): void {
    const queries = this.#open();
    if (queries === undefined || !this.#hasChanged(queries)) return;
    for (const watched of this.#watched) if (this.#isDue(watched)) this.#look(watched, queries);
  }

  close(): void {
    this.#reader?.close();
    this.#reader = this.#queries = undefined;
  }

  /** False while the router does not run. */
  #hasChanged(queries: AlertQueries): boolean {
    const version = this.#reader!.dataVersion;
    if (version !== this.#version) this.#change++;
    this.#version = version;
    return isRouterAlive(queries, this.#ports.now());
  }

  #isDue({ alert, change, notBefore }: Watched): boolean {
    const { monotonic, isWanted } = this.#ports;
    if (monotonic() < notBefore && !isWanted(alert.name)) return false;
    return change !== this.#change || isWanted(alert.name);
  }

  #look(watched: Watched, queries: AlertQueries): void {
    const { monotonic, begins, found, problem } = this.#ports;
    const { alert } = watched;
    begins?.(alert.name);
    const began = monotonic();
    let failure: string | undefined;
    try {
      const result = this.#found(watched, queries);
      found(alert.name, result);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      failure = error.message;
      // The file may be damaged, so it is opened again, unless it is the query that is wrong.
      if (alert.kind !== "sql") this.#file = undefined;
    }
    watched.change = this.#change;
    watched.notBefore = began + Math.max(alert.intervalSeconds * 1000, restFactor * (monotonic() - began));
    if (failure !== watched.problem) problem(alert.name, failure);
    watched.problem = failure;
  }

  #found({ alert, counts }: Watched, queries: AlertQueries): Found {
    const now = this.#ports.now();
    const { kind } = alert;
    if (kind !== "route-count") return look({ ...alert, kind }, queries, now);
    if (counts === undefined) throw new Error(`no counts of ${alert.name}`);
    const { found, samples, keptFrom } = counts.take(queries.peerFamilies(queries.watchedPeers(alert.peers)), now);
    if (samples.length > 0) this.#ports.keepCounts(alert.name, samples, keptFrom);
    return found;
  }

  /** The router may have made a new file. `undefined`: there is no database now. */
  #open(): AlertQueries | undefined {
    const now = this.#ports.monotonic();
    if (now - this.#checkedAt < fileCheckMs) return this.#queries;
    this.#checkedAt = now;
    const file = identityOf(this.#database);
    if (this.#queries !== undefined && file !== undefined && file === this.#file) return this.#queries;
    this.close();
    try {
      this.#reader = new WebReader(this.#database);
      this.#queries = this.#reader.alerts;
      this.#file = file;
      this.#version = -1;
      this.#say(undefined);
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      this.close();
      this.#say(error.message);
    }
    return this.#queries;
  }

  /** A problem of the database is one of each alert. */
  #say(failure: string | undefined): void {
    if (failure === this.#failing) return;
    this.#failing = failure;
    for (const watched of this.#watched) {
      watched.problem = failure;
      this.#ports.problem(watched.alert.name, failure);
    }
  }
}

function identityOf(path: string): string | undefined {
  try {
    const { dev, ino } = Deno.statSync(path);
    return `${dev}/${ino}`;
  } catch {
    return undefined;
  }
}
