/**
 * Questions about routes, answered from the tables as they stand: what programs ask that want the way to an address, many
 * times a second. A longest match is a few probes of the index of prefixes, one for each length that is in use.
 */

import type { FamilyId, Prefix } from "../types/mod.ts";
import type { AdjRibIn } from "./adj_rib_in.ts";
import { decisionStepNames } from "./decision.ts";
import type { FamilyRib } from "./family_rib.ts";
import type { PeerFamily } from "./peer_family.ts";
import type { PrefixTable } from "./prefix_table.ts";
import type { RibTables } from "./report.ts";
import { wordAt } from "./words.ts";

export type RouteQuestion =
  /** All routes of the longest prefix that holds the address and has any. */
  | { readonly kind: "longest"; readonly family: FamilyId; readonly address: Uint8Array }
  | { readonly kind: "exact"; readonly family: FamilyId; readonly prefix: Prefix }
  /** Those of the prefix and of all prefixes inside it, `limit` routes at the most. */
  | { readonly kind: "within"; readonly family: FamilyId; readonly prefix: Prefix; readonly limit: number };

/** A route as the view `rib` has it, with the peer as a number and the attributes as octets. */
export interface FoundRoute {
  readonly peerId: number;
  readonly family: FamilyId;
  readonly prefix: Prefix;
  /** -1: none. */
  readonly pathId: number;
  /** A copy of the canonical attribute set, after import policy. */
  readonly wire: Uint8Array;
  readonly best: boolean;
  /** Of the best route: the step that decided. */
  readonly bestReason: string | null;
  /** Of an earlier session or run, and not announced again yet. */
  readonly stale: boolean;
  /** Why it is no candidate. */
  readonly ineligible: string | null;
  readonly multipath: boolean;
  readonly receivedAt: number;
}

/** The routes, of a prefix the best one first; `undefined` for each look in vain, so that one who counts can pause. */
export function* findRoutes(
  question: RouteQuestion,
  tables: () => RibTables,
): Generator<FoundRoute | undefined, void, undefined> {
  const rib = tables().ribs.find(({ family }) => family === question.family);
  if (rib === undefined) return;
  const octets = question.kind === "longest" ? question.address : question.prefix.octets;
  if (octets.length !== 4 * rib.prefixes.wordsPerPrefix) return;
  const words = wordsOf(octets);
  switch (question.kind) {
    case "longest":
      return yield* longestMatch(rib, words, octets.length * 8, tables());
    case "exact":
      return yield* routesAt(rib, find(rib.prefixes, words, question.prefix.length), tables());
    case "within": {
      const { prefix: { length }, limit } = question;
      let found = 0;
      for (let slot = 0; slot < rib.prefixes.count; slot++) {
        const rows = isWithin(rib.prefixes, slot, words, length) ? routesAt(rib, slot, tables()) : [];
        if (rows.length === 0) yield undefined;
        for (const row of rows) {
          if (found++ === limit) return;
          yield row;
        }
      }
      return;
    }
    default:
      question satisfies never;
  }
}

function longestMatch(rib: FamilyRib, words: Words, bits: number, tables: RibTables): FoundRoute[] {
  const { lengthsInUse } = rib.prefixes;
  for (let length = bits; length >= 0; length--) {
    if (lengthsInUse[length] === 0) continue;
    // A prefix keeps its slot when its last route has gone.
    const rows = routesAt(rib, find(rib.prefixes, words, length), tables);
    if (rows.length > 0) return rows;
  }
  return [];
}

/** All routes of a prefix; none of slot -1. */
function routesAt(rib: FamilyRib, slot: number, tables: RibTables): FoundRoute[] {
  if (slot === -1) return [];
  const found: FoundRoute[] = [];
  for (const peerFamily of tables.peerFamilies) {
    if (peerFamily.rib !== rib) continue;
    const { routes, earlierRun } = peerFamily;
    if (routes !== undefined) addRows(found, routes, slot, peerFamily, tables);
    if (earlierRun !== undefined) addRows(found, earlierRun, slot, peerFamily, tables);
  }
  return found.length < 2 ? found : found.sort((a, b) => Number(b.best) - Number(a.best));
}

function addRows(
  found: FoundRoute[],
  routes: AdjRibIn,
  slot: number,
  { peerId, family, rib, earlierRun, hasRetained }: PeerFamily,
  { sets, reasons }: RibTables,
): void {
  const isOfThisRun = routes !== earlierRun;
  for (let row = routes.first(slot); row !== -1; row = routes.next(row)) {
    const pathId = routes.pathIdOf(row);
    const best = isOfThisRun && rib.best.peerOf(slot) === peerId && rib.best.pathIdOf(slot) === pathId;
    const equals = isOfThisRun ? rib.multipath?.of(slot) ?? [] : [];
    found.push({
      peerId,
      family,
      prefix: rib.prefixes.prefix(slot),
      pathId,
      wire: sets.wire(routes.setOf(row)).slice(),
      best,
      bestReason: best ? decisionStepNames[rib.best.stepOf(slot)] ?? null : null,
      stale: !isOfThisRun || (hasRetained && routes.isMarked(row)),
      ineligible: reasons.text(routes.ineligibleOf(row)),
      multipath: equals.some((each) => each.peerId === peerId && each.pathId === pathId),
      receivedAt: routes.receivedAtOf(row),
    });
  }
}

type Words = readonly [w0: number, w1: number, w2: number, w3: number];

function wordsOf(octets: Uint8Array): Words {
  return [wordAt(octets, 0), wordAt(octets, 1), wordAt(octets, 2), wordAt(octets, 3)];
}

/** The slot of the first `length` bits of an address, or -1. */
function find(prefixes: PrefixTable, [w0, w1, w2, w3]: Words, length: number): number {
  return prefixes.find(
    w0 & maskOf(length),
    w1 & maskOf(length - 32),
    w2 & maskOf(length - 64),
    w3 & maskOf(length - 96),
    length,
  );
}

function isWithin(prefixes: PrefixTable, slot: number, outer: Words, length: number): boolean {
  if (prefixes.lengths[slot]! < length) return false;
  const { words, wordsPerPrefix } = prefixes;
  for (let i = 0; i < wordsPerPrefix && 32 * i < length; i++) {
    if (((words[slot * wordsPerPrefix + i]! ^ outer[i]!) & maskOf(length - 32 * i)) !== 0) return false;
  }
  return true;
}

/** The first `bits` bits of a word. */
function maskOf(bits: number): number {
  if (bits >= 32) return -1;
  return bits <= 0 ? 0 : -1 << (32 - bits);
}
