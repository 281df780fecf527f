/**
 * A route on the command line: `203.0.113.0/24 next-hop 192.0.2.1 med 5 community 65000:1`. FlowSpec rules and routes
 * of other families begin with a word: `flow destination 192.0.2.0/24 then discard`, `evpn mac-ip rd …`. Any route may
 * begin with its family: `vpnv4 10.0.0.0/8 rd …`.
 */

import { isFlowActionWord } from "../../../message/flow_actions.ts";
import { evpnTypeNames } from "../../../message/nlri/evpn_text.ts";
import { parseRd } from "../../../message/nlri/rd.ts";
import type { AnnouncementText, DestinationText } from "../../../store/mod.ts";
import { type Family, familyByName, parseAddress } from "../../../types/mod.ts";
import { type Input, type Option, UsageError } from "../command.ts";
import { parseDuration } from "../text/time.ts";

/** What a keyword gives: a column, or, `for`, how long the route stays. */
type Field = keyof Omit<AnnouncementText, "prefix" | "rule" | "actions" | "nlri"> | "for";
type Values = Map<Field, string>;

interface Keyword {
  readonly field: Field;
  readonly names: readonly [string, ...string[]];
  /** The value: one word, or all words up to the next keyword. */
  readonly takes: "word" | "number" | "list";
  readonly placeholder: string;
  readonly doc: string;
  readonly completes?: Option["completes"];
}

/** The first name is also the name of the option. */
const keywords: readonly Keyword[] = [
  {
    field: "nextHop",
    names: ["next-hop", "nexthop", "next_hop"],
    takes: "word",
    placeholder: "ADDRESS",
    doc: "NEXT_HOP: an address, or self (default)",
  },
  {
    field: "asPath",
    names: ["as-path", "as_path", "aspath"],
    takes: "list",
    placeholder: "PATH",
    doc: 'AS_PATH before our own AS is prepended, for example "65000 500"',
  },
  {
    field: "origin",
    names: ["origin"],
    takes: "word",
    placeholder: "ORIGIN",
    doc: "ORIGIN: igp (default), egp or incomplete",
    completes: ["igp", "egp", "incomplete"],
  },
  {
    field: "med",
    names: ["med", "metric", "multi-exit-disc"],
    takes: "number",
    placeholder: "N",
    doc: "MULTI_EXIT_DISC",
  },
  {
    field: "localPref",
    names: ["local-pref", "local-preference", "local_pref"],
    takes: "number",
    placeholder: "N",
    doc: "LOCAL_PREF, for iBGP peers only",
  },
  {
    field: "communities",
    names: ["community", "communities"],
    takes: "list",
    placeholder: "LIST",
    doc: 'communities, for example "65000:1 no-export"',
  },
  {
    field: "largeCommunities",
    names: ["large-community", "large-communities"],
    takes: "list",
    placeholder: "LIST",
    doc: 'large communities, for example "65000:1:2"',
  },
  {
    field: "extCommunities",
    names: ["ext-community", "extended-community", "ext-communities", "rt"],
    takes: "list",
    placeholder: "LIST",
    doc: 'extended communities, for example "rt:65000:100"; rt 65000:100 is the same',
  },
  {
    field: "peer",
    names: ["peer", "neighbor", "neighbour"],
    takes: "word",
    placeholder: "PEER",
    doc: "announce to this peer only (name, address or description)",
  },
  {
    field: "for",
    names: ["for"],
    takes: "word",
    placeholder: "TIME",
    doc: "withdraw the route by itself after this time: 30s, 10m, 2h or 1d",
  },
  {
    field: "expiresAt",
    names: ["until", "expires-at", "expires_at"],
    takes: "word",
    placeholder: "TIME",
    doc: "withdraw the route by itself at this time, such as 2026-12-31T18:00:00Z",
  },
  {
    field: "comment",
    names: ["comment"],
    takes: "list",
    placeholder: "TEXT",
    doc: "text for people, kept with the route",
  },
  {
    field: "rd",
    names: ["rd", "route-distinguisher"],
    takes: "word",
    placeholder: "RD",
    doc: "Route Distinguisher of a VPN route, for example 65000:1",
  },
  {
    field: "labels",
    names: ["label", "labels"],
    takes: "list",
    placeholder: "LIST",
    doc: "MPLS labels of a VPN or labelled route",
  },
  {
    field: "family",
    names: ["family"],
    takes: "word",
    placeholder: "FAMILY",
    doc: "family, if the destination does not tell it, for example ipv4-multicast",
    completes: "families",
  },
];

export const announceOptions: readonly Option[] = keywords.map(({ names, placeholder, doc, completes }) => ({
  flags: `--${names[0]} ${placeholder}`,
  doc,
  ...completes === undefined ? {} : { completes },
}));

/** The words that a shell offers after the prefix. */
export const attributeWords: readonly string[] = keywords.map(({ names }) => names[0]);

export const withdrawOptions: readonly Option[] = [
  {
    flags: "--peer PEER",
    doc: "withdraw the route that was announced to this peer only (name, address or description)",
  },
  { flags: "--rd RD", doc: "Route Distinguisher of a VPN route" },
  { flags: "--family FAMILY", doc: "family, if the destination does not tell it", completes: "families" },
];

/** Options of `announce` that a rule of the original bgpd has. */
export const flowOptions: readonly Option[] = [{
  flags: "-m, --matches RULE",
  doc: 'a part of a FlowSpec rule, for example "destination-port >8000&<=8080"; may be given several times',
  isList: true,
}];

/** Reads a route from words, options, or both. `now`: for `for`. The daemon checks the values. */
export function announcementOf(input: Input, now: number): AnnouncementText {
  const { destination, values } = read(input, "announce");
  for (const { field, names } of keywords) {
    const value = input.text(names[0]);
    if (value === undefined) continue;
    if (values.has(field)) throw new UsageError(`${names[0]} is given twice`);
    values.set(field, value);
  }
  const text = (field: Field) => values.get(field) ?? null;
  return {
    prefix: null,
    rule: null,
    actions: null,
    nlri: null,
    rd: text("rd"),
    family: text("family"),
    ...destination,
    nextHop: text("nextHop") ?? "self",
    peer: text("peer"),
    asPath: text("asPath"),
    origin: text("origin")?.toLowerCase() ?? null,
    med: number(text("med"), "med"),
    localPref: number(text("localPref"), "local-pref"),
    communities: text("communities"),
    largeCommunities: text("largeCommunities"),
    extCommunities: text("extCommunities"),
    labels: text("labels"),
    expiresAt: expiryOf(values, now),
    comment: text("comment"),
  };
}

/** Reads what to withdraw: `PREFIX [peer PEER]`. Attributes may follow, as in `announce`; they are ignored. */
export function withdrawalOf(input: Input): DestinationText {
  const { destination, values } = read(input, "withdraw");
  const text = (field: Field) => values.get(field) ?? input.text(field) ?? null;
  const { actions: _actions, ...named } = destination;
  return { prefix: null, rule: null, nlri: null, rd: text("rd"), family: text("family"), ...named, peer: text("peer") };
}

type DestinationWords = Partial<Pick<AnnouncementText, "prefix" | "rule" | "actions" | "nlri" | "family">>;

function read(input: Input, command: string): { destination: DestinationWords; values: Values } {
  const [first, ...others] = input.words;
  const words = first === "route" ? others : input.words;
  const word = words[0]?.toLowerCase();
  if (word === undefined) throw new UsageError(`${command} needs a prefix, for example 203.0.113.0/24`);
  if (word === "flow" || word === "flowspec") return flowOf(words.slice(1), input.list("matches"));
  if (evpnTypeNames.includes(word)) return nlriOf("evpn", words);
  const front = familyInFront(words);
  if (front === undefined) return prefixOf(words);
  const { family, count } = front;
  const name = words.slice(0, count).join(" "), rest = words.slice(count);
  if (rest.length === 0) throw new UsageError(`${name} needs a destination; see bgpd ${command} --help`);
  const found = family.kind.startsWith("flowspec")
    ? flowOf(rest, input.list("matches"))
    : prefixKinds.includes(family.kind)
    ? prefixOf(rest)
    : nlriOf(name, rest);
  return { ...found, destination: { ...found.destination, family: name } };
}

const prefixKinds: readonly Family["kind"][] = ["prefix", "labeled", "vpn"];

/** The family that the first words name, and how many words they are: `vpnv4 …`, `ipv4 flowspec …`. */
function familyInFront(words: readonly string[]): { family: Family; count: number } | undefined {
  for (const count of [3, 2, 1]) {
    const front = words.slice(0, count);
    const family = front.length < count || front.some((word) => /[/ ]/.test(word))
      ? undefined
      : familyByName(front.join(" "));
    if (family !== undefined) return { family, count };
  }
  return undefined;
}

/** `10.0.0.0/8 med 5`; and as bgpd prints a route of a VPN: `65000:1 10.0.0.0/8 label 100`. */
function prefixOf([first, second, ...others]: readonly string[]): { destination: DestinationWords; values: Values } {
  const isOfVpn = !first!.includes("/") && second?.includes("/") === true && parseRd(first!) !== undefined;
  if (isOfVpn) return { destination: { prefix: second }, values: valuesOf(["rd", first!, ...others]) };
  return { destination: { prefix: first! }, values: valuesOf(second === undefined ? [] : [second, ...others]) };
}

/** `mac-ip rd 65000:1 … label 100 next-hop 192.0.2.1`: the words up to the first attribute are the destination. */
function nlriOf(family: string, words: readonly string[]): { destination: DestinationWords; values: Values } {
  // Behind "pmsi" stands a type of tunnel, then the word "label" or "vni".
  const isOfNlri = (word: string, i: number) => nlriWords.includes(word.toLowerCase()) || words[i - 2] === "pmsi";
  const end = words.findIndex((word, i) => keywordOf(word) !== undefined && !isOfNlri(word, i));
  const nlri = words.slice(0, end === -1 ? words.length : end).join(" ");
  if (nlri === "") throw new UsageError(`${family} needs a destination; see bgpd announce --help`);
  const values = valuesOf(end === -1 ? [] : words.slice(end));
  // GoBGP writes the RD after the label.
  const rd = values.get("rd");
  values.delete("rd");
  return { destination: { family, nlri: rd === undefined ? nlri : `${nlri} rd ${rd}` }, values };
}

/** Keywords that are words of destinations, too. */
const nlriWords: readonly string[] = ["rd"];

/** Words between the parts of a rule in the languages of other programs. */
const fillers: readonly string[] = ["match", "then", "route"];

/**
 * `destination 192.0.2.0/24 protocol =udp then discard community 65000:1`, and the rule of the original bgpd:
 * `ipv4 "traffic-rate 24000" -m "source 192.0.2.0/24"`.
 */
function flowOf(given: readonly string[], matches: readonly string[]): {
  destination: DestinationWords;
  values: Values;
} {
  const words = flowWords(given);
  const isAncestor = /^ipv[46]$/i.test(words[0] ?? "");
  const family = isAncestor ? { family: `${words.shift()!.toLowerCase()} flowspec` } : {};
  const rule: string[] = [], actions: string[] = [], attributes: string[] = [];
  let section = rule;
  for (let at = 0; at < words.length; at++) {
    const word = words[at]!;
    const keyword = keywordOf(word);
    if (keyword !== undefined && keyword.takes !== "list") {
      // One value, and the rule may go on behind it.
      attributes.push(word, ...words.slice(at + 1, at + 2));
      at++;
      continue;
    }
    if (isFlowActionWord(word)) section = actions;
    else if (keyword !== undefined) section = attributes;
    section.push(word);
  }
  rule.push(...flowWords(matches));
  if (rule.length === 0) {
    throw new UsageError("flow needs a rule, for example: flow destination 192.0.2.0/24 protocol =udp then discard");
  }
  const texts = { rule: rule.join(" "), actions: actions.length === 0 ? null : actions.join(" ") };
  return { destination: { ...family, ...texts }, values: valuesOf(attributes) };
}

/** The words without those between the parts, and without brackets. */
function flowWords(texts: readonly string[]): string[] {
  return texts.flatMap((text) => text.split(/\s+/)).map((word) => word.replace(/[;{}]+$/, "").replace(/^[{]+/, ""))
    .filter((word) => word !== "" && !fillers.includes(word.toLowerCase()));
}

function expiryOf(values: Values, now: number): string | null {
  const time = values.get("for"), at = values.get("expiresAt");
  if (time === undefined) return at ?? null;
  if (at !== undefined) throw new UsageError("for and until say the same: keep one of them");
  return new Date(now + parseDuration(time)).toISOString();
}

function valuesOf(words: readonly string[]): Values {
  const values: Values = new Map();
  let at = 0;
  // The next hop may follow the prefix without its keyword.
  const second = words[0];
  if (second !== undefined && (second === "self" || parseAddress(second) !== undefined)) {
    values.set("nextHop", second);
    at++;
  }
  while (at < words.length) {
    const name = words[at++]!;
    const keyword = keywordOf(name);
    if (keyword === undefined) throw new UsageError(`unknown attribute "${name}"; see bgpd announce --help`);
    if (values.has(keyword.field)) throw new UsageError(`${keyword.names[0]} is given twice`);
    const from = at;
    if (keyword.takes === "list") { while (at < words.length && keywordOf(words[at]!) === undefined) at++; }
    else at++;
    const value = words.slice(from, at).join(" ").replace(/^\s*\[(.*)\]\s*$/, "$1").trim();
    if (value === "") throw new UsageError(`${name} needs a value`);
    values.set(keyword.field, name.toLowerCase() === "rt" ? routeTargets(value) : value);
  }
  return values;
}

/** The words of GoBGP: `rt 65000:100 65000:200`. */
function routeTargets(value: string): string {
  return value.split(/[\s,]+/).map((word) => word.startsWith("rt:") ? word : `rt:${word}`).join(" ");
}

function keywordOf(word: string): Keyword | undefined {
  return keywords.find(({ names }) => names.includes(word.toLowerCase()));
}

function number(text: string | null, name: string): number | null {
  if (text === null) return null;
  const value = /^\d{1,10}$/.test(text) ? Number(text) : NaN;
  if (value <= 0xffff_ffff) return value;
  throw new UsageError(`${name} takes a whole number from 0 to 4294967295, not "${text}"`);
}
