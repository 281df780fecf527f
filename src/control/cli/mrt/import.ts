/** `bgpd mrt import`: the routes of an MRT file, imported into a database. */

import type { Command } from "../command.ts";

export const mrtImportCommand: Command = {
  name: "import",
  summary: "import a file into a database, as if bgpd had a session with each peer of the file",
  arguments: [{ name: "<FILE>", doc: "MRT file, or - for standard input; uncompressed, gzip or bzip2" }],
  options: [
    {
      flags: "-d, --database FILE",
      doc:
        "database file (default: ./bgpd.db); bgpd must not use it. Routes of other peers stay in the database, but " +
        "the decision process does not compare them",
    },
    {
      flags: "--peer PEER",
      doc: "only this peer of the file, by number or address (default: all)",
      completes: "nothing",
    },
  ],
  examples: [
    [
      "bgpd mrt import rib.20260601.0000.bz2 -d rib.db",
      "import a table; then use bgpd sql -d rib.db, or sqlite3 rib.db",
    ],
    ["bgpd mrt import updates.gz -d one.db --peer 192.0.2.1", "import the updates of one peer"],
  ],
  async run(input, io) {
    const { runImport } = await import("./import_run.ts");
    return await runImport(input, io);
  },
};
