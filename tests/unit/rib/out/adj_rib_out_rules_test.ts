/** How attributes leave, clause by clause; each rule beside a case it must leave alone. */
import assert from "node:assert/strict";
import { type AttributeSet, emptyAttributeSet, SegmentType } from "../../../../src/message/mod.ts";
import { familyMask, parseAddress, parsePrefix } from "../../../../src/types/mod.ts";
import { fromHex, toHex } from "../../../golden/golden.ts";
import { Exchange } from "../out_support.ts";
import { all, ibgp, originated, passed, type Peer } from "../passing.ts";
import { v4, wire } from "../support.ts";

const asns = (set: AttributeSet | undefined) => set?.asPath.flatMap(({ asns }) => asns);
const hop = (set: AttributeSet | undefined) => set?.nextHop?.join(".");
const community = (high: number, low: number) => high * 65536 + low;

Deno.test("RFC 8212 §2: by default nothing learned goes out, whatever kinds the peers are of", () => {
  for (const from of [{}, ibgp]) {
    for (const to of [{}, ibgp, { addPathSend: familyMask([v4]) }]) {
      for (
        const toPeer of [{}, { routeReflectorClient: true }, { routeServerClient: true }, { nextHop: "self" }] as Peer[]
      ) {
        assert.equal(passed({ from, to, toPeer: { export: "none", ...toPeer } }), undefined);
      }
    }
  }
  assert.ok(passed({}) !== undefined, "and with export = all it does");
});

Deno.test("export = local: what our own AS originates, and nothing that came from outside", () => {
  const local: Peer = { export: "local" };
  assert.deepEqual(asns(passed({ from: ibgp, path: [], toPeer: local })), [65000]);
  assert.equal(passed({ from: ibgp, toPeer: local }), undefined);
  assert.equal(passed({ toPeer: local }), undefined);
});

Deno.test("RFC 4271 §5.1.2 b: to an external peer our ASN goes in front; a: to an internal one the path stays", () => {
  assert.deepEqual(asns(passed({})), [65000, 65001, 65009]);
  assert.deepEqual(asns(passed({ to: ibgp })), [65001, 65009]);
});

Deno.test("RFC 4271 §5.1.2 b: a set at the front, and a full segment, get a segment before them", () => {
  const set = [{ type: SegmentType.set, asns: [7, 8] }];
  assert.deepEqual(originated({ asPath: set })!.asPath, [{ type: SegmentType.sequence, asns: [65000] }, ...set]);
  const full = [65001, ...Array.from({ length: 254 }, (_, i) => i + 1)];
  const long = passed({ path: full })!.asPath;
  assert.deepEqual(long.map(({ asns }) => asns.length), [1, 255]);
});

Deno.test("RFC 4271 §5.1.3: next hop self for external peers, unchanged for internal ones, or as configured", () => {
  assert.equal(hop(passed({})), "192.0.2.100");
  assert.equal(hop(passed({ to: ibgp })), "192.0.2.1");
  assert.equal(hop(passed({ toPeer: { nextHop: "unchanged" } })), "192.0.2.1");
  assert.equal(hop(passed({ to: ibgp, toPeer: { nextHop: "self" } })), "192.0.2.100");
});

Deno.test("RFC 2545 §3: IPv6 over IPv4 gets our IPv6 address or stays; a link-local next hop is not passed on", () => {
  const prefix = "2001:db8:1::/48";
  const global = parseAddress("2001:db8::1")!;
  const both = new Uint8Array(32).fill(0xfe);
  both.set(global);
  const set = { nextHop: both };
  assert.equal(hop(passed({ prefix, set })), parseAddress("2001:db8::100")!.join("."));
  assert.equal(hop(passed({ prefix, set, session: { localAddressV6: undefined } })), global.join("."));
  const given = parseAddress("2001:db8::99")!;
  const toPeer = { nextHopIpv6: given };
  assert.equal(hop(passed({ prefix, set, toPeer, session: { localAddressV6: undefined } })), given.join("."));
});

Deno.test("RFC 8950 §3: an IPv4 route with an IPv6 next hop goes only where that was negotiated", () => {
  const from = { extendedNextHop: familyMask([v4]) };
  const set = { nextHop: parseAddress("2001:db8::1")! };
  assert.equal(passed({ set, from, to: ibgp }), undefined);
  assert.equal(hop(passed({ set, from, to: { ...ibgp, ...from } })), set.nextHop.join("."));
  assert.equal(hop(passed({ set, from })), "192.0.2.100", "next hop self has the family of the session");
});

Deno.test("RFC 4271 §5.1.4: a MED received is not for other ASes; within ours, and of our own making, it stays", () => {
  assert.equal(passed({ set: { med: 5 } })!.med, undefined);
  assert.equal(passed({ set: { med: 5 }, to: ibgp })!.med, 5);
  assert.equal(originated({ med: 5 })!.med, 5);
});

Deno.test("RFC 4271 §5.1.5: LOCAL_PREF is for internal peers, who always get one", () => {
  assert.equal(passed({ from: ibgp, set: { localPref: 300 } })!.localPref, undefined);
  assert.equal(passed({ to: ibgp })!.localPref, 100);
  assert.equal(
    passed({ from: ibgp, set: { localPref: 300 }, to: ibgp, toPeer: { routeReflectorClient: true } })!.localPref,
    300,
  );
});

Deno.test("RFC 4271 §9.2.1: internal routes are not for internal peers; external ones are", () => {
  assert.equal(passed({ from: ibgp, to: ibgp }), undefined);
  assert.ok(passed({ to: ibgp }) !== undefined);
  assert.ok(passed({ from: ibgp }) !== undefined);
});

Deno.test("RFC 4271 §5: unknown attributes pass with Partial where transitive, and end here where not", () => {
  const unknown = [{ flags: 0xc0, code: 99, value: Uint8Array.of(1) }, {
    flags: 0x80,
    code: 100,
    value: Uint8Array.of(2),
  }];
  const to = passed({ set: { unknown } })!;
  assert.deepEqual(to.unknown.map(({ flags, code }) => [flags, code]), [[0xe0, 99]]);
});

Deno.test("attributes of tunnels and labels are passed on only if all implementations read them alike", () => {
  const left = (code: number, hex: string) => {
    const value = fromHex(hex);
    const set = passed({ set: { unknown: [{ flags: 0xc0, code, value }] }, to: ibgp });
    assert.ok(set !== undefined, "the route goes in any case");
    return set.unknown.map(({ value }) => toHex(value)).join();
  };
  const srv6 = "010015 00 20010db8000000000000000000000001 00 ffff 00";
  const structured = `${srv6.replace("010015", "01001e")} 010006 281010001040`;
  const passing: readonly [number, string][] = [
    // RFC 9012: one tunnel of sub-TLVs.
    [23, "000b0006 0104 01020304"],
    [23, "000b0000"],
    // RFC 6514: no tunnel, RSVP-TE, ingress replication to an IPv4 address.
    [22, "00 00 000000"],
    [22, "00 01 000000 01020304"],
    [22, "00 06 000000 c0000201"],
    // RFC 8669, RFC 9252.
    [40, "010007 00000000000001"],
    [40, "030008 0000 000001000002"],
    [40, `050019 00 ${srv6}`],
    [40, `050022 00 ${structured}`],
    [40, "070001 01"],
  ];
  for (const [code, hex] of passing) assert.equal(left(code, hex), toHex(fromHex(hex)), `${code} ${hex}`);
  const staying: readonly [number, string][] = [
    [23, "000b0006 0104 01020304 000b0006 0104 01020304"],
    [23, "000b0003 0101 01"],
    [23, "000b0007 820004 01020304"],
    [22, "00 0a 000000"],
    [22, `00 06 000000 ${"20".repeat(16)}`],
    [40, "030007 0000 0000010000"],
    [40, "040003 000000"],
    [40, `050019 00 ${srv6.replace("010015", "010014")}`],
  ];
  for (const [code, hex] of staying) assert.equal(left(code, hex), "", `${code} ${hex}`);
});

Deno.test("RFC 1997: NO_ADVERTISE stays here, NO_EXPORT and NO_EXPORT_SUBCONFED in the AS", () => {
  for (
    const [low, outside, inside] of [[0xff02, false, false], [0xff01, false, true], [0xff03, false, true], [
      0xff04,
      true,
      true,
    ]] as const
  ) {
    const set = { communities: [community(65000, 1), community(0xffff, low)] };
    assert.equal(passed({ set }) !== undefined, outside, `${low}`);
    assert.equal(passed({ set, to: ibgp }) !== undefined, inside, `${low}`);
  }
  const set = { communities: [community(0xffff, 0xff01)] };
  assert.deepEqual(
    originated(set)!.communities,
    set.communities,
    "what we announce ourselves is for the receiver to obey",
  );
});

Deno.test("RFC 7999 §3.2: BLACKHOLE stays within the AS and gets NO_EXPORT; our own goes upstream unchanged", () => {
  const blackhole = community(0xffff, 666);
  const noExport = community(0xffff, 0xff01);
  assert.equal(passed({ set: { communities: [blackhole] } }), undefined);
  assert.deepEqual(passed({ set: { communities: [blackhole] }, to: ibgp })!.communities, [blackhole, noExport]);
  assert.deepEqual(passed({ set: { communities: [noExport, blackhole] }, to: ibgp })!.communities, [
    noExport,
    blackhole,
  ]);
  assert.deepEqual(originated({ communities: [blackhole] })!.communities, [blackhole]);
});

Deno.test("RFC 8326 §4.2: GRACEFUL_SHUTDOWN makes a route least preferred, here and at internal peers", () => {
  const set = { communities: [community(0xffff, 0)] };
  assert.equal(passed({ set, to: ibgp })!.localPref, 0);
  assert.equal(passed({ set: { communities: [community(0xfffe, 0)] }, to: ibgp })!.localPref, 100);
  const exchange = new Exchange();
  const listener = exchange.up(3, all);
  exchange.up(1);
  exchange.up(2);
  exchange.announce(1, wire(set, [65001]), "10.0.0.0/8");
  exchange.announce(2, wire({}, [65002, 7, 8]), "10.0.0.0/8");
  exchange.settle();
  assert.equal(listener.path("10.0.0.0/8"), "65000 65002 7 8");
});

Deno.test("RFC 4360 §6: non-transitive extended communities end at the border of the AS", () => {
  const inner = Uint8Array.of(0x40, 2, 0, 0, 0, 0, 0, 1);
  const outer = Uint8Array.of(0x00, 2, 0, 0, 0, 0, 0, 1);
  assert.deepEqual(passed({ set: { extCommunities: [inner, outer] } })!.extCommunities, [outer]);
  assert.deepEqual(passed({ set: { extCommunities: [inner] } })!.extCommunities, []);
  assert.deepEqual(passed({ set: { extCommunities: [inner, outer] }, to: ibgp })!.extCommunities, [inner, outer]);
});

Deno.test("RFC 7311 §3.1: AIGP stays within the AS", () => {
  assert.equal(passed({ from: ibgp, set: { aigp: 7n } })!.aigp, undefined);
  assert.equal(passed({ from: ibgp, set: { aigp: 7n }, to: ibgp, toPeer: { routeReflectorClient: true } })!.aigp, 7n);
});

Deno.test("RFC 4456 §6: a route of a client goes to all, one of another internal peer to clients only", () => {
  const client: Peer = { routeReflectorClient: true };
  assert.ok(passed({ from: ibgp, fromPeer: client, to: ibgp }) !== undefined);
  assert.ok(passed({ from: ibgp, fromPeer: client, to: ibgp, toPeer: client }) !== undefined);
  assert.ok(passed({ from: ibgp, to: ibgp, toPeer: client }) !== undefined);
  assert.equal(passed({ from: ibgp, to: ibgp }), undefined);
});

Deno.test("RFC 4456 §8: a reflector adds the originator and itself; §10: and changes nothing else", () => {
  const toPeer: Peer = { routeReflectorClient: true, nextHop: "self" };
  const set = { med: 3, localPref: 250 };
  const first = passed({ from: ibgp, set, to: ibgp, toPeer })!;
  assert.equal(first.originatorId, 0x0a000001);
  assert.deepEqual(first.clusterList, [0x01010101]);
  assert.deepEqual([hop(first), asns(first), first.med, first.localPref], ["192.0.2.1", [65009], 3, 250]);
  const second = passed({ from: ibgp, set: { originatorId: 5, clusterList: [6, 7] }, to: ibgp, toPeer })!;
  assert.equal(second.originatorId, 5);
  assert.deepEqual(second.clusterList, [0x01010101, 6, 7]);
  const out = passed({ from: ibgp, set: { originatorId: 5, clusterList: [6] } })!;
  assert.deepEqual([out.originatorId, out.clusterList], [undefined, []], "neither leaves the AS");
  const notReflected = passed({ to: ibgp, toPeer })!;
  assert.deepEqual([notReflected.originatorId, notReflected.clusterList], [undefined, []]);
});

Deno.test("RFC 7947 §2.2: a route server changes neither AS_PATH, NEXT_HOP, MED nor communities", () => {
  const toPeer: Peer = { routeServerClient: true };
  const set = { med: 5, communities: [community(0xffff, 0xff01)] };
  const seen = passed({ set, toPeer })!;
  assert.deepEqual([asns(seen), hop(seen), seen.med, seen.communities], [
    [65001, 65009],
    "192.0.2.1",
    5,
    set.communities,
  ]);
  assert.equal(passed({ set }), undefined, "a peer that is no client receives it as before");
});

Deno.test("RFC 4271 §5: a set received keeps all else as it was, and has what is mandatory", () => {
  const set = {
    atomicAggregate: true,
    aggregator: { asn: 7, address: 8 },
    communities: [1, 2],
    largeCommunities: [[1, 2, 3]] as [number, number, number][],
    otc: 65001,
  };
  const seen = passed({ set })!;
  for (const [key, value] of Object.entries(set)) assert.deepEqual(seen[key as keyof AttributeSet], value, key);
  const own = originated({ origin: undefined, asPath: [], nextHop: undefined })!;
  assert.deepEqual([own.origin, asns(own), hop(own)], [0, [65000], "192.0.2.100"]);
});

Deno.test("split horizon: a route never goes back; a peer that held another one gets a withdraw", () => {
  const exchange = new Exchange();
  const one = exchange.up(1, all);
  const two = exchange.up(2, all);
  exchange.announce(1, wire({}, [65001, 5, 6]), "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual([one.keys, two.path("10.0.0.0/8")], [[], "65000 65001 5 6"]);
  exchange.announce(2, wire({}, [65002]), "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual([one.path("10.0.0.0/8"), two.keys], ["65000 65002", []]);
  assert.deepEqual(two.log.slice(-1), ["- 10.0.0.0/8"]);
  exchange.withdraw(2, "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual([one.keys, two.path("10.0.0.0/8")], [[], "65000 65001 5 6"]);
  exchange.withdraw(1, "10.0.0.0/8");
  exchange.settle();
  assert.deepEqual([one.keys, two.keys], [[], []]);
  assert.equal(
    one.log.filter((line) => line.startsWith("-")).length,
    1,
    "nothing is withdrawn that was not advertised",
  );
});

Deno.test("a route of our own takes precedence over learned routes and goes to every peer, until withdrawn", () => {
  const exchange = new Exchange();
  const deaf = exchange.up(1, {});
  const listener = exchange.up(2, all);
  exchange.announce(1, wire({}, [65001]), "10.0.0.0/8");
  const route = { family: v4, prefix: parsePrefix("10.0.0.0/8")!, attributes: emptyAttributeSet() };
  exchange.rib.originate([{ key: "a", peerId: undefined, route }]);
  exchange.rib.decide();
  exchange.settle();
  assert.deepEqual([deaf.path("10.0.0.0/8"), listener.path("10.0.0.0/8")], ["65000", "65000"]);
  assert.equal([...exchange.rib.dump()].find(({ peerId }) => peerId === 0)!.best, true);
  exchange.rib.originate([{
    key: "b",
    peerId: 2,
    route: { ...route, attributes: { ...emptyAttributeSet(), med: 9 } },
  }]);
  exchange.settle();
  assert.deepEqual([deaf.attributes("10.0.0.0/8")!.med, listener.attributes("10.0.0.0/8")!.med], [undefined, 9]);
  exchange.rib.unoriginate(["a", "b", "never there"]);
  exchange.rib.decide();
  exchange.settle();
  assert.deepEqual([deaf.keys, listener.path("10.0.0.0/8")], [[], "65000 65001"]);
});
