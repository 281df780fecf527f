/** Text from people and files: communities, AS paths, addresses, the configuration. */
import assert from "node:assert/strict";
import { formatConfigError, parseConfig } from "../../src/config/mod.ts";
import {
  flowFamilyOf,
  flowRuleFault,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatFlowActions,
  formatIpv6ExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  formatPmsiTunnel,
  formatPrefixSid,
  formatTunnelEncapsulation,
  type NlriCodec,
  nlriCodec,
  parseAsPath,
  parseCommunity,
  parseExtCommunity,
  parseFlowActions,
  parseIpv6ExtCommunity,
  parseLargeCommunity,
  parseOrigin,
  parsePmsiTunnel,
  parsePrefixSid,
  parseTunnelEncapsulation,
} from "../../src/message/mod.ts";
import {
  canonicalAddress,
  families,
  formatAddress,
  formatIpv4Number,
  formatPrefix,
  parseAddress,
  parseAsn,
  parseIpv4Number,
  parsePrefix,
} from "../../src/types/mod.ts";
import type { Target } from "./harness.ts";
import type { Random } from "./random.ts";

function textOf(bytes: Uint8Array, start: number, end: number): string {
  return new TextDecoder().decode(bytes.slice(start, end));
}

/** A pair of functions of which the second reads what the first writes. */
type Pair<T> = readonly [parse: (text: string) => T | undefined, format: (value: T) => string];

function pair<T>(parse: Pair<T>[0], format: Pair<T>[1]): (text: string) => string {
  return (text) => {
    const value = parse(text);
    if (value === undefined) return "-";
    const written = format(value);
    assert.deepEqual(parse(written), value, `${JSON.stringify(text)} is written as ${JSON.stringify(written)}`);
    return written;
  };
}

const pairs: readonly ((text: string) => string)[] = [
  pair(parseAsPath, formatAsPath),
  pair(parseCommunity, formatCommunity),
  pair(parseExtCommunity, formatExtCommunity),
  pair(parseIpv6ExtCommunity, formatIpv6ExtCommunity),
  pair(parsePmsiTunnel, (value) => formatPmsiTunnel(value, false)),
  pair(parsePrefixSid, formatPrefixSid),
  pair(parseTunnelEncapsulation, formatTunnelEncapsulation),
  pair(parseLargeCommunity, formatLargeCommunity),
  pair(parseAddress, formatAddress),
  pair(parseAddress, formatNextHop),
  pair(canonicalAddress, (address) => address),
  pair(parsePrefix, formatPrefix),
  pair(parseIpv4Number, formatIpv4Number),
  pair(parseAsn, String),
];

const codecs = families.flatMap(({ id }) => nlriCodec(id) ?? []);

/** A destination that people write is one that a peer could announce. */
function destination(codec: NlriCodec, text: string): string {
  const key = codec.parse(text);
  if (!(key instanceof Uint8Array)) {
    assert.ok(key.error.length > 0);
    return key.error;
  }
  const wire = codec.join(key, undefined);
  assert.equal(codec.size(wire, 0, wire.length), wire.length);
  assert.equal(codec.fault(wire, 0, wire.length, true), undefined, text);
  assert.deepEqual(codec.split(wire, 0, wire.length, true).key, key, text);
  assert.deepEqual(codec.parse(codec.format(key)), key, text);
  return codec.format(key);
}

/** Actions are read as the communities that they are written from; a rule has a family and a sense, or none. */
function flow(text: string): string {
  const family = flowFamilyOf(text);
  const key = nlriCodec(family)!.parse(text);
  const sense = key instanceof Uint8Array ? flowRuleFault(family, key) : key.error;
  const actions = parseFlowActions(text);
  if ("error" in actions) return `${family} ${sense} ${actions.error}`;
  const written = formatFlowActions(actions.extCommunities, actions.ipv6ExtCommunities);
  assert.deepEqual(parseFlowActions(written), actions, written);
  return `${family} ${sense} ${written}`;
}

export const textTarget: Target = {
  name: "text",
  run(bytes, start, end) {
    const text = textOf(bytes, start, end);
    parseOrigin(text);
    return [...pairs.map((each) => each(text)), ...codecs.map((codec) => destination(codec, text)), flow(text)].join();
  },
};

export const configTarget: Target = {
  name: "configuration",
  run(bytes, start, end) {
    const text = textOf(bytes, start, end);
    const result = parseConfig(text);
    if (result.kind === "config") return "config";
    assert.ok(result.errors.length > 0, "errors without an error");
    const lines = text.split("\n").length;
    for (const error of result.errors) {
      assert.ok(error.line >= 1 && error.line <= lines + 1, `line ${error.line} of ${lines}: ${error.message}`);
    }
    return result.errors.map((error) => formatConfigError(error, "bgpd.toml", text)).join("\n");
  },
};

export function textSeeds(): Uint8Array[] {
  const texts = [
    "65000 500 {1,2} (3 4) [5,6]",
    "1.10 4294967295",
    "65000:99",
    "no-export",
    "65000:1:2",
    "rt:65000:100",
    "rt:192.0.2.1:7",
    "soo:65000L:1",
    "link-bw:65000:125000000",
    "ovs:invalid",
    "color:100",
    "0x4003000000000001",
    "destination 192.0.2.0/24 source 10.0.0.0/8 protocol =udp =tcp port >=80&<=90 destination-port !=22",
    "icmp-type echo-request icmp-code 1 tcp-flags =syn+ack&!fin 0x0012 packet-length >8000 <=8080",
    "dscp 10 fragment is-fragment",
    "rd 65000:1 destination-ipv6 2001:db8::/32/16 next-header icmpv6 flow-label =0x0007a120 port 0x0000000000000050",
    "discard rate-limit 9600 redirect 65000:100 redirect 192.0.2.1:7 mark 10 action sample-terminal",
    "rate-limit 1000 as 65000; rate-limit:5:packets redirect:[2001:db8::1]:7 copy-to-ip 192.0.2.1 sample terminal",
    "interface-set transitive:input:65000:7 redirect-to-nexthop redirect-to-ip 2001:db8::1 accept",
    "mac-mobility:5:sticky",
    "l2-attributes:PC:1500",
    "rt:[2001:db8::1]:100",
    "ingress-replication label 100 endpoint 192.0.2.1",
    "pim-sm vni 0 flags 2 source 192.0.2.1 group 239.1.1.1",
    "label-index 777, srgb 16000+8000",
    "l3-service 2001:db8:1:1:: 72 64,24,16,0,0,0",
    "vxlan endpoint 192.0.2.1 color 100; gre protocol 2048; sr-policy name x preference 1",
    "auto-discovery rd 65000:1 esi 00:11:22:33:44:55:66:77:88:99 tag 4294967295",
    "mac-ip rd 65000:1 tag 7 mac 00:00:5e:00:53:01 ip 192.0.2.1",
    "ip-prefix rd 192.0.2.1:1 prefix 198.51.100.0/24",
    "type-6 0x0a0b0c",
    "rd 65000:1 ve 5 offset 1 size 8",
    "rd 65000:1 address 192.0.2.1",
    "shared-join 0x0000fde80001869f0000fde8200a63c70120effbffe4",
    "node 0x0200000000000000070100000400000001",
    "distinguisher 1 color 100 endpoint 2001:db8::1",
    "65000:1 198.51.100.0/24",
    "65000 rt:65000:100",
    "192.0.2.1",
    "2001:db8::1",
    "::ffff:192.0.2.1",
    "192.0.2.0/24",
    "2001:db8::/32",
    "0.0.0.0/0",
    "incomplete",
    "",
  ];
  return texts.map((text) => new TextEncoder().encode(text));
}

const flowConfig = `router_id = "192.0.2.1"
default_as = 65000
[[static_flows]]
rule = "destination 192.0.2.0/24 protocol =udp destination-port =53 >8000&<=8080"
actions = ["rate-limit 9600", "redirect 65000:100"]
ext_communities = ["rt:65000:7"]
[[peers]]
remote_ip = "192.0.2.2"
remote_as = 65001
families = ["ipv6 flowspec-vpn"]
[[peers.static_flows]]
afi = 2
rd = "65000:1"
action = "redirect-to-next-hop"
next_hop = "2001:db8::1"
matches = ["source 2001:db8::/56", "destination-port >8000 <=8080"]
`;

export function configSeeds(): Uint8Array[] {
  const examples = ["config.toml", "collector.toml", "policy.toml"].map((name) =>
    Deno.readFileSync(new URL(`../../examples/${name}`, import.meta.url))
  );
  return [...examples, new TextEncoder().encode(flowConfig)];
}

const words = [
  ..." .,:;/-_[]{}()\"'=#\n\t\\\u0000\u00e4\u{1f4a9}",
  "::",
  "[[peers]]",
  "[[groups]]",
  "[peers]",
  "remote_ip",
  "remote_as",
  "as_path",
  "communities",
  "static_routes",
  "static_flows",
  "families",
  '"ipv6 unicast"',
  "true",
  "1979-05-27",
  "nan",
  "1e400",
  "-1",
  "0x",
  "4294967296",
  "99999999999999999999",
  '"""',
  "__proto__",
  "constructor",
  "{}",
  "[]",
];

/** Words come in, lines and pieces go or come twice, characters change. */
export function mutateText(random: Random, input: Uint8Array): Uint8Array {
  let text = new TextDecoder().decode(input);
  for (let rounds = 1 + random.below(3); rounds > 0; rounds--) {
    const at = random.below(text.length + 1);
    const to = Math.min(text.length, at + random.below(12));
    switch (random.below(6)) {
      case 0:
      case 1:
        text = text.slice(0, at) + random.pick(words) + text.slice(random.chance(50) ? at : to);
        break;
      case 2:
        text = text.slice(0, at) + text.slice(to);
        break;
      case 3:
        text = text.slice(0, to) + text.slice(at);
        break;
      case 4: {
        const lines = text.split("\n");
        lines.splice(random.below(lines.length), random.below(2), random.pick(lines));
        text = lines.join("\n");
        break;
      }
      default:
        text = text.slice(0, at) +
          String.fromCharCode(random.chance(80) ? 32 + random.below(95) : random.below(65536)) +
          text.slice(at + 1);
    }
  }
  return new TextEncoder().encode(text.slice(0, 4000));
}
