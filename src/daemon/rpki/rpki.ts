/**
 * Where RPKI data come from: caches, files and local exceptions, as the configuration names them. All of it goes to the
 * RIB, which validates routes with it. Sessions and routes do not depend on any of this: without data nothing is
 * validated, and what was known last counts until it expires.
 */

import type { Config, RpkiCacheSettings } from "../../config/mod.ts";
import type { RpkiCacheMeasurements } from "../../control/mod.ts";
import { readSlurm, vrpStride } from "../../rpki/mod.ts";
import type { Millis } from "../../types/mod.ts";
import type { RpkiSourceRow, SavedRpkiCache } from "../../store/mod.ts";
import { type Clock, type Connection, resolve } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import { DeadlineTimer } from "../peer/deadline_timer.ts";
import type { Post, ToRib, ToStore } from "../thread/messages.ts";
import { whyUnread } from "../thread/why_unread.ts";
import { CacheClients } from "./rpki_caches.ts";
import { readRpkiFiles, stateOfFiles } from "./file_reader.ts";
import { RpkiOutbox } from "./rpki_outbox.ts";

/** How often bgpd looks whether a file has changed. */
const lookEveryMs = 5_000;

export interface RpkiServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly toRib: Post<ToRib>;
  readonly toStore: Post<ToStore>;
  readonly dial: (cache: RpkiCacheSettings, signal: AbortSignal) => Promise<Connection>;
}

/** What came of the files when they were read last. */
export interface RpkiFilesStatus {
  readonly paths: readonly string[];
  /** In milliseconds since 1970; `undefined`: they were never read without a mistake. */
  readonly readAt: Millis | undefined;
  readonly vrps: number;
  readonly aspas: number;
  /** Why the files of now do not count: those that were read last do. */
  readonly problems: readonly string[];
}

/** What the last run left in the database. */
export interface EarlierSources {
  readonly rpkiCaches: readonly SavedRpkiCache[];
  readonly rpkiSources: readonly string[];
}

type RpkiConfig = Pick<Config, "rpkiCaches" | "rpkiFiles" | "rpkiExceptions">;

export class Rpki {
  readonly #services: RpkiServices;
  readonly #outbox: RpkiOutbox;
  readonly #caches: CacheClients;
  readonly #lookTimer: DeadlineTimer;
  #files: RpkiFilesStatus = noFiles([]);
  #exceptions: string | undefined;
  #exceptionsProblem: string | undefined;
  /** As they were when they were read last; `undefined`: they are read in any case. */
  #stateOfFiles: string | undefined;
  #stateOfExceptions: string | undefined;
  /** When an entry of a file expires, in seconds since 1970. */
  #nextExpiry = Infinity;
  /** Files and exceptions are read one after the other. */
  #work: Promise<void> = Promise.resolve();
  #isStopped = false;

  constructor(services: RpkiServices) {
    this.#services = services;
    const { clock, log, toRib, toStore, dial } = services;
    this.#outbox = new RpkiOutbox(toRib);
    this.#caches = new CacheClients({
      clock,
      log,
      dial,
      outbox: this.#outbox,
      store: (rows, gone) => {
        if (rows.length + gone.length > 0) toStore({ kind: "rpkiSources", rows, gone });
      },
    });
    this.#lookTimer = new DeadlineTimer(clock, () => this.#look());
  }

  /** Writes to the database how files and exceptions are. `gone`: files that are not configured any more. */
  #store(gone: readonly string[] = []): void {
    const { paths, readAt, vrps, aspas, problems } = this.#files;
    const rest = { address: "", version: undefined, sessionId: undefined, serial: undefined, expiresAt: undefined };
    const files = paths.map((path): RpkiSourceRow => {
      const error = problems.find((problem) => problem.includes(path));
      const state = error !== undefined ? "broken" : readAt === undefined ? "waiting" : "read";
      const isInUse = readAt !== undefined;
      return {
        ...rest,
        name: path,
        kind: "file",
        state,
        vrps,
        aspas,
        isInUse,
        refreshedAt: readAt,
        error,
        errorAt: undefined,
      };
    });
    const error = this.#exceptionsProblem;
    const state = error === undefined ? "read" : "broken";
    const exceptions = this.#exceptions === undefined ? [] : [{
      ...rest,
      name: this.#exceptions,
      kind: "exceptions" as const,
      state,
      vrps: 0,
      aspas: 0,
      isInUse: error === undefined,
      refreshedAt: undefined,
      error,
      errorAt: undefined,
    }];
    const rows = [...files, ...exceptions];
    if (rows.length + gone.length > 0) this.#services.toStore({ kind: "rpkiSources", rows, gone });
  }

  /** `rpkiCaches`: the data of caches as the last run left them. `rpkiSources`: the names of all its sources. */
  start(config: RpkiConfig, { rpkiCaches: saved, rpkiSources }: EarlierSources): void {
    this.#files = noFiles(config.rpkiFiles.map((path) => resolve(path)));
    this.#exceptions = config.rpkiExceptions === undefined ? undefined : resolve(config.rpkiExceptions);
    // What an earlier run left in the database ends unless it is announced again: nothing ends before all is announced.
    this.#outbox.hold();
    this.#do(async () => {
      await this.#readExceptions();
      this.#caches.configure(config.rpkiCaches, saved);
      await this.#readFiles();
      this.#outbox.release();
      const names = new Set([...config.rpkiCaches.map(({ name }) => name), ...this.#files.paths, this.#exceptions]);
      this.#store(rpkiSources.filter((name) => !names.has(name)));
      this.#armLook();
    });
  }

  /** Another configuration is in force, or the same: files are read again where they changed. */
  configure(config: RpkiConfig): void {
    const files = config.rpkiFiles.map((path) => resolve(path));
    const exceptions = config.rpkiExceptions === undefined ? undefined : resolve(config.rpkiExceptions);
    this.#do(async () => {
      const before = [...this.#files.paths, this.#exceptions ?? ""];
      const isOther = files.join("\0") !== this.#files.paths.join("\0");
      if (isOther) {
        this.#files = { ...this.#files, paths: files };
        this.#stateOfFiles = undefined;
      }
      if (exceptions !== this.#exceptions) {
        this.#exceptions = exceptions;
        this.#stateOfExceptions = undefined;
      }
      this.#caches.configure(config.rpkiCaches);
      await this.#readWhatChanged();
      this.#store(before.filter((path) => path !== "" && !files.includes(path) && path !== exceptions));
      this.#armLook();
    });
  }

  get measurements(): RpkiCacheMeasurements[] {
    const now = this.#services.clock.now();
    return this.#caches.status().map(({ config, view, refreshedAt, expiresAt }) => ({
      cache: config.name,
      isUp: view.state === "idle",
      isInUse: view.isInUse,
      vrps: view.counts.ipv4 + view.counts.ipv6,
      aspas: view.counts.aspas,
      serial: view.serial,
      ageSeconds: refreshedAt === undefined ? undefined : (now - refreshedAt) / 1000,
      expiresInSeconds: expiresAt === undefined ? undefined : (expiresAt - now) / 1000,
    }));
  }

  stop(): void {
    this.#isStopped = true;
    this.#lookTimer.clear();
    this.#caches.stop();
  }

  #do(step: () => Promise<void>): void {
    this.#work = this.#work.then(async () => {
      if (!this.#isStopped) await step();
    }).catch((error) => this.#services.log.error(`RPKI: ${error instanceof Error ? error.message : String(error)}`));
  }

  #armLook(): void {
    const isNeeded = this.#files.paths.length > 0 || this.#exceptions !== undefined;
    this.#lookTimer.clear();
    if (isNeeded && !this.#isStopped) this.#lookTimer.arm(this.#services.clock.monotonic() + lookEveryMs);
  }

  #look(): void {
    this.#do(async () => {
      if (await this.#readWhatChanged()) this.#store();
      this.#armLook();
    });
  }

  /** True where something was read. */
  async #readWhatChanged(): Promise<boolean> {
    const exceptions = await stateOfFiles(this.#exceptions === undefined ? [] : [this.#exceptions]);
    const isOther = exceptions !== this.#stateOfExceptions;
    if (isOther && await this.#readExceptions()) {
      // What the old exceptions took away, only the sources know.
      this.#caches.announceAll();
      this.#outbox.flush("caches", true);
      await this.#readFiles();
      return true;
    }
    const isDue = this.#services.clock.now() / 1000 >= this.#nextExpiry;
    const isChanged = isDue || await stateOfFiles(this.#files.paths) !== this.#stateOfFiles;
    if (isChanged) await this.#readFiles();
    return isOther || isChanged;
  }

  /** False: the file is broken, and the exceptions stay as they were. */
  async #readExceptions(): Promise<boolean> {
    const { log } = this.#services;
    const path = this.#exceptions;
    this.#stateOfExceptions = await stateOfFiles(path === undefined ? [] : [path]);
    this.#exceptionsProblem = undefined;
    if (path === undefined) {
      this.#outbox.useExceptions(undefined);
      return true;
    }
    let problem: string;
    try {
      const text = await Deno.readTextFile(path);
      const read = readSlurm(text);
      if (!("error" in read)) {
        this.#outbox.useExceptions(text);
        log.info(`RPKI: local exceptions of ${path} apply`);
        return true;
      }
      problem = `${path}:${read.error.line}:${read.error.column}: ${read.error.message}`;
    } catch (error) {
      problem = `cannot read ${path}: ${whyUnread(error)}`;
    }
    this.#exceptionsProblem = problem;
    log.error(`RPKI: ${problem}; the local exceptions stay as they were`);
    return false;
  }

  /** Reads all files. A mistake in one of them changes nothing. */
  async #readFiles(): Promise<void> {
    const { log, clock } = this.#services;
    const { paths } = this.#files;
    this.#stateOfFiles = await stateOfFiles(paths);
    if (paths.length === 0 && this.#files.readAt === undefined) return;
    this.#nextExpiry = Infinity;
    const answer = await readRpkiFiles({ paths, nowSeconds: clock.now() / 1000 });
    if (this.#isStopped) return;
    if (answer.kind === "broken") {
      this.#files = { ...this.#files, problems: answer.problems };
      for (const problem of answer.problems) log.error(`RPKI: ${problem}; what the files said before still counts`);
      return;
    }
    const { vrps, aspas, expired, nextExpiry } = answer;
    const count = vrps.length / vrpStride;
    this.#nextExpiry = nextExpiry;
    this.#files = { paths, readAt: clock.now(), vrps: count, aspas: aspas.length, problems: [] };
    this.#outbox.send("files", vrps, aspas);
    this.#outbox.end("files");
    const without = expired === 0 ? "" : `, ${expired} entries have expired`;
    log.info(
      `RPKI: ${paths.length} ${
        paths.length === 1 ? "file" : "files"
      } read: ${count} VRPs, ${aspas.length} ASPAs${without}`,
    );
  }
}

function noFiles(paths: readonly string[]): RpkiFilesStatus {
  return { paths, readAt: undefined, vrps: 0, aspas: 0, problems: [] };
}
