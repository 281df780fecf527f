/**
 * Questions about Adj-RIB-Out, answered from the update groups as they stand. Whoever asks changes nothing: rows that no peer
 * has asked for yet are worked out for the answer and forgotten.
 */

import type { FamilyId, Prefix } from "../types/mod.ts";
import type { AdjRibOut } from "./adj_rib_out.ts";
import { pageBits, pageMask } from "./adj_rib_in.ts";
import type { PeerOut } from "./peer_out.ts";
import { coveringSlots, findSlot, wordsOf } from "./prefix_lookup.ts";

export type AdvertisedQuestion =
  | { readonly kind: "all" }
  | { readonly kind: "exact"; readonly prefix: Prefix }
  /** The prefixes that hold the address, the longest first. */
  | { readonly kind: "covering"; readonly address: Uint8Array };

/** A route as it stands in Adj-RIB-Out. */
export interface AdvertisedRoute {
  readonly family: FamilyId;
  readonly prefix: Prefix;
  /** -1: none. */
  readonly pathId: number;
  /** A copy of the canonical attribute set. */
  readonly wire: Uint8Array;
}

type Look = AdvertisedRoute | undefined;

/** `undefined` for each look in vain. Who asks takes his time: the answer ends with the session. */
export function* findAdvertised(out: AdjRibOut, question: AdvertisedQuestion): Generator<Look, void, undefined> {
  for (const peerOut of out.families) {
    if (question.kind === "all") yield* allOf(out, peerOut);
    else yield* routesAt(peerOut, slotsOf(peerOut, question));
    if (out.isClosed) return;
  }
}

function* allOf(out: AdjRibOut, peerOut: PeerOut): Generator<Look, void, undefined> {
  // The peer may be in another group after each pause.
  for (let row = 0; !out.isClosed && row < peerOut.group.rows.count; row++) {
    if ((row & pageMask) === 0 && peerOut.isEmptyPage(row >>> pageBits)) {
      row |= pageMask;
      yield undefined;
    } else yield routeOf(peerOut, row);
  }
}

function slotsOf({ group }: PeerOut, question: Exclude<AdvertisedQuestion, { kind: "all" }>): Iterable<number> {
  const { prefixes } = group.rib;
  const octets = question.kind === "exact" ? question.prefix.octets : question.address;
  if (octets.length !== 4 * prefixes.wordsPerPrefix) return [];
  const words = wordsOf(octets);
  if (question.kind === "covering") return coveringSlots(prefixes, words);
  const slot = findSlot(prefixes, words, question.prefix.length);
  return slot === -1 ? [] : [slot];
}

function* routesAt(peerOut: PeerOut, slots: Iterable<number>): Generator<Look, void, undefined> {
  for (const slot of slots) {
    const { rows } = peerOut.group;
    for (let row = rows.first(slot); row !== -1; row = rows.next(row)) yield routeOf(peerOut, row);
  }
}

function routeOf(peerOut: PeerOut, row: number): Look {
  const { group } = peerOut;
  const wire = peerOut.wireOf(row);
  if (wire === undefined) return undefined;
  const prefix = group.rib.prefixes.prefix(group.rows.slotOf(row));
  return { family: group.family, prefix, pathId: group.rows.pathIdOf(row), wire };
}
