import assert from "node:assert/strict";
import { encodeRouteRefresh, RefreshSubtype } from "../../../../src/message/mod.ts";
import { PathsAdjRibIn } from "../../../../src/rib/in/adj_rib_in_paths.ts";
import { SingleAdjRibIn } from "../../../../src/rib/in/adj_rib_in_single.ts";
import { DecisionStep, Ineligible } from "../../../../src/rib/mod.ts";
import type { GracefulTerms } from "../../../../src/session/mod.ts";
import { type FamilyId, familyMask, parseAddress } from "../../../../src/types/mod.ts";
import { announce, endOfRib, RibRig, v4, v6, wire, withdraw } from "../support.ts";

Deno.test("routes of both families arrive, are decided and withdrawn", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const v6Hop = wire({ nextHop: parseAddress("2001:db8::1")! });
  rig.send(1, announce(context, wire(), "10.0.0.0/8", "0.0.0.0/0"));
  rig.send(1, announce(context, v6Hop, "2001:db8::/32", "::/0", "2001:db8:1:2:3:4:5:6/128"));
  rig.rib.decide();
  assert.deepEqual(rig.facts, []);
  assert.deepEqual(rig.memory().map((row) => row.split(" ")[1]), [
    "0.0.0.0/0",
    "10.0.0.0/8",
    "2001:db8:1:2:3:4:5:6/128",
    "2001:db8::/32",
    "::/0",
  ]);
  assert.deepEqual(rig.best("10.0.0.0/8"), { peerId: 1, pathId: -1, step: DecisionStep.onlyRoute });
  rig.send(1, withdraw(context, "10.0.0.0/8", "2001:db8::/32", "192.0.2.0/24"));
  rig.rib.decide();
  assert.equal(rig.best("10.0.0.0/8"), undefined);
  assert.deepEqual(rig.rib.counters(1).routes, { [v4]: 1, [v6]: 2 });
  assert.equal(rig.rib.memory().best, 3);
});

Deno.test("an announcement of the very same route changes nothing, not even when it was received", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.now += 5000;
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  assert.match(rig.memory()[0]!, /1000000 false$/);
  rig.send(1, announce(context, wire({ med: 1 }), "10.0.0.0/8"));
  assert.match(rig.memory()[0]!, /1005000 false$/);
});

Deno.test("many messages in one batch, split anywhere between them, come to the same", () => {
  const messages = (rig: RibRig) => {
    const context = rig.up(1);
    return [
      announce(context, wire({ med: 1 }), "10.0.0.0/8", "10.1.0.0/16"),
      withdraw(context, "10.0.0.0/8"),
      announce(context, wire({ med: 2 }), "10.1.0.0/16"),
      endOfRib(context, v4),
    ];
  };
  const whole = new RibRig();
  const all = messages(whole);
  whole.send(1, Uint8Array.from(all.flatMap((each) => [...each])));
  const single = new RibRig();
  for (const each of messages(single)) single.send(1, each);
  assert.deepEqual(whole.memory(), single.memory());
  assert.deepEqual(whole.facts.map((fact) => fact.kind), ["endOfRib"]);
  assert.equal(whole.rib.counters(1).updates, 4);
});

Deno.test("RFC 7606 §2: a malformed attribute withdraws the routes and leaves a fault with the message", () => {
  const rig = new RibRig({ historyRows: 0 });
  const context = rig.up(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  const bad = announce(context, wire({ med: 7 }), "10.0.0.0/8", "10.1.0.0/16");
  bad[bad.indexOf(0x40, 19) + 3] = 7; // ORIGIN 7
  const facts = rig.send(1, bad);
  assert.equal(facts.length, 1);
  assert.ok(facts[0]!.kind === "fault" && facts[0]!.fault.action === "treatAsWithdraw");
  assert.ok(facts[0]!.kind === "fault" && facts[0]!.message.length === bad.length);
  assert.deepEqual(rig.memory(), []);
  assert.equal(rig.rib.counters(1).treatAsWithdraw, 1);
  assert.equal(rig.rib.memory().sets, 0, "a bad set is not kept");
  // The session goes on.
  rig.send(1, announce(context, wire(), "10.2.0.0/16"));
  assert.equal(rig.memory().length, 1);
});

Deno.test("RFC 7606 §3g: a message full of repeated attributes leaves one fault, not a copy of itself for each", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const repeats = Array.from({ length: 1000 }, (_, i) => [0xc0, 200 + i % 2, 0]).flat();
  const sound = announce(context, wire(), "10.0.0.0/8");
  const attributesEnd = sound.length - 2;
  const bytes = Uint8Array.of(...sound.subarray(0, attributesEnd), ...repeats, ...sound.subarray(attributesEnd));
  const view = new DataView(bytes.buffer);
  view.setUint16(16, bytes.length);
  view.setUint16(21, attributesEnd - 23 + repeats.length);
  const facts = rig.send(1, bytes);
  assert.deepEqual(facts.map((fact) => fact.kind === "fault" && fact.fault.text), [
    "attribute 200: appears more than once, as do others (1), only the first counts",
  ]);
  assert.equal(rig.memory().length, 1);
});

Deno.test("what resets a session is one fact, and nothing after it is read", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const broken = announce(context, wire(), "10.0.0.0/8");
  broken[broken.length - 2] = 33; // a prefix of 33 bits
  const good = announce(context, wire(), "10.1.0.0/16");
  const facts = rig.send(1, Uint8Array.from([...broken, ...good]));
  assert.deepEqual(facts.map((fact) => fact.kind), ["sessionReset"]);
  assert.deepEqual(rig.send(1, good), []);
  assert.deepEqual(rig.memory(), []);
});

Deno.test("a batch of an epoch that is over, or of a peer that is gone, is ignored", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const bytes = announce(context, wire(), "10.0.0.0/8");
  const old = rig.sessions.get(1)!.epoch;
  rig.down(1);
  assert.deepEqual(rig.rib.ingest(1, old, bytes), []);
  rig.up(1);
  assert.deepEqual(rig.rib.ingest(1, old, bytes), []);
  rig.rib.sessionDown(1, old);
  rig.send(1, bytes);
  assert.equal(rig.memory().length, 1, "the end of an old epoch does not touch the new one");
  rig.rib.removePeer(1);
  assert.deepEqual(rig.rib.ingest(1, old + 1, bytes), []);
});

for (
  const [name, set, reason] of [
    ["RFC 4271 §9.1.2: our ASN in the AS_PATH", wire({}, [65001, 65000, 3]), Ineligible.ownAsn],
    ["another ASN of ours in the AS_PATH", wire({}, [65001, 64999]), Ineligible.ownAsn],
    ["RFC 4456 §8: our BGP Identifier as ORIGINATOR_ID", wire({ localPref: 1, originatorId: 0x01010101 }), 2],
    ["RFC 4456 §8: our cluster id in the CLUSTER_LIST", wire({ localPref: 1, clusterList: [5, 0x01010101] }), 3],
    ["RFC 4271 §5.1.3: our address as NEXT_HOP", wire({ nextHop: Uint8Array.of(127, 0, 0, 100) }), 4],
  ] as const
) {
  Deno.test(`${name} makes a route ineligible; it stays to be seen`, () => {
    const rig = new RibRig({ localAsns: [64999] });
    const internal = reason === Ineligible.ownOriginatorId || reason === Ineligible.ownClusterId;
    const context = rig.up(1, { internal, ...internal ? { remoteAsn: 65000 } : {} });
    rig.send(1, announce(context, set, "10.0.0.0/8", "10.1.0.0/16"));
    rig.rib.decide();
    assert.deepEqual([...rig.rib.dump()].map((row) => [row.ineligible, row.best]), [[reason, false], [
      reason,
      false,
    ]]);
    const harmless = internal ? wire({ localPref: 1, originatorId: 7, clusterList: [6] }) : wire();
    rig.send(1, announce(context, harmless, "10.0.0.0/8"));
    rig.rib.decide();
    assert.equal(rig.best("10.0.0.0/8")?.peerId, 1, "eligible again");
  });
}

Deno.test("a set is ineligible on the session it loops on, and not on another with other ASNs", () => {
  const rig = new RibRig();
  const one = rig.up(1, { localAsn: 65000 });
  const two = rig.up(2, { localAsn: 65010 });
  const set = wire({}, [65001, 65010]);
  rig.send(1, announce(one, set, "10.0.0.0/8"));
  rig.send(2, announce(two, set, "10.0.0.0/8"));
  rig.send(1, announce(one, set, "10.1.0.0/16"));
  const eligible = [...rig.rib.dump()].map((row) => [row.peerId, row.ineligible]);
  assert.deepEqual(eligible, [[1, 0], [1, 0], [2, Ineligible.ownAsn]]);
});

Deno.test("RFC 8212 §2: routes of a peer without import are stored and never chosen, even with a shared set", () => {
  const rig = new RibRig();
  rig.known.add(1);
  rig.rib.addPeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1), import: "none" });
  const [one, two] = [rig.up(1, { remoteAsn: 65001 }), rig.up(2, { remoteAsn: 65001 })];
  const set = wire({}, [65001]);
  rig.send(1, announce(one, set, "10.0.0.0/8"));
  rig.rib.decide();
  assert.equal(rig.best("10.0.0.0/8"), undefined);
  rig.send(2, announce(two, set, "10.0.0.0/8"));
  rig.rib.decide();
  assert.equal(rig.best("10.0.0.0/8")?.peerId, 2);
  const rows = [...rig.rib.dump()].map((row) => [row.peerId, row.ineligible]);
  assert.deepEqual(rows, [[1, Ineligible.notImported], [2, Ineligible.none]]);
});

Deno.test("RFC 7911: several paths of a prefix, replaced and withdrawn by path identifier", () => {
  const rig = new RibRig({ historyRows: 0 });
  const context = rig.up(1, { addPathReceive: familyMask([v4]) });
  const paths = (set: Uint8Array, ...ids: number[]) =>
    announce(context, set, ...ids.map((pathId) => ({ prefix: "10.0.0.0/8", pathId })));
  rig.send(1, paths(wire({}, [65001, 2]), 7, 4294967295, 0));
  rig.send(1, paths(wire({}, [65001]), 7));
  rig.rib.decide();
  assert.deepEqual(rig.memory().map((row) => Number(row.split(" ")[2])), [0, 4294967295, 7]);
  assert.deepEqual(rig.best("10.0.0.0/8"), { peerId: 1, pathId: 7, step: DecisionStep.asPathLength });
  rig.send(1, withdraw(context, { prefix: "10.0.0.0/8", pathId: 7 }, { prefix: "10.0.0.0/8", pathId: 8 }));
  rig.rib.decide();
  assert.deepEqual(rig.best("10.0.0.0/8"), { peerId: 1, pathId: 0, step: DecisionStep.pathId });
  rig.down(1);
  rig.rib.decide();
  assert.deepEqual(rig.rib.memory(), { ...rig.rib.memory(), routes: 0, best: 0, sets: 0 });
});

Deno.test("two peers: the better one wins, and the other when it withdraws", () => {
  const rig = new RibRig();
  const one = rig.up(1);
  const two = rig.up(2);
  rig.send(1, announce(one, wire({}, [65001, 9, 9]), "10.0.0.0/8"));
  rig.send(2, announce(two, wire({}, [65002, 9]), "10.0.0.0/8"));
  rig.rib.decide();
  assert.deepEqual(rig.best("10.0.0.0/8"), { peerId: 2, pathId: -1, step: DecisionStep.asPathLength });
  rig.send(2, withdraw(two, "10.0.0.0/8"));
  rig.rib.decide();
  assert.deepEqual(rig.best("10.0.0.0/8"), { peerId: 1, pathId: -1, step: DecisionStep.onlyRoute });
});

Deno.test("the loss of a session is worked off in slices; its routes are no candidates from the first moment", () => {
  const rig = new RibRig({ historyRows: 0 });
  const one = rig.up(1);
  const two = rig.up(2);
  const prefixes = Array.from({ length: 5000 }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
  rig.send(1, announce(one, wire({}, [65001]), ...prefixes));
  rig.send(2, announce(two, wire({}, [65002, 2]), ...prefixes));
  while (rig.rib.decide(1000));
  assert.equal(rig.best("10.1.1.0/24")?.peerId, 1);
  rig.down(1);
  // Another change, decided before the lost routes are taken apart, does not bring them back.
  rig.send(2, announce(two, wire({}, [65002, 2, 3]), "10.1.1.0/24"));
  rig.rib.decide(1);
  assert.deepEqual(rig.best("10.1.1.0/24"), { peerId: 2, pathId: -1, step: DecisionStep.onlyRoute });
  let slices = 1;
  while (rig.rib.decide(1000)) slices++;
  assert.ok(slices > 4, `${slices}`);
  assert.deepEqual(rig.best("10.1.1.0/24"), { peerId: 2, pathId: -1, step: DecisionStep.onlyRoute });
  assert.equal(rig.rib.memory().sets, 2);
  assert.equal(rig.rib.memory().best, 5000);
});

Deno.test("RFC 7313 §4: what is not announced between BoRR and EoRR is withdrawn at EoRR", () => {
  for (const addPath of [false, true]) {
    const rig = new RibRig();
    const context = rig.up(1, { enhancedRouteRefresh: true, addPathReceive: addPath ? familyMask([v4]) : 0 });
    const mark = (subtype: RefreshSubtype) => encodeRouteRefresh({ afi: 1, safi: 1, subtype });
    const pathId = addPath ? 5 : -1;
    const three = ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"].map((prefix) => ({ prefix, pathId }));
    rig.send(1, announce(context, wire(), ...three));
    rig.send(1, mark(RefreshSubtype.end)); // without a begin: nothing
    assert.equal(rig.memory().length, 3);
    rig.send(1, mark(RefreshSubtype.begin));
    rig.rib.decide();
    assert.equal(rig.rib.memory().best, 3, "stale routes are used until the end");
    rig.send(1, announce(context, wire(), three[0]!));
    rig.send(1, announce(context, wire({ med: 3 }), three[1]!, { prefix: "10.9.0.0/16", pathId }));
    rig.send(1, mark(RefreshSubtype.end));
    rig.rib.decide();
    assert.deepEqual(rig.memory().map((row) => row.split(" ")[1]), ["10.0.0.0/8", "10.1.0.0/16", "10.9.0.0/16"]);
    rig.send(1, mark(RefreshSubtype.end));
    assert.equal(rig.memory().length, 3);
  }
});

Deno.test("RFC 7313 §4: with Graceful Restart a BoRR before End-of-RIB is ignored, and so is its EoRR", () => {
  const graceful: GracefulTerms = {
    restarting: false,
    notification: false,
    restartSeconds: 120,
    families: familyMask([v4]),
    forwarding: familyMask([v4]),
    longLived: undefined,
  };
  const enhanced = { enhancedRouteRefresh: true, graceful };
  const rig = new RibRig();
  const mark = (subtype: RefreshSubtype) => encodeRouteRefresh({ afi: 1, safi: 1, subtype });
  const first = rig.up(1, enhanced);
  rig.send(1, announce(first, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  rig.rib.sessionDown(1, rig.sessions.get(1)!.epoch, familyMask([v4]));
  rig.rib.sessionUp(1, 9, {
    negotiated: first,
    localAddress: Uint8Array.of(127, 0, 0, 100),
    remoteAddress: Uint8Array.of(127, 0, 0, 1),
  }, familyMask([v4]));
  rig.sessions.set(1, { epoch: 9, context: first });
  const kinds = (bytes: Uint8Array) => rig.send(1, bytes).map(({ kind }) => kind);
  assert.deepEqual(kinds(mark(RefreshSubtype.begin)), ["note"]);
  rig.send(1, announce(first, wire(), "10.0.0.0/8"));
  assert.deepEqual(kinds(mark(RefreshSubtype.end)), []);
  assert.equal(rig.memory().length, 2, "what the restart left waits for its own end");
  rig.send(1, endOfRib(first, v4));
  assert.equal(rig.memory().length, 1);
  assert.deepEqual(kinds(mark(RefreshSubtype.begin)), ["refreshBegan"], "negative: from then on it counts");
  assert.deepEqual(kinds(mark(RefreshSubtype.end)), ["refreshEnded"]);
  assert.equal(rig.memory().length, 0);
});

Deno.test("BoRRs by the thousand do not each look at every route, and yet the refresh counts", () => {
  for (const [addPath, table] of [[false, SingleAdjRibIn.prototype], [true, PathsAdjRibIn.prototype]] as const) {
    const rig = new RibRig();
    const context = rig.up(1, { enhancedRouteRefresh: true, addPathReceive: addPath ? familyMask([v4]) : 0 });
    const paths = ["10.0.0.0/8", "10.1.0.0/16"].map((prefix) => ({ prefix, pathId: addPath ? 1 : -1 }));
    rig.send(1, announce(context, wire(), ...paths));
    const mark = (subtype: RefreshSubtype) => encodeRouteRefresh({ afi: 1, safi: 1, subtype });
    const many = (...parts: Uint8Array[]) => {
      const octets = parts.flatMap((part) => [...part]);
      return Uint8Array.from(Array.from({ length: 500 }, () => octets).flat());
    };
    const markAll = table.markAll;
    let marks = 0;
    table.markAll = function () {
      marks++;
      markAll.call(this);
    };
    try {
      rig.send(1, many(mark(RefreshSubtype.begin)));
      assert.equal(marks, 1, "marks over marks change nothing");
      rig.send(1, many(mark(RefreshSubtype.begin), announce(context, wire(), paths[0]!)));
      assert.equal(marks, 1 + 8, "more than any peer has reason for");
    } finally {
      table.markAll = markAll;
    }
    rig.send(1, mark(RefreshSubtype.end));
    assert.deepEqual(rig.memory().map((row) => row.split(" ")[1]), ["10.0.0.0/8"]);
  }
});

Deno.test("RFC 4724 §2: the first End-of-RIB of a family says it all, however many follow", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  const kinds = (family: FamilyId) => rig.send(1, endOfRib(context, family)).map((fact) => fact.kind);
  assert.deepEqual([kinds(v4), kinds(v4), kinds(v6), kinds(v4)], [["endOfRib"], [], ["endOfRib"], []]);
  assert.equal(rig.rib.counters(1).endOfRib, 4);
  rig.down(1);
  rig.up(1);
  assert.deepEqual(kinds(v4), ["endOfRib"], "negative: of another session it is the first");
});

Deno.test("RFC 2918 §3: without the enhanced form the subtype says nothing: a BoRR is a request", () => {
  const rig = new RibRig();
  rig.up(1);
  const facts = rig.send(1, encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.begin }));
  assert.deepEqual(facts.map((fact) => fact.kind), ["refreshRequested"]);
});

Deno.test("prefixes of a family that was not negotiated are ignored, with one note", () => {
  const rig = new RibRig();
  const context = rig.up(1, { families: familyMask([v4]) });
  const both = announce(
    { ...context, families: familyMask([v4, v6]) },
    wire({ nextHop: new Uint8Array(16).fill(9) }),
    "2001:db8::/32",
  );
  assert.deepEqual(rig.send(1, both).map((fact) => fact.kind), ["note"]);
  assert.deepEqual(rig.send(1, both), []);
  assert.deepEqual(rig.memory(), []);
});
