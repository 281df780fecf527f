/** `bgpd show routers` and `bgpd show router ROUTER`: what reports by BMP. */

import type { RouterEventRow, RouterState, RouterTable } from "../../../store/mod.ts";
import { toJson } from "../../json.ts";
import type { Command, Io } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { routerNamed } from "../router_name.ts";
import { printJsonList } from "../text/rows.ts";
import { outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";
import { formatDuration } from "../text/units.ts";

/** How many events are shown. */
const shownEvents = 10;

export const showRoutersCommand: Command = {
  name: "routers",
  summary: "show a line for each router that reports by BMP",
  options: [...databaseOptions, wideOption],
  examples: [
    ["bgpd show routers", "show all routers, with their peers and routes"],
    ["bgpd show routers --json", "print JSON"],
  ],
  run(input, plain) {
    const io = outputFor(input, plain);
    return withDatabase(input, io, async (reader) => {
      const routers = await reader.routers();
      if (input.flag("json")) printJsonList(routers.map((router) => toJson(router)), io);
      else if (routers.length === 0) io.message("no router has reported yet: routers connect to bmp_socket");
      else printRouters(routers, io);
      return 0;
    });
  },
};

export const showRouterCommand: Command = {
  name: "router",
  summary: "show the peers and tables of one router that reports by BMP, and its last events",
  arguments: [{ name: "<ROUTER>", doc: "name, or an address that no other router has" }],
  options: [...databaseOptions, wideOption],
  examples: [["bgpd show router edge1", "show the tables of a router, and what happened last"]],
  run(input, plain) {
    const io = outputFor(input, plain);
    return withDatabase(input, io, async (reader) => {
      const router = await routerNamed(reader, input.required(0));
      const { tables, events } = await reader.router(router.router, shownEvents);
      if (input.flag("json")) {
        io.write(toJson({ ...router, tables: tables.map(tableValues), events }, 2) + "\n");
      } else printRouter(router, tables, events, io);
      return 0;
    });
  },
};

export function routerTableJson(table: RouterTable): string {
  return toJson(tableValues(table));
}

function tableValues({ statistics, ...table }: RouterTable) {
  return { ...table, statistics: statistics === null ? null : JSON.parse(statistics) };
}

/** A line for each table of a router: also `bgpd show peers --router`. */
export function printRouterTables(tables: readonly RouterTable[], io: Io): void {
  const now = io.now();
  printTable(
    [
      { title: "Peer", fit: "address" },
      { title: "Table" },
      { title: "AS", fit: "whole" },
      { title: "State" },
      { title: "Since", align: "right" },
      { title: "Routes", align: "right" },
      { title: "Remark", fit: "sentence" },
    ],
    tables.map((table) => ({
      ...markOf(table),
      cells: [
        table.peer,
        table.ribKind,
        String(table.peerAs),
        table.state,
        formatDuration(now - Date.parse(table.since)),
        String(table.routes),
        table.reason ?? (table.eorAt === null ? "no End-of-RIB yet" : ""),
      ],
    })),
    io,
  );
}

function printRouters(routers: readonly RouterState[], io: Io): void {
  const now = io.now();
  printTable(
    [
      { title: "Router", fit: "address" },
      { title: "Address", fit: "address" },
      { title: "State" },
      { title: "Since", align: "right" },
      { title: "Peers", align: "right" },
      { title: "Routes", align: "right" },
      { title: "Description", fit: "sentence" },
    ],
    routers.map((router) => ({
      ...markOf(router),
      cells: [
        router.router,
        router.address,
        router.state,
        formatDuration(now - Date.parse(router.since)),
        String(router.peers),
        String(router.routes),
        router.reason ?? router.description,
      ],
    })),
    io,
  );
}

function printRouter(
  router: RouterState,
  tables: readonly RouterTable[],
  events: readonly RouterEventRow[],
  io: Io,
): void {
  const { address, description, state, since, reason } = router;
  const age = formatDuration(io.now() - Date.parse(since));
  io.write(`router ${router.router} at ${address}: ${state} for ${age}${reason === null ? "" : `: ${reason}`}\n`);
  if (description !== "") io.write(`${description}\n`);
  io.write("\n");
  if (tables.length === 0) io.message("the router has reported no peer yet");
  else printRouterTables(tables, io);
  for (const { peer, ribKind, statistics } of tables) {
    if (statistics === null) continue;
    const values = Object.entries(JSON.parse(statistics) as Record<string, number>)
      .filter(([, value]) => value !== 0).map(([name, value]) => `${name} ${value}`);
    if (values.length > 0) io.write(`\nstatistics of ${peer} (${ribKind}): ${values.join(", ")}\n`);
  }
  if (events.length === 0) return;
  io.write("\n");
  printTable(
    [{ title: "Time" }, { title: "Event" }, { title: "Peer", fit: "address" }, { title: "Text", fit: "sentence" }],
    events.map(({ at, kind, peer, text }) => ({ cells: [at, kind, peer ?? "", text] })),
    io,
  );
}

function markOf({ state }: RouterState | RouterTable): Pick<TableRow, "mark" | "colour"> {
  return state === "up" ? {} : { mark: "!", colour: "red" };
}
