/** The work of `bgpd policy diff`. */

import type { PeerConfig } from "../../../config/mod.ts";
import { choiceFor } from "../../../policy/mod.ts";
import type { ReceivedRoutes, StoredPeer } from "../../../store/mod.ts";
import { families } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import { type DiffKind, diffPeer, type DiffRoute, type PeerDiff } from "../../policy/diff.ts";
import { diffExport, type ExportDiff } from "../../policy/export_diff.ts";
import { ImportTrial } from "../../policy/import_trial.ts";
import { newPeers, type TrialPeer, TrialSpeaker } from "../../policy/trial_speaker.ts";
import type { Input, Io } from "../command.ts";
import { peerName } from "../peer_name.ts";
import { printJsonList } from "../text/rows.ts";
import { type Column, outputFor, paint, printTable } from "../text/table.ts";
import { plural } from "../text/units.ts";
import { configInForce, type PolicyConfig, readPolicyConfig, withReader } from "./config.ts";

/** `limit`: of examples of each kind for each peer. Returns the exit code. */
export function runDiff(input: Input, limit: number, plain: Io): number {
  const io = outputFor(input, plain);
  const config = readPolicyConfig(input.required(0), input, io);
  const old = input.text("config");
  return withReader(config, (reader) => {
    const before = old === undefined ? configInForce(reader) : readPolicyConfig(old, input, io);
    const stored = reader.received();
    const wanted = input.text("peer");
    const named = wanted === undefined ? undefined : config.peers.named(wanted);
    const name = wanted === undefined ? undefined : named?.kind === "found" ? named.name : peerName(reader, wanted);
    const results = eachPeer(stored, name, { before, after: config, limit });
    if (input.flag("json")) printJsonList(jsonOf(results), io);
    else printAll(results, config.file, io);
    if (stored.hasOthers) io.message("routes of VPN, FlowSpec, EVPN and similar families are not compared");
    if (before === undefined) {
      io.message(
        "export is not compared: the database does not have the configuration that bgpd uses; name it with -c OLD",
      );
    }
    return 0;
  });
}

type Configured = Pick<PolicyConfig, "config" | "policies" | "peers">;

interface Question {
  /** `undefined`: export is not compared. */
  readonly before: Configured | undefined;
  readonly after: Configured;
  readonly limit: number;
}

type Result =
  | {
    readonly peer: StoredPeer;
    readonly kind: "compared";
    readonly diff: PeerDiff;
    readonly out: ExportDiff | undefined;
  }
  /** The new configuration does not have the peer. */
  | { readonly peer: StoredPeer; readonly kind: "gone"; readonly routes: number; readonly out: ExportDiff | undefined }
  /** Only the new configuration has the peer: what it would be advertised. */
  | { readonly peer: StoredPeer; readonly kind: "new"; readonly out: ExportDiff };

/** `name`: only this peer. */
function* eachPeer(stored: ReceivedRoutes, name: string | undefined, question: Question): Generator<Result> {
  const { before, after, limit } = question;
  const known = stored.peers();
  const added = before === undefined ? [] : newPeers(after.peers, known);
  const out = before === undefined ? undefined : exportsOf(stored, [...known, ...added], { before, after, limit });
  const isWanted = (peer: StoredPeer) => name === undefined || peer.name === name;
  for (const peer of known.filter(isWanted)) {
    const config = after.peers.find(peer.name);
    const diff = out?.(peer.id);
    if (config === undefined) {
      const routes = stored.count(peer.id);
      if (routes > 0 || isChange(diff)) yield { peer, kind: "gone", routes, out: diff };
      continue;
    }
    const trial = new ImportTrial(after.policies, config, peer.address ?? "", peer.asn);
    yield { peer, kind: "compared", diff: diffPeer(stored, peer, trial, limit), out: diff };
  }
  for (const peer of added.filter(isWanted)) yield { peer, kind: "new", out: out!(peer.id) };
}

/** The comparison for each peer, by id. */
function exportsOf(
  stored: ReceivedRoutes,
  peers: readonly StoredPeer[],
  { before, after, limit }: Question & { readonly before: Configured },
): (peerId: number) => ExportDiff {
  // Where nobody is advertised a learned route, a full table need not be read.
  const hasLearned = [before, after].some((each) => each.peers.all.some((peer) => exportsLearned(peer.export)));
  const all = peers.map((peer): TrialPeer => ({ ...peer, offered: before.peers.find(peer.name)?.families }));
  const speakers = [before, after].map((each) => new TrialSpeaker(each, stored, all, hasLearned));
  return (peerId) => diffExport(speakers[0]!, speakers[1]!, peerId, limit);
}

function exportsLearned(choice: PeerConfig["export"]): boolean {
  return families.some(({ id }) => choiceFor(choice, id) !== "none");
}

function isChange(out: ExportDiff | undefined): boolean {
  return out !== undefined && kinds.some((kind) => out.counts[kind] > 0);
}

const columns: readonly Column[] = [
  { title: "Prefix", fit: "address" },
  { title: "AS Path", fit: "path" },
  { title: "Why", fit: "sentence" },
];
const marks = { accepted: "+", rejected: "-", changed: "~" } as const;
const kinds = ["accepted", "rejected", "changed"] as const satisfies DiffKind[];

function printAll(results: Iterable<Result>, file: string, io: Io): void {
  const total = { accepted: 0, rejected: 0, changed: 0 };
  const totalOut = { accepted: 0, rejected: 0, changed: 0 };
  let routes = 0, gone = 0, hasExport = false;
  for (const result of results) {
    const name = nameOf(result.peer);
    const { out } = result;
    hasExport ||= out !== undefined;
    for (const kind of kinds) totalOut[kind] += out?.counts[kind] ?? 0;
    if (result.kind === "new") {
      const text = `${name}: new peer, ${plural(result.out.counts.accepted, "route")} would be advertised to it`;
      io.write(`${paint(text, "bold", io.useColour)}\n`);
      printExamples(result.out, whyExported, io);
      continue;
    }
    if (result.kind === "gone") {
      io.write(`${name}: not in ${file}; its ${plural(result.routes, "route")} would be removed\n`);
      gone += result.routes;
      printExport(name, out, io);
      continue;
    }
    const { diff } = result;
    routes += diff.routes;
    for (const kind of kinds) total[kind] += diff.counts[kind];
    io.write(paint(`${name}: ${summary(diff.counts, plural(diff.routes, "route"))}`, "bold", io.useColour));
    io.write("\n");
    printExamples(diff, why, io);
    printExport(name, out, io);
  }
  const goes = gone === 0 ? "" : `, ${gone} removed with their peers`;
  io.write(`all peers: ${summary(total, plural(routes, "route"))}${goes}\n`);
  if (hasExport) io.write(`export to all peers: ${summary(totalOut, undefined, exportWords)}\n`);
}

function printExport(name: string, out: ExportDiff | undefined, io: Io): void {
  if (out === undefined || !isChange(out)) return;
  const text = `${name}, export: ${summary(out.counts, plural(out.routes, "advertised route"), exportWords)}`;
  io.write(`${paint(text, "bold", io.useColour)}\n`);
  printExamples(out, whyExported, io);
}

function printExamples(
  { counts, examples }: Pick<PeerDiff, "counts" | "examples">,
  why: (route: DiffRoute) => string,
  io: Io,
): void {
  if (examples.length === 0) return;
  const rows = kinds.flatMap((kind) => {
    const some = examples.filter((each) => each.kind === kind);
    const rest = counts[kind] - some.length;
    const lines = some.map((each) => ({ mark: marks[kind], cells: [prefixCell(each), each.asPath, why(each)] }));
    return rest === 0 ? lines : [...lines, { mark: marks[kind], cells: [`… ${rest} more`, "", ""] }];
  });
  printTable(columns, rows, io);
}

function prefixCell({ prefix, pathId }: DiffRoute): string {
  return pathId === null ? prefix : `${prefix} [${pathId}]`;
}

function why({ kind, reason, before, changes }: DiffRoute): string {
  const decided = reason ?? (kind === "rejected" ? 'import = "none"' : 'import = "all"');
  const was = before === null ? "" : ` (now: ${before})`;
  return [decided + was, ...changes].join("; ");
}

/** A route that is withdrawn has the reason; one that is newly advertised the reason why it was not until now. */
function whyExported({ kind, reason, before, changes }: DiffRoute): string {
  const texts = kind === "accepted" ? [reason, before === null ? null : `now: ${before}`] : [reason, ...changes];
  return texts.filter((text) => text !== null).join("; ");
}

const importWords = { accepted: "newly accepted", rejected: "newly rejected", changed: "changed" } as const;
const exportWords = { accepted: "newly advertised", rejected: "withdrawn", changed: "changed" } as const;

function summary(
  counts: PeerDiff["counts"],
  total?: string,
  words: Readonly<Record<DiffKind, string>> = importWords,
): string {
  const isSame = kinds.every((kind) => counts[kind] === 0);
  if (isSame) return total === undefined ? "no change" : `no change in ${total}`;
  const text = kinds.map((kind) => `${counts[kind]} ${words[kind]}`).join(", ");
  return total === undefined ? text : `${text} of ${total}`;
}

function nameOf({ name, description }: StoredPeer): string {
  return description === null ? name : `${name} (${description})`;
}

function* jsonOf(results: Iterable<Result>): Generator<string> {
  for (const result of results) {
    const { name: peer, description } = result.peer;
    const out = result.out === undefined
      ? null
      : { routes: result.out.routes, ...result.out.counts, examples: result.out.examples };
    if (result.kind === "new") {
      yield toJson({ peer, description, isConfigured: true, isNew: true, routes: 0, export: out });
    } else if (result.kind === "gone") {
      yield toJson({ peer, description, isConfigured: false, routes: result.routes, export: out });
    } else {
      const { counts, examples, routes, others } = result.diff;
      yield toJson({
        peer,
        description,
        isConfigured: true,
        routes,
        ...counts,
        otherwiseIneligible: others,
        examples,
        export: out,
      });
    }
  }
}
