/**
 * Canaries: mistakes put in on purpose between the parts of a speaker, to prove that the harness finds such. Each spoils
 * one message, once.
 */

import { messageLength, MessageType, messageType } from "../../src/message/mod.ts";
import { stride } from "../../src/rib/mod.ts";
import type { RibToStore, ToRib } from "../../src/daemon/messages.ts";

export interface Sabotage {
  /** A message in place of this one, or `undefined`: it stays as it is. */
  toRib(message: ToRib): ToRib | undefined;
  toStore(message: RibToStore): RibToStore | undefined;
}

/** Spoils the first messages it can, `times` of them. */
function spoil(
  times: number,
  spoils: { toRib?: (message: ToRib) => boolean; toStore?: (message: RibToStore) => boolean },
): Sabotage {
  let left = times;
  const once = (done: boolean | undefined) => void (left -= done === true ? 1 : 0);
  return {
    toRib(message) {
      if (left > 0) once(spoils.toRib?.(message));
      return undefined;
    },
    toStore(message) {
      if (left > 0) once(spoils.toStore?.(message));
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
function dropsRoute({ batch }: RibToStore): boolean {
  if (batch.routeCount < 2) return false;
  batch.routes.copyWithin(0, stride.routes, batch.routeCount * stride.routes);
  batch.routeCount--;
  return true;
}

/** The database keeps another best route than memory. */
function dropsBest({ batch }: RibToStore): boolean {
  if (batch.bestCount === 0) return false;
  batch.bestCount--;
  return true;
}

/** A lost session's rows stay in sight. */
function dropsFlush({ batch }: RibToStore): boolean {
  const at = batch.events.findIndex(({ kind }) => kind === "flush");
  if (at === -1) return false;
  batch.events.splice(at, 1);
  return true;
}

/** Each canary by name. Those that later messages may heal act more often. */
export const canaries: Readonly<Record<string, () => Sabotage>> = {
  "a withdraw is dropped": () => spoil(20, { toRib: dropsWithdraw }),
  "the end of a session is dropped": () => spoil(20, { toRib: dropsSessionDown }),
  "a route's row is dropped": () => spoil(20, { toStore: dropsRoute }),
  "a best route's row is dropped": () => spoil(20, { toStore: dropsBest }),
  "a flush is dropped": () => spoil(20, { toStore: dropsFlush }),
};
