/** Peers, routers, RPKI sources, and their events. */

import { capabilityList } from "../../control/route_values.ts";
import type { PeerRow } from "../../store/mod.ts";
import { WebError } from "../answers/answer.ts";
import { apiRoute } from "./api_route.ts";
import { asnOf, limit, limitOf, peer, peerOf, prefix, prefixOf } from "./parameters.ts";
import { parsePrefix } from "../../types/mod.ts";

function withCapabilities<Peer extends PeerRow>({ capabilities, ...peer }: Peer) {
  return { ...peer, capabilities: capabilityList({ capabilities }) };
}

const name = (of: string) => ({ name: of, in: "path", doc: `name of the ${of}` } as const);

export const peerRoutes = [
  apiRoute({
    path: "/peers",
    shape: "peers",
    summary: "every configured peer, with its state and its numbers of routes",
    run: (_asked, { reader }) => ({ peers: reader.peers().map(withCapabilities), notice: null }),
  }),
  apiRoute({
    path: "/peers/{peer}",
    shape: "peer",
    summary: "a peer, its families and its newest events",
    parameters: [name("peer")],
    run(asked, { reader }) {
      const found = reader.peer(peerOf(reader, asked.part("peer"))!);
      if (found === undefined) throw new WebError(404, `there is no peer ${asked.part("peer").slice(0, 100)}`);
      return { peer: withCapabilities(found), notice: null };
    },
  }),
  apiRoute({
    path: "/routers",
    shape: "routers",
    summary: "the routers that report by BMP",
    run: async (_asked, { reader }) => ({ routers: await reader.routers(), notice: null }),
  }),
  apiRoute({
    path: "/routers/{router}",
    shape: "router",
    summary: "a router, its tables and its newest events",
    parameters: [name("router")],
    async run(asked, { reader }) {
      const router = (await reader.routers()).find((each) => each.router === asked.part("router"));
      if (router === undefined) throw new WebError(404, `there is no router ${asked.part("router").slice(0, 100)}`);
      return { router, ...await reader.router(router.router, 100), notice: null };
    },
  }),
  apiRoute({
    path: "/rpki",
    shape: "rpki",
    lane: "slow",
    cacheMs: 10_000,
    summary: "where VRPs and ASPAs come from, and how many routes are in which state",
    run: async (_asked, { reader }) => ({ ...await reader.rpki(), notice: null }),
  }),
  apiRoute({
    path: "/vrps",
    shape: "vrps",
    summary: "the VRPs that cover a prefix and those inside it, or those of an AS",
    parameters: [prefix, { name: "asn", in: "query", doc: "an AS", example: "65000" }, limit],
    async run(asked, { reader }) {
      const most = limitOf(asked, 100, 5_000);
      const asn = asnOf(asked.parameter("asn"), "asn"), text = prefixOf(asked.parameter("prefix"));
      if (asn !== undefined) return { vrps: await reader.vrpsOfAs(asn, most), notice: null };
      if (text === undefined) throw new WebError(400, "give prefix or asn");
      const { covering, inside } = await reader.vrpsAround(parsePrefix(text)!, most);
      return { vrps: covering, inside, notice: null };
    },
  }),
  apiRoute({
    path: "/events",
    shape: "events",
    summary: "events of peers: sessions up and down, NOTIFICATIONs, malformed messages; the newest first",
    parameters: [peer, { name: "before", in: "query", doc: "only events before the one with this number" }, limit],
    run(asked, { reader }) {
      const before = asked.parameter("before");
      if (before !== undefined && !/^\d{1,15}$/.test(before)) throw new WebError(400, "before is a number of an event");
      const events = reader.eventsBefore({
        before: before === undefined ? undefined : Number(before),
        peer: peerOf(reader, asked.parameter("peer")),
        limit: limitOf(asked, 100, 1_000),
      });
      return { events, next: events.at(-1)?.id ?? null, notice: null };
    },
  }),
];
