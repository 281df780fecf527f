/**
 * # control: what a person or a program talks to
 *
 * | folder | holds |
 * |---|---|
 * | `cli/` | the command line |
 *
 * Nothing here decides anything about routes or sessions: it reads the database, or asks the daemon.
 *
 * Start reading at `cli/mod.ts`.
 *
 * @module
 */
export { type CommandLineOptions, runCommandLine, type RunDaemon, type RunOptions } from "./cli/mod.ts";
