/**
 * Editing of one line with a history: a pure function from a line and a key to the next line. The keys are those of
 * other shells: arrows, Home, End, Ctrl-A/E/B/F/K/U/W/L/P/N, Ctrl-R to search the history.
 */

import type { Key } from "./keys.ts";
import { displayWidth } from "./width.ts";

export interface Line {
  readonly text: string;
  /** The index in `text` before which the next character goes. */
  readonly cursor: number;
  /** Earlier lines, the oldest first. */
  readonly history: readonly string[];
  /** Which line of the history is shown; `history.length`: the new line. */
  readonly shown: number;
  /** The new line, while a line of the history is shown. */
  readonly draft: string;
  /** The words to search for (Ctrl-R); `undefined`: no search. */
  readonly search: string | undefined;
}

export type LineResult =
  | { readonly kind: "edit"; readonly line: Line }
  | { readonly kind: "submit"; readonly text: string }
  /** Ctrl-C: the user drops the line. */
  | { readonly kind: "drop" }
  /** Ctrl-D on an empty line. */
  | { readonly kind: "end" }
  /** Ctrl-L. */
  | { readonly kind: "clear"; readonly line: Line };

export function newLine(history: readonly string[]): Line {
  return { text: "", cursor: 0, history, shown: history.length, draft: "", search: undefined };
}

export function pressKey(line: Line, key: Key): LineResult {
  if (line.search !== undefined) return searchKey(line, line.search, key);
  if (key.kind === "text") return edit(insert(line, key.text));
  switch (key.name) {
    case "enter":
      return { kind: "submit", text: line.text };
    case "ctrl-c":
      return { kind: "drop" };
    case "ctrl-d":
      return line.text === "" ? { kind: "end" } : edit(cut(line, line.cursor, right(line)));
    case "ctrl-l":
      return { kind: "clear", line };
    case "ctrl-r":
      return edit({ ...line, search: "" });
    default:
      return edit(moved(line, key.name) ?? changed(line, key.name));
  }
}

/** Keys that move the cursor or show another line; `undefined`: the key does something else. */
function moved(line: Line, name: string): Line | undefined {
  const at = (cursor: number) => ({ ...line, cursor });
  switch (name) {
    case "left":
    case "ctrl-b":
      return at(left(line));
    case "right":
    case "ctrl-f":
      return at(right(line));
    case "home":
    case "ctrl-a":
      return at(0);
    case "end":
    case "ctrl-e":
      return at(line.text.length);
    case "wordLeft":
      return at(wordStart(line));
    case "wordRight":
      return at(wordEnd(line));
    case "up":
    case "ctrl-p":
      return show(line, line.shown - 1);
    case "down":
    case "ctrl-n":
      return show(line, line.shown + 1);
  }
  return undefined;
}

function changed(line: Line, name: string): Line {
  const { text, cursor } = line;
  switch (name) {
    case "backspace":
      return cut(line, left(line), cursor);
    case "delete":
      return cut(line, cursor, right(line));
    case "ctrl-k":
      return cut(line, cursor, text.length);
    case "ctrl-u":
      return cut(line, 0, cursor);
    case "ctrl-w":
      return cut(line, text.slice(0, cursor).search(/\S+\s*$/), cursor);
    case "deleteWord":
      return cut(line, wordStart(line), cursor);
    default:
      return line;
  }
}

/** Ctrl-R again searches further back, Escape leaves the search, any other key takes the line that was found. */
function searchKey(line: Line, words: string, key: Key): LineResult {
  if (key.kind === "text") return edit(find(line, words + key.text, line.shown));
  switch (key.name) {
    case "ctrl-r":
      return edit(find(line, words, line.shown - 1));
    case "backspace":
      return edit(find(line, words.slice(0, -1), line.history.length));
    case "escape":
    case "ctrl-g":
    case "ctrl-c":
      return edit({ ...newLine(line.history), text: line.draft, cursor: line.draft.length });
    default:
      return pressKey({ ...line, search: undefined }, key);
  }
}

/** Shows the newest line at or before `from` that contains the words. */
function find(line: Line, words: string, from: number): Line {
  for (let i = Math.min(from, line.history.length - 1); i >= 0; i--) {
    const text = line.history[i] ?? "";
    const at = text.indexOf(words);
    if (at !== -1) return { ...line, search: words, shown: i, text, cursor: at };
  }
  return { ...line, search: words };
}

function show(line: Line, shown: number): Line {
  if (shown < 0 || shown > line.history.length) return line;
  const draft = line.shown === line.history.length ? line.text : line.draft;
  const text = line.history[shown] ?? draft;
  return { ...line, text, cursor: text.length, shown, draft };
}

function edit(line: Line): LineResult {
  return { kind: "edit", line };
}

function insert(line: Line, text: string): Line {
  const { cursor } = line;
  return { ...line, text: line.text.slice(0, cursor) + text + line.text.slice(cursor), cursor: cursor + text.length };
}

function cut(line: Line, from: number, to: number): Line {
  if (from < 0 || from >= to) return line;
  return { ...line, text: line.text.slice(0, from) + line.text.slice(to), cursor: from };
}

/** A character outside of the first 65,536 takes two places of a text. */
function left({ text, cursor }: Line): number {
  return Math.max(0, cursor - ([...text.slice(0, cursor)].at(-1)?.length ?? 0));
}

function right({ text, cursor }: Line): number {
  return cursor + ([...text.slice(cursor)][0]?.length ?? 0);
}

function wordStart({ text, cursor }: Line): number {
  return Math.max(0, text.slice(0, cursor).search(/\w+\W*$/));
}

function wordEnd({ text, cursor }: Line): number {
  return cursor + (/^\W*\w*/.exec(text.slice(cursor))?.[0].length ?? 0);
}

/**
 * Completes the word before the cursor. `words`: those that exist. With several candidates, what they have in common is
 * added; if that is nothing, they are returned to be shown.
 */
export function completeWord(line: Line, words: readonly string[]): { line: Line; choices: readonly string[] } {
  const start = /[\w.]*$/.exec(line.text.slice(0, line.cursor))?.[0] ?? "";
  const candidates = start === "" ? [] : words.filter((word) => word.toLowerCase().startsWith(start.toLowerCase()));
  const [first] = candidates;
  if (first === undefined) return { line, choices: [] };
  const common = candidates.reduce((shared, word) => {
    let length = 0;
    while (length < shared.length && shared[length] === word[length]) length++;
    return shared.slice(0, length);
  }, first);
  const added = insert(cut(line, line.cursor - start.length, line.cursor), longer(common, start));
  const isChoice = candidates.length > 1 && common.length <= start.length;
  return { line: candidates.length === 1 ? insert(added, " ") : added, choices: isChoice ? candidates : [] };
}

/** The common start of candidates that differ in case may be shorter than what the user typed. */
function longer(common: string, typed: string): string {
  return common.length >= typed.length ? common : typed;
}

/** Where the cursor stands after a line was drawn: rows below its first row. */
export interface Drawn {
  readonly row: number;
}

/** How many columns a text takes where it wraps: a character of two columns does not begin in the last one of a row. */
function columnsOf(text: string, columns: number): number {
  let taken = 0;
  for (const character of text) {
    const width = displayWidth(character);
    if (width === 2 && taken % columns === columns - 1) taken++;
    taken += width;
  }
  return taken;
}

/** The text that draws a line over the one that was drawn before. Lines longer than the terminal wrap. */
export function drawLine(
  line: Line,
  prompt: string,
  columns: number,
  before: Drawn,
): { readonly text: string; readonly drawn: Drawn } {
  const shownPrompt = line.search === undefined ? prompt : `(search)\`${line.search}': `;
  const end = columnsOf(shownPrompt + line.text, columns);
  const cursor = columnsOf(shownPrompt + line.text.slice(0, line.cursor), columns);
  const up = (rows: number) => rows > 0 ? `\x1b[${rows}A` : "";
  const lastRow = Math.floor(end / columns), row = Math.floor(cursor / columns), column = cursor % columns;
  // A terminal moves to the next row only when a character needs it.
  const wraps = end > 0 && end % columns === 0 ? "\n" : "";
  return {
    text: `${up(before.row)}\r\x1b[J${shownPrompt}${line.text}${wraps}${up(lastRow - row)}\r${
      column > 0 ? `\x1b[${column}C` : ""
    }`,
    drawn: { row },
  };
}
