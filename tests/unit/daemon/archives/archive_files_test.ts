/** Files of an archive: whole ones appear at the end of their interval, whatever happened before. */
import assert from "node:assert/strict";
import { gunzipSync, gzipSync, zstdDecompressSync } from "node:zlib";
import { ArchiveFiles, type ArchiveTerms } from "../../../../src/daemon/archives/archive_files.ts";

const start = Date.UTC(2026, 0, 1, 12);

/** A record of this time, in seconds from `start`, with one octet. */
function record(seconds: number, octet = seconds): Uint8Array {
  const bytes = new Uint8Array(13);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, start / 1000 + seconds);
  view.setUint32(8, 1);
  bytes[12] = octet;
  return bytes;
}

const joined = (...records: readonly Uint8Array[]) => Uint8Array.from(records.flatMap((each) => [...each]));

async function withArchive(
  test: (files: (more?: Partial<ArchiveTerms>) => ArchiveFiles, folder: string) => Promise<void>,
): Promise<void> {
  const folder = Deno.makeTempDirSync({ prefix: "bgpd-archive-" });
  const limits = { maxAgeMs: undefined, maxBytes: undefined };
  const terms = { kind: "updates", path: `${folder}/%Y/u.%s.gz`, intervalMs: 60_000, ...limits } as const;
  try {
    await test((more = {}) => new ArchiveFiles({ ...terms, ...more }), folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

async function finished(files: ArchiveFiles): Promise<string[]> {
  const found: string[] = [];
  for await (const { path } of files.finish()) found.push(path);
  return found;
}

/** The records so far become a file. */
async function end(files: ArchiveFiles): Promise<string[]> {
  files.close();
  return await finished(files);
}

const names = (folder: string) => [...Deno.readDirSync(`${folder}/2026`)].map(({ name }) => name).sort();
const nameOf = (seconds: number) => `u.${start / 1000 + seconds}.gz`;
const contents = (folder: string, seconds: number) =>
  gunzipSync(Deno.readFileSync(`${folder}/2026/${nameOf(seconds)}`));

Deno.test("records go to the file of their interval; a file appears when its interval is over", () =>
  withArchive(async (open, folder) => {
    const files = open();
    files.append(joined(record(1), record(59)));
    assert.deepEqual(await finished(files), []);
    assert.deepEqual(names(folder), [`${nameOf(0)}.part`]);
    files.append(joined(record(59, 7), record(61), record(125)));
    assert.deepEqual(await finished(files), [`${folder}/2026/${nameOf(0)}`, `${folder}/2026/${nameOf(60)}`]);
    assert.deepEqual([...contents(folder, 0)], [...joined(record(1), record(59), record(59, 7))]);
    assert.deepEqual([...contents(folder, 60)], [...record(61)]);
    // A record that comes late goes to the file that is open.
    files.append(record(119));
    await end(files);
    assert.deepEqual([...contents(folder, 120)], [...joined(record(125), record(119))]);
    assert.deepEqual(names(folder), [0, 60, 120].map(nameOf));
  }));

Deno.test("without any record each interval has a file, too", () =>
  withArchive(async (open, folder) => {
    const files = open();
    files.tick(start + 5_000);
    files.tick(start + 59_000);
    assert.deepEqual(names(folder), [`${nameOf(0)}.part`]);
    files.tick(start + 60_000);
    await finished(files);
    assert.deepEqual(names(folder), [nameOf(0), `${nameOf(60)}.part`]);
    assert.equal(contents(folder, 0).length, 0);
    await end(files);
  }));

Deno.test("what a killed run left is finished: whole records stay, a piece of one is cut off", () =>
  withArchive(async (open, folder) => {
    Deno.mkdirSync(`${folder}/2026`);
    Deno.writeFileSync(`${folder}/2026/${nameOf(0)}.part`, joined(record(1), record(2), record(3).subarray(0, 12)));
    Deno.writeFileSync(`${folder}/2026/${nameOf(60)}.part`, joined(record(61), Uint8Array.of(1, 2)));
    Deno.writeTextFileSync(`${folder}/2026/${nameOf(0)}.tmp`, "half");
    Deno.writeTextFileSync(`${folder}/2026/other.part`, "not ours");
    const files = open();
    files.recover();
    files.tick(start + 70_000);
    assert.deepEqual(await finished(files), [`${folder}/2026/${nameOf(0)}`]);
    assert.deepEqual([...contents(folder, 0)], [...joined(record(1), record(2))]);
    // The interval of now goes on.
    files.append(record(75));
    await end(files);
    assert.deepEqual([...contents(folder, 60)], [...joined(record(61), record(75))]);
    assert.deepEqual(names(folder), ["other.part", nameOf(0), nameOf(60)]);
  }));

Deno.test("a restart within an interval continues its file", () =>
  withArchive(async (open, folder) => {
    for (const seconds of [1, 2]) {
      const files = open();
      files.recover();
      files.tick(start + 1_000 * seconds);
      files.append(record(seconds));
      await end(files);
    }
    assert.deepEqual([...contents(folder, 0)], [...joined(record(1), record(2))]);
  }));

Deno.test("zstd, and no compression", () =>
  withArchive(async (open, folder) => {
    for (const ending of ["zst", "mrt"]) {
      const files = open({ path: `${folder}/u.%s.${ending}` });
      files.append(record(1));
      files.close();
      const { value: whole } = await files.finish().next();
      const bytes = Deno.readFileSync(whole!.path);
      assert.equal(whole!.octets, bytes.length);
      assert.deepEqual([...ending === "zst" ? zstdDecompressSync(bytes) : bytes], [...record(1)]);
    }
  }));

Deno.test("the oldest files go, by age and by size; other files stay", () =>
  withArchive(async (open, folder) => {
    const files = open();
    for (const seconds of [0, 60, 120, 180]) files.append(record(seconds));
    await end(files);
    Deno.writeTextFileSync(`${folder}/2026/notes.txt`, "mine");
    assert.deepEqual(open().retain(start + 1e9), []);
    assert.equal(open({ maxAgeMs: 100_000 }).retain(start + 181_000).length, 2);
    assert.deepEqual(names(folder), ["notes.txt", nameOf(120), nameOf(180)]);
    const { size } = Deno.statSync(`${folder}/2026/${nameOf(180)}`);
    assert.deepEqual(open({ maxBytes: size }).retain(start), [`${folder}/2026/${nameOf(120)}`]);
    assert.deepEqual(names(folder), ["notes.txt", nameOf(180)]);
    assert.deepEqual(open({ maxBytes: 1 }).retain(start + 1e9), [], "the newest stays");
  }));

Deno.test("where a file cannot be made whole, its part stays and is tried again, without a restart", () =>
  withArchive(async (open, folder) => {
    const files = open();
    files.append(record(1));
    // A folder stands in its place.
    Deno.mkdirSync(`${folder}/2026/${nameOf(0)}`);
    files.tick(start + 61_000);
    files.append(joined(record(62), record(121)));
    await assert.rejects(finished(files));
    assert.deepEqual(names(folder), [nameOf(0), `${nameOf(0)}.part`, nameOf(60), `${nameOf(120)}.part`]);
    Deno.removeSync(`${folder}/2026/${nameOf(0)}`);
    assert.deepEqual(await finished(files), [`${folder}/2026/${nameOf(0)}`]);
    assert.deepEqual([...contents(folder, 0)], [...record(1)]);
    await end(files);
  }));

Deno.test("records whose file cannot be opened are written once when it can be, beside those before them", () =>
  withArchive(async (open, folder) => {
    const files = open({ path: `${folder}/%M/u.%s.gz` });
    const records = joined(record(1), record(2), record(61));
    Deno.writeTextFileSync(`${folder}/01`, "a file where the folder has to be");
    assert.throws(() => files.append(records));
    assert.throws(() => files.append(records));
    Deno.removeSync(`${folder}/01`);
    files.append(records);
    await end(files);
    const read = (path: string) => [...gunzipSync(Deno.readFileSync(`${folder}/${path}`))];
    assert.deepEqual(read(`00/${nameOf(0)}`), [...joined(record(1), record(2))]);
    assert.deepEqual(read(`01/${nameOf(60)}`), [...record(61)]);
  }));

Deno.test("wherever a kill comes while a part becomes a file, each record is in the file once", () =>
  withArchive(async (open, folder) => {
    const path = `${folder}/2026/${nameOf(0)}`;
    const before = gzipSync(record(1)), whole = Uint8Array.from([...before, ...gzipSync(record(2))]);
    // An earlier run began the interval; then: only the part, a piece of the file, all of it, the file renamed.
    const steps = [
      { "": before, ".part": record(2) },
      { "": before, ".part": record(2), ".tmp": whole.subarray(0, 30) },
      { "": before, ".packed": record(2), ".tmp": whole },
      { "": whole, ".packed": record(2) },
    ];
    for (const [i, step] of steps.entries()) {
      Deno.mkdirSync(`${folder}/2026`, { recursive: true });
      for (const [ending, bytes] of Object.entries(step)) Deno.writeFileSync(path + ending, bytes);
      const files = open();
      files.recover();
      await finished(files);
      assert.deepEqual([...contents(folder, 0)], [...joined(record(1), record(2))], `step ${i}`);
      assert.deepEqual(names(folder), [nameOf(0)]);
      Deno.removeSync(`${folder}/2026`, { recursive: true });
    }
  }));

Deno.test("zeros that a loss of power leaves at the end of a part are no records", () =>
  withArchive(async (open, folder) => {
    Deno.mkdirSync(`${folder}/2026`);
    Deno.writeFileSync(`${folder}/2026/${nameOf(0)}.part`, joined(record(1), new Uint8Array(4096)));
    const files = open();
    files.recover();
    await finished(files);
    assert.deepEqual([...contents(folder, 0)], [...record(1)]);
  }));

Deno.test("half a table goes; a table takes the place of one with its name", () =>
  withArchive(async (open, folder) => {
    const files = open({ kind: "table" });
    await files.write(start, [record(0), record(0)]);
    Deno.writeFileSync(`${folder}/2026/${nameOf(60)}.part`, record(60));
    files.recover();
    files.tick(start + 200_000);
    assert.deepEqual(await finished(files), []);
    assert.deepEqual(names(folder), [nameOf(0)]);
    await files.write(start, [record(5)]);
    assert.deepEqual([...contents(folder, 0)], [...record(5)]);
  }));
