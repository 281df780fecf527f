/** What the history does not have: times before it begins, gaps, and entries that were deleted. */

import type { StoreReader } from "../../../store/mod.ts";
import { CommandError, type Io } from "../command.ts";
import { isRunning } from "./last_run.ts";
import { isoTime } from "../text/time.ts";
import { plural } from "../text/units.ts";

/** What deletes history entries. */
const retention = "history_days and history_max_mb limit the history";

/** Milliseconds since 1970. */
export interface Span {
  readonly from: number;
  readonly to: number;
  /** Only gaps that concern this peer. */
  readonly peer?: string | undefined;
}

/** Throws if the history begins after `time`: an empty table would mean that there were no routes. */
export function requireKnown(reader: StoreReader, time: number): void {
  const begins = reader.historyBegins;
  if (begins !== undefined && time >= begins) return;
  const trimmed = reader.historyFrom > 0 ? `; ${retention}` : "";
  const known = begins === undefined
    ? "it has never received a route"
    : `its history begins at ${isoTime(begins)}${trimmed}`;
  throw new CommandError(`database ${reader.path} has no history for ${isoTime(time)}: ${known}`);
}

/** Reports which routes a table of `time` may lack. Returns the exit code: 1 if it may lack some. */
export function reportIncomplete(reader: StoreReader, time: number, io: Io): number {
  const isTrimmed = reportTrimmed(reader, time, io);
  const hasGaps = reportGaps(reader, { from: time, to: time }, io);
  const isAfter = reportAfterEnd(reader, time, io);
  return hasGaps || isTrimmed || isAfter ? 1 : 0;
}

/** Reports that no bgpd was there at `time` to receive routes: it ended before. Returns true in that case. */
function reportAfterEnd(reader: StoreReader, time: number, io: Io): boolean {
  if (isRunning(reader)) return false;
  const { endedAt, leftOver } = reader.lastRun();
  if (endedAt === null || time <= endedAt) return false;
  const verb = leftOver ? "last wrote" : "stopped";
  io.message(
    `bgpd: nothing is known about ${isoTime(time)}: bgpd ${verb} at ${isoTime(endedAt)} and is not running; ` +
      "the routes are those of that time",
  );
  return true;
}

/** Reports gaps of the history. Returns true if there are any. */
export function reportGaps(reader: StoreReader, { from, to, peer }: Span, io: Io): boolean {
  const gaps = reader.gaps(from, to, peer);
  for (const { from: start, to: end, changes, peer: of } of gaps) {
    const entries = changes === 0 ? "an unknown number of entries" : plural(changes, "entry", "entries");
    const whose = of === null ? "" : `, more of peer ${of} than of any other`;
    const when = end.startsWith("9999") ? `since ${start}` : `between ${start} and ${end}`;
    io.message(`bgpd: the history is incomplete: ${entries} that ended ${when} may be missing${whose}`);
  }
  return gaps.length > 0;
}

/** Reports that history entries of `time` were already deleted. Returns true in that case. */
function reportTrimmed(reader: StoreReader, time: number, io: Io): boolean {
  const from = reader.historyFrom;
  if (time >= from) return false;
  io.message(`bgpd: the history begins at ${isoTime(from)}: routes that ended before are missing (${retention})`);
  return true;
}
