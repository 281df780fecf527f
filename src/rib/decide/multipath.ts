/**
 * Routes as good as the best one, for people and programs that want to know: nothing is forwarded here. Prefix by prefix,
 * and only where there are several; nothing at all while nobody asks.
 */

import type { AttributeTable } from "../table/attribute_table.ts";
import { AttributePlaces } from "../attributes/attribute_offsets.ts";
import type { Decision, EqualRoutes } from "./decision.ts";

export interface MultipathChoice {
  /** How many routes at the most, the best among them; below 2: none are marked. */
  readonly limit: number;
  /** Paths of equal length are equal, whatever ASes they are through. */
  readonly relax: boolean;
}

/** Peer and path identifier of each route; -1 is no identifier. */
export type EqualRows = readonly { readonly peerId: number; readonly pathId: number }[];

export class Multipath {
  /** By prefix slot, in the order of the decision. */
  readonly #rows = new Map<number, EqualRows>();
  /** Slots that the database has not as they are. */
  readonly #dirty = new Set<number>();

  /** Takes over what a decision found. */
  decided(slot: number, decision: Decision, winner: number): void {
    const equals = winner === -1 ? [] : decision.equals(winner);
    const before = this.#rows.get(slot);
    if (equals.length === 0 && before === undefined) return;
    const rows = equals.map((candidate) => {
      const routes = decision.routes(candidate);
      return { peerId: routes.source.peerId, pathId: routes.pathIdOf(decision.row(candidate)) };
    });
    if (before !== undefined && isSame(before, rows)) return;
    if (rows.length === 0) this.#rows.delete(slot);
    else this.#rows.set(slot, rows);
    this.#dirty.add(slot);
  }

  of(slot: number): EqualRows {
    return this.#rows.get(slot) ?? [];
  }

  get hasDirty(): boolean {
    return this.#dirty.size > 0;
  }

  get dirtyCount(): number {
    return this.#dirty.size;
  }

  /** Slots that the database has not as they are; each is to be cleaned when it was told. */
  dirty(): Iterable<number> {
    return this.#dirty;
  }

  clean(slot: number): void {
    this.#dirty.delete(slot);
  }

  /** The database is empty. */
  markAllDirty(): void {
    for (const slot of this.#rows.keys()) this.#dirty.add(slot);
  }
}

export function equalRoutes({ limit, relax }: MultipathChoice, sets: AttributeTable): EqualRoutes | undefined {
  if (limit < 2) return undefined;
  return { limit, isEqual: relax ? () => true : (one, other) => one === other || isSamePath(one, other, sets) };
}

const onePlaces = new AttributePlaces();
const otherPlaces = new AttributePlaces();

/** Through the same ASes. */
function isSamePath(one: number, other: number, sets: AttributeTable): boolean {
  const [a, b] = [sets.wire(one), sets.wire(other)];
  onePlaces.find(a, 0, a.length);
  otherPlaces.find(b, 0, b.length);
  const length = onePlaces.pathEnd - onePlaces.path;
  if (otherPlaces.pathEnd - otherPlaces.path !== length) return false;
  for (let i = 0; i < length; i++) if (a[onePlaces.path + i] !== b[otherPlaces.path + i]) return false;
  return true;
}

function isSame(one: EqualRows, other: EqualRows): boolean {
  return one.length === other.length &&
    one.every(({ peerId, pathId }, i) => peerId === other[i]!.peerId && pathId === other[i]!.pathId);
}
