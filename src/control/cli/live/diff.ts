/** `bgpd diff`: what differs between the routes of two times. */

import type { RouteDifference, StoreReader } from "../../../store/mod.ts";
import { destinationOf } from "../../../store/read/route_attributes.ts";
import { printable } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import type { DifferenceJson } from "../../schema/watch.ts";
import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { peerName } from "../peer_name.ts";
import { reportIncomplete, requireKnown } from "../show/history_gaps.ts";
import { isRunning } from "../show/last_run.ts";
import { printJsonList } from "../text/rows.ts";
import { type Colour, type Column, paint, printTable } from "../text/table.ts";
import { isoTime, readTime, timeForms } from "../text/time.ts";
import { padRight } from "../text/width.ts";
import { attributesText, differencesText } from "./attribute_text.ts";
import {
  conditionOptions,
  exactPrefix,
  matches,
  prefixArgument,
  readConditions,
  readNlri,
  type RouteConditions,
} from "./route_filter.ts";
import { attributeValues, destinationValues, hanging } from "./watch_text.ts";

type Change = "added" | "gone" | "changed";

const colourOf: Readonly<Record<Change, Colour>> = { added: "green", gone: "red", changed: "yellow" };

export const diffCommand: Command = {
  name: "diff",
  summary: "show which routes were added, gone or changed between two times",
  arguments: [prefixArgument],
  options: [
    {
      flags: "--at TIME",
      doc: `compare the routes of this time with those of a second --at (default: now): ${timeForms}`,
      isList: true,
    },
    ...conditionOptions,
    { flags: "--summary", doc: "only count: a line for each peer" },
    { flags: "--limit N", doc: "show at most N differences; all are counted" },
    ...databaseOptions,
  ],
  examples: [
    ["bgpd diff --at -1h", "show what changed in the last hour"],
    [
      "bgpd diff --at 2026-01-31T02:00:00Z --at 2026-01-31T04:00:00Z",
      "compare the routes before and after a maintenance",
    ],
    ["bgpd diff --at -10m 192.0.2.0/24 --longer", "show what changed inside a prefix"],
    ["bgpd diff --at -1h 192.0.2.0/24 --rd 65000:1", "show what changed for a prefix of one VPN"],
    ["bgpd diff --at -1d --peer transit1 --summary", "count the changes of a peer"],
  ],
  run(input, io) {
    const times = input.list("at");
    if (times.length < 1 || times.length > 2) {
      throw new UsageError("give --at TIME once, to compare with now, or twice; for example bgpd diff --at -1h");
    }
    const limit = input.number("limit", 0, Number.MAX_SAFE_INTEGER) ?? Infinity;
    const given = times.map((text) => readTime(text, io));
    return withDatabase(input, io, async (reader) => {
      const conditions = readConditions(input, (word) => peerName(reader, word), await readNlri(input));
      const [from = 0, to = lastKnown(reader, io)] = given.sort((a, b) => a - b);
      requireKnown(reader, from);
      if (to < from) {
        throw new CommandError(`the database knows nothing after ${isoTime(to)}: give an earlier time`);
      }
      const differences = found(reader, { from, to, conditions });
      print(differences, { from, to, limit }, input, io);
      return reportBoth(reader, from, to, io);
    });
  },
};

/** Now, or when bgpd ended: later nobody received routes. */
function lastKnown(reader: StoreReader, io: Io): number {
  const { endedAt } = reader.lastRun();
  return isRunning(reader) || endedAt === null ? io.now() : Math.min(io.now(), endedAt);
}

interface Question {
  readonly from: number;
  readonly to: number;
  readonly conditions: RouteConditions;
}

/** A route is wanted if it meets the conditions at one of the two times. */
function* found(reader: StoreReader, { from, to, conditions }: Question): Generator<RouteDifference> {
  const filter = { prefix: exactPrefix(conditions), peer: conditions.peer };
  for (const difference of reader.differences(from, to, filter)) {
    const { before, after, family } = difference;
    if (
      [before, after].some((state) => state !== undefined && matches(conditions, { ...difference, ...state }, family))
    ) {
      yield difference;
    }
  }
}

interface Shown {
  readonly from: number;
  readonly to: number;
  readonly limit: number;
}

function print(differences: Iterable<RouteDifference>, { from, to, limit }: Shown, input: Input, io: Io): void {
  const counts = new Map<string, Record<Change, number>>();
  let shown = 0;
  const onlyCounts = input.flag("summary"), asJson = input.flag("json");
  function* counted(): Generator<RouteDifference> {
    for (const difference of differences) {
      const { peer } = difference;
      const of = counts.get(peer) ?? { added: 0, gone: 0, changed: 0 };
      of[changeOf(difference)]++;
      counts.set(peer, of);
      if (!onlyCounts && shown++ < limit) yield difference;
    }
  }
  if (asJson && !onlyCounts) return printJsonList(mapped(counted(), differenceJson), io);
  for (const difference of counted()) io.write(differenceLine(difference, io) + "\n");
  if (asJson) {
    return printJsonList([...counts].map(([peer, of]) => toJson({ peer, ...of })), io);
  }
  if (Math.min(shown, limit) > 0) io.write("\n");
  printCounts(counts, { from, to }, io);
}

function printCounts(
  counts: ReadonlyMap<string, Record<Change, number>>,
  { from, to }: { readonly from: number; readonly to: number },
  io: Io,
): void {
  const span = `from ${isoTime(from)} to ${isoTime(to)}`;
  if (counts.size === 0) return io.write(`no route differs ${span}\n`);
  const columns: Column[] = [
    { title: "Peer" },
    { title: "Added", align: "right" },
    { title: "Gone", align: "right" },
    { title: "Changed", align: "right" },
  ];
  const cells = ({ added, gone, changed }: Record<Change, number>) => [added, gone, changed].map(String);
  const rows = [...counts].map(([peer, of]) => ({ cells: [peer, ...cells(of)] }));
  const sum = (change: Change) => [...counts.values()].reduce((total, of) => total + of[change], 0);
  if (rows.length > 1) {
    rows.push({ cells: ["all", ...cells({ added: sum("added"), gone: sum("gone"), changed: sum("changed") })] });
  }
  io.write(`Differences ${span}:\n`);
  printTable(columns, rows, io);
}

function changeOf({ before, after }: RouteDifference): Change {
  return before === undefined ? "added" : after === undefined ? "gone" : "changed";
}

function differenceLine(difference: RouteDifference, io: Io): string {
  const { peer, pathId, before, after } = difference;
  const destination = destinationOf(difference);
  const change = changeOf(difference);
  const text = before === undefined
    ? attributesText(after!)
    : after === undefined
    ? `was ${attributesText(before)}`
    : differencesText(before, after);
  const name = pathId === null ? destination : `${destination} [${pathId}]`;
  const head = `${change.padEnd(7)} ${padRight(printable(peer), 14)} `;
  return hanging(head, `${name}  ${printable(text)}`, io.outputIsTerminal ? io.columns : undefined)
    .replace(change, (word) => paint(word, colourOf[change], io.useColour));
}

function differenceJson(difference: RouteDifference): string {
  const { peer, peerAs, pathId, family, before, after } = difference;
  return toJson<DifferenceJson>({
    change: changeOf(difference),
    family,
    peer,
    peerAs,
    ...destinationValues(difference),
    pathId,
    before: before === undefined ? null : attributeValues(before),
    after: after === undefined ? null : attributeValues(after),
  });
}

function* mapped<T, U>(items: Iterable<T>, map: (item: T) => U): Generator<U> {
  for (const item of items) yield map(item);
}

/** Reports what the database does not know of one of the times. Returns the exit code. */
function reportBoth(reader: StoreReader, from: number, to: number, io: Io): number {
  const said = new Set<string>();
  const once: Io = Object.create(io, {
    message: {
      value: (text: string) => {
        if (!said.has(text)) io.message(text);
        said.add(text);
      },
    },
  });
  return Math.max(reportIncomplete(reader, from, once), reportIncomplete(reader, to, once));
}
