/**
 * The work of one archive, step by step in its worker: a disk that is slow or full delays nobody else. Records that
 * cannot be written are tried again with each tick, and no more records come meanwhile.
 */

import { exportTable } from "../../control/mrt/export.ts";
import { StoreReader } from "../../store/read/reader.ts";
import { maskHas, type Millis } from "../../types/mod.ts";
import { ArchiveFiles, type Finished } from "./archive_files.ts";
import type { FromArchive, TableQuestion, ToArchive } from "./archive_messages.ts";

export class ArchiveHost {
  readonly #answer: (message: FromArchive) => void;
  #files: ArchiveFiles | undefined;
  /** Records, and a table, that could not be written. */
  #waiting: Uint8Array[] = [];
  #table: (ToArchive & { readonly kind: "table" }) | undefined;
  #isFailing = false;
  #work: Promise<void> = Promise.resolve();

  constructor(answer: (message: FromArchive) => void) {
    this.#answer = answer;
  }

  /** Steps follow each other in the order of their messages. */
  handle(message: ToArchive): void {
    this.#work = this.#work.then(() => this.#handle(message)).catch((error) => this.#failed(error));
  }

  async #handle(message: ToArchive): Promise<void> {
    if (message.kind === "open") {
      this.#files = new ArchiveFiles(message.terms);
      return this.#finished(await this.#files.recover(message.now));
    }
    const files = this.#files;
    if (files === undefined) return;
    switch (message.kind) {
      case "append":
        this.#waiting.push(message.records);
        return await this.#append(files);
      case "tick":
        await this.#append(files);
        if (message.isUpdates) this.#finished(await files.tick(message.now), message.now);
        await this.#writeTable(files);
        return this.#succeeded();
      case "table":
        this.#table = message;
        return await this.#writeTable(files);
      case "close":
        try {
          await this.#append(files);
          this.#finished(await files.close());
        } finally {
          this.#answer({ kind: "closed" });
        }
        return;
    }
  }

  async #append(files: ArchiveFiles): Promise<void> {
    for (let records = this.#waiting[0]; records !== undefined; records = this.#waiting[0]) {
      this.#finished(await files.append(records));
      this.#waiting.shift();
      this.#answer({ kind: "appended" });
    }
  }

  async #writeTable(files: ArchiveFiles): Promise<void> {
    if (this.#table === undefined) return;
    const { at, table } = this.#table;
    this.#finished([await files.write(at, tableOf(table))], at);
    this.#table = undefined;
  }

  #finished(files: readonly Finished[], now?: Millis): void {
    for (const file of files) this.#answer({ kind: "finished", ...file });
    if (files.length === 0 || now === undefined) return;
    const paths = this.#files!.retain(now);
    if (paths.length > 0) this.#answer({ kind: "deleted", paths });
  }

  #succeeded(): void {
    if (!this.#isFailing) return;
    this.#isFailing = false;
    this.#answer({ kind: "failing", reason: undefined });
  }

  #failed(error: unknown): void {
    this.#isFailing = true;
    this.#answer({ kind: "failing", reason: error instanceof Error ? error.message : String(error) });
  }
}

/** The records of a table: the routes of the database as received, all of one moment. */
function* tableOf({ database, peers, families }: TableQuestion): Generator<Uint8Array> {
  const reader = new StoreReader(database);
  try {
    reader.freeze();
    const ids = peers === undefined ? undefined : idsOf(reader, peers);
    const options = { time: reader.writtenTo, isReceived: true, ids, step: () => {} };
    yield* exportTable(reader, { ...options, isWanted: (family) => maskHas(families, family) });
  } finally {
    reader.close();
  }
}

function idsOf(reader: StoreReader, wanted: readonly string[]): number[] {
  return [...reader.sql("SELECT id, name, peer_group FROM peers WHERE id > 0").rows].flatMap(([id, name, groups]) =>
    wanted.includes(String(name)) || String(groups ?? "").split(",").some((group) => wanted.includes(group.trim()))
      ? [Number(id)]
      : []
  );
}
