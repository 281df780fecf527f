/** The work of `bgpd top`: the loop of the whole screen, and the text without a terminal. */

import { isTemporary, type StoreReader } from "../../../store/mod.ts";
import type { Io, Terminal } from "../command.ts";
import { printDetail } from "../show/peer_detail.ts";
import { parseKeys } from "../text/keys.ts";
import { DaemonWatch } from "./daemon_watch.ts";
import { type TopData, TopSource } from "./top_data.ts";
import { firstState, pressTopKey, type TopState } from "./top_keys.ts";
import { type Screen, topScreen, topText } from "./top_screen.ts";

/** How long `--once` measures rates. */
const onceMs = 1_000;

/** Another screen without a cursor, so that the shell's own is there again afterwards. */
const enter = "\x1b[?1049h\x1b[?25l\x1b[H\x1b[2J";
const leave = "\x1b[?25h\x1b[?1049l";

export interface TopOptions {
  readonly intervalMs: number;
  /** Print once as text. */
  readonly isOnce: boolean;
}

/** Returns the exit code. Without a terminal the state is printed once as text. */
export async function runTop(reader: StoreReader, { intervalMs, isOnce }: TopOptions, io: Io): Promise<number> {
  const daemon = new DaemonWatch(reader, io.now());
  const terminal = isOnce ? undefined : io.terminal();
  try {
    return terminal === undefined ? await once(daemon, io) : await new Top(daemon, terminal, io).run(intervalMs);
  } finally {
    terminal?.close();
    daemon.close();
  }
}

async function once(daemon: DaemonWatch, io: Io): Promise<number> {
  const source = new TopSource();
  source.sample(daemon.reader, daemon.runs, io.now());
  if (daemon.runs) await io.wait(onceMs);
  const data = source.sample(daemon.reader, daemon.runs, io.now());
  const width = io.outputIsTerminal ? io.columns : Infinity;
  for (const line of topText(data, firstState, width, io.useColour)) io.write(line + "\n");
  return data.isRunning || !daemon.reader.lastRun().leftOver ? 0 : 1;
}

class Top {
  readonly #daemon: DaemonWatch;
  readonly #terminal: Terminal;
  readonly #io: Io;
  readonly #source = new TopSource();
  #state: TopState = firstState;
  #data: TopData;
  #shown = "";

  constructor(daemon: DaemonWatch, terminal: Terminal, io: Io) {
    this.#daemon = daemon;
    this.#terminal = terminal;
    this.#io = io;
    this.#data = this.#source.sample(daemon.reader, daemon.runs, io.now());
  }

  /** Returns when the user quits, or the terminal is gone. */
  async run(intervalMs: number): Promise<number> {
    this.#terminal.write(enter);
    try {
      let next = performance.now() + intervalMs;
      let screen = this.#draw();
      for (;;) {
        const event = await this.#terminal.next(Math.max(0, next - performance.now()));
        if (event.kind === "end") return 0;
        if (event.kind === "resize") this.#shown = "";
        if (event.kind === "keys" && !this.#press(event.text, screen)) return 0;
        if (performance.now() >= next) {
          this.#look();
          next = performance.now() + intervalMs;
        }
        screen = this.#draw();
      }
    } finally {
      this.#terminal.write(leave);
    }
  }

  /** False: the user quits. */
  #press(text: string, screen: Screen): boolean {
    for (const key of parseKeys(text)) {
      const state = pressTopKey(this.#state, key, screen.view);
      if (state === "quit") return false;
      this.#state = state;
    }
    return true;
  }

  /** A database that is locked for a moment leaves the last values on the screen. */
  #look(): void {
    try {
      this.#daemon.check(this.#io.now());
      this.#data = this.#source.sample(this.#daemon.reader, this.#daemon.runs, this.#io.now());
    } catch (error) {
      if (!isTemporary(error)) throw error;
    }
  }

  /** Writes a frame in one piece, and only if it differs from the last one: so the screen does not flicker. */
  #draw(): Screen {
    const { columns, rows } = this.#terminal;
    const options = { size: { columns, rows }, useColour: this.#io.useColour, detail: this.#detail(columns) };
    const screen = topScreen(this.#data, this.#state, options);
    const frame = `\x1b[H${screen.lines.map((line) => `${line}\x1b[K`).join("\r\n")}\x1b[J`;
    if (frame !== this.#shown) this.#terminal.write(frame);
    this.#shown = frame;
    return screen;
  }

  #detail(columns: number): string[] {
    if (this.#state.view !== "detail") return [];
    return detailLines(this.#daemon.reader, this.#state.selected ?? "", { ...this.#data, columns }, this.#io);
  }
}

/** What `bgpd show peer` prints. */
function detailLines(
  reader: StoreReader,
  name: string,
  { isRunning, columns }: { readonly isRunning: boolean; readonly columns: number },
  io: Io,
): string[] {
  const peer = reader.peer(name);
  if (peer === undefined) return [`the database has no peer ${name} any more`];
  let text = "";
  const collecting: Io = Object.create(io, {
    columns: { value: columns },
    write: { value: (part: string) => void (text += part) },
  });
  printDetail(peer, isRunning, collecting);
  return text.split("\n").slice(0, -1);
}
