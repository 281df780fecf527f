/**
 * Handles the tables that people fill, above all `announcements`: looks for changes several times a second, sends the
 * main thread what to announce, fills the column `error`, and answers questions.
 *
 * The table is the single source of truth. A command writes a row, as any other program may, and bgpd announces the
 * route because the row is in the table. So a restart loses no announcement.
 */

import type { NamedPeer } from "../../config/mod.ts";
import { type AnnouncementChanges, type PeerIdentity, StoreError, type StoreWriter } from "../../store/mod.ts";
import { buffersOf, packOriginations } from "../thread/origination_codec.ts";
import { readBulkBody } from "./bulk_body.ts";
import { BulkChanges } from "./bulk_changes.ts";
import type { Post, StoreAnswer, StoreQuestion, StoreToMain } from "../thread/messages.ts";

/** How often the table is checked. A check that finds no change costs microseconds. */
export const watchEveryMs = 200;

/** How long a question that writes waits for the lock of another program. */
const lockWaitMs = 5_000;

/** Routes in one message to the main thread. */
const messageRoutes = 1_000;

export interface AnnouncementPorts {
  readonly toMain: Post<StoreToMain>;
  /** Wall-clock time. */
  readonly now: () => number;
  readonly monotonic: () => number;
  /**
   * False where the database is locked or full, or was replaced. A question (`isQuestion`) that no database could
   * answer throws instead.
   */
  readonly attempt: (work: () => void, options: { readonly isQuestion: boolean }) => boolean;
  /** Calls `step` when it is worth trying again. */
  readonly retry: (step: () => void) => void;
}

/** The tables of the database that is written now. */
type Tables = Pick<StoreWriter, "announcements" | "configuredPeers">;

export class AnnouncementHandler {
  #tables: Tables;
  readonly #ports: AnnouncementPorts;
  readonly #bulk: BulkChanges;
  /** The peers that a row may name. */
  readonly #peers = new Map<number, PeerIdentity>();

  constructor(tables: Tables, ports: AnnouncementPorts) {
    this.#tables = tables;
    this.#ports = ports;
    this.#bulk = new BulkChanges(ports.monotonic);
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

  /** The database was replaced: these are the tables of the new one. */
  moveTo(tables: Tables): void {
    this.#tables = tables;
  }

  removePeer(id: number): void {
    const known = this.#peers.get(id);
    if (known === undefined) return;
    this.#peers.delete(id);
    this.#tables.announcements.removePeer(known.name);
  }

  /** Checks for changes; call it every {@link watchEveryMs}. */
  watch(): void {
    const { announcements } = this.#tables;
    const done = this.#ports.attempt(() => {
      if (announcements.changed) this.#sendChanges();
      if (announcements.hasAnswers) announcements.writeAnswers();
    }, { isQuestion: false });
    // A route whose time is over does not stay because somebody locks the database.
    if (!done && announcements.isExpiryDue) this.#send(announcements.readMemory());
  }

  /** `since`: when the question was asked first, monotonic time. */
  ask(request: number, question: StoreQuestion, since: number = this.#ports.monotonic()): void {
    const { toMain, monotonic, attempt, retry } = this.#ports;
    const answer = (answer: StoreAnswer) => toMain({ kind: "answer", request, answer });
    try {
      if (attempt(() => answer(this.#answer(question)), { isQuestion: true })) return this.watch();
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      return answer({ kind: "refused", reason: error.message, isWrong: true });
    }
    if (monotonic() - since < lockWaitMs) retry(() => this.ask(request, question, since));
    else {answer({
        kind: "refused",
        isWrong: false,
        reason: "the database cannot be written now: another program locks it, or the disk is full; try again",
      });}
  }

  #answer(question: StoreQuestion): StoreAnswer {
    switch (question.kind) {
      case "announce": {
        const id = this.#tables.announcements.add(question.text, question.author);
        // Evaluated at once, so that the answer says whether the peer exists; the next check writes the column.
        const error = this.#sendChanges().get(id) ?? null;
        return {
          kind: "announced",
          row: { ...this.#tables.announcements.table.row(id)!, error },
        };
      }
      case "withdraw":
        return { kind: "withdrawn", count: this.#tables.announcements.remove(question.what, question.author) };
      case "bulk": {
        const answer = this.#bulk.take(this.#tables.announcements, readBulkBody(question.body, question.client));
        this.#sendChanges();
        return answer;
      }
      case "states":
        return { kind: "states", counts: this.#tables.announcements.table.states(question.first, question.last) };
      case "withdrawSource":
        return {
          kind: "withdrawn",
          count: this.#tables.announcements.removeSource(question.source, question.author),
        };
      case "withdrawRow":
        return {
          kind: "withdrawn",
          count: this.#tables.announcements.removeRow(question.id, question.author) ? 1 : 0,
        };
      case "keepPeer":
        this.#tables.configuredPeers.put(question.peer, this.#ports.now());
        return { kind: "kept" };
      case "forgetPeer":
        this.#tables.configuredPeers.remove(question.name);
        return { kind: "kept" };
      case "list":
        return { kind: "rows", rows: this.#tables.announcements.table.page(question.after, question.limit) };
      case "rowsFor":
        return { kind: "rows", rows: this.#tables.announcements.rowsFor(question.prefix) };
    }
  }

  /** Sends the main thread what changed. Returns the errors of the rows, by id. */
  #sendChanges(): ReadonlyMap<number, string | null> {
    this.#send(this.#tables.announcements.read());
    return this.#tables.announcements.errors;
  }

  #send({ announced, withdrawn }: AnnouncementChanges): void {
    for (let at = 0; at < announced.length; at += messageRoutes) {
      const packed = packOriginations(announced.slice(at, at + messageRoutes));
      this.#post({ announced: packed, withdrawn: [] }, buffersOf(packed));
    }
    if (withdrawn.length > 0) this.#post({ announced: undefined, withdrawn });
  }

  #post(changes: (StoreToMain & { kind: "announcements" })["changes"], transfer?: Transferable[]): void {
    this.#ports.toMain({ kind: "announcements", changes }, transfer);
  }
}

function namedPeer({ name, remoteIp, description }: PeerIdentity): NamedPeer {
  return { name, remoteIp, description };
}
