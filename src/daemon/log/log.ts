/** The log: lines for people, on standard error. */

import { printable } from "../../types/mod.ts";

/** 0: what an operator needs; 1 (`-v`): also every state change of a session; 2 (`-vv`): also every message. */
export type Verbosity = 0 | 1 | 2;

export interface Log {
  /** True where `trace` writes: check it before you make a text for each message. */
  readonly tracing: boolean;
  error(text: string): void;
  /** `lines` follow the text, each on a line of its own without the time, so that they can be copied. */
  warn(text: string, lines?: readonly string[]): void;
  info(text: string): void;
  debug(text: string): void;
  trace(text: string): void;
}

/** The log of this process. */
export function openLog(verbosity: Verbosity): Log {
  const encoder = new TextEncoder();
  const write = (level: string) => (text: string, lines: readonly string[] = []) => {
    const line = `${new Date().toISOString()} ${level.padEnd(7)} ${printable(text)}\n`;
    const below = lines.map((line) => `    ${printable(line)}\n`);
    // Control characters are escaped, so no text of a peer can look like a second line.
    try {
      Deno.stderr.writeSync(encoder.encode(line + below.join("")));
    } catch {
      // Nobody reads the log any more: bgpd goes on without it.
    }
  };
  return {
    tracing: verbosity === 2,
    error: write("error"),
    warn: write("warning"),
    info: write("info"),
    debug: verbosity >= 1 ? write("debug") : () => {},
    trace: verbosity === 2 ? write("trace") : () => {},
  };
}

/** A log that writes nothing, for tests. */
export const silentLog: Log = { tracing: false, error() {}, warn() {}, info() {}, debug() {}, trace() {} };
