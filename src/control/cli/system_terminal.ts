/** The terminal of this process: its size, its keys one by one, and the signals that end a command. */

import type { Terminal, TerminalEvent } from "./command.ts";

/** Without a terminal, and without the variable `COLUMNS`. */
const plainColumns = 100;
const plainRows = 40;

const endSignals = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

export function terminalSize(): { readonly columns: number; readonly rows: number } {
  const plain = {
    columns: Number(/^[1-9]\d{0,3}$/.exec(Deno.env.get("COLUMNS") ?? "")?.[0] ?? plainColumns),
    rows: plainRows,
  };
  if (!Deno.stdout.isTerminal()) return plain;
  try {
    const { columns, rows } = Deno.consoleSize();
    // Some terminals report a size of 0.
    return { columns: columns || plain.columns, rows: rows || plain.rows };
  } catch {
    return plain;
  }
}

/** Listens to the signals that end a command. A second signal ends the process. */
export class EndSignals {
  readonly #ended: Promise<void>;
  #isOver = false;

  constructor() {
    this.#ended = new Promise((resolve) => {
      const end = () => {
        this.#isOver = true;
        for (const signal of endSignals) Deno.removeSignalListener(signal, end);
        resolve();
      };
      for (const signal of endSignals) Deno.addSignalListener(signal, end);
    });
  }

  /** False: a signal came. */
  async wait(milliseconds: number): Promise<boolean> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const time = new Promise<void>((resolve) => timer = setTimeout(resolve, milliseconds));
    await Promise.race([time, this.#ended]);
    clearTimeout(timer);
    return !this.#isOver;
  }
}

/** Takes over the terminal until it is closed. */
export function systemTerminal(write: (text: string) => void): Terminal {
  let waiting: TerminalEvent[] = [];
  let wake: () => void = () => {};
  let isOpen = true;
  const push = (event: TerminalEvent) => {
    waiting.push(event);
    wake();
  };
  const onResize = () => push({ kind: "resize" });
  const onEnd = () => push({ kind: "end" });
  Deno.stdin.setRaw(true);
  Deno.addSignalListener("SIGWINCH", onResize);
  for (const signal of endSignals) Deno.addSignalListener(signal, onEnd);
  const reader = readKeys(push, () => isOpen);
  return {
    get columns() {
      return terminalSize().columns;
    },
    get rows() {
      return terminalSize().rows;
    },
    write,
    async next(milliseconds) {
      reader.want();
      if (waiting.length === 0) {
        let timer: ReturnType<typeof setTimeout> | undefined;
        await new Promise<void>((resolve) => {
          wake = resolve;
          timer = setTimeout(resolve, milliseconds);
        });
        clearTimeout(timer);
      }
      const [event = { kind: "time" } as const, ...rest] = waiting;
      waiting = rest;
      return event;
    },
    close() {
      if (!isOpen) return;
      isOpen = false;
      Deno.removeSignalListener("SIGWINCH", onResize);
      for (const signal of endSignals) Deno.removeSignalListener(signal, onEnd);
      try {
        Deno.stdin.setRaw(false);
      } catch {
        // The terminal is gone, and its settings with it.
      }
    },
  };
}

/**
 * Reads keys while somebody wants them. A read cannot be taken back: what arrives after the close belongs to the next
 * one who takes over the terminal.
 */
function readKeys(push: (event: TerminalEvent) => void, isOpen: () => boolean) {
  const decoder = new TextDecoder();
  const bytes = new Uint8Array(4_096);
  let isReading = false;
  const read = async () => {
    isReading = true;
    const count = await Deno.stdin.read(bytes).catch(() => null);
    isReading = false;
    if (!isOpen()) return;
    if (count === null) return push({ kind: "end" });
    push({ kind: "keys", text: decoder.decode(bytes.subarray(0, count), { stream: true }) });
  };
  return {
    want() {
      if (!isReading) void read();
    },
  };
}
