/** The attributes of a route in the database, as a set. */

import {
  type AttributeSet,
  emptyAttributeSet,
  parseAsPath,
  parseCommunity,
  parseExtCommunity,
  parseLargeCommunity,
  parseOrigin,
} from "../../../message/mod.ts";

/** Texts of the database; lists are separated by spaces. */
export interface RouteValues {
  readonly nextHop: string | null;
  readonly asPath: string;
  readonly origin: string | null;
  readonly med: number | null;
  readonly localPref: number | null;
  readonly communities: string | null;
  readonly largeCommunities: string | null;
  readonly extCommunities: string | null;
}

/** Without the next hop, which stands with the destination. */
export function attributeSetOf(values: RouteValues): AttributeSet {
  return {
    ...emptyAttributeSet(),
    origin: values.origin === null ? undefined : parseOrigin(values.origin),
    asPath: parseAsPath(values.asPath) ?? [],
    med: values.med ?? undefined,
    localPref: values.localPref ?? undefined,
    communities: parsed(values.communities, parseCommunity),
    largeCommunities: parsed(values.largeCommunities, parseLargeCommunity),
    extCommunities: parsed(values.extCommunities, parseExtCommunity),
  };
}

function parsed<T>(text: string | null, parse: (word: string) => T | undefined): T[] {
  const words = text === null || text === "" ? [] : text.split(" ");
  return words.map(parse).filter((value) => value !== undefined);
}

/** Labels as they are on the wire: the last one has the bottom of the stack. */
export function labelsOf(text: string | null | undefined): number[] {
  const labels = text === null || text === undefined || text === "" ? [] : text.split(" ").map(Number);
  return labels.map((label, at) => label << 4 | (at === labels.length - 1 ? 1 : 0));
}
