/**
 * `bgpd show advertised PEER`: the routes written to a session (Adj-RIB-Out). They are in the daemon, not in the
 * database.
 */

import { parsePrefix } from "../../../types/mod.ts";
import { whyNoPrefix } from "../../prefix_error.ts";
import type { AdvertisedJson } from "../../schema/route.ts";
import { type Command, type Io, UsageError } from "../command.ts";
import { callDaemonForList } from "../daemon_client.ts";
import { databaseOptions, databasePath } from "../database_file.ts";
import { destinationOption } from "../route_options.ts";
import { type Column, outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";

export const showAdvertisedCommand: Command = {
  name: "advertised",
  aliases: ["adj-rib-out"],
  summary: "show the routes advertised to a peer (Adj-RIB-Out); this needs a running bgpd",
  arguments: [
    { name: "<PEER>", doc: "name, address or description" },
    {
      name: "[PREFIX...]",
      doc: "only this prefix, also in VPNs; or an address: only prefixes that contain it. Other families take a" +
        " destination as the command prints it.",
    },
  ],
  options: [
    {
      flags: "--all",
      doc: "also show routes that are waiting or withheld; with PREFIX, every reason why a route is not advertised",
    },
    ...databaseOptions,
    wideOption,
  ],
  examples: [
    ["bgpd show advertised 192.0.2.1", "show all routes advertised to the peer"],
    ["bgpd show advertised 192.0.2.1 203.0.113.0/24 --all", "show whether the peer has this route, and if not, why"],
    ["bgpd show advertised 192.0.2.1 65000:1 10.0.0.0/8 --all", "the same for a route of a VPN"],
  ],
  async run(input, plain) {
    const io = outputFor(input, plain);
    const peer = input.required(0);
    const words = input.words.slice(1);
    const destination = await destinationOption(words, undefined);
    const prefix = destination === undefined ? words[0] : undefined;
    const isOne = words.length > 0;
    if (prefix !== undefined && parsePrefix(prefix) === undefined) {
      throw new UsageError(
        prefix.includes("/") ? whyNoPrefix(prefix) : `"${prefix}" is neither a prefix nor an address`,
      );
    }
    const isJson = input.flag("json");
    const isAll = input.flag("all");
    // The text output also reports how many routes are waiting or withheld.
    const asked = {
      ...prefix === undefined ? {} : { prefix },
      ...destination === undefined ? {} : { destination },
      ...isAll || !isJson ? { all: "true" } : {},
    };
    const call = { path: `/peers/${encodeURIComponent(peer)}/advertised?${new URLSearchParams(asked)}` };
    const database = await databasePath(input, io);
    if (isJson) {
      let separator = "[\n";
      await callDaemonForList<AdvertisedJson>(database, call, (route) => {
        io.write(separator + JSON.stringify(route));
        separator = ",\n";
      });
      io.write(separator === "[\n" ? "[]\n" : "\n]\n");
      return 0;
    }
    const rows: TableRow[] = [];
    const others = new Map<string, number>();
    await callDaemonForList<AdvertisedJson>(database, call, (route) => {
      if (isAll || route.state === "advertised") rows.push(tableRow(route, isAll));
      if (isAll || route.reason === null) return;
      const why = !isOne ? stateOf(route) : `${route.nlri ?? route.prefix} is ${stateOf(route)}`;
      others.set(why, (others.get(why) ?? 0) + 1);
    });
    print(rows, isAll, io);
    for (const [why, count] of others) io.message(isOne ? why : `${count} ${why} (--all lists them)`);
    return 0;
  },
};

const columns: readonly Column[] = [
  { title: "Prefix", fit: "address" },
  { title: "Next Hop", fit: "address" },
  { title: "Origin", short: "O", fit: "origin" },
  { title: "Local Pref", short: "Pref", align: "right" },
  { title: "Metric", align: "right" },
  { title: "AS Path", fit: "path" },
  { title: "Communities", fit: "list" },
];

function print(rows: readonly TableRow[], isAll: boolean, io: Io): void {
  if (rows.length === 0) io.message("no routes");
  const shown = isAll ? [...columns, { title: "State", fit: "sentence" } as const] : columns;
  printTable(shown, rows, io);
}

function stateOf({ state, reason }: AdvertisedJson): string {
  if (reason === null) return state;
  return state === "advertised" ? `${state} ${reason}` : `${state}: ${reason}`;
}

function tableRow(route: AdvertisedJson, withState: boolean): TableRow {
  const destination = route.nlri ?? route.prefix ?? "";
  const cells = [
    route.path_id === null ? destination : `${destination} [${route.path_id}]`,
    route.next_hop ?? "",
    route.origin ?? "",
    String(route.local_pref ?? ""),
    String(route.med ?? ""),
    route.as_path,
    [...route.communities, ...route.large_communities, ...route.ext_communities].join(" "),
  ];
  if (!withState) return { cells };
  const isSent = route.state === "advertised";
  return { mark: isSent ? " " : "!", colour: "red", cells: [...cells, stateOf(route)] };
}
