/**
 * # config: from TOML text to a validated configuration
 *
 * Pure: text goes in, a {@link Config} or a list of errors comes out; no file is opened here. All errors come at once,
 * each with line, column and, for a misspelt word, what was probably meant. A configuration that passes is complete:
 * defaults are filled in, groups are applied, addresses are canonical, static routes are attribute sets.
 *
 * | where | what |
 * |---|---|
 * | `toml/` | text → values with positions; errors with a line and a caret |
 * | `keys/` | what a key is, types of values, reading one table |
 * | `files/` | `include`: which files belong to a configuration, and their tables in one |
 * | `policy/` | `[[policies]]`, their sets, and the policies that peers name |
 * | `features/` | a file for each feature: keys, settings, defaults, reload classes, checks, what RIB and session get |
 * | `schema/` | keys and settings of all features together, and the list of keys for people |
 * | `peers/` | groups, one peer, peers beside each other, peers found by name |
 * | `no_effect.ts`, `diff.ts`, `written.ts` | derived from the keys: warnings, what a reload does, values old and new |
 * | `speaker.ts`, `parse.ts` | the top level; the whole text |
 * | `for_rib.ts`, `for_session.ts` | a peer in the terms of rib/ and session/ |
 *
 * A new key is one row in the file of its feature. A folder imports only from folders above it. Peers that are added at
 * run time are read by the same code: `readPeer` of {@link ConfigResult}.
 *
 * Start reading at `features/security.ts`, the smallest feature, then `schema/tables.ts` and `parse.ts`.
 *
 * @module
 */
export type { Config, PeerConfig, PeerSettings, SinglePeerConfig, SpeakerSettings } from "./schema/settings.ts";
export type { Confederation } from "./features/as_numbers.ts";
export { prefixLimits } from "./features/limits.ts";
export { multipathForRib } from "./features/multipath.ts";
export { remoteOf } from "./features/peer_location.ts";
export type { GracefulSettings, RestartState } from "./features/restarts.ts";
export type { StaticRoute } from "./features/originated.ts";
export type { RpkiCacheSettings } from "./features/rpki.ts";
export { type AlertKind, alertKinds, type AlertSettings, severities, type Severity } from "./features/alerts.ts";
export type { ArchiveSettings } from "./features/archives.ts";
export { routerAddress, routerAt, type RouterSettings, type SpeakerRouterSettings } from "./features/routers.ts";
export { defaultWeb, type WebSettings } from "./features/web.ts";
export type { StationSettings } from "./features/stations.ts";
export { ownRoutes } from "./features/static_routes.ts";
export type { SocketAddress } from "./keys/network_values.ts";
export { type ConfigResult, databaseOf, parseConfig, parseFiles, type PeerResult, type ReadPeer } from "./parse.ts";
export { ribPeer } from "./for_rib.ts";
export { sessionConfig } from "./for_session.ts";
export { tomlLines } from "./toml/lines.ts";
export { parseTomlValue } from "./toml/parse.ts";
export {
  type ConfigError,
  configErrorLine,
  formatConfigError,
  formatErrorOf,
  nearest,
  nearestFamily,
  type SourcePosition,
} from "./toml/errors.ts";
export {
  type Collected,
  collectFiles,
  type ConfigFile,
  type ConfigFiles,
  type FileAnswer,
  type FileRequest,
  type FileWork,
} from "./files/collect.ts";
export { storedFiles, storedText } from "./files/stored.ts";
export { type KeyChange, peerKeyChanges, speakerKeyChanges, type Written, type WrittenPeer } from "./written.ts";
export { type ConfigDiff, diffConfig, keyName, type PeerChange, whatRuns } from "./diff.ts";
export { type NamedPeer, PeerDirectory, type PeerSearch, whyNotFound } from "./peers/directory.ts";
export { addressOf, type Clash, PeerSet } from "./peers/peer_set.ts";
export { type KeyDoc, keyReference, reloadTexts } from "./schema/reference.ts";
