/**
 * Puts another configuration in force while the daemon runs: peers are added, removed and changed, and only sessions
 * that must reset do. Each change is logged before it happens.
 */

import { familyEntries, familyOf } from "../../types/mod.ts";
import {
  type Config,
  diffConfig,
  keyName,
  multipathForRib,
  type PeerChange,
  type PeerConfig,
  type PeerSettings,
  prefixLimits,
  remoteOf,
} from "../../config/mod.ts";
import { ControlError } from "../../control/mod.ts";
import { cease, CeaseCode } from "../../message/mod.ts";
import { TransportError } from "../../transport/mod.ts";
import type { Log } from "../log/log.ts";
import type { Post, ToRib } from "../thread/messages.ts";
import type { Originations } from "../rib/originations.ts";
import type { Peer } from "../peer/peer.ts";
import type { Peers } from "../peer/peers.ts";
import type { Protection } from "../listen/protection.ts";
import { beginsOtherwise } from "../peer/session_change.ts";

/** What a reload changes. */
export interface ReloadTarget {
  readonly toRib: Post<ToRib>;
  readonly peers: Peers;
  readonly protection: Protection;
  readonly originations: Originations;
  readonly log: Log;
}

export interface ReloadOptions {
  /** Peers that a command enabled or disabled stay so. */
  readonly keepsOverrides?: boolean;
  /** The command line names the sockets, so the configuration does not change them. */
  readonly keepsSockets?: boolean;
}

/**
 * Puts `after` in force. Returns a line for each change; the log has them, too. Throws a {@link ControlError} where the
 * kernel refuses a key or a TTL, and then nothing has changed.
 */
export async function applyReload(
  before: Config,
  after: Config,
  keys: ReadonlyMap<string, string>,
  target: ReloadTarget,
  { keepsOverrides = false, keepsSockets = false }: ReloadOptions = {},
): Promise<string[]> {
  const { toRib, peers, protection, originations, log } = target;
  const newKeys = protection.changedKeys(keys);
  // First, because the kernel may refuse it: then nothing else has changed.
  protect(protection, after, keys);
  const { added, removed, changed, speaker } = diffConfig(before, after);
  const changes = withNewKeys(changed, after, newKeys).map((change) => withNeededResets(change, peers, newKeys));
  const overridden = keepsOverrides
    ? []
    : [...peers].filter((peer) =>
      peer.enabled !== peer.config.enabled && !changes.some(({ after }) => after.name === peer.config.name)
    );
  // A drain is a delayed disable by command: a reload ends it as it enables disabled peers.
  const drained = keepsOverrides ? [] : [...peers].filter(({ drain }) => drain.endsAt !== undefined);
  const isGone = ({ address, config }: Peer) =>
    removed.some(({ name }) => name === config.name) ||
    added.some((other) => other.kind === "address" && other.remoteIp === address && config.kind === "network");
  const isMoved = ({ name }: PeerConfig) => removed.some((other) => other.name === name);
  const moved = peers.inMoreSpecific(added).filter(({ member }) => !isGone(member));
  const lines = [
    ...removed.map((before) => removalText(before, added)),
    ...changes.map((change) => changeText(change, peers)),
    ...overridden.map(({ name, config }) => `${name}: ${config.enabled ? "enabled" : "disabled"} again, as configured`),
    ...drained.filter((peer) => !isGone(peer)).map(({ name }) => `${name}: not drained any more, as configured`),
    ...added.filter((config) => !isMoved(config)).map(({ name }) => `${name}: added`),
    ...moved.map(({ member, network }) => `${member.name}: now a member of ${network.name}, session resets`),
    ...speaker.map((change) => `${keyName(change.field)} changed${consequence(change, { keepsSockets })}`),
  ];
  for (const line of lines) log.info(`reload: ${line}`);
  if (lines.length === 0) log.info("reload: nothing changed");

  for (const config of removed) {
    if (config.kind === "network") peers.networks.remove(config);
    for (const peer of peers.of(config)) peers.remove(peer, cease(CeaseCode.peerDeconfigured));
  }
  if (speaker.some(({ field }) => field === "policies")) {
    peers.setPolicies(after.policies, changes.filter(({ resets }) => resets.length === 0).map(({ after }) => after));
  }
  if (speaker.some(({ field }) => field === "multipath" || field === "multipathRelax")) {
    toRib({ kind: "multipath", choice: multipathForRib(after) });
  }
  for (const { after: config, resets } of changes) {
    if (config.kind === "network") peers.networks.configure(config);
    const isKept = (peer: Peer) => !newKeys.has(config.name) && peer.under(config) !== undefined;
    for (const peer of peers.of(config)) peers.configure(peer, config, { reset: resets.length > 0 && !isKept(peer) });
  }
  for (const peer of overridden) {
    if (peers.get(peer.id) === peer) peers.configure(peer, peer.config);
  }
  for (const peer of drained) if (peers.get(peer.id) === peer) peers.cancelDrain(peer);
  // Networks first: a member whose address is configured itself leaves its network.
  for (const config of added) if (config.kind === "network") peers.networks.add(config);
  for (const { member, network } of moved) peers.configure(member, network, { reset: true });
  await Promise.all(added.map((config) => config.kind !== "network" ? peers.addLater(config) : undefined));
  if (speaker.some(({ field }) => field === "staticRoutes")) originations.configure(after.staticRoutes);
  return lines;
}

function protect(protection: Protection, { peers }: Config, keys: ReadonlyMap<string, string>): void {
  try {
    protection.replace(peers, keys);
  } catch (error) {
    if (error instanceof TransportError) throw new ControlError("wrong", error.message);
    throw error;
  }
}

function consequence(
  { field, needsRestart }: { readonly field: keyof Config; readonly needsRestart: boolean },
  { keepsSockets }: { readonly keepsSockets: boolean },
): string {
  if (needsRestart) return ", which takes effect at the next start";
  switch (field) {
    case "policies":
      return ", routes are re-evaluated, sessions stay";
    case "bgpSockets":
      return keepsSockets ? ", but the command line takes precedence" : ", sessions stay";
    case "routerId":
      return ", for sessions now, for route reflection at the next start";
    default:
      return "";
  }
}

/** A name with another address is the same peer for people; an address with another name is another peer. */
function removalText(before: PeerConfig, added: readonly PeerConfig[]): string {
  const { name } = before;
  const after = added.find((config) => config.name === name);
  if (after !== undefined) {
    return `${name}: remote_ip changed from ${remoteOf(before)} to ${remoteOf(after)}, session resets`;
  }
  const renamed = added.find((config) => remoteOf(config) === remoteOf(before));
  const note = renamed === undefined ? "" : ` (${renamed.name} has its address now and is another peer)`;
  return `${name}: removed, session ends${note}`;
}

/** Adds the peers whose password file has other contents. */
function withNewKeys(changes: readonly PeerChange[], after: Config, names: ReadonlySet<string>): PeerChange[] {
  const field: keyof PeerSettings = "passwordFile";
  const extended = changes.map((change) => {
    if (!names.has(change.after.name) || change.resets.includes(field)) return change;
    return { ...change, fields: [...change.fields, field], resets: [...change.resets, field] };
  });
  const known = new Set(changes.map(({ after }) => after.name));
  const more = after.peers.filter((peer) => names.has(peer.name) && !known.has(peer.name));
  return [
    ...extended,
    ...more.map((peer): PeerChange => ({ before: peer, after: peer, fields: [field], resets: [field] })),
  ];
}

/** Without the resets that are not needed: the OPEN, the checks of the peer's OPEN and the connection stay the same. */
function withNeededResets(change: PeerChange, peers: Peers, newKeys: ReadonlySet<string>): PeerChange {
  const { before, after, resets } = change;
  if (resets.length === 0 || before.enabled !== after.enabled || newKeys.has(after.name)) return change;
  const sessions = peers.of(after).filter(({ session }) => session !== undefined);
  const isNeeded = sessions.length === 0
    ? beginsOtherwise(before, after)
    : sessions.some((peer) => peer.under(after) === undefined);
  return isNeeded ? change : { ...change, resets: [] };
}

function changeText(change: PeerChange, peers: Peers): string {
  const { after, fields, resets } = change;
  const names = [...new Set(fields.map(keyName))].join(", ");
  const over = resets.length === 0 && after.enabled ? overLimit(peers.of(after), after) : undefined;
  return `${after.name}: ${names} changed, ${over ?? ending(change)}`;
}

/** Text about a limit that ends the session as soon as it is in force. */
function overLimit(peers: readonly Peer[], config: PeerConfig): string | undefined {
  const limits = familyEntries(prefixLimits(config));
  for (const { session, counters } of peers) {
    for (const [id, { limit, action, counts }] of session === undefined ? [] : limits) {
      const held = counters?.routes[id] ?? 0;
      if (action !== "shutdown" || held <= limit) continue;
      const what = `${held} routes of ${familyOf(id).name}, limit ${limit}`;
      return counts === "received"
        ? `session ends: ${what}`
        : `session ends if more routes are accepted than the limit: ${what}`;
    }
  }
  return undefined;
}

function ending({ before, after, resets }: PeerChange): string {
  if (before.enabled && !after.enabled) return "session ends";
  if (!before.enabled && after.enabled) return "session starts";
  return resets.length > 0 && after.enabled ? "session resets" : "session stays";
}
