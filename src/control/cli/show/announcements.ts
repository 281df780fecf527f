/** `bgpd show announcements`: the routes of this speaker, where each comes from, and which peers have it. */

import { parsePrefix } from "../../../types/mod.ts";
import { snakeKeys } from "../../json.ts";
import { whyNoPrefix } from "../../prefix_error.ts";
import type { AnnouncementJson } from "../../schema/announcement.ts";
import { destinationText, sentToCell, unsentText } from "../announce/announcement_text.ts";
import { type Command, type Io, UsageError } from "../command.ts";
import { callDaemon, NotRunning } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { printJsonList } from "../text/rows.ts";
import { type Cell, type Column, outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";

export const showAnnouncementsCommand: Command = {
  name: "announcements",
  aliases: ["announcement", "originated"],
  summary: "show the routes that bgpd itself announces, and which peers have each",
  arguments: [{ name: "[PREFIX]", doc: "only this prefix, with every peer that does not have the route" }],
  options: [...databaseOptions, wideOption],
  examples: [
    ["bgpd show announcements", "show all announcements and their errors"],
    ["bgpd show announcements 203.0.113.0/24", "show which peers do not have the route, and why"],
  ],
  async run(input, plain) {
    const io = outputFor(input, plain);
    const [prefix] = input.words;
    if (prefix !== undefined && (parsePrefix(prefix) === undefined || !prefix.includes("/"))) {
      throw new UsageError(whyNoPrefix(prefix));
    }
    const database = await databasePath(input, io);
    const rows = await announcements(database, prefix, io);
    if (input.flag("json")) printJsonList(rows.map((row) => JSON.stringify(row)), io);
    else if (rows.length === 0) io.message(prefix === undefined ? "no announcements" : `${prefix} is not announced`);
    else printTable(columns, rows.map(tableRow), io);
    return 0;
  },
};

const columns: readonly Column[] = [
  { title: "Prefix", fit: "address" },
  { title: "Next Hop", fit: "address" },
  { title: "Peer", fit: "address" },
  { title: "Local Pref", short: "Pref", align: "right" },
  { title: "Metric", align: "right" },
  { title: "AS Path", fit: "path" },
  { title: "Communities", fit: "list" },
  { title: "From" },
  { title: "Sent To", fit: "sentence" },
  { title: "Why Not", fit: "sentence" },
];

async function announcements(database: string, prefix: string | undefined, io: Io): Promise<AnnouncementJson[]> {
  try {
    const query = prefix === undefined ? "" : `?${new URLSearchParams({ prefix })}`;
    return await callDaemon<AnnouncementJson[]>(database, { path: `/announcements${query}` });
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
    io.message(`${error.fact}; the rows are from the database, without the static routes of the configuration`);
  }
  const { listRows } = await import("../announce/without_daemon.ts");
  return listRows(database, prefix).map((row) => snakeKeys<AnnouncementJson>(row));
}

function tableRow(row: AnnouncementJson): TableRow {
  const isWrong = row.state === "withheld" || row.state === "refused";
  const why: Cell = { text: row.error ?? unsentText(row), ...isWrong ? { colour: "red" } : {} };
  return {
    mark: isWrong ? "!" : " ",
    colour: "red",
    cells: [
      destinationText(row),
      row.next_hop,
      row.peer ?? "all",
      String(row.local_pref ?? ""),
      String(row.med ?? ""),
      row.as_path ?? "",
      [row.communities, row.large_communities, row.ext_communities].filter((text) => text).join(" "),
      row.id === null ? row.source : `${row.source}, row ${row.id}`,
      sentToCell(row),
      why,
    ],
  };
}
