/** The connections of one peer, by the numbers that its session knows them by. */

import type { ConnectionId } from "../../session/mod.ts";
import type { Connection } from "../../transport/mod.ts";
import type { CreditPool } from "./credits.ts";
import { Link, type LinkOwner } from "./link.ts";

export class PeerLinks {
  readonly #owner: LinkOwner;
  readonly #credits: CreditPool;
  readonly #byId = new Map<ConnectionId, Link>();
  #next = 1;

  constructor(owner: LinkOwner, credits: CreditPool) {
    this.#owner = owner;
    this.#credits = credits;
  }

  get count(): number {
    return this.#byId.size;
  }

  get(id: ConnectionId): Link | undefined {
    return this.#byId.get(id);
  }

  adopt(connection: Connection): ConnectionId {
    const id = this.#next++;
    this.#byId.set(id, new Link(id, connection, this.#owner, this.#credits));
    return id;
  }

  /** What was written goes out first. */
  close(id: ConnectionId): void {
    this.#byId.get(id)?.close();
    this.#byId.delete(id);
  }

  /** Those of now, also once the session has let them go. */
  all(): Link[] {
    return [...this.#byId.values()];
  }

  /** The session hears of none of them any more. */
  abandon(): Link[] {
    const links = this.all();
    this.#byId.clear();
    return links;
  }

  /** Those of which octets wait for a busy RIB. */
  waiting(): ConnectionId[] {
    return [...this.#byId].filter(([, link]) => link.waitsForRib).map(([id]) => id);
  }
}
