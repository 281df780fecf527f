/** `bgpd show routes --router ROUTER`: the routes that a router reports by BMP. */

import type { MonitoredFilter, MonitoredRoute, RouteFilter, StoreReader } from "../../../store/mod.ts";
import { familyOf, type RibKind, ribKinds } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import { type Io, UsageError } from "../command.ts";
import { routerNamed } from "../router_name.ts";
import { printJsonList } from "../text/rows.ts";
import type { TableRow } from "../text/table.ts";
import { withLists } from "../../route_values.ts";
import { columnsOf, printTables, routeCells } from "./route_table.ts";

/** What `--router` and `--rib-kind` say. */
export interface RouterChoice {
  readonly router: string;
  readonly ribKind: RibKind | undefined;
}

/** Throws {@link UsageError} for options that need another one, or that a router's routes cannot answer. */
export function routerChoice(
  router: string | undefined,
  ribKind: string | undefined,
  { best, rejected, received, ovs, avs }: RouteFilter,
): RouterChoice {
  if (router === undefined) throw new UsageError("--rib-kind needs --router");
  if (ribKind !== undefined && !(ribKinds as readonly string[]).includes(ribKind)) {
    throw new UsageError(`--rib-kind ${ribKind} is none of ${ribKinds.join(", ")}`);
  }
  const refused = Object.entries({ best, rejected, received, ovs, avs })
    .find(([, value]) => value !== undefined && value !== false);
  if (refused !== undefined) {
    throw new UsageError(`--${refused[0]} cannot be combined with --router: a router reports no such thing`);
  }
  return { router, ribKind: ribKind as RibKind | undefined };
}

export interface MonitoredOutput {
  readonly asJson: boolean;
  /** Takes at most as many routes as `--limit` says. */
  readonly limited: <Row>(rows: Generator<Row, void, undefined>) => Generator<Row, void, undefined>;
}

/** Prints a table for each family, or JSON. */
export async function showMonitored(
  reader: StoreReader,
  { router, ribKind }: RouterChoice,
  filter: RouteFilter,
  { asJson, limited }: MonitoredOutput,
  io: Io,
): Promise<void> {
  const whole: MonitoredFilter = { ...filter, router: (await routerNamed(reader, router)).router, ribKind };
  if (asJson) return printJsonList(limited(await reader.monitored(whole)).map(monitoredJson), io);
  const byFamily = new Map<string, Generator<MonitoredRoute, void, undefined>>();
  const some = reader.families();
  for (const { name } of some.map(familyOf)) byFamily.set(name, await reader.monitored({ ...whole, family: name }));
  const columns = (family: string) => [{ title: "Table" }, ...columnsOf(family)];
  function* rows({ family = "" }: RouteFilter): Generator<TableRow> {
    for (const route of limited(byFamily.get(family) ?? none())) {
      const age = io.now() - Date.parse(route.receivedAt);
      yield {
        ...route.stale ? { mark: "s", colour: "yellow" } : {},
        cells: [route.ribKind, ...routeCells(route, age)],
      };
    }
  }
  printTables({ columns, rows }, filter, some, io);
}

function* none(): Generator<MonitoredRoute, void, undefined> {}

function monitoredJson(route: MonitoredRoute): string {
  const { fields, ...rest } = withLists(route);
  return toJson({ ...rest, ...fields === undefined ? {} : { fields: fields === null ? null : JSON.parse(fields) } });
}
