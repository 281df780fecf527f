/**
 * Lines for people, on standard error. This is the one file that knows the logging library.
 */

import { configure, getLogger, type LogLevel, type LogRecord } from "@logtape/logtape";
import { printable } from "../../types/mod.ts";

/** 0: what an operator must know; 1 (`-v`): every step of a session; 2 (`-vv`): every message. */
export type Verbosity = 0 | 1 | 2;

export interface Log {
  /** Every message is logged: ask before making the text. */
  readonly tracing: boolean;
  error(text: string): void;
  warn(text: string): void;
  info(text: string): void;
  debug(text: string): void;
  trace(text: string): void;
}

const levels = ["info", "debug", "trace"] as const satisfies readonly LogLevel[];

/** Sets the log up for this process. */
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
  // Text goes in as a value, not as a template: a peer's words must not be taken for placeholders.
  return {
    tracing: verbosity === 2,
    error: (text) => logger.error("{text}", { text }),
    warn: (text) => logger.warn("{text}", { text }),
    info: (text) => logger.info("{text}", { text }),
    debug: (text) => logger.debug("{text}", { text }),
    trace: (text) => logger.trace("{text}", { text }),
  };
}

/** A log that swallows everything, for tests. */
export const silentLog: Log = { tracing: false, error() {}, warn() {}, info() {}, debug() {}, trace() {} };

function formatLine(record: LogRecord): string {
  const text = String(record.properties["text"] ?? record.message.join(""));
  // One line each: nobody's text can forge another.
  return `${new Date(record.timestamp).toISOString()} ${record.level.padEnd(7)} ${printable(text)}\n`;
}
