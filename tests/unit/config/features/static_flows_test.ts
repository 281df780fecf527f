/** FlowSpec rules of the configuration, also in the words of the original bgpd. */
import assert from "node:assert/strict";
import { type Config, parseConfig } from "../../../../src/config/mod.ts";
import { formatDestination, formatFlowActions } from "../../../../src/message/mod.ts";
import { familyOf } from "../../../../src/types/mod.ts";

const head = 'router_id = "10.0.0.1"\ndefault_as = 65000\n';
const peer = `[[peers]]\nremote_ip = "10.0.0.2"\nremote_as = 65001\n`;

function config(text: string): Config {
  const result = parseConfig(text);
  assert.deepEqual(result.kind === "errors" ? result.errors : [], []);
  assert.ok(result.kind === "config");
  return result.config;
}

function errors(text: string): string[] {
  const result = parseConfig(text);
  assert.ok(result.kind === "errors");
  return result.errors.map(({ line, message }) => `${line}: ${message}`);
}

function shown({ staticFlows }: Pick<Config, "staticFlows">): string[][] {
  return staticFlows.map((route) => [
    familyOf(route.family).name,
    formatDestination(route.family, route),
    formatFlowActions(route.attributes.extCommunities, route.attributes.ipv6ExtCommunities),
  ]);
}

Deno.test("rules for all peers, with actions as extended communities", () => {
  const { staticFlows } = config(`${head}
[[static_flows]]
rule = "destination 192.0.2.0/24 protocol =udp destination-port =53 >8000&<=8080"
actions = ["rate-limit 9600", "action sample"]
communities = ["65000:99"]
ext_communities = ["rt:65000:7"]
[[static_flows]]
rule = "destination 2001:db8::/32"
actions = "redirect-to-ip 2001:db8::1"
[[static_flows]]
rd = "65000:1"
rule = "port 80"
actions = "discard"
[[static_flows]]
family = "ipv6 flowspec"
rule = "port 80"
actions = "redirect-to-next-hop"
next_hop = "2001:db8::9"
`);
  assert.deepEqual(shown({ staticFlows }), [
    [
      "ipv4 flowspec",
      "destination 192.0.2.0/24 protocol =udp destination-port =53 >8000&<=8080",
      "rate-limit:9600 action:sample",
    ],
    ["ipv6 flowspec", "destination 2001:db8::/32", "redirect-to-ip:2001:db8::1"],
    ["ipv4 flowspec-vpn", "rd 65000:1 port =80", "discard"],
    ["ipv6 flowspec", "port =80", "redirect-to-next-hop"],
  ]);
  assert.deepEqual(staticFlows[0]!.attributes.communities, [65000 * 65536 + 99]);
  assert.equal(staticFlows[0]!.attributes.nextHop, undefined);
  assert.equal(staticFlows[3]!.attributes.nextHop!.length, 16);
});

Deno.test("rules of the original bgpd: afi, action and matches, whose comparisons must all hold", () => {
  const { peers: [only] } = config(`${head}${peer}families = ["ipv6 unicast", "ipv6 flow"]
[[peers.static_flows]]
afi = 2
action = "traffic-rate 24000"
matches= [
    "source 3001:100::/56",
    "destination-port >8000 <=8080",
    "packet-length >100",
]
as_path = ["65000", "500"]
communities = ["65000:99"]
[[peers.static_flows]]
afi = 2
action = "redirect 6:302"
matches = ["port [ =80 =443 ]"]
`);
  assert.deepEqual(shown(only!), [
    ["ipv6 flowspec", "source 3001:100::/56 destination-port >8000&<=8080 packet-length >100", "rate-limit:24000"],
    ["ipv6 flowspec", "port =80 =443", "redirect:6:302"],
  ]);
});

Deno.test("a peer's own list replaces that of its group", () => {
  const group = '[[groups]]\nname = "lab"\nfamilies = ["ipv4 flowspec"]\n[[groups.static_flows]]\n' +
    'rule = "port 1"\nactions = "discard"\n';
  const [first] = config(`${head}${group}${peer}group = "lab"\n`).peers;
  assert.deepEqual(shown(first!).map(([, rule]) => rule), ["port =1"]);
  const [second] = config(
    `${head}${group}${peer}group = "lab"\n[[peers.static_flows]]\nrule = "port 2"\nactions = "discard"\n`,
  ).peers;
  assert.deepEqual(shown(second!).map(([, rule]) => rule), ["port =2"]);
});

Deno.test("a wrong rule is one sentence where it stands", () => {
  const flow = (lines: string) => `${head}[[static_flows]]\n${lines}\n`;
  const rows = [
    ['rule = "port http"\nactions = "discard"', /^4: rule: port http: "http" is not a port/],
    ['rule = "port >8000 <=8080"\nactions = "discard"', /^4: rule: port >8000 <=8080 matches every value/],
    ['matches = ["port =80 =443"]\naction = "discard"', /^4: matches: port =80&=443 matches no value/],
    ['actions = "discard"', /^3: rule is missing/],
    ['rule = "port 80"', /^3: actions is missing/],
    ['rule = "port 80"\nmatches = "port 80"\nactions = "discard"', /^5: rule and matches say the same/],
    ['rule = "port 80"\nactions = ["mark 64"]', /^5: actions: "mark 64": mark needs a DSCP from 0 to 63/],
    ['rule = "port 80"\nrd = "here"\nactions = "discard"', /^4: rule: "here" is no RD/],
    ['rule = "port 80"\nfamily = "ipv4 flowspec-vpn"\nactions = "discard"', /^4: rule: the rule needs an RD/],
    ['afi = 2\nrule = "destination 192.0.2.0/24"\nactions = "discard"', /^5: rule: destination .* is IPv4/],
    [
      'rule = "port 80"\nactions = "discard"\n[[static_flows]]\nrule = "port =80"\nactions = "mark 1"',
      /^7: the same rule stands already on line 4/,
    ],
  ] as const;
  for (const [lines, expected] of rows) {
    const found = errors(flow(lines));
    assert.equal(found.length, 1, lines);
    assert.match(found[0]!, expected);
  }
  assert.deepEqual(errors(`${head}${peer}[[peers.static_flows]]\nrule = "port 80"\nactions = "discard"\n`), [
    "7: the rule is ipv4 flowspec, which is not in families of this peer",
  ]);
});
