/** Peers as bgpctl shows them: those of the running router, and without one, those of the database. */

import type { PeerJson } from "../../control/mod.ts";
import { type Capability, decodeOpen } from "../../message/mod.ts";
import { familyByCode, type FamilyId } from "../../types/mod.ts";
import type { Context } from "../answers/front.ts";
import { askRouter } from "../tables/router_socket.ts";
import { type PeerRow, type TablePeer, tablePeers } from "../tables/table_peers.ts";
import { ago } from "./formats.ts";

/** A peer, and what the running router says of it. */
export interface Neighbor {
  readonly peer: TablePeer;
  readonly row: PeerRow;
  readonly live: PeerJson | undefined;
}

/** `filter`: an address, a description or a name; or a group. Empty: nobody is called so. */
export async function neighborsOf(
  { reader, database }: Context,
  filter: ReadonlyMap<string, string> = new Map(),
): Promise<readonly Neighbor[]> {
  const all = await askRouter<PeerJson[]>(database, "/peers");
  const live = new Map(all?.map((each) => [each.peer, each]));
  return chosenPeers(tablePeers(reader, reader.tableFacts()), filter)
    .flatMap((peer) => peer.row === undefined ? [] : [{ peer, row: peer.row, live: live.get(peer.name) }]);
}

/** The peers that `neighbor` or `group` means; without both, all. `neighbor` takes precedence. */
export function chosenPeers(peers: readonly TablePeer[], filter: ReadonlyMap<string, string>): readonly TablePeer[] {
  const [neighbor, group] = [filter.get("neighbor"), filter.get("group")];
  if (neighbor !== undefined) {
    return peers.filter(({ name, address, row }) => [name, address, row?.description].includes(neighbor));
  }
  return group === undefined ? peers : peers.filter(({ row }) => row?.group?.split(/, */).includes(group) === true);
}

/** The members that `/summary` shows, too. */
export function basicMembers({ peer, row, live }: Neighbor, now: number): Record<string, unknown> {
  const state = live?.state ?? row.state;
  return {
    remote_as: String(row.peerAs ?? 0),
    ...row.description === null ? {} : { description: row.description },
    ...row.group === null ? {} : { group: row.group },
    remote_addr: peer.address ?? "",
    ...state === "Established" && row.routerId !== null ? { bgpid: row.routerId } : {},
    // A peer that is disabled or held is idle, and `config.down`.
    state: isDown(state) ? "Idle" : state,
    ...ago("last_updown", live?.since ?? row.since, now),
  };
}

export function neighborMembers(neighbor: Neighbor, now: number): Record<string, unknown> {
  const { row, live } = neighbor;
  const state = live?.state ?? row.state;
  const reason = live === undefined ? row.reason : live.last_reason;
  return {
    ...basicMembers(neighbor, now),
    config: {
      template: false,
      cloned: false,
      down: isDown(state),
      ...row.role === null ? {} : { role: row.role },
      ...capabilitiesOf(live?.open_sent),
    },
    stats: statistics(row, live),
    ...state === "Established" || reason === null ? {} : { last_shutdown_reason: reason },
    ...state === "Established" ? { session: session(row, live) } : {},
  };
}

function isDown(state: string): boolean {
  return state === "Disabled" || state === "Held" || state === "Removed";
}

function statistics(row: PeerRow, live: PeerJson | undefined): Record<string, unknown> {
  const sum = (tallies: readonly { count: number }[] | undefined, stored: number) =>
    tallies?.reduce((total, { count }) => total + count, 0) ?? stored;
  const messages = (tally: PeerJson["messages_sent"] | undefined, total: number) =>
    tally === undefined ? { total } : {
      open: tally.open,
      notifications: tally.notification,
      updates: tally.update,
      keepalives: tally.keepalive,
      route_refresh: tally.route_refresh,
      total: Object.values(tally).reduce((all, count) => all + count, 0),
    };
  return {
    prefixes: {
      sent: sum(live?.prefixes_advertised, row.sent),
      received: sum(live?.prefixes_received, row.routes),
    },
    message: {
      sent: messages(live?.messages_sent, row.messagesSent),
      received: messages(live?.messages_received, row.messagesReceived),
    },
    update: {
      received: {
        updates: live?.routes_announced ?? row.routesAnnounced,
        withdraws: live?.routes_withdrawn ?? row.routesWithdrawn,
      },
    },
  };
}

function session(row: PeerRow, live: PeerJson | undefined): Record<string, unknown> {
  const holdtime = live?.hold_time_seconds ?? row.holdTimeSeconds ?? 0;
  return {
    holdtime,
    keepalive: Math.floor(holdtime / 3),
    local: { address: row.localIp ?? "", ...capabilitiesOf(live?.open_sent) },
    remote: { address: row.remoteIp ?? "", ...capabilitiesOf(live?.open_received) },
    ...row.role === null ? {} : { local_role: row.role, remote_role: row.remoteRole ?? "none" },
  };
}

/** The member `capabilities` for an OPEN as hexadecimal digits. */
function capabilitiesOf(open: string | null | undefined): { readonly capabilities?: Record<string, unknown> } {
  if (open === null || open === undefined) return {};
  const decoded = decodeOpen(Uint8Array.fromHex(open));
  return decoded.kind === "fault" ? {} : { capabilities: capabilityMembers(decoded.open.capabilities) };
}

function capabilityMembers(capabilities: readonly Capability[]): Record<string, unknown> {
  const has = (kind: Capability["kind"]) => capabilities.some((each) => each.kind === kind);
  const multiprotocol = capabilities.flatMap((each) =>
    each.kind === "multiprotocol" ? familyNames(familyByCode(each.afi, each.safi)?.id) : []
  );
  const graceful = capabilities.find((each) => each.kind === "gracefulRestart");
  const addPath = capabilities.find((each) => each.kind === "addPath");
  return {
    as4byte: has("fourOctetAs"),
    refresh: has("routeRefresh"),
    enhanced_refresh: has("enhancedRouteRefresh"),
    extended_message: has("extendedMessage"),
    ...multiprotocol.length === 0 ? {} : { multiprotocol },
    ...graceful === undefined ? {} : {
      graceful_restart: {
        eor: true,
        restart: graceful.restarting,
        timeout: graceful.restartSeconds,
        protocols: graceful.families.flatMap(({ afi, safi, forwarding }) =>
          familyNames(familyByCode(afi, safi)?.id).map((family) => ({ family, preserved: forwarding }))
        ),
      },
    },
    ...addPath === undefined ? {} : {
      "add-path": addPath.families.flatMap(({ afi, safi, send, receive }) =>
        familyNames(familyByCode(afi, safi)?.id).map((family) => ({ family, mode: modeOf(send, receive) }))
      ),
    },
    ...has("role") ? { open_policy: "present" } : {},
  };
}

function modeOf(send: boolean, receive: boolean): string {
  if (send && receive) return "bidir";
  return send ? "send" : "recv";
}

/** OpenBGPD's names of the families that it has. */
const names: Readonly<Record<number, string>> = {
  1: "IPv4 unicast",
  2: "IPv6 unicast",
  7: "IPv4 vpn",
  8: "IPv6 vpn",
};

function familyNames(family: FamilyId | undefined): string[] {
  const name = family === undefined ? undefined : names[family];
  return name === undefined ? [] : [name];
}
