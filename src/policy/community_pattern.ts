/**
 * Community patterns of all kinds as people write them. The form says which kind: two numbers are a standard community
 * (RFC 1997), three numbers a large one (RFC 8092), a leading word or `0x` an extended one (RFC 4360). A number may be
 * `*` or a range such as `100-199`; `"*"` alone is every community of every kind.
 */

import { parseCommunity, parseExtCommunity } from "../message/mod.ts";
import { parseAsn, parseIpv4Number } from "../types/mod.ts";
import type { CommunityPattern, NumberRange } from "./policy_table.ts";
import { uint32Max } from "./number_set.ts";

const uint16: NumberRange = { first: 0, last: 0xffff };
const uint32: NumberRange = { first: 0, last: uint32Max };

/** One text may mean several patterns: `"rt:*"` covers three types. `undefined`: not a pattern. */
export function parseCommunityPattern(text: string): CommunityPattern[] | undefined {
  if (text === "*") {
    return [
      { kind: "standard", high: uint16, low: uint16 },
      { kind: "large", parts: [uint32, uint32, uint32] },
      { kind: "extended", high: 0, highMask: 0, low: 0, lowMask: 0, localMask: 0, local: single(0) },
    ];
  }
  const known = parseCommunity(text);
  if (known !== undefined) {
    return [{ kind: "standard", high: single(known >>> 16), low: single(known & 0xffff) }];
  }
  if (/^[\d*]/.test(text) && !text.startsWith("0x")) return numeric(text.split(":"));
  const exact = parseExtCommunity(text);
  return exact !== undefined ? [exactly(exact)] : extended(text);
}

function numeric(words: readonly string[]): CommunityPattern[] | undefined {
  const limit = words.length === 2 ? 0xffff : uint32Max;
  const parts = words.map((word) => part(word, limit));
  if (!parts.every((range) => range !== undefined)) return undefined;
  if (parts.length === 2) return [{ kind: "standard", high: parts[0]!, low: parts[1]! }];
  return parts.length === 3 ? [{ kind: "large", parts: [parts[0]!, parts[1]!, parts[2]!] }] : undefined;
}

function part(text: string, max: number): NumberRange | undefined {
  if (text === "*") return { first: 0, last: max };
  const match = /^(\d{1,10})(?:-(\d{1,10}))?$/.exec(text);
  if (match === null) return undefined;
  const first = Number(match[1]);
  const last = Number(match[2] ?? match[1]);
  return first <= last && last <= max ? { first, last } : undefined;
}

function single(value: number): NumberRange {
  return { first: value, last: value };
}

function exactly(octets: Uint8Array): CommunityPattern {
  const view = new DataView(octets.buffer, octets.byteOffset, 8);
  const [high, low] = [view.getUint32(0), view.getUint32(4)];
  return { kind: "extended", high, highMask: uint32Max, low, lowMask: uint32Max, localMask: 0, local: single(0) };
}

/** Subtypes of communities with an administrator, and types where a name stands for the first two octets. */
const subtypes: Readonly<Record<string, number>> = { rt: 0x02, target: 0x02, soo: 0x03, origin: 0x03, ro: 0x03 };
const types: Readonly<Record<string, number>> = {
  "link-bw": 0x4004,
  "bandwidth": 0x4004,
  "ovs": 0x4300,
  "color": 0x030b,
  "encap": 0x030c,
};

/** The first octet of communities with an administrator: an AS of two octets, an IPv4 address, an AS of four. */
const administrators = [0x00, 0x01, 0x02] as const;

function extended(text: string): CommunityPattern[] | undefined {
  const [, name, rest] = /^([a-z-]+):(.+)$/.exec(text) ?? [];
  if (name === undefined || rest === undefined) return undefined;
  if (Object.hasOwn(types, name)) return rest === "*" ? [ofType(types[name]!, uint32Max, uint32)] : undefined;
  if (!Object.hasOwn(subtypes, name)) return undefined;
  const subtype = subtypes[name]!;
  const [administrator, localText, more] = rest === "*" ? ["*", "*"] : rest.split(":");
  if (administrator === undefined || localText === undefined || more !== undefined) return undefined;
  if (administrator !== "*") return withAdministrator(administrator, subtype, localText);
  const wide = part(localText, uint32Max);
  if (wide === undefined) return undefined;
  // An administrator of four octets leaves two octets for the number.
  const narrow = part(localText, 0xffff);
  return administrators.flatMap((type) => {
    const code = type * 0x100 + subtype;
    if (type === 0) return [ofType(code, uint32Max, wide)];
    return narrow === undefined ? [] : [ofType(code, 0xffff, narrow)];
  });
}

function withAdministrator(text: string, subtype: number, localText: string): CommunityPattern[] | undefined {
  const isLong = text.endsWith("L");
  const address = parseIpv4Number(text);
  const asn = address === undefined ? parseAsn(isLong ? text.slice(0, -1) : text) : undefined;
  const isShort = asn !== undefined && asn <= 0xffff && !isLong;
  const administrator = address ?? asn;
  const local = part(localText, isShort ? uint32Max : 0xffff);
  if (administrator === undefined || local === undefined) return undefined;
  const highMask = uint32Max;
  if (isShort) {
    const high = subtype * 0x10000 + administrator;
    return [{ kind: "extended", high, highMask, low: 0, lowMask: 0, localMask: uint32Max, local }];
  }
  const type = administrators[address === undefined ? 2 : 1];
  const high = type * 0x1000000 + subtype * 0x10000 + (administrator >>> 16);
  const low = (administrator & 0xffff) * 0x10000;
  return [{ kind: "extended", high, highMask, low, lowMask: 0xffff0000, localMask: 0xffff, local }];
}

/** Any community of this type and subtype whose number is one of these. */
function ofType(code: number, localMask: number, local: NumberRange): CommunityPattern {
  return { kind: "extended", high: code * 0x10000, highMask: 0xffff0000, low: 0, lowMask: 0, localMask, local };
}
