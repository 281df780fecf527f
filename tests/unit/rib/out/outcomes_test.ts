/**
 * What became of the routes of this speaker: to whom each went, to whom not, and why; and what the database hears of
 * it.
 */
import assert from "node:assert/strict";
import { emptyAttributeSet } from "../../../../src/message/mod.ts";
import type { Origination, Outcome, OutcomeChanges } from "../../../../src/rib/mod.ts";
import { familyMask, parsePrefix } from "../../../../src/types/mod.ts";
import { policyTable } from "../import_support.ts";
import { Exchange } from "../out_support.ts";
import { familyOf, v4, v6, wire } from "../support.ts";

function origination(
  prefix: string,
  peerId?: number,
  more: Partial<Origination["route"]["attributes"]> = {},
): Origination {
  const route = {
    family: familyOf(prefix),
    prefix: parsePrefix(prefix)!,
    attributes: { ...emptyAttributeSet(), ...more },
  };
  return { key: `${prefix}${peerId === undefined ? "" : ` to ${peerId}`}`, peerId, route };
}

function originate(exchange: Exchange, ...list: Origination[]): void {
  exchange.rib.originate(list);
  exchange.rib.decide();
}

function policy(name: string, action: "accept" | "reject") {
  return policyTable(`[[policies]]\nname = "${name}"\n[[policies.rules]]\nname = "every"\naction = "${action}"\n`);
}

/** As it is now: `3 withheld: why` of those that do not have it. */
function outcome(exchange: Exchange, of: Origination): { state: string; sentTo: number; peers: string[] } {
  const [found] = exchange.rib.outcomes([of]);
  const { state, sentTo, notSent, peers } = found!;
  assert.equal(peers, sentTo + notSent.length);
  return { state, sentTo, peers: lines({ peers: notSent }) };
}

function withoutSent({ peers, ...rest }: ReturnType<typeof outcome>): ReturnType<typeof outcome> {
  return { ...rest, peers: peers.filter((line) => !line.endsWith(" sent")) };
}

function lines({ peers }: Pick<Outcome, "peers">): string[] {
  return peers.map(({ peerId, state, reason }) => `${peerId} ${state}${reason === undefined ? "" : `: ${reason}`}`);
}

/** A database that asks until there is no more. */
class Database {
  readonly outcomes = new Map<number, Outcome>();
  readonly rows = new Map<string, number>();
  rowsWritten = 0;
  namesWritten = 0;

  pull(exchange: Exchange): this {
    let changes: OutcomeChanges;
    // What waits is looked at again after a while.
    exchange.now += 1_000;
    do {
      changes = exchange.rib.takeOutcomes(5);
      for (const { id, ...outcome } of changes.outcomes) {
        this.outcomes.set(id, outcome);
        this.namesWritten += outcome.peers.length;
      }
      changes.keys.forEach((key, i) => this.rows.set(key, changes.ids[i]!));
      this.rowsWritten += changes.keys.length;
      for (const id of changes.gone) assert.ok(this.outcomes.delete(id));
    } while (changes.more);
    return this;
  }

  /** What a row refers to, which has to be there. */
  of(key: string): { state: string; sentTo: number; peers: string[] } {
    const outcome = this.outcomes.get(this.rows.get(key)!)!;
    return { state: outcome.state, sentTo: outcome.sentTo, peers: lines(outcome) };
  }
}

Deno.test("a route goes to some sessions and not to others: each answer has its reason", () => {
  const exchange = new Exchange();
  exchange.rib.setPolicies(policy("no", "reject"));
  exchange.up(1);
  exchange.up(2, {}, { families: familyMask([v4]) });
  exchange.up(3, { export: ["no"] });
  exchange.up(4, {}, {}, { localAddressV6: undefined });
  exchange.up(5, {}, { addPathSend: familyMask([v4, v6]) });
  exchange.rib.addPeer({ id: 6, address: Uint8Array.of(192, 0, 2, 6) });
  const route = origination("2001:db8:2::/48");
  originate(exchange, route);
  exchange.settle();
  const expected = {
    state: "announced",
    sentTo: 2,
    peers: [
      "1 sent",
      "2 withheld: ipv6 unicast is not negotiated",
      "3 withheld: policy no, rule every rejects it",
      "4 withheld: no IPv6 address for next hop self; give the route a next hop, or the peer next_hop_ipv6",
      "5 sent",
      "6 down: no session",
    ],
  };
  assert.deepEqual(outcome(exchange, route), withoutSent(expected));
  assert.deepEqual(new Database().pull(exchange).of(route.key), expected);
  for (const id of [1, 5]) assert.equal(exchange.receivers.get(id)!.table.size, 1);
  for (const id of [2, 3, 4]) assert.equal(exchange.receivers.get(id)!.table.size, 0);
});

Deno.test("a route is withheld if every session is; pending without a session, or until a peer reads", () => {
  const exchange = new Exchange();
  const route = origination("2001:db8:2::/48");
  const database = new Database();
  originate(exchange, route);
  assert.deepEqual(outcome(exchange, route), { state: "pending", sentTo: 0, peers: [] });
  exchange.up(1, {}, { families: familyMask([v4]) });
  assert.equal(outcome(exchange, route).state, "withheld");
  assert.equal(database.pull(exchange).of(route.key).state, "withheld");
  exchange.up(2);
  assert.deepEqual(outcome(exchange, route).peers[1], "2 waiting: the peer has not taken it yet");
  assert.equal(database.pull(exchange).of(route.key).state, "pending");
  exchange.settle();
  assert.deepEqual([database.pull(exchange).of(route.key).state, database.of(route.key).sentTo], ["announced", 1]);
  exchange.down(2);
  assert.deepEqual(database.pull(exchange).of(route.key).peers[1], "2 down: no session");
  assert.equal(database.of(route.key).state, "withheld");
});

Deno.test("a route for one peer has its own outcome; one for all is withheld where that route replaces it", () => {
  const exchange = new Exchange();
  exchange.up(1);
  exchange.up(2, {}, { families: familyMask([v4]) });
  const all = origination("10.0.0.0/8");
  const one = origination("10.0.0.0/8", 1);
  const other = origination("2001:db8::/32", 2);
  const long = origination("11.0.0.0/8", 1, { unknown: [{ code: 200, flags: 0xc0, value: new Uint8Array(4_100) }] });
  const nobody = origination("12.0.0.0/8", 7);
  originate(exchange, all, one, other, long, nobody);
  assert.deepEqual(outcome(exchange, one).peers, ["1 waiting: the peer has not taken it yet"]);
  exchange.settle();
  assert.deepEqual(outcome(exchange, one), { state: "announced", sentTo: 1, peers: [] });
  assert.deepEqual(outcome(exchange, all).peers, ["1 withheld: a route announced only to this peer takes precedence"]);
  assert.deepEqual(outcome(exchange, other).peers, ["2 withheld: ipv6 unicast is not negotiated"]);
  assert.deepEqual(outcome(exchange, long), {
    state: "withheld",
    sentTo: 0,
    peers: ["1 withheld: its attributes leave no room for it in a message of this session"],
  });
  assert.deepEqual(outcome(exchange, nobody), { state: "pending", sentTo: 0, peers: ["7 down: no session"] });
});

Deno.test("a waiting route says what it waits for: interval, max_prefixes_out, tables after a restart", () => {
  const exchange = new Exchange({ deferred: familyMask([v6]) });
  exchange.up(1, { advertisementIntervalMs: 20_000 });
  exchange.up(2, { prefixesOut: { [v4]: { max: 1, action: "stop" } } });
  exchange.settle();
  originate(exchange, origination("10.0.0.0/8"));
  exchange.settle();
  const [second, deferred] = [origination("11.0.0.0/8"), origination("2001:db8::/32")];
  originate(exchange, second, deferred);
  exchange.settle();
  const database = new Database().pull(exchange);
  const expected = ["1 waiting: min_route_advertisement_interval", "2 waiting: max_prefixes_out = 1 is reached"];
  assert.deepEqual(outcome(exchange, second).peers, expected);
  assert.deepEqual(database.of(second.key), { state: "pending", sentTo: 0, peers: expected });
  const why = "bgpd has restarted and waits for the tables of its peers (RFC 4724 §4.1)";
  assert.deepEqual(outcome(exchange, deferred).peers, [`1 waiting: ${why}`, `2 waiting: ${why}`]);
  exchange.now += 20_000;
  exchange.rib.select(familyMask([v6]));
  exchange.rib.decide();
  exchange.settle();
  assert.deepEqual(database.pull(exchange).of(second.key).peers[0], "1 sent");
  assert.deepEqual(database.of(deferred.key).sentTo, 2);
  exchange.rib.unoriginate(["10.0.0.0/8"]);
  exchange.rib.decide();
  exchange.settle();
  assert.equal(database.pull(exchange).of(second.key).sentTo, 2, "there was room again");
});

Deno.test("other policies are other outcomes", () => {
  const exchange = new Exchange();
  exchange.rib.setPolicies(policy("out", "accept"));
  exchange.up(1, { export: ["out"] });
  const route = origination("10.0.0.0/8");
  originate(exchange, route);
  exchange.settle();
  const database = new Database().pull(exchange);
  assert.equal(database.of(route.key).state, "announced");
  exchange.rib.setPolicies(policy("out", "reject"));
  database.pull(exchange);
  exchange.rib.decide();
  exchange.settle();
  assert.deepEqual(database.pull(exchange).of(route.key).peers, ["1 withheld: policy out, rule every rejects it"]);
});

Deno.test("100,000 routes, 100 peers: a few outcomes; a session up or down writes names, not routes", () => {
  const exchange = new Exchange();
  const list = Array.from(
    { length: 100_000 },
    (_, i) => origination(`${10 + (i >> 16)}.${i >> 8 & 255}.${i & 255}.0/24`),
  );
  for (let id = 1; id <= 100; id++) exchange.up(id, {}, id % 2 === 0 ? { families: familyMask([v6]) } : {});
  /** What is written is not looked at here. */
  const settle = () => {
    for (let id = 1; id <= 100; id++) while (exchange.rib.pull(id, exchange.epochOf(id), 1 << 20) !== undefined);
  };
  originate(exchange, ...list);
  settle();
  const began = performance.now();
  const database = new Database().pull(exchange);
  const tookMs = performance.now() - began;
  assert.deepEqual([database.rows.size, database.outcomes.size], [100_000, 1]);
  const { state, sentTo, peers } = database.of(list[77]!.key);
  assert.deepEqual([state, sentTo, peers.length], ["announced", 50, 100]);
  database.rowsWritten = database.namesWritten = 0;
  exchange.down(1);
  assert.equal(database.pull(exchange).of(list[77]!.key).sentTo, 49);
  exchange.up(1);
  assert.equal(database.pull(exchange).of(list[77]!.key).sentTo, 49, "it has not read yet");
  settle();
  assert.equal(database.pull(exchange).of(list[77]!.key).sentTo, 50);
  assert.deepEqual([database.rowsWritten, database.namesWritten <= 600], [0, true]);
  exchange.rib.unoriginate(list.map(({ key }) => key));
  exchange.rib.decide();
  assert.equal(database.pull(exchange).outcomes.size, 0);
  assert.ok(tookMs < 5_000, `${tookMs} ms`);
});

Deno.test("a lost database gets everything again, and so does a key that comes back, even if nothing changed", () => {
  const exchange = new Exchange();
  exchange.up(1);
  const [first, second] = [origination("10.0.0.0/8"), origination("11.0.0.0/8", 1)];
  originate(exchange, first, second);
  exchange.settle();
  const before = new Database().pull(exchange);
  exchange.rib.storeLost();
  const after = new Database().pull(exchange);
  assert.deepEqual([...after.rows].sort(), [...before.rows].sort());
  assert.deepEqual(after.of(first.key), before.of(first.key));
  after.rowsWritten = 0;
  originate(exchange, first);
  exchange.settle();
  assert.equal(after.pull(exchange).rowsWritten, 1);
});

Deno.test("RFC 7947 §2.3.2: a client that is advertised another route in the place of ours does not have ours", () => {
  const exchange = new Exchange();
  exchange.rib.setPolicies(
    policyTable(
      '[[policies]]\nname = "not-7"\n' +
        '[[policies.rules]]\nname = "seven"\nmatch = { community = "0:7" }\naction = "reject"\n' +
        '[[policies.rules]]\nname = "rest"\naction = "accept"\n',
    ),
  );
  exchange.up(1);
  const client = { export: ["not-7"], routeServerClient: true, exportSelection: "per-client" } as const;
  exchange.up(2, client);
  exchange.up(3, client);
  const ours = origination("10.0.0.0/8", undefined, { communities: [7] });
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  exchange.announce(3, wire({}, [65003, 65003]), "10.0.0.0/8");
  originate(exchange, ours);
  exchange.settle();
  assert.equal(exchange.receivers.get(2)!.path("10.0.0.0/8"), "65001");
  const why = "policy not-7, rule seven rejects it, and another route goes in its place";
  const found = outcome(exchange, ours);
  assert.deepEqual(found, { state: "announced", sentTo: 1, peers: [`2 withheld: ${why}`, `3 withheld: ${why}`] });
  exchange.withdraw(1, "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual(outcome(exchange, ours).peers, [
    `2 withheld: ${why}`,
    "3 withheld: policy not-7, rule seven rejects it, and no other route is for this peer",
  ]);
});
