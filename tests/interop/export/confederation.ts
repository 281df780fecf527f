/**
 * Confederation 100 (RFC 5065): bgpd is member 65000, FRR is member 65001, and BIRD outside sees one AS. And paths that
 * bgpd changes for peers outside: private ASNs removed, one AS overridden, AIGP where it is enabled.
 */
import assert from "node:assert/strict";
import { Bird } from "../peers/bird.ts";
import { Frr } from "../peers/frr.ts";
import type { PeerRoute, ReceivedRoute } from "../peers/mod.ts";
import { sampleRoutes } from "../routes.ts";
import { type Ray, Star } from "../star.ts";
import type { Scene } from "./scenes.ts";

const plain = (third: number, asn: number, asPath?: string): PeerRoute => ({ ...sampleRoutes(third, asn)[0]!, asPath });
const path = ({ prefix, asPath, localPref, aigp }: ReceivedRoute) => ({ prefix, asPath, localPref, aigp });

export function confederation(): Scene {
  const members = "confederation_id = 100\nconfederation_members = [65000, 65001]";
  const rays: Ray[] = [
    {
      kind: Frr,
      asn: 65001,
      routes: [plain(1, 65001), plain(2, 65001, "300 7")],
      keys: 'export = "all"',
      more: { lines: { session: "bgp confederation identifier 100\n bgp confederation peers 65000" } },
    },
    { kind: Bird, asn: 200, routes: [plain(3, 200, "64999 8")], keys: 'export = "all"', seesAsn: 100 },
  ];
  const star = new Star(rays, members);
  const [first, second] = rays[0]!.routes as [PeerRoute, PeerRoute];
  const third = rays[1]!.routes[0]!;
  const run = async () => {
    await star.start();
    const withPath = (route: PeerRoute, asPath: string): ReceivedRoute => ({ ...route, asPath });
    const pathOnly = ({ prefix, asPath }: ReceivedRoute) => ({ prefix, asPath });
    await star.holds(0, [withPath(third, "(65000) 200 64999 8")], pathOnly);
    await star.holds(1, [withPath(first, "100"), withPath(second, "100 300 7")], pathOnly);
    const [received] = await star.peers[0]!.received();
    assert.equal(received!.localPref, 100, "LOCAL_PREF goes from member to member (RFC 5065 §4.1)");
    await star.says([
      ["(65001)", null],
      ["(65001) 300 7", null],
      ["200 64999 8", null],
      // FRR tells its best route to whom it has it from, too.
      ["(65001 65000) 200 64999 8", "own ASN in AS path"],
    ], "SELECT as_path, ineligible FROM rib ORDER BY prefix, ineligible");
  };
  return { star, run };
}

/** Its IGP metric is what BIRD makes the AIGP of. */
const far = "100.50.0.0/24";
const metricRoute = `protocol static far { ipv4; route ${far} unreachable { igp_metric = 20; }; }`;

export function madeUpPaths(): Scene {
  const rays: Ray[] = [
    {
      kind: Bird,
      asn: 65001,
      routes: [plain(1, 65001, "3356 64999"), plain(2, 65001, "65002 9")],
      keys: "aigp = true",
      more: { lines: { speaker: metricRoute, family: "next hop self; aigp originate;" } },
    },
    {
      kind: Bird,
      asn: 200,
      routes: [],
      keys: 'export = "all"\nremove_private_as = "all"\naigp = true\ndefault_originate = ["ipv4 unicast"]',
      more: { lines: { family: "aigp yes;" } },
    },
    { kind: Frr, asn: 65002, routes: [], keys: 'export = "all"\nas_override = true\nremove_private_as = "none"' },
  ];
  const star = new Star(rays);
  const [first, second] = rays[0]!.routes as [PeerRoute, PeerRoute];
  const run = async () => {
    await star.start();
    const aigp = (await star.peers[1]!.waitReceived(far, star.patience)).aigp;
    assert.equal(aigp, 20, "RFC 7311 §3.4: BIRD sees the AIGP that BIRD made, through bgpd");
    const withPath = (route: PeerRoute, asPath: string, more = {}): ReceivedRoute => ({ ...route, asPath, ...more });
    const view = (route: ReceivedRoute) => ({ ...path(route), localPref: 0 });
    await star.holds(1, [
      withPath(first, "65000 3356"),
      withPath(second, "65000 9"),
      { ...withPath(first, "65000", { aigp }), prefix: far },
      { ...withPath(first, "65000"), prefix: "0.0.0.0/0" },
    ], view);
    const others = [withPath(first, "65000 65001 3356 64999"), withPath(second, "65000 65001 65000 9")];
    await star.holds(2, [...others, { ...withPath(first, "65000 65001"), prefix: far }], view);
  };
  return { star, run };
}
