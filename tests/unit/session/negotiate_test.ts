import assert from "node:assert/strict";
import type { Capability, Open } from "../../../src/message/mod.ts";
import { decodeOpen, encodeOpen } from "../../../src/message/mod.ts";
import { localOpen, negotiate, type Negotiated, type SessionConfig } from "../../../src/session/mod.ts";
import { allFamilies, familyMask, IPV4_UNICAST, IPV6_UNICAST, maskIds } from "../../../src/types/mod.ts";
import { baseConfig } from "../../scenario/player.ts";

const config: SessionConfig = baseConfig;
const v4: Capability = { kind: "multiprotocol", afi: 1, safi: 1 };
const v6: Capability = { kind: "multiprotocol", afi: 2, safi: 1 };

function remote(changes: Partial<Open> = {}): Open {
  const usual: Open = {
    version: 4,
    asn: 65001,
    holdTimeSeconds: 90,
    routerId: 0x0a000002,
    capabilities: [v4, v6, { kind: "fourOctetAs", asn: 65001 }],
  };
  return { ...usual, ...changes };
}

function agreed(ours: Partial<SessionConfig>, theirs: Partial<Open>): Negotiated {
  const mine = { ...config, ...ours };
  const outcome = negotiate(mine, localOpen(mine), remote(theirs));
  assert(outcome.kind === "agreed", JSON.stringify(outcome));
  return outcome.negotiated;
}

function refused(ours: Partial<SessionConfig>, theirs: Partial<Open>): string {
  const mine = { ...config, ...ours };
  const outcome = negotiate(mine, localOpen(mine), remote(theirs));
  assert(outcome.kind === "refused", "the OPEN should be refused");
  return `${outcome.refusal.notification.code}/${outcome.refusal.notification.subcode}`;
}

Deno.test("our OPEN survives the wire", () => {
  const open = localOpen({
    ...config,
    localAsn: 4200000001,
    addPathReceive: familyMask([IPV4_UNICAST]),
    extendedNextHop: familyMask([IPV4_UNICAST, IPV6_UNICAST]),
    extraCapabilities: [{ kind: "role", role: 3 }],
  });
  const result = decodeOpen(encodeOpen(open));
  assert(result.kind === "open");
  assert.deepEqual(result.open, open);
});

Deno.test("our OPEN announces an IPv6 next hop for IPv4 families only (RFC 8950 §4)", () => {
  const open = localOpen({ ...config, extendedNextHop: familyMask([IPV4_UNICAST, IPV6_UNICAST]) });
  const capability = open.capabilities.find(({ kind }) => kind === "extendedNextHop");
  assert.deepEqual(capability, { kind: "extendedNextHop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] });
  // Of the other families of AFI 1, those have it whose next hop is an address: labelled and VPN routes.
  const families = maskIds(allFamilies);
  const every = localOpen({ ...config, families, extendedNextHop: allFamilies });
  assert.deepEqual(every.capabilities.find(({ kind }) => kind === "extendedNextHop"), {
    kind: "extendedNextHop",
    entries: [1, 2, 4, 128].map((safi) => ({ afi: 1, safi, nextHopAfi: 2 })),
  });
});

Deno.test("RFC 4760 §8: families are those that both announce", () => {
  assert.equal(agreed({}, { capabilities: [v6] }).families, familyMask([IPV6_UNICAST]));
  assert.equal(agreed({}, {}).families, familyMask([IPV4_UNICAST, IPV6_UNICAST]));
  const foreign: Capability = { kind: "multiprotocol", afi: 25, safi: 65 };
  assert.equal(agreed({}, { capabilities: [foreign, v4] }).families, familyMask([IPV4_UNICAST]));
});

Deno.test("RFC 4760 §8: a peer that names families, but not IPv4 unicast, does not speak it", () => {
  assert.equal(refused({ families: [IPV4_UNICAST] }, { capabilities: [v6] }), "2/7");
});

Deno.test("RFC 4760 §8, negative: a peer that names no family speaks IPv4 unicast", () => {
  const capabilities: Capability[] = [{ kind: "routeRefresh" }];
  assert.equal(agreed({}, { capabilities }).families, familyMask([IPV4_UNICAST]));
});

Deno.test("RFC 5492: a family this speaker cannot carry is no common family", () => {
  assert.equal(refused({}, { capabilities: [{ kind: "multiprotocol", afi: 25, safi: 65 }] }), "2/7");
});

Deno.test("RFC 7911 §4: ADD-PATH in a direction needs a sender and a receiver", () => {
  const both = familyMask([IPV4_UNICAST, IPV6_UNICAST]);
  const ours = { addPathReceive: both, addPathSend: familyMask([IPV4_UNICAST]) };
  const addPath = (receive: boolean, send: boolean): Capability => ({
    kind: "addPath",
    families: [{ afi: 1, safi: 1, receive, send }],
  });
  const onlySends = agreed(ours, { capabilities: [v4, v6, addPath(false, true)] });
  assert.deepEqual([onlySends.addPathReceive, onlySends.addPathSend], [familyMask([IPV4_UNICAST]), 0]);
  const onlyReceives = agreed(ours, { capabilities: [v4, v6, addPath(true, false)] });
  assert.deepEqual([onlyReceives.addPathReceive, onlyReceives.addPathSend], [0, familyMask([IPV4_UNICAST])]);
});

Deno.test("RFC 7911 §4, negative: ADD-PATH of a family that is not negotiated is nothing", () => {
  const addPath: Capability = { kind: "addPath", families: [{ afi: 2, safi: 1, receive: true, send: true }] };
  const negotiated = agreed({ addPathReceive: familyMask([IPV6_UNICAST]) }, { capabilities: [v4, addPath] });
  assert.equal(negotiated.addPathReceive, 0);
});

Deno.test("RFC 8950 §4: IPv6 next hops for IPv4 routes where both announce them", () => {
  const ours = { extendedNextHop: familyMask([IPV4_UNICAST]) };
  const capability: Capability = { kind: "extendedNextHop", entries: [{ afi: 1, safi: 1, nextHopAfi: 2 }] };
  assert.equal(agreed(ours, { capabilities: [v4, capability] }).extendedNextHop, familyMask([IPV4_UNICAST]));
  assert.equal(agreed(ours, { capabilities: [v4] }).extendedNextHop, 0);
  assert.equal(agreed({}, { capabilities: [v4, capability] }).extendedNextHop, 0);
});

Deno.test("RFC 8654 §4: long messages only where both announce them", () => {
  assert.equal(agreed({}, { capabilities: [v4, { kind: "extendedMessage" }] }).maxMessageBytes, 65535);
  assert.equal(agreed({}, { capabilities: [v4] }).maxMessageBytes, 4096);
});

Deno.test("RFC 6793 §3: four-octet AS numbers only between two that announce them", () => {
  assert.equal(agreed({}, {}).fourOctetAs, true);
  assert.equal(agreed({}, { capabilities: [v4] }).fourOctetAs, false);
});

Deno.test("what our OPEN left out is not negotiated, whatever is configured", () => {
  const capabilities: Capability[] = [v4, { kind: "fourOctetAs", asn: 65001 }, { kind: "extendedMessage" }, {
    kind: "routeRefresh",
  }];
  const outcome = negotiate(config, localOpen(config, { withoutCapabilities: true }), remote({ capabilities }));
  assert(outcome.kind === "agreed");
  const { fourOctetAs, maxMessageBytes, routeRefresh, families } = outcome.negotiated;
  assert.deepEqual({ fourOctetAs, maxMessageBytes, routeRefresh, families }, {
    fourOctetAs: false,
    maxMessageBytes: 4096,
    routeRefresh: false,
    families: familyMask([IPV4_UNICAST]),
  });
});

Deno.test("RFC 2918, RFC 7313: route refresh and its enhancement are separate", () => {
  const plain = agreed({}, { capabilities: [v4, { kind: "routeRefresh" }] });
  assert.deepEqual([plain.routeRefresh, plain.enhancedRouteRefresh], [true, false]);
  const enhanced = agreed({}, { capabilities: [v4, { kind: "enhancedRouteRefresh" }] });
  assert.deepEqual([enhanced.routeRefresh, enhanced.enhancedRouteRefresh], [false, true]);
});

Deno.test("RFC 4271 §4.2, §4.4: the smaller hold time, and a third of it between KEEPALIVEs", () => {
  const times = (ours: number, theirs: number) => {
    const { holdTimeSeconds, keepaliveSeconds } = agreed({ holdTimeSeconds: ours }, { holdTimeSeconds: theirs });
    return [holdTimeSeconds, keepaliveSeconds];
  };
  assert.deepEqual(times(90, 180), [90, 30]);
  assert.deepEqual(times(180, 90), [90, 30]);
  assert.deepEqual(times(90, 3), [3, 1]);
  assert.deepEqual(times(90, 0), [0, 0]);
  assert.deepEqual(times(0, 90), [0, 0]);
});

Deno.test("the peer's AS decides whether the session is internal", () => {
  assert.equal(agreed({}, {}).internal, false);
  assert.equal(agreed({ remoteAsn: undefined }, { asn: 65000 }).internal, true);
});

Deno.test("RFC 4271 §6.2: each check has its subcode, the AS before the identifier", () => {
  assert.equal(refused({}, { asn: 65002 }), "2/2");
  assert.equal(refused({ remoteAsn: undefined }, { asn: 0 }), "2/2");
  assert.equal(refused({}, { routerId: 0 }), "2/3");
  assert.equal(refused({}, { asn: 65002, routerId: 0 }), "2/2");
  assert.equal(refused({}, { holdTimeSeconds: 1 }), "2/6");
});

Deno.test("RFC 9234 §5: what rules the session is what we are, whether or not the peer said what it is", () => {
  const said: Capability[] = [v4, { kind: "role", role: 3 }];
  const both = agreed({ role: "provider" }, { capabilities: said });
  assert.deepEqual([both.role, both.remoteRole], ["provider", "customer"]);
  const alone = agreed({ role: "provider" }, {});
  assert.deepEqual([alone.role, alone.remoteRole], ["provider", undefined]);
  const silent = agreed({}, { capabilities: said });
  assert.deepEqual([silent.role, silent.remoteRole], [undefined, "customer"]);
});

Deno.test("RFC 9234 §4: where any AS is accepted, claiming our AS does not escape the role", () => {
  const ours: Partial<SessionConfig> = { role: "provider", remoteAsn: undefined };
  assert.equal(refused(ours, { asn: 65000 }), "2/2");
  assert.equal(refused({ ...ours, confederationMembers: [65007] }, { asn: 65007 }), "2/2");
  assert.equal(agreed(ours, { asn: 65007 }).role, "provider", "negative: another AS");
});

Deno.test("RFC 9234 §4, negative: inside an AS there are no roles", () => {
  const capabilities: Capability[] = [v4, { kind: "role", role: 0 }];
  const inside = agreed({ remoteAsn: undefined }, { asn: 65000, capabilities });
  assert.deepEqual([inside.internal, inside.role, inside.remoteRole], [true, undefined, undefined]);
});

Deno.test("RFC 9234 §4.2: strict counts also for a peer to which we could not announce ours", () => {
  const mine: SessionConfig = { ...config, role: "customer", roleStrict: true };
  const outcome = negotiate(mine, localOpen(mine, { withoutCapabilities: true }), remote());
  assert(outcome.kind === "refused");
  assert.deepEqual([outcome.refusal.notification.code, outcome.refusal.notification.subcode], [2, 11]);
});

Deno.test("a refusal says to our own operator what is wrong, with both values", () => {
  const why = (ours: Partial<SessionConfig>, theirs: Partial<Open>) => {
    const mine = { ...config, ...ours };
    const outcome = negotiate(mine, localOpen(mine), remote(theirs));
    assert(outcome.kind === "refused");
    return outcome.refusal.why;
  };
  assert.equal(why({ remoteAsn: 65001 }, { asn: 65002 }), "the peer says AS 65002, remote_as is 65001");
  assert.equal(
    why({ remoteAsn: undefined, routerId: 0x01020304 }, { asn: config.localAsn, routerId: 0x01020304 }),
    "the peer has our router id, 1.2.3.4",
  );
  const provider: Capability[] = [v4, { kind: "role", role: 0 }];
  assert.equal(
    why({ role: "provider" }, { capabilities: provider }),
    "the peer says it is provider, our role is provider",
  );
  assert.equal(why({ role: "provider", roleStrict: true }, {}), "the peer announces no role");
  const multicast: Capability[] = [{ kind: "multiprotocol", afi: 1, safi: 2 }];
  assert.match(why({}, { capabilities: multicast }) ?? "", /^the peer speaks none of ipv4 unicast/);
});

Deno.test("rfc4760#8 every family of the table is agreed on where both announce it, and survives the wire", () => {
  const families = maskIds(allFamilies);
  const open = localOpen({ ...config, families, addPathReceive: allFamilies, addPathSend: allFamilies });
  const read = decodeOpen(encodeOpen(open));
  assert.ok(read.kind === "open");
  assert.equal(agreed({ families }, { capabilities: read.open.capabilities }).families, allFamilies);
  assert.equal(
    agreed({ families }, { capabilities: [v4, { kind: "multiprotocol", afi: 25, safi: 70 }] }).families,
    familyMask([1, 13]),
  );
});
