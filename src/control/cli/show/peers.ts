/** `bgpd show peers` and `bgpd show peer PEER`. */

import type { PeerRow, StoreReader } from "../../../store/mod.ts";
import { canonicalRemote, parsePrefix, parseZonedAddress, prefixContains, printable } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import { capabilityList } from "../../route_values.ts";
import type { StoredPeerJson } from "../../schema/peer.ts";
import { type Command, type Input, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { printRouterTables, routerTableJson } from "./routers.ts";
import { routerNamed } from "../router_name.ts";
import { noPeer, peerName } from "../peer_name.ts";
import { printJsonList } from "../text/rows.ts";
import { type Cell, type Column, outputFor, printTable, type TableRow, wideOption } from "../text/table.ts";
import { isRunning, reportAge } from "./last_run.ts";
import { detailJson, isLasting, printDetail, sinceText } from "./peer_detail.ts";

export const showPeersCommand: Command = {
  name: "peers",
  aliases: ["neighbors", "neighbours", "n"],
  summary: "show a line for each peer (* = disabled)",
  arguments: [
    { name: "[PEER]", doc: "name, address or description of a peer; or a network: only peers inside it" },
    { name: "[DETAIL]", doc: "the word detail, or d: show all details of each peer", completes: ["detail"] },
  ],
  options: [
    { flags: "--router ROUTER", doc: "show the peers that this router reports by BMP, not ours" },
    ...databaseOptions,
    wideOption,
  ],
  examples: [
    ["bgpd show peers", "show all peers"],
    ["bgpd show peers --router edge1", "show the peers and tables of a router"],
    ["bgpd show neighbors 10.0.0.0/8 detail", "show all details of the peers inside a network"],
  ],
  run(input, plain) {
    const io = outputFor(input, plain);
    const router = input.text("router");
    if (router !== undefined) return showRouterPeers(router, input, io);
    return withDatabase(input, io, (reader) => {
      const [first, second] = input.words;
      if (second !== undefined) expectDetail(second);
      const wanted = isDetail(first) && second === undefined ? undefined : first;
      const peers = reader.peers().filter((peer) => wanted === undefined || matches(peer, wanted));
      if (wanted !== undefined && peers.length === 0) throw noPeer(wanted);
      if (isDetail(input.words.at(-1))) {
        return printDetails(
          reader,
          peers.map(({ peer }) => peer),
          input.flag("json"),
          io,
        );
      }
      if (input.flag("json")) {
        printJsonList(peers.map(peerJson), io);
        return reportAge(reader, isRunning(reader), io);
      }
      return printPeers(reader, peers, io);
    });
  },
};

function showRouterPeers(router: string, input: Input, io: Io): Promise<number> {
  if (input.words.length > 0) throw new UsageError("--router shows all peers of the router: name no peer with it");
  return withDatabase(input, io, async (reader) => {
    const { tables } = await reader.router((await routerNamed(reader, router)).router, 0);
    if (input.flag("json")) printJsonList(tables.map((table) => routerTableJson(table)), io);
    else printRouterTables(tables, io);
    return 0;
  });
}

export const showPeerCommand: Command = {
  name: "peer",
  aliases: ["neighbor", "neighbour"],
  summary: "show all details of one peer",
  arguments: [
    { name: "<PEER>", doc: "name, or an address or description that no other peer has" },
    { name: "[DETAIL]", doc: "the word detail has no effect: all details are shown anyway" },
  ],
  options: [...databaseOptions, wideOption],
  examples: [["bgpd show peer 192.0.2.1", "show state, counters, families and the last events"]],
  run(input, plain) {
    const io = outputFor(input, plain);
    return withDatabase(input, io, (reader) => {
      if (input.words[1] !== undefined) expectDetail(input.words[1]);
      const name = peerName(reader, input.required(0));
      const peer = reader.peer(name);
      if (peer === undefined) throw noPeer(name);
      const running = isRunning(reader);
      if (input.flag("json")) io.write(detailJson(peer, 2) + "\n");
      else printDetail(peer, running, io);
      return reportAge(reader, running, io);
    });
  },
};

function isDetail(word: string | undefined): boolean {
  return word === "detail" || word === "d";
}

function expectDetail(word: string): void {
  if (isDetail(word)) return;
  const routes = "routes are in bgpd show routes --peer PEER and bgpd show advertised PEER";
  throw new UsageError(`unknown word "${word}"; only detail may follow; ${routes}`);
}

function matches(peer: PeerRow, wanted: string): boolean {
  const remote = canonicalRemote(wanted) ?? wanted;
  if ([peer.peer, peer.description].includes(wanted) || [peer.peer, peer.remoteIp].includes(remote)) return true;
  const network = wanted.includes("/") ? parsePrefix(wanted) : undefined;
  const octets = parseZonedAddress(peer.remoteIp ?? "");
  return network !== undefined && octets !== undefined && prefixContains(network, octets);
}

const peerColumns: readonly Column[] = [
  { title: "Neighbor", fit: "address" },
  { title: "Router ID", dispensable: 3 },
  { title: "AS", fit: "whole" },
  { title: "MsgRcvd", align: "right", dispensable: 2 },
  { title: "MsgSent", align: "right", dispensable: 2 },
  { title: "Uptime", align: "right", dispensable: 1 },
  { title: "State", fit: "state" },
  { title: "PfxRcd", align: "right" },
  { title: "PfxAcc", align: "right" },
  { title: "PfxSnt", align: "right" },
  { title: "Changed", align: "right" },
  { title: "Description" },
];

function printPeers(reader: StoreReader, peers: readonly PeerRow[], io: Io): number {
  const running = isRunning(reader);
  const code = reportAge(reader, running, io);
  if (peers.length === 0) {
    io.message("the database has no peers yet");
    return code;
  }
  // If every name is an address, a column for the address would repeat it.
  const named = peers.some(({ peer, remoteIp }) => remoteIp !== peer);
  const columns = named
    ? peerColumns.toSpliced(1, 0, { title: "Address", fit: "address", dispensable: 4 } as const)
    : peerColumns;
  const rows = peers.map((peer): TableRow => ({
    mark: peer.state === "Disabled" ? "*" : " ",
    colour: "dim",
    cells: [
      peer.peer,
      ...named ? [peer.remoteIp ?? ""] : [],
      peer.routerId ?? "",
      String(peer.peerAs ?? ""),
      String(peer.messagesReceived),
      String(peer.messagesSent),
      running && peer.state === "Established" ? sinceText(peer.since, io) : "",
      stateCell(peer, running),
      String(peer.routes),
      String(peer.accepted),
      String(peer.sent),
      running ? sinceText(peer.since, io) : "",
      peer.description ?? "",
    ],
  }));
  printTable(columns, rows, io);
  return code;
}

function stateCell({ state, reason }: PeerRow, isRunning: boolean): Cell {
  if (!isRunning && !isLasting(state)) return { text: `was ${state}`, colour: "dim" };
  // The column has the first part only; `show peer` prints the whole sentence.
  if (state === "Held" && reason !== null) return { text: printable(firstPart(reason, ": ")), colour: "red" };
  if (state === "Established" && reason?.startsWith("drained") === true) {
    return { text: `${state}, ${printable(firstPart(reason, " ("))}`, colour: "yellow" };
  }
  if (state === "Established") return { text: state, colour: "green" };
  return { text: state, colour: state === "Disabled" ? "dim" : "yellow" };
}

function firstPart(text: string, separator: string): string {
  return text.split(separator, 1).join("");
}

function printDetails(reader: StoreReader, names: readonly string[], asJson: boolean, io: Io): number {
  const details = names.map((name) => reader.peer(name)).filter((peer) => peer !== undefined);
  if (asJson) {
    printJsonList(details.map((peer) => detailJson(peer)), io);
    return reportAge(reader, isRunning(reader), io);
  }
  const running = isRunning(reader);
  const code = reportAge(reader, running, io);
  for (const [i, peer] of details.entries()) {
    if (i > 0) io.write("\n");
    printDetail(peer, running, io);
  }
  return code;
}

function peerJson(peer: PeerRow): string {
  return toJson<StoredPeerJson>({ ...peer, capabilities: capabilityList(peer) });
}
