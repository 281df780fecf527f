import assert from "node:assert/strict";
import { askAbout } from "../../policy/support.ts";
import { frr, policiesIn, tableOf } from "./support.ts";

const head = "router bgp 65000\n bgp router-id 192.0.2.1\n";

function router(lines: readonly string[], rest = "", before = head) {
  return frr(`${before}${lines.map((line) => ` ${line}\n`).join("")}exit\n${rest}`);
}

Deno.test("without filters, an eBGP peer gives and gets nothing, as FRR wants; an iBGP peer everything", () => {
  const peers = ["neighbor 192.0.2.2 remote-as 65001", "neighbor 192.0.2.3 remote-as 65000"];
  const strict = router(peers);
  assert.match(tableOf(strict, "[[peers]]").join("\n"), /import = "none"\nexport = "none"/);
  assert.match(tableOf(strict, "[[peers]]", 1).join("\n"), /import = "all"\nexport = "all"/);
  for (
    const before of [
      `frr defaults datacenter\n${head}`,
      `frr version 7.3\n${head}`,
      `${head} no bgp ebgp-requires-policy\n`,
    ]
  ) {
    assert.match(tableOf(router(peers, "", before), "[[peers]]").join("\n"), /import = "all"\nexport = "all"/, before);
  }
  const withNetwork = router([...peers, "network 198.51.100.0/24"]);
  assert.match(tableOf(withNetwork, "[[peers]]").join("\n"), /export = "nothing"/);
});

Deno.test("a filter, list or route map that does not exist rejects everything, as in FRR", () => {
  const lines = [
    "neighbor 192.0.2.2 remote-as 65001",
    "neighbor 192.0.2.2 prefix-list NOWHERE in",
    "neighbor 192.0.2.2 route-map NOTHING-HERE out",
  ];
  const conversion = router(lines);
  assert.equal(conversion.leftOut.length, 2);
  const policies = policiesIn(conversion);
  assert.equal(askAbout(policies, ["prefix-list-NOWHERE", "everything"]).accepted, false);
  assert.equal(askAbout(policies, ["NOTHING-HERE"], { source: {} }).accepted, false);
});

Deno.test("peers of a group have its keys and change some of them; a range accepts peers of the group", () => {
  const conversion = router([
    "neighbor G peer-group",
    "neighbor G remote-as 65000",
    "neighbor G timers 10 30",
    "neighbor 192.0.2.2 peer-group G",
    "neighbor 192.0.2.3 peer-group G",
    "neighbor 192.0.2.3 timers 20 60",
    "neighbor 192.0.2.3 description another one",
    "bgp listen range 192.0.2.128/25 peer-group G",
    "bgp listen limit 50",
  ]);
  assert.deepEqual(conversion.leftOut, []);
  assert.deepEqual(tableOf(conversion, "[[peers]]"), ['group = "G"', 'remote_ip = "192.0.2.2"']);
  assert.deepEqual(tableOf(conversion, "[[peers]]", 1), [
    'description = "another one"',
    'group = "G"',
    'remote_ip = "192.0.2.3"',
    "hold_timer = 60",
  ]);
  assert.deepEqual(tableOf(conversion, "[[peers]]", 2), [
    'group = "G"',
    'remote_ip = "192.0.2.128/25"',
    "max_members = 50",
  ]);
});

Deno.test("options of a neighbour become keys", () => {
  const cases: readonly (readonly [string, readonly string[]])[] = [
    ["local-as 65003", ["local_as = 65003", "local_as_no_prepend = false", "local_as_replace_as = false"]],
    ["local-as 65003 no-prepend replace-as", ["local_as_no_prepend = true", "local_as_replace_as = true"]],
    ["ttl-security hops 2", ["ttl_security = 2"]],
    ["update-source 192.0.2.9", ['local_ip = "192.0.2.9"']],
    ["allowas-in", ["allowas_in = 3"]],
    ["maximum-prefix 10 75 warning-only", [
      "max_prefixes = 10",
      "max_prefixes_warning = 75",
      'max_prefixes_action = "warn"',
    ]],
    ["shutdown message maintenance", ["enabled = false"]],
    ["local-role customer strict-mode", ['role = "customer"', "role_strict = true"]],
    ["addpath-tx-all-paths", ['add_path = "both"']],
    ["default-originate", ["default_originate = true"]],
    ["remove-private-AS all replace-AS", ['remove_private_as = "replace"']],
  ];
  for (const [line, keys] of cases) {
    const conversion = router(["neighbor 192.0.2.2 remote-as 65001", `neighbor 192.0.2.2 ${line}`]);
    assert.deepEqual(conversion.leftOut, [], line);
    const table = tableOf(conversion, "[[peers]]");
    for (const key of keys) assert.ok(table.includes(key), `${line}: no ${key} in\n${table.join("\n")}`);
  }
});

Deno.test("no send-community: the routes leave without communities, also without those that the route map adds", () => {
  const map =
    "route-map OUT permit 10\n set community 65000:1 additive\n set large-community 65000:1:1 additive\nexit\n";
  const lines = ["neighbor 192.0.2.2 remote-as 65001", "neighbor 192.0.2.2 route-map OUT out"];
  const { set } = askAbout(
    policiesIn(router([...lines, "no neighbor 192.0.2.2 send-community"], map)),
    ["OUT-without-communities"],
    { communities: "65001:7 65001:1:7", source: {} },
  );
  assert.deepEqual([set.communities, set.largeCommunities.length], [[], 2]);
});

Deno.test("what bgpd does not have is named with its line; a second instance, too", () => {
  const conversion = router(
    [
      "neighbor 192.0.2.2 remote-as 65000",
      "neighbor 192.0.2.2 weight 5",
      "redistribute ospf",
      "bgp dampening",
      "neighbor 192.0.2.3 remote-as external",
      "address-family ipv4 encap",
      " neighbor 192.0.2.2 activate",
      "exit-address-family",
    ],
    "router ospf\n network 10.0.0.0/8 area 0\nexit\nrouter bgp 65000 vrf red\nexit\n",
  );
  const lines = conversion.leftOut.map((line) => Number(/^frr\.conf:(\d+): /.exec(line)?.[1])).toSorted((a, b) =>
    a - b
  );
  assert.deepEqual(lines, [4, 5, 6, 7, 8, 12, 15]);
});

Deno.test("a keepalive time that is not a third of the hold time is named", () => {
  const peers = ["neighbor 192.0.2.2 remote-as 65000", "neighbor 192.0.2.2 timers 10 30"];
  assert.deepEqual(router(peers).leftOut, []);
  const conversion = router([...peers, "neighbor 192.0.2.2 timers 5 30", "timers bgp 5 60"]);
  assert.equal(conversion.leftOut.length, 2);
  assert.ok(tableOf(conversion, "[[peers]]").includes("hold_timer = 30"));
});

Deno.test("the password of a group is one file", () => {
  const conversion = router([
    "neighbor G peer-group",
    "neighbor G password wonderful",
    "neighbor 192.0.2.2 remote-as 65000",
    "neighbor 192.0.2.2 peer-group G",
    "neighbor 192.0.2.3 remote-as 65000",
    "neighbor 192.0.2.3 peer-group G",
    "neighbor 192.0.2.3 password other words",
  ]);
  assert.deepEqual(conversion.secrets.map(({ fileName, secret }) => [fileName, secret]), [
    ["G.key", "wonderful"],
    ["192.0.2.3.key", "other words"],
  ]);
  assert.equal(conversion.text.match(/password_file = "secrets\/G\.key"/g)?.length, 1);
});

Deno.test("conditional advertisement withholds everything: what may go out is not known", () => {
  const conversion = router([
    "neighbor 192.0.2.2 remote-as 65000",
    "neighbor 192.0.2.2 advertise-map A exist-map B",
  ]);
  assert.match(tableOf(conversion, "[[peers]]").join("\n"), /export = "nothing"/);
});

Deno.test("files without indentation are read, too", () => {
  const conversion = frr(`router bgp 65000
bgp router-id 192.0.2.1
neighbor 192.0.2.2 remote-as 65001
address-family ipv4 unicast
neighbor 192.0.2.2 route-map IN in
exit-address-family
exit
route-map IN permit 10
set local-preference 70
ip prefix-list X permit any
`);
  assert.deepEqual(conversion.leftOut, []);
  assert.equal(askAbout(policiesIn(conversion), ["IN"]).set.localPref, 70);
});

Deno.test("a later line of a route map replaces an earlier one of its kind, and no removes it", () => {
  const routeMap = `route-map M permit 10
 match metric 5
 no match metric 5
 set community 65000:1 additive
 set community 65000:2 additive
 set metric +5
 set metric 7
 set local-preference 50
 no set local-preference 50
 set as-path prepend 65000
 set as-path prepend last-as 2
 set extcommunity rt 65000:1
 set extcommunity soo 65000:2
`;
  assert.deepEqual(rulesOf(routeMap), [
    'name = "seq 10"',
    'set = { med = 7, prepend_first = 2, add_communities = ["65000:2", "rt:65000:1", "soo:65000:2"] }',
    'action = "accept"',
  ]);
});

Deno.test("communities that are set after others were deleted stay", () => {
  const list = "bgp community-list standard D permit 65000:1\n";
  assert.deepEqual(rulesOf(`${list}route-map M permit 10\n set comm-list D delete\n set community 65000:1\n`), [
    'set = { remove_communities = ["65000:1"] }',
    "[[policies.rules]]",
    'name = "seq 10"',
    'set = { communities = ["65000:1"] }',
    'action = "accept"',
  ]);
  assert.deepEqual(rulesOf(`${list}route-map M permit 10\n set community 65000:1\n set comm-list D delete\n`), [
    'name = "seq 10"',
    'set = { communities = ["65000:1"], remove_communities = ["65000:1"] }',
    'action = "accept"',
  ]);
});

/** The rules of the route map M, which a neighbour uses. */
function rulesOf(lines: string): string[] {
  const router = `router bgp 65000
 neighbor 10.0.0.2 remote-as 65001
 address-family ipv4 unicast
  neighbor 10.0.0.2 route-map M in
`;
  const { text } = frr(lines + router);
  const all = text.split("# --- peers")[0]!.split("\n").filter((line) => line !== "");
  return all.slice(all.indexOf("[[policies.rules]]") + 1);
}

Deno.test("families beside unicast become families of the peer; what only a router with VRFs does is left out", () => {
  const conversion = router([
    "neighbor 192.0.2.2 remote-as 65000",
    ...["ipv4 vpn", "ipv6 vpn", "ipv4 labeled-unicast", "ipv4 flowspec", "l2vpn evpn"].flatMap((family) => [
      `address-family ${family}`,
      "neighbor 192.0.2.2 activate",
      "neighbor 192.0.2.2 route-reflector-client",
      "exit-address-family",
    ]),
    "address-family l2vpn evpn",
    "advertise-all-vni",
    "exit-address-family",
    "address-family ipv4 vpn",
    "network 198.51.100.0/24 rd 65000:1 label 100",
    "exit-address-family",
  ]);
  const families = '"ipv4 unicast", "ipv4 labeled", "ipv4 vpn", "ipv6 vpn", "ipv4 flowspec", "evpn"';
  const peer = tableOf(conversion, "[[peers]]").join("\n");
  for (const name of families.split(", ")) assert.ok(peer.includes(name), `${name}\n${peer}`);
  assert.match(peer, /route_reflector_client = true/);
  assert.deepEqual(conversion.leftOut, [
    "frr.conf:25: advertise-all-vni: bgpd has no such option",
    "frr.conf:28: network 198.51.100.0/24 rd 65000:1 label 100: static routes are unicast routes",
  ]);
  policiesIn(conversion);
});
