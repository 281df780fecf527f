/**
 * Finds the position of every key, table and array item in a TOML text. smol-toml has accepted the text before, so this
 * scanner looks only for where things start and end.
 */

import type { SourcePosition } from "./errors.ts";

/** The shape of a TOML value, with positions in place of values. */
export interface PositionTree {
  at: SourcePosition;
  keyAt: SourcePosition;
  readonly entries: Map<string, PositionTree>;
  readonly items: PositionTree[];
}

/** `file`: the file of the text, which each position names then. */
export function findPositions(text: string, file?: string): PositionTree {
  return new Scanner(text, file).document();
}

class Scanner {
  readonly #text: string;
  readonly #file: string | undefined;
  readonly #lineStarts: number[] = [0];
  #offset = 0;

  constructor(text: string, file: string | undefined) {
    this.#text = text;
    this.#file = file;
    for (let i = text.indexOf("\n"); i !== -1; i = text.indexOf("\n", i + 1)) this.#lineStarts.push(i + 1);
  }

  document(): PositionTree {
    const root = treeAt(this.#position(0));
    let table = root;
    for (this.#skipBlank(); this.#offset < this.#text.length; this.#skipBlank()) {
      if (this.#peek() !== "[") {
        this.#assignment(table);
        continue;
      }
      const isArray = this.#text.startsWith("[[", this.#offset);
      this.#offset += isArray ? 2 : 1;
      table = this.#header(root, isArray);
      this.#offset += isArray ? 2 : 1;
    }
    return root;
  }

  /** Reads `a.b` of `[a.b]` or `[[a.b]]`. On the way, an array of tables means its last item (TOML 1.0). */
  #header(root: PositionTree, isArray: boolean): PositionTree {
    const keys = this.#keyPath();
    const last = keys.pop()!;
    const parent = keys.reduce((tree, { name, at }) => {
      const child = entry(tree, name, at);
      return child.items.at(-1) ?? child;
    }, root);
    const named = entry(parent, last.name, last.at);
    if (!isArray) return named;
    const item = treeAt(last.at);
    named.items.push(item);
    return item;
  }

  #assignment(table: PositionTree): void {
    const keys = this.#keyPath();
    const tree = keys.reduce((parent, { name, at }) => entry(parent, name, at), table);
    this.#offset++; // "="
    this.#skipSpaces();
    this.#value(tree);
  }

  /** Reads bare and quoted keys joined by dots, and the spaces behind them. */
  #keyPath(): { name: string; at: SourcePosition }[] {
    const keys: { name: string; at: SourcePosition }[] = [];
    do {
      if (keys.length > 0) this.#offset++; // "."
      this.#skipSpaces();
      const start = this.#offset;
      const quote = this.#peek();
      if (quote === '"' || quote === "'") this.#string();
      else while (/[A-Za-z0-9_-]/.test(this.#peek())) this.#offset++;
      const raw = this.#text.slice(start, this.#offset);
      const name = quote === '"' ? unescapeKey(raw) : quote === "'" ? raw.slice(1, -1) : raw;
      keys.push({ name, at: this.#position(start) });
      this.#skipSpaces();
    } while (this.#peek() === ".");
    return keys;
  }

  #value(tree: PositionTree): void {
    tree.at = this.#position(this.#offset);
    const first = this.#peek();
    if (first === '"' || first === "'") this.#string();
    else if (first === "[") this.#array(tree);
    else if (first === "{") this.#inlineTable(tree);
    else while (this.#offset < this.#text.length && !/[,\]}#\n]/.test(this.#peek())) this.#offset++;
  }

  #array(tree: PositionTree): void {
    this.#offset++;
    for (this.#skipBlank(); this.#more("]"); this.#skipBlank()) {
      if (this.#peek() === ",") {
        this.#offset++;
        continue;
      }
      const item = treeAt(this.#position(this.#offset));
      tree.items.push(item);
      this.#value(item);
    }
    this.#offset++;
  }

  #inlineTable(tree: PositionTree): void {
    this.#offset++;
    for (this.#skipBlank(); this.#more("}"); this.#skipBlank()) {
      if (this.#peek() === ",") this.#offset++;
      else this.#assignment(tree);
    }
    this.#offset++;
  }

  #string(): void {
    const quote = this.#peek();
    const end = this.#text.startsWith(quote.repeat(3), this.#offset) ? quote.repeat(3) : quote;
    this.#offset += end.length;
    while (this.#offset < this.#text.length && !this.#text.startsWith(end, this.#offset)) {
      this.#offset += quote === '"' && this.#peek() === "\\" ? 2 : 1;
    }
    this.#offset += end.length;
    // A multi-line string may end in up to two more quotes of its own.
    if (end.length === 3) { while (this.#peek() === quote) this.#offset++; }
  }

  #more(end: string): boolean {
    return this.#offset < this.#text.length && this.#peek() !== end;
  }

  #peek(): string {
    return this.#text[this.#offset] ?? "";
  }

  #skipSpaces(): void {
    while (this.#peek() === " " || this.#peek() === "\t") this.#offset++;
  }

  /** Spaces, line ends and comments. */
  #skipBlank(): void {
    for (;;) {
      while (/[ \t\r\n]/.test(this.#peek())) this.#offset++;
      if (this.#peek() !== "#") return;
      const end = this.#text.indexOf("\n", this.#offset);
      this.#offset = end === -1 ? this.#text.length : end;
    }
  }

  #position(offset: number): SourcePosition {
    let low = 0, high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.#lineStarts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const line = low + 1, column = offset - this.#lineStarts[low]! + 1;
    return this.#file === undefined ? { line, column } : { file: this.#file, line, column };
  }
}

function treeAt(at: SourcePosition): PositionTree {
  return { at, keyAt: at, entries: new Map(), items: [] };
}

function entry(parent: PositionTree, name: string, at: SourcePosition): PositionTree {
  let child = parent.entries.get(name);
  if (child === undefined) parent.entries.set(name, child = treeAt(at));
  return child;
}

/**
 * A quoted key is a JSON string, except for `\e`, `\x` and `\U`. Such a key is not found; its table gives the position.
 */
function unescapeKey(raw: string): string {
  try {
    return String(JSON.parse(raw));
  } catch {
    return raw;
  }
}
