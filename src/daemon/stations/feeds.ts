/** The readers that the RIB has open for stations and programs: numbers, and who gets the octets of each. */

import type { BmpChoice, MrtChoice } from "../../rib/mod.ts";
import type { Post, RibToMain, ToRib } from "../thread/messages.ts";

/** Octets that may be on their way from the RIB to one connection. */
const windowBytes = 262_144;

/** A connection that takes what its reader gets. */
export interface Receiver {
  /** Resolves when the connection took the octets. Never rejects. */
  write(bytes: Uint8Array<ArrayBuffer>): Promise<void>;
  /** The connection is too slow: it has missed something, and must end. */
  lapped(): void;
}

export class MonitorFeeds {
  readonly #toRib: Post<ToRib>;
  readonly #receivers = new Map<number, Receiver>();
  /** Called when a reader has got everything. */
  readonly #ends = new Map<number, () => void>();
  #last = 0;

  constructor(toRib: Post<ToRib>) {
    this.#toRib = toRib;
  }

  /** Opens a reader, and returns its number. */
  open(choice: BmpChoice | MrtChoice, receiver: Receiver): number {
    const reader = ++this.#last;
    this.#receivers.set(reader, receiver);
    this.#toRib({ kind: "openMonitor", reader, choice, limit: windowBytes });
    return reader;
  }

  close(reader: number): void {
    if (this.#receivers.delete(reader)) this.#toRib({ kind: "closeMonitor", reader });
  }

  /** The receiver gets what its reader has not read yet; then the reader is closed. Resolves then. */
  drain(reader: number): Promise<void> {
    if (!this.#receivers.has(reader)) return Promise.resolve();
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#ends.set(reader, resolve);
    this.#toRib({ kind: "closeMonitor", reader, rest: true });
    return promise;
  }

  handle(message: RibToMain & { kind: "monitored" | "monitorLapped" }): void {
    const { reader } = message;
    const receiver = this.#receivers.get(reader);
    if (receiver === undefined) return;
    if (message.kind === "monitorLapped") {
      receiver.lapped();
      return this.#ended(reader);
    }
    const { length } = message.bytes;
    if (message.isLast === true) {
      if (length > 0) void receiver.write(message.bytes);
      return this.#ended(reader);
    }
    void receiver.write(message.bytes).then(() => {
      if (this.#receivers.has(reader)) this.#toRib({ kind: "pullMonitor", reader, limit: length });
    });
  }

  #ended(reader: number): void {
    this.#receivers.delete(reader);
    this.#ends.get(reader)?.();
    this.#ends.delete(reader);
  }
}
