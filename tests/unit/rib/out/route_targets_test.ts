/** Route target membership on export (RFC 4684). */

import assert from "node:assert/strict";
import { encodeNlriValue, parseExtCommunity, withNlriValue } from "../../../../src/message/mod.ts";
import { RouteTargets } from "../../../../src/rib/out/export/route_targets.ts";
import type { RibOptions } from "../../../../src/rib/mod.ts";
import { type FamilyId, familyMask, RTC } from "../../../../src/types/mod.ts";
import { attribute, update } from "../../message/updates.ts";
import { Exchange } from "../out_support.ts";
import { announceNlri, keyOf, wire, withdrawNlri } from "../support.ts";

const vpn: FamilyId = 7;
const families = familyMask([1, vpn, RTC]);
const internal = { internal: true, families };

const tagged = (...targets: string[]) =>
  wire({ extCommunities: targets.map((text) => parseExtCommunity(text)!), localPref: 100 }, []);
const labeled = (...targets: string[]) => withNlriValue(tagged(...targets), encodeNlriValue({ labels: [0x101] }));

/** A reflector with a client that has three VPN routes, and another client. */
function reflector(context: typeof internal = internal, options: Partial<RibOptions> = {}) {
  const exchange = new Exchange(options);
  exchange.up(1, { routeReflectorClient: true }, internal);
  const receiver = exchange.up(2, { routeReflectorClient: true, export: "all" }, context);
  const from = exchange.contexts.get(1)!;
  exchange.send(1, announceNlri(from, labeled("rt:65000:1"), vpn, "65000:1 192.0.2.0/24"));
  exchange.send(1, announceNlri(from, labeled("rt:65000:2", "rt:65000:3"), vpn, "65000:2 192.0.2.0/24"));
  exchange.send(1, announceNlri(from, labeled(), vpn, "65000:3 192.0.2.0/24"));
  exchange.settle();
  const want = (...texts: string[]) =>
    exchange.send(2, announceNlri(exchange.contexts.get(2)!, tagged(), RTC, ...texts));
  const routes = () => {
    exchange.settle();
    return receiver.keys.filter((key) => key.includes("/24")).map((key) => key.split(" ")[0]);
  };
  return { exchange, receiver, want, routes };
}

Deno.test("RFC 4684 §3: a peer gets the VPN routes whose route targets it wants, and loses the others", () => {
  const { exchange, want, routes } = reflector();
  assert.deepEqual(routes(), [], "before it says what it wants, nothing");
  want("65000 rt:65000:3");
  assert.deepEqual(routes(), ["65000:2"]);
  want("65000 rt:65000:1");
  assert.deepEqual(routes(), ["65000:1", "65000:2"]);
  exchange.send(2, withdrawNlri(exchange.contexts.get(2)!, RTC, "65000 rt:65000:3"));
  assert.deepEqual(routes(), ["65000:1"]);
});

Deno.test("a peer that wants other routes all the time is served for a part of the time", () => {
  let time = 0;
  const { exchange, want, routes } = reflector(internal, { monotonic: () => ++time });
  want("65000 rt:65000:3");
  assert.deepEqual(routes(), ["65000:2"]);
  time += 1000;
  want("65000 rt:65000:2");
  want("65000 rt:65000:1");
  assert.deepEqual([exchange.rib.awaitsChecks, routes()], [true, ["65000:2"]]);
  time += 1000;
  exchange.rib.decide();
  assert.deepEqual([exchange.rib.awaitsChecks, routes()], [false, ["65000:1", "65000:2"]]);
});

Deno.test("rfc7606#2 a peer whose memberships cannot be read wants nothing from then on", () => {
  const { exchange, want, routes } = reflector();
  want("65000 rt:65000:3");
  assert.deepEqual(routes(), ["65000:2"]);
  const broken = update({ attributes: [attribute(15, "0001 84 07 00", 0x80)] });
  const facts = exchange.rib.ingest(2, exchange.epochOf(2), broken);
  assert.deepEqual(facts.map((fact) => fact.kind === "fault" && fact.fault.action), ["familyDisable"]);
  exchange.rib.decide();
  assert.deepEqual(routes(), []);
});

Deno.test("RFC 4684 §4: the default route target wants every route, also one without route targets", () => {
  const { want, routes } = reflector();
  want("default");
  assert.deepEqual(routes(), ["65000:1", "65000:2", "65000:3"]);
});

Deno.test("a peer that did not negotiate the family gets every VPN route", () => {
  const { routes } = reflector({ internal: true, families: familyMask([1, vpn]) });
  assert.deepEqual(routes(), ["65000:1", "65000:2", "65000:3"]);
});

Deno.test("a peer that negotiated the family is asked for every route once, which covers what other peers want", () => {
  const { exchange, receiver, want } = reflector();
  exchange.send(1, announceNlri(exchange.contexts.get(1)!, tagged(), RTC, "65000 rt:65000:9"));
  exchange.settle();
  want("65000 rt:65000:1");
  exchange.settle();
  assert.deepEqual(receiver.log.filter((line) => / default|rt:/.test(line)), ["+ default"]);
  assert.deepEqual(receiver.attributes("default")!.nextHop, Uint8Array.of(192, 0, 2, 100));
});

Deno.test("routes of other families need no route target", () => {
  const { exchange, receiver } = reflector();
  exchange.announce(1, tagged(), "198.51.100.0/24");
  exchange.settle();
  assert.ok(receiver.keys.includes("198.51.100.0/24"));
});

Deno.test("what was wanted before a restart of the peer counts while its routes are retained", () => {
  const { exchange, want } = reflector();
  want("65000 rt:65000:1");
  exchange.settle();
  exchange.down(2, families);
  const again = exchange.up(2, { routeReflectorClient: true, export: "all" }, internal, {}, families);
  exchange.settle();
  assert.ok(again.keys.includes("65000:1 192.0.2.0/24"));
  const lost = exchange.up(2, { routeReflectorClient: true, export: "all" }, internal);
  exchange.settle();
  assert.ok(!lost.keys.includes("65000:1 192.0.2.0/24"));
});

Deno.test("a part of a route target matches all targets that begin with it (RFC 4684 §4)", () => {
  const wants = (...texts: string[]) => {
    const targets = new RouteTargets(texts.map((text) => keyOf(RTC, text)));
    return ["rt:65000:1", "rt:65000:2", "rt:65001:1", "soo:65000:1"].filter((each) => targets.wants(tagged(each)));
  };
  assert.deepEqual(wants("65000 rt:65000:0/64"), ["rt:65000:1", "rt:65000:2"]);
  assert.deepEqual(wants("65000 rt:65000:0/95"), ["rt:65000:1"]);
  assert.deepEqual(wants("65000 rt:65000:2/95"), ["rt:65000:2"]);
  assert.deepEqual(wants("65000 rt:65000:1"), ["rt:65000:1"], "a site of origin with the same numbers is no target");
  assert.deepEqual(wants(), []);
});

Deno.test("peers that want the same have equal keys, in whatever order they said it", () => {
  const key = (...texts: string[]) => new RouteTargets(texts.map((text) => keyOf(RTC, text))).key;
  assert.equal(key("1 rt:65000:1", "2 rt:65000:2"), key("3 rt:65000:2", "4 rt:65000:1"));
  assert.notEqual(key("1 rt:65000:1"), key("1 rt:65000:1/95"));
});

Deno.test("rfc7432#7.6 the ES-Import route target of an Ethernet segment is a route target", () => {
  const segment = wire({ extCommunities: [Uint8Array.of(6, 2, 0, 0, 0x5e, 0, 0x53, 1)] });
  const wants = (target: string) => new RouteTargets([Uint8Array.fromHex(`60 0000fde8 ${target}`.replaceAll(" ", ""))]);
  assert.equal(wants("0602 00005e005301").wants(segment), true);
  assert.equal(wants("0602 00005e005302").wants(segment), false);
  // MAC Mobility has the same high octet.
  const moved = wire({ extCommunities: [Uint8Array.of(6, 0, 0, 0, 0, 0, 0, 1)] });
  assert.equal(wants("0600 000000000001").wants(moved), false);
});

Deno.test("a thousand parts of route targets cost a look-up for each length", () => {
  const keys = Array.from(
    { length: 1000 },
    (_, i) => Uint8Array.of(95, 0, 0, 0, 1, 0, 2, 0xfd, 0xe8, 0, 0, i >> 7, (i << 1) & 255),
  );
  const targets = new RouteTargets(keys);
  assert.equal(targets.wants(tagged("rt:65000:1999")), true);
  assert.equal(targets.wants(tagged("rt:65000:2000")), false);
});
