/**
 * What the Adj-RIBs-In were at any time, written down beside the RIB: every message that goes to it is read once more and
 * put into a plain map. From time to time somebody takes a copy, and the history in the database has to say the same.
 */

import { messageLength, MessageType, messageType } from "../../src/message/mod.ts";
import type { Negotiated } from "../../src/session/mod.ts";
import { families, familyByName, type FamilyId, maskHas } from "../../src/types/mod.ts";
import type { ToRib } from "../../src/daemon/messages.ts";
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
        const { peerId, epoch, session: { negotiated } } = message;
        if (this.#sessions.has(peerId)) this.#lose(peerId);
        this.#sessions.set(peerId, { epoch, negotiated });
        for (const { id } of families) if (!maskHas(negotiated.families, id)) this.#known.add(`${peerId} ${id}`);
        return;
      }
      case "sessionDown":
        if (this.#sessions.get(message.peerId)?.epoch === message.epoch) this.#lose(message.peerId);
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

  #lose(peerId: number): void {
    this.#changed(this.#now());
    this.#sessions.delete(peerId);
    for (const key of this.#routes.keys()) if (key.startsWith(`${peerId} `)) this.#routes.delete(key);
    for (const { id } of families) this.#known.add(`${peerId} ${id}`);
  }

  #update(peerId: number, bytes: Uint8Array, negotiated: Negotiated): void {
    const { withdrawn, parts, endOfRib } = viewUpdate(bytes, negotiated);
    const keyOf = (nlri: NlriView) => stateKey(peerId, familyByName(nlri.family)!.id, nlri.prefix, nlri.pathId);
    for (const nlri of withdrawn) this.#routes.delete(keyOf(nlri));
    for (const { announced, wire } of parts) for (const nlri of announced) this.#routes.set(keyOf(nlri), wire.toHex());
    if (endOfRib !== undefined) this.#known.add(`${peerId} ${familyByName(endOfRib)!.id}`);
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
