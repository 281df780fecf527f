/** Values of the options `--family`, `--rd`, `--rt` and `--community`, which select routes. */

import { nearestFamily } from "../../config/toml/errors.ts";
import {
  formatCommunity,
  formatLargeCommunity,
  parseCommunity,
  parseLargeCommunity,
} from "../../message/community_text.ts";
import { formatExtCommunity, parseExtCommunity } from "../../message/ext_community_text.ts";
import { formatRd, parseRd, rdForms } from "../../message/nlri/rd.ts";
import { families, familyByName, isPrefixFamily, parseAddress, parsePrefix } from "../../types/mod.ts";
import { UsageError } from "./command.ts";

/**
 * The name of a family: "ipv6" and "ipv6-unicast" stand for "ipv6 unicast". Throws {@link UsageError}.
 */
export function familyOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const family = familyByName(text) ?? familyByName(`${text} unicast`);
  if (family !== undefined) return family.name;
  const near = nearestFamily(text);
  if (near !== undefined) throw new UsageError(`--family: "${text}" is not a family; did you mean "${near}"?`);
  const known = families.map(({ name }) => `"${name}"`).join(", ");
  throw new UsageError(`--family takes one of ${known}, not "${text}"`);
}

/**
 * The destination that words of a family without plain prefixes describe, as the database has it; `undefined`: they
 * are a prefix or an address, or the family has plain prefixes. Throws {@link UsageError}.
 */
export async function destinationOption(
  words: readonly string[],
  family: string | undefined,
): Promise<string | undefined> {
  const text = words.join(" ").trim();
  const id = family === undefined ? undefined : familyByName(family)?.id;
  if (text === "" || id !== undefined && isPrefixFamily(id)) return undefined;
  if (parsePrefix(text) !== undefined || parseAddress(text) !== undefined) return undefined;
  // Callers know what is wrong with a word that looks like a prefix.
  if (id === undefined && !text.includes(" ")) return undefined;
  // The codecs of all families are more code than a command.
  const { parseDestination } = await import("../../message/mod.ts");
  const found = parseDestination(text, id);
  if ("key" in found) return found.text;
  throw new UsageError(
    family === undefined
      ? `"${text}": ${found.error}`
      : `"${text}" is no destination of family ${family}: ${found.error}`,
  );
}

/** The Route Distinguisher as the database has it. Throws {@link UsageError}. */
export function rdOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const rd = parseRd(text);
  if (rd === undefined) throw new UsageError(`--rd takes a Route Distinguisher ${rdForms}, not "${text}"`);
  return formatRd(rd);
}

/** The community of a route target, with or without `rt:` in front. Throws {@link UsageError}. */
export function routeTargetOf(text: string): string {
  const octets = parseExtCommunity(/^(rt|target):/i.test(text) ? text : `rt:${text}`);
  if (octets !== undefined) return formatExtCommunity(octets);
  throw new UsageError(`--rt takes a route target (65000:100, 192.0.2.1:100 or 4200000000:100), not "${text}"`);
}

/**
 * The community as the database has it: a well-known name becomes two numbers, `target:65000:100` becomes
 * `rt:65000:100`. Throws {@link UsageError}.
 */
export function communityOf(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const community = parseCommunity(text);
  if (community !== undefined) return formatCommunity(community);
  const large = parseLargeCommunity(text);
  if (large !== undefined) return formatLargeCommunity(large);
  const extended = parseExtCommunity(text);
  if (extended !== undefined) return formatExtCommunity(extended);
  throw new UsageError(
    `--community takes a community, for example 65000:99, 65000:1:2, rt:65000:100 or no-export, not "${text}"`,
  );
}
