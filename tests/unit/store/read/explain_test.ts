/** The explanation from the database equals the decision of the RIB, whatever happened before. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { clearStoreBatch, createStoreBatch, decisionStepNames, Ineligible } from "../../../../src/rib/mod.ts";
import { type ExplainedPrefix, StoreReader, StoreWriter } from "../../../../src/store/mod.ts";
import { formatIpv4Number, parsePrefix } from "../../../../src/types/mod.ts";
import { announce, attributes as ribAttributes, familyOf, RibRig, wire, withdraw } from "../../rib/support.ts";
import { policyTable } from "../../rib/import_support.ts";
import { attributes, Batch, noon, withFolder, withWriter } from "../fixture.ts";

const prefixes = ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"];
/** 1 to 3: eBGP, 3 of the same speaker as 2; 4: iBGP. */
const peers = [
  { id: 1, asn: 65001, routerId: 9 },
  { id: 2, asn: 65002, routerId: 5 },
  { id: 3, asn: 65002, routerId: 5 },
  { id: 4, asn: 65000, routerId: 1 },
];

interface Step {
  peer: number;
  prefix: number;
  kind: "announce" | "announce" | "withdraw" | "local";
  /** 65000: our own AS, a loop. */
  path: number[];
  med: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  peer: fc.integer({ min: 0, max: 3 }),
  prefix: fc.integer({ min: 0, max: prefixes.length - 1 }),
  kind: fc.constantFrom("announce", "announce", "announce", "withdraw", "local"),
  path: fc.constantFrom([1], [1], [2], [1, 3], [1, 65000]),
  med: fc.constantFrom(0, 0, 1),
});

class Speaker extends RibRig {
  readonly #batch = createStoreBatch(100);

  constructor(readonly writer: StoreWriter) {
    super();
    for (const { id, asn, routerId } of peers) {
      const internal = asn === 65000;
      this.up(id, { remoteAsn: asn, internal, remoteRouterId: routerId });
      assert.equal(writer.peers.upsert({ name: `127.0.0.${id}`, remoteIp: `127.0.0.${id}` }), id);
      const state = { state: "Established" as const, since: this.now, localAs: 65000, remoteAs: asn };
      writer.peers.state(id, { ...state, routerId: formatIpv4Number(routerId) });
    }
    writer.writePeers();
  }

  play({ peer, prefix: number, kind, path, med }: Step): void {
    const prefix = prefixes[number]!;
    this.now++;
    const { id } = peers[peer]!;
    const { context } = this.sessions.get(id)!;
    if (kind === "local") {
      const key = `local ${prefix}`;
      const route = { family: familyOf(prefix), prefix: parsePrefix(prefix)!, attributes: ribAttributes({}, []) };
      if (peer === 0) this.rib.originate([{ key, peerId: undefined, route }]);
      else this.rib.unoriginate([key]);
    } else if (kind === "withdraw") this.send(id, withdraw(context, prefix));
    else this.send(id, announce(context, wire({ med }, path), prefix));
    this.rib.decide();
  }

  store(): void {
    while (this.rib.fillStore(this.#batch)) {
      this.writer.apply(this.#batch);
      clearStoreBatch(this.#batch);
    }
  }
}

const routerIds = new Map(peers.map(({ id, routerId }) => [`127.0.0.${id}`, routerId]));

Deno.test("RFC 4271 §9.1.2.2, RFC 5004 §3: the explanation gives the best route and the step of memory", async () => {
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(
      fc.array(step, { minLength: 1, maxLength: 30 }),
      (steps) =>
        withEmptyWriter(async (writer, path) => {
          const speaker = new Speaker(writer);
          for (const each of steps) speaker.play(each);
          speaker.store();
          const reader = new StoreReader(path);
          try {
            for (const prefix of prefixes) {
              const [explained] = await reader.explain({ prefix });
              const best = speaker.best(prefix);
              if (explained === undefined) {
                assert.equal(best, undefined);
                continue;
              }
              assert.ok(explained.settled, JSON.stringify(explained));
              const explainedBest = explained.routes.find(({ verdict }) => verdict === "best");
              assert.equal(
                explainedBest?.peer,
                best === undefined ? undefined : best.peerId === 0 ? "local" : `127.0.0.${best.peerId}`,
              );
              assert.equal(explainedBest?.best ?? false, explainedBest !== undefined);
              assert.equal(explainedBest?.step, best === undefined ? undefined : decisionStepNames[best.step]);
              assert.equal(explainedBest?.bestReason, explainedBest?.step);
              for (const route of explained.routes) {
                assert.equal(route.verdict === "ineligible", route.ineligible !== null);
                if (route.step !== null) seen.add(`${route.verdict} ${route.step}`);
                if (route.step === "router id" && route.verdict === "lost") {
                  assert.equal(route.value, formatIpv4Number(routerIds.get(route.peer)!));
                }
              }
            }
          } finally {
            reader.close();
          }
        }),
    ),
    { numRuns: 150 },
  );
  for (const each of ["best oldest", "lost oldest", "best only route", "best originated here", "lost MED"]) {
    assert.ok(seen.has(each), `${each} was never explained: ${[...seen]}`);
  }
});

function withEmptyWriter(test: (writer: StoreWriter, path: string) => Promise<void>): Promise<void> {
  return withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const writer = new StoreWriter(path, { now: () => 1 });
    try {
      await test(writer, path);
    } finally {
      writer.close();
    }
  });
}

const policies = `
[[policies]]
name = "customer-in"
default = "accept"
[[policies.rules]]
name = "no test nets"
match = { prefix = ["10.1.0.0/16"] }
action = "reject"
[[policies.rules]]
set = { local_pref = 200, add_communities = ["65000:1"] }
`;

Deno.test("a rejected route is explained with its rule, a changed route with its received values", () =>
  withEmptyWriter(async (writer, path) => {
    const speaker = new Speaker(writer);
    speaker.rib.setPolicies(policyTable(policies));
    speaker.rib.updatePeer({ id: 2, address: Uint8Array.of(127, 0, 0, 2), import: ["customer-in"] });
    for (const peer of [0, 1]) {
      for (const prefix of [0, 1]) speaker.play({ peer, prefix, kind: "announce", path: [peer + 1], med: 0 });
    }
    while (speaker.rib.decide());
    speaker.store();
    const reader = new StoreReader(path);
    try {
      const [changed] = await reader.explain({ prefix: "10.0.0.0/8" });
      assert.ok(changed!.settled);
      const [best, other] = changed!.routes;
      assert.deepEqual([best!.peer, best!.explanation], ["127.0.0.2", "local preference 200, next has 100"]);
      assert.deepEqual(best!.received, { localPref: null, communities: null });
      assert.deepEqual([other!.explanation, other!.received], ["local preference 100, best has 200", null]);
      const [rejected] = await reader.explain({ prefix: "10.1.0.0/16" });
      assert.ok(rejected!.settled);
      assert.deepEqual(rejected!.routes.map(({ peer, explanation }) => [peer, explanation]), [
        ["127.0.0.1", "the only route"],
        ["127.0.0.2", "no candidate: import policy rejects it: policy customer-in, rule no test nets"],
      ]);
    } finally {
      reader.close();
    }
  }));

/** Two eBGP peers, 192.0.2.1 and 2001:db8::2, with one prefix; `batch` adds routes. */
function withPrefix(batch: Batch, test: (reader: StoreReader) => Promise<void>): Promise<void> {
  return withWriter(async (writer, path) => {
    writer.peers.state(1, { state: "Established", since: noon, routerId: "10.0.0.1", remoteAs: 65001, localAs: 65000 });
    writer.peers.state(2, { state: "Established", since: noon, routerId: "10.0.0.2", remoteAs: 65002, localAs: 65000 });
    writer.writePeers();
    writer.apply(batch.batch);
    const reader = new StoreReader(path);
    try {
      await test(reader);
    } finally {
      reader.close();
    }
  });
}

const table = () =>
  new Batch().prefix(1, "10.0.0.0/8").set(1, attributes("65001 65010")).set(2, attributes("65002 65003 65010"));

Deno.test("an explanation has the values of the step, the time, and the received values", () =>
  withPrefix(
    table().set(3, attributes("65002 65010", "192.0.2.9", { localPref: 90, communities: [65001 * 65536 + 1] }))
      .route(1, 1, 1).route(2, 1, 2, { receivedId: 3, at: noon + 1 }).best(1, 1, { step: 3 }),
    async (reader) => {
      const [{ prefix, family, routes, settled }] = await reader.explain({ address: "10.1.2.3" }) as [ExplainedPrefix];
      assert.deepEqual([prefix, family, settled], ["10.0.0.0/8", "ipv4 unicast", true]);
      assert.deepEqual(
        routes.map(({ peer, verdict, step, value, against, explanation }) => ({
          peer,
          verdict,
          step,
          value,
          against,
          explanation,
        })),
        [
          {
            peer: "192.0.2.1",
            verdict: "best",
            step: "AS path length",
            value: "2",
            against: "3",
            explanation: "AS path length 2, next has 3",
          },
          {
            peer: "2001:db8::2",
            verdict: "lost",
            step: "AS path length",
            value: "3",
            against: "2",
            explanation: "AS path length 3, best has 2",
          },
        ],
      );
      assert.deepEqual(routes.map(({ bestSince }) => bestSince), [new Date(noon).toISOString(), null]);
      assert.deepEqual(routes.map(({ received }) => received), [null, {
        asPath: "65002 65010",
        nextHop: "192.0.2.9",
        localPref: 90,
        communities: "65001:1",
      }]);
    },
  ));

Deno.test("ineligible routes are explained with their reason", () =>
  withPrefix(
    table().route(1, 1, 1, { ineligible: Ineligible.ownAsn }).route(2, 1, 2, { ineligible: Ineligible.notImported }),
    async (reader) => {
      const [{ routes, settled }] = await reader.explain({ prefix: "10.0.0.0/8" }) as [ExplainedPrefix];
      assert.ok(settled);
      assert.deepEqual(routes.map(({ verdict, explanation }) => [verdict, explanation]), [
        ["ineligible", "no candidate: own ASN in AS path, a loop (RFC 4271 §9.1.2)"],
        [
          "ineligible",
          'no candidate: not imported: the peer has import = "none", or no import policy under strict RFC 8212',
        ],
      ]);
    },
  ));

Deno.test("RFC 4724 §4.2: a stale route of a restarting peer is a candidate like any other", () =>
  withPrefix(
    table().route(1, 1, 1, { at: noon - 1 }).route(2, 1, 2).best(1, 1, { step: 3 })
      .event({ kind: "stale", peerId: 1, family: 1, before: noon }),
    async (reader) => {
      const [{ routes, settled }] = await reader.explain({ prefix: "10.0.0.0/8" }) as [ExplainedPrefix];
      assert.ok(settled);
      assert.deepEqual(routes.map(({ stale, verdict, step }) => [stale, verdict, step]), [
        [true, "best", "AS path length"],
        [false, "lost", "AS path length"],
      ]);
    },
  ));

Deno.test("a stale route of an earlier run is explained as no candidate, though its path is shorter", () =>
  withPrefix(
    table().route(1, 1, 1, { at: noon - 1 }).route(2, 1, 2).best(1, 2, { step: 1 })
      .event({ kind: "stale", peerId: 1, family: 1, before: noon }),
    async (reader) => {
      const [{ routes, settled }] = await reader.explain({ prefix: "10.0.0.0/8" }) as [ExplainedPrefix];
      assert.ok(settled);
      assert.deepEqual(routes.map(({ verdict, explanation }) => [verdict, explanation]), [
        ["best", "the only route"],
        ["ineligible", "no candidate: stale, from an earlier session and not announced again yet"],
      ]);
    },
  ));

Deno.test("where routes changed since the decision, only the stored step is shown", () =>
  withPrefix(table().route(1, 1, 1).route(2, 1, 2).best(1, 2, { step: 2 }), async (reader) => {
    const [{ routes, settled }] = await reader.explain({ prefix: "10.0.0.0/8" }) as [ExplainedPrefix];
    assert.equal(settled, false);
    assert.deepEqual(routes.map(({ peer, verdict, step, value }) => [peer, verdict, step, value]), [
      ["2001:db8::2", "best", "local preference", null],
      ["192.0.2.1", "lost", null, null],
    ]);
    assert.match(routes[0]!.explanation, /^local preference; routes have changed since/);
  }));

Deno.test("no IPv6 prefix contains an IPv4 address, not even the default route", () =>
  withPrefix(new Batch().prefix(1, "::/0").set(1, attributes("65001")).route(1, 1, 1).best(1, 1), async (reader) => {
    assert.deepEqual(await reader.explain({ address: "0.0.0.0" }), []);
    assert.deepEqual([...reader.routes({ address: "0.0.0.0", family: "ipv6 unicast" })], []);
    assert.equal((await reader.explain({ address: "::" })).length, 1);
  }));
