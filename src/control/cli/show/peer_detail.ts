/** The output of `bgpd show peer`: state, counters, families and events of one peer. */

import { adviceOn } from "../../../session/advice.ts";
import type { PeerDetail, PeerRow } from "../../../store/mod.ts";
import { printable } from "../../../types/mod.ts";
import { toJson } from "../../json.ts";
import { capabilityList } from "../../route_values.ts";
import type { StoredPeerDetailJson } from "../../schema/peer.ts";
import type { Io } from "../command.ts";
import { type Column, tableLines, tableWidth } from "../text/table.ts";
import { formatDuration, wrapWhole } from "../text/units.ts";
import { displayWidth, startOf } from "../text/width.ts";

/** A state that is also true without a daemon. */
export function isLasting(state: PeerRow["state"]): boolean {
  return state === "Idle" || state === "Disabled";
}

export function sinceText(since: string | null, io: Io): string {
  return since === null ? "" : formatDuration(io.now() - Date.parse(since));
}

/** Everything about a peer, as lines for `show peer`. */
export function printDetail(peer: PeerDetail, running: boolean, io: Io): void {
  const lines = [
    ...identityLines(peer),
    ...stateLines(peer, running, io),
    ...capabilityLines(peer),
    ...counterLines(peer),
    ...familyLines(peer, io),
    ...eventLines(peer),
  ];
  const width = tableWidth(io);
  for (const line of lines) for (const part of fitted(line, width)) io.write(part + "\n");
}

/** A line as lines that fit the terminal; further lines are two columns further in. */
function fitted(line: string, width: number): string[] {
  // The lines of the table of families fit, and have colours.
  if (displayWidth(line) <= width || line.includes("\x1b")) return [line];
  const indent = /^ */.exec(line)?.[0] ?? "";
  const [first = "", ...others] = wrapWhole(line.trimStart(), width - indent.length - 2);
  return [indent + first, ...others.map((other) => `${indent}  ${other}`)].map((part) => startOf(part, width));
}

function identityLines(peer: PeerDetail): string[] {
  const { peerAs, localAs, description, group } = peer;
  return [
    `BGP neighbor is ${peer.peer},  remote AS ${peerAs ?? "any"}, local AS ${localAs ?? "unknown"}`,
    ...peer.state === "Disabled" ? ["*Peer is Disabled"] : [],
    ...description === null ? [] : [`  Description: ${printable(description)}`],
    ...group === null ? [] : [`  Group: ${group}`],
    `  BGP version 4,  remote router-id ${peer.routerId ?? "unknown"}`,
    `    Local address: ${peer.localIp ?? "unknown"}`,
    `    Remote address: ${peer.remoteIp ?? "unknown"}`,
  ];
}

function stateLines(peer: PeerDetail, running: boolean, io: Io): string[] {
  const { state, since, reason, staleUntil, role, holdTimeSeconds } = peer;
  const isUp = state === "Established";
  const advice = isUp || reason === null ? undefined : adviceOn(reason);
  const age = running && since !== null ? `, ${isUp ? "up for" : "for"} ${sinceText(since, io)}` : "";
  return [
    `  BGP state ${running || isLasting(state) ? "=" : "was"} ${state}${age}`,
    ...reason === null ? [] : [`  ${isUp ? "Note" : "No session"}: ${printable(reason)}`],
    ...advice === undefined ? [] : [`  To check: ${printable(advice)}`],
    ...staleUntil === null ? [] : [`  Stale routes of the last session are kept until ${staleUntil}`],
    ...role === null ? [] : [`  Role: we are ${roleText(role)}, ${remoteRoleText(peer)}`],
    // RFC 4271 §10: a third of the hold time.
    ...holdTimeSeconds === null
      ? []
      : [`  Hold time is ${holdTimeSeconds}, keepalive interval is ${Math.floor(holdTimeSeconds / 3)}`],
  ];
}

function capabilityLines(peer: PeerDetail): string[] {
  const names = capabilityList(peer);
  return names.length === 0 ? [] : ["  Neighbor capabilities:", ...names.map((name) => `    ${name}`)];
}

function counterLines(peer: PeerDetail): string[] {
  const counters: readonly (readonly [string, number])[] = [
    ["Sent", peer.messagesSent],
    ["Received", peer.messagesReceived],
    ["Total", peer.messagesSent + peer.messagesReceived],
    ["Updates received", peer.updatesReceived],
    ["Routes announced", peer.routesAnnounced],
    ["Routes withdrawn", peer.routesWithdrawn],
    ["Treated as withdraw", peer.treatAsWithdraw],
    ["Attributes discarded", peer.attributeDiscards],
    ["Routes in Adj-RIB-In", peer.routes],
    ["Routes accepted", peer.accepted],
    ["Routes advertised", peer.sent],
  ];
  const width = Math.max(...counters.map(([, value]) => String(value).length));
  const line = ([name, value]: readonly [string, number]) =>
    `    ${`${name}:`.padEnd(22)}${String(value).padStart(width)}`;
  return ["  Message Statistics:", ...counters.map(line)];
}

function familyLines(peer: PeerDetail, io: Io): string[] {
  const families = peer.families.filter(({ negotiated, routes, sent }) => negotiated || routes > 0 || sent > 0);
  if (families.length === 0) return [];
  const columns: Column[] = [
    { title: "Family" },
    { title: "Routes", align: "right" },
    { title: "Accepted", align: "right" },
    { title: "Advertised", align: "right" },
    { title: "End-of-RIB", fit: "sentence" },
  ];
  const rows = families.map(({ family, routes, accepted, sent, eorAt, staleBefore }) => ({
    cells: [
      family,
      String(routes),
      String(accepted),
      String(sent),
      `${eorAt ?? "not yet"}${staleBefore === null ? "" : `, stale before ${staleBefore}`}`,
    ],
  }));
  return [
    "  Families:",
    ...[...tableLines(columns, rows, io.useColour, tableWidth(io) - 3)].map((line) => `   ${line}`),
  ];
}

function eventLines({ events }: PeerDetail): string[] {
  if (events.length === 0) return [];
  const lines = events.flatMap(({ at, kind, text, hex }) => [
    `    ${at}  ${kind}: ${printable(text)}`,
    // The text of a NOTIFICATION says all that it has.
    ...hex === null || kind === "notification"
      ? []
      : [`      message: ${hex.length > 80 ? `${hex.slice(0, 80)}…` : hex}`],
  ]);
  return ["  Events, newest first:", ...lines];
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
  if (remoteRole !== null) return `the peer announces ${remoteRole}`;
  return capabilities === null ? "not compared yet" : "the peer announces no role";
}

export function detailJson(peer: PeerDetail, indent?: number): string {
  return toJson<StoredPeerDetailJson>({ ...peer, capabilities: capabilityList(peer) }, indent);
}
