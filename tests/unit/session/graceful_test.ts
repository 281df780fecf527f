import assert from "node:assert/strict";
import type { Capability, Open } from "../../../src/message/mod.ts";
import { gracefulTerms } from "../../../src/session/graceful.ts";
import { familyMask } from "../../../src/types/mod.ts";

const both = familyMask([1, 2]);

function open(...capabilities: Capability[]): Open {
  return { version: 4, asn: 65001, holdTimeSeconds: 90, routerId: 1, capabilities };
}

const restart = (families: [afi: number, forwarding: boolean][], notification = false): Capability => ({
  kind: "gracefulRestart",
  restarting: false,
  notification,
  restartSeconds: 90,
  families: families.map(([afi, forwarding]) => ({ afi, safi: 1, forwarding })),
});
const longLived: Capability = {
  kind: "longLivedGracefulRestart",
  families: [{ afi: 1, safi: 1, forwarding: true, staleSeconds: 600 }, {
    afi: 25,
    safi: 70,
    forwarding: true,
    staleSeconds: 5,
  }],
};

Deno.test("RFC 4724 §3: the peer's families and F bits count, as far as the session has them", () => {
  const theirs = open(restart([[1, true], [2, false], [25, true]]));
  const terms = gracefulTerms(open(restart([])), theirs, both)!;
  assert.deepEqual([terms.families, terms.forwarding, terms.restartSeconds], [both, familyMask([1]), 90]);
  assert.equal(gracefulTerms(open(restart([])), theirs, familyMask([2]))!.families, familyMask([2]));
});

Deno.test("RFC 4724 §4: nothing is agreed on where one side is silent", () => {
  assert.equal(gracefulTerms(open(), open(restart([[1, true]])), both), undefined);
  assert.equal(gracefulTerms(open(restart([[1, true]])), open(), both), undefined);
});

Deno.test("RFC 8538 §2: N takes both", () => {
  const [yes, no] = [open(restart([], true)), open(restart([]))];
  const agreed = ([a, b]: Open[]) => gracefulTerms(a!, b!, both)!.notification;
  assert.deepEqual([[yes, yes], [yes, no], [no, yes], [no, no]].map(agreed), [true, false, false, false]);
});

Deno.test("RFC 9494 §4.5: the LLGR Capability without that of graceful restart is as if it were not there", () => {
  const ours = open(restart([]));
  assert.equal(gracefulTerms(ours, open(longLived), both), undefined);
  const terms = gracefulTerms(ours, open(restart([]), longLived), both)!.longLived!;
  assert.deepEqual(terms, { forwarding: familyMask([1]), staleSeconds: { 1: 600 } });
  assert.equal(gracefulTerms(ours, open(restart([])), both)!.longLived, undefined, "negative: nor is it made up");
});
