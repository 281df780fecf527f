/**
 * The store thread's work around the tables that people fill, above all `announcements`: it looks for changes of others
 * several times a second, tells main what is to be announced, fills the column `error`, and answers questions.
 *
 * The table is the single source of truth. A command writes a row like everyone else, and the route goes out because the
 * row stands there: so nothing that was announced is forgotten at a restart.
 */

import type { NamedPeer } from "../../config/mod.ts";
import { type PeerIdentity, StoreError, type StoreWriter } from "../../store/mod.ts";
import type { Post, StoreAnswer, StoreQuestion, StoreToMain } from "../thread/messages.ts";

/** How often the table is looked at. A look that finds nothing new costs microseconds. */
export const watchEveryMs = 200;

/** A question that writes waits for somebody else's lock no longer than this. */
const patienceMs = 5_000;

/** Routes in one message to main. */
const chunk = 1_000;

export interface DeskPorts {
  readonly toMain: Post<StoreToMain>;
  /** Wall-clock time. */
  readonly now: () => number;
  readonly monotonic: () => number;
  /** False where the database is locked or full, or is another file now. `asked`: it throws what no database answers. */
  readonly attempt: (work: () => void, asked: boolean) => boolean;
  /** Calls `step` when it is worth trying again. */
  readonly retry: (step: () => void) => void;
}

/** The tables, of the file that is written now. */
type Tables = Pick<StoreWriter, "announcements" | "configuredPeers">;

export class AnnouncementDesk {
  #tables: Tables;
  readonly #ports: DeskPorts;
  /** Peers that may be named. */
  readonly #peers = new Map<number, PeerIdentity>();

  constructor(tables: Tables, ports: DeskPorts) {
    this.#tables = tables;
    this.#ports = ports;
  }

  addPeer(peer: PeerIdentity, id: number): void {
    const known = this.#peers.get(id);
    const isKnown = known?.name === peer.name && known.remoteIp === peer.remoteIp &&
      known.description === peer.description && known.takesAsSets === peer.takesAsSets;
    if (isKnown) return;
    if (known !== undefined) this.#tables.announcements.removePeer(known.name);
    this.#peers.set(id, peer);
    this.#tables.announcements.addPeer({ ...namedPeer(peer), takesAsSets: peer.takesAsSets ?? false }, id);
  }

  /** The tables stand in another file from now on. */
  follow(tables: Tables): void {
    this.#tables = tables;
  }

  removePeer(id: number): void {
    const known = this.#peers.get(id);
    if (known === undefined) return;
    this.#peers.delete(id);
    this.#tables.announcements.removePeer(known.name);
  }

  /** Looks for changes; to be called every {@link watchEveryMs}. */
  watch(): void {
    this.#ports.attempt(() => {
      if (this.#tables.announcements.changed) this.#tell();
      if (this.#tables.announcements.hasErrors) this.#tables.announcements.writeErrors();
    }, false);
  }

  ask(request: number, question: StoreQuestion, since: number = this.#ports.monotonic()): void {
    const { toMain, monotonic, attempt, retry } = this.#ports;
    const answer = (answer: StoreAnswer) => toMain({ kind: "answer", request, answer });
    try {
      if (attempt(() => answer(this.#answer(question)), true)) return this.watch();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return answer({ kind: "refused", reason: error.message });
    }
    if (monotonic() - since < patienceMs) retry(() => this.ask(request, question, since));
    else answer({ kind: "refused", reason: "the database cannot be written now: it is locked, or the disk is full" });
  }

  #answer(question: StoreQuestion): StoreAnswer {
    switch (question.kind) {
      case "announce": {
        const id = this.#tables.announcements.add(question.text, question.source);
        // Judged at once, so that the answer says whether the peer exists; the column follows with the next look.
        const error = this.#tell().get(id) ?? null;
        return {
          kind: "announced",
          row: { ...this.#tables.announcements.row(id)!, error },
        };
      }
      case "withdraw":
        return { kind: "withdrawn", count: this.#tables.announcements.remove(question.prefix, question.peer) };
      case "withdrawRow":
        return { kind: "withdrawn", count: this.#tables.announcements.removeRow(question.id) ? 1 : 0 };
      case "keepPeer":
        this.#tables.configuredPeers.put(question.peer, this.#ports.now());
        return { kind: "kept" };
      case "forgetPeer":
        this.#tables.configuredPeers.remove(question.name);
        return { kind: "kept" };
      case "list":
        return { kind: "rows", rows: this.#tables.announcements.page(question.after, question.limit) };
      case "rowsFor":
        return { kind: "rows", rows: this.#tables.announcements.rowsFor(question.prefix) };
    }
  }

  #tell(): ReadonlyMap<number, string | null> {
    const { announced, withdrawn } = this.#tables.announcements.read();
    for (let at = 0; at < announced.length; at += chunk) {
      this.#post({ announced: announced.slice(at, at + chunk), withdrawn: [] });
    }
    if (withdrawn.length > 0) this.#post({ announced: [], withdrawn });
    return this.#tables.announcements.errors;
  }

  #post(changes: (StoreToMain & { kind: "announcements" })["changes"]): void {
    this.#ports.toMain({ kind: "announcements", changes });
  }
}

function namedPeer({ name, remoteIp, description }: PeerIdentity): NamedPeer {
  return { name, remoteIp, description };
}
