/**
 * Announcements while no daemon runs: rows of the table `announcements`, which the daemon reads when it starts. A
 * command loads this file only then, because it loads the whole store.
 */

import {
  AnnouncementFile,
  type AnnouncementRow,
  type AnnouncementSource,
  type AnnouncementText,
  type Author,
  type DestinationText,
  shownRow,
  StoreError,
} from "../../../store/mod.ts";
import type { AnnouncementView } from "../../schema/announcement.ts";
import { CommandError } from "../command.ts";
import { operator } from "../operator.ts";

/** Writes the row of a route; returns it as it is in the table. */
export function addRow(
  database: string,
  text: AnnouncementText,
  source: AnnouncementSource = "command",
): AnnouncementView | undefined {
  return withFile(database, (file) => {
    const id = file.add(text, author(source));
    const row = file.list().find((each) => each.id === id);
    return row && withoutDaemon(row);
  });
}

/** Writes many changes: all or none. Returns how many rows the withdrawals found. */
export function changeRows(
  database: string,
  announce: readonly AnnouncementText[],
  withdraw: readonly DestinationText[],
): number {
  return withFile(database, (file) => file.change(announce, withdraw, author()).deleted);
}

/** Deletes the rows for one destination and peer; returns how many there were. */
export function withdrawRows(database: string, what: DestinationText): number {
  return withFile(database, (file) => file.remove(what, author()));
}

/** Deletes one row, if it is there. */
export function removeRow(database: string, id: number, source: AnnouncementSource): void {
  withFile(database, (file) => file.removeRow(id, author(source)));
}

/** All rows, or those of a prefix. */
export function listRows(database: string, prefix: string | undefined): AnnouncementView[] {
  return withFile(database, (file) => (prefix === undefined ? file.list() : file.rowsFor(prefix)).map(withoutDaemon));
}

function author(source: AnnouncementSource = "command"): Author {
  return { source, client: operator() };
}

/** A row of the table while no daemon runs: it is announced to no peer. */
export function withoutDaemon({ isExpired, ...row }: AnnouncementRow): AnnouncementView {
  const state = isExpired ? "expired" : row.error === null ? "pending" : "refused";
  return { ...shownRow(row), state, sentTo: 0, peers: 0, notSent: [] };
}

/** Opens the table, runs `work` and closes it. A {@link StoreError} becomes a {@link CommandError}. */
function withFile<T>(database: string, work: (file: AnnouncementFile) => T): T {
  let file: AnnouncementFile | undefined;
  try {
    file = new AnnouncementFile(database);
    return work(file);
  } catch (error) {
    if (!(error instanceof StoreError)) throw error;
    const isNew = file === undefined && error.cause instanceof Deno.errors.NotFound;
    throw new CommandError(
      isNew
        ? `there is no database ${database}: start bgpd once to create it, or name another one with --database`
        : error.message,
    );
  } finally {
    file?.close();
  }
}
