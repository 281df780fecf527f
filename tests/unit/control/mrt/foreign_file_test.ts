/** Files that are no MRT files: refused, whatever is to be done with them. */
import assert from "node:assert/strict";
import { gzipSync } from "node:zlib";
import { mrtCommand } from "../../../../src/control/cli/mrt.ts";
import { runProgram } from "../../../../src/control/cli/program.ts";
import { encodeRecord } from "../../../../src/mrt/mod.ts";
import { octets } from "../../mrt/bytes.ts";
import { fakeIo } from "../fake_io.ts";

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
  Deno.test(`mrt ${words[0]}${words[1] === "--peers" ? " --peers" : ""} of a file that is not MRT: one sentence, exit code 1, nothing created`, async () => {
    for (const bytes of [text, new Uint8Array(gzipSync(text)), Uint8Array.of(1, 2, 3)]) {
      const { code, messages, files } = await mrt(bytes, ...words);
      assert.equal(code, 1);
      assert.match(messages, /^bgpd: .*file is not an MRT file: at its beginning [^\n]+$/);
      assert.deepEqual(files, ["file"]);
    }
  });
}

Deno.test("a file that ends inside its second record is one: what precedes is read, and the end is told", async () => {
  const { code, messages } = await mrt(octets(encodeRecord(0, 99, 0, octets("0102")), "00000000 0010"), "show", "FILE");
  assert.equal(code, 0);
  assert.match(messages, /torn at offset 14/);
});

Deno.test("an empty file has no records, and that is all", async () => {
  assert.deepEqual(await mrt(new Uint8Array(0), "show", "FILE"), { code: 0, messages: "", files: ["file"] });
});

Deno.test("what reads a file twice refuses a pipe, which would be empty the second time", async () => {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-pipe-" });
  try {
    const pipe = `${folder}/pipe`;
    assert.ok((await new Deno.Command("mkfifo", { args: [pipe] }).output()).success);
    for (const words of [["import", pipe, "-d", `${folder}/new.db`], ["replay", pipe, "--to", "127.0.0.1:9"]]) {
      const io = fakeIo();
      assert.equal(await runProgram(info, ["mrt", ...words], io), 1);
      assert.deepEqual(io.messages, [`bgpd: ${pipe} is a pipe, and is read twice here: write it to a file first`]);
    }
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name), ["pipe"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
