/** Route Distinguishers: three types have a text of their own, all others are hexadecimal; each text is read back. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { formatRd, parseRd } from "../../../../src/message/mod.ts";
import { fromHex, toHex } from "../../../golden/golden.ts";

const texts: readonly [string, string][] = [
  ["0000 fde8 00000001", "65000:1"],
  ["0000 fde8 ffffffff", "65000:4294967295"],
  ["0001 c0000201 0007", "192.0.2.1:7"],
  ["0002 fa56ea00 0064", "4200000000:100"],
  // Where the AS number would fit two octets, the text says that it has four.
  ["0002 0000fde8 0064", "65000L:100"],
  ["0003 000000000001", "0x0003000000000001"],
];

Deno.test("rfc4364#4.2 an RD has one of three types, and a text for each", () => {
  for (const [hex, text] of texts) {
    assert.equal(formatRd(fromHex(hex)), text);
    assert.equal(toHex(parseRd(text)!), hex.replaceAll(" ", ""));
  }
});

Deno.test("rfc4364#4.2 twin: other texts are no RD", () => {
  const wrong = ["", "65000", "65000:", ":1", "65000:4294967296", "192.0.2.1:65536", "192.0.2:1", "4200000000:65536"];
  for (const text of [...wrong, "4294967296:1", "65000:-1", "65000:1 ", "0x00", "65000:1:2", "65000L:65536"]) {
    assert.equal(parseRd(text), undefined, text);
  }
});

Deno.test("every RD reads back from its text", () => {
  fc.assert(fc.property(fc.uint8Array({ minLength: 8, maxLength: 8 }), fc.nat(3), (octets, type) => {
    octets.set([0, type]);
    assert.deepEqual(parseRd(formatRd(octets)), octets);
  }));
});
