import assert from "node:assert/strict";
import { askAbout } from "../../policy/support.ts";
import { bird, policiesIn, tableOf } from "./support.ts";

const head = "router id 192.0.2.1;\nprotocol device { }\n";

function peer(lines: string, name = "p", address = "192.0.2.2"): string {
  return `protocol bgp ${name} { local as 65000; neighbor ${address} as 65001; ${lines} }\n`;
}

Deno.test("peers in tables of their own, and pipes, give and get no routes: bgpd has one table", () => {
  const apart = bird(`${head}ipv4 table t1;
${peer("ipv4 { table t1; import all; export all; };")}
${peer("ipv4 { import all; export all; };", "q", "192.0.2.3")}`);
  assert.match(tableOf(apart, "[[peers]]").join("\n"), /import = "none"\nexport = "nothing"/);
  assert.match(tableOf(apart, "[[peers]]", 1).join("\n"), /import = "all"\nexport = "all"/);
  assert.equal(apart.leftOut.length, 1);
  const together = bird(`${head}ipv4 table t1;\n${peer("ipv4 { table t1; import all; export all; };")}`);
  assert.match(tableOf(together, "[[peers]]").join("\n"), /import = "all"\nexport = "all"/);
  const piped = bird(`${head}ipv4 table t1;\nprotocol pipe { table master4; peer table t1; }
${peer("ipv4 { table t1; import all; export all; };")}`);
  assert.match(tableOf(piped, "[[peers]]").join("\n"), /import = "none"\nexport = "nothing"/);
});

Deno.test("export none rejects our own routes, too, where there are some", () => {
  const lines = "ipv4 { import all; export none; };";
  assert.match(tableOf(bird(head + peer(lines)), "[[peers]]").join("\n"), /export = "none"/);
  const routes = "protocol static { ipv4; route 198.51.100.0/24 blackhole; }\n";
  const conversion = bird(head + routes + peer(lines));
  assert.match(tableOf(conversion, "[[peers]]").join("\n"), /export = "nothing"/);
  assert.equal(askAbout(policiesIn(conversion), ["nothing"]).accepted, false);
});

Deno.test("options of a session become keys", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["ttl security on; multihop 3;", ["ttl_security = 3"]],
    ["ttl security on;", ["ttl_security = 1"]],
    ["passive; disabled;", ["passive = true", "enabled = false"]],
    ["local role rs_server; require roles;", ['role = "rs"', "role_strict = true"]],
    ["allow local as 2; enforce first as; allow as sets;", [
      "allowas_in = 2",
      "enforce_first_as = true",
      "reject_as_sets = false",
    ]],
    ["graceful restart off;", ['graceful_restart = "off"']],
    ["long lived graceful restart; long lived stale time 60;", [
      "long_lived_graceful_restart = true",
      "llgr_stale_time = 60",
    ]],
    ["keepalive time 10; hold time 30;", ["hold_timer = 30"]],
    ["hold time 30; connect retry time 5; send hold time 90;", [
      "hold_timer = 30",
      "connect_retry = 5",
      "send_hold_timer = 90",
    ]],
  ];
  for (const [lines, keys] of cases) {
    const conversion = bird(head + peer(`${lines} ipv4 { import all; export all; };`));
    assert.deepEqual(conversion.leftOut, [], lines);
    const table = tableOf(conversion, "[[peers]]");
    for (const key of keys) assert.ok(table.includes(key), `${lines}: no ${key} in\n${table.join("\n")}`);
  }
});

Deno.test("options that bgpd does not have are named with their line", () => {
  const conversion = bird(`${head}protocol bgp p {
  local as 65000;
  neighbor 192.0.2.2 as 65001;
  bfd on;
  keepalive time 7;
  no such option;
  ipv4 { import all; export all; gateway direct; preference 200; };
  vpn4 multicast { import all; };
}
`);
  const lines = conversion.leftOut.map((line) => Number(/^bird\.conf:(\d+): [^:]+:/.exec(line)?.[1]));
  assert.deepEqual(lines.toSorted((a, b) => a - b), [6, 7, 8, 9, 10]);
});

Deno.test("a peer without an AS number is a comment in the output", () => {
  const conversion = bird(
    `${head}protocol bgp p { local as 65000; neighbor 192.0.2.2 external; ipv4 { import all; export all; }; }`,
  );
  assert.match(conversion.text, /^# \[\[peers\]\]\n# name = "p"$/m);
  assert.equal(conversion.leftOut.length, 1);
});

Deno.test("variables: before the block, and in it; one that a branch sets is not translated", () => {
  const filter = (body: string) => bird(`${head}filter f\n${body}\n${peer("ipv4 { import filter f; export none; };")}`);
  for (
    const body of [
      "prefix set s; { s = [ 10.0.0.0/8+ ]; if net ~ s then accept; reject; }",
      "{ prefix set s; s = [ 10.0.0.0/8+ ]; if net ~ s then accept; reject; }",
      "{ int max = 20; if net.len > max then accept; reject; }",
    ]
  ) {
    const conversion = filter(body);
    assert.deepEqual(conversion.leftOut, [], body);
    assert.equal(askAbout(policiesIn(conversion), ["f"], { prefix: "10.1.2.0/24" }).accepted, true, body);
    assert.equal(askAbout(policiesIn(conversion), ["f"], { prefix: "192.0.0.0/16" }).accepted, false, body);
  }
  const branch = filter("{ int n; n = 1; if net.len > 20 then { n = 2; } if bgp_path.len > n then reject; accept; }");
  assert.equal(branch.leftOut.length > 0, true);
  assert.equal(askAbout(policiesIn(branch), ["f"]).accepted, false);
});

Deno.test("roa_check becomes a condition on the state of the origin, and protocol rpki a cache", () => {
  const conversion = bird(`${head}roa4 table r;
protocol rpki ams {
  roa4 { table r; };
  remote 192.0.2.5 port 3323;
  refresh keep 600;
  expire 7200;
  transport tcp { authentication md5; password "sesame"; };
}
filter f {
  if roa_check(r, net, bgp_path.last_nonaggregated) = ROA_INVALID then reject;
  if roa_check(r) != ROA_VALID then { bgp_local_pref = 50; }
  accept;
}
${peer("ipv4 { import filter f; export none; };")}`);
  assert.deepEqual(conversion.leftOut, []);
  assert.deepEqual(tableOf(conversion, "[[rpki_caches]]").slice(0, 4), [
    'address = "192.0.2.5:3323"',
    'name = "ams"',
    "refresh = 600",
    "expire = 7200",
  ]);
  assert.match(conversion.text, /password_file = "[^"]*ams\.key"/);
  assert.match(conversion.text, /match = \{ ovs = "invalid" \}/);
  assert.match(conversion.text, /match = \{ not_ovs = "valid" \}/);
});

Deno.test("a cache behind SSH, a check of another prefix and other unknown conditions are left out, and reject", () => {
  const conversion = bird(`${head}roa4 table r;
protocol rpki far { roa4 { table r; }; remote "cache.example" port 22; transport ssh { user "bird"; }; }
filter f {
  if net ~ [ 10.0.0.0/8+ ] then accept;
  if roa_check(r, 192.0.2.0/24, 65001) = ROA_INVALID then reject;
  accept;
}
${peer("ipv4 { import filter f; export none; };")}`);
  assert.equal(conversion.leftOut.length, 3);
  assert.match(conversion.leftOut.join("\n"), /protocol rpki far: bgpd does not speak SSH to caches/);
  assert.match(
    conversion.leftOut.join("\n"),
    /roa_check.*: bgpd validates the prefix and the origin of the route itself/,
  );
  const ask = (prefix: string) => askAbout(policiesIn(conversion), ["f"], { prefix }).accepted;
  assert.deepEqual([ask("10.1.0.0/16"), ask("192.0.2.0/24")], [true, false]);
});

Deno.test("two peers on one line have a password file each", () => {
  const lines = (secret: string) => `password "${secret}"; ipv4 { import all; export all; };`;
  const conversion = bird(
    `${head}${peer(lines("one")).trim()} ${peer(lines("two"), "q", "192.0.2.3")}`,
  );
  assert.deepEqual(conversion.secrets.map(({ fileName, secret }) => [fileName, secret]), [["p.key", "one"], [
    "q.key",
    "two",
  ]]);
});

Deno.test("a protocol replaces or lifts the limit of its template; a limit of another kind is named", () => {
  const limitsOf = (template: string, own: string) => {
    const result = bird(`router id 192.0.2.1; template bgp t { local as 65000; ipv4 { import all; ${template} }; }
protocol bgp p from t { neighbor 10.0.0.2 as 65001; ipv4 { ${own} }; }`);
    const peer = result.text.split("[[peers]]").at(-1)!;
    return { keys: peer.split("\n").filter((line) => line.startsWith("max_prefixes")), leftOut: result.leftOut.length };
  };
  assert.deepEqual(limitsOf("import limit 10 action restart;", "import limit 20 action warn;").keys, [
    "max_prefixes = 20",
    'max_prefixes_action = "warn"',
    'max_prefixes_count = "accepted"',
  ]);
  assert.deepEqual(limitsOf("import limit 10 action restart; export limit 5;", "import limit off; export limit off;"), {
    keys: [],
    leftOut: 0,
  });
  const both = limitsOf("", "import limit 10 action block; receive limit 20;");
  assert.deepEqual(both.keys, [
    "max_prefixes = 10",
    'max_prefixes_action = "discard"',
    'max_prefixes_count = "accepted"',
  ]);
  assert.equal(both.leftOut, 1);
});

Deno.test("channels of VPN, labelled and FlowSpec routes become families; static routes of them are left out", () => {
  const conversion = bird(`
    router id 192.0.2.1;
    flow4 table flowtab4;
    vpn4 table vpntab4;
    protocol static { flow4; route flow4 { dst 198.51.100.0/24; }; }
    protocol static { vpn4; route 65000:1 198.51.100.0/24 via 192.0.2.9 mpls 100; }
    protocol bgp one {
      local as 65000;
      neighbor 192.0.2.2 as 65000;
      rr client;
      vpn4 mpls { import all; export all; };
      ipv4 mpls { import all; export all; };
      flow4 { import all; export all; };
    }
  `);
  const peer = tableOf(conversion, "[[peers]]").join("\n");
  for (const name of ["ipv4 labeled", "ipv4 vpn", "ipv4 flowspec"]) assert.ok(peer.includes(`"${name}"`), peer);
  assert.deepEqual(
    conversion.leftOut.map((line) => line.split(": ").slice(0, 2).join(": ")),
    [
      "bird.conf:5: protocol static",
      "bird.conf:5: route flow4 { … }",
      "bird.conf:6: protocol static",
      "bird.conf:6: route 65000 ",
    ],
  );
  assert.match(conversion.leftOut[1]!, /: write the rule as \[\[static_flows\]\]$/);
});
