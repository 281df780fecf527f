/** `bgpd mrt import`: the routes of an MRT file, imported into a database. */

import { resolve } from "node:path";
import { lockHolder, StoreError, StoreWriter } from "../../../store/mod.ts";
import { fileLocks } from "../../../transport/mod.ts";
import { takeCensus } from "../../mrt/census.ts";
import { importFile } from "../../mrt/import.ts";
import { type Command, CommandError } from "../command.ts";
import { plural } from "../text/units.ts";
import { fileProgress, openMrtFileTwice, refuseForeign, reportProblems, requirePeer, selectionOf } from "./files.ts";

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
    const source = await openMrtFileTwice(input);
    const selection = selectionOf(input) ?? { kind: "all" };
    const path = resolve(io.places.folder, input.text("database") ?? "bgpd.db");
    let writer: StoreWriter | undefined;
    let doing = "counting";
    const progress = fileProgress(source, io.messagesAreTerminal, () => doing);
    try {
      const holder = lockHolder(path, fileLocks);
      if (holder !== undefined) {
        throw new CommandError(`${path} is in use by bgpd (pid ${holder}): stop bgpd, or choose another database`);
      }
      const census = await takeCensus(source, progress.step);
      // No database is created for a file that is not an MRT file.
      refuseForeign(source);
      requirePeer(input, source, selection, census.map(({ peer }) => peer));
      writer = new StoreWriter(path, { now: io.now, locks: fileLocks });
      doing = "importing";
      source.problems.clear();
      const result = await importFile(source, census, writer, { selection, now: io.now, step: progress.step });
      progress.end();
      for (const note of result.notes) io.message(note);
      const exitCode = reportProblems(source, io);
      io.message(`${path}: ${plural(result.routes, "route")} of ${plural(result.peers, "peer")}`);
      if (result.others > 0) {
        io.message(
          `${path}: ${
            plural(result.others, "other peer")
          } of this database: their routes stay, but were not compared with the imported ones`,
        );
      }
      return exitCode;
    } catch (error) {
      if (error instanceof StoreError) throw new CommandError(error.message);
      throw error;
    } finally {
      progress.end();
      writer?.close("imported");
    }
  },
};
