/**
 * The decision process within the RIB: whatever came in whatever order, the best routes are those that a RIB finds
 * which hears the same routes at once, but for what RFC 5004 wants to stay.
 */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import type { AttributeSet } from "../../../../src/message/mod.ts";
import { type Candidate, DecisionStep, explain, type RibRow } from "../../../../src/rib/mod.ts";
import type { Negotiated } from "../../../../src/session/mod.ts";
import { familyMask, formatPrefix, parseAddress, parsePrefix } from "../../../../src/types/mod.ts";
import { announce, attributes, familyOf, RibRig, v4, v6, wire, withdraw } from "../support.ts";

const addPath = familyMask([v4, v6]);
/** Two eBGP peers of one AS, one that is the same speaker as the second, ADD-PATH; iBGP peers, one with ADD-PATH. */
const contexts: readonly Partial<Negotiated>[] = [
  { remoteAsn: 65001, remoteRouterId: 9 },
  { remoteAsn: 65001, remoteRouterId: 5 },
  { remoteAsn: 65002, remoteRouterId: 5, addPathReceive: addPath },
  { remoteAsn: 65000, remoteRouterId: 7, internal: true },
  { remoteAsn: 65000, remoteRouterId: 1, internal: true, addPathReceive: addPath },
];
const internalPeers = [4, 5];
const prefixes = ["10.0.0.0/8", "10.1.0.0/16", "2001:db8::/32"];

interface Route {
  /** 0: originated here. */
  peer: number;
  prefix: number;
  pathId: number;
  path: number[];
  set: Partial<AttributeSet>;
}
type Event = Route & { kind: "announce" | "withdraw" | "flap" };

const route = (peers: readonly number[]): fc.Arbitrary<Route> =>
  fc.record({
    peer: fc.constantFrom(...peers),
    prefix: fc.nat(prefixes.length - 1),
    pathId: fc.nat(2),
    // 65000: our own AS, a loop.
    path: fc.constantFrom([1], [1], [2], [2, 1], [1, 65000]),
    set: fc.record({
      med: fc.constantFrom(undefined, 0, 1),
      localPref: fc.constantFrom(undefined, undefined, 200),
      originatorId: fc.constantFrom(undefined, undefined, 3, 0x01010101),
      clusterList: fc.constantFrom([], [1], [1, 2]),
      // LLGR_STALE.
      communities: fc.constantFrom<number[][]>([], [], [], [0xffff0006]),
    }),
  });
const everybody = [1, 2, 3, 4, 5, 1, 2, 3, 4, 5, 0];
const events = (peers: readonly number[]): fc.Arbitrary<Event[]> =>
  fc.array(
    fc.tuple(route(peers), fc.constantFrom<Event["kind"][]>("announce", "announce", "announce", "withdraw", "flap"))
      .map(
        ([route, kind]) => ({ ...route, kind }),
      ),
    { minLength: 1, maxLength: 40 },
  );

class Speaker extends RibRig {
  constructor() {
    super();
    contexts.forEach((context, i) => this.up(i + 1, context));
  }

  play({ kind, peer, prefix: number, pathId: wanted, path, set }: Event): void {
    const prefix = prefixes[number]!;
    if (peer === 0) return this.#originate(kind === "announce", prefix, set.med ?? 0);
    const { context } = this.sessions.get(peer)!;
    const pathId = context.addPathReceive === 0 ? -1 : wanted;
    if (kind === "announce") {
      const { clusterList, originatorId, ...rest } = set;
      // These are of iBGP only (RFC 4456 §8); an eBGP peer's are discarded.
      const whole = context.internal ? { ...rest, clusterList, originatorId } : rest;
      const nextHop = parseAddress(familyOf(prefix) === v4 ? "192.0.2.1" : "2001:db8::1");
      this.send(
        peer,
        announce(context, wire({ ...whole, nextHop } as Partial<AttributeSet>, path), { prefix, pathId }),
      );
      assert.ok(this.facts.every((fact) => fact.kind !== "sessionReset"));
    } else if (kind === "withdraw") this.send(peer, withdraw(context, { prefix, pathId }));
    else {
      this.down(peer);
      this.up(peer, contexts[peer - 1]);
    }
  }

  #originate(on: boolean, prefix: string, med: number): void {
    const route = { family: familyOf(prefix), prefix: parsePrefix(prefix)!, attributes: attributes({ med }, []) };
    if (on) this.rib.originate([{ key: prefix, peerId: undefined, route }]);
    else this.rib.unoriginate([prefix]);
  }

  /** The best routes: by prefix who, which path, and the step. */
  outcome(): Map<string, string> {
    const best = new Map<string, string>();
    for (const row of this.rib.dump()) {
      if (row.best) best.set(formatPrefix(row.prefix!), `${row.peerId} ${row.pathId} ${row.step}`);
    }
    return best;
  }

  rows(prefix: string): RibRow[] {
    return [...this.rib.dump()].filter((row) => formatPrefix(row.prefix!) === prefix);
  }
}

function candidateOf({ peerId, pathId, wire }: RibRow): Candidate {
  const { internal = false, remoteRouterId = 0 } = contexts[peerId - 1] ?? {};
  return { peerId, internal, routerId: remoteRouterId, address: Uint8Array.of(127, 0, 0, peerId), pathId, wire };
}

/** A RIB that hears the routes of another one, last first, and decides once. */
function fromScratch(speaker: Speaker): Speaker {
  const fresh = new Speaker();
  for (const row of [...speaker.rib.dump()].reverse()) {
    const prefix = formatPrefix(row.prefix!);
    if (row.peerId === 0) {
      const route = { family: row.family, prefix: row.prefix!, attributes: attributes({ med: 0 }, []) };
      fresh.rib.originate([{ key: prefix, peerId: undefined, route }]);
      continue;
    }
    const { context } = fresh.sessions.get(row.peerId)!;
    fresh.send(row.peerId, announce(context, row.received, { prefix, pathId: row.pathId }));
  }
  fresh.rib.decide();
  return fresh;
}

Deno.test("RFC 4271 §9.1.2: the best routes do not depend on the order in which routes arrive", () => {
  const last = (routes: readonly Route[]) =>
    new Map(
      routes.map((
        route,
      ) => [`${route.peer} ${route.prefix} ${route.peer === 3 || route.peer === 5 ? route.pathId : -1}`, route]),
    );
  fc.assert(
    fc.property(fc.array(route(everybody), { maxLength: 25 }), fc.infiniteStream(fc.nat()), (routes, random) => {
      const set = [...last(routes).values()];
      const keyed = set.map((route) => ({ route, key: random.next().value as number }));
      const shuffled = keyed.sort((a, b) => a.key - b.key).map(({ route }) => route);
      const [one, other] = [set, shuffled].map((order) => {
        const speaker = new Speaker();
        for (const route of order) speaker.play({ ...route, kind: "announce" });
        speaker.rib.decide();
        return speaker.outcome();
      });
      assert.deepEqual(other, one);
    }),
    { numRuns: 200 },
  );
});

Deno.test("RFC 4271 §9.1.2: deciding change by change equals deciding at once, without a best eBGP route", () => {
  fc.assert(
    fc.property(events([...internalPeers, ...internalPeers, 0]), (events) => {
      const speaker = new Speaker();
      for (const event of events) {
        speaker.play(event);
        speaker.rib.decide();
      }
      assert.deepEqual(speaker.outcome(), fromScratch(speaker).outcome());
    }),
    { numRuns: 150 },
  );
});

Deno.test("RFC 5004 §3: with eBGP routes too, except that among those that tie the current best route stays", () => {
  let stayed = 0;
  fc.assert(
    fc.property(events(everybody), (events) => {
      const speaker = new Speaker();
      for (const event of events) {
        speaker.play(event);
        speaker.rib.decide();
      }
      const scratch = fromScratch(speaker).outcome();
      const outcome = speaker.outcome();
      assert.deepEqual([...outcome.keys()].sort(), [...scratch.keys()].sort());
      for (const [prefix, best] of outcome) {
        if (best === scratch.get(prefix)) continue;
        const rows = speaker.rows(prefix);
        const pair = [best, scratch.get(prefix)!].map((each) => {
          const [peerId, pathId] = each.split(" ").map(Number);
          return candidateOf(rows.find((row) => row.peerId === peerId && row.pathId === pathId)!);
        });
        assert.ok(pair.every(({ internal }) => !internal), "both are eBGP routes");
        // Where it is the same route, only the step is another: "oldest" in place of what made it best.
        if (pair[0]!.peerId === pair[1]!.peerId && pair[0]!.pathId === pair[1]!.pathId) continue;
        const { winner, step } = explain(pair, -1);
        assert.equal(winner, 1, "without what is best before, the other one would be");
        assert.ok(step >= DecisionStep.routerId, "and nothing before the identifiers tells them apart");
        stayed++;
      }
    }),
    { numRuns: 300 },
  );
  assert.ok(stayed > 0, "it never came to that");
});

Deno.test("each decision is the process over all candidates and the best route before it, and nothing else", () => {
  fc.assert(
    fc.property(events(everybody), (events) => {
      const speaker = new Speaker();
      let before = speaker.outcome();
      for (const event of events) {
        speaker.play(event);
        speaker.rib.decide();
        const now = speaker.outcome();
        for (const prefix of prefixes) {
          const rows = speaker.rows(prefix).filter(({ ineligible }) => ineligible === 0);
          const [peerId, pathId] = (before.get(prefix) ?? "").split(" ");
          const current = rows.findIndex((row) => `${row.peerId}` === peerId && `${row.pathId}` === pathId);
          const { winner, step } = explain(rows.map(candidateOf), current);
          const best = rows[winner];
          // A prefix that did not change was not decided again: its step is what it was.
          const expected = best === undefined ? undefined : `${best.peerId} ${best.pathId} ${step}`;
          if (event.kind !== "flap" && prefix !== prefixes[event.prefix]) {
            assert.equal(now.get(prefix), before.get(prefix));
          } else if (event.kind !== "flap") {
            assert.ok(now.get(prefix) === expected || now.get(prefix) === before.get(prefix));
          }
          assert.equal(now.get(prefix)?.split(" ").slice(0, 2).join(" "), expected?.split(" ").slice(0, 2).join(" "));
        }
        before = now;
      }
    }),
    { numRuns: 60 },
  );
});
