/**
 * Canaries: mistakes put in on purpose between the parts of a speaker, to prove that the harness finds them. Each
 * spoils one message, once.
 */

import { messageLength, MessageType, messageType } from "../../src/message/mod.ts";
import { type RibPeer, stride } from "../../src/rib/mod.ts";
import type { RibStart } from "../../src/daemon/rib/rib_host.ts";
import type { RibBatch, RibToMain, RibToStore, ToRib } from "../../src/daemon/thread/messages.ts";

export interface Sabotage {
  /** A message in place of this one, or `undefined`: it stays as it is. */
  toRib(message: ToRib): ToRib | undefined;
  toStore(message: RibToStore): RibToStore | undefined;
  fromRib?(message: RibToMain, speaker: string): RibToMain | undefined;
  /** What the RIB gets at its start. */
  ribStart?(start: RibStart): RibStart;
}

/** Spoils the first messages it can, `times` of them. */
function spoil(
  times: number,
  spoils: {
    toRib?: (message: ToRib) => boolean;
    toStore?: (message: RibBatch) => boolean;
    fromRib?: (message: RibToMain, speaker: string) => boolean;
  },
): Sabotage {
  let left = times;
  const once = (done: boolean | undefined) => void (left -= done === true ? 1 : 0);
  return {
    toRib(message) {
      if (left > 0) once(spoils.toRib?.(message));
      return undefined;
    },
    toStore(message) {
      if (left > 0 && message.kind === "batch") once(spoils.toStore?.(message));
      return undefined;
    },
    fromRib(message, speaker) {
      if (left > 0) once(spoils.fromRib?.(message, speaker));
      return undefined;
    },
  };
}

/** A withdraw is not heard: the octets of one UPDATE that withdraws IPv4 prefixes become a KEEPALIVE's. */
function dropsWithdraw(message: ToRib): boolean {
  if (message.kind !== "batch") return false;
  const { buffer, end } = message;
  for (let at = message.start; at < end; at += messageLength(buffer, at)) {
    const withdraws = messageType(buffer, at) === MessageType.update && (buffer[at + 19]! | buffer[at + 20]!) !== 0;
    if (!withdraws) continue;
    buffer[at + 18] = MessageType.keepalive;
    return true;
  }
  return false;
}

/** The RIB never hears that a session ended. */
function dropsSessionDown(message: ToRib): boolean {
  if (message.kind !== "sessionDown") return false;
  message.epoch = -1;
  return true;
}

/** A row of a route gets lost on its way to the database. */
function dropsRoute({ batch }: RibBatch): boolean {
  if (batch.routeCount < 2) return false;
  batch.routes.copyWithin(0, stride.routes, batch.routeCount * stride.routes);
  batch.routeCount--;
  return true;
}

/** The database keeps another best route than memory. */
function dropsBest({ batch }: RibBatch): boolean {
  if (batch.bestCount === 0) return false;
  batch.bestCount--;
  return true;
}

/** A lost session's rows stay visible. */
function dropsFlush({ batch }: RibBatch): boolean {
  const at = batch.events.findIndex(({ kind }) => kind === "flush");
  if (at === -1) return false;
  batch.events.splice(at, 1);
  return true;
}

/** Stale routes outlive their time. */
function dropsExpiry(message: ToRib): boolean {
  if (message.kind !== "expireStale" || message.families === 0) return false;
  message.families = 0;
  return true;
}

/** Each canary by name. Those that later messages may heal act more often. */
export const canaries: Readonly<Record<string, () => Sabotage>> = {
  "a withdraw is dropped": () => spoil(20, { toRib: dropsWithdraw }),
  "the end of a session is dropped": () => spoil(20, { toRib: dropsSessionDown }),
  "the end of stale routes is dropped": () => spoil(200, { toRib: dropsExpiry }),
  "a route's row is dropped": () => spoil(20, { toStore: dropsRoute }),
  "a best route's row is dropped": () => spoil(20, { toStore: dropsBest }),
  "a flush is dropped": () => spoil(20, { toStore: dropsFlush }),
};

/** An ended state does not come to the history. */
function dropsState({ batch }: RibBatch): boolean {
  if (batch.historyCount === 0) return false;
  batch.historyCount--;
  return true;
}

/** A state ended ten seconds later than it did. */
function stretchesState({ batch }: RibBatch): boolean {
  if (batch.historyCount === 0) return false;
  batch.history[(batch.historyCount - 1) * stride.history]! += 10_000;
  return true;
}

/** Canaries of the history. */
export const churnCanaries: Readonly<Record<string, () => Sabotage>> = {
  "a state is dropped": () => spoil(200, { toStore: dropsState }),
  "states end late": () => spoil(200, { toStore: stretchesState }),
};

/** A withdraw is not sent: the octets of one UPDATE that withdraws IPv4 prefixes do not go out. */
function swallowsWithdraw(message: RibToMain): boolean {
  if (message.kind !== "output") return false;
  const { bytes } = message;
  const found = withdrawIn(bytes);
  if (found === undefined) return false;
  message.bytes = new Uint8Array([...bytes.subarray(0, found.at), ...bytes.subarray(found.end)]);
  return true;
}

/** The last UPDATE to a peer goes out once more, behind a withdraw that may be about it. */
function repeatsOldNews(): (message: RibToMain, speaker: string) => boolean {
  const last = new Map<string, Uint8Array>();
  return (message, speaker) => {
    if (message.kind !== "output") return false;
    const session = `${speaker} ${message.peerId} ${message.epoch}`;
    const old = last.get(session);
    const spoils = old !== undefined && withdrawIn(message.bytes) !== undefined;
    if (spoils) message.bytes = new Uint8Array([...message.bytes, ...old]);
    else last.set(session, message.bytes.slice());
    return spoils;
  };
}

/** The first message that withdraws IPv4 prefixes. */
function withdrawIn(bytes: Uint8Array): { at: number; end: number } | undefined {
  for (let at = 0; at < bytes.length;) {
    const end = at + messageLength(bytes, at);
    if (messageType(bytes, at) === MessageType.update && (bytes[at + 19]! | bytes[at + 20]!) !== 0) return { at, end };
    at = end;
  }
  return undefined;
}

/** The RIB goes on to originate what its operator took back. */
function dropsUnoriginate(message: ToRib): boolean {
  if (message.kind !== "unoriginate") return false;
  message.keys = [];
  return true;
}

/** The RIB exports another way than its operator asked for. */
function turnsPolicy(message: ToRib): boolean {
  if (message.kind !== "updatePeer") return false;
  message.peer = { ...message.peer, export: message.peer.export === "none" ? "all" : "none" };
  return true;
}

/** Peers of a route reflector, or of none, are taken for clients: routes go where reflection does not bring them. */
function makesClients(message: ToRib): boolean {
  if (message.kind !== "updatePeer") return false;
  message.peer = { ...message.peer, routeReflectorClient: true };
  return true;
}

/** What a speaker knows of its peers when it starts lacks something. */
function startsWithout(changes: Partial<RibPeer>): Sabotage {
  return {
    toRib: () => undefined,
    toStore: () => undefined,
    ribStart: (start) => ({ ...start, peers: start.peers.map((peer) => ({ ...peer, ...changes })) }),
  };
}

/** Canaries of worlds in which routes are passed on. */
export const transitCanaries: Readonly<Record<string, () => Sabotage>> = {
  "a withdraw is not sent": () => spoil(20, { fromRib: swallowsWithdraw }),
  "old routes are advertised again": () => spoil(20, { fromRib: repeatsOldNews() }),
  "the end of an own route is dropped": () => spoil(20, { toRib: dropsUnoriginate }),
  "another export policy than configured": () => spoil(20, { toRib: turnsPolicy }),
  "a client that is none": () => spoil(20, { toRib: makesClients }),
  "private ASNs are not hidden": () => startsWithout({ removePrivateAs: "none" }),
  "another AS of ours is forgotten": () => startsWithout({ ownAsns: undefined, prependsIn: false }),
  "limits of what goes out are not heard": () => startsWithout({ prefixesOut: {} }),
};

/** The RIB does not hear what it is to the peer, and neither marks nor stops a leak. */
function forgetsRole(message: ToRib): boolean {
  if (message.kind !== "sessionUp" || message.session.negotiated.role === undefined) return false;
  const { session } = message;
  message.session = { ...session, negotiated: { ...session.negotiated, role: undefined } };
  return true;
}

/** Policies of a reload are lost on their way. */
function losesPolicies(message: ToRib): boolean {
  if (message.kind !== "policies") return false;
  message.table = { ...message.table, policies: message.table.policies.map((policy) => ({ ...policy, rules: [] })) };
  return true;
}

/** What was received is written over by what policy made of it. */
function dropsReceived({ batch }: RibBatch): boolean {
  for (let row = 0; row < batch.routeCount; row++) {
    const at = row * stride.routes + 4;
    if (batch.routes[at] === 0) continue;
    batch.routes[at] = 0;
    return true;
  }
  return false;
}

/** A lost session takes its routes along, whatever was agreed on. */
function keepsNothing(message: ToRib): boolean {
  if (message.kind !== "sessionDown" || message.retain === 0) return false;
  message.retain = 0;
  return true;
}

/** What goes out to a peer is not asked about. */
function exportsAll(message: ToRib): boolean {
  if (message.kind !== "updatePeer") return false;
  message.peer = { ...message.peer, export: "all" };
  return true;
}

/** Canaries of worlds with roles and policies, with what has to find each. */
export const internetCanaries: Readonly<Record<string, { found: RegExp; sabotage: () => Sabotage }>> = {
  "nobody heeds OTC": { found: /a valley: /, sabotage: () => spoil(60, { toRib: forgetsRole }) },
  "routes go with their session": {
    found: /graceful restart of bgpd\d+: what feeder\d+ (saw withdrawn|was sent)/,
    sabotage: () => spoil(Infinity, { toRib: keepsNothing }),
  },
  "what was received is lost": {
    found: /view rib against memory/,
    sabotage: () => spoil(20, { toStore: dropsReceived }),
  },
  "limits are not heard": { found: /, of at most \d+: /, sabotage: () => startsWithout({ maxPrefixes: {} }) },
  "export policy is forgotten": { found: /against the rules: /, sabotage: () => spoil(50, { toRib: exportsAll }) },
  "policies are lost": { found: /what its import makes of/, sabotage: () => spoil(3, { toRib: losesPolicies }) },
};
