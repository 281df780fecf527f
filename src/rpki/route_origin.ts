/** The origin of a route as RFC 6811 §2 defines it. */

import { SegmentType } from "../message/mod.ts";
import { type Asn, readUint32 } from "../types/mod.ts";

/**
 * The AS that originated a route, from its AS_PATH in canonical octets (ASNs of four octets). `localAsn` is ours: the
 * origin where the path is empty or ends in a confederation segment. 0, the value NONE: the path ends in an AS_SET.
 */
export function routeOrigin(bytes: Uint8Array, start: number, end: number, localAsn: Asn): Asn {
  let origin = localAsn;
  for (let at = start; at < end;) {
    const type = bytes[at]!;
    const next = at + 2 + 4 * bytes[at + 1]!;
    if (type === SegmentType.sequence) origin = readUint32(bytes, next - 4);
    else origin = type === SegmentType.set ? 0 : localAsn;
    at = next;
  }
  return origin;
}
