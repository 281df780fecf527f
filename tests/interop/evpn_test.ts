/**
 * EVPN (RFC 7432, RFC 9136) with FRR and GoBGP, which bgpd stands between. GoBGP originates routes of all five types.
 * FRR without a kernel's bridges originates IP prefix routes, and shows what it receives of the others.
 */
import assert from "node:assert/strict";
import { waitFor } from "../support/wait.ts";
import {
  type EvpnRoute,
  type FrrRoute,
  type GobgpRoute,
  heldByFrr,
  heldByGobgp,
  originateAtFrr,
  originateAtGobgp,
  routerMac,
  withdrawAtFrr,
  withdrawAtGobgp,
} from "./evpn_routes.ts";
import { peerKinds } from "./peers/mod.ts";
import { canRun, ourAsn, ourRouterId, Star } from "./star.ts";

const frr = peerKinds.find(({ title }) => title === "FRR")!;
const gobgp = peerKinds.find(({ title }) => title === "GoBGP")!;

const keys = `export = "all"
route_reflector_client = true
families = ["ipv4 unicast", "evpn"]`;

const esi = "00:11:22:33:44:55:66:77:88:99";
const target = "rt:65000:100";
const vxlan = [target, "encap:vxlan"];

const ofGobgp: readonly GobgpRoute[] = [
  {
    words: "a-d esi ARBITRARY 11:22:33:44:55:66:77:88:99 etag 100 label 200 rd 65000:2 encap vxlan",
    nlri: `auto-discovery rd 65000:2 esi ${esi} tag 100`,
    communities: vxlan,
  },
  {
    words: "macadv 00:00:5e:00:53:01 192.0.2.1 etag 0 label 10 rd 65000:2 encap vxlan",
    nlri: "mac-ip rd 65000:2 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.1",
    label: 10,
    communities: vxlan,
  },
  {
    words: "macadv 00:00:5e:00:53:02 0.0.0.0 etag 7 label 11 rd 65000:2 encap vxlan",
    nlri: "mac-ip rd 65000:2 tag 7 mac 00:00:5e:00:53:02",
    label: 11,
    communities: vxlan,
  },
  {
    words: "multicast 10.0.0.2 etag 0 rd 65000:2 encap vxlan pmsi ingress-repl 100 10.0.0.2",
    nlri: "multicast rd 65000:2 tag 0 originator 10.0.0.2",
    communities: vxlan,
  },
  {
    words: "esi 10.0.0.2 esi ARBITRARY 11:22:33:44:55:66:77:88:99 rd 65000:2",
    nlri: `ethernet-segment rd 65000:2 esi ${esi} originator 10.0.0.2`,
    communities: [target],
  },
  {
    words: "prefix 203.0.113.0/24 etag 0 label 20 rd 65000:2 encap vxlan router-mac 00:00:5e:00:53:99",
    nlri: "ip-prefix rd 65000:2 tag 0 prefix 203.0.113.0/24",
    label: 20,
    communities: [...vxlan, "router-mac:00:00:5e:00:53:99"],
  },
  {
    words: "prefix 2001:db8:5::/48 gw 2001:db8::9 etag 0 label 21 rd 65000:2 encap vxlan",
    nlri: "ip-prefix rd 65000:2 tag 0 prefix 2001:db8:5::/48",
    label: 21,
    communities: vxlan,
  },
];

const ofFrr: readonly FrrRoute[] = [
  { rd: "65000:1", tag: 0, prefix: "192.0.2.0/24", label: 100 },
  { rd: "65000:1", tag: 7, prefix: "198.51.100.0/24", label: 101 },
  { rd: "10.0.0.1:9", tag: 0, prefix: "2001:db8:1::/48", label: 102 },
];

/** What a client holds of the other's routes: RFC 4456 §8 adds the originator and the cluster list only. */
function atFrrHeld(routes: readonly GobgpRoute[]): EvpnRoute[] {
  return routes.map(({ nlri, label, communities }) => ({
    nlri,
    label,
    nextHop: "10.0.0.2",
    communities,
    originatorId: "10.0.0.2",
    clusterList: [ourRouterId],
  }));
}

function atGobgpHeld(routes: readonly FrrRoute[]): EvpnRoute[] {
  return routes.map(({ rd, tag, prefix, label }) => ({
    nlri: `ip-prefix rd ${rd} tag ${tag} prefix ${prefix}`,
    label: (label << 4) | 1,
    nextHop: "10.0.0.1",
    communities: [target, `router-mac:${routerMac}`],
    originatorId: "10.0.0.1",
    clusterList: [ourRouterId],
  }));
}

async function holds(star: Star, read: () => Promise<EvpnRoute[]>, expected: readonly EvpnRoute[]): Promise<void> {
  const lines = (routes: readonly EvpnRoute[]) => routes.map((route) => JSON.stringify(route)).sort();
  let last: string[] = [];
  const wanted = lines(expected);
  const asExpected = async () => (last = lines(await read())).join() === wanted.join();
  await waitFor("the routes", asExpected, star.patience).catch(() => {});
  assert.deepEqual(last, wanted, star.patience.detail());
}

const inSql = `SELECT nlri, route_type, rd, esi, ethernet_tag, mac, ip, prefix, gateway, labels, originator,
  route_targets, next_hop, best FROM evpn`;

Deno.test({
  name: "bgpd reflects EVPN routes of all five types between FRR and GoBGP, and holds their fields in SQL",
  ignore: !canRun("EVPN", [frr, gobgp]),
  async fn() {
    const rays = [frr, gobgp].map((kind) => ({ kind, asn: ourAsn, keys, routes: [], more: { families: ["evpn"] } }));
    await using star = new Star(rays);
    await star.start();
    const [atFrr, atGobgp] = star.peers;
    await originateAtFrr(atFrr!, ofFrr, "10.0.0.1");
    await originateAtGobgp(atGobgp!, ofGobgp, "10.0.0.2");
    await holds(star, () => heldByFrr(atFrr!), atFrrHeld(ofGobgp));
    await holds(star, () => heldByGobgp(atGobgp!), atGobgpHeld(ofFrr));

    const mac = ofGobgp[1]!.nlri;
    const hop = "10.0.0.2";
    await star.says(
      [
        [mac, 2, "65000:2", null, 0, "00:00:5e:00:53:01", "192.0.2.1", null, null, "10", null, target, hop, 1],
      ],
      `${inSql} WHERE mac = '00:00:5e:00:53:01'`,
    );
    await star.says(
      [
        [ofGobgp[0]!.nlri, 1, "65000:2", esi, 100, null, null, null, null, "200", null, target, hop, 1],
        [ofGobgp[4]!.nlri, 4, "65000:2", esi, null, null, null, null, null, null, hop, target, hop, 1],
      ],
      `${inSql} WHERE esi IS NOT NULL ORDER BY route_type`,
    );
    await star.says(
      [["2001:db8:1::/48", null, String((102 << 4) | 1)], ["2001:db8:5::/48", "2001:db8::9", "21"]],
      "SELECT prefix, gateway, labels FROM evpn WHERE prefix LIKE '2001:%' ORDER BY prefix",
    );

    await withdrawAtFrr(atFrr!, ofFrr[0]!);
    for (const gone of [1, 3, 4].map((i) => ofGobgp[i]!)) await withdrawAtGobgp(atGobgp!, gone);
    await holds(star, () => heldByGobgp(atGobgp!), atGobgpHeld(ofFrr.slice(1)));
    await holds(star, () => heldByFrr(atFrr!), atFrrHeld([0, 2, 5, 6].map((i) => ofGobgp[i]!)));
    await star.says([[6]], "SELECT count(*) FROM evpn");
    const gone = ["ip-prefix rd 65000:1 tag 0 prefix 192.0.2.0/24", ...[1, 3, 4].map((i) => ofGobgp[i]!.nlri)];
    await star.says(
      gone.toSorted().map((nlri) => [nlri]),
      "SELECT DISTINCT nlri FROM rib_history WHERE family = 'evpn' AND ended_by = 'withdrawn' ORDER BY 1",
    );
  },
});

/** By what both daemons show: FRR the destination and the network, GoBGP the rest of it, too. */
const ours = [
  ["ip-prefix rd 65000:9 tag 0 prefix 192.0.2.0/24 gateway 10.0.0.9", "5000", "rt:65000:100 encap:vxlan"],
  [
    "multicast rd 65000:9 tag 0 originator 10.0.0.9 pmsi ingress-replication vni 5002 endpoint 10.0.0.9",
    "",
    "rt:65000:100 encap:vxlan",
  ],
  ["mac-ip rd 65000:9 tag 0 mac 00:00:5e:00:53:09 ip 192.0.2.9", "5001", "rt:65000:100 encap:vxlan"],
] as const;

Deno.test({
  name: "rows of announcements with EVPN routes reach FRR and GoBGP, and go with the rows",
  ignore: !canRun("EVPN announcements", [frr, gobgp]),
  async fn() {
    const rays = [frr, gobgp].map((kind) => ({ kind, asn: ourAsn, keys, routes: [], more: { families: ["evpn"] } }));
    await using star = new Star(rays);
    await star.start();
    const [atFrr, atGobgp] = star.peers;
    for (const [nlri, labels, communities] of ours) {
      await star.bgpd.sqlite3(
        "INSERT INTO announcements(family, nlri, labels, ext_communities, next_hop, local_pref)" +
          ` VALUES('evpn', '${nlri}', '${labels}', '${communities}', '10.0.0.9', 100)`,
      );
    }
    const held = ours.map(([nlri, labels]) => ({
      nlri: nlri.replace(/ (?:gateway|pmsi) .*/, ""),
      label: labels === "" ? undefined : Number(labels),
      nextHop: "10.0.0.9",
      communities: vxlan,
      originatorId: undefined,
      clusterList: [],
    }));
    await holds(star, () => heldByFrr(atFrr!), held);
    await holds(star, () => heldByGobgp(atGobgp!), held);
    await star.says(
      ours.map(([nlri]) => [nlri, "announced", 2]),
      "SELECT nlri, state, sent_to FROM announcement_status ORDER BY id",
    );
    // FRR shows the tunnel; it reads the field as an MPLS label.
    const tunnel = await atFrr!.ask("show bgp l2vpn evpn route rd 65000:9 type multicast json");
    assert.match(tunnel, /"tunnelType":\s*"Ingress Replication",\s*"label":\s*5002/);
    await star.bgpd.sqlite3("DELETE FROM announcements WHERE labels = '5000'");
    await holds(star, () => heldByGobgp(atGobgp!), held.slice(1));
    await holds(star, () => heldByFrr(atFrr!), held.slice(1));
  },
});
