import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { type PayloadListener, Payloads, type Taken } from "../../../src/rpki/cache/payloads.ts";

/** What the caches that count say, as the listener heard it: each change must be one. */
class Heard implements PayloadListener {
  readonly vrps = new Set<string>();
  readonly aspas = new Map<number, string>();
  changes = 0;

  readonly announce = (...vrp: unknown[]): void => {
    assert.ok(!this.vrps.has(vrp.join()), `${vrp.join()} is announced twice`);
    this.vrps.add(vrp.join());
    this.changes++;
  };
  readonly withdraw = (...vrp: unknown[]): void => {
    assert.ok(this.vrps.delete(vrp.join()), `${vrp.join()} is withdrawn, but was not there`);
    this.changes++;
  };
  readonly aspa = (customer: number, providers: readonly number[] | undefined): void => {
    assert.notEqual(this.aspas.get(customer), providers?.join());
    if (providers === undefined) this.aspas.delete(customer);
    else this.aspas.set(customer, providers.join());
    this.changes++;
  };
}

interface ModelShare {
  vrps: Set<number>;
  aspas: Map<number, readonly number[]>;
  next: { vrps: Set<number>; aspas: Map<number, readonly number[]> } | undefined;
  isFull: boolean;
}

type Op =
  | { kind: "begin"; cache: number; isFull: boolean }
  | { kind: "vrp"; cache: number; announce: boolean; id: number }
  | { kind: "aspa"; cache: number; announce: boolean; customer: number; providers: number[] }
  | { kind: "commit" | "drop"; cache: number; active: number }
  | { kind: "abort"; cache: number }
  | { kind: "active"; active: number };

const cache = fc.nat(2), active = fc.nat(7), announce = fc.boolean();
const id = fc.oneof(fc.nat(15), fc.nat(2000));
const anyOp: fc.Arbitrary<Op> = fc.oneof(
  fc.record({ kind: fc.constant("begin" as const), cache, isFull: fc.boolean() }),
  { weight: 12, arbitrary: fc.record({ kind: fc.constant("vrp" as const), cache, announce, id }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("aspa" as const),
      cache,
      announce,
      customer: fc.nat(3),
      providers: fc.uniqueArray(fc.nat(4), { minLength: 1 }).map((list) => list.sort((a, b) => a - b)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("commit" as const), cache, active }) },
  fc.record({ kind: fc.constant("drop" as const), cache, active }),
  fc.record({ kind: fc.constant("abort" as const), cache }),
  fc.record({ kind: fc.constant("active" as const), active }),
);

/** A VRP of this number: of both families, and many that differ in one thing only. */
function columns(id: number): [boolean, number, number, number, number, number, number, number] {
  const isIpv4 = id % 3 !== 0;
  return [
    isIpv4,
    (id >> 1) << 8,
    isIpv4 ? 0 : id & 4,
    0,
    isIpv4 ? 0 : id & 2,
    24,
    24 + (id & 1),
    0xfffffff0 + (id % 2),
  ];
}

class Model {
  readonly shares: ModelShare[] = [0, 1, 2].map(() => ({
    vrps: new Set(),
    aspas: new Map(),
    next: undefined,
    isFull: false,
  }));
  active = 0;

  get vrps(): string[] {
    const counted = this.shares.filter((_, i) => (this.active >> i & 1) === 1);
    return [...new Set(counted.flatMap(({ vrps }) => [...vrps]))].map((one) => columns(one).join()).sort();
  }

  get aspas(): [number, string][] {
    const counted = this.shares.filter((_, i) => (this.active >> i & 1) === 1);
    const customers = [...new Set(counted.flatMap(({ aspas }) => [...aspas.keys()]))].sort((a, b) => a - b);
    return customers.map((customer) => {
      const all = [...new Set(counted.flatMap(({ aspas }) => aspas.get(customer) ?? []))].sort((a, b) => a - b);
      const lists = counted.filter(({ aspas }) => aspas.has(customer)).length;
      const isMixed = lists > 1 && all.length > 1;
      return [customer, (isMixed ? all.filter((asn) => asn !== 0) : all).join()];
    });
  }
}

function play(model: Model, real: Payloads, op: Op): void {
  if (op.kind === "active") {
    model.active = op.active;
    return real.setActive(op.active);
  }
  const share = model.shares[op.cache]!;
  switch (op.kind) {
    case "begin":
      share.isFull = op.isFull;
      share.next = op.isFull
        ? { vrps: new Set(), aspas: new Map() }
        : { vrps: new Set(share.vrps), aspas: new Map(share.aspas) };
      return real.begin(op.cache, op.isFull);
    case "vrp":
      return playVrp(share, real, op);
    case "aspa": {
      if (share.next === undefined) return;
      const wanted: Taken = op.announce || share.next.aspas.has(op.customer) ? "taken" : "unknown";
      if (op.announce) share.next.aspas.set(op.customer, op.providers);
      else share.next.aspas.delete(op.customer);
      return assert.equal(real.aspa(op.cache, op.announce, op.customer, op.providers, 1e9), wanted);
    }
    case "abort":
      share.next = undefined;
      return real.abort(op.cache);
    case "commit":
      if (share.next === undefined) return;
      ({ vrps: share.vrps, aspas: share.aspas } = share.next);
      share.next = undefined;
      model.active = op.active;
      return real.commit(op.cache, op.active);
    case "drop":
      if (!share.isFull) share.next = undefined;
      share.vrps = new Set();
      share.aspas = new Map();
      model.active = op.active;
      return real.drop(op.cache, op.active);
  }
}

function playVrp(share: ModelShare, real: Payloads, { cache, announce, id }: Op & { kind: "vrp" }): void {
  if (share.next === undefined) return;
  const wanted: Taken = announce !== share.next.vrps.has(id) ? "taken" : announce ? "duplicate" : "unknown";
  if (announce) share.next.vrps.add(id);
  else share.next.vrps.delete(id);
  assert.equal(real.prefix(cache, announce, ...columns(id), 1e9), wanted);
}

Deno.test("what caches say together is what plain sets say, for any sequence of answers, failures and choices", () => {
  fc.assert(
    fc.property(fc.array(anyOp, { maxLength: 120, size: "max" }), (ops) => {
      const heard = new Heard(), model = new Model(), real = new Payloads(heard);
      for (let i = 0; i < 3; i++) real.addCache();
      for (const op of ops) {
        play(model, real, op);
        assert.deepEqual([...heard.vrps].sort(), model.vrps);
        assert.deepEqual([...heard.aspas].sort(([a], [b]) => a - b), model.aspas);
      }
      model.shares.forEach(({ vrps, aspas }, i) => {
        const { ipv4, ipv6, aspas: customers } = real.counts(i);
        assert.deepEqual([ipv4 + ipv6, customers], [vrps.size, aspas.size]);
        const visited: string[] = [];
        real.forEachVrp(i, (...vrp) => void visited.push(vrp.join()));
        assert.deepEqual(visited.sort(), [...vrps].map((one) => columns(one).join()).sort());
        real.drop(i, 0);
        real.abort(i);
      });
      assert.deepEqual([heard.vrps.size, heard.aspas.size, real.rows], [0, 0, 0], "no row is left");
    }),
    { numRuns: 150 },
  );
});

Deno.test("8210bis §11.3: nothing of an answer counts before its End of Data, and nothing of a failed one", () => {
  const heard = new Heard(), real = new Payloads(heard);
  const one = real.addCache();
  real.begin(one, true);
  real.prefix(one, true, ...columns(1), 9);
  assert.equal(heard.changes, 0);
  real.commit(one, 1);
  assert.equal(heard.vrps.size, 1, "negative: with it");
  real.begin(one, false);
  real.prefix(one, false, ...columns(1), 9);
  real.prefix(one, true, ...columns(2), 9);
  real.abort(one);
  assert.deepEqual([...heard.vrps], [columns(1).join()]);
});

Deno.test("an answer that replaces all data changes only what differs", () => {
  const heard = new Heard(), real = new Payloads(heard);
  const one = real.addCache();
  for (const ids of [[1, 2, 4, 5], [2, 4, 5, 7]]) {
    real.begin(one, true);
    for (const each of ids) assert.equal(real.prefix(one, true, ...columns(each), 9), "taken");
    heard.changes = 0;
    real.commit(one, 1);
  }
  assert.equal(heard.changes, 2);
});

Deno.test("a cache has at most so many records", () => {
  const real = new Payloads(new Heard());
  const one = real.addCache();
  real.begin(one, true);
  assert.deepEqual([1, 2, 4].map((each) => real.prefix(one, true, ...columns(each), 2)), ["taken", "taken", "tooMany"]);
  assert.equal(real.aspa(one, true, 1, [2], 2), "tooMany");
  real.abort(one);
  assert.equal(real.rows, 0);
});

Deno.test("8210bis §10: AS 0 of one cache has no part where another names providers", () => {
  const heard = new Heard(), real = new Payloads(heard);
  const [one, two] = [real.addCache(), real.addCache()];
  for (const [each, providers] of [[one, [0]], [two, [3, 5]]] as const) {
    real.begin(each, true);
    real.aspa(each, true, 9, providers, 9);
    real.commit(each, 3);
  }
  assert.deepEqual([...heard.aspas], [[9, "3,5"]]);
  real.setActive(1);
  assert.deepEqual([...heard.aspas], [[9, "0"]], "negative: alone, it says that there is none");
});
