/** Questions about routes, answered from memory. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { formatDestination } from "../../../../src/message/mod.ts";
import { createStoreBatch, type FoundRoute, type RouteQuestion, stride } from "../../../../src/rib/mod.ts";
import {
  families,
  familyMask,
  formatPrefix,
  parseAddress,
  parsePrefix,
  prefixContains,
} from "../../../../src/types/mod.ts";
import { policyTable } from "../import_support.ts";
import { announce, announceNlri, endOfRib, familyOf, keyOf, RibRig, v4, v6, wire, withdraw } from "../support.ts";

function ask(rig: RibRig, question: RouteQuestion): FoundRoute[] {
  return [...rig.rib.find(question)].filter((row) => row !== undefined);
}

function longest(rig: RibRig, address: string, family = familyOf(address)): FoundRoute[] {
  return ask(rig, { kind: "longest", family, address: parseAddress(address)! });
}

function exact(rig: RibRig, prefix: string): FoundRoute[] {
  return ask(rig, { kind: "exact", family: familyOf(prefix), prefix: parsePrefix(prefix)! });
}

function within(rig: RibRig, prefix: string, limit = 1000): FoundRoute[] {
  return ask(rig, { kind: "within", family: familyOf(prefix), prefix: parsePrefix(prefix)!, limit });
}

const names = (rows: readonly FoundRoute[]) => [...new Set(rows.map(({ prefix }) => formatPrefix(prefix!)))];

function decided(rig: RibRig): RibRig {
  rig.rib.decide();
  return rig;
}

Deno.test("longest match: the most specific prefix of IPv4 and IPv6, from the default route to a host", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const v4s = ["0.0.0.0/0", "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/23", "10.1.2.3/32", "128.0.0.0/1"];
  const v6s = ["::/0", "2001:db8::/32", "2001:db8:0:1::/64", "2001:db8:0:1:8000::/65", "2001:db8::1/128"];
  rig.send(1, announce(context, wire(), ...v4s));
  rig.send(1, announce(context, wire({ nextHop: parseAddress("2001:db8::9")! }), ...v6s));
  decided(rig);
  for (
    const [address, prefix] of [
      ["192.0.2.1", "128.0.0.0/1"],
      ["1.1.1.1", "0.0.0.0/0"],
      ["10.200.0.1", "10.0.0.0/8"],
      ["10.1.255.255", "10.1.0.0/16"],
      ["10.1.3.255", "10.1.2.0/23"],
      ["10.1.2.3", "10.1.2.3/32"],
      ["255.255.255.255", "128.0.0.0/1"],
      ["2001:db9::", "::/0"],
      ["2001:db8:ffff::1", "2001:db8::/32"],
      ["2001:db8:0:1::1", "2001:db8:0:1::/64"],
      ["2001:db8:0:1:8000::1", "2001:db8:0:1:8000::/65"],
      ["2001:db8::1", "2001:db8::1/128"],
    ] as const
  ) assert.deepEqual(names(longest(rig, address)), [prefix], address);
});

Deno.test("a prefix without routes answers nothing: the next shorter prefix answers, or none does", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  assert.deepEqual(names(longest(decided(rig), "10.1.2.3")), ["10.1.0.0/16"]);
  rig.send(1, withdraw(context, "10.1.0.0/16"));
  assert.deepEqual(names(longest(decided(rig), "10.1.2.3")), ["10.0.0.0/8"]);
  rig.down(1);
  assert.deepEqual(longest(decided(rig), "10.1.2.3"), []);
  assert.deepEqual(longest(rig, "2001:db8::1"), []);
  assert.deepEqual(exact(rig, "10.0.0.0/8"), []);
});

Deno.test("of several keys the first one with routes answers: the longest match within a VPN", () => {
  const rig = new RibRig();
  const vpn = 7;
  const context = rig.up(1, { families: familyMask([v4, vpn]) });
  rig.send(1, announceNlri(context, wire(), vpn, "65000:1 10.0.0.0/8", "65000:2 10.1.0.0/16"));
  const found = (...texts: string[]) =>
    ask(decided(rig), { kind: "keys", family: vpn, keys: texts.map((text) => keyOf(vpn, text)) })
      .map((row) => formatDestination(row.family, row));
  assert.deepEqual(found("65000:1 10.1.0.0/16", "65000:1 10.0.0.0/8"), ["65000:1 10.0.0.0/8"]);
  assert.deepEqual(found("65000:2 10.1.0.0/16", "65000:2 10.0.0.0/8"), ["65000:2 10.1.0.0/16"]);
  assert.deepEqual(found("65000:3 10.1.0.0/16"), []);
  assert.deepEqual(ask(rig, { kind: "keys", family: v4, keys: [keyOf(vpn, "65000:1 10.0.0.0/8")] }), []);
});

Deno.test("multicast is a table of its own, and an address of the other kind is in neither", () => {
  const rig = new RibRig();
  const multicast = families.find(({ name }) => name === "ipv4 multicast")!.id;
  const context = rig.up(1, { families: familyMask([v4, multicast]) });
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  decided(rig);
  assert.equal(longest(rig, "10.0.0.1", v4).length, 1);
  assert.deepEqual(longest(rig, "10.0.0.1", multicast), []);
  assert.deepEqual(longest(rig, "2001:db8::1", v4), []);
  assert.deepEqual(longest(rig, "10.0.0.1", v6), []);
});

Deno.test("all routes of a prefix, the best one first with its reason; ADD-PATH routes each with its path id", () => {
  const rig = new RibRig();
  const one = rig.up(1);
  const paths = rig.up(2, { addPathReceive: familyMask([v4]) });
  rig.send(1, announce(one, wire({}, [65001, 7, 8]), "10.0.0.0/8"));
  rig.now += 5;
  rig.send(
    2,
    new Uint8Array([
      ...announce(paths, wire({}, [65002, 7]), { prefix: "10.0.0.0/8", pathId: 1 }),
      ...announce(paths, wire({}, [65002]), { prefix: "10.0.0.0/8", pathId: 0xffff_ffff }),
    ]),
  );
  const rows = longest(decided(rig), "10.9.9.9");
  assert.deepEqual(rows.map(({ peerId, pathId, best, bestReason }) => [peerId, pathId, best, bestReason]), [
    [2, 0xffff_ffff, true, "AS path length"],
    [1, -1, false, null],
    [2, 1, false, null],
  ]);
  assert.deepEqual(rows.map(({ receivedAt }) => receivedAt), [1_000_005, 1_000_000, 1_000_005]);
  assert.deepEqual(rows[0]!.wire, wire({}, [65002]));
  assert.deepEqual(exact(rig, "10.0.0.0/8"), rows);
});

Deno.test("what is no candidate is found with its reason, also the name of the rule that rejects it", () => {
  const rig = new RibRig();
  rig.rib.setPolicies(policyTable(`
[[policies]]
name = "in"
default = "accept"
[[policies.rules]]
name = "not 7"
match = { origin_as = [7] }
action = "reject"
`));
  const loop = rig.up(1);
  const rejected = rig.up(2, {}, { import: ["in"] });
  rig.send(1, announce(loop, wire({}, [65001, 65000]), "10.0.0.0/8"));
  rig.send(2, announce(rejected, wire({}, [65002, 7]), "10.0.0.0/8"));
  const rows = exact(decided(rig), "10.0.0.0/8");
  assert.deepEqual(rows.map(({ peerId, ineligible, best }) => [peerId, ineligible, best]), [
    [1, "own ASN in AS path", false],
    [2, "policy in, rule not 7", false],
  ]);
  rig.send(2, announce(rejected, wire({}, [65002, 8]), "10.0.0.0/8"));
  assert.deepEqual(exact(decided(rig), "10.0.0.0/8").map(({ peerId, ineligible }) => [peerId, ineligible]), [
    [2, null],
    [1, "own ASN in AS path"],
  ]);
});

Deno.test("RFC 4724 §4.2: routes of a lost session are stale until they are announced again; others are not", () => {
  const rig = new RibRig();
  rig.up(1);
  const { epoch, context } = rig.sessions.get(1)!;
  rig.send(1, announce(context, wire(), "10.0.0.0/8", "11.0.0.0/8"));
  assert.equal(exact(decided(rig), "10.0.0.0/8")[0]!.stale, false);
  rig.rib.sessionDown(1, epoch, familyMask([v4]));
  decided(rig);
  const state = (prefix: string) => exact(rig, prefix).map(({ stale, best }) => [stale, best]);
  assert.deepEqual([state("10.0.0.0/8"), state("11.0.0.0/8")], [[[true, true]], [[true, true]]]);
  rig.now += 10;
  rig.rib.sessionUp(1, 99, {
    negotiated: context,
    localAddress: Uint8Array.of(127, 0, 0, 100),
    remoteAddress: Uint8Array.of(127, 0, 0, 1),
  }, familyMask([v4]));
  rig.rib.ingest(1, 99, announce(context, wire(), "10.0.0.0/8"));
  decided(rig);
  assert.deepEqual([state("10.0.0.0/8"), state("11.0.0.0/8")], [[[false, true]], [[true, true]]]);
  rig.rib.ingest(1, 99, endOfRib(context, v4));
  decided(rig);
  assert.deepEqual([state("10.0.0.0/8"), state("11.0.0.0/8")], [[[false, true]], []]);
});

Deno.test("routes of an earlier run are found as stale, until their peer announces them or sends End-of-RIB", () => {
  const before = new RibRig();
  const context = before.up(1);
  before.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  decided(before);
  const batch = createStoreBatch();
  before.rib.fillStore(batch);
  const rig = new RibRig({ lastPrefixId: 2, lastSetId: 1 });
  rig.rib.addPeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1) });
  rig.known.add(1);
  rig.rib.loadPrefixes(batch.prefixes.slice(0, batch.prefixCount * stride.prefixes));
  rig.rib.loadSets(batch.sets.slice(0, batch.setCount * stride.sets), batch.setBytes);
  rig.rib.loadStale(1, v4, Float64Array.of(1, -1, 1, 0, 0, 1_000_000, 2, -1, 1, 0, 0, 1_000_000));
  const state = () => longest(decided(rig), "10.1.0.1").map(({ prefix, stale, best }) => [prefix!.length, stale, best]);
  assert.deepEqual(state(), [[16, true, false]]);
  rig.up(1);
  rig.send(1, announce(context, wire(), "10.1.0.0/16"));
  assert.deepEqual(state(), [[16, false, true]]);
  rig.send(1, withdraw(context, "10.1.0.0/16"));
  assert.deepEqual(state(), [[8, true, false]]);
  rig.send(1, endOfRib(context, v4));
  assert.deepEqual(state(), []);
});

Deno.test("routes that tie with the best route are marked as multipath", () => {
  const rig = new RibRig();
  rig.rib.setMultipath({ limit: 2, relax: true });
  const contexts = [1, 2, 3].map((id) => rig.up(id));
  contexts.forEach((context, i) => rig.send(i + 1, announce(context, wire({}, [65001 + i]), "10.0.0.0/8")));
  const rows = exact(decided(rig), "10.0.0.0/8");
  assert.deepEqual(rows.map(({ peerId, multipath }) => [peerId, multipath]), [[1, true], [2, true], [3, false]]);
});

Deno.test("exact is that prefix only; within is it and all inside it, never more than the limit", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16", "10.1.2.0/24", "10.2.0.0/16", "11.0.0.0/16"));
  const set = wire({ nextHop: parseAddress("2001:db8::9")! });
  rig.send(1, announce(context, set, "2001:db8::/32", "2001:db8:0:1::/64", "2001:db8:1::/48", "2001:db9::/32"));
  decided(rig);
  assert.deepEqual(exact(rig, "10.1.0.0/17"), []);
  assert.deepEqual(names(exact(rig, "10.1.0.0/16")), ["10.1.0.0/16"]);
  assert.deepEqual(names(within(rig, "10.1.0.0/16")), ["10.1.0.0/16", "10.1.2.0/24"]);
  assert.equal(names(within(rig, "0.0.0.0/0")).length, 5);
  assert.deepEqual(within(rig, "12.0.0.0/8"), []);
  assert.deepEqual(names(within(rig, "2001:db8::/47")), ["2001:db8:0:1::/64", "2001:db8:1::/48"]);
  for (const limit of [1, 4, 5, 6]) assert.equal(within(rig, "0.0.0.0/0", limit).length, Math.min(limit, 5));
});

Deno.test("property: longest match and within are what a look at every route finds", () => {
  const bits = fc.record({ value: fc.integer({ min: 0, max: 255 }), length: fc.integer({ min: 0, max: 8 }) });
  const prefixOf = ({ value, length }: { value: number; length: number }) =>
    `10.1.${value & (0xff00 >> length) & 255}.0/${16 + length}`;
  fc.assert(
    fc.property(fc.array(bits), fc.array(bits), fc.integer({ min: 0, max: 255 }), bits, (held, gone, at, outer) => {
      const rig = new RibRig();
      const context = rig.up(1);
      const prefixes = [...new Set(held.map(prefixOf))];
      const left = new Set(gone.map(prefixOf));
      if (prefixes.length > 0) rig.send(1, announce(context, wire(), ...prefixes));
      if (left.size > 0) rig.send(1, withdraw(context, ...left));
      decided(rig);
      const address = `10.1.${at}.9`;
      const there = prefixes.filter((prefix) => !left.has(prefix)).map((text) => parsePrefix(text)!);
      const holding = there.filter((prefix) => prefixContains(prefix, parseAddress(address)!))
        .sort((a, b) => b.length - a.length);
      assert.deepEqual(names(longest(rig, address)), holding.slice(0, 1).map(formatPrefix));
      const network = parsePrefix(prefixOf(outer))!;
      const inside = there.filter(({ octets, length }) => prefixContains(network, octets, length));
      assert.deepEqual(names(within(rig, prefixOf(outer))).sort(), inside.map(formatPrefix).sort());
    }),
  );
});
