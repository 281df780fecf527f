import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { encodeNlriValue, SegmentType } from "../../../../src/message/mod.ts";
import { DecisionStep, decisionStepNames } from "../../../../src/rib/decide/decision.ts";
import { decisionSteps } from "../../../../src/rib/decide/explain.ts";
import { AttributeKeys } from "../../../../src/rib/table/attribute_keys.ts";
import { type Candidate, decide, rank } from "./decision_support.ts";

/** Each row differs from the reference in one thing, by which it wins. */
const reference: Candidate = { set: { med: 50, localPref: 100, origin: 1, clusterList: [1, 2] }, path: [65001, 65002] };
/** Attributes of EVPN routes: with a label, and with MAC Mobility. */
const ofEvpn = { nlriValue: encodeNlriValue({ labels: [1], isMac: true }) };
const moved = (sequence: number, flags = 0) => {
  const community = Uint8Array.of(6, 0, flags, 0, 0, 0, 0, 0);
  new DataView(community.buffer).setUint32(4, sequence);
  return { ...ofEvpn, extCommunities: [community] };
};
const rows: [string, Candidate, Candidate, DecisionStep][] = [
  ["a route of this speaker itself", reference, { local: true }, DecisionStep.local],
  ["a higher LOCAL_PREF", reference, { set: { ...reference.set, localPref: 101 } }, DecisionStep.localPref],
  ["an absent LOCAL_PREF counts 100", { set: { ...reference.set, localPref: 99 } }, {
    set: { ...reference.set, localPref: undefined },
  }, DecisionStep.localPref],
  ["a lower AIGP (RFC 7311 §4.1)", { set: { ...reference.set, aigp: 2n ** 33n } }, {
    set: { ...reference.set, aigp: 7n },
    path: [1, 2, 3],
  }, DecisionStep.aigp],
  ["AIGP where the other has none (RFC 7311 §4.1)", reference, {
    set: { ...reference.set, aigp: 7n },
    path: [1, 2, 3],
  }, DecisionStep.aigp],
  [
    "no LLGR_STALE (RFC 9494 §4.4), whatever else speaks for it,",
    { ...reference, set: { ...reference.set, communities: [0xffff0006], localPref: 4294967295 } },
    { set: reference.set ?? {} },
    DecisionStep.longLivedStale,
  ],
  [
    "a higher sequence number of MAC Mobility (RFC 7432 §15)",
    { ...reference, set: { ...reference.set, ...moved(1) } },
    {
      set: { ...reference.set, ...moved(2), localPref: 1 },
    },
    DecisionStep.mobility,
  ],
  ["MAC Mobility where the other has none", { ...reference, set: { ...reference.set, ...ofEvpn } }, {
    set: { ...reference.set, ...moved(1), localPref: 1 },
  }, DecisionStep.mobility],
  ["a static MAC address (RFC 7432 §15.2)", { ...reference, set: { ...reference.set, ...moved(0xffffffff) } }, {
    set: { ...reference.set, ...moved(0, 1), localPref: 1 },
  }, DecisionStep.mobility],
  ["a shorter AS_PATH", reference, { path: [65001] }, DecisionStep.asPathLength],
  ["an AS_SET counts as one", reference, {
    set: { ...reference.set, asPath: [{ type: SegmentType.set, asns: [1, 2, 3] }] },
  }, DecisionStep.asPathLength],
  ["a lower ORIGIN", reference, { set: { ...reference.set, origin: 0 } }, DecisionStep.origin],
  ["a lower MED from the same AS", reference, { set: { ...reference.set, med: 49 } }, DecisionStep.med],
  ["a missing MED from the same AS", reference, { set: { ...reference.set, med: undefined } }, DecisionStep.med],
  ["eBGP", { ...reference, internal: true }, { internal: false }, DecisionStep.ebgpOverIbgp],
  ["eBGP before a confederation's (RFC 5065 §5.3)", { ...reference, confederation: true }, {
    confederation: false,
  }, DecisionStep.ebgpOverIbgp],
  ["a lower BGP Identifier", reference, { routerId: 9 }, DecisionStep.routerId],
  [
    "a BGP Identifier is unsigned",
    { ...reference, routerId: 0xc0000000 },
    { routerId: 0x0a000000 },
    DecisionStep.routerId,
  ],
  ["a lower ORIGINATOR_ID, in place of the identifier", reference, {
    set: { ...reference.set, originatorId: 9 },
    routerId: 11,
  }, DecisionStep.routerId],
  [
    "a shorter CLUSTER_LIST",
    reference,
    { set: { ...reference.set, clusterList: [7] } },
    DecisionStep.clusterListLength,
  ],
  ["a lower peer address", reference, { address: [192, 0, 2, 9] }, DecisionStep.peerAddress],
  ["an IPv4 peer before an IPv6 one", { ...reference, address: new Array(16).fill(0) }, {}, DecisionStep.peerAddress],
  ["a lower path identifier", { ...reference, pathId: 4294967295 }, { pathId: 2 }, DecisionStep.pathId],
  [
    "of two sessions with one router the peer known first",
    { ...reference, peerId: 9 },
    { peerId: 2 },
    DecisionStep.peerId,
  ],
];
for (const [name, worse, change, step] of rows) {
  const better = { ...reference, ...change };
  Deno.test(`RFC 4271 §9.1.2.2: ${name} wins, by ${decisionStepNames[step]}`, () => {
    assert.deepEqual(decide([worse, better]), [1, step]);
    assert.deepEqual(decide([better, worse]), [0, step], "in the other order too");
  });
}

Deno.test("the table has a row for every step; the oldest one takes two decisions, and has tests of its own", () => {
  const without: DecisionStep[] = [DecisionStep.none, DecisionStep.onlyRoute, DecisionStep.oldest];
  const steps = Object.values(DecisionStep).filter((step) => !without.includes(step));
  assert.deepEqual([...new Set(rows.map(([, , , step]) => step))].sort(), steps.sort());
});

Deno.test("MAC Mobility means nothing for routes of unicast, whose NLRI have no value", () => {
  const { extCommunities } = moved(5);
  const [winner, step] = decide([{ ...reference, set: { ...reference.set, extCommunities, localPref: 1 } }, reference]);
  assert.deepEqual([winner, step], [1, DecisionStep.localPref]);
});

Deno.test("MAC Mobility means nothing for VPN routes, which have a label and lead to no MAC address", () => {
  const ofVpn = { ...moved(5), nlriValue: encodeNlriValue({ labels: [1] }), localPref: 1 };
  const [winner, step] = decide([{ ...reference, set: { ...reference.set, ...ofVpn } }, reference]);
  assert.deepEqual([winner, step], [1, DecisionStep.localPref]);
});

Deno.test("an earlier step outweighs all later ones", () => {
  const steps: Candidate[] = [
    { local: true },
    { set: moved(1) },
    { set: { localPref: 200 } },
    { set: { aigp: 1n } },
    { path: [65001] },
    { set: { origin: 0 } },
    { set: { med: 0 } },
    { internal: false },
    { routerId: 1 },
    { set: { clusterList: [1] } },
    { address: [1, 1, 1, 1] },
    { pathId: 1 },
    { peerId: 1 },
  ];
  const base: Candidate = {
    set: { med: 50, localPref: 100, origin: 1, clusterList: [1, 2] },
    path: [65001, 65002],
    internal: true,
    pathId: 2,
    peerId: 2,
  };
  const merge = (...parts: Candidate[]) =>
    parts.reduce((all, part) => ({ ...all, ...part, set: { ...all.set, ...part.set } }), base);
  for (let i = 0; i + 1 < steps.length; i++) {
    const [winner] = decide([merge(steps[i]!), merge(...steps.slice(i + 1))]);
    assert.equal(winner, 0, `step ${i}`);
  }
});

Deno.test("no candidate, one candidate", () => {
  assert.deepEqual(decide([]), [-1, DecisionStep.none]);
  assert.deepEqual(decide([reference]), [0, DecisionStep.onlyRoute]);
});

Deno.test("RFC 4271 §9.1.2.2 c: MED does not compare between neighbouring ASes", () => {
  assert.deepEqual(decide([{ path: [1], set: { med: 0 } }, { path: [2], set: { med: 9 }, routerId: 1 }]), [
    1,
    DecisionStep.routerId,
  ]);
});

Deno.test("MED is not transitive: A beats B, B beats C, C beats A; all at once, one winner in every order", () => {
  // A and C are of one AS and compare by MED; B is of another, and compares by identifier.
  const a = { path: [1], set: { med: 20 }, routerId: 1 };
  const b = { path: [2], set: { med: 0 }, routerId: 2 };
  const c = { path: [1], set: { med: 10 }, routerId: 3 };
  assert.equal(decide([a, b])[0], 0);
  assert.equal(decide([b, c])[0], 0);
  assert.equal(decide([c, a])[0], 0);
  for (const order of [[a, b, c], [a, c, b], [b, a, c], [b, c, a], [c, a, b], [c, b, a]]) {
    assert.equal(order[decide(order)[0]], b);
  }
});

Deno.test("RFC 5004 §3: among eBGP routes the best one stays, though another has a lower identifier", () => {
  const routes = [{ routerId: 9 }, { routerId: 5 }];
  assert.deepEqual(decide(routes, 0), [0, DecisionStep.oldest]);
  assert.deepEqual(decide(routes, 1), [1, DecisionStep.oldest]);
  assert.deepEqual(decide(routes, -1), [1, DecisionStep.routerId]);
});

Deno.test("RFC 5004 §3: not for iBGP routes, not before earlier steps, not between sessions of one speaker", () => {
  assert.deepEqual(decide([{ routerId: 9, internal: true }, { routerId: 5, internal: true }], 0), [
    1,
    DecisionStep.routerId,
  ]);
  assert.deepEqual(decide([{ path: [1, 2] }, { path: [1] }], 0), [1, DecisionStep.asPathLength]);
  assert.deepEqual(decide([{ address: [192, 0, 2, 9] }, { address: [192, 0, 2, 8] }], 0), [
    1,
    DecisionStep.peerAddress,
  ]);
});

const candidate: fc.Arbitrary<Candidate> = fc.record({
  set: fc.record({
    localPref: fc.constantFrom(100, 200),
    origin: fc.constantFrom<0 | 1>(0, 1),
    med: fc.constantFrom(undefined, 0, 1, 2),
    clusterList: fc.constantFrom([], [1]),
    originatorId: fc.constantFrom(undefined, 3, 4),
  }),
  path: fc.constantFrom([1], [2], [1, 2], [2, 1], []),
  internal: fc.boolean(),
  routerId: fc.integer({ min: 1, max: 4 }),
});
const candidates = fc.array(candidate, { minLength: 1, maxLength: 12 }).map((each) =>
  each.map((one, i) => ({ ...one, address: [10, 0, 0, i] }))
);

Deno.test("the winner does not depend on the order of the candidates", () => {
  fc.assert(fc.property(candidates, fc.infiniteStream(fc.nat()), (routes, random) => {
    const [winner, step] = decide(routes);
    const keyed = routes.map((route) => ({ route, key: random.next().value as number }));
    const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ route }) => route);
    const [other, otherStep] = decide(shuffled);
    assert.equal(shuffled[other], routes[winner]);
    assert.equal(otherStep, step);
  }));
});

Deno.test("the winner is the one a plain reading of RFC 4271 §9.1.2.2 finds", () => {
  fc.assert(fc.property(candidates, (routes) => {
    let left = routes;
    const lowest = (key: (route: Candidate) => number) => {
      const best = Math.min(...left.map(key));
      left = left.filter((route) => key(route) === best);
    };
    const neighbour = (route: Candidate) => route.path![0] ?? 0;
    const med = (route: Candidate) => route.set!.med ?? 0;
    lowest((route) => -(route.set!.localPref ?? 100));
    lowest((route) => route.path!.length);
    lowest((route) => route.set!.origin!);
    left = left.filter((m) => !left.some((n) => neighbour(n) === neighbour(m) && med(n) < med(m)));
    lowest((route) => route.internal === true ? 1 : 0);
    lowest((route) => route.set!.originatorId ?? route.routerId!);
    lowest((route) => route.set!.clusterList!.length);
    lowest((route) => route.address![3]!);
    assert.equal(routes[decide(routes)[0]], left[0]);
  }));
});

Deno.test("the order of preference is the decision repeated without the winners so far, whatever MED does", () => {
  const some = candidate.map((one) => ({ ...one, set: { ...one.set, localPref: 100, origin: 0 as const } }));
  // Of few kinds, so that many tie up to MED.
  const tied = fc.array(some, { minLength: 1, maxLength: 12 }).map((each) =>
    each.map((one, i) => ({ ...one, path: one.path!.slice(0, 1), address: [10, 0, 0, i], local: i === 5 }))
  );
  fc.assert(
    fc.property(fc.oneof(candidates, tied), fc.nat(11), (routes, current) => {
      const best = current < routes.length ? current : -1;
      const left = routes.map((_, i) => i);
      const expected = left.splice(decide(routes, best)[0], 1);
      while (left.length > 0) expected.push(...left.splice(decide(left.map((i) => routes[i]!))[0], 1));
      assert.deepEqual(rank(routes, best), expected);
    }),
    { numRuns: 500 },
  );
});

Deno.test("a thousand candidates with MEDs are ranked in milliseconds", () => {
  const routes = Array.from({ length: 1000 }, (_, i): Candidate => ({
    set: { med: (i * 7) % 31 },
    path: [1 + i % 40],
    routerId: 1 + (i * 13) % 997,
    address: [10, 0, i >> 8, i & 255],
  }));
  const before = performance.now();
  const order = rank(routes);
  assert.equal(new Set(order).size, 1000);
  assert.ok(performance.now() - before < 500, `${performance.now() - before} ms`);
});

Deno.test("the header of decision.ts lists every step with its source, in the order in which they apply", async () => {
  const file = new URL("../../../../src/rib/decide/decision.ts", import.meta.url);
  const text = await Deno.readTextFile(file);
  const header = text.slice(0, text.indexOf("*/")).replaceAll("\n * ", " ");
  const listed = [...header.matchAll(/(\d+)\. `(\w+)`: (.*?)(?= +\d+\. `|\n)/g)];
  assert.deepEqual(listed.map(([, number]) => Number(number)), listed.map((_, i) => i + 1));
  const names = Object.keys(DecisionStep) as (keyof typeof DecisionStep)[];
  const applied = decisionSteps([], new AttributeKeys(), -1).map(({ step }) =>
    names.find((name) => DecisionStep[name] === step)
  );
  assert.deepEqual(listed.map(([, , name]) => name), applied);
  assert.deepEqual([...applied, "none", "onlyRoute"].toSorted(), names.toSorted(), "every step has its place");
  for (const [, , name, what] of listed) {
    if (name !== "peerId") assert.match(what!, /RFC \d+/, `${name} names no RFC`);
  }
});
