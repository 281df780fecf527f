/** `-` is standard input: `mrt show` reads it as it arrives, `mrt import` from a copy, packed or not. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { bgpdPath, ensureBgpd } from "../support/bgpd.ts";
import { attributes, none, octets, record, update } from "../unit/mrt/bytes.ts";

/** Messages of two peers, more than a pipe holds. */
function archive(): Uint8Array {
  const records: Uint8Array[] = [];
  for (let i = 0; i < 3000; i++) {
    const ends = octets("fde8 fc00 0000 0001 c00002", 9 + (i & 1), "c0000201");
    records.push(record(16, 1, octets(ends, update(none, attributes(2), octets("18 0a", i >> 8, i & 255)))));
  }
  return octets(...records);
}

async function bgpd(
  input: Uint8Array | undefined,
  ...args: string[]
): Promise<{ code: number; out: string; err: string }> {
  const pipes = { stdin: "piped", stdout: "piped", stderr: "piped" } as const;
  const child = new Deno.Command(bgpdPath, { args: ["mrt", ...args], ...pipes }).spawn();
  const writer = child.stdin.getWriter();
  (input === undefined ? Promise.resolve() : writer.write(input)).then(() => writer.close()).catch(() => {});
  const { code, stdout, stderr } = await child.output();
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

Deno.test("mrt show and import read standard input as they read a file", async () => {
  await ensureBgpd();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-stdin-" });
  try {
    const plain = archive();
    await Deno.writeFile(`${folder}/file`, plain);
    const expected = await bgpd(undefined, "show", `${folder}/file`);
    assert.equal(expected.out.trim().split("\n").length, 3000);
    for (const input of [plain, new Uint8Array(gzipSync(plain))]) {
      assert.deepEqual(await bgpd(input, "show", "-"), expected);
      assert.match((await bgpd(input, "show", "--peers", "-")).out, /192\.0\.2\.10\s+65000/);
      const imported = await bgpd(input, "import", "-", "-d", `${folder}/${input.length}.db`);
      assert.equal(imported.code, 0, imported.err);
      assert.match(imported.err, /3000 routes of 2 peers/);
    }
    const torn = await bgpd(new Uint8Array(gzipSync(plain)).subarray(0, -4), "show", "-");
    assert.deepEqual([torn.code, torn.out], [1, expected.out]);
    assert.match(torn.err, /^standard input: damaged at offset \d+ of the uncompressed data: its gzip data end early/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
