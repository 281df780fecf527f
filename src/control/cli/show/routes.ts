/** `bgpd show routes`: received routes by family, all or those that match a filter. */

import { StoreError } from "../../../store/errors.ts";
import type { RouteFilter, RouteRow, StateRow, StoreReader } from "../../../store/mod.ts";
import { asPathExpression } from "../../../store/read/functions.ts";
import { type FamilyId, parseAddress, parsePrefix, ribKinds } from "../../../types/mod.ts";
import { whyNoPrefix } from "../../prefix_error.ts";
import { type Command, CommandError, type Input, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { peerName } from "../peer_name.ts";
import { communityOf, destinationOption, familyOf, rdOf, routeTargetOf } from "../route_options.ts";
import { printJsonList } from "../text/rows.ts";
import { outputFor, type TableRow, wideOption } from "../text/table.ts";
import { readTime, timeForms } from "../text/time.ts";
import { plural } from "../text/units.ts";
import { showExplained } from "./explained_routes.ts";
import { reportIncomplete, requireKnown } from "./history_gaps.ts";
import { columnsOf, moreText, printTables, routeCells, routeJson, routeTableRow, stateJson } from "./route_table.ts";

/** How many reasons are printed below a table; there can be one for each rule of a policy. */
const shownReasons = 10;

export const showRoutesCommand: Command = {
  name: "routes",
  aliases: ["route", "r"],
  summary: "show received routes; for one prefix, also why each is best or not",
  arguments: [
    {
      name: "[WORDS...]",
      doc:
        "PREFIX: its routes, and why each is best or not. ADDRESS: the same for the longest prefix that contains it." +
        " Other families take a destination as the command prints it. The word learned in front has no effect. Marks:" +
        " > best, = multipath, s stale, ! ineligible.",
    },
  ],
  options: [
    { flags: "--origin-as ASN", doc: "only routes that this AS originates" },
    {
      flags: "--as-path REGEX",
      doc: "only routes whose AS path matches a regular expression; _ is a boundary: '^65000_', '_3356_'",
    },
    {
      flags: "--community COMMUNITY",
      doc: 'only routes with this community of any kind: "65000:99", "65000:1:2", "rt:65000:100", "no-export"',
    },
    { flags: "--peer PEER", doc: "only routes of this peer (name, address or description)" },
    {
      flags: "--family FAMILY",
      doc: `only routes of this family: ipv4, ipv6, "ipv4 vpn", "ipv4 flowspec", evpn and so on`,
    },
    { flags: "--rd RD", doc: "only routes with this Route Distinguisher, for example 65000:1" },
    { flags: "--rt RT", doc: "only routes with this route target, for example 65000:100" },
    { flags: "--longer", doc: "with PREFIX: also the routes of all prefixes inside it" },
    { flags: "--best", doc: "only best routes" },
    { flags: "--rejected", doc: "only ineligible routes (policy, loops, RFC rules), with the reason" },
    { flags: "--ovs STATE", doc: "only routes whose origin is valid, invalid or not-found by RPKI data" },
    { flags: "--avs STATE", doc: "only routes whose path is valid, invalid or unknown by ASPAs" },
    { flags: "--received", doc: "show attributes as received, before import policy" },
    {
      flags: "--at TIME",
      doc: `show the routes at this time: ${timeForms}`,
    },
    { flags: "--router ROUTER", doc: "show the routes that this router reports by BMP, not ours" },
    { flags: "--rib-kind KIND", doc: `with --router: only this table: ${ribKinds.join(", ")}` },
    { flags: "--limit N", doc: "show at most N routes, and say whether there are more" },
    ...databaseOptions,
    wideOption,
  ],
  examples: [
    ["bgpd show routes", "show all received routes"],
    ["bgpd show routes 192.0.2.0/24", "show who announces this prefix, which route is best, and why"],
    ["bgpd show routes 192.0.2.7 --best", "show the best route to an address"],
    ["bgpd show routes 192.0.0.0/16 --longer", "show the routes of a prefix and of all prefixes inside it"],
    ["bgpd show routes --peer 192.0.2.7 --rejected", "show which routes of a peer are ineligible, and why"],
    ["bgpd show routes --ovs invalid", "show the routes with an invalid origin"],
    ["bgpd show routes --family ipv6 --limit 20", "show the first twenty routes of IPv6"],
    ["bgpd show routes --origin-as 65000 --json", "print the routes that an AS originates, as JSON"],
    ["bgpd show routes --as-path '_3356_' --limit 20", "show twenty routes through an AS"],
    ["bgpd show routes --peer 192.0.2.7 --received", "show the routes of a peer before import policy"],
    ["bgpd show routes 192.0.2.7 --at -1h", "show the routes to an address an hour ago"],
    ["bgpd show routes --family 'ipv4 vpn' --rd 65000:1", "show the routes of one VPN"],
    ["bgpd show routes 192.0.2.7 --rd 65000:1", "show the routes to an address in one VPN"],
    ["bgpd show routes --family evpn --rt 65000:100", "show the EVPN routes with a route target"],
    ["bgpd show routes 192.0.2.7 --router edge1 --rib-kind adj-in", "show what the peers of a router announce to it"],
    ["bgpd show routes --family 'ipv4 flowspec' --rejected", "show which flow rules are ineligible, and why"],
  ],
  async run(input, plain) {
    const io = outputFor(input, plain);
    const filter = await filterOf(input);
    const at = input.text("at");
    const time = at === undefined ? undefined : readTime(at, io);
    if (time !== undefined) refusePast(filter);
    const ofRouter = { router: input.text("router"), ribKind: input.text("rib-kind") };
    if (ofRouter.router !== undefined || ofRouter.ribKind !== undefined) {
      if (time !== undefined) throw new UsageError("--router cannot be combined with --at: query monitored_history");
      return showOfRouter(ofRouter, { ...filter, peer: input.text("peer") }, input, io);
    }
    return withDatabase(input, io, async (reader) => {
      const peer = input.text("peer");
      const whole = peer === undefined ? filter : { ...filter, peer: peerName(reader, peer) };
      if (time !== undefined) return showPast(reader, time, whole, input.flag("json"), io);
      // The decision compares attributes after import policy, so only those are explained.
      const isOne = filter.longer !== true && (filter.prefix ?? filter.address ?? filter.nlri) !== undefined;
      if (whole.received !== true && isOne) {
        await showExplained(reader, whole, input.flag("json"), io);
        return 0;
      }
      const limited = new Limited(whole.limit);
      const routes = (some: RouteFilter) => limited.take(reader.routes({ ...some, limit: limited.asked }));
      if (input.flag("json")) printJsonList(routes(whole).map(routeJson), io);
      else printRoutes(routes, whole, reader.families(), io);
      limited.report(io);
      return 0;
    });
  },
};

/** The routes that a router reports. */
async function showOfRouter(
  { router, ribKind }: { readonly router: string | undefined; readonly ribKind: string | undefined },
  filter: RouteFilter,
  input: Input,
  io: Io,
): Promise<number> {
  const { routerChoice, showMonitored } = await import("./monitored_routes.ts");
  const choice = routerChoice(router, ribKind, filter);
  return withDatabase(input, io, async (reader) => {
    const limited = new Limited(filter.limit);
    const output = {
      asJson: input.flag("json"),
      limited: <Row>(rows: Generator<Row, void, undefined>) => limited.take(rows),
    };
    await showMonitored(reader, choice, { ...filter, limit: limited.asked }, output, io);
    limited.report(io);
    return 0;
  });
}

/** Throws {@link UsageError} for a condition that the history cannot answer. */
function refusePast({ best, rejected, received, ovs, avs }: RouteFilter): void {
  const unrecorded = best === true ? "--best" : rejected === true ? "--rejected" : undefined;
  if (unrecorded !== undefined) {
    throw new UsageError(
      `${unrecorded} cannot be combined with --at: the history does not record which routes were best or ineligible`,
    );
  }
  if (ovs !== undefined || avs !== undefined) {
    throw new UsageError(
      "--ovs and --avs cannot be combined with --at: examples/queries.sql shows which routes were invalid at a time",
    );
  }
  if (received === true) {
    throw new UsageError("--received cannot be combined with --at: the history always has routes as received");
  }
}

function showPast(reader: StoreReader, time: number, filter: RouteFilter, asJson: boolean, io: Io): number {
  requireKnown(reader, time);
  const limited = new Limited(filter.limit);
  const routes = (some: RouteFilter) => limited.take(reader.routesAt(time, { ...some, limit: limited.asked }));
  if (asJson) printJsonList(routes(filter).map(stateJson), io);
  else {
    const table = { columns: columnsOf, rows: (some: RouteFilter) => pastRows(routes(some), time) };
    printTables(table, filter, reader.families(), io);
  }
  limited.report(io);
  return reportIncomplete(reader, time, io);
}

/** Checks all words and options before the database is opened. Throws {@link UsageError}. */
async function filterOf(input: Input): Promise<RouteFilter> {
  const [first, ...others] = input.words;
  if (first === "advertised") {
    throw new CommandError("use bgpd show advertised PEER: advertised routes are not in the database");
  }
  const rest = first === "learned" ? others : input.words;
  const family = familyOf(input.text("family"));
  const asPath = input.text("as-path");
  if (asPath !== undefined) checkExpression(asPath);
  const target = await targetOf(rest, family);
  const longer = input.flag("longer");
  if (longer && target.prefix === undefined) {
    throw new UsageError("--longer needs a prefix, for example bgpd show routes 192.0.0.0/16 --longer");
  }
  const [best, rejected] = [input.flag("best"), input.flag("rejected")];
  if (best && rejected) throw new UsageError("--best cannot be combined with --rejected: the best route is eligible");
  return {
    ...target,
    longer,
    family,
    rd: rdOf(input.text("rd")),
    rejected,
    originAs: input.asn("origin-as"),
    asPath,
    community: communityFilter(input),
    best,
    ovs: stateOf(input.text("ovs"), "--ovs", ["valid", "invalid", "not-found"]),
    avs: stateOf(input.text("avs"), "--avs", ["valid", "invalid", "unknown"]),
    received: input.flag("received"),
    limit: input.number("limit", 1, Number.MAX_SAFE_INTEGER),
  };
}

/** One of the words of an option; throws {@link UsageError}. */
function stateOf(word: string | undefined, option: string, words: readonly string[]): string | undefined {
  const normal = word?.toLowerCase().replace(/^not[ _]?found$/, "not-found");
  if (normal === undefined || words.includes(normal)) return normal;
  throw new UsageError(`${option} ${word} is none of ${words.join(", ")}`);
}

/** A prefix, an address, or the text of a destination of a family that has others. */
async function targetOf(words: readonly string[], family: string | undefined): Promise<RouteFilter> {
  const nlri = await destinationOption(words, family);
  if (nlri !== undefined) return { nlri };
  if (words.length > 1) throw new UsageError(`give one prefix or address, not "${words.join(" ")}"`);
  return prefixFilter(words[0]);
}

/** A route target is a community, too. */
function communityFilter(input: Input): string | undefined {
  const target = input.text("rt"), community = communityOf(input.text("community"));
  if (target === undefined) return community;
  if (community !== undefined) throw new UsageError("--rt cannot be combined with --community");
  return routeTargetOf(target);
}

function prefixFilter(word: string | undefined): RouteFilter {
  if (word === undefined) return {};
  if (!word.includes("/")) {
    if (parseAddress(word) === undefined) throw new UsageError(`"${word}" is neither a prefix nor an address`);
    return { address: word };
  }
  if (parsePrefix(word) !== undefined) return { prefix: word };
  throw new UsageError(whyNoPrefix(word));
}

function checkExpression(text: string): void {
  try {
    asPathExpression(text);
  } catch (error) {
    throw error instanceof StoreError ? new UsageError(error.message) : error;
  }
}

/** At most so many routes, over all families; asks for one more to know whether there are more. */
class Limited {
  readonly #limit: number | undefined;
  #taken = 0;
  #hasMore = false;

  constructor(limit: number | undefined) {
    this.#limit = limit;
  }

  get asked(): number | undefined {
    return this.#limit === undefined ? undefined : this.#limit - this.#taken + 1;
  }

  take<Row>(rows: Generator<Row, void, undefined>): Generator<Row, void, undefined> {
    return this.#limit === undefined ? rows : this.#counted(rows);
  }

  *#counted<Row>(rows: Iterable<Row>): Generator<Row, void, undefined> {
    for (const row of rows) {
      if (this.#taken === this.#limit) {
        this.#hasMore = true;
        return;
      }
      this.#taken++;
      yield row;
    }
  }

  report(io: Io): void {
    if (this.#hasMore && this.#limit !== undefined) io.message(moreText(this.#limit));
  }
}

/** Prints the table of routes, and below it why some are ineligible. */
function printRoutes(
  routes: (filter: RouteFilter) => Iterable<RouteRow>,
  filter: RouteFilter,
  some: readonly FamilyId[],
  io: Io,
): void {
  const reasons = new Map<string, number>();
  const now = io.now();
  const withReason = filter.rejected === true;
  function* rows(filter: RouteFilter): Generator<TableRow> {
    for (const route of routes(filter)) {
      if (route.ineligible !== null) reasons.set(route.ineligible, (reasons.get(route.ineligible) ?? 0) + 1);
      const row = routeTableRow(route, now);
      yield withReason ? { ...row, cells: [...row.cells, route.ineligible ?? ""] } : row;
    }
  }
  const columns = (family: string) =>
    withReason ? [...columnsOf(family), { title: "Why", fit: "sentence" } as const] : columnsOf(family);
  printTables({ columns, rows }, filter, some, io);
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]).slice(0, shownReasons)) {
    io.message(`! ${plural(count, "ineligible route")}: ${reason}`);
  }
  if (reasons.size > shownReasons) io.message(`! and ${plural(reasons.size - shownReasons, "other reason")}`);
}

function* pastRows(rows: Iterable<StateRow>, time: number): Generator<TableRow> {
  for (const state of rows) yield { cells: routeCells(state, time - Date.parse(state.validFrom)) };
}
