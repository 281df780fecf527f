/** Types of values that rules of policies match: sets by name or as a list, ranges, addresses. */

import { attributeRows } from "../../message/mod.ts";
import {
  type CommunityPattern,
  type NumberRange,
  parseCommunityPattern,
  parseNumberRange,
  parsePathPattern,
  parsePrefixRange,
  type PrefixRange,
} from "../../policy/mod.ts";
import { parseAsn, parsePrefix, type Prefix } from "../../types/mod.ts";
import { nearest, type Report, type SourcePosition } from "../toml/errors.ts";
import type { TomlNode } from "../toml/parse.ts";
import { asnOf } from "../keys/network_values.ts";
import { fail, quoted, type ValueType, wrong } from "../keys/value_type.ts";

/** An item of a list: a value, or the name of a set, which is resolved later. */
export type Term<T> =
  | { readonly kind: "value"; readonly value: T }
  | NameTerm;

export interface NameTerm {
  readonly kind: "name";
  readonly name: string;
  /** The key whose value contains the name. */
  readonly key: string;
  readonly at: SourcePosition;
}

/** Names of sets and policies. No such name can be read as a value. */
const namePattern = /^[A-Za-z][\w.-]*$/;

/** The name of a set or a policy. `taken` says why a name cannot be used. */
export function nameOf(taken: (name: string) => string | undefined): ValueType<string> {
  return {
    name: "name",
    parse(node, key, report) {
      const value = node.kind === "string" ? node.value : undefined;
      if (value === undefined || !namePattern.test(value)) {
        return wrong(node, key, "a name of letters, digits, - and _ that starts with a letter", report);
      }
      const reason = taken(value);
      return reason === undefined ? value : fail(node, `${key}: "${value}" ${reason}`, report);
    },
  };
}

/** The items of a list, or one value as the only item. An empty list is a mistake. */
function itemsOf(node: TomlNode, key: string, report: Report): readonly TomlNode[] | undefined {
  if (node.kind !== "array") return [node];
  return node.items.length > 0 ? node.items : fail(node, `${key}: an empty list matches nothing`, report);
}

/** One term or a list of terms. All mistakes of the list are reported. */
function terms<T>(name: string, parse: ParseTerm<T>): ValueType<readonly Term<T>[]> {
  return {
    name,
    parse(node, key, report) {
      const items = itemsOf(node, key, report);
      if (items === undefined) return undefined;
      const parsed = items.map((item) => parse(item, key, report));
      return parsed.every((term) => term !== undefined) ? parsed : undefined;
    },
  };
}

export function nameTerm(node: TomlNode, key: string): NameTerm | undefined {
  if (node.kind !== "string" || !namePattern.test(node.value)) return undefined;
  return { kind: "name", name: node.value, key, at: node.at };
}

type ParseTerm<T> = (node: TomlNode, key: string, report: Report) => Term<T> | undefined;

/** A list of values without names of sets. The list of a set may be empty. */
function valuesOnly<T>(parse: ParseTerm<T>, name: string, wanted: string): ValueType<readonly T[]> {
  return {
    name,
    parse(node, key, report) {
      const items = node.kind === "array" ? node.items : [node];
      const values = items.map((item) => {
        const term = parse(item, key, report);
        return term?.kind === "name" ? wrong(item, key, wanted, report) : term?.value;
      });
      return values.every((value) => value !== undefined) ? values : undefined;
    },
  };
}

const prefixWanted = 'a prefix such as "10.0.0.0/8", with "ge 16" or "le 24" for longer prefixes';

const prefixTerm: ParseTerm<PrefixRange> = (node, key, report) => {
  const text = node.kind === "string" ? node.value : "";
  const result = parsePrefixRange(text);
  if (result?.kind === "range") {
    if (/^!?\s*[^/\s]+$/.test(text)) {
      return fail(node, `${key} needs a length`, report, `"${text}/${result.range.min}"`);
    }
    return { kind: "value", value: result.range };
  }
  if (result?.kind === "error") return fail(node, `${key}: ${result.text}`, report, result.suggestion);
  return nameTerm(node, key) ?? wrong(node, key, prefixWanted, report);
};

export const prefixTerms = terms("prefixes or names of prefix_sets", prefixTerm);

export const prefixRanges = valuesOnly(prefixTerm, "list of prefixes with ge and le", prefixWanted);

const asnWanted = 'an AS number such as 65000 or "1.10", or a range such as "65010-65020"';

const asnTerm: ParseTerm<NumberRange> = (node, key, report) => {
  const range = asnRange(node);
  if (range !== undefined) return { kind: "value", value: range };
  return nameTerm(node, key) ?? wrong(node, key, asnWanted, report);
};

export const asnTerms = terms("AS numbers, ranges, or names of as_sets", asnTerm);

export const asnRanges = valuesOnly(asnTerm, "list of AS numbers and ranges", asnWanted);

function asnRange(node: TomlNode): NumberRange | undefined {
  const [from = "", to, more] = node.kind === "string" ? node.value.split("-") : [];
  if (to !== undefined && more === undefined) {
    const first = parseAsn(from.trim()), last = parseAsn(to.trim());
    return first !== undefined && last !== undefined && first <= last ? { first, last } : undefined;
  }
  const asn = asnOf(node);
  return asn === undefined ? undefined : { first: asn, last: asn };
}

const pathTerm: ParseTerm<string> = (node, key, report) => {
  if (node.kind === "number" && asnOf(node) !== undefined) {
    return fail(node, `${key} is a pattern and needs quotes`, report, `"_${node.value}_"`);
  }
  if (node.kind !== "string") return wrong(node, key, 'a pattern such as "_65001_"', report);
  const name = nameTerm(node, key);
  if (name !== undefined) return name;
  const result = parsePathPattern(node.value);
  if (result.kind === "pattern") return { kind: "value", value: node.value };
  return fail(node, `${key}: "${node.value}" is not an AS path pattern: ${result.text}`, report);
};

export const pathTerms = terms("AS path patterns or names of as_path_sets", pathTerm);

export const pathPatterns = valuesOnly(pathTerm, "list of AS path patterns", 'a pattern such as "_65001_"');

const communityWanted =
  'a community such as "65000:1", "65000:1:2" or "rt:65000:1", with * or a range such as 1-99 for a number';

const communityTerm: ParseTerm<readonly CommunityPattern[]> = (node, key, report) => {
  const patterns = node.kind === "string" ? parseCommunityPattern(node.value) : undefined;
  if (patterns !== undefined) return { kind: "value", value: patterns };
  return nameTerm(node, key) ?? wrong(node, key, communityWanted, report);
};

export const communityTerms = terms("communities with * and ranges, or names of community_sets", communityTerm);

export const communityPatterns = valuesOnly(
  communityTerm,
  "list of communities of all kinds, with * and ranges",
  communityWanted,
);

/** Names of groups; any text may be one. */
export const groupTerms: ValueType<readonly NameTerm[]> = {
  name: "names of groups",
  parse(node, key, report) {
    const items = itemsOf(node, key, report);
    if (items === undefined) return undefined;
    const names = items.map((item): NameTerm | undefined =>
      item.kind === "string"
        ? { kind: "name", name: item.value, key, at: item.at }
        : wrong(item, key, "names of [[groups]]", report)
    );
    return names.every((name) => name !== undefined) ? names : undefined;
  },
};

export interface NumberMatch {
  readonly ranges: readonly NumberRange[];
  /** True where `"none"` is listed. */
  readonly absent: boolean;
}

/** `5`, `"5-10"`, `">= 5"`, or a list of these; with `words` also `"any"` and `"none"`. */
export function numberMatch(max: number, words = false): ValueType<NumberMatch> {
  const name = `number, range such as "5-10" or ">= 5"${words ? ', "any" or "none"' : ""}, or a list`;
  return {
    name,
    parse(node, key, report) {
      const items = itemsOf(node, key, report);
      if (items === undefined) return undefined;
      const ranges: NumberRange[] = [];
      let absent = false, valid = true;
      for (const item of items) {
        const text = item.kind === "string" ? item.value : item.kind === "number" ? String(item.value) : "";
        const range = words && text === "any" ? { first: 0, last: max } : parseNumberRange(text, max);
        if (words && text === "none") absent = true;
        else if (range !== undefined) ranges.push(range);
        else {
          valid = false;
          wrong(
            item,
            key,
            `a number up to ${max}, a range such as "5-10" or ">= 5"${words ? ', "any" or "none"' : ""}`,
            report,
          );
        }
      }
      return valid ? { ranges, absent } : undefined;
    },
  };
}

/** Addresses and networks; with `word`, that word, too. */
export function addressMatch(word?: string): ValueType<{ prefixes: readonly Prefix[]; word: boolean }> {
  const wanted = `an address or a network such as "192.0.2.0/24"${word === undefined ? "" : ` or "${word}"`}`;
  return {
    name: `addresses and networks${word === undefined ? "" : `, or "${word}"`}`,
    parse(node, key, report) {
      const items = itemsOf(node, key, report);
      if (items === undefined) return undefined;
      const prefixes: Prefix[] = [];
      let hasWord = false, valid = true;
      for (const item of items) {
        const text = item.kind === "string" ? item.value : "";
        const prefix = parsePrefix(text);
        if (word !== undefined && text === word) hasWord = true;
        else if (prefix !== undefined) prefixes.push(prefix);
        else {
          valid = false;
          wrong(item, key, wanted, report);
        }
      }
      return valid ? { prefixes, word: hasWord } : undefined;
    },
  };
}

/** Names that people use beside those of the registry. */
const attributeWords: Readonly<Record<string, number>> = {
  med: 4,
  community: 8,
  ext_communities: 16,
  large_communities: 32,
  otc: 35,
};

/** Attributes by name or code. `kept`: attributes that cannot be listed, and why. */
export function attributeCodes(kept: ReadonlyMap<number, string> = new Map()): ValueType<readonly number[]> {
  const names = new Map(attributeRows.map(({ name, code }) => [name.toLowerCase(), code]));
  for (const [word, code] of Object.entries(attributeWords)) names.set(word, code);
  return {
    name: "names or codes of attributes",
    parse(node, key, report) {
      const items = itemsOf(node, key, report);
      if (items === undefined) return undefined;
      const codes: number[] = [];
      let valid = true;
      for (const item of items) {
        const text = item.kind === "string"
          ? item.value.toLowerCase()
          : item.kind === "number"
          ? String(item.value)
          : "";
        const number = /^\d{1,3}$/.test(text) ? Number(text) : 0;
        const code = names.get(text) ?? (number >= 1 && number <= 255 ? number : undefined);
        const reason = code === undefined ? undefined : kept.get(code);
        if (code !== undefined && reason === undefined) {
          codes.push(code);
          continue;
        }
        valid = false;
        if (reason !== undefined) fail(item, `${key}: ${text} ${reason}`, report);
        else {
          const near = quoted(nearest(text, names.keys()));
          wrong(item, key, "names of attributes or codes from 1 to 255", report, near);
        }
      }
      return valid ? codes : undefined;
    },
  };
}
