import assert from "node:assert/strict";
import { setKeys } from "../../../src/config/policy/match_set_keys.ts";
import {
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  formatNextHop,
} from "../../../src/message/mod.ts";
import { Explicit } from "../../../src/policy/mod.ts";
import { type Answer, askAbout, policiesOf, type RouteWords } from "./support.ts";

const sets = '[[community_sets]]\nname = "tags"\ncommunities = ["65001:*", "65001:1:*", "rt:65001:*"]\n';

function after(set: string, words: RouteWords = {}): Answer {
  const rule = `[[policies]]\nname = "p"\n[[policies.rules]]\nset = { ${set} }\naction = "accept"`;
  const answer = askAbout(policiesOf(sets + rule), ["p"], words);
  assert.ok(answer.accepted, set);
  return answer;
}

const path = (answer: Answer) => formatAsPath(answer.set.asPath);
const communities = ({ set }: Answer) =>
  [
    ...set.communities.map(formatCommunity),
    ...set.largeCommunities.map(formatLargeCommunity),
    ...set.extCommunities.map(formatExtCommunity),
  ].join(" ");

/** What is set, what it is asked of, what is read, and what that must be. */
const rows: readonly [set: string, words: RouteWords, read: (answer: Answer) => unknown, expected: unknown][] = [
  ["local_pref = 200", {}, ({ set }) => set.localPref, 200],
  ["local_pref = 0", { set: { localPref: 5 } }, ({ set }) => set.localPref, 0],
  ['local_pref = "+50"', {}, ({ set }) => set.localPref, 150],
  ['local_pref = "-50"', { set: { localPref: 30 } }, ({ set }) => set.localPref, 0],
  ['local_pref = "+1"', { set: { localPref: 4294967295 } }, ({ set }) => set.localPref, 4294967295],
  ["med = 7", {}, ({ set }) => set.med, 7],
  ['med = "+7"', {}, ({ set }) => set.med, 7],
  ['med = "-7"', { set: { med: 10 } }, ({ set }) => set.med, 3],
  ['med = "none"', { set: { med: 10 } }, ({ set }) => set.med, undefined],
  ['origin = "incomplete"', {}, ({ set }) => set.origin, 2],
  ["prepend = 2", {}, path, "65000 65000 65001 65010"],
  ["prepend = 1", { path: "" }, path, "65000"],
  ["prepend = 1", { path: "{1,2} 3" }, path, "65000 {1,2} 3"],
  ["prepend = [7, 8]", {}, path, "7 8 65001 65010"],
  ["prepend_first = 2", {}, path, "65001 65001 65001 65010"],
  ["prepend_first = 2", { path: "" }, path, ""],
  ["prepend_first = 2, prepend = 1", {}, path, "65000 65001 65001 65001 65010"],
  ['next_hop = "198.51.100.1"', {}, ({ set }) => formatNextHop(set.nextHop!), "198.51.100.1"],
  [
    'next_hop = ["198.51.100.1", "2001:db8::9"]',
    { prefix: "2001:db8::/32" },
    ({ set }) => formatNextHop(set.nextHop!),
    "2001:db8::9",
  ],
  // An IPv6 route has no IPv4 next hop (RFC 2545 §3): it keeps its own.
  [
    'next_hop = "198.51.100.1"',
    { prefix: "2001:db8::/32" },
    ({ set }) => formatNextHop(set.nextHop!),
    "2001:db8::1",
  ],
  [
    'next_hop = "peer"',
    { nextHop: "192.0.2.77", peer: { address: "192.0.2.9" } },
    ({ set }) => formatNextHop(set.nextHop!),
    "192.0.2.9",
  ],
  ['communities = ["1:1", "no-export"]', { communities: "2:2 3:3:3" }, communities, "1:1 65535:65281 3:3:3"],
  ["communities = []", { communities: "2:2 3:3:3" }, communities, "3:3:3"],
  ['large_communities = ["1:1:1"]', { communities: "2:2 3:3:3" }, communities, "2:2 1:1:1"],
  ['ext_communities = ["rt:1:1"]', { communities: "2:2 soo:3:3" }, communities, "2:2 rt:1:1"],
  [
    'add_communities = ["1:1", "2:2", "1:1:1", "rt:1:1"]',
    { communities: "2:2 soo:1:1" },
    communities,
    "2:2 1:1 1:1:1 soo:1:1 rt:1:1",
  ],
  [
    'remove_communities = ["tags", "9:9"]',
    { communities: "65001:1 2:2 9:9 65001:1:1 65001:2:1 rt:65001:1 soo:65001:1" },
    communities,
    "2:2 65001:2:1 soo:65001:1",
  ],
  ['remove_communities = "*"', { communities: "65001:1 65001:1:1 rt:65001:1" }, communities, ""],
  [
    'add_communities = "65001:5", remove_communities = "tags"',
    { communities: "65001:1" },
    communities,
    "65001:5",
  ],
  ["atomic_aggregate = true", {}, ({ set }) => set.atomicAggregate, true],
  ["atomic_aggregate = false", { set: { atomicAggregate: true } }, ({ set }) => set.atomicAggregate, false],
  [
    'remove_attributes = ["aigp", 200]',
    { set: { aigp: 1n, otc: 1, unknown: [{ flags: 0xc0, code: 200, value: new Uint8Array(1) }] } },
    ({ set }) => [set.aigp, set.otc, set.unknown.length],
    [undefined, 1, 0],
  ],
];

for (const [set, words, read, expected] of rows) {
  const about = JSON.stringify(words, (_, value) => typeof value === "bigint" ? `${value}` : value);
  Deno.test(`set ${set}${about === "{}" ? "" : ` on ${about}`}`, () => {
    assert.deepEqual(read(after(set, words)), expected);
  });
}

Deno.test("every key of set has a row here", () => {
  const tested = rows.flatMap(([set]) => Object.keys(setKeys).filter((key) => new RegExp(`\\b${key} =`).test(set)));
  assert.deepEqual(Object.keys(setKeys).filter((key) => !tested.includes(key)), []);
});

Deno.test("what a rule sets and was there already changes nothing; what is another value does", () => {
  const words = { communities: "1:1", set: { localPref: 200, med: 5 } };
  assert.equal(after('local_pref = 200, med = "+0", add_communities = "1:1", origin = "igp"', words).changed, false);
  assert.equal(after("local_pref = 201", words).changed, true);
});

Deno.test("the result names what a rule set on purpose, even where the value stays", () => {
  const words = { set: { localPref: 200, med: 5 } };
  assert.equal(after("local_pref = 200", words).explicit, Explicit.localPref);
  assert.equal(after("med = 5", words).explicit, Explicit.med);
  assert.equal(after('med = "none"').explicit, Explicit.med);
  assert.equal(after('next_hop = "self"').explicit, Explicit.nextHopSelf);
  assert.equal(after('next_hop = "unchanged"').explicit, Explicit.nextHop);
  assert.equal(after('next_hop = "198.51.100.1"').explicit, Explicit.nextHop);
  assert.equal(after("prepend = 1", words).explicit, 0);
});

Deno.test("RFC 4271 §4.3: a sequence has at most 255 ASNs; prepending to a full one begins another", () => {
  const full = { set: { asPath: [{ type: 2 as const, asns: new Array<number>(255).fill(7) }] } };
  const { set } = after("prepend = 2", full);
  assert.deepEqual(set.asPath.map(({ asns }) => asns.length), [2, 255]);
  const room = { set: { asPath: [{ type: 2 as const, asns: new Array<number>(253).fill(7) }] } };
  assert.deepEqual(after("prepend = 2", room).set.asPath.map(({ asns }) => asns.length), [255]);
});

Deno.test("an attribute that a rule does not touch keeps its octets, the Partial bit too", () => {
  const unknown = [{ flags: 0xe0, code: 200, value: Uint8Array.of(1, 2, 3) }];
  assert.deepEqual(after("local_pref = 5", { set: { unknown } }).set.unknown, unknown);
});

Deno.test("a set that would outgrow any message is rejected, with the reason", () => {
  const policies = policiesOf(
    '[[policies]]\nname = "p"\n[[policies.rules]]\nset = { prepend = 32 }\naction = "accept"',
  );
  const segment = { type: 2 as const, asns: new Array<number>(255).fill(7) };
  const unknown = [{ flags: 0xc0, code: 200, value: new Uint8Array(65_450) }];
  const small = askAbout(policies, ["p"], { set: { asPath: [segment] } });
  assert.deepEqual([small.accepted, small.reason], [true, "policy p, rule 1"]);
  const { accepted, changed, reason } = askAbout(policies, ["p"], {
    set: { unknown, asPath: [{ type: 2, asns: [7, 7, 7, 7] }] },
  });
  assert.deepEqual([accepted, changed, reason], [false, false, "policy p: too long with what was added"]);
});
