/**
 * # control/cli: the command line
 *
 * One file per command, each exporting a plain value (`command.ts` says what a command is); `program.ts` makes commander
 * understand them. A new command is one file and one line in the list below. What asks reads the database file itself,
 * read-only, and works with and without a running daemon; what changes something, and `show advertised`, asks the daemon
 * over the Unix socket beside its database (`daemon_client.ts`). `announce` and `withdraw` do without a daemon, too: they
 * then write the table that it reads.
 *
 * Results go to standard output, messages for people to standard error. Exit codes: 0 done, 1 the request failed, 2 wrong
 * usage. Whoever stops reading (`| head`) ends a command quietly.
 *
 * Start reading at `command.ts`, then `show/show.ts`.
 *
 * @module
 */
import { announceCommand, withdrawCommand } from "./announce/announce.ts";
import { backupCommand } from "./database/backup.ts";
import { checkCommand, type CheckStart } from "./daemon/check.ts";
import { OutputClosed } from "./command.ts";
import { mrtCommand } from "./mrt/mrt.ts";
import { peerCommand } from "./peer/peer.ts";
import { policyCommand } from "./policy/policy.ts";
import { runProgram } from "./program.ts";
import { reloadCommand } from "./daemon/reload.ts";
import { restartCommand } from "./daemon/restart.ts";
import { runCommand, type RunDaemon } from "./daemon/run.ts";
import { showCommand } from "./show/show.ts";
import { sqlCommand } from "./database/sql.ts";
import { type SystemIo, systemIo } from "./system_io.ts";

export type { CheckReport } from "./daemon/check.ts";
export type { RunDaemon, RunOptions } from "./daemon/run.ts";

export interface CommandLineOptions {
  readonly version: string;
  /** The daemon lives above this folder, so `main.ts` hands it in. */
  readonly runDaemon: RunDaemon;
  readonly checkStart: CheckStart;
}

/** Parses the arguments, runs one command, and resolves to the exit code of the process. */
export async function runCommandLine(args: readonly string[], options: CommandLineOptions): Promise<number> {
  const io = systemIo();
  const code = await runProgram(
    {
      name: "bgpd",
      summary: "A BGP speaker whose RIB is a SQLite database.",
      version: options.version,
      commands: [
        runCommand(options.runDaemon),
        checkCommand(options.checkStart),
        showCommand,
        announceCommand,
        withdrawCommand,
        peerCommand,
        policyCommand,
        reloadCommand,
        restartCommand,
        sqlCommand,
        backupCommand,
        mrtCommand,
      ],
    },
    args,
    io,
  );
  return flushed(io, code);
}

function flushed(io: SystemIo, code: number): number {
  try {
    io.flush();
    return code;
  } catch (error) {
    if (error instanceof OutputClosed) return 0;
    throw error;
  }
}
