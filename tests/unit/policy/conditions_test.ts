import assert from "node:assert/strict";
import { Avs, Ovs, validityOf } from "../../../src/rpki/mod.ts";
import { matchKeys } from "../../../src/config/policy/match_set_keys.ts";
import { askAbout, policiesOf, type RouteWords } from "./support.ts";

const sets = `
[[groups]]
name = "ix"
[[groups]]
name = "lab"
[[groups]]
name = "customers"
[[prefix_sets]]
name = "ours"
prefixes = ["10.0.0.0/8 le 24", "2001:db8::/32 ge 40 le 48"]
[[prefix_sets]]
name = "holes"
prefixes = ["10.0.0.0/8 le 32", "!10.1.0.0/16 le 32", "10.1.2.0/24 le 28"]
[[as_sets]]
name = "customers"
asns = [65010, "65020-65029"]
[[as_path_sets]]
name = "transit"
patterns = ["_64512_", "^65001 "]
[[community_sets]]
name = "tags"
communities = ["65001:*", "65001:1:*", "rt:65001:*"]
`;

interface Row {
  readonly match: string;
  /** Routes of which it is true, and of which it is not. */
  readonly yes: readonly RouteWords[];
  readonly no: readonly RouteWords[];
}

const rows: readonly Row[] = [
  {
    match: 'prefix = "ours"',
    yes: [{ prefix: "10.0.0.0/8" }, { prefix: "10.255.255.0/24" }, { prefix: "2001:db8:1::/48" }],
    no: [{ prefix: "10.0.0.0/25" }, { prefix: "11.0.0.0/24" }, { prefix: "0.0.0.0/0" }, { prefix: "2001:db8::/32" }],
  },
  {
    match: 'prefix = "holes"',
    yes: [{ prefix: "10.2.0.0/16" }, { prefix: "10.1.2.0/24" }, { prefix: "10.1.2.16/28" }, { prefix: "10.0.0.0/15" }],
    // The most specific entry that speaks of a prefix decides, and 10.1.2.0/24 does not speak of /29.
    no: [{ prefix: "10.1.0.0/16" }, { prefix: "10.1.3.0/24" }, { prefix: "10.1.2.16/29" }],
  },
  {
    match: 'prefix = ["192.0.2.0/24", "ours"]',
    yes: [{ prefix: "192.0.2.0/24" }, { prefix: "10.0.0.0/8" }],
    no: [{ prefix: "192.0.2.0/25" }, { prefix: "192.0.0.0/16" }],
  },
  {
    // Of two entries with the same prefix, the exception counts, whatever their order.
    match: 'prefix = ["!10.1.0.0/16 le 20", "10.1.0.0/16 le 24"]',
    yes: [{ prefix: "10.1.2.0/24" }],
    no: [{ prefix: "10.1.0.0/16" }, { prefix: "10.1.16.0/20" }],
  },
  {
    match: 'prefix = "::/0 ge 49"',
    yes: [{ prefix: "2001:db8::/49" }, { prefix: "::/128" }],
    no: [{ prefix: "2001:db8::/48" }, { prefix: "10.0.0.0/32" }],
  },
  {
    match: 'prefix_length = "25-32"',
    yes: [{ prefix: "10.0.0.0/25" }, { prefix: "2001::/32" }],
    no: [{ prefix: "10.0.0.0/24" }, { prefix: "2001:db8::/33" }],
  },
  { match: "prefix_length = 0", yes: [{ prefix: "0.0.0.0/0" }, { prefix: "::/0" }], no: [{ prefix: "0.0.0.0/1" }] },
  { match: 'family = "ipv6 unicast"', yes: [{ prefix: "::/0" }], no: [{ prefix: "0.0.0.0/0" }] },
  {
    match: 'origin_as = "customers"',
    yes: [{ path: "65001 65010" }, { path: "65025" }, { path: "{1,2} 65020" }],
    no: [{ path: "65010 65001" }, { path: "65001 {65010}" }, { path: "" }, { path: "65030" }],
  },
  {
    match: 'first_as = [65001, "1.0-1.10"]',
    yes: [{ path: "65001 1" }, { path: "65537" }, { path: "(65100) 65001" }],
    no: [{ path: "1 65001" }, { path: "" }, { path: "{65001} 1" }],
  },
  {
    match: 'path_as = "customers"',
    yes: [{ path: "1 65010 2" }, { path: "1 {2,65022}" }, { path: "(65010) 1" }],
    no: [{ path: "1 65011 2" }, { path: "" }],
  },
  {
    match: 'as_path = "transit"',
    yes: [{ path: "1 64512 2" }, { path: "64512" }, { path: "65001 2" }, { path: "{64512,1}" }],
    no: [{ path: "65001" }, { path: "645120" }, { path: "2 65001 3" }, { path: "" }],
  },
  {
    match: 'as_path = ["^$", "^[0-9]+ 65010$"]',
    yes: [{ path: "" }, { path: "1 65010" }],
    no: [{ path: "65010" }, { path: "1 2 65010" }],
  },
  {
    match: 'as_path_length = "> 2"',
    yes: [{ path: "1 2 3" }, { path: "1 2 {3,4}" }],
    // RFC 4271 §9.1.2.2 a: a set counts one; RFC 5065 §5.3: confederation segments none.
    no: [{ path: "1 2" }, { path: "1 {2,3,4}" }, { path: "(7 8 9) 1 2" }],
  },
  {
    match: 'community = ["65535:666", "tags"]',
    yes: [{ communities: "1:1 65535:666" }, { communities: "65001:7" }, { communities: "65001:1:9" }, {
      communities: "rt:65001:5",
    }],
    no: [{}, { communities: "65002:7 65001:2:9 soo:65001:5 rt:65001L:5" }],
  },
  {
    match: 'community = "no-export"',
    yes: [{ communities: "65535:65281" }],
    no: [{ communities: "65535:65282" }],
  },
  { match: 'community = "*"', yes: [{ communities: "1:1" }, { communities: "1:1:1" }], no: [{}] },
  {
    match: 'community = ["65000-65001:10-19", "*:5:*"]',
    yes: [{ communities: "65000:10" }, { communities: "65001:19" }, { communities: "9:5:7" }],
    no: [{ communities: "65000:9" }, { communities: "65002:10" }, { communities: "9:6:7" }],
  },
  {
    match: 'community = ["rt:*:1-5", "soo:192.0.2.1:*", "0x0102030405060708", "color:*"]',
    yes: [
      { communities: "rt:1:5" },
      { communities: "rt:70000:1" },
      { communities: "rt:192.0.2.9:2" },
      { communities: "soo:192.0.2.1:77" },
      { communities: "0x0102030405060708" },
      { communities: "color:9" },
    ],
    no: [
      { communities: "rt:1:6" },
      { communities: "soo:192.0.2.2:77" },
      { communities: "0x0102030405060709" },
      { communities: "encap:9" },
    ],
  },
  {
    match: 'all_communities = ["65000:1", "tags"]',
    yes: [{ communities: "65000:1 65001:5" }, { communities: "65000:1 rt:65001:5" }],
    no: [{ communities: "65000:1" }, { communities: "65001:5" }, {}],
  },
  {
    match: 'next_hop = ["198.51.100.0/24", "2001:db8::1"]',
    yes: [{ nextHop: "198.51.100.7" }, { prefix: "::/0", nextHop: "2001:db8::1" }],
    no: [{ nextHop: "198.51.101.7" }, { prefix: "::/0", nextHop: "2001:db8::2" }],
  },
  {
    match: 'next_hop = "peer"',
    yes: [{ nextHop: "192.0.2.1", peer: { address: "192.0.2.1" } }],
    no: [{ nextHop: "192.0.2.2", peer: { address: "192.0.2.1" } }],
  },
  {
    match: 'local_pref = "<= 100"',
    yes: [{ set: { localPref: 100 } }, { set: { localPref: 0 } }, {}],
    no: [{ set: { localPref: 101 } }],
  },
  {
    match: 'med = ["none", "10-20"]',
    yes: [{}, { set: { med: 10 } }],
    no: [{ set: { med: 0 } }, { set: { med: 21 } }],
  },
  { match: 'med = "any"', yes: [{ set: { med: 0 } }, { set: { med: 4294967295 } }], no: [{}] },
  {
    match: 'origin = ["egp", "incomplete"]',
    yes: [{ set: { origin: 1 } }, { set: { origin: 2 } }],
    no: [{ set: { origin: 0 } }],
  },
  {
    match: 'attribute = ["otc", "aigp", 200]',
    yes: [{ set: { otc: 1 } }, { set: { aigp: 1n } }, {
      set: { unknown: [{ flags: 0xc0, code: 200, value: new Uint8Array(1) }] },
    }],
    no: [{}, { set: { med: 1 } }],
  },
  {
    match: 'peer = ["192.0.2.0/25", "2001:db8::1"]',
    yes: [{ peer: { address: "192.0.2.127" } }, { peer: { address: "2001:db8::1" } }],
    no: [{ peer: { address: "192.0.2.128" } }],
  },
  {
    match: 'peer_as = ["customers", 65001]',
    yes: [{}, { peer: { asn: 65029 } }],
    no: [{ peer: { asn: 65002 } }],
  },
  {
    match: 'ovs = "invalid"',
    yes: [{ validity: validityOf(Ovs.invalid, Avs.none) }, { validity: validityOf(Ovs.invalid, Avs.valid) }],
    no: [{}, { validity: validityOf(Ovs.valid, Avs.invalid) }, { validity: validityOf(Ovs.notFound, Avs.none) }],
  },
  {
    match: 'ovs = ["valid", "not-found"]',
    yes: [{ validity: validityOf(Ovs.valid, Avs.none) }, { validity: validityOf(Ovs.notFound, Avs.unknown) }],
    no: [{}, { validity: validityOf(Ovs.invalid, Avs.none) }],
  },
  {
    match: 'avs = ["invalid", "unknown"]',
    yes: [{ validity: validityOf(Ovs.none, Avs.invalid) }, { validity: validityOf(Ovs.valid, Avs.unknown) }],
    no: [{}, { validity: validityOf(Ovs.invalid, Avs.valid) }, { validity: validityOf(Ovs.invalid, Avs.none) }],
  },
  {
    match: 'peer_group = ["ix", "lab"]',
    yes: [{ peer: { groups: ["all", "lab"] } }],
    no: [{}, { peer: { groups: ["labs"] } }],
  },
  {
    match: 'from_peer = "192.0.2.0/24"',
    yes: [{ source: { address: "192.0.2.9" } }],
    no: [{ source: { address: "192.0.3.9" } }, { source: { address: "192.0.2.9", local: true } }, {}],
  },
  {
    match: "from_as = 65002",
    yes: [{ source: {} }],
    no: [{ source: { asn: 65001 } }, { source: { local: true } }, {}],
  },
  {
    match: 'from_group = "customers"',
    yes: [{ source: { groups: ["customers"] } }],
    no: [{ source: {} }, { source: { groups: ["peers"] } }, { source: { groups: ["customers"], local: true } }, {}],
  },
  {
    match: 'source = ["local", "internal"]',
    yes: [{ source: { local: true } }, { source: { internal: true } }],
    no: [{ source: { internal: false } }, {}],
  },
];

for (const { match, yes, no } of rows) {
  Deno.test(`match ${match}: true of what it says, of nothing else, and the other way round with not_`, () => {
    for (const [prefix, hold, other] of [["", yes, no], ["not_", no, yes]] as const) {
      const rule = `[[policies]]\nname = "p"\n[[policies.rules]]\nmatch = { ${prefix}${match} }\naction = "accept"`;
      const policies = policiesOf(sets + rule);
      for (const words of hold) {
        assert.ok(askAbout(policies, ["p"], words).accepted, `${prefix}${match} ${show(words)}`);
      }
      for (const words of other) {
        assert.ok(!askAbout(policies, ["p"], words).accepted, `${prefix}${match} ${show(words)}`);
      }
    }
  });
}

Deno.test("every key of match has a row here", () => {
  const tested = new Set(rows.map(({ match }) => match.split(" ")[0]));
  assert.deepEqual(Object.keys(matchKeys).filter((key) => !tested.has(key)), []);
});

Deno.test("all conditions of a rule must hold; a rule without any is meant for every route", () => {
  const policies = policiesOf(`
[[policies]]
name = "both"
[[policies.rules]]
match = { first_as = 65001, med = "any" }
action = "accept"
[[policies]]
name = "any"
[[policies.rules]]
action = "accept"
`);
  assert.ok(askAbout(policies, ["both"], { set: { med: 1 } }).accepted);
  assert.ok(!askAbout(policies, ["both"]).accepted);
  assert.ok(!askAbout(policies, ["both"], { path: "1", set: { med: 1 } }).accepted);
  assert.ok(askAbout(policies, ["any"], { path: "" }).accepted);
});

function show(words: RouteWords): string {
  return JSON.stringify(words, (_, value) => typeof value === "bigint" ? `${value}` : value);
}
