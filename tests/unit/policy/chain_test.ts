import assert from "node:assert/strict";
import { askAbout, policiesOf, questionOf } from "./support.ts";

const toml = `
[[policies]]
name = "tag"
[[policies.rules]]
set = { local_pref = 150, add_communities = "65000:1" }
[[policies]]
name = "filter"
[[policies.rules]]
name = "no tagged ones"
match = { community = "65000:1", local_pref = 150, path_as = 666 }
action = "reject"
[[policies.rules]]
match = { path_as = 65010 }
action = "accept"
[[policies]]
name = "closed"
default = "reject"
[[policies]]
name = "open"
default = "accept"
`;

Deno.test("rules see what earlier rules and policies of the chain have set", () => {
  const policies = policiesOf(toml);
  const route = { path: "65001 666 65010" };
  assert.equal(askAbout(policies, ["tag", "filter"], route).reason, "policy filter, rule no tagged ones");
  assert.equal(askAbout(policies, ["filter"], route).reason, "policy filter, rule 2");
  const { accepted, set } = askAbout(policies, ["tag", "filter"]);
  assert.deepEqual([accepted, set.localPref, set.communities], [true, 150, [65000 * 65536 + 1]]);
});

Deno.test("if no rule decides, the default does; at the end of the chain a route is rejected (RFC 8212)", () => {
  const policies = policiesOf(toml);
  const unknown = { path: "1" };
  assert.deepEqual(verdict(["filter"]), [false, "end of policy filter"]);
  assert.deepEqual(verdict(["tag", "filter"]), [false, "end of policies tag, filter"]);
  assert.deepEqual(verdict(["filter", "open"]), [true, "policy open, default"]);
  assert.deepEqual(verdict(["closed", "open"]), [false, "policy closed, default"]);
  assert.deepEqual(verdict(["tag", "open"]), [true, "policy open, default"]);

  function verdict(names: string[]): [boolean, string] {
    const { accepted, reason } = askAbout(policies, names, unknown);
    return [accepted, reason];
  }
});

Deno.test("what a rejected route was set to meanwhile is nobody's business", () => {
  const { changed } = askAbout(policiesOf(toml), ["tag", "closed"]);
  assert.equal(changed, false);
});

Deno.test("one route leaves nothing behind for the next", () => {
  const policies = policiesOf(`
[[policies]]
name = "p"
default = "accept"
[[policies.rules]]
match = { med = "any" }
set = { remove_attributes = ["aigp", 200], med = "none", prepend = 3, remove_communities = "*", next_hop = "self" }
`);
  const chain = policies.chain(["p"]);
  const unknown = [{ flags: 0xc0, code: 200, value: Uint8Array.of(1) }];
  const ask = (med: number | undefined) => {
    const words = { communities: "1:1", set: { med, aigp: 7n, unknown } };
    const { wire, prefixClass, context, family } = questionOf(policies, words);
    return { wire, outcome: chain.evaluate(wire, 0, wire.length, prefixClass, { family, ...context }) };
  };
  assert.equal(ask(5).outcome.changed, true);
  const { outcome } = ask(undefined);
  assert.deepEqual([outcome.accepted, outcome.changed, outcome.explicit], [true, false, 0]);
});

Deno.test("a chain says what its answers depend on beside the attributes", () => {
  const uses = (match: string, set = "") => {
    const rule = `[[policies]]\nname = "p"\n[[policies.rules]]\nmatch = { ${match} }\nset = { ${set} }`;
    const { usesPrefix, usesValidity, usesSource, usesPeer } = policiesOf(rule).chain(["p"]);
    return { usesPrefix, usesValidity, usesSource, usesPeer };
  };
  const nothing = { usesPrefix: false, usesValidity: false, usesSource: false, usesPeer: false };
  assert.deepEqual(uses("origin_as = 1, community = '1:1', med = 'any'", "med = 5"), nothing);
  assert.deepEqual(uses("prefix = '10.0.0.0/8'"), { ...nothing, usesPrefix: true });
  assert.deepEqual(uses("not_prefix_length = 24"), { ...nothing, usesPrefix: true });
  assert.deepEqual(uses("ovs = 'invalid'"), { ...nothing, usesValidity: true });
  assert.deepEqual(uses("not_avs = 'valid'"), { ...nothing, usesValidity: true });
  assert.deepEqual(uses("from_as = 1"), { ...nothing, usesSource: true });
  assert.deepEqual(uses("source = 'local'"), { ...nothing, usesSource: true });
  assert.deepEqual(uses("peer_as = 1"), { ...nothing, usesPeer: true });
  assert.deepEqual(uses("next_hop = 'peer'"), { ...nothing, usesPeer: true });
  assert.deepEqual(uses("", "prepend = 1"), { ...nothing, usesPeer: true });
  assert.deepEqual(uses("", "prepend = [1]"), nothing);
});

Deno.test("the explanation names each rule asked, what held, what was set, and who decided", () => {
  const policies = policiesOf(toml);
  const chain = policies.chain(["tag", "filter"]);
  const { wire, prefixClass, context, family } = questionOf(policies, {});
  const { steps, outcome } = chain.explain(wire, 0, wire.length, prefixClass, { family, ...context });
  assert.deepEqual(steps, [
    {
      policy: "tag",
      rule: "1",
      conditions: [],
      matched: true,
      changes: ["local_pref = 150", 'add_communities = "65000:1"'],
      verdict: "continue",
    },
    {
      policy: "filter",
      rule: "no tagged ones",
      conditions: [
        { text: 'community = "65000:1"', holds: true },
        { text: "local_pref = 150", holds: true },
        { text: "path_as = 666", holds: false },
      ],
      matched: false,
      changes: [],
      verdict: "reject",
    },
    {
      policy: "filter",
      rule: "2",
      conditions: [{ text: "path_as = 65010", holds: true }],
      matched: true,
      changes: [],
      verdict: "accept",
    },
  ]);
  assert.equal(outcome.accepted, true);
});

Deno.test("numbers of reasons keep their meaning as chains are added", () => {
  const policies = policiesOf(toml);
  policies.chain(["filter", "open"]);
  const before = [...policies.reasons];
  policies.chain(["closed"]);
  assert.deepEqual(policies.reasons.slice(0, before.length), before);
  assert.equal(new Set(policies.reasons).size, policies.reasons.length);
  assert.throws(() => policies.chain(["nobody"]), /nobody/);
});

Deno.test("chains share what their policies are made of, and nothing of the routes asked about", () => {
  const policies = policiesOf(toml);
  const [one, two] = [policies.chain(["tag", "open"]), policies.chain(["tag", "open"])];
  const { wire, prefixClass, context, family } = questionOf(policies, {});
  const first = one.evaluate(wire, 0, wire.length, prefixClass, { family, ...context });
  const octets = first.bytes.slice(0, first.length);
  const other = questionOf(policies, { path: "1 2 3", communities: "9:9", set: { med: 77 } });
  two.evaluate(other.wire, 0, other.wire.length, other.prefixClass, { family, ...other.context });
  assert.deepEqual(first.bytes.slice(0, first.length), octets);
  assert.deepEqual([first.accepted, first.changed], [true, true]);
});
