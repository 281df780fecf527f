/**
 * Members of networks that have connected and not sent an acceptable OPEN yet. Anyone inside a network can open many
 * such connections. So they have a pool of their own and take no place of a member with a session; where the pool is
 * full, the oldest connection is closed.
 */

import type { Peer } from "./peer.ts";

/** How many there may be, by default. */
export const usualHalfOpen = 256;

export class HalfOpenMembers {
  readonly #most: number;
  /** In the order in which they connected last. */
  readonly #members = new Set<Peer>();
  readonly #makeRoom: (oldest: Peer) => void;

  /** `makeRoom` closes the connection of a member. */
  constructor(most: number, makeRoom: (oldest: Peer) => void) {
    this.#most = most;
    this.#makeRoom = makeRoom;
  }

  /** The member has connected and has no session. */
  add(member: Peer): void {
    this.#members.delete(member);
    this.#members.add(member);
    const [oldest] = this.#members;
    if (oldest === undefined || this.#members.size <= this.#most) return;
    this.#members.delete(oldest);
    this.#makeRoom(oldest);
  }

  /** The OPEN of the member was accepted, or the member is gone. */
  delete(member: Peer): void {
    this.#members.delete(member);
  }
}
