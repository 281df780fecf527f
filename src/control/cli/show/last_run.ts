/** Whether bgpd is running; if not, how its last run ended. */

import { lockHolder } from "../../../store/lock.ts";
import type { StoreReader } from "../../../store/mod.ts";
import * as fileLocks from "../../../transport/file_locks.ts";
import type { Io } from "../command.ts";

export interface LastRun {
  /** Milliseconds since 1970; `null`: not known. */
  readonly endedAt: number | null;
  /** True: bgpd did not stop properly, or the database is a copy of a running one. */
  readonly leftOver: boolean;
}

export function isRunning(reader: StoreReader): boolean {
  return lockHolder(reader.path, fileLocks) !== undefined;
}

/** One sentence for a database that no daemon uses. */
export function notRunningText({ endedAt, leftOver }: LastRun): string {
  const at = endedAt === null ? undefined : new Date(endedAt).toISOString();
  if (!leftOver) return at === undefined ? "bgpd is not running" : `bgpd is not running; it stopped at ${at}`;
  return `bgpd is not running: it ended unexpectedly${
    at === undefined ? "" : ` after ${at}`
  }, or this database is a backup`;
}

/** Without a daemon, reports how old the answer is. Returns the exit code: 1 if bgpd did not stop properly. */
export function reportAge(reader: StoreReader, isRunning: boolean, io: Io): number {
  if (isRunning) return 0;
  const run = reader.lastRun();
  io.message(notRunningText(run) + (run.leftOver ? "; states and counters are the last ones written" : ""));
  return run.leftOver ? 1 : 0;
}
