import assert from "node:assert/strict";
import { encodeRecord, MrtFramer, type MrtRecord } from "../../../src/mrt/mod.ts";
import { octets } from "./bytes.ts";

function records(chunks: readonly Uint8Array[]): { records: MrtRecord[]; framer: MrtFramer } {
  const framer = new MrtFramer();
  const records: MrtRecord[] = [];
  for (const chunk of chunks) {
    framer.push(chunk);
    for (let next = framer.next(); next !== undefined; next = framer.next()) records.push(next);
  }
  return { records, framer };
}

const two = octets(encodeRecord(1_000, 13, 2, octets("010203")), encodeRecord(2_999, 16, 4, octets("")));

Deno.test("records come out whole wherever the stream is cut", () => {
  const expected = [
    { offset: 0, time: 1_000, type: 13, subtype: 2, body: octets("010203") },
    { offset: 15, time: 2_000, type: 16, subtype: 4, body: octets("") },
  ];
  for (let at = 0; at <= two.length; at++) {
    const { records: found, framer } = records([two.slice(0, at), two.slice(at)]);
    assert.deepEqual(found.map((each) => ({ ...each, body: each.body.slice() })), expected, `cut at ${at}`);
    assert.equal(framer.end(), undefined);
  }
});

Deno.test("RFC 6396 §3: BGP4MP_ET has microseconds before its body, BGP4MP has not", () => {
  const body = octets("000a3661 ff");
  const [extended] = records([encodeRecord(1_642_610_700_000, 17, 4, body)]).records;
  assert.equal(extended!.time, 1_642_610_700_669.281);
  assert.deepEqual([...extended!.body], [0xff]);
  const [plain] = records([encodeRecord(1_642_610_700_000, 16, 4, body)]).records;
  assert.equal(plain!.time, 1_642_610_700_000);
  assert.equal(plain!.body.length, 5);
});

Deno.test("a file that ends inside a record keeps what precedes it, and says where", () => {
  for (let cut = 16; cut < two.length; cut++) {
    const { records: found, framer } = records([two.slice(0, cut)]);
    assert.equal(found.length, 1);
    assert.deepEqual(framer.end(), { offset: 15, text: `the file ends ${cut - 15} octets into a record` });
  }
});

Deno.test("a length that no record has ends the file there instead of waiting for gigabytes", () => {
  const { records: found, framer } = records([octets(two, "00000000 000d 0002 7fffffff"), two]);
  assert.equal(found.length, 2);
  assert.deepEqual(framer.end(), {
    offset: two.length,
    text: "a record claims to have 2147483647 octets, more than any has",
  });
});

Deno.test("the longest record in small pieces takes linear time, one that never ends no memory that it claims", () => {
  const chunk = new Uint8Array(4096);
  const started = performance.now();
  const { records: found } = records([octets("00000000 000d 0002 01000000"), ...new Array(4096).fill(chunk)]);
  assert.deepEqual(found.map(({ body }) => body.length), [16 * 1024 * 1024]);
  // Copied anew for each piece it is 32 GB.
  assert.ok(performance.now() - started < 5_000);
  const { framer } = records([octets("00000000 000d 0002 01000001"), ...new Array(4096).fill(chunk)]);
  assert.equal(framer.isTorn, true);
});
