/**
 * A whole configuration: reads every table, applies groups and defaults, and checks what several tables say together.
 */

import type { Config, PeerConfig } from "./schema/settings.ts";
import { readSpeakerAlerts } from "./features/alerts.ts";
import { readSpeakerArchives } from "./features/archives.ts";
import { hasRpkiSources } from "./features/rpki.ts";
import { readSpeakerRouters } from "./features/routers.ts";
import { readSpeakerStations } from "./features/stations.ts";
import { readSpeakerFlows } from "./features/static_flows.ts";
import { readSpeakerRoutes } from "./features/static_routes.ts";
import type { ConfigFile, ConfigFiles } from "./files/collect.ts";
import { mergeRoots } from "./files/merge.ts";
import { rowsOf } from "./keys/key.ts";
import { TableReader } from "./keys/table.ts";
import { KeyEffects, warnOfSpeaker } from "./no_effect.ts";
import { type Groups, readGroups, withGroups } from "./peers/groups.ts";
import { md5Overlaps } from "./peers/md5_overlap.ts";
import { type PeerTables, readPeer } from "./peers/peer.ts";
import { PeerSet } from "./peers/peer_set.ts";
import { checkChoices } from "./policy/check_choices.ts";
import { otherLine } from "./schema/other_words.ts";
import { elsewhere, peerKeys, topKeys } from "./schema/tables.ts";
import { readSpeaker, type Speaker } from "./speaker.ts";
import type { Written, WrittenPeer } from "./written.ts";
import { type ConfigError, Report, type SourcePosition } from "./toml/errors.ts";
import { parseToml, type TomlTable } from "./toml/parse.ts";

export type ConfigResult =
  /** `readPeer`: a peer that is added to those of the text. `warnings`: what is allowed, but hardly meant. */
  | {
    readonly kind: "config";
    readonly config: Config;
    readonly readPeer: ReadPeer;
    readonly written: Written;
    readonly warnings: readonly ConfigError[];
  }
  | { readonly kind: "errors"; readonly errors: readonly ConfigError[] };

export type PeerResult =
  | { readonly kind: "peer"; readonly peer: PeerConfig; readonly written: WrittenPeer }
  | { readonly kind: "errors"; readonly errors: readonly ConfigError[] };

/** Reads lines as if they stood in a table `[[peers]]` at the end of the configuration. */
export type ReadPeer = (toml: string) => PeerResult;

/** The configuration; or every mistake of the text at once, in its order. `include` is read by {@link parseFiles}. */
export function parseConfig(text: string): ConfigResult {
  const report = new Report();
  return resultOf(readRoot(text, report), report);
}

/** As {@link parseConfig}, for a file and all that it includes: as if their tables stood in one file. */
export function parseFiles({ files, errors = [], warnings = [] }: FilesToParse): ConfigResult {
  const report = new Report(files.map(({ path }) => path));
  for (const error of errors) report.add(error, error.message, error.suggestion);
  for (const warning of warnings) report.warn(warning, warning.message);
  const roots = files.map(({ path, text }) => readRoot(text, report, path));
  const readable = roots.filter((root) => root !== undefined);
  // Without the tables of one file, others would be reported that are right.
  const isWhole = errors.length === 0 && readable.length === roots.length;
  return resultOf(isWhole ? mergeRoots(readable, { keys: topKeys, joined, report }) : undefined, report);
}

/**
 * The database that a configuration names, also where it has errors: who looks for the reason of an outage needs the
 * database and not the whole configuration. `undefined`: a file is too broken to know it.
 */
export function databaseOf(files: readonly ConfigFile[]): string | undefined {
  const roots = files.map(({ text }) => parseToml(text).root);
  const named = roots.map((root) => root?.entries.get("database")).find((node) => node !== undefined);
  if (named !== undefined) return named.kind === "string" ? named.value : undefined;
  return roots.includes(undefined) ? undefined : topKeys.database.default;
}

type FilesToParse = Pick<ConfigFiles, "files"> & Partial<ConfigFiles>;

/** Lists of the top level to which each file adds. */
const joined: ReadonlySet<string> = new Set(
  rowsOf(topKeys).filter(([key, { type }]) => key === "include" || type.name === "tables").map(([key]) => key),
);

function resultOf(root: TomlTable | undefined, report: Report): ConfigResult {
  const whole = root === undefined ? undefined : readWhole(root, new TableReader(elsewhere, report));
  return whole === undefined || report.count > 0
    ? { kind: "errors", errors: report.sorted() }
    : { kind: "config", ...whole, warnings: report.warnings() };
}

function readRoot(text: string, report: Report, file?: string): TomlTable | undefined {
  const { root, errors } = parseToml(text, file);
  const lines = text.split("\n");
  for (const error of errors) {
    const line = error.message.startsWith("not TOML") ? otherLine(lines[error.line - 1] ?? "") : undefined;
    report.add(error, line ?? error.message, line === undefined ? error.suggestion : undefined);
  }
  return root;
}

function readWhole(
  root: TomlTable,
  reader: TableReader,
): { config: Config; readPeer: ReadPeer; written: Written } | undefined {
  const top = reader.read(root, topKeys, "the top level");
  const speaker = readSpeaker(top, reader);
  const groups = readGroups(top.values.groups ?? [], reader);
  for (const group of groups.values()) checkChoices(group.values, speaker.settings.policies, reader.report);
  const context = { speaker, groups };
  const { peers, written } = readPeers(top.values.peers ?? [], context, reader);
  const names = [...peers.map(({ name }) => name), ...groups.keys()];
  const own = {
    ...readSpeakerRoutes(top, peers, reader),
    ...readSpeakerFlows(top, peers, reader),
    ...readSpeakerStations(top, names, reader),
    ...readSpeakerRouters(top, reader),
    ...readSpeakerArchives(top, names, reader),
    ...readSpeakerAlerts(top, { known: names, hasRpki: hasRpkiSources(speaker.settings) }, reader),
  };
  const { routerId } = speaker.defaults;
  if (routerId === undefined) return undefined;
  const config: Config = { routerId, ...speaker.settings, ...own, peers };
  warnOfSpeaker(config, top);
  return { config, readPeer: (toml) => readAnotherPeer(toml, peers, context), written: { top, peers: written } };
}

/** What the tables of peers depend on. */
interface PeerContext {
  readonly speaker: Speaker;
  readonly groups: Groups;
}

function readPeers(
  nodes: readonly TomlTable[],
  context: PeerContext,
  reader: TableReader,
): { peers: PeerConfig[]; written: Map<string, WrittenPeer> } {
  const { report } = reader;
  const written = new Map<string, WrittenPeer>();
  const positions = new Map<PeerConfig, SourcePosition>();
  const set = new PeerSet();
  const effects = new KeyEffects();
  for (const node of nodes) {
    const { own, given, peer } = readOne(node, context, reader);
    if (peer === undefined) continue;
    const at = own.at(own.has("remote_ip") ? "remote_ip" : "interface");
    positions.set(peer, at);
    written.set(peer.name, given);
    effects.peer(peer, given);
    const clash = set.add(peer, report.where(at));
    if (clash !== undefined) report.add(own.at(clash.key), clash.text);
  }
  const peers = [...positions.keys()];
  for (const { inner, text, isFatal } of md5Overlaps(peers)) {
    if (isFatal) report.add(positions.get(inner)!, text);
    else report.warn(positions.get(inner)!, text);
  }
  effects.report(report);
  return { peers, written };
}

function readOne(
  node: TomlTable,
  { speaker, groups }: PeerContext,
  reader: TableReader,
): PeerTables & { readonly peer: PeerConfig | undefined } {
  const own = reader.read(node, peerKeys, "[[peers]]");
  checkChoices(own.values, speaker.settings.policies, reader.report);
  const tables = withGroups(own, groups);
  return { ...tables, peer: readPeer(tables, speaker.defaults, reader) };
}

function readAnotherPeer(toml: string, peers: readonly PeerConfig[], context: PeerContext): PeerResult {
  const report = new Report();
  const root = readRoot(toml, report);
  const { peer, given } = root === undefined
    ? { peer: undefined, given: undefined }
    : readOne(root, context, new TableReader(elsewhere, report));
  const overlap = peer && md5Overlaps([...peers, peer]).find(({ inner, isFatal }) => inner === peer && isFatal);
  if (root !== undefined && overlap !== undefined) report.add(root.keyAt, overlap.text);
  return peer === undefined || report.count > 0
    ? { kind: "errors", errors: report.sorted() }
    : { kind: "peer", peer, written: given };
}
