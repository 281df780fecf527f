/**
 * The UPDATE that would have announced an entry of a table: its attributes, with a complete MP_REACH_NLRI, and its
 * destination.
 *
 * Tables have millions of entries, so this writes octets without objects in between.
 */

import { familyOf, IPV4_UNICAST, limits, writeUint16, writeUint32 } from "../types/mod.ts";
import {
  AttributeCode,
  AttributeFlag,
  keepaliveMessage,
  MessageType,
  nextAttribute,
  valueStart,
} from "../message/mod.ts";
import type { MrtEntry } from "./item.ts";

/** Both length fields, MP_REACH_NLRI with a next hop of 255 octets and an RD, or NEXT_HOP, and a path identifier. */
const mostExtraBytes = 4 + 9 + 255 + 8 + 5;
const RD_BYTES = 8;

/**
 * One whole UPDATE, with ASNs of 2 or 4 octets as in the entry (`entry.fourOctetAs`), and a path identifier where the
 * entry has one. The attributes are copied unchanged, with their errors; the reader of the UPDATE validates them. With
 * attributes of nearly 65535 octets it can be longer than any message of a session. It is written into `buffer` if that
 * is large enough.
 */
export function updateOfEntry(entry: MrtEntry, buffer?: Uint8Array): Uint8Array {
  const { attributes } = entry;
  const hops = findNextHops(attributes);
  // RFC 8950: an IPv4 prefix with an IPv6 next hop.
  const isMp = entry.family !== IPV4_UNICAST || hops.reachLength > 4;
  const room = limits.headerBytes + attributes.length + entry.octets.length + mostExtraBytes;
  const update = buffer !== undefined && buffer.length >= room ? buffer : new Uint8Array(room);
  update.set(keepaliveMessage);
  update[18] = MessageType.update;
  writeUint16(update, limits.headerBytes, 0);
  // No withdrawn routes. The length of the attributes is set below.
  const start = limits.headerBytes + 4;
  let at = start;
  if (isMp) at = writeReach(update, at, entry, hops);
  if (!isMp && hops.reachStart === -1) {
    update.set(attributes, at);
    at += attributes.length;
  } else {
    at = writeOthers(update, at, attributes, isMp);
    if (!isMp && hops.classicStart === -1 && hops.reachLength === 4) {
      update[at++] = AttributeFlag.transitive;
      update[at++] = AttributeCode.nextHop;
      update[at++] = 4;
      for (let i = 0; i < 4; i++) update[at++] = attributes[hops.reachStart + i]!;
    }
  }
  writeUint16(update, start - 2, at - start);
  if (!isMp) at = writeNlri(update, at, entry);
  writeUint16(update, 16, at);
  return update.subarray(0, at);
}

/** Offsets of the next hops in the attributes; -1: none. */
interface NextHops {
  reachStart: number;
  reachLength: number;
  classicStart: number;
  classicLength: number;
}

function findNextHops(attributes: Uint8Array): NextHops {
  const hops = { reachStart: -1, reachLength: 0, classicStart: -1, classicLength: 0 };
  for (let at = 0; at < attributes.length;) {
    const value = valueStart(attributes, at);
    const end = nextAttribute(attributes, at);
    if (end > attributes.length) break;
    const code = attributes[at + 1];
    if (code === AttributeCode.nextHop) {
      hops.classicStart = value;
      hops.classicLength = end - value;
    } else if (code === AttributeCode.mpReachNlri) {
      // RFC 6396 §4.3.4: only the next hop's length and the next hop. Some writers put the whole attribute there all
      // the same; it begins with the AFI's high octet, 0. A next hop without octets (FlowSpec) is nothing but a 0.
      const isWhole = attributes[value] === 0 && end > value + 1;
      const length = isWhole ? value + 3 : value;
      hops.reachStart = length + 1;
      hops.reachLength = Math.max(0, Math.min(attributes[length] ?? 0, end - length - 1));
    }
    at = end;
  }
  return hops;
}

function writeReach(update: Uint8Array, at: number, entry: MrtEntry, hops: NextHops): number {
  const { afi, safi, addressBytes, nextHop } = familyOf(entry.family);
  const isReach = hops.reachStart !== -1;
  const start = isReach ? hops.reachStart : hops.classicStart;
  // An entry without a next hop gets the unspecified address.
  const none = nextHop === "none" ? 0 : addressBytes;
  const given = start === -1 ? none : isReach ? hops.reachLength : Math.min(255, hops.classicLength);
  // Some writers leave out the Route Distinguisher of zero that belongs before the address (RFC 4364 §4.3.2).
  const rd = nextHop === "rd" && (given === 4 || given === 16) ? RD_BYTES : 0;
  const length = rd + given;
  update[at] = AttributeFlag.optional | AttributeFlag.extendedLength;
  update[at + 1] = AttributeCode.mpReachNlri;
  const value = at + 4;
  writeUint16(update, value, afi);
  update[value + 2] = safi;
  update[value + 3] = length;
  update.fill(0, value + 4, value + 4 + length);
  if (start !== -1) update.set(entry.attributes.subarray(start, start + given), value + 4 + rd);
  update[value + 4 + length] = 0;
  const end = writeNlri(update, value + 5 + length, entry);
  writeUint16(update, at + 2, end - value);
  return end;
}

/** All attributes except MP_REACH_NLRI, and except NEXT_HOP where MP_REACH_NLRI holds it. */
function writeOthers(update: Uint8Array, to: number, attributes: Uint8Array, isMp: boolean): number {
  for (let at = 0; at < attributes.length;) {
    const end = Math.min(nextAttribute(attributes, at), attributes.length);
    const code = attributes[at + 1];
    const isLeftOut = code === AttributeCode.mpReachNlri || (isMp && code === AttributeCode.nextHop);
    if (!isLeftOut) {
      update.set(attributes.subarray(at, end), to);
      to += end - at;
    }
    at = end;
  }
  return to;
}

function writeNlri(update: Uint8Array, at: number, { octets, length, pathId }: MrtEntry): number {
  if (pathId !== -1) {
    writeUint32(update, at, pathId);
    at += 4;
  }
  if (length === -1) {
    update.set(octets, at);
    return at + octets.length;
  }
  update[at++] = length;
  for (let i = 0; i < length; i += 8) update[at++] = octets[i >> 3]!;
  return at;
}
