/** What routers report shares attribute sets and destinations with our own routes, and never changes what those are. */
import assert from "node:assert/strict";
import { encodeBmp } from "../../../../src/bmp/mod.ts";
import { clearStoreBatch, createStoreBatch } from "../../../../src/rib/mod.ts";
import { familyMask, parseAddress } from "../../../../src/types/mod.ts";
import { headerOf, initiation, peerUp } from "../../../support/bmp_router.ts";
import { negotiated } from "../../../support/negotiated.ts";
import { announce, announceNlri, RibRig, v4, v6, wire, withdrawNlri } from "../support.ts";

const evpn = 13;
const peer = { address: "192.0.2.7", asn: 65_007 };
const everything = negotiated({ families: familyMask([v4, v6, evpn]), internal: true });

/** The router reports this UPDATE. */
function report(rig: RibRig, update: Uint8Array): void {
  const facts = rig.rib.routerReceived(1, encodeBmp({ kind: "routeMonitoring", peer: headerOf(peer), update }));
  assert.deepEqual(facts, []);
}

function rigWithRouter(): RibRig {
  const rig = new RibRig();
  rig.rib.routerOpened(1, { address: "192.0.2.254", staleMs: 60_000 });
  for (const octets of [initiation("edge1"), peerUp(peer)]) rig.rib.routerReceived(1, octets);
  return rig;
}

Deno.test("RFC 4271 §6.3: a next hop that a router reports is no next hop that a peer of ours may announce", () => {
  for (const address of ["0.0.0.0", "0.1.2.3", "127.0.0.1", "224.0.0.5", "255.255.255.255"]) {
    const rig = rigWithRouter(), set = wire({ nextHop: parseAddress(address)! });
    report(rig, announce(everything, set, "198.51.100.0/24"));
    assert.equal(rig.rib.routerCounters[0]?.routes["adj-in"], 1, address);
    const context = rig.up(1, { internal: true });
    const facts = rig.send(1, announce(context, set, "198.51.100.0/24"));
    const isOwn = address === "127.0.0.1";
    // The session itself runs over loopback.
    if (!isOwn) assert.deepEqual(facts.map(({ kind }) => kind), ["fault"], address);
    assert.equal(rig.memory().length, isOwn ? 1 : 0, address);
  }
  const rig = rigWithRouter(), set = wire({ nextHop: new Uint8Array(16) });
  report(rig, announce(everything, set, "2001:db8::/32"));
  const context = rig.up(1, { internal: true });
  assert.deepEqual(rig.send(1, announce(context, set, "2001:db8::/32")).map(({ kind }) => kind), ["fault"]);
});

Deno.test("routes of routers are no candidates: no best route, nothing for peers, nothing in a look-up", () => {
  const rig = rigWithRouter();
  report(rig, announce(everything, wire(), "198.51.100.0/24"));
  rig.up(1, { internal: true });
  rig.rib.decide();
  assert.deepEqual(rig.memory(), []);
  assert.equal(rig.rib.memory().best, 0);
  assert.equal(rig.rib.memory().routes, 1);
  assert.deepEqual(
    [...rig.rib.find({ kind: "within", family: v4, prefix: { octets: new Uint8Array(4), length: 0 }, limit: 9 })]
      .filter((row) => row !== undefined),
    [],
  );
});

Deno.test("the slot of a destination that only a router has is not used for another one", () => {
  const rig = rigWithRouter();
  const mac = (n: number) =>
    `mac-ip rd 65000:1 tag 0 mac 02:00:00:00:${(n >> 8).toString(16).padStart(2, "0")}:` +
    (n & 255).toString(16).padStart(2, "0");
  report(rig, announceNlri(everything, wire({}, []), evpn, mac(0)));
  const context = rig.up(1, { internal: true, families: familyMask([v4, v6, evpn]) });
  const batch = createStoreBatch();
  const names = new Set<number>();
  // So many that all unused slots are freed, several times.
  for (let n = 1; n < 20_000; n += 50) {
    const some = Array.from({ length: 50 }, (_, i) => mac((n + i) & 0xffff));
    rig.send(1, announceNlri(context, wire({}, []), evpn, ...some));
    rig.rib.decide();
    rig.send(1, withdrawNlri(context, evpn, ...some));
    rig.rib.decide();
    while (rig.rib.fillStore(batch)) {
      for (let i = 0; i < batch.routeCount; i++) {
        if (batch.routes[i * 9]! >= 1_000_000 && batch.routes[i * 9 + 3] !== 0) names.add(batch.routes[i * 9 + 1]!);
      }
      for (const event of batch.events) {
        if (event.kind === "retiredNlri") assert.ok(!event.ids.some((id) => names.has(id)), "the router has it");
      }
      clearStoreBatch(batch);
    }
  }
  assert.equal(names.size, 1);
  assert.equal(rig.rib.routerCounters[0]?.routes["adj-in"], 1);
});
