/** How many best routes each peer has in each family. To count a full table takes a second, so the counts are kept. */

import type { TableFacts } from "../../store/mod.ts";
import type { FamilyId, Millis } from "../../types/mod.ts";
import { unhurried } from "../tables/list_parts.ts";

const keptMs = 30_000;

export class BestCounts {
  #at = -Infinity;
  #counts: Promise<ReadonlyMap<string, number>> | undefined;

  /** The counts by {@link countKey}. */
  get(facts: TableFacts, now: Millis): Promise<ReadonlyMap<string, number>> {
    if (this.#counts === undefined || Math.abs(now - this.#at) > keptMs) {
      this.#at = now;
      const counts = unhurried(summed(facts));
      this.#counts = counts;
      counts.catch(() => {
        if (this.#counts === counts) this.#counts = undefined;
      });
    }
    return this.#counts;
  }
}

export function countKey(peerId: number, family: FamilyId): string {
  return `${peerId} ${family}`;
}

function* summed(facts: TableFacts): Generator<void, ReadonlyMap<string, number>, undefined> {
  const counts = new Map<string, number>();
  for (const page of facts.bestCounts()) {
    for (const { peerId, family, count } of page) {
      const key = countKey(peerId, family);
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
    yield;
  }
  return counts;
}
