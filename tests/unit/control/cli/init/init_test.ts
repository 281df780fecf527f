/** `bgpd init`: what it writes passes `bgpd check`; it never overwrites; it asks until an answer is right. */
import assert from "node:assert/strict";
import { dirname } from "node:path";
import fc from "fast-check";
import { parseConfig } from "../../../../../src/config/mod.ts";
import { type Choices, parsePeer, roles } from "../../../../../src/control/cli/init/choices.ts";
import { initCommand } from "../../../../../src/control/cli/init/init.ts";
import { configurationText } from "../../../../../src/control/cli/init/template.ts";
import { runProgram } from "../../../../../src/control/cli/program.ts";
import { checkStart } from "../../../../../src/daemon/mod.ts";
import { inFolder } from "../harness.ts";
import { seed } from "../../../../support/seed.ts";
import { type FakeIo, fakeIo, type FakeIoOptions } from "../fake_io.ts";

const info = { name: "bgpd", summary: "", version: "0", commands: [initCommand] };

async function init(args: readonly string[], options: FakeIoOptions = {}): Promise<FakeIo & { code: number }> {
  const io = fakeIo(options);
  const code = await runProgram(info, ["init", ...args], io);
  return Object.assign(io, { code });
}

Deno.test("init names the service where the file is the one of the package", () =>
  inFolder(async (folder) => {
    const place = dirname(folder), file = `${place}/system.toml`;
    const { code, messages } = await init([file, "--as", "65000", "--router-id", "198.51.100.1"], {
      places: { folder: place, systemConfig: file },
    });
    assert.equal(code, 0, messages.join("\n"));
    assert.equal(messages.at(-1), "next: bgpd check, then systemctl enable --now bgpd, then bgpd show peers");
  }));

const address = fc.oneof(
  fc.tuple(fc.integer({ min: 1, max: 223 }), fc.nat(255), fc.nat(255), fc.integer({ min: 1, max: 254 }))
    .map((octets) => octets.join(".")).filter((text) => !text.startsWith("127.")),
  fc.array(fc.nat(0xffff), { minLength: 6, maxLength: 6 })
    .map((words) => `2001:db8:${words.map((word) => word.toString(16)).join(":")}`),
);

const choices: fc.Arbitrary<Choices> = fc.record({
  role: fc.constantFrom(...roles),
  routerId: fc.integer({ min: 1, max: 254 }).map((octet) => `198.51.100.${octet}`),
  asn: fc.constantFrom("65000", "4200000000", "1.10"),
  listen: fc.constantFrom(["0.0.0.0:179"], ["0.0.0.0:179", "[::]:179"], ["127.0.0.1:1179"], ["[2001:db8::1]:179"]),
  database: fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text.trim() !== ""),
  passwordFile: fc.option(fc.string({ minLength: 1 }).filter((text) => text.trim() !== ""), { nil: undefined }),
  peers: fc.uniqueArray(
    fc.record({
      address,
      asn: fc.constantFrom("65001", "64999", "2.20"),
      description: fc.option(fc.string({ minLength: 1, unit: "grapheme" }).filter((text) => text.trim() !== ""), {
        nil: undefined,
      }),
    }),
    { selector: ({ address }) => address, maxLength: 5 },
  ),
}).map((each) => ({
  ...each,
  peers: each.peers.map((peer) => each.role === "reflector" ? { ...peer, asn: each.asn } : peer),
}));

Deno.test("every combination of choices is a configuration without errors and warnings, with these values", () => {
  fc.assert(
    fc.property(choices, (chosen) => {
      const text = configurationText(chosen);
      const result = parseConfig(text);
      assert.ok(result.kind === "config", `${JSON.stringify(result)}\n${text}`);
      assert.deepEqual(result.warnings, [], text);
      const { config } = result;
      assert.equal(config.database, chosen.database);
      assert.equal(config.bgpSockets.length, chosen.listen.length);
      assert.deepEqual(
        config.peers.map(({ description }) => description),
        chosen.peers.map((peer) => peer.description),
      );
      assert.ok(config.peers.every(({ passwordFile }) => passwordFile === chosen.passwordFile));
      const isInternal = config.peers.every(({ remoteAsn, localAsn }) => remoteAsn === localAsn);
      assert.ok(isInternal === (chosen.role === "reflector") || chosen.peers.length === 0);
    }),
    { seed, numRuns: 300 },
  );
});

Deno.test("the commented lines of each role are right, too: a configuration with all of them has no errors", () => {
  for (const role of roles) {
    const asn = role === "reflector" ? "65000" : "65001";
    const base: Choices = {
      ...{ role, routerId: "198.51.100.1", asn: "65000", listen: ["127.0.0.1:1179"], database: "x.db" },
      ...{ passwordFile: undefined, peers: [] },
    };
    const peers = [{ address: "192.0.2.9", asn, description: undefined }];
    for (const chosen of [base, { ...base, peers }]) {
      const text = configurationText(chosen).replaceAll(/^# (?=\[\[|[a-z0-9_]+ = )/gm, "");
      const result = parseConfig(text);
      assert.ok(result.kind === "config", `${role}: ${JSON.stringify(result)}\n${text}`);
    }
  }
});

Deno.test("what init writes passes the whole check; it says what comes next", () =>
  inFolder(async (database) => {
    const folder = dirname(database);
    await Deno.writeTextFile(`${folder}/md5.key`, "secret\n");
    for (const role of roles) {
      const file = `${folder}/${role}.toml`;
      const peer = role === "reflector" ? "192.0.2.2" : "192.0.2.2 65001 a router, in Frankfurt";
      const { code, messages } = await init([
        ...[file, "--role", role, "--as", "AS65000", "--router-id", "198.51.100.1", "--listen", "127.0.0.1:11790"],
        ...["--peer", peer, "--database", `${folder}/bgpd.db`, "--md5-file", `${folder}/md5.key`],
      ]);
      assert.equal(code, 0, messages.join("\n"));
      assert.deepEqual(messages, [
        `wrote ${file}: ${role}, 1 peer`,
        `next: bgpd check ${file}, then bgpd run ${file}, then bgpd show peers -c ${file}`,
      ]);
      const report = await checkStart(file);
      assert.deepEqual([report.kind, report.kind === "ok" && report.warnings], ["ok", []], JSON.stringify(report));
    }
  }));

Deno.test("a file that exists stays, unless --force is given; - prints the text", () =>
  inFolder(async (database) => {
    const folder = dirname(database);
    const file = `${folder}/bgpd.toml`;
    await Deno.writeTextFile(file, "mine");
    const args = ["--as", "65000", "--router-id", "198.51.100.1"];
    const kept = await init([file, ...args]);
    assert.deepEqual([kept.code, kept.messages], [1, [
      `bgpd: ${file} exists: name another file, or overwrite it with --force`,
    ]]);
    assert.equal(await Deno.readTextFile(file), "mine");
    assert.equal((await init([file, "--force", ...args])).code, 0);
    const text = await Deno.readTextFile(file);
    const printed = await init(["-", ...args]);
    assert.equal(printed.output, text);
    assert.equal(printed.messages.length, 1);
    const lost = await init([`${folder}/none/bgpd.toml`, ...args]);
    assert.match(lost.messages.join(), /there is no folder/);
  }));

Deno.test("without a terminal init names the options that it needs; wrong values are usage errors", async () => {
  const needs = await init(["-"]);
  assert.equal(needs.code, 2);
  assert.match(needs.messages.join(), /^bgpd: init needs --as ASN, because .*--role, --listen, --peer, --md5-file/);
  const right = ["-", "--as", "65000", "--router-id", "198.51.100.1"];
  const wrong: readonly (readonly [string[], RegExp])[] = [
    [["--role", "reflektor"], /--role takes one of collector, route-server/],
    [["--peer", "192.0.2.1"], /--peer takes "ADDRESS AS DESCRIPTION"/],
    [["--peer", "192.0.2.300 65001"], /remote_ip must be/],
    [["--peer", "fe80::1 65001"], /fe80::1 is link-local.*; did you mean "fe80::1%eth0"\?$/],
    [["--peer", "192.0.2.1 65001", "--peer", "192.0.2.1 65001"], /remote_ip 192\.0\.2\.1 is already used/],
    [
      ["--role", "reflector", "--peer", "192.0.2.1 65001"],
      /clients of a route reflector have our AS 65000; 192\.0\.2\.1/,
    ],
    [["--role", "route-server", "--peer", "192.0.2.1 65000"], /have an AS of their own; 192\.0\.2\.1 has ours/],
    [["--listen", "localhost"], /bgp_socket must be/],
    [["--as", "0"], /^bgpd: default_as: AS 0 is reserved/],
    [["--router-id", "::1"], /router_id must be/],
  ];
  for (const [args, message] of wrong) {
    const { code, messages, output } = await init([...right, ...args]);
    assert.deepEqual([code, output], [2, ""], args.join(" "));
    assert.match(messages.join("\n"), message);
  }
  const unread = await init([...right, "--md5-file", "/nowhere/key"]);
  assert.deepEqual([unread.code, unread.messages], [1, [
    "bgpd: --md5-file: cannot read /nowhere/key: there is no such file",
  ]]);
});

Deno.test("on a terminal init asks, says what is wrong with an answer, and asks again", async () => {
  const input = [
    ...["router", "reflector"], // role
    ...["", "AS0", "AS65000"], // AS
    ...["1.1.1", "198.51.100.7"], // router id
    ...["192.0.2.1 65001", "192.0.2.1", "192.0.2.1 65000 twice", "2001:db8::1, 65000, client, with comma", ""], // peers
    "", // sockets
    "lab.db",
    ...["/nowhere", ""], // key
  ];
  const { code, output, messages } = await init(["-"], { isTerminal: true, input });
  assert.equal(code, 0, messages.join("\n"));
  const text = output.slice(output.indexOf("# bgpd:"));
  const result = parseConfig(text);
  assert.ok(result.kind === "config");
  assert.deepEqual(result.config.peers.map(({ description, localAsn }) => [description, localAsn]), [
    [undefined, 65000],
    ["client, with comma", 65000],
  ]);
  assert.equal(result.config.database, "lab.db");
  assert.deepEqual(result.config.bgpSockets.map(({ address }) => address), ["0.0.0.0", "::"]);
  assert.match(messages[0]!, /^Questions for the configuration: an empty answer takes the value in \[brackets\]/);
  const meanings = messages.slice(1, 1 + roles.length);
  assert.deepEqual(meanings.map((line) => line.trim().split(/ +/)[0]), [...roles]);
  const mistakes = messages.slice(1 + roles.length).filter((line) => line.startsWith("  "));
  assert.equal(mistakes.length, 7, messages.join("\n"));
  assert.match(output, /^Role \[collector\]: Role .*Our AS: Our AS: Our AS: Router id/);
});

Deno.test("the input may end before the last question: nothing is written", () =>
  inFolder(async (database) => {
    const folder = dirname(database);
    const { code, messages } = await init([`${folder}/x.toml`], { isTerminal: true, input: ["lab"] });
    assert.deepEqual([code, messages.at(-1)], [
      1,
      "bgpd: the input ended before the last question: no file is written",
    ]);
    assert.deepEqual([...Deno.readDirSync(folder)], []);
  }));

Deno.test("a peer is an address, an AS and a description, with spaces or commas between them", () => {
  const peer = (address: string, asn: string, description?: string) => ({ address, asn, description });
  assert.deepEqual(parsePeer("192.0.2.1 65001", undefined), peer("192.0.2.1", "65001"));
  assert.deepEqual(parsePeer(" 2001:db8::1,AS65001, a, b ", undefined), peer("2001:db8::1", "65001", "a, b"));
  assert.deepEqual(parsePeer("192.0.2.1", "65000"), peer("192.0.2.1", "65000"));
  assert.deepEqual(parsePeer("192.0.2.1 client one", "65000"), peer("192.0.2.1", "65000", "client one"));
  assert.equal(parsePeer("192.0.2.1", undefined), undefined);
  assert.equal(parsePeer("", "1"), undefined);
});
