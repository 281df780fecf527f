/** A command of ExaBGP's API as words, and the errors of the commands. */

/** A command that cannot be carried out: one sentence for the operator. ExaBGP's answer to it is `error`. */
export class WrongCommand extends Error {}

/**
 * The words of a command. Brackets, braces, commas and semicolons are words of their own; quotes hold a word together.
 * Scripts also write the two characters `\n` where a configuration file has a new line.
 */
export function wordsOf(line: string): string[] {
  const text = line.replaceAll(/\\+n/g, " ");
  return (text.match(/"[^"]*"|'[^']*'|[[\](){},;]|[^\s[\](){},;"']+/g) ?? [])
    .map((word) => /^["']/.test(word) ? word.slice(1, -1) : word);
}

/** The words of a command, read one after the other. */
export class Words {
  readonly #words: readonly string[];
  #at = 0;

  constructor(words: readonly string[]) {
    this.#words = words;
  }

  get isDone(): boolean {
    return this.#at >= this.#words.length;
  }

  /** `undefined` at the end. */
  peek(ahead = 0): string | undefined {
    return this.#words[this.#at + ahead];
  }

  /** All words that are left. */
  rest(): readonly string[] {
    return this.#words.slice(this.#at);
  }

  /** Steps over the word if it is this one. */
  take(word: string): boolean {
    if (this.peek() !== word) return false;
    this.#at++;
    return true;
  }

  /** The next word. `of`: what it is the value of. */
  next(of: string): string {
    const word = this.peek();
    if (word === undefined || word === ";") throw new WrongCommand(`${of} needs a value`);
    this.#at++;
    return word;
  }

  /** One word, or all words between `[` and `]`, without commas. */
  list(of: string): string[] {
    const first = this.next(of);
    if (first !== "[") return [first];
    const list: string[] = [];
    for (let depth = 1;;) {
      const word = this.next(of);
      if (word === "[") depth++;
      if (word === "]" && --depth === 0) return list;
      if (word !== ",") list.push(word);
    }
  }

  /** A decimal number from 0 to `max`. */
  number(of: string, max = 0xffff_ffff): number {
    const word = this.next(of);
    const value = /^\d{1,10}$/.test(word) ? Number(word) : NaN;
    if (value <= max) return value;
    throw new WrongCommand(`${of} takes a whole number from 0 to ${max}, not "${word}"`);
  }
}
