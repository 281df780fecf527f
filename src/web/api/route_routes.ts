/** Routes: of a search, of a whole table, of a time; and why one is best. */

import { explainedValues, routeValues, withLists } from "../../control/route_values.ts";
import { snakeKeys } from "../../control/json.ts";
import { StoreError } from "../../store/mod.ts";
import type { RouteCursor, RouteFilter, RouteRow, StateRow, WebReader } from "../../store/mod.ts";
import { isoTime } from "../../control/cli/text/time.ts";
import { type Answer, jsonType, listParts, WebError } from "../answers/answer.ts";
import type { Asked, Context } from "../answers/front.ts";
import { apiRoute, Made } from "./api_route.ts";
import { readCursor, writeCursor } from "./cursor.ts";
import {
  at,
  cursor,
  flag,
  format,
  formOf,
  limit,
  limitOf,
  routeFilter,
  routeParameters,
  timeOf,
} from "./parameters.ts";

const usualRoutes = 100;
const mostRoutes = 5_000;
/** Rows of one short query. */
const sliceRows = 500;

export const routeRoutes = [
  apiRoute({
    path: "/routes",
    shape: "routes",
    lane: "slow",
    summary: "routes that match every condition; without one, all",
    parameters: [...routeParameters, at, limit, cursor, format],
    run: (asked, context) => new Made(answerRoutes(asked, context)),
  }),
  apiRoute({
    path: "/explain",
    shape: "explain",
    summary: "all routes of a prefix, or of the longest prefix that contains an address; which is best, and why",
    parameters: [
      { name: "target", in: "query", doc: "a prefix or an address", example: "192.0.2.7" },
      { name: "best_match", in: "query", doc: "true: of an address, the longest prefix with a best route" },
    ],
    async run(asked, { reader }) {
      const { target, prefixes } = await explained(asked, reader);
      const shown = prefixes.map(({ routes, ...rest }) => ({ ...rest, routes: routes.map(explainedValues) }));
      return { target, prefixes: shown, notice: null };
    },
  }),
];

async function explained(asked: Asked, reader: WebReader) {
  const target = asked.parameter("target");
  if (target === undefined) throw new WebError(400, "target is missing: give a prefix or an address");
  const name = target.includes("/") ? "prefix" : "address";
  const filter = routeFilter({ ...asked, parameter: (each) => each === name ? target : undefined }, reader);
  return { target, prefixes: await reader.explain({ ...filter, best: flag(asked, "best_match") }) };
}

function answerRoutes(asked: Asked, { reader, now }: Context): Answer {
  const { covering, ...filter } = routeFilter(asked, reader);
  const time = timeOf(asked, "at", now());
  const after = readCursor(asked.parameter("cursor"));
  const form = formOf(asked);
  const isWhole = asked.parameter("limit") === "all";
  if (isWhole && form === "json") throw new WebError(400, "limit=all needs format=ndjson: a line for each route");
  const most = isWhole ? Infinity : limitOf(asked, usualRoutes, mostRoutes);
  const pages = begun(pagesOf(reader, { filter, covering, time, after, most }));
  if (form === "ndjson") {
    return { headers: { "content-type": "application/x-ndjson" }, body: listParts(rowsOf(pages), "ndjson") };
  }
  return { headers: { "content-type": jsonType }, body: jsonParts(pages, time) };
}

/** Makes the first page now, so that a wrong cursor is refused before the answer begins. */
function begun(pages: Generator<Page>): Iterable<Page> {
  let first: IteratorResult<Page>;
  try {
    first = pages.next();
  } catch (error) {
    if (error instanceof StoreError && /cursor/.test(error.message)) throw new WebError(400, error.message);
    throw error;
  }
  return (function* () {
    if (first.done !== true) yield first.value;
    yield* pages;
  })();
}

interface Search {
  readonly filter: RouteFilter;
  readonly covering: string | undefined;
  readonly time: number | undefined;
  readonly after: RouteCursor | undefined;
  readonly most: number;
}

interface Page {
  readonly rows: readonly (RouteRow | StateRow)[];
  readonly next: RouteCursor | undefined;
}

/** Pages with `most` routes together; a page may be empty. */
function* pagesOf(reader: WebReader, { filter, covering, time, after, most }: Search): Generator<Page> {
  if (time !== undefined) return yield pastPage(reader, time, filter, most);
  if (covering !== undefined) {
    const rows = reader.covering(covering).flatMap((prefix) => [...reader.routes({ ...filter, prefix })]);
    return yield { rows: rows.slice(0, most), next: undefined };
  }
  let left = most;
  for (const page of reader.routeSlices(filter, { after, most: Math.min(sliceRows, most) })) {
    left -= page.rows.length;
    yield page;
    if (left <= 0) return;
  }
}

/** The past has no cursor: a search of it needs a condition, or ends at its limit. */
function pastPage(reader: WebReader, time: number, filter: RouteFilter, most: number): Page {
  if (filter.best === true || filter.rejected === true || filter.ovs !== undefined || filter.avs !== undefined) {
    throw new WebError(422, "the history does not record which routes were best, ineligible or invalid");
  }
  if (most === Infinity) throw new WebError(422, "limit=all cannot be combined with at");
  return { rows: [...reader.routesAt(time, { ...filter, limit: most })], next: undefined };
}

function* rowsOf(pages: Iterable<Page>): Generator<readonly unknown[]> {
  for (const { rows } of pages) yield rows.map(valueOf);
}

function valueOf(row: RouteRow | StateRow): unknown {
  return snakeKeys("best" in row ? routeValues(row) : withLists(row));
}

/** `{"routes": [...], "next": ...}`, an item on each line. */
function* jsonParts(pages: Iterable<Page>, time: number | undefined): Generator<string> {
  let separator = '{"routes":[\n', next: RouteCursor | undefined;
  for (const page of pages) {
    let text = "";
    for (const row of page.rows) {
      text += separator + JSON.stringify(valueOf(row));
      separator = ",\n";
    }
    next = page.next;
    yield text;
  }
  const open = separator.startsWith("{") ? separator : "";
  const members = [
    `"next":${JSON.stringify(next === undefined ? null : writeCursor(next))}`,
    `"at":${JSON.stringify(time === undefined ? null : isoTime(time))}`,
    `"notice":null`,
  ];
  yield `${open}],${members.join(",")}}\n`;
}
