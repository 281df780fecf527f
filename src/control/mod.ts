/**
 * # control: what a person or a program talks to
 *
 * | folder | holds |
 * |---|---|
 * | `cli/` | the command line |
 * | `http/` | the API, over a Unix socket and TCP |
 * | `policy/` | policies tried on routes of the database |
 * | `mrt/` | files of routing information: read, replayed, written |
 *
 * Nothing here decides anything about routes or sessions: it reads the database, or asks the daemon through `target.ts`.
 *
 * Start reading at `cli/mod.ts`.
 *
 * @module
 */
export {
  type CheckReport,
  type CommandLineOptions,
  runCommandLine,
  type RunDaemon,
  type RunOptions,
} from "./cli/mod.ts";
export * from "./target.ts";
export { controlSocketPath } from "./socket_path.ts";
export type { HttpOptions, HttpServer } from "./http/mod.ts";

/** Loads the API with its libraries, which commands do without. */
export function loadHttp(): Promise<typeof import("./http/mod.ts")> {
  return import("./http/mod.ts");
}
