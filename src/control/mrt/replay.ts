/**
 * `bgpd mrt replay`: a table is announced, then updates are played, over one session. A table is read into memory first, so
 * that sending it is nothing but encoding; updates stream from the file as they are sent.
 */

import { messageLength } from "../../message/mod.ts";
import { RouteReader } from "../../mrt/mod.ts";
import type { Negotiated } from "../../session/mod.ts";
import { maskIds } from "../../types/mod.ts";
import { isReceivedUpdate } from "./census.ts";
import { Converter } from "./convert.ts";
import { type Pace, Pacer } from "./pace.ts";
import { Problems } from "./problems.ts";
import { listSink, RouteList } from "./route_list.ts";
import { isSelected, type Selection } from "./selection.ts";
import type { ItemSource } from "./source.ts";

/** Octets in one write. */
const writeBytes = 256 * 1024;

/** Where the messages go. */
export interface Outlet {
  readonly negotiated: Negotiated;
  write(bytes: Uint8Array): Promise<void>;
}

export interface ReplayCount {
  /** Routes of tables. */
  routes: number;
  /** Messages, and their octets. */
  updates: number;
  bytes: number;
}

/** The tables of a file. */
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

/** Collects messages into large writes, and waits before those whose time has not come. */
export class Player {
  readonly count: ReplayCount = { routes: 0, updates: 0, bytes: 0 };
  readonly #outlet: Outlet;
  readonly #pacer: Pacer;
  readonly #pace: Pace;
  readonly #signal: AbortSignal;
  readonly #buffer = new Uint8Array(writeBytes);
  #used = 0;

  /** The signal ends it early. */
  constructor(outlet: Outlet, pace: Pace, signal: AbortSignal) {
    this.#outlet = outlet;
    this.#pace = pace;
    this.#pacer = new Pacer(pace);
    this.#signal = signal;
  }

  /** Announces a table, then says that it is complete (RFC 4724 §2). */
  async table(list: RouteList, step: () => void): Promise<void> {
    const { negotiated } = this.#outlet;
    for (const messages of list.encode(negotiated, negotiated.families, writeBytes)) {
      if (this.#signal.aborted) return;
      await this.#send(messages, 0);
      step();
    }
    this.count.routes = list.count;
    const converter = new Converter(negotiated, new Problems());
    for (const family of maskIds(negotiated.families)) await this.#send(converter.endOfRib(family), 0);
    await this.flush();
  }

  /** Plays the updates of the file. */
  async updates(source: ItemSource, selection: Selection, step: () => void): Promise<void> {
    const converter = new Converter(this.#outlet.negotiated, source.problems);
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
    this.count.bytes += bytes.length;
    await this.#outlet.write(bytes);
  }

  /** Whole messages back to back. */
  #send(messages: Uint8Array, time: number): Promise<void> | undefined {
    if (this.#pace.kind === "full") {
      for (let at = 0; at < messages.length; at += messageLength(messages, at)) this.count.updates++;
      return this.#append(messages);
    }
    return this.#sendPaced(messages, time);
  }

  async #sendPaced(messages: Uint8Array, time: number): Promise<void> {
    for (let at = 0; at < messages.length;) {
      const end = at + messageLength(messages, at);
      const delay = this.#pacer.delayMs(time);
      if (delay > 0) {
        await this.flush();
        await this.#pacer.wait(delay, this.#signal);
      }
      if (this.#signal.aborted) return;
      this.count.updates++;
      this.#pacer.sent(1);
      await this.#append(messages.subarray(at, end));
      at = end;
    }
  }

  /** A promise only where something is written. */
  #append(messages: Uint8Array): Promise<void> | undefined {
    if (this.#used + messages.length <= writeBytes) {
      this.#buffer.set(messages, this.#used);
      this.#used += messages.length;
      return undefined;
    }
    return this.#appendLong(messages);
  }

  async #appendLong(messages: Uint8Array): Promise<void> {
    await this.flush();
    if (messages.length <= writeBytes) return void this.#append(messages);
    this.count.bytes += messages.length;
    await this.#outlet.write(messages);
  }
}
