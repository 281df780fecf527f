/**
 * One row of the table `announcements`: text that anyone may have written, to a route of this speaker, or to one sentence
 * on what is wrong with it.
 */

import {
  type AttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  originName,
  parseAsPath,
  parseCommunity,
  parseExtCommunity,
  parseLargeCommunity,
  parseOrigin,
} from "../../../message/mod.ts";
import type { OriginatedRoute } from "../../../rib/mod.ts";
import {
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  limits,
  martianText,
  maskPrefix,
  parseAddress,
  parsePrefix,
  type Prefix,
  writtenHopFault,
} from "../../../types/mod.ts";
import type { SqlValue } from "../../sqlite.ts";

/** Who wrote a row: the column `source`. Whoever says nothing wrote it in SQL. */
export type AnnouncementSource = "command" | "api" | "sql";

/** What a route is announced with, as people write it; the columns of the table. */
export interface AnnouncementText {
  readonly prefix: string;
  /** An address, or `"self"`. */
  readonly nextHop: string;
  /** The only peer to announce it to: its name, or its address or description where that is one peer's alone. */
  readonly peer: string | null;
  readonly asPath: string | null;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
}

export interface AnnouncementRow extends AnnouncementText {
  readonly id: number;
  readonly source: string;
  readonly error: string | null;
}

/** The columns as {@link AnnouncementValues} has them. */
export const announcementColumns =
  "prefix, next_hop, peer, as_path, origin, med, local_pref, communities, large_communities, ext_communities";

/** What SQL may hold in these columns: anything. */
export type AnnouncementValues = readonly SqlValue[];

export type ReadAnnouncement =
  /** `peer`: as it is written. */
  | { readonly kind: "route"; readonly peer: string | undefined; readonly route: OriginatedRoute }
  | { readonly kind: "wrong"; readonly error: string };

/** Characters of a cell. */
export const maxTextLength = 20_000;

/** The name under which the newest announcement counts: the prefix, and the peer's name where it is for one only. */
export function announcementKey(prefix: Prefix, peer: string | undefined): string {
  return formatPrefix(prefix) + (peer === undefined ? "" : ` to ${peer}`);
}

/** Values in the order of {@link announcementColumns}. Whether there is such a peer is not asked here. */
export function readAnnouncement(values: AnnouncementValues): ReadAnnouncement {
  try {
    return routeOf(values);
  } catch (error) {
    if (error instanceof Wrong) return { kind: "wrong", error: error.message };
    throw error;
  }
}

/** The values of a row, for {@link readAnnouncement} and for INSERT. */
export function announcementValues(text: AnnouncementText): AnnouncementValues {
  return [
    text.prefix,
    text.nextHop,
    text.peer,
    text.asPath,
    text.origin,
    text.med,
    text.localPref,
    text.communities,
    text.largeCommunities,
    text.extCommunities,
  ];
}

/** What a route is announced with, as bgpd itself writes it: the same words as in the view `rib`. */
export function textOfRoute(
  { prefix, attributes: set }: OriginatedRoute,
  peer: string | null,
): AnnouncementText {
  const list = (words: string[]) => words.length === 0 ? null : words.join(" ");
  return {
    prefix: formatPrefix(prefix),
    nextHop: set.nextHop === undefined ? "self" : formatNextHop(set.nextHop),
    peer,
    asPath: set.asPath.length === 0 ? null : formatAsPath(set.asPath),
    origin: set.origin === undefined ? null : originName(set.origin),
    med: set.med ?? null,
    localPref: set.localPref ?? null,
    communities: list(set.communities.map(formatCommunity)),
    largeCommunities: list(set.largeCommunities.map(formatLargeCommunity)),
    extCommunities: list(set.extCommunities.map(formatExtCommunity)),
  };
}

/** A row for people: whoever wrote it, and however, it has the words of {@link textOfRoute}, but for what is wrong. */
export function shownRow(row: AnnouncementRow, read = readAnnouncement(announcementValues(row))): AnnouncementRow {
  if (read.kind === "wrong") return row;
  return {
    ...row,
    ...textOfRoute(read.route, row.peer),
    origin: row.origin === null ? null : row.origin.toLowerCase(),
  };
}

/** A sentence that quotes what somebody wrote is no longer than this. */
const maxSentence = 400;

/** What is wrong with a row; never leaves this file. */
class Wrong extends Error {
  constructor(sentence: string) {
    super(sentence.length <= maxSentence ? sentence : `${sentence.slice(0, maxSentence - 1)}…`);
  }
}

function routeOf(values: AnnouncementValues): ReadAnnouncement {
  const [prefixValue, nextHopValue, peerValue, asPath, origin, med, localPref, communities, large, ext] = values;
  const prefix = prefixOf(textOf(prefixValue, "prefix"));
  const peerText = textOf(peerValue, "peer");
  const peer = peerText === "" ? undefined : peerText;
  const attributes: AttributeSet = {
    ...emptyAttributeSet(),
    nextHop: nextHopOf(textOf(nextHopValue, "next_hop"), prefix),
    origin: originOf(textOf(origin, "origin")),
    asPath: asPathOf(textOf(asPath, "as_path")),
    med: numberOf(med, "med"),
    localPref: numberOf(localPref, "local_pref"),
    communities: wordsOf(communities, "communities", parseCommunity, '"65000:99" or "no-export"'),
    largeCommunities: wordsOf(large, "large_communities", parseLargeCommunity, '"65000:1:2"'),
    extCommunities: wordsOf(ext, "ext_communities", parseExtCommunity, '"rt:65000:100"'),
  };
  const size = encodeAttributeSet(attributes).length;
  // Which peers' messages hold so much, each session finds out (RFC 8654).
  if (size > limits.originatedBytes) throw new Wrong(`the attributes take ${size} octets, more than a message holds`);
  const family = prefix.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST;
  return { kind: "route", peer, route: { family, prefix, attributes } };
}

function prefixOf(text: string): Prefix {
  if (text === "") throw new Wrong("prefix is missing");
  const prefix = parsePrefix(text);
  if (prefix !== undefined && !text.includes("/")) {
    throw new Wrong(`prefix: "${text}" has no length; ${formatPrefix(prefix)} is this address alone`);
  }
  if (prefix !== undefined) {
    const martian = martianText(prefix);
    if (martian === undefined) return prefix;
    throw new Wrong(`prefix: ${formatPrefix(prefix)} is ${martian}, no destination to announce (RFC 4271 §6.3)`);
  }
  const [address = "", length = ""] = text.split("/");
  const octets = parseAddress(address);
  if (octets !== undefined && /^\d{1,3}$/.test(length) && Number(length) <= octets.length * 8) {
    const meant = formatPrefix(maskPrefix(octets, Number(length)));
    throw new Wrong(`prefix: "${text}" has bits set behind its length; ${meant} may be meant`);
  }
  throw new Wrong(`prefix: "${text}" is not a prefix as "192.0.2.0/24" or "2001:db8::/32"`);
}

function nextHopOf(text: string, prefix: Prefix): Uint8Array | undefined {
  if (text.toLowerCase() === "self") return undefined;
  const octets = parseAddress(text);
  if (octets === undefined) throw new Wrong(`next_hop: "${text}" is neither an address nor "self"`);
  const fault = writtenHopFault(octets);
  if (fault !== undefined) throw new Wrong(`next_hop cannot be ${text}${fault}`);
  if (octets.length < prefix.octets.length) throw new Wrong("next_hop of an IPv6 prefix must be IPv6");
  return octets;
}

function originOf(text: string): 0 | 1 | 2 {
  if (text === "") return 0;
  const origin = parseOrigin(text.toLowerCase());
  if (origin === undefined) throw new Wrong(`origin: "${text}" is none of igp, egp, incomplete`);
  return origin;
}

function asPathOf(text: string): AttributeSet["asPath"] {
  const segments = parseAsPath(text);
  if (segments === undefined) throw new Wrong(`as_path: "${text}" is not a path as "65000 500 {1,2}"`);
  // RFC 7607: AS 0 makes the route one to withdraw; RFC 4271 §4.3: a segment has 255 ASNs at the most.
  if (segments.some(({ asns }) => asns.includes(0))) throw new Wrong("as_path: AS 0 is nobody's (RFC 7607)");
  if (segments.some(({ asns }) => asns.length > 255)) throw new Wrong("as_path has more than 255 ASNs in a row");
  return segments;
}

function numberOf(value: SqlValue | undefined, name: string): number | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const number = typeof value === "bigint" || typeof value === "number" ? Number(value) : NaN;
  if (Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) return number;
  throw new Wrong(`${name}: ${shown(value)} is not a whole number from 0 to 4294967295`);
}

function wordsOf<T>(
  value: SqlValue | undefined,
  name: string,
  parse: (word: string) => T | undefined,
  example: string,
): T[] {
  return textOf(value, name).split(/[\s,]+/).filter((word) => word !== "").map((word) => {
    const parsed = parse(word);
    if (parsed === undefined) throw new Wrong(`${name}: "${word}" is not one as ${example}`);
    return parsed;
  });
}

function textOf(value: SqlValue | undefined, name: string): string {
  if (value === null || value === undefined) return "";
  if (value instanceof Uint8Array) throw new Wrong(`${name} is a blob, not text`);
  const text = String(value);
  if (text.length > maxTextLength) throw new Wrong(`${name} is longer than any message`);
  return text.trim();
}

function shown(value: SqlValue): string {
  return value instanceof Uint8Array ? "a blob" : typeof value === "string" ? `"${value}"` : String(value);
}
