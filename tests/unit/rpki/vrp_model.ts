/** VRPs as a list, and RFC 6811 §2 over it as it stands: what the tables are compared with. */

import { parsePrefix, type Prefix, prefixContains } from "../../../src/types/mod.ts";
import { type OriginState, OriginStates, type Vrp } from "../../../src/rpki/mod.ts";

export function prefix(text: string): Prefix {
  return parsePrefix(text)!;
}

/** `"192.0.2.0/24-26 64496"`; without a max length it is that of the prefix. */
export function vrp(text: string): Vrp {
  const match = /^(\S+?\/\d+)(?:-(\d+))? (\d+)$/.exec(text)!;
  const parsed = prefix(match[1]!);
  return { prefix: parsed, maxLength: Number(match[2] ?? parsed.length), asn: Number(match[3]) };
}

/** The state of a route; `origin` 0 is NONE. */
export function stateByModel(vrps: readonly Vrp[], route: Prefix, origin: number): OriginState {
  const covering = vrps.filter((vrp) => prefixContains(vrp.prefix, route.octets, route.length));
  if (covering.length === 0) return OriginStates.notFound;
  const matches = covering.some((vrp) => vrp.asn !== 0 && vrp.asn === origin && route.length <= vrp.maxLength);
  return matches ? OriginStates.valid : OriginStates.invalid;
}
