/** max_prefixes_out: how many routes a peer receives, which wait, and what is reported. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import type { PrefixesOut } from "../../../../src/rib/out/out_limit.ts";
import type { RibFact } from "../../../../src/rib/mod.ts";
import { emptyAttributeSet } from "../../../../src/message/mod.ts";
import { familyMask, parsePrefix } from "../../../../src/types/mod.ts";
import { Exchange } from "../out_support.ts";
import { v4, wire } from "../support.ts";

const prefix = (i: number) => `10.${i}.0.0/16`;
const prefixes = (count: number) => Array.from({ length: count }, (_, i) => prefix(i));

function world(action: PrefixesOut["action"], max = 3, context = {}) {
  const exchange = new Exchange();
  const limited = exchange.up(2, { export: "all", prefixesOut: { [v4]: { max, action } } }, context);
  const other = exchange.up(3, { export: "all" });
  exchange.up(1);
  return { exchange, limited, other };
}

const announced = (exchange: Exchange, ...names: string[]) => {
  exchange.announce(1, wire({}, [65001]), ...names);
  exchange.settle();
};
const facts = (exchange: Exchange): RibFact[] => exchange.rib.takeFacts();

for (const context of [{}, { addPathSend: familyMask([v4]) }]) {
  const kind = "addPathSend" in context ? " (ADD-PATH)" : "";
  Deno.test(`max_prefixes_out = stop: no route above the limit for this peer; a withdraw makes room${kind}`, () => {
    const { exchange, limited, other } = world("stop", 3, context);
    announced(exchange, ...prefixes(5));
    assert.equal(limited.keys.length, 3);
    assert.equal(other.keys.length, 5);
    assert.deepEqual(facts(exchange).map((fact) => fact.kind === "note" ? fact.text : fact.kind), [
      "more than 3 routes of ipv4 unicast to announce (max_prefixes_out): the others wait until there is room",
    ]);
    const [gone] = limited.keys;
    exchange.withdraw(1, gone!.replace(/#.*/, ""));
    exchange.settle();
    assert.equal(limited.keys.length, 3);
    assert.ok(!limited.keys.includes(gone!));
    assert.deepEqual(exchange.advertised(2).size, 3);
  });
}

Deno.test("max_prefixes_out, negative: as many as the limit allows are advertised, and nothing is reported", () => {
  const { exchange, limited } = world("stop");
  announced(exchange, ...prefixes(3));
  announced(exchange, prefix(0));
  assert.equal(limited.keys.length, 3);
  assert.deepEqual(facts(exchange), []);
});

Deno.test("max_prefixes_out = warn: all are advertised; each time the limit is exceeded it is reported once", () => {
  const { exchange, limited } = world("warn");
  announced(exchange, ...prefixes(6));
  assert.equal(limited.keys.length, 6);
  assert.equal(facts(exchange).length, 1);
  exchange.withdraw(1, ...prefixes(5));
  exchange.settle();
  announced(exchange, ...prefixes(5));
  assert.equal(facts(exchange).length, 1);
});

Deno.test("RFC 4486 §4: max_prefixes_out = shutdown ends the session with Administrative Shutdown for good", () => {
  const { exchange, limited } = world("shutdown");
  announced(exchange, ...prefixes(4));
  assert.equal(limited.keys.length, 3, "never more than may be");
  const [fact] = facts(exchange);
  assert.ok(fact?.kind === "sessionReset");
  assert.deepEqual([fact.notification.code, fact.notification.subcode, fact.restart], [6, 2, { kind: "never" }]);
});

for (const context of [{}, { addPathSend: familyMask([v4]) }]) {
  const kind = "addPathSend" in context ? " (ADD-PATH)" : "";
  Deno.test(`max_prefixes_out: routes for this peer only count, and are advertised in any case${kind}`, () => {
    const { exchange, limited } = world("stop", 3, context);
    const table = () => limited.keys.filter((key) => key.startsWith("10."));
    announced(exchange, ...prefixes(5));
    const own = (...names: string[]) =>
      names.map((name) => ({ family: v4, prefix: parsePrefix(name)!, attributes: emptyAttributeSet() }));
    const peer = {
      id: 2,
      address: Uint8Array.of(192, 0, 2, 2),
      export: "all",
      prefixesOut: { [v4]: { max: 3, action: "stop" } },
    } as const;
    const change = (...names: string[]) => {
      exchange.rib.updatePeer({ ...peer, originated: own(...names) });
      while (exchange.rib.decide());
      exchange.settle();
      return [limited.keys.length, table().length];
    };
    assert.deepEqual(change("0.0.0.0/0"), [3, 2]);
    assert.deepEqual(change("0.0.0.0/0", "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8"), [4, 0]);
    assert.deepEqual(change(), [3, 3]);
  });
}

Deno.test("max_prefixes_out: other rules withdraw no route in favour of another, and the limit always holds", () => {
  const { exchange, limited } = world("stop");
  announced(exchange, ...prefixes(5));
  // The first in order of the table is the last one now.
  exchange.withdraw(1, prefix(0));
  exchange.settle();
  announced(exchange, prefix(0));
  const held = limited.keys;
  const change = (max: number, more: object) => {
    const prefixesOut = { [v4]: { max, action: "stop" } } as const;
    const from = limited.log.length;
    let most = held.length, count = limited.keys.length;
    exchange.rib.updatePeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), export: "all", prefixesOut, ...more });
    while (exchange.rib.decide());
    const before = new Set(limited.keys);
    exchange.settle();
    for (const line of limited.log.slice(from)) {
      const key = line.slice(2);
      if (line.startsWith("-")) before.delete(key);
      else before.add(key);
      count = before.size;
      most = Math.max(most, count);
    }
    return [most, count];
  };
  assert.deepEqual(change(3, { nextHop: "unchanged" }), [3, 3]);
  assert.deepEqual(limited.keys, held);
  const attributes = emptyAttributeSet();
  const originated = [{ family: v4, prefix: parsePrefix("9.0.0.0/8")!, attributes }];
  assert.deepEqual(change(3, { originated }), [3, 3], "one of its own: another one goes first");
});

Deno.test("a limit that changes at run time: the difference is sent", () => {
  const { exchange, limited } = world("stop");
  announced(exchange, ...prefixes(5));
  const peer = { id: 2, address: Uint8Array.of(192, 0, 2, 2), export: "all" } as const;
  exchange.rib.updatePeer({ ...peer, prefixesOut: { [v4]: { max: 4, action: "stop" } } });
  exchange.settle();
  assert.equal(limited.keys.length, 4);
  exchange.rib.updatePeer(peer);
  exchange.settle();
  assert.equal(limited.keys.length, 5);
  exchange.rib.updatePeer({ ...peer, prefixesOut: { [v4]: { max: 1, action: "stop" } } });
  exchange.settle();
  assert.equal(limited.keys.length, 1);
});

Deno.test("a table that is there when the peer comes is limited too; its own routes do not count", () => {
  const exchange = new Exchange();
  exchange.up(1);
  announced(exchange, ...prefixes(5));
  const limited = exchange.up(2, { export: "all", prefixesOut: { [v4]: { max: 2, action: "stop" } } });
  exchange.announce(2, wire({}, [65002]), "11.0.0.0/8", "12.0.0.0/8", "13.0.0.0/8");
  exchange.settle();
  assert.equal(limited.keys.length, 2);
});

Deno.test("whatever comes and goes: the peer holds as many routes as there are, up to the limit", () => {
  const step = fc.tuple(fc.boolean(), fc.nat(7));
  fc.assert(fc.property(fc.array(step, { maxLength: 40 }), fc.integer({ min: 1, max: 5 }), (steps, max) => {
    const { exchange, limited, other } = world("stop", max);
    for (const [comes, i] of steps) {
      if (comes) exchange.announce(1, wire({}, [65001]), prefix(i));
      else exchange.withdraw(1, prefix(i));
      exchange.settle();
      assert.equal(limited.keys.length, Math.min(max, other.keys.length));
    }
  }));
});

Deno.test("max_prefixes_out: a route of the peer's own counts once another peer's route takes its place", () => {
  const { exchange, limited } = world("stop");
  exchange.announce(2, wire({}, [65002, 65009]), ...prefixes(5));
  exchange.settle();
  assert.equal(limited.keys.length, 0, "it does not receive its own route");
  announced(exchange, ...prefixes(5));
  assert.equal(limited.keys.length, 3);
  exchange.withdraw(2, ...prefixes(5));
  exchange.withdraw(1, prefix(0));
  exchange.settle();
  assert.equal(limited.keys.length, 3);
});

Deno.test("max_prefixes_out: several that go at once make room for as many", () => {
  const { exchange, limited } = world("stop");
  announced(exchange, ...prefixes(6));
  exchange.withdraw(1, ...limited.keys.map((key) => key.replace(/#.*/, "")));
  exchange.settle();
  assert.equal(limited.keys.length, 3);
});

Deno.test("max_prefixes_out: a waiting route that became the peer's own holds up no other", () => {
  const { exchange, limited } = world("stop");
  exchange.announce(1, wire({}, [65001, 65009]), ...prefixes(5));
  exchange.settle();
  const advertised = limited.keys.map((key) => key.replace(/#.*/, ""));
  const [waiting] = prefixes(5).filter((each) => !advertised.includes(each));
  exchange.announce(2, wire({}, [65002]), waiting!);
  exchange.settle();
  exchange.withdraw(1, advertised[0]!);
  exchange.settle();
  assert.equal(limited.keys.length, 3);
});

Deno.test("max_prefixes_out: room offered to a route that is withdrawn at the same time goes to another", () => {
  const { exchange, limited } = world("stop", 1);
  announced(exchange, ...prefixes(4));
  const [advertised] = limited.keys;
  const others = prefixes(4).filter((each) => !advertised!.startsWith(each));
  exchange.withdraw(1, advertised!.replace(/#.*/, ""), ...others.slice(0, 2));
  exchange.settle();
  assert.deepEqual(limited.keys.map((key) => key.replace(/#.*/, "")), others.slice(2));
});

for (const comesLast of [true, false]) {
  Deno.test(`max_prefixes_out: the set of a waiting route is not kept${comesLast ? ", peer joins last" : ""}`, () => {
    const exchange = new Exchange({ historyRows: 0 });
    const limit = { export: "all", prefixesOut: { [v4]: { max: 1, action: "stop" } } } as const;
    if (!comesLast) exchange.up(2, limit);
    exchange.up(1);
    announced(exchange, prefix(0));
    for (let i = 1; i < 5; i++) exchange.announce(1, wire({ communities: [i] }, [65001]), prefix(i));
    if (comesLast) exchange.up(2, limit);
    exchange.settle();
    assert.equal(exchange.rib.memory().sets, 5 + 1, "five received, one advertised");
    for (let i = 0; i < 5; i++) exchange.withdraw(1, prefix(i));
    exchange.settle();
    assert.equal(exchange.rib.memory().sets, 0);
  });
}
