/** Which routes `watch` and `diff` show. The conditions are checked here, not in SQL: changes are few. Pure. */

import type { RouteAttributes } from "../../../store/mod.ts";
import { formatPrefix, parsePrefix, type Prefix, prefixContains } from "../../../types/mod.ts";
import { whyNoPrefix } from "../../prefix_error.ts";
import { type Input, type Option, UsageError } from "../command.ts";
import { communityOf, destinationOption, familyOf, rdOf } from "../route_options.ts";

export interface RouteConditions {
  readonly prefix: Prefix | undefined;
  /** A destination that is no plain prefix, as text. */
  readonly nlri: string | undefined;
  /** Also the prefixes inside `prefix`. */
  readonly longer: boolean;
  /** The name of a peer. */
  readonly peer: string | undefined;
  readonly family: string | undefined;
  /** A Route Distinguisher. */
  readonly rd: string | undefined;
  readonly originAs: number | undefined;
  /** An AS anywhere in the AS path. */
  readonly as: number | undefined;
  readonly community: string | undefined;
}

export const prefixArgument = {
  name: "[PREFIX...]",
  doc: "only this prefix, for example 192.0.2.0/24. Other families take a destination as show routes prints it.",
} as const;

export const conditionOptions: readonly Option[] = [
  { flags: "--longer", doc: "also the prefixes inside PREFIX" },
  { flags: "--peer PEER", doc: "only routes of this peer (name, address or description)" },
  { flags: "--family FAMILY", doc: 'only this family: ipv4, ipv6, "ipv4 vpn", evpn and so on' },
  { flags: "--rd RD", doc: "only routes with this Route Distinguisher, for example 65000:1" },
  { flags: "--origin-as ASN", doc: "only routes that this AS originates" },
  { flags: "--as ASN", doc: "only routes whose AS path contains this AS" },
  {
    flags: "--community COMMUNITY",
    doc: "only routes with this community of any kind: 65000:99, 65000:1:2, rt:65000:100, no-export",
  },
];

/** The destination of {@link RouteConditions}, of words that are no prefix. Throws {@link UsageError}. */
export function readNlri(input: Input): Promise<string | undefined> {
  return destinationOption(input.words, familyOf(input.text("family")));
}

/**
 * Reads the other conditions; `peerName` finds the peer of a word, `nlri` is of {@link readNlri}. Throws
 * {@link UsageError}.
 */
export function readConditions(
  input: Input,
  peerName: (word: string) => string,
  nlri: string | undefined,
): RouteConditions {
  const family = familyOf(input.text("family"));
  const word = nlri === undefined && input.words.length > 0 ? input.words.join(" ") : undefined;
  const peer = input.text("peer");
  if (input.flag("longer") && word === undefined) {
    throw new UsageError("--longer needs a PREFIX, for example 192.0.2.0/24");
  }
  return {
    prefix: word === undefined ? undefined : readPrefix(word),
    nlri,
    rd: rdOf(input.text("rd")),
    longer: input.flag("longer"),
    peer: peer === undefined ? undefined : peerName(peer),
    family,
    originAs: input.asn("origin-as"),
    as: input.asn("as"),
    community: communityOf(input.text("community")),
  };
}

function readPrefix(word: string): Prefix {
  const prefix = parsePrefix(word);
  if (prefix !== undefined && word.includes("/")) return prefix;
  throw new UsageError(whyNoPrefix(word));
}

/** The prefix that SQL may look for; with `longer` there are many, which {@link matches} finds. */
export function exactPrefix({ prefix, longer }: RouteConditions): string | undefined {
  return prefix === undefined || longer ? undefined : formatPrefix(prefix);
}

/** True if a condition looks at the routes, and not only at their peer. */
export function concernsRoutes({ prefix, nlri, rd, family, originAs, as, community }: RouteConditions): boolean {
  return [prefix, nlri, rd, family, originAs, as, community].some((condition) => condition !== undefined);
}

/** True if a condition looks at the path attributes. */
export function concernsAttributes({ originAs, as, community }: RouteConditions): boolean {
  return [originAs, as, community].some((condition) => condition !== undefined);
}

export function matches(conditions: RouteConditions, route: RouteAttributes, family: string): boolean {
  const { prefix, longer, peer } = conditions;
  if (peer !== undefined && route.peer !== peer) return false;
  if (conditions.family !== undefined && family !== conditions.family) return false;
  if (conditions.nlri !== undefined && route.nlri !== conditions.nlri) return false;
  if (conditions.rd !== undefined && route.rd !== conditions.rd) return false;
  if (prefix !== undefined && !isWanted(prefix, longer, route.prefix)) return false;
  return matchesAttributes(conditions, route);
}

function isWanted(prefix: Prefix, longer: boolean, text: string | null): boolean {
  const found = text === null ? undefined : parsePrefix(text);
  if (found === undefined) return false;
  if (!longer) return formatPrefix(found) === formatPrefix(prefix);
  return found.length >= prefix.length && prefixContains(prefix, found.octets);
}

function matchesAttributes({ originAs, as, community }: RouteConditions, route: RouteAttributes): boolean {
  if (originAs !== undefined && route.originAs !== originAs) return false;
  if (as !== undefined && !new Set(route.asPath.match(/\d+/g)).has(String(as))) return false;
  if (community === undefined) return true;
  return [route.communities, route.largeCommunities, route.extCommunities]
    .some((list) => ` ${list ?? ""} `.includes(` ${community} `));
}
