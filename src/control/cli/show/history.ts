/** `bgpd show history`: the states of a prefix: from when to when each lasted, and how it ended. */

import type { ChangeRow, StateRow } from "../../../store/mod.ts";
import { parsePrefix } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import type { RouteChangeJson } from "../../schema/route.ts";
import { type Command, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { peerName } from "../peer_name.ts";
import { printJsonList } from "../text/rows.ts";
import { type Column, outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";
import { formatDuration } from "../text/units.ts";
import { reportGaps } from "./history_gaps.ts";
import { stateJson, withLists } from "./route_table.ts";

export const showHistoryCommand: Command = {
  name: "history",
  summary: "show the history of a prefix: when each route began and how it ended; the newest last",
  arguments: [{ name: "<PREFIX>", doc: "the prefix, for example 192.0.2.0/24" }],
  options: [
    { flags: "--changes", doc: "show a line for each announcement and each withdraw instead" },
    { flags: "--peer PEER", doc: "only the routes of this peer (name, address or description)" },
    { flags: "--limit N", doc: "show only the newest N" },
    ...databaseOptions,
    wideOption,
  ],
  examples: [
    ["bgpd show history 192.0.2.0/24", "show who announced the prefix, and when"],
    ["bgpd show history 192.0.2.0/24 --changes --limit 20", "show the last twenty changes"],
  ],
  run(input, plain) {
    const io = outputFor(input, plain);
    const [prefix = ""] = input.words;
    if (parsePrefix(prefix) === undefined || !prefix.includes("/")) {
      throw new UsageError(
        `"${prefix}" is not a prefix; bgpd show routes ADDRESS finds the prefix of an address`,
      );
    }
    const limit = input.number("limit", 1, Number.MAX_SAFE_INTEGER);
    return withDatabase(input, io, (reader) => {
      const peer = input.text("peer");
      const filter = { prefix, limit, peer: peer === undefined ? undefined : peerName(reader, peer) };
      const asJson = input.flag("json");
      const from = input.flag("changes")
        ? print(reader.changes(filter), changeTable, asJson, io)
        : print(reader.history(filter), stateTable, asJson, io);
      reportGaps(reader, { from, to: io.now(), peer: filter.peer }, io);
      return 0;
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

/** Returns when the first row begins. Without rows it is 0: a gap at any time may be the reason. */
function print<T extends StateRow | ChangeRow>(rows: readonly T[], layout: Layout<T>, asJson: boolean, io: Io): number {
  if (asJson) printJsonList(rows.map(layout.json), io);
  else if (rows.length === 0) io.message("no history");
  else {
    printTable(layout.columns, rows.map((row) => layout.row(row, io)), io);
  }
  // A long list has too many items for Math.min(...).
  const from = rows.reduce((least, row) => Math.min(least, Date.parse(layout.from(row))), Infinity);
  return rows.length === 0 ? 0 : from;
}

const stateTable: Layout<StateRow> = {
  columns: [
    { title: "From", fit: "time" },
    { title: "To", fit: "time" },
    { title: "Lasted", align: "right" },
    { title: "Received From", short: "Peer", fit: "address" },
    { title: "Next Hop", fit: "address" },
    { title: "Ended By", fit: "whole" },
    { title: "AS Path", fit: "path" },
    { title: "Communities", fit: "list" },
  ],
  row: (state, io) => ({
    mark: state.validTo === null ? "+" : " ",
    colour: "green",
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
    { title: "At", fit: "time" },
    { title: "Change", fit: "whole" },
    { title: "Received From", short: "From", fit: "address" },
    { title: "Next Hop", fit: "address" },
    { title: "AS Path", fit: "path" },
    { title: "Communities", fit: "list" },
  ],
  row: (change) => ({
    mark: change.kind === "announce" ? "+" : "-",
    colour: change.kind === "announce" ? "green" : "red",
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
