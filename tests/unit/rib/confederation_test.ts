/** Confederations, RFC 5065: what members tell each other, what others see, whose number is a loop. */
import assert from "node:assert/strict";
import { type AttributeSet, SegmentType } from "../../../src/message/mod.ts";
import { Ineligible } from "../../../src/rib/mod.ts";
import { type Case, type Context, ibgp, originated, passed, type Peer, taken } from "./passing.ts";
import { announce, RibRig, wire } from "./support.ts";

/** We are member 65000 of confederation 100; member 65002 is our neighbour. */
const member: Context = { confederation: true, remoteAsn: 65002 };
const outside: Context = { localAsn: 100, remoteAsn: 200 };
const us: Peer = { ownAsns: [100], memberAsn: 65000 };
const inside = (...asns: number[]) => ({ type: SegmentType.confedSequence, asns });
const sequence = (...asns: number[]) => ({ type: SegmentType.sequence, asns });
const path = (set: AttributeSet | undefined) => set?.asPath;
/** A route of member 65002, learned by it from AS 300. */
const fromMember: Case = {
  from: member,
  fromPeer: us,
  set: { asPath: [inside(65002), sequence(300, 7)], localPref: 50 },
};

Deno.test("RFC 5065 §4.1 b: a route to another member begins with our member AS in a confederation sequence", () => {
  const to: Case = { to: { ...member, remoteAsn: 65003 } };
  assert.deepEqual(path(passed({ ...fromMember, ...to })), [inside(65000, 65002), sequence(300, 7)]);
  assert.deepEqual(path(passed({ from: outside, path: [200, 7], ...to })), [inside(65000), sequence(200, 7)]);
  assert.deepEqual(path(originated({}, member)), [inside(65000)]);
});

Deno.test("RFC 5065 §4.1 a: within the member AS the path stays", () => {
  assert.deepEqual(path(passed({ ...fromMember, to: ibgp })), fromMember.set!.asPath);
  assert.deepEqual(path(originated({}, ibgp)), []);
});

Deno.test("RFC 5065 §4.1 c: outside, all of the confederation goes and its own number stands in front", () => {
  const asPath = [inside(65002), { type: SegmentType.confedSet, asns: [65003, 65004] }, sequence(300, 7)];
  assert.deepEqual(path(passed({ ...fromMember, set: { asPath, localPref: 50 }, to: outside })), [
    sequence(100, 300, 7),
  ]);
  assert.deepEqual(path(passed({ ...fromMember, set: { asPath: [inside(65002)] }, to: outside })), [sequence(100)]);
  assert.deepEqual(path(originated({}, outside)), [sequence(100)]);
});

Deno.test("RFC 5065 §5: what goes outside never has a segment of the confederation, also as a route server", () => {
  const set = { asPath: [inside(65002), sequence(300)], localPref: 50 };
  assert.deepEqual(path(passed({ ...fromMember, set, to: outside, toPeer: { routeServerClient: true } })), [
    sequence(300),
  ]);
});

Deno.test("RFC 5065 §4.1, §5.2: LOCAL_PREF, MED and NEXT_HOP pass between members, and end at the border", () => {
  const set = { ...fromMember.set, med: 9 };
  const advertised = passed({ ...fromMember, set, to: { ...member, remoteAsn: 65003 } })!;
  assert.deepEqual([advertised.localPref, advertised.med, advertised.nextHop?.join(".")], [50, 9, "192.0.2.1"]);
  const left = passed({ ...fromMember, set, to: outside })!;
  assert.deepEqual([left.localPref, left.med, left.nextHop?.join(".")], [undefined, undefined, "192.0.2.100"]);
  assert.equal(passed({ to: member })!.localPref, 100, "as to an internal peer, there is always one");
});

Deno.test("RFC 1997: NO_EXPORT stays in the confederation, NO_EXPORT_SUBCONFED in the member AS", () => {
  const goes = (community: number, to: Context) => passed({ set: { communities: [community] }, to }) !== undefined;
  assert.deepEqual([member, outside, ibgp].map((to) => goes(0xffffff01, to)), [true, false, true]);
  assert.deepEqual([member, outside, ibgp].map((to) => goes(0xffffff03, to)), [false, false, true]);
  assert.deepEqual(
    [member, outside, ibgp].map((to) => goes(0xffffff04, to)),
    [true, true, true],
    "NOPEER is for policy",
  );
});

Deno.test("RFC 4360 §6, 7311 §3.1: non-transitive communities and AIGP pass between members, ORIGINATOR_ID not", () => {
  const inner = Uint8Array.of(0x40, 2, 0, 0, 0, 0, 0, 1);
  const set = { ...fromMember.set, extCommunities: [inner], aigp: 5n };
  const advertised = passed({ ...fromMember, set, to: { ...member, remoteAsn: 65003 } })!;
  assert.deepEqual([advertised.extCommunities, advertised.aigp], [[inner], 5n]);
  const left = passed({ ...fromMember, set, to: outside })!;
  assert.deepEqual([left.extCommunities, left.aigp], [[], undefined]);
  const reflected = { from: ibgp, set: { originatorId: 5, clusterList: [6] } };
  const after = passed({ ...reflected, to: member })!;
  assert.deepEqual([after.originatorId, after.clusterList], [undefined, []]);
});

Deno.test("RFC 5065 §4: loops are our member AS in the confederation, and our confederation in a plain segment", () => {
  const reason = (asPath: AttributeSet["asPath"], from = member) =>
    taken({ from, fromPeer: us, set: { asPath } }).ineligible;
  assert.equal(reason([inside(65002, 65000), sequence(7)]), Ineligible.ownAsn);
  assert.equal(reason([inside(65002), sequence(7, 100)]), Ineligible.ownAsn);
  assert.equal(reason([inside(65002), sequence(7, 65000)]), Ineligible.none, "outside, 65000 is somebody else");
  assert.equal(reason([sequence(200, 65000)], outside), Ineligible.none);
  assert.equal(reason([sequence(200, 100)], outside), Ineligible.ownAsn);
});

Deno.test("RFC 5065 §5.3: a route of another member counts as internal: an external one takes precedence", () => {
  const rig = new RibRig();
  const one = rig.up(1, member);
  const two = rig.up(2, outside);
  rig.send(1, announce(one, wire({ asPath: [inside(65002), sequence(300, 7)], localPref: 100 }), "10.0.0.0/8"));
  rig.send(2, announce(two, wire({}, [200, 7]), "10.0.0.0/8"));
  rig.rib.decide();
  assert.deepEqual(rig.best("10.0.0.0/8"), { peerId: 2, pathId: -1, step: 6 });
});

Deno.test("RFC 5065 §5.3: segments of the confederation do not lengthen a path", () => {
  const rig = new RibRig();
  const one = rig.up(1, member);
  const two = rig.up(2, outside);
  rig.send(1, announce(one, wire({ asPath: [inside(65002, 65003, 65004), sequence(300)] }), "10.0.0.0/8"));
  rig.send(2, announce(two, wire({}, [200, 7]), "10.0.0.0/8"));
  rig.rib.decide();
  assert.deepEqual(rig.best("10.0.0.0/8"), { peerId: 1, pathId: -1, step: 3 });
});
