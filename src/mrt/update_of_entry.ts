/**
 * The UPDATE that would have announced a table's route: its attributes with MP_REACH_NLRI made whole, and its prefix.
 */

import { family as familyRow, IPV4_UNICAST } from "../types/mod.ts";
import { AttributeCode, AttributeFlag, beginMessage, finishMessage, MessageType, Writer } from "../message/mod.ts";
import type { MrtEntry } from "./item.ts";
import { rawAttributes } from "./raw_attributes.ts";

/** An entry's attributes have at most 65535 octets, and NLRI come on top: such an UPDATE is for our own reader only. */
const maxMessageBytes = 65535 + 128;

/**
 * One whole UPDATE, in 2- or 4-octet form as the entry was (`entry.fourOctetAs`), with a path identifier where the entry
 * has one. The attributes are passed on as they stand, errors and all; it is for the reader of the UPDATE to judge them.
 */
export function updateOfEntry(entry: MrtEntry): Uint8Array {
  const attributes = new Writer(entry.attributes.length + 64);
  const nlri = nlriOf(entry);
  let nextHop: Uint8Array | undefined;
  let isClassic = false;
  let mp = entry.family !== IPV4_UNICAST;
  const raw = [...rawAttributes(entry.attributes)];
  for (const { code, value } of raw) {
    if (value === undefined) continue;
    if (code === AttributeCode.mpReachNlri) {
      nextHop = nextHopOf(value);
      // RFC 8950: an IPv4 prefix with an IPv6 next hop.
      if (nextHop.length > 4) mp = true;
    } else if (code === AttributeCode.nextHop) {
      nextHop ??= value;
      isClassic = true;
    }
  }
  if (mp) writeReach(attributes, nextHop ?? new Uint8Array(familyRow(entry.family).addressBytes), entry, nlri);
  for (const { code, bytes } of raw) {
    if (code === AttributeCode.mpReachNlri || (mp && code === AttributeCode.nextHop)) continue;
    attributes.bytes(bytes);
  }
  if (!mp && !isClassic && nextHop?.length === 4) {
    attributes.u24((AttributeFlag.transitive << 16) | (AttributeCode.nextHop << 8) | 4);
    attributes.bytes(nextHop);
  }
  const writer = beginMessage(MessageType.update, attributes.length + 64);
  writer.u16(0);
  writer.u16(attributes.length);
  writer.bytes(attributes.finish());
  if (!mp) writer.bytes(nlri);
  return finishMessage(writer, maxMessageBytes);
}

function nlriOf({ octets, length, pathId }: MrtEntry): Uint8Array {
  const writer = new Writer(24);
  if (pathId !== -1) writer.u32(pathId);
  writer.u8(length);
  writer.bytes(octets.subarray(0, (length + 7) >> 3));
  return writer.finish();
}

function writeReach(writer: Writer, nextHop: Uint8Array, entry: MrtEntry, nlri: Uint8Array): void {
  const { afi, safi } = familyRow(entry.family);
  writer.u8(AttributeFlag.optional | AttributeFlag.extendedLength);
  writer.u8(AttributeCode.mpReachNlri);
  writer.u16(5 + nextHop.length + nlri.length);
  writer.u16(afi);
  writer.u8(safi);
  writer.u8(nextHop.length);
  writer.bytes(nextHop);
  writer.u8(0);
  writer.bytes(nlri);
}

/**
 * RFC 6396 §4.3.4: only the next hop's length and the next hop. Some writers put the whole attribute there all the same; it
 * begins with the AFI's high octet, 0, which no next hop length is.
 */
function nextHopOf(value: Uint8Array): Uint8Array {
  if (value[0] !== 0) return value.subarray(1, 1 + (value[0] ?? 0));
  return value.subarray(4, 4 + (value[3] ?? 0));
}
