/**
 * The project's own MRT files, one for each kind of record: shown, imported, exported and replayed. The expected lines
 * are made from the same facts as the files. Where bgpdump is installed, it has to print these lines, too.
 */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { ensureBgpd } from "../support/bgpd.ts";
import { ownMrtFiles, updates } from "../support/mrt/files.ts";
import { findProgram } from "../support/process.ts";
import { withCanonicalAddresses } from "./mrt_lines.ts";
import { assertSameLines, bgpd, bgpdump, dumpedLines, importAndExport, replay, shownLines } from "./mrt_round_trip.ts";

const required = Deno.env.get("BGPD_REQUIRE_PEERS") === "1";
if (bgpdump === undefined && !required) console.error("SKIPPED: own MRT files against bgpdump: it is not installed");

async function inFolder(run: (folder: string) => Promise<void>): Promise<void> {
  await ensureBgpd();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-own-mrt-" });
  try {
    await run(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const { name, bytes, lines, bgpdumpReads } of ownMrtFiles()) {
  Deno.test(`${name}: shown, imported, exported and replayed`, async (t) => {
    await inFolder(async (folder) => {
      assert.ok(lines.length > 100, `${lines.length} lines`);
      const path = `${folder}/${name}`;
      await Deno.writeFile(path, bytes);
      await t.step("shown", async () => assertSameLines(await shownLines(path), lines.map(withCanonicalAddresses)));
      if (bgpdumpReads && (bgpdump !== undefined || required)) {
        const theirs = await dumpedLines(path);
        await t.step("shown as bgpdump shows it", () => assertSameLines(theirs, lines.map(withCanonicalAddresses)));
      }
      await t.step("imported and exported", () => importAndExport(path, lines, { linesOf: shownLines }));
      await t.step("replayed", () => replay(path, lines));
    });
  });
}

const { bytes: plain, lines } = updates({ asnBytes: 4, addPath: false });

for (const program of ["gzip", "bzip2"]) {
  Deno.test({
    name: `a file packed by ${program} is shown as the plain one is`,
    ignore: findProgram(program) === undefined && !required,
    fn: () =>
      inFolder(async (folder) => {
        const path = `${folder}/updates`;
        await Deno.writeFile(path, plain);
        const packed = await new Deno.Command(program, { args: ["-c", path] }).output();
        await Deno.writeFile(`${path}.packed`, packed.stdout);
        assertSameLines(await shownLines(`${path}.packed`), lines);
      }),
  });
}

/** Where the last record starts. */
function lastRecord(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  let at = 0;
  for (;;) {
    const next = at + 12 + view.getUint32(at + 8);
    if (next >= bytes.length) return at;
    at = next;
  }
}

Deno.test("what precedes the tear of a file is shown and imported, and the offset of the tear is reported", () =>
  inFolder(async (folder) => {
    const path = `${folder}/torn`;
    await Deno.writeFile(path, plain.subarray(0, plain.length - 5));
    // The last record is a withdrawal or a state change, which has one line.
    assertSameLines(await shownLines(path, 1), lines.slice(0, -1));
    const { code, stderr } = await bgpd("mrt", "show", "--peers", path);
    assert.equal(code, 1);
    assert.match(stderr, new RegExp(`damaged at offset ${lastRecord(plain)}`));
    await importAndExport(path, lines.slice(0, -1), { code: 1, linesOf: shownLines });
  }));

Deno.test("a torn gzip file is read to the tear", () =>
  inFolder(async (folder) => {
    const path = `${folder}/torn.gz`;
    const packed = gzipSync(plain);
    await Deno.writeFile(path, packed.subarray(0, packed.length / 2));
    const shown = await shownLines(path, 1);
    assert.ok(shown.length > lines.length / 8 && shown.length < lines.length, `${shown.length} of ${lines.length}`);
    assertSameLines(shown, lines.slice(0, shown.length));
    assert.match((await bgpd("mrt", "show", "--peers", path)).stderr, /its gzip data end early/);
  }));
