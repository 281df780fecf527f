/**
 * TUNNEL_ENCAPSULATION (RFC 9012 §2, §3) as people write it: each tunnel by its type, then the words of its sub-TLVs;
 * tunnels stand behind each other with a semicolon between: `vxlan endpoint 192.0.2.1 color 100; gre protocol 2048`.
 * Sub-TLVs without a word, or with bits that their word would not show, are hexadecimal: `sub-tlv-1 0x0a0b`.
 */

import { formatAddress, parseAddress, parseDecimal, readUint16, readUint32, writeUint32 } from "../types/mod.ts";
import { parseTunnelName, tunnelName } from "./ext_community_text.ts";

const TUNNEL_HEADER = 4;
/** RFC 9012 §3.1: sub-TLVs from this type on have a length of two octets. */
const FIRST_LONG = 128;
const LABEL_BYTES = 4;

/** A sub-TLV with a word: RFC 9012 §3, RFC 9830 §2.4. */
interface SubTlv {
  readonly type: number;
  readonly word: string;
  format(octets: Uint8Array): string | undefined;
  parse(text: string): ArrayLike<number> | undefined;
}

const AFI_IPV4 = 1;
const AFI_IPV6 = 2;

const subTlvs: readonly SubTlv[] = [
  {
    type: 6,
    word: "endpoint",
    format(octets) {
      const isKnown = octets.length >= 6 && readUint32(octets, 0) === 0;
      if (!isKnown) return undefined;
      const address = octets.subarray(6);
      const afi = readUint16(octets, 4);
      if (afi === 0 && address.length === 0) return "next-hop";
      const fits = afi === AFI_IPV4 && address.length === 4 || afi === AFI_IPV6 && address.length === 16;
      return fits ? formatAddress(address) : undefined;
    },
    parse(text) {
      if (text === "next-hop") return new Uint8Array(6);
      const address = parseAddress(text);
      return address && [0, 0, 0, 0, 0, address.length === 4 ? AFI_IPV4 : AFI_IPV6, ...address];
    },
  },
  {
    type: 4,
    word: "color",
    format: (octets) =>
      octets.length === 8 && readUint32(octets, 0) === 0x030b0000 ? String(readUint32(octets, 4)) : undefined,
    parse: (text) => numberOctets(text, 4, [3, 11, 0, 0]),
  },
  numberSubTlv(2, "protocol", 2),
  numberSubTlv(8, "udp-port", 2),
  numberSubTlv(9, "embedded-label", 1),
  {
    type: 10,
    word: "labels",
    format(octets) {
      const labels: string[] = [];
      if (octets.length === 0 || octets.length % LABEL_BYTES !== 0) return undefined;
      for (let at = 0; at < octets.length; at += LABEL_BYTES) {
        const entry = readUint32(octets, at);
        if ((entry & 0xfff) !== (at + LABEL_BYTES === octets.length ? 0x100 : 0)) return undefined;
        labels.push(String(entry >>> 12));
      }
      return labels.join(",");
    },
    parse(text) {
      const labels = text.split(",").map((part) => parseDecimal(part, 0xfffff));
      return labels.includes(undefined) ? undefined : labels.flatMap((label, i) => {
        const octets = new Uint8Array(LABEL_BYTES);
        writeUint32(octets, 0, label! * 4096 + (i === labels.length - 1 ? 0x100 : 0));
        return [...octets];
      });
    },
  },
  numberSubTlv(12, "preference", 4, [0, 0]),
  numberSubTlv(15, "priority", 1, [], [0]),
  textSubTlv(130, "name"),
  textSubTlv(129, "candidate"),
];
const byType: ReadonlyMap<number, SubTlv> = new Map(subTlvs.map((row) => [row.type, row]));
const byWord: ReadonlyMap<string, SubTlv> = new Map(subTlvs.map((row) => [row.word, row]));

/** A number of so many octets, between octets that have to be these. */
function numberSubTlv(
  type: number,
  word: string,
  bytes: 1 | 2 | 4,
  before: readonly number[] = [],
  after: readonly number[] = [],
): SubTlv {
  const end = before.length + bytes;
  return {
    type,
    word,
    format(octets) {
      if (octets.length !== end + after.length) return undefined;
      if (before.some((octet, i) => octets[i] !== octet) || after.some((octet, i) => octets[end + i] !== octet)) {
        return undefined;
      }
      return String(octets.subarray(before.length, end).reduce((sum, octet) => sum * 256 + octet, 0));
    },
    parse: (text) => numberOctets(text, bytes, before, after),
  };
}

/** RFC 9830 §2.4.5, §2.4.7: a reserved octet and a name; a name with other characters than these is hexadecimal. */
function textSubTlv(type: number, word: string): SubTlv {
  const plain = /^[\w.:/@-]+$/;
  return {
    type,
    word,
    format(octets) {
      const text = String.fromCharCode(...octets.subarray(1));
      return octets[0] === 0 && plain.test(text) ? text : undefined;
    },
    parse: (text) => plain.test(text) ? [0, ...new TextEncoder().encode(text)] : undefined,
  };
}

/** The text of a valid value. */
export function formatTunnelEncapsulation(value: Uint8Array): string {
  const tunnels: string[] = [];
  for (let at = 0; at < value.length;) {
    const end = at + TUNNEL_HEADER + readUint16(value, at + 2);
    tunnels.push(
      [tunnelName(readUint16(value, at)), ...formatSubTlvs(value.subarray(at + TUNNEL_HEADER, end))].join(" "),
    );
    at = end;
  }
  return tunnels.join("; ");
}

function* formatSubTlvs(octets: Uint8Array): Generator<string> {
  for (let at = 0; at < octets.length;) {
    const type = octets[at]!;
    const start = at + (type < FIRST_LONG ? 2 : 3);
    const end = start + (type < FIRST_LONG ? octets[at + 1]! : readUint16(octets, at + 1));
    const value = octets.subarray(start, end);
    const row = byType.get(type);
    const text = row?.format(value);
    yield text === undefined ? `sub-tlv-${type} 0x${value.toHex()}` : `${row!.word} ${text}`;
    at = end;
  }
}

/** Reads what {@link formatTunnelEncapsulation} writes. */
export function parseTunnelEncapsulation(text: string): Uint8Array | undefined {
  const octets: number[] = [];
  for (const tunnel of text.trim().split(/\s*;\s*/)) {
    const [name, ...words] = tunnel.split(/\s+/);
    const type = parseTunnelName(name!);
    const inner = parseSubTlvs(words);
    if (type === undefined || inner === undefined || inner.length > 0xffff) return undefined;
    octets.push(type >> 8, type & 255, inner.length >> 8, inner.length & 255, ...inner);
  }
  return Uint8Array.from(octets);
}

function parseSubTlvs(words: readonly string[]): number[] | undefined {
  const octets: number[] = [];
  for (let i = 0; i < words.length; i += 2) {
    const word = words[i]!, text = words[i + 1] ?? "";
    const row = byWord.get(word);
    const type = row?.type ?? parseDecimal(/^sub-tlv-(\d{1,3})$/.exec(word)?.[1] ?? "", 255);
    const digits = /^0x((?:[0-9a-fA-F]{2})*)$/.exec(text)?.[1];
    const value = row === undefined ? digits === undefined ? undefined : Uint8Array.fromHex(digits) : row.parse(text);
    if (type === undefined || value === undefined || value.length > (type < FIRST_LONG ? 0xff : 0xffff)) {
      return undefined;
    }
    octets.push(type, ...type < FIRST_LONG ? [] : [value.length >> 8], value.length & 255, ...Array.from(value));
  }
  return octets;
}

function numberOctets(
  text: string,
  bytes: number,
  before: readonly number[],
  after: readonly number[] = [],
): number[] | undefined {
  const value = parseDecimal(text, 256 ** bytes - 1);
  if (value === undefined) return undefined;
  const octets = Array.from({ length: bytes }, (_, i) => Math.floor(value / 256 ** (bytes - 1 - i)) & 255);
  return [...before, ...octets, ...after];
}
