/** `bgpd show announcements`: routes of this speaker, and where each came from. */

import { AnnouncementFile, StoreError } from "../../store/mod.ts";
import { snakeKeys } from "../json.ts";
import { type Command, CommandError, type Io } from "./command.ts";
import { callDaemon, NotRunning } from "./daemon_client.ts";
import { databaseOptions, databasePath } from "./database.ts";
import { printJsonList } from "./rows.ts";
import { type Cell, type Column, tableLines, type TableRow } from "./table.ts";

/** As the API has it. */
interface Announcement {
  readonly id: number | null;
  readonly prefix: string;
  readonly next_hop: string;
  readonly peer: string | null;
  readonly as_path: string | null;
  readonly med: number | null;
  readonly local_pref: number | null;
  readonly communities: string | null;
  readonly large_communities: string | null;
  readonly ext_communities: string | null;
  readonly source: string;
  readonly error: string | null;
}

export const showAnnouncementsCommand: Command = {
  name: "announcements",
  aliases: ["announcement", "originated"],
  summary: "routes of this speaker, and whether configuration, command, API or SQL made them",
  options: databaseOptions,
  examples: [["bgpd show announcements", "what is announced by hand, and what is wrong with it"]],
  async run(input, io) {
    const database = databasePath(input, io);
    const rows = await announcements(database, io);
    if (input.flag("json")) printJsonList(rows.map((row) => JSON.stringify(row)), io);
    else if (rows.length === 0) io.message("no announcements");
    else for (const line of tableLines(columns, rows.map(tableRow), io.outputIsTerminal)) io.write(line + "\n");
    return 0;
  },
};

const columns: readonly Column[] = [
  { title: "Prefix" },
  { title: "Next Hop" },
  { title: "Peer" },
  { title: "Local Pref", align: "right" },
  { title: "Metric", align: "right" },
  { title: "AS Path" },
  { title: "Communities" },
  { title: "From" },
  { title: "Error" },
];

async function announcements(database: string, io: Io): Promise<Announcement[]> {
  try {
    return await callDaemon<Announcement[]>(database, { path: "/announcements" });
  } catch (error) {
    if (!(error instanceof NotRunning)) throw error;
    io.message(`${error.message}; this is its table, without what the configuration names`);
  }
  try {
    const file = new AnnouncementFile(database);
    try {
      return snakeKeys(file.list()) as Announcement[];
    } finally {
      file.close();
    }
  } catch (error) {
    throw error instanceof StoreError ? new CommandError(error.message) : error;
  }
}

function tableRow(row: Announcement): TableRow {
  const error: Cell = { text: row.error ?? "", colour: "red" };
  return {
    mark: row.error === null ? " " : "!",
    cells: [
      row.prefix,
      row.next_hop,
      row.peer ?? "all",
      String(row.local_pref ?? ""),
      String(row.med ?? ""),
      row.as_path ?? "",
      [row.communities, row.large_communities, row.ext_communities].filter((text) => text).join(" "),
      row.id === null ? row.source : `${row.source}, row ${row.id}`,
      error,
    ],
  };
}
