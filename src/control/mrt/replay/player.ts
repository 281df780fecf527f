/**
 * `bgpd mrt replay`: announces a table, then sends updates, over one session. A table is read into memory first, so
 * that sending it is only encoding. Updates stream from the file.
 */

import { messageLength } from "../../../message/mod.ts";
import { RouteReader } from "../../../mrt/mod.ts";
import { maskIds } from "../../../types/mod.ts";
import { isReceivedUpdate } from "../census.ts";
import { Converter } from "../convert.ts";
import { Problems } from "../problems.ts";
import { isSelected, type Selection } from "../selection.ts";
import type { ItemSource } from "../source.ts";
import { Outgoing, type Outlet } from "./outgoing.ts";
import { type Pace, Pacer, sleep } from "./pace.ts";
import { listSink, RouteList } from "./route_list.ts";

/** The size of a write in octets. */
const writeBytes = 256 * 1024;

/** What was sent: counted when the kernel has the octets. */
export interface ReplayCount {
  /** Routes of tables. */
  routes: number;
  /** UPDATE messages, and their octets. */
  updates: number;
  bytes: number;
}

/** Reads the tables of a file into memory. */
export async function readTable(source: ItemSource, selection: Selection, step: () => void): Promise<RouteList> {
  const list = new RouteList();
  const reader = new RouteReader({ internal: true });
  const sink = listSink(list, (fault) => source.problems.fault(fault));
  for await (const items of source.items()) {
    for (const item of items) {
      if (item.kind === "entry" && isSelected(selection, item.peer)) reader.entry(item, sink);
    }
    step();
  }
  return list;
}

/** Sends messages in large writes, and delays each message until its time. */
export class Player {
  readonly count: ReplayCount = { routes: 0, updates: 0, bytes: 0 };
  readonly outgoing: Outgoing;
  readonly #outlet: Outlet;
  readonly #pacer: Pacer;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  readonly #buffer = new Uint8Array(writeBytes);
  #used = 0;
  /** Routes and UPDATEs in the buffer. */
  #waiting = { routes: 0, updates: 0 };

  /** `signal`: ends the replay early. */
  constructor(outlet: Outlet, pace: Pace, signal: AbortSignal) {
    this.#outlet = outlet;
    this.outgoing = new Outgoing(outlet);
    this.#pace = pace;
    this.#pacer = new Pacer(pace);
    this.#signal = signal;
  }

  /** Announces a table, then sends End-of-RIB (RFC 4724 §2). */
  async table(list: RouteList, step: () => void): Promise<void> {
    const { negotiated } = this.#outlet;
    for (const { messages, routes } of list.encode(this.outgoing, writeBytes)) {
      if (this.#signal.aborted) return;
      await this.#send(messages, 0, routes);
      step();
    }
    const converter = new Converter(negotiated, new Problems());
    for (const family of maskIds(negotiated.families)) await this.#send(converter.endOfRib(family), 0);
    await this.flush();
  }

  /** Sends the updates of the file. */
  async updates(source: ItemSource, selection: Selection, step: () => void): Promise<void> {
    const converter = new Converter(this.#outlet.negotiated, source.problems, this.outgoing);
    for await (const items of source.items()) {
      for (const item of items) {
        if (item.kind !== "message" || !isReceivedUpdate(item) || !isSelected(selection, item.peer)) continue;
        const messages = converter.update(item);
        const written = messages === undefined ? undefined : this.#send(messages, item.time);
        if (written !== undefined) await written;
        if (this.#signal.aborted) return;
      }
      step();
    }
    await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#used === 0) return;
    const bytes = this.#buffer.slice(0, this.#used);
    this.#used = 0;
    await this.#write(bytes);
  }

  /** Counts after the write: if the session ends during the write, nothing is counted. */
  async #write(bytes: Uint8Array): Promise<void> {
    const { routes, updates } = this.#waiting;
    this.#waiting = { routes: 0, updates: 0 };
    await this.#outlet.write(bytes);
    this.count.routes += routes;
    this.count.updates += updates;
    this.count.bytes += bytes.length;
  }

  /** `messages`: whole messages back to back; they announce `routes` routes of a table. */
  #send(messages: Uint8Array, time: number, routes = 0): Promise<void> | undefined {
    if (this.#pace.kind !== "full") return this.#sendPaced(messages, time, routes);
    let updates = 0;
    for (let at = 0; at < messages.length; at += messageLength(messages, at)) updates++;
    return this.#append(messages, updates, routes);
  }

  async #sendPaced(messages: Uint8Array, time: number, routes: number): Promise<void> {
    for (let at = 0; at < messages.length;) {
      const end = at + messageLength(messages, at);
      const delay = this.#pacer.delayMs(time);
      if (delay > 0) {
        await this.flush();
        await sleep(delay, this.#signal);
      }
      if (this.#signal.aborted) return;
      this.#pacer.sent(1);
      // The routes of the piece are counted with its last message.
      await this.#append(messages.subarray(at, end), 1, end === messages.length ? routes : 0);
      at = end;
    }
  }

  /** Returns a promise only if the buffer must be written first. */
  #append(messages: Uint8Array, updates: number, routes: number): Promise<void> | undefined {
    if (this.#used + messages.length > writeBytes) return this.#appendLong(messages, updates, routes);
    this.#buffer.set(messages, this.#used);
    this.#used += messages.length;
    this.#waiting.updates += updates;
    this.#waiting.routes += routes;
    return undefined;
  }

  async #appendLong(messages: Uint8Array, updates: number, routes: number): Promise<void> {
    await this.flush();
    if (messages.length <= writeBytes) return await this.#append(messages, updates, routes);
    this.#waiting = { routes, updates };
    await this.#write(messages);
  }
}
