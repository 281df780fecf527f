/**
 * `bgpd show summary`: daemon, database, peers and routes in numbers. How far the database is behind is asked of the daemon:
 * where nobody can write the database, that does not stand there either.
 */

import type { StoreSummary } from "../../../store/mod.ts";
import { fileLocks } from "../../../transport/mod.ts";
import type { StatusJson } from "../../schema/speaker.ts";
import { type Command, CommandError, type Io } from "../command.ts";
import { callDaemon } from "../daemon_client.ts";
import { databaseOptions, databasePath, withDatabase } from "../database_file.ts";
import { toJson } from "../../json.ts";
import { tableLines } from "../text/table.ts";
import { formatBytes, formatDuration, plural } from "../text/units.ts";

export const showSummaryCommand: Command = {
  name: "summary",
  aliases: ["sum"],
  summary: "daemon, database, peers and routes in numbers",
  options: databaseOptions,
  examples: [["bgpd show summary --json", "as JSON"]],
  run(input, io) {
    return withDatabase(input, io, async (reader) => {
      const summary = await withBacklog(reader.summary(fileLocks), databasePath(input, io), io.now());
      if (input.flag("json")) io.write(summaryJson(summary) + "\n");
      else printSummary(summary, io);
      return summary.leftOver ? 1 : 0;
    });
  },
};

/** With what the daemon says of this moment, where it answers. */
async function withBacklog(summary: StoreSummary, database: string, now: number): Promise<StoreSummary> {
  if (summary.pid === undefined) return summary;
  try {
    const { backlog_rows: rows } = await callDaemon<StatusJson>(database, { path: "/status" });
    return rows !== null ? { ...summary, backlogRows: rows, backlogAt: now } : summary;
  } catch (error) {
    if (error instanceof CommandError) return summary;
    throw error;
  }
}

function summaryJson(summary: StoreSummary): string {
  const time = (at: number | null) => at === null ? null : new Date(at).toISOString();
  const { startedAt, endedAt, backlogAt } = summary;
  return toJson({ ...summary, startedAt: time(startedAt), endedAt: time(endedAt), backlogAt: time(backlogAt) }, 2);
}

function endOf({ endedAt, leftOver }: StoreSummary): string {
  const at = endedAt === null ? "" : new Date(endedAt).toISOString();
  if (leftOver) return `: it ended without a word${at === "" ? "" : ` after ${at}`}, or this is a backup`;
  return at === "" ? "" : `: it stopped at ${at}`;
}

function printSummary(summary: StoreSummary, io: Io): void {
  const { pid, version, startedAt, backlogRows, backlogAt } = summary;
  const up = startedAt === null ? "" : `, up ${formatDuration(io.now() - startedAt)}`;
  if (pid !== undefined) io.write(`bgpd ${version ?? ""}, pid ${pid}${up}\n`);
  else io.write(`bgpd is not running${endOf(summary)}\n`);
  const log = summary.logBytes > 0 ? ` and ${formatBytes(summary.logBytes)} of log` : "";
  io.write(`Database ${summary.database}: ${formatBytes(summary.databaseBytes)}${log}\n`);
  if (pid !== undefined && backlogRows > 0) {
    const when = backlogAt === null ? "" : ` ${formatDuration(io.now() - backlogAt)} ago`;
    io.write(`Behind memory: ${plural(backlogRows, "row")}${when}\n`);
  }
  io.write(`${plural(summary.peers, "peer")}, ${summary.established} established\n`);
  io.write(`${plural(summary.prefixes, "prefix", "prefixes")}, ${plural(summary.attributeSets, "attribute set")}\n\n`);
  // One prefix may have routes from many peers, and one best route at most.
  const columns = [
    { title: "Family" },
    { title: "Received Routes", align: "right" },
    { title: "Best Routes", align: "right" },
  ] as const;
  const rows = summary.families.map(({ family, routes, best }) => ({ cells: [family, String(routes), String(best)] }));
  for (const line of tableLines(columns, rows, io.outputIsTerminal)) io.write(line + "\n");
}
