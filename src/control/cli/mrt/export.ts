/** `bgpd mrt export`: the routes of the database as a TABLE_DUMP_V2 file. */

import { StoreError } from "../../../store/mod.ts";
import { type ExportResult, exportTable } from "../../mrt/export.ts";
import { writePackedFile } from "../../mrt/output.ts";
import { Progress } from "../../mrt/progress.ts";
import { type Command, CommandError, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { fileProblem, requireFolder } from "../files.ts";
import { peerName } from "../peer_name.ts";
import { reportIncomplete, requireKnown } from "../show/history_gaps.ts";
import { readTime, timeForms } from "../text/time.ts";
import { plural } from "../text/units.ts";

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
  run(input, io) {
    const path = input.required(0);
    if (path.endsWith(".bz2")) throw new UsageError("bgpd cannot write bzip2; use a name that ends in .gz");
    const at = input.text("at");
    const past = at === undefined ? {} : { time: readTime(at, io), past: true };
    requireFolder(path);
    return withDatabase(input, io, async (reader) => {
      if (past.time !== undefined) requireKnown(reader, past.time);
      const progress = new Progress(path, io.messagesAreTerminal);
      const name = input.text("peer");
      const peer = name === undefined ? undefined : peerName(reader, name);
      const total = Number([...reader.sql("SELECT count(*) FROM prefixes").rows][0]?.[0] ?? 0);
      const step = (prefixes: number) => progress.update(prefixes, total, () => plural(prefixes, "prefix", "prefixes"));
      let result: ExportResult | undefined;
      const records = function* () {
        result = yield* exportTable(reader, {
          time: io.now(),
          step,
          ...past,
          ...(peer === undefined ? {} : { peer }),
        });
      };
      try {
        await writePackedFile(path, records());
      } catch (error) {
        if (error instanceof StoreError) throw error;
        throw new CommandError(`cannot write ${path}: ${fileProblem(error)}`);
      } finally {
        progress.end();
      }
      const { prefixes, routes, peers } = result!;
      io.message(
        `${path}: ${plural(routes, "route")}, ${plural(prefixes, "prefix", "prefixes")}, ${plural(peers, "peer")}`,
      );
      return past.time === undefined ? 0 : reportIncomplete(reader, past.time, io);
    });
  },
};
