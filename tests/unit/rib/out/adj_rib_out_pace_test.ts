/** When bgpd sends to peers: first tables, refreshes, slow readers, intervals, several paths. */
import assert from "node:assert/strict";
import {
  decodeRouteRefresh,
  emptyAttributeSet,
  encodeRouteRefresh,
  messageType,
  RefreshSubtype,
} from "../../../../src/message/mod.ts";
import type { RibPeer } from "../../../../src/rib/mod.ts";
import { familyMask, parsePrefix } from "../../../../src/types/mod.ts";
import { advertisedTo } from "../../../support/advertised.ts";
import { Exchange } from "../out_support.ts";
import { announce, v4, wire } from "../support.ts";

const all: Partial<RibPeer> = { export: "all" };

/** Prefixes 10.0.0.0/24, 10.0.1.0/24 … */
function prefixes(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `10.${i >> 8}.${i & 255}.0/24`);
}

/** Many routes, some hundred to a set. */
function announceTable(exchange: Exchange, id: number, list: string[], version = 1): void {
  for (let at = 0; at < list.length; at += 100) {
    exchange.announce(id, wire({}, [65000 + id, version, 1 + at]), ...list.slice(at, at + 100));
  }
}

Deno.test("RFC 4724 §2: the whole table, then End-of-RIB, once for each family; changes come after it", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const list = prefixes(3000);
  announceTable(exchange, 1, list);
  const late = exchange.up(2, all);
  exchange.settle();
  assert.deepEqual(late.log.slice(0, 3000).sort(), list.map((prefix) => `+ ${prefix}`).sort());
  assert.deepEqual(late.log.slice(3000), ["end 1", "end 2"]);
  exchange.withdraw(1, list[0]!);
  exchange.settle();
  assert.deepEqual(late.log.slice(3002), [`- ${list[0]}`]);
});

Deno.test("a table that is empty when the peer joins is advertised as it fills", () => {
  const exchange = new Exchange();
  const early = exchange.up(2, all);
  exchange.settle();
  exchange.up(1);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8", "2001:db8::/32".replace("2001:db8::/32", "11.0.0.0/8"));
  exchange.settle();
  assert.deepEqual(early.log, ["end 1", "end 2", "+ 10.0.0.0/8", "+ 11.0.0.0/8"]);
});

Deno.test("prefixes with one set share messages, however their changes were mixed", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const listener = exchange.up(2, all);
  exchange.settle();
  const before = listener.octets;
  const list = prefixes(400);
  list.forEach((prefix, i) => exchange.announce(1, wire({}, [65001, 1 + i % 2]), prefix));
  exchange.settle();
  assert.equal(listener.keys.length, 400);
  assert.ok(listener.octets - before < 400 * 4 + 2 * 80, "two messages");
});

Deno.test("newest state wins: a route that changed ten times while nobody read is sent once", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const listener = exchange.up(2, all);
  exchange.settle();
  for (let i = 0; i < 10; i++) exchange.announce(1, wire({}, [65001, 1 + i]), "10.0.0.0/8");
  exchange.announce(1, wire({}, [65001]), "11.0.0.0/8");
  exchange.withdraw(1, "11.0.0.0/8");
  exchange.settle();
  assert.deepEqual(listener.log.slice(2), ["+ 10.0.0.0/8"]);
  assert.equal(listener.path("10.0.0.0/8"), "65000 65001 10");
});

Deno.test("a peer that does not read costs bits, delays nobody, and gets the newest state when it reads", () => {
  const exchange = new Exchange({ ringBytes: 200_000 });
  exchange.up(1);
  const quick = exchange.up(2, all);
  const slow = exchange.up(3, all);
  exchange.settle();
  const list = prefixes(20_000);
  const waiting: number[] = [];
  for (let round = 1; round <= 8; round++) {
    announceTable(exchange, 1, list, round);
    while (exchange.pull(2));
    assert.equal(quick.table.size, list.length);
    waiting.push(exchange.rib.memory().outBytes);
  }
  assert.ok(Math.max(...waiting.slice(2)) - waiting[1]! < 300_000, `what waits does not grow: ${waiting}`);
  assert.equal(slow.log.length, 2);
  const octets = slow.octets;
  exchange.settle();
  assert.deepEqual(slow.table, quick.table);
  assert.ok(slow.octets - octets < 2 * (quick.octets / 8), "one table, not eight");
});

Deno.test("RFC 2918 §4, 7313 §4: a refresh sends the family between marks; requests that wait are one refresh", () => {
  for (const enhancedRouteRefresh of [false, true]) {
    const exchange = new Exchange();
    exchange.up(1);
    const listener = exchange.up(2, all, { enhancedRouteRefresh });
    exchange.announce(1, wire({}, [65001]), "10.0.0.0/8", "11.0.0.0/8");
    exchange.settle();
    const from = listener.log.length;
    const request = encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.request });
    exchange.send(2, Uint8Array.from([...request, ...request]));
    exchange.withdraw(1, "11.0.0.0/8");
    exchange.settle();
    const sent = listener.log.slice(from).sort();
    const marks = enhancedRouteRefresh ? ["refresh 1 1", "refresh 1 2"] : [];
    assert.deepEqual(sent, ["+ 10.0.0.0/8", "- 11.0.0.0/8", ...marks].sort());
    if (enhancedRouteRefresh) assert.equal(listener.log[from], "refresh 1 1");
    assert.deepEqual(listener.keys, ["10.0.0.0/8"]);
  }
});

Deno.test("RFC 2918 §3: the peer is asked for its routes, where it can be", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.settle();
  assert.ok(exchange.rib.refresh(1, "in", v4));
  const bytes = exchange.rib.pull(1, 1, 65536)!;
  assert.equal(messageType(bytes, 0), 5);
  assert.deepEqual(decodeRouteRefresh(bytes), { kind: "routeRefresh", afi: 1, safi: 1, subtype: 0 });
  assert.equal(exchange.rib.pull(1, 1, 65536), undefined);
  exchange.up(2, {}, { routeRefresh: false });
  assert.ok(!exchange.rib.refresh(2, "in"));
});

Deno.test("RFC 4271 §9.2.1.1: announcements of changes keep the interval, the first table does not wait", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  const listener = exchange.up(2, { ...all, advertisementIntervalMs: 5000 });
  exchange.settle();
  assert.deepEqual(listener.keys, ["10.0.0.0/8"]);
  exchange.announce(1, wire({}, [65001]), "11.0.0.0/8");
  exchange.settle();
  assert.equal(listener.keys.length, 2);
  exchange.announce(1, wire({}, [65001]), "12.0.0.0/8");
  exchange.settle();
  exchange.now += 4999;
  exchange.settle();
  assert.equal(listener.keys.length, 2);
  exchange.now += 1;
  exchange.settle();
  assert.equal(listener.keys.length, 3);
});

Deno.test("RFC 4271 §9.2.1.1: the interval passes while the wall clock, set back, stands still", () => {
  let monotonic = 0;
  const exchange = new Exchange({ monotonic: () => monotonic });
  exchange.up(1);
  const listener = exchange.up(2, { ...all, advertisementIntervalMs: 5000 });
  exchange.settle();
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.settle();
  exchange.announce(1, wire({}, [65001]), "11.0.0.0/8");
  monotonic += 4999;
  exchange.settle();
  assert.deepEqual(listener.keys, ["10.0.0.0/8"]);
  monotonic += 1;
  exchange.settle();
  assert.deepEqual(listener.keys, ["10.0.0.0/8", "11.0.0.0/8"]);
});

Deno.test("RFC 7911: all paths go out, each under an identifier of its own that it keeps", () => {
  const exchange = new Exchange();
  const listener = exchange.up(9, all, { addPathSend: familyMask([v4]) });
  for (const id of [1, 2, 3]) {
    exchange.up(id);
    exchange.announce(id, wire({}, [65000 + id]), "10.0.0.0/8");
  }
  exchange.settle();
  const paths = () => Object.fromEntries(listener.keys.map((key) => [listener.path(key), key]));
  const first = paths();
  assert.deepEqual(Object.keys(first).sort(), ["65000 65001", "65000 65002", "65000 65003"]);
  exchange.withdraw(2, "10.0.0.0/8");
  exchange.announce(3, wire({}, [65003, 7]), "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual(paths(), { "65000 65001": first["65000 65001"], "65000 65003 7": first["65000 65003"] });
  exchange.announce(2, wire({}, [65002]), "10.0.0.0/8");
  exchange.settle();
  assert.equal(paths()["65000 65002"], first["65000 65002"]);
});

Deno.test("RFC 7911: several paths of one peer, under its identifiers; the best ones up to add_path_send", () => {
  const exchange = new Exchange();
  const everything = exchange.up(8, all, { addPathSend: familyMask([v4]) });
  const two = exchange.up(9, { ...all, addPathSendMax: 2 }, { addPathSend: familyMask([v4]) });
  const one = exchange.up(7, all);
  const context = exchange.up(1, {}, { addPathReceive: familyMask([v4]) }) && exchange.contexts.get(1)!;
  for (const [pathId, length] of [[5, 3], [6, 1], [7, 2]] as const) {
    const path = [65001, 1, 2, 3].slice(0, length);
    exchange.send(1, announce(context, wire({}, path), { prefix: "10.0.0.0/8", pathId }));
  }
  exchange.settle();
  const lengths = (of: typeof two) => of.keys.map((key) => of.path(key)!.split(" ").length - 1).sort();
  assert.deepEqual([lengths(everything), lengths(two), lengths(one)], [[1, 2, 3], [1, 2], [1]]);
});

Deno.test("other rules at run time: the difference is sent, and nothing else", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  const listener = exchange.up(2);
  exchange.settle();
  const change = (peer: Partial<RibPeer>) => {
    const from = listener.log.length;
    assert.deepEqual(exchange.rib.updatePeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), ...peer }), []);
    exchange.settle();
    return listener.log.slice(from);
  };
  assert.deepEqual(change(all), ["+ 10.0.0.0/8"]);
  const route = { family: v4, prefix: parsePrefix("12.0.0.0/8")!, attributes: emptyAttributeSet() };
  assert.deepEqual(change({ ...all, originated: [route] }), ["+ 12.0.0.0/8"]);
  assert.deepEqual(change({ originated: [route] }).filter((line) => line.startsWith("-")), ["- 10.0.0.0/8"]);
  assert.deepEqual(listener.keys, ["12.0.0.0/8"]);
  assert.deepEqual(change({}), ["- 12.0.0.0/8"]);
});

Deno.test("RFC 7911: rules that change during a refresh withdraw nothing, however long the new table takes", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const listener = exchange.up(2, all, { addPathSend: familyMask([v4]) });
  // More than is brought into order in one go, so that the refresh is under way when the rules change.
  announceTable(exchange, 1, prefixes(20_000));
  exchange.settle();
  assert.ok(exchange.rib.refresh(2, "out"));
  exchange.pull(2, 4096);
  const from = listener.log.length;
  exchange.rib.updatePeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), ...all, nextHop: "unchanged" });
  exchange.rib.decide(100);
  while (exchange.pull(2));
  while (exchange.rib.decide(1000)) while (exchange.pull(2));
  exchange.settle();
  assert.equal(listener.log.slice(from).filter((line) => line.startsWith("-")).length, 0);
  assert.deepEqual(listener.table, exchange.advertised(2));
});

Deno.test("RFC 7313 §4: a refresh asked for when rules have just changed has its marks, too", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const listener = exchange.up(2, all, { addPathSend: familyMask([v4]), enhancedRouteRefresh: true });
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.settle();
  const from = listener.log.length;
  exchange.rib.updatePeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), ...all, nextHop: "unchanged" });
  exchange.send(2, encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.request }));
  exchange.settle();
  assert.deepEqual(listener.log.slice(from, from + 3), ["refresh 1 1", "+ 10.0.0.0/8#2", "refresh 1 2"]);
});

Deno.test("a walk over what a peer is advertised ends with its session, also halfway", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const route = { family: v4, prefix: parsePrefix("12.0.0.0/8")!, attributes: emptyAttributeSet() };
  exchange.up(2, { ...all, originated: [route] });
  exchange.up(3, all);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8", "11.0.0.0/8");
  exchange.settle();
  const look = exchange.rib.advertised(2, { which: { kind: "all" }, states: "written" });
  assert.ok(look.next().done !== true);
  exchange.down(2);
  assert.equal(look.next().done, true);
  assert.equal(advertisedTo(exchange.rib, 3).length, 2, "negative: that of another peer does not");
});

Deno.test("a group without peers gives back what it held", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const bare = exchange.rib.memory().sets;
  announceTable(exchange, 1, prefixes(500));
  const { sets, outBytes } = exchange.rib.memory();
  assert.equal(sets, bare + 5);
  exchange.up(2, all);
  exchange.settle();
  assert.equal(exchange.rib.memory().sets, bare + 10, "each set and what it became");
  exchange.down(2);
  assert.deepEqual([exchange.rib.memory().sets, exchange.rib.memory().outBytes], [sets, outBytes]);
});
