/**
 * PREFIX_SID (RFC 8669 §3, RFC 9252 §2) as people write it, one part for each TLV: `label-index 777`,
 * `srgb 16000+8000`, `l3-service 2001:db8:1:1:: 72 64,24,16,0,0,0`. A SID of SRv6 has its behavior behind it and, where
 * the route says it, its structure: the lengths of locator block, locator node, function and argument, then length and
 * offset of what is transposed into the label. Bits that have no words make a part hexadecimal: `tlv-3 0x0a0b`.
 */

import { formatAddress, parseAddress, parseDecimal, readUint16, readUint32, writeUint32 } from "../types/mod.ts";

const Tlv = { labelIndex: 1, originatorSrgb: 3, l3Service: 5, l2Service: 6 } as const;

const HEADER = 3;
const SID_INFORMATION = 1;
/** Reserved octet, SID, flags, behavior, reserved octet. */
const SID_BYTES = 1 + 16 + 1 + 2 + 1;
const STRUCTURE_BYTES = 6;

/** The text of a valid value. */
export function formatPrefixSid(value: Uint8Array): string {
  const parts: string[] = [];
  for (let at = 0; at < value.length;) {
    const end = at + HEADER + readUint16(value, at + 1);
    const octets = value.subarray(at + HEADER, end);
    parts.push(formatTlv(value[at]!, octets) ?? `tlv-${value[at]} 0x${octets.toHex()}`);
    at = end;
  }
  return parts.join(", ");
}

/** `undefined`: the octets have bits that the words would not show. */
function formatTlv(type: number, octets: Uint8Array): string | undefined {
  switch (type) {
    case Tlv.labelIndex:
      return octets.length === 7 && octets.subarray(0, 3).every((octet) => octet === 0)
        ? `label-index ${readUint32(octets, 3)}`
        : undefined;
    case Tlv.originatorSrgb: {
      if (octets.length < 8 || (octets.length - 2) % 6 !== 0 || readUint16(octets, 0) !== 0) return undefined;
      const ranges: string[] = [];
      for (let at = 2; at < octets.length; at += 6) ranges.push(`${uint24(octets, at)}+${uint24(octets, at + 3)}`);
      return `srgb ${ranges.join(" ")}`;
    }
    case Tlv.l3Service:
    case Tlv.l2Service: {
      const text = formatService(octets);
      return text === undefined ? undefined : `${type === Tlv.l3Service ? "l3" : "l2"}-service ${text}`;
    }
    default:
      return undefined;
  }
}

/** One SID, with its structure or without; flags and reserved octets are zero. */
function formatService(octets: Uint8Array): string | undefined {
  const sid = 1 + HEADER;
  const end = sid + SID_BYTES;
  if (octets.length < end || octets[0] !== 0 || octets[1] !== SID_INFORMATION) return undefined;
  if (readUint16(octets, 2) !== octets.length - sid) return undefined;
  if (octets[sid] !== 0 || octets[sid + 17] !== 0 || octets[sid + 20] !== 0) return undefined;
  const text = `${formatAddress(octets.subarray(sid + 1, sid + 17))} ${readUint16(octets, sid + 18)}`;
  if (octets.length === end) return text;
  if (octets.length !== end + HEADER + STRUCTURE_BYTES) return undefined;
  if (octets[end] !== 1 || readUint16(octets, end + 1) !== STRUCTURE_BYTES) return undefined;
  return `${text} ${octets.subarray(end + HEADER).join(",")}`;
}

/** Reads what {@link formatPrefixSid} writes. */
export function parsePrefixSid(text: string): Uint8Array | undefined {
  const parts = text.trim().split(/\s*, \s*/).map(parseTlv);
  return parts.every((part) => part !== undefined) ? Uint8Array.from(parts.flat()) : undefined;
}

function parseTlv(text: string): number[] | undefined {
  const [name, ...words] = text.split(/\s+/);
  switch (name) {
    case "label-index": {
      const index = parseDecimal(words[0], 0xffffffff);
      if (index === undefined || words.length !== 1) return undefined;
      const octets = new Uint8Array(7);
      writeUint32(octets, 3, index);
      return tlv(Tlv.labelIndex, octets);
    }
    case "srgb":
      return parseSrgb(words);
    case "l3-service":
    case "l2-service": {
      const service = parseService(words);
      return service && tlv(name === "l3-service" ? Tlv.l3Service : Tlv.l2Service, service);
    }
    default: {
      const type = parseDecimal(/^tlv-(\d{1,3})$/.exec(name!)?.[1], 255);
      const digits = /^0x((?:[0-9a-fA-F]{2})*)$/.exec(words[0] ?? "")?.[1];
      if (type === undefined || digits === undefined || words.length !== 1) return undefined;
      return tlv(type, Uint8Array.fromHex(digits));
    }
  }
}

function parseSrgb(words: readonly string[]): number[] | undefined {
  const octets = [0, 0];
  for (const word of words) {
    const [base, range, ...rest] = word.split("+").map((part) => parseDecimal(part, 0xffffff));
    if (base === undefined || range === undefined || rest.length > 0) return undefined;
    octets.push(...uint24Octets(base), ...uint24Octets(range));
  }
  return words.length === 0 ? undefined : tlv(Tlv.originatorSrgb, octets);
}

function parseService([sidText, behaviorText, structureText, ...rest]: readonly string[]): number[] | undefined {
  const sid = parseAddress(sidText ?? "");
  const behavior = parseDecimal(behaviorText, 0xffff);
  const structure = structureText?.split(",").map((part) => parseDecimal(part, 255)) ?? [];
  if (sid?.length !== 16 || behavior === undefined || rest.length > 0 || structure.includes(undefined)) {
    return undefined;
  }
  if (structureText !== undefined && structure.length !== STRUCTURE_BYTES) return undefined;
  const inner = structureText === undefined ? [] : tlv(1, structure as number[]);
  return [0, ...tlv(SID_INFORMATION, [0, ...sid, 0, behavior >> 8, behavior & 255, 0, ...inner])];
}

function tlv(type: number, octets: ArrayLike<number>): number[] {
  return [type, octets.length >> 8, octets.length & 255, ...Array.from(octets)];
}

function uint24(octets: Uint8Array, at: number): number {
  return (readUint16(octets, at) << 8) | octets[at + 2]!;
}

function uint24Octets(value: number): number[] {
  return [value >>> 16, (value >>> 8) & 255, value & 255];
}
