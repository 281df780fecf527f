/** `bgpd show peers` and `bgpd show peer X`. */

import { canonicalRemote, whyNotFound } from "../../../config/mod.ts";
import { parsePrefix, parseZonedAddress, prefixContains, printable } from "../../../types/mod.ts";
import { lockHolder, type PeerDetail, type PeerRow, type StoreReader } from "../../../store/mod.ts";
import { fileLocks } from "../../../transport/mod.ts";
import { type Command, CommandError, type Io, UsageError } from "../command.ts";
import { databaseOptions, withDatabase } from "../database_file.ts";
import { toJson } from "../../json.ts";
import type { StoredPeerDetailJson, StoredPeerJson } from "../../schema/peer.ts";
import { printJsonList } from "../text/rows.ts";
import { type Cell, type Column, tableLines, type TableRow } from "../text/table.ts";
import { formatDuration } from "../text/units.ts";

export const showPeersCommand: Command = {
  name: "peers",
  aliases: ["neighbors", "neighbours", "n"],
  summary: "a line for each peer (* is a disabled one)",
  arguments: [
    { name: "[PEER]", doc: "a name, an address, a description, or a network: only peers inside it" },
    { name: "[DETAIL]", doc: "the word detail, or d: all about each of them" },
  ],
  options: databaseOptions,
  examples: [
    ["bgpd show peers", "all peers"],
    ["bgpd show neighbors 10.0.0.0/8 detail", "all about the peers inside a network"],
  ],
  run(input, io) {
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
        return sayWhen(reader, isRunning(reader), io);
      }
      return printPeers(reader, peers, io);
    });
  },
};

export const showPeerCommand: Command = {
  name: "peer",
  aliases: ["neighbor", "neighbour"],
  summary: "all about one peer",
  arguments: [
    { name: "<PEER>", doc: "its name; or its address or description, where no other has the same" },
    { name: "[DETAIL]", doc: "the word detail may follow, there is no other form" },
  ],
  options: databaseOptions,
  examples: [["bgpd show peer 192.0.2.1", "state, counters, families and what happened last"]],
  run(input, io) {
    return withDatabase(input, io, (reader) => {
      if (input.words[1] !== undefined) expectDetail(input.words[1]);
      const peer = reader.peer(peerName(reader, input.words[0]!))!;
      const running = isRunning(reader);
      if (input.flag("json")) io.write(detailJson(peer, 2) + "\n");
      else printDetail(peer, running, io);
      return sayWhen(reader, running, io);
    });
  },
};

function isDetail(word: string | undefined): boolean {
  return word === "detail" || word === "d";
}

function expectDetail(word: string): void {
  if (!isDetail(word)) throw new UsageError(`"${word}" is not the word detail`);
}

/** The name of the peer that a person means. */
export function peerName(reader: StoreReader, word: string): string {
  const search = reader.findPeer(word);
  if (search.kind === "found") return search.name;
  throw search.kind === "none" ? noPeer(word) : new CommandError(whyNotFound(word, search));
}

function noPeer(name: string): CommandError {
  return new CommandError(`the database knows no peer ${name}; \`bgpd show peers\` lists all`);
}

function matches(peer: PeerRow, wanted: string): boolean {
  const remote = canonicalRemote(wanted) ?? wanted;
  if ([peer.peer, peer.description].includes(wanted) || [peer.peer, peer.remoteIp].includes(remote)) return true;
  const network = wanted.includes("/") ? parsePrefix(wanted) : undefined;
  const octets = parseZonedAddress(peer.remoteIp ?? "");
  return network !== undefined && octets !== undefined && prefixContains(network, octets);
}

function isRunning(reader: StoreReader): boolean {
  return lockHolder(reader.path, fileLocks) !== undefined;
}

/** Says, where no daemon runs, of when the answer is; the exit code: 1 where it said no goodbye, and nothing is as it says. */
function sayWhen(reader: StoreReader, isRunning: boolean, io: Io): number {
  if (isRunning) return 0;
  const { endedAt, leftOver } = reader.lastRun();
  const at = endedAt === null ? "" : new Date(endedAt).toISOString();
  if (!leftOver) {
    io.message(at === "" ? "bgpd is not running" : `bgpd is not running: it stopped at ${at}`);
    return 0;
  }
  const last = at === "" ? "" : ` after ${at}`;
  io.message(
    `bgpd is not running: it ended without a word${last}, or this is a backup; states and numbers are of its last moment`,
  );
  return 1;
}

const peerColumns: readonly Column[] = [
  { title: "Neighbor" },
  { title: "Router ID" },
  { title: "AS" },
  { title: "MsgRcvd", align: "right" },
  { title: "MsgSent", align: "right" },
  { title: "Uptime", align: "right" },
  { title: "State" },
  { title: "PfxRcd", align: "right" },
];

function printPeers(reader: StoreReader, peers: readonly PeerRow[], io: Io): number {
  const running = isRunning(reader);
  const code = sayWhen(reader, running, io);
  if (peers.length === 0) {
    io.message("the database knows no peers yet");
    return code;
  }
  // Where names are addresses, once is enough.
  const named = peers.some(({ peer, remoteIp }) => remoteIp !== peer);
  const columns = named ? peerColumns.toSpliced(1, 0, { title: "Address" }) : peerColumns;
  const rows = peers.map((peer): TableRow => ({
    mark: peer.state === "Disabled" ? "*" : " ",
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
    ],
  }));
  for (const line of tableLines(columns, rows, io.outputIsTerminal)) io.write(line + "\n");
  return code;
}

/** A state that lasts without a daemon. */
function isLasting(state: PeerRow["state"]): boolean {
  return state === "Idle" || state === "Disabled";
}

function stateCell({ state, reason }: PeerRow, isRunning: boolean): Cell {
  if (!isRunning && !isLasting(state)) return { text: `was ${state}`, colour: "dim" };
  // Until when is enough for a column; `show peer` has the whole sentence.
  if (state === "Held" && reason !== null) return { text: printable(reason.split(": ", 1)[0]!), colour: "red" };
  if (state === "Established" && reason?.startsWith("drained") === true) {
    return { text: `${state}, ${printable(reason.split(" (", 1)[0]!)}`, colour: "yellow" };
  }
  if (state === "Established") return { text: state, colour: "green" };
  return { text: state, colour: state === "Disabled" ? "dim" : "yellow" };
}

function sinceText(since: string | null, io: Io): string {
  return since === null ? "" : formatDuration(io.now() - Date.parse(since));
}

function printDetails(reader: StoreReader, names: readonly string[], asJson: boolean, io: Io): number {
  const details = names.map((name) => reader.peer(name)).filter((peer) => peer !== undefined);
  if (asJson) {
    printJsonList(details.map((peer) => detailJson(peer)), io);
    return sayWhen(reader, isRunning(reader), io);
  }
  const running = isRunning(reader);
  const code = sayWhen(reader, running, io);
  for (const [i, peer] of details.entries()) {
    if (i > 0) io.write("\n");
    printDetail(peer, running, io);
  }
  return code;
}

function printDetail(peer: PeerDetail, running: boolean, io: Io): void {
  const lines: string[] = [];
  lines.push(`BGP neighbor is ${peer.peer},  remote AS ${peer.peerAs ?? "any"}, local AS ${peer.localAs ?? "unknown"}`);
  if (peer.state === "Disabled") lines.push("*Peer is Disabled");
  if (peer.description !== null) lines.push(`  Description: ${printable(peer.description)}`);
  if (peer.group !== null) lines.push(`  Group: ${peer.group}`);
  lines.push(`  BGP version 4,  remote router-id ${peer.routerId ?? "unknown"}`);
  lines.push(`    Local address: ${peer.localIp ?? "unknown"}`, `    Remote address: ${peer.remoteIp ?? "unknown"}`);
  const word = peer.state === "Established" ? "up for" : "for";
  const since = running && peer.since !== null ? `, ${word} ${sinceText(peer.since, io)}` : "";
  lines.push(`  BGP state ${running || isLasting(peer.state) ? "=" : "was"} ${peer.state}${since}`);
  if (peer.reason !== null) {
    const what = peer.state === "Established" ? "Note" : "No session";
    lines.push(`  ${what}: ${printable(peer.reason)}`);
  }
  if (peer.staleUntil !== null) lines.push(`  Routes of the last session stay as stale ones, until ${peer.staleUntil}`);
  if (peer.role !== null) lines.push(`  Role: we are ${roleText(peer.role)}, ${remoteRoleText(peer)}`);
  if (peer.holdTimeSeconds !== null) {
    // RFC 4271 §10: a third of the hold time.
    const keepalive = Math.floor(peer.holdTimeSeconds / 3);
    lines.push(`  Hold time is ${peer.holdTimeSeconds}, keepalive interval is ${keepalive}`);
  }
  if (peer.capabilities !== null && peer.capabilities !== "") {
    lines.push("  Neighbor capabilities:", ...capabilityList(peer).map((name) => `    ${name}`));
  }
  lines.push("  Message Statistics:");
  const numbers: [string, number][] = [
    ["Sent", peer.messagesSent],
    ["Received", peer.messagesReceived],
    ["Total", peer.messagesSent + peer.messagesReceived],
    ["Updates received", peer.updatesReceived],
    ["Routes announced", peer.routesAnnounced],
    ["Routes withdrawn", peer.routesWithdrawn],
    ["Treated as withdraw", peer.treatAsWithdraw],
    ["Attributes discarded", peer.attributeDiscards],
    ["Routes held", peer.routes],
  ];
  const width = Math.max(...numbers.map(([, value]) => String(value).length));
  for (const [name, value] of numbers) lines.push(`    ${`${name}:`.padEnd(22)}${String(value).padStart(width)}`);
  const families = peer.families.filter(({ negotiated, routes }) => negotiated || routes > 0);
  if (families.length > 0) {
    lines.push("  Families:");
    const columns: Column[] = [{ title: "Family" }, { title: "Routes", align: "right" }, { title: "End-of-RIB" }];
    const rows = families.map(({ family, routes, eorAt, staleBefore }) => ({
      cells: [
        family,
        String(routes),
        `${eorAt ?? "not yet"}${staleBefore === null ? "" : `, stale before ${staleBefore}`}`,
      ],
    }));
    lines.push(...[...tableLines(columns, rows, io.outputIsTerminal)].map((line) => `   ${line}`));
  }
  if (peer.events.length > 0) {
    lines.push("  What happened, newest first:");
    for (const { at, kind, text, hex } of peer.events) {
      lines.push(`    ${at}  ${kind}: ${printable(text)}`);
      if (hex !== null) lines.push(`      message: ${hex.length > 80 ? `${hex.slice(0, 80)}…` : hex}`);
    }
  }
  io.write(lines.join("\n") + "\n");
}

const roleTexts: Readonly<Record<string, string>> = {
  "provider": "its provider",
  "rs": "its route server",
  "rs-client": "a client of its route server",
  "customer": "its customer",
  "peer": "its peer",
};

function roleText(role: string): string {
  return roleTexts[role] ?? role;
}

function remoteRoleText({ remoteRole, capabilities }: PeerRow): string {
  if (remoteRole !== null) return `it says ${remoteRole}`;
  return capabilities === null ? "not compared yet" : "it does not say what it is";
}

function capabilityList(peer: PeerRow): string[] {
  return (peer.capabilities ?? "").split(",").map((name) => name.trim()).filter((name) => name !== "");
}

function peerJson(peer: PeerRow): string {
  return toJson<StoredPeerJson>({ ...peer, capabilities: capabilityList(peer) });
}

function detailJson(peer: PeerDetail, indent?: number): string {
  return toJson<StoredPeerDetailJson>({ ...peer, capabilities: capabilityList(peer) }, indent);
}
