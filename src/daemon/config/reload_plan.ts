/**
 * What a reload will do: which peers are added, removed and changed, which sessions end, and the line about each change
 * that the log gets. `reload.ts` carries a plan out; `bgpd reload --dry-run` only prints it.
 */

import { familyEntries, familyOf } from "../../types/mod.ts";
import {
  type Config,
  diffConfig,
  keyName,
  type PeerChange,
  type PeerConfig,
  type PeerSettings,
  prefixLimits,
  remoteOf,
  type SpeakerSettings,
} from "../../config/mod.ts";
import type { Protection } from "../listen/protection.ts";
import type { Peer } from "../peer/peer.ts";
import type { Peers } from "../peer/peers.ts";
import { beginsOtherwise } from "../peer/session_change.ts";
import { type RouteEffect, routeEffects } from "./route_effects.ts";

export interface ReloadOptions {
  /** Peers that a command enabled or disabled stay so. */
  readonly keepsOverrides?: boolean;
  /** The command line names the sockets, so the configuration does not change them. */
  readonly keepsSockets?: boolean;
}

/** A change of one peer, or of all members of a network. */
export interface PlannedChange extends PeerChange {
  /** The peers that exist, and whether each session ends. */
  readonly peers: readonly { readonly peer: Peer; readonly reset: boolean }[];
}

export interface ReloadPlan {
  readonly added: readonly PeerConfig[];
  readonly removed: readonly PeerConfig[];
  readonly changes: readonly PlannedChange[];
  /** Peers that a command enabled or disabled, and that become as they are configured. */
  readonly overridden: readonly Peer[];
  readonly drained: readonly Peer[];
  /** Members of a network that become members of a smaller one, which is new. */
  readonly moved: readonly { readonly member: Peer; readonly network: PeerConfig }[];
  readonly speaker: readonly { readonly field: keyof SpeakerSettings; readonly needsRestart: boolean }[];
  /** In the order in which they are logged. */
  readonly steps: readonly PlannedStep[];
}

/** One change, for people. */
export interface PlannedStep {
  readonly line: string;
  /** The peer or network; `undefined`: the change is one of the top level. */
  readonly peer: string | undefined;
  /** The fields of the peer that differ, or the field of the top level. */
  readonly peerFields: readonly (keyof PeerSettings)[];
  readonly speakerField: keyof SpeakerSettings | undefined;
  /** What happens to sessions that are up now. Those that are not named go on. */
  readonly sessions: readonly { readonly peer: string; readonly effect: "resets" | "ends" }[];
  /** What happens to routes of sessions that go on. */
  readonly routes: readonly { readonly peer: string; readonly effects: readonly RouteEffect[] }[];
}

/** Whom a reload meets. Planning changes neither. */
interface Present {
  readonly peers: Peers;
  readonly protection: Protection;
}

export function planReload(
  before: Config,
  after: Config,
  keys: ReadonlyMap<string, string>,
  { peers, protection }: Present,
  { keepsOverrides = false, keepsSockets = false }: ReloadOptions = {},
): ReloadPlan {
  const newKeys = protection.changedKeys(keys);
  const { added, removed, changed, speaker } = diffConfig(before, after);
  const changes = withNewKeys(changed, after, newKeys).map((change) => planned(change, peers, newKeys));
  const overridden = keepsOverrides
    ? []
    : [...peers].filter((peer) =>
      peer.enabled !== peer.config.enabled && !changes.some(({ after }) => after.name === peer.config.name)
    );
  const isGone = ({ address, config }: Peer) =>
    removed.some(({ name }) => name === config.name) ||
    added.some((other) => other.kind === "address" && other.remoteIp === address && config.kind === "network");
  // A drain is a delayed disable by command: a reload ends it as it enables disabled peers.
  const drained = keepsOverrides ? [] : [...peers].filter(({ drain }) => drain.endsAt !== undefined);
  const moved = peers.inMoreSpecific(added).filter(({ member }) => !isGone(member));
  const isMoved = ({ name }: PeerConfig) => removed.some((other) => other.name === name);
  const steps = [
    ...removed.map((config) => removal(config, added, peers)),
    ...changes.map(changeStep),
    ...overridden.map(({ name, config, session }) => ({
      ...step(`${name}: ${config.enabled ? "enabled" : "disabled"} again, as configured`, name),
      sessions: session === undefined ? [] : [{ peer: name, effect: "ends" as const }],
    })),
    ...drained.filter((peer) => !isGone(peer)).map(({ name }) =>
      step(`${name}: not drained any more, as configured`, name)
    ),
    ...added.filter((config) => !isMoved(config)).map((config) => ({
      ...step(`${config.name}: added`, config.name),
      sessions: [...peers].filter((peer) =>
        config.kind === "address" && peer.config.kind === "network" && peer.address === config.remoteIp
      ).flatMap(sessionOf("resets")),
    })),
    ...moved.map(({ member, network }) => ({
      ...step(`${member.name}: now a member of ${network.name}, session resets`, member.name),
      sessions: [member].flatMap(sessionOf("resets")),
    })),
    ...speaker.map((change) => ({
      ...step(`${keyName(change.field)} changed${consequence(change, { keepsSockets })}`, undefined),
      speakerField: change.field,
      routes: routesOf(change.field, peers),
    })),
  ];
  return { added, removed, changes, overridden, drained, moved, speaker, steps };
}

function step(line: string, peer: string | undefined): PlannedStep {
  return { line, peer, peerFields: [], speakerField: undefined, sessions: [], routes: [] };
}

/** For flatMap: what happens to a peer that has a session. */
function sessionOf(effect: "resets" | "ends"): (peer: Peer) => PlannedStep["sessions"] {
  return ({ name, session }) => session === undefined ? [] : [{ peer: name, effect }];
}

/** Fields of the top level that concern what every session gets. */
const exported: ReadonlySet<keyof SpeakerSettings> = new Set(
  ["staticRoutes", "staticFlows", "multipath", "multipathRelax"],
);

/** A change of the top level that concerns the routes of every session. */
function routesOf(field: keyof SpeakerSettings, peers: Peers): PlannedStep["routes"] {
  const effects: readonly RouteEffect[] = field === "policies"
    ? ["import", "export"]
    : exported.has(field)
    ? ["export"]
    : [];
  if (effects.length === 0) return [];
  return [...peers].filter(({ session }) => session !== undefined).map(({ name }) => ({ peer: name, effects }));
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
function removal(before: PeerConfig, added: readonly PeerConfig[], peers: Peers): PlannedStep {
  const { name } = before;
  const present = peers.of(before);
  const after = added.find((config) => config.name === name);
  if (after !== undefined) {
    const line = `${name}: remote_ip changed from ${remoteOf(before)} to ${remoteOf(after)}, session resets`;
    return { ...step(line, name), sessions: present.flatMap(sessionOf("resets")) };
  }
  const renamed = added.find((config) => remoteOf(config) === remoteOf(before));
  const note = renamed === undefined ? "" : ` (${renamed.name} has its address now and is another peer)`;
  return { ...step(`${name}: removed, session ends${note}`, name), sessions: present.flatMap(sessionOf("ends")) };
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

function planned(change: PeerChange, peers: Peers, newKeys: ReadonlySet<string>): PlannedChange {
  const needed = withNeededResets(change, peers, newKeys);
  const { after, resets } = needed;
  const isKept = (peer: Peer) => !newKeys.has(after.name) && peer.under(after) !== undefined;
  return { ...needed, peers: peers.of(after).map((peer) => ({ peer, reset: resets.length > 0 && !isKept(peer) })) };
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

function changeStep(change: PlannedChange): PlannedStep {
  const { before, after, fields, resets, peers } = change;
  const names = [...new Set(fields.map(keyName))].join(", ");
  const isOver = new Map(
    resets.length === 0 && after.enabled
      ? peers.flatMap(({ peer }) => {
        const text = overLimit(peer, after);
        return text === undefined ? [] : [[peer, text] as const];
      })
      : [],
  );
  const ends = (peer: Peer) => !after.enabled || isOver.has(peer);
  const live = peers.filter(({ peer }) => peer.session !== undefined);
  return {
    ...step(`${after.name}: ${names} changed, ${[...isOver.values()][0] ?? ending(change)}`, after.name),
    peerFields: fields,
    sessions: live.filter(({ peer, reset }) => reset || ends(peer)).map(({ peer }) => ({
      peer: peer.name,
      effect: ends(peer) ? "ends" : "resets",
    })),
    routes: live.filter(({ peer, reset }) => !reset && !ends(peer)).map(({ peer }) => ({
      peer: peer.name,
      effects: routeEffects(peer, before, after),
    })).filter(({ effects }) => effects.length > 0),
  };
}

/** Text about a limit that ends the session as soon as it is in force. */
function overLimit({ session, counters }: Peer, config: PeerConfig): string | undefined {
  for (const [id, { limit, action, counts }] of session === undefined ? [] : familyEntries(prefixLimits(config))) {
    const held = counters?.routes[id] ?? 0;
    if (action !== "shutdown" || held <= limit) continue;
    const what = `${held} routes of ${familyOf(id).name}, limit ${limit}`;
    return counts === "received"
      ? `session ends: ${what}`
      : `session ends if more routes are accepted than the limit: ${what}`;
  }
  return undefined;
}

function ending({ before, after, resets }: PeerChange): string {
  if (before.enabled && !after.enabled) return "session ends";
  if (!before.enabled && after.enabled) return "session starts";
  return resets.length > 0 && after.enabled ? "session resets" : "session stays";
}
