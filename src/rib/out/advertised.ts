/**
 * Answers questions about Adj-RIB-Out from the update groups: what was written to a session and, on request, what waits
 * and what cannot be written. A question changes nothing: rows that are not filled yet are computed for the answer
 * only.
 */

import {
  type Destination,
  equalOctets,
  type FamilyId,
  type Millis,
  type Prefix,
  type PrefixSlot,
} from "../../types/mod.ts";
import type { AdjRibOut } from "./adj_rib_out.ts";
import { pageBits, pageMask } from "../in/adj_rib_in.ts";
import type { PeerOut } from "./peer_out.ts";
import { destinationAt, type Destinations, findDestination } from "../table/destinations.ts";
import { noPrefix } from "../table/slot_ids.ts";
import { NlriTable } from "../table/nlri_table.ts";
import { coveringSlots, wordsOf } from "../table/prefix_lookup.ts";
import { tooLongText, UnreadRows, upcomingSet, waitingText, waitsFor, whyInstead, whyWithheld } from "./withheld.ts";
import { setOfValue } from "./out_column.ts";
import { withheldTexts } from "./export/withheld_reasons.ts";

export interface AdvertisedQuestion {
  readonly which:
    | { readonly kind: "all" }
    /** The destination, in every family that can have it. */
    | { readonly kind: "exact" } & Destination
    /** The prefix, in every family: also VPN routes of any RD, rules for the prefix and so on. */
    | { readonly kind: "prefix"; readonly prefix: Prefix }
    /** The prefixes that contain the address, in families of plain prefixes; the longest first. */
    | { readonly kind: "covering"; readonly address: Uint8Array };
  /**
   * `written`: routes that the peer was sent. `unwritten`: also routes that wait or that the session cannot carry; for
   * a single prefix or address also routes that rules or policies withhold from the peer. `withheld`: only the routes
   * that anything withholds from the peer or that are over a limit, except those that are from the peer itself.
   */
  readonly states: "written" | "unwritten" | "withheld";
}

/** A route of Adj-RIB-Out. A route that changes appears twice: as it was written, and as it waits. */
export type AdvertisedRoute = Destination & {
  readonly family: FamilyId;
  /** -1: none. */
  readonly pathId: number;
  /** `advertised`: written to the session. */
  readonly state: "advertised" | "waiting" | "withheld";
  /** Why the route waits or is withheld; for an advertised route, why it is advertised in place of the best route. */
  readonly reason: string | undefined;
  /** A copy of the canonical attribute set; `undefined`: a withdraw waits, or there is no exported set. */
  readonly wire: Uint8Array | undefined;
};

/** `undefined` stands for a row without an answer, so that the caller can pause. The answer ends with the session. */
export function* findAdvertised(
  out: AdjRibOut,
  { which, states }: AdvertisedQuestion,
  monotonic: () => Millis,
): Generator<AdvertisedRoute | undefined, void, undefined> {
  for (const peerOut of out.families) {
    const answers = new RowAnswers(peerOut, states !== "written", which.kind !== "all", monotonic);
    for (const row of which.kind === "all" ? allRows(peerOut, states === "written") : rowsAt(peerOut, which)) {
      if (row === -1) yield undefined;
      else if (states === "withheld") yield answers.withheld(row);
      else yield* answers.at(row);
      if (out.isClosed) return;
    }
  }
}

/** All rows; -1 for a page that is skipped because it is empty. The peer may be in another group after each pause. */
function* allRows(peerOut: PeerOut, skipsEmpty: boolean): Generator<number, void, undefined> {
  for (let row = 0; row < peerOut.group.rows.count; row++) {
    if (skipsEmpty && (row & pageMask) === 0 && peerOut.isEmptyPage(row >>> pageBits)) {
      row |= pageMask;
      yield -1;
    } else yield row;
  }
}

function* rowsAt(
  { group }: PeerOut,
  which: Exclude<AdvertisedQuestion["which"], { kind: "all" }>,
): Generator<number, void, undefined> {
  for (const slot of slotsOf(group.rib.destinations, which)) {
    if (slot === noPrefix) {
      yield -1;
      continue;
    }
    for (let row = group.rows.first(slot); row !== -1; row = group.rows.next(row)) {
      yield row;
    }
  }
}

/** The destinations that are asked for; `noPrefix` for some that are skipped. */
function slotsOf(
  table: Destinations,
  which: Exclude<AdvertisedQuestion["which"], { kind: "all" }>,
): Iterable<PrefixSlot> {
  const octets = which.kind === "covering" ? which.address : which.prefix?.octets;
  if (table instanceof NlriTable) {
    if (which.kind === "prefix") return slotsWithPrefix(table, which.prefix);
    return which.kind === "exact" && which.key !== undefined ? found(table.find(which.key)) : [];
  }
  if (octets === undefined) return [];
  if (octets.length !== 4 * table.wordsPerPrefix) return [];
  if (which.kind === "covering") return coveringSlots(table, wordsOf(octets));
  return found(findDestination(table, which));
}

function found(slot: PrefixSlot): PrefixSlot[] {
  return slot === noPrefix ? [] : [slot];
}

/** The destinations with this prefix: VPN routes of any RD, for example. `noPrefix` for each other one. */
function* slotsWithPrefix(table: NlriTable, { octets, length }: Prefix): Generator<PrefixSlot, void, undefined> {
  for (let i = 0; i < table.slots.count; i++) {
    const slot = i as PrefixSlot;
    const prefix = table.slots.isFree(slot) ? undefined : table.prefix(slot);
    yield prefix?.length === length && equalOctets(prefix.octets, octets) ? slot : noPrefix;
  }
}

/** Answers for one family of a peer, row by row. */
class RowAnswers {
  readonly #peerOut: PeerOut;
  readonly #unwritten: boolean;
  readonly #everyReason: boolean;
  readonly #monotonic: () => Millis;
  readonly #unread: UnreadRows;

  constructor(peerOut: PeerOut, unwritten: boolean, everyReason: boolean, monotonic: () => Millis) {
    this.#peerOut = peerOut;
    this.#unwritten = unwritten;
    this.#everyReason = everyReason;
    this.#monotonic = monotonic;
    this.#unread = new UnreadRows(peerOut);
  }

  /** The answers for a row; `undefined` stands for none. */
  at(row: number): (AdvertisedRoute | undefined)[] {
    const peerOut = this.#peerOut;
    const { group } = peerOut;
    const value = peerOut.current(row);
    const now = this.#monotonic();
    const isUnread = this.#unread.has(row);
    const waits = waitsFor(peerOut, row, isUnread, now);
    if (waits !== undefined) {
      const pause = waits === "interval" ? `: ${Math.ceil(group.changes.pauseMs(now) / 1000)} s` : "";
      // A peer in step with its group holds what the group's peers hold meanwhile.
      const held = isUnread || peerOut.isUnsent(row) || peerOut.hasOwn(row)
        ? undefined
        : group.heldBy(peerOut.peerId, row);
      return this.#waiting(row, value, held, waitingText(peerOut, waits) + pause);
    }
    if (value === 0) return [this.#unwritten ? this.#withheld(row) : undefined];
    const wire = group.sets.wire(setOfValue(value)).slice();
    if (group.messages.fits(wire, row)) {
      const instead = peerOut.hasOwn(row) ? undefined : whyInstead(peerOut, row);
      return [this.#route(row, "advertised", instead, wire)];
    }
    return [this.#unwritten ? this.#route(row, "withheld", tooLongText, wire) : undefined];
  }

  /** `held`: what the peer holds of the row: set slot + 1; 0: nothing; `undefined`: it is not known. */
  #waiting(row: number, value: number, held: number | undefined, reason: string): (AdvertisedRoute | undefined)[] {
    const peerOut = this.#peerOut;
    const { group } = peerOut;
    const rows = held === undefined || held === 0
      ? []
      : [this.#route(row, "advertised", undefined, group.sets.wire(setOfValue(held)).slice())];
    if (!this.#unwritten) return rows.length === 0 ? [undefined] : rows;
    const wire = value !== 0 ? group.sets.wire(setOfValue(value)).slice() : upcomingSet(peerOut, row);
    // The route came and went, or is withheld.
    if (wire === undefined && (held === 0 || !group.isFilled(row))) return [this.#withheld(row)];
    return [...rows, this.#route(row, "waiting", wire === undefined ? `a withdraw: ${reason}` : reason, wire)];
  }

  /** The route that a rule, a policy, a limit or the session keeps from the peer: what will not change by waiting. */
  withheld(row: number): AdvertisedRoute | undefined {
    const peerOut = this.#peerOut;
    const { group } = peerOut;
    const value = peerOut.current(row);
    if (waitsFor(peerOut, row, false, 0) === "limit") {
      return this.#route(row, "waiting", waitingText(peerOut, "limit"), upcomingSet(peerOut, row));
    }
    if (value !== 0) {
      const wire = group.sets.wire(setOfValue(value));
      return group.messages.fits(wire, row) ? undefined : this.#route(row, "withheld", tooLongText, wire.slice());
    }
    const withheld = whyWithheld(peerOut, row);
    if (withheld === undefined || withheld.reason.startsWith(withheldTexts.fromThisPeer)) return undefined;
    // The paths of a row that is not filled have no order yet.
    if (withheld.reason === withheldTexts.otherPaths && !group.isFilled(row)) return undefined;
    return this.#route(row, "withheld", withheld.reason, undefined);
  }

  #withheld(row: number): AdvertisedRoute | undefined {
    const withheld = whyWithheld(this.#peerOut, row);
    if (withheld === undefined || !(this.#everyReason || withheld.by === "session")) return undefined;
    return this.#route(row, "withheld", withheld.reason, undefined);
  }

  #route(
    row: number,
    state: AdvertisedRoute["state"],
    reason: string | undefined,
    wire: Uint8Array | undefined,
  ): AdvertisedRoute {
    const { family, rib, rows } = this.#peerOut.group;
    const destination = destinationAt(rib.destinations, rows.slotOf(row));
    return { ...destination, family, pathId: rows.pathIdOf(row), state, reason, wire };
  }
}
