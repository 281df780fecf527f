/** Multipath routes: which they are, and that every change reaches the database, and nothing while `multipath` is 1. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { clearStoreBatch, createStoreBatch } from "../../../../src/rib/mod.ts";
import { type Candidate, decideMultipath } from "./decision_support.ts";
import { announce, RibRig, wire, withdraw } from "../support.ts";

const strict = { limit: 8, relax: false };
const relaxed = { limit: 8, relax: true };
const equals = (candidates: Candidate[], choice = strict) => decideMultipath(candidates, -1, choice)[2];

Deno.test("multipath routes tie up to the router id; the best is first, then router id and address order them", () => {
  const one = { path: [65001, 7], set: {} };
  const routes = [{ ...one, routerId: 3 }, { ...one, routerId: 1 }, { ...one, routerId: 2 }];
  assert.deepEqual(equals(routes), [1, 2, 0]);
  assert.deepEqual(decideMultipath(routes, 2, strict), [2, 7, [2, 1, 0]], "RFC 5004 §3: the oldest is the best");
  assert.deepEqual(equals([one]), [], "a single route is not marked");
});

for (
  const [name, change] of [
    ["LOCAL_PREF", { set: { localPref: 50 } }],
    ["AIGP", { set: { aigp: 9n } }],
    ["AS_PATH length", { path: [65001, 7, 8] }],
    ["ORIGIN", { set: { origin: 2 } }],
    ["MED of one neighbour", { set: { med: 9 } }],
    ["iBGP", { internal: true }],
  ] as [string, Candidate][]
) {
  Deno.test(`a route that loses by ${name} is no multipath route`, () => {
    const base: Candidate = { path: [65001, 7], set: { aigp: 1n }, routerId: 1 };
    const other = { ...base, ...change, set: { aigp: 1n, ...change.set }, routerId: 2 };
    assert.deepEqual(equals([base, { ...base, routerId: 2 }], relaxed), [0, 1]);
    assert.deepEqual(equals([base, other], relaxed), []);
  });
}

Deno.test("paths through other ASes are multipath routes only with multipath_relax", () => {
  const routes: Candidate[] = [{ path: [65001, 7], routerId: 1 }, { path: [65002, 7], routerId: 2 }];
  assert.deepEqual(equals(routes), []);
  assert.deepEqual(equals(routes, relaxed), [0, 1]);
});

Deno.test("no more than `multipath` are marked, and none where it is 1; none ties with a route of this speaker", () => {
  const routes: Candidate[] = [3, 1, 2].map((routerId) => ({ path: [65001], routerId }));
  assert.deepEqual(equals(routes, { limit: 2, relax: false }), [1, 2]);
  assert.deepEqual(equals(routes, { limit: 1, relax: false }), []);
  assert.deepEqual(equals([{ local: true, path: [] }, { path: [] }]), []);
});

/** What the database has of it: peers by prefix id. */
class Marks {
  readonly byPrefix = new Map<number, number[]>();
  readonly #batch = createStoreBatch(1000);

  take(rig: RibRig): number {
    let events = 0;
    clearStoreBatch(this.#batch);
    while (rig.rib.fillStore(this.#batch)) {
      for (const event of this.#batch.events) {
        if (event.kind === "reset") this.byPrefix.clear();
        if (event.kind !== "multipath") continue;
        events++;
        for (let at = 0; at < event.rows.length; at += 3) {
          const [id, peer] = event.rows.subarray(at) as unknown as [number, number];
          if (peer === -1) this.byPrefix.delete(id);
          else this.byPrefix.set(id, [...this.byPrefix.get(id) ?? [], peer]);
        }
      }
      clearStoreBatch(this.#batch);
    }
    return events;
  }
}

Deno.test("changed marks are written, all of them again after the database was lost, none while multipath is 1", () => {
  const rig = new RibRig();
  const marks = new Marks();
  const contexts = [1, 2, 3].map((id) => rig.up(id, { remoteAsn: 65001 }));
  for (const id of [1, 2]) rig.send(id, announce(contexts[id - 1]!, wire({}, [65001]), "10.0.0.0/8", "11.0.0.0/8"));
  rig.rib.decide();
  assert.equal(marks.take(rig), 0);
  rig.rib.setMultipath(strict);
  rig.rib.decide();
  marks.take(rig);
  assert.deepEqual([...marks.byPrefix.values()], [[1, 2], [1, 2]]);
  rig.send(3, announce(contexts[2]!, wire({}, [65001]), "11.0.0.0/8"));
  rig.send(2, withdraw(contexts[1]!, "10.0.0.0/8"));
  rig.rib.decide();
  marks.take(rig);
  assert.deepEqual([...marks.byPrefix], [[2, [1, 2, 3]]]);
  assert.equal(rig.rib.decide(), false);
  assert.equal(marks.take(rig), 0, "nothing changed");
  rig.rib.storeLost();
  marks.take(rig);
  assert.deepEqual([...marks.byPrefix], [[2, [1, 2, 3]]]);
  rig.down(1);
  while (rig.rib.decide());
  marks.take(rig);
  assert.deepEqual([...marks.byPrefix], [[2, [2, 3]]]);
  rig.rib.setMultipath({ limit: 1, relax: false });
  rig.rib.decide();
  marks.take(rig);
  assert.deepEqual([...marks.byPrefix], []);
});

Deno.test("whatever comes and goes, the marks are those of a decision from scratch", () => {
  const step = fc.record({
    peer: fc.constantFrom(1, 2, 3),
    prefix: fc.constantFrom("10.0.0.0/8", "11.0.0.0/8"),
    path: fc.constantFrom<number[] | undefined>([65001], [65002], [65001, 7], undefined),
  });
  fc.assert(fc.property(fc.array(step, { maxLength: 15 }), fc.boolean(), (steps, relax) => {
    const play = (once: boolean) => {
      const rig = new RibRig();
      const marks = new Marks();
      if (!once) rig.rib.setMultipath({ limit: 3, relax });
      // Internal: there the oldest does not count.
      const contexts = [1, 2, 3].map((id) => rig.up(id, { internal: true, remoteAsn: 65000 }));
      for (const { peer, prefix, path } of steps) {
        const context = contexts[peer - 1]!;
        const set = { localPref: 100 };
        rig.send(peer, path === undefined ? withdraw(context, prefix) : announce(context, wire(set, path), prefix));
        if (once) continue;
        rig.rib.decide();
        marks.take(rig);
      }
      if (once) rig.rib.setMultipath({ limit: 3, relax });
      rig.rib.decide();
      marks.take(rig);
      return [...marks.byPrefix].sort();
    };
    assert.deepEqual(play(false), play(true));
  }));
});
