/** `/protocols`: the peers, as BIRD shows its protocols. */

import type { FamilyCounts, TableFacts } from "../../store/mod.ts";
import { IPV4_UNICAST, IPV6_UNICAST } from "../../types/mod.ts";
import type { Answer } from "../answers/answer.ts";
import type { Context, FrontRoute } from "../answers/front.ts";
import { type PeerRow, type TablePeer, tablePeers } from "../tables/table_peers.ts";
import { type BestCounts, countKey } from "./best_counts.ts";
import { answer, birdTime } from "./envelope.ts";
import { protocolId } from "./protocol_ids.ts";

const ttlMs = 10_000;
/** The channels of a protocol. */
const channels = [["ipv4", IPV4_UNICAST], ["ipv6", IPV6_UNICAST]] as const;

export function protocolRoutes(counts: BestCounts): readonly FrontRoute[] {
  return [
    { path: "/birdwatcher/protocols", lane: "slow", run: (_asked, context) => protocols(context, counts, true) },
    { path: "/birdwatcher/protocols/bgp", lane: "slow", run: (_asked, context) => protocols(context, counts, false) },
    { path: "/birdwatcher/protocols/short", lane: "quick", run: (_asked, context) => short(context) },
  ];
}

/** `all`: with this speaker, whose routes BIRD would have from a protocol of another kind. */
async function protocols({ reader, now }: Context, counts: BestCounts, all: boolean): Promise<Answer> {
  const facts = reader.tableFacts();
  const preferred = await counts.get(facts, now());
  const families = byPeer(facts);
  const started = startOf(reader.daemonValues().get("started_at"), now());
  const entries = tablePeers(reader, facts).filter(({ row }) => all || row !== undefined).map((peer) => {
    const id = protocolId(peer);
    const since = peer.row?.since ?? started;
    return [id, { ...protocol(peer, since), ...routesOf(peer, families.get(peer.id) ?? [], preferred) }] as const;
  });
  return answer({ protocols: Object.fromEntries(entries) }, now(), ttlMs);
}

function short({ reader, now }: Context): Answer {
  const started = startOf(reader.daemonValues().get("started_at"), now());
  const entries = tablePeers(reader, reader.tableFacts()).map((peer) => {
    const { row } = peer;
    const [proto, state, info] = row === undefined ? ["Static", "up", ""] : ["BGP", stateOf(row), row.state];
    return [protocolId(peer), { proto, table: "---", state, since: birdTime(row?.since ?? started), info }] as const;
  });
  return answer({ protocols: Object.fromEntries(entries) }, now(), ttlMs);
}

/** When this speaker became what it is: without a known start, now. */
function startOf(value: unknown, now: number): number {
  return Number(value ?? now);
}

function protocol(peer: TablePeer, since: string | number): Record<string, unknown> {
  const { row } = peer;
  const shared = { protocol: protocolId(peer), table: "---", state_changed: birdTime(since) };
  if (row === undefined) {
    return { ...shared, bird_protocol: "Static", state: "up", connection: "", description: "routes of this speaker" };
  }
  const isUp = row.state === "Established";
  return {
    ...shared,
    bird_protocol: "BGP",
    state: stateOf(row),
    connection: row.state,
    bgp_state: row.state,
    description: row.description ?? "",
    neighbor_address: row.remoteIp ?? "",
    neighbor_as: row.peerAs ?? 0,
    neighbor_id: row.routerId ?? "",
    source_address: row.localIp ?? "",
    local_as: row.localAs ?? 0,
    session: row.peerAs === row.localAs ? "internal" : "external",
    last_error: isUp ? "" : row.reason ?? "",
    route_changes: {
      import_updates: { received: row.routesAnnounced },
      import_withdraws: { received: row.routesWithdrawn },
    },
  };
}

/** BIRD: a protocol is up, down, or on its way. */
function stateOf({ state }: PeerRow): "up" | "down" | "start" {
  if (state === "Established") return "up";
  return state === "Disabled" || state === "Held" || state === "Removed" ? "down" : "start";
}

function routesOf(
  { id }: TablePeer,
  families: readonly FamilyCounts[],
  preferred: ReadonlyMap<string, number>,
): Record<string, unknown> {
  const total = { imported: 0, filtered: 0, exported: 0, preferred: 0 };
  const own = channels.flatMap(([name, family]) => {
    const counts = families.find((each) => each.family === family);
    if (counts === undefined) return [];
    const routes = {
      imported: counts.accepted,
      filtered: Math.max(0, counts.routes - counts.accepted),
      exported: counts.sent,
      preferred: preferred.get(countKey(id, family)) ?? 0,
    };
    for (const key of ["imported", "filtered", "exported", "preferred"] as const) total[key] += routes[key];
    return [[name, { routes, routes_count: routes }] as const];
  });
  return { routes: total, channels: Object.fromEntries(own) };
}

function byPeer(facts: TableFacts): ReadonlyMap<number, FamilyCounts[]> {
  return Map.groupBy(facts.familyCounts(), ({ peerId }) => peerId);
}
