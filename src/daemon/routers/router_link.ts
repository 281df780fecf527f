/** One connection of a router: its octets go to the RIB unread, a few buffers at a time. */

import type { RouterSettings } from "../../config/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import type { Post, ToRib } from "../thread/messages.ts";

/** While the RIB reads one buffer, the next one fills. Small ones let messages of our own peers in between. */
const bufferCount = 2;
const bufferBytes = 32_768;

export interface RouterLinkServices {
  readonly toRib: Post<ToRib>;
  /** The connection is closed, whoever closed it. */
  readonly closed: (link: RouterLink, reason: string) => void;
}

export class RouterLink {
  readonly number: number;
  readonly settings: RouterSettings;
  readonly address: string;
  /** The name of the router, once it has said who it is. */
  name: string | undefined;
  octets = 0;
  readonly #connection: Connection;
  readonly #services: RouterLinkServices;
  readonly #free: Uint8Array<ArrayBuffer>[];
  #wanted: (() => void) | undefined;
  #isClosed = false;

  constructor(number: number, connection: Connection, settings: RouterSettings, services: RouterLinkServices) {
    this.number = number;
    this.settings = settings;
    this.address = connection.remoteAddress;
    this.#connection = connection;
    this.#services = services;
    this.#free = Array.from({ length: bufferCount }, () => new Uint8Array(bufferBytes));
    const terms = { address: this.address, name: settings.name, staleMs: 1000 * settings.staleSeconds };
    services.toRib({ kind: "routerOpened", connection: number, terms });
    void this.#read();
  }

  /** The RIB has read a buffer. */
  credit(buffer: Uint8Array<ArrayBuffer>): void {
    this.#free.push(buffer);
    this.#wanted?.();
  }

  /** `keep`: the routes of the router stay for a while, because it may come back. */
  close(reason: string, keep: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
    this.#wanted?.();
    this.#services.toRib({ kind: "routerClosed", connection: this.number, reason, keep });
    this.#services.closed(this, reason);
  }

  /** Until the connection is closed. Never rejects. */
  async #read(): Promise<void> {
    let reason = "the router closed the connection";
    try {
      for (;;) {
        const buffer = await this.#nextBuffer();
        if (buffer === undefined) return;
        const length = await this.#connection.read(buffer);
        if (this.#isClosed) return;
        if (length === null) break;
        this.octets += length;
        this.#services.toRib({ kind: "routerOctets", connection: this.number, buffer, length }, [buffer.buffer]);
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    this.close(reason, true);
  }

  /** `undefined`: the connection is closed. */
  async #nextBuffer(): Promise<Uint8Array<ArrayBuffer> | undefined> {
    if (this.#free.length === 0) await new Promise<void>((resolve) => this.#wanted = resolve);
    this.#wanted = undefined;
    return this.#isClosed ? undefined : this.#free.pop();
  }
}
