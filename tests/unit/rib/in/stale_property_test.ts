/** Whatever happens to the sessions of a peer: once all rows are written, the database agrees with memory. */

import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { encodeRouteRefresh, RefreshSubtype } from "../../../../src/message/mod.ts";
import { clearStoreBatch, createStoreBatch } from "../../../../src/rib/mod.ts";
import { familyMask } from "../../../../src/types/mod.ts";
import { announce, endOfRib, ModelStore, RibRig, v4, wire, withdraw } from "../support.ts";
import { negotiated } from "../../../support/negotiated.ts";

const families = familyMask([v4]);
const prefixes = ["10.0.0.0/8", "10.1.0.0/16", "10.2.0.0/16", "192.0.2.0/24"];

type Step =
  | { kind: "announce" | "withdraw"; prefixes: readonly string[]; med: number }
  | { kind: "lose" | "back" | "begin" | "end"; keeps: boolean }
  | { kind: "endOfRib" | "expire" | "longLived" | "storeLost" | "drain" };

/** A session that is lost is as a rule one whose routes stay. */
const mostly = fc.integer({ min: 0, max: 9 }).map((number) => number > 0);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      kind: fc.constantFrom("announce" as const, "announce" as const, "withdraw" as const),
      prefixes: fc.subarray(prefixes, { minLength: 1 }),
      med: fc.nat(1),
    }),
  },
  { weight: 4, arbitrary: fc.record({ kind: fc.constantFrom("lose" as const, "back" as const), keeps: mostly }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constantFrom("begin" as const, "end" as const), keeps: fc.boolean() }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constantFrom(
        "endOfRib" as const,
        "expire" as const,
        "longLived" as const,
        "storeLost" as const,
        "drain" as const,
        "drain" as const,
      ),
    }),
  },
);

class Scene {
  readonly rig = new RibRig();
  readonly store = new ModelStore();
  readonly #context;
  readonly #batch = createStoreBatch();
  #epoch = 0;
  #isUp = false;

  constructor(readonly pathId: number) {
    this.#context = negotiated({
      enhancedRouteRefresh: true,
      addPathReceive: pathId === -1 ? 0 : families,
      graceful: {
        families,
        forwarding: families,
        restartSeconds: 120,
        notification: true,
        restarting: false,
        longLived: undefined,
      },
    });
    this.rig.rib.addPeer({ id: 1, address: Uint8Array.of(127, 0, 0, 1) });
    this.#back(true);
  }

  do(step: Step): void {
    const { rig } = this;
    rig.now += 10;
    switch (step.kind) {
      case "announce":
      case "withdraw": {
        const routes = step.prefixes.map((prefix) => ({ prefix, pathId: this.pathId }));
        return this.#send(
          step.kind === "announce"
            ? announce(this.#context, wire({ med: step.med }), ...routes)
            : withdraw(this.#context, ...routes),
        );
      }
      case "lose":
        if (this.#isUp) rig.rib.sessionDown(1, this.#epoch, step.keeps ? families : 0);
        this.#isUp = false;
        return;
      case "back":
        if (!this.#isUp) this.#back(step.keeps);
        return;
      case "begin":
        return this.#send(encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.begin }));
      case "end":
        return this.#send(encodeRouteRefresh({ afi: 1, safi: 1, subtype: RefreshSubtype.end }));
      case "endOfRib":
        return this.#send(endOfRib(this.#context, v4));
      case "expire":
        return rig.rib.expireStale(1, families);
      case "longLived":
        return rig.rib.longLived(1, families);
      case "storeLost":
        this.store.retired.clear();
        this.store.staleBefore.clear();
        this.store.held.clear();
        return rig.rib.storeLost();
      case "drain":
        return this.check();
    }
  }

  check(): void {
    const { rig, store } = this;
    rig.rib.decide();
    clearStoreBatch(this.#batch);
    while (rig.rib.fillStore(this.#batch)) {
      store.apply(this.#batch);
      clearStoreBatch(this.#batch);
    }
    assert.deepEqual(store.memory(), rig.memory());
    assert.deepEqual(store.stale(), rig.stale());
    assert.deepEqual(store.held.get(`1 ${v4}`) ?? [0, 0], [rig.memory().length, 0], "held, and not written yet");
  }

  #send(bytes: Uint8Array): void {
    if (this.#isUp) this.rig.rib.ingest(1, this.#epoch, bytes);
  }

  #back(keeps: boolean): void {
    this.#isUp = true;
    const addresses = { localAddress: Uint8Array.of(127, 0, 0, 100), remoteAddress: Uint8Array.of(127, 0, 0, 1) };
    this.rig.rib.sessionUp(1, ++this.#epoch, { negotiated: this.#context, ...addresses }, keeps ? families : 0);
  }
}

for (const pathId of [-1, 7]) {
  Deno.test(`SQL says stale where memory does, after any course of events${pathId === -1 ? "" : " (ADD-PATH)"}`, () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 1, maxLength: 40, size: "max" }), (steps) => {
        const scene = new Scene(pathId);
        for (const each of steps) scene.do(each);
        scene.check();
      }),
      { numRuns: 300 },
    );
  });
}
