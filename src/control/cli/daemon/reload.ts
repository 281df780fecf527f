/** `bgpd reload`: as SIGHUP, and prints what changed. With `--dry-run` it prints what would change. */

import type { ReloadJson, ReloadPlanJson } from "../../schema/speaker.ts";
import type { Command, Io } from "../command.ts";
import { callDaemon, refuseOtherConfiguration } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { paint } from "../text/table.ts";
import { plural } from "../text/units.ts";

export const reloadCommand: Command = {
  name: "reload",
  summary: "read the configuration again; a session is reset only if a change requires it",
  options: [
    { flags: "--dry-run", doc: "print what a reload would change and which sessions it would reset; change nothing" },
    ...databaseOptions,
  ],
  examples: [
    ["bgpd reload", "apply the changes of the file; if it has errors, nothing changes"],
    ["bgpd reload --dry-run", "show each change with its old and new value, and the sessions that would reset"],
  ],
  async run(input, io) {
    const database = await databasePath(input, io);
    await refuseOtherConfiguration(input, database);
    if (input.flag("dry-run")) {
      const plan = await callDaemon<ReloadPlanJson>(database, { method: "POST", path: "/reload/dry-run" });
      if (input.flag("json")) io.write(JSON.stringify(plan, undefined, 2) + "\n");
      else printPlan(plan, io);
      return 0;
    }
    const report = await callDaemon<ReloadJson>(database, { method: "POST", path: "/reload" });
    if (input.flag("json")) {
      io.write(JSON.stringify(report, undefined, 2) + "\n");
      return 0;
    }
    io.message(`read ${filesText(report)}`);
    if (report.changes.length === 0) io.write("nothing changed\n");
    else for (const change of report.changes) io.write(`${change}\n`);
    return 0;
  },
};

function filesText({ file, included_files: count }: Pick<ReloadJson, "file" | "included_files">): string {
  return count === 0 ? file : `${file} and ${plural(count, "included file")}`;
}

type Change = ReloadPlanJson["changes"][number];

function printPlan(plan: ReloadPlanJson, io: Io): void {
  const { changes, warnings, established } = plan;
  for (const warning of warnings) io.message(`warning: ${warning}`);
  if (changes.length === 0) {
    io.write(`a reload would change nothing: bgpd uses ${filesText(plan)} as it is\n`);
    return;
  }
  for (const change of changes) {
    io.write(paint(change.text, "bold", io.useColour) + "\n");
    for (const line of details(change)) io.write(`  ${line}\n`);
  }
  io.write(`\n${sessionsText(changes, established)}\n`);
  io.message(`read ${filesText(plan)}; nothing is changed: bgpd reload applies this`);
}

function details({ keys, routes, peer }: Change): string[] {
  const lines = keys.flatMap(({ key, before, after, default: otherwise, items }) => {
    const value = (text: string | null) => text ?? `not set (default: ${otherwise})`;
    return [`${key}: ${value(before)} → ${value(after)}`, ...items.map((item) => `  ${item}`)];
  });
  for (const [effect, text] of Object.entries(effectTexts) as [keyof typeof effectTexts, string][]) {
    const peers = routes.filter(({ effects }) => effects.includes(effect)).map((each) => each.peer);
    if (peers.length === 0) continue;
    lines.push(peers.length === 1 && peers[0] === peer ? text : `${text} (${plural(peers.length, "peer")})`);
  }
  return lines;
}

const effectTexts = {
  refresh: "bgpd asks for the routes again (ROUTE-REFRESH)",
  import: "bgpd evaluates the received routes again",
  export: "bgpd evaluates the advertised routes again and sends what changes",
} as const satisfies Record<Change["routes"][number]["effects"][number], string>;

/** `"sessions: 1 resets (192.0.2.1), 7 go on"`. A session that several changes reset counts once. */
function sessionsText(changes: readonly Change[], established: number): string {
  const effects = new Map(
    changes.flatMap(({ sessions }) => sessions.map(({ peer, effect }) => [peer, effect] as const)),
  );
  const named = (effect: "resets" | "ends", word: string) => {
    const peers = [...effects].filter(([, each]) => each === effect).map(([peer]) => peer);
    return peers.length === 0 ? [] : [`${peers.length} ${peers.length === 1 ? effect : word} (${peers.join(", ")})`];
  };
  if (established === 0) return "sessions: none is up";
  const rest = established - effects.size;
  return `sessions: ${
    [...named("resets", "reset"), ...named("ends", "end"), `${rest} ${rest === 1 ? "goes" : "go"} on`].join(", ")
  }`;
}
