import assert from "node:assert/strict";
import { type Config, type ConfigError, defaultWeb, parseConfig, type PeerConfig } from "../../../src/config/mod.ts";
import { emptyPolicyTable } from "../../../src/policy/mod.ts";
import { familyMask, formatAddress, formatPrefix, parseIpv4Number } from "../../../src/types/mod.ts";
import { configHead } from "../../support/config_text.ts";

const head = configHead({ routerId: "1.1.1.1" });

function config(text: string): Config {
  const result = parseConfig(text);
  assert.deepEqual(result.kind === "errors" ? result.errors : [], []);
  assert.ok(result.kind === "config");
  return result.config;
}

function errors(text: string): readonly ConfigError[] {
  const result = parseConfig(text);
  return result.kind === "errors" ? result.errors : [];
}

/** `line: message`, and behind an arrow the suggestion. */
function errorLines(text: string): string[] {
  return errors(text).map(({ line, message, suggestion }) =>
    `${line}: ${message}${suggestion === undefined ? "" : ` → ${suggestion}`}`
  );
}

function onlyPeer(text: string): PeerConfig {
  const { peers } = config(head + text);
  assert.equal(peers.length, 1);
  return peers[0]!;
}

Deno.test("RFC 7947 §2.3.2: route server clients get a selection of their own, unless it is set to best", () => {
  const selection = (keys: string) => {
    const text =
      `router_id = "1.1.1.1"\ndefault_as = 65000\n[[peers]]\nremote_ip = "10.0.0.2"\nremote_as = 65001\n${keys}`;
    const result = parseConfig(text);
    return result.kind === "config" ? result.config.peers[0]!.exportSelection : result.kind;
  };
  assert.equal(selection("route_server_client = true"), "per-client");
  assert.equal(selection('route_server_client = true\nexport_selection = "best"'), "best");
  assert.equal(selection(""), "best");
  assert.equal(selection('export_selection = "per-client"'), "per-client");
});

Deno.test("the smallest configuration gets every default", () => {
  const { peers, ...top } = config(head + '[[peers]]\nremote_ip = "127.0.0.2"\nremote_as = 65001\n');
  assert.deepEqual(top, {
    routerId: parseIpv4Number("1.1.1.1"),
    clusterId: undefined,
    defaultAsn: 65000,
    bgpSockets: [],
    apiSocket: undefined,
    apiTokenFile: undefined,
    controlMode: 0o600,
    controlGroup: undefined,
    database: "bgpd.db",
    databaseMode: 0o640,
    databaseGroup: undefined,
    stopSeconds: 10,
    history: { days: 30, maxMegabytes: 8192 },
    pollIntervalSeconds: 5,
    selectionDeferralSeconds: 240,
    rfc8212: "accept",
    multipath: 1,
    multipathRelax: false,
    rpkiCaches: [],
    rpkiFiles: [],
    rpkiExceptions: undefined,
    policies: emptyPolicyTable,
    staticRoutes: [],
    staticFlows: [],
    stations: [],
    archives: [],
    alerts: [],
    web: defaultWeb,
    bmpSockets: [],
    bmpUnknownRouters: false,
    routers: [],
  });
  assert.deepEqual(peers, [{
    kind: "address",
    name: "127.0.0.2",
    remoteIp: "127.0.0.2",
    description: undefined,
    group: undefined,
    groups: [],
    remoteAsn: 65001,
    localAsn: 65000,
    localIp: undefined,
    port: undefined,
    routerId: parseIpv4Number("1.1.1.1"),
    enabled: true,
    passive: false,
    dialOnly: false,
    holdTimeSeconds: 90,
    sendHoldSeconds: 480,
    connectRetrySeconds: 5,
    delayOpenSeconds: 0,
    passwordFile: undefined,
    ttlSecurity: undefined,
    families: [1, 2],
    addPathReceive: 0,
    addPathSend: 0,
    extendedNextHop: 0,
    enforceFirstAs: false,
    import: "all",
    export: "none",
    nextHop: "auto",
    nextHopIpv4: undefined,
    nextHopIpv6: undefined,
    routeReflectorClient: false,
    routeServerClient: false,
    role: undefined,
    roleStrict: false,
    maxAttributeBytes: 0,
    addPathMaxPaths: 64,
    addPathSendMax: Infinity,
    exportSelection: "best",
    validatesFlows: true,
    rpki: "off",
    aspa: "off",
    rpkiCommunity: "off",
    advertisementIntervalSeconds: 0,
    maxMembers: 1000,
    gracefulRestart: "helper",
    restartSeconds: 120,
    staleRoutesSeconds: 360,
    longLived: 0,
    longLivedSeconds: 86_400,
    staticRoutes: [],
    staticFlows: [],
    confederation: undefined,
    realAsn: undefined,
    localAsNoPrepend: true,
    localAsReplaceAs: true,
    allowasIn: 0,
    asOverride: false,
    removePrivateAs: "none",
    defaultOriginate: [],
    rejectAsSets: "external",
    aigp: undefined,
    maxPrefixes: {},
    maxPrefixesAction: "shutdown",
    maxPrefixesCount: "received",
    maxPrefixesWarningPercent: 80,
    maxPrefixesRestartMinutes: 0,
    maxPrefixesOut: {},
    maxPrefixesOutAction: "stop",
  }]);
});

Deno.test("five mistakes give five errors, each with its line and a suggestion", () => {
  const text = [
    'router_id = "1.1.1.1"',
    "defaul_as = 65000", // 2
    "[[peers]]",
    'remote_ip = "127.0.0.2/8"', // 4
    "remote_as = 65000",
    "local_as = 65000",
    "hold_timer = 2", // 7
    'families = ["ipv4 unicast", "ipv6 unicst"]', // 8
    "[[peers.static_routes]]",
    'prefix = "9.9.9.0/24"',
    'comunities = ["65000:99"]', // 11
  ].join("\n");
  assert.deepEqual(errorLines(text), [
    '2: unknown key "defaul_as" in the top level → default_as',
    '4: remote_ip: 127.0.0.2/8 has host bits set → "127.0.0.0/8"',
    "7: hold_timer must be 0 (no keepalives) or 3 to 65535 seconds (RFC 4271 §4.2), not 2",
    "8: families must be a family (ipv4 unicast, ipv6 unicast, ipv4 multicast, ipv6 multicast, " +
    "ipv4 labeled, ipv6 labeled, ipv4 vpn, ipv6 vpn, ipv4 flowspec, ipv6 flowspec, ipv4 flowspec-vpn, " +
    "ipv6 flowspec-vpn, evpn, rtc, vpls, ipv4 mvpn, ipv6 mvpn, bgp-ls, bgp-ls vpn, ipv4 sr-policy, " +
    'ipv6 sr-policy, ipv4 mup, ipv6 mup), not "ipv6 unicst"' +
    ' → "ipv6 unicast"',
    '11: unknown key "comunities" in [[peers.static_routes]] → communities',
  ]);
  assert.deepEqual(errors(text).map((error) => error.column), [1, 13, 14, 29, 1]);
});

Deno.test("lines that are not TOML are listed together with the other mistakes", () => {
  const text = head + "[[peers]]\nremote_ip = 127.0.0.2\nremote_as = 65000\nhold_timr = 90\n";
  assert.deepEqual(errorLines(text), [
    '4: the value of remote_ip is neither a number nor true or false; write text in quotes → remote_ip = "127.0.0.2"',
    '6: unknown key "hold_timr" in [[peers]] → hold_timer',
  ]);
});

Deno.test("what is left open is reported once: a quote at its end, a bracket where another value starts", () => {
  assert.deepEqual(errorLines(`router_id = "192.0.2.1\ndefault_as = 65000\n`), [
    "1: not TOML: the closing quote is missing",
  ]);
  const open = ['families = ["ipv4 unicast"', 'families = ["ipv4 unicast",', 'import = { default = "x"'];
  for (const line of open) {
    for (const next of ['remote_ip = "192.0.2.1"', "remote_as = 65000", "[[groups]]"]) {
      assert.deepEqual(errorLines(`${head}[[peers]]\n${line}\n\n${next}\nhold_timer = 90\n`), [
        "6: not TOML: a bracket or a brace is still open above this line",
      ], `${line} ${next}`);
    }
  }
});

Deno.test("each required key is asked for once", () => {
  assert.deepEqual(errorLines("[[peers]]\n"), [
    '1: router_id is missing: the BGP Identifier of this speaker → router_id = "192.0.2.1"',
    "1: remote_ip is missing: an address or a network; or set interface for the only neighbour on a link",
    "1: our own AS is missing: set local_as here, or default_as at the top level",
  ]);
  assert.deepEqual(errorLines(head + '[[peers]]\nremote_ip = "10.0.0.1"\n'), [
    "3: remote_as is missing: the AS of the peer",
  ]);
  assert.deepEqual(errorLines(head + "[[peers]]\nremote_ip = 5\nremote_as = 0\n").length, 2);
});

Deno.test("the error about a key in the wrong table names the right table", () => {
  assert.deepEqual(errorLines("hold_timer = 90\n" + head), [
    "1: hold_timer is a key of [[peers]], not of the top level: move it there",
  ]);
  assert.deepEqual(errorLines(head + '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\nmed = 5\n'), [
    "6: med is a key of [[peers.static_routes]], not of [[peers]]: move it there",
  ]);
  assert.deepEqual(errorLines(head + '[[groups]]\nname = "x"\nremote_ip = "10.0.0.1"\n'), [
    "5: remote_ip is a key of [[peers]], not of [[groups]]: move it there",
  ]);
});

Deno.test("keys of the original bgpd that have no meaning here are refused with a reason", () => {
  const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\n';
  const [line] = errorLines(head + peer + 'advertise_sources = ["api"]\n');
  assert.match(line!, /^6: advertise_sources: not a key here; static_routes are always announced/);
});

Deno.test("router_id and local_router_id of a peer mean the same; both at once are refused", () => {
  const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\n';
  assert.equal(onlyPeer(peer + 'router_id = "2.2.2.2"\n').routerId, parseIpv4Number("2.2.2.2"));
  assert.equal(onlyPeer(peer + 'local_router_id = "2.2.2.2"\n').routerId, parseIpv4Number("2.2.2.2"));
  assert.equal(errorLines(head + peer + 'router_id = "2.2.2.2"\nlocal_router_id = "2.2.2.2"\n').length, 1);
});

Deno.test("a peer takes the keys of its group, and its own keys take precedence", () => {
  const peer = onlyPeer(`
[[groups]]
name = "lab"
remote_as = 65001
hold_timer = 30
families = ["ipv4 unicast"]
[[groups.static_routes]]
prefix = "9.9.9.0/24"
[[peers]]
group = "lab"
remote_ip = "10.0.0.1"
hold_timer = 60
`);
  assert.equal(peer.group, "lab");
  assert.equal(peer.remoteAsn, 65001);
  assert.equal(peer.holdTimeSeconds, 60);
  assert.deepEqual(peer.families, [1]);
  assert.equal(peer.staticRoutes.length, 1);
});

Deno.test("a group that does not exist, and one that is defined twice", () => {
  const groups = '[[groups]]\nname = "lab"\n[[groups]]\nname = "lab"\n';
  const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\ngroup = "lba"\n';
  assert.deepEqual(errorLines(head + groups + peer), [
    '6: group "lab" is already used on line 3',
    '10: no [[groups]] has the name "lba" → "lab"',
  ]);
});

Deno.test("a network is passive and needs no AS; an address that is written as /32 is not a network", () => {
  const network = onlyPeer('[[peers]]\nremote_ip = "10.0.0.0/8"\n');
  assert.ok(network.kind === "network");
  assert.equal(formatPrefix(network.remoteNetwork), "10.0.0.0/8");
  assert.equal(network.passive, true);
  assert.equal(network.remoteAsn, undefined);
  assert.deepEqual(errorLines(head + '[[peers]]\nremote_ip = "10.0.0.0/8"\npassive = false\n'), [
    "5: passive = false is not possible with a network as remote_ip: there is no address to connect to",
  ]);
  const host = onlyPeer('[[peers]]\nremote_ip = "10.0.0.1/32"\nremote_as = 1\n');
  assert.ok(host.kind === "address" && host.remoteIp === "10.0.0.1" && !host.passive);
});

Deno.test("several networks may overlap, but no address and no network may be used twice, in any spelling", () => {
  const peer = (ip: string) => `[[peers]]\nremote_ip = "${ip}"\nremote_as = 1\n`;
  assert.equal(config(head + peer("10.0.0.0/8") + peer("10.1.0.0/16") + peer("10.1.0.1")).peers.length, 3);
  assert.deepEqual(errorLines(head + peer("2001:db8::1") + peer("2001:DB8:0::1")), [
    "7: remote_ip 2001:db8::1 is already used on line 4; a second peer at that address needs a name",
  ]);
  assert.equal(errors(head + peer("10.0.0.1") + peer("::ffff:10.0.0.1")).length, 1);
  assert.equal(errors(head + peer("10.0.0.0/8") + peer("10.0.0.0/8")).length, 1);
});

Deno.test("local_ip and remote_ip are of one family", () => {
  assert.deepEqual(errorLines(head + '[[peers]]\nremote_ip = "::1"\nremote_as = 1\nlocal_ip = "127.0.0.1"\n'), [
    "6: local_ip is IPv4 but remote_ip is IPv6: a connection has one family; use an IPv6 address",
  ]);
});

Deno.test("static routes become attribute sets", () => {
  const { staticRoutes } = onlyPeer(`
[[peers]]
remote_ip = "10.0.0.1"
remote_as = 1
reject_as_sets = false
[[peers.static_routes]]
prefix = "9.9.9.0/24"
next_hop = "1.1.1.1"
origin = "incomplete"
as_path = [65000, "1.10", "{3,4}", "500"]
local_pref = 200
multi_exit_disc = 10
communities = ["65000:99", "no-export"]
large_communities = ["1:2:3"]
ext_communities = ["rt:65000:100"]
[[peers.static_routes]]
prefix = "2001:db8::/32"
`);
  const [first, second] = staticRoutes;
  assert.equal(formatPrefix(first!.prefix!), "9.9.9.0/24");
  assert.equal(first!.family, 1);
  const set = first!.attributes;
  assert.equal(formatAddress(set.nextHop!), "1.1.1.1");
  assert.equal(set.origin, 2);
  assert.deepEqual(set.asPath, [
    { type: 2, asns: [65000, 65546] },
    { type: 1, asns: [3, 4] },
    { type: 2, asns: [500] },
  ]);
  assert.equal(set.localPref, 200);
  assert.equal(set.med, 10);
  assert.deepEqual(set.communities, [65000 * 65536 + 99, 0xffffff01]);
  assert.deepEqual(set.largeCommunities, [[1, 2, 3]]);
  assert.deepEqual(set.extCommunities.map((octets) => [...octets]), [[0, 2, 0xfd, 0xe8, 0, 0, 0, 100]]);
  assert.equal(second!.family, 2);
  assert.equal(second!.attributes.nextHop, undefined);
  assert.equal(second!.attributes.origin, 0);
});

Deno.test("rfc4271#6.3 a static route to a martian prefix is a mistake, for all peers and for one", () => {
  const errors = (tables: string) => errorLines(`router_id = "10.0.0.1"\ndefault_as = 65000\n${tables}`);
  assert.deepEqual(errors('[[static_routes]]\nprefix = "224.0.0.0/4"'), [
    "4: prefix 224.0.0.0/4 is multicast and cannot be announced (RFC 4271 §6.3)",
  ]);
  const peer = '[[peers]]\nremote_ip = "127.0.0.2"\nremote_as = 65001\n';
  assert.deepEqual(errors(`${peer}[[peers.static_routes]]\nprefix = "::1/128"`), [
    "7: prefix ::1/128 is loopback and cannot be announced (RFC 4271 §6.3)",
  ]);
  assert.deepEqual(errors('[[static_routes]]\nprefix = "0.0.0.0/0"'), []);
});

Deno.test("RFC 9774 §3: a static route has an AS_SET only for peers that accept it, or for all if one does", () => {
  const peer = (last: number, takes: string) => `[[peers]]\nremote_ip = "10.0.0.${last}"\nremote_as = 1\n${takes}`;
  const takes = "reject_as_sets = false\n";
  const route = 'prefix = "9.0.0.0/8"\nas_path = [65000, "{1,2}"]\n';
  const ofPeer = `[[peers.static_routes]]\n${route}`;
  const global = `[[static_routes]]\n${route}`;
  const refused =
    "as_path has an AS_SET: RFC 9774 forbids to announce one; leave it out, or set reject_as_sets = false" +
    " at the peer that should receive it";
  assert.deepEqual(errorLines(head + peer(1, "") + ofPeer), [`8: ${refused}`]);
  assert.deepEqual(errorLines(head + peer(1, "reject_as_sets = true\n") + ofPeer), [`9: ${refused}`]);
  assert.deepEqual(errorLines(head + peer(1, takes) + ofPeer), []);
  assert.deepEqual(errorLines(head + peer(1, "") + global), [`8: ${refused}`]);
  assert.deepEqual(errorLines(head + peer(1, "") + peer(2, takes) + global), []);
  assert.deepEqual(errorLines(head + peer(1, "") + ofPeer.replace('"{1,2}"', "1, 2")), []);
});

Deno.test("a static route needs a family that the peer offers, a next hop of that family, and a unique prefix", () => {
  const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\nfamilies = ["ipv4 unicast"]\n';
  const route = (text: string) => `[[peers.static_routes]]\n${text}\n`;
  assert.deepEqual(errorLines(head + peer + route('prefix = "2001:db8::/32"\nnext_hop = "1.1.1.1"')), [
    "8: prefix is ipv6 unicast, which is not in families of this peer",
    "9: next_hop of an IPv6 prefix must be IPv6",
  ]);
  const wide = 'prefix = "9.0.0.0/8"\nnext_hop = "2001:db8::1"';
  assert.equal(errors(head + peer + route(wide)).length, 1);
  assert.equal(errors(head + peer + "extended_next_hop = true\n" + route(wide)).length, 0);
  assert.deepEqual(errorLines(head + peer + route('prefix = "9.0.0.0/8"') + route('prefix = "9.0.0.0/8"')), [
    "10: prefix 9.0.0.0/8 is already used on line 8",
  ]);
});

Deno.test("the attributes of a static route leave room in a message, for one peer and for all peers", () => {
  const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\n';
  const route = (communities: number) =>
    `prefix = "9.0.0.0/8"\ncommunities = [${Array.from({ length: communities }, (_, i) => `"${i}:1"`).join(", ")}]\n`;
  // Whether it fits depends on the session (RFC 8654): one that cannot carry it says so.
  assert.deepEqual(errorLines(`${head}${peer}[[peers.static_routes]]\n${route(2000)}`), []);
  assert.deepEqual(errorLines(`${head}${peer}[[peers.static_routes]]\n${route(16_330)}`), [
    "6: the attributes of 9.0.0.0/8 take 65331 octets, more than a message can hold",
  ]);
  // More than the two octets of an attribute's length can say.
  assert.deepEqual(errorLines(`${head}[[static_routes]]\n${route(17_000)}${peer}`), [
    "3: the attributes of 9.0.0.0/8 take 68011 octets, more than a message can hold",
  ]);
});

Deno.test("ADD-PATH for all families that are offered, or by family", () => {
  const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\n';
  const all = onlyPeer(peer + 'add_path = "both"\n');
  assert.deepEqual([all.addPathReceive, all.addPathSend], [0b110, 0b110]);
  const some = onlyPeer(peer + 'add_path = { "ipv4 unicast" = "receive", "ipv6 unicast" = "send" }\n');
  assert.deepEqual([some.addPathReceive, some.addPathSend], [0b010, 0b100]);
  const off = onlyPeer(peer + 'add_path = "none"\nextended_next_hop = true\n');
  assert.deepEqual([off.addPathReceive, off.addPathSend, off.extendedNextHop], [0, 0, 0b010]);
});

Deno.test("sockets: one or several, IPv6 in brackets, port 179 where none is written", () => {
  assert.deepEqual(config(head + 'bgp_socket = ["127.0.0.1:1179", "[::1]:1179", "::1", "10.0.0.1"]\n').bgpSockets, [
    { address: "127.0.0.1", port: 1179 },
    { address: "::1", port: 1179 },
    { address: "::1", port: 179 },
    { address: "10.0.0.1", port: 179 },
  ]);
  assert.equal(errors(head + 'bgp_socket = "127.0.0.1:8179"\napi_socket = "127.0.0.1:8179"\n')[0]!.line, 4);
});

Deno.test("the shipped examples have no mistakes", () => {
  for (const name of ["config.toml", "collector.toml", "policy.toml"]) {
    config(Deno.readTextFileSync(new URL(`../../../examples/${name}`, import.meta.url)));
  }
});

Deno.test("send_hold_timer does not end a session before its hold time is over", () => {
  const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\nhold_timer = 180\n';
  assert.deepEqual(errorLines(head + peer + "send_hold_timer = 180\n"), [
    "7: send_hold_timer must be more than hold_timer (180), or 0",
  ]);
  assert.equal(onlyPeer(peer + "send_hold_timer = 181\n").sendHoldSeconds, 181);
  assert.equal(onlyPeer(peer + "send_hold_timer = 0\n").sendHoldSeconds, 0);
  assert.equal(onlyPeer(peer.replace("180", "300")).sendHoldSeconds, 600);
});

Deno.test("a list of tables with one bracket gets another error than a missing list", () => {
  assert.deepEqual(errorLines(head + '[peers]\nremote_ip = "10.0.0.1"\n'), [
    "3: peers is a list of tables: write its header in two brackets, like [[peers]]",
  ]);
});

Deno.test("[[static_routes]] at the top level are for every peer, also IPv4 routes with an IPv6 next hop", () => {
  const result = parseConfig(`router_id = "1.1.1.1"
default_as = 65000
api_token_file = "token"

[[static_routes]]
prefix = "9.9.9.0/24"
next_hop = "2001:db8::1"

[[static_routes]]
prefix = "2001:db8:9::/48"
communities = ["65000:99"]
`);
  assert.equal(result.kind, "config");
  if (result.kind !== "config") return;
  const { staticRoutes, apiTokenFile } = result.config;
  assert.equal(apiTokenFile, "token");
  assert.deepEqual(staticRoutes.map(({ family, prefix }) => [family, formatPrefix(prefix!)]), [
    [1, "9.9.9.0/24"],
    [2, "2001:db8:9::/48"],
  ]);
  assert.equal(staticRoutes[1]!.attributes.nextHop, undefined);
});

Deno.test("mistakes in [[static_routes]] are reported with their table and line", () => {
  const result = parseConfig(`router_id = "1.1.1.1"
default_as = 65000
[[static_routes]]
prefx = "9.9.9.0/24"
[[static_routes]]
prefix = "2001:db8:9::/48"
next_hop = "1.1.1.1"
[[static_routes]]
prefix = "2001:db8:9::/48"
`);
  assert.equal(result.kind, "errors");
  if (result.kind !== "errors") return;
  assert.deepEqual(result.errors.map(({ line, message }) => `${line}: ${message}`), [
    "3: prefix is missing: the prefix to announce",
    '4: unknown key "prefx" in [[static_routes]]',
    "7: next_hop of an IPv6 prefix must be IPv6",
    "9: prefix 2001:db8:9::/48 is already used on line 6",
  ]);
});

Deno.test("the history is kept unless it is turned off, and is bounded in time and size", () => {
  const history = (lines: string) => {
    const result = parseConfig(`router_id = "1.1.1.1"\n${lines}`);
    return result.kind === "config" ? result.config.history : result.errors.map(({ message }) => message);
  };
  assert.deepEqual(history(""), { days: 30, maxMegabytes: 8192 });
  assert.deepEqual(history("history_days = 365\nhistory_max_mb = 50000"), { days: 365, maxMegabytes: 50000 });
  assert.deepEqual(history("history = false"), undefined);
  assert.deepEqual(history("history_days = 0"), ["history_days must be a whole number from 1 to 36500, not 0"]);
});

Deno.test('RFC 8212 §2: with rfc8212 = "strict", routes of an eBGP peer are used only if import allows it', () => {
  const imports = (mode: string, peer: string) => {
    const result = parseConfig(`router_id = "1.1.1.1"\ndefault_as = 65000\nrfc8212 = "${mode}"\n[[peers]]\n${peer}\n`);
    assert.ok(result.kind === "config");
    return result.config.peers[0]!.import;
  };
  const external = 'remote_ip = "192.0.2.1"\nremote_as = 65001';
  assert.equal(imports("strict", external), "none");
  assert.equal(imports("strict", 'remote_ip = "192.0.2.0/24"'), "none", "members may be of any AS");
  assert.equal(imports("strict", `${external}\nimport = "all"`), "all");
  // The twins: inside the AS the RFC asks for nothing, and a collector takes what comes.
  assert.equal(imports("strict", 'remote_ip = "192.0.2.1"\nremote_as = 65000'), "all");
  assert.equal(imports("accept", external), "all");
  assert.equal(imports("accept", `${external}\nimport = "none"`), "none");
});

Deno.test("RFC 9234 §4: a role is for an eBGP session, and role_strict needs a role", () => {
  const peer = '[[peers]]\nremote_ip = "192.0.2.1"\n';
  const mine = onlyPeer(`${peer}remote_as = 65001\nrole = "rs-client"\nrole_strict = true\n`);
  assert.deepEqual([mine.role, mine.roleStrict], ["rs-client", true]);
  assert.deepEqual(errorLines(`${head}${peer}remote_as = 65000\nrole = "peer"\n`), [
    "6: role is for eBGP peers; AS 65000 is our own",
  ]);
  assert.deepEqual(errorLines(`${head}${peer}remote_as = 65001\nrole_strict = true\n`), [
    "6: role_strict needs role: bgpd compares the role of the peer with its own",
  ]);
  assert.deepEqual(errorLines(`${head}${peer}remote_as = 65001\nrole = "costumer"\n`), [
    '6: role must be "provider", "rs", "rs-client", "customer" or "peer", not "costumer" → "customer"',
  ]);
});

Deno.test("families go by the names of other daemons, too; extended_next_hop is for those with IPv4 next hops", () => {
  const peer = '[[peers]]\nremote_ip = "10.0.0.1"\nremote_as = 1\n';
  const named = onlyPeer(
    peer + 'families = ["l3vpn-ipv4-unicast", "IPv4 flow", "l2vpn evpn", "vpnv6", "ipv4_unicast"]\n' +
      "extended_next_hop = true\n",
  );
  assert.deepEqual(named.families, [1, 7, 8, 9, 13]);
  assert.equal(named.extendedNextHop, familyMask([1, 7]));
  const wrong = errorLines(head + peer + 'families = ["ipv4 flowspec"]\nextended_next_hop = ["ipv4 flowspec"]\n');
  assert.match(
    wrong.join(),
    /extended_next_hop is for families whose next hops are IPv4 addresses; ipv4 flowspec is none of them/,
  );
});
