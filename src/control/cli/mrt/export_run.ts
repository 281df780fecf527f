/** The work of `bgpd mrt export`. */

import { StoreError } from "../../../store/mod.ts";
import { type ExportResult, exportTable } from "../../mrt/export.ts";
import { exportUpdates, type UpdatesResult } from "../../mrt/export_updates.ts";
import { writePackedFile } from "../../mrt/output.ts";
import { Progress } from "../../mrt/progress.ts";
import { CommandError, type Input, type Io, UsageError } from "../command.ts";
import { withDatabase } from "../database_file.ts";
import { fileProblem, requireFolder } from "../files.ts";
import { peerName } from "../peer_name.ts";
import { reportGaps, reportIncomplete, requireKnown } from "../show/history_gaps.ts";
import { readTime } from "../text/time.ts";
import { plural } from "../text/units.ts";

/** Returns the exit code. */
export function runExport(input: Input, io: Io): Promise<number> {
  const path = input.required(0);
  if (path.endsWith(".bz2")) throw new UsageError("bgpd cannot write bzip2; use a name that ends in .gz");
  if (input.flag("updates")) return runUpdates(path, input, io);
  for (const option of ["from", "to"]) {
    if (input.text(option) !== undefined) {
      throw new UsageError(`--${option} needs --updates; a table is of one time: --at`);
    }
  }
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
    await writeRecords(path, records(), progress);
    const { prefixes, routes, peers } = result!;
    io.message(
      `${path}: ${plural(routes, "route")}, ${plural(prefixes, "prefix", "prefixes")}, ${plural(peers, "peer")}`,
    );
    return past.time === undefined ? 0 : reportIncomplete(reader, past.time, io);
  });
}

/** The changes between two times. */
function runUpdates(path: string, input: Input, io: Io): Promise<number> {
  if (input.text("at") !== undefined) throw new UsageError("--at is for a table; updates have --from and --to");
  const until = input.text("to");
  const from = readTime(input.text("from") ?? "-1h", io), to = until === undefined ? io.now() : readTime(until, io);
  if (from >= to) throw new UsageError("--from must be before --to");
  requireFolder(path);
  return withDatabase(input, io, async (reader) => {
    const progress = new Progress(path, io.messagesAreTerminal), name = input.text("peer");
    const peer = name === undefined ? undefined : peerName(reader, name);
    const step = (changes: number) => progress.update(changes, changes, () => plural(changes, "change"));
    let result: UpdatesResult | undefined;
    const records = function* () {
      result = yield* exportUpdates(reader, { from, to, peer, step });
    };
    await writeRecords(path, records(), progress);
    const { announced, withdrawn } = result!;
    io.message(`${path}: ${plural(announced, "announcement")}, ${plural(withdrawn, "withdrawal")}`);
    return reportGaps(reader, { from, to, peer }, io) || reader.historyFrom > from ? 1 : 0;
  });
}

/** Writes the file. What the database says about its own faults stays as it is. */
async function writeRecords(path: string, records: Iterable<Uint8Array>, progress: Progress): Promise<void> {
  try {
    await writePackedFile(path, records);
  } catch (error) {
    if (error instanceof StoreError) throw error;
    throw new CommandError(`cannot write ${path}: ${fileProblem(error)}`);
  } finally {
    progress.end();
  }
}
