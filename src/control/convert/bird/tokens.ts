/** Words of a BIRD configuration, with their lines. */

import type { Notes, Place } from "../place.ts";

export interface Token {
  readonly kind: "word" | "number" | "text" | "address" | "sign";
  /** Without quotes. */
  readonly text: string;
  readonly at: Place;
}

export interface SourceFile {
  readonly name: string;
  readonly text: string;
}

/** The files that `include "PATTERN"` in the file `from` means; a text: why they cannot be read. */
export type ReadIncluded = (pattern: string, from: string) => readonly SourceFile[] | string;

const deepestInclude = 8;
/** Room for the largest configurations of route servers. */
const mostTokens = 5_000_000;

const forms: readonly (readonly [Token["kind"] | "blank", RegExp])[] = [
  ["blank", /(?:[ \t\r\f\v]+|#[^\n]*|\/\*[^]*?(?:\*\/|$))/y],
  ["text", /"[^"\n]*"?/y],
  ["address", /(?=[0-9a-fA-F:.]*:[0-9a-fA-F:.]*:)[0-9a-fA-F:]*:[0-9a-fA-F:.]*(?:%'?[\w.-]+'?)?/y],
  ["address", /\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}/y],
  ["number", /0x[0-9a-fA-F]+|\d+/y],
  ["word", /'[^'\n]*'|[A-Za-z_][\w]*/y],
  ["sign", /\[=|=\]|&&|\|\||!=|!~|<=|>=|\.\.|->|::|[^]/y],
];

/** Reads a file and those that it includes. */
export function tokensOf(file: SourceFile, read: ReadIncluded, notes: Notes, depth = 0): Token[] {
  const tokens: Token[] = [];
  const { text, name } = file;
  let line = 1;
  for (let at = 0; at < text.length && tokens.length < mostTokens;) {
    if (text[at] === "\n") {
      line++;
      at++;
      continue;
    }
    for (const [kind, form] of forms) {
      form.lastIndex = at;
      const found = form.exec(text)?.[0];
      if (found === undefined) continue;
      if (kind !== "blank") tokens.push({ kind, text: bare(kind, found), at: { file: name, line } });
      for (const character of found) if (character === "\n") line++;
      at += found.length;
      break;
    }
    includeFiles(tokens, read, notes, depth);
  }
  return tokens;
}

function bare(kind: Token["kind"], text: string): string {
  if (kind === "text") return text.replace(/^"/, "").replace(/"$/, "");
  if (kind === "word" && text.startsWith("'")) return text.slice(1, -1);
  return kind === "address" ? text.replaceAll("'", "") : text;
}

/** Puts the tokens of the files in the place of `include "…";` at the end of the list. */
function includeFiles(tokens: Token[], read: ReadIncluded, notes: Notes, depth: number): void {
  const [word, pattern, end] = tokens.slice(-3);
  if (end?.text !== ";" || pattern?.kind !== "text" || word?.kind !== "word" || word.text !== "include") return;
  tokens.length -= 3;
  if (depth >= deepestInclude) {
    notes.leave(word.at, `include "${pattern.text}": more than ${deepestInclude} files inside each other`);
    return;
  }
  const files = read(pattern.text, word.at.file);
  if (typeof files === "string") {
    notes.leave(word.at, `include "${pattern.text}": ${files}`);
    return;
  }
  for (const file of files) for (const token of tokensOf(file, read, notes, depth + 1)) tokens.push(token);
}
