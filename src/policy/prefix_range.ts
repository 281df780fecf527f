/** Entries of prefix sets as people write them: `"10.0.0.0/8"`, `"10.0.0.0/8 ge 16 le 24"`, `"!10.1.0.0/16 le 32"`. */

import { formatPrefix, maskPrefix, parseAddress, parsePrefix } from "../types/mod.ts";
import type { PrefixRange } from "./policy_table.ts";

export type PrefixRangeResult =
  | { readonly kind: "range"; readonly range: PrefixRange }
  | { readonly kind: "error"; readonly text: string; readonly suggestion?: string };

/** `undefined`: the text does not look like a prefix, so it may be the name of a set. */
export function parsePrefixRange(text: string): PrefixRangeResult | undefined {
  const match = /^(!?)\s*([0-9a-fA-F.:]+)(?:\/(\d+))?((?:\s+\w+\s+\S+)*)\s*$/.exec(text.trim());
  if (match === null) return undefined;
  const [, except, addressText, lengthText, limits] = match;
  const octets = parseAddress(addressText!);
  if (octets === undefined) return undefined;
  const bits = octets.length * 8;
  const length = Number(lengthText ?? bits);
  if (length > bits) return wrong(`${addressText}/${length}: a prefix of its family has at most ${bits} bits`);
  const prefix = parsePrefix(`${addressText}/${length}`);
  if (prefix === undefined) {
    const meant = formatPrefix(maskPrefix(octets, length));
    return wrong(`${addressText}/${length} has host bits set`, `"${except}${meant}${limits}"`);
  }
  let min: number | undefined, max: number | undefined;
  for (const [, word, value] of limits!.matchAll(/(\w+)\s+(\S+)/g)) {
    if (word !== "ge" && word !== "le") return wrong(`"${word}" after a prefix: only ge and le are possible`);
    if ((word === "ge" ? min : max) !== undefined) return wrong(`${word} is given twice`);
    if (!/^\d{1,3}$/.test(value!)) return wrong(`${word} ${value}: a prefix length is a number`);
    const limit = Number(value);
    if (limit > bits) return wrong(`${word} ${limit}: a prefix of its family has at most ${bits} bits`);
    if (limit < length) return wrong(`${word} ${limit} is shorter than the prefix itself, which has ${length} bits`);
    if (word === "ge") min = limit;
    else max = limit;
  }
  if (min !== undefined && max !== undefined && min > max) return wrong(`ge ${min} is larger than le ${max}`);
  // Without both it is this prefix alone; `ge` alone has no upper limit, `le` alone starts at the prefix itself.
  const range = { prefix, min: min ?? length, max: max ?? (min === undefined ? length : bits), except: except !== "" };
  return { kind: "range", range };
}

function wrong(text: string, suggestion?: string): PrefixRangeResult {
  return suggestion === undefined ? { kind: "error", text } : { kind: "error", text, suggestion };
}
