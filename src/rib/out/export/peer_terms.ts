/** What the configuration says of a peer that matters when routes from it are advertised to others. */

export interface PeerTerm {
  /** A client of this route reflector: its routes go to all internal peers (RFC 4456 §6). */
  readonly client: boolean;
  /** The groups of the peer; policies match them. */
  readonly groups: readonly string[];
}

const none: PeerTerm = { client: false, groups: [] };

export class PeerTerms {
  readonly #byId = new Map<number, PeerTerm>();

  of(peerId: number): PeerTerm {
    return this.#byId.get(peerId) ?? none;
  }

  /** True: something changed. */
  set(peerId: number, term: PeerTerm): boolean {
    const before = this.of(peerId);
    this.#byId.set(peerId, term);
    return before.client !== term.client || before.groups.join("\n") !== term.groups.join("\n");
  }

  delete(peerId: number): void {
    this.#byId.delete(peerId);
  }
}
