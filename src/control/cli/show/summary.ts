/**
 * `bgpd show summary`: the daemon, the database, and the number of peers and routes. The backlog of the database is
 * asked of the daemon, because a database that cannot be written does not have it.
 */

import type { StoreSummary } from "../../../store/mod.ts";
import * as fileLocks from "../../../transport/file_locks.ts";
import { toJson } from "../../json.ts";
import type { StatusJson } from "../../schema/speaker.ts";
import { type Command, CommandError, type Io } from "../command.ts";
import { callDaemon } from "../daemon_client.ts";
import { databaseOptions, databasePath, withDatabase } from "../database_file.ts";
import { printTable } from "../text/table.ts";
import { formatBytes, formatDuration, plural } from "../text/units.ts";
import { notRunningText } from "./last_run.ts";

export const showSummaryCommand: Command = {
  name: "summary",
  aliases: ["sum"],
  summary: "show the daemon, the database, and the number of peers and routes",
  options: databaseOptions,
  examples: [["bgpd show summary --json", "print JSON"]],
  run(input, io) {
    return withDatabase(input, io, async (reader) => {
      const summary = await withBacklog(reader.summary(fileLocks), await databasePath(input, io), io.now());
      if (input.flag("json")) io.write(summaryJson(summary) + "\n");
      else printSummary(summary, io);
      return summary.leftOver ? 1 : 0;
    });
  },
};

/** Adds the current backlog, if the daemon answers. */
async function withBacklog(summary: StoreSummary, database: string, now: number): Promise<StoreSummary> {
  if (summary.pid === undefined) return summary;
  try {
    // A daemon of another version may lack the key.
    const { backlog_rows: rows } = await callDaemon<Partial<StatusJson>>(database, { path: "/status" });
    return typeof rows === "number" ? { ...summary, backlogRows: rows, backlogAt: now } : summary;
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

function printSummary(summary: StoreSummary, io: Io): void {
  const { pid, version, startedAt, backlogRows, backlogAt } = summary;
  const up = startedAt === null ? "" : `, up ${formatDuration(io.now() - startedAt)}`;
  if (pid !== undefined) io.write(`bgpd ${version ?? ""}, pid ${pid}${up}\n`);
  else io.write(`${notRunningText(summary)}\n`);
  const log = summary.logBytes > 0 ? ` and ${formatBytes(summary.logBytes)} of log` : "";
  io.write(`Database ${summary.database}: ${formatBytes(summary.databaseBytes)}${log}\n`);
  if (pid !== undefined && backlogRows > 0) {
    const when = backlogAt === null ? "" : ` ${formatDuration(io.now() - backlogAt)} ago`;
    io.write(`Backlog of the database: ${plural(backlogRows, "row")}${when}\n`);
  }
  io.write(`${plural(summary.peers, "peer")}, ${summary.established} established\n`);
  io.write(`${plural(summary.prefixes, "prefix", "prefixes")}, ${plural(summary.attributeSets, "attribute set")}\n\n`);
  // A prefix may have many received routes, but at most one best route.
  const columns = [
    { title: "Family" },
    { title: "Received Routes", align: "right" },
    { title: "Best Routes", align: "right" },
  ] as const;
  const rows = summary.families.map(({ family, routes, best }) => ({ cells: [family, String(routes), String(best)] }));
  printTable(columns, rows, io);
}
