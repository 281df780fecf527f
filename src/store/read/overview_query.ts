/** The state of a database at a glance: without a walk over a table of routes. */

import { limits, type Millis } from "../../types/mod.ts";
import { daemonValue } from "../daemon_values.ts";
import { fileSize } from "../files.ts";
import { lockHolder, type SystemLocks } from "../lock.ts";
import type { Database } from "../sqlite.ts";
import { asIntegerOrNull, asTextOrNull } from "./cells.ts";
import { lastRun } from "./summary_query.ts";

export interface StoreOverview {
  readonly pid: number | undefined;
  readonly version: string | null;
  readonly startedAt: Millis | null;
  readonly endedAt: Millis | null;
  readonly peers: number;
  readonly established: number;
  /** Routes of all peers at the last report of the daemon, by family. */
  readonly families: readonly { readonly family: string; readonly routes: number; readonly accepted: number }[];
  readonly backlogRows: number;
  readonly databaseBytes: number;
  readonly logBytes: number;
}

export function overviewOf(db: Database, locks?: SystemLocks): StoreOverview {
  const number = (sql: string) => Number(db.value(sql) ?? 0);
  const pid = lockHolder(db.path, locks);
  const held = db.prepare(
    "SELECT n.name, sum(f.routes), sum(f.accepted) FROM peer_families f JOIN families n ON n.id = f.family" +
      ` WHERE f.peer_id < ${limits.firstRouterPeer} GROUP BY f.family HAVING sum(f.routes) > 0 ORDER BY f.family`,
  ).all();
  return {
    pid,
    version: asTextOrNull(daemonValue(db, "version")),
    startedAt: asIntegerOrNull(daemonValue(db, "started_at")),
    endedAt: pid === undefined ? lastRun(db).endedAt : null,
    peers: number("SELECT count(*) FROM peers WHERE id <> 0 AND state <> 'Removed'"),
    established: number("SELECT count(*) FROM peers WHERE state = 'Established'"),
    families: held.map(([family, routes, accepted]) => ({
      family: String(family),
      routes: Number(routes),
      accepted: Number(accepted),
    })),
    backlogRows: Number(daemonValue(db, "backlog") ?? 0),
    databaseBytes: fileSize(db.path),
    logBytes: fileSize(`${db.path}-wal`),
  };
}
