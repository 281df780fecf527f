/** One TCP connection, as the rest of the program sees it, and its implementation over Deno's own sockets. */

import { peerAddress } from "./endpoint.ts";
import { TransportError, transportError } from "./errors.ts";

export interface Connection {
  /** Canonical text without zone; an IPv4 peer of an IPv6 listener stands here as plain IPv4. */
  readonly localAddress: string;
  readonly localPort: number;
  /** Likewise, but a link-local one with its zone: `fe80::1%eth0`. */
  readonly remoteAddress: string;
  readonly remotePort: number;

  /**
   * Reads what there is, at least one octet. `null`: the peer has sent everything it will, or this side closed.
   * Rejects with a {@link TransportError} where the connection broke. One read at a time; `into` must not be touched
   * until it settles.
   */
  read(into: Uint8Array): Promise<number | null>;

  /**
   * Resolves when the kernel took it all. Calls are queued in order; `bytes` must not be changed until it resolves.
   * A write that waits for a slow peer does not hold up reads. Who is not interested in the result may drop it.
   */
  write(bytes: Uint8Array): Promise<void>;

  /**
   * Ends the connection politely: reads end with `null`, later writes are refused, queued bytes are flushed, then the
   * peer has until {@link closeLimitMs} to take them. Does nothing the second time.
   */
  close(): void;

  /** Resolves (never rejects) when the socket is gone, after {@link close}. */
  readonly closed: Promise<void>;
}

/**
 * How long a closed connection may still flush. Closing a socket with unread data in it makes the kernel send a
 * reset, which can destroy a NOTIFICATION on its way to the peer. So closing means: send the FIN, read and throw away
 * until the peer's FIN comes, and only then let go. A daemon that is told to end has a second for all it does, peers
 * that hang included.
 */
export const closeLimitMs = 600;

/** Where closing connections read to. Nobody looks at it, so all of them share one. */
const discarded = new Uint8Array(16384);

/** A {@link Connection} over a socket of Deno: everything accepted, and what is dialled without options. */
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
  /** The read the kernel still holds a buffer of. */
  #reading: Promise<number | null> | undefined;
  /** Settles, never rejects, when everything queued was written or failed. */
  #written: Promise<void> = Promise.resolve();

  /** `onClosing` is called when this side begins to close it. `zone`: of the peer's address, where it is link-local. */
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
      // The peer has reset it already; the first read tells.
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

  /** Ends the connection at once, also one that is being closed. */
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
      // A reader in flight may have taken `null` or bytes; both count as read.
      while (length !== null && !this.#gone) length = await this.#tcp.read(discarded);
    } catch {
      // Broken or past the limit: there is nothing left to be polite to.
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
