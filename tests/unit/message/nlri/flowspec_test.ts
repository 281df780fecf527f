/** FlowSpec NLRI: octets, components and order, by the examples and the clauses of RFC 8955 and RFC 8956. */
import assert from "node:assert/strict";
import { nlriCodec } from "../../../../src/message/mod.ts";
import { familyByName } from "../../../../src/types/mod.ts";
import { fromHex, toHex } from "../../../golden/golden.ts";
import fc from "../../../support/fast_check.ts";
import { randomRule } from "./flowspec_arbitraries.ts";

const ipv4 = codec("ipv4 flowspec"), ipv6 = codec("ipv6 flowspec");
const vpn4 = codec("ipv4 flowspec-vpn"), vpn6 = codec("ipv6 flowspec-vpn");

function codec(name: string) {
  return nlriCodec(familyByName(name)!.id)!;
}

function hex(octets: Uint8Array): string {
  return toHex(octets).replaceAll(" ", "");
}

/** The text of the one NLRI that these octets are. */
function read(text: string, from = ipv4): string {
  const bytes = fromHex(text);
  assert.equal(from.size(bytes, 0, bytes.length), bytes.length, text);
  assert.equal(from.fault(bytes, 0, bytes.length, false), undefined, text);
  const { key, value } = from.split(bytes, 0, bytes.length, false);
  assert.equal(value.length, 0);
  const written = from.format(key);
  assert.deepEqual(from.parse(written), key, written);
  return written;
}

/** The octets of this text on the wire. */
function write(text: string, to = ipv4): string {
  const key = to.parse(text);
  assert.ok(!("error" in key), `${text}: ${"error" in key ? key.error : ""}`);
  return hex(to.join(key, new Uint8Array(0)));
}

function fault(text: string, from = ipv4): string | undefined {
  const bytes = fromHex(text);
  return from.fault(bytes, 0, bytes.length, false);
}

const examples = [
  ["0b 0118c00002 038106 048119", "destination 192.0.2.0/24 protocol =tcp port =25"],
  [
    "12 0118c00002 0218cb0071 04 0389 458b 911f90",
    "destination 192.0.2.0/24 source 203.0.113.0/24 port >=137&<=139 =8080",
  ],
  ["09 0120c0000201 0c8005", "destination 192.0.2.1/32 fragment dont-fragment+first-fragment"],
] as const;

Deno.test("rfc8955#4.3 the examples of the RFC", () => {
  for (const [octets, text] of examples) {
    assert.equal(read(octets), text);
    assert.equal(write(text), octets.replaceAll(" ", ""));
  }
});

Deno.test("rfc8956#3.8 the examples of the RFC: a pattern begins at its offset, in bits", () => {
  const rows = [
    ["12 01 20 00 20010db8 02 68 40 123456789a 03 81 06", "source ::1234:5678:9a00:0/64-104 protocol =tcp"],
    ["0f 01 20 00 20010db8 02 68 41 2468acf134", "source ::1234:5678:9a00:0/65-104"],
  ] as const;
  for (const [octets, rest] of rows) {
    const text = `destination 2001:db8::/32 ${rest}`;
    assert.equal(read(octets, ipv6), text);
    assert.equal(write(text, ipv6), octets.replaceAll(" ", ""));
  }
});

Deno.test("rfc8955#4.1 from 240 octets on, the length has two octets; the longest NLRI has 4,095", () => {
  // 5 octets of destination and one of type leave room for terms of two octets.
  const ofLength = (octets: number) => {
    const wide = octets % 2;
    const terms = Array.from({ length: (octets - 6 - 3 * wide) / 2 }, (_, i) => `=${i % 256}`);
    return `destination 192.0.2.0/24 port ${[...terms, ...wide === 1 ? ["=256"] : []].join(" ")}`;
  };
  for (const [octets, head] of [[239, "ef"], [240, "f0f0"], [4095, "ffff"]] as const) {
    const written = write(ofLength(octets));
    assert.equal(written.slice(0, head.length), head);
    assert.equal(written.length, head.length + 2 * octets);
    assert.equal(write(read(written)), written);
  }
  const longer = ipv4.parse(ofLength(4096));
  assert.ok("error" in longer);
  assert.match(longer.error, /^the rule takes 4096 octets, more than 4095/);
  // What could have one octet may have two; we write one.
  assert.equal(write(read("f005 0118c00002")), "050118c00002");
});

Deno.test("rfc8955#4.1 an NLRI that is longer than its block has no end", () => {
  for (const torn of ["06 0118c00002", "f0", "f006 0118c00002", "ffff"]) {
    const bytes = fromHex(torn);
    assert.equal(ipv4.size(bytes, 0, bytes.length), -1, torn);
  }
  const bytes = fromHex("05 0118c00002 05 0118c00003");
  assert.equal(ipv4.size(bytes, 0, bytes.length), 6);
  assert.equal(ipv4.size(bytes, 6, bytes.length), 6);
});

Deno.test("rfc8955#4.2 components ascend by type, each at most once, and their types are known", () => {
  assert.equal(fault("08 0118c00002 038106"), undefined);
  const rows = [
    ["08 038106 0118c00002", /^whose component types do not ascend: 1 follows 3/],
    ["0a 0118c00002 0118c00003", /^whose component types do not ascend: 1 follows 1/],
    ["03 0e8101", /^with component type 14, which is not defined/],
    ["03 008101", /^with component type 0, which is not defined/],
    ["00", /^without a component/],
  ] as const;
  for (const [octets, expected] of rows) assert.match(fault(octets) ?? "", expected);
});

Deno.test("rfc8956#3.7 the flow label is a component of IPv6 only", () => {
  assert.equal(read("06 0da1 0007a120", ipv6), "flow-label =500000");
  assert.match(fault("06 0da1 0007a120") ?? "", /^with component type 13/);
});

Deno.test("rfc8955#4.2.1 a component must not end within a term", () => {
  for (const octets of ["01 03", "02 0381", "02 0391", "03 039106", "03 030106", "03 0118c0"]) {
    assert.match(fault(octets) ?? "", /^that ends within component \d/, octets);
  }
});

Deno.test("rfc8955#4.2.2 a prefix has at most 32 bits, and its trailing bits do not count", () => {
  assert.match(fault("07 0121c0000201ff") ?? "", /^with a prefix of 33 bits in component 1/);
  assert.equal(read("05 0117c000ff"), "destination 192.0.254.0/23");
  assert.equal(write(read("05 0117c000ff")), "050117c000fe");
});

Deno.test("rfc8956#3.1 length and offset: both zero, or the offset is less than the length", () => {
  assert.equal(read("03 010000", ipv6), "destination ::/0");
  assert.equal(read("04 01 41 40 ff", ipv6), "destination ::8000:0:0:0/64-65");
  for (const octets of ["03 014040", "03 010001", "04 01404180", "03 018100"]) {
    assert.match(fault(octets, ipv6) ?? "", /^with (the offset|a prefix)/, octets);
  }
});

Deno.test("rfc8955#4.2.1.1 the AND bit of the first term and reserved bits do not count", () => {
  assert.equal(write(read("03 03c106")), "03038106");
  assert.equal(write(read("03 038906")), "03038106");
  assert.equal(write(read("05 03 01 06 c9 11")), "05030106c111");
});

Deno.test("rfc8955#4.2.1.2 reserved bits of a bitmask operator do not count", () => {
  assert.equal(write(read("03 098d02")), "03098102");
});

Deno.test("rfc8955#4.2.1.1 comparisons that are always true, or never", () => {
  assert.equal(read("03 048000"), "port true");
  assert.equal(read("03 048700"), "port false");
  assert.equal(read("04 0490 0050"), "port true0x0050");
});

Deno.test("rfc8955#4.2.2.9 TCP flags have one or two octets", () => {
  assert.equal(read("03 098112"), "tcp-flags =syn+ack");
  assert.equal(read("04 09910012"), "tcp-flags =0x0012");
  assert.equal(read("04 09910102"), "tcp-flags =syn+ns");
  assert.match(fault("06 09a100000002") ?? "", /^with a value of 4 octets in component 9/);
});

Deno.test("rfc8955#4.2.2.11 a DSCP has one octet", () => {
  assert.equal(read("03 0b810a"), "dscp =10");
  assert.match(fault("04 0b91000a") ?? "", /^with a value of 2 octets in component 11/);
});

Deno.test("rfc8955#4.2.2.12 a fragment has one octet, of which four bits do not count", () => {
  assert.equal(write(read("03 0c80f5")), "030c8005");
  assert.match(fault("04 0c900005") ?? "", /^with a value of 2 octets in component 12/);
});

Deno.test("rfc8956#3.6 IPv6 has no bit for packets that must not be fragmented", () => {
  assert.equal(write(read("03 0c80f5", ipv6), ipv6), "030c8004");
  const error = ipv6.parse("fragment dont-fragment");
  assert.ok("error" in error);
  assert.match(error.error, /^fragment dont-fragment: "dont-fragment" is not a kind of fragment/);
});

Deno.test("rfc8955#4.2.2 the octets of a value belong to the rule: 80 in two octets is another one", () => {
  assert.equal(read("03 058150"), "destination-port =80");
  assert.equal(read("04 05910050"), "destination-port =0x0050");
  assert.equal(read("0a 05b10000000000000050"), "destination-port =0x0000000000000050");
  assert.equal(read("06 05a1ffffffff"), "destination-port =0xffffffff");
  assert.equal(read("04 0d9107dd", ipv6), "flow-label =0x07dd");
});

Deno.test("rfc8955#8 VPN rules have an RD, which the length includes", () => {
  const text = "rd 65535:65536 source 10.0.0.1/32";
  assert.equal(read("0e 0000ffff00010000 02200a000001", vpn4), text);
  assert.equal(write(text, vpn4), "0e0000ffff0001000002200a000001");
  assert.equal(write("65535:65536 source 10.0.0.1/32", vpn4), "0e0000ffff0001000002200a000001");
  assert.equal(write("source 10.0.0.1/32 rd 65535:65536", vpn4), "0e0000ffff0001000002200a000001");
  assert.equal(read("0b 0001c00002010007 038106", vpn6), "rd 192.0.2.1:7 protocol =tcp");
  assert.match(fault("03 038106", vpn4) ?? "", /^of 4 octets, which is too short for an RD/);
  assert.match(fault("08 0000ffff00010000", vpn4) ?? "", /^without a component/);
});

Deno.test("the columns of a rule", () => {
  const key = vpn4.parse("rd 65000:1 destination 192.0.2.0/24 destination-port >8000&<=8080 =443 tcp-flags =syn");
  assert.ok(!("error" in key));
  const { rd, prefix, more } = vpn4.fields(key);
  assert.equal(rd, "65000:1");
  assert.deepEqual(prefix, { octets: Uint8Array.of(192, 0, 2, 0), length: 24 });
  const { precedence, ...components } = more!;
  assert.match(String(precedence), /^0000fde8000000010/);
  assert.deepEqual(components, {
    destination: "192.0.2.0/24",
    destination_port: ">8000&<=8080 =443",
    tcp_flags: "=syn",
  });
  const offset = ipv6.parse("destination ::1:0:0/64-96");
  assert.ok(!("error" in offset));
  assert.equal(ipv6.fields(offset).prefix, undefined, "a pattern with an offset is no prefix");
});

Deno.test("every rule on the wire has a text that is read as the same octets", () => {
  fc.assert(fc.property(fc.boolean(), fc.boolean(), randomRule, (wide, withRd, rule) => {
    const codec = wide ? withRd ? vpn6 : ipv6 : withRd ? vpn4 : ipv4;
    const rd = withRd ? [0, 0, 253, 232, 0, 0, 0, 7] : [];
    const key = Uint8Array.of(...rd, ...rule(wide));
    const bytes = codec.join(key, undefined);
    assert.equal(codec.fault(bytes, 0, bytes.length, false), undefined, hex(bytes));
    const canonical = codec.split(bytes, 0, bytes.length, true).key;
    assert.equal(canonical.length, key.length);
    const text = codec.format(canonical);
    assert.deepEqual(codec.parse(text), canonical, text);
    assert.deepEqual(codec.parse(text.toUpperCase()), canonical, text);
  }));
});
