import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { PackedFile } from "../../../../src/control/mrt/file.ts";
import { writePackedFile } from "../../../../src/control/mrt/output.ts";
import { MrtSource } from "../../../../src/control/mrt/source.ts";
import { isSelected, parseSelection } from "../../../../src/control/mrt/selection.ts";
import { encodeRecord } from "../../../../src/mrt/mod.ts";
import { octets } from "../../mrt/bytes.ts";

/** `hello, bzip2\n`, packed by bzip2. */
const packedHello =
  "425a6839314159265359b123de4300000359800010400410001264c0102000310340d02001a69103ab6c8284f8bb9229c28485891ef218";

async function withFile(bytes: Uint8Array, test: (path: string) => Promise<void>): Promise<void> {
  const path = await Deno.makeTempFile({ prefix: "bgpd-file-" });
  try {
    await Deno.writeFile(path, bytes);
    await test(path);
  } finally {
    await Deno.remove(path);
  }
}

async function unpack(path: string): Promise<Uint8Array> {
  const file = new PackedFile(path);
  const parts = await Array.fromAsync(file.chunks());
  assert.equal(file.position, file.size);
  return octets(...parts);
}

const text = new TextEncoder().encode("route ".repeat(100_000));

Deno.test("plain files, and empty ones, come as they are", async () => {
  await withFile(text, async (path) => assert.deepEqual(await unpack(path), text));
  await withFile(new Uint8Array(0), async (path) => assert.equal((await unpack(path)).length, 0));
});

Deno.test("gzip, with several members one after the other", async () => {
  const packed = octets(gzipSync(text), gzipSync(text.subarray(0, 6)));
  await withFile(packed, async (path) => assert.deepEqual(await unpack(path), octets(text, text.subarray(0, 6))));
});

Deno.test("a torn gzip file gives what is in it", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(60_000));
  const packed = gzipSync(noise);
  await withFile(packed.subarray(0, 30_000), async (path) => {
    const found = await unpack(path);
    assert.ok(found.length > 29_000, String(found.length));
    assert.deepEqual(found, noise.subarray(0, found.length));
  });
});

Deno.test("damaged gzip data end the file with a sentence, behind what precedes the damage", async () => {
  const records = Array.from({ length: 30_000 }, (_, i) => encodeRecord(i * 1000, 99, i % 7, octets("0102")));
  const packed = new Uint8Array(gzipSync(octets(...records), { level: 0 }));
  packed[400_000] = packed[400_000]! ^ 0xff;
  await withFile(packed, async (path) => {
    const source = new MrtSource(path);
    for await (const items of source.items()) assert.equal(items.length, 0);
    assert.ok(source.problems.isTorn);
    assert.match(source.problems.sentences().join("\n"), /records of type 99 are not read/);
  });
});

Deno.test("bzip2", async () => {
  await withFile(Uint8Array.fromHex(packedHello), async (path) => {
    assert.equal(new TextDecoder().decode(await unpack(path)), "hello, bzip2\n");
  });
  await withFile(Uint8Array.fromHex(packedHello).subarray(0, 40), async (path) => {
    await assert.rejects(Array.fromAsync(new PackedFile(path).chunks()), /bzip2 data end early/);
  });
});

Deno.test("records that are not read are said once, with their count; a tear with its offset", async () => {
  const file = octets(...[1, 2, 3].map(() => encodeRecord(0, 99, 0, octets("01"))), octets("0000"));
  await withFile(file, async (path) => {
    const source = new MrtSource(path);
    for await (const _ of source.items());
    assert.deepEqual(source.problems.sentences(), [
      "3 times: records of type 99 are not read",
      "torn at offset 39 of the unpacked data: the file ends 2 octets into a record; what comes before was read",
    ]);
  });
});

Deno.test("a written file is packed by its name, and stands there only when it is whole", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-out-" });
  try {
    const parts = [text.subarray(0, 10), text.subarray(10)];
    for (const name of ["a.mrt", "a.mrt.gz"]) {
      await writePackedFile(`${folder}/${name}`, parts);
      assert.deepEqual(await unpack(`${folder}/${name}`), text);
    }
    assert.ok((await Deno.stat(`${folder}/a.mrt.gz`)).size < text.length / 10);
    const failing = function* () {
      yield text;
      throw new Error("the database is gone");
    };
    await assert.rejects(writePackedFile(`${folder}/b`, failing()), /the database is gone/);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name).sort(), ["a.mrt", "a.mrt.gz"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("peers are selected by number, address in any spelling, or all", () => {
  const peer = { number: 3, address: "2001:db8::1", asn: 1, routerId: 0 };
  for (
    const [words, expected] of [["3", true], ["2", false], ["2001:DB8:0::1", true], ["192.0.2.1", false], ["all", true]]
  ) {
    assert.equal(isSelected(parseSelection(String(words))!, peer), expected, String(words));
  }
  assert.equal(parseSelection("everyone"), undefined);
});
