import assert from "node:assert/strict";
import { dirname } from "node:path";
import { checkStart } from "../../../../../src/daemon/mod.ts";
import { checkCommand } from "../../../../../src/control/cli/daemon/check.ts";
import { runProgram } from "../../../../../src/control/cli/program.ts";
import { wrap } from "../../../../../src/control/cli/text/units.ts";
import { keyReference } from "../../../../../src/config/mod.ts";
import { fakeIo } from "../fake_io.ts";
import { inFolder } from "../harness.ts";

const info = { name: "bgpd", summary: "", version: "0", commands: [checkCommand(checkStart)] };

for (const columns of [40, 80, 100, 200]) {
  Deno.test(`check --keys fits ${columns} columns, and every key has its whole text`, async () => {
    const io = fakeIo({ columns });
    assert.equal(await runProgram(info, ["check", "--keys"], io), 0);
    for (const line of io.output.split("\n")) assert.ok(line.length <= columns || !line.trim().includes(" "), line);
    const words = io.output.replaceAll(/\s+/g, " ");
    for (const { key, type, doc } of keyReference()) {
      assert.ok(words.includes(` ${key}`) && words.includes(`${type};`) && words.includes(doc), key);
    }
  });
}

Deno.test("text breaks between words, and a word longer than the line has its own line", () => {
  assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrap("one unbreakable two", 5), ["one", "unbreakable", "two"]);
  assert.deepEqual(wrap("one", 2), ["one"]);
});

Deno.test("check reads included files: errors of all files, the sum for each, and the file of each error in JSON", () =>
  inFolder(async (database) => {
    const folder = dirname(database);
    const check = async (...options: string[]) => {
      const io = fakeIo();
      const code = await runProgram(info, ["check", `${folder}/x.toml`, ...options], io);
      const [output, messages] = [io.output, io.messages.join("\n")].map((text) => text.replaceAll(`${folder}/`, ""));
      return { code, output: output!, messages: messages! };
    };
    await Deno.mkdir(`${folder}/peers`);
    const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/${name}`, text);
    const main = `include = ["peers/*.toml"]\nrouter_id = "1.1.1.1"\ndatabase = "${database}"\n`;
    await write("x.toml", `${main}bgp_socket = "127.0.0.1:11790"\n`);
    assert.match((await check()).messages, /^warning: x\.toml:1:12: "peers.*matches no file in/);
    await write("peers/a.toml", '[[peers]]\nremote_ip = "10.0.0.2"\nremote_as = 2\nlocal_as = 1\n');
    await Deno.symlink("a.toml", `${folder}/peers/link.toml`);
    assert.deepEqual(await check(), { code: 0, output: "config ok: 1 peer in 2 files\n", messages: "" });
    await write("peers/b.toml", "[[peers]]\nremote_ip = 5\nremote_as = 0\nlocal_as = 1\n");
    await write("x.toml", `${main}hold = 5\n`);
    const { code, messages } = await check();
    assert.equal(code, 1);
    assert.match(messages, /^peers\/b\.toml:3:13: .*\n {3}3 \| remote_as = 0$/m);
    assert.match(messages, /bgpd: 3 errors in all: x\.toml has 1 error, peers\/b\.toml has 2 errors$/);
    const { files, errors } = JSON.parse((await check("--json")).output);
    assert.deepEqual(files, ["x.toml", "peers/a.toml", "peers/b.toml"]);
    assert.deepEqual(errors.map(({ file }: { file: string }) => file), ["x.toml", "peers/b.toml", "peers/b.toml"]);
  }));
