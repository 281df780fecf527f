/** Extended communities in the words of ExaBGP's messages: `target:65000:1`, `rate-limit:0`, `redirect:65500:12345`. */

import { formatAddress, formatIpv4Number, readUint16, readUint32 } from "../../types/mod.ts";

/** `undefined`: ExaBGP has no words for this community. */
export function extCommunityWords(octets: Uint8Array): string | undefined {
  const type = octets[0]! & 0xbf, subtype = octets[1]!;
  const asn = readUint16(octets, 2), local = readUint32(octets, 4);
  const wideAsn = readUint32(octets, 2), shortLocal = readUint16(octets, 6);
  switch (type << 8 | subtype) {
    case 0x0002:
      return `target:${asn}:${local}`;
    case 0x0102:
      return `target:${formatIpv4Number(wideAsn)}:${shortLocal}`;
    case 0x0202:
      return `target:${wideAsn}L:${shortLocal}`;
    case 0x0003:
      return `origin:${asn}:${formatIpv4Number(local)}`;
    case 0x0103:
      return `origin:${formatIpv4Number(wideAsn)}:${shortLocal}`;
    case 0x0203:
      return `origin:${wideAsn}L:${shortLocal}`;
    case 0x0004:
      return `bandwidth:${asn}:${asFloat(octets)}`;
    case 0x0702:
      return `interface-set:${directions[shortLocal >> 14]}:${wideAsn}:${shortLocal & 0x3fff}`;
    case 0x0c00:
      return `mup:${asn}:${local}`;
    case 0x0800:
      return (octets[7]! & 1) === 1 ? "copy-to-nexthop" : "redirect-to-nexthop";
    case 0x010c:
      return `${(octets[7]! & 1) === 1 ? "copy" : "redirect"}-to-nexthop-ietf ${formatIpv4Number(wideAsn)}`;
    default:
      return trafficWords(octets);
  }
}

/** The actions of FlowSpec, and the layer 2 information of VPLS. */
function trafficWords(octets: Uint8Array): string | undefined {
  const local = readUint32(octets, 4);
  switch (readUint16(octets, 0)) {
    case 0x8006:
      return `rate-limit:${Math.trunc(asFloat(octets))}`;
    case 0x800c:
      return `rate-limit:${Math.trunc(asFloat(octets))}:packets`;
    case 0x8007: {
      const words = [...(octets[7]! & 2) === 0 ? [] : ["sample"], ...(octets[7]! & 1) === 0 ? [] : ["terminal"]];
      return `action ${words.join("-")}`;
    }
    case 0x8008:
      return `redirect:${readUint16(octets, 2)}:${local}`;
    case 0x8208:
      return `redirect:${readUint32(octets, 2)}:${readUint16(octets, 6)}`;
    case 0x8009:
      return `mark ${octets[7]}`;
    case 0x800a:
      return `l2info:${octets[2]}:${octets[3]}:${readUint16(octets, 4)}:${readUint16(octets, 6)}`;
    default:
      return undefined;
  }
}

/** An extended community of 20 octets (RFC 5701). */
export function ipv6ExtCommunityWords(octets: Uint8Array): string | undefined {
  if (readUint16(octets, 0) !== 0x000c) return undefined;
  const action = (octets[19]! & 1) === 1 ? "copy" : "redirect";
  return `${action}-to-nexthop-ietf ${formatAddress(octets.slice(2, 18))}`;
}

/** Whether the interface set concerns packets that enter or leave; the words stand in the order of the two bits. */
const directions = ["none", "input", "output", "input-output"] as const;

function asFloat(octets: Uint8Array): number {
  return new DataView(octets.buffer, octets.byteOffset).getFloat32(4);
}
