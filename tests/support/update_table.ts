/** A table that UPDATEs make: the routes of one direction of a session, as text. */

import assert from "node:assert/strict";
import { encodeNlriValue, type UpdateContext, withNlriValue } from "../../src/message/mod.ts";
import { type NlriView, viewUpdate } from "./update_view.ts";

export class UpdateTable {
  /** `family destination path` → canonical set, with the value of the NLRI. */
  readonly routes = new Map<string, string>();
  /** How often the End-of-RIB of each family came. */
  readonly ends = new Map<string, number>();

  apply(update: Uint8Array, context: UpdateContext): void {
    const view = viewUpdate(update, context);
    assert.deepEqual([view.verdict, view.faults.map(({ text }) => text)], ["accept", []]);
    for (const nlri of view.withdrawn) this.routes.delete(keyOf(nlri));
    for (const { announced, wire } of view.parts) {
      for (const nlri of announced) {
        const { value, prefix } = nlri;
        // A view does not have this mark of the value.
        const mark = prefix.startsWith("mac-ip ") ? { isMac: true } as const : {};
        const set = value === undefined ? wire : withNlriValue(wire, encodeNlriValue({ ...value, ...mark }));
        this.routes.set(keyOf(nlri), set.join("."));
      }
    }
    const end = view.endOfRib;
    if (end !== undefined) this.ends.set(end, (this.ends.get(end) ?? 0) + 1);
  }

  /** Sorted. */
  get lines(): string[] {
    return [...this.routes].map(([route, set]) => `${route} ${set}`).sort();
  }
}

function keyOf({ family, prefix, pathId }: NlriView): string {
  return `${family} ${prefix} ${pathId}`;
}
