/** `bgpd mrt export`: the database as a table that other programs read. */

import { StoreError } from "../../../store/mod.ts";
import { type ExportResult, exportTable } from "../../mrt/export.ts";
import { writePackedFile } from "../../mrt/output.ts";
import { Progress } from "../../mrt/progress.ts";
import { type Command, CommandError, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { fileProblem, requireFolder } from "../files.ts";
import { requireKnown, sayIncomplete } from "../show/history.ts";
import { peerName } from "../show/peers.ts";
import { plural } from "../text/units.ts";
import { parseTime } from "../text/time.ts";

export const mrtExportCommand: Command = {
  name: "export",
  summary: "write all received routes as a table (TABLE_DUMP_V2), readable by bgpdump and others",
  arguments: [{ name: "<FILE>", doc: "the file to write; packed with gzip where its name ends in .gz" }],
  options: [
    { flags: "--peer PEER", doc: "only routes of this peer, by address or description" },
    { flags: "--at TIME", doc: "as they were received and stood then: 2026-01-31T12:00:00Z, or -10m (s, m, h, d, w)" },
    ...databaseOptions.filter(({ flags }) => flags !== "--json"),
  ],
  examples: [
    ["bgpd mrt export table.mrt.gz", "what rib holds now"],
    ["bgpd mrt export past.mrt.gz --at -1h", "the table of an hour ago, from the history"],
    ["bgpd mrt export one.mrt --peer 192.0.2.1 -d lab.db", "what one peer announced"],
  ],
  run(input, io) {
    const path = input.words[0]!;
    if (path.endsWith(".bz2")) throw new UsageError("bzip2 is read but not written; use .gz");
    const at = input.text("at");
    const past = at === undefined ? {} : { time: parseTime(at, io.now()), past: true };
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
        `${path}: ${plural(routes, "route")} to ${plural(prefixes, "prefix", "prefixes")}, ${plural(peers, "peer")}`,
      );
      return past.time === undefined ? 0 : sayIncomplete(reader, past.time, io);
    });
  },
};
