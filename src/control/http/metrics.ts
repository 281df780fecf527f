/**
 * `/metrics` for Prometheus, made at each scrape from what the API shows: names and help texts of a peer's counters are
 * those of its schema. The only file that imports prom-client, and loaded with the first scrape.
 */

import { Counter, Gauge, Registry } from "prom-client";
import { peerStates } from "../../session/mod.ts";
import { withoutPorts } from "../../transport/mod.ts";
import { snakeKeys } from "../json.ts";
import { type PeerJson, peerSchema } from "../schema/peer.ts";
import type { SpeakerStatus } from "../schema/speaker.ts";
import type {
  ArchiveMeasurements,
  ControlTarget,
  Measurements,
  RouterMeasurements,
  RpkiCacheMeasurements,
  StationMeasurements,
} from "../target.ts";

/** A metric as people know it, and its series at a scrape. */
interface Metric<Subject> {
  readonly kind: "gauge" | "counter";
  readonly name: string;
  readonly help: string;
  readonly labels: readonly string[];
  /** Values with those of the labels, in the order of `labels`. */
  series(subject: Subject): Iterable<readonly [value: number, ...labels: string[]]>;
}

interface Speaker {
  readonly status: SpeakerStatus;
  readonly measured: Measurements;
}

/** Has a series for each peer; its first label is the name of the peer. */
type PeerMetric = Metric<PeerJson>;

const speakerMetrics: readonly Metric<Speaker>[] = [
  {
    kind: "gauge",
    name: "bgpd_info",
    help: "Version",
    labels: ["version", "router_id"],
    series: ({ status }) => [[1, status.version, status.routerId]],
  },
  single("bgpd_start_time_seconds", "Unix time of the start", ({ status }) => Date.parse(status.startedAt) / 1000),
  single("bgpd_peers", "Peers", ({ status }) => status.peers),
  single("bgpd_peers_established", "Peers with an Established session", ({ status }) => status.established),
  single(
    "bgpd_event_loop_delay_seconds",
    "Longest pause of the main thread since the last scrape",
    ({ measured }) => measured.eventLoopDelaySeconds,
  ),
  single("bgpd_resident_memory_bytes", "Resident memory", ({ measured }) => measured.residentBytes),
  single("bgpd_database_backlog_rows", "Rows not yet written to the database", ({ measured }) => measured.backlogRows),
];

const peerMetrics: readonly PeerMetric[] = [
  {
    kind: "gauge",
    name: "bgpd_peer_info",
    help: "What the configuration says about a peer",
    labels: ["peer", "remote_ip", "peer_as", "description", "group"],
    series: ({ peer, remote_ip, peer_as, description, group }) => [
      [1, peer, remote_ip ?? "", String(peer_as ?? ""), description ?? "", group ?? ""],
    ],
  },
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
    labels: ["peer", "reason"],
    series: ({ peer, state, last_reason: reason }) =>
      state === "Established" || reason === null ? [] : [[1, peer, withoutPorts(reason)]],
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
  states("origin_states"),
  states("path_states"),
];

const cacheMetrics: readonly Metric<RpkiCacheMeasurements>[] = [
  ofCache("bgpd_rpki_cache_up", "1: connected to the RPKI cache and in sync", ({ isUp }) => isUp ? 1 : 0),
  ofCache("bgpd_rpki_cache_in_use", "1: the data of the RPKI cache count", ({ isInUse }) => isInUse ? 1 : 0),
  ofCache("bgpd_rpki_cache_vrps", "VRPs that the RPKI cache has announced", ({ vrps }) => vrps),
  ofCache("bgpd_rpki_cache_aspas", "ASPAs that the RPKI cache has announced", ({ aspas }) => aspas),
  ofCache("bgpd_rpki_cache_serial", "Serial number of the data", ({ serial }) => serial),
  ofCache("bgpd_rpki_cache_age_seconds", "Time since the data were in sync", ({ ageSeconds }) => ageSeconds),
  ofCache(
    "bgpd_rpki_cache_expires_seconds",
    "Time until the data no longer count unless they are in sync again",
    ({ expiresInSeconds }) => expiresInSeconds,
  ),
];

const stationMetrics: readonly Metric<StationMeasurements>[] = [
  ofStation("gauge", "bgpd_station_up", "1: connected to the station (BMP)", ({ isUp }) => isUp ? 1 : 0),
  ofStation("counter", "bgpd_station_octets_total", "Octets of BMP that the station took", ({ octets }) => octets),
  ofStation(
    "counter",
    "bgpd_station_failures_total",
    "How often the connection to the station was lost or could not be opened",
    ({ failures }) => failures,
  ),
  ofStation(
    "counter",
    "bgpd_station_lapped_total",
    "How often the station read too slowly, lost its connection and got the tables again",
    ({ lapped }) => lapped,
  ),
];

const routerMetrics: readonly Metric<RouterMeasurements>[] = [
  ofRouter("gauge", "bgpd_router_up", "1: the router is connected (BMP)", ({ isUp }) => isUp ? 1 : 0),
  ofRouter("gauge", "bgpd_router_peers", "Peers of the router that are up", ({ peers }) => peers),
  {
    kind: "gauge",
    name: "bgpd_router_routes",
    help: "Routes that the router reports",
    labels: ["router", "rib_kind"],
    series: ({ name, routes }) => Object.entries(routes).map(([kind, count]) => [count, name, kind]),
  },
  ofRouter("counter", "bgpd_router_messages_total", "BMP messages of the router", ({ messages }) => messages),
  ofRouter(
    "counter",
    "bgpd_router_skipped_total",
    "BMP messages of the router that bgpd did not use",
    ({ skipped }) => skipped,
  ),
  ofRouter("counter", "bgpd_router_octets_total", "Octets of BMP from the router", ({ octets }) => octets),
];

const archiveMetrics: readonly Metric<ArchiveMeasurements>[] = [
  ofArchive(
    "gauge",
    "bgpd_archive_writing",
    "1: the archive (MRT) can be written",
    ({ isWriting }) => isWriting ? 1 : 0,
  ),
  ofArchive("counter", "bgpd_archive_files_total", "Files of the archive that are whole", ({ files }) => files),
  ofArchive("counter", "bgpd_archive_octets_total", "Octets of these files", ({ octets }) => octets),
  ofArchive(
    "counter",
    "bgpd_archive_gaps_total",
    "How often records are missing in the archive, because the disk was too slow or full",
    ({ gaps }) => gaps,
  ),
];

/** What people may know about a metric without a scrape. */
export const metricReference: readonly Pick<PeerMetric, "kind" | "name" | "help" | "labels">[] = [
  ...speakerMetrics,
  ...peerMetrics,
  ...cacheMetrics,
  ...stationMetrics,
  ...routerMetrics,
  ...archiveMetrics,
];

export async function scrape(target: ControlTarget): Promise<{ text: string; contentType: string }> {
  const registry = new Registry();
  const speaker = { status: target.status(), measured: target.measurements() };
  for (const metric of speakerMetrics) add(registry, metric, [speaker]);
  const peers = target.peers().map((peer) => snakeKeys<PeerJson>(peer));
  for (const metric of peerMetrics) add(registry, metric, peers);
  for (const metric of cacheMetrics) add(registry, metric, speaker.measured.rpkiCaches);
  for (const metric of stationMetrics) add(registry, metric, speaker.measured.stations);
  for (const metric of routerMetrics) add(registry, metric, speaker.measured.routers);
  for (const metric of archiveMetrics) add(registry, metric, speaker.measured.archives);
  return { text: await registry.metrics(), contentType: registry.contentType };
}

function add<S>(registry: Registry, { kind, name, help, labels, series }: Metric<S>, subjects: readonly S[]): void {
  const found = subjects.flatMap((subject) => [...series(subject)]);
  // Without labels, prom-client would show a metric without a value as 0.
  if (found.length === 0 && labels.length === 0) return;
  const options = { name, help, labelNames: labels, registers: [registry] };
  const metric = kind === "gauge" ? new Gauge(options) : new Counter(options);
  for (const [value, ...texts] of found) {
    metric.inc(Object.fromEntries(labels.map((label, i) => [label, texts[i] ?? ""])), value);
  }
}

/** A number of the speaker; `null`: it is not known, and there is no series. */
function single(name: string, help: string, value: (speaker: Speaker) => number | null): Metric<Speaker> {
  return {
    kind: "gauge",
    name,
    help,
    labels: [],
    series: (speaker) => {
      const number = value(speaker);
      return number === null ? [] : [[number]];
    },
  };
}

/** `bgpd_peer_KEY_total`. */
function counter(key: KeysOf<number>): PeerMetric {
  return {
    kind: "counter",
    name: `bgpd_peer_${key}_total`,
    help: helpOf(key),
    labels: ["peer"],
    series: (peer) => [[peer[key], peer.peer]],
  };
}

/** `bgpd_peer_KEY_total` by type of message; `route_refresh` is labelled `route-refresh`. */
function messages(key: "messages_received" | "messages_sent"): PeerMetric {
  return {
    kind: "counter",
    name: `bgpd_peer_${key}_total`,
    help: helpOf(key),
    labels: ["peer", "type"],
    series: (peer) => Object.entries(peer[key]).map(([type, count]) => [count, peer.peer, type.replace("_", "-")]),
  };
}

/** `bgpd_peer_KEY` by family. */
function families(key: "prefixes_received" | "prefixes_advertised"): PeerMetric {
  return {
    kind: "gauge",
    name: `bgpd_peer_${key}`,
    help: helpOf(key),
    labels: ["peer", "family"],
    series: (peer) => peer[key].map(({ family, count }) => [count, peer.peer, family]),
  };
}

/** `bgpd_peer_KEY` by state. */
function states(key: "origin_states" | "path_states"): PeerMetric {
  return {
    kind: "gauge",
    name: `bgpd_peer_${key}`,
    help: helpOf(key),
    labels: ["peer", "state"],
    series: (peer) => peer[key].map(({ state, count }) => [count, peer.peer, state]),
  };
}

/** `undefined`: there is no series. */
function ofStation(
  kind: "gauge" | "counter",
  name: string,
  help: string,
  value: (station: StationMeasurements) => number,
): Metric<StationMeasurements> {
  return { kind, name, help, labels: ["station"], series: (station) => [[value(station), station.name]] };
}

function ofArchive(
  kind: "gauge" | "counter",
  name: string,
  help: string,
  value: (archive: ArchiveMeasurements) => number,
): Metric<ArchiveMeasurements> {
  return { kind, name, help, labels: ["archive"], series: (archive) => [[value(archive), archive.path]] };
}

function ofRouter(
  kind: "gauge" | "counter",
  name: string,
  help: string,
  value: (router: RouterMeasurements) => number,
): Metric<RouterMeasurements> {
  return { kind, name, help, labels: ["router"], series: (router) => [[value(router), router.name]] };
}

function ofCache(
  name: string,
  help: string,
  value: (cache: RpkiCacheMeasurements) => number | undefined,
): Metric<RpkiCacheMeasurements> {
  return {
    kind: "gauge",
    name,
    help,
    labels: ["cache"],
    series: (cache) => {
      const number = value(cache);
      return number === undefined ? [] : [[number, cache.cache]];
    },
  };
}

function gauge(name: string, help: string, value: (peer: PeerJson) => number): PeerMetric {
  return { kind: "gauge", name, help, labels: ["peer"], series: (peer) => [[value(peer), peer.peer]] };
}

type KeysOf<T> = { [Key in keyof PeerJson]: PeerJson[Key] extends T ? Key : never }[keyof PeerJson];

function helpOf(key: keyof PeerJson): string {
  return peerSchema.shape[key].description ?? key;
}
