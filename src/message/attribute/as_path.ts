/** AS_PATH (RFC 4271 §5.1.2, confederation segments RFC 5065 §3): the ASes a route came through, nearest first. */

import { readUint16, readUint32, writeUint32 } from "../../types/mod.ts";
import { AttributeCode, UpdateError } from "../code_points.ts";
import type { UpdateContext } from "../update_context.ts";
import { WELL_KNOWN } from "./header.ts";
import type { AttributeRow, Malformed } from "./row.ts";
import { type AsPathSegment, SegmentType } from "./set.ts";

/** Why a route of ours with such a path is refused, and what to do. */
export const asSetsRefused =
  "RFC 9774 forbids to announce one; leave it out, or set reject_as_sets = false at the peer that should receive it";

/** True where the path has an AS_SET or AS_CONFED_SET, which RFC 9774 §3 forbids to announce. */
export function hasAsSets(segments: readonly AsPathSegment[]): boolean {
  return segments.some(({ type }) => type === SegmentType.set || type === SegmentType.confedSet);
}

export const asPath: AttributeRow = {
  code: AttributeCode.asPath,
  name: "AS_PATH",
  flags: WELL_KNOWN,
  onMalformed: "treatAsWithdraw",
  rfc: "RFC 7606 §7.2",
  check(bytes, start, end, context) {
    const width = context.fourOctetAs ? 4 : 2;
    return checkSegments(bytes, start, end, width) ??
      (context.internal ? undefined : checkExternal(bytes, start, end, width, context));
  },
  decode(bytes, start, end, set) {
    set.asPath = decodeSegments(bytes, start, end, 4);
  },
  encode: (set) => encodeSegments(set.asPath, 4),
};

/** The faults of RFC 7606 §7.2, and AS 0 (RFC 7607 §2). */
export function checkSegments(bytes: Uint8Array, start: number, end: number, width: 2 | 4): Malformed | undefined {
  let at = start;
  while (at < end) {
    // "the Path Segment Length field … or … only a single octet remaining"
    if (end - at < 2) return malformed("ends inside a segment header");
    const type = bytes[at]!;
    const count = bytes[at + 1]!;
    if (type < SegmentType.set || type > SegmentType.confedSet) return malformed(`segment type ${type} is not defined`);
    if (count === 0) return malformed("a segment is empty");
    at += 2;
    if (at + count * width > end) return malformed("a segment is longer than the attribute");
    for (let i = 0; i < count; i++, at += width) {
      if ((bytes[at]! | bytes[at + 1]!) !== 0) continue;
      if (width === 2 || (bytes[at + 2]! | bytes[at + 3]!) === 0) return malformed("AS 0 in the path", "RFC 7607 §2");
    }
  }
  return undefined;
}

function checkExternal(
  bytes: Uint8Array,
  start: number,
  end: number,
  width: 2 | 4,
  context: UpdateContext,
): Malformed | undefined {
  const inside = context.confederation === true;
  const front = inside ? SegmentType.confedSequence : SegmentType.sequence;
  if (inside && (start === end || bytes[start] !== front)) {
    return malformed("does not begin with a confederation sequence", "RFC 5065 §5");
  }
  for (let at = start; !inside && at < end; at += 2 + bytes[at + 1]! * width) {
    if (bytes[at]! >= SegmentType.confedSequence) {
      return malformed("confederation segment from outside the confederation", "RFC 5065 §5");
    }
  }
  if (context.enforceFirstAs !== true) return undefined;
  // RFC 4271 §6.3: "the leftmost … AS in the AS_PATH" may be required to be the peer's.
  const first = start === end || bytes[start] !== front ? 0 : readAsn(bytes, start + 2, width);
  return first === context.remoteAsn ? undefined : malformed("does not begin with the peer's AS", "RFC 4271 §6.3");
}

function malformed(text: string, rfc?: string): Malformed {
  return rfc === undefined
    ? { subcode: UpdateError.malformedAsPath, text }
    : { subcode: UpdateError.malformedAsPath, text, rfc };
}

function readAsn(bytes: Uint8Array, at: number, width: 2 | 4): number {
  return width === 4 ? readUint32(bytes, at) : readUint16(bytes, at);
}

/** Reads segments that {@link checkSegments} accepted. */
export function decodeSegments(bytes: Uint8Array, start: number, end: number, width: 2 | 4): AsPathSegment[] {
  const segments: AsPathSegment[] = [];
  let at = start;
  while (at < end) {
    const type = bytes[at]! as SegmentType;
    const count = bytes[at + 1]!;
    at += 2;
    const asns = new Array<number>(count);
    for (let i = 0; i < count; i++, at += width) asns[i] = readAsn(bytes, at, width);
    segments.push({ type, asns });
  }
  return segments;
}

/** The wire form; a segment of more than 255 ASNs becomes several. With two octets every ASN must fit in them. */
export function encodeSegments(segments: readonly AsPathSegment[], width: 2 | 4): Uint8Array {
  let size = 0;
  for (const { asns } of segments) size += asns.length * width + 2 * Math.ceil(asns.length / 255);
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const { type, asns } of segments) {
    for (let from = 0; from < asns.length; from += 255) {
      const count = Math.min(255, asns.length - from);
      bytes[at++] = type;
      bytes[at++] = count;
      for (let i = from; i < from + count; i++, at += width) {
        if (width === 4) writeUint32(bytes, at, asns[i]!);
        else {
          bytes[at] = asns[i]! >>> 8;
          bytes[at + 1] = asns[i]!;
        }
      }
    }
  }
  return bytes;
}

/** Length for route selection: a set counts 1 (RFC 4271 §9.1.2.2a), confederation segments 0 (RFC 5065 §5.3). */
export function asPathLength(segments: readonly AsPathSegment[]): number {
  let length = 0;
  for (const { type, asns } of segments) {
    if (type === SegmentType.sequence) length += asns.length;
    else if (type === SegmentType.set) length += 1;
  }
  return length;
}
