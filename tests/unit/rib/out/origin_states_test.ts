/** States of origins that routes tell internal peers (RFC 8097), and states of routes that leave (RFC 8893). */

import assert from "node:assert/strict";
import { encodeAttributeSet, formatExtCommunity, parseExtCommunity } from "../../../../src/message/mod.ts";
import { Ovs, ovsOf, VrpRecords } from "../../../../src/rpki/mod.ts";
import { parsePrefix } from "../../../../src/types/mod.ts";
import { policyTable } from "../import_support.ts";
import { Exchange, type Receiver } from "../out_support.ts";
import { announce, attributes } from "../support.ts";

const prefix = "192.0.2.0/24";

/** The RIB has a VRP for the prefix and this origin. */
function know(exchange: Exchange, asn: number): void {
  const records = new VrpRecords();
  records.pushVrp({ prefix: parsePrefix(prefix)!, maxLength: 24, asn }, true);
  exchange.rib.changeRpki({ kind: "records", source: "caches", vrps: records.take(), aspas: [] });
  exchange.rib.changeRpki({ kind: "end", source: "caches" });
  while (exchange.rib.decide());
  exchange.settle();
}

function send(exchange: Exchange, id: number, path: readonly number[], ...communities: string[]): void {
  const extCommunities = communities.map((text) => parseExtCommunity(text)!);
  const context = exchange.contexts.get(id)!;
  const set = attributes({ extCommunities, ...context.internal ? { localPref: 100 } : {} }, [...path]);
  exchange.send(id, announce(context, encodeAttributeSet(set), prefix));
  exchange.settle();
}

const communities = (receiver: Receiver) => receiver.attributes(prefix)?.extCommunities.map(formatExtCommunity);

const state = (exchange: Exchange, peerId: number) =>
  ovsOf([...exchange.rib.dump()].find((row) => row.peerId === peerId)!.validity);

/** An external peer 1, and internal ones: 2 gets states, 3 is not. */
function edge() {
  const exchange = new Exchange();
  exchange.up(1, {});
  const informed = exchange.up(2, { sendsOriginStates: true, export: "all" }, { internal: true });
  const others = exchange.up(3, { export: "all" }, { internal: true });
  return { exchange, informed, others };
}

Deno.test("RFC 8097 §2: a route tells an internal peer the state of its origin, and changes with it", () => {
  const { exchange, informed, others } = edge();
  send(exchange, 1, [65001], "rt:65000:1");
  assert.deepEqual(communities(informed), ["rt:65000:1"], "no data, no state");
  know(exchange, 65001);
  assert.deepEqual(communities(informed)?.toSorted(), ["ovs:valid", "rt:65000:1"]);
  assert.deepEqual(communities(others), ["rt:65000:1"], "negative: a peer that is not to get it");
  send(exchange, 1, [65001, 65009]);
  assert.deepEqual(communities(informed), ["ovs:invalid"]);
  assert.deepEqual(communities(others), []);
});

Deno.test("RFC 8097 §2: no state leaves the AS; that of an external peer is neither heeded nor passed on", () => {
  const { exchange, informed, others } = edge();
  const outside = exchange.up(4, { export: "all", sendsOriginStates: true });
  send(exchange, 1, [65001], "ovs:valid", "rt:65000:1");
  assert.deepEqual(communities(informed), ["rt:65000:1"]);
  assert.deepEqual(communities(others), ["rt:65000:1"]);
  know(exchange, 65009);
  assert.equal(state(exchange, 1), Ovs.invalid);
  assert.deepEqual(communities(informed)?.toSorted(), ["ovs:invalid", "rt:65000:1"], "only one of them");
  assert.deepEqual(communities(outside), ["rt:65000:1"]);
});

Deno.test("RFC 8097 §2: what an internal peer tells is heeded where asked for, also without data", () => {
  const exchange = new Exchange();
  exchange.up(1, { acceptsOriginStates: true, routeReflectorClient: true }, { internal: true });
  exchange.up(2, { routeReflectorClient: true }, { internal: true });
  const client = exchange.up(3, { export: "all", routeReflectorClient: true }, { internal: true });
  send(exchange, 1, [65001], "ovs:invalid");
  send(exchange, 2, [65001], "ovs:invalid");
  assert.equal(state(exchange, 1), Ovs.invalid);
  assert.equal(state(exchange, 2), Ovs.none, "negative: it was not asked for");
  assert.deepEqual(communities(client), ["ovs:invalid"]);
  know(exchange, 65001);
  assert.equal(state(exchange, 1), Ovs.invalid, "the peer knows better");
  assert.equal(state(exchange, 2), Ovs.valid);
  send(exchange, 1, [65001], "ovs:not-found", "ovs:invalid");
  assert.equal(state(exchange, 1), Ovs.invalid, "of several, the greatest value counts");
  send(exchange, 1, [65001]);
  assert.equal(state(exchange, 1), Ovs.valid, "a route that tells nothing is validated here");
});

Deno.test("RFC 8893 §4: on export, a policy sees the origin of the path as it leaves", () => {
  const noInvalid = '[[policies]]\nname = "no-invalid"\n[[policies.rules]]\nmatch = { ovs = "invalid" }\n' +
    'action = "reject"\n[[policies.rules]]\naction = "accept"\n';
  const exchange = new Exchange();
  exchange.rib.setPolicies(policyTable(noInvalid));
  exchange.up(1, {});
  const by = { export: ["no-invalid"] };
  const plain = exchange.up(2, by);
  const without = exchange.up(3, { ...by, removePrivateAs: "all" });
  const replaced = exchange.up(4, { ...by, removePrivateAs: "replace" });
  const overridden = exchange.up(5, { ...by, asOverride: true }, { remoteAsn: 64999 });
  const receivers = { plain, without, replaced, overridden };
  const gets = () => Object.entries(receivers).filter(([, each]) => each.keys.length > 0).map(([name]) => name);
  know(exchange, 65000);
  send(exchange, 1, [3320, 64999]);
  // The last AS is private: without it, 3320 is the origin; replaced, it is ours, as RFC 6811 allows it.
  assert.deepEqual(gets(), ["replaced", "overridden"]);
  assert.deepEqual([replaced.path(prefix), overridden.path(prefix)], ["65000 3320 65000", "65000 3320 65000"]);
  send(exchange, 1, [3320, 64998]);
  assert.deepEqual(gets(), ["replaced"], "negative: nothing is overridden now");
  const others = new Exchange();
  others.rib.setPolicies(policyTable(noInvalid));
  others.up(1, {});
  const stripped = others.up(2, { ...by, removePrivateAs: "all" });
  know(others, 3320);
  send(others, 1, [3320, 64999]);
  assert.equal(stripped.path(prefix), "65000 3320", "without the private AS, the origin is valid");
});
