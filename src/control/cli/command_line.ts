/** The whole command line: all commands and commander. */

import { announceCommand, withdrawCommand } from "./announce/announce.ts";
import { backupCommand } from "./database/backup.ts";
import { exabgpCommand } from "./exabgp/exabgp.ts";
import { doctorCommand } from "./daemon/doctor.ts";
import { checkCommand, type CheckStart } from "./daemon/check.ts";
import { convertCommand } from "./convert/convert.ts";
import type { Io } from "./command.ts";
import { initCommand } from "./init/init.ts";
import { mcpCommand } from "./mcp/mcp.ts";
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
import { type RunWeb, webCommand } from "./web/web.ts";
import { sqlCommand } from "./database/sql.ts";

export interface CommandLineOptions {
  readonly version: string;
  /** This folder must not import the daemon, so `main.ts` passes it. */
  readonly runDaemon: RunDaemon;
  readonly checkStart: CheckStart;
  readonly runWeb: RunWeb;
}

/** The whole command line as plain values: help, man pages, completions and docs/commands.md derive from it. */
export function commandLine({ version, runDaemon, checkStart, runWeb }: CommandLineOptions): ProgramInfo {
  return {
    name: "bgpd",
    summary: "A BGP speaker whose RIB is a SQLite database.",
    version,
    commands: [
      runCommand(runDaemon),
      webCommand(runWeb),
      checkCommand(checkStart),
      doctorCommand(checkStart, version),
      initCommand,
      showCommand,
      topCommand,
      watchCommand,
      diffCommand,
      announceCommand,
      withdrawCommand,
      exabgpCommand,
      mcpCommand(version),
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
export function runWhole(args: readonly string[], options: CommandLineOptions, io: Io): Promise<number> {
  return runProgram(commandLine(options), args, io);
}
