/** `bgpd mrt import`: a file becomes a database. */

import { lockHolder, StoreError, StoreWriter } from "../../../store/mod.ts";
import { fileLocks } from "../../../transport/mod.ts";
import { takeCensus } from "../../mrt/census.ts";
import { importFile } from "../../mrt/import.ts";
import { type Command, CommandError } from "../command.ts";
import { fileProgress, openMrtFileTwice, refuseForeign, requirePeer, selectionOf, tellProblems } from "./files.ts";
import { plural } from "../text/units.ts";

export const mrtImportCommand: Command = {
  name: "import",
  summary: "put a file into a database, as if each of its peers had a session",
  arguments: [{ name: "<FILE>", doc: "MRT file, or - for standard input; plain, gzip or bzip2" }],
  options: [
    {
      flags: "-d, --database FILE",
      doc:
        "the database (default: bgpd.db here); no daemon may be using it. One that has peers the file does not have " +
        "keeps their routes as they are: they take no part in the decision",
    },
    { flags: "--peer PEER", doc: "only this peer of the file, by number or address (default: all)" },
  ],
  examples: [
    ["bgpd mrt import rib.20260601.0000.bz2 -d rib.db", "then: bgpd sql -d rib.db, or sqlite3 rib.db"],
    ["bgpd mrt import updates.gz -d one.db --peer 192.0.2.1", "where one peer's updates lead to"],
  ],
  async run(input, io) {
    const source = await openMrtFileTwice(input);
    const selection = selectionOf(input) ?? { kind: "all" };
    const path = input.text("database") ?? "bgpd.db";
    let writer: StoreWriter | undefined;
    let doing = "counting";
    const progress = fileProgress(source, io.messagesAreTerminal, () => doing);
    try {
      const holder = lockHolder(path, fileLocks);
      if (holder !== undefined) throw new CommandError(`${path} is in use by bgpd, process ${holder}`);
      const census = await takeCensus(source, progress.step);
      // Nothing is created for what is no MRT file.
      refuseForeign(source);
      requirePeer(input, source, selection, census.map(({ peer }) => peer));
      writer = new StoreWriter(path, { now: io.now, locks: fileLocks });
      doing = "importing";
      source.problems.clear();
      const result = await importFile(source, census, writer, { selection, now: io.now, step: progress.step });
      progress.end();
      for (const note of result.notes) io.message(note);
      const exitCode = tellProblems(source, io);
      io.message(`${path}: ${plural(result.routes, "route")} of ${plural(result.peers, "peer")}`);
      if (result.others > 0) {
        io.message(
          `${path}: ${
            plural(result.others, "other peer")
          } stood there already: their routes stay, but take no part in the decision`,
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
