/** Labelled unicast (RFC 8277) and L3VPN (RFC 4364, RFC 4659) with FRR and GoBGP, which bgpd stands between. */
import assert from "node:assert/strict";
import {
  emptyAttributeSet,
  encodeAttributeSet,
  encodeNlriValue,
  nlriCodec,
  UpdateEncoder,
} from "../../src/message/mod.ts";
import { familyByName, familyOf, parseAddress } from "../../src/types/mod.ts";
import { testContext } from "../support/update_view.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { loopback } from "../support/net.ts";
import { waitFor } from "../support/wait.ts";
import {
  heldByFrr,
  heldByGobgp,
  labeledFamilies,
  type LabeledRoute,
  originateAtFrr,
  originateAtGobgp,
  type ReflectedRoute,
  withdrawAtFrr,
  withdrawAtGobgp,
} from "./labeled_routes.ts";
import { type PeerKind, peerKinds } from "./peers/mod.ts";
import { canRun, ourAsn, ourRouterId, Star } from "./star.ts";

const [frr, gobgp, bird, openbgpd, exabgp] = ["FRR", "GoBGP", "BIRD", "OpenBGPD", "ExaBGP"].map((name) =>
  peerKinds.find(({ title }) => title === name)!
) as [PeerKind, PeerKind, PeerKind, PeerKind, PeerKind];
const families = [...labeledFamilies];

const keys = `export = "all"
route_reflector_client = true
families = ${JSON.stringify(["ipv4 unicast", ...families])}`;

/** FRR's own VPN routes, and labelled ones that it has from a router behind it. */
const ofFrr: readonly LabeledRoute[] = [
  route("ipv4 vpn", "65000:1 192.0.2.0/24", 100, "10.0.0.1", ["rt:65000:100"]),
  route("ipv4 vpn", "192.0.2.1:7 192.0.2.0/24", 1048575, "10.0.0.1", ["rt:65000:100", "rt:65000:200"]),
  route("ipv6 vpn", "65000:1 2001:db8:1::/48", 101, "2001:db8::1", ["rt:65000:100"]),
];
const behindFrr: readonly LabeledRoute[] = [
  route("ipv4 labeled", "198.51.100.0/24", 102, "10.0.0.9", []),
  route("ipv6 labeled", "2001:db8:9::/48", 103, "2001:db8::9", []),
];
const ofGobgp: readonly LabeledRoute[] = [
  route("ipv4 vpn", "65000:2 192.0.2.0/24", 200, "10.0.0.2", ["rt:65000:100"]),
  route("ipv4 vpn", "65000:2 0.0.0.0/0", 201, "10.0.0.2", ["rt:65000:100"]),
  route("ipv6 vpn", "65000:2 2001:db8:2::/48", 202, "2001:db8::2", ["rt:65000:100"]),
  route("ipv4 labeled", "203.0.113.128/25", 203, "10.0.0.2", []),
  route("ipv6 labeled", "2001:db8:3::1/128", 204, "2001:db8::2", []),
];

function route(
  family: LabeledRoute["family"],
  destination: string,
  label: number,
  nextHop: string,
  targets: readonly string[],
): LabeledRoute {
  return { family, destination, label, nextHop, targets };
}

/** RFC 4456 §8: only the originator and the cluster list are added. */
function reflected(routes: readonly LabeledRoute[], originatorId: string, ...clusters: string[]): ReflectedRoute[] {
  return routes.map((route) => ({ ...route, originatorId, clusterList: [ourRouterId, ...clusters] }));
}

function rowOf({ family, destination, label, nextHop }: LabeledRoute): unknown[] {
  const [rd, prefix] = destination.includes(" ") ? destination.split(" ") : [null, destination];
  return [family, rd, prefix, String(label), nextHop, 1];
}

function inOrder(routes: readonly ReflectedRoute[]): string[] {
  return routes.map((route) => JSON.stringify(route)).sort();
}

async function holds(star: Star, read: () => Promise<ReflectedRoute[]>, expected: readonly ReflectedRoute[]) {
  let last: string[] = [];
  const wanted = inOrder(expected);
  const asExpected = async () => (last = inOrder(await read())).join() === wanted.join();
  await waitFor("the routes", asExpected, star.patience).catch(() => {});
  assert.deepEqual(last, wanted, star.patience.detail());
}

/** A router of the same AS that announces labelled routes to FRR, which reflects them. */
async function routerBehind(star: Star, routes: readonly LabeledRoute[]): Promise<ScriptedPeer> {
  const [peer] = star.peers;
  const { address, port } = star.nodes[0]!.endpoint;
  const local = loopback();
  const family = (
    name: string,
  ) => [
    `address-family ${name} labeled-unicast`,
    `neighbor ${local} activate`,
    `neighbor ${local} route-reflector-client`,
  ];
  await peer!.ask(
    ...["configure terminal", `router bgp ${ourAsn}`, `neighbor ${local} remote-as ${ourAsn}`],
    `neighbor ${local} passive`,
    ...[...family("ipv4"), "exit-address-family", ...family("ipv6"), "exit-address-family"],
  );
  const ids = (["ipv4 labeled", "ipv6 labeled"] as const).map((name) => familyByName(name)!.id);
  const capabilities = ids.map((id) => {
    const { afi, safi } = familyOf(id);
    return { kind: "multiprotocol", afi, safi } as const;
  });
  const options = { local, address, port, asn: ourAsn, routerId: 0x0a000009, capabilities, keepaliveMs: 10_000 };
  const behind = await ScriptedPeer.connect(options);
  const encoder = new UpdateEncoder(testContext({ maxMessageBytes: 4096 }));
  for (const { family, destination, label, nextHop } of routes) {
    const set = {
      ...emptyAttributeSet(),
      origin: 0 as const,
      localPref: 100,
      nextHop: parseAddress(nextHop),
      nlriValue: encodeNlriValue({ labels: [(label << 4) | 1] }),
    };
    const { id } = familyByName(family)!;
    encoder.begin(encodeAttributeSet(set), id);
    encoder.addNlri(nlriCodec(id)!.parse(destination) as Uint8Array, -1);
  }
  behind.write(encoder.take());
  return behind;
}

Deno.test({
  name: "bgpd reflects labelled and VPN routes between FRR and GoBGP, with labels, RDs, targets and next hops",
  ignore: !canRun("labelled and VPN routes", [frr, gobgp]),
  async fn() {
    const rays = [frr, gobgp].map((kind) => ({ kind, asn: ourAsn, keys, routes: [], more: { families } }));
    await using star = new Star(rays);
    await star.start();
    const [atFrr, atGobgp] = star.peers;
    await originateAtFrr(atFrr!, ofFrr);
    await originateAtGobgp(atGobgp!, ofGobgp);
    const behind = await routerBehind(star, behindFrr);
    try {
      await holds(star, () => heldByFrr(atFrr!), reflected(ofGobgp, "10.0.0.2"));
      const fromBehind = reflected(behindFrr, "10.0.0.9", "10.0.0.1");
      await holds(star, () => heldByGobgp(atGobgp!), [...reflected(ofFrr, "10.0.0.1"), ...fromBehind]);
      const inSql = "SELECT family, rd, prefix, labels, next_hop, best FROM";
      const rows = (routes: readonly LabeledRoute[]) => routes.map(rowOf).sort();
      const all = [...ofFrr, ...behindFrr, ...ofGobgp];
      await star.says(rows(all.filter(({ family }) => family.endsWith("vpn"))), `${inSql} vpn ORDER BY 1, 2, 3`);
      await star.says(rows(all.filter(({ family }) => !family.endsWith("vpn"))), `${inSql} labeled ORDER BY 1, 2, 3`);
      await withdrawAtFrr(atFrr!, ofFrr[0]!);
      for (const gone of [ofGobgp[0]!, ofGobgp[3]!]) await withdrawAtGobgp(atGobgp!, gone);
      await holds(star, () => heldByFrr(atFrr!), reflected([1, 2, 4].map((i) => ofGobgp[i]!), "10.0.0.2"));
      await holds(star, () => heldByGobgp(atGobgp!), [...reflected(ofFrr.slice(1), "10.0.0.1"), ...fromBehind]);
    } finally {
      behind.close();
    }
    await holds(star, () => heldByGobgp(atGobgp!), reflected(ofFrr.slice(1), "10.0.0.1"));
    await star.stop();
  },
});

/** What an operator announces, and what GoBGP and FRR get. */
const ofOurs: readonly LabeledRoute[] = [
  route("ipv4 vpn", "65000:3 192.0.2.0/24", 300, "10.0.0.3", ["rt:65000:100", "rt:65000:101"]),
  route("ipv6 vpn", "4200000000:3 2001:db8:4::/48", 301, "2001:db8::3", ["rt:65000:100"]),
  route("ipv4 labeled", "192.0.2.0/25", 302, "10.0.0.3", []),
  route("ipv6 labeled", "2001:db8:5::/64", 3, "2001:db8::3", []),
];

async function announceRows(star: Star, routes: readonly LabeledRoute[]): Promise<void> {
  const cell = (text: string | null) => text === null ? "NULL" : `'${text}'`;
  const values = routes.map(({ family, destination, label, nextHop, targets }) => {
    const [rd, prefix] = destination.includes(" ") ? destination.split(" ") : [null, destination];
    return `(${[family, rd!, prefix!, String(label), nextHop, targets.join(" ") || null].map(cell).join(", ")})`;
  });
  const columns = "family, rd, prefix, labels, next_hop, ext_communities";
  await star.bgpd.sqlite3(`INSERT INTO announcements(${columns}) VALUES ${values.join(", ")}`);
}

Deno.test({
  name: "labelled and VPN routes of rows in `announcements` are at FRR and GoBGP, and go with their rows",
  ignore: !canRun("announcements with labels", [frr, gobgp]),
  async fn() {
    const rays = [frr, gobgp].map((kind, i) => ({ kind, asn: 65001 + i, keys, routes: [], more: { families } }));
    const eBgp = rays.map((ray) => ({ ...ray, keys: keys.replace("route_reflector_client", "extended_next_hop") }));
    await using star = new Star(eBgp);
    await star.start();
    const [atFrr, atGobgp] = star.peers;
    // GoBGP negotiates IPv6 next hops of IPv4 routes (RFC 8950), FRR does not without an interface.
    const wide = route("ipv4 vpn", "65000:4 192.0.2.0/24", 304, "2001:db8::3", ["rt:65000:100"]);
    await announceRows(star, [...ofOurs, wide]);
    const plain = (routes: readonly LabeledRoute[]) =>
      routes.map((route) => ({ ...route, originatorId: undefined, clusterList: [] }));
    await holds(star, () => heldByFrr(atFrr!), plain(ofOurs));
    await holds(star, () => heldByGobgp(atGobgp!), plain([...ofOurs, wide]));
    await star.bgpd.sqlite3("UPDATE announcements SET labels = '400' WHERE rd = '65000:3'");
    const relabelled = [{ ...ofOurs[0]!, label: 400 }, ...ofOurs.slice(1)];
    await holds(star, () => heldByGobgp(atGobgp!), plain([...relabelled, wide]));
    await star.bgpd.sqlite3("DELETE FROM announcements WHERE family LIKE '%labeled'");
    await holds(star, () => heldByFrr(atFrr!), plain(relabelled.slice(0, 2)));
    const sent = "SELECT rd, sent_to FROM announcement_status WHERE state = 'announced' ORDER BY id";
    await star.says([["65000:3", 2], ["4200000000:3", 2], ["65000:4", 1]], sent);
    await star.says(
      [["its next hop is of the other address family"]],
      "SELECT p.reason FROM announcement_peers p JOIN announcements a USING(id) WHERE a.rd = '65000:4' AND NOT sent",
    );
    await star.stop();
  },
});

Deno.test({
  name: "BIRD, OpenBGPD and ExaBGP read our labelled and VPN routes, and bgpd reads those of ExaBGP",
  ignore: !canRun("labelled routes of BIRD, OpenBGPD and ExaBGP", [bird, openbgpd, exabgp]),
  async fn() {
    const rays = [bird, openbgpd, exabgp].map((kind) => ({ kind, asn: ourAsn, keys, routes: [], more: { families } }));
    await using star = new Star(rays);
    await star.start();
    const [atBird, atOpenbgpd, atExabgp] = star.peers;
    await announceRows(star, ofOurs);
    const said = (title: string, ask: () => Promise<string>, expected: readonly RegExp[]) => {
      let last = "";
      const all = async () => (last = await ask(), expected.every((pattern) => pattern.test(last)));
      return waitFor(title, all, { ...star.patience, detail: () => `${last}\n${star.patience.detail()}` });
    };
    const tables = ["vpn4tab", "vpn6tab", "labeled4tab", "labeled6tab"].map((name) => `show route all table ${name}`);
    await said("our routes at BIRD", () => atBird!.ask(...tables), [
      /65000:3 192\.0\.2\.0\/24[^]*next_hop: 10\.0\.0\.3[^]*\(rt, 65000, 100\)[^]*label_stack: 300/,
      /4200000000:3 2001:db8:4::\/48[^]*next_hop: 2001:db8::3[^]*label_stack: 301/,
      /192\.0\.2\.0\/25[^]*label_stack: 302/,
      /2001:db8:5::\/64[^]*label_stack: 3$/m,
    ]);
    await said("our routes at OpenBGPD", () => atOpenbgpd!.ask("show rib detail"), [
      /rd 65000:3 192\.0\.2\.0\/24\s+Nexthop 10\.0\.0\.3[^]*rt 65000:100/,
      /rd 4200000000:3 2001:db8:4::\/48\s+Nexthop 2001:db8::3/,
    ]);
    await said("our routes at ExaBGP", () => atExabgp!.ask(), [
      /"10\.0\.0\.3": \[ \{ "nlri": "192\.0\.2\.0\/24", "label": \[ \[300\] \], "rd": "65000:3" \} \]/,
      /"2001:db8::3": \[ \{ "nlri": "2001:db8:4::\/48", "label": \[ \[301\] \], "rd": "4200000000:3" \} \]/,
      /"nlri": "192\.0\.2\.0\/25", "label": \[ \[302\] \] \}/,
    ]);
    const route = "route 10.9.0.0/24 next-hop 10.0.0.9 rd 65000:9 label [ 500 ] extended-community [ target:65000:9 ]";
    await atExabgp!.ask(`announce ${route}`);
    const theirs = "SELECT rd, prefix, labels, next_hop, route_targets FROM vpn WHERE rd = '65000:9'";
    await star.says([["65000:9", "10.9.0.0/24", "500", "10.0.0.9", "rt:65000:9"]], theirs);
    await said("the route of ExaBGP at BIRD", () => atBird!.ask(tables[0]!), [
      /65000:9 10\.9\.0\.0\/24[^]*label_stack: 500/,
    ]);
    await atExabgp!.ask(`withdraw ${route}`);
    await star.says([], theirs);
    await star.stop();
  },
});

Deno.test({
  name: "rfc4684#6 GoBGP gets the VPN routes whose targets it imports, and bgpd asks it for all",
  ignore: !canRun("route target membership", [frr, gobgp]),
  async fn() {
    const vpn = ["ipv4 vpn", "ipv6 vpn"];
    const ray = (kind: typeof frr, own: readonly string[]) => {
      const keys = `export = "all"\nroute_reflector_client = true\nfamilies = ${JSON.stringify(own)}`;
      return { kind, asn: ourAsn, keys, routes: [], more: { families: own } };
    };
    await using star = new Star([ray(frr, vpn), ray(gobgp, [...vpn, "rtc"])]);
    await star.start();
    const [atFrr, atGobgp] = star.peers;
    const wanted = (...routes: readonly LabeledRoute[]) =>
      holds(star, () => heldByGobgp(atGobgp!), reflected(routes, "10.0.0.1"));
    const [both, other] = [ofFrr[1]!, { ...ofFrr[0]!, targets: ["rt:65000:300"] }];
    await originateAtFrr(atFrr!, [both, other, ofFrr[2]!]);
    const sent = ofGobgp.slice(0, 2);
    await originateAtGobgp(atGobgp!, sent);
    await holds(star, () => heldByFrr(atFrr!), reflected(sent, "10.0.0.2"));
    await wanted();
    await atGobgp!.ask("vrf add red rd 65000:9 rt both 65000:200");
    await wanted(both);
    await atGobgp!.ask("vrf add blue rd 65000:10 rt both 65000:300");
    await wanted(both, other);
    const memberships = [["65000 rt:65000:200"], ["65000 rt:65000:300"]];
    await star.says(memberships, "SELECT nlri FROM other_routes WHERE family = 'rtc' ORDER BY nlri");
    await star.stop();
  },
});

Deno.test({
  name: "rfc4724#4.2 VPN routes of FRR stay while FRR restarts, stale, and go with its End-of-RIB",
  ignore: !canRun("graceful restart with VPN routes", [frr]),
  async fn() {
    const restart = { families: ["ipv4 vpn"], uses: ["gracefulRestart"], restartSeconds: 30 } as const;
    const frrKeys = 'graceful_restart = "full"\nfamilies = ["ipv4 unicast", "ipv4 vpn"]';
    await using star = new Star([{ kind: frr, asn: ourAsn, keys: frrKeys, routes: [], more: restart }]);
    await star.start();
    const [atFrr] = star.peers;
    const routes = "SELECT rd, prefix, labels, stale, best FROM vpn";
    await originateAtFrr(atFrr!, ofFrr.slice(0, 1));
    await star.says([["65000:1", "192.0.2.0/24", "100", 0, 1]], routes);
    await atFrr!.kill();
    await star.says([["65000:1", "192.0.2.0/24", "100", 1, 1]], routes);
    // It comes back without its route.
    await atFrr!.start();
    await star.says([], routes);
    await star.stop();
  },
});
