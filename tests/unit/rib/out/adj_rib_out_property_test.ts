/** Whatever happens in whatever order: a peer that has read everything holds its Adj-RIB-Out, and nothing else. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import type { RibPeer } from "../../../../src/rib/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { emptyAttributeSet } from "../../../../src/message/mod.ts";
import { familyMask, parsePrefix } from "../../../../src/types/mod.ts";
import { Exchange } from "../out_support.ts";
import { announce, v4, v6, wire } from "../support.ts";

interface Plan {
  readonly peer: Partial<RibPeer>;
  readonly context: Partial<Negotiated>;
}

const external: Plan = { peer: { export: "all" }, context: {} };
const several: Plan = { peer: { export: "all" }, context: { addPathSend: familyMask([v4]) } };
const best2: Plan = { peer: { export: "all", addPathSendMax: 2 }, context: { addPathSend: familyMask([v4, v6]) } };
const client: Plan = {
  peer: { export: "all", routeReflectorClient: true },
  context: { internal: true, remoteAsn: 65000, addPathReceive: familyMask([v4]) },
};
const internal: Plan = { peer: { export: "all" }, context: { internal: true, remoteAsn: 65000 } };
const served: Plan = { peer: { export: "all", routeServerClient: true }, context: { maxMessageBytes: 65535 } };
const deaf: Plan = { peer: {}, context: {} };
const plans = [external, external, several, best2, client, internal, served, deaf];

const prefixes = Array.from({ length: 40 }, (_, i) => i % 8 === 7 ? `2001:db8:${i}::/48` : `10.${i}.0.0/16`);

type Step =
  | { kind: "announce"; peer: number; prefixes: number[]; set: number; pathId: number }
  | { kind: "withdraw"; peer: number; prefixes: number[]; pathId: number }
  | { kind: "pull"; peer: number; limit: number }
  | { kind: "flap"; peer: number }
  | { kind: "refresh"; peer: number }
  | { kind: "originate"; prefix: number; peer: number | undefined; med: number }
  | { kind: "unoriginate"; prefix: number; peer: number | undefined }
  | { kind: "policy"; peer: number; export: "none" | "local" | "all"; nextHop: "auto" | "self" | "unchanged" };

const peer = fc.integer({ min: 1, max: plans.length });
const some = fc.array(fc.integer({ min: 0, max: prefixes.length - 1 }), { minLength: 1, maxLength: 12 });
const maybePeer = fc.option(peer, { nil: undefined });
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      kind: fc.constant("announce" as const),
      peer,
      prefixes: some,
      set: fc.nat(5),
      pathId: fc.nat(2),
    }),
  },
  {
    weight: 4,
    arbitrary: fc.record({ kind: fc.constant("withdraw" as const), peer, prefixes: some, pathId: fc.nat(2) }),
  },
  {
    weight: 8,
    arbitrary: fc.record({ kind: fc.constant("pull" as const), peer, limit: fc.constantFrom(1, 200, 65536) }),
  },
  fc.record({ kind: fc.constant("flap" as const), peer }),
  fc.record({ kind: fc.constant("refresh" as const), peer }),
  fc.record({
    kind: fc.constant("originate" as const),
    prefix: fc.nat(prefixes.length - 1),
    peer: maybePeer,
    med: fc.nat(3),
  }),
  fc.record({ kind: fc.constant("unoriginate" as const), prefix: fc.nat(prefixes.length - 1), peer: maybePeer }),
  fc.record({
    kind: fc.constant("policy" as const),
    peer,
    export: fc.constantFrom("none" as const, "local" as const, "all" as const),
    nextHop: fc.constantFrom("auto" as const, "self" as const, "unchanged" as const),
  }),
);

class Run {
  readonly exchange: Exchange;
  readonly #peers = new Map<number, Partial<RibPeer>>();

  constructor(ringBytes: number) {
    this.exchange = new Exchange({ ringBytes });
    plans.forEach((_, i) => this.up(i + 1));
  }

  up(id: number): void {
    const { peer, context } = plans[id - 1]!;
    this.exchange.up(id, this.#peers.get(id) ?? peer, context);
  }

  apply(step: Step): void {
    const { exchange } = this;
    switch (step.kind) {
      case "announce": {
        const context = exchange.contexts.get(step.peer)!;
        const path = context.internal ? step.set % 2 === 0 ? [] : [7] : [context.remoteAsn, 9];
        const overrides = { med: step.set, ...context.internal ? { localPref: 100 + step.set % 3 } : {} };
        for (const v of [v4, v6]) {
          const list = this.#prefixes(step.prefixes, v, context, step.pathId);
          const nextHop = v === v4 ? Uint8Array.of(192, 0, 2, step.peer) : new Uint8Array(16).fill(32 + step.peer);
          if (list.length > 0) {
            exchange.send(
              step.peer,
              announce(
                context,
                wire({ ...overrides, nextHop }, path),
                ...list.map((prefix) => ({ prefix, pathId: step.pathId })),
              ),
            );
          }
        }
        return;
      }
      case "withdraw":
        exchange.withdraw(
          step.peer,
          ...this.#prefixes(step.prefixes, 0, exchange.contexts.get(step.peer)!, step.pathId),
        );
        return;
      case "pull":
        exchange.pull(step.peer, step.limit);
        return;
      case "flap":
        exchange.down(step.peer);
        return this.up(step.peer);
      case "refresh":
        exchange.rib.refresh(step.peer, "out");
        return;
      case "originate":
        exchange.rib.originate([{
          key: `${step.peer} ${step.prefix}`,
          peerId: step.peer,
          route: originated(prefixes[step.prefix]!, step.med),
        }]);
        exchange.rib.decide();
        return;
      case "unoriginate":
        exchange.rib.unoriginate([`${step.peer} ${step.prefix}`]);
        exchange.rib.decide();
        return;
      case "policy": {
        const { export: scope, nextHop } = step;
        const changed = { ...plans[step.peer - 1]!.peer, export: scope, nextHop };
        this.#peers.set(step.peer, changed);
        exchange.rib.updatePeer({ id: step.peer, address: Uint8Array.of(192, 0, 2, step.peer), ...changed });
        exchange.rib.decide();
      }
    }
  }

  #prefixes(indices: number[], family: number, _context: Negotiated, _pathId: number): string[] {
    const list = [...new Set(indices)].map((i) => prefixes[i]!);
    return family === 0 ? list : list.filter((prefix) => prefix.includes(":") === (family === v6));
  }
}

function originated(prefix: string, med: number) {
  const v = prefix.includes(":") ? v6 : v4;
  return { family: v, prefix: parsePrefix(prefix)!, attributes: { ...emptyAttributeSet(), med } };
}

for (const [pace, ringBytes] of [["any", 1 << 22], ["so slow that it falls off the ring at", 300]] as const) {
  Deno.test(`any churn, ${pace} pace: a peer that has read everything holds its Adj-RIB-Out`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), (steps) => {
        const run = new Run(ringBytes);
        for (const each of steps) run.apply(each);
        run.exchange.settle();
        for (const [id, receiver] of run.exchange.receivers) {
          assert.deepEqual(
            new Map([...receiver.table].sort()),
            new Map([...run.exchange.advertised(id)].sort()),
            `peer ${id}`,
          );
          const counts = Object.values(run.exchange.rib.counters(id).advertised);
          assert.equal(counts.reduce((a, b) => a + b, 0), receiver.table.size, `count of peer ${id}`);
          assert.deepEqual(receiver.log.filter((line) => line.startsWith("end")).sort(), ["end 1", "end 2"]);
        }
      }),
      { numRuns: 300 },
    );
  });
}
