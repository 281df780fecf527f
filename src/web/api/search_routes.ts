/** The search of the page: what people type can be an address, a prefix, an AS, a community, an AS path or a name. */

import { communityOf } from "../../control/cli/route_options.ts";
import type { RouteFilter, RouteRow, WebReader } from "../../store/mod.ts";
import { formatPrefix, maskPrefix, parseAddress, parseAsn, parsePrefix } from "../../types/mod.ts";
import { WebError } from "../answers/answer.ts";
import { apiRoute, Made } from "./api_route.ts";
import { expressionOf, limit, limitOf } from "./parameters.ts";

export interface SearchResult {
  readonly kind: "prefix" | "as" | "peer" | "router" | "route";
  readonly title: string;
  readonly detail: string;
  /** What the page shows: a prefix, the number of an AS, the name of a peer or router. */
  readonly target: string;
}

/** What a text means; of several meanings, the first one here. */
export type Meaning =
  | QuickMeaning
  | { readonly kind: "community" | "as_path"; readonly filter: RouteFilter };

type QuickMeaning =
  | { readonly kind: "address"; readonly address: string }
  | { readonly kind: "prefix"; readonly prefix: string }
  | { readonly kind: "as"; readonly asn: number }
  | { readonly kind: "text"; readonly text: string };

const longestText = 300;
const usualResults = 50;

export const searchRoutes = [
  apiRoute({
    path: "/search",
    shape: "search",
    summary: "what a text means: an address, a prefix, an AS, a community, an AS path, or a part of a name",
    parameters: [
      { name: "q", in: "query", doc: "what people type", example: "192.0.2.7" },
      limit,
    ],
    run(asked, { reader }) {
      const text = (asked.parameter("q") ?? "").trim();
      if (text === "") throw new WebError(400, "q is missing");
      if (text.length > longestText) throw new WebError(400, `q has more than ${longestText} characters`);
      const meaning = meaningOf(text), most = limitOf(asked, usualResults, 500);
      const head = { q: text, kind: meaning.kind };
      if ("filter" in meaning) {
        return new Made({
          headers: { "content-type": "application/json; charset=utf-8" },
          body: routeParts(reader, meaning.filter, head, most),
        });
      }
      return { ...head, results: quick(reader, meaning, most), next: null, notice: null };
    },
  }),
];

/** Throws {@link WebError} where the text looks like an AS path expression and is none. */
export function meaningOf(text: string): Meaning {
  if (parseAddress(text) !== undefined) return { kind: "address", address: text };
  const prefix = parsePrefix(text) ?? withoutHostBits(text);
  if (prefix !== undefined) return { kind: "prefix", prefix: formatPrefix(prefix) };
  const asn = /^(AS)?\s?\d+(\.\d+)?$/i.test(text) ? parseAsn(text.replace(/^AS\s?/i, "")) : undefined;
  if (asn !== undefined) return { kind: "as", asn };
  const community = communityIn(text);
  if (community !== undefined) return { kind: "community", filter: { community } };
  if (/^[\^_]|[_$]$|^\d+( \d+)+$/.test(text)) {
    // Numbers with spaces stand somewhere in the path.
    const expression = /^[\d ]+$/.test(text) ? `_${text.replaceAll(/ +/g, " ")}_` : text;
    return { kind: "as_path", filter: { asPath: expressionOf(expression) } };
  }
  return { kind: "text", text };
}

/** 192.0.2.7/24 means 192.0.2.0/24 to a person. */
function withoutHostBits(text: string) {
  const [address = "", length = ""] = text.split("/");
  const octets = parseAddress(address);
  if (octets === undefined || !/^\d{1,3}$/.test(length) || Number(length) > octets.length * 8) return undefined;
  return maskPrefix(octets, Number(length));
}

function communityIn(text: string): string | undefined {
  if (!/^[\w.-]+(:[\w.]+)+$|^[a-z]+(-[a-z]+)+$/i.test(text)) return undefined;
  try {
    return communityOf(text);
  } catch {
    return undefined;
  }
}

function quick(reader: WebReader, meaning: QuickMeaning, most: number): SearchResult[] {
  switch (meaning.kind) {
    case "address":
      return [
        ...unique(reader.longestMatches(meaning.address).map(({ prefix }) => prefix)).map((prefix) =>
          prefixResult(reader, prefix, "the longest match")
        ),
        ...named(reader, meaning.address, most),
      ];
    case "prefix":
      return prefixResults(reader, meaning.prefix, most);
    case "as":
      return [asResult(reader, meaning.asn), ...named(reader, String(meaning.asn), most)];
    case "text":
      return named(reader, meaning.text, most);
  }
}

function prefixResults(reader: WebReader, prefix: string, most: number): SearchResult[] {
  const covering = reader.covering(prefix).filter((each) => each !== prefix);
  const inside = reader.moreSpecific(prefix, Math.min(20, most));
  return [
    prefixResult(reader, prefix, "the prefix itself"),
    ...covering.map((each) => prefixResult(reader, each, "contains it")),
    ...inside.map((each) => prefixResult(reader, each, "inside it")),
  ].slice(0, most);
}

function prefixResult(reader: WebReader, prefix: string, what: string): SearchResult {
  const routes = [...reader.routes({ prefix, limit: 100 })];
  const best = routes.find((route) => route.best);
  const origins = unique(routes.flatMap(({ originAs }) => originAs ?? []));
  const many = routes.length === 1 ? "1 route" : `${routes.length} routes`;
  const detail = routes.length === 0
    ? "no route now"
    : `${many}, from AS${origins.join(", AS")}${best === undefined ? "" : `, best by ${best.peer}`}`;
  return { kind: "prefix", title: prefix, detail: `${what}: ${detail}`, target: prefix };
}

function asResult(reader: WebReader, asn: number): SearchResult {
  const counts = reader.originCounts(asn);
  const peers = reader.peersOfAs(asn);
  const originates = counts.length === 0
    ? "originates nothing here"
    : `originates ${counts.map(({ family, prefixes }) => `${prefixes} ${family}`).join(", ")}`;
  const isPeer = peers.length === 0 ? "" : `; peer ${peers.map(({ name }) => name).join(", ")}`;
  return { kind: "as", title: `AS${asn}`, detail: originates + isPeer, target: String(asn) };
}

function named(reader: WebReader, text: string, most: number): SearchResult[] {
  return reader.thingsNamed(text, most).map(({ kind, name, description, address, asn, state }) => ({
    kind,
    title: name,
    detail: [description, address, asn === null ? undefined : `AS${asn}`, state].filter((each) => each).join(", "),
    target: name,
  }));
}

/** The first routes that match, as they are found; an empty part where nothing was found for a while. */
function* routeParts(
  reader: WebReader,
  filter: RouteFilter,
  head: Readonly<Record<string, unknown>>,
  most: number,
): Generator<string> {
  let text = JSON.stringify(head).slice(0, -1) + ',"results":[', separator = "", left = most, isWhole = true;
  for (const { rows, next } of reader.routeSlices(filter, { most })) {
    for (const row of rows.slice(0, left)) {
      text += separator + JSON.stringify(routeResult(row));
      separator = ",";
    }
    left -= rows.length;
    yield text;
    text = "";
    isWhole = next === undefined;
    if (left <= 0) break;
  }
  const notice = isWhole ? null : `the first ${most} routes; more match`;
  yield `${text}],"next":null,"notice":${JSON.stringify(notice)}}\n`;
}

function routeResult({ prefix, nlri, peer, asPath, best }: RouteRow): SearchResult {
  const target = prefix ?? nlri ?? "";
  return { kind: "route", title: nlri ?? target, detail: `${peer}${best ? ", best" : ""}: ${asPath}`, target };
}

function unique<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}
