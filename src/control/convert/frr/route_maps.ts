/** Route maps of FRR as policies. */

import { all, always, type Condition, never, not, numberTest, test, unknownsOf, withUnknown } from "../condition.ts";
import type { Value } from "../document.ts";
import type { Table } from "../document.ts";
import type { Draft } from "../draft.ts";
import { NotUnderstood } from "../place.ts";
import { RuleList } from "../rules.ts";
import type { Block, Line } from "./lines.ts";
import { communityWord, extendedWords, type FrrLists, masked, numberOf } from "./lists.ts";
import { originStates } from "./rpki.ts";

export type Direction = "import" | "export";

interface MapEntry {
  readonly sequence: number;
  readonly isPermit: boolean;
  readonly head: Line;
  readonly lines: readonly Line[];
}

/** Changes that concern only what FRR itself forwards or prefers. */
const localOnly =
  /^(weight|tag|table|src|distance|metric-type|ip next-hop interface|ipv6 next-hop (prefer-global|local)|vpn|sr-te)/;

export class RouteMaps {
  readonly #maps = new Map<string, MapEntry[]>();
  readonly #draft: Draft;
  readonly #lists: FrrLists;

  constructor(draft: Draft, lists: FrrLists) {
    this.#draft = draft;
    this.#lists = lists;
  }

  /** Takes `route-map NAME permit|deny N` with its lines. */
  take({ head, lines }: Block): void {
    const [, name = "", action, sequence] = head.words;
    const entries = this.#maps.get(name) ?? [];
    this.#maps.set(name, entries);
    const number = Number(sequence);
    const entry = { sequence: number, isPermit: action === "permit", head, lines };
    const old = entries.findIndex((other) => other.sequence === number);
    if (old === -1) entries.push(entry);
    else entries[old] = { ...entry, lines: [...entries[old]!.lines, ...lines] };
  }

  has(name: string): boolean {
    return this.#maps.has(name);
  }

  entries(name: string): readonly MapEntry[] {
    return (this.#maps.get(name) ?? []).toSorted((a, b) => a.sequence - b.sequence);
  }

  /** The rules of a route map. Throws {@link NotUnderstood}. */
  rules(name: string, direction: Direction): Table[] {
    const list = new RuleList(this.#draft.prefixSets);
    for (const entry of this.entries(name)) if (this.#entry(list, entry, direction)) break;
    list.flush();
    return list.rules;
  }

  /** Returns whether no route reaches the next entry. */
  #entry(list: RuleList, entry: MapEntry, direction: Direction): boolean {
    const { notes } = this.#draft;
    const read = this.matches(entry, direction, list.clock());
    const [unknown] = unknownsOf(read);
    const holds = entry.isPermit ? withUnknown(read, never) : withUnknown(read, always);
    if (unknown !== undefined && entry.isPermit) {
      const open = all(withUnknown(read, always), not(holds));
      list.giveUp(open, unknown.at, notes.leave(unknown.at, unknown.text));
    } else if (unknown !== undefined) list.comment(...notes.leave(unknown.at, unknown.text));
    if (!entry.isPermit) {
      list.decide(holds, "reject", `seq ${entry.sequence}`);
      return holds.kind === "always";
    }
    const goesOn = entry.lines.find(({ words }) => /^(on-match|continue|call)$/.test(words[0] ?? ""));
    try {
      // If no later entry matches, FRR denies the route, as the default of the policy does.
      const isNext = goesOn !== undefined && /^(on-match next|continue)$/.test(goesOn.text);
      if (goesOn !== undefined && !isNext) throw new NotUnderstood(goesOn.text);
      const sets = this.sets(entry, direction);
      for (const text of sets.leftOut) list.comment(...notes.leave(text.at, `${text.text}: bgpd has no counterpart`));
      for (const [key, value] of sets.values) list.set(holds, key, value);
      if (isNext) return false;
      list.decide(holds, "accept", `seq ${entry.sequence}`);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      const at = goesOn?.at ?? entry.head.at;
      list.giveUp(holds, at, notes.leave(at, `${entry.head.text}: ${error.message}`));
    }
    return holds.kind === "always";
  }

  /** The condition of an entry. */
  matches({ lines }: MapEntry, direction: Direction, born: number): Condition {
    return all(
      ...inForce(lines, "match", matchKind).map((line) => {
        try {
          return this.#match(line, direction, born);
        } catch (error) {
          if (!(error instanceof NotUnderstood)) throw error;
          return { kind: "unknown" as const, text: `${line.text}: ${error.message}`, at: line.at };
        }
      }),
    );
  }

  #match({ words }: Line, direction: Direction, born: number): Condition {
    const [, kind = "", name = "", ...more] = words;
    const known = (condition: Condition | undefined) => {
      if (condition === undefined) throw new NotUnderstood("there is no such list");
      return condition;
    };
    switch (kind) {
      case "ip":
      case "ipv6":
        return this.#addressMatch(words, born);
      case "as-path":
        return known(this.#lists.paths(name, born));
      case "community":
      case "large-community":
      case "extcommunity": {
        if (more.length > 0) throw new NotUnderstood(more.join(" "));
        const family = ({ "community": "standard", "large-community": "large" } as const)[kind as "community"] ??
          "extended";
        return known(this.#lists.communities(family, name, born));
      }
      case "local-preference":
        // A route without LOCAL_PREF counts as 100 in bgpd, and as 0 here.
        if (name === "100" || name === "0") throw new NotUnderstood("routes without LOCAL_PREF");
        return numberTest("local_pref", numberOf(name), numberOf(name), born);
      case "metric":
        return test("med", numberOf(name) === 0 ? [0, "none"] : [numberOf(name)], born);
      case "origin":
        return test("origin", [name], born);
      case "peer":
        if (name === "local") {
          if (direction === "import") return never;
          throw new NotUnderstood('write source = "local" if it is for your own routes');
        }
        return test("peer", [name], born);
      case "rpki": {
        const state = originStates[name];
        if (state === undefined) throw new NotUnderstood("bgpd has no such state of an origin");
        return test("ovs", [state], born);
      }
    }
    throw new NotUnderstood("bgpd has no such condition");
  }

  #addressMatch(words: readonly string[], born: number): Condition {
    const isWide = words[1] === "ipv6";
    const [, , what, kind = "", name = ""] = words;
    const family = test(
      "family",
      isWide ? ["ipv6 unicast", "ipv6 multicast"] : ["ipv4 unicast", "ipv4 multicast"],
      born,
    );
    if (what === "address") {
      const condition = kind === "prefix-list"
        ? this.#lists.prefixes(name, isWide, born)
        : kind === "prefix-len"
        ? all(family, numberTest("prefix_length", numberOf(name), numberOf(name), born))
        : this.#lists.access(kind, isWide, born);
      if (condition === undefined) throw new NotUnderstood("there is no such list");
      return condition;
    }
    if (what === "next-hop" && kind === "address") return test("next_hop", [name], born);
    throw new NotUnderstood("bgpd has no such condition");
  }

  /** The changes of an entry. Throws {@link NotUnderstood} for one that has no counterpart and matters to others. */
  sets({ lines }: MapEntry, direction: Direction): { values: Map<string, Value>; leftOut: readonly Line[] } {
    const values = new Map<string, Value>();
    const leftOut: Line[] = [];
    for (const line of inForce(lines, "set", setKind)) {
      if (localOnly.test(line.words.slice(1).join(" "))) leftOut.push(line);
      else this.#set(line, direction, values);
    }
    return { values, leftOut };
  }

  #set({ words, text }: Line, direction: Direction, values: Map<string, Value>): void {
    const [, kind = "", first = "", second = ""] = words;
    const rest = words.slice(2);
    const add = (key: string, texts: readonly Value[]) => {
      const old = values.get(key);
      values.set(key, [...Array.isArray(old) ? old : [], ...texts]);
    };
    switch (kind) {
      case "local-preference":
        // FRR counts from 0 where a route has none, bgpd from 100.
        values.set("local_pref", numberOf(first));
        return;
      case "metric":
        values.set("med", changeOf(first));
        return;
      case "origin":
        values.set("origin", first);
        return;
      case "community":
      case "large-community": {
        const key = kind === "community" ? "communities" : "large_communities";
        if (first === "none") values.set(key, []);
        else if (rest.at(-1) === "additive") add("add_communities", rest.slice(0, -1).map(communityWord));
        else values.set(key, rest.map(communityWord));
        return;
      }
      case "extcommunity":
        if (first !== "rt" && first !== "soo") break;
        add("add_communities", extendedWords(rest));
        return;
      case "comm-list":
        add("remove_communities", this.#lists.removed("standard", first));
        return;
      case "large-comm-list":
        add("remove_communities", this.#lists.removed("large", first));
        return;
      case "as-path":
        if (first !== "prepend") break;
        if (second === "last-as") values.set("prepend_first", numberOf(words[4] ?? ""));
        else values.set("prepend", words.slice(3).map(numberOf));
        return;
      case "ip":
      case "ipv6":
        return setNextHop(words, direction, values);
    }
    throw new NotUnderstood(text);
  }
}

/** A later line of the same kind replaces the earlier one, and `no` removes it. */
function inForce(lines: readonly Line[], word: "match" | "set", kindOf: (words: readonly string[]) => string): Line[] {
  const found = new Map<string, Line>();
  for (const line of lines) {
    if (line.words[0] !== word) continue;
    const kind = kindOf(line.words);
    // What replaces another line goes behind all others.
    found.delete(kind);
    if (!line.isNegated) found.set(kind, line);
  }
  return [...found.values()];
}

function matchKind(words: readonly string[]): string {
  const isLong = words[1] === "ip" || words[1] === "ipv6";
  return words.slice(1, isLong ? 4 : 2).filter((word) => !/[\d/]/.test(word)).join(" ");
}

function setKind(words: readonly string[]): string {
  const length = { ip: 3, ipv6: 4, extcommunity: 3, "as-path": 3 }[words[1] ?? ""] ?? 2;
  return words.slice(1, length).filter((word) => !word.includes(":")).join(" ");
}

function setNextHop(words: readonly string[], direction: Direction, values: Map<string, Value>): void {
  const [, family, what, ...rest] = words;
  const word = family === "ipv6" && rest[0] === "global" ? rest[1] ?? "" : rest[0] ?? "";
  if (what !== "next-hop") throw new NotUnderstood(words.join(" "));
  if (word === "peer-address") values.set("next_hop", direction === "import" ? "peer" : "self");
  else if (word === "unchanged" && direction === "export") values.set("next_hop", "unchanged");
  else {
    masked(`${word}/${word.includes(":") ? 128 : 32}`);
    const old = values.get("next_hop");
    values.set("next_hop", old === undefined ? word : [String(old), word]);
  }
}

function changeOf(word: string): Value {
  if (/^[+-]\d+$/.test(word)) return word;
  return numberOf(word);
}
