/** The ASPA table and the verification of paths, by clause of draft-ietf-sidrops-aspa-verification-28. */
import assert from "node:assert/strict";
import { type AsPathSegment, roleNames, SegmentType } from "../../../src/message/mod.ts";
import { encodeSegments } from "../../../src/message/attribute/as_path.ts";
import {
  AspaTable,
  Authorizations,
  changedCustomers,
  type PathDirection,
  pathDirection,
  type PathExplanation,
  pathStateNames,
  PathStates,
  PathVerifier,
} from "../../../src/rpki/mod.ts";
import fc from "../../support/fast_check.ts";

/** `"1: 2 3"`: 2 and 3 are the providers of 1. */
function tableOf(...texts: string[]): AspaTable {
  const table = new AspaTable();
  for (const text of texts) {
    const [customer, providers] = text.split(": ");
    table.set(Number(customer), providers!.split(" ").map(Number));
  }
  return table;
}

/** A path from the neighbour to the origin; `{1,2}` is a set, `(1)` a confederation sequence. */
function octets(text: string): Uint8Array {
  const segments: AsPathSegment[] = [];
  for (const part of text.match(/[{(]?[\d, ]+[})]?/g) ?? []) {
    const type = part.startsWith("{")
      ? SegmentType.set
      : part.startsWith("(")
      ? SegmentType.confedSequence
      : SegmentType.sequence;
    const asns = (part.match(/\d+/g) ?? []).map(Number);
    if (asns.length > 0) segments.push({ type, asns });
  }
  return encodeSegments(segments, 4);
}

function explain(table: AspaTable, direction: PathDirection, path: string, neighbor?: number): PathExplanation {
  const bytes = octets(path);
  return new PathVerifier(table).explain(bytes, 0, bytes.length, direction, neighbor ?? Number(/\d+/.exec(path)?.[0]));
}

/** Rows of a path, its state upstream and its state downstream. */
function assertStates(table: AspaTable, rows: readonly (readonly [string, string, string])[]): void {
  for (const [path, upstream, downstream] of rows) {
    assert.equal(pathStateNames[explain(table, "upstream", path).state], upstream, `upstream ${path}`);
    assert.equal(pathStateNames[explain(table, "downstream", path).state], downstream, `downstream ${path}`);
  }
}

Deno.test("draft aspa-verification §5.3: an AS is an attested provider, none, or the customer says nothing", () => {
  const table = tableOf("1: 2 4200000000 3", "5: 0", "6: 0 2");
  assert.equal(table.authorized(1, 2), Authorizations.provider);
  assert.equal(table.authorized(1, 4200000000), Authorizations.provider);
  assert.equal(table.authorized(1, 4), Authorizations.notProvider);
  assert.equal(table.authorized(2, 1), Authorizations.noAttestation);
  // §4: AS 0 alone says that there is no provider; among others it has no influence.
  assert.equal(table.authorized(5, 2), Authorizations.notProvider);
  assert.equal(table.authorized(6, 2), Authorizations.provider);
  assert.equal(table.authorized(6, 3), Authorizations.notProvider);
  assert.deepEqual(table.get(5), { customer: 5, providers: [0] });
  assert.deepEqual(table.get(6), { customer: 6, providers: [2] });
});

Deno.test("draft aspa-verification §5.5: upstream every hop must lead to a provider", () => {
  // 1 is a customer of 2, 2 of 3; 4 is nobody's provider; 7 has no ASPA.
  const table = tableOf("1: 2", "2: 3", "3: 0", "4: 0");
  assertStates(table, [
    ["1", "valid", "valid"],
    ["2 1", "valid", "valid"],
    ["3 2 1", "valid", "valid"],
    ["4 1", "invalid", "valid"],
    ["4 3 2 1", "invalid", "valid"],
    ["7 3 2 1", "invalid", "valid"],
    ["2 7", "unknown", "valid"],
    ["3 2 7", "unknown", "unknown"],
    // The hop from 3 is denied, whatever 7 would say.
    ["4 3 7", "invalid", "unknown"],
    ["7 1", "invalid", "valid"],
    ["8 7 2 1", "invalid", "unknown"],
  ]);
});

Deno.test("draft aspa-verification §5.6: downstream a path climbs, crosses one hop, and descends", () => {
  // Up: 1, 2, 3. Down: 6 is a customer of 5, 5 of 4. 3 and 4 are peers at the top.
  const table = tableOf("1: 2", "2: 3", "3: 0", "4: 0", "5: 4", "6: 5", "9: 0");
  assertStates(table, [
    ["6 5 4 3 2 1", "invalid", "valid"],
    ["5 4 3 2 1", "invalid", "valid"],
    ["6 5 4", "invalid", "valid"],
    // A leak: 9 has no provider, but stands between two that are none of its customers.
    ["4 9 3 2 1", "invalid", "invalid"],
    ["6 9 2 1", "invalid", "invalid"],
    // 7 and 8 say nothing: two hops between the ramps that nobody attests, and none that an ASPA denies.
    ["8 7 2 1", "invalid", "unknown"],
    ["6 5 7 8 1", "invalid", "invalid"],
    ["6 5 4 7 8", "invalid", "unknown"],
    ["5 7 1", "invalid", "invalid"],
    ["5 7 8", "unknown", "unknown"],
  ]);
});

Deno.test("draft aspa-verification §5.5 and §5.6: downstream a path of two ASes is valid, whatever ASPAs say", () => {
  assertStates(tableOf("1: 0", "2: 0"), [["1", "valid", "valid"], ["2 1", "invalid", "valid"]]);
});

Deno.test("draft aspa-verification §5.2: repeated ASes count once where they follow each other, and only there", () => {
  const table = tableOf("1: 2", "2: 3");
  assertStates(table, [["3 3 2 2 2 1 1", "valid", "valid"], ["2 1 2 1", "invalid", "invalid"]]);
  assert.deepEqual(explain(table, "upstream", "3 3 2 2 2 1 1").path, [3, 2, 1]);
  assert.deepEqual(explain(table, "upstream", "2 1 2 1").path, [2, 1, 2, 1]);
});

Deno.test("draft aspa-verification §5.5 step 1: an empty path is invalid; a path of one AS is not", () => {
  assert.deepEqual(explain(new AspaTable(), "upstream", "", 1), { state: 2, fault: "empty", path: [], hops: [] });
  assert.equal(explain(new AspaTable(), "downstream", "", 1).fault, "empty");
  assert.equal(explain(new AspaTable(), "upstream", "1").fault, undefined);
});

Deno.test("draft aspa-verification §5.5 step 2: a path that does not begin with the neighbour is invalid", () => {
  for (const direction of ["upstream", "downstream"] as const) {
    assert.equal(explain(tableOf("1: 2"), direction, "2 1", 3).fault, "neighbor");
    assert.equal(explain(tableOf("1: 2"), direction, "2 1", 3).state, PathStates.invalid);
    assert.equal(explain(tableOf("1: 2"), direction, "2 1", 2).state, PathStates.valid);
  }
  // The client of a route server passes 0: the server is not in the path.
  assert.equal(explain(tableOf("1: 2"), "upstream", "2 1", 0).state, PathStates.valid);
});

Deno.test("draft aspa-verification §5.5 step 3: an AS_SET anywhere makes a path invalid", () => {
  for (const path of ["2 1 {3}", "2 {3} 1", "2 {1}"]) {
    assert.equal(explain(tableOf("1: 2"), "upstream", path).fault, "AS_SET", path);
    assert.equal(explain(tableOf("1: 2"), "downstream", path).state, PathStates.invalid, path);
  }
  assert.equal(explain(tableOf("1: 2"), "upstream", "{2,1}", 2).state, PathStates.invalid);
});

Deno.test("confederation segments name ASes of our own and are left out", () => {
  const table = tableOf("1: 2");
  assert.deepEqual(explain(table, "upstream", "(65001,65002) 2 1", 2), { state: 0, path: [2, 1], hops: [] });
  assert.equal(explain(table, "upstream", "(65001)", 0).fault, "empty");
});

Deno.test("draft aspa-verification §6.3: a customer verifies downstream, every other role upstream", () => {
  const directions = roleNames.map((role) => [role, pathDirection(role)]);
  assert.deepEqual(Object.fromEntries(directions), {
    "provider": "upstream",
    "rs": "upstream",
    "rs-client": "upstream",
    "customer": "downstream",
    "peer": "upstream",
  });
  assert.equal(pathDirection(undefined), undefined);
});

Deno.test("draft aspa-verification §6.6: an explanation names the hops that end the ramps", () => {
  const table = tableOf("1: 2", "2: 3", "3: 0", "9: 0", "4: 0");
  const { provider, noAttestation, notProvider } = Authorizations;
  assert.deepEqual(explain(table, "upstream", "9 3 2 1").hops, [
    { customer: 3, provider: 9, authorization: notProvider },
  ]);
  assert.deepEqual(explain(table, "downstream", "4 9 3 2 1").hops, [
    { customer: 3, provider: 9, authorization: notProvider },
    { customer: 4, provider: 9, authorization: notProvider },
  ]);
  assert.deepEqual(explain(table, "upstream", "3 7 1").hops, [
    { customer: 1, provider: 7, authorization: notProvider },
  ]);
  assert.deepEqual(explain(table, "upstream", "3 2 8").hops, [
    { customer: 8, provider: 2, authorization: noAttestation },
  ]);
  assert.deepEqual(explain(table, "upstream", "3 2 1").hops, []);
  assert.notEqual(provider, noAttestation);
});

Deno.test("an announcement replaces the providers of a customer; what changes is reported once", () => {
  const table = tableOf("1: 2 3");
  assert.equal(table.set(1, [3, 2, 3]), false);
  assert.equal(table.set(1, [3]), true);
  assert.deepEqual(table.get(1), { customer: 1, providers: [3] });
  table.extend(1, [2]);
  assert.deepEqual(table.get(1), { customer: 1, providers: [2, 3] });
  assert.equal(table.remove(1), true);
  assert.equal(table.remove(1), false);
  assert.equal(table.get(1), undefined);
  assert.equal(table.count, 0);
});

Deno.test("the customers that differ between two tables are those that came, went or changed", () => {
  const before = tableOf("1: 2", "3: 4", "5: 6 7", "4200000000: 1");
  const after = tableOf("2: 2", "3: 4", "5: 6 8", "4200000000: 1 2");
  assert.deepEqual(changedCustomers(before, after), [1, 2, 5, 4200000000]);
  assert.deepEqual(changedCustomers(after, after), []);
  assert.deepEqual(after.list().map(({ customer }) => customer), [2, 3, 5, 4200000000]);
});

/** With every relation known: whether the ramps of §5.2, the longest there are, are at most one hop apart. */
function isSound(path: readonly number[], isProvider: (customer: number, provider: number) => boolean): boolean {
  let up = path.length - 1;
  while (up > 0 && isProvider(path[up]!, path[up - 1]!)) up--;
  let down = 0;
  while (down < path.length - 1 && isProvider(path[down]!, path[down + 1]!)) down++;
  return up - down <= 1;
}

Deno.test("a path is valid if it is sound whatever the silent ASes would say, and invalid if it never is", () => {
  const asn = fc.integer({ min: 1, max: 5 });
  const paths = fc.array(asn, { minLength: 1, maxLength: 7 });
  const aspas = fc.dictionary(asn.map(String), fc.array(fc.nat(5), { minLength: 1 }));
  fc.assert(
    fc.property(paths, aspas, fc.constantFrom("upstream", "downstream"), (asns, aspas, direction) => {
      const table = new AspaTable();
      for (const [customer, providers] of Object.entries(aspas)) table.set(Number(customer), providers);
      const bytes = encodeSegments([{ type: SegmentType.sequence, asns }], 4);
      const found = new PathVerifier(table).verify(bytes, 0, bytes.length, direction, asns[0]!);
      const path = asns.filter((asn, i) => asn !== asns[i - 1]);
      const holds = (silent: boolean) => {
        const isProvider = (customer: number, provider: number) =>
          aspas[customer] === undefined ? silent : aspas[customer].includes(provider);
        if (direction === "downstream") return isSound(path, isProvider);
        return path.every((asn, i) => i === 0 || isProvider(asn, path[i - 1]!));
      };
      const expected = holds(false) ? "valid" : holds(true) ? "unknown" : "invalid";
      assert.equal(pathStateNames[found], expected, path.join(" "));
    }),
    { numRuns: 1000 },
  );
});
