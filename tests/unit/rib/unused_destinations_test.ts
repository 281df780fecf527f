/**
 * Ever new NLRI: the slots of those that are gone are used again, and neither a peer nor the database takes one
 * destination for another.
 */

import assert from "node:assert/strict";
import { encodeNlriValue, formatDestination } from "../../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch, type Rib, type StoreBatch, stride } from "../../../src/rib/mod.ts";
import { type FamilyId, familyMask } from "../../../src/types/mod.ts";
import { Random } from "../../fuzz/random.ts";
import { Exchange } from "./out_support.ts";
import { announce, announceNlri, RibRig, v4, v6, wire, withdrawNlri } from "./support.ts";

const vpn: FamilyId = 7;
const flowspec: FamilyId = 9;
const evpn: FamilyId = 13;
const families = familyMask([v4, v6, vpn, flowspec, evpn]);

const labelled = (label: number) => wire({ nlriValue: encodeNlriValue({ labels: [label << 4 | 1] }) }, []);

/** The `n`th MAC address. */
function macOf(n: number): string {
  const octets = n.toString(16).padStart(8, "0").match(/../g)!.join(":");
  return `mac-ip rd 65000:1 tag 0 mac 02:00:${octets}`;
}

/** What the database has of NLRI, with a complaint about each row that names one that it does not have. */
class NlriStore {
  readonly nlri = new Map<number, string>();
  readonly routes = new Map<string, string>();
  readonly best = new Map<number, string>();
  readonly history: string[] = [];
  retired = 0;

  apply(batch: StoreBatch): void {
    for (const event of batch.events) {
      if (event.kind === "reset") { for (const map of [this.routes, this.best]) map.clear(); }
      if (event.kind === "flush") this.#flush(event.peerId, event.family, event.at);
      if (event.kind === "retiredNlri") { for (const id of event.ids) this.#retire(id); }
    }
    for (let i = 0, at = 0; i < batch.nlriCount; i++, at += stride.nlri) {
      const [id, family, start, length] = batch.nlri.subarray(at, at + stride.nlri);
      const key = batch.nlriBytes.slice(start, start! + length!);
      this.nlri.set(id!, `${family} ${formatDestination(family as FamilyId, { key })}`);
    }
    for (let i = 0, at = 0; i < batch.routeCount; i++, at += stride.routes) {
      const [peer, id, path, set, , , receivedAt] = batch.routes.subarray(at, at + stride.routes);
      const row = `${peer} ${this.#nameOf(id!)}${path === -1 ? "" : `#${path}`}`;
      if (set === 0) this.routes.delete(row);
      else this.routes.set(row, `${id} ${receivedAt}`);
    }
    for (let i = 0, at = 0; i < batch.bestCount; i++, at += stride.best) {
      const [id, peer] = batch.best.subarray(at, at + stride.best);
      const name = this.#nameOf(id!);
      if (peer === -1) this.best.delete(id!);
      else this.best.set(id!, `${peer} ${name}`);
    }
    for (let i = 0, at = 0; i < batch.historyCount; i++, at += stride.history) {
      this.history.push(this.#nameOf(batch.history[at + 3]!));
    }
  }

  #nameOf(id: number): string {
    const name = this.nlri.get(id);
    assert.ok(name !== undefined, `NLRI ${id} is in the database`);
    return name;
  }

  #retire(id: number): void {
    this.#nameOf(id);
    assert.ok(!this.best.has(id));
    for (const row of this.routes.values()) assert.notEqual(Number(row.split(" ")[0]), id);
    this.nlri.delete(id);
    this.retired++;
  }

  #flush(peer: number, family: number, at: number): void {
    for (const [row, value] of this.routes) {
      if (row.startsWith(`${peer} ${family} `) && Number(value.split(" ")[1]) < at) this.routes.delete(row);
    }
  }
}

function fill(rib: Rib, store: NlriStore, batch: StoreBatch): boolean {
  clearStoreBatch(batch);
  const some = rib.fillStore(batch);
  store.apply(batch);
  return some;
}

Deno.test("a peer that announces and withdraws ever new MAC addresses costs the memory of those that are there", () => {
  const rig = new RibRig({ historyRows: 1000 });
  const context = rig.up(1, { families, internal: true, remoteAsn: 65000 });
  const store = new NlriStore();
  const batch = createStoreBatch(2000);
  const size = 500;
  let most = 0;
  for (let n = 0; n < 30_000; n += size) {
    const some = Array.from({ length: size }, (_, i) => macOf(n + i));
    rig.send(1, announceNlri(context, labelled(100), evpn, ...some));
    rig.rib.decide();
    fill(rig.rib, store, batch);
    rig.send(1, withdrawNlri(context, evpn, ...some));
    rig.rib.decide();
    fill(rig.rib, store, batch);
    rig.now += 1000;
    most = Math.max(most, rig.rib.memory().prefixes);
  }
  assert.ok(most < 10_000, `${most} destinations at most`);
  while (fill(rig.rib, store, batch));
  assert.ok(store.nlri.size < 10_000, `${store.nlri.size} rows that are not retired`);
  assert.equal(store.history.length, 30_000);
  assert.equal(new Set(store.history).size, 30_000);
});

Deno.test("twin: destinations with routes keep their slots, however many come and go", () => {
  const rig = new RibRig({ historyRows: 0 });
  const context = rig.up(1, { families, internal: true, remoteAsn: 65000 });
  const kept = Array.from({ length: 5000 }, (_, i) => macOf(1_000_000 + i));
  for (let at = 0; at < 5000; at += 500) {
    rig.send(1, announceNlri(context, labelled(100), evpn, ...kept.slice(at, at + 500)));
  }
  rig.rib.decide();
  for (let n = 0; n < 10_000; n += 500) {
    const some = Array.from({ length: 500 }, (_, i) => macOf(n + i));
    rig.send(1, announceNlri(context, labelled(7), evpn, ...some));
    rig.rib.decide();
    rig.send(1, withdrawNlri(context, evpn, ...some));
    rig.rib.decide();
  }
  const names = [...rig.rib.dump()].map((row) => formatDestination(row.family, row)).sort();
  assert.deepEqual(names, kept.sort());
});

Deno.test("peers at any pace, ADD-PATH, refreshes, lost sessions, a lost store: no NLRI is taken for another", () => {
  for (const seed of [1, 2]) churn(seed);
});

function churn(seed: number): void {
  const random = new Random(seed);
  const exchange = new Exchange({ historyRows: 5000, ringBytes: 20_000 });
  const internal = { internal: true, families };
  const paths = familyMask([evpn]);
  const up = (id: number) => {
    return exchange.up(
      id,
      { routeReflectorClient: true, export: "all", ...id === 3 && { exportSelection: "per-client" } },
      { ...internal, ...id === 4 && { addPathReceive: paths, addPathSend: paths, enhancedRouteRefresh: true } },
    );
  };
  for (const id of [1, 2, 3, 4]) up(id);
  const store = new NlriStore();
  const batch = createStoreBatch(300);
  const held = new Map<number, string[]>([1, 2, 4].map((id) => [id, []]));
  let next = 0;
  for (let step = 0; step < 2500; step++) {
    exchange.now += 10;
    const id = random.pick([1, 2, 4]);
    const context = exchange.contexts.get(id)!;
    const mine = held.get(id)!;
    const kind = random.below(100);
    if (kind < 35) {
      const some = Array.from(
        { length: 1 + random.below(30) },
        () => macOf(random.below(5) === 0 ? random.below(next + 1) : next++),
      );
      exchange.send(id, announceNlri(context, labelled(random.below(4)), evpn, ...some));
      mine.push(...some);
    } else if (kind < 65 && mine.length > 20) {
      const some = mine.splice(random.below(mine.length), 1 + random.below(60));
      exchange.send(id, withdrawNlri(context, evpn, ...some));
    } else if (kind < 85) exchange.pull(random.pick([1, 2, 3, 4]), random.pick([1, 500, 5000]));
    else if (kind < 95) fill(exchange.rib, store, batch);
    else if (kind < 97) exchange.rib.refresh(random.pick([1, 2, 3, 4]), "out");
    else if (kind === 97) {
      exchange.down(id);
      mine.length = 0;
      up(id);
    } else if (kind === 98) {
      exchange.down(3);
      up(3);
    } else if (step % 10 === 0) exchange.rib.storeLost();
  }
  exchange.settle();
  while (fill(exchange.rib, store, batch));
  const best = new Map<string, number>();
  const all: string[] = [];
  for (const row of exchange.rib.dump()) {
    const name = formatDestination(row.family, row);
    all.push(`${row.peerId} ${row.family} ${name}${row.pathId === -1 ? "" : `#${row.pathId}`}`);
    if (row.best) best.set(name, row.peerId);
  }
  assert.ok(next > 10_000, `${next} MAC addresses`);
  assert.ok(store.retired > 0, "some destinations were freed");
  assert.deepEqual([...store.routes.keys()].sort(), all.sort());
  assert.deepEqual([...store.best.values()].sort(), [...best].map(([name, peer]) => `${peer} ${evpn} ${name}`).sort());
  for (const id of [1, 2, 3, 4]) {
    assert.deepEqual(exchange.receivers.get(id)!.table, exchange.advertised(id), `peer ${id}`);
  }
  assert.deepEqual(exchange.receivers.get(3)!.keys, [...best.keys()].sort());
}

Deno.test("a FlowSpec rule in the slot of another one is compared with the routes to its own destination", () => {
  const rig = new RibRig({ historyRows: 0 });
  const context = rig.up(1, { families });
  rig.send(1, announce(context, wire(), "192.0.2.0/24"));
  const none = wire({ nextHop: new Uint8Array(0) });
  for (let n = 0; n < 6000; n += 100) {
    const some = Array.from({ length: 100 }, (_, i) => `destination 192.0.2.0/24 packet-length =${n + i}`);
    rig.send(1, announceNlri(context, none, flowspec, ...some));
    rig.rib.decide();
    rig.send(1, withdrawNlri(context, flowspec, ...some));
    rig.rib.decide();
  }
  rig.send(1, announceNlri(context, none, flowspec, "destination 198.51.100.0/24", "destination 192.0.2.1/32"));
  rig.rib.decide();
  assert.ok(rig.rib.memory().prefixes < 5000);
  const eligible = [...rig.rib.dump()].filter((row) => row.family === flowspec && row.ineligible === 0);
  assert.deepEqual(eligible.map((row) => formatDestination(row.family, row)), ["destination 192.0.2.1/32"]);
});
