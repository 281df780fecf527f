/**
 * # control: the command line and the API
 *
 * | folder | contents |
 * |---|---|
 * | `cli/` | the commands, in a folder for each noun |
 * | `http/` | the API and the metrics, over a Unix socket and TCP |
 * | `schema/` | the JSON shapes: types, checks and OpenAPI derive from them |
 * | `policy/` | tests of policies on the routes of the database |
 * | `mrt/` | MRT files: read, replay, import, export |
 * | `convert/` | configurations of BIRD and FRR as one of bgpd |
 * | `exabgp/` | the commands and messages of ExaBGP |
 * | `doctor/` | what `bgpd doctor` looks at, and what it finds |
 * | `target.ts` | the daemon as the API sees it |
 * | `config_files.ts` | reads the files of a configuration |
 * | beside them | `json.ts`: keys of JSON; `prefix_error.ts`: errors |
 *
 * This folder reads the database, or asks the daemon through the interface in `target.ts`. It makes no decision about
 * routes or sessions.
 *
 * `cli/start.ts` starts the command line; `main.ts` imports it alone. The daemon loads this page, so the page has no
 * commands: `cli/mod.ts` has them.
 *
 * Start reading at `cli/mod.ts`.
 *
 * @module
 */
export type {
  Argument,
  CheckReport,
  Command,
  CommandLineOptions,
  Completion,
  Option,
  ProgramInfo,
  RunDaemon,
  RunOptions,
  RunWeb,
  WebOptions,
} from "./cli/mod.ts";
export { CommandError, UsageError } from "./cli/command.ts";
/** The web process takes these by their doors. */
export { communityOf, familyOf, rdOf } from "./cli/route_options.ts";
export { isoTime, parseTime } from "./cli/text/time.ts";
export { snakeKeys } from "./json.ts";
export { whyNoPrefix } from "./prefix_error.ts";
export { capabilityList, explainedValues, routeValues, withLists } from "./route_values.ts";
export { callDaemon } from "./cli/daemon_client.ts";
export type { PeerJson } from "./schema/peer.ts";
export type { AdvertisedJson } from "./schema/route.ts";
export type { StatusJson } from "./schema/speaker.ts";
export * from "./target.ts";
export { readConfigFiles } from "./config_files.ts";
/**
 * The web process loads the shapes by their doors, because they load zod: `z`, `count`, `time`, `optionalNumber`,
 * `optionalText`, `optionalTime`, `jsonSchema`; `storedPeerSchema`, `storedPeerDetailSchema`; `routeSchema`,
 * `explainedRouteSchema`, `routeStateSchema`, `routeChangeSchema`.
 */
export type Shapes =
  & typeof import("./schema/schema.ts")
  & typeof import("./schema/peer.ts")
  & typeof import("./schema/route.ts");
/** The worker of an archive loads it by its door: this page loads the whole command line. */
export type ExportTable = typeof import("./mrt/export.ts").exportTable;
export type { HttpOptions, HttpServer } from "./http/mod.ts";

/** Loads the API and its libraries. Only the daemon needs them. */
export function loadHttp(): Promise<typeof import("./http/mod.ts")> {
  return import("./http/mod.ts");
}
