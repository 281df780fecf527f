/** The input and output of a real command: standard input, output and error of this process. */

import { type Io, OutputClosed, type Places } from "./command.ts";

const bufferBytes = 65_536;
const plainColumns = 100;

/** Output is collected and written in large pieces; `flush` writes the rest. */
export interface SystemIo extends Io {
  flush(): void;
}

export function systemIo(): SystemIo {
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  let waitingLength = 0;
  const outputIsTerminal = Deno.stdout.isTerminal();
  const flush = () => {
    const bytes = encoder.encode(waiting.join(""));
    waiting = [];
    waitingLength = 0;
    writeAll(Deno.stdout, bytes);
  };
  return {
    outputIsTerminal,
    columns: outputIsTerminal ? terminalColumns() : plainColumns,
    messagesAreTerminal: Deno.stderr.isTerminal(),
    inputIsTerminal: Deno.stdin.isTerminal(),
    now: () => Date.now(),
    get places() {
      return systemPlaces();
    },
    flush,
    write(text) {
      waiting.push(text);
      waitingLength += text.length;
      if (outputIsTerminal || waitingLength >= bufferBytes) flush();
    },
    message(text) {
      flush();
      writeAll(Deno.stderr, encoder.encode(`${text}\n`));
    },
    async *lines() {
      const stream = Deno.stdin.readable.pipeThrough(new TextDecoderStream());
      let rest = "";
      for await (const chunk of stream) {
        const lines = (rest + chunk).split("\n");
        rest = lines.pop() ?? "";
        flush();
        for (const line of lines) yield line.replace(/\r$/, "");
      }
      if (rest !== "") yield rest;
    },
  };
}

function systemPlaces(): Places {
  return {
    folder: Deno.cwd(),
    config: Deno.env.get("BGPD_CONFIG") || undefined,
    systemConfig: "/etc/bgpd/bgpd.toml",
  };
}

function terminalColumns(): number {
  try {
    // Some terminals report a width of 0.
    return Deno.consoleSize().columns || plainColumns;
  } catch {
    return plainColumns;
  }
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  try {
    for (let offset = 0; offset < bytes.length;) offset += stream.writeSync(bytes.subarray(offset));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
    throw error;
  }
}
