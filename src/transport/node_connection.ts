/** A {@link Connection} over a socket of `node:net`: one dialled with a local address, or made with calls to libc. */

import type { Socket } from "node:net";
import { closeLimitMs, type Connection } from "./connection.ts";
import { peerAddress, zonedAddress } from "./endpoint.ts";
import { TransportError, transportError } from "./errors.ts";

interface Reader {
  readonly into: Uint8Array;
  resolve(length: number | null): void;
  reject(error: TransportError): void;
}

/**
 * The socket is in paused mode: without a reader it buffers up to its high-water mark (64 KiB, and at most one chunk
 * more), then stops to read, and TCP slows the peer down.
 */
export class NodeConnection implements Connection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly closed: Promise<void>;

  readonly #socket: Socket;
  readonly #resolveClosed: () => void;
  #closing = false;
  #ended = false;
  #failure: TransportError | undefined;
  #reader: Reader | undefined;
  /** Settles, never rejects, when everything queued was written or failed. */
  #written: Promise<void> = Promise.resolve();

  /** `socket` is connected and was made with `allowHalfOpen`; `remote` is what was dialled. */
  constructor(socket: Socket, remote: { readonly address: string; readonly port: number }) {
    this.#socket = socket;
    this.localAddress = peerAddress(socket.localAddress ?? "");
    this.localPort = socket.localPort ?? 0;
    this.remoteAddress = zonedAddress(remote.address);
    this.remotePort = remote.port;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    socket.setNoDelay(true);
    socket.on("readable", this.#onReadable);
    socket.on("end", () => this.#onEnd());
    socket.on("error", (cause) => this.#onFailure(cause));
    socket.on("close", () => this.#onClose());
  }

  read(into: Uint8Array): Promise<number | null> {
    if (this.#closing) return Promise.resolve(null);
    if (this.#reader !== undefined) return Promise.reject(new Error("a connection has one reader"));
    const length = this.#take(into);
    if (length > 0) return Promise.resolve(length);
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (this.#ended) return Promise.resolve(null);
    return new Promise((resolve, reject) => this.#reader = { into, resolve, reject });
  }

  write(bytes: Uint8Array): Promise<void> {
    const done = this.#writeAll(bytes);
    const settled = done.catch(() => {});
    this.#written = this.#written.then(() => settled);
    return done;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    this.#reader?.resolve(null);
    this.#reader = undefined;
    void this.#finish();
  }

  /** The socket queues writes itself, and calls back when the kernel has taken the octets. */
  #writeAll(bytes: Uint8Array): Promise<void> {
    if (this.#closing) return Promise.reject(this.#closedError());
    if (this.#failure !== undefined) return Promise.reject(this.#failure);
    if (bytes.length === 0) return Promise.resolve();
    return new Promise((resolve, reject) => {
      this.#socket.write(bytes, (cause) => {
        if (cause === null || cause === undefined) resolve();
        else reject(this.#closing ? this.#closedError() : this.#failure ?? this.#error(cause));
      });
    });
  }

  async #finish(): Promise<void> {
    if (this.#socket.destroyed) return this.#resolveClosed();
    const limit = setTimeout(() => this.#socket.destroy(), closeLimitMs);
    void this.closed.then(() => clearTimeout(limit));
    // Discards what still arrives, see closeLimitMs.
    this.#socket.off("readable", this.#onReadable);
    this.#socket.resume();
    await this.#written;
    if (this.#socket.destroyed) return;
    this.#socket.end();
    if (this.#ended) this.#socket.destroySoon();
  }

  readonly #onReadable = (): void => {
    if (this.#reader === undefined) return;
    const length = this.#take(this.#reader.into);
    if (length > 0) this.#settle((reader) => reader.resolve(length));
  };

  #onEnd(): void {
    this.#ended = true;
    this.#settle((reader) => reader.resolve(null));
    if (this.#closing) this.#socket.destroySoon();
  }

  #onFailure(cause: unknown): void {
    const failure = this.#error(cause);
    this.#failure ??= failure;
    this.#settle((reader) => reader.reject(failure));
  }

  #onClose(): void {
    if (!this.#closing) this.#failure ??= this.#closedError();
    const failure = this.#failure;
    if (failure !== undefined) this.#settle((reader) => reader.reject(failure));
    if (this.#closing) this.#resolveClosed();
  }

  #settle(how: (reader: Reader) => void): void {
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader !== undefined) how(reader);
  }

  #take(into: Uint8Array): number {
    const length = Math.min(this.#socket.readableLength, into.length);
    // read(0) starts the next read of the kernel, and emits "end" once everything was taken.
    const chunk: Uint8Array | null = this.#socket.read(length);
    if (chunk === null) return 0;
    into.set(chunk);
    return chunk.length;
  }

  #error(cause: unknown): TransportError {
    return transportError({ kind: "connection", address: this.remoteAddress, port: this.remotePort }, cause);
  }

  #closedError(): TransportError {
    return new TransportError("closed", "this side has closed the connection");
  }
}
