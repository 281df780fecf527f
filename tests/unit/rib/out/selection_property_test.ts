/**
 * RFC 7947 §2.3.2, whatever happens in whatever order: each client holds the best of what is for it. And at each step
 * what `show advertised` lists as written, and what an announcement says of those it was sent to, is what the peers
 * hold.
 */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { emptyAttributeSet } from "../../../../src/message/mod.ts";
import { explain, type Origination, type RibPeer, type RibRow } from "../../../../src/rib/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { familyMask, formatPrefix, parsePrefix } from "../../../../src/types/mod.ts";
import { advertisedTo } from "../../../support/advertised.ts";
import { Exchange } from "../out_support.ts";
import { addPath, client, clientPolicies, one, policiesRejecting, two } from "../selection_support.ts";
import { announce, v4, wire, withdraw } from "../support.ts";

interface Plan {
  readonly peer: Partial<RibPeer>;
  readonly context?: Partial<Negotiated>;
}

const maxRoutes = 2;
const intervalMs = 5000;
const plans: readonly Plan[] = [
  { peer: client("not-1") },
  { peer: client("not-1") },
  { peer: client("not-1", { exportSelection: "best" }) },
  { peer: client("not-2") },
  { peer: client("not-1", { addPathSendMax: 2 }), context: { ...addPath, addPathReceive: familyMask([v4]) } },
  { peer: client("not-2", { addPathSendMax: 1, exportSelection: "best" }), context: addPath },
  { peer: client("not-2", { prefixesOut: { [v4]: { max: maxRoutes, action: "stop" } } }) },
  { peer: client("not-2", { advertisementIntervalMs: intervalMs }) },
  { peer: client("not-2", { advertisementIntervalMs: intervalMs }) },
  { peer: client("not-1"), context: { addPathReceive: familyMask([v4]) } },
];
const tables = [clientPolicies, policiesRejecting(["not-1", "65000:2"], ["not-2", "65000:1"])];
const prefixes = ["10.0.0.0/8", "11.0.0.0/8", "12.0.0.0/8"];

/** Communities of no policy: in an attribute set they say that the route is ours, for all peers or for one. */
const [forAll, forOne] = [0xfde80008, 0xfde80009];
const [forAllText, forOneText] = [".253.232.0.8", ".253.232.0.9"];

const peer = fc.integer({ min: 1, max: plans.length });
const prefix = fc.nat(prefixes.length - 1);
const med = fc.nat(2);
const communities = fc.subarray([one, two]);
/** To one peer or, `undefined`, to all. */
const to = fc.option(peer, { nil: undefined, freq: plans.length });

const update = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.record({
      kind: fc.constant("announce" as const),
      peer,
      prefix,
      length: fc.integer({ min: 1, max: 3 }),
      med,
      communities,
      pathId: fc.nat(2),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ kind: fc.constant("withdraw" as const), peer, prefix, pathId: fc.nat(2) }),
  },
);
/**
 * `restart`: the peer comes back within the time of its graceful restart; `lose`: not yet; `expire`: that time is over.
 */
const session = fc.record({
  kind: fc.constantFrom("flap", "pull", "pull", "refresh", "restart", "restart", "lose", "expire", "wait"),
  peer,
});
const ours = fc.oneof(
  fc.record({ kind: fc.constant("originate" as const), to, prefix, communities, med }),
  fc.record({ kind: fc.constant("unoriginate" as const), to, prefix }),
);
const reload = fc.oneof(
  fc.record({ kind: fc.constant("policies" as const), table: fc.nat(tables.length - 1) }),
  fc.record({
    kind: fc.constant("peer" as const),
    peer,
    policy: fc.constantFrom("not-1" as const, "not-2" as const),
    selection: fc.constantFrom("best" as const, "per-client" as const),
  }),
);
const step = fc.oneof(
  { weight: 13, arbitrary: fc.record({ of: fc.constant("update" as const), what: update }) },
  { weight: 4, arbitrary: fc.record({ of: fc.constant("session" as const), what: session }) },
  { weight: 2, arbitrary: fc.record({ of: fc.constant("ours" as const), what: ours }) },
  { weight: 2, arbitrary: fc.record({ of: fc.constant("reload" as const), what: reload }) },
);

type Value<T> = T extends fc.Arbitrary<infer V> ? V : never;
type Step = Value<typeof step>;

class Run {
  readonly exchange: Exchange;
  readonly peers = plans.map(({ peer }) => peer);
  readonly originations = new Map<string, Origination>();
  #table = 0;

  constructor(ringBytes: number) {
    this.exchange = new Exchange({ ringBytes, historyRows: 0 });
    this.exchange.rib.setPolicies(clientPolicies);
    for (const id of plans.keys()) this.#up(id + 1);
  }

  apply(step: Step): void {
    switch (step.of) {
      case "update":
        return this.#update(step.what);
      case "session":
        return this.#session(step.what);
      case "ours":
        return this.#ours(step.what);
      case "reload":
        return this.#reload(step.what);
    }
  }

  #up(id: number, keep = 0): void {
    this.exchange.up(id, this.peers[id - 1], plans[id - 1]!.context, {}, keep);
  }

  #update(step: Value<typeof update>): void {
    const { exchange } = this;
    const id = step.peer;
    if (!exchange.receivers.has(id)) return;
    const takesPaths = exchange.contexts.get(id)!.addPathReceive !== 0;
    const route = { prefix: prefixes[step.prefix]!, pathId: takesPaths ? step.pathId : -1 };
    if (step.kind === "withdraw") return exchange.send(id, withdraw(exchange.contexts.get(id)!, route));
    // Two peers are of one neighbouring AS, so that MED is compared.
    const asns = [65100 + (id >> 1), ...Array.from({ length: step.length - 1 }, () => 7)];
    const { med, communities } = step;
    exchange.send(id, announce(exchange.contexts.get(id)!, wire({ med, communities }, asns), route));
  }

  #session({ kind, peer: id }: Value<typeof session>): void {
    const { exchange } = this;
    const isUp = exchange.receivers.has(id);
    const kept = familyMask([v4]);
    switch (kind) {
      case "flap":
        if (isUp) exchange.down(id);
        return this.#up(id);
      case "pull":
        return void (isUp && exchange.pull(id, 100));
      case "refresh":
        return void (isUp && exchange.rib.refresh(id, "out"));
      case "restart":
        if (isUp) exchange.down(id, kept);
        return this.#up(id, kept);
      case "lose":
        return isUp ? exchange.down(id, kept) : undefined;
      case "expire":
        exchange.rib.expireStale(id, kept);
        exchange.rib.decide();
        return;
      case "wait":
        exchange.now += 3000;
    }
  }

  #ours(step: Value<typeof ours>): void {
    const { rib } = this.exchange;
    const prefix = prefixes[step.prefix]!;
    const key = keyOf(prefix, step.to);
    if (step.kind === "unoriginate") {
      this.originations.delete(key);
      rib.unoriginate([key]);
    } else {
      const communities = [...step.communities, step.to === undefined ? forAll : forOne];
      const attributes = { ...emptyAttributeSet(), communities, med: step.med };
      const origination = { key, peerId: step.to, route: { family: v4, prefix: parsePrefix(prefix)!, attributes } };
      this.originations.set(key, origination);
      rib.originate([origination]);
    }
    rib.decide();
  }

  #reload(step: Value<typeof reload>): void {
    const { rib } = this.exchange;
    if (step.kind === "policies") {
      this.#table = step.table;
      rib.setPolicies(tables[step.table]!);
    } else {
      const id = step.peer;
      const changed = { ...this.peers[id - 1]!, export: [step.policy], exportSelection: step.selection };
      this.peers[id - 1] = changed;
      rib.updatePeer({ id, address: Uint8Array.of(192, 0, 2, id), ...changed });
    }
    rib.decide();
  }

  /** What `show advertised` lists as written is what the peer holds. */
  checkAdvertised(when: string): void {
    for (const [id, receiver] of this.exchange.receivers) {
      for (const { state, prefix, pathId, wire } of advertisedTo(this.exchange.rib, id)) {
        if (state !== "advertised") continue;
        const key = pathId === -1 ? formatPrefix(prefix!) : `${formatPrefix(prefix!)}#${pathId}`;
        assert.equal(receiver.table.get(key), wire.join("."), `${when}: peer ${id}, ${key} is said to be written`);
      }
    }
  }

  /** Whoever is said to have been sent a route of ours holds it. */
  checkOutcomes(when: string): void {
    const list = [...this.originations.values()];
    for (const [i, { notSent }] of this.exchange.rib.outcomes(list).entries()) {
      const { peerId, route } = list[i]!;
      const prefix = formatPrefix(route.prefix!);
      const mark = peerId === undefined ? forAllText : forOneText;
      for (const id of peerId === undefined ? this.exchange.receivers.keys() : [peerId]) {
        if (notSent.some((outcome) => outcome.peerId === id)) continue;
        const held = this.held(id, prefix);
        assert.ok(held.some((set) => set.includes(mark)), `${when}: ${prefix} is said to be sent to ${id}: ${held}`);
      }
    }
  }

  /** Everybody reads until there is nothing left, and no interval is left either. */
  settle(): void {
    for (let i = 0; i < 3; i++) {
      this.exchange.now += 2 * intervalMs;
      for (const id of this.exchange.receivers.keys()) while (this.exchange.pull(id));
    }
    this.exchange.settle();
  }

  checkTables(): void {
    for (const [id, receiver] of this.exchange.receivers) {
      const { table } = receiver;
      assert.deepEqual(new Map([...table].sort()), new Map([...this.exchange.advertised(id)].sort()), `peer ${id}`);
      const counts = Object.values(this.exchange.rib.counters(id).advertised);
      assert.equal(counts.reduce((a, b) => a + b, 0), table.size, `count of peer ${id}`);
      if (plans[id - 1]!.peer.prefixesOut !== undefined) this.#checkLimit(id);
      else {for (const each of prefixes) {
          assert.deepEqual(this.#named(id, each), this.expected(id, each), `${id} ${each}`);
        }}
    }
  }

  /** Which prefixes wait for room is another test's: those that do not are as for anybody. */
  #checkLimit(id: number): void {
    const own = prefixes.filter((each) => this.originations.has(keyOf(each, id)));
    const full = prefixes.filter((each) => this.held(id, each).length > 0);
    assert.ok(full.length <= Math.max(maxRoutes, own.length), `${full} of ${maxRoutes}`);
    for (const each of new Set([...own, ...full])) {
      assert.deepEqual(this.#named(id, each), this.expected(id, each), each);
    }
  }

  /** Sets that the peer holds of a prefix. */
  held(id: number, prefix: string): string[] {
    return [...this.exchange.receivers.get(id)!.table].filter(([key]) => key.split("#")[0] === prefix).map(([, set]) =>
      set
    );
  }

  /** The same, with names for those of ours, which go out with another next hop and path than they have here. */
  #named(id: number, prefix: string): string[] {
    return this.held(id, prefix).map(nameOf).sort();
  }

  /** What the peer is to hold of a prefix, from scratch. */
  expected(id: number, prefix: string): string[] {
    const rows = [...this.exchange.rib.dump()].filter((row) =>
      row.ineligible === 0 && formatPrefix(row.prefix!) === prefix
    );
    const { export: policy, exportSelection, addPathSendMax = Infinity } = this.peers[id - 1]!;
    const isFirst = (policy as string[])[0] === "not-1";
    const rejected = isFirst === (this.#table === 0) ? "fde80001" : "fde80002";
    const perClient = exportSelection === "per-client";
    const accepted = ranked(rows).filter(({ wire }) => !wire.toHex().includes(rejected));
    const candidates = perClient ? accepted.filter(({ peerId }) => peerId !== id) : accepted;
    const several = plans[id - 1]!.context?.addPathSend !== undefined;
    const best = perClient ? candidates : candidates.filter((row) => row.best);
    const taken = several ? candidates.slice(0, addPathSendMax) : best.slice(0, 1);
    const theirs = taken.filter(({ peerId }) => peerId !== id).map(({ wire }) => nameOf(wire.join(".")));
    if (!this.originations.has(keyOf(prefix, id))) return theirs.sort();
    // A route for one peer goes in the place of what it would get, or beside it.
    return several ? [...theirs, "ours for it"].sort() : ["ours for it"];
  }

  /** All that anybody said is taken back. */
  leave(): void {
    const { rib, receivers } = this.exchange;
    rib.unoriginate([...this.originations.keys()]);
    rib.decide();
    for (const id of [...receivers.keys()]) this.exchange.down(id);
    for (const id of plans.keys()) rib.expireStale(id + 1, familyMask([v4]));
    rib.decide();
  }
}

function keyOf(prefix: string, to: number | undefined): string {
  return `${prefix} to ${to ?? "all"}`;
}

function nameOf(set: string): string {
  return set.includes(forAllText) ? "ours for all" : set.includes(forOneText) ? "ours for it" : set;
}

/** By the decision process, again and again. */
function ranked(rows: readonly RibRow[]): RibRow[] {
  const left = rows.filter(({ best }) => !best);
  const ranked = rows.filter(({ best }) => best);
  while (left.length > 0) {
    const candidates = left.map(({ peerId, pathId, wire }) => {
      const address = Uint8Array.of(192, 0, 2, peerId);
      return { peerId, internal: false, routerId: 0x0a000000 + peerId, address, pathId, wire };
    });
    ranked.push(...left.splice(explain(candidates, -1).winner, 1));
  }
  return ranked;
}

for (const [pace, ringBytes] of [["any pace", 1 << 22], ["a pace so slow that it falls off the ring", 200]] as const) {
  Deno.test(`RFC 7947 §2.3.2: any churn, ${pace}: each client holds the best of what is for it`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 100, size: "max" }), (steps) => {
        const run = new Run(ringBytes);
        for (const each of steps) {
          run.apply(each);
          const when = JSON.stringify(each);
          run.checkAdvertised(when);
          run.checkOutcomes(when);
        }
        run.settle();
        run.checkOutcomes("in the end");
        run.checkTables();
        run.leave();
        assert.equal(run.exchange.rib.memory().sets, 0, "no set is left over");
      }),
      { numRuns: 200 },
    );
  });
}
