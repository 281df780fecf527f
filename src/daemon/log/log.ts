/** The log: lines for people, on standard error. Only this file imports the logging library. */

import { configure, getLogger, type LogLevel, type LogRecord } from "@logtape/logtape";
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

const levels = ["info", "debug", "trace"] as const satisfies readonly LogLevel[];

/** Configures the log of this process. */
export async function openLog(verbosity: Verbosity): Promise<Log> {
  const encoder = new TextEncoder();
  await configure({
    sinks: { stderr: (record: LogRecord) => void Deno.stderr.writeSync(encoder.encode(formatLine(record))) },
    loggers: [
      { category: "bgpd", lowestLevel: levels[verbosity], sinks: ["stderr"] },
      { category: ["logtape", "meta"], lowestLevel: "error", sinks: ["stderr"] },
    ],
    reset: true,
  });
  const logger = getLogger("bgpd");
  // The text is a value, not a template: braces in a text of a peer must not count as placeholders.
  return {
    tracing: verbosity === 2,
    error: (text) => logger.error("{text}", { text }),
    warn: (text, lines) => logger.warn("{text}", { text, lines }),
    info: (text) => logger.info("{text}", { text }),
    debug: (text) => logger.debug("{text}", { text }),
    trace: (text) => logger.trace("{text}", { text }),
  };
}

/** A log that writes nothing, for tests. */
export const silentLog: Log = { tracing: false, error() {}, warn() {}, info() {}, debug() {}, trace() {} };

function formatLine(record: LogRecord): string {
  const text = String(record.properties["text"] ?? record.message.join(""));
  const lines = record.properties["lines"];
  const below = Array.isArray(lines) ? lines.map((line) => `    ${printable(String(line))}\n`).join("") : "";
  // Control characters are escaped, so no text of a peer can look like a second line.
  return `${new Date(record.timestamp).toISOString()} ${record.level.padEnd(7)} ${printable(text)}\n${below}`;
}
