/**
 * One connection of a router: its octets go to the RIB unread. Each buffer needs a credit, as those of peers do, from a
 * pool that only routers share: a router that floods stops there, and TCP slows it down.
 */

import type { RouterSettings } from "../../config/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import { limits } from "../../types/mod.ts";
import type { CreditPool } from "../peer/credits.ts";
import type { Post, ToRib } from "../thread/messages.ts";

type Buffer = Uint8Array<ArrayBuffer>;

export interface RouterLinkServices {
  readonly toRib: Post<ToRib>;
  readonly credits: CreditPool;
  /** The connection is closed, whoever closed it. `keep`: the routes of the router stay for a while. */
  readonly closed: (link: RouterLink, reason: string, keep: boolean) => void;
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
  /** Small until the first octets come: anyone may connect and send nothing. */
  #buffer: Buffer = new Uint8Array(limits.copiedBytes);
  /** Buffers that wait for the RIB, or are there. */
  #unread = 0;
  #isClosed = false;

  constructor(number: number, connection: Connection, settings: RouterSettings, services: RouterLinkServices) {
    this.number = number;
    this.settings = settings;
    this.address = connection.remoteAddress;
    this.#connection = connection;
    this.#services = services;
    const terms = { address: this.address, name: settings.name, staleMs: 1000 * settings.staleSeconds };
    services.toRib({ kind: "routerOpened", connection: number, terms });
    void this.#read();
  }

  /** Octets of the router wait because the RIB is busy, and may be those that say who the router is. */
  get waitsForRib(): boolean {
    return this.#unread > 0;
  }

  /** The RIB has read a buffer. */
  answered(): void {
    this.#unread--;
  }

  /** `keep`: the routes of the router stay for a while, because it may come back. */
  close(reason: string, keep: boolean): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#connection.close();
    this.#services.toRib({ kind: "routerClosed", connection: this.number, reason, keep });
    this.#services.closed(this, reason, keep);
  }

  /** Until the connection is closed. Never rejects. */
  async #read(): Promise<void> {
    let reason = "the router closed it";
    try {
      while (!this.#isClosed) {
        const length = await this.#connection.read(this.#buffer);
        if (length === null) break;
        this.octets += length;
        await this.#handOver(length);
      }
    } catch (error) {
      reason = error instanceof Error ? error.message : String(error);
    }
    this.close(reason, true);
  }

  async #handOver(length: number): Promise<void> {
    const { credits, toRib } = this.#services;
    this.#unread++;
    await credits.spend(this.number);
    if (this.#isClosed) return credits.giveBack(this.number);
    const buffer = this.#buffer;
    this.#buffer = credits.buffer();
    toRib({ kind: "routerOctets", connection: this.number, buffer, length }, [buffer.buffer]);
  }
}
