/** The table `announcements` of a database that no daemon has open. */

import type { AnnouncementRow, AnnouncementText, Author, DestinationText } from "./announcement.ts";
import { Announcements } from "./announcements.ts";
import { StoreError } from "../../errors.ts";
import { databaseRefusal, schemaVersion } from "../../schema_version.ts";
import { Database } from "../../sqlite.ts";

/** For commands while no daemon runs: a connection that writes `announcements` and no other table. */
export class AnnouncementFile {
  readonly #db: Database;
  readonly #announcements: Announcements;

  /** Throws {@link StoreError} where this program cannot write the database. */
  constructor(path: string, busyTimeoutMs = 5_000) {
    try {
      Deno.statSync(path);
    } catch (cause) {
      throw new StoreError(`there is no database ${path}: a running bgpd creates it`, { cause });
    }
    const refusal = databaseRefusal(path);
    if (refusal !== undefined) throw new StoreError(refusal);
    this.#db = new Database(path, { busyTimeoutMs });
    try {
      const version = Number(this.#db.value("PRAGMA user_version"));
      if (version !== schemaVersion) {
        throw new StoreError(`${path} has schema ${version}, not ${schemaVersion}: start bgpd once to migrate it`);
      }
      this.#announcements = new Announcements(this.#db, { now: Date.now, monotonic: () => performance.now() });
      const peers = this.#db.prepare(
        "SELECT name, remote_ip, description, id FROM peers WHERE id <> 0 AND state <> 'Removed'",
      ).all();
      for (const [name, remoteIp, description, id] of peers) {
        const named = {
          name: String(name),
          remoteIp: remoteIp === null ? undefined : String(remoteIp),
          description: description === null ? undefined : String(description),
          takesAsSets: false,
        };
        this.#announcements.addPeer(named, Number(id));
      }
    } catch (error) {
      this.#db.close();
      throw error;
    }
  }

  /** As {@link Announcements.add}. */
  add(text: AnnouncementText, author: Author): number {
    return this.#announcements.add(text, author);
  }

  /** As {@link Announcements.change}. */
  change(
    texts: readonly AnnouncementText[],
    withdrawals: readonly DestinationText[],
    author: Author,
  ): { readonly ids: readonly number[]; readonly deleted: number } {
    return this.#announcements.change(texts, withdrawals, author);
  }

  /** As {@link Announcements.remove}. */
  remove(withdrawal: DestinationText, author: Author): number {
    return this.#announcements.remove(withdrawal, author);
  }

  /** As {@link Announcements.removeRow}. */
  removeRow(id: number, author: Author): boolean {
    return this.#announcements.removeRow(id, author);
  }

  list(): AnnouncementRow[] {
    return this.#announcements.table.list();
  }

  rowsFor(prefix: string): AnnouncementRow[] {
    return this.#announcements.rowsFor(prefix);
  }

  close(): void {
    this.#db.close();
  }
}
