/** NLRI: what is written is read back, and a cursor walks exactly what the check let through. */
import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { checkNlri, NlriCursor, nlriSize, writeNlri } from "../../../src/message/mod.ts";
import { type FamilyId, IPV4_UNICAST, IPV6_UNICAST } from "../../../src/types/mod.ts";
import { fromHex } from "../../golden/golden.ts";
import { prefixText } from "./updates.ts";
import { prefix, type RandomPrefix, uint32 } from "./update_arbitraries.ts";

function read(hex: string, family: FamilyId, addPath = false): string[] {
  const bytes = fromHex(hex);
  assert.ok(checkNlri(bytes, 0, bytes.length, family === IPV4_UNICAST ? 32 : 128, addPath));
  const cursor = new NlriCursor();
  cursor.reset(bytes, 0, bytes.length, family, addPath);
  const seen: string[] = [];
  while (cursor.next()) seen.push(prefixText(cursor, family));
  assert.equal(cursor.next(), false, "the end stays the end");
  return seen;
}

Deno.test("rfc4271#4.3 a prefix has as many octets as its length needs", () => {
  assert.deepEqual(read("00 01 80 08 0a 09 0a80 10 0a01 18 c00002 19 c0000280 20 c0000201", IPV4_UNICAST), [
    "0.0.0.0/0",
    "128.0.0.0/1",
    "10.0.0.0/8",
    "10.128.0.0/9",
    "10.1.0.0/16",
    "192.0.2.0/24",
    "192.0.2.128/25",
    "192.0.2.1/32",
  ]);
  assert.deepEqual(read("00 20 20010db8 21 20010db880 40 20010db800000001", IPV6_UNICAST), [
    "::/0",
    "2001:db8::/32",
    "2001:db8:8000::/33",
    "2001:db8:0:1::/64",
  ]);
});

Deno.test("rfc4271#4.3 trailing bits are irrelevant", () => {
  assert.deepEqual(read("04 ff 0c 0aff 14 0a0aff 1c 0a0a0aff", IPV4_UNICAST), [
    "240.0.0.0/4",
    "10.240.0.0/12",
    "10.10.240.0/20",
    "10.10.10.240/28",
  ]);
  assert.deepEqual(read("22 20010db8ff", IPV6_UNICAST), ["2001:db8:c000::/34"]);
});

Deno.test("rfc7911#3 a path identifier stands before each prefix where ADD-PATH is in use", () => {
  assert.deepEqual(read("00000001 18 c00002 ffffffff 00", IPV4_UNICAST, true), [
    "192.0.2.0/24 path 1",
    "0.0.0.0/0 path 4294967295",
  ]);
  for (const torn of ["000000", "00000001", "00000001 18 c000"]) {
    const bytes = fromHex(torn);
    assert.equal(checkNlri(bytes, 0, bytes.length, 32, true), false, torn);
  }
});

for (const [family, bits] of [[IPV4_UNICAST, 32], [IPV6_UNICAST, 128]] as const) {
  Deno.test(`what is written for ${bits} bits is read back`, () => {
    const entry = fc.tuple(prefix(bits), uint32);
    fc.assert(fc.property(fc.array(entry, { maxLength: 20 }), fc.boolean(), (entries, addPath) => {
      const bytes = new Uint8Array(21 * entries.length);
      let end = 0;
      for (const [{ words, length }, id] of entries) {
        const before = end;
        end = writeNlri(bytes, end, ...words, length, addPath ? id : -1);
        assert.equal(end - before, nlriSize(length, addPath ? id : -1));
      }
      assert.ok(checkNlri(bytes, 0, end, bits, addPath));
      const cursor = new NlriCursor();
      cursor.reset(bytes, 0, end, family, addPath);
      for (const [expected, id] of entries) {
        assert.ok(cursor.next());
        const seen: RandomPrefix = { words: [cursor.w0, cursor.w1, cursor.w2, cursor.w3], length: cursor.length };
        assert.deepEqual(seen, expected);
        assert.equal(cursor.pathId, addPath ? id : -1);
      }
      assert.equal(cursor.next(), false);
    }));
  });

  Deno.test(`random octets for ${bits} bits: what the check lets through ends where it should`, () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), fc.boolean(), (octets, addPath) => {
        if (!checkNlri(octets, 0, octets.length, bits, addPath)) return;
        const cursor = new NlriCursor();
        cursor.reset(octets, 0, octets.length, family, addPath);
        let size = 0;
        while (cursor.next()) {
          size += nlriSize(cursor.length, cursor.pathId);
        }
        assert.equal(size, octets.length);
      }),
      { numRuns: 500 },
    );
  });
}
