import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { parsePrefix } from "../../../src/types/mod.ts";
import { decodePdu, encodePdu, type Pdu, RtrError, RtrFramer, type Vrp } from "../../../src/rpki/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";

function vrp(prefix: string, maxLength: number, asn: number): Vrp {
  return { prefix: parsePrefix(prefix)!, maxLength, asn };
}

const key = "11".repeat(20);

/** The PDU of each section, as its figure has it. */
const figures: readonly [string, Pdu, string][] = [
  ["§5.2", { version: 1, kind: "serialNotify", sessionId: 0x1234, serial: 7 }, "01 00 1234 0000000c 00000007"],
  ["§5.3", { version: 2, kind: "serialQuery", sessionId: 0xffff, serial: 0xffffffff }, "02 01 ffff 0000000c ffffffff"],
  ["§5.4", { version: 0, kind: "resetQuery" }, "00 02 0000 00000008"],
  ["§5.5", { version: 1, kind: "cacheResponse", sessionId: 5 }, "01 03 0005 00000008"],
  [
    "§5.9, announced",
    { version: 1, kind: "prefix", announce: true, vrp: vrp("192.0.2.0/24", 26, 64496) },
    "01 04 0000 00000014 01 18 1a 00 c0000200 0000fbf0",
  ],
  [
    "§5.9, withdrawn",
    { version: 0, kind: "prefix", announce: false, vrp: vrp("0.0.0.0/0", 0, 0) },
    "00 04 0000 00000014 00 00 00 00 00000000 00000000",
  ],
  [
    "§5.10",
    { version: 2, kind: "prefix", announce: true, vrp: vrp("2001:db8::/32", 128, 0xffffffff) },
    "02 06 0000 00000020 01 20 80 00 20010db8000000000000000000000000 ffffffff",
  ],
  [
    "RFC 6810 §5.7",
    { version: 0, kind: "endOfData", sessionId: 5, serial: 7, timing: undefined },
    "00 07 0005 0000000c 00000007",
  ],
  [
    "§5.7",
    { version: 1, kind: "endOfData", sessionId: 5, serial: 7, timing: { refresh: 3600, retry: 600, expire: 7200 } },
    "01 07 0005 00000018 00000007 00000e10 00000258 00001c20",
  ],
  ["§5.6", { version: 1, kind: "cacheReset" }, "01 08 0000 00000008"],
  [
    "§5.11",
    {
      version: 1,
      kind: "routerKey",
      announce: true,
      asn: 64496,
      keyId: fromHex(key),
      publicKey: fromHex("3003020101"),
    },
    `01 09 0100 00000025 ${key} 0000fbf0 3003020101`,
  ],
  [
    "§5.8",
    { version: 1, kind: "errorReport", code: 2, pdu: fromHex("0102000000000008"), text: "later" },
    "01 0a 0002 0000001d 00000008 0102000000000008 00000005 6c61746572",
  ],
  [
    "§5.8, empty",
    { version: 0, kind: "errorReport", code: 1, pdu: fromHex(""), text: "" },
    "00 0a 0001 00000010 00000000 00000000",
  ],
  [
    "§5.12, announced",
    { version: 2, kind: "aspa", announce: true, aspa: { customer: 64496, providers: [64497, 64498] } },
    "02 0b 0100 00000014 0000fbf0 0000fbf1 0000fbf2",
  ],
  [
    "§5.12, withdrawn",
    { version: 2, kind: "aspa", announce: false, aspa: { customer: 64496, providers: [] } },
    "02 0b 0000 0000000c 0000fbf0",
  ],
];

for (const [name, pdu, hex] of figures) {
  Deno.test(`8210bis ${name}: ${pdu.kind} of version ${pdu.version}, both directions`, () => {
    assert.equal(toHex(encodePdu(pdu)), toHex(fromHex(hex)));
    assert.deepEqual(decodePdu(fromHex(hex)), pdu);
  });
}

/** The code of the fault, and what it says. */
function faultOf(hex: string): [number, string] | undefined {
  const pdu = decodePdu(fromHex(hex));
  return pdu.kind === "fault" ? [pdu.code, pdu.text] : undefined;
}

Deno.test("8210bis §5: reserved fields are ignored on receipt", () => {
  const pdu = decodePdu(fromHex("01 04 dead 00000014 ff 18 18 77 c0000200 0000fbf0"));
  assert.deepEqual(pdu, { version: 1, kind: "prefix", announce: true, vrp: vrp("192.0.2.0/24", 24, 64496) });
});

Deno.test("RFC 8210 §5.1: Max Length is at least Prefix Length, and neither passes the address", () => {
  const row = (length: string, most: string) =>
    faultOf(`01 04 0000 00000014 01 ${length} ${most} 00 c0000200 0000fbf0`);
  assert.equal(row("18", "17")?.[0], RtrError.corruptData);
  assert.equal(row("18", "21")?.[0], RtrError.corruptData);
  assert.equal(row("21", "21")?.[0], RtrError.corruptData);
  assert.equal(row("18", "18"), undefined, "negative: equal lengths");
  assert.equal(row("18", "20"), undefined, "negative: up to a host");
  const six = (length: string, most: string) =>
    faultOf(`01 06 0000 00000020 01 ${length} ${most} 00 20010db8000000000000000000000000 0000fbf0`);
  assert.equal(six("20", "81")?.[0], RtrError.corruptData);
  assert.equal(six("20", "80"), undefined);
});

Deno.test("8210bis §5.9: bits behind the prefix are corrupt in version 2, and ignored before", () => {
  const body = "04 0000 00000014 01 18 18 00 c0000201 0000fbf0";
  assert.equal(faultOf(`02 ${body}`)?.[0], RtrError.corruptData);
  assert.deepEqual(decodePdu(fromHex(`01 ${body}`)), {
    version: 1,
    kind: "prefix",
    announce: true,
    vrp: vrp("192.0.2.0/24", 24, 64496),
  });
});

Deno.test("8210bis §5.12: an announcement has providers, in order, each once, and AS 0 alone", () => {
  const row = (flags: string, ...providers: string[]) =>
    faultOf(
      `02 0b ${flags}00 000000${(12 + 4 * providers.length).toString(16).padStart(2, "0")} 0000fbf0 ${
        providers.join("")
      }`,
    );
  const [a, b, zero] = ["0000fbf1", "0000fbf2", "00000000"];
  assert.equal(row("01")?.[0], RtrError.aspaProviderList, "none");
  assert.equal(row("01", zero!, a!)?.[0], RtrError.aspaProviderList, "AS 0 and another");
  assert.equal(row("01", a!, a!)?.[0], RtrError.aspaProviderList, "twice");
  assert.equal(row("01", b!, a!)?.[0], RtrError.aspaProviderList, "not in order");
  assert.equal(row("01", zero!), undefined, "negative: AS 0 alone");
  assert.equal(row("01", a!, b!), undefined, "negative");
  assert.equal(row("00"), undefined, "negative: a withdrawal has none");
  assert.equal(row("00", a!), undefined, "some caches send the list with a withdrawal");
});

Deno.test("8210bis §14: a version has its PDUs and no others", () => {
  assert.equal(
    faultOf(`00 09 0100 00000020 ${key} 0000fbf0`)?.[0],
    RtrError.unsupportedPduType,
    "Router Key, version 0",
  );
  assert.equal(faultOf(`01 09 0100 00000020 ${key} 0000fbf0`), undefined);
  assert.equal(faultOf("01 0b 0000 0000000c 0000fbf0")?.[0], RtrError.unsupportedPduType, "ASPA, version 1");
  assert.equal(faultOf("02 0b 0000 0000000c 0000fbf0"), undefined);
  assert.equal(faultOf("02 05 0000 00000008")?.[0], RtrError.unsupportedPduType, "5 was never assigned");
  assert.equal(faultOf("02 ff 0000 00000008")?.[0], RtrError.unsupportedPduType);
});

Deno.test("8210bis §5.8: the lengths inside an Error Report agree with its own; text may end with a zero", () => {
  assert.equal(faultOf("01 0a 0002 00000014 00000008 00000000 00000000")?.[0], RtrError.corruptData, "PDU too long");
  assert.equal(faultOf("01 0a 0002 00000014 00000000 00000000 00000000")?.[0], RtrError.corruptData, "octets left");
  assert.equal(faultOf("01 0a 0002 00000010 ffffffff 00000000")?.[0], RtrError.corruptData);
  const pdu = decodePdu(fromHex("01 0a 0002 00000013 00000000 00000003 6f6b00"));
  assert.equal(pdu.kind === "errorReport" && pdu.text, "ok");
});

Deno.test("8210bis §5.8: an erroneous PDU that does not fit is truncated", () => {
  const encoded = encodePdu({
    version: 2,
    kind: "errorReport",
    code: 0,
    pdu: new Uint8Array(65_535),
    text: "é".repeat(2000),
  });
  assert.equal(encoded.length, 65_535);
  const back = decodePdu(encoded);
  assert.ok(back.kind === "errorReport" && back.pdu.length > 64_000 && back.text.startsWith("éé"));
});

const word = fc.integer({ min: 0, max: 0xffffffff });
const half = fc.integer({ min: 0, max: 0xffff });
const octets = (length: number) => fc.uint8Array({ minLength: length, maxLength: length });

const anyPrefix = fc.tuple(fc.boolean(), octets(16), fc.nat(128), fc.nat(128)).map(([isIpv4, bytes, a, b]) => {
  const bits = isIpv4 ? 32 : 128, [length, maxLength] = [a % (bits + 1), b % (bits + 1)].sort((x, y) => x - y);
  const own = bytes.slice(0, bits / 8).map((octet, i) => octet & (0xff00 >> Math.min(8, Math.max(0, length! - 8 * i))));
  return { prefix: { octets: own, length: length! }, maxLength: maxLength! };
});

const anyPdu: fc.Arbitrary<Pdu> = fc.oneof(
  fc.tuple(half, word).map(([sessionId, serial]): Pdu => ({ version: 1, kind: "serialNotify", sessionId, serial })),
  fc.tuple(half, word).map(([sessionId, serial]): Pdu => ({ version: 0, kind: "serialQuery", sessionId, serial })),
  fc.tuple(anyPrefix, word, fc.boolean()).map(([prefix, asn, announce]): Pdu => ({
    version: 2,
    kind: "prefix",
    announce,
    vrp: { ...prefix, asn },
  })),
  fc.tuple(half, word, word, word, word).map(([sessionId, serial, refresh, retry, expire]): Pdu => ({
    version: 2,
    kind: "endOfData",
    sessionId,
    serial,
    timing: { refresh, retry, expire },
  })),
  fc.tuple(octets(20), word, fc.uint8Array({ maxLength: 100 }), fc.boolean()).map((
    [keyId, asn, publicKey, announce],
  ): Pdu => ({
    version: 1,
    kind: "routerKey",
    announce,
    asn,
    keyId,
    publicKey,
  })),
  fc.tuple(word, fc.uniqueArray(fc.integer({ min: 1, max: 0xffffffff }), { minLength: 1 })).map((
    [customer, list],
  ): Pdu => ({
    version: 2,
    kind: "aspa",
    announce: true,
    aspa: { customer, providers: list.sort((a, b) => a - b) },
  })),
  fc.tuple(half, fc.uint8Array({ maxLength: 50 })).map(([code, pdu]): Pdu => ({
    version: 1,
    kind: "errorReport",
    code,
    pdu,
    text: "reason é",
  })),
);

Deno.test("decodePdu(encodePdu(pdu)) is the PDU, and a stream of PDUs says the same however it is cut", () => {
  fc.assert(
    fc.property(fc.array(anyPdu, { maxLength: 12 }), fc.array(fc.nat(400)), (pdus, cuts) => {
      const whole = pdus.map(encodePdu);
      assert.deepEqual(whole.map(decodePdu), pdus);
      const stream = Uint8Array.from(whole.flatMap((one) => [...one]));
      const ends = [...new Set(cuts.filter((cut) => cut < stream.length)), stream.length].sort((a, b) => a - b);
      const framer = new RtrFramer();
      const said: string[] = [];
      ends.forEach((end, i) => {
        framer.push(stream.subarray(ends[i - 1] ?? 0, end));
        for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
          said.push(frame.kind === "pdu" ? toHex(frame.bytes) : frame.fault.text);
        }
      });
      assert.deepEqual(said, whole.map(toHex));
    }),
    { numRuns: 200 },
  );
});

/** What a stream of these octets yields, one octet after the other. */
function framesOf(hex: string): string[] {
  const framer = new RtrFramer();
  const said: string[] = [];
  for (const octet of fromHex(hex)) {
    framer.push(Uint8Array.of(octet));
    for (let frame = framer.next(); frame !== undefined; frame = framer.next()) {
      said.push(frame.kind === "pdu" ? `${frame.bytes[1]}` : frame.fault.text);
    }
  }
  return said;
}

Deno.test("8210bis §5.1: a length that no such PDU has ends the stream with its header", () => {
  assert.deepEqual(framesOf("01 08 0000 00000007"), ["Cache Reset with a length of 7"]);
  assert.deepEqual(framesOf("01 0a 0000 00010000"), ["Error Report with a length of 65536"]);
  assert.deepEqual(framesOf("01 0a 0000 ffffffff 00"), ["Error Report with a length of 4294967295"]);
  assert.deepEqual(framesOf("01 04 0000 00000020"), ["IPv4 Prefix with a length of 32"]);
  assert.deepEqual(framesOf("00 07 0000 00000018"), ["End of Data with a length of 24"], "version 0 has 12");
  assert.deepEqual(framesOf("01 07 0000 0000000c"), ["End of Data with a length of 12"], "version 1 has 24");
  assert.deepEqual(framesOf("02 0b 0100 00000008"), ["ASPA with a length of 8"]);
  assert.deepEqual(framesOf("01 03 0001 00000008 01 08 0000 00000008"), ["3", "8"], "negative: good ones");
  assert.deepEqual(framesOf("01 63 0000 00000009 00 0108000000000008"), ["99", "8"], "a type that is unknown is whole");
});
