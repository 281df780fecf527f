/** `bgpd show routes`: received routes by family, all or those that a filter wants. */

import { parseAddress, parseAsn, parsePrefix } from "../../../types/mod.ts";
import {
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  parseCommunity,
  parseExtCommunity,
  parseLargeCommunity,
} from "../../../message/mod.ts";
import { asPathExpression, type RouteFilter, type StateRow, StoreError, type StoreReader } from "../../../store/mod.ts";
import { whyNoPrefix } from "../../prefix_text.ts";
import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { showExplained } from "./explained_routes.ts";
import { printTables, routeCells, routeJson, routeTableRow, stateJson } from "./route_table.ts";
import { printJsonList } from "../text/rows.ts";
import { requireKnown, sayIncomplete } from "./history.ts";
import { peerName } from "./peers.ts";
import type { TableRow } from "../text/table.ts";
import { plural } from "../text/units.ts";
import { parseTime } from "../text/time.ts";

/** Reasons that are told behind a long table; policies can have any number of rules. */
const shownReasons = 10;

export const showRoutesCommand: Command = {
  name: "routes",
  aliases: ["route", "r"],
  summary: "received routes (> is the best, = as good, s is stale, ! cannot be best); of one prefix also why",
  arguments: [
    {
      name: "[WORDS...]",
      doc: "PREFIX: its routes, and why each is the best or not. ADDRESS: those of the longest prefix that holds it." +
        " `learned` may precede.",
    },
  ],
  options: [
    { flags: "--origin-as ASN", doc: "routes that this AS originates" },
    { flags: "--as-path REGEX", doc: "routes whose AS path matches; _ is a boundary: '^65000_', '_3356_'" },
    {
      flags: "--community C",
      doc: 'routes with it, of any kind: "65000:99", "65000:1:2", "rt:65000:100", "no-export"',
    },
    { flags: "--peer PEER", doc: "routes of one peer, by address or description" },
    { flags: "--best", doc: "best routes only" },
    { flags: "--received", doc: "as they were received, before import policy" },
    { flags: "--at TIME", doc: "as they were: 2026-01-31T12:00:00Z, or -10m for ten minutes ago (s, m, h, d, w)" },
    { flags: "--limit N", doc: "stop after so many" },
    ...databaseOptions,
  ],
  examples: [
    ["bgpd show routes", "all of them"],
    ["bgpd show routes 192.0.2.0/24", "who announces this prefix, which route is best, and why"],
    ["bgpd show routes 192.0.2.7 --best", "the way to an address"],
    ["bgpd show routes --origin-as 65000 --json", "what an AS originates, as JSON"],
    ["bgpd show routes --as-path '_3356_' --limit 20", "twenty routes through an AS"],
    ["bgpd show routes --peer 192.0.2.7 --received", "what a peer announces, whatever policy makes of it"],
    ["bgpd show routes 192.0.2.7 --at -1h", "where an address was an hour ago"],
  ],
  run(input, io) {
    const filter = filterOf(input);
    const at = input.text("at");
    const time = at === undefined ? undefined : parseTime(at, io.now());
    if (time !== undefined && filter.best === true) {
      throw new UsageError("which route was the best one then is not written down; leave out --best");
    }
    if (time !== undefined && filter.received === true) {
      throw new UsageError("the history has routes as they were received anyway; leave out --received");
    }
    return withDatabase(input, io, (reader) => {
      const peer = input.text("peer");
      const whole = peer === undefined ? filter : { ...filter, peer: peerName(reader, peer) };
      if (time !== undefined) return showPast(reader, time, whole, input.flag("json"), io);
      // What is explained are the values that count, those after policy.
      if (whole.received !== true && (filter.prefix !== undefined || filter.address !== undefined)) {
        showExplained(reader, whole, input.flag("json"), io);
      } else if (input.flag("json")) printJsonList(reader.routes(whole).map(routeJson), io);
      else printRoutes(reader, whole, io);
      return 0;
    });
  },
};

function showPast(reader: StoreReader, time: number, filter: RouteFilter, asJson: boolean, io: Io): number {
  requireKnown(reader, time);
  if (asJson) printJsonList(reader.routesAt(time, filter).map(stateJson), io);
  else printTables((some) => pastRows(reader.routesAt(time, some), time), filter, io);
  return sayIncomplete(reader, time, io);
}

/** Wrong words are wrong usage, before any file is opened. */
function filterOf(input: Input): RouteFilter {
  const [first, ...others] = input.words;
  if (first === "advertised") {
    throw new CommandError("what a peer is told is not in the database: bgpd show advertised PEER asks the daemon");
  }
  const rest = first === "learned" ? others : input.words;
  if (rest.length > 1) throw new UsageError(`one prefix or address at a time, not "${rest.join(" ")}"`);
  const originText = input.text("origin-as");
  const originAs = originText === undefined ? undefined : parseAsn(originText.replace(/^AS/i, ""));
  if (originText !== undefined && originAs === undefined) {
    throw new UsageError(`--origin-as takes an AS number, not "${originText}"`);
  }
  const asPath = input.text("as-path");
  if (asPath !== undefined) checkExpression(asPath);
  return {
    ...placeOf(rest[0]),
    originAs,
    asPath,
    community: communityOf(input.text("community")),
    best: input.flag("best"),
    received: input.flag("received"),
    limit: input.number("limit", 1, Number.MAX_SAFE_INTEGER),
  };
}

function placeOf(word: string | undefined): RouteFilter {
  if (word === undefined) return {};
  if (!word.includes("/")) {
    if (parseAddress(word) === undefined) throw new UsageError(`"${word}" is neither a prefix nor an address`);
    return { address: word };
  }
  if (parsePrefix(word) !== undefined) return { prefix: word };
  throw new UsageError(whyNoPrefix(word));
}

/** As the database writes it: a well-known name is two numbers there, and `target:65000:100` is `rt:65000:100`. */
function communityOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const community = parseCommunity(text);
  if (community !== undefined) return formatCommunity(community);
  const large = parseLargeCommunity(text);
  if (large !== undefined) return formatLargeCommunity(large);
  const extended = parseExtCommunity(text);
  if (extended !== undefined) return formatExtCommunity(extended);
  throw new UsageError(`--community takes one as 65000:99, 65000:1:2, rt:65000:100 or no-export, not "${text}"`);
}

function checkExpression(text: string): void {
  try {
    asPathExpression(text);
  } catch (error) {
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  }
}

/** The rows of a table; why some cannot be best is said behind it. */
function printRoutes(reader: StoreReader, filter: RouteFilter, io: Io): void {
  const reasons = new Map<string, number>();
  const now = io.now();
  function* rows(some: RouteFilter): Generator<TableRow> {
    for (const route of reader.routes(some)) {
      if (route.ineligible !== null) reasons.set(route.ineligible, (reasons.get(route.ineligible) ?? 0) + 1);
      yield routeTableRow(route, now);
    }
  }
  printTables(rows, filter, io);
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, shownReasons)) {
    io.message(`! ${plural(count, "route")} cannot be best: ${reason}`);
  }
  if (reasons.size > shownReasons) io.message(`! and ${plural(reasons.size - shownReasons, "other reason")}`);
}

function* pastRows(rows: Iterable<StateRow>, time: number): Generator<TableRow> {
  for (const state of rows) yield { cells: routeCells(state, time - Date.parse(state.validFrom)) };
}
