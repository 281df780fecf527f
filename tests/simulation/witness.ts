/**
 * Records what the Adj-RIBs-In were at any time: it reads every message that goes to the RIB and keeps a plain map. The
 * history in the database has to agree with copies of this map.
 */

import { messageLength, MessageType, messageType } from "../../src/message/mod.ts";
import type { Negotiated } from "../../src/session/mod.ts";
import { families, familyByName, type FamilyId, type FamilyMask, maskHas } from "../../src/types/mod.ts";
import type { ToRib } from "../../src/daemon/thread/messages.ts";
import { type NlriView, viewUpdate } from "../support/update_view.ts";

/** The routes that peers had announced at one time. */
export interface Snapshot {
  /** As in the database. */
  readonly at: number;
  /** By {@link stateKey}: the attribute set as received. */
  readonly routes: ReadonlyMap<string, string>;
  /** `peer family`: of the others something may be left of an earlier run. */
  readonly known: ReadonlySet<string>;
}

/** What a process had not written yet when it was killed is of this time at most. */
const unwrittenMs = 10_000;
const aheadMs = 20;

export class Witness {
  #snapshots: Snapshot[] = [];
  readonly #now: () => number;
  readonly #routes = new Map<string, string>();
  /** Keys of those that a lost session left (RFC 4724). */
  readonly #stale = new Set<string>();
  /** `peer family` whose stale routes wait for longer than the peer said (RFC 9494). */
  readonly #longLived = new Set<string>();
  readonly #known = new Set<string>();
  readonly #sessions = new Map<number, { readonly epoch: number; readonly negotiated: Negotiated }>();
  /** The millisecond in which something changed last. */
  #changedAt = 0;

  /** `now`: the wall clock in whole milliseconds. */
  constructor(now: () => number) {
    this.#now = now;
  }

  get snapshots(): readonly Snapshot[] {
    return this.#snapshots;
  }

  take(): void {
    const at = this.#now();
    // The history knows no times between milliseconds, and a peer that flaps fast is ahead of the clock by some.
    if (this.#changedAt + aheadMs < at) {
      this.#snapshots.push({ at, routes: new Map(this.#routes), known: new Set(this.#known) });
    }
  }

  /** A process starts: of what the last one left nobody has said yet whether it still holds. */
  begins(): void {
    this.#routes.clear();
    this.#stale.clear();
    this.#longLived.clear();
    this.#known.clear();
    this.#sessions.clear();
  }

  /** The process was killed, and what it did last may be in no database. */
  killed(): void {
    this.#changed(this.#now() - unwrittenMs);
  }

  heard(message: ToRib): void {
    switch (message.kind) {
      case "sessionUp": {
        const { peerId, epoch, session: { negotiated }, keep } = message;
        if (this.#sessions.has(peerId)) this.#lose(peerId, 0);
        this.#sessions.set(peerId, { epoch, negotiated });
        for (const { id } of families) {
          if (!maskHas(negotiated.families, id)) this.#known.add(`${peerId} ${id}`);
          if (!maskHas(keep & negotiated.families, id)) this.#sweep(peerId, id);
        }
        return;
      }
      case "sessionDown":
        if (this.#sessions.get(message.peerId)?.epoch === message.epoch) this.#lose(message.peerId, message.retain);
        return;
      case "longLived":
        for (const { id } of families) {
          if (maskHas(message.families, id)) this.#longLived.add(`${message.peerId} ${id}`);
        }
        return;
      case "expireStale":
        for (const { id } of families) if (maskHas(message.families, id)) this.#sweep(message.peerId, id);
        return;
      case "batch": {
        const { peerId, epoch, buffer, start, end } = message;
        const session = this.#sessions.get(peerId);
        if (session?.epoch !== epoch) return;
        this.#changed(this.#now());
        for (let at = start; at < end; at += messageLength(buffer, at)) {
          if (messageType(buffer, at) !== MessageType.update) continue;
          this.#update(peerId, buffer.slice(at, at + messageLength(buffer, at)), session.negotiated);
        }
        return;
      }
    }
  }

  /** The session is over. In the families to `retain` its routes stay, stale; those that were so already go. */
  #lose(peerId: number, retain: FamilyMask): void {
    this.#sessions.delete(peerId);
    for (const { id } of families) {
      const isKept = maskHas(retain, id);
      // RFC 9494 §4.2: in LLGR a route may be stale twice.
      if (!isKept || !this.#longLived.has(`${peerId} ${id}`)) this.#sweep(peerId, id);
      const prefix = `${peerId} ${id} `;
      for (const key of this.#routes.keys()) {
        if (!key.startsWith(prefix)) continue;
        if (isKept) this.#stale.add(key);
        else this.#routes.delete(key);
      }
      this.#known.add(`${peerId} ${id}`);
    }
  }

  /** What is stale of the family goes. */
  #sweep(peerId: number, family: FamilyId): void {
    this.#changed(this.#now());
    this.#longLived.delete(`${peerId} ${family}`);
    for (const key of this.#stale) {
      if (!key.startsWith(`${peerId} ${family} `)) continue;
      this.#stale.delete(key);
      this.#routes.delete(key);
    }
  }

  #update(peerId: number, bytes: Uint8Array, negotiated: Negotiated): void {
    const { withdrawn, parts, endOfRib } = viewUpdate(bytes, negotiated);
    const keyOf = (nlri: NlriView) => stateKey(peerId, familyByName(nlri.family)!.id, nlri.prefix, nlri.pathId);
    const set = (nlri: NlriView, wire: Uint8Array | undefined) => {
      const key = keyOf(nlri);
      this.#stale.delete(key);
      if (wire === undefined) this.#routes.delete(key);
      else this.#routes.set(key, wire.toHex());
    };
    for (const nlri of withdrawn) set(nlri, undefined);
    for (const { announced, wire } of parts) for (const nlri of announced) set(nlri, wire);
    if (endOfRib === undefined) return;
    const family = familyByName(endOfRib)!.id;
    this.#sweep(peerId, family);
    this.#known.add(`${peerId} ${family}`);
  }

  /** What was seen from then on is not what the database knows of it. */
  #changed(at: number): void {
    this.#changedAt = this.#now();
    this.#snapshots = this.#snapshots.filter((snapshot) => snapshot.at < at);
  }
}

export function stateKey(peerId: number, family: FamilyId, prefix: string, pathId: number): string {
  return `${peerId} ${family} ${prefix} ${pathId}`;
}
