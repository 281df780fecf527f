/** The VRP tables and the validation of origins, by clause and against a plain list. */
import assert from "node:assert/strict";
import {
  matchReason,
  originStateNames,
  OriginStates,
  TouchedPrefixes,
  type Vrp,
  vrpDifference,
  VrpTables,
} from "../../../src/rpki/mod.ts";
import { formatPrefix, maskPrefix, type Prefix, readInt32 } from "../../../src/types/mod.ts";
import fc from "../../support/fast_check.ts";
import { prefix, stateByModel, vrp } from "./vrp_model.ts";

function tableOf(...texts: string[]): VrpTables {
  const tables = new VrpTables();
  for (const text of texts) assert.equal(tables.add(vrp(text)), "added");
  return tables;
}

/** The VRPs as text, in the order of the table. */
function texts(vrps: readonly Vrp[]): string[] {
  return vrps.map(({ prefix, maxLength, asn }) => `${formatPrefix(prefix)}-${maxLength} ${asn}`);
}

function all(tables: VrpTables): Vrp[] {
  const found: Vrp[] = [];
  tables.forEach((vrp) => found.push(vrp));
  return found;
}

/** Rows of route, origin and state. */
function assertStates(tables: VrpTables, rows: readonly (readonly [string, number, string])[]): void {
  for (const [route, origin, state] of rows) {
    assert.equal(originStateNames[tables.validate(prefix(route), origin)], state, `${route} of AS ${origin}`);
  }
}

Deno.test("RFC 6811 §2: a VRP that covers the route, has its AS and reaches its length makes it valid", () => {
  assertStates(tableOf("10.0.0.0/16-20 64496", "2001:db8::/32-48 64496"), [
    ["10.0.0.0/16", 64496, "valid"],
    ["10.0.16.0/20", 64496, "valid"],
    ["10.0.16.0/21", 64496, "invalid"],
    ["10.0.16.0/20", 64497, "invalid"],
    ["10.0.0.0/15", 64496, "not-found"],
    ["10.1.0.0/16", 64496, "not-found"],
    ["0.0.0.0/0", 64496, "not-found"],
    ["2001:db8:1::/48", 64496, "valid"],
    ["2001:db8:1::/49", 64496, "invalid"],
    ["2001:db8::/32", 64497, "invalid"],
    ["2001:db9::/32", 64496, "not-found"],
    ["::/0", 64496, "not-found"],
  ]);
});

Deno.test("RFC 6811 §2: one VRP that matches is enough, whatever the others say", () => {
  assertStates(tableOf("10.0.0.0/8 0", "10.0.0.0/16-24 64496", "10.0.0.0/24 64497", "10.0.0.0/24 64498"), [
    ["10.0.0.0/24", 64496, "valid"],
    ["10.0.0.0/24", 64497, "valid"],
    ["10.0.0.0/24", 64498, "valid"],
    ["10.0.0.0/24", 64499, "invalid"],
    ["10.0.1.0/24", 64497, "invalid"],
    ["10.1.0.0/24", 64496, "invalid"],
  ]);
});

Deno.test("RFC 6811 §2: the origin NONE and a VRP of AS 0 match nothing, not even each other", () => {
  assertStates(tableOf("10.0.0.0/8-32 0", "11.0.0.0/8-32 64496"), [
    ["10.0.0.0/8", 0, "invalid"],
    ["10.0.0.0/8", 64496, "invalid"],
    ["11.0.0.0/8", 0, "invalid"],
    ["11.0.0.0/8", 64496, "valid"],
    ["12.0.0.0/8", 0, "not-found"],
  ]);
});

Deno.test("RFC 6811 §2: a VRP of the prefix of length 0 covers every route of its family, and no other", () => {
  assertStates(tableOf("0.0.0.0/0-8 64496"), [
    ["0.0.0.0/0", 64496, "valid"],
    ["203.0.113.255/32", 64496, "invalid"],
    ["128.0.0.0/8", 64496, "valid"],
    ["::/0", 64496, "not-found"],
  ]);
});

Deno.test("an AS above 2147483647 is an AS like others", () => {
  assertStates(tableOf("10.0.0.0/8 4294967295", "10.0.0.0/8 4200000000", "10.0.0.0/8 1"), [
    ["10.0.0.0/8", 4294967295, "valid"],
    ["10.0.0.0/8", 4200000000, "valid"],
    ["10.0.0.0/8", 4200000001, "invalid"],
  ]);
});

Deno.test("a VRP counts once; it can be removed once, and what is not there cannot", () => {
  const tables = tableOf("10.0.0.0/8-9 1");
  assert.equal(tables.add(vrp("10.0.0.0/8-9 1")), "present");
  assert.equal(tables.count, 1);
  for (const other of ["10.0.0.0/8-10 1", "10.0.0.0/8-9 2", "10.0.0.0/9-9 1", "0.0.0.0/0-9 1", "::/0-9 1"]) {
    assert.equal(tables.remove(vrp(other)), false, other);
  }
  assert.equal(tables.remove(vrp("10.0.0.0/8-9 1")), true);
  assert.equal(tables.remove(vrp("10.0.0.0/8-9 1")), false);
  assert.equal(tables.count, 0);
  assertStates(tables, [["10.0.0.0/8", 1, "not-found"]]);
});

Deno.test("the VRPs that cover a prefix stand from the shortest on, each with what it does to the route", () => {
  const tables = tableOf("10.0.0.0/8 2", "10.0.0.0/8 0", "10.0.0.0/16-18 1", "10.0.0.0/24 1", "10.0.0.0/25 1");
  const covering = tables.covering(prefix("10.0.0.0/24"));
  assert.deepEqual(texts(covering), ["10.0.0.0/8-8 0", "10.0.0.0/8-8 2", "10.0.0.0/16-18 1", "10.0.0.0/24-24 1"]);
  assert.deepEqual(covering.map((vrp) => matchReason(vrp, 24, 1)), ["AS 0", "other AS", "too long", "matches"]);
  assert.deepEqual(tables.covering(prefix("11.0.0.0/24")), []);
});

Deno.test("100,000 VRPs at one prefix cost no more than 40 steps each", () => {
  const tables = new VrpTables();
  const at = prefix("10.0.0.0/8");
  const count = 100_000;
  const started = performance.now();
  for (let asn = 1; asn <= count; asn++) tables.add({ prefix: at, maxLength: 8, asn });
  for (let asn = 1; asn <= count; asn++) assert.equal(tables.validate(at, asn), OriginStates.valid);
  for (let asn = 1; asn <= count; asn++) assert.equal(tables.validate(at, asn + count), OriginStates.invalid);
  for (let asn = 1; asn <= count; asn++) assert.equal(tables.remove({ prefix: at, maxLength: 8, asn }), true);
  // A list would take 20 billion steps: minutes.
  assert.ok(performance.now() - started < 10_000);
  assert.equal(tables.count, 0);
});

Deno.test("VRPs that come and go for a long time take no more memory than those that are there", () => {
  const tables = new VrpTables();
  const turn = (round: number) =>
    Array.from(
      { length: 500 },
      (_, i) => vrp(`10.${i % 200}.${(i * 7 + round) % 256}.0/24-${24 + i % 3} ${i + round}`),
    );
  let vrps = turn(0);
  for (const each of vrps) tables.add(each);
  const octets = tables.octets;
  for (let round = 1; round < 100; round++) {
    for (const each of vrps) tables.remove(each);
    assert.equal(tables.count, 0);
    vrps = turn(round);
    for (const each of vrps) tables.add(each);
  }
  assert.ok(tables.octets <= 2 * octets, `${tables.octets} octets, first ${octets}`);
});

/** Few different prefixes and ASes, so that VRPs meet: nested, equal, with forks between them. */
const prefixes: fc.Arbitrary<Prefix> = fc.oneof(
  fc.tuple(fc.constantFrom(0, 8, 9, 15, 16, 17, 24, 31, 32), fc.constantFrom(10, 11, 138), fc.nat(3), fc.nat(255)).map(
    ([length, a, b, d]) => maskPrefix(Uint8Array.of(a, b << 6, b, d), length),
  ),
  fc.tuple(fc.constantFrom(0, 31, 32, 33, 48, 64, 65, 97, 127, 128), fc.nat(3), fc.nat(3), fc.nat(255)).map(
    ([length, a, b, d]) =>
      maskPrefix(Uint8Array.of(0x20, 1, 0xd, 0xb8 + (a & 1), b << 6, 0, 0, b, a << 7, 0, 0, 0, b, 0, 0, d), length),
  ),
);
const asns = fc.constantFrom(0, 1, 2, 3, 64496, 2147483648, 4294967295);
const vrps: fc.Arbitrary<Vrp> = fc.tuple(prefixes, asns, fc.nat(8)).map(([prefix, asn, more]) => ({
  prefix,
  asn,
  maxLength: Math.min(prefix.length + more, 8 * prefix.octets.length),
}));
const key = (vrp: Vrp) => texts([vrp])[0]!;

Deno.test("after any additions and removals the tables say what a plain list says", () => {
  const steps = fc.array(fc.tuple(fc.boolean(), vrps), { maxLength: 60 });
  const routes = fc.array(fc.tuple(prefixes, asns), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(steps, routes, (steps, routes) => {
    const tables = new VrpTables();
    const model = new Map<string, Vrp>();
    for (const [isAddition, vrp] of steps) {
      const isThere = model.has(key(vrp));
      assert.equal(tables.has(vrp), isThere);
      if (isAddition) {
        assert.equal(tables.add(vrp), isThere ? "present" : "added");
        model.set(key(vrp), vrp);
      } else {
        assert.equal(tables.remove(vrp), isThere);
        model.delete(key(vrp));
      }
      assert.equal(tables.count, model.size);
    }
    const list = [...model.values()];
    assert.deepEqual(texts(all(tables)).sort(), [...model.keys()].sort());
    for (const [route, origin] of routes) {
      assert.equal(tables.validate(route, origin), stateByModel(list, route, origin), formatPrefix(route));
      const reasons = tables.covering(route).map((vrp) => matchReason(vrp, route.length, origin));
      const state = reasons.includes("matches") ? "valid" : reasons.length > 0 ? "invalid" : "not-found";
      assert.equal(originStateNames[tables.validate(route, origin)], state);
    }
  }));
});

Deno.test("a difference leads from one table to the other, and touches every route whose state it changes", () => {
  const lists = fc.array(vrps, { maxLength: 30 });
  const routes = fc.array(fc.tuple(prefixes, asns), { minLength: 1, maxLength: 20 });
  fc.assert(fc.property(lists, lists, routes, (first, second, routes) => {
    const before = new VrpTables();
    const after = new VrpTables();
    for (const vrp of first) before.add(vrp);
    for (const vrp of second) after.add(vrp);
    const states = routes.map(([route, origin]) => before.validate(route, origin));
    const { added, removed } = vrpDifference(before, after);
    const touched = { 4: new TouchedPrefixes(32), 16: new TouchedPrefixes(128) };
    for (const { prefix: { octets, length } } of [...added, ...removed]) {
      const [w0, w1, w2, w3] = words(octets);
      touched[octets.length as 4 | 16].add(w0, w1, w2, w3, length);
    }
    for (const vrp of removed) assert.equal(before.remove(vrp), true);
    for (const vrp of added) assert.equal(before.add(vrp), "added");
    assert.deepEqual(texts(all(before)), texts(all(after)));
    routes.forEach(([{ octets, length }, origin], i) => {
      const [w0, w1, w2, w3] = words(octets);
      if (touched[octets.length as 4 | 16].touches(w0, w1, w2, w3, length)) return;
      assert.equal(after.validate({ octets, length }, origin), states[i]);
    });
  }));
});

Deno.test("touched ranges are the widest prefixes in the order of addresses; nothing outside them is touched", () => {
  const touched = new TouchedPrefixes(32);
  assert.equal(touched.isEmpty, true);
  for (const text of ["10.1.0.0/16", "192.0.2.0/24", "10.0.0.0/8", "10.2.0.0/16", "9.0.0.0/8", "192.0.2.0/24"]) {
    const { octets, length } = prefix(text);
    touched.add(readInt32(octets, 0), 0, 0, 0, length);
  }
  assert.equal(touched.isEmpty, false);
  assert.deepEqual(touched.ranges().map(formatPrefix), ["9.0.0.0/8", "10.0.0.0/8", "192.0.2.0/24"]);
  for (const [text, expected] of [["10.3.0.0/16", true], ["10.0.0.0/7", false], ["192.0.2.0/23", false]] as const) {
    const { octets, length } = prefix(text);
    assert.equal(touched.touches(readInt32(octets, 0), 0, 0, 0, length), expected, text);
  }
});

Deno.test("more prefixes than a list should have touch everything", () => {
  const touched = new TouchedPrefixes(32);
  const most = 65_536;
  for (let i = 0; i < most; i++) touched.add((10 << 24) | (i << 8), 0, 0, 0, 24);
  assert.equal(touched.ranges().length, most);
  assert.equal(touched.touches(11 << 24, 0, 0, 0, 8), false);
  touched.add(12 << 24, 0, 0, 0, 8);
  assert.deepEqual(touched.ranges().map(formatPrefix), ["0.0.0.0/0"]);
  assert.equal(touched.touches(11 << 24, 0, 0, 0, 8), true);
});

function words(octets: Uint8Array): [number, number, number, number] {
  const at = (i: number) => i < octets.length ? readInt32(octets, i) : 0;
  return [at(0), at(4), at(8), at(12)];
}
