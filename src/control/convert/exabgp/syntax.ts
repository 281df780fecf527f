/** The syntax of ExaBGP's configuration: statements that end with `;`, and blocks in braces. */

import { NotUnderstood, type Place } from "../place.ts";

export interface Statement {
  readonly words: readonly string[];
  readonly at: Place;
  /** The statements of its block; `undefined`: it has none. */
  readonly block: readonly Statement[] | undefined;
}

/** Quoted text is one word, without its quotes. Throws {@link NotUnderstood} where a brace is missing. */
export function statementsOf(text: string, file: string): Statement[] {
  const tokens = tokensOf(text, file);
  let next = 0;
  const read = (depth: number): Statement[] => {
    const statements: Statement[] = [];
    let words: string[] = [], at: Place | undefined;
    while (next < tokens.length) {
      const token = tokens[next++]!;
      if (token.text === ";" && !token.isQuoted) {
        if (at !== undefined) statements.push({ words, at, block: undefined });
        [words, at] = [[], undefined];
      } else if (token.text === "{" && !token.isQuoted) {
        statements.push({ words, at: at ?? token.at, block: read(depth + 1) });
        [words, at] = [[], undefined];
      } else if (token.text === "}" && !token.isQuoted) {
        if (depth === 0) throw new NotUnderstood(`line ${token.at.line}: a "}" without its "{"`);
        return statements;
      } else {
        words.push(token.text);
        at ??= token.at;
      }
    }
    if (depth > 0) throw new NotUnderstood(`a "}" is missing at the end`);
    return statements;
  };
  return read(0);
}

interface Token {
  readonly text: string;
  readonly isQuoted: boolean;
  readonly at: Place;
}

function tokensOf(text: string, file: string): Token[] {
  return text.split("\n").flatMap((line, index) => {
    const found = line.matchAll(/#.*|"([^"]*)"|'([^']*)'|[{};]|\\(?=\s*$)|[^\s{};"'#]+/g);
    return [...found].flatMap((match): Token[] => {
      const [word, double, single] = match;
      // A backslash at the end joins two lines, and so does a line without a semicolon.
      if (word.startsWith("#") || word === "\\") return [];
      const quoted = double ?? single;
      return [{ text: quoted ?? word, isQuoted: quoted !== undefined, at: { file, line: index + 1 } }];
    });
  });
}

/** The statement on one line, as a command of ExaBGP's API has it. */
export function lineOf({ words, block }: Statement): string {
  if (block === undefined) return words.join(" ");
  return `${words.join(" ")} { ${block.map((each) => `${lineOf(each)};`).join(" ")} }`;
}
