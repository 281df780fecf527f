/** Questions about Adj-RIB-Out: what they cost, and that they change nothing. */
import assert from "node:assert/strict";
import type { AdvertisedQuestion } from "../../../src/rib/mod.ts";
import { familyMask, formatPrefix, parseAddress, parsePrefix } from "../../../src/types/mod.ts";
import { Exchange } from "./out_support.ts";
import { v4, wire } from "./support.ts";

const all = { export: "all" } as const;

function table(count: number): string[] {
  return Array.from({ length: count }, (_, i) => `${20 + (i >> 16)}.${i >> 8 & 255}.${i & 255}.0/24`);
}

/** The prefixes of the answer, and how many looks it took. */
function ask(exchange: Exchange, id: number, question: AdvertisedQuestion): { found: string[]; looks: number } {
  const looks = [...exchange.rib.advertised(id, question)];
  const rows = looks.filter((row) => row !== undefined);
  return {
    found: rows.map(({ prefix, pathId }) => formatPrefix(prefix) + (pathId === -1 ? "" : ` [${pathId}]`)),
    looks: looks.length,
  };
}

const exact = (prefix: string) => ({ kind: "exact", prefix: parsePrefix(prefix)! }) as const;
const covering = (address: string) => ({ kind: "covering", address: parseAddress(address)! }) as const;

Deno.test("one advertised prefix, and those that hold an address, are look-ups: they take as many looks in a large table as in a small one", () => {
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

Deno.test("of several paths of a prefix (RFC 7911) a look-up gives those that go out, and not the peer's own", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, all, { addPathSend: familyMask([v4]) });
  exchange.up(3);
  for (const id of [1, 2, 3]) exchange.announce(id, wire({}, [65000 + id]), "10.0.0.0/8");
  exchange.settle();
  assert.equal(ask(exchange, 2, exact("10.0.0.0/8")).found.length, 2);
});

Deno.test("who asks before the peer has read anything gets the table that will be told, and nothing is kept for it", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.announce(1, wire({}, [65001]), ...table(5_000));
  exchange.up(2, all);
  const before = exchange.rib.memory();
  assert.equal(ask(exchange, 2, { kind: "all" }).found.length, 5_000);
  assert.deepEqual(ask(exchange, 2, exact("20.0.7.0/24")).found, ["20.0.7.0/24"]);
  assert.deepEqual([exchange.rib.memory().sets, exchange.rib.memory().outBytes], [before.sets, before.outBytes]);
  exchange.settle();
  assert.equal(exchange.receivers.get(2)!.table.size, 5_000);
});
