/** The parameters that several routes have, and how their values are read. */

import { PathExpression } from "../../policy/mod.ts";
import { communityOf, familyOf, rdOf } from "../../control/cli/route_options.ts";
import { parseTime } from "../../control/cli/text/time.ts";
import { whyNoPrefix } from "../../control/prefix_error.ts";
import type { RouteFilter, WebReader } from "../../store/mod.ts";
import { formatPrefix, type Millis, parseAddress, parseAsn, parsePrefix } from "../../types/mod.ts";
import { WebError } from "../answers/answer.ts";
import type { Asked } from "../answers/front.ts";
import type { ApiParameter } from "./api_route.ts";

function query(name: string, doc: string, example?: string): ApiParameter {
  return { name, in: "query", doc, ...example === undefined ? {} : { example } };
}

export const at = query("at", "the state of this time: ISO 8601, or -10m for ten minutes ago", "-1h");
export const limit = query("limit", "how many items at most", "100");
export const cursor = query("cursor", "goes on after an earlier answer: its member next");
export const peer = query("peer", "only of this peer: name, address or description", "transit1");
export const prefix = query("prefix", "a prefix", "192.0.2.0/24");
export const family = query("family", "only of this address family", "ipv6 unicast");
export const format = query("format", "json or ndjson; without it, the header Accept decides", "ndjson");

/** The conditions of a search for routes. */
export const routeParameters: readonly ApiParameter[] = [
  prefix,
  query("match", "of prefix: exact, longer (with all prefixes inside it) or covering (all that contain it)", "longer"),
  query("address", "the longest prefix with a route that contains this address", "192.0.2.7"),
  query("origin_as", "only routes that this AS originates", "65000"),
  query("as_path", "only routes whose AS path matches; _ is a boundary", "_65001_"),
  query("community", "only routes with this community of any kind", "65000:99"),
  peer,
  family,
  query("rd", "only routes with this Route Distinguisher", "65000:1"),
  query("best", "true: only best routes", "true"),
  query("rejected", "true: only ineligible routes", "true"),
  query("received", "true: attributes as received, before import policy", "true"),
  query("ovs", "only routes whose origin is valid, invalid or not-found by RPKI data", "invalid"),
  query("avs", "only routes whose path is valid, invalid or unknown by ASPAs", "invalid"),
];

/** Longer expressions are refused: an expression takes time in proportion to its length and that of each path. */
const longestExpression = 300;

/** Throws `WebError` or `UsageError` for a wrong value. */
export function routeFilter(asked: Asked, reader: WebReader): RouteFilter & { readonly covering?: string } {
  const prefix = prefixOf(asked.parameter("prefix")), match = asked.parameter("match");
  if (match !== undefined && !["exact", "longer", "covering"].includes(match)) {
    throw new WebError(400, `match is exact, longer or covering, not "${match}"`);
  }
  if (match !== undefined && prefix === undefined) throw new WebError(400, "match needs prefix");
  const address = addressOf(asked.parameter("address"));
  if (address !== undefined && prefix !== undefined) throw new WebError(400, "give prefix or address, not both");
  const [best, rejected] = [flag(asked, "best"), flag(asked, "rejected")];
  if (best && rejected) throw new WebError(400, "best cannot be combined with rejected: the best route is eligible");
  const filter: RouteFilter = {
    prefix: match === "covering" ? undefined : prefix,
    longer: match === "longer",
    address,
    originAs: asnOf(asked.parameter("origin_as"), "origin_as"),
    asPath: expressionOf(asked.parameter("as_path")),
    community: communityOf(asked.parameter("community")),
    peer: peerOf(reader, asked.parameter("peer")),
    family: familyOf(asked.parameter("family")),
    rd: rdOf(asked.parameter("rd")),
    best,
    rejected,
    received: flag(asked, "received"),
    ovs: oneOf(asked, "ovs", ["valid", "invalid", "not-found"]),
    avs: oneOf(asked, "avs", ["valid", "invalid", "unknown"]),
  };
  return { ...filter, ...match === "covering" && prefix !== undefined && { covering: prefix } };
}

export function prefixOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const parsed = parsePrefix(text);
  if (parsed === undefined) throw new WebError(400, whyNoPrefix(text.slice(0, 100)));
  return formatPrefix(parsed);
}

function addressOf(text: string | undefined): string | undefined {
  if (text === undefined || parseAddress(text) !== undefined) return text;
  throw new WebError(400, `"${text.slice(0, 100)}" is not an address`);
}

export function asnOf(text: string | undefined, name: string): number | undefined {
  if (text === undefined) return undefined;
  const asn = parseAsn(text.replace(/^AS/i, ""));
  if (asn === undefined) throw new WebError(400, `${name} takes an AS number, not "${text.slice(0, 60)}"`);
  return asn;
}

export function expressionOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  if (text.length > longestExpression) {
    throw new WebError(400, `as_path has ${text.length} characters; ${longestExpression} are the most`);
  }
  try {
    new PathExpression(text);
    return text;
  } catch (error) {
    throw new WebError(400, `"${text}" is not an AS path expression: ${(error as Error).message}`);
  }
}

/** The name of the peer that a text names. */
export function peerOf(reader: WebReader, text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const found = reader.findPeer(text);
  if (found.kind === "found") return found.name;
  throw new WebError(
    404,
    found.kind === "none" ? `there is no peer ${text.slice(0, 100)}` : `several peers match ${text.slice(0, 100)}`,
  );
}

export function flag(asked: Asked, name: string): boolean {
  const text = asked.parameter(name) ?? "false";
  if (text !== "true" && text !== "false") throw new WebError(400, `${name} is true or false, not "${text}"`);
  return text === "true";
}

function oneOf(asked: Asked, name: string, words: readonly string[]): string | undefined {
  const text = asked.parameter(name);
  if (text === undefined || words.includes(text)) return text;
  throw new WebError(400, `${name} is ${words.join(", ")}, not "${text.slice(0, 60)}"`);
}

export function limitOf(asked: Asked, usual: number, most: number): number {
  const text = asked.parameter("limit");
  if (text === undefined) return usual;
  const value = /^\d{1,9}$/.test(text) ? Number(text) : NaN;
  if (value >= 1 && value <= most) return value;
  throw new WebError(400, `limit is a number from 1 to ${most}, not "${text.slice(0, 60)}"`);
}

/** Throws `UsageError` for a text that is no time. */
export function timeOf(asked: Asked, name: string, now: Millis): Millis | undefined {
  const text = asked.parameter(name);
  return text === undefined ? undefined : parseTime(text, now);
}

export function formOf(asked: Asked): "json" | "ndjson" {
  const named = asked.parameter("format");
  if (named === undefined) return /application\/(x-)?ndjson/.test(asked.accept) ? "ndjson" : "json";
  if (named === "json" || named === "ndjson") return named;
  throw new WebError(400, `format is json or ndjson, not "${named.slice(0, 60)}"`);
}
