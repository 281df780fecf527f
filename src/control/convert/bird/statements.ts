/** Statements of a BIRD configuration: words up to `;`, or words with a block. */

import type { Notes, Place } from "../place.ts";
import type { Token } from "./tokens.ts";

export interface Statement {
  readonly at: Place;
  readonly head: readonly Token[];
  /** What stands between the braces. */
  readonly block?: readonly Token[];
}

/** `undefined` instead of a token at the end. */
export function statementsOf(tokens: readonly Token[], notes: Notes): Statement[] {
  const found: Statement[] = [];
  let head: Token[] = [];
  let nesting = 0;
  const close = (block?: readonly Token[]) => {
    const [first] = head;
    if (first !== undefined) found.push(block === undefined ? { at: first.at, head } : { at: first.at, head, block });
    head = [];
    nesting = 0;
  };
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]!;
    if (token.text === "{" && token.kind === "sign" && nesting === 0) {
      const end = blockEnd(tokens, i);
      if (end === undefined) {
        notes.leave(token.at, `the block that begins here has no end: add "}"`);
        return found;
      }
      if (head.length === 0) head.push({ ...token, kind: "sign" });
      close(tokens.slice(i + 1, end));
      i = end;
      continue;
    }
    if (token.kind === "sign") {
      if (token.text === ";" && nesting <= 0) {
        close();
        continue;
      }
      if (token.text === "[" || token.text === "(" || token.text === "[=") nesting++;
      if (token.text === "]" || token.text === ")" || token.text === "=]") nesting--;
      // A brace without its partner must not swallow the rest of the file.
      if (token.text === "}" && nesting <= 0) {
        notes.leave(token.at, `"}" without "{"`);
        continue;
      }
    }
    head.push(token);
  }
  const [first] = head;
  if (first !== undefined) notes.leave(first.at, `${headText(head)}: the statement has no end: add ";"`);
  return found;
}

/** The index of the brace that closes the one at `start`. */
export function blockEnd(tokens: readonly Token[], start: number): number | undefined {
  let depth = 0;
  for (let i = start; i < tokens.length; i++) {
    const { kind, text } = tokens[i]!;
    if (kind !== "sign") continue;
    if (text === "{") depth++;
    if (text === "}" && --depth === 0) return i;
  }
  return undefined;
}

/** The words as people wrote them, shortened. */
export function headText(tokens: readonly Token[]): string {
  let text = "";
  for (const token of tokens) {
    const word = token.kind === "text" ? `"${token.text}"` : token.text;
    const isTight = /^[;,)\].]|^\.\.$/.test(word) || /[([.!]$/.test(text) || text === "" ||
      (word === "(" && /\w$/.test(text));
    text += isTight ? word : ` ${word}`;
    if (text.length > 90) return `${text.slice(0, 90)} …`;
  }
  return text;
}

export function statementText({ head, block }: Statement): string {
  const text = headText(head);
  return block === undefined ? text : `${text} { … }`;
}
