/** Long-lived stale routes (RFC 9494): marked, least preferred, and advertised only to peers with the capability. */

import assert from "node:assert/strict";
import { DecisionStep } from "../../../../../src/rib/decide/decision.ts";
import type { PolicyTable } from "../../../../../src/policy/mod.ts";
import type { RibPeer } from "../../../../../src/rib/mod.ts";
import type { GracefulTerms, Negotiated } from "../../../../../src/session/mod.ts";
import { familyMask } from "../../../../../src/types/mod.ts";
import { receivedRoutes } from "../../../../support/received_routes.ts";
import { encodeRouteRefresh, Framer, RefreshSubtype } from "../../../../../src/message/mod.ts";
import { policyTable } from "../../import_support.ts";
import { announce, endOfRib, RibRig, v4, wire } from "../../support.ts";
import { negotiated } from "../../../../support/negotiated.ts";

const both = familyMask([1, 2]);
const stale = "65535:6";
const terms: GracefulTerms = {
  restarting: false,
  notification: false,
  restartSeconds: 120,
  families: both,
  forwarding: both,
  longLived: { forwarding: both, staleSeconds: { 1: 3600, 2: 3600 } },
};

/** Accepts all, with that. */
function policy(text: string): PolicyTable {
  return policyTable(`[[policies]]\nname = "in"\ndefault = "accept"\n[[policies.rules]]\nset = { ${text} }\n`);
}

class Scene extends RibRig {
  readonly heardBy = new Map<number, { type: number; bytes: Uint8Array }[]>();

  listener(id: number, overrides: Partial<Negotiated> = {}, peer: Partial<RibPeer> = {}): void {
    this.rib.addPeer({ id, address: Uint8Array.of(127, 0, 0, id), export: "all", ...peer });
    this.known.add(id);
    this.up(id, overrides);
    this.heardBy.set(id, []);
  }

  /** What the peer holds now: prefix and communities. */
  holds(id: number): Record<string, readonly string[]> {
    this.rib.decide();
    const framer = new Framer();
    for (;;) {
      const bytes = this.rib.pull(id, this.sessions.get(id)!.epoch, 65536);
      if (bytes === undefined) break;
      framer.push(bytes);
    }
    const heard = this.heardBy.get(id)!;
    for (let frame = framer.next(); frame?.kind === "message"; frame = framer.next()) {
      heard.push({ type: frame.type, bytes: frame.bytes.slice() });
    }
    return Object.fromEntries([...receivedRoutes(heard)].map(([prefix, { communities }]) => [prefix, communities]));
  }

  lose(id: number): void {
    this.now += 1000;
    this.rib.sessionDown(id, this.sessions.get(id)!.epoch, both);
    this.rib.decide();
  }

  longLived(id: number): void {
    this.now += 120_000;
    this.rib.longLived(id, both);
    this.rib.decide();
  }

  back(id: number, overrides: Partial<Negotiated> = {}): Negotiated {
    this.now += 1000;
    const context = negotiated({ remoteRouterId: 0x0a000000 + id, remoteAsn: 65000 + id, ...overrides });
    const epoch = 100 + this.now;
    this.rib.sessionUp(id, epoch, {
      negotiated: context,
      localAddress: Uint8Array.of(127, 0, 0, 100),
      remoteAddress: Uint8Array.of(127, 0, 0, id),
    }, both);
    this.sessions.set(id, { epoch, context });
    return context;
  }
}

Deno.test("RFC 9494 §4.2, §4.3: stale routes get LLGR_STALE and go only to neighbours with the capability", () => {
  const scene = new Scene();
  const context = scene.up(1);
  scene.listener(2, { graceful: terms });
  scene.listener(3, { graceful: { ...terms, longLived: undefined } });
  scene.send(1, announce(context, wire({ communities: [0x00010002] }), "10.0.0.0/8"));
  scene.send(1, announce(context, wire(), "10.1.0.0/16"));
  scene.send(1, endOfRib(context, v4));
  assert.deepEqual(scene.holds(3), { "10.0.0.0/8": ["1:2"], "10.1.0.0/16": [] });
  scene.lose(1);
  assert.deepEqual(scene.holds(2), { "10.0.0.0/8": ["1:2"], "10.1.0.0/16": [] }, "not before the time");
  scene.longLived(1);
  assert.deepEqual(scene.holds(2), { "10.0.0.0/8": ["1:2", stale], "10.1.0.0/16": [stale] });
  assert.deepEqual(scene.holds(3), {}, "a withdraw to those without");
});

Deno.test("RFC 9494 §4.2: a route announced again loses the mark; the others are withdrawn at End-of-RIB", () => {
  const scene = new Scene();
  const context = scene.up(1);
  scene.listener(2, { graceful: terms });
  scene.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  scene.lose(1);
  scene.longLived(1);
  const again = scene.back(1);
  assert.deepEqual(
    scene.holds(2),
    { "10.0.0.0/8": [stale], "10.1.0.0/16": [stale] },
    "negative: not by the session alone",
  );
  scene.send(1, announce(again, wire(), "10.0.0.0/8"));
  assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [], "10.1.0.0/16": [stale] });
  scene.send(1, endOfRib(again, v4));
  assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [] });
});

Deno.test("RFC 9494 §4.2: a route with NO_LLGR is not kept", () => {
  const scene = new Scene();
  const context = scene.up(1);
  scene.listener(2, { graceful: terms });
  scene.send(1, announce(context, wire({ communities: [0xffff0007] }), "10.0.0.0/8"));
  scene.send(1, announce(context, wire(), "10.1.0.0/16"));
  scene.lose(1);
  assert.deepEqual(Object.keys(scene.holds(2)).sort(), ["10.0.0.0/8", "10.1.0.0/16"], "negative: before LLGR it is");
  scene.longLived(1);
  assert.deepEqual(scene.holds(2), { "10.1.0.0/16": [stale] });
});

Deno.test("RFC 9494 §4.4: a long-lived stale route is the least preferred; RFC 4724 §4.2: a stale one is not", () => {
  const scene = new Scene();
  const better = scene.up(1, { internal: true, remoteAsn: 65000 });
  const worse = scene.up(2);
  scene.send(1, announce(better, wire({ localPref: 500 }, []), "10.0.0.0/8"));
  scene.send(2, announce(worse, wire({}, [65002, 1, 2, 3]), "10.0.0.0/8"));
  scene.lose(1);
  assert.equal(scene.best("10.0.0.0/8")?.peerId, 1);
  scene.longLived(1);
  assert.deepEqual(scene.best("10.0.0.0/8"), { peerId: 2, pathId: -1, step: DecisionStep.longLivedStale });
});

Deno.test("RFC 9494 §4.3: LLGR_STALE from a neighbour counts; of two such routes the usual steps choose (§4.4)", () => {
  const scene = new Scene();
  const [first, second, third] = [scene.up(1), scene.up(2), scene.up(3)];
  const marked = { communities: [0xffff0006] };
  scene.send(1, announce(first, wire(marked, [65001]), "10.0.0.0/8"));
  scene.send(2, announce(second, wire(marked, [65002, 1]), "10.0.0.0/8"));
  scene.rib.decide();
  assert.equal(scene.best("10.0.0.0/8")?.peerId, 1, "the shorter path");
  scene.send(3, announce(third, wire({}, [65003, 1, 2, 3]), "10.0.0.0/8"));
  scene.rib.decide();
  assert.deepEqual(scene.best("10.0.0.0/8"), { peerId: 3, pathId: -1, step: DecisionStep.longLivedStale });
});

Deno.test("RFC 9494 §4.2: after a second loss stale routes keep their time, and the others join them", () => {
  const scene = new Scene();
  const context = scene.up(1);
  scene.listener(2, { graceful: terms });
  scene.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  scene.lose(1);
  scene.longLived(1);
  const again = scene.back(1);
  scene.send(1, announce(again, wire(), "10.0.0.0/8"));
  scene.lose(1);
  assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [], "10.1.0.0/16": [stale] });
  scene.longLived(1);
  assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [stale], "10.1.0.0/16": [stale] });
  scene.rib.expireStale(1, both);
  assert.deepEqual(scene.holds(2), {});
});

Deno.test("ADD-PATH: paths become long-lived stale one by one", () => {
  const scene = new Scene();
  const context = scene.up(1, { addPathReceive: both });
  scene.listener(2, { graceful: terms });
  scene.send(1, announce(context, wire({ med: 1 }), { prefix: "10.0.0.0/8", pathId: 1 }));
  scene.send(1, announce(context, wire({ med: 2, communities: [0xffff0007] }), { prefix: "10.0.0.0/8", pathId: 2 }));
  scene.lose(1);
  scene.longLived(1);
  assert.equal(scene.memory().length, 1);
  assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [stale] });
});

Deno.test("what policy makes of a route on its way to LLGR_STALE is not kept", () => {
  const scene = new Scene({ historyRows: 0 });
  scene.rib.setPolicies(policy("local_pref = 200"));
  const context = scene.up(1, {}, { import: ["in"] });
  scene.send(1, announce(context, wire(), "10.0.0.0/8"));
  assert.equal(scene.rib.memory().sets, 2, "as received, and with local_pref");
  scene.lose(1);
  scene.longLived(1);
  scene.rib.setPolicies(policy("local_pref = 300"));
  scene.rib.decide();
  assert.equal(scene.rib.memory().sets, 2, "as received, and with local_pref and the mark");
  scene.rib.expireStale(1, both);
  scene.rib.decide();
  assert.equal(scene.rib.memory().sets, 0);
});

Deno.test("RFC 9494 §4.2: after a second loss routes get LLGR_STALE when their time is over, not by a reload", () => {
  for (const addPath of [false, true]) {
    const scene = new Scene();
    const path = (prefix: string) => addPath ? { prefix, pathId: 1 } : prefix;
    const overrides = addPath ? { addPathReceive: both } : {};
    scene.rib.setPolicies(policy("med = 1"));
    const context = scene.up(1, overrides, { import: ["in"] });
    scene.listener(2, { graceful: terms });
    scene.send(1, announce(context, wire(), path("10.0.0.0/8"), path("10.1.0.0/16")));
    scene.lose(1);
    scene.longLived(1);
    const again = scene.back(1, overrides);
    scene.send(1, announce(again, wire(), path("10.0.0.0/8")));
    scene.lose(1);
    scene.rib.setPolicies(policy("med = 2"));
    assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [], "10.1.0.0/16": [stale] }, "each as it was");
    scene.longLived(1);
    assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [stale], "10.1.0.0/16": [stale] }, "negative: now it is over");
  }
});

Deno.test("RFC 9494 §4.2: neither a refresh (RFC 7313 §4) before End-of-RIB nor a reload makes LLGR_STALE", () => {
  const scene = new Scene();
  const refresh = (subtype: RefreshSubtype) => encodeRouteRefresh({ afi: 1, safi: 1, subtype });
  const enhanced = { routeRefresh: true, enhancedRouteRefresh: true };
  scene.rib.setPolicies(policy("med = 1"));
  const context = scene.up(1, enhanced, { import: ["in"] });
  scene.listener(2, { graceful: terms });
  scene.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
  scene.lose(1);
  scene.longLived(1);
  const again = scene.back(1, enhanced);
  scene.send(1, announce(again, wire(), "10.0.0.0/8"));
  scene.send(1, refresh(RefreshSubtype.begin));
  scene.rib.setPolicies(policy("med = 2"));
  assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [], "10.1.0.0/16": [stale] });
  scene.send(1, announce(again, wire(), "10.0.0.0/8"));
  scene.send(1, refresh(RefreshSubtype.end));
  assert.deepEqual(
    scene.holds(2),
    { "10.0.0.0/8": [] },
    "a route that was not announced again ends, long-lived stale or not",
  );
});

Deno.test("RFC 9494 §4.2: long-lived stale routes to which policy adds NO_LLGR are withdrawn; others stay", () => {
  for (const addPath of [false, true]) {
    const scene = new Scene({ historyRows: 0 });
    const path = (prefix: string) => addPath ? { prefix, pathId: 1 } : prefix;
    const overrides = addPath ? { addPathReceive: both } : {};
    const bars = policyTable(
      '[[policies]]\nname = "in"\ndefault = "accept"\n[[policies.rules]]\nmatch = { prefix = ["10.0.0.0/8"] }\n' +
        'set = { add_communities = ["65535:7"] }\n',
    );
    scene.rib.setPolicies(policy("med = 1"));
    const context = scene.up(1, overrides, { import: ["in"] });
    scene.listener(2, { graceful: terms });
    scene.send(1, announce(context, wire(), path("10.0.0.0/8"), path("10.1.0.0/16")));
    scene.lose(1);
    scene.rib.setPolicies(bars);
    assert.deepEqual(
      scene.holds(2),
      { "10.0.0.0/8": ["65535:7"], "10.1.0.0/16": [] },
      "negative: not before LLGR has begun",
    );
    scene.rib.setPolicies(policy("med = 1"));
    scene.longLived(1);
    assert.deepEqual(scene.holds(2), { "10.0.0.0/8": [stale], "10.1.0.0/16": [stale] });
    scene.rib.setPolicies(bars);
    assert.deepEqual(scene.holds(2), { "10.1.0.0/16": [stale] });
    assert.equal(scene.memory().length, 1);
    const again = scene.back(1, overrides);
    scene.send(1, announce(again, wire(), path("10.0.0.0/8")));
    scene.rib.setPolicies(bars);
    assert.deepEqual(
      scene.holds(2),
      { "10.0.0.0/8": ["65535:7"], "10.1.0.0/16": [stale] },
      "negative: a route that is announced again is not stale",
    );
    scene.rib.expireStale(1, both);
    scene.lose(1);
    scene.rib.expireStale(1, both);
    scene.rib.decide();
    assert.equal(scene.rib.memory().sets, 0, "no set is kept");
  }
});
