/** Routes of this speaker in messages between threads. */
import assert from "node:assert/strict";
import { packedKeys, packOriginations, unpackOriginations } from "../../../../src/daemon/thread/origination_codec.ts";
import { emptyAttributeSet } from "../../../../src/message/mod.ts";
import type { Origination } from "../../../../src/rib/mod.ts";
import { parsePrefix } from "../../../../src/types/mod.ts";

Deno.test("routes of all kinds come out as they went in, and equal sets travel once", () => {
  const shared = { ...emptyAttributeSet(), med: 5 };
  const list: Origination[] = [
    { key: "a", peerId: undefined, route: { family: 1, prefix: parsePrefix("10.0.0.0/8")!, attributes: shared } },
    { key: "b to ü", peerId: 7, route: { family: 2, prefix: parsePrefix("2001:db8::/32")!, attributes: shared } },
    { key: "c", peerId: 0, route: { family: 9, key: Uint8Array.of(1, 2, 3), attributes: emptyAttributeSet() } },
    { key: "d", peerId: 1, route: { family: 13, key: new Uint8Array(0), attributes: shared } },
  ];
  const packed = structuredClone(packOriginations(list));
  assert.deepEqual(packedKeys(packed), ["a", "b to ü", "c", "d"]);
  assert.equal(packed.sets.length, 2);
  assert.deepEqual(unpackOriginations(packed), list);
  assert.deepEqual(unpackOriginations(packOriginations([])), []);
});
