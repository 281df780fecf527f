/**
 * # config: from TOML text to a validated configuration
 *
 * Pure: text in, {@link Config} or a list of errors out; nobody opens a file here. All errors come at once, each with line,
 * column and, for a misspelt word, what was probably meant. A configuration that passes is complete: defaults filled in,
 * groups applied, addresses canonical, static routes as attribute sets.
 *
 * Start reading at `schema.ts`, the table of all keys; a new key is one row there and one field in `config.ts`.
 * `toml/parse.ts` adds to smol-toml what it lacks, positions; `parse.ts` checks what several keys say together; `diff.ts`
 * compares two configurations for a reload. A peer that comes at run time is read by the same code: `readPeer` of
 * {@link ConfigResult}.
 *
 * @module
 */
export * from "./config.ts";
export { defaultPrefixLimits, type PrefixLimitSettings } from "./features/prefix_limits.ts";
export { type Confederation, defaultTrade, type TradeSettings } from "./features/inter_as.ts";
export { type ConfigResult, parseConfig, type PeerResult, type ReadPeer } from "./parse.ts";
export { tomlLines } from "./toml/lines.ts";
export { parseTomlValue } from "./toml/parse.ts";
export { type ConfigError, formatConfigError, nearest, type Position } from "./toml/errors.ts";
export { type ConfigDiff, diffConfig, type PeerChange, whatRuns } from "./diff.ts";
export { canonicalRemote, type NamedPeer, PeerDirectory, type PeerSearch, whyNotFound } from "./peers/directory.ts";
export { remoteOf } from "./features/peer_address.ts";
export { addressOf, type Clash, PeerSet } from "./peers/peer_set.ts";
export { keyName } from "./key_names.ts";
export { type KeyDoc, keyReference } from "./reference.ts";
