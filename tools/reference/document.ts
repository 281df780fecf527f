/**
 * The content of a reference page as plain values: `markdown.ts` writes it for the web, `roff.ts` as a man page. Text
 * marks code with backticks.
 */

export type Block =
  /** Level 1: a chapter. Level 2: a part of it. */
  | { readonly kind: "heading"; readonly level: 1 | 2; readonly text: string }
  | { readonly kind: "paragraph"; readonly text: string }
  /** Lines that stay as they are. */
  | {
    readonly kind: "code";
    readonly language: string;
    readonly text: string;
    /** The test that runs these commands. */
    readonly testedBy?: string;
  }
  /** Whole command lines and what they do. */
  | { readonly kind: "examples"; readonly items: readonly (readonly [line: string, doc: string])[] }
  /** Names and their meaning: a table with two columns, or a list with tags. */
  | { readonly kind: "definitions"; readonly head: readonly [string, string]; readonly items: readonly Definition[] };

export interface Definition {
  /** A name, written as code. */
  readonly term: string;
  /** Each text has a line of its own. */
  readonly texts: readonly string[];
}

export function chapter(text: string): Block {
  return { kind: "heading", level: 1, text };
}

export function part(text: string): Block {
  return { kind: "heading", level: 2, text };
}

export function paragraph(text: string): Block {
  return { kind: "paragraph", text };
}

export function code(language: string, text: string): Block {
  return { kind: "code", language, text };
}

/** Nothing if there are no items. */
export function definitions(head: readonly [string, string], items: readonly Definition[]): readonly Block[] {
  return items.length === 0 ? [] : [{ kind: "definitions", head, items }];
}

/** A fragment such as `show a line for each peer` as a sentence. A fragment that begins with code stays as it is. */
export function sentence(text: string): string {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}`;
}
