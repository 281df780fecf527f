/** The summary of a database for `bgpd show summary`, and the end of its last run. */

import { families, isPrefixFamily, limits, type Millis } from "../../types/mod.ts";
import { daemonValue } from "../daemon_values.ts";
import { fileSize } from "../files.ts";
import { lockHolder, type SystemLocks } from "../lock.ts";
import type { Database } from "../sqlite.ts";
import { asIntegerOrNull, asTextOrNull } from "./cells.ts";

export interface StoreSummary {
  readonly database: string;
  /** The process id of the daemon that has the database open. */
  readonly pid: number | undefined;
  /** True for a database of a run that did not end properly, or a copy of the database of a running daemon. */
  readonly leftOver: boolean;
  /** When the last daemon was alive for certain, if none runs now. Milliseconds since 1970. */
  readonly endedAt: number | null;
  readonly version: string | null;
  /** Milliseconds since 1970. */
  readonly startedAt: number | null;
  readonly peers: number;
  readonly established: number;
  /** Routes of all peers at the last report of the daemon, and best routes. */
  readonly families: readonly { readonly family: string; readonly routes: number; readonly best: number }[];
  /** With destinations that are no plain prefixes. */
  readonly prefixes: number;
  readonly attributeSets: number;
  /** Rows in memory that were not written yet at `backlogAt`. */
  readonly backlogRows: number;
  readonly backlogAt: number | null;
  readonly databaseBytes: number;
  readonly logBytes: number;
}

/** `locks` finds the daemon where this user may not open the lock file. */
export function summaryOf(db: Database, locks?: SystemLocks): StoreSummary {
  const number = (sql: string) => Number(db.value(sql) ?? 0);
  const daemon = new Map(db.prepare("SELECT key, value FROM daemon").all().map(([key, value]) => [key, value]));
  // The number of routes is the last report of the RIB: counting the rows of many full tables takes seconds.
  const held = db.prepare(
    `SELECT family, sum(routes) FROM peer_families WHERE peer_id < ${limits.firstRouterPeer} GROUP BY family`,
  ).all();
  const routes = new Map(held.map(([family, sum]) => [Number(family), Number(sum)]));
  const best = bestByFamily(db);
  const pid = lockHolder(db.path, locks);
  const isOver = pid === undefined && daemon.has("goodbye");
  return {
    database: db.path,
    pid,
    endedAt: pid === undefined ? lastRun(db).endedAt : null,
    leftOver: pid === undefined && daemon.has("pid"),
    version: asTextOrNull(daemon.get("version")),
    startedAt: asIntegerOrNull(daemon.get("started_at")),
    peers: number("SELECT count(*) FROM peers WHERE id <> 0 AND state <> 'Removed'"),
    established: number("SELECT count(*) FROM peers WHERE state = 'Established'"),
    // A further family is listed where it has routes.
    families: families.filter(({ id }) => isPrefixFamily(id) || (routes.get(id) ?? 0) > 0).map(({ id, name }) => ({
      family: name,
      routes: routes.get(id) ?? 0,
      // After a proper end no route is best: the rows stay for the next run and for people.
      best: isOver ? 0 : best.get(id) ?? 0,
    })),
    prefixes: number("SELECT (SELECT count(*) FROM prefixes) + (SELECT count(*) FROM nlri)"),
    attributeSets: number("SELECT count(*) FROM attributes WHERE retired_at IS NULL"),
    backlogRows: Number(daemon.get("backlog") ?? 0),
    backlogAt: asIntegerOrNull(daemon.get("backlog_at")),
    databaseBytes: fileSize(db.path),
    logBytes: fileSize(`${db.path}-wal`),
  };
}

/** How many best routes each family has. */
function bestByFamily(db: Database): ReadonlyMap<number, number> {
  const plain = families.map(({ id }) => id).filter(isPrefixFamily);
  // One walk over `best` with a sum for each family. CROSS JOIN fixes the order: the other order took ten times as
  // long.
  const sums = db.prepare(
    `SELECT ${
      plain.map((id) => `sum(x.family = ${id})`).join(", ")
    } FROM best CROSS JOIN prefixes x ON x.id = prefix_id`,
  ).get();
  const others = db.prepare(
    "SELECT x.family, count(*) FROM nlri x CROSS JOIN best b ON b.prefix_id = x.id GROUP BY 1",
  ).all();
  return new Map([
    ...plain.map((id, i) => [id, Number(sums?.[i] ?? 0)] as const),
    ...others.map(([family, count]) => [Number(family), Number(count)] as const),
  ]);
}

/**
 * When the last run was alive for certain. `leftOver`: it did not end properly, or this file is a copy of the
 * database of a running daemon.
 */
export function lastRun(db: Database): { readonly endedAt: Millis | null; readonly leftOver: boolean } {
  const value = (key: string) => daemonValue(db, key);
  const times = [value("alive_at"), value("backlog_at"), value("goodbye")].filter((at) => at !== null).map(Number);
  return { endedAt: times.length === 0 ? null : Math.max(...times), leftOver: value("pid") !== null };
}
