/** The connection to one RPKI cache: dials, reads and writes as the session with the cache says. */

import type { CacheEvent } from "../../rpki/mod.ts";
import type { Connection } from "../../transport/mod.ts";

/** Octets of one read. */
const readBytes = 65_536;

/** A connection, or the attempt to open one. */
interface Attempt {
  readonly abort: AbortController;
  connection?: Connection;
}

export class CacheLink {
  readonly #dial: (signal: AbortSignal) => Promise<Connection>;
  readonly #report: (event: CacheEvent) => void;
  #current: Attempt | undefined;

  /** `report` is called with each event of the connection that is open, or that is being opened. */
  constructor(dial: (signal: AbortSignal) => Promise<Connection>, report: (event: CacheEvent) => void) {
    this.#dial = dial;
    this.#report = report;
  }

  connect(): void {
    this.close();
    const attempt: Attempt = { abort: new AbortController() };
    this.#current = attempt;
    this.#dial(attempt.abort.signal).then((connection) => {
      if (this.#current !== attempt) return connection.close();
      attempt.connection = connection;
      this.#report({ kind: "connected" });
      void this.#read(attempt, connection);
    }, (error) => {
      if (this.#current !== attempt) return;
      this.#current = undefined;
      this.#report({ kind: "connectFailed", reason: textOf(error) });
    });
  }

  send(bytes: Uint8Array): void {
    // Where the connection broke, the reader gets the same error.
    this.#current?.connection?.write(bytes).catch(() => {});
  }

  /** Nothing is reported of this connection any more. */
  close(): void {
    const current = this.#current;
    this.#current = undefined;
    current?.abort.abort();
    current?.connection?.close();
  }

  async #read(attempt: Attempt, connection: Connection): Promise<void> {
    const buffer = new Uint8Array(readBytes);
    let reason = "the cache closed the connection";
    try {
      for (;;) {
        const count = await connection.read(buffer);
        if (this.#current !== attempt) return;
        if (count === null) break;
        this.#report({ kind: "octets", bytes: buffer.subarray(0, count) });
        if (this.#current !== attempt) return;
      }
    } catch (error) {
      reason = textOf(error);
    }
    if (this.#current === attempt) this.#report({ kind: "closed", reason });
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
