/** Routes as a table for each family, and as JSON. */

import type { RouteAttributes, RouteFilter, RouteRow, StateRow } from "../../../store/mod.ts";
import { families, type FamilyId } from "../../../types/mod.ts";
import { listOf, toJson } from "../../json.ts";
import type { RouteJson, RouteStateJson } from "../../schema/route.ts";
import type { Io } from "../command.ts";
import { type Column, paint, tableLines, type TableRow, tableWidth } from "../text/table.ts";
import { formatDuration } from "../text/units.ts";

export const routeColumns: readonly Column[] = [
  { title: "Received From", short: "From", fit: "address" },
  { title: "Prefix", fit: "address" },
  { title: "Next Hop", fit: "address" },
  { title: "Age", align: "right" },
  { title: "Origin", short: "O", fit: "origin" },
  { title: "Local Pref", short: "Pref", align: "right" },
  { title: "Metric", align: "right" },
  { title: "AS Path", fit: "path" },
  { title: "Communities", fit: "list" },
];

export interface RouteTable {
  readonly columns: readonly Column[];
  /** The rows of one family. */
  rows(filter: RouteFilter): Iterable<TableRow>;
}

/** Prints a table for each of some families that has routes. */
export function printTables(
  { columns, rows: rowsOf }: RouteTable,
  filter: RouteFilter,
  some: readonly FamilyId[],
  io: Io,
): void {
  let shown = 0;
  for (const { name } of families.filter(({ id, name }) => some.includes(id) && name === (filter.family ?? name))) {
    const rows = rowsOf({ ...filter, family: name });
    let isFirst = true;
    for (const line of tableLines(columns, rows, io.useColour, tableWidth(io))) {
      if (isFirst) io.write(`${shown > 0 ? "\n" : ""}${familyTitle(name, io)}\n`);
      else shown++;
      isFirst = false;
      io.write(line + "\n");
    }
  }
  if (shown === 0) io.message("no routes");
}

/** What a command says where `--limit` leaves routes out. */
export function moreText(limit: number): string {
  return `there are more routes: these are the first ${limit} (--limit)`;
}

/** "ipv4 unicast" → "IPv4 / Unicast". */
export function familyTitle(name: string, io: Io): string {
  const [protocol = "", kind = ""] = name.split(" ");
  const title = `${protocol.replace("ip", "IP")} / ${kind.slice(0, 1).toUpperCase()}${kind.slice(1)}`;
  return paint(title, "bold", io.useColour);
}

export function routeTableRow(route: RouteRow, now: number): TableRow {
  return { ...markOf(route), cells: routeCells(route, now - Date.parse(route.receivedAt)) };
}

/** `>` is the best route, `=` multipath, `!` ineligible, `s` stale. */
export function markOf({ best, ineligible, multipath, stale }: RouteRow): Pick<TableRow, "mark" | "colour"> {
  if (best) return { mark: ">", colour: "green" };
  if (ineligible !== null) return { mark: "!", colour: "red" };
  if (multipath) return { mark: "=", colour: "green" };
  return stale ? { mark: "s", colour: "yellow" } : {};
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
