/**
 * The files of one archive. Records are added to a part file, uncompressed: whatever ends the program, the part file
 * holds whole records and at most a piece of the last one. When the interval is over, it becomes the file of the
 * archive in one step: compressed under another name, written through to the disk, renamed.
 */

import { createReadStream, createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { createGzip, createZstdCompress } from "node:zlib";
import type { Millis } from "../../types/mod.ts";
import { pathAt, rootOf, timeOf } from "./archive_path.ts";

const part = ".part", unfinished = ".tmp";
const recordHeaderBytes = 12;
const chunkBytes = 1 << 16;

export interface ArchiveTerms {
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

  constructor(terms: ArchiveTerms) {
    this.#terms = terms;
  }

  /** When the interval of a time begins. */
  startOf(at: Millis): Millis {
    return at - at % this.#terms.intervalMs;
  }

  /** Finishes what an earlier run left; the interval of now goes on. Returns the files. */
  async recover(now: Millis): Promise<Finished[]> {
    const found: Finished[] = [], files = filesBelow(rootOf(this.#terms.path));
    for (const path of files) {
      if (path.endsWith(unfinished) && this.#isOurs(path.slice(0, -unfinished.length))) Deno.removeSync(path);
    }
    for (const path of files) {
      if (!path.endsWith(part)) continue;
      const target = path.slice(0, -part.length), start = timeOf(this.#terms.path, target);
      if (start === undefined) continue;
      cutToRecords(path);
      if (start !== this.startOf(now)) found.push(await finish(path, target));
    }
    return found;
  }

  /** Adds whole records, back to back; each belongs to the interval of its time. Returns the files that are whole. */
  async append(records: Uint8Array): Promise<Finished[]> {
    const finished: Finished[] = [];
    const view = new DataView(records.buffer, records.byteOffset, records.length);
    let from = 0;
    for (let at = 0; at < records.length; at += recordHeaderBytes + view.getUint32(at + 8)) {
      const start = this.startOf(1000 * view.getUint32(at));
      if (this.#current !== undefined && start <= this.#current.start) continue;
      this.#write(records.subarray(from, at));
      from = at;
      finished.push(...await this.#begin(start));
    }
    this.#write(records.subarray(from));
    return finished;
  }

  /** Time passes: the file of an interval that is over becomes whole, and that of the present one begins. */
  tick(now: Millis): Promise<Finished[]> {
    const start = this.startOf(now);
    return this.#current !== undefined && start <= this.#current.start ? Promise.resolve([]) : this.#begin(start);
  }

  /** Writes a whole file for a time, from these parts. */
  async write(at: Millis, parts: Iterable<Uint8Array>): Promise<Finished> {
    const path = pathAt(this.#terms.path, at);
    makeFolder(path);
    const file = Deno.openSync(path + part, { write: true, create: true, truncate: true });
    try {
      for (const each of parts) writeAll(file, each);
    } catch (error) {
      removeIfThere(path + part);
      throw error;
    } finally {
      file.close();
    }
    return await finish(path + part, path);
  }

  /** The records so far become a file. */
  async close(): Promise<Finished[]> {
    const current = this.#current;
    this.#current = undefined;
    if (current === undefined) return [];
    current.file.close();
    return [await finish(current.path + part, current.path)];
  }

  /** Deletes the oldest files of the archive, as far as the limits say. Returns their paths. */
  retain(now: Millis): string[] {
    const { path, maxAgeMs = Infinity, maxBytes = Infinity } = this.#terms;
    if (maxAgeMs === Infinity && maxBytes === Infinity) return [];
    const files = filesBelow(rootOf(path)).flatMap((file) => {
      const at = timeOf(path, file);
      return at === undefined ? [] : [{ file, at, octets: Deno.statSync(file).size }];
    }).sort((a, b) => a.at - b.at);
    let octets = files.reduce((sum, each) => sum + each.octets, 0);
    const gone = files.filter((each) => {
      const isTooMuch = each.at < now - maxAgeMs || octets > maxBytes;
      if (isTooMuch) octets -= each.octets;
      return isTooMuch;
    });
    for (const { file } of gone) Deno.removeSync(file);
    return gone.map(({ file }) => file);
  }

  #isOurs(path: string): boolean {
    return timeOf(this.#terms.path, path) !== undefined;
  }

  async #begin(start: Millis): Promise<Finished[]> {
    const finished = await this.close();
    const path = pathAt(this.#terms.path, start);
    makeFolder(path);
    const file = Deno.openSync(path + part, { create: true, append: true });
    this.#current = { start, path, file };
    return finished;
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

/** The file gets its name when it is whole. A file of that name is continued: an earlier run began the interval. */
async function finish(from: string, target: string): Promise<Finished> {
  const temporary = target + unfinished;
  try {
    await compress(from, target, temporary);
    const file = Deno.openSync(temporary, { read: true });
    const { size: octets } = file.statSync();
    file.syncSync();
    file.close();
    Deno.renameSync(temporary, target);
    Deno.removeSync(from);
    return { path: target, octets };
  } catch (error) {
    removeIfThere(temporary);
    throw error;
  }
}

/** Members of gzip and frames of zstd stand one behind the other, as plain records do. */
async function compress(from: string, target: string, temporary: string): Promise<void> {
  let flags = "w";
  try {
    Deno.copyFileSync(target, temporary);
    flags = "a";
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error;
  }
  const source = createReadStream(from, { highWaterMark: chunkBytes });
  const sink = createWriteStream(temporary, { flags });
  if (target.endsWith(".gz")) await pipeline(source, createGzip(), sink);
  else if (target.endsWith(".zst")) await pipeline(source, createZstdCompress(), sink);
  else await pipeline(source, sink);
}

/** A run that was killed may leave a piece of a record at the end. */
function cutToRecords(path: string): void {
  using file = Deno.openSync(path, { read: true, write: true });
  const { size } = file.statSync(), header = new Uint8Array(recordHeaderBytes);
  let at = 0;
  while (at + recordHeaderBytes <= size) {
    file.seekSync(at, Deno.SeekMode.Start);
    if (file.readSync(header) !== recordHeaderBytes) break;
    const end = at + recordHeaderBytes + new DataView(header.buffer).getUint32(8);
    if (end > size) break;
    at = end;
  }
  if (at < size) file.truncateSync(at);
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

function removeIfThere(path: string): void {
  try {
    Deno.removeSync(path);
  } catch {
    // It was not there.
  }
}
