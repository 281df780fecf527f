/** Routes whose NLRI are no plain prefixes, on their way through the RIB. */

import assert from "node:assert/strict";
import { decodeAttributeSet, decodeNlriValue, encodeNlriValue, formatDestination } from "../../../src/message/mod.ts";
import { createStoreBatch, ineligibleNames, type PrefixLimit, type Rib, stride } from "../../../src/rib/mod.ts";
import { type FamilyId, familyMask, parseAddress, parsePrefix } from "../../../src/types/mod.ts";
import { attribute, sound, update } from "../message/updates.ts";
import { policyTable } from "./import_support.ts";
import { Exchange } from "./out_support.ts";
import { announce, announceNlri, attributes, keyOf, RibRig, v4, v6, wire, withdrawNlri } from "./support.ts";

const vpn: FamilyId = 7;
const vpn6: FamilyId = 8;
const labeled: FamilyId = 5;
const families = familyMask([v4, v6, labeled, vpn, vpn6]);

const withLabels = (...labels: number[]) => ({
  nlriValue: encodeNlriValue({ labels: labels.map((label) => (label << 4) | 1) }),
});

/** The MPLS labels of a canonical set. */
function labelsOf(set: Uint8Array): number[] {
  const { nlriValue } = decodeAttributeSet(set);
  return nlriValue === undefined ? [] : decodeNlriValue(nlriValue).labels.map((label) => label >>> 4);
}

/** The routes in memory: `peer destination [labels] best`. */
function memory(rib: Rib): string[] {
  return [...rib.dump()].map((row) =>
    `${row.peerId} ${formatDestination(row.family, row)} [${labelsOf(row.wire)}]${row.best ? " best" : ""}`
  ).sort();
}

Deno.test("a VPN route is stored under RD and prefix; its label belongs to its attribute set (RFC 8277 §2)", () => {
  const rig = new RibRig({ historyRows: 0 });
  const context = rig.up(1, { families });
  rig.send(1, announceNlri(context, wire(withLabels(100)), vpn, "65000:1 192.0.2.0/24", "65000:2 192.0.2.0/24"));
  rig.rib.decide();
  assert.deepEqual(memory(rig.rib), ["1 65000:1 192.0.2.0/24 [100] best", "1 65000:2 192.0.2.0/24 [100] best"]);
  // Another label replaces the route: the label is not part of its key.
  rig.send(1, announceNlri(context, wire(withLabels(200)), vpn, "65000:1 192.0.2.0/24"));
  rig.rib.decide();
  assert.deepEqual(memory(rig.rib), ["1 65000:1 192.0.2.0/24 [200] best", "1 65000:2 192.0.2.0/24 [100] best"]);
  rig.send(1, withdrawNlri(context, vpn, "65000:1 192.0.2.0/24"));
  rig.rib.decide();
  assert.deepEqual(memory(rig.rib), ["1 65000:2 192.0.2.0/24 [100] best"]);
  rig.down(1);
  rig.rib.decide();
  assert.deepEqual(memory(rig.rib), []);
  assert.equal(rig.rib.memory().sets, 0);
});

Deno.test("rfc9136#3.1 a prefix with an ESI and a gateway is no candidate; one with either of them is", () => {
  const rig = new RibRig();
  const evpn: FamilyId = 13;
  const context = rig.up(1, { families: familyMask([v4, evpn]) });
  const esi = new Uint8Array(10).fill(1), gateway = parseAddress("192.0.2.9")!;
  const values = { both: { esi, gateway }, segment: { esi }, gateway: { gateway } };
  for (const [i, value] of Object.values(values).entries()) {
    const set = wire({ nlriValue: encodeNlriValue({ labels: [1], ...value }) });
    rig.send(1, announceNlri(context, set, evpn, `ip-prefix rd 65000:${i} tag 0 prefix 192.0.2.0/24`));
  }
  rig.rib.decide();
  const reasons = [...rig.rib.dump()].map(({ ineligible, best }) => `${ineligibleNames[ineligible]} ${best}`).sort();
  assert.deepEqual(reasons, ["ESI and gateway false", "eligible true", "eligible true"]);
});

Deno.test("the best of two labelled routes is the one with the shorter path, with its own label", () => {
  const rig = new RibRig();
  const one = rig.up(1, { families });
  const two = rig.up(2, { families });
  rig.send(1, announceNlri(one, wire(withLabels(100), [65001, 65009]), labeled, "192.0.2.0/24"));
  rig.send(2, announceNlri(two, wire(withLabels(200), [65002]), labeled, "192.0.2.0/24"));
  rig.rib.decide();
  assert.deepEqual(memory(rig.rib), ["1 192.0.2.0/24 [100]", "2 192.0.2.0/24 [200] best"]);
});

Deno.test("a reflector passes VPN routes on with label, RD and next hop", () => {
  const exchange = new Exchange();
  const internal = { internal: true, families };
  exchange.up(1, { routeReflectorClient: true }, internal);
  const receiver = exchange.up(2, { export: "all" }, internal);
  const set = wire({ ...withLabels(100), localPref: 100 }, []);
  exchange.send(1, announceNlri(exchange.contexts.get(1)!, set, vpn, "65000:1 192.0.2.0/24"));
  exchange.settle();
  const sent = receiver.attributes("65000:1 192.0.2.0/24")!;
  assert.deepEqual(decodeNlriValue(sent.nlriValue!).labels, [1601]);
  assert.deepEqual(sent.nextHop, parseAddress("192.0.2.1"));
  assert.deepEqual([...exchange.advertised(2).keys()], ["65000:1 192.0.2.0/24"]);
  exchange.send(1, withdrawNlri(exchange.contexts.get(1)!, vpn, "65000:1 192.0.2.0/24"));
  exchange.settle();
  assert.deepEqual(receiver.keys, []);
  assert.equal(receiver.log.at(-1), "- 65000:1 192.0.2.0/24");
});

Deno.test("what is advertised of a prefix includes its VPN and labelled routes, of every RD", () => {
  const exchange = new Exchange();
  exchange.up(1, {}, { families });
  exchange.up(2, { export: "all" }, { families });
  const context = exchange.contexts.get(1)!, set = wire(withLabels(100));
  const ofVpn = ["65000:1 10.0.7.0/24", "65000:2 10.0.7.0/24", "65000:1 10.0.7.0/25", "65000:1 10.0.6.0/24"];
  exchange.send(1, announceNlri(context, set, vpn, ...ofVpn));
  exchange.send(1, announceNlri(context, set, labeled, "10.0.7.0/24", "10.0.8.0/24"));
  exchange.announce(1, wire(), "10.0.7.0/24", "10.0.0.0/8");
  exchange.settle();
  const found = (text: string) =>
    [...exchange.rib.advertised(2, { which: { kind: "prefix", prefix: parsePrefix(text)! }, states: "written" })]
      .filter((row) => row !== undefined).map((row) => `${row.family} ${formatDestination(row.family, row)}`);
  assert.deepEqual(found("10.0.7.0/24"), [
    "1 10.0.7.0/24",
    "5 10.0.7.0/24",
    "7 65000:1 10.0.7.0/24",
    "7 65000:2 10.0.7.0/24",
  ]);
  assert.deepEqual(found("10.0.7.0/25"), ["7 65000:1 10.0.7.0/25"]);
  assert.deepEqual(found("10.0.9.0/24"), []);
  exchange.send(1, withdrawNlri(context, vpn, "65000:1 10.0.7.0/24"));
  exchange.settle();
  assert.deepEqual(found("10.0.7.0/24").slice(2), ["7 65000:2 10.0.7.0/24"]);
});

Deno.test("a label keeps its next hop, also out of the AS and with next_hop = self; an IPv4 route changes it", () => {
  const exchange = new Exchange();
  exchange.up(1, {}, { families });
  const receiver = exchange.up(2, { export: "all", nextHop: "self" }, { families });
  exchange.send(1, announceNlri(exchange.contexts.get(1)!, wire(withLabels(7)), labeled, "203.0.113.0/24"));
  exchange.announce(1, wire(), "198.51.100.0/24");
  exchange.settle();
  assert.deepEqual(receiver.attributes("203.0.113.0/24")!.nextHop, parseAddress("192.0.2.1"));
  assert.deepEqual(receiver.attributes("198.51.100.0/24")!.nextHop, parseAddress("192.0.2.100"));
});

Deno.test("our own VPN route: for all peers with our next hop, and for one peer only", () => {
  const exchange = new Exchange();
  const one = exchange.up(1, {}, { families });
  const two = exchange.up(2, {}, { families: familyMask([v4]) });
  const route = {
    family: vpn,
    key: keyOf(vpn, "65000:1 192.0.2.0/24"),
    attributes: { ...attributes(withLabels(16), []), nextHop: undefined },
  };
  const own = { ...route, key: keyOf(vpn, "65000:9 198.51.100.0/24") };
  exchange.rib.originate([{ key: "a", peerId: undefined, route }, { key: "b", peerId: 1, route: own }]);
  exchange.rib.decide();
  exchange.settle();
  assert.deepEqual(one.keys, ["65000:1 192.0.2.0/24", "65000:9 198.51.100.0/24"]);
  assert.deepEqual(one.attributes("65000:1 192.0.2.0/24")!.nextHop, parseAddress("192.0.2.100"));
  assert.deepEqual(two.keys, []);
  const [outcome, forOne] = exchange.rib.outcomes([{ peerId: undefined, route }, { peerId: 1, route: own }]);
  assert.equal(outcome!.sentTo, 1);
  assert.deepEqual(outcome!.notSent.map(({ reason }) => reason), ["ipv4 vpn is not negotiated"]);
  assert.equal(forOne!.state, "announced");
  exchange.rib.unoriginate(["a", "b"]);
  exchange.rib.decide();
  exchange.settle();
  assert.deepEqual(one.keys, []);
});

Deno.test("policies see the prefix of a VPN route, and leave its label alone", () => {
  const rig = new RibRig();
  rig.rib.setPolicies(policyTable(`
    [[prefix_sets]]
    name = "ours"
    prefixes = ["192.0.2.0/24 le 32"]
    [[policies]]
    name = "in"
    default = "reject"
    [[policies.rules]]
    match = { prefix = "ours" }
    set = { local_pref = 300 }
    action = "accept"
  `));
  const context = rig.up(1, { families }, { import: ["in"] });
  rig.send(1, announceNlri(context, wire(withLabels(5)), vpn, "65000:1 192.0.2.128/25", "65000:1 198.51.100.0/24"));
  rig.rib.decide();
  assert.deepEqual(memory(rig.rib), ["1 65000:1 192.0.2.128/25 [5] best", "1 65000:1 198.51.100.0/24 [5]"]);
  const accepted = [...rig.rib.dump()].find((row) => row.best)!;
  assert.equal(decodeAttributeSet(accepted.wire).localPref, 300);
});

Deno.test("max_prefixes counts and refuses routes of a VPN family alone", () => {
  const rig = new RibRig();
  const limit: PrefixLimit = {
    limit: 2,
    warningPercent: 80,
    action: "discard",
    counts: "received",
    restartSeconds: undefined,
  };
  const context = rig.up(1, { families }, { maxPrefixes: { [vpn]: limit } });
  const names = [1, 2, 3, 4, 5].map((n) => `65000:${n} 192.0.2.0/24`);
  rig.send(1, announceNlri(context, wire(withLabels(1)), vpn, ...names));
  rig.send(1, announceNlri(context, wire(withLabels(1)), labeled, "192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24"));
  rig.rib.decide();
  const counted = [...rig.rib.dump()].filter((row) => row.ineligible === 0);
  assert.equal(counted.filter(({ family }) => family === vpn).length, 2);
  assert.equal(counted.filter(({ family }) => family === labeled).length, 3);
});

Deno.test("rfc4760#7 a malformed NLRI costs the peer its VPN routes, and no other peer and no other family", () => {
  const rig = new RibRig();
  const one = rig.up(1, { families });
  const two = rig.up(2, { families });
  const name = "65000:1 192.0.2.0/24";
  for (const [id, context] of [[1, one], [2, two]] as const) {
    rig.send(id, announceNlri(context, wire(withLabels(100)), vpn, name, "65000:2 192.0.2.0/24"));
    rig.send(id, announce(context, wire(), "203.0.113.0/24"));
  }
  // The withdrawn NLRI has no room for its RD; a VPN route in the same message is not stored either.
  const withdrawal = attribute(15, "0001 80 30 800000 c00002", 0x80);
  const reach = attribute(14, "0001 80 0c 0000000000000000 c0000201 00 70 000641 0000fde800000003 c00002", 0x80);
  const [fact, ...others] = rig.send(
    1,
    update({ attributes: [withdrawal, reach, ...Object.values(sound)], nlri: "08 0a" }),
  );
  assert.deepEqual(others, []);
  assert.ok(fact?.kind === "fault" && fact.fault.action === "familyDisable", JSON.stringify(fact));
  assert.equal(rig.rib.counters(1).treatAsWithdraw, 1, "which raises the alert");
  // What the peer announces from now on is ignored, and said no more.
  assert.deepEqual(rig.send(1, announceNlri(one, wire(withLabels(100)), vpn, name)), []);
  rig.rib.decide();
  const left = [
    "1 10.0.0.0/8 [] best",
    "1 203.0.113.0/24 [] best",
    "2 203.0.113.0/24 []",
    "2 65000:1 192.0.2.0/24 [100] best",
    "2 65000:2 192.0.2.0/24 [100] best",
  ];
  assert.deepEqual(memory(rig.rib), left);
  // The next session begins anew.
  rig.down(1);
  const again = rig.up(1, { families });
  rig.send(1, announceNlri(again, wire(withLabels(100)), vpn, name));
  rig.rib.decide();
  assert.ok(memory(rig.rib).includes(`1 ${name} [100]`), memory(rig.rib).join());
});

Deno.test("the store gets the key of an NLRI once, and a restart takes it back under its id", () => {
  const rig = new RibRig();
  const context = rig.up(1, { families });
  rig.send(1, announceNlri(context, wire(withLabels(100)), vpn, "65000:1 192.0.2.0/24", "65000:2 192.0.2.0/25"));
  rig.rib.decide();
  const batch = createStoreBatch();
  assert.ok(rig.rib.fillStore(batch));
  assert.equal(batch.prefixCount, 0);
  assert.equal(batch.nlriCount, 2);
  const rows = batch.nlri.slice(0, 2 * stride.nlri);
  const bytes = batch.nlriBytes.slice(0, batch.nlriBytesLength);
  const keys = [0, 1].map((i) => {
    const [, family, start, length] = rows.subarray(i * stride.nlri, (i + 1) * stride.nlri);
    return formatDestination(family as FamilyId, { key: bytes.subarray(start!, start! + length!) });
  });
  assert.deepEqual(keys, ["65000:1 192.0.2.0/24", "65000:2 192.0.2.0/25"]);
  assert.equal(batch.routes[1], rows[0]);

  const again = new RibRig({ lastPrefixId: 2, lastSetId: 1 });
  again.rib.loadNlri(rows, bytes);
  again.rib.loadSets(batch.sets.slice(0, batch.setCount * stride.sets), batch.setBytes);
  again.rib.addPeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1) });
  again.known.add(1);
  const stale = [rows[0]!, -1, batch.routes[3]!, 0, 0, batch.routes[6]!];
  again.rib.loadStale(1, vpn, Float64Array.from(stale));
  const renewed = again.up(1, { families });
  again.send(1, announceNlri(renewed, wire(withLabels(100)), vpn, "65000:1 192.0.2.0/24"));
  again.rib.decide();
  const next = createStoreBatch();
  again.rib.fillStore(next);
  assert.equal(next.nlriCount, 0);
  assert.equal(next.routeCount, 1);
  assert.equal(next.routes[1], rows[0]);
  assert.equal(next.routes[6], batch.routes[6]);
});
