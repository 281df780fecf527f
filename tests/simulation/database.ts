/** Reads a database at the end of a simulation: the same questions for SQLite, as people ask it, and for its model. */

import { DatabaseSync } from "node:sqlite";

/** A row of the view `rib` or `loc_rib`. */
export interface RouteView {
  readonly peer: string;
  readonly prefix: string;
  /** -1: none. */
  readonly pathId: number;
  /** The canonical attribute set. */
  readonly wire: Uint8Array;
  /** The one before import policy. */
  readonly received: Uint8Array;
  readonly best: boolean;
  readonly stale: boolean;
  /** Why it takes no part in the decision; 0: it does. */
  readonly ineligible: number;
  /** The same in words. SQLite only. */
  readonly reason?: string | undefined;
  readonly receivedAt: number;
  /** The columns that people read, in the order of {@link textColumns}. SQLite only. */
  readonly text?: readonly unknown[];
}

export interface DatabaseView {
  /** State of each peer by address. */
  readonly peers: ReadonlyMap<string, string>;
  readonly rib: readonly RouteView[];
  readonly locRib: readonly RouteView[];
  /** Rows of lost sessions that no view shows any more, and that cleanup has not come to. */
  readonly hiddenRows: number;
  /** Peers' families whose lost rows are not cleaned up. */
  readonly uncleaned: number;
  /** Routes of each peer as `peer_status` counts them. SQLite only. */
  readonly held: ReadonlyMap<string, number>;
  /** What is wrong with the file itself. */
  readonly damage: readonly string[];
}

export const textColumns = [
  "next_hop",
  "as_path",
  "origin_as",
  "origin",
  "med",
  "local_pref",
  "communities",
  "large_communities",
] as const;

/** Reads as anybody with `sqlite3` may, while the daemon has the file open. */
export function readSqlite(path: string, checkIntegrity: boolean): DatabaseView {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const all = (sql: string) => db.prepare(sql).all() as Record<string, unknown>[];
    const count = (sql: string) => Number(Object.values(all(sql)[0]!)[0]);
    const routes = (view: string): RouteView[] =>
      all(
        `SELECT v.*, a.wire AS wire, r.ineligible AS number, r.received_at AS at, b.wire AS received FROM ${view} v` +
          " JOIN attributes a ON a.id = v.attribute_id JOIN routes r ON r.peer_id = v.peer_id AND" +
          " r.prefix_id = v.prefix_id AND r.path_id = coalesce(v.path_id, -1)" +
          " JOIN attributes b ON b.id = coalesce(r.received_id, r.attribute_id)",
      ).map((row) => ({
        peer: String(row["peer"]),
        prefix: String(row["prefix"]),
        pathId: Number(row["path_id"] ?? -1),
        wire: row["wire"] as Uint8Array,
        received: row["received"] as Uint8Array,
        best: row["best"] === 1,
        stale: row["stale"] === 1,
        ineligible: Number(row["number"]),
        reason: row["ineligible"] === null ? undefined : String(row["ineligible"]),
        receivedAt: Number(row["at"]),
        text: textColumns.map((column) => row[column]),
      }));
    const rib = routes("rib");
    const damage: string[] = [];
    // A route without its prefix or its set is in no view.
    const shown = count("SELECT count(*) FROM rib");
    if (shown !== rib.length) damage.push(`view rib has ${shown} rows, but ${rib.length} of them have attributes`);
    const orphans = count(
      "SELECT count(*) FROM routes WHERE prefix_id NOT IN (SELECT id FROM prefixes) OR attribute_id NOT IN" +
        " (SELECT id FROM attributes)",
    );
    if (orphans > 0) damage.push(`${orphans} routes refer to a prefix or a set that is not there`);
    const retired = count(
      "SELECT count(*) FROM attributes WHERE retired_at IS NOT NULL AND id IN (SELECT attribute_id FROM rib)",
    );
    if (retired > 0) damage.push(`${retired} sets are marked as retired while routes have them`);
    const twice = count(
      "SELECT count(*) FROM (SELECT prefix FROM prefixes GROUP BY family, prefix HAVING count(*) > 1)",
    );
    if (twice > 0) damage.push(`${twice} prefixes have more than one id`);
    if (checkIntegrity) {
      const result = String(Object.values(all("PRAGMA integrity_check")[0]!)[0]);
      if (result !== "ok") damage.push(`integrity_check: ${result}`);
    }
    return {
      peers: new Map(
        all("SELECT remote_ip, state FROM peers WHERE id <> 0").map((row) => [
          String(row["remote_ip"]),
          String(row["state"]),
        ]),
      ),
      rib,
      locRib: routes("loc_rib"),
      hiddenRows: count("SELECT count(*) FROM routes") - shown,
      uncleaned: count("SELECT count(*) FROM peer_families WHERE cleaned_at < flushed_at"),
      held: new Map(
        all("SELECT peer, routes FROM peer_status").map((row) => [
          String(row["peer"]),
          Number(row["routes"]),
        ]),
      ),
      damage,
    };
  } finally {
    db.close();
  }
}
