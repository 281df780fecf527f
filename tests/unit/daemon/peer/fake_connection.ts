/** A connection without a socket. */
import { decodeNotification, messageType } from "../../../../src/message/mod.ts";
import type { Connection } from "../../../../src/transport/mod.ts";

/** It brings these messages and then waits; what is written to it lies in `sent`. */
export class FakeConnection implements Connection {
  localAddress = "192.0.2.2";
  readonly localPort = 179;
  readonly remoteAddress: string;
  readonly remotePort = 50000;
  readonly closed: Promise<void> = Promise.resolve();
  readonly sent: Uint8Array[] = [];
  readonly #ended = Promise.withResolvers<null>();
  readonly #coming: Uint8Array[];

  constructor(remoteAddress: string, ...coming: Uint8Array[]) {
    this.remoteAddress = remoteAddress;
    this.#coming = coming;
  }

  read(into: Uint8Array): Promise<number | null> {
    const next = this.#coming.shift();
    if (next === undefined) return this.#ended.promise;
    into.set(next);
    return Promise.resolve(next.length);
  }

  write(bytes: Uint8Array): Promise<void> {
    this.sent.push(bytes);
    return Promise.resolve();
  }

  close(): void {
    this.#ended.resolve(null);
  }

  /** The NOTIFICATION that it ended with. */
  get goodbye(): string | undefined {
    const last = this.sent.find((bytes) => messageType(bytes, 0) === 3);
    if (last === undefined) return undefined;
    const { code, subcode } = decodeNotification(last);
    return `${code}/${subcode}`;
  }
}
