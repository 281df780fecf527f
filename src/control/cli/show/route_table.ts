/** Routes as a table for each family, and as JSON. */

import type { RouteAttributes, RouteFilter, RouteRow, StateRow } from "../../../store/mod.ts";
import { families } from "../../../types/mod.ts";
import { listOf, toJson } from "../../json.ts";
import type { RouteJson, RouteStateJson } from "../../schema/route.ts";
import type { Io } from "../command.ts";
import { type Column, paint, tableLines, type TableRow } from "../text/table.ts";
import { formatDuration } from "../text/units.ts";

export const routeColumns: readonly Column[] = [
  { title: "Received From" },
  { title: "Prefix" },
  { title: "Next Hop" },
  { title: "Age", align: "right" },
  { title: "Origin" },
  { title: "Local Pref", align: "right" },
  { title: "Metric", align: "right" },
  { title: "AS Path" },
  { title: "Communities" },
];

/** Prints a table for each family that has routes. */
export function printTables(
  rowsOf: (filter: RouteFilter) => Iterable<TableRow>,
  filter: RouteFilter,
  io: Io,
): void {
  let shown = 0;
  for (const { name } of families) {
    const limit = filter.limit === undefined ? undefined : filter.limit - shown;
    if (limit === 0) break;
    const rows = rowsOf({ ...filter, family: name, limit });
    let isFirst = true;
    for (const line of tableLines(routeColumns, rows, io.outputIsTerminal)) {
      if (isFirst) io.write(`${shown > 0 ? "\n" : ""}${familyTitle(name, io)}\n`);
      else shown++;
      isFirst = false;
      io.write(line + "\n");
    }
  }
  if (shown === 0) io.message("no routes");
}

/** "ipv4 unicast" → "IPv4 / Unicast". */
export function familyTitle(name: string, io: Io): string {
  const [protocol = "", kind = ""] = name.split(" ");
  const title = `${protocol.replace("ip", "IP")} / ${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
  return paint(title, "bold", io.outputIsTerminal);
}

export function routeTableRow(route: RouteRow, now: number): TableRow {
  return { mark: markOf(route), cells: routeCells(route, now - Date.parse(route.receivedAt)) };
}

/** `>` is the best route, `=` multipath, `!` ineligible, `s` stale. */
export function markOf({ best, ineligible, multipath, stale }: RouteRow): string {
  return best ? ">" : ineligible !== null ? "!" : multipath ? "=" : stale ? "s" : " ";
}

export function routeCells(route: RouteRow | StateRow, age: number): string[] {
  return [
    route.peer,
    route.pathId === null ? route.prefix : `${route.prefix} [${route.pathId}]`,
    route.nextHop ?? "",
    formatDuration(age),
    route.origin ?? "",
    String(route.localPref ?? ""),
    String(route.med ?? ""),
    route.asPath ?? "",
    [route.communities, route.largeCommunities, route.extCommunities].filter((text) => text).join(" "),
  ];
}

/** A received route as JSON has it. */
export function routeJson(route: RouteRow): string {
  return toJson<RouteJson>(withLists(route));
}

/** A state of a route as JSON has it. */
export function stateJson(state: StateRow): string {
  return toJson<RouteStateJson>(withLists(state));
}

/** The same row with lists instead of text that is separated by spaces. */
export function withLists<Row extends RouteAttributes>(row: Row): WithLists<Row> {
  return {
    ...row,
    communities: listOf(row.communities),
    largeCommunities: listOf(row.largeCommunities),
    extCommunities: listOf(row.extCommunities),
  };
}

type Lists = "communities" | "largeCommunities" | "extCommunities";
export type WithLists<Row> = Omit<Row, Lists> & Readonly<Record<Lists, readonly string[]>>;
