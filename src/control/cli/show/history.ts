/** `bgpd show history`: what was announced for a prefix, from when to when, and how it ended. */

import { parsePrefix } from "../../../types/mod.ts";
import type { ChangeRow, StateRow, StoreReader } from "../../../store/mod.ts";
import { toJson } from "../../json.ts";
import type { RouteChangeJson } from "../../schema/route.ts";
import { type Command, CommandError, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { printJsonList } from "../text/rows.ts";
import { peerName } from "./peers.ts";
import { stateJson, withLists } from "./route_table.ts";
import { type Column, tableLines, type TableRow } from "../text/table.ts";
import { formatDuration, plural } from "../text/units.ts";

export const showHistoryCommand: Command = {
  name: "history",
  summary: "states of a prefix, from when to when and how they ended; the newest last",
  arguments: [{ name: "<PREFIX>", doc: "exactly this prefix" }],
  options: [
    { flags: "--changes", doc: "a line for each announcement and each withdraw instead" },
    { flags: "--peer PEER", doc: "of one peer, by address or description" },
    { flags: "--limit N", doc: "the newest so many" },
    ...databaseOptions,
  ],
  examples: [
    ["bgpd show history 192.0.2.0/24", "who announced it when, and how"],
    ["bgpd show history 192.0.2.0/24 --changes --limit 20", "the last twenty changes"],
  ],
  run(input, io) {
    const [prefix = ""] = input.words;
    if (parsePrefix(prefix) === undefined || !prefix.includes("/")) {
      throw new UsageError(
        `"${prefix}" is not a prefix; \`show routes ADDRESS\` finds the prefix that holds an address`,
      );
    }
    const limit = input.number("limit", 1, Number.MAX_SAFE_INTEGER);
    return withDatabase(input, io, (reader) => {
      const peer = input.text("peer");
      const filter = { prefix, limit, peer: peer === undefined ? undefined : peerName(reader, peer) };
      if (input.flag("changes")) {
        return show(reader, reader.changes(filter), changeTable, input.flag("json"), io, filter.peer);
      }
      return show(reader, reader.history(filter), stateTable, input.flag("json"), io, filter.peer);
    });
  },
};

interface Layout<T> {
  readonly columns: readonly Column[];
  row(state: T, io: Io): TableRow;
  json(state: T): string;
  /** When it begins. */
  from(state: T): string;
}

function show<T extends StateRow | ChangeRow>(
  reader: StoreReader,
  rows: readonly T[],
  layout: Layout<T>,
  asJson: boolean,
  io: Io,
  peer: string | undefined,
): number {
  if (asJson) {
    printJsonList(rows.map(layout.json), io);
  } else if (rows.length === 0) {
    io.message("no history");
  } else {
    const lines = tableLines(layout.columns, rows.map((row) => layout.row(row, io)), io.outputIsTerminal);
    for (const line of lines) io.write(line + "\n");
  }
  // Of nothing at all it may be that nothing was written down. A long list is too much for the arguments of Math.min.
  const from = rows.reduce((least, row) => Math.min(least, Date.parse(layout.from(row))), Infinity);
  sayGaps(reader, rows.length > 0 ? from : 0, io, io.now(), peer);
  return 0;
}

/** Refuses a time before everything that the database knows: an empty table would say that there was nothing. */
export function requireKnown(reader: StoreReader, time: number): void {
  const begins = reader.historyBegins;
  if (begins !== undefined && time >= begins) return;
  const known = begins === undefined ? "nothing was ever received" : `what it knows begins at ${isoTime(begins)}`;
  throw new CommandError(`the database ${reader.path} knows nothing of ${isoTime(time)}: ${known}`);
}

function isoTime(time: number): string {
  return new Date(time).toISOString();
}

/** What the table of a time lacks, in words; the exit code: 1 where it lacks something. */
export function sayIncomplete(reader: StoreReader, time: number, io: Io): number {
  const isTrimmed = sayTrimmed(reader, time, io);
  return sayGaps(reader, time, io, time) || isTrimmed ? 1 : 0;
}

/** Honesty: what the table does not know. True where there is such a thing. */
function sayGaps(reader: StoreReader, from: number, io: Io, to = io.now(), peer?: string): boolean {
  const gaps = reader.gaps(from, to, peer);
  for (const { from: start, to: end, changes, peer: of } of gaps) {
    const states = changes === 0 ? "an unknown number of states" : plural(changes, "state");
    const count = of === null ? states : `${states} of ${of}, which has more of them than others,`;
    const when = end.startsWith("9999") ? `since ${start}` : `between ${start} and ${end}`;
    io.message(`bgpd: not all was written down: ${count} that ended ${when} may be missing`);
  }
  return gaps.length > 0;
}

/** The table of a time from which states are trimmed lacks those. */
function sayTrimmed(reader: StoreReader, time: number, io: Io): boolean {
  const from = reader.historyFrom;
  if (time >= from) return false;
  const iso = new Date(from).toISOString();
  io.message(`bgpd: the history is kept from ${iso} on: routes that were gone by then are missing`);
  return true;
}

const stateTable: Layout<StateRow> = {
  columns: [
    { title: "From" },
    { title: "To" },
    { title: "Lasted", align: "right" },
    { title: "Received From" },
    { title: "Next Hop" },
    { title: "Ended By" },
    { title: "AS Path" },
    { title: "Communities" },
  ],
  row: (state, io) => ({
    mark: state.validTo === null ? "+" : " ",
    cells: [
      state.validFrom,
      state.validTo ?? "",
      formatDuration((state.validTo === null ? io.now() : Date.parse(state.validTo)) - Date.parse(state.validFrom)),
      peerCell(state),
      state.nextHop ?? "",
      state.endedBy ?? "",
      state.asPath ?? "",
      communities(state),
    ],
  }),
  json: stateJson,
  from: ({ validFrom }) => validFrom,
};

const changeTable: Layout<ChangeRow> = {
  columns: [
    { title: "At" },
    { title: "Change" },
    { title: "Received From" },
    { title: "Next Hop" },
    { title: "AS Path" },
    { title: "Communities" },
  ],
  row: (change) => ({
    mark: change.kind === "announce" ? "+" : "-",
    cells: [
      change.at,
      change.kind,
      peerCell(change),
      change.nextHop ?? "",
      change.asPath ?? "",
      communities(change),
    ],
  }),
  json: changeJson,
  from: ({ at }) => at,
};

function peerCell({ peer, pathId }: StateRow | ChangeRow): string {
  return pathId === null ? peer : `${peer} [${pathId}]`;
}

function communities(row: StateRow | ChangeRow): string {
  return [row.communities, row.largeCommunities, row.extCommunities].filter((text) => text).join(" ");
}

function changeJson(row: ChangeRow): string {
  return toJson<RouteChangeJson>(withLists(row));
}
