/**
 * # config: from TOML text to a validated configuration
 *
 * Pure: text in, {@link Config} or a list of errors out; nobody opens a file here. All errors come at once, each with line,
 * column and, for a misspelt word, what was probably meant. A configuration that passes is complete: defaults filled in,
 * groups applied, addresses canonical, static routes as attribute sets.
 *
 * Start reading at `schema.ts`, the table of all keys; a new key is one row there and one field in `types.ts`.
 * `toml.ts` adds to smol-toml what it lacks, positions; `validate.ts` checks what several keys say together; `diff.ts`
 * compares two configurations for a reload. A peer that comes at run time is read by the same code: `readPeer` of
 * {@link ConfigResult}.
 *
 * @module
 */
export * from "./types.ts";
export { defaultPrefixLimits, type PrefixLimitSettings } from "./prefix_limits.ts";
export { type Confederation, defaultTrade, type TradeSettings } from "./trade.ts";
export { type ConfigResult, parseConfig, type PeerResult, type ReadPeer } from "./validate.ts";
export { tomlLines } from "./toml_lines.ts";
export { parseTomlValue } from "./toml.ts";
export { type ConfigError, formatConfigError, nearest, type Position } from "./errors.ts";
export { type ConfigDiff, diffConfig, type PeerChange, whatRuns } from "./diff.ts";
export { canonicalRemote, type NamedPeer, PeerDirectory, type PeerSearch, whyNotFound } from "./peer_directory.ts";
export { remoteOf } from "./peer_place.ts";
export { addressOf, type Clash, PeerSet } from "./peer_set.ts";
export { keyName } from "./key_names.ts";
export { type KeyDoc, keyReference } from "./reference.ts";
