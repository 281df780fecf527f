/**
 * Import policy as properties: whatever came in which order, through which policies, reloads and flaps, the RIB is what
 * it would be had it only ever known the last of all; the database says the same; and no set is left over in the end.
 */

import assert from "node:assert/strict";
import fc from "../../../../support/fast_check.ts";
import { compilePolicies } from "../../../../../src/policy/mod.ts";
import { Ineligible, type RibPeer } from "../../../../../src/rib/mod.ts";
import { hashText } from "../../../../../src/rib/in/import/reasons.ts";
import { formatPrefix } from "../../../../../src/types/mod.ts";
import { policyTable, StoringRig } from "../../import_support.ts";
import { announce, type Announcement, v4, wire, withdraw, wordsOf } from "../../support.ts";

const sets = `
[[prefix_sets]]
name = "low"
prefixes = ["10.0.0.0/9 le 32"]
[[prefix_sets]]
name = "long"
prefixes = ["0.0.0.0/0 ge 24"]
`;

/** Three policy tables with the same names in them; the last one lacks one of them. */
const tables = [
  `${sets}
[[policies]]
name = "one"
default = "continue"
[[policies.rules]]
match = { prefix = "low" }
set = { local_pref = 200 }
[[policies.rules]]
name = "long"
match = { prefix = "long", community = "65001:1" }
action = "reject"
[[policies]]
name = "two"
default = "accept"
[[policies.rules]]
name = "marked"
match = { community = "65001:2" }
set = { add_communities = ["65000:9"], med = 7 }
`,
  `${sets}
[[policies]]
name = "one"
default = "accept"
[[policies.rules]]
match = { community = "65001:1" }
set = { local_pref = 50 }
[[policies]]
name = "two"
default = "reject"
[[policies.rules]]
name = "low"
match = { prefix = "low" }
action = "accept"
`,
  `[[policies]]
name = "two"
default = "reject"
[[policies.rules]]
match = { peer_as = 65001 }
set = { local_pref = 10 }
action = "accept"
`,
].map(policyTable);

const chains: readonly NonNullable<RibPeer["import"]>[] = ["all", "none", ["one"], ["one", "two"], ["two"], {
  families: { [v4]: ["two"] },
  otherwise: "none",
}];

const wires = [
  wire(),
  wire({ communities: [65001 * 65536 + 1] }),
  wire({ communities: [65001 * 65536 + 2], med: 3 }),
  wire({ communities: [65001 * 65536 + 1, 65001 * 65536 + 2] }),
  // A loop.
  wire({}, [65001, 65000, 7]),
  // As the first policy leaves the first set.
  wire({ localPref: 200 }),
];
const prefixes = ["10.0.0.0/16", "10.1.2.0/24", "10.200.0.0/16", "10.200.1.0/24", "192.0.2.0/25"];

const peers = [1, 2];
const overrides = [{ internal: true, remoteAsn: 65001 }, { internal: true, remoteAsn: 65002, addPathReceive: 1 << v4 }];

class Run {
  readonly rig = new StoringRig();
  readonly routes = new Map<string, number>();
  readonly chains = [0, 0];
  table = 0;

  constructor() {
    this.rig.rib.setPolicies(tables[0]!);
    for (const id of peers) this.up(id);
  }

  up(id: number): void {
    this.rig.up(id, overrides[id - 1], { import: chains[this.chains[id - 1]!]! });
  }

  announce(id: number, set: number, prefix: string, path: number): void {
    const each = this.#announcement(id, prefix, path);
    this.rig.send(id, announce(this.rig.sessions.get(id)!.context, wires[set]!, each));
    this.routes.set(`${id} ${prefix} ${each.pathId}`, set);
  }

  withdraw(id: number, prefix: string, path: number): void {
    const each = this.#announcement(id, prefix, path);
    this.rig.send(id, withdraw(this.rig.sessions.get(id)!.context, each));
    this.routes.delete(`${id} ${prefix} ${each.pathId}`);
  }

  flap(id: number): void {
    this.rig.down(id);
    for (const key of this.routes.keys()) if (key.startsWith(`${id} `)) this.routes.delete(key);
    this.rig.now += 1000;
    this.up(id);
  }

  setChain(id: number, chain: number): void {
    this.chains[id - 1] = chain;
    this.rig.rib.updatePeer(this.#peer(id));
  }

  setTable(table: number, withChains: boolean): void {
    this.table = table;
    this.rig.rib.setPolicies(tables[table]!, withChains ? peers.map((id) => this.#peer(id)) : []);
  }

  /** A RIB that knows the last of everything only. */
  fresh(): StoringRig {
    const run = new Run();
    run.setTable(this.table, false);
    for (const id of peers) run.setChain(id, this.chains[id - 1]!);
    for (const [key, set] of this.routes) {
      const [id, prefix, path] = key.split(" ");
      run.announce(Number(id), set, prefix!, Number(path));
    }
    run.rig.settle();
    return run.rig;
  }

  /** What each route should have become, by asking the policies about it directly. */
  expected(): string[] {
    const policies = compilePolicies(tables[this.table]!);
    return [...this.routes].map(([key, set]) => {
      const [id, prefix, path] = key.split(" ");
      const received = wires[set]!;
      const say = (wire: Uint8Array, reason: number) => `${id} ${prefix} ${path} ${wire.join(".")} ${reason}`;
      if (set === 4) return say(received, Ineligible.ownAsn);
      let chain = chains[this.chains[Number(id) - 1]!]!;
      if (typeof chain === "object" && "families" in chain) chain = chain.families[v4]!;
      if (chain === "all") return say(received, 0);
      if (chain === "none") return say(received, Ineligible.notImported);
      if (chain.some((name) => this.table === 2 && name === "one")) return say(received, Ineligible.importPolicy);
      const peer = { address: Uint8Array.of(127, 0, 0, Number(id)), asn: 65000 + Number(id), localAsn: 65000 };
      const prefixClass = policies.prefixClasses.classOf(v4, ...wordsOf(prefix!));
      const outcome = policies.chain(chain).evaluate(received, 0, received.length, prefixClass, { family: v4, peer });
      if (!outcome.accepted) return say(received, hashText(policies.reasons[outcome.reason]!));
      return say(outcome.changed ? outcome.bytes.slice(0, outcome.length) : received, 0);
    }).sort();
  }

  check(): void {
    const rows = [...this.rig.rib.dump()];
    assert.deepEqual(
      rows.map((row) =>
        [row.peerId, formatPrefix(row.prefix!), row.pathId, row.wire.join("."), row.ineligible].join(" ")
      )
        .sort(),
      this.expected(),
    );
    for (const row of rows) {
      const received = this.routes.get(`${row.peerId} ${formatPrefix(row.prefix!)} ${row.pathId}`)!;
      assert.deepEqual(row.received, wires[received]);
    }
    assert.deepEqual(withoutTimes(this.rig), withoutTimes(this.fresh()));
    this.rig.write();
    this.rig.check();
  }

  #announcement(id: number, prefix: string, path: number): Required<Announcement> {
    return { prefix, pathId: id === 2 ? path : -1 };
  }

  #peer(id: number): RibPeer {
    return { id, address: Uint8Array.of(127, 0, 0, id), import: chains[this.chains[id - 1]!]! };
  }
}

function withoutTimes(rig: StoringRig): string[] {
  return rig.memory().map((line) => line.replace(/ \d+ (true|false)$/, " $1"));
}

type Step = (run: Run) => void;
const peer = fc.constantFrom(...peers);
const path = fc.nat(2);
const prefix = fc.constantFrom(...prefixes);
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(peer, fc.nat(wires.length - 1), prefix, path).map((args): Step => (run) =>
      run.announce(...args)
    ),
  },
  { weight: 2, arbitrary: fc.tuple(peer, prefix, path).map((args): Step => (run) => run.withdraw(...args)) },
  { weight: 1, arbitrary: peer.map((id): Step => (run) => run.flap(id)) },
  {
    weight: 2,
    arbitrary: fc.tuple(peer, fc.nat(chains.length - 1)).map((args): Step => (run) => run.setChain(...args)),
  },
  {
    weight: 2,
    arbitrary: fc.tuple(fc.nat(tables.length - 1), fc.boolean()).map((args): Step => (run) => run.setTable(...args)),
  },
  { weight: 2, arbitrary: fc.nat(3).map((budget): Step => (run) => void run.rig.rib.decide(budget)) },
  { weight: 1, arbitrary: fc.constant<Step>((run) => void run.rig.write()) },
  { weight: 1, arbitrary: fc.constant<Step>((run) => run.rig.rib.storeLost()) },
);

Deno.test("change by change is as from scratch, memory as the database, and no set is left over", () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const run = new Run();
      for (const each of steps) each(run);
      run.rig.settle();
      run.check();
      for (const id of peers) run.rig.down(id);
      for (let i = 0; i < 4; i++) run.rig.settle();
      assert.equal(run.rig.rib.memory().sets, 0);
      assert.equal(run.rig.rib.memory().routes, 0);
    }),
    { numRuns: 300 },
  );
});

Deno.test("an answer kept for a set is not taken for that of another one in its place", () => {
  // Sets come and go, so that slots are reused while the cache still has answers for their predecessors.
  const rig = new StoringRig({ historyRows: 0 });
  rig.rib.setPolicies(tables[1]!);
  const context = rig.up(1, overrides[0], { import: ["one"] });
  for (let round = 0; round < 50; round++) {
    const isMarked = round % 2 === 0;
    const set = wire({ med: round, ...isMarked ? { communities: [65001 * 65536 + 1] } : {} });
    rig.send(1, announce(context, set, "10.0.0.0/16"));
    rig.rib.decide();
    assert.deepEqual(rig.routes(), [`1 10.0.0.0/16 ${isMarked ? "50<-" : "-"} *`]);
    rig.send(1, withdraw(context, "10.0.0.0/16"));
    rig.rib.decide();
  }
});
