/** Requests of the main thread to the store thread: each answer resolves the promise of its request. */

import type { PeerIdentity } from "../../store/mod.ts";
import type { Post, StoreAnswer, StoreQuestion, StoreToMain, ToStore } from "../thread/messages.ts";

export class StoreClient {
  readonly #toStore: Post<ToStore>;
  readonly #peerIds = new Map<number, (peerId: number) => void>();
  readonly #answers = new Map<number, (answer: StoreAnswer) => void>();
  #nextRequest = 1;

  constructor(toStore: Post<ToStore>) {
    this.#toStore = toStore;
  }

  /** Writes the identity of a peer to the database; resolves to the id of its row, which is new where the peer is. */
  identify(peer: PeerIdentity): Promise<number> {
    const request = this.#nextRequest++;
    this.#toStore({ kind: "addPeer", request, peer });
    return new Promise((resolve) => this.#peerIds.set(request, resolve));
  }

  /** Asks about the tables that people fill. */
  ask(question: StoreQuestion): Promise<StoreAnswer> {
    const request = this.#nextRequest++;
    this.#toStore({ kind: "ask", request, question });
    return new Promise((resolve) => this.#answers.set(request, resolve));
  }

  onPeerId({ request, peerId }: StoreToMain & { kind: "peerId" }): void {
    this.#peerIds.get(request)?.(peerId);
    this.#peerIds.delete(request);
  }

  onAnswer({ request, answer }: StoreToMain & { kind: "answer" }): void {
    this.#answers.get(request)?.(answer);
    this.#answers.delete(request);
  }
}
