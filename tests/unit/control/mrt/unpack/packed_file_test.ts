import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { PackedFile } from "../../../../../src/control/mrt/unpack/packed_file.ts";
import { writePackedFile } from "../../../../../src/control/mrt/output.ts";
import { MrtSource } from "../../../../../src/control/mrt/source.ts";
import { isSelected, parseSelection } from "../../../../../src/control/mrt/selection.ts";
import { encodeRecord } from "../../../../../src/mrt/mod.ts";
import { octets } from "../../../mrt/bytes.ts";

/** `hello, bzip2\n`, compressed by bzip2. */
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

Deno.test("uncompressed files, and empty ones, are read unchanged", async () => {
  await withFile(text, async (path) => assert.deepEqual(await unpack(path), text));
  await withFile(new Uint8Array(0), async (path) => assert.equal((await unpack(path)).length, 0));
});

Deno.test("gzip, with several members one after the other", async () => {
  const packed = octets(gzipSync(text), gzipSync(text.subarray(0, 6)));
  await withFile(packed, async (path) => assert.deepEqual(await unpack(path), octets(text, text.subarray(0, 6))));
});

/** The octets of a file, and why it ended. */
async function attempt(bytes: Uint8Array): Promise<{ found: Uint8Array; reason: string }> {
  const parts: Uint8Array[] = [];
  let reason = "";
  await withFile(bytes, async (path) => {
    try {
      for await (const chunk of new PackedFile(path).chunks()) parts.push(chunk.slice());
    } catch (error) {
      reason = (error as Error).message;
    }
  });
  return { found: octets(...parts), reason };
}

Deno.test("a torn gzip file is read up to the damage, and the damage is reported", async () => {
  const noise = crypto.getRandomValues(new Uint8Array(60_000));
  const { found, reason } = await attempt(gzipSync(noise).subarray(0, 30_000));
  assert.ok(found.length > 29_950, String(found.length));
  assert.deepEqual(found, noise.subarray(0, found.length));
  assert.match(reason, /end early/);
});

Deno.test("gzip cut anywhere: the output is a prefix of the whole, and the damage is reported", async () => {
  const first = text.subarray(0, 60);
  const plain = octets(first, text.subarray(60, 200));
  const members = [gzipSync(first), gzipSync(text.subarray(60, 200))].map((member) => new Uint8Array(member));
  const packed = octets(...members);
  for (let cut = 1; cut < packed.length; cut++) {
    const { found, reason } = await attempt(packed.subarray(0, cut));
    assert.deepEqual(found, cut < 2 ? packed.subarray(0, cut) : plain.subarray(0, found.length), `${cut}`);
    if (cut < 2) continue;
    if (cut === members[0]!.length) assert.equal(reason, "");
    else assert.match(reason, cut === members[0]!.length + 1 ? /other data/ : /end early/, `${cut}`);
    if (cut >= members[0]!.length) assert.ok(found.length >= first.length);
  }
});

Deno.test("gzip: every type of block and every distance that zlib writes", async () => {
  const random = new Uint8Array(300_000);
  for (let at = 0; at < random.length; at += 50_000) crypto.getRandomValues(random.subarray(at, at + 50_000));
  const mixed = octets(
    text,
    random,
    text.subarray(0, 100_000),
    new Uint8Array(200_000),
    random.subarray(0, 40_000),
    random,
  );
  for (const level of [0, 1, 6, 9]) {
    for (const strategy of [0, 1, 2, 3, 4]) {
      const { found, reason } = await attempt(gzipSync(mixed, { level, strategy }));
      assert.deepEqual([found.length, reason], [mixed.length, ""]);
      assert.deepEqual(found, mixed);
    }
  }
});

Deno.test("a flipped bit in gzip data is refused, or is in a field without effect", async () => {
  const plain = text.subarray(0, 3000);
  const packed = new Uint8Array(gzipSync(plain));
  for (let bit = 24; bit < packed.length * 8; bit++) {
    const bytes = packed.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    const { found, reason } = await attempt(bytes);
    if (reason === "") assert.deepEqual(found, plain, `bit ${bit}`);
  }
});

Deno.test("a gzip or bzip2 bomb is delivered in pieces, only as far as it is read", async () => {
  const bombs = [new Uint8Array(gzipSync(new Uint8Array(64 * 1024 * 1024)))];
  const bzip2 = new Deno.Command("bzip2", { stdin: "piped", stdout: "piped" }).spawn();
  const written = bzip2.stdin.getWriter();
  written.write(new Uint8Array(64 * 1024 * 1024)).then(() => written.close());
  bombs.push((await bzip2.output()).stdout);
  for (const bomb of bombs) {
    await withFile(bomb, async (path) => {
      let largest = 0, total = 0;
      for await (const chunk of new PackedFile(path).chunks()) {
        largest = Math.max(largest, chunk.length);
        if ((total += chunk.length) > 8 * 1024 * 1024) break;
      }
      assert.ok(largest <= 256 * 1024, String(largest));
    });
  }
});

Deno.test("damaged gzip data end the file with a sentence, after everything before the damage", async () => {
  const records = Array.from({ length: 30_000 }, (_, i) => encodeRecord(i * 1000, 99, i % 7, octets("0102")));
  const packed = new Uint8Array(gzipSync(octets(...records), { level: 0 }));
  packed[400_000] = packed[400_000]! ^ 0xff;
  await withFile(packed, async (path) => {
    const source = new MrtSource(path);
    for await (const items of source.items()) assert.equal(items.length, 0);
    assert.ok(source.problems.isTorn);
    assert.match(source.problems.sentences().join("\n"), /records of type 99 are not supported/);
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

Deno.test("bzip2: several streams, each bit checked, other data after them reported", async () => {
  const packed = Uint8Array.fromHex(packedHello);
  const two = await attempt(octets(packed, packed));
  assert.deepEqual([new TextDecoder().decode(two.found), two.reason], ["hello, bzip2\nhello, bzip2\n", ""]);
  const junk = await attempt(octets(packed, "00"));
  assert.deepEqual([junk.found.length, junk.reason], [13, "other data follow its bzip2 data"]);
  for (let bit = 32; bit < packed.length * 8; bit++) {
    const bytes = packed.slice();
    bytes[bit >> 3]! ^= 1 << (bit & 7);
    const { found, reason } = await attempt(bytes);
    if (reason === "") assert.equal(new TextDecoder().decode(found), "hello, bzip2\n", `bit ${bit}`);
  }
  for (let cut = 4; cut < packed.length; cut++) {
    assert.match((await attempt(packed.subarray(0, cut))).reason, /end early/, `${cut}`);
  }
});

Deno.test("unsupported records are reported once with their count; damage with its offset", async () => {
  const file = octets(...[1, 2, 3].map(() => encodeRecord(0, 99, 0, octets("01"))), octets("0000"));
  await withFile(file, async (path) => {
    const source = new MrtSource(path);
    for await (const _ of source.items());
    assert.deepEqual(source.problems.sentences(), [
      "3 times: records of type 99 are not supported",
      "damaged at offset 39 of the uncompressed data: the file ends 2 octets into a record;" +
      " all data before it was read",
    ]);
  });
});

Deno.test("a written file is compressed by its name, and appears only when it is complete", async () => {
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
