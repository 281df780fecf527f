/**
 * Reads JSON (RFC 8259) member by member. A file of 500,000 VRPs never becomes a tree of objects, and a mistake in it,
 * of the format or of a value, is reported with its line and column.
 */

/** A mistake in a file and its place; both numbers count from 1. */
export interface FileError {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** Thrown by a {@link JsonCursor}; {@link readJson} catches it. */
class JsonFault extends Error {
  readonly at: number;

  constructor(at: number, message: string) {
    super(message);
    this.at = at;
  }
}

/** How deep values may be nested: the files have four levels, and a hostile one must not use up the stack. */
const depthMax = 64;

/** What `read` makes of the text, which must be one JSON value, or the first mistake. */
export function readJson<T>(text: string, read: (cursor: JsonCursor) => T): { value: T } | { error: FileError } {
  const cursor = new JsonCursor(text);
  try {
    const value = read(cursor);
    cursor.expectEnd();
    return { value };
  } catch (fault) {
    if (!(fault instanceof JsonFault)) throw fault;
    const before = text.slice(0, fault.at);
    const lineStart = before.lastIndexOf("\n") + 1;
    const line = before.split("\n").length;
    return { error: { line, column: fault.at - lineStart + 1, message: fault.message } };
  }
}

export class JsonCursor {
  readonly #text: string;
  #at: number;
  #depth = 0;
  /** Where the value or name read last begins: the place of a mistake in it. */
  #start = 0;

  constructor(text: string) {
    this.#text = text;
    this.#at = text.startsWith("\ufeff") ? 1 : 0;
  }

  /** Reports that the value read last is wrong. */
  fail(message: string): never {
    throw new JsonFault(this.#start, message);
  }

  /** Reads an object; `onMember` reads or skips the value of each member. `what` names it in mistakes. */
  object(what: string, onMember: (name: string) => void): void {
    this.#list(what, "an object", "{", "}", () => {
      const name = this.string(`a name in ${what}`);
      this.#space();
      if (this.#text[this.#at] !== ":") this.#unexpected(`":" after the name "${shortened(name)}"`);
      this.#at++;
      onMember(name);
    });
  }

  /** Reads an array; `onElement` reads or skips each element, with its number from 1 on. */
  array(what: string, onElement: (number: number) => void): void {
    let number = 0;
    this.#list(what, "an array", "[", "]", () => onElement(++number));
  }

  string(what: string): string {
    this.#space();
    if (this.#text[this.#at] !== '"') this.#unexpected(`${what}, a string`);
    const start = ++this.#at;
    let isPlain = true;
    for (;; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code === 0x22) break;
      if (Number.isNaN(code)) this.fail(`the file ends inside ${what}`);
      if (code < 0x20) this.fail(`${what} contains a control character`);
      if (code === 0x5c) {
        isPlain = false;
        this.#at++;
      }
    }
    const raw = this.#text.slice(start, this.#at++);
    return isPlain ? raw : this.#unescaped(raw, what);
  }

  number(what: string): number {
    this.#space();
    const numeral = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][-+]?\d+)?/y;
    numeral.lastIndex = this.#at;
    const found = numeral.exec(this.#text);
    if (found === null) this.#unexpected(`${what}, a number`);
    this.#at = numeral.lastIndex;
    return Number(found[0]);
  }

  /** True where a string follows, and no other value. */
  isString(): boolean {
    this.#space();
    return this.#text[this.#at] === '"';
  }

  /** Reads a value of any kind and forgets it. */
  skip(): void {
    this.#space();
    const first = this.#text[this.#at];
    if (first === "{") this.object("an object", () => this.skip());
    else if (first === "[") this.array("an array", () => this.skip());
    else if (first === '"') this.string("a string");
    else {
      const word = ["true", "false", "null"].find((word) => this.#text.startsWith(word, this.#at));
      if (word === undefined) this.number("a value");
      else this.#at += word.length;
    }
  }

  expectEnd(): void {
    this.#space();
    if (this.#at < this.#text.length) this.#unexpected("the end of the file");
  }

  #list(what: string, kind: string, open: string, close: string, onItem: () => void): void {
    this.#space();
    if (this.#text[this.#at] !== open) this.#unexpected(`${what}, ${kind}`);
    const opening = this.#at;
    if (++this.#depth > depthMax) this.fail(`values are nested more than ${depthMax} deep`);
    this.#at++;
    this.#space();
    if (this.#text[this.#at] !== close) {
      for (onItem(), this.#space(); this.#text[this.#at] === ","; onItem(), this.#space()) this.#at++;
    }
    if (this.#text[this.#at] !== close) this.#unexpected(`"," or "${close}" in ${what}`);
    this.#at++;
    this.#depth--;
    this.#start = opening;
  }

  #unescaped(raw: string, what: string): string {
    try {
      return JSON.parse(`"${raw}"`);
    } catch {
      return this.fail(`${what} contains an escape that JSON does not have`);
    }
  }

  #unexpected(wanted: string): never {
    const found = this.#text[this.#at];
    if (found === undefined) return this.fail(`the file ends too early: expected ${wanted}`);
    return this.fail(`expected ${wanted}; found ${JSON.stringify(found)}`);
  }

  #space(): void {
    for (;; this.#at++) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) break;
    }
    this.#start = this.#at;
  }
}

/** Foreign text in a message. */
export function shortened(text: string): string {
  const printable = text.replace(/[^\x20-\x7e]/g, "?");
  return printable.length > 40 ? `${printable.slice(0, 40)}…` : printable;
}
