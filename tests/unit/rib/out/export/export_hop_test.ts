/** Next hops that are right on one link, on one host or nowhere: what becomes of them on their way in and out. */
import assert from "node:assert/strict";
import {
  type AttributeSet,
  decodeAttributeSet,
  emptyAttributeSet,
  formatNextHop,
} from "../../../../../src/message/mod.ts";
import { Ineligible, type RibFact, type RibSession } from "../../../../../src/rib/mod.ts";
import { familyMask, formatAddress, parseAddress, parsePrefix } from "../../../../../src/types/mod.ts";
import { policyTable } from "../../import_support.ts";
import { Exchange } from "../../out_support.ts";
import { type Context, ibgp, passed, type Peer, taken } from "../../passing.ts";
import { v4, v6, wire } from "../../support.ts";

const address = (text: string) => parseAddress(text)!;
const prefix = "2001:db8:99::/48";
const wide = familyMask([v4, v6]);
const isLinkLocal = (set: AttributeSet | undefined) => set?.nextHop?.[0] === 0xfe;
/** A session between link-local addresses. */
const on = (link: string, local = "fe80::100"): Partial<RibSession> => ({
  localAddress: address(local),
  localAddressV6: undefined,
  remoteAddress: address("fe80::2"),
  link,
});

/** Kinds of sessions over which a next hop leaves as it came. */
const unchanged: readonly { readonly name: string; readonly to: Context; readonly toPeer: Peer }[] = [
  { name: "internal", to: ibgp, toPeer: {} },
  { name: "reflector client", to: ibgp, toPeer: { routeReflectorClient: true } },
  { name: "route-server client", to: {}, toPeer: { routeServerClient: true } },
  { name: "next_hop = unchanged", to: {}, toPeer: { nextHop: "unchanged" } },
  { name: "RFC 8950", to: { ...ibgp, extendedNextHop: wide }, toPeer: {} },
];

/** A route of peer 1, on a link, as peer 2 gets it. */
function fromLink(hop: string, from: string, to: Partial<RibSession>, kind = unchanged[0]!): AttributeSet | undefined {
  const exchange = new Exchange();
  const listener = exchange.up(2, { export: "all", ...kind.toPeer }, kind.to, to);
  exchange.up(1, {}, {}, on(from));
  exchange.announce(1, wire({ nextHop: address(hop) }, [65001]), prefix);
  exchange.settle();
  return listener.attributes(prefix);
}

Deno.test("RFC 2545 §3: a link-local next hop of a session that is on no link is shown, and no candidate", () => {
  const set = { nextHop: address("fe80::9") };
  assert.equal(taken({ set, prefix }).ineligible, Ineligible.linkLocalNextHop);
  for (const { name, to, toPeer } of unchanged) assert.equal(passed({ set, prefix, to, toPeer }), undefined, name);
  // Twin: a global one is best, and goes out as it came.
  const global = { nextHop: address("2001:db8::9") };
  assert.equal(taken({ set: global, prefix }).ineligible, Ineligible.none);
  for (const { name, to, toPeer } of unchanged) {
    assert.equal(formatAddress(passed({ set: global, prefix, to, toPeer })!.nextHop!), "2001:db8::9", name);
  }
});

Deno.test("RFC 2545 §3: a link-local next hop never leaves its link; on it, it does", () => {
  for (const kind of unchanged) {
    assert.equal(fromLink("fe80::9", "eth0", {}, kind), undefined, `${kind.name}, no link`);
    assert.equal(fromLink("fe80::9", "eth0", on("eth1"), kind), undefined, `${kind.name}, another link`);
    assert.equal(formatAddress(fromLink("fe80::9", "eth0", on("eth0"), kind)!.nextHop!), "fe80::9", kind.name);
    assert.equal(formatAddress(fromLink("2001:db8::9", "eth0", on("eth1"), kind)!.nextHop!), "2001:db8::9", kind.name);
  }
});

Deno.test("next hop self of a session between link-local addresses is its own, for that peer", () => {
  const auto = { name: "external", to: {}, toPeer: {} };
  assert.equal(formatAddress(fromLink("fe80::9", "eth0", on("eth1", "fe80::101"), auto)!.nextHop!), "fe80::101");
  assert.equal(formatAddress(fromLink("fe80::9", "eth0", {}, auto)!.nextHop!), "2001:db8::100");
});

Deno.test("peers that differ in their link only get different next hops", () => {
  const exchange = new Exchange();
  const here = exchange.up(2, { export: "all" }, ibgp, on("eth0"));
  const there = exchange.up(3, { export: "all" }, ibgp, on("eth1"));
  exchange.up(1, {}, {}, on("eth0"));
  exchange.announce(1, wire({ nextHop: address("fe80::9") }, [65001]), prefix);
  exchange.settle();
  assert.ok(isLinkLocal(here.attributes(prefix)));
  assert.deepEqual(there.keys, []);
});

/**
 * What peer 2 has of a route of our own, and what is said of it; the session runs from 192.0.2.100 unless said
 * otherwise.
 */
function ours(hop: string, session: Partial<RibSession> = {}, to: Context = {}): { hop?: string; said: string[] } {
  const exchange = new Exchange();
  const listener = exchange.up(2, {}, to, session);
  const [of, length] = hop.includes(":") ? [prefix, v6] : ["203.0.113.0/24", v4];
  const route = {
    family: length,
    prefix: parsePrefix(of)!,
    attributes: { ...emptyAttributeSet(), nextHop: address(hop) },
  };
  const said = exchange.rib.originate([{ key: "row", peerId: undefined, route }]).map((fact) =>
    fact.kind === "note" ? fact.text : fact.kind
  );
  exchange.rib.decide();
  exchange.settle();
  const nextHop = listener.attributes(of)?.nextHop;
  return nextHop === undefined ? { said } : { hop: formatAddress(nextHop), said };
}

Deno.test("a next hop that is no address of a router goes to no peer, and notes say why", () => {
  for (
    const [hop, reason] of [
      ["224.0.0.1", "a multicast address"],
      ["ff02::1", "a multicast address"],
      ["0.1.2.3", "an unspecified address"],
      ["240.1.1.1", "a reserved address (240.0.0.0/4)"],
      ["255.255.255.255", "the broadcast address"],
    ] as const
  ) {
    const { hop: sent, said } = ours(hop);
    assert.equal(sent, undefined, hop);
    assert.match(said.join(), new RegExp(`^[^ ]+ is not announced: its next hop is ${RegExp.escape(reason)}$`));
  }
  for (const hop of ["192.0.2.77", "2001:db8::77"]) assert.deepEqual(ours(hop), { hop, said: [] });
});

Deno.test("a loopback next hop is right over a session that runs over it, and withheld and named elsewhere", () => {
  const loop = { localAddress: address("127.0.0.1"), remoteAddress: address("127.0.0.2") };
  assert.deepEqual(ours("127.0.0.1", loop), { hop: "127.0.0.1", said: [] });
  const both = { localAddress: address("::1"), localAddressV6: undefined, remoteAddress: address("::1") };
  assert.deepEqual(ours("::1", both), { hop: "::1", said: [] }, "both ends may have the same");
  const said =
    "203.0.113.0/24 is not announced: its next hop is a loopback address, over which this session does not run";
  assert.deepEqual(ours("127.0.0.1"), { said: [said] });
  assert.deepEqual(ours("127.0.0.3", loop), { said: [said] });
  assert.match(ours("::1").said.join(), /loopback/);
  assert.deepEqual(ours("::ffff:127.0.0.1", loop), { hop: "::ffff:127.0.0.1", said: [] });
  assert.match(ours("::ffff:127.0.0.3", loop).said.join(), /loopback/);
});

Deno.test("RFC 4271 §5.1.3: our own route goes to all but the peer whose address is its next hop", () => {
  const exchange = new Exchange();
  const peers = [2, 3].map((id) => exchange.up(id));
  const route = {
    family: v4,
    prefix: parsePrefix("203.0.113.0/24")!,
    attributes: { ...emptyAttributeSet(), nextHop: address("192.0.2.2") },
  };
  const texts = (facts: readonly RibFact[]) =>
    facts.map((fact) => fact.kind === "note" && `${fact.peerId} ${fact.text}`);
  const said = "2 203.0.113.0/24 is not announced: its next hop is the address of the peer itself (RFC 4271 §5.1.3)";
  const settle = () => {
    exchange.rib.decide();
    exchange.settle();
    return peers.map((peer) => peer.attributes("203.0.113.0/24")?.nextHop?.join("."));
  };
  assert.deepEqual(texts(exchange.rib.originate([{ key: "row", peerId: undefined, route }])), [said]);
  assert.deepEqual(settle(), [undefined, "192.0.2.2"]);
  // Also for this peer only, and where the session comes after the route.
  assert.deepEqual(texts(exchange.rib.originate([{ key: "own", peerId: 2, route }])), [said]);
  assert.deepEqual(settle(), [undefined, "192.0.2.2"]);
  exchange.rib.unoriginate(["row"]);
  assert.deepEqual(settle(), [undefined, undefined]);
  exchange.rib.originate([{ key: "row", peerId: undefined, route }]);
  exchange.down(2);
  peers[0] = exchange.up(2);
  assert.deepEqual(settle(), [undefined, "192.0.2.2"]);
});

Deno.test("a learned route that a session cannot carry is named to its peer, once for each reason", () => {
  const exchange = new Exchange();
  exchange.up(2, { export: "all" }, ibgp);
  exchange.up(3, { export: "all" }, ibgp);
  exchange.up(1, {}, {}, on("eth0"));
  for (const each of [prefix, "2001:db8:98::/48"]) {
    exchange.announce(1, wire({ nextHop: address(`fe80::${each.length}`) }, [65001]), each);
  }
  exchange.settle();
  const notes = exchange.rib.takeFacts().map((fact) => fact.kind === "note" && `${fact.peerId} ${fact.text}`);
  const text = `${prefix}, and every other route with this reason, is not advertised: ` +
    "its next hop is link-local, and means nothing outside of its link (RFC 2545 §3)";
  assert.deepEqual(notes, [`2 ${text}`, `3 ${text}`]);
});

/** A policy that sets this next hop. */
const setting = (hop: string) =>
  policyTable(`[[policies]]
name = "hop"
[[policies.rules]]
set = { next_hop = "${hop}" }
action = "accept"
`);

Deno.test("next hops that import policy sets are checked like received ones: no own address, no loopback", () => {
  const cases: readonly [string, Partial<RibSession>, number][] = [
    ["192.0.2.77", {}, Ineligible.none],
    ["192.0.2.100", {}, Ineligible.ownNextHop],
    ["127.0.0.9", {}, Ineligible.loopbackNextHop],
    ["127.0.0.9", { localAddress: address("127.0.0.1") }, Ineligible.none],
  ];
  for (const [hop, session, expected] of cases) {
    const exchange = new Exchange();
    exchange.rib.setPolicies(setting(hop));
    exchange.up(1, { import: ["hop"] }, {}, session);
    exchange.announce(1, wire(), "10.0.0.0/8");
    const [row] = [...exchange.rib.dump()];
    assert.equal(row!.ineligible, expected, hop);
    assert.equal(row!.best, expected === Ineligible.none, hop);
    assert.equal(formatAddress(decodeAttributeSet(row!.wire).nextHop!), hop, "it is still shown");
  }
});

Deno.test("what export policy sets is withheld and named where it is not for the session", () => {
  const advertisedHop = (hop: string, localAddress = "192.0.2.100") => {
    const exchange = new Exchange();
    exchange.rib.setPolicies(setting(hop));
    const listener = exchange.up(2, { export: ["hop"] }, {}, { localAddress: address(localAddress) });
    exchange.up(1);
    exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
    exchange.settle();
    const nextHop = listener.attributes("10.0.0.0/8")?.nextHop;
    const notes = exchange.rib.takeFacts().map((fact) =>
      fact.kind === "note" ? `${fact.peerId} ${fact.text}` : fact.kind
    );
    return [nextHop && formatAddress(nextHop), ...notes];
  };
  assert.deepEqual(advertisedHop("192.0.2.77"), ["192.0.2.77"]);
  assert.deepEqual(advertisedHop("127.0.0.1", "127.0.0.1"), ["127.0.0.1"]);
  assert.deepEqual(advertisedHop("127.0.0.1"), [
    undefined,
    "2 10.0.0.0/8, and every other route with this reason, is not advertised: " +
    "its next hop is a loopback address, over which this session does not run",
  ]);
});

Deno.test("RFC 2545 §3: on a link, next hop self is the global and link-local address, or link-local alone", () => {
  const self = (global: string | undefined) => {
    const exchange = new Exchange();
    const there = { ...on("eth0"), localAddressV6: global === undefined ? undefined : address(global) };
    const listener = exchange.up(2, { export: "all", nextHop: "self" }, {}, there);
    exchange.up(1, {}, {}, {});
    exchange.announce(1, wire({ nextHop: address("2001:db8::9") }, [65001]), prefix);
    exchange.settle();
    return formatNextHop(listener.attributes(prefix)!.nextHop!);
  };
  assert.equal(self("2001:db8::100"), "2001:db8::100 fe80::100");
  assert.equal(self(undefined), "fe80::100");
});

Deno.test("RFC 2545 §3: both next hop addresses go to peers on that link; the global one alone goes to others", () => {
  const passedOn = (link: string) => {
    const exchange = new Exchange();
    const listener = exchange.up(2, { export: "all", nextHop: "unchanged" }, {}, on(link));
    exchange.up(1, {}, {}, on("eth0", "fe80::101"));
    const both = Uint8Array.of(...address("2001:db8::9"), ...address("fe80::9"));
    exchange.announce(1, wire({ nextHop: both }, [65001]), prefix);
    exchange.settle();
    return formatNextHop(listener.attributes(prefix)!.nextHop!);
  };
  assert.equal(passedOn("eth0"), "2001:db8::9 fe80::9");
  assert.equal(passedOn("eth1"), "2001:db8::9");
});
