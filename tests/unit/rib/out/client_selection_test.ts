/** RFC 7947 §2.3.2: what a client is advertised where the best route is not for it. */
import assert from "node:assert/strict";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { parsePrefix } from "../../../../src/types/mod.ts";
import { Exchange } from "../out_support.ts";
import { addPath, client, clientPolicies, one, policiesRejecting, two } from "../selection_support.ts";
import { v4, wire } from "../support.ts";

function server(): Exchange {
  const exchange = new Exchange();
  exchange.rib.setPolicies(clientPolicies);
  return exchange;
}

/** The shorter the path, the better. */
function path(exchange: Exchange, id: number, length: number, communities: number[], prefix = "10.0.0.0/8"): void {
  const asns = Array.from({ length }, () => 65000 + id);
  exchange.announce(id, wire({ communities }, asns), prefix);
}

/** What was said to the peer since, and what it holds. */
function heard(exchange: Exchange, id: number): { log: string[]; path: string | undefined } {
  exchange.settle();
  const receiver = exchange.receivers.get(id)!;
  return { log: receiver.log.splice(0).filter((line) => !line.startsWith("end")), path: receiver.path("10.0.0.0/8") };
}

Deno.test("RFC 7947 §2.3.2: if policy rejects the best route for a client, it gets the best accepted one", () => {
  const exchange = server();
  for (const id of [1, 2, 3]) exchange.up(id);
  exchange.up(4, client("not-1"));
  exchange.up(5, client("not-1", { exportSelection: "best" }));
  exchange.up(6, client("not-2"));
  path(exchange, 1, 1, [one]);
  path(exchange, 2, 2, [one]);
  path(exchange, 3, 3, []);
  assert.deepEqual(heard(exchange, 4), { log: ["+ 10.0.0.0/8"], path: "65003 65003 65003" });
  assert.deepEqual(heard(exchange, 5), { log: [], path: undefined }, "the best route or nothing");
  assert.deepEqual(heard(exchange, 6), { log: ["+ 10.0.0.0/8"], path: "65001" });
});

Deno.test("RFC 7947 §2.3.2: a client that joins later finds the same, before and after the table changes", () => {
  const exchange = server();
  for (const id of [1, 2]) exchange.up(id);
  path(exchange, 1, 1, [one]);
  path(exchange, 2, 2, []);
  exchange.up(4, client("not-1"));
  assert.deepEqual(heard(exchange, 4), { log: ["+ 10.0.0.0/8"], path: "65002 65002" });
  path(exchange, 1, 1, []);
  assert.deepEqual(heard(exchange, 4), { log: ["+ 10.0.0.0/8"], path: "65001" });
  path(exchange, 1, 1, [one]);
  assert.deepEqual(heard(exchange, 4), { log: ["+ 10.0.0.0/8"], path: "65002 65002" });
});

Deno.test("RFC 7947 §2.3.2: a client's own route is no candidate for it; others get the best, and only changes", () => {
  const exchange = server();
  for (const id of [1, 2, 3]) exchange.up(id, client("not-1"));
  exchange.up(4, client("not-1", { exportSelection: "best" }));
  path(exchange, 1, 1, []);
  assert.deepEqual([1, 2, 3, 4].map((id) => heard(exchange, id).path), [undefined, "65001", "65001", "65001"]);
  for (const id of [2, 3, 4]) heard(exchange, id);
  // Second best: news for the first one only.
  path(exchange, 2, 2, []);
  assert.deepEqual(heard(exchange, 1), { log: ["+ 10.0.0.0/8"], path: "65002 65002" });
  for (const id of [2, 3, 4]) assert.deepEqual(heard(exchange, id), { log: [], path: "65001" });
  // Rejected: the third comes in its place, and goes again.
  path(exchange, 3, 3, []);
  path(exchange, 2, 2, [one]);
  assert.deepEqual(heard(exchange, 1), { log: ["+ 10.0.0.0/8"], path: "65003 65003 65003" });
  exchange.withdraw(3, "10.0.0.0/8");
  assert.deepEqual(heard(exchange, 1), { log: ["- 10.0.0.0/8"], path: undefined });
  for (const id of [2, 3, 4]) assert.deepEqual(heard(exchange, id), { log: [], path: "65001" });
});

Deno.test("RFC 7947 §2.3.2: the peer that lost the best route gets the new one, and its rival a substitute", () => {
  const exchange = server();
  for (const id of [1, 2, 3]) exchange.up(id, client("not-1"));
  path(exchange, 1, 2, []);
  path(exchange, 2, 3, []);
  for (const id of [1, 2, 3]) heard(exchange, id);
  path(exchange, 2, 1, []);
  assert.deepEqual(heard(exchange, 1), { log: ["+ 10.0.0.0/8"], path: "65002" });
  assert.deepEqual(heard(exchange, 2), { log: ["+ 10.0.0.0/8"], path: "65001 65001" });
  assert.deepEqual(heard(exchange, 3), { log: ["+ 10.0.0.0/8"], path: "65002" });
  // It came and went before anybody read.
  path(exchange, 3, 1, [one], "11.0.0.0/8");
  path(exchange, 2, 1, [], "11.0.0.0/8");
  exchange.withdraw(2, "11.0.0.0/8");
  for (const id of [1, 2, 3]) assert.deepEqual(heard(exchange, id).log, []);
  // Nobody is withdrawn what it did not hold.
  exchange.withdraw(1, "10.0.0.0/8");
  assert.deepEqual(heard(exchange, 2), { log: ["- 10.0.0.0/8"], path: undefined });
  assert.deepEqual([heard(exchange, 1).log, heard(exchange, 3).log], [[], []]);
  exchange.withdraw(2, "10.0.0.0/8");
  assert.deepEqual([1, 2, 3].map((id) => heard(exchange, id).log), [["- 10.0.0.0/8"], [], ["- 10.0.0.0/8"]]);
});

Deno.test("RFC 7947 §2.3.2: a lost session, another policy or another selection is sent as the difference", () => {
  const exchange = server();
  for (const id of [1, 2, 3]) exchange.up(id, client("not-1"));
  path(exchange, 1, 1, []);
  path(exchange, 2, 2, [two]);
  path(exchange, 3, 3, []);
  assert.deepEqual([1, 2, 3].map((id) => heard(exchange, id).path), ["65002 65002", "65001", "65001"]);
  const address = (id: number) => Uint8Array.of(192, 0, 2, id);
  exchange.rib.updatePeer({ id: 1, address: address(1), ...client("not-2") });
  exchange.rib.decide();
  assert.deepEqual(heard(exchange, 1), { log: ["+ 10.0.0.0/8"], path: "65003 65003 65003" });
  exchange.rib.updatePeer({ id: 1, address: address(1), ...client("not-2", { exportSelection: "best" }) });
  exchange.rib.decide();
  assert.deepEqual(heard(exchange, 1), { log: ["- 10.0.0.0/8"], path: undefined });
  exchange.rib.updatePeer({ id: 1, address: address(1), ...client("not-1") });
  exchange.rib.decide();
  assert.deepEqual(heard(exchange, 1), { log: ["+ 10.0.0.0/8"], path: "65002 65002" });
  exchange.rib.setPolicies(policiesRejecting(["not-1", "65000:2"], ["not-2", "65000:2"]));
  exchange.rib.decide();
  assert.deepEqual(heard(exchange, 1), { log: ["+ 10.0.0.0/8"], path: "65003 65003 65003" });
  for (const id of [2, 3]) assert.deepEqual(heard(exchange, id), { log: [], path: "65001" });
  exchange.down(1);
  assert.deepEqual(heard(exchange, 2), { log: ["+ 10.0.0.0/8"], path: "65003 65003 65003" });
  assert.deepEqual(heard(exchange, 3), { log: ["- 10.0.0.0/8"], path: undefined }, "65000:2 is not for it");
});

Deno.test("an answer says why another route is advertised, or that no route may go to the peer", () => {
  const exchange = server();
  for (const id of [1, 2, 3]) exchange.up(id, client("not-1"));
  path(exchange, 1, 1, [one]);
  path(exchange, 2, 2, []);
  path(exchange, 3, 3, []);
  path(exchange, 1, 1, [one], "11.0.0.0/8");
  path(exchange, 3, 1, [], "12.0.0.0/8");
  exchange.settle();
  const reasons = (id: number, text: string) => {
    const which = { kind: "exact", prefix: parsePrefix(text)! } as const;
    return [...exchange.rib.advertised(id, { which, states: "unwritten" })].map((route) =>
      `${route!.state}: ${route!.reason ?? "the best route"}`
    );
  };
  const rejected = "policy not-1, rule 1 rejects it";
  assert.deepEqual(reasons(3, "10.0.0.0/8"), [`advertised: instead of the best route: ${rejected}`]);
  assert.deepEqual(reasons(1, "10.0.0.0/8"), ["advertised: instead of the best route: it is from this peer"]);
  assert.deepEqual(reasons(2, "11.0.0.0/8"), [`withheld: ${rejected}, and no other route is for this peer`]);
  assert.deepEqual(reasons(2, "12.0.0.0/8"), ["advertised: the best route"]);
});

Deno.test("an iBGP peer with per-client selection gets the best route that may go to it; without, nothing", () => {
  const exchange = server();
  exchange.up(1, {}, { internal: true });
  exchange.up(2);
  const internal: Partial<Negotiated> = { internal: true };
  exchange.up(3, { export: "all", exportSelection: "per-client" }, internal);
  exchange.up(4, { export: "all" }, internal);
  exchange.announce(1, wire({ localPref: 200 }, [7]), "10.0.0.0/8");
  exchange.announce(2, wire({}, [65002]), "10.0.0.0/8");
  assert.deepEqual([3, 4].map((id) => heard(exchange, id).path), ["65002", undefined]);
});

Deno.test("RFC 7911: the number of paths counts those that export lets through, and for a client not its own", () => {
  const exchange = server();
  for (const id of [1, 2, 3, 4]) exchange.up(id);
  const best = client("not-1", { exportSelection: "best", addPathSendMax: 2 });
  exchange.up(5, client("not-1", { addPathSendMax: 2 }), addPath);
  exchange.up(6, best, addPath);
  exchange.up(7, client("not-2", { addPathSendMax: 2 }), addPath);
  path(exchange, 1, 1, [one]);
  path(exchange, 2, 2, []);
  path(exchange, 3, 3, [one]);
  path(exchange, 4, 4, [two]);
  exchange.settle();
  const lengths = (id: number) => {
    const receiver = exchange.receivers.get(id)!;
    return receiver.keys.map((key) => receiver.path(key)!.split(" ").length).sort();
  };
  assert.deepEqual([5, 6, 7].map(lengths), [[2, 4], [2, 4], [1, 2]]);
  // The best of all is now one of 5, and another one of 6.
  exchange.announce(5, wire({}, [65005]), "10.0.0.0/8");
  exchange.announce(6, wire({}, [65006]), "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual([5, 6, 7].map(lengths), [[1, 2], [1], [1, 1]]);
});

Deno.test("a client with a limit of routes gets other ones for those that are not for it, and no more", () => {
  const exchange = server();
  for (const id of [1, 2]) exchange.up(id);
  exchange.up(3, client("not-1", { prefixesOut: { [v4]: { max: 2, action: "stop" } } }));
  for (const i of [0, 1, 2]) {
    path(exchange, 1, 1, [one], `10.${i}.0.0/16`);
    path(exchange, 2, 2, [], `10.${i}.0.0/16`);
    path(exchange, 3, 1, [], `10.${i}.0.0/16`);
  }
  exchange.settle();
  const receiver = exchange.receivers.get(3)!;
  assert.deepEqual(receiver.keys, ["10.0.0.0/16", "10.1.0.0/16"]);
  exchange.withdraw(2, "10.0.0.0/16");
  exchange.settle();
  assert.deepEqual(receiver.keys, ["10.1.0.0/16", "10.2.0.0/16"]);
});
