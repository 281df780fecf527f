/**
 * Values of the running daemon for the table `daemon`. Like the rows of peers they are collected in memory and written
 * with the next transaction.
 */

import type { Asn, Millis } from "../../types/mod.ts";
import { setDaemonValue } from "../daemon_values.ts";
import type { Database } from "../sqlite.ts";

export class RunValues {
  readonly #db: Database;
  readonly #now: () => Millis;
  #backlog: { rows: number; longestStallMs: Millis; at: Millis } | undefined;
  #aliveAt: Millis | undefined;
  #configuration: { readonly text: string; readonly ownAsn: Asn | undefined } | undefined;

  /** `now`: wall-clock time. */
  constructor(db: Database, now: () => Millis) {
    this.#db = db;
    this.#now = now;
  }

  /** `rows`: rows in memory that are not written yet. `longestStallMs`: how long the main thread did not respond. */
  backlog(rows: number, longestStallMs: Millis): void {
    this.#backlog = { rows, longestStallMs, at: this.#now() };
  }

  /** The text of the configuration in force, and the AS of routes that this speaker originates. */
  configuration(text: string, ownAsn: Asn | undefined): void {
    this.#configuration = { text, ownAsn };
  }

  /** The daemon is alive now. If it is killed, the next run knows from this value since when it was gone. */
  alive(): void {
    this.#aliveAt = this.#now();
  }

  /** True where {@link write} has something to write. */
  get waiting(): boolean {
    return this.#backlog !== undefined || this.#aliveAt !== undefined || this.#configuration !== undefined;
  }

  /** Writes within the open transaction. The values stay until {@link written} reports the commit. */
  write(): void {
    if (this.#aliveAt !== undefined) setDaemonValue(this.#db, "alive_at", this.#aliveAt);
    if (this.#configuration !== undefined) {
      const { text, ownAsn } = this.#configuration;
      setDaemonValue(this.#db, "configuration", text);
      this.#db.prepare("UPDATE peers SET local_as = ? WHERE id = 0").run(ownAsn ?? null);
    }
    if (this.#backlog === undefined) return;
    setDaemonValue(this.#db, "backlog", this.#backlog.rows);
    setDaemonValue(this.#db, "backlog_at", this.#backlog.at);
    setDaemonValue(this.#db, "longest_stall_ms", Math.round(this.#backlog.longestStallMs));
  }

  written(): void {
    this.#backlog = undefined;
    this.#aliveAt = undefined;
    this.#configuration = undefined;
  }
}
