/**
 * The table `configured_peers`: peers that `bgpd peer add` created, as TOML of the configuration, so that they exist
 * after a restart or a crash. Only the daemon writes the table, after it has validated the TOML.
 */

import type { Millis } from "../../types/mod.ts";
import { readableRows } from "./carry_over.ts";
import { isUnusable, StoreError } from "../errors.ts";
import { applicationId } from "../schema_version.ts";
import { Database } from "../sqlite.ts";

export interface ConfiguredPeer {
  readonly name: string;
  /** The content of its table `[[peers]]`. */
  readonly toml: string;
}

export class ConfiguredPeers {
  readonly #db: Database;
  /** The rows as this run knows them. */
  readonly #known: Map<string, readonly [peer: ConfiguredPeer, at: Millis]>;

  /** `before`: the table of the previous file of this run. `isWhole`: all of its rows were carried over. */
  constructor(db: Database, before?: ConfiguredPeers, { isWhole = true }: { readonly isWhole?: boolean } = {}) {
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

  /** Deletes a row. False where there is none. */
  remove(name: string): boolean {
    this.#known.delete(name);
    return this.#db.prepare("DELETE FROM configured_peers WHERE name = ?").run(name) > 0;
  }

  #read(): Map<string, readonly [peer: ConfiguredPeer, at: Millis]> {
    return new Map(this.list().map((peer, i) => [peer.name, [peer, i]]));
  }

  /** All rows, in the order in which they were added. */
  list(): ConfiguredPeer[] {
    // The configuration is read before the database is migrated.
    const column = this.#db.prepare("SELECT * FROM configured_peers LIMIT 0").columns.find((name) =>
      nameColumns.includes(name)
    );
    if (column === undefined) return [];
    return this.#db.prepare(`SELECT ${column}, toml FROM configured_peers ORDER BY added_at, rowid`).all()
      .map(([name, toml]) => ({ name: String(name), toml: String(toml) }));
  }
}

/** The names of the column `name`; before schema 5 a peer had its address as name. */
const nameColumns: readonly string[] = ["name", "remote_ip"];

/**
 * Reads the rows before the writer opens the database. Returns none where the file or the table is missing, or where
 * the file belongs to another program: the writer refuses such a file. From a damaged file it returns the readable
 * rows, which the writer carries over. Throws {@link StoreError} where the file cannot be read now.
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
    if (isUnusable(error)) return readablePeers(db);
    throw error;
  } finally {
    db?.close();
  }
}

function readablePeers(db: Database): ConfiguredPeer[] {
  const { columns, rows } = readableRows(db, "configured_peers");
  const [name, toml] = [columns.findIndex((column) => nameColumns.includes(column)), columns.indexOf("toml")];
  return rows.flatMap((row) =>
    typeof row[name] === "string" && typeof row[toml] === "string" ? [{ name: row[name], toml: row[toml] }] : []
  );
}
