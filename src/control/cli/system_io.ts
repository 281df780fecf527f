/** The input and output of a real command: standard input, output and error of this process. */

import { type Io, OutputClosed, type Places, type Terminal } from "./command.ts";
import { wrap } from "./text/units.ts";
import { displayWidth } from "./text/width.ts";
import { EndSignals, systemTerminal, terminalSize } from "./system_terminal.ts";

const bufferBytes = 65_536;

/** Output is collected and written in large pieces; `flush` writes the rest. */
export function systemIo(): Io {
  const encoder = new TextEncoder();
  let waiting: string[] = [];
  let waitingLength = 0;
  let signals: EndSignals | undefined;
  const outputIsTerminal = Deno.stdout.isTerminal();
  const inputIsTerminal = Deno.stdin.isTerminal();
  const flush = () => {
    const bytes = encoder.encode(waiting.join(""));
    waiting = [];
    waitingLength = 0;
    writeAll(Deno.stdout, bytes);
  };
  return {
    outputIsTerminal,
    useColour: usesColour(outputIsTerminal),
    columns: terminalSize().columns,
    messagesAreTerminal: Deno.stderr.isTerminal(),
    inputIsTerminal,
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
      const columns = Deno.stderr.isTerminal() ? terminalSize().columns : Infinity;
      writeAll(Deno.stderr, encoder.encode(`${text.split("\n").map((line) => fitted(line, columns)).join("\n")}\n`));
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
    wait(milliseconds) {
      flush();
      signals ??= new EndSignals();
      return signals.wait(milliseconds);
    },
    terminal(): Terminal | undefined {
      if (!inputIsTerminal || !outputIsTerminal) return undefined;
      flush();
      return systemTerminal((text) => writeAll(Deno.stdout, encoder.encode(text)));
    },
  };
}

/** https://no-color.org, and `FORCE_COLOR` and `CLICOLOR_FORCE` as other programs have them. */
function usesColour(isTerminal: boolean): boolean {
  const isSet = (name: string) => !["", "0", "false"].includes(Deno.env.get(name) ?? "");
  if ((Deno.env.get("NO_COLOR") ?? "") !== "") return false;
  if (isSet("FORCE_COLOR") || isSet("CLICOLOR_FORCE")) return true;
  return isTerminal && Deno.env.get("TERM") !== "dumb";
}

/** A message breaks between words; a line of a configuration file, which is indented, stays as it is. */
function fitted(line: string, columns: number): string {
  if (displayWidth(line) <= columns || line.startsWith(" ")) return line;
  return wrap(line, columns - 2).join("\n  ");
}

function systemPlaces(): Places {
  return {
    folder: Deno.cwd(),
    config: Deno.env.get("BGPD_CONFIG") || undefined,
    systemConfig: "/etc/bgpd/bgpd.toml",
  };
}

function writeAll(stream: { writeSync(bytes: Uint8Array): number }, bytes: Uint8Array): void {
  try {
    for (let offset = 0; offset < bytes.length;) offset += stream.writeSync(bytes.subarray(offset));
  } catch (error) {
    if (error instanceof Deno.errors.BrokenPipe) throw new OutputClosed();
    throw error;
  }
}
