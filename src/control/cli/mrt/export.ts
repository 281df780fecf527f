/** `bgpd mrt export`: the routes of the database as a TABLE_DUMP_V2 file, or its changes as BGP4MP messages. */

import type { Command } from "../command.ts";
import { databaseOptions } from "../database_file.ts";
import { timeForms } from "../text/time.ts";

export const mrtExportCommand: Command = {
  name: "export",
  summary: "write the received routes as a table, or their changes as updates (MRT), for bgpdump and other programs",
  arguments: [{ name: "<FILE>", doc: "file to write; compressed with gzip if its name ends in .gz" }],
  options: [
    { flags: "--peer PEER", doc: "only the routes of this peer (name, address or description)" },
    {
      flags: "--at TIME",
      doc: `the routes at this time, as received: ${timeForms}`,
    },
    { flags: "--updates", doc: "the changes between two times, from the history, as messages (BGP4MP_ET)" },
    { flags: "--from TIME", doc: "with --updates: the first time (default: an hour ago)" },
    { flags: "--to TIME", doc: "with --updates: changes before this time (default: now)" },
    ...databaseOptions.filter(({ flags }) => flags !== "--json"),
  ],
  examples: [
    ["bgpd mrt export table.mrt.gz", "export the current routes"],
    ["bgpd mrt export past.mrt.gz --at -1h", "export the routes of an hour ago, from the history"],
    ["bgpd mrt export updates.mrt.gz --updates --from -1h", "export the changes of the last hour"],
    ["bgpd mrt export one.mrt --peer 192.0.2.1 -d lab.db", "export the routes of one peer"],
  ],
  async run(input, io) {
    const { runExport } = await import("./export_run.ts");
    return await runExport(input, io);
  },
};
