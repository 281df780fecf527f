/** `bgpd show history`: the states of a prefix: from when to when each lasted, and how it ended. */

import type { ChangeRow, HistoryFilter, StateRow } from "../../../store/mod.ts";
import { destinationOf } from "../../../store/read/route_attributes.ts";
import { parsePrefix } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import type { RouteChangeJson } from "../../schema/route.ts";
import { type Command, type Input, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { peerName } from "../peer_name.ts";
import { destinationOption, familyOf, rdOf } from "../route_options.ts";
import { printJsonList } from "../text/rows.ts";
import { type Column, outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";
import { formatDuration } from "../text/units.ts";
import { reportGaps } from "./history_gaps.ts";
import { withLists } from "../../route_values.ts";
import { stateJson } from "./route_table.ts";

export const showHistoryCommand: Command = {
  name: "history",
  summary: "show the history of a prefix: when each route began and how it ended; the newest last",
  arguments: [{
    name: "<PREFIX...>",
    doc: "the prefix, for example 192.0.2.0/24. Other families take a destination as show routes prints it.",
  }],
  options: [
    { flags: "--changes", doc: "show a line for each announcement and each withdraw instead" },
    { flags: "--peer PEER", doc: "only the routes of this peer (name, address or description)" },
    { flags: "--family FAMILY", doc: 'only routes of this family: ipv4, "ipv4 vpn", "ipv4 flowspec", evpn and so on' },
    { flags: "--rd RD", doc: "only routes with this Route Distinguisher, for example 65000:1" },
    { flags: "--limit N", doc: "show only the newest N" },
    ...databaseOptions,
    wideOption,
  ],
  examples: [
    ["bgpd show history 192.0.2.0/24", "show who announced the prefix, and when"],
    ["bgpd show history 192.0.2.0/24 --changes --limit 20", "show the last twenty changes"],
    ["bgpd show history 192.0.2.0/24 --rd 65000:1", "show the history of a prefix in one VPN"],
    [
      "bgpd show history --family 'ipv4 flowspec' destination 192.0.2.0/24 protocol =udp",
      "show when a flow rule was announced",
    ],
  ],
  async run(input, plain) {
    const io = outputFor(input, plain);
    const target = await targetOf(input);
    const limit = input.number("limit", 1, Number.MAX_SAFE_INTEGER);
    return withDatabase(input, io, (reader) => {
      const peer = input.text("peer");
      const filter = { ...target, limit, peer: peer === undefined ? undefined : peerName(reader, peer) };
      const asJson = input.flag("json");
      const from = input.flag("changes")
        ? print(reader.changes(filter), changeTable, asJson, io)
        : print(reader.history(filter), stateTable, asJson, io);
      reportGaps(reader, { from, to: io.now(), peer: filter.peer }, io);
      return 0;
    });
  },
};

async function targetOf(input: Input): Promise<HistoryFilter> {
  const family = familyOf(input.text("family"));
  const rest = { family, rd: rdOf(input.text("rd")) };
  const nlri = await destinationOption(input.words, family);
  if (nlri !== undefined) return { nlri, ...rest };
  const text = input.words.join(" ");
  if (parsePrefix(text) !== undefined && text.includes("/")) return { prefix: text, ...rest };
  throw new UsageError(`"${text}" is not a prefix; bgpd show routes ADDRESS finds the prefix of an address`);
}

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
    printTable(...withDestinations(layout, rows, io), io);
  }
  // A long list has too many items for Math.min(...).
  const from = rows.reduce((least, row) => Math.min(least, Date.parse(layout.from(row))), Infinity);
  return rows.length === 0 ? 0 : from;
}

/** With the destination in front where a row has more than the prefix that people gave. */
function withDestinations<T extends StateRow | ChangeRow>(
  { columns, row }: Layout<T>,
  rows: readonly T[],
  io: Io,
): [columns: readonly Column[], rows: readonly TableRow[]] {
  if (rows.every(({ nlri }) => nlri === undefined)) return [columns, rows.map((each) => row(each, io))];
  const [first, ...rest] = columns;
  const titles = [first!, { title: "Destination", fit: "middle" } as const, { title: "Labels", fit: "list" } as const];
  return [
    [...titles, ...rest],
    rows.map((each) => {
      const { cells: [time = "", ...others], ...more } = row(each, io);
      return { ...more, cells: [time, destinationOf(each), each.labels ?? "", ...others] };
    }),
  ];
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
