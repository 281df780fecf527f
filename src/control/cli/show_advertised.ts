/** `bgpd show advertised PEER`: Adj-RIB-Out, which the daemon knows and the database does not. */

import { parsePrefix } from "../../types/mod.ts";
import { whyNoPrefix } from "../prefix_words.ts";
import { type Command, type Io, UsageError } from "./command.ts";
import { callDaemonForList } from "./daemon_client.ts";
import { databaseOptions, databasePath } from "./database.ts";
import { type Column, tableLines, type TableRow } from "./table.ts";

/** As the API has it. */
interface Advertised {
  readonly prefix: string;
  readonly path_id: number | null;
  readonly next_hop: string | null;
  readonly as_path: string;
  readonly origin: string | null;
  readonly med: number | null;
  readonly local_pref: number | null;
  readonly communities: readonly string[];
  readonly large_communities: readonly string[];
  readonly ext_communities: readonly string[];
}

export const showAdvertisedCommand: Command = {
  name: "advertised",
  aliases: ["adj-rib-out"],
  summary: "what is announced to a peer; asks the daemon, for it is not in the database",
  arguments: [
    { name: "<PEER>", doc: "its address or its description" },
    { name: "[PREFIX]", doc: "PREFIX: only this one. ADDRESS: those that hold it" },
  ],
  options: databaseOptions,
  examples: [["bgpd show advertised 192.0.2.1", "all that the peer is told"]],
  async run(input, io) {
    const [peer, prefix] = input.words;
    if (prefix !== undefined && parsePrefix(prefix) === undefined) {
      throw new UsageError(
        prefix.includes("/") ? whyNoPrefix(prefix) : `"${prefix}" is neither a prefix nor an address`,
      );
    }
    const query = prefix === undefined ? "" : `?${new URLSearchParams({ prefix })}`;
    const call = { path: `/peers/${encodeURIComponent(peer!)}/advertised${query}` };
    const database = databasePath(input, io);
    if (input.flag("json")) {
      let separator = "[\n";
      await callDaemonForList<Advertised>(database, call, (route) => {
        io.write(separator + JSON.stringify(route));
        separator = ",\n";
      });
      io.write(separator === "[\n" ? "[]\n" : "\n]\n");
      return 0;
    }
    const rows: TableRow[] = [];
    await callDaemonForList<Advertised>(database, call, (route) => void rows.push(tableRow(route)));
    print(rows, io);
    return 0;
  },
};

const columns: readonly Column[] = [
  { title: "Prefix" },
  { title: "Next Hop" },
  { title: "Origin" },
  { title: "Local Pref", align: "right" },
  { title: "Metric", align: "right" },
  { title: "AS Path" },
  { title: "Communities" },
];

function print(rows: readonly TableRow[], io: Io): void {
  if (rows.length === 0) io.message("no routes");
  for (const line of tableLines(columns, rows, io.outputIsTerminal)) io.write(line + "\n");
}

function tableRow(route: Advertised): TableRow {
  return {
    cells: [
      route.path_id === null ? route.prefix : `${route.prefix} [${route.path_id}]`,
      route.next_hop ?? "",
      route.origin ?? "",
      String(route.local_pref ?? ""),
      String(route.med ?? ""),
      route.as_path,
      [...route.communities, ...route.large_communities, ...route.ext_communities].join(" "),
    ],
  };
}
