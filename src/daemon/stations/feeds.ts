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

  handle(message: RibToMain & { kind: "monitored" | "monitorLapped" }): void {
    const { reader } = message;
    const receiver = this.#receivers.get(reader);
    if (receiver === undefined) return;
    if (message.kind === "monitorLapped") {
      this.#receivers.delete(reader);
      return receiver.lapped();
    }
    const { length } = message.bytes;
    void receiver.write(message.bytes).then(() => {
      if (this.#receivers.has(reader)) this.#toRib({ kind: "pullMonitor", reader, limit: length });
    });
  }
}
