import assert from "node:assert/strict";
import { convertCommand } from "../../../../../src/control/cli/convert/convert.ts";
import { runProgram } from "../../../../../src/control/cli/program.ts";
import { fakeIo } from "../fake_io.ts";

const program = { name: "bgpd", summary: "a speaker", version: "1.2.3", commands: [convertCommand] };

async function bgpd(args: readonly string[], input: readonly string[] = []) {
  const io = fakeIo({ input });
  const code = await runProgram(program, ["convert", ...args], io);
  return { code, output: io.output, messages: io.messages };
}

async function inFolder(work: (folder: string) => Promise<void>): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  try {
    await work(folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const whole = `router bgp 65000
 bgp router-id 192.0.2.1
 neighbor 192.0.2.2 remote-as 65000
exit`;

const peer = (line: string) => `
protocol bgp p { local as 65000; neighbor 192.0.2.2 as 65000; ${line} ipv4 { import all; export all; }; }
`;

Deno.test("exit code 0: everything is translated; the configuration is on standard output", async () => {
  const { code, output, messages } = await bgpd(["frr", "-"], whole.split("\n"));
  assert.deepEqual([code, messages], [0, []]);
  assert.match(output, /^# From standard input, a configuration of FRR/);
  assert.match(output, /\[\[peers\]\]\nremote_ip = "192\.0\.2\.2"\nremote_as = 65000\n/);
});

Deno.test("exit code 1: something is left out, named with its line on standard error and in the output", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/bird.conf`;
    await Deno.writeTextFile(file, `router id 192.0.2.1;${peer("bfd on;")}`);
    const { code, output, messages } = await bgpd(["bird", file]);
    assert.equal(code, 1);
    assert.deepEqual(messages, [
      `left out: ${file}:2: bfd on: bgpd has no BFD; a short hold_timer finds a dead peer, too`,
      `bgpd: 1 part of ${file} left out: each is a comment in the output, too`,
    ]);
    assert.match(output.replaceAll("\n#  ", ""), /^# \S+:2: not translated: bfd on: bgpd has no BFD/m);
  });
});

Deno.test("a file that does not exist is one sentence and exit code 1, an unknown language exit code 2", async () => {
  const { code, messages } = await bgpd(["bird", "/nowhere/bird.conf"]);
  assert.deepEqual([code, messages], [1, ["bgpd: cannot read /nowhere/bird.conf: there is no such file"]]);
  assert.equal((await bgpd(["cisco", "x"])).code, 2);
});

Deno.test("files that a configuration of BIRD includes are read, in the order of their names", async () => {
  await inFolder(async (folder) => {
    await Deno.mkdir(`${folder}/peers`);
    await Deno.writeTextFile(
      `${folder}/bird.conf`,
      'router id 192.0.2.1;\ninclude "peers/*.conf";\ninclude "none.conf";\n',
    );
    const one = (name: string, last: number) =>
      Deno.writeTextFile(
        `${folder}/peers/${name}`,
        peer("").replace("bgp p", `bgp p${last}`).replace("2.2 as", `2.${last} as`),
      );
    await one("b.conf", 4);
    await one("a.conf", 3);
    await one("c.txt", 5);
    const { code, output, messages } = await bgpd(["bird", `${folder}/bird.conf`]);
    assert.equal(code, 1);
    assert.deepEqual(messages[0], `left out: ${folder}/bird.conf:3: include "none.conf": there is no such file`);
    assert.deepEqual(output.match(/^remote_ip = .*$/gm), ['remote_ip = "192.0.2.3"', 'remote_ip = "192.0.2.4"']);
  });
});

Deno.test("no secret is in the output; --secrets writes each to a file that only the user may read", async () => {
  await inFolder(async (folder) => {
    const file = `${folder}/bird.conf`;
    await Deno.writeTextFile(file, `router id 192.0.2.1;${peer('password "wonderful";')}`);
    const without = await bgpd(["bird", file]);
    assert.equal(without.code, 1);
    assert.doesNotMatch(without.output + without.messages.join(), /wonderful/);
    assert.match(without.output, /^password_file = "secrets\/p\.key"$/m);
    assert.match(without.messages[0] ?? "", /^to do: write the TCP-MD5 key of p to secrets\/p\.key/);

    const keys = `${folder}/keys`;
    const first = await bgpd(["bird", file, "--secrets", `${keys}/`]);
    assert.deepEqual([first.code, first.messages], [0, [`wrote the TCP-MD5 key of p to ${keys}/p.key`]]);
    assert.ok(first.output.includes(`password_file = "${keys}/p.key"`));
    assert.equal(await Deno.readTextFile(`${keys}/p.key`), "wonderful\n");
    assert.equal((await Deno.stat(`${keys}/p.key`)).mode! & 0o777, 0o600);
    assert.equal((await Deno.stat(keys)).mode! & 0o777, 0o700);
    // The same key may be there, another one stays.
    assert.equal((await bgpd(["bird", file, "--secrets", keys])).code, 0);
    await Deno.writeTextFile(`${keys}/p.key`, "other\n");
    const refused = await bgpd(["bird", file, "--secrets", keys]);
    assert.deepEqual([refused.code, refused.output], [1, ""]);
    assert.match(refused.messages[0] ?? "", /p\.key exists with another key/);
  });
});
