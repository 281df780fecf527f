/**
 * Members of networks that have connected and not said yet who they are. Anyone inside a network can have many of
 * them for nothing, so there is a pool of its own: it takes no place of a member with a session, and where it is full
 * the oldest makes room.
 */

import type { Peer } from "./peer.ts";

/** Where nobody says otherwise. */
export const usualHalfOpen = 256;

export class HalfOpenMembers {
  readonly #most: number;
  /** In the order in which they connected last. */
  readonly #members = new Set<Peer>();
  readonly #makeRoom: (oldest: Peer) => void;

  /** `makeRoom` ends the connection of a member, and forgets one that nobody knows. */
  constructor(most: number, makeRoom: (oldest: Peer) => void) {
    this.#most = most;
    this.#makeRoom = makeRoom;
  }

  /** It has connected, and has no session. */
  add(member: Peer): void {
    this.#members.delete(member);
    this.#members.add(member);
    if (this.#members.size <= this.#most) return;
    const [oldest] = this.#members;
    this.#members.delete(oldest!);
    this.#makeRoom(oldest!);
  }

  /** It has said who it is, or is gone. */
  delete(member: Peer): void {
    this.#members.delete(member);
  }
}
