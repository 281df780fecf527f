/** `bgpd show summary`: daemon, database, peers and routes in numbers. */

import type { StoreSummary } from "../../store/mod.ts";
import type { Command, Io } from "./command.ts";
import { databaseOptions, withDatabase } from "./database.ts";
import { toJson } from "../json.ts";
import { tableLines } from "./table.ts";
import { formatBytes, formatDuration, plural } from "./text.ts";

export const showSummaryCommand: Command = {
  name: "summary",
  aliases: ["sum"],
  summary: "daemon, database, peers and routes in numbers",
  options: databaseOptions,
  examples: [["bgpd show summary --json", "as JSON"]],
  run(input, io) {
    return withDatabase(input, io, (reader) => {
      const summary = reader.summary();
      if (input.flag("json")) io.write(summaryJson(summary) + "\n");
      else printSummary(summary, io);
      return 0;
    });
  },
};

function summaryJson(summary: StoreSummary): string {
  const time = (at: number | null) => at === null ? null : new Date(at).toISOString();
  return toJson({ ...summary, startedAt: time(summary.startedAt), backlogAt: time(summary.backlogAt) }, 2);
}

function printSummary(summary: StoreSummary, io: Io): void {
  const { pid, version, startedAt, backlogRows, backlogAt } = summary;
  const up = startedAt === null ? "" : `, up ${formatDuration(io.now() - startedAt)}`;
  io.write(pid === undefined ? "bgpd is not running\n" : `bgpd ${version ?? ""}, pid ${pid}${up}\n`);
  const log = summary.logBytes > 0 ? ` and ${formatBytes(summary.logBytes)} of log` : "";
  io.write(`Database ${summary.database}: ${formatBytes(summary.databaseBytes)}${log}\n`);
  if (backlogRows > 0) {
    const when = backlogAt === null ? "" : ` ${formatDuration(io.now() - backlogAt)} ago`;
    io.write(`Behind memory: ${plural(backlogRows, "row")}${when}\n`);
  }
  io.write(`${plural(summary.peers, "peer")}, ${summary.established} established\n`);
  io.write(`${plural(summary.prefixes, "prefix", "prefixes")}, ${plural(summary.attributeSets, "attribute set")}\n\n`);
  const columns = [{ title: "Family" }, { title: "Routes", align: "right" }, {
    title: "Best",
    align: "right",
  }] as const;
  const rows = summary.families.map(({ family, routes, best }) => ({ cells: [family, String(routes), String(best)] }));
  for (const line of tableLines(columns, rows, io.outputIsTerminal)) io.write(line + "\n");
}
