/** A terminal whose events are written in advance. */
import type { Terminal, TerminalEvent } from "../../../../src/control/cli/command.ts";

export interface FakeTerminal extends Terminal {
  /** Everything that was written. */
  readonly written: readonly string[];
  readonly isClosed: boolean;
}

/** After the events, the terminal is gone. A text is what keys send. */
export function fakeTerminal(
  events: Iterable<string | TerminalEvent>,
  size: { columns: number; rows: number } = { columns: 80, rows: 24 },
): FakeTerminal {
  const written: string[] = [];
  const left = events[Symbol.iterator]();
  let isClosed = false;
  return {
    written,
    get isClosed() {
      return isClosed;
    },
    get columns() {
      return size.columns;
    },
    get rows() {
      return size.rows;
    },
    write: (text) => void written.push(text),
    next() {
      const { value, done } = left.next();
      if (done === true) return Promise.resolve({ kind: "end" });
      return Promise.resolve(typeof value === "string" ? { kind: "keys", text: value } : value);
    },
    close: () => void (isClosed = true),
  };
}
