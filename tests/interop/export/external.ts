/** bgpd between four routers of four other ASes: as a route server (RFC 7947), and as one that gives them transit. */
import { isV6, type PeerRoute, type ReceivedRoute } from "../peers/mod.ts";
import { sampleRoutes } from "../routes.ts";
import { externalView, ourAsn, type Ray, routers, Star } from "../star.ts";
import type { Scene } from "./scenes.ts";
import { fullRoutes } from "./reflector.ts";

const everyone = [0, 1, 2, 3];
const asnAt = (at: number) => 65001 + at;
const plainAt = (at: number) => fullRoutes(routers[at]!, at, asnAt(at));
const noExport = "65535:65281";
const noAdvertise = "65535:65282";

/**
 * Two that RFC 1997 keeps within an AS, or with the peers that their communities name. FRR and OpenBGPD keep their own,
 * too.
 */
function markedRoutes(at: number): PeerRoute[] {
  if (!["BIRD", "GoBGP"].includes(routers[at]!.title)) return [];
  return [noExport, noAdvertise].map((community, i) => ({
    ...sampleRoutes(at + 1, asnAt(at))[i]!,
    prefix: `100.${20 + i}.${at}.0/24`,
    communities: [community],
  }));
}

interface Rules {
  /** Lines of the configuration for the peer at this place. */
  keys(at: number): string;
  overIpv6?(at: number): boolean;
  /** Those not to be exported are passed on like others. */
  passesMarked: boolean;
  /** The route as the daemon at this place gets it. */
  passed(route: ReceivedRoute, to: number): ReceivedRoute;
}

/** All hold what the others sent, one takes a route back, one dies. */
function scene(rules: (ours: () => string) => Rules): Scene {
  const { keys, passesMarked, overIpv6, passed } = rules(() => star.ours.address);
  const rays = routers.map((kind, at): Ray => ({
    kind,
    asn: asnAt(at),
    keys: keys(at),
    routes: [...plainAt(at), ...markedRoutes(at)],
    overIpv6: overIpv6?.(at) ?? false,
  }));
  const star = new Star(rays);
  const announced = everyone.map((at) => [...plainAt(at), ...passesMarked ? markedRoutes(at) : []]);
  const expectAll = (places: readonly number[]) =>
    Promise.all(places.map((at) => {
      const others = announced.flatMap((routes, from) =>
        from === at ? [] : routes.map((route) => {
          const asPath = [asnAt(from), route.asPath ?? ""].join(" ").trim();
          return passed({ ...route, asPath }, at);
        })
      );
      return star.holds(at, others, externalView);
    }));
  const run = async () => {
    await star.start();
    await expectAll(everyone);
    // It has them, and did not keep them for want of routes.
    await star.says(
      everyone.flatMap(markedRoutes).map(({ prefix }) => prefix).sort().map((prefix) => [prefix]),
      "SELECT prefix FROM rib WHERE communities LIKE '65535:%' AND best ORDER BY prefix",
    );
    announced[1] = announced[1]!.slice(1);
    await star.peers[1]!.announce(announced[1]!);
    await expectAll(everyone);
    star.peers[3]!.process.signal("SIGKILL");
    announced[3] = [];
    await expectAll([0, 1, 2]);
  };
  return { star, run };
}

/**
 * RFC 7947 §2.2: AS_PATH, NEXT_HOP, MED as they came, and (§2.2.4) communities are not for the route server to read.
 * FRR sends back what it hears, and in place of its own route each would get that, through FRR: selections are another
 * test's.
 */
export function routeServer(): Scene {
  return scene(() => ({
    keys: () => 'export = "all"\nroute_server_client = true\nexport_selection = "best"',
    passesMarked: true,
    passed: (route) => route,
  }));
}

/** RFC 4271 §5.1: our AS first in AS_PATH, this speaker as next hop, no MED; RFC 1997: what is not to leave stays. */
export function transit(): Scene {
  // GoBGP takes no IPv4 next hop on loopback; over IPv6 it gets the one that the configuration names.
  const overIpv6 = (at: number) => routers[at]!.title === "GoBGP";
  return scene((ours) => ({
    keys: (at) =>
      `export = "all"\n${overIpv6(at) ? 'next_hop_ipv4 = "192.0.2.254"' : 'next_hop_ipv6 = "2001:db8::fe"'}`,
    overIpv6,
    passesMarked: false,
    passed(route, to) {
      const [v4, v6] = overIpv6(to) ? ["192.0.2.254", "::1"] : [ours(), "2001:db8::fe"];
      return { ...route, asPath: `${ourAsn} ${route.asPath}`, nextHop: isV6(route.prefix) ? v6 : v4, med: undefined };
    },
  }));
}
