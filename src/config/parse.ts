/** A whole configuration: reads every table, applies groups and defaults, and checks what several keys say together. */

import { Effects } from "./effects.ts";
import { type ConfigError, type Position, Report } from "./toml/errors.ts";
import { inheritedBy, readGroups, type SharedKey } from "./peers/groups.ts";
import { md5Overlaps } from "./peers/md5_overlap.ts";
import { validatePeer } from "./peers/peer.ts";
import { PeerSet } from "./peers/peer_set.ts";
import { checkChoices } from "./policy/use.ts";
import { readPolicies } from "./policy/read.ts";
import { readGlobalRoutes } from "./features/static_routes.ts";
import { elsewhereFrom, peerKeys, topKeys } from "./schema.ts";
import { type Confederation, readConfederation } from "./features/inter_as.ts";
import { readTable, type TableValues } from "./keys/table.ts";
import { parseToml, type TomlTable } from "./toml/parse.ts";
import type { Config, PeerConfig } from "./config.ts";

type OwnKey = SharedKey & keyof typeof peerKeys;

export type ConfigResult =
  /** `readPeer`: a peer that is to be beside those of the text. `warnings`: what is right, but hardly meant. */
  | {
    readonly kind: "config";
    readonly config: Config;
    readonly readPeer: ReadPeer;
    readonly warnings: readonly ConfigError[];
  }
  | { readonly kind: "errors"; readonly errors: readonly ConfigError[] };

export type PeerResult =
  | { readonly kind: "peer"; readonly peer: PeerConfig }
  | { readonly kind: "errors"; readonly errors: readonly ConfigError[] };

/** Reads the lines that would stand in a table `[[peers]]` at the end of the configuration. */
export type ReadPeer = (toml: string) => PeerResult;

/** Every mistake of the text at once, in its order; or the configuration. */
export function parseConfig(text: string): ConfigResult {
  const report = new Report();
  const root = readRoot(text, report);
  const whole = root === undefined ? undefined : validate(root, report);
  return whole === undefined || report.count > 0
    ? { kind: "errors", errors: report.sorted() }
    : { kind: "config", ...whole, warnings: report.warnings() };
}

function readRoot(text: string, report: Report): TomlTable | undefined {
  const { root, errors } = parseToml(text);
  for (const error of errors) report.add(error, error.message, error.suggestion);
  return root;
}

function validate(root: TomlTable, report: Report): { config: Config; readPeer: ReadPeer } | undefined {
  const top = readTable(root, topKeys, "the top level", elsewhereFrom("top level"), report);
  const { values } = top;
  if (!top.has("router_id")) {
    report.add(top.start, "router_id is missing: the BGP Identifier of this speaker", 'router_id = "192.0.2.1"');
  }
  checkSockets(top, report);
  const confederation = confederationOf(top, report);
  const policies = readPolicies(values, report);
  const groups = readGroups(values.groups ?? [], report);
  for (const group of groups.values()) checkChoices(group.values, policies, report);
  const peers: PeerConfig[] = [];
  const set = new PeerSet();
  const readOne = (node: TomlTable, report: Report) => {
    const own = readTable(node, peerKeys, "[[peers]]", elsewhereFrom("[[peers]]"), report);
    checkChoices(own.values, policies, report);
    const inherited = inheritedBy(own, groups, report);
    return { own, inherited, peer: validatePeer(own, inherited, top, confederation, report) };
  };
  const effects = new Effects();
  const places = new Map<PeerConfig, Position>();
  for (const node of values.peers ?? []) {
    const { own, inherited, peer } = readOne(node, report);
    if (peer === undefined) continue;
    const place = own.at(own.has("remote_ip") ? "remote_ip" : "interface");
    places.set(peer, place);
    effects.peer(peer, (key) => own.has(key as OwnKey) ? own.at(key as OwnKey) : inherited.at(key as OwnKey));
    const clash = set.add(peer, `on line ${place.line}`);
    if (clash !== undefined) report.add(own.at(clash.key), clash.text);
    peers.push(peer);
  }
  for (const { inner, text, isFatal } of md5Overlaps(peers)) {
    if (isFatal) report.add(places.get(inner)!, text);
    else report.warn(places.get(inner)!, text);
  }
  effects.report(report);
  warnOfTop(top, report);
  const takesAsSets = peers.some(({ rejectAsSets }) => rejectAsSets === "never");
  const staticRoutes = readGlobalRoutes(values.static_routes ?? [], takesAsSets, report);
  if (values.router_id === undefined) return undefined;
  const readPeer: ReadPeer = (toml) => {
    const report = new Report();
    const root = readRoot(toml, report);
    const peer = root === undefined ? undefined : readOne(root, report).peer;
    const overlap = peer && md5Overlaps([...peers, peer]).find(({ inner, isFatal }) => inner === peer && isFatal);
    if (overlap !== undefined) report.add(root!.keyAt, overlap.text);
    return peer === undefined || report.count > 0
      ? { kind: "errors", errors: report.sorted() }
      : { kind: "peer", peer };
  };
  const config: Config = {
    routerId: values.router_id,
    clusterId: values.cluster_id,
    defaultAsn: values.default_as,
    bgpSockets: values.bgp_socket ?? [],
    apiSocket: values.api_socket,
    apiTokenFile: values.api_token_file,
    database: values.database ?? topKeys.database.default!,
    databaseMode: values.database_mode ?? topKeys.database_mode.default!,
    databaseGroup: values.database_group,
    stopSeconds: values.stop_timeout ?? topKeys.stop_timeout.default!,
    history: values.history ?? topKeys.history.default!
      ? {
        days: values.history_days ?? topKeys.history_days.default!,
        maxMegabytes: values.history_max_mb ?? topKeys.history_max_mb.default!,
      }
      : undefined,
    pollIntervalSeconds: values.poll_interval ?? topKeys.poll_interval.default!,
    selectionDeferralSeconds: values.selection_deferral_time ?? topKeys.selection_deferral_time.default!,
    rfc8212: values.rfc8212 ?? topKeys.rfc8212.default!,
    multipath: values.multipath ?? topKeys.multipath.default!,
    multipathRelax: values.multipath_relax ?? topKeys.multipath_relax.default!,
    staticRoutes,
    policies,
    peers,
  };
  return { config, readPeer };
}

function warnOfTop({ values, has, at }: TableValues<typeof topKeys>, report: Report): void {
  const warn = (key: "history_days" | "history_max_mb" | "api_token_file" | "multipath_relax", why: string) => {
    if (has(key)) report.warn(at(key), `${key} has no effect: ${why}`);
  };
  if (values.history === false) {
    for (const key of ["history_days", "history_max_mb"] as const) warn(key, "history is false");
  }
  if (values.api_socket === undefined) warn("api_token_file", "there is no api_socket");
  if ((values.multipath ?? 1) === 1 && values.multipath_relax === true) warn("multipath_relax", "multipath is 1");
}

function confederationOf(top: TableValues<typeof topKeys>, report: Report): Confederation | undefined {
  const { confederation_id: id, confederation_members: members, default_as: asn } = top.values;
  const confederation = readConfederation(id, members, asn);
  if (typeof confederation !== "string") return confederation;
  report.add(top.at(id === undefined ? "confederation_members" : "confederation_id"), confederation);
  return undefined;
}

function checkSockets(top: TableValues<typeof topKeys>, report: Report): void {
  const { bgp_socket: sockets = [], api_socket: api } = top.values;
  const seen = new Set<string>();
  for (const { address, port } of sockets) {
    const name = `${address} port ${port}`;
    if (seen.has(name)) report.add(top.at("bgp_socket"), `bgp_socket: ${name} stands twice`);
    seen.add(name);
  }
  if (api !== undefined && seen.has(`${api.address} port ${api.port}`)) {
    report.add(top.at("api_socket"), "api_socket and bgp_socket are the same");
  }
}
