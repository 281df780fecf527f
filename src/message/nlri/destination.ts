/** Destinations of any family as text. */

import { type Destination, type FamilyId, formatPrefix } from "../../types/mod.ts";
import { nlriCodec } from "./registry.ts";

/** The destination of a route of this family as people read it. */
export function formatDestination(family: FamilyId, { prefix, key }: Destination): string {
  return prefix !== undefined ? formatPrefix(prefix) : nlriCodec(family)!.format(key);
}
