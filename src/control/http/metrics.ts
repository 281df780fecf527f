/**
 * `/metrics` for Prometheus, made at each scrape from what the API shows: names and help texts of a peer's counters are
 * those of its schema. The only file that imports prom-client.
 */

import { Counter, Gauge, Registry } from "prom-client";
import { peerStates } from "../../session/mod.ts";
import { withoutPorts } from "../../transport/mod.ts";
import { snakeKeys } from "../json.ts";
import { type PeerJson, peerSchema } from "../schema/peer.ts";
import type { ControlTarget } from "../target.ts";

export interface Metrics {
  scrape(target: ControlTarget): Promise<{ text: string; contentType: string }>;
}

/** One series for each peer. */
interface PeerMetric {
  readonly kind: "gauge" | "counter";
  readonly name: string;
  readonly help: string;
  /** Label beside `peer`. */
  readonly label?: string;
  values(peer: PeerJson): Iterable<readonly [label: string, value: number]>;
}

const peerMetrics: readonly PeerMetric[] = [
  gauge("bgpd_peer_up", "1: the session is Established", ({ state }) => state === "Established" ? 1 : 0),
  gauge(
    "bgpd_peer_state",
    peerStates.map((state, number) => `${number} ${state}`).join(", "),
    ({ state }) => peerStates.indexOf(state),
  ),
  gauge("bgpd_peer_state_seconds", helpOf("since_seconds"), (peer) => peer.since_seconds),
  {
    kind: "gauge",
    name: "bgpd_peer_last_error_info",
    help: "1: there is no session, for this reason",
    label: "reason",
    values: ({ state, last_reason: reason }) =>
      state === "Established" || reason === null ? [] : [[withoutPorts(reason), 1]],
  },
  counter("sessions"),
  messages("messages_received"),
  messages("messages_sent"),
  counter("updates_received"),
  counter("routes_announced"),
  counter("routes_withdrawn"),
  counter("treat_as_withdraw"),
  counter("attribute_discards"),
  counter("paths_refused"),
  families("prefixes_received"),
  families("prefixes_advertised"),
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
      single("bgpd_database_backlog_rows", "Rows not yet written to the database", backlogRows);
    }
    addPeers(registry, target.peers().map((peer) => snakeKeys<PeerJson>(peer)));
    return { text: await registry.metrics(), contentType: registry.contentType };
  },
};

function addPeers(registry: Registry, peers: readonly PeerJson[]): void {
  const info = new Gauge({
    name: "bgpd_peer_info",
    help: "What the configuration says about a peer",
    labelNames: ["peer", "remote_ip", "peer_as", "description", "group"],
    registers: [registry],
  });
  for (const { peer, remote_ip, peer_as, description, group } of peers) {
    const labels = { remote_ip: remote_ip ?? "", peer_as: peer_as ?? "", description: description ?? "" };
    info.set({ peer, ...labels, group: group ?? "" }, 1);
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

/** `bgpd_peer_KEY_total`. */
function counter(key: KeysOf<number>): PeerMetric {
  return { kind: "counter", name: `bgpd_peer_${key}_total`, help: helpOf(key), values: (peer) => [["", peer[key]]] };
}

/** `bgpd_peer_KEY_total` by type of message; `route_refresh` is labelled `route-refresh`. */
function messages(key: "messages_received" | "messages_sent"): PeerMetric {
  return {
    kind: "counter",
    name: `bgpd_peer_${key}_total`,
    help: helpOf(key),
    label: "type",
    values: (peer) => Object.entries(peer[key]).map(([type, count]) => [type.replace("_", "-"), count]),
  };
}

/** `bgpd_peer_KEY` by family. */
function families(key: "prefixes_received" | "prefixes_advertised"): PeerMetric {
  return {
    kind: "gauge",
    name: `bgpd_peer_${key}`,
    help: helpOf(key),
    label: "family",
    values: (peer) => peer[key].map(({ family, count }) => [family, count]),
  };
}

function gauge(name: string, help: string, value: (peer: PeerJson) => number): PeerMetric {
  return { kind: "gauge", name, help, values: (peer) => [["", value(peer)]] };
}

type KeysOf<T> = { [Key in keyof PeerJson]: PeerJson[Key] extends T ? Key : never }[keyof PeerJson];

function helpOf(key: keyof PeerJson): string {
  return peerSchema.shape[key].description ?? key;
}
