/** Starts a command line with as little code as it needs: the file of one command, or else all of them. */

import { type Io, OutputClosed } from "./command.ts";
import { commandFile } from "./command_files.ts";
import type { CommandLineOptions } from "./command_line.ts";
import { reported } from "./outcome.ts";
import { readPlainWords } from "./plain_words.ts";
import { systemIo } from "./system_io.ts";

/** Parses the arguments, runs one command, and resolves to the exit code of the process. */
export async function runCommandLine(typed: readonly string[], options: CommandLineOptions): Promise<number> {
  const io = systemIo();
  const args = inOurOrder(typed);
  return flushed(io, await runPlain(args, options, io) ?? await runAny(args, options, io));
}

/** `exabgp convert` means `convert exabgp`. */
function inOurOrder(args: readonly string[]): readonly string[] {
  const [first, second, ...more] = args;
  return first === "exabgp" && second === "convert" ? [second, first, ...more] : args;
}

/** Runs a command line that {@link readPlainWords} can read; `undefined`: it cannot, and nothing happened. */
async function runPlain(args: readonly string[], options: CommandLineOptions, io: Io): Promise<number | undefined> {
  const found = commandFile(args);
  if (found === undefined) return undefined;
  const command = await found.file.load(options);
  const input = readPlainWords(command, args.slice(found.length));
  if (input === undefined || command.run === undefined) return undefined;
  try {
    return await command.run(input, io);
  } catch (error) {
    const code = await reported(error, "bgpd", args, io);
    if (code === undefined) throw error;
    return code;
  }
}

async function runAny(args: readonly string[], options: CommandLineOptions, io: Io): Promise<number> {
  const { runWhole } = await import("./command_line.ts");
  return await runWhole(args, options, io);
}

function flushed(io: Io, code: number): number {
  try {
    io.flush();
    return code;
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    throw error;
  }
}
