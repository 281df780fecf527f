/** A line that a program writes for ExaBGP, as a command. */

import { flowOf } from "./flow.ts";
import { type Selector, splitSelectors } from "./neighbors.ts";
import { emptyDraft, prefixOf, readAttribute, requireEnd, routesOf, type RouteText } from "./route.ts";
import { vplsOf } from "./vpls.ts";
import { Words, wordsOf, WrongCommand } from "./words.ts";

export type Action = "announce" | "withdraw";

export type Command =
  /** An empty line, or a comment: ExaBGP answers `done` to a comment. */
  | { readonly kind: "nothing" }
  | { readonly kind: "comment" }
  | { readonly kind: "routes"; readonly action: Action; readonly routes: readonly RouteText[] }
  | { readonly kind: "watchdog"; readonly action: Action; readonly name: string | undefined }
  | { readonly kind: "endOfRib"; readonly family: string }
  | { readonly kind: "routeRefresh"; readonly family: string }
  | { readonly kind: "operational" }
  | { readonly kind: "teardown"; readonly code: number }
  | { readonly kind: "flush" }
  | { readonly kind: "clear"; readonly direction: "in" | "out" }
  | ShowNeighbor
  | ShowRoutes
  | { readonly kind: "acknowledge"; readonly how: "enable" | "disable" | "silence" }
  | { readonly kind: "control"; readonly word: ControlWord };

export interface ShowNeighbor {
  readonly kind: "showNeighbor";
  readonly form: "summary" | "extensive" | "configuration" | "json" | undefined;
  /** Only this neighbor. */
  readonly address: string | undefined;
}

export interface ShowRoutes {
  readonly kind: "showRoutes";
  readonly direction: "in" | "out";
  readonly isExtensive: boolean;
  readonly isJson: boolean;
  /** Only routes of this neighbor. */
  readonly address: string | undefined;
  readonly only: "inet" | "flow" | "l2vpn" | undefined;
}

const controlWords = [
  "help",
  "version",
  "reload",
  "restart",
  "shutdown",
  "reset",
  "crash",
  "ping",
  "status",
  "bye",
] as const;
export type ControlWord = typeof controlWords[number];

/** A command, and the neighbors that it is for. */
export interface AddressedCommand {
  readonly selectors: readonly Selector[];
  readonly command: Command;
}

/** Throws {@link WrongCommand}. */
export function readCommand(line: string): AddressedCommand {
  const text = line.trim();
  if (text === "") return { selectors: [], command: { kind: "nothing" } };
  if (text.startsWith("#")) return { selectors: [], command: { kind: "comment" } };
  const { selectors, rest } = splitSelectors(wordsOf(text));
  return { selectors, command: commandOf(rest) };
}

function commandOf(all: readonly string[]): Command {
  const [first = "", ...rest] = all;
  switch (first) {
    case "announce":
    case "withdraw":
      return routesCommand(first, rest);
    case "teardown":
      if (!/^\d{1,3}$/.test(rest[0] ?? "") || Number(rest[0]) > 255) {
        throw new WrongCommand("teardown needs a subcode of Cease, such as 4");
      }
      return { kind: "teardown", code: Number(rest[0]) };
    case "show":
      return showCommand(rest);
    case "flush":
      return { kind: "flush" };
    case "clear":
      return { kind: "clear", direction: rest.some((word) => word === "in" || word === "adj-rib-in") ? "in" : "out" };
    case "enable-ack":
    case "disable-ack":
    case "silence-ack":
      return { kind: "acknowledge", how: first.slice(0, -4) as "enable" | "disable" | "silence" };
    // Acknowledgements say what is done: bgpd writes each row before it answers.
    case "enable-sync":
    case "disable-sync":
      return { kind: "comment" };
  }
  const word = controlWords.find((each) => each === first);
  if (word === undefined) throw new WrongCommand(`unknown command "${all.join(" ")}"`);
  return { kind: "control", word };
}

/** ExaBGP's words for families, where they are not those of bgpd. */
const safiWords: Readonly<Record<string, string>> = {
  "nlri-mpls": "labeled",
  "labeled-unicast": "labeled",
  "mpls-vpn": "vpn",
  "flow": "flowspec",
  "flow-vpn": "flowspec-vpn",
  "mcast-vpn": "mvpn",
};

/** `ipv4 mpls-vpn` as bgpd names it; `undefined`: neither word means a family. */
export function familyName(afi: string, safi: string): string | undefined {
  if (afi === "l2vpn") return safi === "evpn" || safi === "vpls" ? safi : undefined;
  if (afi === "bgp-ls") return safi === "bgp-ls-vpn" ? "bgp-ls vpn" : "bgp-ls";
  if (afi !== "ipv4" && afi !== "ipv6") return undefined;
  return safi === "rtc" ? "rtc" : `${afi} ${safiWords[safi] ?? safi}`;
}

function familyOf(words: readonly string[]): string {
  if (words.length === 0) return "ipv4 unicast";
  const name = words.length === 2 ? familyName(words[0]!, words[1]!) : undefined;
  if (name === undefined) throw new WrongCommand(`"${words.join(" ")}" is not a family`);
  return name;
}

function routesCommand(action: Action, rest: readonly string[]): Command {
  const [what = "", ...others] = rest;
  const words = new Words(others);
  switch (what) {
    case "route":
      return { kind: "routes", action, routes: routesOfPrefix(words) };
    case "attribute":
    case "attributes":
      return { kind: "routes", action, routes: routesOfAttributes(words) };
    case "flow":
      return { kind: "routes", action, routes: [flowOf(words)] };
    case "vpls":
      return { kind: "routes", action, routes: [vplsOf(words)] };
    case "l2vpn":
      if (!words.take("vpls")) throw new WrongCommand(`l2vpn is followed by vpls, not "${others[0] ?? ""}"`);
      return { kind: "routes", action, routes: [vplsOf(words)] };
    case "ipv4":
    case "ipv6":
      return { kind: "routes", action, routes: routesOfFamily(what, words) };
    case "watchdog":
      return { kind: "watchdog", action, name: others[0] };
    case "eor":
      if (action === "announce") return { kind: "endOfRib", family: familyOf(others) };
      break;
    case "route-refresh":
      if (action === "announce") return { kind: "routeRefresh", family: familyOf(others) };
      break;
    case "operational":
      if (action === "announce") return { kind: "operational" };
  }
  throw new WrongCommand(`${action} is followed by route, attributes, flow, vpls or a family, not "${what}"`);
}

/** `192.0.2.0/24 next-hop …`. */
function routesOfPrefix(words: Words, family?: string): RouteText[] {
  const prefix = prefixOf(words.next("route"));
  const draft = emptyDraft();
  words.take("{");
  while (words.take(";") || readAttribute(words, draft));
  requireEnd(words);
  return routesOf(prefix, draft, family);
}

/** `next-hop … nlri 192.0.2.0/24 198.51.100.0/24`. */
function routesOfAttributes(words: Words): RouteText[] {
  const draft = emptyDraft();
  while (readAttribute(words, draft));
  if (!words.take("nlri")) throw new WrongCommand(words.isDone ? "nlri is missing" : `unknown word "${words.peek()}"`);
  const prefixes = [];
  while (!words.isDone) if (!words.take(",")) prefixes.push(prefixOf(words.next("nlri")));
  if (prefixes.length === 0) throw new WrongCommand("nlri needs a prefix");
  return prefixes.flatMap((prefix) => routesOf(prefix, draft));
}

/** `ipv4 unicast 192.0.2.0/24 next-hop …`, `ipv4 flow destination 192.0.2.0/24 …`. */
function routesOfFamily(afi: "ipv4" | "ipv6", words: Words): RouteText[] {
  const safi = words.next(afi);
  const family = familyName(afi, safi);
  if (safi === "flow" || safi === "flow-vpn") return [flowOf(new Words(["route", ...words.rest()]))];
  if (family === undefined || !/ (unicast|multicast|labeled|vpn)$/.test(family)) {
    throw new WrongCommand(`bgpd cannot announce routes of ${afi} ${safi}`);
  }
  return routesOfPrefix(words, family);
}

function showCommand(words: readonly string[]): Command {
  const [what = "", ...rest] = words;
  if (what === "neighbor" || what === "neighbors") {
    const form = (["summary", "extensive", "configuration", "json"] as const).find((each) => rest.includes(each));
    return { kind: "showNeighbor", form, address: rest.find((word) => /[.:\d]/.test(word)) };
  }
  const direction = what === "adj-rib" ? rest[0] : /^adj-rib-(in|out)$/.exec(what)?.[1];
  if (direction !== "in" && direction !== "out") {
    throw new WrongCommand("show is followed by neighbor, adj-rib in or adj-rib out");
  }
  return {
    kind: "showRoutes",
    direction,
    isExtensive: rest.includes("extensive"),
    isJson: rest.includes("json"),
    address: rest.find((word) => /[.:\d]/.test(word)),
    only: (["inet", "flow", "l2vpn"] as const).find((each) => rest.includes(each)),
  };
}
