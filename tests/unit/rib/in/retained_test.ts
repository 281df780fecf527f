/** Retained routes (RFC 4724 §4.2): which stay best, what the database shows, what other peers receive. */

import assert from "node:assert/strict";
import { decodeAttributeSet, encodeRouteRefresh, RefreshSubtype } from "../../../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch } from "../../../../src/rib/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { familyMask } from "../../../../src/types/mod.ts";
import { advertisedTo } from "../../../support/advertised.ts";
import { announce, endOfRib, ModelStore, RibRig, v4, v6, wire } from "../support.ts";
import { negotiated } from "../../../support/negotiated.ts";

const both = familyMask([v4, v6]);

/** Peer 1 announces routes; peer 2 receives all of them and counts the octets. */
function scene(overrides: Partial<Negotiated> = {}) {
  const rig = new RibRig();
  const store = new ModelStore();
  const batch = createStoreBatch();
  const drain = () => {
    rig.rib.decide();
    clearStoreBatch(batch);
    while (rig.rib.fillStore(batch)) {
      store.apply(batch);
      clearStoreBatch(batch);
    }
  };
  const context = rig.up(1, overrides);
  rig.rib.addPeer({ id: 2, address: Uint8Array.of(127, 0, 0, 2), export: "all" });
  rig.known.add(2);
  rig.up(2);
  /** Octets that peer 2 receives. */
  const heard = () => {
    let octets = 0;
    for (;;) {
      const bytes = rig.rib.pull(2, rig.sessions.get(2)!.epoch, 65536);
      if (bytes === undefined) return octets;
      octets += bytes.length;
    }
  };
  const epoch = () => rig.sessions.get(1)!.epoch;
  const lose = (retain = both) => {
    rig.now += 1000;
    rig.rib.sessionDown(1, epoch(), retain);
    drain();
  };
  let next = 100;
  const back = (keep = both, more: Partial<Negotiated> = {}) => {
    rig.now += 1000;
    const again = negotiated({ remoteRouterId: 0x0a000001, remoteAsn: 65001, ...overrides, ...more });
    rig.rib.sessionUp(1, ++next, {
      negotiated: again,
      localAddress: Uint8Array.of(127, 0, 0, 100),
      remoteAddress: Uint8Array.of(127, 0, 0, 1),
    }, keep);
    rig.sessions.set(1, { epoch: next, context: again });
    drain();
    return again;
  };
  rig.send(1, announce(context, wire({ med: 1 }), "10.0.0.0/8", "10.1.0.0/16"));
  rig.send(1, endOfRib(context, v4));
  drain();
  heard();
  store.rowsWritten = 0;
  store.events.length = 0;
  return { rig, store, context, drain, heard, lose, back };
}

const paths = (rig: RibRig) => rig.memory().map((line) => line.split(" ").slice(0, 2).join(" "));

Deno.test("RFC 4724 §4.2: routes of a lost session stay, stay best, and nobody hears of it", () => {
  const { rig, store, heard, lose, back, drain } = scene();
  lose();
  assert.deepEqual(paths(rig), ["1 10.0.0.0/8", "1 10.1.0.0/16"]);
  assert.equal(rig.best("10.0.0.0/8")?.peerId, 1);
  assert.equal(heard(), 0);
  assert.deepEqual(store.events, ["stale", "stale"], "one for each family");
  const again = back();
  rig.send(1, announce(again, wire({ med: 1 }), "10.0.0.0/8", "10.1.0.0/16"));
  rig.send(1, endOfRib(again, v4));
  drain();
  assert.equal(heard(), 0, "announced again unchanged: no withdraw, no announcement");
  assert.deepEqual(store.stale(), []);
  assert.deepEqual(store.events.slice(2), ["stale", "endOfRib"]);
  assert.deepEqual(store.memory(), rig.memory());
});

for (const pathId of [-1, 7]) {
  const kind = pathId === -1 ? "" : " (ADD-PATH)";
  const overrides = pathId === -1 ? {} : { addPathReceive: both };
  const [first, second] = ["10.0.0.0/8", "10.1.0.0/16"].map((prefix) => ({ prefix, pathId }));

  Deno.test(`a stale route that is announced again unchanged is fresh in the database before End-of-RIB${kind}`, () => {
    const { rig, store, lose, back, drain } = scene(overrides);
    rig.send(1, announce(rig.sessions.get(1)!.context, wire({ med: 1 }), first!, second!));
    drain();
    lose();
    const again = back();
    assert.deepEqual(store.stale(), rig.stale());
    const states = store.historyRows;
    rig.send(1, announce(again, wire({ med: 1 }), first!));
    drain();
    assert.ok(!store.stale().includes(`1 10.0.0.0/8 ${pathId}`), "what was announced again");
    assert.ok(store.stale().includes(`1 10.1.0.0/16 ${pathId}`), "what was not");
    assert.deepEqual(store.stale(), rig.stale());
    assert.deepEqual(store.memory(), rig.memory());
    assert.equal(store.historyRows, states, "no state ended");
    store.rowsWritten = 0;
    rig.send(1, announce(again, wire({ med: 1 }), first!));
    drain();
    assert.equal(store.rowsWritten, 0, "fresh already: nothing to write");
  });

  Deno.test(`a route that was confirmed is stale again after the next loss${kind}`, () => {
    const { rig, store, lose, back, drain } = scene(overrides);
    rig.send(1, announce(rig.sessions.get(1)!.context, wire({ med: 1 }), first!));
    drain();
    for (let loss = 0; loss < 2; loss++) {
      lose();
      assert.deepEqual(store.stale(), rig.stale());
      assert.ok(store.stale().includes(`1 10.0.0.0/8 ${pathId}`));
      rig.send(1, announce(back(), wire({ med: 1 }), first!));
      drain();
      assert.deepEqual(store.stale(), rig.stale());
      assert.ok(!store.stale().includes(`1 10.0.0.0/8 ${pathId}`));
    }
  });
}

Deno.test("RFC 7313, negative: a refresh of a peer that was not away writes no row", () => {
  const { rig, store, drain } = scene({ enhancedRouteRefresh: true });
  const { context } = rig.sessions.get(1)!;
  rig.send(1, encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.begin }));
  rig.send(1, announce(context, wire({ med: 1 }), "10.0.0.0/8", "10.1.0.0/16"));
  rig.send(1, encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.end }));
  drain();
  assert.equal(store.rowsWritten, 0);
  assert.deepEqual(paths(rig), ["1 10.0.0.0/8", "1 10.1.0.0/16"]);
});

Deno.test("RFC 4724 §4.2: what is not announced again goes at End-of-RIB, what changed is replaced", () => {
  const { rig, store, heard, lose, back, drain } = scene();
  lose();
  const again = back();
  rig.send(1, announce(again, wire({ med: 2 }), "10.0.0.0/8", "10.2.0.0/16"));
  drain();
  assert.equal(rig.memory().length, 3, "the old one is still there");
  rig.send(1, endOfRib(again, v4));
  drain();
  assert.deepEqual(paths(rig), ["1 10.0.0.0/8", "1 10.2.0.0/16"]);
  assert.ok(heard() > 0);
  assert.deepEqual(store.memory(), rig.memory());
});

Deno.test("RFC 4724 §4.2, negative: a family that is not to stay is flushed as ever", () => {
  const { rig, store, heard, lose } = scene();
  lose(familyMask([v6]));
  rig.rib.decide();
  assert.deepEqual(rig.memory(), []);
  assert.ok(heard() > 0, "a withdraw");
  assert.deepEqual(store.events.filter((kind) => kind === "flush"), ["flush"]);
  assert.deepEqual(store.memory(), []);
});

Deno.test("RFC 4724 §4.2: back without F for the family, the routes go at once", () => {
  const { rig, store, lose, back, drain } = scene();
  lose();
  back(familyMask([v6]));
  drain();
  assert.deepEqual(rig.memory(), []);
  assert.deepEqual(store.memory(), []);
});

Deno.test("RFC 4724 §4.2: a route that was stale already goes with the next loss", () => {
  const { rig, store, lose, back, drain } = scene();
  lose();
  const again = back();
  rig.send(1, announce(again, wire({ med: 1 }), "10.0.0.0/8"));
  lose();
  drain();
  assert.deepEqual(paths(rig), ["1 10.0.0.0/8"]);
  assert.deepEqual(store.memory(), rig.memory());
});

Deno.test("stale routes whose time is over go: with the session away all, with it those not announced again", () => {
  const away = scene();
  away.lose();
  away.rig.rib.expireStale(1, both);
  away.drain();
  assert.deepEqual(away.rig.memory(), []);
  assert.deepEqual(away.store.memory(), []);

  const here = scene();
  here.lose();
  const again = here.back();
  here.rig.send(1, announce(again, wire({ med: 1 }), "10.0.0.0/8"));
  here.rig.rib.expireStale(1, both);
  here.drain();
  assert.deepEqual(paths(here.rig), ["1 10.0.0.0/8"]);
  assert.deepEqual(here.store.memory(), here.rig.memory());
});

Deno.test("a peer that comes back as another router, in another AS, or with ADD-PATH, has left nothing", () => {
  for (
    const more of [{ remoteRouterId: 0x0a0000ff }, { internal: true }, { remoteAsn: 65009 }, { addPathReceive: both }]
  ) {
    const { rig, lose, back, drain } = scene();
    lose();
    back(both, more);
    drain();
    assert.deepEqual(rig.memory(), []);
  }
});

Deno.test("RFC 9234 §5: stale routes are re-evaluated by the rules of the session that keeps them", () => {
  const { rig, store, lose, back, drain } = scene();
  rig.rib.addPeer({ id: 3, address: Uint8Array.of(127, 0, 0, 3), export: "all" });
  rig.known.add(3);
  rig.up(3, { role: "customer" });
  const advertisedCount = () => {
    while (rig.rib.pull(3, rig.sessions.get(3)!.epoch, 65_536) !== undefined);
    return advertisedTo(rig.rib, 3).length;
  };
  drain();
  assert.equal(advertisedCount(), 2, "no role, no rule");
  lose();
  const again = back(both, { role: "customer" });
  const rows = [...rig.rib.dump()];
  assert.deepEqual(rows.map(({ wire }) => decodeAttributeSet(wire).otc), [65001, 65001]);
  assert.equal(advertisedCount(), 0, "what a provider left is not for another provider");
  assert.deepEqual(store.memory(), rig.memory());
  rig.send(1, announce(again, wire({ med: 1 }), "10.0.0.0/8", "10.1.0.0/16"));
  rig.send(1, endOfRib(again, v4));
  drain();
  store.rowsWritten = 0;
  lose();
  back(both, { role: "customer" });
  assert.equal(store.rowsWritten, 0, "negative: the same rules change nothing");
  assert.equal(rig.memory().length, 2);
});

Deno.test("a peer that leaves the configuration takes its stale routes with it", () => {
  const { rig, store, lose, drain } = scene();
  lose();
  rig.rib.removePeer(1);
  drain();
  assert.deepEqual(rig.memory(), []);
  assert.deepEqual(store.memory(), []);
});

Deno.test("ADD-PATH: paths stay one by one, and those not announced again go", () => {
  const { rig, store, lose, back, drain } = scene({ addPathReceive: both });
  rig.send(1, announce(rig.sessions.get(1)!.context, wire({ med: 3 }), { prefix: "10.0.0.0/8", pathId: 7 }));
  drain();
  lose();
  assert.equal(rig.memory().length, 3);
  const again = back();
  rig.send(1, announce(again, wire({ med: 3 }), { prefix: "10.0.0.0/8", pathId: 7 }));
  rig.send(1, endOfRib(again, v4));
  drain();
  assert.deepEqual(rig.memory().map((line) => line.split(" ")[2]), ["7"]);
  assert.deepEqual(store.memory(), rig.memory());
});

Deno.test("a database that is lost while routes are stale hears of it again", () => {
  const { rig, store, lose, drain } = scene();
  lose();
  rig.rib.storeLost();
  store.sets.clear();
  store.prefixes.clear();
  store.events.length = 0;
  drain();
  assert.deepEqual(store.events.filter((kind) => kind !== "endOfRib"), ["reset", "stale", "stale"]);
  assert.deepEqual(store.memory(), rig.memory());
});
