/** What stations know is what the tables hold, whenever they begin and however slowly they read. */

import assert from "node:assert/strict";
import { emptyAttributeSet } from "../../../../src/message/mod.ts";
import { familyMask, limits } from "../../../../src/types/mod.ts";
import { announce, endOfRib, v4, v6, wire, withdraw } from "../support.ts";
import { announceAll, choice, MonitoredRig } from "./monitor_support.ts";

function assertSame(rig: MonitoredRig, seed: unknown = ""): void {
  const { model } = rig;
  for (const id of rig.sessions.keys()) {
    const peer = `127.0.0.${id}`;
    assert.deepEqual(model.routes(`${peer} adj-in`), rig.routes(id, "adj-in"), `${seed}: adj-in of ${id}`);
    assert.deepEqual(
      model.routes(`${peer} adj-in-post`),
      rig.routes(id, "adj-in-post"),
      `${seed}: adj-in-post of ${id}`,
    );
    assert.deepEqual(model.routes(`${peer} adj-out-post`), rig.advertised(id), `${seed}: adj-out-post of ${id}`);
  }
  assert.deepEqual(model.routes("loc"), rig.loc(), `${seed}: loc`);
  assert.deepEqual(model.skipped, []);
  assert.deepEqual([...model.up].sort(), [...[...rig.sessions.keys()].map((id) => `127.0.0.${id}`), "loc"].sort());
}

Deno.test("RFC 7854 §5: a station that comes late gets the tables and their End-of-RIBs; then the changes", () => {
  const rig = new MonitoredRig();
  const context = rig.session(1);
  rig.session(2);
  rig.send(1, announceAll(context, {}, [65001, 65010], "10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"));
  rig.settle();
  rig.watch();
  rig.read();
  assert.equal(rig.model.name, "r1");
  assert.equal(rig.model.routes("127.0.0.1 adj-in").length, 3);
  assert.equal(rig.model.routes("127.0.0.2 adj-out-post").length, 3);
  assertSame(rig);
  for (const table of ["127.0.0.1 adj-in", "127.0.0.2 adj-out-post", "loc"]) {
    assert.deepEqual([...rig.model.tables.get(table)!.ends], [["ipv4 unicast", 1], ["ipv6 unicast", 1]], table);
  }
  rig.send(1, announce(context, wire({}, [65001, 65011]), "10.0.0.0/8"));
  rig.send(1, withdraw(context, "10.1.0.0/16"));
  rig.settle();
  rig.read();
  assert.equal(rig.model.routes("loc").length, 2);
  assertSame(rig);
  rig.down(1);
  rig.settle();
  rig.read();
  assert.deepEqual([...rig.model.up].sort(), ["127.0.0.2", "loc"]);
  assert.deepEqual(rig.model.routes("loc"), []);
  assertSame(rig);
});

Deno.test("RFC 7854 §4.2: routes of a table have the time of their receipt; its End-of-RIB has the time of now", () => {
  const rig = new MonitoredRig();
  const context = rig.session(1), start = Math.floor(rig.now / 1000);
  for (const prefix of ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16"]) {
    rig.now += 10_000;
    rig.send(1, announce(context, wire(), prefix));
  }
  rig.settle();
  rig.now += 10_000;
  rig.watch();
  rig.read();
  for (const table of ["adj-in", "adj-in-post"]) {
    const times = [...rig.model.times.get(`127.0.0.1 ${table}`)!].map((time) => time - start);
    assert.deepEqual(times.sort(), [10, 20, 30, 40], table);
  }
  assertSame(rig);
});

Deno.test("without a dump, a station gets only what changes", () => {
  const rig = new MonitoredRig();
  const context = rig.session(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.settle();
  rig.watch({ dump: false });
  rig.send(1, announce(context, wire(), "10.1.0.0/16"));
  rig.settle();
  rig.read();
  assert.deepEqual(rig.model.routes("127.0.0.1 adj-in").length, 1);
  assert.deepEqual(rig.model.routes("loc").length, 1);
  for (const { ends } of rig.model.tables.values()) assert.equal(ends.size, 0);
});

Deno.test("without a dump, a station gets the end of routes that were there before it", () => {
  const rig = new MonitoredRig();
  const terms = { addPathReceive: familyMask([v4]) };
  const contexts = [rig.session(1), rig.session(2, terms)];
  const some = (pathId: number) => ["10.0.0.0/8", "10.1.0.0/16"].map((prefix) => ({ prefix, pathId }));
  contexts.forEach((context, i) =>
    rig.send(i + 1, announce(context, wire({}, [65001 + i]), ...some(i === 0 ? -1 : 7)))
  );
  rig.settle();
  // What the station knows from elsewhere.
  rig.watch();
  rig.read();
  rig.feed!.close();
  rig.watch({ dump: false });
  contexts.forEach((context, i) => rig.send(i + 1, withdraw(context, some(i === 0 ? -1 : 7)[1]!)));
  rig.settle();
  rig.read();
  for (const table of ["127.0.0.1 adj-in", "127.0.0.1 adj-in-post", "127.0.0.2 adj-in-post", "loc"]) {
    assert.equal(rig.model.routes(table).length, 1, table);
  }
  assertSame(rig);
});

Deno.test("a best route that changes between a station's table and the decision is right for the station", () => {
  for (const isChanged of [false, true]) {
    const rig = new MonitoredRig();
    const context = rig.session(1);
    rig.send(1, announce(context, wire({}, [65001]), "10.0.0.0/8"));
    rig.rib.monitor(choice());
    rig.settle();
    rig.watch();
    rig.send(
      1,
      isChanged ? announce(context, wire({ med: 9 }, [65001]), "10.0.0.0/8") : withdraw(context, "10.0.0.0/8"),
    );
    rig.read();
    rig.send(1, announce(context, wire({}, [65001]), "10.0.0.0/8"));
    rig.settle();
    rig.read();
    assert.equal(rig.model.routes("loc").length, 1);
    assertSame(rig);
  }
});

Deno.test("RFC 4724 §4.2: a stale route that is announced again comes to a station, whatever others have", () => {
  for (const pathId of [-1, 7]) {
    const rig = new MonitoredRig();
    const terms = pathId === -1 ? {} : { addPathReceive: familyMask([v4]) };
    const route = { prefix: "10.0.0.0/8", pathId };
    rig.send(1, announce(rig.session(1, terms), wire(), route));
    rig.watch();
    rig.read();
    rig.down(1, familyMask([v4]));
    const context = rig.session(1, terms, familyMask([v4]));
    rig.settle();
    rig.read();
    assert.equal(rig.model.routes("127.0.0.1 adj-in-post").length, 0, "the session is new");
    for (let i = 0; i < 2; i++) rig.rib.monitor(choice()).pull(Infinity);
    rig.send(1, announce(context, wire(), route));
    rig.settle();
    rig.read();
    assert.equal(rig.model.routes("127.0.0.1 adj-in-post").length, 1);
    assertSame(rig);
  }
});

Deno.test("RFC 7854 §3.3: a session that comes up later has its End-of-RIB before and after policy", () => {
  const rig = new MonitoredRig();
  rig.watch();
  const context = rig.session(1);
  rig.send(1, announce(context, wire(), "10.0.0.0/8"));
  rig.settle();
  rig.read();
  const ends = (table: string) => [...rig.model.tables.get(`127.0.0.1 ${table}`)!.ends];
  assert.deepEqual([ends("adj-in"), ends("adj-in-post")], [[], []], "the peer has not said it");
  rig.send(1, endOfRib(context, v4));
  rig.settle();
  rig.read();
  for (const table of ["adj-in", "adj-in-post"]) assert.deepEqual(ends(table), [["ipv4 unicast", 1]], table);
});

Deno.test("RFC 7854 §3.3: no End-of-RIB comes before the routes that a station has yet to get", () => {
  const rig = new MonitoredRig();
  const context = rig.session(1);
  // More than a step of the tables.
  for (let i = 0; i < 80; i++) {
    rig.send(1, announce(context, wire(), ...Array.from({ length: 256 }, (_, j) => `10.${i}.${j}.0/24`)));
  }
  rig.settle();
  rig.watch();
  rig.send(1, endOfRib(context, v4));
  rig.settle();
  const missing = new Set<string>(), early: string[] = [];
  for (let at = 0; at < 200; at++) {
    rig.read(1);
    for (const [table, { routes, ends }] of rig.model.tables) {
      if (routes.size === 80 * 256 || table.endsWith("out-post")) continue;
      missing.add(table);
      if (ends.has("ipv4 unicast")) early.push(table);
    }
  }
  assert.deepEqual([[...missing].sort(), early], [["127.0.0.1 adj-in", "127.0.0.1 adj-in-post", "loc"], []]);
  rig.read();
  for (const table of missing) assert.ok(rig.model.tables.get(table)!.ends.has("ipv4 unicast"), table);
  assertSame(rig);
});

Deno.test("a station gets the peers and families that it is for", () => {
  const rig = new MonitoredRig();
  const contexts = [1, 2].map((id) => rig.session(id));
  rig.watch({ peers: ["peer 2"], families: familyMask([v6]), tables: ["adj-in", "adj-in-post"] });
  contexts.forEach((context, i) => rig.send(i + 1, announceAll(context, {}, [65001], "10.0.0.0/8", "2001:db8::/32")));
  rig.settle();
  rig.read();
  assert.deepEqual([...rig.model.up], ["127.0.0.2"]);
  assert.deepEqual([...rig.model.tables.keys()].sort(), ["127.0.0.2 adj-in", "127.0.0.2 adj-in-post"]);
  for (const [key, { routes }] of rig.model.tables) {
    assert.deepEqual([...routes.keys()], ["ipv6 unicast 2001:db8::/32 -1"], key);
  }
});

Deno.test("RFC 7854 §6: a malformed UPDATE is mirrored as it came where that is wanted, and its routes end", () => {
  for (const mirrors of [true, false]) {
    const rig = new MonitoredRig();
    const context = rig.session(1);
    rig.watch({ mirrors });
    rig.send(1, announce(context, wire(), "10.0.0.0/8", "10.1.0.0/16"));
    // An ORIGIN of two octets: treat-as-withdraw (RFC 7606 §7.1).
    const malformed = announce(context, wire(), "10.0.0.0/8");
    const origin = malformed.indexOf(0x40, limits.headerBytes);
    malformed[origin + 3] = 9;
    rig.send(1, malformed);
    assert.equal(rig.facts.at(-1)?.kind, "fault");
    rig.settle();
    rig.read();
    assert.deepEqual(rig.model.mirrored, mirrors ? [malformed] : []);
    assert.equal(rig.model.routes("127.0.0.1 adj-in").length, 1);
    assertSame(rig);
  }
});

Deno.test("RFC 7854 §4.8: statistics come at their interval, and count what the tables hold", () => {
  const rig = new MonitoredRig();
  const context = rig.session(1);
  rig.session(2);
  rig.watch({ statisticsMs: 10_000 });
  rig.send(1, announceAll(context, {}, [65001], "10.0.0.0/8", "2001:db8::/32"));
  rig.settle();
  rig.read();
  assert.equal(rig.model.statistics.size, 0);
  rig.now += 10_000;
  rig.read();
  const of1 = rig.model.statistics.get("127.0.0.1")!;
  assert.deepEqual([of1.get("7"), of1.get("9 1/1"), of1.get("9 2/1"), of1.get("11")], [2n, 1n, 1n, 0n]);
  assert.equal(rig.model.statistics.get("127.0.0.2")!.get("15"), 2n);
  assert.deepEqual([...rig.model.statistics.get("loc")!], [["8", 2n], ["10 1/1", 1n], ["10 2/1", 1n]]);
});

Deno.test("a station that reads too slowly is lapped, and memory stays bounded; another one is not", () => {
  const rig = new MonitoredRig({ monitorBytes: 100_000 });
  const context = rig.session(1);
  rig.watch();
  const slow = rig.rib.monitor(choice());
  for (let i = 0; i < 2000; i++) {
    rig.send(1, announce(context, wire({}, [65001, i + 1]), `10.${i % 200}.0.0/16`));
    rig.settle();
    rig.read();
    assert.ok(rig.rib.monitorBytes <= 101_000);
  }
  assert.equal(slow.isLapped, true);
  assert.equal(rig.feed!.isLapped, false);
  assertSame(rig);
  rig.feed!.close();
  slow.close();
  assert.equal(rig.rib.monitorBytes, 0);
});

Deno.test("a route that we originate has our router id as its next hop in the Loc-RIB", () => {
  const rig = new MonitoredRig({ ownAsn: 65000 });
  rig.session(1);
  rig.watch();
  for (const [text, octets] of [["9.0.0.0", 4], ["9::", 16]] as const) {
    const prefix = { octets: Uint8Array.of(9, ...new Uint8Array(octets - 1)), length: 8 };
    const attributes = emptyAttributeSet();
    rig.rib.originate([{
      key: text,
      peerId: undefined,
      route: { family: octets === 4 ? v4 : v6, prefix, attributes },
    }]);
  }
  rig.settle();
  rig.read();
  const hops = rig.model.routes("loc").map((line) =>
    /\.3\.(4\.1\.1\.1\.1|16\.0\.0\.0\.0\.0\.0\.0\.0\.0\.0\.255\.255\.1\.1\.1\.1)\b/.test(line)
  );
  assert.deepEqual(hops, [true, true]);
});

Deno.test("whenever a station begins and however it reads, it ends up with the tables: 40 histories", () => {
  for (let seed = 1; seed <= 40; seed++) play(seed);
});

/** A random history. Peer 2 has ADD-PATH, peer 3 no ASNs of four octets, peer 4 is internal. */
function play(seed: number): void {
  let state = seed * 7919;
  const random = (below: number) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor(state / 2 ** 32 * below);
  };
  const rig = new MonitoredRig({ ownAsn: 65000, monitorBytes: 1e7 });
  const v4Only = familyMask([v4]);
  const terms = [
    {},
    { enhancedRouteRefresh: true },
    { addPathReceive: v4Only, addPathSend: v4Only },
    { fourOctetAs: false },
    { internal: true, remoteAsn: 65000 },
  ];
  const beginsAt = random(60);
  for (let id = 1; id <= 4; id++) rig.session(id, terms[id]);
  for (let step = 0; step < 120; step++) {
    if (step === beginsAt) rig.watch();
    const id = 1 + random(4), session = rig.sessions.get(id);
    if (session === undefined) {
      rig.session(id, terms[id], random(2) === 0 ? v4Only : 0);
      continue;
    }
    const { context } = session;
    const some = Array.from({ length: 1 + random(6) }, () => {
      const prefix = random(5) === 0 ? `2001:db8:${random(9)}::/48` : `10.${random(20)}.0.0/16`;
      return { prefix, pathId: id === 2 && !prefix.includes(":") ? 1 + random(3) : -1 };
    });
    const dice = random(24);
    const path = id === 4 ? [65009, 1 + random(4)] : [65000 + id, 1 + random(4), 70_000];
    const attributes = { ...id === 4 ? { localPref: 100 + random(3) } : {}, med: random(3) };
    if (dice < 10) rig.send(id, announceAll(context, attributes, path, ...some));
    else if (dice < 14) rig.send(id, withdraw(context, ...some));
    else if (dice === 14) rig.down(id, random(2) === 0 ? v4Only : 0);
    else if (dice === 15) rig.send(id, endOfRib(context, random(2) === 0 ? v4 : v6));
    else if (dice === 16) {
      const importChoice = random(2) === 0 ? "none" : "all";
      rig.rib.updatePeer({
        id,
        address: Uint8Array.of(127, 0, 0, id),
        name: `peer ${id}`,
        export: "all",
        import: importChoice,
      });
    } else if (dice === 17 && id === 1) rig.send(id, routeRefresh(1 + random(2)));
    else if (dice === 18 && step > beginsAt) {
      // A second station comes and goes.
      const second = rig.rib.monitor(choice());
      second.pull(1 + random(10_000));
      second.close();
    } else if (dice === 19 && step > beginsAt) {
      // The station goes on without the tables: it has read everything so far.
      rig.settle();
      rig.read();
      const before = rig.feed!;
      rig.watch({ dump: false });
      before.close();
    } else if (dice < 21) rig.rib.decide(1 + random(3));
    else rig.settle();
    if (rig.feed !== undefined && random(3) === 0) rig.read(1 + random(2000));
    rig.now += 1000;
  }
  rig.settle();
  rig.rib.expireStale();
  rig.settle();
  rig.read();
  assertSame(rig, `seed ${seed}`);
}

/** BoRR (1) or EoRR (2) of IPv4 unicast (RFC 7313). */
function routeRefresh(subtype: number): Uint8Array {
  const bytes = new Uint8Array(23).fill(0xff, 0, 16);
  bytes.set([0, 23, 5, 0, 1, subtype, 1], 16);
  return bytes;
}
