/** `/metrics` for Prometheus: made anew at each scrape from what the daemon says. The only file that knows prom-client. */

import { Counter, Gauge, Registry } from "prom-client";
import { peerStates } from "../../session/mod.ts";
import { withoutPorts } from "../../transport/mod.ts";
import type { ControlTarget, MessageTally, PeerView } from "../target.ts";

export interface Metrics {
  scrape(target: ControlTarget): Promise<{ text: string; contentType: string }>;
}

const messageTypes: readonly (readonly [keyof MessageTally, string])[] = [
  ["open", "open"],
  ["update", "update"],
  ["notification", "notification"],
  ["keepalive", "keepalive"],
  ["routeRefresh", "route-refresh"],
];

/** One series for each peer. */
interface PeerMetric {
  readonly kind: "gauge" | "counter";
  readonly name: string;
  readonly help: string;
  /** Label beside `peer`. */
  readonly label?: string;
  values(peer: PeerView): Iterable<readonly [label: string, value: number]>;
}

const peerMetrics: readonly PeerMetric[] = [
  gauge("bgpd_peer_up", "1 where the session is Established", (peer) => peer.state === "Established" ? 1 : 0),
  gauge(
    "bgpd_peer_state",
    peerStates.map((state, number) => `${number} ${state}`).join(", "),
    (peer) => peerStates.indexOf(peer.state),
  ),
  gauge("bgpd_peer_state_seconds", "Time in this state", (peer) => peer.sinceSeconds),
  {
    kind: "gauge",
    name: "bgpd_peer_last_error_info",
    help: "1 where there is no session, with the reason",
    label: "reason",
    values: ({ state, lastReason }) =>
      state === "Established" || lastReason === null ? [] : [[withoutPorts(lastReason), 1]],
  },
  counter("bgpd_peer_sessions_total", "Sessions that were Established", (peer) => peer.sessions),
  {
    kind: "counter",
    name: "bgpd_peer_messages_received_total",
    help: "Messages received, by type",
    label: "type",
    values: ({ messagesReceived }) => messageTypes.map(([key, type]) => [type, messagesReceived[key]]),
  },
  {
    kind: "counter",
    name: "bgpd_peer_messages_sent_total",
    help: "Messages sent, by type",
    label: "type",
    values: ({ messagesSent }) => messageTypes.map(([key, type]) => [type, messagesSent[key]]),
  },
  counter("bgpd_peer_updates_received_total", "UPDATEs of the session", (peer) => peer.updatesReceived),
  counter("bgpd_peer_routes_announced_total", "Routes announced in the session", (peer) => peer.routesAnnounced),
  counter("bgpd_peer_routes_withdrawn_total", "Routes withdrawn in the session", (peer) => peer.routesWithdrawn),
  counter(
    "bgpd_peer_treat_as_withdraw_total",
    "Malformed UPDATEs treated as withdraw (RFC 7606)",
    (peer) => peer.treatAsWithdraw,
  ),
  counter(
    "bgpd_peer_attribute_discards_total",
    "Malformed attributes discarded (RFC 7606)",
    (peer) => peer.attributeDiscards,
  ),
  counter(
    "bgpd_peer_paths_refused_total",
    "Announcements of paths above add_path_max_paths",
    (peer) => peer.pathsRefused,
  ),
  {
    kind: "gauge",
    name: "bgpd_peer_prefixes_received",
    help: "Routes held of the peer (Adj-RIB-In)",
    label: "family",
    values: ({ prefixesReceived }) => prefixesReceived.map(({ family, count }) => [family, count]),
  },
  {
    kind: "gauge",
    name: "bgpd_peer_prefixes_advertised",
    help: "Routes in the peer's Adj-RIB-Out: written to the peer, or about to be",
    label: "family",
    values: ({ prefixesAdvertised }) => prefixesAdvertised.map(({ family, count }) => [family, count]),
  },
];

export const metrics: Metrics = {
  async scrape(target) {
    const registry = new Registry();
    const status = target.status();
    const { eventLoopDelaySeconds, residentBytes, backlogRows } = target.measurements();
    const single = (name: string, help: string, value: number) =>
      new Gauge({ name, help, registers: [registry] }).set(value);
    new Gauge({ name: "bgpd_info", help: "Version", labelNames: ["version", "router_id"], registers: [registry] })
      .set({ version: status.version, router_id: status.routerId }, 1);
    single("bgpd_start_time_seconds", "Unix time of the start", Date.parse(status.startedAt) / 1000);
    single("bgpd_peers", "Peers", status.peers);
    single("bgpd_peers_established", "Peers with an Established session", status.established);
    single(
      "bgpd_event_loop_delay_seconds",
      "Longest pause of the main thread since the last scrape",
      eventLoopDelaySeconds,
    );
    single("bgpd_resident_memory_bytes", "Resident memory", residentBytes);
    if (backlogRows !== null) {
      single("bgpd_database_backlog_rows", "Rows that memory has and the database does not yet", backlogRows);
    }
    addPeers(registry, target.peers());
    return { text: await registry.metrics(), contentType: registry.contentType };
  },
};

function addPeers(registry: Registry, peers: readonly PeerView[]): void {
  const info = new Gauge({
    name: "bgpd_peer_info",
    help: "What the configuration says about a peer",
    labelNames: ["peer", "remote_ip", "peer_as", "description", "group"],
    registers: [registry],
  });
  for (const { peer, remoteIp, peerAs, description, group } of peers) {
    const labels = { peer, remote_ip: remoteIp ?? "", peer_as: peerAs ?? "", description: description ?? "" };
    info.set({ ...labels, group: group ?? "" }, 1);
  }
  for (const { kind, name, help, label, values } of peerMetrics) {
    const labelNames = label === undefined ? ["peer"] : ["peer", label];
    const options = { name, help, labelNames, registers: [registry] };
    const metric = kind === "gauge" ? new Gauge(options) : new Counter(options);
    for (const peer of peers) {
      for (const [labelValue, value] of values(peer)) {
        metric.inc(label === undefined ? { peer: peer.peer } : { peer: peer.peer, [label]: labelValue }, value);
      }
    }
  }
}

function gauge(name: string, help: string, value: (peer: PeerView) => number): PeerMetric {
  return { kind: "gauge", name, help, values: (peer) => [["", value(peer)]] };
}

function counter(name: string, help: string, value: (peer: PeerView) => number): PeerMetric {
  return { kind: "counter", name, help, values: (peer) => [["", value(peer)]] };
}
