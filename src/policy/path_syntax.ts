/**
 * The syntax of AS path patterns: `.` `[0-9]` `[^ ]` `(a|b)` `*` `+` `?` `{2,5}` `^` `$`, `\d` for a digit, `\{` for a
 * brace of the path itself, and `_` for the start, the end, or whatever separates two AS numbers.
 */

/** Bits of {@link symbols}. */
type Mask = number;

export type Expression =
  | { readonly kind: "symbols"; readonly mask: Mask }
  | { readonly kind: "start" | "end" }
  | { readonly kind: "sequence"; readonly parts: readonly Expression[] }
  | { readonly kind: "any"; readonly parts: readonly Expression[] }
  | { readonly kind: "repeat"; readonly part: Expression; readonly min: number; readonly max: number };

/** The characters of a path's text. */
const symbols = "0123456789 ,{}()[]";
export const symbolCount = symbols.length;
const everything: Mask = (1 << symbolCount) - 1;
const digits: Mask = maskOf("0123456789");
const separators: Mask = maskOf(" ,{}()[]");

const numbers = new Int8Array(128).fill(-1);
for (let i = 0; i < symbolCount; i++) numbers[symbols.charCodeAt(i)] = i;

/** The number of a character; -1 for one that no path contains. */
export function symbolOf(code: number): number {
  return code < numbers.length ? numbers[code]! : -1;
}

/** The most repetitions of a part: a segment of a path has at most 255 ASes. */
const mostRepeats = 255;
const deepest = 100;

/** Throws {@link SyntaxError} with the reason. */
export function parseExpression(text: string): Expression {
  return new Parser(text).parse();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  parse(): Expression {
    const expression = this.#any();
    if (this.#at < this.#text.length) throw new SyntaxError('")" without "("');
    return expression;
  }

  #any(): Expression {
    const parts = [this.#sequence()];
    while (this.#take("|")) parts.push(this.#sequence());
    return parts.length === 1 ? parts[0]! : { kind: "any", parts };
  }

  #sequence(): Expression {
    const parts: Expression[] = [];
    while (this.#at < this.#text.length && this.#peek() !== "|" && this.#peek() !== ")") parts.push(this.#repeated());
    return { kind: "sequence", parts };
  }

  #repeated(): Expression {
    let part = this.#one();
    for (;;) {
      const [min, max] = this.#quantifier() ?? [1, 1];
      if (min === 1 && max === 1) return part;
      part = { kind: "repeat", part, min, max };
    }
  }

  #quantifier(): readonly [number, number] | undefined {
    if (this.#take("*")) return [0, Infinity];
    if (this.#take("+")) return [1, Infinity];
    if (this.#take("?")) return [0, 1];
    const match = /^\{(\d{1,4})(?:(,)(\d{1,4})?)?\}/.exec(this.#text.slice(this.#at));
    if (match === null) return undefined;
    this.#at += match[0].length;
    const min = Number(match[1]);
    const max = match[3] !== undefined ? Number(match[3]) : match[2] !== undefined ? Infinity : min;
    if (min > max) throw new SyntaxError(`${match[0]}: the first number is larger than the second`);
    if (min > mostRepeats || (max !== Infinity && max > mostRepeats)) {
      throw new SyntaxError(`${match[0]}: at most ${mostRepeats} repetitions are possible`);
    }
    return min === 1 && max === 1 ? this.#quantifier() : [min, max];
  }

  #one(): Expression {
    const character = this.#peek();
    this.#at++;
    switch (character) {
      case "(": {
        if (this.#take("?") && !this.#take(":")) throw new SyntaxError('"(?" is not supported: write "(" or "(?:"');
        if (++this.#depth > deepest) throw new SyntaxError(`more than ${deepest} nested parentheses`);
        const inside = this.#any();
        this.#depth--;
        if (!this.#take(")")) throw new SyntaxError('"(" without ")"');
        return inside;
      }
      case "[":
        return { kind: "symbols", mask: this.#class() };
      case "_":
        return { kind: "any", parts: [{ kind: "start" }, { kind: "symbols", mask: separators }, { kind: "end" }] };
      case "^":
        return { kind: "start" };
      case "$":
        return { kind: "end" };
      case ".":
        return { kind: "symbols", mask: everything };
      case "*":
      case "+":
      case "?":
        throw new SyntaxError(`nothing to repeat before "${character}"`);
      case "{":
      case "}":
      case "]":
        throw new SyntaxError(`write "\\${character}" to match the character "${character}" in a path`);
      case "\\":
        return { kind: "symbols", mask: this.#escaped() };
      default:
        return { kind: "symbols", mask: known(character) };
    }
  }

  /** After a backslash. */
  #escaped(): Mask {
    const character = this.#peek();
    this.#at++;
    if (character === "d") return digits;
    if (character === "s") return maskOf(" ");
    // Valid in other dialects; no path contains one of these characters.
    if (character !== "" && "\\.*+?^$|_-".includes(character)) return 0;
    return known(character);
  }

  /** After the opening bracket. */
  #class(): Mask {
    const isNegated = this.#take("^");
    let mask = 0;
    for (let isFirst = true; isFirst || this.#peek() !== "]"; isFirst = false) {
      if (this.#at >= this.#text.length) throw new SyntaxError('"[" without "]"');
      const from = this.#peek();
      this.#at++;
      if (from === "\\") {
        mask |= this.#escaped();
        continue;
      }
      const [dash, to] = [this.#peek(), this.#text[this.#at + 1]];
      if (dash === "-" && to !== undefined && to !== "]") {
        this.#at += 2;
        if (!/\d/.test(from) || !/\d/.test(to) || from > to) {
          throw new SyntaxError(`"${from}-${to}" is not a range of digits`);
        }
        for (let digit = Number(from); digit <= Number(to); digit++) mask |= maskOf(String(digit));
      } else if (from !== "_" && from !== "-") mask |= known(from);
      // Inside brackets "_" is not a separator, and no path contains "_" or "-".
    }
    this.#at++;
    return isNegated ? everything & ~mask : mask;
  }

  #peek(): string {
    return this.#text[this.#at] ?? "";
  }

  #take(character: string): boolean {
    if (this.#peek() !== character) return false;
    this.#at++;
    return true;
  }
}

function maskOf(characters: string): Mask {
  let mask = 0;
  for (const character of characters) mask |= 1 << symbols.indexOf(character);
  return mask;
}

function known(character: string): Mask {
  if (character === "") throw new SyntaxError("it ends with a backslash");
  if (!symbols.includes(character)) throw new SyntaxError(`no AS path contains "${character}"`);
  return maskOf(character);
}
