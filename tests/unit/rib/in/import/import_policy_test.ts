import assert from "node:assert/strict";
import { messageLength, MessageType, messageType } from "../../../../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch, Ineligible, stride } from "../../../../../src/rib/mod.ts";
import { policyTable, StoringRig } from "../../import_support.ts";
import { familyMask } from "../../../../../src/types/mod.ts";
import { announce, endOfRib, v4, wire, withdraw } from "../../support.ts";

const policies = policyTable(`
[[prefix_sets]]
name = "bogons"
prefixes = ["10.0.0.0/8 le 32"]
[[prefix_sets]]
name = "ours"
prefixes = ["192.0.2.0/24"]
[[policies]]
name = "prefer"
default = "accept"
[[policies.rules]]
set = { local_pref = 200 }
[[policies]]
name = "customer-in"
default = "reject"
[[policies.rules]]
name = "no bogons"
match = { prefix = "bogons" }
action = "reject"
[[policies.rules]]
name = "ours"
match = { prefix = "ours" }
set = { local_pref = 300 }
action = "accept"
[[policies.rules]]
name = "marked"
match = { community = "65001:1" }
set = { local_pref = 150 }
action = "accept"
`);

const wire6 = wire({ nextHop: new Uint8Array(16).fill(7) });

function rig(chain: readonly string[] | "all" | "none", rows?: number): StoringRig {
  const rig = new StoringRig({}, rows);
  rig.rib.setPolicies(policies);
  rig.up(1, {}, { import: chain });
  return rig;
}

Deno.test("policy changes a route on its way in; memory and database also have the route as received", () => {
  const it = rig(["prefer"]);
  const context = it.sessions.get(1)!.context;
  it.send(1, announce(context, wire(), "10.0.0.0/8", "192.0.2.0/24"));
  it.send(1, announce(context, wire6, "2001:db8::/32"));
  it.settle();
  assert.deepEqual(it.routes(), ["1 10.0.0.0/8 200<- *", "1 192.0.2.0/24 200<- *", "1 2001:db8::/32 200<- *"]);
  it.check();
  it.send(1, announce(context, wire(), "10.0.0.0/8"));
  assert.equal(it.settle(), 0, "the same again is no change");
  it.send(1, withdraw(context, "10.0.0.0/8", "192.0.2.0/24", "2001:db8::/32"));
  for (let i = 0; i < 4; i++) it.settle();
  it.check();
  assert.equal(it.rib.memory().sets, 0);
});

Deno.test("what a rule rejects stays to be seen, with policy and rule as the reason, and is no candidate", () => {
  const it = rig(["customer-in"]);
  const context = it.sessions.get(1)!.context;
  it.send(1, announce(context, wire(), "10.1.0.0/16", "192.0.2.0/24", "198.51.100.0/24"));
  it.settle();
  assert.deepEqual(it.routes(), [
    "1 10.1.0.0/16 - policy customer-in, rule no bogons",
    "1 192.0.2.0/24 300<- *",
    "1 198.51.100.0/24 - policy customer-in, default",
  ]);
  it.check();
  // The numbers in the database are the same in every run.
  const again = rig(["customer-in"]);
  again.send(1, announce(context, wire(), "198.51.100.0/24", "10.1.0.0/16"));
  again.settle();
  assert.deepEqual([...again.store.words].sort(), [...it.store.words].sort());
  assert([...it.store.words.keys()].every((id) => id >= 64));
});

Deno.test("without the rule's match the same route is accepted: a community decides", () => {
  const it = rig(["customer-in"]);
  const context = it.sessions.get(1)!.context;
  it.send(1, announce(context, wire({ communities: [65001 * 65536 + 1] }), "198.51.100.0/24", "10.1.0.0/16"));
  it.settle();
  assert.deepEqual(it.routes(), ["1 10.1.0.0/16 - policy customer-in, rule no bogons", "1 198.51.100.0/24 150<- *"]);
});

Deno.test("RFC 4271 §9.1.2: a loop is a loop whatever policy would say of it, and import none comes after it", () => {
  for (const chain of [["prefer"], "none"] as const) {
    const it = rig(chain);
    const context = it.sessions.get(1)!.context;
    it.send(1, announce(context, wire({}, [65001, 65000]), "192.0.2.0/24"));
    it.send(1, announce(context, wire({}, [65001]), "198.51.100.0/24"));
    it.settle();
    assert.deepEqual([...it.rib.dump()].map(({ ineligible }) => ineligible), [
      Ineligible.ownAsn,
      chain === "none" ? Ineligible.notImported : 0,
    ]);
  }
});

Deno.test("families may have policies of their own", () => {
  const it = new StoringRig();
  it.rib.setPolicies(policies);
  const context = it.up(1, {}, { import: { families: { [v4]: ["prefer"] }, otherwise: "none" } });
  it.send(1, announce(context, wire(), "192.0.2.0/24"));
  it.send(1, announce(context, wire6, "2001:db8::/32"));
  it.settle();
  assert.deepEqual(it.routes(), ["1 192.0.2.0/24 200<- *", `1 2001:db8::/32 - ${Ineligible.notImported}`]);
});

Deno.test("a reload re-evaluates received routes: no new time, no history entry, no message to the peer", () => {
  const it = rig(["prefer"]);
  const context = it.sessions.get(1)!.context;
  it.send(1, announce(context, wire(), "10.1.0.0/16", "192.0.2.0/24"));
  it.send(1, announce(context, wire6, "2001:db8::/32"));
  it.settle();
  const before = [...it.rib.dump()].map(({ receivedAt }) => receivedAt);
  it.now += 1000;
  it.rib.updatePeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: ["customer-in"] });
  it.settle();
  assert.deepEqual(it.routes(), [
    "1 10.1.0.0/16 - policy customer-in, rule no bogons",
    "1 192.0.2.0/24 300<- *",
    "1 2001:db8::/32 - policy customer-in, default",
  ]);
  it.check();
  it.rib.updatePeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: "all" });
  it.settle();
  assert.deepEqual(it.routes(), ["1 10.1.0.0/16 - *", "1 192.0.2.0/24 - *", "1 2001:db8::/32 - *"]);
  it.check();
  assert.deepEqual([...it.rib.dump()].map(({ receivedAt }) => receivedAt), before);
  const said = it.rib.pull(1, it.sessions.get(1)!.epoch, 4096)!;
  for (let at = 0; at < said.length; at += messageLength(said, at)) {
    assert.equal(messageType(said, at), MessageType.update, "no ROUTE-REFRESH");
  }
});

Deno.test("the same name may come to mean another policy", () => {
  const it = rig(["prefer"]);
  const context = it.sessions.get(1)!.context;
  it.send(1, announce(context, wire(), "192.0.2.0/24"));
  it.settle();
  it.rib.setPolicies(policyTable(`
[[policies]]
name = "prefer"
default = "accept"
[[policies.rules]]
set = { local_pref = 50 }
`));
  it.settle();
  assert.deepEqual(it.routes(), ["1 192.0.2.0/24 50<- *"]);
  assert.equal((it.rib.setPolicies(policies), it.settle()), 1);
  assert.equal((it.rib.setPolicies(policies), it.settle()), 0, "re-evaluated, and nothing changes");
});

Deno.test("policies and chains change as one: no route is evaluated by one without the other", () => {
  const it = rig(["prefer"]);
  const context = it.sessions.get(1)!.context;
  it.send(1, announce(context, wire(), "192.0.2.0/24"));
  it.settle();
  const other = policyTable(`
[[policies]]
name = "prefer"
default = "reject"
[[policies]]
name = "new"
default = "accept"
[[policies.rules]]
set = { local_pref = 77 }
`);
  it.rib.setPolicies(other, [{ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: ["new"] }]);
  assert.equal(it.settle(), 1);
  assert.deepEqual(it.routes(), ["1 192.0.2.0/24 77<- *"]);
});

Deno.test("where a policy is missing nothing passes; when it is there, everything it lets", () => {
  const it = rig(["prefer"]);
  const context = it.sessions.get(1)!.context;
  it.rib.setPolicies(policyTable(""));
  it.send(1, announce(context, wire(), "192.0.2.0/24"));
  it.settle();
  assert.deepEqual(it.routes(), [`1 192.0.2.0/24 - ${Ineligible.importPolicy}`]);
  it.rib.setPolicies(policies);
  it.settle();
  assert.deepEqual(it.routes(), ["1 192.0.2.0/24 200<- *"]);
});

Deno.test("in the middle of a reload the newest state wins, route by route", () => {
  const it = rig(["prefer"]);
  const context = it.sessions.get(1)!.context;
  const prefixes = Array.from({ length: 5000 }, (_, i) => `172.${16 + (i >> 8)}.${i & 255}.0/24`);
  it.send(1, announce(context, wire(), ...prefixes));
  it.settle();
  it.rib.updatePeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: ["customer-in"] });
  assert(it.rib.decide(100), "there is more to do");
  it.send(1, announce(context, wire({ communities: [65001 * 65536 + 1] }), prefixes[4999]!, prefixes[0]!));
  it.send(1, withdraw(context, prefixes[4998]!, prefixes[1]!));
  it.rib.decide(100);
  it.rib.updatePeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: ["prefer"] });
  it.settle();
  const routes = it.routes();
  assert.equal(routes.length, 4998);
  assert.deepEqual([...new Set(routes.map((route) => route.split(" ").slice(2).join(" ")))], ["200<- *"]);
  it.check();
});

Deno.test("treat-as-withdraw takes a route that policy rejected or changed", () => {
  const it = rig(["customer-in"]);
  const context = it.sessions.get(1)!.context;
  const good = announce(context, wire(), "192.0.2.0/24");
  it.send(1, good);
  it.send(1, announce(context, wire(), "10.1.0.0/16"));
  // ORIGIN 9 (RFC 7606 §7.1).
  for (const prefix of ["192.0.2.0/24", "10.1.0.0/16"]) {
    const bad = announce(context, wire(), prefix);
    bad[26] = 9;
    it.send(1, bad);
  }
  it.settle();
  assert.deepEqual(it.routes(), []);
  it.check();
});

Deno.test("after a restart an identical announcement under the same policy only confirms the rows", () => {
  const batch = createStoreBatch();
  const before = rig(["customer-in"]);
  const context = before.sessions.get(1)!.context;
  const routes = announce(context, wire(), "10.1.0.0/16", "192.0.2.0/24");
  before.send(1, routes);
  before.rib.decide();
  before.rib.fillStore(batch);
  const rows: number[] = [];
  for (let i = 0; i < batch.routeCount; i++) {
    const [, prefix, path, set, received, ineligible, at] = batch.routes.subarray(i * stride.routes);
    rows.push(prefix!, path!, set!, received!, ineligible!, at!);
  }
  const after = new StoringRig({ lastPrefixId: 2, lastSetId: 2 });
  after.store.apply(batch);
  after.now = before.now + 1000;
  after.rib.setPolicies(policies);
  after.rib.addPeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: ["customer-in"] });
  after.known.add(1);
  after.rib.loadPrefixes(batch.prefixes.slice(0, batch.prefixCount * stride.prefixes));
  after.rib.loadSets(batch.sets.slice(0, batch.setCount * stride.sets), batch.setBytes);
  after.rib.loadStale(1, v4, Float64Array.from(rows));
  after.up(1);
  after.send(1, routes);
  after.send(1, endOfRib(context, v4));
  assert.equal(after.settle(), 2);
  assert.deepEqual(after.store.stale(), []);
  after.check();
  // Under another policy what differs is written, and nothing of it is history.
  clearStoreBatch(batch);
  after.rib.updatePeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: ["prefer"] });
  assert.equal(after.settle(), 2);
  after.check();
});

Deno.test("a store that lost everything hears the words again", () => {
  const it = rig(["customer-in"]);
  it.send(1, announce(it.sessions.get(1)!.context, wire(), "10.1.0.0/16"));
  it.settle();
  const words = [...it.store.words];
  it.store.words.clear();
  it.store.retired.clear();
  it.rib.storeLost();
  it.settle();
  assert.deepEqual([...it.store.words], words);
  it.check();
});

Deno.test("RFC 4724 §4.2: retained routes of a lost session are re-evaluated, too, before the peer is back", () => {
  const it = rig(["prefer"]);
  const context = it.sessions.get(1)!.context;
  const routes = announce(context, wire(), "10.1.0.0/16", "192.0.2.0/24");
  it.send(1, routes);
  it.settle();
  const families = familyMask([v4]);
  it.rib.sessionDown(1, it.sessions.get(1)!.epoch, families);
  it.rib.updatePeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: ["customer-in"] });
  it.settle();
  const evaluated = ["1 10.1.0.0/16 - policy customer-in, rule no bogons", "1 192.0.2.0/24 300<- *"];
  assert.deepEqual(it.routes(), evaluated);
  it.rib.sessionUp(1, 99, {
    negotiated: context,
    localAddress: Uint8Array.of(127, 0, 0, 100),
    remoteAddress: Uint8Array.of(127, 0, 0, 1),
  }, families);
  it.sessions.set(1, { epoch: 99, context });
  it.send(1, routes);
  it.send(1, endOfRib(context, v4));
  assert.equal(it.settle(), 2, "nothing to write but that they are fresh");
  assert.deepEqual(it.routes(), evaluated);
  it.check();
});
