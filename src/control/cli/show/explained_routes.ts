/** `bgpd show routes PREFIX`: the routes of one prefix, and why each is best, lost, or is ineligible. */

import type { ExplainedPrefix, ExplainedRoute, RouteFilter, RouteRow, StoreReader } from "../../../store/mod.ts";
import { destinationOf } from "../../../store/read/route_attributes.ts";
import { families } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import type { ExplainedRouteJson } from "../../schema/route.ts";
import type { Io } from "../command.ts";
import { printJsonList } from "../text/rows.ts";
import { printTable, type TableRow } from "../text/table.ts";
import { formatDuration } from "../text/units.ts";
import { explainedValues } from "../../route_values.ts";
import { columnsOf, familyTitle, markOf, moreText, routeTableRow } from "./route_table.ts";

/** The filter has a prefix or an address. Its other conditions select which of the compared routes are shown. */
export async function showExplained(
  reader: StoreReader,
  filter: RouteFilter,
  asJson: boolean,
  io: Io,
): Promise<void> {
  const wanted = new Set<string>();
  const limit = filter.limit ?? Infinity;
  let hasMore = false;
  for (const { name } of families.filter(({ name }) => name === (filter.family ?? name))) {
    for (const route of reader.routes({ ...filter, family: name, limit: undefined })) {
      if (wanted.size < limit) wanted.add(keyOf(route));
      else hasMore = true;
    }
  }
  if (hasMore) io.message(moreText(limit));
  const prefixes = (await reader.explain(filter))
    .map((each) => ({ ...each, routes: each.routes.filter((route) => wanted.has(keyOf(route))) }))
    .filter(({ routes }) => routes.length > 0);
  if (asJson) return printJsonList(prefixes.flatMap(({ routes }) => routes.map(json)), io);
  if (prefixes.length === 0) return io.message("no routes");
  prefixes.forEach((each, i) => {
    if (i > 0) io.write("\n");
    printPrefix(each, io);
  });
}

function keyOf(route: RouteRow): string {
  return [route.family, destinationOf(route), route.peer, route.pathId].join(" ");
}

function printPrefix({ family, routes }: ExplainedPrefix, io: Io): void {
  const now = io.now();
  io.write(familyTitle(family, io) + "\n");
  const table = routes.map((route) => routeTableRow(route, now));
  printTable(columnsOf(family), table, io);
  io.write("\n");
  const reasons = routes.flatMap((route) => reasonRows(route, now));
  printTable(
    [{ title: "Received From", short: "From", fit: "address" }, { title: "Why", fit: "sentence" }],
    reasons,
    io,
  );
}

/** A line for the verdict, and one line for each further fact. */
function reasonRows(route: ExplainedRoute, now: number): TableRow[] {
  const { peer, pathId, verdict, explanation, bestSince, received, stale, multipath, rpki } = route;
  const since = bestSince === null ? "" : `, for ${formatDuration(now - Date.parse(bestSince))}`;
  const lines = [verdict === "best" ? `best${since}: ${explanation}` : explanation];
  if (stale && !explanation.startsWith("stale")) {
    lines.push("stale: from an earlier session; the peer has not announced it again");
  }
  if (multipath && verdict !== "best") lines.push("multipath: ties with the best route");
  if (received !== null) {
    const values = Object.entries(received).map(([name, value]) => `${names[name] ?? name} ${value ?? "none"}`);
    lines.push(`as received, before import policy: ${values.join(", ")}`);
  }
  if (rpki !== null) lines.push(...validityLines(rpki, route.extCommunities ?? ""));
  const from = pathId === null ? peer : `${peer} [${pathId}]`;
  return lines.map((line, i) => i === 0 ? { ...markOf(route), cells: [from, line] } : { cells: ["", line] });
}

/** What RPKI data say of a route, and which VRPs and ASPAs say it. */
function validityLines(
  { ovs, avs, vrps, path }: NonNullable<ExplainedRoute["rpki"]>,
  extCommunities: string,
): string[] {
  const reasons = vrps.map(({ prefix, maxLength, asn, reason }) => {
    const long = prefix.endsWith(`/${maxLength}`) ? "" : ` up to /${maxLength}`;
    return `${prefix}${long} AS ${asn} ${vrpReasons[reason]}`;
  });
  const byVrps = reasons.length === 0
    ? "not-found"
    : vrps.some(({ reason }) => reason === "matches")
    ? "valid"
    : "invalid";
  const found = reasons.length === 0 ? "no VRP covers the prefix" : `VRP ${reasons.join("; VRP ")}`;
  const isStated = ovs !== byVrps && extCommunities.includes("ovs:");
  const origin = isStated ? "the peer says so (RFC 8097)" : found;
  return [
    ...ovs === null ? [] : [`RPKI ${ovs}: ${origin}`],
    ...avs === null ? [] : [`ASPA ${avs}${path === null ? "" : `: ${path}`}`],
  ];
}

const vrpReasons = {
  "matches": "matches",
  "other AS": "is for another origin",
  "too long": "is for shorter prefixes",
  "AS 0": "says that no AS may originate it",
} as const;

const names: Readonly<Record<string, string>> = {
  nextHop: "next hop",
  asPath: "AS path",
  med: "metric",
  localPref: "local pref",
  largeCommunities: "large communities",
  extCommunities: "ext communities",
};

function json(route: ExplainedRoute): string {
  return toJson<ExplainedRouteJson>(explainedValues(route));
}
