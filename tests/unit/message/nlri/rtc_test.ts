/** Route target membership (RFC 4684): whole targets, parts of them, and the default. */
import assert from "node:assert/strict";
import { nlriCodec, rtcTarget } from "../../../../src/message/mod.ts";
import { fromHex, toHex } from "../../../golden/golden.ts";

const codec = nlriCodec(14)!;

const texts: readonly [string, string][] = [
  ["00", "default"],
  ["60 0000fde8 0002fde800000064", "65000 rt:65000:100"],
  ["60 fa56ea00 0102c00002010007", "4200000000 rt:192.0.2.1:7"],
  ["20 0000fde8", "65000 0x0000000000000000/32"],
  ["50 0000fde8 0002fde80000", "65000 0x0002fde800000000/80"],
];

function keyOf(hex: string): Uint8Array {
  const bytes = fromHex(hex);
  assert.equal(codec.size(bytes, 0, bytes.length), bytes.length);
  assert.equal(codec.fault(bytes, 0, bytes.length, false), undefined);
  return codec.split(bytes, 0, bytes.length, false).key;
}

Deno.test("rfc4684#4 membership is an AS and a route target, or a part of both, or the default", () => {
  for (const [hex, text] of texts) {
    const key = keyOf(hex);
    assert.equal(codec.format(key), text);
    assert.deepEqual(codec.parse(text), key);
    assert.equal(toHex(codec.join(key, new Uint8Array(0))), hex.replaceAll(" ", ""));
  }
});

Deno.test("rfc4684#4 twin: a length between 1 and 31 bits, or over 96, is none", () => {
  for (const hex of ["01 80", "1f 0000fde8", "61 0000fde8 0002fde800000064 80"]) {
    const bytes = fromHex(hex);
    assert.equal(codec.fault(bytes, 0, bytes.length, false), `of ${bytes[0]} bits, not 0 or 32 to 96`);
  }
  assert.equal(codec.size(fromHex("60 0000fde8"), 0, 5), -1);
});

Deno.test("the bits beyond the length are not part of the key", () => {
  assert.deepEqual(keyOf("24 0000fde8 ff"), keyOf("24 0000fde8 f0"));
});

Deno.test("a whole target has a column, a part of one has none", () => {
  assert.deepEqual(codec.fields(keyOf(texts[1]![0])).more, { origin_as: 65000, route_target: "rt:65000:100" });
  assert.deepEqual(codec.fields(keyOf(texts[4]![0])).more, { origin_as: 65000 });
  assert.deepEqual(codec.fields(keyOf("00")), {});
  assert.equal(toHex(rtcTarget(keyOf(texts[1]![0]))!), "0002fde800000064");
  assert.equal(rtcTarget(keyOf(texts[4]![0])), undefined);
});

Deno.test("a text that is no membership says what it should be", () => {
  assert.deepEqual(codec.parse("65000"), { error: '"" is no route target (rt:65000:100)' });
  assert.deepEqual(codec.parse("x rt:65000:1"), { error: '"x" is no AS number' });
  assert.deepEqual(codec.parse("65000 65000:1"), { error: '"65000:1" is no route target (rt:65000:100)' });
  assert.deepEqual(codec.parse("65000 rt:65000:1/20"), { error: '"rt:65000:1/20" is no route target (rt:65000:100)' });
});
