/**
 * A route in the words of ExaBGP: `192.0.2.0/24 next-hop 10.0.0.1 med 5 community [ 65000:1 ]`. Its values become the
 * texts that bgpd's own commands and the table `announcements` have.
 */

import {
  AttributeCode,
  attributeRow,
  emptyAttributeSet,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatLargeCommunity,
  formatRd,
  originName,
  parseOrigin,
  parseRd,
  rdForms,
  SegmentType,
} from "../../message/mod.ts";
import { formatAddress, formatPrefix, parseAddress, parseAsn, parsePrefix, type Prefix } from "../../types/mod.ts";
import { communityText, extCommunityTexts, largeCommunityText } from "./communities.ts";
import { type Words, WrongCommand } from "./words.ts";

/** What a command announces or withdraws. A value that the command does not name is `null`. */
export interface RouteText {
  /** In bgpd's words, such as `ipv4 unicast`. */
  readonly family: string;
  /** The prefix with its length; of FlowSpec, the rule; of VPLS, the words of bgpd, with the RD. */
  readonly destination: string;
  readonly rd: string | null;
  /** Separated by spaces. */
  readonly labels: string | null;
  /** An address, or `self`. */
  readonly nextHop: string | null;
  /** As ExaBGP sends it: with the AS of this speaker, where the command names it. */
  readonly asPath: string | null;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
  /** What routers do with packets that a FlowSpec rule matches. */
  readonly actions: string | null;
  /** The name under which `announce watchdog` and `withdraw watchdog` change the route. */
  readonly watchdog: string | null;
  /** The route waits for `announce watchdog`. */
  readonly waits: boolean;
  /** Words of the command that bgpd does not send. */
  readonly leftOut: readonly string[];
}

/** The values of a route while its words are read. */
export interface RouteDraft {
  rd: string | null;
  labels: string[];
  nextHop: string | null;
  asPath: string | null;
  origin: string | null;
  med: number | null;
  localPref: number | null;
  communities: string[];
  largeCommunities: string[];
  extCommunities: string[];
  watchdog: string | null;
  waits: boolean;
  /** The length of the prefixes into which the prefix is split. */
  split: number | undefined;
  leftOut: string[];
}

export function emptyDraft(): RouteDraft {
  return {
    rd: null,
    labels: [],
    nextHop: null,
    asPath: null,
    origin: null,
    med: null,
    localPref: null,
    communities: [],
    largeCommunities: [],
    extCommunities: [],
    watchdog: null,
    waits: false,
    split: undefined,
    leftOut: [],
  };
}

/** How many routes `split` may make of one. */
const mostRoutes = 65_536;

/** Reads one word and its value. False: the word is no attribute of a route. */
export function readAttribute(words: Words, draft: RouteDraft): boolean {
  const word = words.peek();
  const read = word === undefined ? undefined : Object.hasOwn(readers, word) ? readers[word] : undefined;
  if (read === undefined) return false;
  words.next(word!);
  read(words, draft, word!);
  return true;
}

type Reader = (words: Words, draft: RouteDraft, word: string) => void;

/** The value is read, and bgpd does not send it. */
const leaveOut: Reader = (words, draft, word) => {
  words.list(word);
  draft.leftOut.push(word);
};

const readers: Readonly<Record<string, Reader>> = {
  "next-hop": (words, draft, word) => draft.nextHop = nextHopText(words.next(word)),
  "rd": (words, draft, word) => draft.rd = rdText(words.next(word)),
  "route-distinguisher": (words, draft, word) => draft.rd = rdText(words.next(word)),
  "label": (words, draft, word) => draft.labels.push(...words.list(word).map(labelText)),
  "origin": (words, draft, word) => draft.origin = originText(words.next(word)),
  "as-path": (words, draft, word) => draft.asPath = asPathText(words, word),
  "med": (words, draft, word) => draft.med = words.number(word),
  "local-preference": (words, draft, word) => draft.localPref = words.number(word),
  "community": (words, draft, word) => draft.communities.push(...words.list(word).map(communityText)),
  "large-community": (words, draft, word) => {
    const all = words.list(word).map(largeCommunityText);
    draft.largeCommunities.push(...all.filter((text, at) => all.indexOf(text) === at));
  },
  "extended-community": (words, draft, word) => draft.extCommunities.push(...extCommunityTexts(words.list(word))),
  "attribute": genericAttribute,
  "split": (words, draft, word) => draft.split = splitLength(words.next(word)),
  "watchdog": (words, draft, word) => draft.watchdog = words.next(word),
  "withdraw": (_, draft) => draft.waits = true,
  "name": (words, _, word) => void words.next(word),
  "atomic-aggregate": (_, draft, word) => draft.leftOut.push(word),
  "aggregator": parenthesised,
  "originator-id": leaveOut,
  "cluster-list": leaveOut,
  "aigp": leaveOut,
  "path-information": leaveOut,
  "bgp-prefix-sid": leaveOut,
  "bgp-prefix-sid-srv6": parenthesised,
};

/** The end of the words of a route: nothing may be left. */
export function requireEnd(words: Words): void {
  while (words.take(";") || words.take("}"));
  if (!words.isDone) throw new WrongCommand(`unknown word "${words.peek()}"`);
}

/** The routes of one prefix: one, or all into which `split` divides it. */
export function routesOf(prefix: Prefix, draft: RouteDraft, family = familyOf(prefix, draft)): RouteText[] {
  return splitPrefix(prefix, draft.split).map((each) => routeText(family, formatPrefix(each), draft));
}

/** `destination`: as in {@link RouteText}. */
export function routeText(
  family: string,
  destination: string,
  draft: RouteDraft,
  actions: string | null = null,
): RouteText {
  const list = (words: readonly string[]) => words.length === 0 ? null : words.join(" ");
  const { rd, nextHop, asPath, origin, med, localPref, watchdog, waits, leftOut } = draft;
  return {
    family,
    destination,
    rd,
    labels: list(draft.labels),
    nextHop,
    asPath,
    origin,
    med,
    localPref,
    communities: list(draft.communities),
    largeCommunities: list(draft.largeCommunities),
    extCommunities: list(draft.extCommunities),
    actions,
    watchdog,
    waits,
    leftOut,
  };
}

/** A prefix; an address is a host's prefix. */
export function prefixOf(word: string): Prefix {
  const prefix = parsePrefix(word);
  if (prefix === undefined) throw new WrongCommand(`"${word}" is not a prefix`);
  return prefix;
}

function familyOf({ octets }: Prefix, { rd, labels }: RouteDraft): string {
  const kind = rd !== null ? "vpn" : labels.length > 0 ? "labeled" : isMulticast(octets) ? "multicast" : "unicast";
  return `${octets.length === 4 ? "ipv4" : "ipv6"} ${kind}`;
}

/** ExaBGP announces 224.0.0.0/4 and ff00::/8 as multicast routes. */
function isMulticast(octets: Uint8Array): boolean {
  return octets.length === 4 ? octets[0]! >> 4 === 14 : octets[0] === 255;
}

function splitPrefix({ octets, length }: Prefix, wanted: number | undefined): Prefix[] {
  if (wanted === undefined || wanted <= length) return [{ octets, length }];
  const bits = octets.length * 8;
  if (wanted > bits) throw new WrongCommand(`split /${wanted} is longer than an address of ${bits} bits`);
  const count = 2 ** (wanted - length);
  if (count > mostRoutes) {
    throw new WrongCommand(`split /${wanted} makes ${count} routes, and ${mostRoutes} are allowed`);
  }
  return Array.from({ length: count }, (_, number) => {
    const each = octets.slice();
    for (let bit = 0; bit < wanted - length; bit++) {
      if ((number >>> bit & 1) === 1) each[(wanted - 1 - bit) >> 3]! |= 0x80 >> (wanted - 1 - bit) % 8;
    }
    return { octets: each, length: wanted };
  });
}

function splitLength(word: string): number {
  const length = /^\/(\d{1,3})$/.exec(word)?.[1];
  if (length === undefined) throw new WrongCommand(`split takes a length such as /24, not "${word}"`);
  return Number(length);
}

export function nextHopText(word: string): string {
  if (word.toLowerCase() === "self") return "self";
  const address = parseAddress(word);
  if (address === undefined) throw new WrongCommand(`next-hop takes an address or self, not "${word}"`);
  return formatAddress(address);
}

function rdText(word: string): string {
  const rd = parseRd(word);
  if (rd === undefined) throw new WrongCommand(`"${word}" is no RD ${rdForms}`);
  return formatRd(rd);
}

function labelText(word: string): string {
  if (/^\d{1,7}$/.test(word) && Number(word) < 2 ** 20) return String(Number(word));
  throw new WrongCommand(`"${word}" is not a label`);
}

function originText(word: string): string {
  const origin = parseOrigin(word.toLowerCase());
  if (origin === undefined) throw new WrongCommand(`origin is igp, egp or incomplete, not "${word}"`);
  return originName(origin);
}

/** `65000`, `[ 65000 500 ]`, or with an AS_SET in it: `[ 65000 ( 1 2 ) ]`. */
function asPathText(words: Words, of: string): string {
  const segments: { type: SegmentType; asns: number[] }[] = [];
  const add = (type: SegmentType, word: string) => {
    const asn = parseAsn(word.replace(/^AS/i, ""));
    if (asn === undefined) throw new WrongCommand(`"${word}" is not an AS number`);
    const last = segments.at(-1);
    if (last !== undefined && last.type === type) last.asns.push(asn);
    else segments.push({ type, asns: [asn] });
  };
  const first = words.next(of);
  if (first !== "[") {
    add(SegmentType.sequence, first);
    return formatAsPath(segments);
  }
  for (let isSet = false;;) {
    const word = words.next(of);
    if (word === "(" || word === "[") isSet = true;
    else if (word === ")" || word === "]") {
      if (!isSet) return formatAsPath(segments);
      isSet = false;
    } else if (word !== ",") add(isSet ? SegmentType.set : SegmentType.sequence, word);
  }
}

/** `( 18144:219.118.225.189 )`, or one word, or a list in brackets. */
function parenthesised(words: Words, draft: RouteDraft, word: string): void {
  draft.leftOut.push(word);
  if (!words.take("(")) return void words.list(word);
  for (let depth = 1; depth > 0;) {
    const next = words.next(word);
    depth += next === "(" ? 1 : next === ")" ? -1 : 0;
  }
}

/** The attributes that bgpd sends if they are given as octets, and the size of each of their values. */
const sizes: Readonly<Record<number, number>> = {
  [AttributeCode.multiExitDisc]: 4,
  [AttributeCode.localPref]: 4,
  [AttributeCode.communities]: 4,
  [AttributeCode.extendedCommunities]: 8,
  [AttributeCode.largeCommunities]: 12,
};

/** `[ 0x04 0x80 0x00000064 ]`: code, flags, value. */
function genericAttribute(words: Words, draft: RouteDraft, word: string): void {
  const [code = "", flags = "", value = ""] = words.list(word);
  const isHex = [code, flags, value].every((text) => /^0x([0-9a-f]{2})*$/i.test(text));
  if (!isHex || code.length !== 4 || flags.length !== 4) {
    throw new WrongCommand(`attribute takes code, flags and value, such as [ 0x04 0x80 0x00000064 ]`);
  }
  const octets = Uint8Array.from(value.slice(2).match(/../g) ?? [], (pair) => parseInt(pair, 16));
  const size = sizes[Number(code)];
  if (size === undefined || octets.length === 0 || octets.length % size !== 0) {
    draft.leftOut.push(`attribute ${code}`);
    return;
  }
  const set = emptyAttributeSet();
  attributeRow(Number(code))?.decode(octets, 0, octets.length, set, Number(flags));
  draft.med ??= set.med ?? null;
  draft.localPref ??= set.localPref ?? null;
  draft.communities.push(...set.communities.map(formatCommunity));
  draft.largeCommunities.push(...set.largeCommunities.map(formatLargeCommunity));
  draft.extCommunities.push(...set.extCommunities.map(formatExtCommunity));
}
