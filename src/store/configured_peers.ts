/**
 * The table `configured_peers`: peers that `bgpd peer add` made, in the words of the configuration, so that they are there
 * after a restart or a crash. Only the daemon writes it: what it says was validated before.
 */

import type { Millis } from "../session/mod.ts";
import { readableRows } from "./carry_over.ts";
import { StoreCorrupt, StoreError } from "./errors.ts";
import { applicationId } from "./migrate.ts";
import { Database } from "./sqlite.ts";

export interface ConfiguredPeer {
  /** The peer's address or its network, in canonical text. */
  readonly remoteIp: string;
  /** What its table `[[peers]]` would hold. */
  readonly toml: string;
}

export class ConfiguredPeers {
  readonly #db: Database;
  /** Rows that were written in this run. */
  readonly #known: Map<string, readonly [peer: ConfiguredPeer, at: Millis]>;

  /** `before`: the table that this one follows. `isWhole`: all that stood in it stands here. */
  constructor(db: Database, before?: ConfiguredPeers, isWhole = true) {
    this.#db = db;
    this.#known = before === undefined ? this.#read() : before.#known;
    if (!isWhole) { for (const [peer, at] of this.#known.values()) this.#write(peer, at); }
  }

  /** Adds a row, or replaces it. */
  put(peer: ConfiguredPeer, at: Millis): void {
    this.#write(peer, at);
    this.#known.set(peer.remoteIp, [peer, at]);
  }

  #write({ remoteIp, toml }: ConfiguredPeer, at: Millis): void {
    this.#db.prepare(
      "INSERT INTO configured_peers(remote_ip, toml, added_at) VALUES(?, ?, ?) ON CONFLICT(remote_ip)" +
        " DO UPDATE SET toml = excluded.toml",
    ).run(remoteIp, toml, Math.floor(at));
  }

  /** False where there is none. */
  remove(remoteIp: string): boolean {
    this.#known.delete(remoteIp);
    return this.#db.prepare("DELETE FROM configured_peers WHERE remote_ip = ?").run(remoteIp) > 0;
  }

  #read(): Map<string, readonly [peer: ConfiguredPeer, at: Millis]> {
    return new Map(this.list().map((peer, i) => [peer.remoteIp, [peer, i]]));
  }

  /** In the order in which they came. */
  list(): ConfiguredPeer[] {
    return this.#db.prepare("SELECT remote_ip, toml FROM configured_peers ORDER BY added_at, rowid").all()
      .map(([remoteIp, toml]) => ({ remoteIp: String(remoteIp), toml: String(toml) }));
  }
}

/**
 * The rows of a database that nobody may have opened yet. None where there is no such file or table: a file that is none
 * of ours is for the writer to complain about, as is a damaged one, of which it keeps the rows that are given here: those
 * that can be read. Throws {@link StoreError} where it cannot be read now.
 */
export function readConfiguredPeers(path: string, busyTimeoutMs = 5_000): ConfiguredPeer[] {
  let db: Database | undefined;
  try {
    if (Deno.statSync(path).size === 0) return [];
    db = new Database(path, { readOnly: true, busyTimeoutMs });
    if (Number(db.value("PRAGMA application_id")) !== applicationId) return [];
    if (db.value("SELECT 1 FROM sqlite_schema WHERE name = 'configured_peers'") === null) return [];
    return new ConfiguredPeers(db).list();
  } catch (error) {
    if (db === undefined || !(error instanceof StoreError)) return [];
    if (error instanceof StoreCorrupt) return readable(db);
    throw error;
  } finally {
    db?.close();
  }
}

function readable(db: Database): ConfiguredPeer[] {
  const { columns, rows } = readableRows(db, "configured_peers");
  const [remoteIp, toml] = [columns.indexOf("remote_ip"), columns.indexOf("toml")];
  return rows.flatMap((row) =>
    typeof row[remoteIp] === "string" && typeof row[toml] === "string"
      ? [{ remoteIp: row[remoteIp], toml: row[toml] }]
      : []
  );
}
