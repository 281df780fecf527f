/** AS_PATH with our own ASN in front (RFC 4271 §5.1.2 b), on canonical bytes. */

import { AttributeCode, AttributeFlag, SegmentType, writeAttributeHeader } from "../message/mod.ts";
import { readUint32 } from "./attribute_keys.ts";

/**
 * Writes the whole attribute at `to` and gives the offset behind it; `path[start, end)` is the value received. `once`: a
 * path that begins with our ASN stays as it is, because an operator wrote it so.
 */
export function writePrepended(
  target: Uint8Array,
  to: number,
  path: Uint8Array,
  start: number,
  end: number,
  asn: number,
  once: boolean,
): number {
  const sequence = start < end && path[start] === SegmentType.sequence;
  const count = sequence ? path[start + 1]! : 0;
  const already = once && count > 0 && readUint32(path, start + 2) === asn;
  // A segment holds at most 255 ASNs.
  const joins = sequence && count < 255;
  const added = already ? 0 : joins ? 4 : 6;
  let at = writeAttributeHeader(target, to, AttributeFlag.transitive, AttributeCode.asPath, end - start + added);
  let from = start;
  if (!already) {
    target[at++] = SegmentType.sequence;
    target[at++] = joins ? count + 1 : 1;
    target[at++] = asn >>> 24;
    target[at++] = asn >>> 16;
    target[at++] = asn >>> 8;
    target[at++] = asn;
    if (joins) from = start + 2;
  }
  while (from < end) target[at++] = path[from++]!;
  return at;
}
