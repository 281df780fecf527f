/** Where the commands of a program come from, and where answers go: standard input and output, or a named pipe. */

import { CommandError } from "../command.ts";
import { fileProblem } from "../files.ts";
import { makePipe } from "../../../transport/mod.ts";

export interface CommandSource {
  /** Lines that arrived together. Ends when the program ends; a pipe never ends. */
  lines(): AsyncIterable<readonly string[]>;
  /** Writes octets to the program; resolves to how many it took. */
  write(bytes: Uint8Array): Promise<number>;
}

/** A longer line is no command. */
const mostLineLength = 65_536;

export function standardInput(): CommandSource {
  return { lines: () => linesOf(Deno.stdin), write: (bytes) => Deno.stdout.write(bytes) };
}

/**
 * A named pipe for any number of programs, one after the other or at the same time. Answers go to `NAME.out` beside a
 * pipe `NAME.in`, if that pipe exists; otherwise nobody reads them.
 */
export async function openPipe(path: string): Promise<CommandSource> {
  try {
    const { isFifo } = await Deno.stat(path);
    if (isFifo !== true) throw new CommandError(`${path} is not a named pipe: remove it, or name another one`);
  } catch (error) {
    if (!(error instanceof Deno.errors.NotFound)) throw error instanceof CommandError ? error : unusable(path, error);
    const problem = makePipe(path, 0o600);
    if (problem !== undefined) throw new CommandError(`cannot make the named pipe ${path}: ${problem}`);
  }
  // Open for writing, too: otherwise the pipe ends whenever its last writer closes it.
  const commands = await openBoth(path);
  const answersPath = path.endsWith(".in") ? `${path.slice(0, -3)}.out` : undefined;
  const answers = answersPath !== undefined && await isPipe(answersPath) ? await openBoth(answersPath) : undefined;
  return {
    lines: () => linesOf(commands),
    write: (bytes) => answers === undefined ? Promise.resolve(bytes.length) : answers.write(bytes),
  };
}

async function openBoth(path: string): Promise<Deno.FsFile> {
  try {
    return await Deno.open(path, { read: true, write: true });
  } catch (error) {
    throw unusable(path, error);
  }
}

async function isPipe(path: string): Promise<boolean> {
  try {
    return (await Deno.stat(path)).isFifo === true;
  } catch {
    return false;
  }
}

function unusable(path: string, error: unknown): CommandError {
  return new CommandError(`cannot use the named pipe ${path}: ${fileProblem(error)}`);
}

/** The lines of a stream; a line that is too long is dropped. */
async function* linesOf(
  stream: { read(into: Uint8Array): Promise<number | null> },
): AsyncGenerator<readonly string[]> {
  const decoder = new TextDecoder();
  const buffer = new Uint8Array(65_536);
  let rest = "";
  for (;;) {
    const count = await stream.read(buffer);
    if (count === null) break;
    const lines = (rest + decoder.decode(buffer.subarray(0, count), { stream: true })).split("\n");
    rest = lines.pop() ?? "";
    yield lines.filter(({ length }) => length <= mostLineLength).map((line) => line.replace(/\r$/, ""));
    if (rest.length > mostLineLength) rest = rest.slice(0, mostLineLength + 1);
  }
  if (rest !== "") yield [rest];
}
