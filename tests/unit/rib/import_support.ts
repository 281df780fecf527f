/** Worlds with policies: a RIB, a model database behind it, and what a route looks like in both. */

import assert from "node:assert/strict";
import { parseConfig } from "../../../src/config/mod.ts";
import { decodeAttributeSet } from "../../../src/message/mod.ts";
import type { PolicyTable } from "../../../src/policy/mod.ts";
import { clearStoreBatch, createStoreBatch, type RibOptions } from "../../../src/rib/mod.ts";
import { formatPrefix } from "../../../src/types/mod.ts";
import { ModelStore, RibRig } from "./support.ts";

/** The tables of a configuration that are about policies. */
export function policyTable(text: string): PolicyTable {
  const result = parseConfig(`router_id = "1.1.1.1"\ndefault_as = 65000\n${text}`);
  assert(result.kind === "config", result.kind === "errors" ? result.errors.map(({ message }) => message).join() : "");
  return result.config.policies;
}

/** A RIB that writes to a model of the database. */
export class StoringRig extends RibRig {
  readonly store = new ModelStore();
  readonly #batch;

  constructor(options: Partial<RibOptions> = {}, batchRows = 20_000) {
    super(options);
    this.#batch = createStoreBatch(batchRows);
  }

  /** Decides all, and writes all to the database. Gives how many rows that took. */
  settle(): number {
    while (this.rib.decide(1000));
    this.facts.push(...this.rib.takeFacts());
    return this.write();
  }

  write(): number {
    const before = this.store.rowsWritten;
    clearStoreBatch(this.#batch);
    while (this.rib.fillStore(this.#batch)) {
      this.store.apply(this.#batch);
      clearStoreBatch(this.#batch);
    }
    return this.store.rowsWritten - before;
  }

  /** Routes as text: `peer prefix local_pref communities reason *`; `<` marks the values as received. */
  routes(): string[] {
    return [...this.rib.dump()].map((row) => {
      const set = decodeAttributeSet(row.wire);
      const { localPref: received } = decodeAttributeSet(row.received);
      return [
        row.peerId,
        formatPrefix(row.prefix!),
        `${set.localPref ?? "-"}${received === set.localPref ? "" : `<${received ?? "-"}`}`,
        row.ineligible === 0 ? "" : this.store.words.get(row.ineligible) ?? row.ineligible,
        row.best ? "*" : "",
      ].filter((word) => word !== "").join(" ");
    }).sort();
  }

  /** What the database says is what memory says. */
  check(): void {
    assert.deepEqual(this.store.memory(), this.memory());
  }
}
