/** Routes of this speaker for every peer, and peers to which bgpd cannot advertise them. */
import assert from "node:assert/strict";
import { emptyAttributeSet, SegmentType } from "../../../../src/message/mod.ts";
import { type OriginatedRoute, type Origination, Rib, type RibFact } from "../../../../src/rib/mod.ts";
import { familyMask, IPV4_UNICAST, IPV6_UNICAST, parseAddress, parsePrefix } from "../../../../src/types/mod.ts";
import { negotiated } from "../../../support/negotiated.ts";

const both = familyMask([IPV4_UNICAST, IPV6_UNICAST]);
const session = {
  negotiated: negotiated({ families: both }),
  localAddress: parseAddress("192.0.2.9")!,
  remoteAddress: parseAddress("192.0.2.1")!,
};

function route(text: string, nextHop?: string, communities: number[] = []): OriginatedRoute {
  const prefix = parsePrefix(text)!;
  const family = prefix.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  const hop = nextHop === undefined ? undefined : parseAddress(nextHop);
  return { family, prefix, attributes: { ...emptyAttributeSet(), nextHop: hop, communities } };
}

function forAll(...routes: OriginatedRoute[]): Origination[] {
  return routes.map((route, i) => ({ key: `${i}`, peerId: undefined, route }));
}

function world(): Rib {
  const rib = new Rib({ routerId: 1, now: () => 0 });
  rib.addPeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1) });
  rib.addPeer({ id: 2, address: Uint8Array.of(192, 0, 2, 2), nextHopIpv6: parseAddress("2001:db8::9") });
  return rib;
}

const texts = (facts: readonly RibFact[]) =>
  facts.map((fact) => fact.kind === "note" ? `${fact.peerId} ${fact.text}` : fact);

Deno.test("a route for all that a session cannot carry is reported, when it comes and when a session comes up", () => {
  const rib = world();
  assert.deepEqual(rib.sessionUp(1, 1, session), []);
  const wide = route("2001:db8:1::/48");
  const said = "2001:db8:1::/48 is not announced: no IPv6 address for next hop self; " +
    "give the route a next hop, or the peer next_hop_ipv6";
  assert.deepEqual(texts(rib.originate(forAll(wide))), [`1 ${said}`]);
  // The second peer has an address for it.
  assert.deepEqual(rib.sessionUp(2, 1, session), []);
  rib.sessionDown(1, 1);
  assert.deepEqual(texts(rib.sessionUp(1, 2, session)), [`1 ${said}`]);
  rib.unoriginate(["0"]);
  rib.sessionDown(1, 2);
  assert.deepEqual(rib.sessionUp(1, 3, session), []);
});

Deno.test("routes with the same reason are one sentence; routes that can be advertised are none", () => {
  const rib = world();
  rib.sessionUp(1, 1, session);
  const list = forAll(
    route("10.0.0.0/8"),
    route("10.1.0.0/16", "2001:db8::5"),
    route("10.2.0.0/16", "2001:db8::5"),
    route("2001:db8:1::/48", "2001:db8::5"),
  );
  assert.deepEqual(texts(rib.originate(list)), [
    "1 10.1.0.0/16 is not announced, nor are others of our own routes (1): its next hop is of the other address family",
  ]);
});

Deno.test("RFC 9774 §3: routes with AS_SETs are reported apart from those without, of the same next hop", () => {
  const rib = new Rib({ routerId: 1, now: () => 0 });
  rib.addPeer({ id: 1, address: Uint8Array.of(192, 0, 2, 1), rejectAsSets: "external" });
  rib.sessionUp(1, 1, session);
  const plain = route("10.0.0.0/8");
  const asPath = [{ type: SegmentType.sequence, asns: [7] }, { type: SegmentType.set, asns: [8, 9] }];
  const withSet = { ...route("10.1.0.0/16"), attributes: { ...plain.attributes, asPath } };
  assert.deepEqual(texts(rib.originate(forAll(plain, withSet))), [
    "1 10.1.0.0/16 is not announced: its AS path has an AS_SET, and the peer does not have reject_as_sets = " +
    "false (RFC 9774)",
  ]);
});

Deno.test("a family that the peer does not speak, or a community that keeps a route here, is no failure", () => {
  const rib = world();
  const only4 = { ...session, negotiated: negotiated({ families: familyMask([IPV4_UNICAST]) }) };
  rib.sessionUp(1, 1, only4);
  const noAdvertise = 0xffffff02;
  assert.deepEqual(rib.originate(forAll(route("2001:db8:1::/48"), route("10.0.0.0/8", undefined, [noAdvertise]))), []);
});
