/** Destinations of any family as text. */

import {
  type Destination,
  families,
  familyByCode,
  type FamilyId,
  formatPrefix,
  isPrefixFamily,
} from "../../types/mod.ts";
import type { NlriTextError } from "./codec.ts";
import { componentNamed } from "./flowspec_components.ts";
import { flowFamilyOf } from "./flowspec_sense.ts";
import { nlriCodec } from "./registry.ts";

/** The destination of a route of this family as people read it. */
export function formatDestination(family: FamilyId, { prefix, key }: Destination): string {
  return prefix !== undefined ? formatPrefix(prefix) : nlriCodec(family)!.format(key);
}

/** What a text names. */
export interface NamedDestination {
  readonly family: FamilyId;
  readonly key: Uint8Array;
  /** The same destination as `formatDestination` writes it. */
  readonly text: string;
}

const EVPN = familyByCode(25, 70)!.id;

/**
 * Reads a destination that is no plain prefix. Without a family, the words tell the family: the word `flow` or `evpn`
 * in front, as in announcements, or the first family whose codec reads the text.
 */
export function parseDestination(text: string, family?: FamilyId): NamedDestination | NlriTextError {
  if (family !== undefined) return readIn(family, text);
  const [, word, rest] = /^(flow|evpn)\s+(.+)$/i.exec(text) ?? [];
  if (word?.toLowerCase() === "evpn") return readIn(EVPN, rest!);
  if (word !== undefined) return readIn(flowFamilyOf(rest!), rest!);
  const words = text.split(/\s+/);
  const first = /^(rd|route-distinguisher)$/i.test(words[0]!) ? words[2] : words[0];
  if (componentNamed(first?.toLowerCase() ?? "") !== undefined) return readIn(flowFamilyOf(text), text);
  for (const { id } of families) {
    const found = isPrefixFamily(id) ? undefined : readIn(id, text);
    if (found !== undefined && "key" in found) return found;
  }
  return { error: "it is neither a prefix nor a destination as bgpd show routes prints it" };
}

function readIn(family: FamilyId, text: string): NamedDestination | NlriTextError {
  const codec = nlriCodec(family);
  if (codec === undefined) return { error: "the family has plain prefixes" };
  const key = codec.parse(text);
  return "error" in key ? key : { family, key, text: codec.format(key) };
}
