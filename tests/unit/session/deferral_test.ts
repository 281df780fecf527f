import assert from "node:assert/strict";
import { Deferral, type GracefulTerms } from "../../../src/session/mod.ts";
import { familyMask } from "../../../src/types/mod.ts";
import { negotiated } from "../../support/negotiated.ts";

const [v4, v6] = [1, 2] as const;
const both = familyMask([v4, v6]);
const terms: GracefulTerms = {
  restarting: false,
  notification: false,
  restartSeconds: 120,
  families: both,
  forwarding: both,
  longLived: undefined,
};
const graceful = negotiated({ graceful: terms });

Deno.test("RFC 4724 §4.1: selection waits for the End-of-RIB of every peer that was there, family by family", () => {
  const deferral = new Deferral(both, new Map([[1, both], [2, both]]));
  deferral.established(1, graceful);
  deferral.established(2, graceful);
  deferral.endOfRib(1, v4);
  assert.equal(deferral.takeReady(), 0);
  deferral.endOfRib(2, v4);
  assert.equal(deferral.takeReady(), familyMask([v4]));
  assert.equal(deferral.takeReady(), 0, "each once");
  deferral.endOfRib(2, v6);
  assert.deepEqual(deferral.peers, [1]);
  deferral.endOfRib(1, v6);
  assert.equal(deferral.takeReady(), familyMask([v6]));
  assert.equal(deferral.pending, 0);
});

Deno.test("RFC 4724 §4.1: a peer that restarts itself, or announces no graceful restart, is not waited for", () => {
  for (const session of [negotiated({ graceful: { ...terms, restarting: true } }), negotiated()]) {
    const deferral = new Deferral(both, new Map([[1, both]]));
    assert.equal(deferral.takeReady(), 0, "negative: before it says so it is");
    deferral.established(1, session);
    assert.equal(deferral.takeReady(), both);
  }
});

Deno.test("a family that the peer no longer negotiates, and a peer that is removed, are not awaited", () => {
  const deferral = new Deferral(both, new Map([[1, both], [2, familyMask([v4])]]));
  deferral.established(1, negotiated({ graceful: terms, families: familyMask([v4]) }));
  assert.equal(deferral.takeReady(), familyMask([v6]));
  deferral.forget(2);
  assert.equal(deferral.takeReady(), 0);
  deferral.endOfRib(1, v4);
  assert.equal(deferral.takeReady(), familyMask([v4]));
});

Deno.test("a session that is lost before its End-of-RIB is waited for still", () => {
  const deferral = new Deferral(both, new Map([[1, both]]));
  deferral.established(1, graceful);
  deferral.endOfRib(1, v4);
  deferral.established(1, graceful);
  assert.equal(deferral.takeReady(), familyMask([v4]));
  assert.deepEqual(deferral.peers, [1]);
});

Deno.test("RFC 4724 §4.1: when the Selection_Deferral_Timer fires all is chosen that was not yet", () => {
  const deferral = new Deferral(both, new Map([[1, both], [2, familyMask([v4])]]));
  deferral.endOfRib(1, v6);
  assert.equal(deferral.takeReady(), familyMask([v6]));
  assert.equal(deferral.expire(), familyMask([v4]));
  assert.equal(deferral.pending, 0);
});
