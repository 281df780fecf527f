/** The metrics of bgplgd in OpenMetrics, by the names of OpenBGPD. What bgpd does not count is left out. */

import type { Neighbor } from "./neighbors.ts";

const states = ["None", "Idle", "Connect", "Active", "OpenSent", "OpenConfirm", "Established"];

/** A sample: its labels beside those of the peer, and its value. */
type Sample = readonly [labels: string, value: number];

interface Metric {
  readonly name: string;
  readonly type: "gauge" | "counter" | "info" | "stateset";
  readonly help: string;
  samples(neighbor: Neighbor, now: number): readonly Sample[];
}

const gauge = (name: string, help: string, value: (neighbor: Neighbor, now: number) => number): Metric => ({
  name,
  type: "gauge",
  help,
  samples: (neighbor, now) => [["", value(neighbor, now)]],
});

const counter = (name: string, help: string, value: (neighbor: Neighbor) => number): Metric => ({
  name,
  type: "counter",
  help,
  samples: (neighbor) => [["", value(neighbor)]],
});

const messages = (name: string, help: string, side: "messages_sent" | "messages_received"): Metric => ({
  name,
  type: "counter",
  help,
  // The database has no count of each type.
  samples: ({ live }) =>
    live === undefined ? [] : Object.entries(live[side]).map(([type, count]) => [`messages="${type}"`, count] as const),
});

const total = (counts: readonly { count: number }[]) => counts.reduce((sum, { count }) => sum + count, 0);

const metrics: readonly Metric[] = [
  { name: "bgpd_peer", type: "info", help: "peer information", samples: () => [["", 1]] },
  {
    name: "bgpd_peer_state",
    type: "stateset",
    help: "peer session state",
    samples: (neighbor) =>
      states.map((state) => [`bgpd_peer_state="${state}"`, stateOf(neighbor) === state ? 1 : 0] as const),
  },
  gauge("bgpd_peer_state_raw", "peer session state raw int value", (neighbor) => states.indexOf(stateOf(neighbor))),
  gauge(
    "bgpd_peer_last_change_seconds",
    "time in seconds since peer's last up/down state change",
    ({ row, live }, now) => {
      const since = live?.since ?? row.since;
      return since === null ? 0 : Math.max(0, Math.floor((now - new Date(since).getTime()) / 1000));
    },
  ),
  gauge(
    "bgpd_peer_prefixes_transmit",
    "number of prefixes sent to peer",
    ({ row, live }) => live === undefined ? row.sent : total(live.prefixes_advertised),
  ),
  gauge(
    "bgpd_peer_prefixes_receive",
    "number of prefixes received from peer",
    ({ row, live }) => live === undefined ? row.routes : total(live.prefixes_received),
  ),
  messages("bgpd_peer_message_transmit", "per message type count of transmitted messages", "messages_sent"),
  messages("bgpd_peer_message_receive", "per message type count of received messages", "messages_received"),
  counter(
    "bgpd_peer_update_receive",
    "number of prefixes received as update",
    ({ row, live }) => live?.routes_announced ?? row.routesAnnounced,
  ),
  counter(
    "bgpd_peer_withdraw_receive",
    "number of withdrawn prefixes received from peer",
    ({ row, live }) => live?.routes_withdrawn ?? row.routesWithdrawn,
  ),
];

/** A peer that is disabled or held is idle. */
function stateOf({ row, live }: Neighbor): string {
  const state = live?.state ?? row.state;
  return states.includes(state) ? state : "Idle";
}

export function metricsText(neighbors: readonly Neighbor[], version: string, now: number): string {
  let text = "# HELP bgpd bgpd information\n# TYPE bgpd info\n";
  text += `bgpd_info{release="${escaped(version)}"} 1\n`;
  for (const { name, type, help, samples } of metrics) {
    text += `# HELP ${name} ${help}\n# TYPE ${name} ${type}\n`;
    const suffix = type === "counter" ? "_total" : type === "info" ? "_info" : "";
    for (const neighbor of neighbors) {
      const labels = peerLabels(neighbor);
      for (const [more, value] of samples(neighbor, now)) {
        text += `${name}${suffix}{${labels}${more === "" ? "" : `,${more}`}} ${value}\n`;
      }
    }
  }
  return `${text}# EOF\n`;
}

function peerLabels({ peer, row }: Neighbor): string {
  const labels = {
    remote_addr: peer.address ?? "",
    remote_as: String(row.peerAs ?? 0),
    description: row.description ?? peer.address ?? peer.name,
    group: row.group ?? "",
  };
  return Object.entries(labels).map(([name, value]) => `${name}="${escaped(value)}"`).join(",");
}

function escaped(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n");
}
