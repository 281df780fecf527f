/** Random policies and routes out of a small world, so that rules meet what they ask for. */

import fc from "../../support/fast_check.ts";
import type { AttributeSet, LargeCommunity, Origin, SegmentType } from "../../../src/message/mod.ts";
import { parseExtCommunity } from "../../../src/message/mod.ts";
import type { PolicyPeer, PolicySource, RouteContext } from "../../../src/policy/mod.ts";
import { maskPrefix, parseAddress, type Prefix } from "../../../src/types/mod.ts";
import type { Table, Value, WrittenPolicies, WrittenRule } from "./reference.ts";

const plain = { noNullPrototype: true };
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined });
const asn = fc.constantFrom(1, 2, 12, 64512, 65000, 65001, 70000, 4200000000);

/** Communities of each kind that occur, and patterns that may meet them. */
const standard = ["65000:1", "65000:2", "65001:1", "65001:50", "65535:666", "65535:65281", "0:1"];
const large = ["65000:1:1", "65000:1:2", "65000:2:1", "70000:1:1", "4200000000:0:4294967295"];
const extended = [
  "rt:65000:1",
  "rt:65000:70000",
  "rt:65000L:1",
  "rt:70000:1",
  "rt:192.0.2.1:1",
  "soo:65000:1",
  "color:100",
  "ovs:valid",
  "0x9999000000000001",
];
const patterns = [
  ...standard,
  ...large,
  ...extended,
  "no-export",
  "blackhole",
  "65000:*",
  "*:1",
  "65000-65001:1-9",
  "*:*",
  "65000:1:*",
  "*:1:1",
  "65000:*:1-1",
  "*:*:*",
  "rt:*",
  "rt:65000:*",
  "rt:65000:2-80000",
  "rt:*:1",
  "rt:65000L:*",
  "rt:192.0.2.1:0-5",
  "soo:*",
  "color:*",
  "ovs:*",
  "*",
];

const prefixTexts = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "192.0.2.0/24", "::/0", "2001:db8::/32"];

const prefixEntry = fc.tuple(
  fc.constantFrom(...prefixTexts),
  fc.boolean(),
  fc.integer({ min: 0, max: 3 }),
  fc.double({ min: 0, max: 1, noNaN: true }),
  fc.double({ min: 0, max: 1, noNaN: true }),
).map(([text, except, form, a, b]) => {
  const [address, lengthText] = text.split("/");
  const length = Number(lengthText), bits = address!.includes(":") ? 128 : 32;
  const low = length + Math.round(a * (bits - length));
  const high = low + Math.round(b * (bits - low));
  const limits = ["", ` ge ${low}`, ` le ${high}`, ` ge ${low} le ${high}`][form];
  return `${except ? "!" : ""}${text}${limits}`;
});

const path = fc.constantFrom(
  "_65001_",
  "^65001_",
  "_64512$",
  "^$",
  "^65001$",
  "^65001 ",
  "_1_2_",
  "^[0-9]+$",
  "^[0-9]+_[0-9]+$",
  "_(1|2|12)_",
  "^65000_.*_64512$",
  "^(65000_)+65001",
  "1",
  "_12",
  ".*",
  "\\{1,2\\}",
  "_1_1_",
  "^65001(_65001)*$",
  "6500[01]_",
  "_65000_.*_1_",
  "( |^)70000$",
  "^.*_2$",
  "_2_.*$",
  "^\\(",
);

const words = <T>(...all: T[]) => fc.constantFrom(...all);
const some = <T extends string | number>(item: fc.Arbitrary<T>): fc.Arbitrary<Value> =>
  fc.oneof(item, fc.array(item, { minLength: 1, maxLength: 3 }));
const asns = some(fc.oneof(asn, words("as-a", "as-b", "1-12", "65000-65001")));
const numbers = (...all: (string | number)[]) => some(words<string | number>(...all));
const addresses = (...all: string[]) =>
  some(words("192.0.2.1", "192.0.2.0/24", "2001:db8::1", "2001:db8::/32", ...all));
const groups = some(words("customers", "peers"));
const community = some(fc.oneof(words("com-a", "com-b"), words(...patterns)));

const match = {
  prefix: some(fc.oneof(words("pre-a", "pre-b"), prefixEntry)),
  prefix_length: numbers(24, "8-24", ">= 25", "< 16", 48, 128),
  family: some(words("ipv4 unicast", "ipv6 unicast")),
  origin_as: asns,
  first_as: asns,
  path_as: asns,
  as_path: some(fc.oneof(words("path-a"), path)),
  as_path_length: numbers(0, 1, "2-4", "> 4"),
  community,
  all_communities: community,
  next_hop: addresses("peer"),
  local_pref: numbers(100, "<= 100", 200, "> 4294967200"),
  med: numbers("any", "none", 0, "1-10", ">= 10"),
  origin: some(words("igp", "egp", "incomplete")),
  attribute: some(words<string | number>("med", "otc", "atomic_aggregate", "community", 200)),
  peer: addresses(),
  peer_as: asns,
  peer_group: groups,
  from_peer: addresses(),
  from_as: asns,
  from_group: groups,
  source: some(words("local", "internal", "external")),
  ovs: some(words("valid", "invalid", "not-found")),
  avs: some(words("valid", "invalid", "unknown")),
};

/** Every key of `match`, and some policies of each. */
export const matchNames = Object.keys(match);

const set = {
  remove_attributes: some(words<string | number>("med", "aigp", "atomic_aggregate", "community", 200)),
  local_pref: words<Value>(0, 200, "+50", "-150", 4294967295),
  med: words<Value>(0, 10, "+10", "-5", "none", "+4294967295"),
  origin: words("igp", "egp", "incomplete"),
  next_hop: words<Value>("peer", "192.0.2.9", "2001:db8::9", ["192.0.2.9", "2001:db8::9"]),
  prepend_first: words(1, 3, 32),
  prepend: fc.oneof<fc.Arbitrary<Value>[]>(words(1, 5, 32), fc.array(asn, { minLength: 1, maxLength: 3 })),
  communities: fc.uniqueArray(words(...standard), { maxLength: 2 }),
  large_communities: fc.uniqueArray(words(...large), { maxLength: 2 }),
  ext_communities: fc.uniqueArray(words(...extended), { maxLength: 2 }),
  remove_communities: community,
  add_communities: fc.uniqueArray(words(...standard, ...large, ...extended, "no-export"), {
    minLength: 1,
    maxLength: 3,
  }),
  atomic_aggregate: fc.boolean(),
};

export const setNames = Object.keys(set);

/** A few keys out of many, each with its values. */
function tableOf(
  keys: Readonly<Record<string, fc.Arbitrary<Value>>>,
  most: number,
  negate: boolean,
): fc.Arbitrary<Table> {
  const entry = fc.constantFrom(...Object.keys(keys)).chain((key) =>
    fc.tuple(fc.constant(key), keys[key]!, negate ? fc.boolean() : fc.constant(false))
  );
  return fc.uniqueArray(entry, { selector: ([key]) => key, maxLength: most }).map((entries) =>
    Object.fromEntries(entries.map(([key, value, not]) => [not ? `not_${key}` : key, value]))
  );
}

const verdict = words<WrittenRule["action"]>("accept", "reject", "continue", "continue");
const rule: fc.Arbitrary<WrittenRule> = fc.record({
  match: tableOf(match, 2, true),
  set: tableOf(set, 3, false),
  action: verdict,
}, plain);

export const written: fc.Arbitrary<WrittenPolicies> = fc.record({
  prefixSets: fc.record({
    "pre-a": fc.array(prefixEntry, { maxLength: 6 }),
    "pre-b": fc.array(prefixEntry, { maxLength: 6 }),
  }, plain),
  asSets: fc.record({
    "as-a": fc.array(fc.oneof(asn, words("1-12", "64512-65000")), { maxLength: 4 }),
    "as-b": fc.array(asn, { maxLength: 4 }),
  }, plain),
  asPathSets: fc.record({ "path-a": fc.array(path, { maxLength: 6 }) }, plain),
  communitySets: fc.record({
    "com-a": fc.array(words(...patterns), { maxLength: 4 }),
    "com-b": fc.array(words(...patterns), { maxLength: 4 }),
  }, plain),
  policies: fc.tuple(
    fc.record({ name: fc.constant("one"), default: verdict, rules: fc.array(rule, { maxLength: 5 }) }, plain),
    fc.record({ name: fc.constant("two"), default: verdict, rules: fc.array(rule, { maxLength: 5 }) }, plain),
  ),
}, plain);

const segment = fc.record({
  type: fc.constantFrom<SegmentType>(2, 2, 2, 2, 1, 3, 4),
  asns: fc.array(asn, { minLength: 1, maxLength: 5 }),
}, plain);

function nextHopOf(bits: 32 | 128): fc.Arbitrary<Uint8Array> {
  const texts = bits === 32 ? ["192.0.2.1", "198.51.100.1"] : ["2001:db8::1", "2001:db9::1"];
  const plainHop = words(...texts).map((text) => parseAddress(text)!);
  if (bits === 32) return plainHop;
  return fc.oneof(plainHop, plainHop.map((octets) => Uint8Array.of(...octets, ...parseAddress("fe80::1")!)));
}

function attributeSet(bits: 32 | 128): fc.Arbitrary<AttributeSet> {
  const numberOf = fc.constantFrom(0, 5, 10, 100, 200, 4294967295);
  return fc.record({
    origin: fc.constantFrom<Origin[]>(0, 1, 2),
    asPath: fc.array(segment, { maxLength: 3 }),
    nextHop: nextHopOf(bits),
    med: optional(numberOf),
    localPref: optional(numberOf),
    atomicAggregate: fc.boolean(),
    aggregator: optional(fc.record({ asn, address: fc.constant(1) }, plain)),
    communities: fc.array(words(...standard), { maxLength: 70 }).map((list) =>
      list.map((text) => Number(text.split(":")[0]) * 0x10000 + Number(text.split(":")[1]))
    ),
    originatorId: optional(fc.constant(7)),
    clusterList: fc.array(fc.constant(9), { maxLength: 2 }),
    extCommunities: fc.array(words(...extended).map((text) => parseExtCommunity(text)!), { maxLength: 4 }),
    ipv6ExtCommunities: fc.constant([]),
    largeCommunities: fc.uniqueArray(words(...large), { maxLength: 4 }).map((list) =>
      list.map((text) => text.split(":").map(Number) as LargeCommunity)
    ),
    aigp: optional(fc.constant(5n)),
    otc: optional(asn),
    nlriValue: fc.constant(undefined),
    unknown: fc.boolean().map((has) => has ? [{ flags: 0xc0, code: 200, value: Uint8Array.of(1, 2) }] : []),
  }, plain);
}

const prefixOf = (bits: 32 | 128): fc.Arbitrary<Prefix> =>
  fc.tuple(
    fc.constantFrom(
      ...(bits === 32 ? ["10.1.2.3", "10.1.255.1", "10.9.9.9", "192.0.2.77"] : ["2001:db8:5::1", "2001::1"]),
    ),
    fc.integer({ min: 0, max: bits }),
  ).map(([address, length]) => maskPrefix(parseAddress(address)!, length));

const address = words("192.0.2.1", "198.51.100.1", "2001:db8::1").map((text) => parseAddress(text)!);
const memberships = fc.subarray(["customers", "peers"]);
const peer: fc.Arbitrary<PolicyPeer> = fc.record({ address, asn, groups: memberships, localAsn: asn }, plain);
const source: fc.Arbitrary<PolicySource> = fc.record(
  { local: fc.boolean(), address, asn, groups: memberships, internal: fc.boolean() },
  plain,
);

/** A route of one family with the context it is asked about in. */
export const routeInContext = fc.constantFrom<(32 | 128)[]>(32, 128).chain((bits) =>
  fc.record({
    prefix: prefixOf(bits),
    set: attributeSet(bits),
    validity: fc.integer({ min: 0, max: 15 }),
    context: fc.record({ family: fc.constant(bits === 32 ? 1 : 2), peer, source: optional(source) }, plain)
      .map(({ source, ...context }): RouteContext => source === undefined ? context : { ...context, source }),
  }, plain)
);

/** The written as somebody would write it. */
export function toToml(written: WrittenPolicies): string {
  const lines = [
    'router_id = "1.1.1.1"',
    ...["customers", "peers"].flatMap((name) => ["[[groups]]", `name = "${name}"`]),
  ];
  const sets = (table: string, key: string, all: Readonly<Record<string, readonly unknown[]>>) => {
    for (const [name, items] of Object.entries(all)) {
      lines.push(`[[${table}]]`, `name = "${name}"`, `${key} = ${JSON.stringify(items)}`);
    }
  };
  sets("prefix_sets", "prefixes", written.prefixSets);
  sets("as_sets", "asns", written.asSets);
  sets("as_path_sets", "patterns", written.asPathSets);
  sets("community_sets", "communities", written.communitySets);
  const inline = (table: Table) =>
    `{ ${Object.entries(table).map(([key, value]) => `${key} = ${JSON.stringify(value)}`).join(", ")} }`;
  for (const policy of written.policies) {
    lines.push("[[policies]]", `name = "${policy.name}"`, `default = "${policy.default}"`);
    for (const rule of policy.rules) {
      lines.push("[[policies.rules]]", `match = ${inline(rule.match)}`, `set = ${inline(rule.set)}`);
      lines.push(`action = "${rule.action}"`);
    }
  }
  return lines.join("\n");
}
