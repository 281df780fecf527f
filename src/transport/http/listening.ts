/**
 * A listening socket of an HTTP server, with a limit on connections: each connection costs a file descriptor that BGP
 * sessions and the database may need. When the limit is reached, the connection that has been idle for longest is
 * closed.
 */

import { type App, failureText, HttpConnection, type Patience } from "./connection.ts";

export interface ListeningOptions {
  readonly app: App;
  readonly maxConnections: number;
  readonly patience: Patience;
  /** A longer body is refused. */
  readonly maxBodyBytes?: number | undefined;
  /** Called when accept() fails. The socket goes on listening. */
  readonly onFailure: (error: unknown) => void;
}

/** Pause after a failed accept(): without descriptors or memory the next one would fail, too. */
const pauseAfterFailureMs = 100;

/** How long a refused client has to read the answer, and how many refusals are written at a time. */
const refusalMs = 500;
const mostRefused = 8;

const full = new TextEncoder().encode(
  "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\nconnection: close\r\n\r\n" +
    failureText("too many clients; try again in a second"),
);

export class HttpListening {
  readonly #listener: Deno.Listener;
  readonly #options: ListeningOptions;
  readonly #connections = new Set<HttpConnection>();
  readonly #ended = Promise.withResolvers<void>();
  #refused = 0;
  #isClosed = false;

  constructor(listener: Deno.Listener, options: ListeningOptions) {
    this.#listener = listener;
    this.#options = options;
    void this.#accept();
  }

  get addr(): Deno.Addr {
    return this.#listener.addr;
  }

  /**
   * Accepts no more connections and finishes the answers in progress. Resolves when all connections have ended; never
   * rejects.
   */
  shutdown(): Promise<void> {
    if (!this.#isClosed) {
      this.#isClosed = true;
      this.#listener.close();
      for (const connection of this.#connections) connection.close();
      if (this.#connections.size === 0) this.#ended.resolve();
    }
    return this.#ended.promise;
  }

  /** Ends all connections at once. */
  destroy(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  /** Never rejects. */
  async #accept(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const conn = await this.#listener.accept();
        if (this.#isClosed) conn.close();
        else this.#take(conn);
      } catch (error) {
        if (this.#isClosed) return;
        this.#options.onFailure(error);
        await new Promise((resolve) => setTimeout(resolve, pauseAfterFailureMs));
      }
    }
  }

  #take(conn: Deno.Conn): void {
    const { app, maxConnections, patience, maxBodyBytes } = this.#options;
    if (this.#connections.size >= maxConnections && !this.#makeRoom()) {
      void this.#refuse(conn);
      return;
    }
    const connection = new HttpConnection(conn, app, patience, maxBodyBytes);
    this.#connections.add(connection);
    void connection.run().finally(() => {
      this.#connections.delete(connection);
      if (this.#isClosed && this.#connections.size === 0) this.#ended.resolve();
    });
  }

  /** Answers with 503 and reads the request: closing with unread octets would reset the connection. Never rejects. */
  async #refuse(conn: Deno.Conn): Promise<void> {
    if (this.#refused >= mostRefused) return conn.close();
    this.#refused++;
    const limit = setTimeout(() => conn.close(), refusalMs);
    try {
      await conn.write(full);
      await conn.closeWrite();
      const discarded = new Uint8Array(1024);
      while (await conn.read(discarded) !== null);
      conn.close();
    } catch {
      // The time limit passed, or the client hung up.
    } finally {
      clearTimeout(limit);
      this.#refused--;
    }
  }

  /** Closes an idle connection. Returns false if none is idle. */
  #makeRoom(): boolean {
    let oldest: HttpConnection | undefined;
    for (const connection of this.#connections) {
      const { idleSince } = connection;
      if (idleSince !== undefined && idleSince < (oldest?.idleSince ?? Infinity)) oldest = connection;
    }
    oldest?.destroy();
    if (oldest !== undefined) this.#connections.delete(oldest);
    return oldest !== undefined;
  }
}
