/** Files that are not MRT files: every command refuses them. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { mrtCommand } from "../../../../src/control/cli/mrt/mrt.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { encodeRecord } from "../../../../src/mrt/mod.ts";
import { octets } from "../../mrt/bytes.ts";
import { fakeIo } from "../cli/fake_io.ts";

const info = { name: "bgpd", summary: "", version: "0", commands: [mrtCommand] };
const text = new TextEncoder().encode("# A page about something else, longer than a header\n");

async function mrt(
  bytes: Uint8Array,
  ...words: string[]
): Promise<{ code: number; messages: string; files: string[] }> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-foreign-" });
  try {
    await Deno.writeFile(`${folder}/file`, bytes);
    const io = fakeIo();
    const args = words.map((word) => word.replace("DB", `${folder}/new.db`).replace("FILE", `${folder}/file`));
    const code = await runProgram(info, ["mrt", ...args], io);
    return { code, messages: io.messages.join("\n"), files: [...Deno.readDirSync(folder)].map(({ name }) => name) };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

for (const words of [["show", "FILE"], ["show", "--peers", "FILE"], ["import", "FILE", "-d", "DB"]]) {
  const command = `mrt ${words[0]}${words[1] === "--peers" ? " --peers" : ""}`;
  Deno.test(`${command} of another file: one sentence, exit code 1, nothing created`, async () => {
    for (const bytes of [text, new Uint8Array(gzipSync(text)), Uint8Array.of(1, 2, 3)]) {
      const { code, messages, files } = await mrt(bytes, ...words);
      assert.equal(code, 1);
      assert.match(messages, /^bgpd: .*file is not an MRT file: its first record is not valid: [^\n]+$/);
      assert.deepEqual(files, ["file"]);
    }
  });
}

Deno.test("a file that ends inside its second record is read up to there, and the damage is reported", async () => {
  const { code, messages } = await mrt(octets(encodeRecord(0, 99, 0, octets("0102")), "00000000 0010"), "show", "FILE");
  assert.equal(code, 1);
  assert.match(messages, /damaged at offset 14/);
});

Deno.test("damaged gzip data: records before are printed, the damage is reported, exit code 1", async () => {
  const state = encodeRecord(0, 16, 0, octets("fde8 fde9 0005 0006"));
  const member = new Uint8Array(gzipSync(state));
  const show = async (bytes: Uint8Array) => {
    const folder = await Deno.makeTempDir({ prefix: "bgpd-packed-" });
    try {
      await Deno.writeFile(`${folder}/file`, bytes);
      const io = fakeIo();
      const code = await runProgram(info, ["mrt", "show", `${folder}/file`], io);
      return { code, lines: io.output.split("\n").length - 1, messages: io.messages.join("\n") };
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  };
  for (
    const [bytes, lines, sentence] of [
      [member.subarray(0, -8), 1, /its gzip data end early/],
      [member.subarray(0, -1), 1, /its gzip data end early/],
      [octets(member, member.subarray(0, -10)), 1, /its gzip data end early/],
      [octets(member, "6a756e6b"), 1, /other data follow its gzip data/],
      [octets(member, member, "1f"), 2, /other data follow its gzip data/],
    ] as const
  ) {
    const shown = await show(bytes);
    assert.deepEqual([shown.code, shown.lines], [1, lines]);
    assert.match(shown.messages, sentence);
    assert.equal(shown.messages.split("\n").length, 1);
  }
  assert.deepEqual(await show(octets(member, member)), { code: 0, lines: 2, messages: "" });
  assert.deepEqual(await show(octets(member, new Uint8Array(512))), { code: 0, lines: 1, messages: "" });
});

Deno.test("a malformed record is reported with exit code 1, an unsupported record with exit code 0", async () => {
  const broken = octets(encodeRecord(0, 16, 0, octets("fde8")), encodeRecord(0, 16, 0, octets("fde8 fde9 0005 0006")));
  assert.equal((await mrt(broken, "show", "FILE")).code, 1);
  assert.equal((await mrt(encodeRecord(0, 99, 0, octets("0102")), "show", "FILE")).code, 0);
});

Deno.test("an empty file has no records and no errors", async () => {
  assert.deepEqual(await mrt(new Uint8Array(0), "show", "FILE"), { code: 0, messages: "", files: ["file"] });
});

Deno.test("a command that reads a file twice can read a pipe twice, too", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-pipe-" });
  try {
    const pipe = `${folder}/pipe`;
    assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    const ends = octets("fde8 fde9 0000 0001 c0000209 c0000201");
    const attributes = octets("400101 00 400204 0201 fde8 400304 c0000209");
    const update = octets("ff".repeat(16), "0030 02 0000 0014", attributes, "18 c00002");
    update[17] = update.length;
    update[22] = attributes.length;
    const file = new Uint8Array(gzipSync(encodeRecord(1_000, 16, 1, octets(ends, update))));
    const io = fakeIo();
    const writing = Deno.writeFile(pipe, file);
    assert.equal(await runProgram(info, ["mrt", "import", pipe, "-d", `${folder}/new.db`], io), 0);
    await writing;
    assert.match(io.messages.join("\n"), /new\.db: 1 route of 1 peer$/);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
