/** Lists of FRR (prefixes, AS paths, communities, access lists) as conditions. */

import { formatPrefix, maskPrefix, parseAddress } from "../../../types/mod.ts";
import { parseCommunityPattern, parsePathPattern } from "../../../policy/mod.ts";
import { all, always, any, type Condition, never, not, prefixRangeText, test } from "../condition.ts";
import type { Draft } from "../draft.ts";
import { NotUnderstood, type Place } from "../place.ts";
import type { Line } from "./lines.ts";

interface Entry {
  readonly sequence: number;
  readonly isPermit: boolean;
  readonly words: readonly string[];
  readonly at: Place;
}

type Kind = "prefix" | "path" | "standard" | "expanded" | "large" | "large expanded" | "extended" | "access";

interface List {
  readonly kind: Kind;
  readonly name: string;
  readonly isWide: boolean;
  readonly entries: Entry[];
}

/** Lists with more entries have a table of their own. */
const mostInline = 3;

export class FrrLists {
  readonly #draft: Draft;
  readonly #lists = new Map<string, List>();
  /** Names of prefix sets by their entries. */
  readonly #sets = new Map<string, string>();

  constructor(draft: Draft) {
    this.#draft = draft;
  }

  /** Takes a line of the top level if it belongs to a list. */
  take(line: Line): boolean {
    const place = listOf(line.words);
    if (place === undefined) return false;
    const { kind, name, isWide, rest } = place;
    if (rest[0] === "description" || rest[0] === "remark" || rest[0] === "sequence-number" || line.isNegated) {
      return true;
    }
    const key = keyOf(kind, name, isWide);
    const list = this.#lists.get(key) ?? { kind, name, isWide, entries: [] };
    this.#lists.set(key, list);
    const [sequence, words] = rest[0] === "seq" ? [Number(rest[1]), rest.slice(2)] : [undefined, rest];
    const last = Math.max(0, ...list.entries.slice(-1).map((entry) => entry.sequence));
    const isPermit = words[0] === "permit";
    list.entries.push({ sequence: sequence ?? last + 5, isPermit, words: words.slice(1), at: line.at });
    return true;
  }

  /** `undefined`: there is no such list. */
  prefixes(name: string, isWide: boolean, born: number): Condition | undefined {
    const list = this.#lists.get(keyOf("prefix", name, isWide));
    return list && this.#ordered(list, born, (entry) => prefixEntry(entry.words, isWide));
  }

  access(name: string, isWide: boolean, born: number): Condition | undefined {
    const list = this.#lists.get(keyOf("access", name, isWide));
    return list && this.#ordered(list, born, (entry) => accessEntry(entry.words, isWide));
  }

  paths(name: string, born: number): Condition | undefined {
    const list = this.#lists.get(keyOf("path", name, false));
    return list && firstMatch(list, ({ words }) => {
      const pattern = words.join(" ");
      if (pattern === ".*") return always;
      const result = parsePathPattern(pattern);
      if (result.kind !== "pattern") throw new NotUnderstood(`the pattern ${pattern}: ${result.text}`);
      return test("as_path", [/^[A-Za-z]/.test(pattern) ? `(${pattern})` : pattern], born);
    });
  }

  /** The list of communities `name` of a family of kinds. */
  communities(family: "standard" | "large" | "extended", name: string, born: number): Condition | undefined {
    const list = this.#communityList(family, name);
    return list && firstMatch(list, (entry) => this.#communityEntry(list.kind, entry, born));
  }

  /** What `set comm-list NAME delete` removes. */
  removed(family: "standard" | "large" | "extended", name: string): string[] {
    const list = this.#communityList(family, name);
    if (list === undefined) throw new NotUnderstood(`there is no list ${name}`);
    return list.entries.map(({ words, isPermit }) => {
      const [word, more] = words;
      if (!isPermit || word === undefined || more !== undefined) throw new NotUnderstood(`the list ${name}`);
      return isExpanded(list.kind) ? expandedPattern(word) : communityWord(word);
    });
  }

  #communityList(family: "standard" | "large" | "extended", name: string): List | undefined {
    const kinds: readonly Kind[] = family === "standard"
      ? ["standard", "expanded"]
      : family === "large"
      ? ["large", "large expanded"]
      : ["extended"];
    return kinds.map((kind) => this.#lists.get(keyOf(kind, name, false))).find((list) => list !== undefined);
  }

  #communityEntry(kind: Kind, { words }: Entry, born: number): Condition {
    if (isExpanded(kind)) return test("community", [expandedPattern(words.join(" "))], born);
    if (words.length === 0 || words.includes("internet")) return always;
    const texts = kind === "extended" ? extendedWords(words) : words.map(communityWord);
    return all(...texts.map((text) => test("community", [text], born)));
  }

  /** Prefixes in order, the first that matches decides: unions without the denied prefixes before them. */
  #ordered(list: List, born: number, toText: (entry: Entry) => string): Condition {
    const groups: Condition[] = [];
    const denied: string[] = [];
    let permitted: string[] = [];
    const close = () => {
      if (permitted.length === 0) return;
      const before = denied.length === 0 ? always : not(this.#test(`${list.name}-not`, [...denied], born));
      groups.push(all(this.#test(list.name, permitted, born), before));
      permitted = [];
    };
    for (const entry of inOrder(list)) {
      if (entry.isPermit) permitted.push(toText(entry));
      else {
        close();
        denied.push(toText(entry));
      }
    }
    close();
    return any(...groups);
  }

  #test(name: string, prefixes: readonly string[], born: number): Condition {
    if (prefixes.length <= mostInline) return test("prefix", prefixes, born);
    const key = prefixes.join();
    let set = this.#sets.get(key);
    if (set === undefined) {
      set = this.#draft.nameFor(name);
      this.#sets.set(key, set);
      this.#draft.prefixSets.set(set, prefixes);
    }
    return test("prefix", [set], born);
  }
}

function keyOf(kind: Kind, name: string, isWide: boolean): string {
  return `${kind} ${isWide} ${name}`;
}

function isExpanded(kind: Kind): boolean {
  return kind === "expanded" || kind === "large expanded";
}

function inOrder({ entries }: List): readonly Entry[] {
  return entries.toSorted((a, b) => a.sequence - b.sequence);
}

/** The first entry that matches decides; a route that matches none is denied. */
function firstMatch(list: List, matches: (entry: Entry) => Condition): Condition {
  let result: Condition = never;
  for (const entry of inOrder(list).toReversed()) {
    let holds: Condition;
    try {
      holds = matches(entry);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      holds = { kind: "unknown", text: error.message, at: entry.at };
    }
    result = entry.isPermit ? any(holds, result) : all(not(holds), result);
  }
  return result;
}

function listOf(
  words: readonly string[],
): { kind: Kind; name: string; isWide: boolean; rest: readonly string[] } | undefined {
  const isWide = words[0] === "ipv6";
  const [first = "", second = "", third = ""] = words[0] === "access-list" ? ["ip", ...words] : words;
  if (first !== "ip" && first !== "ipv6" && first !== "bgp") return undefined;
  const at = words[0] === "access-list" ? 1 : 2;
  switch (second) {
    case "prefix-list":
      return { kind: "prefix", name: third, isWide, rest: words.slice(3) };
    case "access-list":
      return { kind: "access", name: third, isWide, rest: words.slice(at + 1) };
    case "as-path":
      return third === "access-list"
        ? { kind: "path", name: words[3] ?? "", isWide: false, rest: words.slice(4) }
        : undefined;
    case "community-list":
      return communityListOf(["standard", "expanded"], words);
    case "large-community-list":
      return communityListOf(["large", "large expanded"], words);
    case "extcommunity-list":
      return communityListOf(["extended", "expanded"], words);
  }
  return undefined;
}

function communityListOf([standard, expanded]: readonly [Kind, Kind], words: readonly string[]) {
  const isNamed = words[2] === "standard" || words[2] === "expanded";
  const name = words[isNamed ? 3 : 2] ?? "";
  const isText = isNamed ? words[2] === "expanded" : /^\d{3}$/.test(name);
  return { kind: isText ? expanded : standard, name, isWide: false, rest: words.slice(isNamed ? 4 : 3) };
}

/** `10.0.0.0/8 ge 16 le 24`, `any`. */
export function prefixEntry(words: readonly string[], isWide: boolean): string {
  const bits = isWide ? 128 : 32;
  if (words[0] === "any") return `${isWide ? "::/0" : "0.0.0.0/0"} le ${bits}`;
  const [prefix = "", ...limits] = words;
  const length = Number(prefix.split("/")[1]);
  const limit = (word: string) => {
    const at = limits.indexOf(word);
    return at === -1 ? undefined : Number(limits[at + 1]);
  };
  const [ge, le] = [limit("ge"), limit("le")];
  return prefixRangeText(masked(prefix), ge ?? length, le ?? (ge === undefined ? length : bits));
}

/** Prefixes with the bits of the host cleared, as FRR does. */
export function masked(prefix: string): string {
  const [address = "", lengthText = ""] = prefix.split("/");
  const octets = parseAddress(address);
  const length = Number(lengthText);
  if (octets === undefined || !/^\d{1,3}$/.test(lengthText) || length > octets.length * 8) {
    throw new NotUnderstood(`the prefix ${prefix}`);
  }
  return formatPrefix(maskPrefix(octets, length));
}

function accessEntry(words: readonly string[], isWide: boolean): string {
  const bits = isWide ? 128 : 32;
  const [word = "", more] = words;
  if (word === "any") return `${isWide ? "::/0" : "0.0.0.0/0"} le ${bits}`;
  if (more !== undefined && more !== "exact-match") throw new NotUnderstood("an access list with masks");
  return more === undefined ? `${masked(word)} le ${bits}` : masked(word);
}

/** A community in the words of bgpd. */
export function communityWord(word: string): string {
  const text = { "local-AS": "65535:65283", "graceful-shutdown": "65535:0", "accept-own": "65535:1" }[word] ?? word;
  if (parseCommunityPattern(text) === undefined) throw new NotUnderstood(`the community ${word}`);
  return text;
}

/** `rt 65000:1 65000:2 soo 65000:3`. */
export function extendedWords(words: readonly string[]): string[] {
  let kind = "";
  const texts: string[] = [];
  for (const word of words) {
    if (word === "rt" || word === "soo") kind = word;
    else texts.push(communityWord(`${kind}:${word}`));
  }
  return texts;
}

/**
 * A pattern over the list of all communities as one that a single community matches. FRR's `^` is the beginning of the
 * list, so only patterns that are bounded by `_` mean a single community.
 */
function expandedPattern(pattern: string): string {
  const match = /^_([\d:]+(?::(?:\.\*|\[0-9\]\+))?)_$/.exec(pattern);
  if (match === null) throw new NotUnderstood(`the pattern ${pattern}`);
  return communityWord(match[1]!.replace(/:(\.\*|\[0-9\]\+)$/, ":*"));
}

export function numberOf(word: string | undefined): number {
  if (word !== undefined && /^\d{1,10}$/.test(word)) return Number(word);
  throw new NotUnderstood(`"${word ?? ""}" is not a number`);
}
