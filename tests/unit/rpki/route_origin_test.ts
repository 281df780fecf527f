/** The origin of a route, by its AS_PATH. */
import assert from "node:assert/strict";
import { type AsPathSegment, SegmentType } from "../../../src/message/mod.ts";
import { encodeSegments } from "../../../src/message/attribute/as_path.ts";
import { routeOrigin } from "../../../src/rpki/mod.ts";

const { sequence, set, confedSequence, confedSet } = SegmentType;
const local = 64500;

function originOf(...segments: AsPathSegment[]): number {
  const path = encodeSegments(segments, 4);
  const bytes = new Uint8Array(path.length + 7);
  bytes.set(path, 3);
  return routeOrigin(bytes, 3, 3 + path.length, local);
}

Deno.test("RFC 6811 §2: the origin is the last AS of a path that ends in a sequence", () => {
  assert.equal(originOf({ type: sequence, asns: [1, 2, 4200000000] }), 4200000000);
  assert.equal(originOf({ type: set, asns: [1, 2] }, { type: sequence, asns: [3] }), 3);
  assert.equal(originOf({ type: confedSequence, asns: [1] }, { type: sequence, asns: [3, 4] }), 4);
});

Deno.test("RFC 6811 §2: a path that ends in an AS_SET has no origin, even if the set has one AS", () => {
  assert.equal(originOf({ type: sequence, asns: [1, 2] }, { type: set, asns: [3] }), 0);
  assert.equal(originOf({ type: set, asns: [3, 4] }), 0);
});

Deno.test("RFC 6811 §2: the origin is our AS where the path is empty or ends in a confederation segment", () => {
  assert.equal(originOf(), local);
  assert.equal(originOf({ type: confedSequence, asns: [65001] }), local);
  assert.equal(originOf({ type: sequence, asns: [1] }, { type: confedSet, asns: [65001] }), local);
});
