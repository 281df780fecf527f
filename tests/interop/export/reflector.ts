/** bgpd as a route reflector of four routers of its own AS (RFC 4456). */
import type { PeerKind, PeerRoute, ReceivedRoute } from "../peers/mod.ts";
import { sampleRoutes } from "../routes.ts";
import { internalView, ourAsn, ourRouterId, type Ray, routers, Star } from "../star.ts";
import type { Scene } from "./scenes.ts";

const keys = 'export = "all"\nroute_reflector_client = true';

/** With every attribute that a router sets; other values for each of them. */
export function fullRoutes(kind: PeerKind, i: number, asn: number): PeerRoute[] {
  const path = kind.title === "OpenBGPD" ? {} : { asPath: `64500 ${64501 + i}` };
  return sampleRoutes(i + 1, asn).map((route, j) => ({
    ...route,
    ...path,
    origin: (["igp", "egp", "incomplete"] as const)[j]!,
    med: 10 + i,
  }));
}

const rays: Ray[] = routers.map((kind, i) => ({
  kind,
  asn: ourAsn,
  keys,
  routes: fullRoutes(kind, i, ourAsn).map((route) => ({ ...route, localPref: 200 + i })),
}));

/** RFC 4456 §8: who brought it in and through whom it came is added, and (§10) nothing else is touched. */
export function reflected(star: Star, from: number, routes: readonly PeerRoute[]): ReceivedRoute[] {
  const { routerId } = star.nodes[from]!;
  return routes.map((route) => ({
    ...route,
    asPath: route.asPath ?? "",
    originatorId: routerId,
    clusterList: [ourRouterId],
  }));
}

export function reflector(): Scene {
  const star = new Star(rays);
  /** What each announces now. */
  const announced: (readonly PeerRoute[])[] = rays.map(({ routes }) => routes);
  const expectAll = (places: readonly number[]) =>
    Promise.all(places.map((at) => {
      const others = announced.flatMap((routes, from) => from === at ? [] : reflected(star, from, routes));
      return star.holds(at, others, internalView);
    }));
  const run = async () => {
    await star.start();
    const everyone = [0, 1, 2, 3];
    await expectAll(everyone);
    // The first IPv4 route of each goes, and the IPv6 route of one.
    await Promise.all(everyone.map(async (at) => {
      announced[at] = announced[at]!.slice(1, at === 0 ? 2 : undefined);
      await star.peers[at]!.announce(announced[at]!);
    }));
    await expectAll(everyone);
    for (const at of [2, 1]) {
      star.peers[at]!.process.signal("SIGKILL");
      announced[at] = [];
      everyone.splice(everyone.indexOf(at), 1);
      await expectAll(everyone);
    }
  };
  return { star, run };
}
