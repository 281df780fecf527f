/**
 * Multipath routes: those that tie with the best route. bgpd marks them for people and programs; it forwards nothing.
 * They are kept by prefix, only where there are several, and only once somebody configured `multipath`.
 */

import type { PrefixSlot, SetSlot } from "../../types/mod.ts";
import type { AttributeTable } from "../table/attribute_table.ts";
import { AttributeOffsets } from "../attributes/attribute_offsets.ts";
import type { Decision, MultipathRule } from "./decision.ts";

export interface MultipathChoice {
  /** How many routes at most, the best route included; below 2: none is marked. */
  readonly limit: number;
  /** Paths of equal length tie, whatever ASes they go through. */
  readonly relax: boolean;
}

/** Peer and path identifier (-1: none) of each multipath route of a prefix. */
export type MultipathRoutes = readonly { readonly peerId: number; readonly pathId: number }[];

export class Multipath {
  /** By prefix slot, best first. */
  readonly #routes = new Map<PrefixSlot, MultipathRoutes>();
  /** Slots whose multipath routes are not written yet. */
  readonly #dirty = new Set<PrefixSlot>();

  /** Takes the multipath routes of a decision. */
  decided(slot: PrefixSlot, decision: Decision, winner: number): void {
    const candidates = winner === -1 ? [] : decision.multipathOf(winner);
    const before = this.#routes.get(slot);
    if (candidates.length === 0 && before === undefined) return;
    const found = candidates.map((candidate) => {
      const routes = decision.routes(candidate);
      return { peerId: routes.source.peerId, pathId: routes.pathIdOf(decision.row(candidate)) };
    });
    if (before !== undefined && isSame(before, found)) return;
    if (found.length === 0) this.#routes.delete(slot);
    else this.#routes.set(slot, found);
    this.#dirty.add(slot);
  }

  of(slot: PrefixSlot): MultipathRoutes {
    return this.#routes.get(slot) ?? [];
  }

  /** The prefix has multipath routes, or had some that the database still has. */
  holds(slot: PrefixSlot): boolean {
    return this.#routes.has(slot) || this.#dirty.has(slot);
  }

  get hasDirty(): boolean {
    return this.#dirty.size > 0;
  }

  get dirtyCount(): number {
    return this.#dirty.size;
  }

  /** Slots whose multipath routes are not written yet. Whoever writes one calls {@link clean}. */
  dirty(): Iterable<PrefixSlot> {
    return this.#dirty;
  }

  clean(slot: PrefixSlot): void {
    this.#dirty.delete(slot);
  }

  /** The database is empty. */
  markAllDirty(): void {
    for (const slot of this.#routes.keys()) this.#dirty.add(slot);
  }
}

/** `undefined`: no route is marked. */
export function multipathRule({ limit, relax }: MultipathChoice, sets: AttributeTable): MultipathRule | undefined {
  if (limit < 2) return undefined;
  return { limit, isSamePath: relax ? () => true : (one, other) => one === other || haveSamePath(one, other, sets) };
}

const oneOffsets = new AttributeOffsets();
const otherOffsets = new AttributeOffsets();

/** Both paths go through the same ASes. */
function haveSamePath(one: SetSlot, other: SetSlot, sets: AttributeTable): boolean {
  const [a, b] = [sets.wire(one), sets.wire(other)];
  oneOffsets.find(a, 0, a.length);
  otherOffsets.find(b, 0, b.length);
  const length = oneOffsets.asPathEnd - oneOffsets.asPath;
  if (otherOffsets.asPathEnd - otherOffsets.asPath !== length) return false;
  for (let i = 0; i < length; i++) if (a[oneOffsets.asPath + i] !== b[otherOffsets.asPath + i]) return false;
  return true;
}

function isSame(one: MultipathRoutes, other: MultipathRoutes): boolean {
  return one.length === other.length &&
    one.every(({ peerId, pathId }, i) => peerId === other[i]!.peerId && pathId === other[i]!.pathId);
}
