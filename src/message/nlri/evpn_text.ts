/**
 * Destinations of EVPN as people write them: the name of the route type, then the fields of its key, each behind its
 * word: `mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.1`. A type that nobody named here is hexadecimal:
 * `type-9 0x0a0b`.
 */

import {
  formatAddress,
  formatColonHex,
  formatPrefix,
  parseAddress,
  parseDecimal,
  parseEsi,
  parseMac,
  parsePrefix,
  readUint32,
  writeUint32,
} from "../../types/mod.ts";
import type { NlriFields, NlriTextError } from "./codec.ts";
import { formatRd, parseRd } from "./rd.ts";

export const EvpnType = { autoDiscovery: 1, macIp: 2, multicast: 3, ethernetSegment: 4, ipPrefix: 5 } as const;

/** A field of the key. */
interface Part {
  /** Its word in the text. */
  readonly word: string;
  /** Its column in `NlriFields.more`; `rd` and `prefix` are columns of their own. */
  readonly column: string;
  /** Octets in the key; 0: all that remain. */
  readonly bytes: number;
  /** The text that stands for a part that people left out; without it, the part is required. */
  readonly otherwise?: string;
  /** What its text has to be. */
  readonly says: string;
  format(octets: Uint8Array): string;
  parse(text: string): Uint8Array | undefined;
}

const rd: Part = {
  word: "rd",
  column: "rd",
  bytes: 8,
  says: "a route distinguisher such as 65000:1",
  format: formatRd,
  parse: parseRd,
};
const esi: Part = {
  word: "esi",
  column: "esi",
  bytes: 10,
  says: "ten octets such as 00:11:22:33:44:55:66:77:88:99",
  format: formatColonHex,
  parse: parseEsi,
};
const tag: Part = {
  word: "tag",
  column: "ethernet_tag",
  bytes: 4,
  otherwise: "0",
  says: "a number from 0 to 4294967295",
  format: (octets) => String(readUint32(octets, 0)),
  parse(text) {
    const value = parseDecimal(text, 0xffffffff);
    if (value === undefined) return undefined;
    const octets = new Uint8Array(4);
    writeUint32(octets, 0, value);
    return octets;
  },
};
const mac: Part = {
  word: "mac",
  column: "mac",
  bytes: 6,
  says: "an address such as 00:00:5e:00:53:01",
  format: formatColonHex,
  parse: parseMac,
};
/** Absent: the route is about the MAC address only. */
const ip: Part = {
  word: "ip",
  column: "ip",
  bytes: 0,
  otherwise: "",
  says: "an IP address",
  format: (octets) => octets.length === 0 ? "" : formatAddress(octets),
  parse: (text) => text === "" ? new Uint8Array(0) : parseAddress(text),
};
const originator: Part = {
  word: "originator",
  column: "originator",
  bytes: 0,
  says: "an IP address",
  format: formatAddress,
  parse: parseAddress,
};
const prefix: Part = {
  word: "prefix",
  column: "prefix",
  bytes: 0,
  says: "a prefix such as 192.0.2.0/24, without host bits",
  format: (octets) => formatPrefix({ length: octets[0]!, octets: octets.subarray(1) }),
  parse(text) {
    const found = parsePrefix(text);
    return found === undefined ? undefined : Uint8Array.of(found.length, ...found.octets);
  },
};

interface RouteType {
  readonly type: number;
  readonly name: string;
  /** Names that other programs use. */
  readonly others: readonly string[];
  readonly parts: readonly Part[];
}

const routeTypes: readonly RouteType[] = [
  {
    type: EvpnType.autoDiscovery,
    name: "auto-discovery",
    others: ["a-d", "ead", "ethernet-ad"],
    parts: [rd, esi, tag],
  },
  {
    type: EvpnType.macIp,
    name: "mac-ip",
    others: ["macip", "macadv", "mac-advertisement", "mac"],
    parts: [rd, tag, mac, ip],
  },
  { type: EvpnType.multicast, name: "multicast", others: ["imet"], parts: [rd, tag, originator] },
  { type: EvpnType.ethernetSegment, name: "ethernet-segment", others: ["es", "esi"], parts: [rd, esi, originator] },
  { type: EvpnType.ipPrefix, name: "ip-prefix", others: ["prefix"], parts: [rd, tag, prefix] },
];

/** The types of routes as bgpd prints them. */
export const evpnTypeNames: readonly string[] = routeTypes.map(({ name }) => name);

/** GoBGP writes these without a word in front: `macadv 00:00:5e:00:53:01 192.0.2.1 etag 0 rd 65000:1`. */
const bareParts: readonly Part[] = [mac, ip, originator, prefix];

/** Other programs' words for the parts. */
const otherWords: Readonly<Record<string, string>> = { "etag": "tag", "ethernet-tag": "tag" };

/** The parts of a key with their octets; `undefined` where its type is none of {@link routeTypes}. */
function* partsOf({ parts }: RouteType, key: Uint8Array): Generator<[Part, Uint8Array]> {
  let at = 1;
  for (const part of parts) {
    const end = part.bytes === 0 ? key.length : at + part.bytes;
    yield [part, key.subarray(at, end)];
    at = end;
  }
}

export function formatEvpn(key: Uint8Array): string {
  const routeType = routeTypes.find(({ type }) => type === key[0]);
  if (routeType === undefined) return `type-${key[0]} 0x${key.subarray(1).toHex()}`;
  let text = routeType.name;
  for (const [part, octets] of partsOf(routeType, key)) {
    if (octets.length > 0) text += ` ${part.word} ${part.format(octets)}`;
  }
  return text;
}

export function evpnFields(key: Uint8Array): NlriFields {
  const type = key[0]!;
  const routeType = routeTypes.find((row) => row.type === type);
  const more: { [column: string]: string | number } = { route_type: type };
  if (routeType === undefined) return { more };
  const fields: { -readonly [name in keyof NlriFields]: NlriFields[name] } = { more };
  for (const [part, octets] of partsOf(routeType, key)) {
    if (part === rd) fields.rd = formatRd(octets);
    else if (part === prefix) fields.prefix = { length: octets[0]!, octets: octets.slice(1) };
    else if (part === tag) more[part.column] = readUint32(octets, 0);
    else if (octets.length > 0) more[part.column] = part.format(octets);
  }
  return fields;
}

export function parseEvpn(text: string): Uint8Array | NlriTextError {
  const [name, ...words] = text.trim().split(/\s+/);
  const routeType = routeTypes.find((row) => row.name === name || row.others.includes(name!));
  if (routeType === undefined) return parseUnnamed(name!, words);
  const values = new Map<string, string>();
  for (let i = 0; i < words.length; i += 2) {
    const written = words[i]!;
    const bare = routeType.parts.find((part) => bareParts.includes(part) && part.parse(written) !== undefined);
    if (bare !== undefined && !values.has(bare.word)) {
      values.set(bare.word, written);
      i--;
      continue;
    }
    const word = Object.hasOwn(otherWords, written) ? otherWords[written]! : written;
    const value = words[i + 1];
    const known = routeType.parts.map((part) => part.word);
    if (!known.includes(word)) return { error: `"${written}" is not a word of ${name}: it has ${known.join(", ")}` };
    if (value === undefined) return { error: `"${written}" has no value` };
    if (values.has(word)) return { error: `"${word}" stands twice` };
    values.set(word, value);
  }
  const key: number[] = [routeType.type];
  for (const part of routeType.parts) {
    const value = values.get(part.word) ?? part.otherwise;
    if (value === undefined) return { error: `${name} needs "${part.word}": ${part.says}` };
    const octets = part.parse(value);
    if (octets === undefined) return { error: `${part.word} "${value}" is not ${part.says}` };
    key.push(...octets);
  }
  return Uint8Array.from(key);
}

function parseUnnamed(name: string, words: readonly string[]): Uint8Array | NlriTextError {
  const type = /^type-(\d{1,3})$/.exec(name)?.[1];
  const digits = /^0x((?:[0-9a-fA-F]{2}){0,255})$/.exec(words[0] ?? "")?.[1];
  if (type === undefined || Number(type) > 255 || routeTypes.some((row) => row.type === Number(type))) {
    const names = routeTypes.map((row) => row.name).join(", ");
    return { error: `"${name}" is not a type of EVPN route: ${names}, or type-9 with its octets in hexadecimal` };
  }
  if (digits === undefined || words.length !== 1) {
    return { error: `${name} needs its octets in hexadecimal, such as 0x0a0b` };
  }
  return Uint8Array.of(Number(type), ...Uint8Array.fromHex(digits));
}
