/** Types of values that rules of policies set. */

import { type LargeCommunity, parseCommunity, parseExtCommunity, parseLargeCommunity } from "../../message/mod.ts";
import type { NextHopChoice, NumberChange } from "../../policy/mod.ts";
import { type Asn, formatAddress, parseAddress, writtenHopFault } from "../../types/mod.ts";
import type { TomlNode } from "../toml/parse.ts";
import { asnOf } from "../keys/network_values.ts";
import { fail, type ValueType, wrong } from "../keys/value_type.ts";

/** Many networks reject longer paths. */
const maxPrepended = 32;

export interface Communities {
  readonly standard: readonly number[];
  readonly large: readonly LargeCommunity[];
  readonly extended: readonly Uint8Array[];
}

/** Communities to add, of all kinds, without wildcards. */
export const communityValues: ValueType<Communities> = {
  name: "communities of all kinds",
  parse(node, key, report) {
    const items = node.kind === "array" ? node.items : [node];
    const standard: number[] = [], large: LargeCommunity[] = [], extended: Uint8Array[] = [];
    let valid = true;
    for (const item of items) {
      const text = item.kind === "string" ? item.value : "";
      const one = parseCommunity(text), three = parseLargeCommunity(text), octets = parseExtCommunity(text);
      if (one !== undefined) standard.push(one);
      else if (three !== undefined) large.push(three);
      else if (octets !== undefined) extended.push(octets);
      else {
        valid = false;
        wrong(item, key, 'a community such as "65000:1", "65000:1:2", "rt:65000:1" or "no-export"', report);
      }
    }
    return valid ? { standard, large, extended } : undefined;
  },
};

/** A number to set, or `"+10"` and `"-10"` for a change. */
export const numberChange: ValueType<NumberChange> = {
  name: 'number, "+10" or "-10"',
  parse(node, key, report) {
    const change = changeOf(node);
    return change ?? wrong(node, key, 'a number, or a change such as "+10" or "-10"', report);
  },
};

export const medChange: ValueType<NumberChange | { kind: "none" }> = {
  name: 'number, "+10", "-10" or "none"',
  parse(node, key, report) {
    if (node.kind === "string" && node.value.toLowerCase() === "none") return { kind: "none" };
    return changeOf(node) ?? wrong(node, key, 'a number, a change such as "+10" or "-10", or "none"', report);
  },
};

function changeOf(node: TomlNode): NumberChange | undefined {
  const text = node.kind === "number" ? String(node.value) : node.kind === "string" ? node.value.trim() : "";
  const [, sign, digits] = /^([+-]?)\s*(\d{1,10})$/.exec(text) ?? [];
  const value = Number(digits);
  if (digits === undefined || value > 0xffffffff) return undefined;
  if (sign === "") return { kind: "to", value };
  // TOML reads +10 without quotes as 10, so a number without quotes has no sign.
  return node.kind === "number" ? undefined : { kind: "by", difference: sign === "-" ? -value : value };
}

/** How often our own AS is prepended, or which ASes are. */
export const prepending: ValueType<{ kind: "times"; times: number } | { kind: "asns"; asns: readonly Asn[] }> = {
  name: `how often, 1 to ${maxPrepended}, or a list of AS numbers`,
  parse(node, key, report) {
    if (node.kind === "array") {
      const asns = node.items.map((item) => {
        const asn = asnOf(item);
        return asn === undefined || asn === 0 ? wrong(item, key, "AS numbers in a list", report) : asn;
      });
      if (asns.length > maxPrepended) return fail(node, `${key}: ${maxPrepended} AS numbers at most`, report);
      return asns.every((asn) => asn !== undefined) ? { kind: "asns", asns } : undefined;
    }
    const times = node.kind === "number" ? Number(node.value) : 0;
    if (Number.isInteger(times) && times >= 1 && times <= maxPrepended) return { kind: "times", times };
    return wrong(node, key, `a number from 1 to ${maxPrepended}, or a list of AS numbers`, report);
  },
};

const nextHopWords = ["self", "unchanged", "peer"] as const;

export const nextHopChoice: ValueType<NextHopChoice> = {
  name: '"self", "unchanged", "peer", an address, or one for each family',
  parse(node, key, report) {
    const wanted = '"self", "unchanged", "peer" or an address';
    const text = node.kind === "string" ? node.value.toLowerCase() : "";
    const word = nextHopWords.find((word) => word === text);
    if (word !== undefined) return { kind: word };
    const items = node.kind === "array" ? node.items : [node];
    const addresses = items.map((item) => {
      const octets = item.kind === "string" ? parseAddress(item.value) : undefined;
      if (octets === undefined) return wrong(item, key, wanted, report);
      const fault = writtenHopFault(octets);
      return fault === undefined ? octets : fail(item, `${key} cannot be ${formatAddress(octets)}${fault}`, report);
    });
    if (!addresses.every((octets) => octets !== undefined)) return undefined;
    if (addresses.length === 0 || new Set(addresses.map(({ length }) => length)).size < addresses.length) {
      return fail(node, `${key}: at most one address for each family`, report);
    }
    return { kind: "address", addresses };
  },
};
