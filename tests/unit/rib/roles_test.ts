/** Only to Customer: RFC 9234 §5, each procedure beside a case that it must leave alone. */
import assert from "node:assert/strict";
import { decodeAttributeSet, type RoleName } from "../../../src/message/mod.ts";
import { Ineligible } from "../../../src/rib/mod.ts";
import { familyMask } from "../../../src/types/mod.ts";
import { ibgp, originated, passed, taken } from "./passing.ts";

const otcOf = (wire: Uint8Array) => decodeAttributeSet(wire).otc;

Deno.test("RFC 9234 §5 ingress 1: a route with OTC from a customer or a client of ours is a leak", () => {
  for (const role of ["provider", "rs"] as const) {
    assert.equal(taken({ from: { role }, set: { otc: 7 } }).ineligible, Ineligible.otcLeak, role);
    assert.equal(taken({ from: { role } }).ineligible, Ineligible.none, `${role}: without OTC`);
  }
});

Deno.test("RFC 9234 §5 ingress 2: from a peer it is a leak where it is not the peer's own", () => {
  const from = { role: "peer" } as const;
  assert.equal(taken({ from, set: { otc: 7 } }).ineligible, Ineligible.otcLeak);
  assert.equal(taken({ from, set: { otc: 65001 } }).ineligible, Ineligible.none);
});

Deno.test("RFC 9234 §5 ingress 3: from a provider, a peer or a route server it gets OTC, the AS of who sent it", () => {
  for (const role of ["customer", "peer", "rs-client"] as const) {
    const row = taken({ from: { role } });
    assert.deepEqual([otcOf(row.wire), otcOf(row.received)], [65001, undefined], role);
  }
  assert.equal(otcOf(taken({ from: { role: "customer" }, set: { otc: 7 } }).wire), 7, "one that is there stays");
  assert.equal(otcOf(taken({ from: { role: "provider" } }).wire), undefined);
  assert.equal(otcOf(taken({}).wire), undefined, "no roles, no marks");
});

Deno.test("RFC 9234 §5 ingress: OTC goes to its place among the attributes", () => {
  const unknown = [{ code: 99, flags: 0xc0, value: Uint8Array.of(1) }];
  const row = taken({ from: { role: "customer" }, set: { unknown, largeCommunities: [] } });
  assert.deepEqual(decodeAttributeSet(row.wire), { ...decodeAttributeSet(row.received), otc: 65001 });
});

Deno.test("RFC 9234 §5 egress 1: to a customer, a peer or a client a route gets OTC, our AS", () => {
  for (const role of ["provider", "peer", "rs"] as const) {
    assert.equal(passed({ to: { role } })!.otc, 65000, role);
    assert.equal(originated({}, { role })!.otc, 65000, `${role}: a route of ours`);
  }
  assert.equal(passed({ to: { role: "provider" }, set: { otc: 7 } })!.otc, 7, "one that is there stays");
  for (const to of [{ role: "customer" }, { role: "rs-client" }, {}, ibgp] as const) {
    assert.equal(passed({ to })!.otc, undefined);
  }
});

Deno.test("RFC 9234 §5 egress 2: a route with OTC never goes to a provider, a peer or a route server", () => {
  for (const role of ["customer", "peer", "rs-client"] as const) {
    assert.equal(passed({ to: { role }, set: { otc: 7 } }), undefined, role);
    assert.equal(originated({ otc: 7 }, { role }), undefined, `${role}: one of ours`);
    assert.ok(passed({ to: { role } }) !== undefined, `${role}: without OTC`);
  }
  for (const to of [{ role: "provider" }, { role: "rs" }, {}, ibgp] as const) {
    assert.equal(passed({ to, set: { otc: 7 } })!.otc, 7);
  }
});

Deno.test("RFC 9234 §5: from each kind of neighbour to each other kind, a route goes where no valley is", () => {
  const kinds: RoleName[] = ["customer", "peer", "provider", "rs", "rs-client"];
  const learnedDown = ["provider", "rs"];
  for (const from of kinds) {
    for (const to of kinds) {
      const goes = passed({ from: { role: from }, to: { role: to } }) !== undefined;
      const allowed = learnedDown.includes(from) || learnedDown.includes(to);
      assert.equal(goes, allowed, `from ${from}, to ${to}`);
    }
  }
});

Deno.test("RFC 9234 §5: the procedures are for unicast; multicast routes pass as they are", () => {
  const families = familyMask([1, 3]);
  const multicast = { from: { role: "provider", families }, set: { otc: 7 } } as const;
  assert.equal(taken(multicast).ineligible, Ineligible.otcLeak);
  assert.equal(taken({ ...multicast, family: 3 }).ineligible, Ineligible.none);
  assert.equal(otcOf(taken({ from: { role: "customer", families }, family: 3 }).wire), undefined);
  assert.equal(otcOf(taken({ from: { role: "customer", families } }).wire), 65001);
});

Deno.test("RFC 3765 §2: NOPEER keeps a learned route, not our own, from bilateral peers", () => {
  const set = { communities: [0xffffff04] };
  assert.equal(passed({ to: { role: "peer" }, set }), undefined);
  for (const to of [{ role: "provider" }, { role: "customer" }, { role: "rs-client" }, {}, ibgp] as const) {
    assert.ok(passed({ to, set }) !== undefined, JSON.stringify(to));
  }
  assert.ok(originated(set, { role: "peer" }) !== undefined);
});
