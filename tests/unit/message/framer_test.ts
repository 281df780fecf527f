import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  checkHeader,
  encodeNotification,
  encodeOpen,
  encodeRouteRefresh,
  type Frame,
  Framer,
  keepaliveMessage,
  messageLength,
  MessageType,
  messageType,
} from "../../../src/message/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";

const marker = "ff".repeat(16);
const endOfRib = fromHex(`${marker} 0017 02 0000 0000`);
const stream = [
  encodeOpen({ version: 4, asn: 65000, holdTimeSeconds: 90, routerId: 1, capabilities: [{ kind: "routeRefresh" }] }),
  keepaliveMessage,
  endOfRib,
  message(MessageType.update, 4096),
  encodeRouteRefresh({ afi: 1, safi: 1, subtype: 0 }),
  message(MessageType.update, 300),
  keepaliveMessage,
  encodeNotification({ code: 6, subcode: 2, data: new Uint8Array(0) }),
];

/** A header of this type and length, its body counting up. */
function message(type: number, length: number): Uint8Array {
  const bytes = Uint8Array.from({ length }, (_, i) => i & 0xff);
  bytes.fill(0xff, 0, 16);
  bytes[16] = length >>> 8;
  bytes[17] = length & 0xff;
  bytes[18] = type;
  return bytes;
}

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

/** Everything the framer has now, as copies. */
function drain(framer: Framer): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (let frame: Frame | undefined; (frame = framer.next()) !== undefined;) {
    assert.ok(frame.kind === "message", "the stream has no fault");
    assert.equal(frame.type, frame.bytes[18]);
    found.push(frame.bytes.slice());
  }
  return found;
}

function equalMessages(found: readonly Uint8Array[], expected: readonly Uint8Array[]): void {
  assert.equal(found.length, expected.length);
  found.forEach((bytes, i) => assert.ok(bytes.every((octet, j) => octet === expected[i]![j]), `message ${i}`));
  found.forEach((bytes, i) => assert.equal(bytes.length, expected[i]!.length));
}

function fault(bytes: Uint8Array, maxLength?: number): string | undefined {
  const framer = new Framer();
  if (maxLength !== undefined) framer.maxLength = maxLength;
  framer.push(bytes);
  const frame = framer.next();
  if (frame?.kind !== "fault") return undefined;
  const { code, subcode, data } = frame.notification;
  return `${code}/${subcode} ${toHex(data)}`.trimEnd();
}

Deno.test("a stream of messages comes out the same, cut in two at every offset", () => {
  const whole = concat(stream);
  for (let cut = 0; cut <= whole.length; cut++) {
    const framer = new Framer();
    framer.push(whole.subarray(0, cut));
    const found = drain(framer);
    framer.push(whole.subarray(cut));
    equalMessages([...found, ...drain(framer)], stream);
  }
});

Deno.test("a message comes out as soon as its last octet is in, and not before", () => {
  const framer = new Framer();
  const ends: number[] = [];
  concat(stream).forEach((octet, i) => {
    framer.push(Uint8Array.of(octet));
    if (framer.next() !== undefined) ends.push(i + 1);
  });
  let sum = 0;
  assert.deepEqual(ends, stream.map((bytes) => sum += bytes.length));
});

Deno.test("a stream comes out the same in chunks of any size, drained now and then", () => {
  const whole = concat([...stream, ...stream, ...stream]);
  fc.assert(fc.property(fc.array(fc.tuple(fc.nat(6000), fc.boolean())), (chunks) => {
    const framer = new Framer();
    const found: Uint8Array[] = [];
    let offset = 0;
    for (const [size, drained] of chunks) {
      framer.push(whole.subarray(offset, offset + size));
      offset += size;
      if (drained) found.push(...drain(framer));
    }
    framer.push(whole.subarray(offset));
    equalMessages([...found, ...drain(framer)], [...stream, ...stream, ...stream]);
  }));
});

Deno.test("a message is a view that the next() after it leaves alone", () => {
  const framer = new Framer();
  framer.push(concat([endOfRib, keepaliveMessage]));
  const first = framer.next();
  framer.next();
  assert.ok(first?.kind === "message");
  assert.equal(toHex(first.bytes), toHex(endOfRib));
});

Deno.test("the chunk is the caller's again: the framer keeps a copy", () => {
  const framer = new Framer();
  const chunk = keepaliveMessage.slice();
  framer.push(chunk);
  chunk.fill(0);
  const frame = framer.next();
  assert.ok(frame?.kind === "message");
  assert.equal(toHex(frame.bytes), toHex(keepaliveMessage));
});

Deno.test("small chunks and a large backlog cost linear time", () => {
  const framer = new Framer();
  const count = 100_000;
  const started = performance.now();
  for (let i = 0; i < count; i++) {
    framer.push(keepaliveMessage.subarray(0, 7));
    framer.push(keepaliveMessage.subarray(7));
  }
  let found = 0;
  while (framer.next() !== undefined) found++;
  assert.equal(found, count);
  // Some 50 ms; a copy of the backlog for each push would be 380 GB.
  assert.ok(performance.now() - started < 20_000);
});

Deno.test("RFC 4271 §6.1: a marker that is not all ones is Connection Not Synchronized", () => {
  for (let i = 0; i < 16; i++) {
    const bytes = keepaliveMessage.slice();
    bytes[i] = 0xfe;
    assert.equal(fault(bytes), "1/1");
  }
  assert.equal(fault(new TextEncoder().encode("GET / HTTP/1.1\r\nHost: r1\r\n")), "1/1");
  assert.equal(fault(keepaliveMessage), undefined);
});

// Each row: type, lengths that are just wrong, lengths that are just right.
const lengths: [string, number, number[], number[]][] = [
  ["OPEN", MessageType.open, [0, 18, 28, 4097], [29, 4096]],
  ["UPDATE", MessageType.update, [18, 22, 4097], [23, 4096]],
  ["NOTIFICATION", MessageType.notification, [18, 20, 4097], [21, 4096]],
  ["KEEPALIVE", MessageType.keepalive, [18, 20, 4096, 4097], [19]],
  ["ROUTE-REFRESH", MessageType.routeRefresh, [18, 4097], [19, 23, 4096]],
];
for (const [name, type, wrong, right] of lengths) {
  Deno.test(`RFC 4271 §6.1: a wrong length of ${name} is Bad Message Length, and the data holds it`, () => {
    for (const length of wrong) {
      const expected = `1/2 ${length.toString(16).padStart(4, "0")}`;
      assert.equal(fault(header(type, length)), expected, String(length));
    }
    for (const length of right) assert.equal(fault(header(type, length)), undefined, String(length));
  });
}

function header(type: number, length: number): Uint8Array {
  return fromHex(`${marker} ${length.toString(16).padStart(4, "0")} ${type.toString(16).padStart(2, "0")}`);
}

Deno.test("RFC 8654 §4: where negotiated, all but OPEN and KEEPALIVE may have 65535 octets", () => {
  for (const type of [MessageType.update, MessageType.notification, MessageType.routeRefresh]) {
    assert.equal(fault(header(type, 65535), 65535), undefined);
    assert.equal(fault(header(type, 65535)), "1/2 ffff", "not negotiated");
  }
  assert.equal(fault(header(MessageType.open, 4097), 65535), "1/2 1001");
  assert.equal(fault(header(MessageType.open, 4096), 65535), undefined);
  assert.equal(fault(header(MessageType.keepalive, 4097), 65535), "1/2 1001");
});

Deno.test("RFC 8654 §4: the limit can rise in the middle of a stream", () => {
  const framer = new Framer();
  const long = message(MessageType.update, 65535);
  framer.push(keepaliveMessage);
  framer.push(long.subarray(0, 10_000));
  assert.equal(framer.next()?.kind, "message");
  framer.maxLength = 65535;
  assert.equal(framer.next(), undefined);
  framer.push(long.subarray(10_000));
  equalMessages(drain(framer), [long]);
});

Deno.test("RFC 4271 §6.1: a type nobody knows is Bad Message Type, and the data holds it", () => {
  for (const type of [0, 6, 128, 255]) {
    assert.equal(fault(header(type, 19)), `1/3 ${type.toString(16).padStart(2, "0")}`);
  }
  for (const type of Object.values(MessageType)) assert.ok(!fault(header(type, 29))?.startsWith("1/3"));
});

Deno.test("after a fault there is nothing more, whatever comes", () => {
  const framer = new Framer();
  framer.push(concat([keepaliveMessage, header(9, 19), keepaliveMessage]));
  assert.equal(framer.next()?.kind, "message");
  assert.equal(framer.next()?.kind, "fault");
  assert.equal(framer.next(), undefined);
  framer.push(keepaliveMessage);
  assert.equal(framer.next(), undefined);
});

Deno.test("a header is read where it stands in a larger buffer", () => {
  const bytes = concat([Uint8Array.of(1, 2, 3), endOfRib]);
  assert.equal(checkHeader(bytes, 3, 4096), undefined);
  assert.equal(messageLength(bytes, 3), 23);
  assert.equal(messageType(bytes, 3), MessageType.update);
  assert.equal(checkHeader(bytes, 2, 4096)?.subcode, 1);
});

Deno.test("no octets make the framer throw", () => {
  fc.assert(fc.property(fc.array(fc.uint8Array({ maxLength: 100 })), (chunks) => {
    const framer = new Framer();
    for (const chunk of chunks) {
      framer.push(chunk);
      while (framer.next() !== undefined);
    }
  }));
});
