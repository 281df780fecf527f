/** Reads lines from a terminal with editing and a history. */

import type { Io } from "../command.ts";
import { type Key, parseKeys } from "../text/keys.ts";
import { wrap } from "../text/units.ts";
import { completeWord, drawLine, type Drawn, newLine, pressKey } from "../text/line_editor.ts";

/** How many lines the history keeps. */
const historyLines = 1_000;
const foreverMs = 2 ** 30;

/** A Tab that comes together with other characters is pasted: it is a blank, and completes nothing. */
function isTyped(text: string): boolean {
  return /^(\t+|[^\t]*)$/.test(text);
}

export class LineReader {
  readonly #io: Io;
  readonly #history: string[] = [];
  /** Keys that came with those of an earlier line, for example from a paste. */
  #keys: Key[] = [];

  readonly #words: () => readonly string[];

  /** `words`: what the Tab key completes. */
  constructor(io: Io, words: () => readonly string[]) {
    this.#io = io;
    this.#words = words;
  }

  /** The next line; `"drop"`: the user pressed Ctrl-C; `undefined`: there are no more lines. */
  async read(prompt: string): Promise<{ readonly text: string } | "drop" | undefined> {
    const terminal = this.#io.terminal();
    if (terminal === undefined) return undefined;
    try {
      let line = newLine(this.#history);
      let drawn: Drawn = { row: 0 };
      const draw = (first = "") => {
        const next = drawLine(line, prompt, terminal.columns, drawn);
        terminal.write(first + next.text);
        drawn = next.drawn;
      };
      // The line ends where its text ends, wherever the cursor stands.
      const leave = (text: string) => {
        line = { ...line, cursor: line.text.length, search: undefined };
        draw();
        terminal.write(text);
      };
      for (;;) {
        const key = this.#keys.shift();
        if (key === undefined) {
          draw();
          const event = await terminal.next(foreverMs);
          if (event.kind === "keys") {
            this.#keys = parseKeys(isTyped(event.text) ? event.text : event.text.replaceAll("\t", " "));
          }
          if (event.kind === "end") return undefined;
          continue;
        }
        if (key.kind === "key" && key.name === "tab") {
          const completed = completeWord(line, this.#words());
          if (completed.choices.length > 0) {
            leave(`\r\n${wrap(completed.choices.join("  "), terminal.columns).join("\r\n")}\r\n`);
            drawn = { row: 0 };
          }
          line = { ...completed.line, search: undefined };
          continue;
        }
        const result = pressKey(line, key);
        switch (result.kind) {
          case "edit":
            line = result.line;
            break;
          case "clear":
            drawn = { row: 0 };
            draw("\x1b[H\x1b[2J");
            break;
          case "submit":
            leave("\r\n");
            this.#remember(result.text);
            return { text: result.text };
          case "drop":
            leave("^C\r\n");
            this.#keys = [];
            return "drop";
          case "end":
            leave("\r\n");
            return undefined;
        }
      }
    } finally {
      terminal.close();
    }
  }

  #remember(text: string): void {
    if (text.trim() === "" || this.#history.at(-1) === text) return;
    this.#history.push(text);
    if (this.#history.length > historyLines) this.#history.shift();
  }
}
