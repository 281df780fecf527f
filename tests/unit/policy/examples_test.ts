/** The policies that people copy: they must do what the words beside them say. */
import assert from "node:assert/strict";
import { parseConfig } from "../../../src/config/mod.ts";
import { formatAsPath, formatCommunity } from "../../../src/message/mod.ts";
import { compilePolicies, type Policies } from "../../../src/policy/mod.ts";
import { askAbout, type RouteWords } from "./support.ts";

const root = new URL("../../../", import.meta.url);

function policiesIn(text: string): Policies {
  const result = parseConfig(text);
  assert.deepEqual(result.kind === "errors" ? result.errors : [], []);
  assert.ok(result.kind === "config");
  return compilePolicies(result.config.policies);
}

async function policyPage(): Promise<Policies> {
  const page = await Deno.readTextFile(new URL("docs/policy.md", root));
  const [, toml] = /```toml[^\n]*\n([^]*?)```/.exec(page) ?? [];
  assert.ok(toml !== undefined, "docs/policy.md has an example");
  return policiesIn(toml);
}

async function example(): Promise<Policies> {
  return policiesIn(await Deno.readTextFile(new URL("examples/policy.toml", root)));
}

/** What the chain decides, and the attributes it sets. */
function outcome(policies: Policies, chain: string[], words: RouteWords): string {
  const { accepted, reason, set } = askAbout(policies, chain, words);
  if (!accepted) return `rejected: ${reason}`;
  const communities = set.communities.map(formatCommunity).join(" ");
  return `${set.localPref ?? "none"}, ${set.med ?? "none"}, "${formatAsPath(set.asPath)}", ${communities}`;
}

Deno.test("docs/policy.md: the example does what it says", async () => {
  const policies = await policyPage();
  const customer = ["sane", "customer-in"];
  assert.equal(outcome(policies, customer, { prefix: "10.1.0.0/16" }), "rejected: policy sane, rule no bogons");
  assert.equal(outcome(policies, customer, { prefix: "2001:db8::/49" }), "rejected: policy sane, rule no bogons");
  assert.equal(
    outcome(policies, customer, { prefix: "2001:db8::/48", path: "64511", communities: "64500:9 1:1" }),
    '200, none, "64511", 1:1 64500:3',
  );
  assert.equal(
    outcome(policies, customer, { prefix: "8.8.8.0/24", path: "64512" }),
    "rejected: policy customer-in, default",
  );
  const provider = ["sane", "provider-in"];
  const slow = { prefix: "8.8.8.0/24", path: "64496 64499 1", set: { med: 5 } };
  assert.equal(outcome(policies, provider, slow), '80, none, "64496 64499 1", ');
  assert.equal(outcome(policies, provider, { ...slow, path: "64496 1" }), 'none, 5, "64496 1", ');
  const out = { prefix: "8.8.8.0/24", path: "64511", communities: "64500:3 1:1" };
  assert.equal(outcome(policies, ["customers-out"], out), 'none, none, "65000 65000 64511", 1:1');
  assert.equal(outcome(policies, ["customers-out"], { path: "64511" }), "rejected: end of policy customers-out");
});

Deno.test("examples/policy.toml: bogons and leaks stay out; only customer routes go to everyone", async () => {
  const policies = await example();
  const provider = ["sane", "from-provider"], peer = ["sane", "from-peer"];
  const good = { prefix: "8.8.8.0/24", path: "64497 15169" };
  assert.equal(outcome(policies, provider, good), '80, none, "64497 15169", 64500:1');
  assert.equal(outcome(policies, peer, good), '100, none, "64497 15169", 64500:2');
  assert.equal(
    outcome(policies, peer, { ...good, communities: "64500:3 1:1" }),
    '100, none, "64497 15169", 1:1 64500:2',
  );
  assert.equal(outcome(policies, peer, { ...good, path: "64497 64499 1" }), '90, none, "64497 64499 1", 64500:2');
  for (
    const [words, rule] of [
      [{ prefix: "203.0.113.0/24" }, "no bogons"],
      [{ prefix: "fc00::/7" }, "no bogons"],
      [{ path: "64497 4200000000" }, "no bogon ASNs"],
      [{ prefix: "8.8.8.0/25" }, "IPv4 too specific"],
      [{ prefix: "2600::/49" }, "IPv6 too specific"],
    ] as const
  ) {
    assert.equal(outcome(policies, peer, { ...good, ...words }), `rejected: policy sane, rule ${rule}`);
  }
  assert.match(outcome(policies, peer, { ...good, path: "64497 3356" }), /large networks are no peer's customers/);
  assert.match(outcome(policies, peer, { ...good, nextHop: "192.0.2.99" }), /announced for somebody else/);

  const customer = ["from-customer-a"];
  const theirs = { prefix: "203.0.113.0/24", path: "64511", set: { med: 7 } };
  assert.equal(outcome(policies, customer, theirs), '200, none, "64511", 64500:3');
  assert.equal(
    outcome(policies, customer, { ...theirs, communities: "64511:70" }),
    '70, none, "64511", 64511:70 64500:3',
  );
  assert.match(outcome(policies, customer, { ...theirs, prefix: "8.8.8.0/24" }), /rule not theirs/);
  assert.match(outcome(policies, customer, { ...theirs, path: "64511 1" }), /from-customer-a, default/);
  const attacked = askAbout(policies, customer, { ...theirs, prefix: "203.0.113.7/32", communities: "65535:666" });
  assert.deepEqual([attacked.accepted, attacked.set.localPref, attacked.set.nextHop], [
    true,
    250,
    Uint8Array.of(192, 0, 2, 66),
  ]);
  assert.match(outcome(policies, customer, { ...theirs, prefix: "203.0.113.7/32" }), /rule not theirs/);

  const out = ["own-and-customers"];
  const from = { source: { asn: 64511 } };
  assert.equal(outcome(policies, out, { ...theirs, ...from, communities: "64500:3" }), 'none, none, "64511", ');
  assert.match(outcome(policies, out, { ...theirs, ...from, communities: "64500:3 no-export" }), /default/);
  assert.match(outcome(policies, out, { ...good, ...from, communities: "64500:2" }), /default/);
  const own = { prefix: "198.51.100.0/24", path: "", source: { local: true } };
  assert.equal(outcome(policies, out, own), 'none, none, "", ');
  assert.equal(outcome(policies, ["longer-way", ...out], own), 'none, none, "65000 65000", ');
  assert.match(outcome(policies, out, { ...own, prefix: "198.51.101.0/24" }), /default/);
  assert.equal(
    outcome(policies, ["everything"], { ...good, ...from, communities: "64500:1 9:9" }),
    'none, none, "64497 15169", 9:9',
  );
});
