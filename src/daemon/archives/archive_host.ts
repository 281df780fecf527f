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
  #now: Millis = 0;
  #isRecovered = false;
  /** Records, and a table, that could not be written. */
  #waiting: Uint8Array[] = [];
  #table: (ToArchive & { readonly kind: "table" }) | undefined;
  #isFailing = false;
  #tickIsWaiting = false;
  #work: Promise<void> = Promise.resolve();

  constructor(answer: (message: FromArchive) => void) {
    this.#answer = answer;
  }

  /** Steps follow each other in the order of their messages. */
  handle(message: ToArchive): void {
    if (message.kind === "tick") {
      // A step may take longer than the time between two ticks.
      if (this.#tickIsWaiting) return;
      this.#tickIsWaiting = true;
    }
    this.#work = this.#work.then(() => this.#handle(message)).catch((error) => this.#failed(error));
  }

  async #handle(message: ToArchive): Promise<void> {
    switch (message.kind) {
      case "open":
        this.#files = new ArchiveFiles(message.terms);
        this.#now = message.now;
        return await this.#catchUp();
      case "append":
        this.#waiting.push(message.records);
        return this.#append();
      case "tick":
        this.#tickIsWaiting = false;
        this.#now = message.now;
        await this.#catchUp();
        return this.#succeeded();
      case "table":
        this.#table = message;
        return await this.#writeTable();
      case "close":
        try {
          this.#append();
        } finally {
          this.#files?.close();
          await this.#finish().finally(() => this.#answer({ kind: "closed" }));
        }
        return;
      default:
        message satisfies never;
    }
  }

  /** Does what is to be done; what failed before comes first. */
  async #catchUp(): Promise<void> {
    this.#append();
    this.#files?.tick(this.#now);
    await this.#finish();
    await this.#writeTable();
  }

  #append(): void {
    const files = this.#files;
    if (files === undefined) return;
    if (!this.#isRecovered) files.recover();
    this.#isRecovered = true;
    for (let records = this.#waiting[0]; records !== undefined; records = this.#waiting[0]) {
      files.append(records);
      this.#waiting.shift();
      this.#answer({ kind: "appended" });
    }
  }

  async #writeTable(): Promise<void> {
    if (this.#files === undefined || this.#table === undefined) return;
    const { at, table } = this.#table;
    this.#finished(await this.#files.write(at, tableOf(table)));
    this.#table = undefined;
    this.#retain();
  }

  async #finish(): Promise<void> {
    if (this.#files === undefined) return;
    let count = 0;
    for await (const file of this.#files.finish()) {
      this.#finished(file);
      count++;
    }
    if (count > 0) this.#retain();
  }

  #finished(file: Finished): void {
    this.#answer({ kind: "finished", ...file });
  }

  #retain(): void {
    const paths = this.#files?.retain(this.#now) ?? [];
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
    try {
      // Files that are too old leave room.
      this.#retain();
    } catch {
      // The reason is known already.
    }
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
