import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { policyCommand } from "../../../../../src/control/cli/policy/policy.ts";
import { type AttributeSet, decodeAttributeSet, encodeAttributeSet } from "../../../../../src/message/mod.ts";
import { runProgram } from "../../../../../src/control/cli/program.ts";
import { fakeIo } from "../fake_io.ts";
import { smallDatabase } from "../small_database.ts";

const info = { name: "bgpd", summary: "", version: "0", commands: [policyCommand] };

interface Result {
  readonly code: number;
  readonly lines: readonly string[];
  readonly messages: string;
}

/** Runs commands beside the small database with a configuration `new.toml` of these lines. */
async function withConfig(
  toml: string,
  work: (run: (...words: string[]) => Promise<Result>, file: string) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir();
  const daemon = smallDatabase(`${folder}/small.db`);
  try {
    const file = `${folder}/new.toml`;
    await Deno.writeTextFile(
      file,
      `router_id = "1.1.1.1"\ndefault_as = 65000\ndatabase = "${folder}/small.db"\n${toml}`,
    );
    await work(async (...words) => {
      const io = fakeIo();
      const code = await runProgram(info, ["policy", ...words.map((word) => word === "FILE" ? file : word)], io);
      return { code, lines: io.output.split("\n").slice(0, -1), messages: io.messages.join("\n") };
    }, file);
  } finally {
    daemon.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const peers = (keys: string) => `
[[peers]]
remote_ip = "127.0.0.2"
remote_as = 65001
description = "first"
${keys}
[[peers]]
remote_ip = "2001:db8::2"
remote_as = 65002
`;

const policies = `
[[policies]]
name = "in"
default = "accept"
[[policies.rules]]
name = "too specific"
match = { prefix_length = ">= 25" }
action = "reject"
[[policies.rules]]
match = { origin_as = 65010, community = "65001:*" }
set = { local_pref = "+50", add_communities = "65000:1", remove_communities = "65001:*" }
[[policies]]
name = "out"
[[policies.rules]]
match = { from_as = 65001 }
set = { next_hop = "self", med = 5 }
action = "accept"
`;

Deno.test("policy diff prints rejected and changed routes with the reason; the database does not change", () =>
  withConfig(policies + peers('import = "in"'), async (run) => {
    const expected = [
      "127.0.0.2 (first): 0 newly accepted, 1 newly rejected, 1 changed of 2 routes",
      " Prefix             AS Path           Why",
      "-198.51.100.128/25  65001 3356 65010  policy in, rule too specific",
      "~198.51.100.0/24    65001 3356 65010  policy in, default; local_pref 200 → 250; communities + " +
      "65000:1 - 65001:99",
      "2001:db8::2: no change in 2 routes",
      "all peers: 0 newly accepted, 1 newly rejected, 1 changed of 4 routes",
    ];
    for (let time = 0; time < 2; time++) {
      const { code, lines } = await run("diff", "FILE");
      assert.equal(code, 0);
      assert.deepEqual(lines, expected);
    }
  }));

Deno.test("policy diff: an equal configuration changes nothing", () =>
  withConfig(peers(""), async (run) => {
    assert.deepEqual((await run("diff", "FILE")).lines, [
      "127.0.0.2 (first): no change in 2 routes",
      "2001:db8::2: no change in 2 routes",
      "all peers: no change in 4 routes",
    ]);
  }));

Deno.test("policy diff: import none rejects eligible routes only; removed peers are reported", () =>
  withConfig('[[peers]]\nremote_ip = "2001:db8::/32"\nimport = "none"\n', async (run, file) => {
    assert.deepEqual((await run("diff", "FILE")).lines, [
      `127.0.0.2 (first): not in ${file}; its 2 routes would be removed`,
      "2001:db8::2: 0 newly accepted, 1 newly rejected, 0 changed of 2 routes",
      " Prefix           AS Path              Why",
      '-2001:db8:1::/48  65002 {65011,65012}  import = "none"',
      "all peers: 0 newly accepted, 1 newly rejected, 0 changed of 2 routes, 2 removed with their peers",
    ]);
  }));

Deno.test("policy diff: --peer, --limit and --json", () =>
  withConfig(policies + peers('import = "in"'), async (run) => {
    const limited = await run("diff", "FILE", "--limit", "0", "--peer", "first");
    assert.deepEqual(limited.lines, [
      "127.0.0.2 (first): 0 newly accepted, 1 newly rejected, 1 changed of 2 routes",
      "all peers: 0 newly accepted, 1 newly rejected, 1 changed of 2 routes",
    ]);
    const json = JSON.parse((await run("diff", "FILE", "--json", "--peer", "127.0.0.2")).lines.join("\n"));
    assert.equal(json.length, 1);
    const { examples, ...counts } = json[0];
    assert.deepEqual(counts, {
      peer: "127.0.0.2",
      description: "first",
      export: null,
      is_configured: true,
      routes: 2,
      accepted: 0,
      rejected: 1,
      changed: 1,
      otherwise_ineligible: 0,
    });
    assert.deepEqual(examples[1], {
      kind: "rejected",
      prefix: "198.51.100.128/25",
      path_id: null,
      as_path: "65001 3356 65010",
      reason: "policy in, rule too specific",
      before: null,
      changes: [],
    });
    const unknown = await run("diff", "FILE", "--peer", "192.0.2.9");
    assert.deepEqual([unknown.code, unknown.lines], [1, []]);
    assert.match(unknown.messages, /has no peer 192\.0\.2\.9/);
  }));

Deno.test("policy diff: RFC 9234 §5: OTC of a role is not set by policy, but it is a change", () =>
  withConfig(peers('role = "customer"'), async (run) => {
    const { lines } = await run("diff", "FILE", "--peer", "first", "--limit", "1");
    assert.equal(lines[0], "127.0.0.2 (first): 0 newly accepted, 0 newly rejected, 2 changed of 2 routes");
    assert.match(lines[2]!, /otc none → 65001/);
  }));

Deno.test("policy diff: RFC 9494 §4.2: LLGR_STALE of a long-lived stale route is no change, another community is", () =>
  withConfig(peers(""), async (run, file) => {
    const database = new DatabaseSync(`${file.slice(0, -"new.toml".length)}small.db`, { timeout: 5000 });
    try {
      const row = database.prepare("SELECT wire FROM attributes WHERE id = 1").get() as { wire: Uint8Array };
      const change = (added: number, more: Partial<AttributeSet> = {}) => {
        const set = decodeAttributeSet(row.wire);
        const wire = encodeAttributeSet({ ...set, ...more, communities: [...set.communities, added] });
        database.prepare("INSERT OR REPLACE INTO attributes(id, wire) VALUES(99, ?)").run(wire);
        database.exec("UPDATE routes SET received_id = 1, attribute_id = 99 WHERE peer_id = 1 AND prefix_id = 1");
      };
      change(0xffff0006);
      assert.equal((await run("diff", "FILE")).lines[0], "127.0.0.2 (first): no change in 2 routes");
      change(0xffff0007);
      assert.deepEqual((await run("diff", "FILE")).lines.slice(0, 3), [
        "127.0.0.2 (first): 0 newly accepted, 0 newly rejected, 1 changed of 2 routes",
        " Prefix           AS Path           Why",
        '~198.51.100.0/24  65001 3356 65010  import = "all"; communities - 65535:7',
      ]);
      // RFC 8326 §4.2: GRACEFUL_SHUTDOWN of a drained session is no change either.
      change(0xffff0000, { localPref: 0 });
      assert.equal((await run("diff", "FILE")).lines[0], "127.0.0.2 (first): no change in 2 routes");
    } finally {
      database.close();
    }
  }));

Deno.test("policy test: a stored route, rule by rule", () =>
  withConfig(policies + peers('import = "in"'), async (run) => {
    const { code, lines } = await run("test", "198.51.100.0/24", "--peer", "first", "--config", "FILE");
    assert.equal(code, 0);
    assert.deepEqual(lines, [
      "198.51.100.0/24 from 127.0.0.2, as received",
      "  origin igp",
      '  as_path "65001 3356 65010"',
      "  next_hop 127.0.0.2",
      "  med 50",
      "  local_pref 200",
      "  communities 65001:99",
      "  large_communities 65001:1:2",
      "",
      " Rule          of policy in",
      ' too specific  prefix_length = ">= 25": no',
      "+2             origin_as = 65010: yes",
      '               community = "65001:*": yes',
      '               set local_pref = "+50"',
      '               set remove_communities = "65001:*"',
      '               set add_communities = "65000:1"',
      "               continue",
      "+default       accept",
      "",
      "accepted: policy in, default",
      "  local_pref 200 → 250",
      "  communities + 65000:1 - 65001:99",
    ]);
    const rejected = await run("test", "198.51.100.128/25", "--peer", "127.0.0.2", "--config", "FILE");
    assert.equal(rejected.lines.at(-1), "rejected: policy in, rule too specific");
  }));

Deno.test("policy test: a route given with the words of announce", () =>
  withConfig(policies + peers('import = "in"'), async (run) => {
    const given = await run(
      "test",
      "10.0.0.0/8",
      "--peer",
      "first",
      "-c",
      "FILE",
      "as-path",
      "65001",
      "65010",
      "community",
      "65001:3",
    );
    assert.equal(given.lines[0], "10.0.0.0/8 from 127.0.0.2, as given");
    assert.deepEqual(given.lines.slice(-3), [
      "accepted: policy in, default",
      "  local_pref none → 150",
      "  communities + 65000:1 - 65001:3",
    ]);
    const plain = await run("test", "10.0.0.0/8", "--peer", "first", "-c", "FILE", "as-path", "65001 9");
    assert.deepEqual(plain.lines.slice(-2), ["accepted: policy in, default", "  no attribute changes"]);
    const unknown = await run("test", "10.0.0.0/8", "--peer", "first", "-c", "FILE");
    assert.equal(unknown.code, 1);
    assert.match(unknown.messages, /no route for 10\.0\.0\.0\/8 from 127\.0\.0\.2; give attributes/);
  }));

Deno.test("policy test --export: the best route, a given route of a peer, a given route of our own", () =>
  withConfig(policies + peers("").replace("65002\n", '65002\nexport = "out"\n'), async (run) => {
    const test = (...words: string[]) => run("test", ...words, "--peer", "2001:db8::2", "--export", "-c", "FILE");
    const best = await test("198.51.100.0/24");
    assert.equal(best.lines[0], "198.51.100.0/24 to 2001:db8::2, the best route, from 127.0.0.2");
    assert.deepEqual(best.lines.slice(-3), [
      "accepted: policy out, rule 1",
      "  med 50 → 5",
      "  next_hop: our own address",
    ]);
    const given = await test("10.0.0.0/8", "as-path", "65001", "--from", "127.0.0.2");
    assert.equal(given.lines.at(-3), "accepted: policy out, rule 1");
    const own = await test("10.0.0.0/8", "community", "1:1");
    assert.equal(own.lines[0], "10.0.0.0/8 to 2001:db8::2, as given, our own");
    assert.equal(own.lines.at(-1), "rejected: end of policy out");
    assert.match((await test("192.0.2.0/24")).messages, /no best route for 192\.0\.2\.0\/24/);
  }));

Deno.test("policy test: without policies the word of the configuration decides", () =>
  withConfig(peers('import = "none"'), async (run) => {
    const { lines } = await run("test", "198.51.100.0/24", "--peer", "first", "-c", "FILE");
    assert.equal(lines.at(-1), 'rejected: import = "none"');
    const other = await run("test", "2001:db8:1::/48", "--peer", "2001:db8::2", "-c", "FILE");
    assert.deepEqual(other.lines.slice(-2), ['accepted: import = "all"', "  no attribute changes"]);
  }));

Deno.test("policy test --json: the same for programs", () =>
  withConfig(policies + peers('import = "in"'), async (run) => {
    const { lines } = await run("test", "198.51.100.128/25", "--peer", "first", "-c", "FILE", "--json");
    const [trial] = JSON.parse(lines.join("\n"));
    assert.deepEqual([trial.accepted, trial.reason, trial.after], [false, "policy in, rule too specific", null]);
    assert.deepEqual(trial.rules, [{
      policy: "in",
      rule: "too specific",
      conditions: [{ text: 'prefix_length = ">= 25"', holds: true }],
      matched: true,
      changes: [],
      verdict: "reject",
    }]);
  }));

Deno.test("policy: wrong usage and invalid configurations are reported with one sentence", () =>
  withConfig(`${policies}[[peers]]\nremote_ip = "127.0.0.2"\nremote_as = 65001\nimport = "inn"\n`, async (run) => {
    const broken = await run("diff", "FILE");
    assert.equal(broken.code, 1);
    assert.match(broken.messages, /no \[\[policies\]\] has the name "inn"[^]*did you mean "in"\?[^]*has errors/);
    assert.equal((await run("test", "10.0.0.0/8")).code, 2);
    assert.match(
      (await run("test", "10.0.0.0/8", "--peer", "x")).messages,
      /found no configuration: BGPD_CONFIG is not set, and there is neither .*\/bgpd\.toml nor /,
    );
    assert.match((await run("test", "10.0.0.0/8", "-c", "FILE")).messages, /needs --peer PEER/);
    assert.match(
      (await run("test", "10.0.0.1/8", "-c", "FILE", "--peer", "x")).messages,
      /has host bits set/,
    );
    assert.match(
      (await run("diff", "nowhere.toml")).messages,
      /cannot read \/.*\/nowhere\.toml: there is no such file$/,
    );
  }));

Deno.test("policy: the error about a missing database says who named it", () =>
  withConfig(policies + peers(""), async (run, file) => {
    const text = await Deno.readTextFile(file);
    await Deno.writeTextFile(file, text.replace("small.db", "other.db"));
    const { code, messages } = await run("diff", "FILE");
    assert.equal(code, 1);
    assert.match(
      messages,
      /there is no database .*other\.db: .* \(.*new\.toml names this database; name another one with --database\)$/,
    );
    assert.equal((await run("diff", "FILE", "-d", file.replace("new.toml", "small.db"))).code, 0);
    assert.doesNotMatch((await run("diff", "FILE", "-d", "nowhere.db")).messages, /names another/);
  }));

Deno.test("policy diff says where routes of VPN, FlowSpec, EVPN and similar families are not compared", () =>
  withConfig(policies + peers(""), async (run, file) => {
    const others = /routes of VPN, FlowSpec, EVPN and similar families are not compared/;
    assert.doesNotMatch((await run("diff", "FILE")).messages, others);
    const db = new DatabaseSync(file.replace("new.toml", "small.db"));
    db.exec(
      "INSERT INTO nlri(id, family, key, nlri) VALUES(99999, 7, x'0000fde800000001080a', '65000:1 10.0.0.0/8');" +
        "INSERT INTO routes SELECT peer_id, 99999, path_id, attribute_id, NULL, 0, received_at, NULL, NULL" +
        " FROM routes WHERE peer_id <> 0 LIMIT 1",
    );
    db.close();
    assert.match((await run("diff", "FILE")).messages, others);
  }));

Deno.test("policy diff: routes that a new export policy would send, stop sending or send with other attributes", () => {
  const exporting = (out: string) =>
    `[[peers]]\nremote_ip = "127.0.0.2"\nremote_as = 65001\n${out}` +
    `[[peers]]\nremote_ip = "2001:db8::2"\nremote_as = 65002\nnext_hop_ipv4 = "192.0.2.9"\n${out}`;
  const marking = `[[policies]]\nname = "out"\ndefault = "accept"\n[[policies.rules]]\nset = { med = 77 }\n` +
    `[[policies.rules]]\nmatch = { prefix_length = ">= 25" }\naction = "reject"\n`;
  return withConfig(`${marking}${exporting('export = "out"\n')}`, async (run, file) => {
    const old = file.replace("new.toml", "old.toml");
    const text = (await Deno.readTextFile(file)).split("[[policies]]")[0]!;
    for (
      const [before, expected] of [["none", /[1-9] newly advertised/], [
        "all",
        /[1-9] withdrawn, [1-9]\d* changed/,
      ]] as const
    ) {
      await Deno.writeTextFile(old, `${text}${exporting(`export = "${before}"\n`)}`);
      const { code, lines } = await run("diff", "FILE", "-c", old);
      assert.equal(code, 0);
      const found = lines.filter((line) => line.includes("export: "));
      assert.ok(found.length > 0, lines.join("\n"));
      assert.match(lines.at(-1)!, /^export to all peers: /);
      assert.match(lines.at(-1)!, expected);
    }
    assert.ok((await run("diff", "FILE", "-c", old)).lines.some((line) => /med \S+ → 77/.test(line)));
    const same = await run("diff", "FILE", "-c", file);
    assert.equal(same.lines.at(-1), "export to all peers: no change");
    const json = await run("diff", "FILE", "-c", old, "--json");
    assert.ok(JSON.parse(json.lines.join("")).some((peer: { export: { changed: number } }) => peer.export.changed > 0));
    assert.match((await run("diff", "FILE")).messages, /export is not compared: .* name it with -c OLD/);
  });
});

Deno.test("policy diff, export: own routes, import that changes what is best, roles, next hops, new peers", () => {
  const table = (ip: string, asn: number, more: string) =>
    `[[peers]]\nremote_ip = "${ip}"\nremote_as = ${asn}\nlocal_ip = "192.0.2.1"\n${more}\n`;
  const first = '[[peers]]\nremote_ip = "127.0.0.2"\nremote_as = 65001\nlocal_ip = "127.0.0.1"\n';
  const listener = table("192.0.2.7", 65007, 'export = "all"');
  return withConfig("", async (run, file) => {
    const head = await Deno.readTextFile(file);
    const old = file.replace("new.toml", "old.toml");
    const diff = async (before: string, after: string) => {
      await Deno.writeTextFile(old, head + before);
      await Deno.writeTextFile(file, head + after);
      const { code, lines, messages } = await run("diff", "FILE", "-c", old, "--json");
      assert.equal(code, 0, messages);
      const all: { peer: string; is_new?: boolean; export: { examples: { kind: string; prefix: string }[] } }[] = JSON
        .parse(lines.join("\n"));
      return all.filter(({ peer }) => peer !== "2001:db8::2").map((
        { peer, is_new: isNew = false, export: { examples } },
      ) => [
        ...[peer, isNew],
        examples.map(({ kind, prefix }) => `${kind} ${prefix}`).toSorted(),
      ]);
    };
    const route = '[[static_routes]]\nprefix = "203.0.113.0/24"\n';
    const both = ["198.51.100.0/24", "198.51.100.128/25"];
    // A new peer gets what the best routes and our own are; no learned route goes to the others.
    assert.deepEqual(await diff(first, `${route}${first}${listener}`), [
      ["127.0.0.2", false, ["accepted 203.0.113.0/24"]],
      ["192.0.2.7", true, [...both, "203.0.113.0/24"].map((prefix) => `accepted ${prefix}`)],
    ]);
    // Import decides what there is to advertise; another next hop, and another AS of ours, are changes.
    const none = first.replace("remote_as", 'import = "none"\nremote_as');
    assert.deepEqual(await diff(first + listener, none + listener), [
      ["127.0.0.2", false, []],
      ["192.0.2.7", true, both.map((prefix) => `rejected ${prefix}`)],
    ]);
    const unchanged = listener.replace("remote_as", 'next_hop_ipv4 = "192.0.2.2"\nlocal_as = 64999\nremote_as');
    assert.deepEqual((await diff(first + listener, first + unchanged))[1], [
      "192.0.2.7",
      true,
      both.map((prefix) => `changed ${prefix}`),
    ]);
    // RFC 9234 §5: what a provider gave us is for customers only.
    const provider = first.replace("remote_as", 'role = "customer"\nremote_as');
    const peering = listener.replace("remote_as", 'role = "peer"\nremote_as');
    assert.deepEqual((await diff(first + listener, provider + peering))[1], [
      "192.0.2.7",
      true,
      both.map((prefix) => `rejected ${prefix}`),
    ]);
    assert.deepEqual(await diff(route + first + listener, route + first + listener), [
      ["127.0.0.2", false, []],
      ["192.0.2.7", true, []],
    ]);
  });
});
