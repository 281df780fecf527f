/**
 * Extended communities as people write them (RFC 4360, 5701): a name and what stands behind it, in one word. Each text
 * holds every bit, so it is read back to the same octets; a community with bits that its text does not show stays
 * hexadecimal: `0x` and 16 digits, or 40.
 *
 * | text | what |
 * |---|---|
 * | `rt:65000:100`, `soo:192.0.2.1:7` | route target, route origin (RFC 4360 §4, §5); more in `administrators` |
 * | `link-bw:65000:125000000` | octets per second |
 * | `ovs:valid`, `encap:vxlan` | RFC 8097; RFC 9012 §4.1 |
 * | `color:100`, `color:01:100` | RFC 9012 §4.3, with the CO bits of RFC 9830 §3 |
 * | `mac-mobility:5`, `mac-mobility:5:sticky` | RFC 7432 §7.7 |
 * | `esi-label:100`, `esi-label:100:single-active` | RFC 7432 §7.5 |
 * | `es-import:00:00:5e:00:53:01`, `router-mac:…` | RFC 7432 §7.6, RFC 9135 §8.1 |
 * | `l2-attributes:PC:1500` | flags B, P, C or `-`, and the MTU (RFC 8214 §3.1) |
 * | `df-election:2:0:32767` | algorithm, capabilities, preference (RFC 8584 §2.2, RFC 9785 §3) |
 * | `default-gateway` | RFC 7432 §7.8 |
 * | `l2info:19:0:1500:111` | encapsulation, flags, MTU, preference (RFC 4761 §3.2.4) |
 *
 * The actions of FlowSpec are in `flow_actions.ts`. An AS number that stands in four octets and would fit
 * two has an `L` behind it: `rt:65000L:100`.
 */

import {
  floatBits,
  formatAddress,
  formatColonHex,
  parseAddress,
  parseDecimal,
  parseMac,
  readFloat32,
  readUint16,
  readUint32,
} from "../types/mod.ts";
import { formatAssignedNumber, parseAssignedNumber } from "./assigned_number.ts";
import { withIpv6, withNumbers, withOctets } from "./ext_community_octets.ts";
import { formatFlowAction, formatIpv6FlowAction, parseFlowAction } from "./flow_actions.ts";

/** One kind: the text behind its name. */
interface Kind {
  readonly name: string;
  /** `undefined`: the octets have bits that the text would not show. */
  format(octets: Uint8Array): string | undefined;
  /** The octets of the text behind the name; `undefined`: it is none. */
  parse(text: string): Uint8Array | undefined;
}

/** Types whose first octet says what the administrator is (RFC 4360 §3, RFC 5668): this is the second octet. */
const administrators: ReadonlyMap<number, string> = new Map([
  [0x02, "rt"],
  [0x03, "soo"],
  // RFC 4577 §4.2.4, §4.2.7.
  [0x05, "ospf-domain-id"],
  [0x07, "ospf-router-id"],
  // RFC 6514 §6, §7.
  [0x09, "source-as"],
  [0x0b, "vrf-import"],
  // RFC 6074 §3.2.2.1.
  [0x0a, "l2vpn-id"],
]);

const validationStates = ["valid", "not-found", "invalid"];
/** Tunnel types of RFC 9012 §4.1 and RFC 8365 §5.1.3. */
const tunnelNames: ReadonlyMap<number, string> = new Map([
  [1, "l2tpv3"],
  [2, "gre"],
  [7, "ip-in-ip"],
  [8, "vxlan"],
  [9, "nvgre"],
  [10, "mpls"],
  [11, "mpls-in-gre"],
  [12, "vxlan-gpe"],
  [13, "mpls-in-udp"],
  [15, "sr-policy"],
  [19, "geneve"],
]);

/** The name of a tunnel type, or its number. */
export function tunnelName(type: number): string {
  return tunnelNames.get(type) ?? String(type);
}

export function parseTunnelName(text: string): number | undefined {
  for (const [type, name] of tunnelNames) if (name === text) return type;
  return parseDecimal(text, 0xffff);
}

const linkBandwidth: Kind = {
  name: "link-bw",
  format(octets) {
    const rate = readFloat32(octets, 4);
    // A rate that decimal text cannot represent stays hexadecimal.
    return Number.isFinite(rate) && !Object.is(rate, -0) ? `${readUint16(octets, 2)}:${rate}` : undefined;
  },
  parse(text) {
    const match = /^(\d{1,5}):(-?\d+(?:\.\d+)?(?:e[+-]?\d+)?)$/.exec(text);
    if (match === null || Number(match[1]) > 0xffff) return undefined;
    const rate = Math.fround(Number(match[2]));
    return Number.isFinite(rate) ? withNumbers(0x4004, Number(match[1]), floatBits(rate)) : undefined;
  },
};

const originValidation: Kind = {
  name: "ovs",
  format: (octets) => readUint16(octets, 2) === 0 ? validationStates[readUint32(octets, 4)] : undefined,
  parse(text) {
    const state = validationStates.indexOf(text);
    return state === -1 ? undefined : withNumbers(0x4300, 0, state);
  },
};

/** RFC 9830 §3: the first two bits say how the color and a null endpoint lead to a policy. */
const color: Kind = {
  name: "color",
  format(octets) {
    const flags = readUint16(octets, 2);
    if ((flags & 0x3fff) !== 0) return undefined;
    return `${flags === 0 ? "" : `${(flags >> 14).toString(2).padStart(2, "0")}:`}${readUint32(octets, 4)}`;
  },
  parse(text) {
    const match = /^(?:([01]{2}):)?(\d{1,10})$/.exec(text);
    if (match === null || Number(match[2]) > 0xffffffff) return undefined;
    return withNumbers(0x030b, parseInt(match[1] ?? "0", 2) << 14, Number(match[2]));
  },
};

const encapsulation: Kind = {
  name: "encap",
  format: (octets) => readUint32(octets, 2) === 0 ? tunnelName(readUint16(octets, 6)) : undefined,
  parse(text) {
    const type = parseTunnelName(text);
    return type === undefined ? undefined : withNumbers(0x030c, 0, type);
  },
};

const defaultGateway: Kind = {
  name: "default-gateway",
  format: (octets) => isZero(octets, 2) ? "" : undefined,
  parse: (text) => text === "" ? withNumbers(0x030d, 0, 0) : undefined,
};

const macMobility: Kind = {
  name: "mac-mobility",
  format: (octets) =>
    octets[2]! <= 1 && octets[3] === 0 ? `${readUint32(octets, 4)}${octets[2] === 1 ? ":sticky" : ""}` : undefined,
  parse(text) {
    const match = /^(\d{1,10})(:sticky)?$/.exec(text);
    if (match === null || Number(match[1]) > 0xffffffff) return undefined;
    return withNumbers(0x0600, match[2] === undefined ? 0 : 0x0100, Number(match[1]));
  },
};

/** The label has 20 of 24 bits; where the others are not zero the text is hexadecimal. */
const esiLabel: Kind = {
  name: "esi-label",
  format: (octets) =>
    octets[2]! <= 1 && readUint16(octets, 3) === 0 && (octets[7]! & 15) === 0
      ? `${(readUint32(octets, 4) & 0xffffff) >>> 4}${octets[2] === 1 ? ":single-active" : ""}`
      : undefined,
  parse(text) {
    const match = /^(\d{1,7})(:single-active)?$/.exec(text);
    if (match === null || Number(match[1]) > 0xfffff) return undefined;
    return withNumbers(0x0601, match[2] === undefined ? 0 : 0x0100, Number(match[1]) << 4);
  },
};

/** A name with a MAC address behind it. */
function macKind(name: string, type: number): Kind {
  return {
    name,
    format: (octets) => formatColonHex(octets.subarray(2)),
    parse(text) {
      const mac = parseMac(text);
      return mac === undefined ? undefined : withOctets(type, mac);
    },
  };
}

const l2Flags = "BPC";

const l2Attributes: Kind = {
  name: "l2-attributes",
  format(octets) {
    const flags = readUint16(octets, 2);
    if (flags >= 1 << l2Flags.length || readUint16(octets, 6) !== 0) return undefined;
    const letters = [...l2Flags].filter((_, bit) => (flags & (1 << bit)) !== 0).join("");
    return `${letters === "" ? "-" : letters}:${readUint16(octets, 4)}`;
  },
  parse(text) {
    const match = /^(-|B?P?C?):(\d{1,5})$/.exec(text);
    if (match === null || match[1] === "" || Number(match[2]) > 0xffff) return undefined;
    const flags = [...l2Flags].reduce((sum, letter, bit) => match[1]!.includes(letter) ? sum | (1 << bit) : sum, 0);
    return withOctets(0x0604, [0, flags, Number(match[2]) >> 8, Number(match[2]), 0, 0]);
  },
};

const dfElection: Kind = {
  name: "df-election",
  format: (octets) =>
    octets[2]! <= 31 && octets[5] === 0 ? `${octets[2]}:${readUint16(octets, 3)}:${readUint16(octets, 6)}` : undefined,
  parse(text) {
    const [algorithm, capabilities, preference, ...rest] = text.split(":").map((part) => parseDecimal(part, 0xffff));
    if (algorithm === undefined || algorithm > 31 || capabilities === undefined || preference === undefined) {
      return undefined;
    }
    return rest.length > 0
      ? undefined
      : withOctets(0x0606, [algorithm, capabilities >> 8, capabilities, 0, preference >> 8, preference]);
  },
};

const l2Info: Kind = {
  name: "l2info",
  format: (octets) => `${octets[2]}:${octets[3]}:${readUint16(octets, 4)}:${readUint16(octets, 6)}`,
  parse(text) {
    const numbers = text.split(":").map((part) => parseDecimal(part, 0xffff));
    const [encapsulation, flags, mtu, preference] = numbers;
    if (numbers.length !== 4 || numbers.includes(undefined) || encapsulation! > 255 || flags! > 255) return undefined;
    return withOctets(0x800a, [encapsulation!, flags!, mtu! >> 8, mtu!, preference! >> 8, preference!]);
  },
};

/** By type and subtype. */
const kinds: ReadonlyMap<number, Kind> = new Map([
  [0x4004, linkBandwidth],
  [0x4300, originValidation],
  [0x030b, color],
  [0x030c, encapsulation],
  [0x030d, defaultGateway],
  [0x0600, macMobility],
  [0x0601, esiLabel],
  [0x0602, macKind("es-import", 0x0602)],
  [0x0603, macKind("router-mac", 0x0603)],
  [0x0604, l2Attributes],
  [0x0606, dfElection],
  [0x800a, l2Info],
]);
const kindsByName: ReadonlyMap<string, Kind> = new Map([...kinds.values()].map((kind) => [kind.name, kind]));

/** Other spellings in use. */
const otherNames: ReadonlyMap<string, string> = new Map([
  ["target", "rt"],
  ["ro", "soo"],
  ["origin", "soo"],
  ["bandwidth", "link-bw"],
  ["mm", "mac-mobility"],
  ["rmac", "router-mac"],
  ["encapsulation", "encap"],
]);

/** The text of 8 octets. */
export function formatExtCommunity(octets: Uint8Array): string {
  const kind = kinds.get(readUint16(octets, 0));
  if (kind !== undefined) {
    const text = kind.format(octets);
    if (text !== undefined) return text === "" ? kind.name : `${kind.name}:${text}`;
  } else {
    const name = administrators.get(octets[1]!);
    const number = formatAssignedNumber(octets[0]!, octets, 2);
    if (name !== undefined && number !== undefined) return `${name}:${number}`;
  }
  return formatFlowAction(octets) ?? `0x${octets.subarray(0, 8).toHex()}`;
}

/** Reads what {@link formatExtCommunity} writes. */
export function parseExtCommunity(text: string): Uint8Array | undefined {
  if (/^0x[0-9a-fA-F]{16}$/.test(text)) return Uint8Array.fromHex(text.slice(2));
  const [name, value] = nameAndValue(text);
  for (const [subtype, known] of administrators) {
    if (known !== name) continue;
    const number = parseAssignedNumber(value);
    return number && Uint8Array.of(number.type, subtype, ...number.octets);
  }
  const kind = kindsByName.get(name);
  if (kind !== undefined) return kind.parse(value);
  const action = parseFlowAction(text);
  // Actions of 20 octets belong to the other attribute.
  return action?.length === 8 ? action : undefined;
}

function nameAndValue(text: string): [name: string, value: string] {
  const colon = text.indexOf(":");
  const name = colon === -1 ? text : text.slice(0, colon);
  return [otherNames.get(name) ?? name, colon === -1 ? "" : text.slice(colon + 1)];
}

/** Of IPv6 address specific extended communities (RFC 5701 §3, RFC 6515 §4): type and subtype. */
const ipv6Names: ReadonlyMap<number, string> = new Map([[0x0002, "rt"], [0x0003, "soo"], [0x000b, "vrf-import"]]);

/** The text of 20 octets: `rt:[2001:db8::1]:100`. */
export function formatIpv6ExtCommunity(octets: Uint8Array): string {
  const name = ipv6Names.get(readUint16(octets, 0));
  if (name === undefined) return formatIpv6FlowAction(octets) ?? `0x${octets.subarray(0, 20).toHex()}`;
  return `${name}:[${formatAddress(octets.subarray(2, 18))}]:${readUint16(octets, 18)}`;
}

/** Reads what {@link formatIpv6ExtCommunity} writes. */
export function parseIpv6ExtCommunity(text: string): Uint8Array | undefined {
  if (/^0x[0-9a-fA-F]{40}$/.test(text)) return Uint8Array.fromHex(text.slice(2));
  const action = parseFlowAction(text);
  if (action !== undefined) return action.length === 20 ? action : undefined;
  const [name, value] = nameAndValue(text);
  const [, addressText, localText] = /^\[([^\]]+)\]:(\d{1,5})$/.exec(value) ?? [];
  const address = parseAddress(addressText ?? "");
  const type = [...ipv6Names].find(([, known]) => known === name)?.[0];
  if (type === undefined || address?.length !== 16 || Number(localText) > 0xffff) return undefined;
  return withIpv6(type, address, Number(localText));
}

function isZero(octets: Uint8Array, start: number): boolean {
  for (let i = start; i < 8; i++) if (octets[i] !== 0) return false;
  return true;
}
