/** A reader of the monitor as records of an archive (RFC 6396): what peers sent, and when sessions came and went. */

import { encodeMrtMessage, encodeMrtState, MrtState, type SessionEndpoints } from "../../mrt/message_writer.ts";
import { BmpDownReason } from "../../bmp/mod.ts";
import { allFamilies, type Millis } from "../../types/mod.ts";
import type { MonitoredMessages, MonitoredSession, MonitorEntry } from "./entry.ts";
import type { Monitor } from "./monitor.ts";
import { eachUpdate, familiesOf, type MonitorChoice } from "./monitor_choice.ts";
import type { MonitorReader } from "./monitor_reader.ts";

export interface MrtChoice extends MonitorChoice {
  readonly format: "mrt";
}

export class MrtFeed {
  readonly #choice: MrtChoice;
  readonly #monitor: Monitor;
  readonly #reader: MonitorReader;
  /** Sessions that came up before have no record of that. */
  readonly #openedAt: Millis;
  #parts: Uint8Array[] = [];
  #size = 0;

  constructor(choice: MrtChoice, monitor: Monitor, now: Millis) {
    this.#choice = choice;
    this.#monitor = monitor;
    this.#openedAt = now;
    this.#reader = monitor.open(choice);
  }

  /** The archive is too slow: records are missing from here on. */
  get isLapped(): boolean {
    return this.#reader.isLapped;
  }

  close(): void {
    this.#monitor.close(this.#reader);
  }

  /** Whole records, `limit` octets and the rest of an entry; `undefined`: there are none. */
  pull(limit: number): Uint8Array<ArrayBuffer> | undefined {
    while (this.#size < limit) {
      const entry = this.#reader.next();
      if (entry === undefined) break;
      this.#take(entry);
    }
    this.#monitor.trim();
    return this.#taken();
  }

  #take(entry: MonitorEntry): void {
    switch (entry.kind) {
      case "messages":
        return this.#messages(entry);
      case "up":
        if (entry.at < this.#openedAt) return;
        return this.#add(encodeMrtState(entry.at, endsOf(entry.session), MrtState.openConfirm, MrtState.established));
      case "down": {
        const { session, at, end: { reason, data } } = entry, ends = endsOf(session);
        const form = { fourOctetAs: true, addPath: false };
        if (reason === BmpDownReason.remoteNotification) this.#add(encodeMrtMessage(at, ends, form, data));
        return this.#add(encodeMrtState(at, ends, MrtState.established, MrtState.idle));
      }
      case "locUp":
      case "malformed":
        return;
    }
  }

  #messages({ session, bytes, at, twoOctetAs }: MonitoredMessages): void {
    if (session === undefined) return;
    const ends = endsOf(session), { addPathReceive } = session.negotiated;
    eachUpdate(bytes, this.#choice.families, (start, end) => {
      const families = addPathReceive === 0 ? 0 : familiesOf(bytes, start, end);
      const addPath = families !== allFamilies && (families & addPathReceive) !== 0;
      this.#add(encodeMrtMessage(at, ends, { fourOctetAs: !twoOctetAs, addPath }, bytes.subarray(start, end)));
    });
  }

  #add(record: Uint8Array): void {
    this.#parts.push(record);
    this.#size += record.length;
  }

  #taken(): Uint8Array<ArrayBuffer> | undefined {
    if (this.#size === 0) return undefined;
    const bytes = new Uint8Array(this.#size);
    let at = 0;
    for (const part of this.#parts) {
      bytes.set(part, at);
      at += part.length;
    }
    this.#parts = [];
    this.#size = 0;
    return bytes;
  }
}

function endsOf(
  { negotiated: { remoteAsn, localAsn }, remoteAddress, localAddress }: MonitoredSession,
): SessionEndpoints {
  return { peerAsn: remoteAsn, localAsn, peerAddress: remoteAddress, localAddress };
}
