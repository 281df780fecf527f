/** Questions about Adj-RIB-Out: what they cost, and that they change nothing. */
import assert from "node:assert/strict";
import { type AttributeSet, decodeAttributeSet, emptyAttributeSet } from "../../../../src/message/mod.ts";
import type { AdvertisedQuestion } from "../../../../src/rib/mod.ts";
import { familyMask, formatPrefix, parseAddress, parsePrefix } from "../../../../src/types/mod.ts";
import { withheldNumber } from "../../../../src/rib/out/export/withheld_reasons.ts";
import { advertisedTo } from "../../../support/advertised.ts";
import { policyTable } from "../import_support.ts";
import { Exchange } from "../out_support.ts";
import { v4, v6, wire } from "../support.ts";

const all = { export: "all" } as const;

function table(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${20 + (i >> 16)}.${i >> 8 & 255}.${i & 255}.0/24`);
}

/** The prefixes of the answer, and how many looks it took. */
function ask(exchange: Exchange, id: number, which: AdvertisedQuestion["which"]): { found: string[]; looks: number } {
  const looks = [...exchange.rib.advertised(id, { which, states: "written" })];
  const rows = looks.filter((row) => row !== undefined);
  return {
    found: rows.map(({ prefix, pathId }) => formatPrefix(prefix!) + (pathId === -1 ? "" : ` [${pathId}]`)),
    looks: looks.length,
  };
}

const exact = (prefix: string) => ({ kind: "exact", prefix: parsePrefix(prefix)! }) as const;
const covering = (address: string) => ({ kind: "covering", address: parseAddress(address)! }) as const;

Deno.test("questions about one prefix or address are look-ups: a large table takes no more steps", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, all);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8", "10.1.0.0/16", "0.0.0.0/0", ...table(30_000));
  exchange.announce(1, wire({ nextHop: parseAddress("2001:db8::1")! }, [65001]), "2001:db8::/32");
  exchange.settle();
  assert.deepEqual(ask(exchange, 2, exact("10.1.0.0/16")), { found: ["10.1.0.0/16"], looks: 1 });
  assert.deepEqual(ask(exchange, 2, exact("10.1.0.0/17")).found, [], "negative: not those around it");
  assert.deepEqual(ask(exchange, 2, covering("10.1.2.3")), {
    found: ["10.1.0.0/16", "10.0.0.0/8", "0.0.0.0/0"],
    looks: 3,
  });
  assert.deepEqual(ask(exchange, 2, covering("2001:db8::7")).found, ["2001:db8::/32"]);
  assert.deepEqual(ask(exchange, 2, exact("203.0.113.0/24")).looks, 0);
  assert.equal(ask(exchange, 2, { kind: "all" }).found.length, 30_004);
  assert.ok(ask(exchange, 2, { kind: "all" }).looks < 40_000);
});

Deno.test("RFC 7911: a look-up gives the paths that are advertised, without the peer's own", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, all, { addPathSend: familyMask([v4]) });
  exchange.up(3);
  for (const id of [1, 2, 3]) exchange.announce(id, wire({}, [65000 + id]), "10.0.0.0/8");
  exchange.settle();
  assert.equal(ask(exchange, 2, exact("10.0.0.0/8")).found.length, 2);
});

Deno.test("a question before the peer has read anything changes nothing: no set is kept for it", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.announce(1, wire({}, [65001]), ...table(5_000));
  exchange.up(2, all);
  const before = exchange.rib.memory();
  assert.equal(said(exchange, 2).length, 5_000);
  assert.deepEqual(said(exchange, 2, exact("20.0.7.0/24")), ["20.0.7.0/24 waiting: the peer has not taken it yet"]);
  assert.deepEqual([exchange.rib.memory().sets, exchange.rib.memory().outBytes], [before.sets, before.outBytes]);
  exchange.settle();
  assert.equal(exchange.receivers.get(2)!.table.size, 5_000);
});

/** What is said of each prefix, with everything that is not written. */
function said(exchange: Exchange, id: number, which: AdvertisedQuestion["which"] = { kind: "all" }): string[] {
  return [...exchange.rib.advertised(id, { which, states: "unwritten" })].filter((row) => row !== undefined)
    .map(({ prefix, state, reason, wire }) => {
      const med = wire === undefined ? "-" : decodeAttributeSet(wire).med ?? "";
      return `${formatPrefix(prefix!)} ${state}${med === "" ? "" : ` ${med}`}${
        reason === undefined ? "" : `: ${reason}`
      }`;
    }).sort();
}

Deno.test("a change that waits for the interval is not advertised: the route that the peer holds is", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, { ...all, advertisementIntervalMs: 20_000 });
  exchange.settle();
  exchange.announce(1, wire({ communities: [1] }), "10.0.0.0/8", "11.0.0.0/8");
  exchange.settle();
  const keys = () => ask(exchange, 2, { kind: "all" }).found.sort();
  assert.deepEqual(keys(), exchange.receivers.get(2)!.keys);
  exchange.now += 3_000;
  exchange.announce(1, wire({ communities: [2] }), "10.0.0.0/8", "12.0.0.0/8");
  exchange.withdraw(1, "11.0.0.0/8");
  exchange.settle();
  assert.deepEqual(exchange.receivers.get(2)!.keys, ["10.0.0.0/8", "11.0.0.0/8"]);
  assert.deepEqual(keys(), exchange.receivers.get(2)!.keys, "as the peer has it");
  const written = new Map(
    advertisedTo(exchange.rib, 2).map(({ prefix, wire }) => [formatPrefix(prefix!), wire.join(".")]),
  );
  assert.deepEqual(written.get("10.0.0.0/8"), exchange.receivers.get(2)!.table.get("10.0.0.0/8"));
  const why = "min_route_advertisement_interval: 17 s";
  assert.deepEqual(said(exchange, 2), [
    "10.0.0.0/8 advertised",
    `10.0.0.0/8 waiting: ${why}`,
    "11.0.0.0/8 advertised",
    `11.0.0.0/8 waiting -: a withdraw: ${why}`,
    `12.0.0.0/8 waiting: ${why}`,
  ]);
  const { sets } = exchange.rib.memory();
  exchange.now += 17_000;
  exchange.settle();
  assert.deepEqual(said(exchange, 2), ["10.0.0.0/8 advertised", "12.0.0.0/8 advertised"]);
  assert.deepEqual(keys(), exchange.receivers.get(2)!.keys);
  assert.ok(exchange.rib.memory().sets < sets, "what was held is given back");
});

Deno.test("what a slow peer has not read is not advertised, encoded or not; before the first pull nothing is", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, all);
  exchange.up(3, all);
  exchange.announce(1, wire(), "10.0.0.0/8");
  assert.deepEqual(said(exchange, 2), ["10.0.0.0/8 waiting: the peer has not taken it yet"]);
  assert.deepEqual(ask(exchange, 2, { kind: "all" }).found, []);
  exchange.settle();
  assert.deepEqual(said(exchange, 2), ["10.0.0.0/8 advertised"]);
  exchange.announce(1, wire(), "11.0.0.0/8");
  exchange.pull(3);
  assert.deepEqual(said(exchange, 2), ["10.0.0.0/8 advertised", "11.0.0.0/8 waiting: the peer has not taken it yet"]);
  assert.deepEqual(said(exchange, 3), ["10.0.0.0/8 advertised", "11.0.0.0/8 advertised"], "negative: who has read");
  exchange.rib.refresh(2, "out");
  assert.deepEqual(said(exchange, 2), ["10.0.0.0/8 advertised", "11.0.0.0/8 waiting: the peer has not taken it yet"]);
  exchange.settle();
  assert.deepEqual(said(exchange, 2), ["10.0.0.0/8 advertised", "11.0.0.0/8 advertised"]);
});

Deno.test("what the session cannot carry is withheld: too long, also by what rules add, or no next hop", () => {
  const exchange = new Exchange();
  exchange.up(1, {}, { maxMessageBytes: 65535 });
  exchange.up(2, all);
  exchange.up(3, all, { maxMessageBytes: 65535 }, { localAddressV6: undefined });
  const long = wire({ unknown: [{ code: 200, flags: 0xc0, value: new Uint8Array(4100) }] } as Partial<AttributeSet>);
  exchange.announce(1, long, "10.0.0.0/8");
  exchange.announce(1, wire(), "11.0.0.0/8");
  const own = { family: v6, prefix: parsePrefix("2001:db8::/32")!, attributes: emptyAttributeSet() };
  exchange.rib.originate([{ key: "own", peerId: undefined, route: own }]);
  exchange.rib.decide();
  exchange.settle();
  for (const id of [2, 3]) {
    assert.deepEqual(ask(exchange, id, { kind: "all" }).found.sort(), exchange.receivers.get(id)!.keys);
    const { advertised } = exchange.rib.counters(id);
    assert.equal(Object.values(advertised).reduce((a, b) => a + b), exchange.receivers.get(id)!.table.size);
  }
  assert.deepEqual(said(exchange, 2), [
    "10.0.0.0/8 withheld -: no message of 4096 octets holds its attributes",
    "11.0.0.0/8 advertised",
    "2001:db8::/32 advertised",
  ]);
  assert.deepEqual(said(exchange, 3), [
    "10.0.0.0/8 advertised",
    "11.0.0.0/8 advertised",
    "2001:db8::/32 withheld -: no IPv6 address for next hop self; give the route a next hop, or the peer next_hop_ipv6",
  ]);
});

Deno.test("of a prefix that is asked for every reason is given: where it is from, rules, policy, limit", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, all);
  exchange.up(3);
  exchange.up(4, { ...all, prefixesOut: { [v4]: { max: 1, action: "stop" } } });
  exchange.announce(1, wire({ communities: [0xffff_ff02] }), "10.0.0.0/8");
  exchange.announce(2, wire({}, [65002]), "11.0.0.0/8");
  exchange.announce(1, wire(), "12.0.0.0/8", "13.0.0.0/8");
  exchange.settle();
  const at = (id: number, prefix: string) => said(exchange, id, exact(prefix));
  assert.deepEqual(at(2, "10.0.0.0/8"), ["10.0.0.0/8 withheld -: its community NO_ADVERTISE (RFC 1997)"]);
  assert.deepEqual(at(2, "11.0.0.0/8"), ["11.0.0.0/8 withheld -: it is from this peer"]);
  assert.deepEqual(at(3, "11.0.0.0/8"), ['11.0.0.0/8 withheld -: export = "none"']);
  assert.deepEqual(said(exchange, 2), ["12.0.0.0/8 advertised", "13.0.0.0/8 advertised"], "not in a list of all");
  const [sent] = exchange.receivers.get(4)!.keys;
  assert.deepEqual(
    said(exchange, 4),
    ["11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8"].map((prefix) =>
      prefix === sent ? `${prefix} advertised` : `${prefix} waiting: max_prefixes_out = 1 is reached`
    ),
  );
});

Deno.test("what is withheld from a peer is a list of its own, over the whole table, each route with its reason", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, all);
  exchange.up(3);
  exchange.up(4, { ...all, prefixesOut: { [v4]: { max: 1, action: "stop" } } });
  exchange.announce(1, wire({ communities: [0xffff_ff02] }), "10.0.0.0/8");
  exchange.announce(2, wire({}, [65002]), "11.0.0.0/8");
  exchange.announce(1, wire(), "12.0.0.0/8");
  const withheld = (id: number) =>
    [...exchange.rib.advertised(id, { which: { kind: "all" }, states: "withheld" })].flatMap((row) =>
      row === undefined ? [] : [`${formatPrefix(row.prefix!)} ${withheldNumber(row.reason!)}: ${row.reason}`]
    ).sort();
  const noAdvertise = "10.0.0.0/8 8: its community NO_ADVERTISE (RFC 1997)";
  assert.deepEqual(withheld(2), [noAdvertise], "nothing is taken yet, and what only waits is not in the list");
  exchange.settle();
  assert.deepEqual(withheld(2), [noAdvertise], "negative: neither the peer's own route nor one that it has");
  assert.deepEqual(withheld(3), ["10", "11", "12"].map((first) => `${first}.0.0.0/8 2: export = "none"`));
  const [sent] = exchange.receivers.get(4)!.keys;
  const other = sent === "11.0.0.0/8" ? "12.0.0.0/8" : "11.0.0.0/8";
  assert.deepEqual(withheld(4), [noAdvertise, `${other} 18: max_prefixes_out = 1 is reached`]);
});

Deno.test("during a refresh everything that the peer holds stays advertised, and changes wait", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, all);
  // More than is brought into order in one go.
  exchange.announce(1, wire(), ...table(20_000));
  exchange.settle();
  assert.ok(exchange.rib.refresh(2, "out"));
  exchange.pull(2, 4096);
  assert.equal(ask(exchange, 2, { kind: "all" }).found.length, 20_000);
  exchange.announce(1, wire({ communities: [7] }), "20.0.200.0/24", "20.78.31.0/24", "9.0.0.0/8");
  assert.deepEqual(said(exchange, 2, exact("9.0.0.0/8")), ["9.0.0.0/8 waiting: the peer has not taken it yet"]);
  const before = exchange.receivers.get(2)!.keys.length;
  exchange.settle();
  assert.deepEqual([before, ask(exchange, 2, { kind: "all" }).found.length], [20_000, 20_001]);
  assert.deepEqual(ask(exchange, 2, { kind: "all" }).found.sort(), exchange.receivers.get(2)!.keys);
});

Deno.test("RFC 7911: routes that other rules add are not advertised before the walk reaches them", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const listener = exchange.up(2, {}, { addPathSend: familyMask([v4]) });
  exchange.announce(1, wire(), ...table(20_000));
  exchange.settle();
  assert.equal(listener.table.size, 0);
  exchange.rib.updatePeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), ...all });
  exchange.rib.decide();
  exchange.pull(2, 4096);
  const written = () => ask(exchange, 2, { kind: "all" }).found.length;
  assert.ok(written() <= listener.table.size && listener.table.size < 20_000);
  exchange.settle();
  assert.deepEqual([written(), listener.table.size], [20_000, 20_000]);
});

Deno.test("RFC 7947 §2.3.2: a limit holds back the route selected for the client, if the best one is withheld", () => {
  const exchange = new Exchange();
  const policies = policyTable(
    '[[policies]]\nname = "not-7"\n[[policies.rules]]\nmatch = { community = "0:7" }\naction = "reject"\n' +
      '[[policies.rules]]\naction = "accept"\n',
  );
  exchange.rib.setPolicies(policies);
  for (const id of [1, 2]) exchange.up(id);
  exchange.up(3, {
    export: ["not-7"],
    routeServerClient: true,
    exportSelection: "per-client",
    prefixesOut: { [v4]: { max: 1, action: "stop" } },
  });
  exchange.announce(1, wire({ communities: [7] }, [65001]), "10.0.0.0/8", "11.0.0.0/8");
  exchange.announce(3, wire({}, [65003]), "12.0.0.0/8");
  exchange.announce(2, wire({ med: 5 }, [65002, 65002]), "10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8");
  exchange.settle();
  const [sent] = exchange.receivers.get(3)!.keys;
  const rows = [...exchange.rib.advertised(3, { which: { kind: "all" }, states: "unwritten" })]
    .filter((row) => row !== undefined)
    .map(({ prefix, state, wire }) =>
      `${formatPrefix(prefix!)} ${state} ${wire === undefined ? "withdraw" : decodeAttributeSet(wire).med}`
    ).sort();
  assert.deepEqual(
    rows,
    ["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"].map((prefix) =>
      prefix === sent ? `${prefix} advertised 5` : `${prefix} waiting 5`
    ),
  );
});

Deno.test("while a change waits for the interval, a peer from another group or behind gets its own answer", () => {
  const exchange = new Exchange();
  const slowly = { ...all, advertisementIntervalMs: 5_000 };
  exchange.up(1);
  for (const id of [2, 3]) exchange.up(id, slowly);
  exchange.up(4, { export: "none" });
  for (const length of [1, 2, 3]) {
    exchange.announce(1, wire({}, Array.from({ length }, () => 65001)), "10.0.0.0/8");
    for (const id of length === 3 ? [] : [2, 4]) exchange.pull(id);
  }
  const interval = "min_route_advertisement_interval: 5 s";
  assert.deepEqual(said(exchange, 2), ["10.0.0.0/8 advertised", `10.0.0.0/8 waiting: ${interval}`]);
  assert.deepEqual(said(exchange, 3), ["10.0.0.0/8 waiting: the peer has not taken it yet"]);
  exchange.withdraw(1, "10.0.0.0/8");
  exchange.rib.updatePeer({ id: 4, address: Uint8Array.of(192, 0, 2, 4), ...slowly });
  exchange.rib.decide();
  assert.deepEqual(ask(exchange, 4, { kind: "all" }).found, []);
  exchange.now += 6_000;
  exchange.settle();
  for (const id of [2, 3, 4]) {
    assert.deepEqual(ask(exchange, id, { kind: "all" }).found, []);
    assert.deepEqual(exchange.receivers.get(id)!.keys, []);
  }
});

Deno.test("a route whose withdraw waits for the interval is still advertised, also once memory was given back", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, { ...all, advertisementIntervalMs: 60_000 });
  // The first change begins the interval.
  for (const community of [1, 2]) {
    exchange.announce(1, wire({ communities: [community] }, [65001]), "10.0.0.0/8");
    exchange.settle();
  }
  exchange.withdraw(1, "10.0.0.0/8");
  exchange.pull(2);
  exchange.rib.returnMemory();
  assert.deepEqual(ask(exchange, 2, { kind: "all" }).found, ["10.0.0.0/8"]);
  exchange.now += 60_000;
  exchange.settle();
  exchange.rib.returnMemory();
  assert.deepEqual(ask(exchange, 2, { kind: "all" }), { found: [], looks: 1 });
});
