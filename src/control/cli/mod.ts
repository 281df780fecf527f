/**
 * # control/cli: the command line
 *
 * | folder | commands |
 * |---|---|
 * | `daemon/` | `run`, `check`, `doctor`, `reload`, `restart` |
 * | `web/` | `web` |
 * | `init/` | `init` |
 * | `show/` | `show summary`, `peers`, `peer`, `routes`, `history`, `advertised`, `announcements` |
 * | `live/` | `top`, `watch`, `diff` |
 * | `announce/` | `announce`, `withdraw` |
 * | `exabgp/` | `exabgp` |
 * | `mcp/` | `mcp` |
 * | `peer/` | `peer enable`, `disable`, `reset`, `refresh`, `add`, `remove`, `list`, `config` |
 * | `policy/` | `policy test`, `diff` |
 * | `database/` | `sql`, `backup` |
 * | `convert/` | `convert bird`, `frr` |
 * | `mrt/` | `mrt show`, `replay`, `import`, `export` |
 * | `text/` | tables, rows, times and units that the commands print |
 *
 * Each command is a plain value (`command.ts`); `program.ts` turns the values into a command line. A new command is
 * one file and one line: in the file of its noun (`show/show.ts`, `mrt/mrt.ts`, `peer/peer.ts`, `policy/policy.ts`), or
 * in the list of `command_line.ts`. All commands share `system_io.ts` (standard input and output), `files.ts` and
 * `peer_name.ts`.
 *
 * Each module that a command line loads takes time, and commander most of all. So `start.ts` loads only the file of the
 * one command (`command_files.ts`) where the line is plain (`plain_words.ts`). What a command does not always need
 * stands behind an `import()`, mostly in a file `*_run.ts`. `outcome.ts` turns errors into exit codes.
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
export type { Argument, Command, Completion, Option } from "./command.ts";
export { commandLine, type CommandLineOptions } from "./command_line.ts";
export type { ProgramInfo } from "./program.ts";
export type { CheckReport } from "./daemon/check.ts";
export type { RunWeb, WebOptions } from "./web/web.ts";
export type { RunDaemon, RunOptions } from "./daemon/run.ts";
