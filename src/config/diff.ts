/** What a reload changes: peers added, removed and changed, and which changes a running session cannot take. */

import { prefixLimitFields } from "./features/prefix_limits.ts";
import { remoteOf } from "./features/peer_address.ts";
import { tradeFields } from "./features/inter_as.ts";
import type { Config, PeerConfig, PeerSettings } from "./config.ts";

export interface ConfigDiff {
  readonly added: readonly PeerConfig[];
  readonly removed: readonly PeerConfig[];
  readonly changed: readonly PeerChange[];
  /** Fields of the top level that differ; those that take effect at the next start only are marked. */
  readonly speaker: readonly { readonly field: Exclude<keyof Config, "peers">; readonly needsRestart: boolean }[];
}

export interface PeerChange {
  readonly before: PeerConfig;
  readonly after: PeerConfig;
  readonly fields: readonly (keyof PeerSettings)[];
  /** Those of `fields` that end a session. Empty: the session goes on. */
  readonly resets: readonly (keyof PeerSettings)[];
}

/**
 * "session": what OPEN says or is refused for, or a property of the connection: a running session goes on only where all of that
 * would be as it is, which whoever has the session finds. "live": a running session takes it over.
 */
const peerFields: Readonly<Record<keyof PeerSettings, "session" | "live">> = {
  name: "session",
  description: "live",
  group: "live",
  groups: "live",
  remoteAsn: "session",
  localAsn: "session",
  localIp: "session",
  port: "live",
  routerId: "session",
  enabled: "session",
  passive: "live",
  dialOnly: "live",
  holdTimeSeconds: "session",
  sendHoldSeconds: "live",
  connectRetrySeconds: "live",
  delayOpenSeconds: "live",
  passwordFile: "session",
  ttlSecurity: "session",
  families: "session",
  addPathReceive: "session",
  addPathSend: "session",
  extendedNextHop: "session",
  enforceFirstAs: "session",
  import: "live",
  export: "live",
  nextHop: "live",
  nextHopIpv4: "live",
  nextHopIpv6: "live",
  routeReflectorClient: "live",
  routeServerClient: "live",
  exportSelection: "live",
  role: "session",
  roleStrict: "session",
  maxAttributeBytes: "live",
  addPathMaxPaths: "live",
  addPathSendMax: "live",
  advertisementIntervalSeconds: "live",
  maxMembers: "live",
  gracefulRestart: "session",
  restartSeconds: "session",
  staleRoutesSeconds: "live",
  longLived: "session",
  longLivedSeconds: "session",
  staticRoutes: "live",
  ...prefixLimitFields,
  ...tradeFields,
};

/** True: read once at start. Identifiers and AS are there already in each peer's settings. */
const speakerFields: Readonly<Record<Exclude<keyof Config, "peers">, boolean>> = {
  routerId: false,
  clusterId: true,
  defaultAsn: false,
  bgpSockets: false,
  apiSocket: false,
  apiTokenFile: false,
  database: true,
  databaseMode: true,
  databaseGroup: true,
  stopSeconds: false,
  history: true,
  pollIntervalSeconds: false,
  selectionDeferralSeconds: true,
  rfc8212: false,
  multipath: false,
  multipathRelax: false,
  staticRoutes: false,
  policies: false,
};

export function diffConfig(before: Config, after: Config): ConfigDiff {
  const old = new Map(before.peers.map((peer) => [peer.name, peer]));
  const added: PeerConfig[] = [], removed: PeerConfig[] = [];
  const changed: PeerChange[] = [];
  for (const peer of after.peers) {
    const previous = old.get(peer.name);
    old.delete(peer.name);
    if (previous === undefined) {
      added.push(peer);
      continue;
    }
    if (remoteOf(previous) !== remoteOf(peer)) {
      // Another place is another session, with all that hangs on it; the name keeps what the database knows.
      removed.push(previous);
      added.push(peer);
      continue;
    }
    const fields = fieldNames(peerFields).filter((field) => !same(previous[field], peer[field]));
    const resets = fields.filter((field) => peerFields[field] === "session");
    if (fields.length > 0) changed.push({ before: previous, after: peer, fields, resets });
  }
  const speaker = fieldNames(speakerFields)
    .filter((field) => !same(before[field], after[field]))
    .map((field) => ({ field, needsRestart: speakerFields[field] }));
  return { added, removed: [...removed, ...old.values()], changed, speaker };
}

/** What a run that began with `before` goes on with: what takes effect at the next start only is as it was. */
export function whatRuns(before: Config, after: Config): Config {
  const waiting = fieldNames(speakerFields).filter((field) => speakerFields[field]);
  return { ...after, ...Object.fromEntries(waiting.map((field) => [field, before[field]])) };
}

function fieldNames<T extends string>(table: Readonly<Record<T, unknown>>): T[] {
  return Object.keys(table) as T[];
}

/** Equal by content: plain values, lists, octets and objects of these. */
function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length &&
    keys.every((key) => same((a as Record<string, unknown>)[key], (b as Record<string, unknown>)[key]));
}
