import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  cease,
  CeaseCode,
  checkHeader,
  createNotification,
  decodeNotification,
  describeNotification,
  encodeNotification,
} from "../../../src/message/mod.ts";
import { fromHex } from "../../golden/golden.ts";

const text = (words: string) => new TextEncoder().encode(words);

function shutdown(data: Uint8Array): string {
  return describeNotification(createNotification(6, CeaseCode.administrativeShutdown, data));
}

Deno.test("decode(encode(x)) = x, and its header is sound", () => {
  const octet = fc.integer({ min: 0, max: 255 });
  fc.assert(fc.property(octet, octet, fc.uint8Array({ maxLength: 4075 }), (code, subcode, data) => {
    const bytes = encodeNotification({ code, subcode, data });
    assert.equal(checkHeader(bytes, 0, 4096), undefined);
    assert.deepEqual(decodeNotification(bytes), { code, subcode, data: Uint8Array.from(data) });
  }));
});

Deno.test("data beyond the limit is cut off, and only then", () => {
  const data = new Uint8Array(70_000).fill(7);
  assert.equal(encodeNotification(createNotification(1, 2, data)).length, 4096);
  assert.equal(encodeNotification(createNotification(1, 2, data), 65535).length, 65535);
  assert.equal(encodeNotification(createNotification(1, 2, data.subarray(0, 4075))).length, 4096);
  assert.equal(encodeNotification(createNotification(1, 2, data.subarray(0, 4074))).length, 4095);
});

Deno.test("RFC 4271 §6.4: no octets make a NOTIFICATION throw, decoded or described", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
    describeNotification(decodeNotification(bytes));
  }));
  const octet = fc.integer({ min: 0, max: 10 });
  fc.assert(fc.property(octet, octet, fc.uint8Array({ maxLength: 300 }), (code, subcode, data) => {
    assert.doesNotMatch(describeNotification({ code, subcode, data }), /[\p{Cc}\u2028\u2029\u202e]/u);
  }));
});

Deno.test("RFC 9003 §2: the communication goes with shutdown and reset, and is read again", () => {
  const notification = cease(CeaseCode.administrativeShutdown, "maintenance");
  assert.deepEqual(notification.data, Uint8Array.of(11, ...text("maintenance")));
  assert.equal(describeNotification(notification), 'Cease / Administrative Shutdown: "maintenance"');
  assert.equal(
    describeNotification(cease(CeaseCode.administrativeReset, "új")),
    'Cease / Administrative Reset: "új"',
  );
});

Deno.test("RFC 9003 §2: no communication with other subcodes, nor where there is none", () => {
  assert.equal(cease(CeaseCode.peerDeconfigured, "maintenance").data.length, 0);
  assert.equal(cease(CeaseCode.administrativeShutdown).data.length, 0);
  assert.equal(describeNotification(cease(CeaseCode.administrativeShutdown)), "Cease / Administrative Shutdown");
});

Deno.test("RFC 9003 §2: a communication is cut at 255 octets, between characters", () => {
  const whole = cease(CeaseCode.administrativeShutdown, "a".repeat(255));
  assert.deepEqual([whole.data[0], whole.data.length], [255, 256]);
  assert.equal(cease(CeaseCode.administrativeShutdown, "a".repeat(256)).data.length, 256);
  // 127 characters of two octets make 254; the 128th would be split.
  const cut = cease(CeaseCode.administrativeShutdown, "é".repeat(200));
  assert.deepEqual([cut.data[0], cut.data.length], [254, 255]);
  assert.equal(describeNotification(cut), `Cease / Administrative Shutdown: "${"é".repeat(127)}"`);
});

Deno.test("RFC 9003 §2: a length of zero is no communication; more than there is, is said", () => {
  assert.equal(shutdown(Uint8Array.of(0)), "Cease / Administrative Shutdown");
  assert.equal(shutdown(Uint8Array.of(5, 97, 98)), "Cease / Administrative Shutdown: communication cut short");
  assert.equal(shutdown(Uint8Array.of(2, 97, 98, 99)), 'Cease / Administrative Shutdown: "ab"');
});

Deno.test("RFC 9003 §4: a communication that is not UTF-8 is shown as octets", () => {
  assert.equal(
    shutdown(Uint8Array.of(2, 0xc3, 0x28)),
    "Cease / Administrative Shutdown: communication is not UTF-8, 0xc328",
  );
  assert.equal(shutdown(Uint8Array.of(2, 0xc3, 0xa9)), 'Cease / Administrative Shutdown: "é"');
});

Deno.test("a peer's text can neither break a line nor steer a terminal", () => {
  const evil = text('a\n\x1b[2J"\u009b\u202eb');
  assert.equal(
    shutdown(Uint8Array.of(evil.length, ...evil)),
    'Cease / Administrative Shutdown: "a\\n\\u001b[2J\\"\\u009b\\u202eb"',
  );
});

Deno.test("RFC 8538 §3.1: a Hard Reset says what is inside it", () => {
  const hardReset = (data: Uint8Array) => describeNotification(createNotification(6, CeaseCode.hardReset, data));
  assert.equal(
    hardReset(Uint8Array.of(6, 2, 2, 104, 105)),
    'Cease / Hard Reset: Cease / Administrative Shutdown: "hi"',
  );
  assert.equal(hardReset(Uint8Array.of(4, 0)), "Cease / Hard Reset: Hold Timer Expired");
  assert.equal(hardReset(Uint8Array.of(4)), "Cease / Hard Reset: data 0x04");
  assert.equal(hardReset(Uint8Array.of(6, 9, 6, 9, 6, 9)), "Cease / Hard Reset: Cease / Hard Reset", "one level");
});

Deno.test("data that has a meaning is put in words", () => {
  const describe = (code: number, subcode: number, data: string) =>
    describeNotification(createNotification(code, subcode, fromHex(data)));
  assert.equal(describe(1, 2, "0012"), "Message Header Error / Bad Message Length: length 18");
  assert.equal(describe(1, 3, "09"), "Message Header Error / Bad Message Type: type 9");
  assert.equal(
    describe(2, 1, "0004"),
    "OPEN Message Error / Unsupported Version Number: highest version supported is 4",
  );
  assert.equal(
    describe(2, 7, "01 04 0001 00 01 41 04 0000fde8 c7 00"),
    "OPEN Message Error / Unsupported Capability: multiprotocol, 4-octet AS, capability 199",
  );
  assert.equal(
    describe(2, 7, "c7 00".repeat(2000)),
    `OPEN Message Error / Unsupported Capability: ${"capability 199, ".repeat(32)}…`,
    "a line, however long the message is",
  );
  assert.equal(
    describe(6, 1, "0001 01 000003e8"),
    "Cease / Maximum Number of Prefixes Reached: ipv4 unicast, limit 1000",
  );
  assert.equal(
    describe(6, 1, "0019 63 00000001"),
    "Cease / Maximum Number of Prefixes Reached: family 25/99, limit 1",
  );
});

Deno.test("data that has none is shown as octets, and not all of a long one", () => {
  assert.equal(
    describeNotification(createNotification(3, 5, fromHex("400101"))),
    "UPDATE Message Error / Attribute Length Error: data 0x400101",
  );
  assert.equal(
    describeNotification(createNotification(3, 1, new Uint8Array(4000))),
    `UPDATE Message Error / Malformed Attribute List: data 0x${"00".repeat(32)}… (4000 octets)`,
  );
});
