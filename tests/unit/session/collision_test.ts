import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import type { Open } from "../../../src/message/mod.ts";
import {
  createSession,
  type Effect,
  handle,
  localOpen,
  type Session,
  type SessionConfig,
} from "../../../src/session/mod.ts";
import { baseConfig } from "../../scenario/player.ts";

/** Which connection survives at a speaker: "dialed" or "accepted", with both OPENs in the given order. */
function survivor(config: SessionConfig, remote: Open, firstOpen: "dialed" | "accepted"): "dialed" | "accepted" {
  const session: Session = createSession(config, () => 0);
  const ids = { dialed: 1, accepted: 2 };
  const effects: Effect[] = [];
  const does = (event: Parameters<typeof handle>[1]) => effects.push(...handle(session, event, 0));
  does({ kind: "start", automatic: false });
  does({ kind: "accepted", connection: ids.accepted });
  does({ kind: "connected", connection: ids.dialed });
  const secondOpen = firstOpen === "dialed" ? "accepted" : "dialed";
  does({ kind: "open", connection: ids[firstOpen], open: remote });
  does({ kind: "open", connection: ids[secondOpen], open: remote });
  const closed = effects.filter((effect) => effect.kind === "close").map(({ connection }) => connection);
  assert.equal(closed.length, 1, "exactly one of the two goes");
  return closed[0] === ids.dialed ? "accepted" : "dialed";
}

Deno.test("RFC 4271 §6.8, RFC 6286 §2.3: both speakers keep the same connection in any order of OPENs", () => {
  const speaker = fc.record({
    id: fc.integer({ min: 1, max: 0xffffffff }),
    asn: fc.integer({ min: 1, max: 0xffffffff }),
  });
  const order = fc.constantFrom("dialed" as const, "accepted" as const);
  fc.assert(fc.property(speaker, speaker, fc.boolean(), order, order, (a, b, sameId, orderA, orderB) => {
    if (sameId) b = { ...b, id: a.id };
    fc.pre(a.asn !== b.asn);
    const configOf = (own: typeof a, other: typeof a): SessionConfig => ({
      ...baseConfig,
      localAsn: own.asn,
      remoteAsn: other.asn,
      routerId: own.id,
    });
    const configA = configOf(a, b), configB = configOf(b, a);
    const keptByA = survivor(configA, localOpen(configB), orderA);
    const keptByB = survivor(configB, localOpen(configA), orderB);
    // What A dialled is what B accepted.
    assert.notEqual(keptByA, keptByB);
    assert.equal(keptByA === "dialed", a.id === b.id ? a.asn > b.asn : a.id > b.id);
  }));
});
