/** Files of an archive: whole ones appear at the end of their interval, whatever happened before. */
import assert from "node:assert/strict";
import { gunzipSync, zstdDecompressSync } from "node:zlib";
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
  const terms = { path: `${folder}/%Y/u.%s.gz`, intervalMs: 60_000, maxAgeMs: undefined, maxBytes: undefined };
  try {
    await test((more = {}) => new ArchiveFiles({ ...terms, ...more }), folder);
  } finally {
    Deno.removeSync(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(`${folder}/2026`)].map(({ name }) => name).sort();
const nameOf = (seconds: number) => `u.${start / 1000 + seconds}.gz`;
const contents = (folder: string, seconds: number) =>
  gunzipSync(Deno.readFileSync(`${folder}/2026/${nameOf(seconds)}`));

Deno.test("records go to the file of their interval; a file appears when its interval is over", () =>
  withArchive(async (open, folder) => {
    const files = open();
    assert.deepEqual(await files.append(joined(record(1), record(59))), []);
    assert.deepEqual(names(folder), [`${nameOf(0)}.part`]);
    const whole = await files.append(joined(record(59, 7), record(61), record(125)));
    assert.deepEqual(whole.map(({ path }) => path), [`${folder}/2026/${nameOf(0)}`, `${folder}/2026/${nameOf(60)}`]);
    assert.deepEqual([...contents(folder, 0)], [...joined(record(1), record(59), record(59, 7))]);
    assert.deepEqual([...contents(folder, 60)], [...record(61)]);
    // A record that comes late goes to the file that is open.
    await files.append(record(119));
    await files.close();
    assert.deepEqual([...contents(folder, 120)], [...joined(record(125), record(119))]);
    assert.deepEqual(names(folder), [0, 60, 120].map(nameOf));
  }));

Deno.test("without any record each interval has a file, too", () =>
  withArchive(async (open, folder) => {
    const files = open();
    await files.tick(start + 5_000);
    await files.tick(start + 59_000);
    assert.deepEqual(names(folder), [`${nameOf(0)}.part`]);
    await files.tick(start + 60_000);
    assert.deepEqual(names(folder), [nameOf(0), `${nameOf(60)}.part`]);
    assert.equal(contents(folder, 0).length, 0);
    await files.close();
  }));

Deno.test("what a killed run left is finished: whole records stay, a piece of one is cut off", () =>
  withArchive(async (open, folder) => {
    Deno.mkdirSync(`${folder}/2026`);
    Deno.writeFileSync(`${folder}/2026/${nameOf(0)}.part`, joined(record(1), record(2), record(3).subarray(0, 12)));
    Deno.writeFileSync(`${folder}/2026/${nameOf(60)}.part`, joined(record(61), Uint8Array.of(1, 2)));
    Deno.writeTextFileSync(`${folder}/2026/${nameOf(0)}.tmp`, "half");
    Deno.writeTextFileSync(`${folder}/2026/other.part`, "not ours");
    const files = open();
    await files.recover(start + 70_000);
    assert.deepEqual([...contents(folder, 0)], [...joined(record(1), record(2))]);
    // The interval of now goes on.
    await files.append(record(75));
    await files.close();
    assert.deepEqual([...contents(folder, 60)], [...joined(record(61), record(75))]);
    assert.deepEqual(names(folder), ["other.part", nameOf(0), nameOf(60)]);
  }));

Deno.test("a restart within an interval continues its file", () =>
  withArchive(async (open, folder) => {
    for (const seconds of [1, 2]) {
      const files = open();
      await files.recover(start + 1_000 * seconds);
      await files.append(record(seconds));
      await files.close();
    }
    assert.deepEqual([...contents(folder, 0)], [...joined(record(1), record(2))]);
  }));

Deno.test("zstd, and no compression", () =>
  withArchive(async (open, folder) => {
    for (const ending of ["zst", "mrt"]) {
      const files = open({ path: `${folder}/u.%s.${ending}` });
      await files.append(record(1));
      const [whole] = await files.close();
      const bytes = Deno.readFileSync(whole!.path);
      assert.equal(whole!.octets, bytes.length);
      assert.deepEqual([...ending === "zst" ? zstdDecompressSync(bytes) : bytes], [...record(1)]);
    }
  }));

Deno.test("the oldest files go, by age and by size; other files stay", () =>
  withArchive(async (open, folder) => {
    const files = open();
    for (const seconds of [0, 60, 120, 180]) await files.append(record(seconds));
    await files.close();
    Deno.writeTextFileSync(`${folder}/2026/notes.txt`, "mine");
    assert.deepEqual(open().retain(start + 1e9), []);
    assert.equal(open({ maxAgeMs: 100_000 }).retain(start + 181_000).length, 2);
    assert.deepEqual(names(folder), ["notes.txt", nameOf(120), nameOf(180)]);
    const { size } = Deno.statSync(`${folder}/2026/${nameOf(180)}`);
    assert.deepEqual(open({ maxBytes: size }).retain(start), [`${folder}/2026/${nameOf(120)}`]);
    assert.deepEqual(names(folder), ["notes.txt", nameOf(180)]);
  }));

Deno.test("where a file cannot be made whole, its part stays and is tried again", () =>
  withArchive(async (open, folder) => {
    const files = open();
    await files.append(record(1));
    // A folder stands in its place.
    Deno.mkdirSync(`${folder}/2026/${nameOf(0)}`);
    await assert.rejects(files.close());
    assert.deepEqual(names(folder), [nameOf(0), `${nameOf(0)}.part`]);
    Deno.removeSync(`${folder}/2026/${nameOf(0)}`);
    await files.recover(start + 60_000);
    assert.deepEqual([...contents(folder, 0)], [...record(1)]);
  }));
