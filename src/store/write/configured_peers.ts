/**
 * The table `configured_peers`: peers that `bgpd peer add` made, in the words of the configuration, so that they are there
 * after a restart or a crash. Only the daemon writes it: what it says was validated before.
 */

import type { Millis } from "../../session/mod.ts";
import { readableRows } from "./carry_over.ts";
import { isSurprise, StoreError } from "../errors.ts";
import { applicationId } from "../schema_version.ts";
import { Database } from "../sqlite.ts";

export interface ConfiguredPeer {
  readonly name: string;
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
    this.#known.set(peer.name, [peer, at]);
  }

  #write({ name, toml }: ConfiguredPeer, at: Millis): void {
    this.#db.prepare(
      "INSERT INTO configured_peers(name, toml, added_at) VALUES(?, ?, ?) ON CONFLICT(name)" +
        " DO UPDATE SET toml = excluded.toml",
    ).run(name, toml, Math.floor(at));
  }

  /** False where there is none. */
  remove(name: string): boolean {
    this.#known.delete(name);
    return this.#db.prepare("DELETE FROM configured_peers WHERE name = ?").run(name) > 0;
  }

  #read(): Map<string, readonly [peer: ConfiguredPeer, at: Millis]> {
    return new Map(this.list().map((peer, i) => [peer.name, [peer, i]]));
  }

  /** In the order in which they came. */
  list(): ConfiguredPeer[] {
    // Before version 5 the name was the address. The configuration is read before the database is migrated.
    const column = this.#db.prepare("SELECT * FROM configured_peers LIMIT 0").columns.find((name) =>
      nameColumns.includes(name)
    );
    if (column === undefined) return [];
    return this.#db.prepare(`SELECT ${column}, toml FROM configured_peers ORDER BY added_at, rowid`).all()
      .map(([name, toml]) => ({ name: String(name), toml: String(toml) }));
  }
}

/** What the column `name` is called; before version 5 the name was the address. */
const nameColumns: readonly string[] = ["name", "remote_ip"];

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
    if (db.value("SELECT 1 FROM sqlite_schema WHERE name = 'configured_peers' AND type = 'table'") === null) return [];
    return new ConfiguredPeers(db).list();
  } catch (error) {
    if (db === undefined || !(error instanceof StoreError)) return [];
    if (isSurprise(error)) return readable(db);
    throw error;
  } finally {
    db?.close();
  }
}

function readable(db: Database): ConfiguredPeer[] {
  const { columns, rows } = readableRows(db, "configured_peers");
  const [name, toml] = [columns.findIndex((column) => nameColumns.includes(column)), columns.indexOf("toml")];
  return rows.flatMap((row) =>
    typeof row[name] === "string" && typeof row[toml] === "string" ? [{ name: row[name], toml: row[toml] }] : []
  );
}
