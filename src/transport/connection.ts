/** The interface of a TCP connection, and its implementation over the sockets of Deno. */

import { peerAddress } from "./endpoint.ts";
import { TransportError, transportError } from "./errors.ts";

export interface Connection {
  /** Canonical text without zone. An IPv4 address of an IPv6 socket is plain IPv4 here. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Likewise, but a link-local one with its zone: `fe80::1%eth0`. */
  readonly remoteAddress: string;
  readonly remotePort: number;

  /**
   * Reads what has arrived, at least one octet; resolves to the number of octets. `null`: the peer has finished
   * sending, or this side closed the connection. Rejects with a {@link TransportError} where the connection broke. One
   * read at a time; do not use `into` until it settles.
   */
  read(into: Uint8Array): Promise<number | null>;

  /**
   * Resolves when the kernel has taken all octets. Writes are queued in order; do not change `bytes` until it resolves.
   * A write that waits for a slow peer does not delay reads. Rejects with a {@link TransportError} where the connection
   * broke; the reader gets the same error, so a caller may ignore this one.
   */
  write(bytes: Uint8Array): Promise<void>;

  /**
   * Closes the connection: reads end with `null`, later writes are refused, and queued octets are flushed. The peer has
   * {@link closeLimitMs} to take them. A second call does nothing.
   */
  close(): void;

  /** Resolves, and never rejects, when the socket is closed after {@link close}. */
  readonly closed: Promise<void>;
}

/**
 * How long a connection may flush after `close`. If a socket is closed with unread octets, the kernel sends a reset,
 * which can destroy a NOTIFICATION on its way to the peer. So `close` sends a FIN, reads and discards until the FIN of
 * the peer comes, and closes the socket only then. The limit is short because a daemon that stops has a second for
 * everything, with peers that hang.
 */
export const closeLimitMs = 600;

/** The buffer into which closing connections read. Nobody uses its contents, so all share it. */
const discarded = new Uint8Array(16384);

/** A {@link Connection} over a socket of Deno: all accepted connections, and those that are dialled without options. */
export class DenoConnection implements Connection {
  readonly localAddress: string;
  readonly localPort: number;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly closed: Promise<void>;

  readonly #tcp: Deno.TcpConn;
  readonly #resolveClosed: () => void;
  readonly #onClosing: ((connection: DenoConnection) => void) | undefined;
  #closing = false;
  #gone = false;
  /** The read in flight: the kernel may still write into its buffer. */
  #reading: Promise<number | null> | undefined;
  /** Settles, never rejects, when everything queued was written or failed. */
  #written: Promise<void> = Promise.resolve();

  /** `onClosing` is called when this side begins to close. `zone`: of the address of the peer, if it is link-local. */
  constructor(tcp: Deno.TcpConn, onClosing?: (connection: DenoConnection) => void, zone = "") {
    this.#tcp = tcp;
    this.#onClosing = onClosing;
    this.localAddress = peerAddress(tcp.localAddr.hostname);
    this.localPort = tcp.localAddr.port;
    this.remoteAddress = peerAddress(tcp.remoteAddr.hostname) + (zone === "" ? "" : `%${zone}`);
    this.remotePort = tcp.remoteAddr.port;
    const { promise, resolve } = Promise.withResolvers<void>();
    this.closed = promise;
    this.#resolveClosed = resolve;
    try {
      tcp.setNoDelay(true);
    } catch {
      // The peer has reset the connection already: the first read fails.
    }
  }

  async read(into: Uint8Array): Promise<number | null> {
    if (this.#closing) return null;
    if (this.#reading !== undefined) throw new Error("a connection has one reader");
    const reading = this.#tcp.read(into);
    this.#reading = reading;
    try {
      const length = await reading;
      return this.#closing ? null : length;
    } catch (cause) {
      if (this.#closing) return null;
      throw this.#error(cause);
    } finally {
      this.#reading = undefined;
    }
  }

  write(bytes: Uint8Array): Promise<void> {
    const done = this.#closing ? Promise.reject(this.#closedError()) : this.#written.then(() => this.#writeAll(bytes));
    const settled = done.catch(() => {});
    if (!this.#closing) this.#written = settled;
    return done;
  }

  close(): void {
    if (this.#closing) return;
    this.#closing = true;
    void this.#finish();
    this.#onClosing?.(this);
  }

  /** Closes the socket at once, without a flush. */
  destroy(): void {
    if (!this.#closing) {
      this.#closing = true;
      this.#resolveClosed();
    }
    this.#destroy();
  }

  async #writeAll(bytes: Uint8Array): Promise<void> {
    try {
      for (let start = 0; start < bytes.length;) {
        start += await this.#tcp.write(start === 0 ? bytes : bytes.subarray(start));
      }
    } catch (cause) {
      throw this.#gone ? this.#closedError() : this.#error(cause);
    }
  }

  async #finish(): Promise<void> {
    const limit = setTimeout(() => this.#destroy(), closeLimitMs);
    try {
      await this.#written;
      await this.#tcp.closeWrite();
      let length = await this.#reading;
      // A read that was in flight may have got `null` or octets.
      while (length !== null && !this.#gone) length = await this.#tcp.read(discarded);
    } catch {
      // The connection broke, or the limit is over.
    }
    clearTimeout(limit);
    this.#destroy();
    this.#resolveClosed();
  }

  #destroy(): void {
    if (this.#gone) return;
    this.#gone = true;
    this.#tcp.close();
  }

  #error(cause: unknown): TransportError {
    return transportError({ kind: "connection", address: this.remoteAddress, port: this.remotePort }, cause);
  }

  #closedError(): TransportError {
    return new TransportError("closed", "this side has closed the connection");
  }
}
