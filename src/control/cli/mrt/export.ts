/** `bgpd mrt export`: the routes of the database as a TABLE_DUMP_V2 file. */

import type { Command } from "../command.ts";
import { databaseOptions } from "../database_file.ts";
import { timeForms } from "../text/time.ts";

export const mrtExportCommand: Command = {
  name: "export",
  summary: "write the received routes as a table (TABLE_DUMP_V2) that bgpdump and other programs read",
  arguments: [{ name: "<FILE>", doc: "file to write; compressed with gzip if its name ends in .gz" }],
  options: [
    { flags: "--peer PEER", doc: "only the routes of this peer (name, address or description)" },
    {
      flags: "--at TIME",
      doc: `the routes at this time, as received: ${timeForms}`,
    },
    ...databaseOptions.filter(({ flags }) => flags !== "--json"),
  ],
  examples: [
    ["bgpd mrt export table.mrt.gz", "export the current routes"],
    ["bgpd mrt export past.mrt.gz --at -1h", "export the routes of an hour ago, from the history"],
    ["bgpd mrt export one.mrt --peer 192.0.2.1 -d lab.db", "export the routes of one peer"],
  ],
  async run(input, io) {
    const { runExport } = await import("./export_run.ts");
    return await runExport(input, io);
  },
};
