/**
 * One row of the table `announcements`. Anyone may have written it: its texts become a route of this speaker, or one
 * sentence about what is wrong with the row.
 */

import {
  type AttributeSet,
  emptyAttributeSet,
  encodeAttributeSet,
  formatAsPath,
  formatCommunity,
  formatDestination,
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
  type Destination as AnyDestination,
  familyByName,
  familyOf,
  formatPrefix,
  IPV4_UNICAST,
  IPV6_UNICAST,
  isUnicast,
  limits,
  martianText,
  maskPrefix,
  parseAddress,
  parsePrefix,
  type Prefix,
  writtenHopFault,
} from "../../../types/mod.ts";
import type { SqlValue } from "../../sqlite.ts";
import { formatExpiry, parseExpiry } from "./expiry_time.ts";

/** Who wrote a row: the column `source`. "sql" is its default. */
export type AnnouncementSource = "command" | "api" | "sql" | `exabgp:${string}`;

/** Who changes the table, for `announcements_log`. */
export interface Author {
  readonly source: AnnouncementSource | "bgpd";
  /** The user of a command, or the address of a client of the API. */
  readonly client?: string | undefined;
}

/** A route to announce as people write it: the columns of the table. */
export interface AnnouncementText {
  readonly prefix: string | null;
  /** An address, or `"self"`. */
  readonly nextHop: string;
  /** Announce it to this peer only: its name, or an address or a description that no other peer has. */
  readonly peer: string | null;
  readonly asPath: string | null;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
  /** `null`: that of the prefix, or of the rule. */
  readonly family: string | null;
  readonly rd: string | null;
  readonly labels: string | null;
  readonly rule: string | null;
  readonly actions: string | null;
  readonly nlri: string | null;
  /** ISO 8601; `null`: the route stays until somebody withdraws it. */
  readonly expiresAt: string | null;
  readonly comment: string | null;
}

/** Every column without a value; `next_hop` with its default. */
export const blankAnnouncement: AnnouncementText = {
  prefix: null,
  nextHop: "self",
  peer: null,
  asPath: null,
  origin: null,
  med: null,
  localPref: null,
  communities: null,
  largeCommunities: null,
  extCommunities: null,
  family: null,
  rd: null,
  labels: null,
  rule: null,
  actions: null,
  nlri: null,
  expiresAt: null,
  comment: null,
};

/** What a route leads to. */
export type Destination = Pick<PrefixRoute, "family" | "prefix">;

export interface AnnouncementRow extends AnnouncementText {
  readonly id: number;
  readonly source: string;
  readonly error: string | null;
}

/** The columns that every version of the schema has. */
export const firstAnnouncementColumns =
  "prefix, next_hop, peer, as_path, origin, med, local_pref, communities, large_communities, ext_communities";

/** The columns in the order of {@link AnnouncementValues}. */
export const announcementColumns =
  `${firstAnnouncementColumns}, family, rd, labels, rule, actions, nlri, expires_at, comment`;

/** The values of these columns. SQL allows any value in any column. */
export type AnnouncementValues = readonly SqlValue[];

/** A route to a prefix. */
export type PrefixRoute = OriginatedRoute & { readonly prefix: Prefix };

export type ReadAnnouncement =
  /** `peer`: as the row has it. `expiresAt`: milliseconds since 1970. */
  | {
    readonly kind: "route";
    readonly peer: string | undefined;
    readonly route: PrefixRoute;
    readonly expiresAt: number | undefined;
  }
  | { readonly kind: "wrong"; readonly error: string };

/** The largest number of characters in a cell. */
export const maxTextLength = 20_000;

/** The key of an announcement: the destination, and the name of the peer where it is for one peer only. */
export function announcementKey(
  route: AnyDestination & Pick<OriginatedRoute, "family">,
  peer: string | undefined,
): string {
  const { family } = route;
  const text = isUnicast(family) ? "" : `${familyOf(family).name} `;
  return text + formatDestination(family, route) + (peer === undefined ? "" : ` to ${peer}`);
}

/** A prefix without a family is one of unicast. */
export function unicast(prefix: Prefix): Destination {
  return { family: prefix.octets.length === 4 ? IPV4_UNICAST : IPV6_UNICAST, prefix };
}

/** What a row leads to, also where other cells of it are wrong; `undefined`: it does not say. */
export function whereTo(values: AnnouncementValues): Destination | undefined {
  try {
    return destinationOf(values);
  } catch (error) {
    if (error instanceof Wrong) return undefined;
    throw error;
  }
}

/** `values`: in the order of {@link announcementColumns}. Does not check that the peer exists. */
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
    text.family,
    text.rd,
    text.labels,
    text.rule,
    text.actions,
    text.nlri,
    text.expiresAt,
    text.comment,
  ];
}

/** The text of a route as bgpd writes it, in the same form as in the view `rib`. */
export function textOfRoute(
  route: OriginatedRoute,
  peer: string | null,
  { expiresAt, comment }: { expiresAt?: number | undefined; comment?: string | null } = {},
): AnnouncementText {
  const { family, attributes: set } = route;
  const list = (texts: string[]) => texts.length === 0 ? null : texts.join(" ");
  return {
    ...blankAnnouncement,
    prefix: formatDestination(family, route),
    nextHop: set.nextHop === undefined ? "self" : formatNextHop(set.nextHop),
    peer,
    asPath: set.asPath.length === 0 ? null : formatAsPath(set.asPath),
    origin: set.origin === undefined ? null : originName(set.origin),
    med: set.med ?? null,
    localPref: set.localPref ?? null,
    communities: list(set.communities.map(formatCommunity)),
    largeCommunities: list(set.largeCommunities.map(formatLargeCommunity)),
    extCommunities: list(set.extCommunities.map(formatExtCommunity)),
    family: familyOf(family).name,
    expiresAt: expiresAt === undefined ? null : formatExpiry(expiresAt),
    comment: comment ?? null,
  };
}

/** A row for people: in the form of {@link textOfRoute}, however it was written. A wrong row stays as it is. */
export function shownRow(row: AnnouncementRow, read = readAnnouncement(announcementValues(row))): AnnouncementRow {
  if (read.kind === "wrong") return row;
  return {
    ...row,
    ...textOfRoute(read.route, row.peer, { expiresAt: read.expiresAt, comment: row.comment }),
    origin: row.origin === null ? null : row.origin.toLowerCase(),
  };
}

/** The largest number of characters in an error: it may quote a long cell. */
const maxSentence = 400;

/** What is wrong with a row. Thrown and caught in this file only. */
class Wrong extends Error {
  constructor(sentence: string) {
    super(sentence.length <= maxSentence ? sentence : `${sentence.slice(0, maxSentence - 1)}…`);
  }
}

function routeOf(values: AnnouncementValues): ReadAnnouncement {
  const [, nextHopValue, peerValue, asPath, origin, med, localPref, communities, large, ext] = values;
  const expiresAt = expiryOf(textOf(values[16], "expires_at"));
  textOf(values[17], "comment");
  const { family, prefix } = destinationOf(values);
  const peerText = textOf(peerValue, "peer");
  const peer = peerText === "" ? undefined : peerText;
  const attributes: AttributeSet = {
    ...emptyAttributeSet(),
    nextHop: nextHopOf(textOf(nextHopValue, "next_hop"), prefix),
    origin: originOf(textOf(origin, "origin")),
    asPath: asPathOf(textOf(asPath, "as_path")),
    med: numberOf(med, "med"),
    localPref: numberOf(localPref, "local_pref"),
    communities: listOf(communities, "communities", parseCommunity, '"65000:99" or "no-export"'),
    largeCommunities: listOf(large, "large_communities", parseLargeCommunity, '"65000:1:2"'),
    extCommunities: listOf(ext, "ext_communities", parseExtCommunity, '"rt:65000:100"'),
  };
  const size = encodeAttributeSet(attributes).length;
  // Each session checks whether its own message size is enough (RFC 8654).
  if (size > limits.originatedBytes) {
    throw new Wrong(`the attributes take ${size} octets, more than a message holds`);
  }
  return { kind: "route", peer, route: { family, prefix, attributes }, expiresAt };
}

function destinationOf(values: AnnouncementValues): Destination {
  const [prefixValue] = values;
  const familyText = textOf(values[10], "family").toLowerCase();
  for (const [at, name] of otherDestinations) {
    if (textOf(values[at], name) !== "") throw new Wrong(`${name}: bgpd announces routes of plain prefixes only`);
  }
  const prefix = prefixOf(textOf(prefixValue, "prefix"));
  if (familyText === "") return unicast(prefix);
  const family = familyByName(familyText);
  if (family === undefined) {
    throw new Wrong(`family: "${familyText}" is not a family; write for example "ipv4 unicast"`);
  }
  if (family.addressBytes !== prefix.octets.length) {
    throw new Wrong(`prefix: ${formatPrefix(prefix)} is not a prefix of ${family.name}`);
  }
  return { family: family.id, prefix };
}

const otherDestinations = [[11, "rd"], [12, "labels"], [13, "rule"], [14, "actions"], [15, "nlri"]] as const;

function expiryOf(text: string): number | undefined {
  if (text === "") return undefined;
  const at = parseExpiry(text);
  if (at !== undefined) return at;
  throw new Wrong(`expires_at: "${text}" is not a time; write for example "2026-12-31T18:00:00Z"`);
}

function prefixOf(text: string): Prefix {
  if (text === "") throw new Wrong("prefix is missing");
  const prefix = parsePrefix(text);
  if (prefix !== undefined && !text.includes("/")) {
    throw new Wrong(`prefix: "${text}" has no length; did you mean ${formatPrefix(prefix)}?`);
  }
  if (prefix !== undefined) {
    const martian = martianText(prefix);
    if (martian === undefined) return prefix;
    throw new Wrong(`prefix: ${formatPrefix(prefix)} is ${martian} and cannot be announced (RFC 4271 §6.3)`);
  }
  const [address = "", length = ""] = text.split("/");
  const octets = parseAddress(address);
  if (octets !== undefined && /^\d{1,3}$/.test(length) && Number(length) <= octets.length * 8) {
    const meant = formatPrefix(maskPrefix(octets, Number(length)));
    throw new Wrong(`prefix: "${text}" has host bits set; did you mean ${meant}?`);
  }
  throw new Wrong(`prefix: "${text}" is not a prefix; write for example "192.0.2.0/24" or "2001:db8::/32"`);
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
  if (origin === undefined) throw new Wrong(`origin: "${text}" is not an origin; write igp, egp or incomplete`);
  return origin;
}

function asPathOf(text: string): AttributeSet["asPath"] {
  const segments = parseAsPath(text);
  if (segments === undefined) {
    throw new Wrong(`as_path: "${text}" is not an AS path; write for example "65000 500 {1,2}"`);
  }
  // RFC 7607: a receiver treats AS 0 as withdraw. RFC 4271 §4.3: a segment has at most 255 ASNs.
  if (segments.some(({ asns }) => asns.includes(0))) throw new Wrong("as_path: AS 0 is reserved (RFC 7607)");
  if (segments.some(({ asns }) => asns.length > 255)) throw new Wrong("as_path has more than 255 ASNs in a row");
  return segments;
}

function numberOf(value: SqlValue | undefined, name: string): number | undefined {
  if (value === null || value === undefined || value === "") return undefined;
  const number = typeof value === "bigint" || typeof value === "number" ? Number(value) : NaN;
  if (Number.isInteger(number) && number >= 0 && number <= 0xffff_ffff) return number;
  throw new Wrong(`${name}: ${shown(value)} is not a whole number from 0 to 4294967295`);
}

function listOf<T>(
  value: SqlValue | undefined,
  name: string,
  parse: (word: string) => T | undefined,
  example: string,
): T[] {
  return textOf(value, name).split(/[\s,]+/).filter((word) => word !== "").map((word) => {
    const parsed = parse(word);
    if (parsed === undefined) throw new Wrong(`${name}: "${word}" is not valid; write for example ${example}`);
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
