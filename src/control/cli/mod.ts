/**
 * # control/cli: the command line
 *
 * | folder | commands |
 * |---|---|
 * | `daemon/` | `run`, `check`, `doctor`, `reload`, `restart` |
 * | `init/` | `init` |
 * | `show/` | `show summary`, `peers`, `peer`, `routes`, `history`, `advertised`, `announcements` |
 * | `live/` | `top`, `watch`, `diff` |
 * | `announce/` | `announce`, `withdraw` |
 * | `peer/` | `peer enable`, `disable`, `reset`, `refresh`, `add`, `remove`, `list`, `config` |
 * | `policy/` | `policy test`, `diff` |
 * | `database/` | `sql`, `backup` |
 * | `convert/` | `convert bird`, `frr` |
 * | `mrt/` | `mrt show`, `replay`, `import`, `export` |
 * | `text/` | tables, rows, times and units that the commands print |
 *
 * Each command is a plain value (`command.ts`); `program.ts` turns the values into a command line. A new command is
 * one file and one line: in the file of its noun (`show/show.ts`, `mrt/mrt.ts`, `peer/peer.ts`, `policy/policy.ts`), or
 * in the list `commandLine` below. All commands share `system_io.ts` (standard input and output), `files.ts` and
 * `peer_name.ts`.
 *
 * Each module that a command line loads costs every command time. So what only one command needs stands behind an
 * `import()` in its `run`, mostly in a file `*_run.ts`.
 *
 * A command that only reads opens the database read-only (`database_file.ts`), with and without a running daemon. A
 * command that changes something, and `show advertised`, asks the daemon over the Unix socket beside the database
 * (`daemon_client.ts`). Without a daemon, `announce` and `withdraw` write the table that the daemon reads at its
 * start.
 *
 * Results go to standard output, messages to standard error. Exit codes: 0 success, 1 failure, 2 wrong usage. A
 * command ends quietly if the reader of its output ends (`| head`).
 *
 * Start reading at `command.ts`, then `show/show.ts`.
 *
 * @module
 */
import { announceCommand, withdrawCommand } from "./announce/announce.ts";
import { backupCommand } from "./database/backup.ts";
import { doctorCommand } from "./daemon/doctor.ts";
import { checkCommand, type CheckStart } from "./daemon/check.ts";
import { convertCommand } from "./convert/convert.ts";
import { type Io, OutputClosed } from "./command.ts";
import { initCommand } from "./init/init.ts";
import { mrtCommand } from "./mrt/mrt.ts";
import { peerCommand } from "./peer/peer.ts";
import { policyCommand } from "./policy/policy.ts";
import { type ProgramInfo, runProgram } from "./program.ts";
import { reloadCommand } from "./daemon/reload.ts";
import { restartCommand } from "./daemon/restart.ts";
import { runCommand, type RunDaemon } from "./daemon/run.ts";
import { showCommand } from "./show/show.ts";
import { diffCommand } from "./live/diff.ts";
import { topCommand } from "./live/top.ts";
import { watchCommand } from "./live/watch.ts";
import { sqlCommand } from "./database/sql.ts";
import { systemIo } from "./system_io.ts";

export type { Argument, Command, Completion, Option } from "./command.ts";
export type { ProgramInfo } from "./program.ts";
export type { CheckReport } from "./daemon/check.ts";
export type { RunDaemon, RunOptions } from "./daemon/run.ts";

export interface CommandLineOptions {
  readonly version: string;
  /** This folder must not import the daemon, so `main.ts` passes it. */
  readonly runDaemon: RunDaemon;
  readonly checkStart: CheckStart;
}

/** The whole command line as plain values: help, man pages, completions and docs/commands.md derive from it. */
export function commandLine({ version, runDaemon, checkStart }: CommandLineOptions): ProgramInfo {
  return {
    name: "bgpd",
    summary: "A BGP speaker whose RIB is a SQLite database.",
    version,
    commands: [
      runCommand(runDaemon),
      checkCommand(checkStart),
      doctorCommand(checkStart, version),
      initCommand,
      showCommand,
      topCommand,
      watchCommand,
      diffCommand,
      announceCommand,
      withdrawCommand,
      peerCommand,
      policyCommand,
      reloadCommand,
      restartCommand,
      sqlCommand,
      backupCommand,
      mrtCommand,
      convertCommand,
    ],
  };
}

/** Parses the arguments, runs one command, and resolves to the exit code of the process. */
export async function runCommandLine(args: readonly string[], options: CommandLineOptions): Promise<number> {
  const io = systemIo();
  return flushed(io, await runProgram(commandLine(options), args, io));
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
