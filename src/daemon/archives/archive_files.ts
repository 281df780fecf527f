/**
 * The files of one archive. Records are added to a part file, uncompressed: whatever ends the program, the part file
 * holds whole records and at most a piece of the last one. When the interval is over, it becomes the file of the
 * archive (`part_file.ts`). What cannot be done is tried again: nothing is written twice.
 */

import type { Millis } from "../../types/mod.ts";
import { pathAt, rootOf, timeOf } from "./archive_path.ts";
import { complete, cutToRecords, packed, part, recordsIn, removeIfThere, settle, temporary } from "./part_file.ts";

export interface ArchiveTerms {
  readonly kind: "updates" | "table";
  readonly path: string;
  readonly intervalMs: Millis;
  readonly maxAgeMs: Millis | undefined;
  readonly maxBytes: number | undefined;
}

/** A file that stands under its name now. */
export interface Finished {
  readonly path: string;
  readonly octets: number;
}

export class ArchiveFiles {
  readonly #terms: ArchiveTerms;
  /** The file to which records are added. */
  #current: { readonly start: Millis; readonly path: string; readonly file: Deno.FsFile } | undefined;
  /** Octets of the records at hand that stand in a part: an attempt to add the others failed. */
  #appended = 0;
  /** Paths whose parts get no more records. */
  readonly #ended = new Set<string>();

  constructor(terms: ArchiveTerms) {
    this.#terms = terms;
  }

  /** What an earlier run left is for {@link finish}, unless records of its interval follow; half a table goes. */
  recover(): void {
    const left = new Map<string, string[]>();
    for (const file of filesBelow(rootOf(this.#terms.path))) {
      const ending = [part, packed, temporary].find((each) => file.endsWith(each));
      if (ending === undefined) continue;
      const target = file.slice(0, -ending.length);
      left.set(target, [...left.get(target) ?? [], ending]);
    }
    for (const [target, endings] of left) {
      if (timeOf(this.#terms.path, target) === undefined) continue;
      settle(target);
      if (!endings.includes(part)) continue;
      if (this.#terms.kind === "table") removeIfThere(target + part);
      else {
        cutToRecords(target + part);
        this.#ended.add(target);
      }
    }
  }

  /** Adds whole records, back to back; each belongs to the interval of its time. After a failure: the same again. */
  append(records: Uint8Array): void {
    for (const { at, seconds } of recordsIn(records, this.#appended)) {
      const start = this.#startOf(1000 * seconds);
      if (this.#current !== undefined && start <= this.#current.start) continue;
      this.#write(records.subarray(this.#appended, at));
      this.#appended = at;
      this.#begin(start);
    }
    this.#write(records.subarray(this.#appended));
    this.#appended = 0;
  }

  /** Time passes: after the end of an interval, the next file of updates begins. */
  tick(now: Millis): void {
    if (this.#terms.kind === "table") return;
    const start = this.#startOf(now);
    if (this.#current === undefined || start > this.#current.start) this.#begin(start);
  }

  /** The records so far are for {@link finish}. */
  close(): void {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return;
    this.#ended.add(current.path);
    current.file.close();
  }

  /** Makes whole files of the parts of the intervals that are over. */
  async *finish(): AsyncGenerator<Finished, void, undefined> {
    const failures: unknown[] = [];
    for (const path of this.#ended) {
      if (path === this.#current?.path) continue;
      try {
        const octets = await complete(path, true);
        this.#ended.delete(path);
        if (octets !== undefined) yield { path, octets };
      } catch (error) {
        failures.push(error);
      }
    }
    if (failures.length > 0) throw failures[0];
  }

  /** Writes a whole file for a time, from these pieces. */
  async write(at: Millis, pieces: Iterable<Uint8Array>): Promise<Finished> {
    const path = pathAt(this.#terms.path, at);
    makeFolder(path);
    try {
      using file = Deno.openSync(path + part, { write: true, create: true, truncate: true });
      for (const each of pieces) writeAll(file, each);
    } catch (error) {
      removeIfThere(path + part);
      throw error;
    }
    return { path, octets: await complete(path, false) ?? 0 };
  }

  /** Deletes the oldest files of the archive, as far as the limits say, and never the newest. Returns their paths. */
  retain(now: Millis): string[] {
    const { path, maxAgeMs = Infinity, maxBytes = Infinity } = this.#terms;
    if (maxAgeMs === Infinity && maxBytes === Infinity) return [];
    const files = filesBelow(rootOf(path)).flatMap((file) => {
      const at = timeOf(path, file);
      return at === undefined ? [] : [{ file, at, octets: Deno.statSync(file).size }];
    }).sort((a, b) => a.at - b.at);
    let octets = files.reduce((sum, each) => sum + each.octets, 0);
    const gone = files.slice(0, -1).filter((each) => {
      const isTooMuch = each.at < now - maxAgeMs || octets > maxBytes;
      if (isTooMuch) octets -= each.octets;
      return isTooMuch;
    });
    for (const { file } of gone) Deno.removeSync(file);
    return gone.map(({ file }) => file);
  }

  #startOf(at: Millis): Millis {
    return at - at % this.#terms.intervalMs;
  }

  #begin(start: Millis): void {
    this.close();
    const path = pathAt(this.#terms.path, start);
    makeFolder(path);
    const file = Deno.openSync(path + part, { create: true, append: true });
    this.#current = { start, path, file };
  }

  /** Where only a piece could be written, the file is as before. */
  #write(records: Uint8Array): void {
    const current = this.#current;
    if (current === undefined || records.length === 0) return;
    const { size } = current.file.statSync();
    try {
      writeAll(current.file, records);
    } catch (error) {
      current.file.truncateSync(size);
      throw error;
    }
  }
}

function writeAll(file: Deno.FsFile, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += file.writeSync(bytes.subarray(at));
}

function makeFolder(path: string): void {
  const slash = path.lastIndexOf("/");
  if (slash > 0) Deno.mkdirSync(path.slice(0, slash), { recursive: true });
}

/** All files in a folder and those inside it, as paths that begin like the folder. */
function filesBelow(folder: string): string[] {
  const found: string[] = [];
  const prefix = folder === "./" ? "" : folder;
  const walk = (path: string) => {
    let entries: Deno.DirEntry[];
    try {
      entries = [...Deno.readDirSync(path === "" ? "." : path)];
    } catch {
      return;
    }
    for (const { name, isDirectory, isFile } of entries) {
      if (isDirectory) walk(`${path}${name}/`);
      else if (isFile) found.push(path + name);
    }
  };
  walk(prefix);
  return found;
}
