/**
 * A listening socket of the API: so many connections at a time and no more, as each costs a descriptor that sessions
 * and the database may need. Where the places are taken, the one that has been idle for longest makes room.
 */

import { type App, failureText, HttpConnection, type Patience } from "./connection.ts";

export interface ListeningOptions {
  readonly app: App;
  readonly maxConnections: number;
  readonly patience: Patience;
  /** No connection can be taken at the moment: the error of the system. Listening goes on. */
  readonly onTrouble: (error: unknown) => void;
}

/** After an accept that failed for want of descriptors or memory, the next try would fail too. */
const pauseAfterTroubleMs = 100;

/** A client that is refused has this long to read the answer; so many refusals are written at a time. */
const refusalMs = 500;
const mostRefused = 8;

const full = new TextEncoder().encode(
  "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\nretry-after: 1\r\nconnection: close\r\n\r\n" +
    failureText("too many clients at the moment"),
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

  /** Takes no more connections; what is being answered is finished. Resolves when the last connection has ended. */
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

  async #accept(): Promise<void> {
    while (!this.#isClosed) {
      try {
        const conn = await this.#listener.accept();
        if (this.#isClosed) conn.close();
        else this.#take(conn);
      } catch (error) {
        if (this.#isClosed) return;
        this.#options.onTrouble(error);
        await new Promise((resolve) => setTimeout(resolve, pauseAfterTroubleMs));
      }
    }
  }

  #take(conn: Deno.Conn): void {
    const { app, maxConnections, patience } = this.#options;
    if (this.#connections.size >= maxConnections && !this.#makeRoom()) {
      return void this.#refuse(conn);
    }
    const connection = new HttpConnection(conn, app, patience);
    this.#connections.add(connection);
    void connection.run().finally(() => {
      this.#connections.delete(connection);
      if (this.#isClosed && this.#connections.size === 0) this.#ended.resolve();
    });
  }

  /** Answers a few clients with 503. Their request is read first: closing before that would destroy the answer. */
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
      // Its time is over, or it has hung up.
    } finally {
      clearTimeout(limit);
      this.#refused--;
    }
  }

  /** False where a question is being answered on all of them. */
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
