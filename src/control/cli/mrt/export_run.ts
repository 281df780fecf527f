/** The work of `bgpd mrt export`. */

import { StoreError } from "../../../store/mod.ts";
import { type ExportResult, exportTable } from "../../mrt/export.ts";
import { writePackedFile } from "../../mrt/output.ts";
import { Progress } from "../../mrt/progress.ts";
import { CommandError, type Input, type Io, UsageError } from "../command.ts";
import { withDatabase } from "../database_file.ts";
import { fileProblem, requireFolder } from "../files.ts";
import { peerName } from "../peer_name.ts";
import { reportIncomplete, requireKnown } from "../show/history_gaps.ts";
import { readTime } from "../text/time.ts";
import { plural } from "../text/units.ts";

/** Returns the exit code. */
export function runExport(input: Input, io: Io): Promise<number> {
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
}
