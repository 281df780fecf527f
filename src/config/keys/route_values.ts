/** Types of path attributes, as people write them in static routes and policies. */

import {
  type AsPathSegment,
  parseCommunity,
  parseExtCommunity,
  parseLargeCommunity,
  SegmentType,
} from "../../message/mod.ts";
import { type Asn, parseAddress, parseAsn, writtenHopFault } from "../../types/mod.ts";
import type { Report } from "../toml/errors.ts";
import type { TomlNode } from "../toml/parse.ts";
import { fail, type ValueType, wrong } from "./value_type.ts";

/** RFC 4271 §4.3: the length of a segment is one octet. */
const maxSegmentAsns = 255;

export type NextHop = { kind: "self" } | { kind: "address"; octets: Uint8Array };

export const nextHop: ValueType<NextHop> = {
  name: 'IP address or "self"',
  parse(node, key, report) {
    const value = node.kind === "string" ? node.value : "";
    if (value.toLowerCase() === "self") return { kind: "self" };
    const octets = parseAddress(value);
    if (octets === undefined) return wrong(node, key, 'an address or "self"', report);
    const fault = writtenHopFault(octets);
    if (fault !== undefined) return fail(node, `${key} cannot be ${value}${fault}`, report);
    return { kind: "address", octets };
  },
};

/** `["65000", 500, "1.10", "{1,2}"]`, or the same as one text with spaces. */
export const asPath: ValueType<readonly AsPathSegment[]> = {
  name: "list of AS numbers and sets",
  parse(node, key, report) {
    const items = node.kind === "array" ? node.items : [node];
    const segments: AsPathSegment[] = [];
    let sequence: Asn[] = [];
    let valid = true;
    for (const item of items) {
      const words = wordsOf(item);
      if (words === undefined) {
        wrong(item, key, 'AS numbers such as 65000, "65000" or "1.10" and sets such as "{1,2}"', report);
        valid = false;
        continue;
      }
      for (const word of words) {
        const isSet = word.startsWith("{");
        const asns = isSet ? word.slice(1, -1).split(",").map((part) => parseAsn(part.trim())) : [parseAsn(word)];
        const known = checkedAsns(asns, word, item, key, report);
        if (known === undefined) valid = false;
        else if (isSet) {
          if (sequence.length > 0) segments.push({ type: SegmentType.sequence, asns: sequence });
          segments.push({ type: SegmentType.set, asns: known });
          sequence = [];
        } else {
          if (sequence.length === maxSegmentAsns) {
            segments.push({ type: SegmentType.sequence, asns: sequence });
            sequence = [];
          }
          sequence.push(known[0]!);
        }
      }
    }
    if (sequence.length > 0) segments.push({ type: SegmentType.sequence, asns: sequence });
    return valid ? segments : undefined;
  },
};

export const community: ValueType<number> = parsedText(
  "community",
  'a community such as "65000:99" or a well-known name such as "no-export"',
  parseCommunity,
);

export const largeCommunity: ValueType<readonly [number, number, number]> = parsedText(
  "large community",
  'a large community such as "65000:1:2"',
  parseLargeCommunity,
);

export const extCommunity: ValueType<Uint8Array> = parsedText(
  "extended community",
  'an extended community such as "rt:65000:100" or "soo:65000:1"',
  parseExtCommunity,
);

function parsedText<T>(name: string, wanted: string, parse: (text: string) => T | undefined): ValueType<T> {
  return {
    name,
    parse(node, key, report) {
      const value = node.kind === "string" ? parse(node.value) : undefined;
      return value === undefined ? wrong(node, key, wanted, report) : value;
    },
  };
}

function wordsOf(item: TomlNode): string[] | undefined {
  if (item.kind === "number") return Number.isInteger(Number(item.value)) ? [String(item.value)] : undefined;
  if (item.kind !== "string") return undefined;
  return item.value.match(/\{[^{}]*\}|[^\s{}]+|[{}]/g) ?? [];
}

function checkedAsns(
  asns: readonly (Asn | undefined)[],
  word: string,
  item: TomlNode,
  key: string,
  report: Report,
): Asn[] | undefined {
  const known = asns.filter((value) => value !== undefined);
  if (known.length !== asns.length) {
    return fail(item, `${key}: "${word}" is neither an AS number nor a set such as "{1,2}"`, report);
  }
  if (known.includes(0)) return fail(item, `${key}: AS 0 is reserved (RFC 7607); write the AS that is in use`, report);
  return known;
}
