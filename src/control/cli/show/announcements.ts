/** `bgpd show announcements`: the routes of this speaker, where each comes from, and which peers have it. */

import { parsePrefix } from "../../../types/mod.ts";
import { snakeKeys } from "../../json.ts";
import { whyNoPrefix } from "../../prefix_error.ts";
import type { AnnouncementJson } from "../../schema/announcement.ts";
import { destinationText, sentToCell, unsentText } from "../announce/announcement_text.ts";
import { type Command, type Io, UsageError } from "../command.ts";
import { callDaemon, NotRunning } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { destinationOption } from "../route_options.ts";
import { printJsonList } from "../text/rows.ts";
import { type Cell, type Column, outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";

export const showAnnouncementsCommand: Command = {
  name: "announcements",
  aliases: ["announcement", "originated"],
  summary: "show the routes that bgpd itself announces, and which peers have each",
  arguments: [{
    name: "[PREFIX...]",
    doc: "only this prefix, or this destination of another family, with every peer that does not have the route",
  }],
  options: [...databaseOptions, wideOption],
  examples: [
    ["bgpd show announcements", "show all announcements and their errors"],
    ["bgpd show announcements 203.0.113.0/24", "show which peers do not have the route, and why"],
    ["bgpd show announcements destination 203.0.113.0/24 protocol =udp", "the same for a flow rule"],
  ],
  async run(input, plain) {
    const io = outputFor(input, plain);
    const destination = await destinationOption(input.words, undefined);
    const prefix = destination ?? input.words[0];
    if (
      destination === undefined && prefix !== undefined && (parsePrefix(prefix) === undefined || !prefix.includes("/"))
    ) {
      throw new UsageError(whyNoPrefix(prefix));
    }
    const database = await databasePath(input, io);
    const rows = await announcements(database, prefix, io);
    if (input.flag("json")) printJsonList(rows.map((row) => JSON.stringify(row)), io);
    else if (rows.length === 0) io.message(prefix === undefined ? "no announcements" : `${prefix} is not announced`);
    else printAnnouncements(rows, io);
    return 0;
  },
};

/** A column with its cell. `ifUsed`: the table has it only where a row has a value for it. */
interface AnnouncementColumn extends Column {
  readonly cell: (row: AnnouncementJson) => string | Cell;
  readonly ifUsed?: true;
}

const columns: readonly AnnouncementColumn[] = [
  { title: "Prefix", fit: "address", cell: destinationText },
  { title: "Labels", ifUsed: true, cell: ({ labels }) => labels ?? "" },
  { title: "Actions", ifUsed: true, cell: ({ actions }) => actions ?? "" },
  // The routers that filter have no use for a next hop (RFC 8955 §4).
  { title: "Next Hop", fit: "address", cell: ({ rule, next_hop: nextHop }) => rule === null ? nextHop : "" },
  { title: "Peer", fit: "address", cell: ({ peer }) => peer ?? "all" },
  { title: "Local Pref", short: "Pref", align: "right", cell: ({ local_pref: pref }) => String(pref ?? "") },
  { title: "Metric", align: "right", cell: ({ med }) => String(med ?? "") },
  { title: "AS Path", fit: "path", cell: ({ as_path: path }) => path ?? "" },
  {
    title: "Communities",
    fit: "list",
    cell: (row) => [row.communities, row.large_communities, row.ext_communities].filter((text) => text).join(" "),
  },
  { title: "From", cell: ({ id, source }) => id === null ? source : `${source}, row ${id}` },
  { title: "Until", ifUsed: true, cell: ({ expires_at: until }) => until ?? "" },
  { title: "Sent To", fit: "sentence", cell: sentToCell },
  { title: "Why Not", fit: "sentence", cell: whyNot },
  { title: "Comment", fit: "sentence", ifUsed: true, cell: ({ comment }) => comment ?? "" },
];

function printAnnouncements(rows: readonly AnnouncementJson[], io: Io): void {
  const used = columns.filter(({ cell, ifUsed }) => ifUsed !== true || rows.some((row) => cell(row) !== ""));
  const tableRow = (row: AnnouncementJson): TableRow => ({
    mark: isWrong(row) ? "!" : " ",
    colour: "red",
    cells: used.map(({ cell }) => cell(row)),
  });
  printTable(used, rows.map(tableRow), io);
}

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

function isWrong({ state }: AnnouncementJson): boolean {
  return state === "withheld" || state === "refused";
}

function whyNot(row: AnnouncementJson): Cell {
  return { text: row.error ?? unsentText(row), ...isWrong(row) ? { colour: "red" } : {} };
}
