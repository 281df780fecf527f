/** The table `daemon`: values of the running daemon by name (schema.sql lists them). */

import type { Database, SqlValue } from "./sqlite.ts";

/** `null` where the table has no such value. */
export function daemonValue(db: Database, key: string): SqlValue {
  return db.value("SELECT value FROM daemon WHERE key = ?", key);
}

/** The same as a number; 0 where the table has no such value. */
export function daemonNumber(db: Database, key: string): number {
  return Number(daemonValue(db, key) ?? 0);
}

export function setDaemonValue(db: Database, key: string, value: SqlValue): void {
  db.prepare("INSERT INTO daemon(key, value) VALUES(?, ?) ON CONFLICT(key) DO UPDATE SET value = excluded.value")
    .run(key, value);
}

export function deleteDaemonValue(db: Database, key: string): void {
  db.prepare("DELETE FROM daemon WHERE key = ?").run(key);
}
