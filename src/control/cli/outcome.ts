/** How a command line ends: exit codes, and the sentence about what went wrong. */

import { CommandError, type Io, OutputClosed, UsageError } from "./command.ts";

export const exitCode = { done: 0, failed: 1, wrongUsage: 2 } as const;

/** Reports an error that a command throws, and returns the exit code; `undefined`: it is a bug of bgpd. */
export async function reported(
  error: unknown,
  name: string,
  args: readonly string[],
  io: Io,
): Promise<number | undefined> {
  if (error instanceof OutputClosed) return exitCode.done;
  if (error instanceof CommandError) {
    io.message(`${name}: ${error.message}`);
    return exitCode.failed;
  }
  if (!(error instanceof UsageError)) return undefined;
  const { otherCommand } = await import("./other_commands.ts");
  io.message(`${name}: ${otherCommand(args, { literalWords: 3 }) ?? error.message}`);
  return exitCode.wrongUsage;
}
