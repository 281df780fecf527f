/**
 * Several paths of a prefix, in both directions: bgpd sends the three paths of its own peers to four daemons, all of
 * them or the best two. Each daemon sends two paths to bgpd, and through bgpd to the other daemons.
 */
import { emptyAttributeSet, encodeAttributeSet, UpdateEncoder } from "../../../src/message/mod.ts";
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST, parseAddress, parsePrefix } from "../../../src/types/mod.ts";
import { loopback } from "../../support/net.ts";
import { ScriptedPeer } from "../../support/scripted_peer.ts";
import { testContext } from "../../support/update_view.ts";
import { waitFor } from "../../support/wait.ts";
import { type Endpoint, isV6, type ReceivedRoute } from "../peers/mod.ts";
import { internalView, ourAsn, ourRouterId, type Ray, routers, Star } from "../star.ts";
import type { Scene } from "./scenes.ts";

/** A speaker with one path for two prefixes, the further down the list the longer. */
interface Source {
  readonly address: string;
  readonly asn: number;
  readonly routes: readonly ReceivedRoute[];
}

/** `group` 0 to 4: whom they feed. */
function sources(group: number, count: number): Source[] {
  return Array.from({ length: count }, (_, i) => {
    const asn = 65100 + 10 * group + i;
    const asPath = [asn, ...new Array<number>(i).fill(64500)].join(" ");
    const host = 10 * group + i + 1;
    const none = { asPath, communities: [], largeCommunities: [], extCommunities: [] };
    const routes = [
      { prefix: `100.30.${group}.0/24`, nextHop: `192.0.2.${host}`, ...none },
      { prefix: `2001:db8:30${group}::/48`, nextHop: `2001:db8::${host}`, ...none },
    ];
    return { address: loopback(), asn, routes };
  });
}

export function addPath(): Scene {
  const ours = sources(0, 3);
  const theirs = routers.map((_, at) => sources(at + 1, 2));
  /** Where only the best two go. */
  const isLimited = (at: number) => ["BIRD", "OpenBGPD"].includes(routers[at]!.title);
  const rays = routers.map((kind, at): Ray => ({
    kind,
    asn: ourAsn,
    keys: `export = "all"\nroute_reflector_client = true\nadd_path = "both"\nadd_path_send = ${
      isLimited(at) ? 2 : '"all"'
    }`,
    routes: [],
    more: { addPath: true, feeders: theirs[at]! },
  }));
  const bottom = ours.map(({ address, asn }) =>
    `[[peers]]\nremote_ip = "${address}"\nremote_as = ${asn}\npassive = true\n`
  );
  const star = new Star(rays, "", bottom.join("\n"));
  const everyone = [0, 1, 2, 3];

  /** Those that announce their path now. */
  const live = { ours: [...ours], theirs: theirs.map((list) => [...list]) };
  const expectAll = () =>
    Promise.all(everyone.map((at) => {
      const direct = live.ours.slice(0, isLimited(at) ? 2 : undefined).flatMap(({ routes }) => routes);
      const reflected = live.theirs.flatMap((list, from) => {
        if (from === at) return [];
        const { routerId } = star.nodes[from]!;
        return list.flatMap(({ routes }) => routes)
          .map((route) => ({ ...route, originatorId: routerId, clusterList: [ourRouterId] }));
      });
      return star.holds(at, [...direct, ...reflected], internalView);
    }));

  const run = async () => {
    await star.start();
    await using sessions = new AsyncDisposableStack();
    const feed = async (source: Source, to: Endpoint) => {
      const session = sessions.adopt(await connect(source, to), (session) => session.close());
      for (const route of source.routes) session.write(announcement(route));
      return session;
    };
    const [oursUp, theirsUp] = await Promise.all([
      Promise.all(ours.map((source) => feed(source, star.ours))),
      Promise.all(theirs.map((list, at) => Promise.all(list.map((source) => feed(source, star.nodes[at]!.endpoint))))),
    ]);
    await expectAll();
    for (const { endpoint } of star.nodes) {
      const query = "SELECT count(DISTINCT path_id), count(*) FROM rib WHERE peer = ? GROUP BY prefix";
      await star.says([[2, 2], [2, 2]], query, endpoint.address);
    }
    // The best one goes: those who have two get the third.
    for (const route of ours[0]!.routes) oursUp[0]!.write(withdrawal(route));
    live.ours.shift();
    await expectAll();
    // One path of each daemon goes with its session.
    for (const [at, list] of theirsUp.entries()) {
      list[0]!.close();
      live.theirs[at]!.shift();
    }
    await expectAll();
    // The prefix goes with its last path.
    for (const session of oursUp.slice(1)) session.close();
    live.ours = [];
    await expectAll();
  };
  return { star, run };
}

/** Tries until the daemon is ready for it. */
function connect({ address: local, asn }: Source, { address, port }: Endpoint): Promise<ScriptedPeer> {
  const options = { local, address, port, asn, routerId: 0x0a010000 + asn };
  return waitFor(`a session with ${address}`, () => ScriptedPeer.connect(options), { intervalMs: 200 });
}

function encode(route: ReceivedRoute, begin: (encoder: UpdateEncoder, family: FamilyId) => void): Uint8Array {
  const encoder = new UpdateEncoder(testContext({ internal: false, maxMessageBytes: 4096 }));
  const { octets, length } = parsePrefix(route.prefix)!;
  const view = new DataView(octets.buffer, octets.byteOffset);
  const word = (i: number) => 4 * i < octets.length ? view.getInt32(4 * i) : 0;
  begin(encoder, isV6(route.prefix) ? IPV6_UNICAST : IPV4_UNICAST);
  encoder.add(word(0), word(1), word(2), word(3), length, -1);
  encoder.finish();
  return encoder.take();
}

function announcement(route: ReceivedRoute): Uint8Array {
  const wire = encodeAttributeSet({
    ...emptyAttributeSet(),
    origin: 0,
    asPath: [{ type: 2, asns: route.asPath.split(" ").map(Number) }],
    nextHop: parseAddress(route.nextHop)!,
  });
  return encode(route, (encoder, family) => encoder.begin(wire, family));
}

function withdrawal(route: ReceivedRoute): Uint8Array {
  return encode(route, (encoder, family) => encoder.beginWithdraw(family));
}
