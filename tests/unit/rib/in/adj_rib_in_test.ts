/** Routes before and after import policy in the two layouts of the Adj-RIB-In, beside a naive model. */

import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { hashAttributes } from "../../../../src/message/mod.ts";
import type { AdjRibIn } from "../../../../src/rib/in/adj_rib_in.ts";
import { PathsAdjRibIn } from "../../../../src/rib/in/adj_rib_in_paths.ts";
import { SingleAdjRibIn } from "../../../../src/rib/in/adj_rib_in_single.ts";
import { AttributeTable } from "../../../../src/rib/table/attribute_table.ts";
import { EndedBy, HistoryRing } from "../../../../src/rib/history/history_ring.ts";
import { v4, wire } from "../support.ts";
import type { PrefixSlot, SetSlot } from "../../../../src/types/mod.ts";

interface ModelRoute {
  received: number;
  set: number;
  ineligible: number;
  at: number;
}

/** An Adj-RIB-In and what it should say. */
class Twin {
  readonly sets = new AttributeTable();
  readonly ring = new HistoryRing(this.sets, 10_000);
  readonly routes: AdjRibIn;
  readonly model = new Map<string, ModelRoute>();
  /** As the database has them, by what was fed. */
  readonly rows = new Map<string, string>();
  readonly ended: string[] = [];
  readonly slots: SetSlot[];
  now = 1000;

  constructor(readonly addPath: boolean) {
    const source = { peerId: 1, internal: false, routerId: 1, address: Uint8Array.of(127, 0, 0, 1) };
    const history = { ring: this.ring, family: v4 };
    this.routes = addPath
      ? new PathsAdjRibIn(source, this.sets, undefined, history)
      : new SingleAdjRibIn(source, this.sets, undefined, history);
    // The test's own references keep the sets.
    this.slots = [0, 1, 2, 3].map((med) => {
      const bytes = wire({ med });
      const set = this.sets.intern(bytes, bytes.length, hashAttributes(bytes, 0, bytes.length));
      this.sets.retain(set);
      return set;
    });
  }

  key(slot: number, path: number): string {
    return `${slot} ${this.addPath ? path : -1}`;
  }

  announce(slot: number, path: number, received: number, set: number, ineligible: number): void {
    const key = this.key(slot, path);
    const pathId = this.addPath ? path : -1;
    const old = this.model.get(key);
    const same = old !== undefined && old.received === received && old.set === set && old.ineligible === ineligible;
    const at = ++this.now;
    const args = [pathId, received as SetSlot, set as SetSlot, ineligible, at] as const;
    assert.equal(this.routes.announce(slot as PrefixSlot, ...args), !same);
    if (old !== undefined && old.received !== received) {
      this.ended.push(`${key} ${old.received} ${old.at} ${at} replaced`);
    }
    this.model.set(key, { received, set, ineligible, at: old?.received === received ? old.at : at });
  }

  revise(slot: number, path: number, set: number, ineligible: number): void {
    const key = this.key(slot, path);
    const old = this.model.get(key);
    const row = this.routes.find(slot as PrefixSlot, this.addPath ? path : -1);
    assert.equal(row !== -1, old !== undefined);
    if (old === undefined) return;
    const changes = old.set !== set || old.ineligible !== ineligible;
    assert.equal(this.routes.revise(slot as PrefixSlot, row, set as SetSlot, ineligible), changes);
    this.model.set(key, { ...old, set, ineligible });
  }

  withdraw(slot: number, path: number): void {
    const key = this.key(slot, path);
    const old = this.model.get(key);
    const at = ++this.now;
    const gone = this.routes.withdraw(slot as PrefixSlot, this.addPath ? path : -1, at, EndedBy.withdrawn);
    assert.equal(gone, old !== undefined);
    if (old !== undefined) this.ended.push(`${key} ${old.received} ${old.at} ${at} withdrawn`);
    this.model.delete(key);
  }

  feed(): void {
    const { rows } = this;
    const sink = {
      full: false,
      row(slot: PrefixSlot, pathId: number, received: SetSlot, set: SetSlot, ineligible: number, at: number) {
        if (set === -1) rows.delete(`${slot} ${pathId}`);
        else rows.set(`${slot} ${pathId}`, `${received} ${set} ${ineligible} ${at}`);
      },
    };
    const { routes } = this;
    for (let slot = routes.nextDirty(0); slot !== -1; slot = routes.nextDirty(slot + 1)) routes.feed(slot, sink);
    assert.deepEqual([...rows].sort(), this.#expectedRows());
  }

  check(): void {
    const { routes, model } = this;
    assert.equal(routes.count, model.size);
    assert.equal(routes.ineligibleCount, [...model.values()].filter(({ ineligible }) => ineligible !== 0).length);
    const references = this.slots.map(() => 1);
    for (const [key, { received, set, ineligible, at }] of model) {
      const [slot, pathId] = key.split(" ").map(Number);
      const row = routes.find(slot as PrefixSlot, pathId!);
      assert.deepEqual(
        [routes.receivedOf(row), routes.setOf(row), routes.ineligibleOf(row), routes.receivedAtOf(row)],
        [received, set, ineligible, at],
      );
      references[received]!++;
      if (set !== received) references[set]!++;
    }
    assert.deepEqual(this.#drain(), this.ended);
    this.ended.length = 0;
    assert.deepEqual(this.slots.map((set) => this.sets.references(set)), references);
  }

  /** The end of the session: nothing may hold a set any more. */
  dropAll(): void {
    for (let page = 0; page < this.routes.pageCount; page++) this.routes.dropPage(page, () => {});
    assert.equal(this.routes.count, 0);
    assert.equal(this.routes.ineligibleCount, 0);
    assert.deepEqual(this.slots.map((set) => this.sets.references(set)), this.slots.map(() => 1));
  }

  #expectedRows(): [string, string][] {
    return [...this.model].map(([key, { received, set, ineligible, at }]): [string, string] => [
      key,
      `${received} ${set} ${ineligible} ${at}`,
    ]).sort();
  }

  #drain(): string[] {
    const states: string[] = [];
    this.ring.drain((to, from, _peer, _family, slot, pathId, set, endedBy) => {
      const word = endedBy === EndedBy.replaced ? "replaced" : "withdrawn";
      states.push(`${slot} ${pathId} ${set} ${from} ${to} ${word}`);
      return true;
    });
    return states;
  }
}

const slot = fc.constantFrom(0, 1, 1023, 1024, 5000);
const path = fc.nat(2);
const set = fc.nat(3);
const ineligible = fc.constantFrom(0, 0, 1, 6, 300);

type Step = (twin: Twin) => void;
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(slot, path, set, set, ineligible).map((args): Step => (twin) => twin.announce(...args)),
  fc.tuple(slot, path, set, ineligible).map(([at, of, same, why]): Step => (twin) =>
    twin.announce(at, of, same, same, why)
  ),
  fc.tuple(slot, path, set, ineligible).map((args): Step => (twin) => twin.revise(...args)),
  fc.tuple(slot, path).map((args): Step => (twin) => twin.withdraw(...args)),
  fc.constant<Step>((twin) => twin.feed()),
);

for (const addPath of [false, true]) {
  const layout = addPath ? "paths" : "single";

  Deno.test(`${layout}: sets, reasons, history and references are those of a naive model`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const twin = new Twin(addPath);
        for (const each of steps) {
          each(twin);
          twin.check();
        }
        twin.feed();
        twin.dropAll();
      }),
      { numRuns: 300 },
    );
  });

  Deno.test(`${layout}: what policy makes of a route ends no state; another announcement does`, () => {
    const twin = new Twin(addPath);
    twin.announce(7, 0, 0, 1, 0);
    twin.revise(7, 0, 2, 0);
    twin.announce(7, 0, 0, 0, 6);
    assert.equal(twin.ring.count, 0);
    assert.equal(twin.routes.receivedAtOf(twin.routes.first(7 as PrefixSlot)), 1001);
    twin.announce(7, 0, 3, 1, 0);
    assert.equal(twin.ring.count, 1);
    twin.check();
  });

  Deno.test(`${layout}: a sweep takes routes that policy changed like any other`, () => {
    const twin = new Twin(addPath);
    twin.announce(1, 0, 0, 1, 0);
    twin.announce(2, 0, 0, 1, 0);
    twin.routes.markAll();
    twin.announce(2, 0, 0, 1, 0);
    const gone: number[] = [];
    twin.routes.sweep((slot) => gone.push(slot), ++twin.now);
    assert.deepEqual(gone, [1]);
    twin.routes.dropPage(0, () => {});
    assert.equal(twin.sets.references(twin.slots[1]!), 1);
  });
}
