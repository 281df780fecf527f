/**
 * AS paths, next hops and origins as people write them; for communities see `community_text.ts`. Each `parse…` function
 * reads what its `format…` function writes, and returns `undefined` for text that does not parse.
 */

import { formatAddress, parseAsn } from "../types/mod.ts";
import { type AsPathSegment, type Origin, SegmentType } from "./attribute/set.ts";

const originNames = ["igp", "egp", "incomplete"] as const;
export type OriginName = typeof originNames[number];

export function originName(origin: Origin): OriginName {
  return originNames[origin];
}

export function parseOrigin(text: string): Origin | undefined {
  const index = originNames.findIndex((name) => name === text);
  return index === -1 ? undefined : index as Origin;
}

/** `"192.0.2.1"`, `"2001:db8::1"`, or, for 32 octets, with the link-local address: `"2001:db8::1 fe80::1"`. */
export function formatNextHop(octets: Uint8Array): string {
  // FlowSpec has no next hop.
  if (octets.length === 0) return "";
  if (octets.length !== 32) return formatAddress(octets);
  return `${formatAddress(octets.subarray(0, 16))} ${formatAddress(octets.subarray(16))}`;
}

interface Brackets {
  readonly open: string;
  readonly close: string;
  readonly separator: string;
}

/** By segment type; a sequence has no brackets. */
const brackets: Readonly<Record<number, Brackets>> = {
  [SegmentType.set]: { open: "{", close: "}", separator: "," },
  [SegmentType.confedSequence]: { open: "(", close: ")", separator: " " },
  [SegmentType.confedSet]: { open: "[", close: "]", separator: "," },
};

/** `"65000 500 {1,2} (3 4) [5,6]"`: sequence, set, confederation sequence and set. */
export function formatAsPath(segments: readonly AsPathSegment[]): string {
  let text = "";
  for (const { type, asns } of segments) {
    if (text !== "") text += " ";
    const pair = brackets[type];
    text += pair === undefined ? asns.join(" ") : pair.open + asns.join(pair.separator) + pair.close;
  }
  return text;
}

/** Reads what {@link formatAsPath} writes; inside brackets blanks and commas are equivalent. ASNs may be asdot. */
export function parseAsPath(text: string): AsPathSegment[] | undefined {
  const segments: AsPathSegment[] = [];
  const tokens = /\s*(?:([{([])([^{}()[\]]*)([})\]])|([^\s{}()[\]]+))\s*/y;
  while (tokens.lastIndex < text.length) {
    const match = tokens.exec(text);
    if (match === null) return text.trim() === "" ? segments : undefined;
    const [, open, inside, close, word] = match;
    if (word !== undefined) {
      const asn = parseAsn(word);
      if (asn === undefined) return undefined;
      const last = segments.at(-1);
      if (last?.type === SegmentType.sequence) last.asns.push(asn);
      else segments.push({ type: SegmentType.sequence, asns: [asn] });
      continue;
    }
    const type = ([SegmentType.set, SegmentType.confedSequence, SegmentType.confedSet] as const)
      .find((type) => brackets[type]!.open === open);
    const asns = inside!.split(/[\s,]+/).filter((part) => part !== "").map(parseAsn);
    if (type === undefined || brackets[type]!.close !== close || asns.length === 0) return undefined;
    if (!asns.every((asn) => asn !== undefined)) return undefined;
    segments.push({ type, asns });
  }
  return segments;
}
