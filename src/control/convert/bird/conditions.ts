/** Boolean expressions of BIRD's filters as conditions. */

import { all, always, any, type Condition, never, not, numberTest, test } from "../condition.ts";
import type { Value } from "../document.ts";
import { NotUnderstood, type Place } from "../place.ts";
import { originOf } from "./effects.ts";
import { calledScope, resolved, type Scope, scopeAfter, spend } from "./names.ts";
import type { Expression, Step } from "./syntax.ts";
import { asnValue, communityText, numberSpan, pathPattern, prefixEntries } from "./values.ts";

const uint32Max = 0xffffffff;

/** Reads conditions of a filter. `born`: the time for their tests (`rules.ts`). */
export class ConditionReader {
  readonly #scope: Scope;
  readonly #born: number;
  readonly #at: Place;

  constructor(scope: Scope, born: number, at: Place) {
    this.#scope = scope;
    this.#born = born;
    this.#at = at;
  }

  /** What the converter cannot read is an unknown part of the condition. */
  read(expression: Expression): Condition {
    try {
      return this.#read(expression);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      return { kind: "unknown", text: error.message, at: this.#at };
    }
  }

  #read(expression: Expression): Condition {
    switch (expression.kind) {
      case "not":
        return not(this.read(expression.of));
      case "name":
        return this.#name(expression);
      case "call":
        return this.#call(expression.name, expression.items);
      case "binary": {
        const { sign, left, right } = expression;
        if (sign === "&&") return all(this.read(left), this.read(right));
        if (sign === "||") return any(this.read(left), this.read(right));
        return this.#compare(sign, left, right);
      }
    }
    throw new NotUnderstood("an expression of another kind");
  }

  #name(expression: Expression & { readonly text: string }): Condition {
    if (expression.text === "true") return always;
    if (expression.text === "false") return never;
    const meant = resolved(expression, this.#scope);
    if (meant === expression) throw new NotUnderstood(`the name ${expression.text}`);
    return this.#read(meant);
  }

  #call(name: string, items: readonly Expression[]): Condition {
    if (name === "defined") return this.#defined(items[0]);
    const { scope, body } = calledScope(this.#scope, name, items);
    return new ConditionReader(scope, this.#born, this.#at).#body(body.steps, 0);
  }

  #defined(item: Expression | undefined): Condition {
    const name = item?.kind === "name" ? item.text : "";
    if (name === "bgp_med") return this.#test("med", ["any"]);
    if (name === "bgp_path" || name === "bgp_origin" || name === "bgp_next_hop") return always;
    if (name === "bgp_local_pref" && this.#scope.direction === "import") return always;
    const attribute = { bgp_community: 8, bgp_ext_community: 16, bgp_large_community: 32, bgp_aigp: 26 }[name];
    if (attribute === undefined) throw new NotUnderstood(`defined(${name})`);
    return this.#test("attribute", [attribute]);
  }

  /** What a boolean function returns. */
  #body(steps: readonly Step[], depth: number): Condition {
    spend(this.#scope);
    if (depth > 200) throw new NotUnderstood("a long function");
    const [step, ...rest] = steps;
    if (step === undefined) throw new NotUnderstood("a function without a result");
    const after = scopeAfter(step, rest, this.#scope);
    if (after !== undefined) return new ConditionReader(after, this.#born, this.#at).#body(rest, depth + 1);
    switch (step.kind) {
      case "nothing":
        return this.#body(rest, depth + 1);
      case "return":
        if (step.value === undefined) throw new NotUnderstood("a function without a result");
        return this.read(step.value);
      case "if": {
        const condition = this.read(step.condition);
        const yes = this.#body([...step.then, ...rest], depth + 1);
        const no = condition.kind === "always" ? never : this.#body([...step.otherwise, ...rest], depth + 1);
        return any(all(condition, yes), all(not(condition), no));
      }
    }
    throw new NotUnderstood(`a function with a result that also does ${step.text}`);
  }

  #compare(sign: string, left: Expression, right: Expression): Condition {
    if (sign === "!=") return not(this.#compare("=", left, right));
    if (sign === "!~") return not(this.#compare("~", left, right));
    const name = attributeName(left);
    const value = resolved(right, this.#scope);
    switch (name) {
      case "net":
        return this.#net(sign, right, value);
      case "net.len":
        return this.#number("prefix_length", 128, sign, value);
      case "net.type":
        return this.#netType(sign, value);
      case "bgp_path.len":
        return this.#number("as_path_length", uint32Max, sign, value);
      case "bgp_local_pref":
        return this.#number("local_pref", uint32Max, sign, value);
      case "bgp_med":
        return this.#number("med", uint32Max, sign, value);
      case "bgp_path.first":
        return this.#asns("first_as", sign, right, value);
      // A path that ends in a set is ineligible (RFC 9774), so both are the same.
      case "bgp_path.last":
      case "bgp_path.last_nonaggregated":
        return this.#asns("origin_as", sign, right, value);
      case "bgp_path":
        return this.#path(sign, right, value);
      case "bgp_community":
      case "bgp_ext_community":
      case "bgp_large_community":
        if (sign !== "~" || value.kind !== "set") throw new NotUnderstood(`${name} ${sign}`);
        return this.#test("community", value.items.map(communityText));
      case "bgp_next_hop":
      case "from":
        return this.#address(name, sign, value);
      case "bgp_origin":
        return this.#origin(sign, value);
      case "source":
        return this.#source(sign, value);
      case "proto":
        return this.#protocol(sign, value);
    }
    return this.#member(sign, left, right);
  }

  /** `(65000, 1) ~ bgp_community`, `65001 ~ bgp_path`, and comparisons of constants. */
  #member(sign: string, left: Expression, right: Expression): Condition {
    if (left.kind === "call" && left.name === "roa_check") {
      return this.#test("ovs", [originState(left, sign, right)]);
    }
    const value = resolved(left, this.#scope);
    const list = attributeName(right);
    if (sign === "~" && value.kind === "tuple" && /^bgp_(ext_|large_)?community$/.test(list)) {
      return this.#test("community", [communityText(value)]);
    }
    if (sign === "~" && list === "bgp_path") return this.#test("path_as", [asnValue(value)]);
    const other = resolved(right, this.#scope);
    if (sign === "=" && value.kind === other.kind && /^(number|text|address)$/.test(value.kind)) {
      return JSON.stringify(value) === JSON.stringify(other) ? always : never;
    }
    throw new NotUnderstood(`a comparison with ${list === "" ? attributeName(left) || "an expression" : list}`);
  }

  #net(sign: string, written: Expression, value: Expression): Condition {
    if (sign === "=") return this.#test("prefix", prefixEntries(value));
    if (sign !== "~") throw new NotUnderstood(`net ${sign}`);
    if (value.kind === "prefix") {
      const bits = value.text.includes(":") ? 128 : 32;
      return this.#test("prefix", prefixEntries({ ...value, high: bits }));
    }
    if (value.kind !== "set") throw new NotUnderstood("the converter expects a set after net ~");
    const { prefixSets } = this.#scope.names.draft;
    const entries = value.items.flatMap(prefixEntries);
    return this.#test("prefix", this.#named(written, entries, prefixSets));
  }

  /** The name of the set that stands for a constant; otherwise the entries themselves. */
  #named<T extends Value>(
    written: Expression,
    entries: readonly T[],
    sets: Map<string, readonly T[]>,
  ): readonly Value[] {
    if (written.kind !== "name" || this.#scope.bound.has(written.text) || entries.length === 0) return entries;
    const known = [...sets].find(([name, list]) => name.startsWith(written.text) && list.join() === entries.join());
    if (known !== undefined) return [known[0]];
    const name = this.#scope.names.draft.nameFor(written.text);
    sets.set(name, entries);
    return [name];
  }

  #netType(sign: string, value: Expression): Condition {
    if (sign !== "=" || value.kind !== "name") throw new NotUnderstood("net.type");
    if (value.text === "NET_IP4") return this.#test("family", ["ipv4 unicast", "ipv4 multicast"]);
    return value.text === "NET_IP6" ? this.#test("family", ["ipv6 unicast", "ipv6 multicast"]) : never;
  }

  #number(key: string, max: number, sign: string, value: Expression): Condition {
    if (sign === "~" && value.kind === "set") {
      return any(...value.items.map(numberSpan).map(([first, last]) => numberTest(key, first, last, this.#born)));
    }
    const [first, last] = numberSpan(value);
    if (first !== last || first > max) throw new NotUnderstood(`${key} ${sign}`);
    switch (sign) {
      case "=":
        return numberTest(key, first, first, this.#born);
      case "<":
        return numberTest(key, 0, first - 1, this.#born);
      case "<=":
        return numberTest(key, 0, first, this.#born);
      case ">":
        return first === max ? never : numberTest(key, first + 1, Infinity, this.#born);
      case ">=":
        return numberTest(key, first, Infinity, this.#born);
    }
    throw new NotUnderstood(`${key} ${sign}`);
  }

  #asns(key: string, sign: string, written: Expression, value: Expression): Condition {
    if (sign === "=") return this.#test(key, [asnValue(value)]);
    if (sign !== "~" || value.kind !== "set") throw new NotUnderstood(`${key} ${sign}`);
    return this.#test(key, this.#named(written, value.items.map(asnValue), this.#scope.names.draft.asSets));
  }

  #path(sign: string, written: Expression, value: Expression): Condition {
    if (sign !== "~" && !(sign === "=" && value.kind === "path")) throw new NotUnderstood(`bgp_path ${sign}`);
    if (value.kind === "set") return this.#asns("path_as", "~", written, value);
    if (value.kind !== "path") throw new NotUnderstood("the converter expects a pattern after bgp_path ~");
    const [before, asn, after, more] = value.items;
    if (before?.kind === "any" && asn?.kind === "number" && after?.kind === "any" && more === undefined) {
      return this.#test("path_as", [asnValue(asn)]);
    }
    const pattern = pathPattern(value.items);
    return pattern === undefined ? always : this.#test("as_path", [pattern]);
  }

  #address(name: string, sign: string, value: Expression): Condition {
    const key = name === "bgp_next_hop" ? "next_hop" : this.#scope.direction === "import" ? "peer" : "from_peer";
    if (sign === "=" && value.kind === "address") return this.#test(key, [value.text]);
    const items = value.kind === "set" ? value.items : [value];
    if (sign !== "~") throw new NotUnderstood(`${name} ${sign}`);
    const texts = items.map((item) => {
      if (item.kind === "address" || (item.kind === "prefix" && item.text !== "")) return item.text;
      throw new NotUnderstood(`${name} ~`);
    });
    return this.#test(key, texts);
  }

  #origin(sign: string, value: Expression): Condition {
    const word = value.kind === "name" ? value.text : "";
    const origin = originOf(word);
    if (sign !== "=" || origin === undefined) throw new NotUnderstood("bgp_origin");
    return this.#test("origin", [origin]);
  }

  #source(sign: string, value: Expression): Condition {
    const items = sign === "=" ? [value] : sign === "~" && value.kind === "set" ? value.items : undefined;
    if (items === undefined) throw new NotUnderstood(`source ${sign}`);
    return any(...items.map((item) => this.#oneSource(item.kind === "name" ? item.text : "")));
  }

  #oneSource(word: string): Condition {
    if (!word.startsWith("RTS_")) throw new NotUnderstood("source");
    const isImport = this.#scope.direction === "import";
    if (word === "RTS_BGP") return isImport ? always : this.#test("source", ["internal", "external"]);
    // bgpd has no routes of other protocols.
    return word === "RTS_STATIC" && !isImport ? this.#test("source", ["local"]) : never;
  }

  #protocol(sign: string, value: Expression): Condition {
    const name = value.kind === "text" ? value.text : "";
    // "~" takes patterns with * and ?.
    const isPattern = sign === "~" && /[*?]/.test(name);
    const { protocols } = this.#scope.names;
    const found = [...protocols.keys()].filter((other) => isPattern ? isLike(other, name) : other === name);
    if ((sign !== "=" && sign !== "~") || found.length === 0) throw new NotUnderstood(`proto ${sign} "${name}"`);
    return any(...found.map((each) => this.#oneProtocol(each)));
  }

  #oneProtocol(name: string): Condition {
    const protocol = this.#scope.names.protocols.get(name)!;
    const isImport = this.#scope.direction === "import";
    if (protocol.kind === "bgp") {
      if (protocol.address === undefined) throw new NotUnderstood(`proto = "${name}"`);
      return this.#test(isImport ? "peer" : "from_peer", [protocol.address]);
    }
    if (protocol.kind !== "static" || isImport) return never;
    return all(this.#test("source", ["local"]), this.#test("prefix", protocol.prefixes));
  }

  #test(key: string, values: readonly Value[]): Condition {
    return test(key, values, this.#born);
  }
}

/** `net`, `net.len`, `bgp_path.first`; empty for other expressions. */
export function attributeName(expression: Expression): string {
  if (expression.kind === "name") return expression.text;
  if (expression.kind !== "member" || expression.items !== undefined) return "";
  const of = attributeName(expression.of);
  return of === "" ? "" : `${of}.${expression.name}`;
}

/** A name, and a pattern with `*` and `?`. */
function isLike(name: string, pattern: string): boolean {
  const text = pattern.replaceAll(/[.+^${}()|[\]\\]/g, "\\$&").replaceAll("*", ".*").replaceAll("?", ".");
  return new RegExp(`^${text}$`).test(name);
}

/** Results of `roa_check()`, and words of `ovs`. */
const originStates: Readonly<Record<string, string>> = {
  ROA_VALID: "valid",
  ROA_INVALID: "invalid",
  ROA_UNKNOWN: "not-found",
};

/** The state that `roa_check(…) = ROA_INVALID` asks for. Throws {@link NotUnderstood} where bgpd looks elsewhere. */
function originState(check: Expression & { kind: "call" }, sign: string, right: Expression): string {
  const state = originStates[attributeName(right)];
  if (state === undefined || sign !== "=") throw new NotUnderstood("this comparison of an origin");
  const [, prefix, origin] = check.items;
  const isUsual = check.items.length === 1 ||
    (prefix !== undefined && attributeName(prefix) === "net" &&
      origin !== undefined && /^bgp_path\.last(_nonaggregated)?$/.test(attributeName(origin)));
  if (!isUsual) throw new NotUnderstood("bgpd validates the prefix and the origin of the route itself");
  return state;
}
