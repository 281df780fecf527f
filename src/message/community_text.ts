/** The three kinds of communities as people write them. */

import { formatIpv4Number, parseIpv4Number, readUint16, readUint32, writeUint32 } from "../types/mod.ts";
import type { LargeCommunity } from "./attribute/set.ts";
import { formatFlowAction, parseFlowAction } from "./flow_actions.ts";
import { WellKnownCommunity } from "./attribute/well_known_communities.ts";

/** Their names as IANA registered them. */
const wellKnown: Readonly<Record<string, number>> = {
  "graceful-shutdown": WellKnownCommunity.gracefulShutdown,
  "accept-own": WellKnownCommunity.acceptOwn,
  "llgr-stale": WellKnownCommunity.longLivedStale,
  "no-llgr": WellKnownCommunity.noLongLived,
  "blackhole": WellKnownCommunity.blackhole,
  "no-export": WellKnownCommunity.noExport,
  "no-advertise": WellKnownCommunity.noAdvertise,
  "no-export-subconfed": WellKnownCommunity.noExportSubconfed,
  "no-peer": WellKnownCommunity.noPeer,
};

/** `"65000:99"`, for well-known communities, too: SQL can search for two numbers. */
export function formatCommunity(community: number): string {
  return `${community >>> 16}:${community & 0xffff}`;
}

/** Reads `"65000:99"` and the well-known names (`"no-export"`). */
export function parseCommunity(text: string): number | undefined {
  const parts = numbers(text);
  if (parts === undefined) return Object.hasOwn(wellKnown, text) ? wellKnown[text] : undefined;
  const [high, low] = parts;
  if (parts.length !== 2 || high! > 0xffff || low! > 0xffff) return undefined;
  return high! * 0x10000 + low!;
}

/** `"65000:1:2"`. */
export function formatLargeCommunity([administrator, first, second]: Readonly<LargeCommunity>): string {
  return `${administrator}:${first}:${second}`;
}

export function parseLargeCommunity(text: string): LargeCommunity | undefined {
  const parts = numbers(text);
  return parts?.length === 3 ? [parts[0]!, parts[1]!, parts[2]!] : undefined;
}

/** Decimal numbers of 32 bits between colons. */
function numbers(text: string): number[] | undefined {
  if (!/^\d{1,10}(:\d{1,10})*$/.test(text)) return undefined;
  const parts = text.split(":").map(Number);
  return parts.every((part) => part <= 0xffffffff) ? parts : undefined;
}

/** The first octets of an extended community: type and subtype (RFC 4360 §3, RFC 5668, RFC 7153). */
const ExtType = {
  twoOctetAs: 0x00,
  ipv4: 0x01,
  fourOctetAs: 0x02,
  routeTarget: 0x02,
  routeOrigin: 0x03,
  /** draft-ietf-idr-link-bandwidth. */
  linkBandwidth: 0x4004,
  /** RFC 8097. */
  originValidation: 0x4300,
  /** RFC 9012 §4.3, §4.1. */
  color: 0x030b,
  encapsulation: 0x030c,
} as const;

const validationStates = ["valid", "not-found", "invalid"] as const;

/**
 * `"rt:65000:100"`, `"soo:192.0.2.1:7"`, `"link-bw:65000:125000000"` (octets per second), `"ovs:valid"`, `"color:100"`,
 * `"encap:8"`, the actions of `flow_actions.ts`; any other as `"0x"` and 16 digits. An AS that would fit two octets but
 * stands in four has an `L` behind it: `"rt:65000L:100"`.
 */
export function formatExtCommunity(octets: Uint8Array): string {
  const text = knownExtCommunity(octets);
  if (text !== undefined) return text;
  let hex = "0x";
  for (let i = 0; i < 8; i++) hex += octets[i]!.toString(16).padStart(2, "0");
  return hex;
}

function knownExtCommunity(octets: Uint8Array): string | undefined {
  const subtype = octets[1]!;
  if (octets[0]! <= ExtType.fourOctetAs && (subtype === ExtType.routeTarget || subtype === ExtType.routeOrigin)) {
    return `${subtype === ExtType.routeTarget ? "rt" : "soo"}:${administrator(octets)}`;
  }
  const low = readUint32(octets, 4);
  switch (readUint16(octets, 0)) {
    case ExtType.linkBandwidth: {
      const rate = bitsToFloat(low);
      // A rate that decimal text cannot represent stays hexadecimal.
      return Number.isFinite(rate) && !Object.is(rate, -0) ? `link-bw:${readUint16(octets, 2)}:${rate}` : undefined;
    }
    case ExtType.originValidation:
      return readUint16(octets, 2) === 0 && low < validationStates.length ? `ovs:${validationStates[low]}` : undefined;
    case ExtType.color:
      return readUint16(octets, 2) === 0 ? `color:${low}` : undefined;
    case ExtType.encapsulation:
      return readUint32(octets, 2) === 0 ? `encap:${readUint16(octets, 6)}` : undefined;
    default:
      return formatFlowAction(octets);
  }
}

function administrator(octets: Uint8Array): string {
  switch (octets[0]) {
    case ExtType.twoOctetAs:
      return `${readUint16(octets, 2)}:${readUint32(octets, 4)}`;
    case ExtType.ipv4:
      return `${formatIpv4Number(readUint32(octets, 2))}:${readUint16(octets, 6)}`;
    default: {
      const asn = readUint32(octets, 2);
      return `${asn}${asn <= 0xffff ? "L" : ""}:${readUint16(octets, 6)}`;
    }
  }
}

/** Other spellings in use. */
const kinds: Readonly<Record<string, string>> = {
  "target": "rt",
  "ro": "soo",
  "origin": "soo",
  "bandwidth": "link-bw",
};

/** Reads what {@link formatExtCommunity} writes. */
export function parseExtCommunity(text: string): Uint8Array | undefined {
  if (/^0x[0-9a-fA-F]{16}$/.test(text)) return withWords(parseInt(text.slice(2, 10), 16), parseInt(text.slice(10), 16));
  const action = parseFlowAction(text);
  // Actions of 20 octets are no extended communities of this attribute.
  if (action?.length === 8) return action;
  const colon = text.indexOf(":");
  if (colon === -1) return undefined;
  const name = text.slice(0, colon);
  const kind = Object.hasOwn(kinds, name) ? kinds[name] : name;
  const value = text.slice(colon + 1);
  switch (kind) {
    case "rt":
      return parseAdministrator(value, ExtType.routeTarget);
    case "soo":
      return parseAdministrator(value, ExtType.routeOrigin);
    case "link-bw":
      return parseLinkBandwidth(value);
    case "ovs": {
      const state = validationStates.findIndex((name) => name === value);
      return state === -1 ? undefined : withWords(ExtType.originValidation * 0x10000, state);
    }
    case "color": {
      const color = numbers(value);
      return color?.length === 1 ? withWords(ExtType.color * 0x10000, color[0]!) : undefined;
    }
    case "encap": {
      const type = numbers(value);
      return type?.length === 1 && type[0]! <= 0xffff
        ? withWords(ExtType.encapsulation * 0x10000, type[0]!)
        : undefined;
    }
    default:
      return undefined;
  }
}

function parseAdministrator(text: string, subtype: number): Uint8Array | undefined {
  const match = /^(?:(\d{1,10})(L?)|(\d[\d.]+)):(\d{1,10})$/.exec(text);
  if (match === null) return undefined;
  const [, asnText, long, address, localText] = match;
  const local = Number(localText);
  if (address !== undefined) {
    const number = parseIpv4Number(address);
    return number === undefined || local > 0xffff ? undefined : withAdministrator(ExtType.ipv4, subtype, number, local);
  }
  const asn = Number(asnText);
  if (asn > 0xffffffff || local > 0xffffffff) return undefined;
  if (asn <= 0xffff && long === "") return withWords(subtype * 0x10000 + asn, local);
  return local > 0xffff ? undefined : withAdministrator(ExtType.fourOctetAs, subtype, asn, local);
}

function parseLinkBandwidth(text: string): Uint8Array | undefined {
  const match = /^(\d{1,5}):(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(text);
  if (match === null || Number(match[1]) > 0xffff) return undefined;
  const rate = Math.fround(Number(match[2]));
  return Number.isFinite(rate)
    ? withWords(ExtType.linkBandwidth * 0x10000 + Number(match[1]), floatToBits(rate))
    : undefined;
}

/** Four octets of administrator, two of local value. */
function withAdministrator(type: number, subtype: number, administrator: number, local: number): Uint8Array {
  const octets = Uint8Array.of(type, subtype, 0, 0, 0, 0, local >>> 8, local);
  writeUint32(octets, 2, administrator);
  return octets;
}

function withWords(high: number, low: number): Uint8Array {
  const octets = new Uint8Array(8);
  writeUint32(octets, 0, high);
  writeUint32(octets, 4, low);
  return octets;
}

function bitsToFloat(word: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, word);
  return view.getFloat32(0);
}

function floatToBits(value: number): number {
  const view = new DataView(new ArrayBuffer(4));
  view.setFloat32(0, value);
  return view.getUint32(0);
}
