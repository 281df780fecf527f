/** A route on the command line: `203.0.113.0/24 next-hop 192.0.2.1 med 5 community 65000:1`. */

import type { AnnouncementText } from "../../../store/mod.ts";
import { parseAddress } from "../../../types/mod.ts";
import { type Input, type Option, UsageError } from "../command.ts";

type Field = keyof Omit<AnnouncementText, "prefix">;

interface Keyword {
  readonly field: Field;
  readonly names: readonly [string, ...string[]];
  /** The value: one word, or all words up to the next keyword. */
  readonly takes: "word" | "number" | "list";
  readonly placeholder: string;
  readonly doc: string;
  readonly completes?: readonly string[];
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
    names: ["ext-community", "extended-community", "ext-communities"],
    takes: "list",
    placeholder: "LIST",
    doc: 'extended communities, for example "rt:65000:100"',
  },
  {
    field: "peer",
    names: ["peer", "neighbor", "neighbour"],
    takes: "word",
    placeholder: "PEER",
    doc: "announce to this peer only (name, address or description)",
  },
];

export const announceOptions: readonly Option[] = keywords.map(({ names, placeholder, doc, completes }) => ({
  flags: `--${names[0]} ${placeholder}`,
  doc,
  ...completes === undefined ? {} : { completes },
}));

/** The words that a shell offers after the prefix. */
export const attributeWords: readonly string[] = keywords.map(({ names }) => names[0]);

export const withdrawPeerOption: Option = {
  flags: "--peer PEER",
  doc: "withdraw the route that was announced to this peer only (name, address or description)",
};

/** Reads a route from words, options, or both. The daemon checks the values. */
export function announcementOf(input: Input): AnnouncementText & { readonly prefix: string } {
  const [first, ...others] = input.words;
  const [prefix, ...rest] = first === "route" ? others : input.words;
  if (prefix === undefined) throw new UsageError("announce needs a prefix, for example 203.0.113.0/24");
  const values = valuesOf(rest);
  for (const { field, names } of keywords) {
    const value = input.text(names[0]);
    if (value === undefined) continue;
    if (values.has(field)) throw new UsageError(`${names[0]} is given twice`);
    values.set(field, value);
  }
  const text = (field: Field) => values.get(field) ?? null;
  return {
    family: null,
    rd: null,
    labels: null,
    rule: null,
    actions: null,
    nlri: null,
    expiresAt: null,
    comment: null,
    prefix,
    nextHop: text("nextHop") ?? "self",
    peer: text("peer"),
    asPath: text("asPath"),
    origin: text("origin")?.toLowerCase() ?? null,
    med: number(text("med"), "med"),
    localPref: number(text("localPref"), "local-pref"),
    communities: text("communities"),
    largeCommunities: text("largeCommunities"),
    extCommunities: text("extCommunities"),
  };
}

/** Reads `PREFIX [peer PEER]`. Attributes may follow, as in `announce`; they are ignored. */
export function withdrawalOf(input: Input): { prefix: string; peer: string | null } {
  const { prefix, peer } = announcementOf(input);
  return { prefix, peer };
}

function valuesOf(words: readonly string[]): Map<Field, string> {
  const values = new Map<Field, string>();
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
    values.set(keyword.field, value);
  }
  return values;
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
