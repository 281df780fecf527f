/** What the configuration says of peers that matters to routes from them on their way to others. */

export interface PeerTerm {
  /** A client of this reflector: its routes go to all (RFC 4456 §6). */
  readonly client: boolean;
  /** The groups it is in; policies ask for them. */
  readonly groups: readonly string[];
}

const none: PeerTerm = { client: false, groups: [] };

export class PeerTerms {
  readonly #byId = new Map<number, PeerTerm>();

  of(peerId: number): PeerTerm {
    return this.#byId.get(peerId) ?? none;
  }

  /** True where that is news. */
  set(peerId: number, term: PeerTerm): boolean {
    const before = this.of(peerId);
    this.#byId.set(peerId, term);
    return before.client !== term.client || before.groups.join("\n") !== term.groups.join("\n");
  }

  delete(peerId: number): void {
    this.#byId.delete(peerId);
  }
}
