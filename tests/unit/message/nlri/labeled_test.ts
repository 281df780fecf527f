/** Labelled unicast and L3VPN: labels, RD and prefix in each order of the wire, and what is no such NLRI. */
import assert from "node:assert/strict";
import fc from "../../../support/fast_check.ts";
import { decodeNlriValue, encodeNlriValue, nlriCodec } from "../../../../src/message/mod.ts";
import type { FamilyId } from "../../../../src/types/mod.ts";
import { fromHex, toHex } from "../../../golden/golden.ts";

const LABELED4: FamilyId = 5;
const LABELED6: FamilyId = 6;
const VPN4: FamilyId = 7;
const VPN6: FamilyId = 8;

interface Read {
  readonly text: string;
  /** With the bottom of the stack as its last bit: `"100"` or `"100!"`. */
  readonly labels: string;
}

/** The one NLRI of the octets; a text: why it is none. */
function read(family: FamilyId, hex: string, withdrawn = false): Read | string {
  const codec = nlriCodec(family)!;
  const bytes = fromHex(hex);
  assert.equal(codec.size(bytes, 0, bytes.length), bytes.length, "the octets are one NLRI");
  const fault = codec.fault(bytes, 0, bytes.length, withdrawn);
  if (fault !== undefined) return fault;
  const { key, value } = codec.split(bytes, 0, bytes.length, withdrawn);
  assert.deepEqual(codec.parse(codec.format(key)), key, "the text reads back");
  const labels = decodeNlriValue(value).labels.map((label) => `${label >>> 4}${(label & 1) === 0 ? "" : "!"}`);
  return { text: codec.format(key), labels: labels.join(" ") };
}

function write(family: FamilyId, text: string, labels?: readonly number[]): string {
  const codec = nlriCodec(family)!;
  const key = codec.parse(text);
  assert.ok(key instanceof Uint8Array, text);
  return toHex(codec.join(key, labels && encodeNlriValue({ labels })));
}

Deno.test("rfc8277#2.2 a label stands in front of the prefix, and the length counts both", () => {
  assert.deepEqual(read(LABELED4, "30 000641 c00002"), { text: "192.0.2.0/24", labels: "100!" });
  assert.deepEqual(read(LABELED4, "18 000641"), { text: "0.0.0.0/0", labels: "100!" });
  assert.deepEqual(read(LABELED6, "38 000031 20010db8"), { text: "2001:db8::/32", labels: "3!" });
  assert.deepEqual(read(LABELED6, "98 000641 20010db8000000000000000000000001"), {
    text: "2001:db8::1/128",
    labels: "100!",
  });
  assert.equal(write(LABELED4, "192.0.2.0/24", [0x641]), "30000641c00002");
});

Deno.test("rfc8277#2.2 twin: an NLRI without room for a label, and one with too long a prefix", () => {
  assert.equal(read(LABELED4, "17 000641"), "of 23 bits, which is too short for a label");
  assert.equal(read(LABELED4, "39 000641 c0000201 80"), "with a prefix of 33 bits");
  assert.equal(read(LABELED6, "99 000641 20010db8000000000000000000000001 80"), "with a prefix of 129 bits");
});

Deno.test("rfc8277#2.2 the S bit of a single label is ignored", () => {
  assert.deepEqual(read(LABELED4, "30 000640 c00002"), { text: "192.0.2.0/24", labels: "100" });
  assert.equal(write(LABELED4, "192.0.2.0/24", [0x640]), "30000640c00002");
});

Deno.test("rfc8277#2.3 labels go on up to the S bit", () => {
  assert.deepEqual(read(LABELED4, "48 000640 000c81 c00002"), { text: "192.0.2.0/24", labels: "100 200!" });
  assert.equal(write(LABELED4, "192.0.2.0/24", [0x640, 0xc81]), "48000640000c81c00002");
});

Deno.test("rfc8277#2.4 a withdrawn route has three octets in place of labels, whatever they are", () => {
  for (const field of ["800000", "000000", "000641"]) {
    assert.deepEqual(read(LABELED4, `30 ${field} c00002`, true), { text: "192.0.2.0/24", labels: "" });
  }
  // An RFC 3107 speaker repeats the stack.
  assert.deepEqual(read(LABELED4, "48 000640 000c81 c00002", true), { text: "192.0.2.0/24", labels: "" });
  assert.equal(write(LABELED4, "192.0.2.0/24"), "30800000c00002");
});

Deno.test("rfc3032#2.1 a route that nobody gave a label has the label implicit null", () => {
  assert.equal(write(LABELED4, "192.0.2.0/24", []), "30000031c00002");
  assert.deepEqual(read(LABELED4, "30 000031 c00002"), { text: "192.0.2.0/24", labels: "3!" });
});

Deno.test("rfc8277#2.5 a label is not part of the destination", () => {
  const codec = nlriCodec(LABELED4)!;
  const keys = ["30 000641 c00002", "30 000c81 c00002", "48 000640 000c81 c00002"].map((hex) => {
    const bytes = fromHex(hex);
    return toHex(codec.split(bytes, 0, bytes.length, false).key);
  });
  assert.deepEqual(new Set(keys), new Set(["18c00002"]));
});

Deno.test("rfc4364#4.3.4 a VPN-IPv4 NLRI has labels, an RD and a prefix", () => {
  assert.deepEqual(read(VPN4, "70 000641 0000fde800000001 c00002"), { text: "65000:1 192.0.2.0/24", labels: "100!" });
  assert.deepEqual(read(VPN4, "58 000641 0001c00002010007"), { text: "192.0.2.1:7 0.0.0.0/0", labels: "100!" });
  assert.deepEqual(read(VPN4, "88 000640 000c81 0000fde800000001 c00002"), {
    text: "65000:1 192.0.2.0/24",
    labels: "100 200!",
  });
  assert.deepEqual(read(VPN4, "70 800000 0000fde800000001 c00002", true), {
    text: "65000:1 192.0.2.0/24",
    labels: "",
  });
  assert.equal(write(VPN4, "65000:1 192.0.2.0/24", [0x641]), "700006410000fde800000001c00002");
  assert.equal(write(VPN4, "65000:1 192.0.2.0/24"), "708000000000fde800000001c00002");
});

Deno.test("rfc4364#4.3.4 twin: an NLRI without room for its RD, and one with too long a prefix", () => {
  assert.equal(read(VPN4, "57 000641 0000fde800000001"), "of 87 bits, which is too short for a label and an RD");
  assert.equal(read(VPN4, "00"), "of 0 bits, which is too short for a label and an RD");
  assert.equal(read(VPN4, "79 000641 0000fde800000001 c0000201 80"), "with a prefix of 33 bits");
});

Deno.test("rfc4659#3.2 a VPN-IPv6 NLRI likewise", () => {
  assert.deepEqual(read(VPN6, "78 000641 0002fa56ea000064 20010db8"), {
    text: "4200000000:100 2001:db8::/32",
    labels: "100!",
  });
  const host = `d8 000641 0000fde800000001 ${"20010db8000000000000000000000001"}`;
  assert.deepEqual(read(VPN6, host), { text: "65000:1 2001:db8::1/128", labels: "100!" });
});

Deno.test("rfc4659#3.2 twin: no address has 129 bits", () => {
  const long = `d9 000641 0000fde800000001 ${"20010db8000000000000000000000001"} 80`;
  assert.equal(read(VPN6, long), "with a prefix of 129 bits");
});

Deno.test("rfc4271#4.3 bits beyond the length of the prefix are irrelevant, and not part of the key", () => {
  assert.deepEqual(read(VPN4, "6c 000641 0000fde800000001 c0000f"), { text: "65000:1 192.0.0.0/20", labels: "100!" });
});

Deno.test("a text that is no destination says what it should be", () => {
  const parse = (family: FamilyId, text: string) => nlriCodec(family)!.parse(text);
  assert.deepEqual(parse(LABELED4, "192.0.2.1/24"), {
    error: '"192.0.2.1/24" is no IPv4 prefix (192.0.2.0/24)',
  });
  assert.deepEqual(parse(LABELED4, "2001:db8::/32"), {
    error: '"2001:db8::/32" is no IPv4 prefix (192.0.2.0/24)',
  });
  assert.deepEqual(parse(VPN4, "192.0.2.0/24"), {
    error: '"192.0.2.0/24" is no RD (65000:1, 192.0.2.1:1 or 4200000000:1)',
  });
  assert.deepEqual(parse(VPN4, "65000:1"), { error: '"" is no IPv4 prefix (192.0.2.0/24)' });
  assert.deepEqual(parse(VPN6, "65000:1 2001:db8::/32 x"), {
    error: '"2001:db8::/32 x" is no IPv6 prefix (2001:db8::/32)',
  });
});

Deno.test("what is written reads back: any labels, RD and prefix", () => {
  const label = fc.nat(0xfffff).map((value) => value << 4);
  const labels = fc.array(label, { minLength: 1, maxLength: 3 }).map((list) => list.with(-1, list.at(-1)! | 1));
  const family = fc.constantFrom(LABELED4, LABELED6, VPN4, VPN6);
  fc.assert(fc.property(family, labels, fc.uint8Array({ minLength: 30, maxLength: 30 }), (family, labels, octets) => {
    const codec = nlriCodec(family)!;
    const rdBytes = family >= VPN4 ? 8 : 0;
    const bits = octets[29]! % (family % 2 === 1 ? 33 : 129);
    const key = Uint8Array.of(...octets.subarray(0, rdBytes), bits, ...octets.subarray(8, 8 + ((bits + 7) >> 3)));
    if (bits % 8 !== 0) key[key.length - 1]! &= 0xff00 >> (bits % 8);
    const value = encodeNlriValue({ labels });
    const wire = codec.join(key, value);
    assert.equal(codec.size(wire, 0, wire.length), wire.length);
    assert.equal(codec.size(wire, 0, wire.length - 1), -1);
    assert.equal(codec.fault(wire, 0, wire.length, false), undefined);
    assert.deepEqual(codec.split(wire, 0, wire.length, false), { key, value });
    const gone = codec.join(key, undefined);
    assert.deepEqual(codec.split(gone, 0, gone.length, true), { key, value: new Uint8Array(0) });
  }));
});
