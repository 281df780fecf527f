/**
 * AS4_PATH, which carries 4-octet paths across speakers whose ASNs have two octets (RFC 6793 §4.2). A canonical
 * attribute set has none: it has been merged into AS_PATH.
 */

import { AttributeCode, UpdateError } from "../code_points.ts";
import { asPathLength, checkSegments } from "./as_path.ts";
import { OPTIONAL_TRANSITIVE } from "./header.ts";
import type { AttributeRow } from "./row.ts";
import { type AsPathSegment, SegmentType } from "./set.ts";

export const as4Path: AttributeRow = {
  code: AttributeCode.as4Path,
  name: "AS4_PATH",
  flags: OPTIONAL_TRANSITIVE,
  // From an OLD speaker; that of a NEW one is not read (see update_validation.ts). Without AS4_PATH, AS_PATH alone
  // counts. A path with AS 0 is malformed, too (RFC 7607 §2).
  onMalformed: "attributeDiscard",
  rfc: "RFC 6793 §6",
  check: (bytes, start, end) =>
    start === end ? { subcode: UpdateError.malformedAsPath, text: "is empty" } : checkSegments(bytes, start, end, 4),
  decode() {},
  encode: () => undefined,
};

/**
 * RFC 6793 §4.2.3: the real path of a route that came through an OLD speaker. The leading ASes of AS_PATH that AS4_PATH
 * lacks are put before it, with the confederation segments among them.
 */
export function mergeAs4Path(path: readonly AsPathSegment[], as4: readonly AsPathSegment[]): AsPathSegment[] {
  // RFC 6793 §6: confederation segments in AS4_PATH are discarded.
  const tail = as4.filter(({ type }) => type === SegmentType.set || type === SegmentType.sequence);
  let missing = asPathLength(path) - asPathLength(tail);
  if (missing < 0) return [...path];
  const merged: AsPathSegment[] = [];
  for (const segment of path) {
    if (segment.type === SegmentType.confedSequence || segment.type === SegmentType.confedSet) {
      merged.push(segment);
      continue;
    }
    if (missing <= 0) break;
    if (segment.type === SegmentType.set) {
      merged.push(segment);
      missing -= 1;
      continue;
    }
    merged.push({ type: SegmentType.sequence, asns: segment.asns.slice(0, missing) });
    if (segment.asns.length > missing) {
      missing = 0;
      break;
    }
    missing -= segment.asns.length;
  }
  for (const segment of tail) append(merged, segment);
  return merged;
}

/** Appends a segment; a sequence is joined to the sequence before it, which the merge had split. */
function append(segments: AsPathSegment[], segment: AsPathSegment): void {
  const last = segments.at(-1);
  const joinable = last !== undefined && last.type === SegmentType.sequence && segment.type === SegmentType.sequence &&
    last.asns.length + segment.asns.length <= 255;
  if (joinable) segments[segments.length - 1] = { type: last.type, asns: [...last.asns, ...segment.asns] };
  else segments.push(segment);
}
