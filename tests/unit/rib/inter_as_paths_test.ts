/** Paths made up on their way out and in: private ASNs, one AS at several places, an AS of ours between, AS_SETs. */
import assert from "node:assert/strict";
import { type AttributeSet, decodeAttributeSet, SegmentType } from "../../../src/message/mod.ts";
import { Ineligible } from "../../../src/rib/mod.ts";
import { type Case, ibgp, originated, passed, type Peer, taken } from "./passing.ts";

const asns = (set: AttributeSet | undefined) => set?.asPath.flatMap(({ asns }) => asns);
const effective = (given: Case) => decodeAttributeSet(taken(given).wire);
const sequence = (...asns: number[]) => ({ type: SegmentType.sequence, asns });

Deno.test("remove_private_as takes private ASNs out of a path, but not ours in front nor the receiver's own", () => {
  const toPeer: Peer = { removePrivateAs: "all" };
  const path = [65001, 3356, 64512, 4_200_000_000, 65534, 65535, 4_294_967_295, 65002];
  assert.deepEqual(asns(passed({ path, toPeer })), [65000, 3356, 65535, 4_294_967_295, 65002]);
  assert.deepEqual(asns(passed({ path })), [65000, ...path], "without it all stay");
  assert.deepEqual(asns(passed({ path, toPeer, to: ibgp })), path, "within our AS they stay");
});

Deno.test("remove_private_as: a segment with nothing left goes, a set keeps the rest", () => {
  const asPath = [sequence(65001, 64999), { type: SegmentType.set, asns: [65010, 7] }, sequence(65011)];
  const left = passed({ set: { asPath }, toPeer: { removePrivateAs: "all" } })!.asPath;
  assert.deepEqual(left, [sequence(65000), { type: SegmentType.set, asns: [7] }]);
});

Deno.test('remove_private_as = "replace" keeps the length of the path', () => {
  const toPeer: Peer = { removePrivateAs: "replace" };
  assert.deepEqual(asns(passed({ path: [65001, 3356, 65003], toPeer })), [65000, 65000, 3356, 65000]);
  assert.deepEqual(asns(passed({ path: [65001, 3356, 65002], toPeer })), [65000, 65000, 3356, 65002]);
});

Deno.test("as_override: the receiver's own ASN becomes ours, everywhere in the path; no other does", () => {
  const path = [65001, 65002, 7, 65002];
  assert.deepEqual(asns(passed({ path, toPeer: { asOverride: true } })), [65000, 65001, 65000, 7, 65000]);
  assert.deepEqual(asns(passed({ path })), [65000, ...path]);
});

Deno.test("local_as_replace_as = false: the AS we really are stands behind that of the session", () => {
  const to = { localAsn: 64900 };
  assert.deepEqual(asns(passed({ to, toPeer: { prependAsn: 65000 } })), [64900, 65000, 65001, 65009]);
  assert.deepEqual(asns(passed({ to })), [64900, 65001, 65009]);
  assert.deepEqual(asns(originated({}, to, { prependAsn: 65000 })), [64900, 65000]);
});

Deno.test("remove_private_as removes prepend_asn behind our ASN of the session; the first ASN stays", () => {
  const to = { localAsn: 64500 };
  const path = [65001, 3356];
  const toPeer = (removePrivateAs: "all" | "replace"): Peer => ({ removePrivateAs, prependAsn: 65010 });
  assert.deepEqual(asns(passed({ to, path, toPeer: toPeer("all") })), [64500, 3356]);
  assert.deepEqual(asns(passed({ to, path, toPeer: toPeer("replace") })), [64500, 64500, 64500, 3356]);
  assert.deepEqual(asns(originated({}, to, toPeer("all"))), [64500]);
  // Twins: a public one is shown, as is our own of the session, and a private one where nobody asks to hide it.
  assert.deepEqual(asns(originated({}, to, { removePrivateAs: "all", prependAsn: 3333 })), [64500, 3333]);
  assert.deepEqual(asns(originated({}, { localAsn: 64900 }, toPeer("all"))), [64900]);
  assert.deepEqual(asns(originated({}, to, { prependAsn: 65010 })), [64500, 65010]);
  // The receiver has to see a loop through its own AS, whichever of ours that is.
  assert.deepEqual(asns(originated({}, { ...to, remoteAsn: 65010 }, { ...toPeer("all"), asOverride: true })), [
    64500,
    65010,
  ]);
});

Deno.test("local_as_no_prepend = false: our AS of the session comes in front; the received path stays visible", () => {
  const from = { localAsn: 64900 };
  const given: Case = { from, fromPeer: { prependsIn: true, ownAsns: [64900, 65000] } };
  assert.deepEqual(asns(effective(given)), [64900, 65001, 65009]);
  assert.deepEqual(asns(decodeAttributeSet(taken(given).received)), [65001, 65009]);
  assert.equal(taken(given).ineligible, Ineligible.none, "our own AS there is no loop");
  assert.deepEqual(asns(passed(given)), [65000, 64900, 65001, 65009]);
  assert.deepEqual(asns(effective({ from })), [65001, 65009]);
  assert.equal(taken({ ...given, path: [65001, 65000] }).ineligible, Ineligible.ownAsn, "both are ours");
});

Deno.test("RFC 4271 §9.1.2: our ASN in the path is a loop, but for as many as allowas_in says", () => {
  const path = [65001, 65000, 7, 65000];
  assert.equal(taken({ path }).ineligible, Ineligible.ownAsn);
  assert.equal(taken({ path, fromPeer: { allowedLoops: 1 } }).ineligible, Ineligible.ownAsn);
  assert.equal(taken({ path, fromPeer: { allowedLoops: 2 } }).ineligible, Ineligible.none);
});

Deno.test("RFC 9774 §3: a route with an AS_SET is shown, but no candidate in the decision", () => {
  const set = { asPath: [sequence(65001), { type: SegmentType.set, asns: [7, 8] }] };
  assert.equal(taken({ set, fromPeer: { rejectAsSets: "external" } }).ineligible, Ineligible.asSet);
  assert.equal(passed({ set, fromPeer: { rejectAsSets: "external" } }), undefined);
  assert.equal(taken({ fromPeer: { rejectAsSets: "external" } }).ineligible, Ineligible.none, "a sequence is none");
  assert.equal(taken({ set, fromPeer: { rejectAsSets: "never" } }).ineligible, Ineligible.none);
  const inside = { set, from: ibgp };
  assert.equal(taken({ ...inside, fromPeer: { rejectAsSets: "external" } }).ineligible, Ineligible.none);
  assert.equal(taken({ ...inside, fromPeer: { rejectAsSets: "always" } }).ineligible, Ineligible.asSet);
});

Deno.test("RFC 9774 §3: a learned route with an AS_SET is not advertised; our own is, to peers that accept it", () => {
  const set = { asPath: [sequence(65001), { type: SegmentType.set, asns: [7, 8] }] };
  assert.equal(passed({ set, toPeer: { rejectAsSets: "external" } }), undefined);
  assert.ok(passed({ set, toPeer: { rejectAsSets: "external" }, to: ibgp }) !== undefined);
  assert.ok(passed({ toPeer: { rejectAsSets: "external" } }) !== undefined);
  for (const rejectAsSets of ["external", "always"] as const) {
    assert.equal(originated(set, {}, { rejectAsSets }), undefined);
    assert.equal(originated(set, ibgp, { rejectAsSets }), undefined);
    assert.ok(originated({}, {}, { rejectAsSets }) !== undefined);
  }
  assert.ok(originated(set, {}, { rejectAsSets: "never" }) !== undefined);
});

Deno.test("RFC 8326 §4: a session to be shut down marks its routes, and in the AS they are least preferred", () => {
  const drained = 0xffff0000;
  const toPeer: Peer = { gracefulShutdown: true };
  assert.deepEqual(passed({ toPeer })!.communities, [drained]);
  assert.equal(passed({ toPeer })!.localPref, undefined);
  assert.deepEqual(passed({ toPeer, set: { communities: [5] } })!.communities, [5, drained]);
  assert.deepEqual(passed({ toPeer, set: { communities: [drained] } })!.communities, [drained]);
  assert.equal(passed({ toPeer, to: ibgp })!.localPref, 0);
  assert.equal(originated({ localPref: 300 }, ibgp, toPeer)!.localPref, 0);
  assert.deepEqual([passed({})!.communities, passed({ to: ibgp })!.localPref], [[], 100]);
});

Deno.test("RFC 7311 §3.1: AIGP is sent within one administration: in the AS, and where configured", () => {
  const set = { aigp: 7n };
  assert.equal(passed({ set, to: ibgp })!.aigp, undefined, "from an external peer it is ignored");
  assert.equal(passed({ set, from: { aigp: true }, to: ibgp })!.aigp, 7n);
  assert.equal(passed({ set, from: { aigp: true } })!.aigp, undefined);
  assert.equal(passed({ set, from: { aigp: true }, to: { aigp: true } })!.aigp, 7n);
  assert.equal(passed({ set, from: { ...ibgp, aigp: false } })!.aigp, undefined);
  assert.equal(passed({ set, from: { aigp: true }, to: { ...ibgp, aigp: false } })!.aigp, undefined);
});
