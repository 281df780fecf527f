/** The answers to `show neighbor` and `help`. */

import { jsonText } from "./json_text.ts";
import type { Neighbor } from "./neighbors.ts";
import { familyWords } from "./nlri.ts";

/** A neighbor with its counters. */
export interface NeighborFacts {
  readonly neighbor: Neighbor;
  /** UPDATE messages. */
  readonly sent: number;
  readonly received: number;
  /** The age of the session, or of the time without a session. */
  readonly sinceSeconds: number;
}

type Form = "summary" | "extensive" | "configuration" | "json" | undefined;

export function neighborLines(form: Form, all: readonly NeighborFacts[]): string[] {
  switch (form) {
    case "summary":
      return [
        "Peer            AS        up/down state       |     #sent     #recvd",
        ...all.filter(({ neighbor }) => neighbor.isEstablished).map(summaryLine),
      ];
    case "extensive":
      return all.flatMap(extensiveLines);
    case "configuration":
      return all.flatMap(configurationLines);
    case "json":
      return [jsonText(all.map(neighborJson))];
    case undefined:
      return [
        "please specify summary, extensive or configuration",
        "you can filter by peer ip address adding it after the word neighbor",
      ];
  }
}

function summaryLine({ neighbor, sent, received, sinceSeconds }: NeighborFacts): string {
  const age = neighbor.isEstablished ? ageText(sinceSeconds) : "down";
  const state = neighbor.isEstablished ? "established" : "idle";
  return `${neighbor.address.padEnd(15)} ${asText(neighbor).padEnd(7)} ${age.padStart(9)} ${state.padEnd(12)}` +
    ` ${String(sent).padStart(10)} ${String(received).padStart(10)}`;
}

function extensiveLines({ neighbor, sent, received, sinceSeconds }: NeighborFacts): string[] {
  const { address, localAddress, localAs, routerId, families, isEstablished } = neighbor;
  const row = (name: string, one = "", two = "", three = "") =>
    `   ${name.padEnd(20)} ${one.padStart(15)} ${two.padStart(15)} ${three.padStart(15)}`;
  return [
    `Neighbor ${address}`,
    "",
    "  Session                         Local",
    row("local", localAddress ?? "n/a"),
    row("state", isEstablished ? "ESTABLISHED" : "IDLE"),
    row(isEstablished ? "up for" : "down for", ageText(sinceSeconds)),
    "",
    "  Setup                           Local          Remote",
    row("AS", String(localAs), asText(neighbor)),
    row("ID", routerId),
    "",
    "  Families                        Local          Remote        Add-Path",
    ...families.map((family) => row(`${familyWords(family)}:`, "enabled", "enabled", "n/a")),
    "",
    "  Message Statistic                Sent        Received",
    row("update:", String(sent), String(received)),
    "",
  ];
}

/** What bgpd knows of a neighbor, in the form of ExaBGP's configuration. */
function configurationLines({ neighbor }: NeighborFacts): string[] {
  const { address, localAddress, localAs, routerId, families } = neighbor;
  return [
    `neighbor ${address} {`,
    `\trouter-id ${routerId};`,
    ...localAddress === null ? [] : [`\tlocal-address ${localAddress};`],
    `\tlocal-as ${localAs};`,
    `\tpeer-as ${asText(neighbor)};`,
    "\tfamily {",
    ...families.map((family) => `\t\t${familyWords(family)};`),
    "\t}",
    "}",
  ];
}

function neighborJson({ neighbor, sent, received, sinceSeconds }: NeighborFacts) {
  const { address, localAddress, localAs, peerAs, routerId, isEstablished } = neighbor;
  return {
    "peer-address": address,
    "local-address": localAddress,
    "local-as": localAs,
    "peer-as": peerAs,
    "local-id": routerId,
    state: isEstablished ? "established" : "idle",
    duration: isEstablished ? Math.floor(sinceSeconds) : 0,
    families: neighbor.families.map(familyWords),
    messages: { update: [sent, received] },
  };
}

function asText({ peerAs }: Neighbor): string {
  return peerAs === null ? "n/a" : String(peerAs);
}

/** `1 day, 2:03:04`. */
function ageText(seconds: number): string {
  const whole = Math.floor(seconds), days = Math.floor(whole / 86_400);
  const two = (value: number) => String(value).padStart(2, "0");
  const time = `${Math.floor(whole / 3600) % 24}:${two(Math.floor(whole / 60) % 60)}:${two(whole % 60)}`;
  return days === 0 ? time : `${days} day${days === 1 ? "" : "s"}, ${time}`;
}

export const helpLines: readonly string[] = [
  "",
  "available API commands are listed here:",
  "=======================================",
  "",
  "filter can be: [local-ip <ip>][local-as <asn>][peer-as <asn>][router-id <router-id>]",
  "",
  "command are:",
  "------------",
  "",
  ...[
    "announce route",
    "announce attributes",
    "announce ipv4",
    "announce ipv6",
    "announce flow",
    "announce vpls",
    "announce eor",
    "announce route-refresh",
    "announce operational",
    "withdraw route",
    "withdraw attributes",
    "withdraw ipv4",
    "withdraw ipv6",
    "withdraw flow",
    "withdraw vpls",
    "teardown",
    "flush adj-rib out",
    "clear adj-rib",
  ].map((command) => `[neighbor <ip> [filters]] ${command}`),
  "# ",
  "announce watchdog ",
  "withdraw watchdog ",
  "show neighbor [ summary | extensive | configuration | json ] ",
  "show adj-rib in [ extensive ] ",
  "show adj-rib out [ extensive ] ",
  "enable-ack ",
  "disable-ack ",
  "silence-ack ",
  "help ",
  "reload ",
  "restart ",
  "shutdown ",
  "reset ",
  "version ",
  "",
];
