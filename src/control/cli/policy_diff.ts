/** `bgpd policy diff NEW.toml`: what another configuration would do to the routes that stand in the database. */

import type { ReceivedRoutes, StoredPeer } from "../../store/mod.ts";
import { type DiffKind, diffPeer, type DiffRoute, type PeerDiff } from "../policy/diff.ts";
import { ImportTrial } from "../policy/import_trial.ts";
import { toJson } from "../json.ts";
import type { Command, Io } from "./command.ts";
import { type PolicyConfig, readPolicyConfig, withReader } from "./policy_config.ts";
import { printJsonList } from "./rows.ts";
import { peerName } from "./show_peers.ts";
import { type Column, paint, tableLines } from "./table.ts";
import { plural } from "./text.ts";

const defaultExamples = 5;

export const policyDiffCommand: Command = {
  name: "diff",
  summary: "which stored routes a new configuration would newly accept, reject or change",
  arguments: [{ name: "<NEW>", doc: "the new configuration, TOML; nothing is loaded" }],
  options: [
    { flags: "--peer PEER", doc: "routes of one peer, by name, address or description" },
    { flags: "--limit N", doc: `examples of each kind for a peer (default ${defaultExamples})` },
    { flags: "-d, --database FILE", doc: "the database (default: that of the configuration)" },
    { flags: "--json", doc: "print JSON" },
  ],
  examples: [
    ["bgpd policy diff new.toml", "what a new configuration would do to all routes"],
    ["bgpd policy diff new.toml --peer 192.0.2.1 --limit 1000 --json", "to those of one peer, as JSON"],
  ],
  run(input, io) {
    const limit = input.number("limit", 0, 1_000_000_000) ?? defaultExamples;
    const config = readPolicyConfig(input.words[0]!, input, io);
    return withReader(config, (reader) => {
      const stored = reader.received();
      const wanted = input.text("peer");
      const name = wanted === undefined ? undefined : peerName(reader, wanted);
      const peers = stored.peers().filter((peer) => name === undefined || peer.name === name);
      const results = eachPeer(stored, peers, config, limit);
      if (input.flag("json")) printJsonList(jsonOf(results), io);
      else printAll(results, config.file, io);
      return 0;
    });
  },
};

type Result =
  | { readonly peer: StoredPeer; readonly kind: "compared"; readonly diff: PeerDiff }
  /** The new configuration does not have it. */
  | { readonly peer: StoredPeer; readonly kind: "gone"; readonly routes: number };

function* eachPeer(
  stored: ReceivedRoutes,
  peers: readonly StoredPeer[],
  { peers: configured, policies }: PolicyConfig,
  limit: number,
): Generator<Result> {
  for (const peer of peers) {
    const config = configured.find(peer.name);
    if (config === undefined) {
      const routes = stored.count(peer.id);
      if (routes > 0) yield { peer, kind: "gone", routes };
      continue;
    }
    const trial = new ImportTrial(policies, config, peer.address ?? "", peer.asn);
    yield { peer, kind: "compared", diff: diffPeer(stored, peer, trial, limit) };
  }
}

const columns: readonly Column[] = [{ title: "Prefix" }, { title: "AS Path" }, { title: "Why" }];
const marks = { accepted: "+", rejected: "-", changed: "~" } as const;
const kinds = Object.keys(marks) as DiffKind[];

function printAll(results: Iterable<Result>, file: string, io: Io): void {
  const total = { accepted: 0, rejected: 0, changed: 0 };
  let routes = 0, gone = 0;
  for (const result of results) {
    const name = nameOf(result.peer);
    if (result.kind === "gone") {
      io.write(`${name}: not in ${file}; its ${plural(result.routes, "route")} would go\n`);
      gone += result.routes;
      continue;
    }
    const { diff } = result;
    routes += diff.routes;
    for (const kind of kinds) total[kind] += diff.counts[kind];
    io.write(paint(`${name}: ${summary(diff.counts)} of ${plural(diff.routes, "route")}`, "bold", io.outputIsTerminal));
    io.write("\n");
    printExamples(diff, io);
  }
  const goes = gone === 0 ? "" : `, ${gone} gone with their peers`;
  io.write(`all peers: ${summary(total)} of ${plural(routes, "route")}${goes}\n`);
}

function printExamples({ counts, examples }: PeerDiff, io: Io): void {
  if (examples.length === 0) return;
  const rows = kinds.flatMap((kind) => {
    const some = examples.filter((each) => each.kind === kind);
    const rest = counts[kind] - some.length;
    const lines = some.map((each) => ({ mark: marks[kind], cells: [prefixCell(each), each.asPath, why(each)] }));
    return rest === 0 ? lines : [...lines, { mark: marks[kind], cells: [`… ${rest} more`, "", ""] }];
  });
  for (const line of tableLines(columns, rows, io.outputIsTerminal)) io.write(`${line}\n`);
}

function prefixCell({ prefix, pathId }: DiffRoute): string {
  return pathId === null ? prefix : `${prefix} [${pathId}]`;
}

function why({ kind, reason, before, changes }: DiffRoute): string {
  const decided = reason ?? (kind === "rejected" ? 'import = "none"' : 'import = "all"');
  const was = before === null ? "" : ` (stands as: ${before})`;
  return [decided + was, ...changes].join("; ");
}

function summary(counts: PeerDiff["counts"]): string {
  if (kinds.every((kind) => counts[kind] === 0)) return "no change";
  return `${counts.accepted} newly accepted, ${counts.rejected} newly rejected, ${counts.changed} changed`;
}

function nameOf({ name, description }: StoredPeer): string {
  return description === null ? name : `${name} (${description})`;
}

function* jsonOf(results: Iterable<Result>): Generator<string> {
  for (const result of results) {
    const { name: peer, description } = result.peer;
    if (result.kind === "gone") yield toJson({ peer, description, isConfigured: false, routes: result.routes });
    else {
      const { counts, examples, routes, others } = result.diff;
      yield toJson({ peer, description, isConfigured: true, routes, ...counts, otherwiseIneligible: others, examples });
    }
  }
}
