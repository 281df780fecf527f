import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { encodeAttributeSet, encodeNlriValue } from "../../../../src/message/mod.ts";
import { DecisionStep } from "../../../../src/rib/decide/decision.ts";
import { Ineligible, ineligibleNames } from "../../../../src/rib/in/import/eligibility.ts";
import { type Candidate as Explained, explain, explainIneligible } from "../../../../src/rib/decide/explain.ts";
import { type Candidate, decide } from "./decision_support.ts";
import { attributes } from "../support.ts";

function explained(candidate: Candidate, i: number): Explained {
  return {
    peerId: candidate.local === true ? 0 : candidate.peerId ?? i + 1,
    internal: candidate.internal ?? false,
    confederation: candidate.confederation ?? false,
    routerId: candidate.routerId ?? 10,
    address: Uint8Array.from(candidate.address ?? [192, 0, 2, 10]),
    pathId: candidate.pathId ?? -1,
    wire: encodeAttributeSet(attributes(candidate.set ?? {}, candidate.path)),
  };
}

function explainAll(candidates: readonly Candidate[], current = -1) {
  return explain(candidates.map(explained), current);
}

/** Mostly the first value: routes that tie come to the later steps. */
function mostly<T>(first: T, ...others: T[]): fc.Arbitrary<T> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(first) }, { weight: 1, arbitrary: fc.constantFrom(...others) });
}

const mobility = (flags: number, sequence: number) => Uint8Array.of(6, 0, flags, 0, 0, 0, 0, sequence);

const candidate: fc.Arbitrary<Candidate> = fc.record({
  set: fc.record({
    localPref: mostly<number | undefined>(undefined, 100, 200),
    origin: mostly<0 | 1 | 2>(0, 1, 2),
    med: mostly<number | undefined>(1, undefined, 0, 2),
    clusterList: mostly<number[]>([], [1], [1, 2]),
    originatorId: mostly<number | undefined>(undefined, 3, 4),
    // GRACEFUL_SHUTDOWN, LLGR_STALE.
    communities: mostly<number[]>([], [0xffff0000], [0xffff0006]),
    aigp: mostly<bigint | undefined>(undefined, 5n, 6n),
    nlriValue: fc.constant(encodeNlriValue({ labels: [1], isMac: true })),
    // MAC Mobility of EVPN: sequence numbers, and a static address.
    extCommunities: mostly<Uint8Array[]>([], [], [], [mobility(0, 1)], [mobility(0, 2)], [mobility(1, 0)]),
  }),
  path: mostly([1, 2], [2, 1], [1], []),
  internal: mostly(false, true),
  confederation: mostly(false, true),
  routerId: fc.constantFrom(1, 2, 3, 0xc0000001),
  local: mostly(false, false, false, true),
});
/**
 * One local route at most; some are paths of the peer before, or of another session with its router, which differ in
 * nothing else.
 */
const kind = fc.constantFrom("path", "path", "session", "other", "other");
const candidates = fc.array(fc.tuple(candidate, kind), { maxLength: 10 }).map((drawn) => {
  const routes: Candidate[] = [];
  for (const [one, kind] of drawn) {
    const before = routes.at(-1);
    const pathId = routes.length, peerId = 50 - routes.length;
    const isLike = before !== undefined && before.local !== true;
    if (kind === "path" && isLike) routes.push({ ...before, pathId });
    else if (kind === "session" && isLike) routes.push({ ...before, peerId });
    else {
      const local = one.local === true && !routes.some(({ local }) => local === true);
      routes.push({ ...one, address: [10, 0, 0, routes.length], pathId, peerId, local });
    }
  }
  return routes;
});

Deno.test("RFC 4271 §9.1.2.2: explain names the winner and the step of the decision process", () => {
  const steps = new Set<number>();
  fc.assert(
    fc.property(candidates, fc.integer({ min: -1, max: 9 }), (routes, before) => {
      const current = before < routes.length ? before : -1;
      const [winner, step] = decide(routes, current);
      const explanation = explainAll(routes, current);
      assert.deepEqual([explanation.winner, explanation.step], [winner, step]);
      assert.equal(explanation.verdicts.length, routes.length);
      steps.add(step);
    }),
    { numRuns: 3000 },
  );
  for (const step of Object.values(DecisionStep)) {
    assert.ok(steps.has(step), `step ${step} never decided`);
  }
});

Deno.test("a route loses at the step at which it would lose alone, or to a MED of its own neighbour", () => {
  fc.assert(
    fc.property(candidates, (routes) => {
      const { winner, verdicts } = explainAll(routes);
      for (const [i, verdict] of verdicts.entries()) {
        if (i === winner) continue;
        assert.notEqual(verdict.by, i);
        if (verdict.by !== winner) assert.equal(verdict.step, DecisionStep.med);
        const pair = decide([routes[i]!, routes[verdict.by]!]);
        assert.equal(pair[1], verdict.step, "alone, the same step decides between the two");
        assert.equal(pair[0], 1);
      }
    }),
    { numRuns: 1000 },
  );
});

Deno.test("a MAC address that moved: the sequence numbers are named (RFC 7432 §15)", () => {
  const set = (flags: number, sequence: number) => ({
    set: { nlriValue: encodeNlriValue({ labels: [1], isMac: true }), extCommunities: [mobility(flags, sequence)] },
  });
  const { winner, verdicts } = explainAll([set(0, 1), set(0, 3)]);
  assert.equal(winner, 1);
  assert.deepEqual(verdicts.map(({ text }) => text), [
    "MAC mobility 1, best has 3",
    "MAC mobility 3, next has 1",
  ]);
  assert.equal(explainAll([set(0, 9), set(1, 0)]).verdicts[0]!.text, "MAC mobility 9, best has static");
});

Deno.test("RFC 5065 §5.3: a route from another member of the confederation counts as iBGP and is named so", () => {
  const { winner, verdicts } = explainAll([{ ...base, confederation: true, routerId: 1 }, base], 0);
  assert.equal(winner, 1);
  assert.equal(verdicts[0]!.text, "learned over confederation eBGP, best over eBGP");
});

const base = { set: { localPref: 100, origin: 1 as const, med: 50 }, path: [65001, 65002], routerId: 0x0a000001 };
const sentences: [Candidate, Candidate, string, string][] = [
  [
    { ...base, local: true },
    base,
    "originated here: takes precedence over all received routes",
    "received; best is originated here",
  ],
  [
    { ...base, set: { ...base.set, localPref: 200 } },
    base,
    "local preference 200, next has 100",
    "local preference 100, best has 200",
  ],
  [
    base,
    { ...base, set: { ...base.set, communities: [0xffff0006] } },
    "not long-lived stale, as the others are (RFC 9494)",
    "long-lived stale, best is not (RFC 9494)",
  ],
  [{ ...base, set: { ...base.set, aigp: 5n } }, base, "AIGP 5, next has none", "AIGP none, best has 5"],
  [{ ...base, path: [65001] }, base, "AS path length 1, next has 2", "AS path length 2, best has 1"],
  [{ ...base, set: { ...base.set, origin: 0 } }, base, "origin igp, next has egp", "origin egp, best has igp"],
  [
    { ...base, set: { ...base.set, med: 10 } },
    base,
    "MED 10, next has 50 (both from AS 65001)",
    "MED 50, best has 10 (both from AS 65001)",
  ],
  [base, { ...base, internal: true }, "learned over eBGP, next over iBGP", "learned over iBGP, best over eBGP"],
  [
    base,
    { ...base, routerId: 0x0a000002 },
    "router id 10.0.0.1, next has 10.0.0.2",
    "router id 10.0.0.2, best has 10.0.0.1",
  ],
  [
    { ...base, set: { ...base.set, originatorId: 0x01010101 } },
    base,
    "originator id 1.1.1.1, next has 10.0.0.1",
    "router id 10.0.0.1, best has originator id 1.1.1.1",
  ],
  [
    { ...base, set: { ...base.set, clusterList: [1] } },
    { ...base, set: { ...base.set, clusterList: [1, 2] } },
    "cluster list length 1, next has 2",
    "cluster list length 2, best has 1",
  ],
  [
    { ...base, address: [192, 0, 2, 1] },
    { ...base, address: [192, 0, 2, 2] },
    "peer address 192.0.2.1, next has 192.0.2.2",
    "peer address 192.0.2.2, best has 192.0.2.1",
  ],
  [{ ...base, pathId: 1 }, { ...base, pathId: 2 }, "path id 1, next has 2", "path id 2, best has 1"],
  [{ ...base, peerId: 3 }, { ...base, peerId: 7 }, "peer id 3, next has 7", "peer id 7, best has 3"],
];
for (const [better, worse, won, lost] of sentences) {
  Deno.test(`why it is best, why not: ${won} | ${lost}`, () => {
    const { winner, verdicts } = explainAll([worse, better]);
    assert.equal(winner, 1);
    assert.deepEqual(verdicts.map(({ text }) => text), [lost, won]);
    assert.deepEqual([verdicts[0]!.value, verdicts[0]!.against], [verdicts[1]!.against, verdicts[1]!.value]);
  });
}

Deno.test("RFC 5004 §3: the best route stays the best route, and both sentences say so", () => {
  const { winner, verdicts } = explainAll([base, { ...base, routerId: 1 }], 0);
  assert.equal(winner, 0);
  assert.deepEqual(verdicts.map(({ text }) => text), [
    "oldest: ties with others up to this step, and was the best route before (RFC 5004)",
    "ties up to this step, but best was the best route before (oldest, RFC 5004)",
  ]);
});

Deno.test("a MED is lost to a route that need not be the best: it is named", () => {
  const { verdicts } = explainAll([
    { path: [2], set: { med: 9 }, routerId: 1, address: [10, 0, 0, 1] },
    { path: [1], set: { med: 7 }, routerId: 2, address: [10, 0, 0, 2] },
    { path: [1], set: { med: 5 }, routerId: 3, address: [10, 0, 0, 3] },
  ]);
  assert.deepEqual(verdicts.map(({ text }) => text), [
    "router id 0.0.0.1, next has 0.0.0.3",
    "MED 7, 10.0.0.3 has 5 (both from AS 1)",
    "router id 0.0.0.3, best has 0.0.0.1",
  ]);
});

Deno.test("one route, no route", () => {
  assert.deepEqual(explainAll([base]).verdicts.map(({ text }) => text), ["the only route"]);
  assert.deepEqual(explainAll([{ ...base, local: true }]).verdicts[0]!.text, "the only route, originated here");
  assert.deepEqual(explainAll([]), { winner: -1, step: DecisionStep.none, verdicts: [] });
});

Deno.test("why a route is no candidate: every reason has its sentence, a rule of a policy is named", () => {
  const known = Object.values(Ineligible).filter((reason) => reason !== Ineligible.none);
  for (const reason of known) {
    const word = ineligibleNames[reason]!;
    const text = explainIneligible(reason, word);
    assert.ok(text.startsWith(`no candidate: ${word}`) && text.length > `no candidate: ${word}`.length, text);
  }
  assert.equal(
    explainIneligible(0x9e3779b1, "policy customer-in, rule no bogons"),
    "no candidate: import policy rejects it: policy customer-in, rule no bogons",
  );
});
