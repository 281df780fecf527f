/** `bgpd show rpki`: where VRPs and ASPAs come from, how fresh they are, and how many routes are in which state. */

import type { RpkiSource, RpkiState, ValidityCount } from "../../../store/mod.ts";
import { toJson } from "../../json.ts";
import type { Command, Io } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";
import { formatDuration, plural } from "../text/units.ts";

export const showRpkiCommand: Command = {
  name: "rpki",
  summary: "show RPKI caches and files, and how many routes are valid, invalid or not found",
  options: [...databaseOptions, wideOption],
  examples: [
    ["bgpd show rpki", "show the RPKI caches, and the states of routes by peer"],
    ["bgpd show rpki --json", "print JSON"],
  ],
  run(input, plain) {
    const io = outputFor(input, plain);
    return withDatabase(input, io, async (reader) => {
      const state = await reader.rpki();
      if (input.flag("json")) io.write(toJson(state, 2) + "\n");
      else printState(state, io);
      return 0;
    });
  },
};

function printState({ sources, vrps, aspas, routes }: RpkiState, io: Io): void {
  if (sources.length === 0) {
    io.message("no RPKI data: the configuration has neither [[rpki_caches]] nor rpki_files");
    return;
  }
  printTable(
    [
      { title: "Source", fit: "address" },
      { title: "State" },
      { title: "VRPs", align: "right" },
      { title: "ASPAs", align: "right" },
      { title: "Serial", align: "right" },
      { title: "Age", align: "right" },
      { title: "Expires", align: "right" },
      { title: "Remark", fit: "sentence" },
    ],
    sources.map((source) => sourceRow(source, io.now())),
    io,
  );
  io.write(`\n${plural(vrps, "VRP")} and ${plural(aspas, "ASPA")} count\n`);
  if (routes.length === 0) return io.message("no route is validated");
  io.write("\n");
  printTable(
    [
      { title: "Peer", fit: "address" },
      ...[...stateColumns, ...pathColumns].map(({ title }) => ({ title, align: "right" }) as const),
    ],
    peersOf(routes),
    io,
  );
}

function sourceRow(
  { name, kind, state, vrps, aspas, serial, refreshedAt, expiresAt, ...rest }: RpkiSource,
  now: number,
): TableRow {
  const { inUse, error } = rest;
  const isWell = state === "idle" || state === "read";
  const ages = [
    refreshedAt === null ? "" : formatDuration(now - Date.parse(refreshedAt)),
    expiresAt === null ? "" : Date.parse(expiresAt) <= now ? "now" : formatDuration(Date.parse(expiresAt) - now),
  ];
  const remark = error !== null && !isWell ? error : kind === "cache" && !inUse && isWell ? "in reserve" : "";
  return {
    ...isWell ? {} : { mark: "!", colour: "red" },
    cells: [
      name,
      kind === "exceptions" ? `exceptions ${state}` : state,
      kind === "exceptions" ? "" : String(vrps),
      kind === "exceptions" ? "" : String(aspas),
      String(serial ?? ""),
      ...ages,
      remark,
    ],
  };
}

const stateColumns = [
  { title: "Valid", ovs: "valid" },
  { title: "Invalid", ovs: "invalid" },
  { title: "Not found", ovs: "not-found" },
] as const;

const pathColumns = [
  { title: "ASPA valid", avs: "valid" },
  { title: "ASPA invalid", avs: "invalid" },
  { title: "ASPA unknown", avs: "unknown" },
] as const;

/** A row for each peer. */
function peersOf(counts: readonly ValidityCount[]): TableRow[] {
  return [...Map.groupBy(counts, ({ peer }) => peer)].map(([peer, own]) => {
    const sum = (is: (count: ValidityCount) => boolean) =>
      String(own.filter(is).reduce((total, { routes }) => total + routes, 0));
    return {
      cells: [
        peer,
        ...stateColumns.map(({ ovs }) => sum((count) => count.ovs === ovs)),
        ...pathColumns.map(({ avs }) => sum((count) => count.avs === avs)),
      ],
    };
  });
}
