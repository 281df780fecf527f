/** The filter language of BIRD as a tree. */

import { NotUnderstood, type Place } from "../place.ts";
import { blockEnd, headText } from "./statements.ts";
import type { Token } from "./tokens.ts";

export type Expression =
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "address" | "text" | "name"; readonly text: string }
  /** `*` in a pair or a path. */
  | { readonly kind: "any" }
  /** `?` in a path. */
  | { readonly kind: "one" }
  /** With its limits, a pattern: `10.0.0.0/8{16,24}`. */
  | { readonly kind: "prefix"; readonly text: string; readonly low: number; readonly high: number }
  | { readonly kind: "set" | "tuple" | "path"; readonly items: readonly Expression[] }
  | { readonly kind: "range"; readonly from: Expression; readonly to: Expression }
  | { readonly kind: "call"; readonly name: string; readonly items: readonly Expression[] }
  | {
    readonly kind: "member";
    readonly of: Expression;
    readonly name: string;
    readonly items: readonly Expression[] | undefined;
  }
  | { readonly kind: "not"; readonly of: Expression }
  | { readonly kind: "binary"; readonly sign: string; readonly left: Expression; readonly right: Expression };

export type Step =
  & { readonly at: Place; readonly text: string }
  & (
    | {
      readonly kind: "if";
      readonly condition: Expression;
      readonly then: readonly Step[];
      readonly otherwise: readonly Step[];
    }
    | { readonly kind: "accept" | "reject" | "nothing" | "unknown" }
    | { readonly kind: "declare"; readonly name: string; readonly value: Expression | undefined }
    | { readonly kind: "return"; readonly value: Expression | undefined }
    | { readonly kind: "assign"; readonly name: string; readonly value: Expression }
    | { readonly kind: "run"; readonly value: Expression }
  );

const deepest = 60;
const levels: readonly (readonly string[])[] = [
  ["||"],
  ["&&"],
  ["=", "!=", "<", ">", "<=", ">=", "~", "!~"],
  ["+", "-"],
  ["*", "/"],
];

/** Types of variables, which begin a declaration. */
const typeWords = new Set([
  "int",
  "bool",
  "ip",
  "prefix",
  "pair",
  "quad",
  "ec",
  "lc",
  "string",
  "bgppath",
  "clist",
  "eclist",
  "lclist",
]);

export class FilterParser {
  readonly #tokens: readonly Token[];
  #at = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  /** All steps. What cannot be read is an `unknown` step. */
  steps(): Step[] {
    const steps: Step[] = [];
    while (this.#at < this.#tokens.length) {
      if (!this.#take(";")) steps.push(...this.#stepOrUnknown());
    }
    return steps;
  }

  /** The expression that all tokens together are. Throws {@link NotUnderstood}. */
  whole(): Expression {
    const expression = this.expression();
    if (this.#at < this.#tokens.length) throw new NotUnderstood(`"${this.#peek()}" after an expression`);
    return expression;
  }

  #stepOrUnknown(): readonly Step[] {
    const start = this.#at;
    const { at } = this.#tokens[start]!;
    try {
      return this.#step();
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      this.#skip(start);
      return [{ kind: "unknown", at, text: headText(this.#tokens.slice(start, this.#at)) }];
    }
  }

  /** Behind the statement that begins at `start`: its `;`, or its block if that comes first. */
  #skip(start: number): void {
    for (this.#at = start; this.#at < this.#tokens.length; this.#at++) {
      const text = this.#peek();
      if (text === ";" && this.#tokens[this.#at]!.kind === "sign") {
        this.#at++;
        return;
      }
      if (text !== "{") continue;
      this.#at = (blockEnd(this.#tokens, this.#at) ?? this.#tokens.length) + 1;
      if (this.#peek() !== "else") return;
    }
  }

  #step(): readonly Step[] {
    const start = this.#at;
    const { at, text: word } = this.#tokens[start]!;
    const said = () => headText(this.#tokens.slice(start, this.#at)).replace(/;$/, "");
    if (this.#take("{")) {
      this.#at--;
      return this.#block();
    }
    if (this.#take("if")) return [this.#if(at, start)];
    if (this.#take("case")) return this.#case(at, start);
    if (word === "accept" || word === "reject") {
      this.#at++;
      // "reject "reason";" of newer versions.
      while (this.#at < this.#tokens.length && this.#peek() !== ";") this.#at++;
      this.#take(";");
      return [{ kind: word, at, text: said() }];
    }
    if (word === "print" || word === "printn") {
      while (this.#at < this.#tokens.length && !this.#take(";")) this.#at++;
      return [{ kind: "nothing", at, text: said() }];
    }
    if (this.#take("return")) {
      const value = this.#peek() === ";" ? undefined : this.expression();
      this.#end();
      return [{ kind: "return", value, at, text: said() }];
    }
    if (typeWords.has(word)) {
      while (typeWords.has(this.#peek()) || this.#peek() === "set") this.#at++;
      const name = this.#next().text;
      const value = this.#take("=") ? this.expression() : undefined;
      this.#end();
      return [{ kind: "declare", name, value, at, text: said() }];
    }
    const left = this.expression("=");
    if (this.#take("=")) {
      const value = this.expression();
      this.#end();
      if (left.kind !== "name") throw new NotUnderstood("an assignment");
      return [{ kind: "assign", name: left.text, value, at, text: said() }];
    }
    this.#end();
    return [{ kind: "run", value: left, at, text: said() }];
  }

  #if(at: Place, start: number): Step {
    const condition = this.expression();
    const text = headText(this.#tokens.slice(start, this.#at));
    if (!this.#take("then")) throw new NotUnderstood('"if" without "then"');
    const then = this.#branch();
    const otherwise = this.#take("else") ? this.#branch() : [];
    return { kind: "if", condition, then, otherwise, at, text };
  }

  /** `case VALUE { 1, 2: …; 5..9: …; else: … }` as branches of `if`. */
  #case(at: Place, start: number): readonly Step[] {
    const value = this.expression();
    const end = blockEnd(this.#tokens, this.#at);
    const text = headText(this.#tokens.slice(start, this.#at));
    if (this.#peek() !== "{" || end === undefined) throw new NotUnderstood('"case" without a block');
    const inner = new FilterParser(this.#tokens.slice(this.#at + 1, end));
    inner.#depth = this.#depth;
    this.#at = end + 1;
    const branches: { readonly condition: Expression | undefined; readonly steps: Step[] }[] = [];
    while (inner.#at < inner.#tokens.length) {
      const label = inner.#label(value);
      if (label !== undefined) branches.push({ condition: label === "else" ? undefined : label, steps: [] });
      else if (branches.length === 0) throw new NotUnderstood("a statement before the first label");
      else if (!inner.#take(";")) branches.at(-1)!.steps.push(...inner.#stepOrUnknown());
    }
    let otherwise: readonly Step[] = branches.find(({ condition }) => condition === undefined)?.steps ?? [];
    for (const { condition, steps } of branches.toReversed()) {
      if (condition !== undefined) otherwise = [{ kind: "if", condition, then: steps, otherwise, at, text }];
    }
    return otherwise;
  }

  /** The condition of a label, with its colon; `undefined`: the next tokens are no label. */
  #label(value: Expression): Expression | "else" | undefined {
    const start = this.#at;
    if (this.#take("else") && this.#take(":")) return "else";
    this.#at = start;
    try {
      const items: Expression[] = [];
      do {
        const from = this.expression();
        items.push(this.#take("..") ? { kind: "range", from, to: this.expression() } : from);
      } while (this.#take(","));
      if (this.#take(":")) {
        const tests = items.map((item): Expression =>
          item.kind === "range"
            ? { kind: "binary", sign: "~", left: value, right: { kind: "set", items: [item] } }
            : { kind: "binary", sign: "=", left: value, right: item }
        );
        return tests.reduce((left, right) => ({ kind: "binary", sign: "||", left, right }));
      }
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
    }
    this.#at = start;
    return undefined;
  }

  #branch(): readonly Step[] {
    if (++this.#depth > deepest) throw new NotUnderstood("too many nested blocks");
    const steps = this.#peek() === "{" ? this.#block() : this.#at < this.#tokens.length ? this.#stepOrUnknown() : [];
    this.#depth--;
    return steps;
  }

  #block(): readonly Step[] {
    const end = blockEnd(this.#tokens, this.#at);
    if (end === undefined) throw new NotUnderstood('"{" without "}"');
    const inner = new FilterParser(this.#tokens.slice(this.#at + 1, end));
    inner.#depth = this.#depth;
    this.#at = end + 1;
    return inner.steps();
  }

  /** `before`: a sign that ends the expression at its top level, although it could go on. */
  expression(before?: string): Expression {
    if (++this.#depth > deepest) throw new NotUnderstood("too many nested expressions");
    const found = this.#binary(0, before);
    this.#depth--;
    return found;
  }

  #binary(level: number, before?: string): Expression {
    const signs = levels[level];
    if (signs === undefined) return this.#unary();
    let left = this.#binary(level + 1, before);
    for (let count = 0;; count++) {
      const sign = this.#peek();
      if (sign === before || !signs.includes(sign) || this.#tokens[this.#at]?.kind !== "sign") return left;
      if (count > 2000) throw new NotUnderstood("a very long expression");
      this.#at++;
      left = { kind: "binary", sign, left, right: this.#binary(level + 1, before) };
    }
  }

  #unary(): Expression {
    if (this.#take("!")) {
      if (++this.#depth > deepest) throw new NotUnderstood("too many nested expressions");
      const of = this.#unary();
      this.#depth--;
      return { kind: "not", of };
    }
    let found = this.#primary();
    while (this.#take(".")) {
      const name = this.#next().text;
      const items = this.#take("(") ? this.#items(")") : undefined;
      found = { kind: "member", of: found, name, items };
    }
    return found;
  }

  #primary(): Expression {
    const token = this.#next();
    switch (token.kind) {
      case "number":
        return { kind: "number", value: Number(token.text) };
      case "text":
        return { kind: "text", text: token.text };
      case "address":
        return this.#take("/") ? this.#prefix(token.text) : { kind: "address", text: token.text };
      case "word":
        return this.#take("(")
          ? { kind: "call", name: token.text, items: this.#items(")") }
          : { kind: "name", text: token.text };
    }
    switch (token.text) {
      case "(": {
        const items = this.#items(")");
        return items.length === 1 ? items[0]! : { kind: "tuple", items };
      }
      case "[":
        return { kind: "set", items: this.#items("]") };
      case "[=":
        return { kind: "path", items: this.#path() };
      case "*":
        return { kind: "any" };
      case "-":
        // "-empty-"
        if (this.#take("empty") && this.#take("-")) return { kind: "set", items: [] };
    }
    throw new NotUnderstood(`"${token.text}" in an expression`);
  }

  #prefix(address: string): Expression {
    const length = Number(this.#next().text);
    const bits = address.includes(":") ? 128 : 32;
    const text = `${address}/${length}`;
    if (this.#take("+")) return { kind: "prefix", text, low: length, high: bits };
    if (this.#take("-")) return { kind: "prefix", text, low: 0, high: length };
    if (!this.#take("{")) return { kind: "prefix", text, low: length, high: length };
    const low = Number(this.#next().text);
    const high = this.#take(",") ? Number(this.#next().text) : low;
    if (!this.#take("}")) throw new NotUnderstood(`${text}{ without "}"`);
    return { kind: "prefix", text, low, high };
  }

  #items(end: string): Expression[] {
    const items: Expression[] = [];
    while (!this.#take(end)) {
      if (items.length > 0 && !this.#take(",")) throw new NotUnderstood(`"${this.#peek()}" in a list`);
      if (this.#take(end)) break;
      const from = this.expression();
      items.push(this.#take("..") ? { kind: "range", from, to: this.expression() } : from);
    }
    return items;
  }

  #path(): Expression[] {
    const items: Expression[] = [];
    while (!this.#take("=]")) {
      if (this.#take("*")) items.push({ kind: "any" });
      else if (this.#take("?")) items.push({ kind: "one" });
      else items.push(this.#primary());
      if (this.#peek() === "+" || this.#peek() === "..") throw new NotUnderstood("this pattern of a path");
    }
    return items;
  }

  #end(): void {
    if (!this.#take(";") && this.#at < this.#tokens.length) throw new NotUnderstood(`"${this.#peek()}"`);
  }

  #next(): Token {
    const token = this.#tokens[this.#at];
    if (token === undefined) throw new NotUnderstood("the end");
    this.#at++;
    return token;
  }

  #peek(): string {
    return this.#tokens[this.#at]?.text ?? "";
  }

  #take(text: string): boolean {
    const token = this.#tokens[this.#at];
    if (token?.text !== text || token.kind === "text") return false;
    this.#at++;
    return true;
  }
}
