/** A session goes on under other rules: stored routes are re-evaluated, new ones are evaluated by the new rules. */

import assert from "node:assert/strict";
import { SegmentType } from "../../../../../src/message/mod.ts";
import { announce, RibRig, wire } from "../../support.ts";

const peer = { id: 1, address: Uint8Array.of(127, 0, 0, 1) };
const sets = [
  { type: SegmentType.sequence, asns: [65001] },
  { type: SegmentType.set, asns: [65010, 65011] },
];

function ineligible(rig: RibRig): Record<string, string | null> {
  for (let i = 0; i < 10; i++) rig.rib.decide();
  const found = rig.rib.find({
    kind: "within",
    family: 1,
    prefix: { octets: new Uint8Array(4), length: 0 },
    limit: Infinity,
  });
  return Object.fromEntries(
    [...found].flatMap((row) => row === undefined ? [] : [[row.prefix!.octets.join("."), row.ineligible]]),
  );
}

Deno.test("allowas_in and reject_as_sets: stored routes are re-evaluated at once, both ways", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire({}, [65001, 65000]), "10.0.0.0/8"));
  rig.send(1, announce(context, wire({ asPath: sets }), "11.0.0.0/8"));
  const before = ineligible(rig);
  assert.notEqual(before["10.0.0.0"], null);
  assert.equal(before["11.0.0.0"], null);
  rig.rib.updatePeer({ ...peer, allowedLoops: 1, rejectAsSets: "always" });
  const after = ineligible(rig);
  assert.equal(after["10.0.0.0"], null);
  assert.notEqual(after["11.0.0.0"], null);
  rig.rib.updatePeer(peer);
  assert.deepEqual(ineligible(rig), before);
});

Deno.test("enforce_first_as and aigp: apply to the next UPDATEs; stored routes stay", () => {
  const rig = new RibRig();
  const context = rig.up(1);
  rig.send(1, announce(context, wire({}, [65009]), "10.0.0.0/8"));
  assert.deepEqual(Object.keys(ineligible(rig)), ["10.0.0.0"]);
  rig.rib.updatePeer(peer, { ...context, enforceFirstAs: true });
  rig.send(1, announce(context, wire({}, [65009]), "10.0.0.0/8"));
  assert.deepEqual(Object.keys(ineligible(rig)), [], "treated as withdraw (RFC 7606)");
  rig.rib.updatePeer(peer, context);
  rig.send(1, announce(context, wire({}, [65009]), "10.0.0.0/8"));
  assert.deepEqual(Object.keys(ineligible(rig)), ["10.0.0.0"]);
});
