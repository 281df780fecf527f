/**
 * The columns of `attribute_details`: what few attribute sets have. A set of plain unicast routes has none of it, and
 * costs nothing here.
 */

import { formatAddress, formatColonHex, readUint16, readUint32 } from "../../types/mod.ts";
import {
  AttributeCode,
  decodeNlriValue,
  formatFlowActions,
  formatPmsiTunnel,
  formatPrefixSid,
  formatTunnelEncapsulation,
  isFlowActionType,
  nextAttribute,
  saysVirtualNetwork,
  valueStart,
} from "../../message/mod.ts";
import type { SqlValue } from "../sqlite.ts";

/** In the order of {@link setDetails}. */
export const detailColumns = [
  "labels",
  "esi",
  "gateway",
  "actions",
  "aigp",
  "pmsi",
  "prefix_sid",
  "tunnel_encapsulation",
] as const;

/** Attributes that give a set a row. In a canonical set, attribute 14 is the value of an NLRI (`nlri/value.ts`). */
const detailCodes = new Set<number>([
  AttributeCode.mpReachNlri,
  AttributeCode.aigp,
  AttributeCode.pmsiTunnel,
  AttributeCode.prefixSid,
  AttributeCode.tunnelEncapsulation,
  AttributeCode.ipv6ExtendedCommunities,
]);

/** True where the extended communities at [from, to) say what FlowSpec does, which gives their set a row. */
export function haveFlowAction(wire: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 8) if (isFlowActionType(readUint16(wire, at))) return true;
  return false;
}

/** True where an attribute of this code gives its set a row. */
export function isDetail(code: number): boolean {
  return detailCodes.has(code);
}

/** The values of the set at [start, end) in the order of {@link detailColumns}. */
export function setDetails(wire: Uint8Array, start: number, end: number): SqlValue[] {
  const row: Partial<Record<typeof detailColumns[number], SqlValue>> = {};
  const isVni = hasVniEncapsulation(wire, start, end);
  let communities: Uint8Array[] = [], ipv6Communities: Uint8Array[] = [];
  for (let at = start; at < end; at = nextAttribute(wire, at)) {
    const value = wire.subarray(valueStart(wire, at), nextAttribute(wire, at));
    switch (wire[at + 1]) {
      case AttributeCode.mpReachNlri: {
        const { labels, esi, gateway } = decodeNlriValue(value);
        if (labels.length > 0) row.labels = labels.map((label) => isVni ? label : label >>> 4).join(" ");
        if (esi !== undefined) row.esi = formatColonHex(esi);
        if (gateway !== undefined) row.gateway = formatAddress(gateway);
        break;
      }
      case AttributeCode.aigp:
        row.aigp = aigpNumber(value);
        break;
      case AttributeCode.pmsiTunnel:
        row.pmsi = formatPmsiTunnel(value, isVni);
        break;
      case AttributeCode.prefixSid:
        row.prefix_sid = formatPrefixSid(value);
        break;
      case AttributeCode.tunnelEncapsulation:
        row.tunnel_encapsulation = formatTunnelEncapsulation(value);
        break;
      case AttributeCode.extendedCommunities:
        communities = itemsOf(value, 8);
        break;
      case AttributeCode.ipv6ExtendedCommunities:
        ipv6Communities = itemsOf(value, 20);
        break;
    }
  }
  row.actions = formatFlowActions(communities, ipv6Communities) || null;
  return detailColumns.map((name) => row[name] ?? null);
}

/** True where the label field of an EVPN route is a VNI and no MPLS label (RFC 8365 §5.1.3). */
function hasVniEncapsulation(wire: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at = nextAttribute(wire, at)) {
    if (wire[at + 1] !== AttributeCode.extendedCommunities) continue;
    for (let i = valueStart(wire, at), to = nextAttribute(wire, at); i < to; i += 8) {
      if (saysVirtualNetwork(wire, i)) return true;
    }
  }
  return false;
}

function itemsOf(value: Uint8Array, size: number): Uint8Array[] {
  const items: Uint8Array[] = [];
  for (let at = 0; at + size <= value.length; at += size) items.push(value.subarray(at, at + size));
  return items;
}

const AIGP_TLV = 1;

/** The metric of the first AIGP TLV. SQLite has no integers from 2^63 on: these are rounded. */
function aigpNumber(value: Uint8Array): SqlValue {
  for (let at = 0; at + 11 <= value.length; at += Math.max(3, readUint16(value, at + 1))) {
    if (value[at] !== AIGP_TLV) continue;
    const metric = (BigInt(readUint32(value, at + 3)) << 32n) | BigInt(readUint32(value, at + 7));
    return metric < 2n ** 63n ? metric : Number(metric);
  }
  return null;
}
