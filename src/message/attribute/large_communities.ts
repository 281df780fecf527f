/** LARGE_COMMUNITY (RFC 8092): three 32-bit numbers, the first by custom an ASN. */

import { readUint32, writeUint32 } from "../../types/mod.ts";
import { AttributeCode } from "../code_points.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import { type AttributeRow, wrongMultiple } from "./row.ts";
import type { LargeCommunity } from "./set.ts";

export const largeCommunities: AttributeRow = {
  code: AttributeCode.largeCommunities,
  name: "LARGE_COMMUNITY",
  flags: OPTIONAL_TRANSITIVE,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 8092 §6",
  check: (_bytes, start, end) => wrongMultiple(start, end, 12),
  canonical: withoutDuplicates,
  decode(bytes, start, end, set) {
    const list: LargeCommunity[] = [];
    for (let at = start; at < end; at += 12) {
      list.push([readUint32(bytes, at), readUint32(bytes, at + 4), readUint32(bytes, at + 8)]);
    }
    set.largeCommunities = list;
  },
  encode(set) {
    if (set.largeCommunities.length === 0) return undefined;
    const bytes = new Uint8Array(12 * set.largeCommunities.length);
    set.largeCommunities.forEach((parts, i) => parts.forEach((part, j) => writeUint32(bytes, 12 * i + 4 * j, part)));
    return bytes;
  },
};

/** Up to so many communities, comparing each with each is cheaper than building a set. */
const FEW = 16;

function repeatsOne(bytes: Uint8Array, start: number, end: number): boolean {
  for (let a = start + 12; a < end; a += 12) {
    for (let b = start; b < a; b += 12) {
      let i = 0;
      while (i < 12 && bytes[a + i] === bytes[b + i]) i++;
      if (i === 12) return true;
    }
  }
  return false;
}

/** RFC 8092 §5: "duplicate BGP Large Community values … MUST be silently removed", the first of each stays. */
function withoutDuplicates(bytes: Uint8Array, start: number, end: number): Uint8Array | undefined {
  if (end - start <= 12 * FEW && !repeatsOne(bytes, start, end)) return undefined;
  const seen = new Set<string>();
  const kept: Uint8Array[] = [];
  for (let at = start; at < end; at += 12) {
    const item = bytes.subarray(at, at + 12);
    const key = item.join(".");
    if (seen.has(key)) continue;
    seen.add(key);
    kept.push(item);
  }
  if (kept.length * 12 === end - start) return undefined;
  const result = new Uint8Array(12 * kept.length);
  kept.forEach((item, i) => result.set(item, 12 * i));
  return result;
}
