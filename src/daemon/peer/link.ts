/**
 * One TCP connection of a peer: octets in, events out.
 *
 * The reading loop copies no routes. It reads into a 64 KiB buffer, walks the headers of the messages (RFC 4271 §4.1,
 * §6.1) and transfers the buffer to the RIB, with the run of UPDATE and ROUTE-REFRESH messages in it. Only the
 * incomplete message at the end moves to the next buffer. OPEN, KEEPALIVE and NOTIFICATION become events of the session
 * here.
 *
 * Messages count in their order. A NOTIFICATION, a header error or the end of the connection counts after the RIB has
 * processed all UPDATEs before it: an UPDATE that resets the session is answered with its own error.
 */

import { limits } from "../../types/mod.ts";
import {
  decodeNotification,
  decodeOpen,
  encodeNotification,
  frameAt,
  MessageType,
  messageType,
  type Notification,
} from "../../message/mod.ts";
import type { ConnectionId, SessionEvent } from "../../session/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import type { CreditPool } from "./credits.ts";

/** What a link needs of its peer. */
export interface LinkOwner {
  /** The id of the peer. */
  readonly id: number;
  dispatch(event: SessionEvent): void;
  /** The number of the Established session on this connection; `undefined`: there is none. */
  epochOf(connection: ConnectionId): number | undefined;
  /** UPDATE and ROUTE-REFRESH messages arrived, at octets [start, end) of a buffer that the link gives away. */
  routes(epoch: number, buffer: Uint8Array<ArrayBuffer>, start: number, end: number): void;
  /** Counts messages of one type. */
  countReceived(type: number, messages: number): void;
}

export class Link {
  readonly id: ConnectionId;
  readonly connection: Connection;
  /** 4096, or 65535 once extended messages are negotiated (RFC 8654). */
  maxMessageBytes: number = limits.messageBytes;
  readonly #owner: LinkOwner;
  readonly #credits: CreditPool;
  /** Small until there is a session: anyone may connect and send nothing. */
  #buffer: Uint8Array<ArrayBuffer> = new Uint8Array(limits.copiedBytes);
  #filled = 0;
  #closed = false;
  /** How many waits for the RIB go on: for a credit, or for its answer. */
  #waits = 0;
  #queuedBytes = 0;

  constructor(id: ConnectionId, connection: Connection, owner: LinkOwner, credits: CreditPool) {
    this.id = id;
    this.connection = connection;
    this.#owner = owner;
    this.#credits = credits;
  }

  /** True while octets of the peer wait here because the RIB is busy: the peer is alive, though its HoldTimer runs. */
  get waitsForRib(): boolean {
    return this.#waits > 0;
  }

  /** Reads until the connection ends. Never rejects. */
  async run(): Promise<void> {
    let reason = "connection closed by the peer";
    try {
      while (!this.#closed) {
        this.#widen();
        const count = await this.connection.read(this.#buffer.subarray(this.#filled));
        if (count === null) break;
        this.#filled += count;
        await this.#consume();
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    await this.#lost(reason);
  }

  /** Queues octets. The event `sent` follows when the kernel has them, `closed` where it fails. Never rejects. */
  write(bytes: Uint8Array): Promise<void> {
    this.#queuedBytes += bytes.length;
    return this.connection.write(bytes).then(() => {
      this.#queuedBytes -= bytes.length;
      if (!this.#closed) {
        this.#owner.dispatch({ kind: "sent", connection: this.id, drained: this.#queuedBytes === 0 });
      }
    }, (error) => {
      return this.#lost(error instanceof Error ? error.message : String(error));
    });
  }

  async #lost(reason: string): Promise<void> {
    await this.#answered();
    if (!this.#closed) this.#owner.dispatch({ kind: "closed", connection: this.id, reason });
  }

  /** Resolves when the RIB has processed the messages so far. The peer counts as alive meanwhile. */
  async #answered(): Promise<void> {
    if (this.#closed || this.#owner.epochOf(this.id) === undefined) return;
    this.#waits++;
    await this.#credits.settled(this.#owner.id);
    this.#waits--;
  }

  /**
   * Flushes what was written, then closes. No event follows. Resolves, and never rejects, when the socket is closed.
   */
  close(): Promise<void> {
    this.#closed = true;
    this.connection.close();
    return this.connection.closed;
  }

  /** Takes a buffer of 64 KiB for a session, or for an OPEN that does not fit into the small one. */
  #widen(): void {
    if (this.#buffer.length === limits.creditBytes) return;
    if (this.#filled < this.#buffer.length && this.#owner.epochOf(this.id) === undefined) return;
    const wide = this.#credits.buffer();
    wide.set(this.#buffer.subarray(0, this.#filled));
    this.#buffer = wide;
  }

  /** Handles every complete message in the buffer and keeps the incomplete one. */
  async #consume(): Promise<void> {
    let offset = 0;
    while (!this.#closed) {
      const epoch = this.#owner.epochOf(this.id);
      if (epoch !== undefined) {
        const run = this.#routesFrom(offset);
        if (run.hasRoutes) {
          offset = await this.#handOver(epoch, offset, run.end);
          continue;
        }
        offset = run.end;
      }
      const next = frameAt(this.#buffer, offset, this.#filled, this.maxMessageBytes);
      if (next === undefined) break;
      if (epoch !== undefined) {
        await this.#answered();
        if (this.#closed) break;
      }
      if (typeof next !== "number") {
        this.#owner.dispatch({ kind: "fault", connection: this.id, notification: next });
        break;
      }
      this.#handle(this.#buffer.slice(offset, offset + next));
      offset += next;
    }
    if (offset > 0) {
      this.#buffer.copyWithin(0, offset, this.#filled);
      this.#filled -= offset;
    }
  }

  /** The run of messages at `offset` that an Established session does not look into. */
  #routesFrom(offset: number): { end: number; hasRoutes: boolean } {
    let keepalives = 0, updates = 0, refreshes = 0;
    for (;;) {
      const length = frameAt(this.#buffer, offset, this.#filled, this.maxMessageBytes);
      if (typeof length !== "number") break;
      const type = messageType(this.#buffer, offset);
      if (type === MessageType.update) updates++;
      else if (type === MessageType.keepalive) keepalives++;
      else if (type === MessageType.routeRefresh) refreshes++;
      else break;
      offset += length;
    }
    const hasRoutes = updates > 0 || refreshes > 0;
    if (keepalives > 0) {
      this.#owner.countReceived(MessageType.keepalive, keepalives);
      this.#owner.dispatch({ kind: "keepalive", connection: this.id });
    }
    if (hasRoutes) {
      this.#owner.countReceived(MessageType.update, updates);
      this.#owner.countReceived(MessageType.routeRefresh, refreshes);
      this.#owner.dispatch({ kind: "update", connection: this.id });
    }
    return { end: offset, hasRoutes };
  }

  /** Gives the run at [start, end) to the RIB, in its buffer or as a copy. Returns the offset of what follows. */
  async #handOver(epoch: number, start: number, end: number): Promise<number> {
    const { id } = this.#owner;
    if (!this.#credits.trySpend(id)) {
      this.#waits++;
      await this.#credits.spend(id);
      this.#waits--;
      if (this.#closed) {
        this.#credits.giveBack(id);
        return 0;
      }
    }
    if (end - start <= limits.copiedBytes) {
      this.#owner.routes(epoch, this.#buffer.slice(start, end), 0, end - start);
      return end;
    }
    const next = this.#credits.buffer();
    next.set(this.#buffer.subarray(end, this.#filled));
    const full = this.#buffer;
    this.#buffer = next;
    this.#filled -= end;
    this.#owner.routes(epoch, full, start, end);
    return 0;
  }

  /** A message that does not go to the RIB. */
  #handle(bytes: Uint8Array): void {
    const connection = this.id;
    const type = messageType(bytes, 0);
    this.#owner.countReceived(type, 1);
    switch (type) {
      case MessageType.open: {
        const result = decodeOpen(bytes);
        if (result.kind === "open") this.#owner.dispatch({ kind: "open", connection, open: result.open });
        else this.#owner.dispatch({ kind: "fault", connection, notification: result.notification });
        return;
      }
      case MessageType.keepalive:
        return this.#owner.dispatch({ kind: "keepalive", connection });
      case MessageType.notification:
        return this.#owner.dispatch({ kind: "notification", connection, notification: decodeNotification(bytes) });
      case MessageType.routeRefresh:
        return this.#owner.dispatch({ kind: "routeRefresh", connection });
      default:
        return this.#owner.dispatch({ kind: "update", connection });
    }
  }
}

/** Sends a NOTIFICATION and closes the connection. */
export function refuse(connection: Connection, notification: Notification): void {
  connection.write(encodeNotification(notification)).catch(() => {});
  connection.close();
}
