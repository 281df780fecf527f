/** The work of `bgpd mrt import`. */

import { lockHolder, StoreError, StoreWriter } from "../../../store/mod.ts";
import { fileLocks, resolve } from "../../../transport/mod.ts";
import { takeCensus } from "../../mrt/census.ts";
import { importFile } from "../../mrt/import.ts";
import { CommandError, type Input, type Io } from "../command.ts";
import { plural } from "../text/units.ts";
import { fileProgress, openMrtFileTwice, refuseForeign, reportProblems, requirePeer, selectionOf } from "./files.ts";

/** Returns the exit code. */
export async function runImport(input: Input, io: Io): Promise<number> {
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
}
