/**
 * Questions about Adj-RIB-Out, answered from the update groups as they stand: what was written to a session, and, where that is
 * asked for, what waits and what cannot be written. Whoever asks changes nothing: rows that no peer has asked for yet are worked
 * out for the answer and forgotten.
 */

import type { Millis } from "../../session/mod.ts";
import type { FamilyId, Prefix } from "../../types/mod.ts";
import type { AdjRibOut } from "./adj_rib_out.ts";
import { pageBits, pageMask } from "../in/adj_rib_in.ts";
import type { PeerOut } from "./peer_out.ts";
import { coveringSlots, findSlot, wordsOf } from "../table/prefix_lookup.ts";
import { coming, tooLongText, UntakenRows, waitingText, waitsFor, whyInstead, whyWithheld } from "./withheld.ts";

export interface AdvertisedQuestion {
  readonly which:
    | { readonly kind: "all" }
    | { readonly kind: "exact"; readonly prefix: Prefix }
    /** The prefixes that hold the address, the longest first. */
    | { readonly kind: "covering"; readonly address: Uint8Array };
  /**
   * `written`: what the peer was told. `unwritten`: what waits and what the session cannot carry, too, and of a prefix or an
   * address that is asked for whatever keeps a route from the peer.
   */
  readonly states: "written" | "unwritten";
}

/** A route of Adj-RIB-Out. One may stand there twice: as it was written, and as it will be. */
export interface AdvertisedRoute {
  readonly family: FamilyId;
  readonly prefix: Prefix;
  /** -1: none. */
  readonly pathId: number;
  /** `advertised`: written to the session. */
  readonly state: "advertised" | "waiting" | "withheld";
  /** Why it waits or is withheld; of one that is advertised, why it is and the best route is not. */
  readonly reason: string | undefined;
  /** A copy of the canonical attribute set; `undefined`: it is a withdraw that waits, or no set was made. */
  readonly wire: Uint8Array | undefined;
}

/** `undefined` for each look in vain. Who asks takes his time: the answer ends with the session. */
export function* findAdvertised(
  out: AdjRibOut,
  { which, states }: AdvertisedQuestion,
  monotonic: () => Millis,
): Generator<AdvertisedRoute | undefined, void, undefined> {
  for (const peerOut of out.families) {
    const look = new Look(peerOut, states === "unwritten", which.kind !== "all", monotonic);
    for (const row of which.kind === "all" ? allRows(peerOut, states === "written") : rowsAt(peerOut, which)) {
      if (row === -1) yield undefined;
      else yield* look.at(row);
      if (out.isClosed) return;
    }
  }
}

/** -1 for a page of which nothing was written, where that is enough. The peer may be in another group after each pause. */
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
  const { prefixes } = group.rib;
  const octets = which.kind === "exact" ? which.prefix.octets : which.address;
  if (octets.length !== 4 * prefixes.wordsPerPrefix) return;
  const words = wordsOf(octets);
  const slots = which.kind === "covering"
    ? coveringSlots(prefixes, words)
    : [findSlot(prefixes, words, which.prefix.length)].filter((slot) => slot !== -1);
  for (const slot of slots) for (let row = group.rows.first(slot); row !== -1; row = group.rows.next(row)) yield row;
}

/** One family of a peer, looked at row by row. */
class Look {
  readonly #peerOut: PeerOut;
  readonly #unwritten: boolean;
  readonly #everyReason: boolean;
  readonly #monotonic: () => Millis;
  readonly #untaken: UntakenRows;

  constructor(peerOut: PeerOut, unwritten: boolean, everyReason: boolean, monotonic: () => Millis) {
    this.#peerOut = peerOut;
    this.#unwritten = unwritten;
    this.#everyReason = everyReason;
    this.#monotonic = monotonic;
    this.#untaken = new UntakenRows(peerOut);
  }

  /** What there is to say of the row; a look in vain where that is nothing. */
  at(row: number): (AdvertisedRoute | undefined)[] {
    const peerOut = this.#peerOut;
    const { group } = peerOut;
    const value = peerOut.current(row);
    const now = this.#monotonic();
    const isUntaken = this.#untaken.has(row);
    const waits = waitsFor(peerOut, row, isUntaken, now);
    if (waits !== undefined) {
      const pause = waits === "interval" ? `: ${Math.ceil(group.changes.pauseMs(now) / 1000)} s` : "";
      // What its group holds meanwhile has who is in step with it.
      const held = isUntaken || peerOut.isToTell(row) || peerOut.hasOwn(row)
        ? undefined
        : group.heldBy(peerOut.peerId, row);
      return this.#waiting(row, value, held, waitingText(peerOut, waits) + pause);
    }
    if (value === 0) return [this.#unwritten ? this.#withheld(row) : undefined];
    const wire = group.sets.wire(value - 1).slice();
    if (group.messages.fits(wire, row)) {
      const instead = peerOut.hasOwn(row) ? undefined : whyInstead(peerOut, row);
      return [this.#route(row, "advertised", instead, wire)];
    }
    return [this.#unwritten ? this.#route(row, "withheld", tooLongText, wire) : undefined];
  }

  /** `held`: what the peer has of the row, set slot + 1, 0: nothing; `undefined`: nobody knows. */
  #waiting(row: number, value: number, held: number | undefined, reason: string): (AdvertisedRoute | undefined)[] {
    const peerOut = this.#peerOut;
    const { group } = peerOut;
    const rows = held === undefined || held === 0
      ? []
      : [this.#route(row, "advertised", undefined, group.sets.wire(held - 1).slice())];
    if (!this.#unwritten) return rows.length === 0 ? [undefined] : rows;
    const wire = value !== 0 ? group.sets.wire(value - 1).slice() : coming(peerOut, row);
    // It came and went, or is nothing that is to go out.
    if (wire === undefined && (held === 0 || !group.isFilled(row))) return [this.#withheld(row)];
    return [...rows, this.#route(row, "waiting", wire === undefined ? `a withdraw: ${reason}` : reason, wire)];
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
    return { family, prefix: rib.prefixes.prefix(rows.slotOf(row)), pathId: rows.pathIdOf(row), state, reason, wire };
  }
}
