/** Conditions on routes, and path attributes in words. */
import assert from "node:assert/strict";
import type { AttributeValues } from "../../../../../src/store/mod.ts";
import { Input, UsageError } from "../../../../../src/control/cli/command.ts";
import { attributesText, differencesText } from "../../../../../src/control/cli/live/attribute_text.ts";
import {
  concernsAttributes,
  concernsRoutes,
  exactPrefix,
  matches,
  readConditions,
  readNlri,
} from "../../../../../src/control/cli/live/route_filter.ts";

const attributes: AttributeValues = {
  nextHop: "192.0.2.1",
  asPath: "65001 3356 {65010,65011}",
  originAs: 65010,
  origin: "igp",
  med: 10,
  localPref: null,
  communities: "65001:1 65001:12",
  largeCommunities: "65001:1:2",
  extCommunities: null,
};
const route = { peer: "transit", peerAs: 65001, prefix: "198.51.100.0/24", pathId: null, ...attributes };

function conditions(words: readonly string[], options: Record<string, unknown> = {}) {
  return readConditions(new Input(words, Object.entries(options)), (word) => `name of ${word}`, undefined);
}

function isShown(words: readonly string[], options: Record<string, unknown> = {}): boolean {
  return matches(conditions(words, options), route, "ipv4 unicast");
}

Deno.test("a Route Distinguisher keeps the routes of one VPN, and an invalid one is wrong usage", () => {
  const inVpn = { ...route, nlri: "65000:1 198.51.100.0/24", rd: "65000:1", labels: "100" };
  const isKept = (rd: string) => matches(conditions([], { rd }), inVpn, "ipv4 vpn");
  assert.deepEqual([isKept("65000:1"), isKept("65000:2"), isShown([], { rd: "65000:1" })], [true, false, false]);
  assert.ok(concernsRoutes(conditions([], { rd: "65000:1" })));
  assert.throws(() => conditions([], { rd: "65000" }), UsageError);
});

Deno.test("conditions: each of them keeps a route and drops another", () => {
  assert.ok(isShown([]));
  assert.deepEqual([isShown(["198.51.100.0/24"]), isShown(["198.51.100.0/25"])], [true, false]);
  assert.deepEqual([isShown(["198.51.0.0/16"]), isShown(["198.51.0.0/16"], { longer: true })], [false, true]);
  assert.ok(isShown(["198.51.100.0/24"], { longer: true }));
  assert.equal(isShown(["198.51.100.0/25"], { longer: true }), false);
  assert.equal(isShown(["::/0"], { longer: true }), false);
  assert.deepEqual([isShown([], { "origin-as": "65010" }), isShown([], { "origin-as": "AS3356" })], [true, false]);
  assert.deepEqual([isShown([], { as: "3356" }), isShown([], { as: "65011" }), isShown([], { as: "335" })], [
    true,
    true,
    false,
  ]);
  assert.deepEqual(["65001:1", "65001:1:2", "65001:2"].map((community) => isShown([], { community })), [
    true,
    true,
    false,
  ]);
  assert.deepEqual([isShown([], { family: "ipv4" }), isShown([], { family: "ipv6 unicast" })], [true, false]);
  assert.equal(isShown([], { peer: "transit" }), false, "the peer has the name that the database knows");
});

Deno.test("conditions: what SQL may look for, and what they look at", () => {
  assert.equal(exactPrefix(conditions(["2001:0db8::/32"])), "2001:db8::/32");
  assert.equal(exactPrefix(conditions(["2001:db8::/32"], { longer: true })), undefined);
  assert.deepEqual([concernsRoutes(conditions([], { peer: "x" })), concernsRoutes(conditions([], { as: "1" }))], [
    false,
    true,
  ]);
  assert.deepEqual([concernsAttributes(conditions(["::/0"])), concernsAttributes(conditions([], { as: "1" }))], [
    false,
    true,
  ]);
});

Deno.test("conditions: communities and families in any form that show routes takes", () => {
  const texts = ["no-export", "target:65000:100", "65000:1:2", "65000:99"];
  assert.deepEqual(texts.map((community) => conditions([], { community }).community), [
    "65535:65281",
    "rt:65000:100",
    "65000:1:2",
    "65000:99",
  ]);
  assert.deepEqual(["ipv6", "ipv4-multicast"].map((family) => conditions([], { family }).family), [
    "ipv6 unicast",
    "ipv4 multicast",
  ]);
  assert.throws(() => conditions(["192.0.2.1/24"]), /did you mean 192\.0\.2\.0\/24/);
});

Deno.test("conditions: a wrong word is a usage error", () => {
  const wrong: [string[], Record<string, unknown>][] = [
    [["198.51.100.1"], {}],
    [["nonsense"], {}],
    [[], { longer: true }],
    [[], { family: "ipx" }],
    [[], { "origin-as": "x" }],
    [[], { community: "a b" }],
    [[], { community: "rt:65000" }],
  ];
  for (const [words, options] of wrong) assert.throws(() => conditions(words, options), UsageError);
});

Deno.test("attributes in words: all, and what differs", () => {
  assert.equal(
    attributesText(attributes),
    "next hop 192.0.2.1, path 65001 3356 {65010,65011}, med 10, communities 65001:1 65001:12," +
      " large communities 65001:1:2",
  );
  const after = {
    ...attributes,
    asPath: "",
    med: null,
    localPref: 200,
    communities: "65001:12 65001:3",
    extCommunities: "rt:65000:1",
  };
  assert.equal(
    differencesText(attributes, after),
    "path 65001 3356 {65010,65011} -> none, med 10 -> none, local pref none -> 200," +
      " communities +65001:3 -65001:1, extended communities +rt:65000:1",
  );
  assert.equal(differencesText(attributes, { ...attributes }), "");
  assert.match(attributesText({ ...attributes, origin: "incomplete" }), /origin incomplete/);
});

Deno.test("conditions: a destination that is no prefix is read as show routes prints it", async () => {
  const ofVpn = { ...route, prefix: "10.0.7.0/24", nlri: "65000:7 10.0.7.0/24", rd: "65000:7" };
  const shown = async (...words: string[]) => {
    const input = new Input(words, []);
    return matches(readConditions(input, (word) => word, await readNlri(input)), ofVpn, "ipv4 vpn");
  };
  assert.deepEqual(await Promise.all([shown("65000:7", "10.0.7.0/24"), shown("65000:7 10.0.7.0/24")]), [true, true]);
  assert.deepEqual(await Promise.all([shown("65000:8", "10.0.7.0/24"), shown("10.0.7.0/24")]), [false, true]);
  const isOfVpn = (rd: string) => matches(conditions([], { rd }), ofVpn, "ipv4 vpn");
  assert.deepEqual([isOfVpn("65000:7"), isOfVpn("65000:8")], [true, false]);
  assert.ok(concernsRoutes(conditions([], { rd: "65000:7" })), "sessions are no routes of a VPN");
  const rule = { ...route, prefix: "192.0.2.0/24", nlri: "destination 192.0.2.0/24 protocol =udp" };
  const words = new Input(["flow", "destination", "192.0.2.0/24", "protocol", "udp"], []);
  const ofRule = readConditions(words, (word) => word, await readNlri(words));
  assert.deepEqual([matches(ofRule, rule, "ipv4 flowspec"), matches(ofRule, ofVpn, "ipv4 vpn")], [true, false]);
  await assert.rejects(async () => await readNlri(new Input(["65000:7", "10.0.7.0/33"], [])), {
    message: '"65000:7 10.0.7.0/33": it is neither a prefix nor a destination as bgpd show routes prints it',
  });
});
