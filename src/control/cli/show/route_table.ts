/** Routes as a table for each family, and as JSON. */

import type { MonitoredRoute, RouteFilter, RouteRow, StateRow } from "../../../store/mod.ts";
import { destinationOf } from "../../../store/read/route_attributes.ts";
import { families, familyByName, type FamilyId, isPrefixFamily } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import { routeValues, withLists } from "../../route_values.ts";
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

/** The columns of a family whose destinations are no plain prefixes. */
export function columnsOf(family: string): readonly Column[] {
  if (hasPlainPrefixes(family)) return routeColumns;
  const [peer, , ...rest] = routeColumns;
  return [
    peer!,
    { title: "Destination", fit: "middle" },
    isFlowSpec(family) ? { title: "Actions", fit: "list" } : { title: "Labels", fit: "list" },
    ...rest,
  ];
}

function hasPlainPrefixes(family: string): boolean {
  const known = familyByName(family);
  return known === undefined || isPrefixFamily(known.id);
}

function isFlowSpec(family: string): boolean {
  return family.includes("flowspec");
}

export interface RouteTable {
  columns(family: string): readonly Column[];
  /** The rows of one family. */
  rows(filter: RouteFilter): Iterable<TableRow>;
}

/** Prints a table for each of some families that has routes. */
export function printTables(
  { columns: columnsOf, rows: rowsOf }: RouteTable,
  filter: RouteFilter,
  some: readonly FamilyId[],
  io: Io,
): void {
  let shown = 0;
  for (const { name } of families.filter(({ id, name }) => some.includes(id) && name === (filter.family ?? name))) {
    const rows = rowsOf({ ...filter, family: name });
    let isFirst = true;
    for (const line of tableLines(columnsOf(name), rows, io.useColour, tableWidth(io))) {
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
  const title = name.split(" ").map((word) => titles[word] ?? `${word.slice(0, 1).toUpperCase()}${word.slice(1)}`);
  return paint(title.join(" / "), "bold", io.useColour);
}

const titles: Readonly<Record<string, string>> = {
  "ipv4": "IPv4",
  "ipv6": "IPv6",
  "vpn": "VPN",
  "flowspec": "FlowSpec",
  "flowspec-vpn": "FlowSpec VPN",
  "evpn": "EVPN",
  "rtc": "RTC",
  "vpls": "VPLS",
  "mvpn": "MVPN",
  "bgp-ls": "BGP-LS",
  "sr-policy": "SR Policy",
};

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

export function routeCells(route: RouteRow | StateRow | MonitoredRoute, age: number): string[] {
  const destination = destinationOf(route);
  return [
    route.peer,
    route.pathId === null ? destination : `${destination} [${route.pathId}]`,
    ...hasPlainPrefixes(route.family) ? [] : [valueCell(route)],
    route.nextHop ?? "",
    formatDuration(age),
    route.origin ?? "",
    String(route.localPref ?? ""),
    String(route.med ?? ""),
    route.asPath ?? "",
    [route.communities, route.largeCommunities, extCommunitiesCell(route)].filter((text) => text).join(" "),
  ];
}

/** Without the actions of FlowSpec, which have a column of their own. */
function extCommunitiesCell(route: RouteRow | StateRow | MonitoredRoute): string {
  const words = route.extCommunities?.split(" ") ?? [];
  if (!isFlowSpec(route.family)) return words.join(" ");
  const actions = new Set(valueCell(route).split(" "));
  return words.filter((word) => !actions.has(word)).join(" ");
}

function valueCell(route: RouteRow | StateRow | MonitoredRoute): string {
  if (isFlowSpec(route.family)) return "actions" in route ? route.actions ?? "" : "";
  return route.labels ?? "";
}

/** A received route as JSON has it. */
export function routeJson(route: RouteRow): string {
  return toJson<RouteJson>(routeValues(route));
}

/** A state of a route as JSON has it. */
export function stateJson(state: StateRow): string {
  return toJson<RouteStateJson>(withLists(state));
}
