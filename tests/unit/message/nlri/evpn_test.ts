/** NLRI of EVPN, type by type: octets to key and value, and back; the text; and what is malformed. */
import assert from "node:assert/strict";
import { evpnCodec } from "../../../../src/message/nlri/evpn.ts";
import { decodeNlriValue, encodeNlriValue } from "../../../../src/message/nlri/value.ts";
import { formatColonHex, formatPrefix } from "../../../../src/types/mod.ts";
import { fromHex, toHex } from "../../../golden/golden.ts";

const RD = "0000 fde8 00000001";
const ESI = "00 11 22 33 44 55 66 77 88 99";
const NO_ESI = "00 00 00 00 00 00 00 00 00 00";
const MAC = "00005e005301";
const IPV6 = "20010db8 00000000 00000000 00000001";

interface Row {
  readonly what: string;
  readonly hex: string;
  readonly text: string;
  readonly fields: Record<string, unknown>;
  readonly value: { labels?: number[]; esi?: string; gateway?: string };
}

const rows: readonly Row[] = [
  {
    what: "Ethernet auto-discovery of a segment (RFC 7432 §7.1)",
    hex: `01 19 ${RD} ${ESI} ffffffff 000000`,
    text: "auto-discovery rd 65000:1 esi 00:11:22:33:44:55:66:77:88:99 tag 4294967295",
    fields: { rd: "65000:1", route_type: 1, esi: "00:11:22:33:44:55:66:77:88:99", ethernet_tag: 4294967295 },
    value: { labels: [0] },
  },
  {
    what: "MAC address alone (RFC 7432 §7.2)",
    hex: `02 21 ${RD} ${NO_ESI} 00000000 30 ${MAC} 00 000641`,
    text: "mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01",
    fields: { rd: "65000:1", route_type: 2, ethernet_tag: 0, mac: "00:00:5e:00:53:01" },
    value: { labels: [0x641] },
  },
  {
    what: "MAC and IPv4 address on a segment, two labels (RFC 9135 §5.1)",
    hex: `02 28 ${RD} ${ESI} 00000007 30 ${MAC} 20 c0000201 000064 0000c8`,
    text: "mac-ip rd 65000:1 tag 7 mac 00:00:5e:00:53:01 ip 192.0.2.1",
    fields: { rd: "65000:1", route_type: 2, ethernet_tag: 7, mac: "00:00:5e:00:53:01", ip: "192.0.2.1" },
    value: { labels: [100, 200], esi: "00:11:22:33:44:55:66:77:88:99" },
  },
  {
    what: "MAC and IPv6 address",
    hex: `02 31 ${RD} ${NO_ESI} 00000000 30 ${MAC} 80 ${IPV6} 000064`,
    text: "mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 2001:db8::1",
    fields: { rd: "65000:1", route_type: 2, ethernet_tag: 0, mac: "00:00:5e:00:53:01", ip: "2001:db8::1" },
    value: { labels: [100] },
  },
  {
    what: "inclusive multicast (RFC 7432 §7.3)",
    hex: `03 11 ${RD} 00000064 20 c0000201`,
    text: "multicast rd 65000:1 tag 100 originator 192.0.2.1",
    fields: { rd: "65000:1", route_type: 3, ethernet_tag: 100, originator: "192.0.2.1" },
    value: {},
  },
  {
    what: "Ethernet segment (RFC 7432 §7.4)",
    hex: `04 23 0001 c0000201 0007 ${ESI} 80 ${IPV6}`,
    text: "ethernet-segment rd 192.0.2.1:7 esi 00:11:22:33:44:55:66:77:88:99 originator 2001:db8::1",
    fields: {
      rd: "192.0.2.1:7",
      route_type: 4,
      esi: "00:11:22:33:44:55:66:77:88:99",
      originator: "2001:db8::1",
    },
    value: {},
  },
  {
    what: "IPv4 prefix (RFC 9136 §3.1)",
    hex: `05 22 ${RD} ${NO_ESI} 00000000 18 c6336400 00000000 000064`,
    text: "ip-prefix rd 65000:1 tag 0 prefix 198.51.100.0/24",
    fields: { rd: "65000:1", prefix: "198.51.100.0/24", route_type: 5, ethernet_tag: 0 },
    value: { labels: [100] },
  },
  {
    what: "IPv6 prefix with a gateway",
    hex: `05 3a ${RD} ${NO_ESI} 00000000 20 20010db8 00000000 00000000 00000000 ${IPV6} 000064`,
    text: "ip-prefix rd 65000:1 tag 0 prefix 2001:db8::/32",
    fields: { rd: "65000:1", prefix: "2001:db8::/32", route_type: 5, ethernet_tag: 0 },
    value: { labels: [100], gateway: "20:01:0d:b8:00:00:00:00:00:00:00:00:00:00:00:01" },
  },
  {
    what: "a type of later RFCs (RFC 9251 §9.1), as octets",
    hex: "06 03 0a0b0c",
    text: "type-6 0x0a0b0c",
    fields: { route_type: 6 },
    value: {},
  },
  { what: "a type without octets", hex: "ff 00", text: "type-255 0x", fields: { route_type: 255 }, value: {} },
];

for (const { what, hex, text, fields, value } of rows) {
  Deno.test(`EVPN: ${what}`, () => {
    const bytes = fromHex(hex);
    assert.equal(evpnCodec.size(bytes, 0, bytes.length), bytes.length);
    assert.equal(evpnCodec.fault(bytes, 0, bytes.length, false), undefined);
    const nlri = evpnCodec.split(bytes, 0, bytes.length, false);
    assert.equal(evpnCodec.format(nlri.key), text);
    assert.deepEqual(evpnCodec.parse(text), nlri.key);
    const { rd, prefix, more } = evpnCodec.fields(nlri.key);
    assert.deepEqual({ ...rd && { rd }, ...prefix && { prefix: formatPrefix(prefix) }, ...more }, fields);
    const { labels, esi, gateway } = decodeNlriValue(nlri.value);
    const said = { labels, ...esi && { esi: formatColonHex(esi) }, ...gateway && { gateway: formatColonHex(gateway) } };
    assert.deepEqual(said, { labels: [], ...value });
    assert.equal(toHex(evpnCodec.join(nlri.key, nlri.value)), toHex(bytes));
  });

  Deno.test(`EVPN, withdrawn: ${what}`, () => {
    const bytes = fromHex(hex);
    const announced = evpnCodec.split(bytes, 0, bytes.length, false);
    const withdrawn = evpnCodec.split(bytes, 0, bytes.length, true);
    assert.deepEqual(withdrawn, { key: announced.key, value: new Uint8Array(0) });
    const wire = evpnCodec.join(announced.key, undefined);
    assert.equal(evpnCodec.fault(wire, 0, wire.length, true), undefined);
    assert.deepEqual(evpnCodec.split(wire, 0, wire.length, true).key, announced.key);
  });
}

Deno.test("RFC 7432 §7.2: ESI and label of a MAC/IP route are no part of its key, RD, tag, MAC and IP are", () => {
  const key = (hex: string) => toHex(split(hex).key);
  const one = `02 25 ${RD} ${NO_ESI} 00000000 30 ${MAC} 20 c0000201 000064`;
  assert.equal(key(one), key(`02 28 ${RD} ${ESI} 00000000 30 ${MAC} 20 c0000201 000065 000066`));
  for (
    const other of [
      `02 25 0000 fde8 00000002 ${NO_ESI} 00000000 30 ${MAC} 20 c0000201 000064`,
      `02 25 ${RD} ${NO_ESI} 00000001 30 ${MAC} 20 c0000201 000064`,
      `02 25 ${RD} ${NO_ESI} 00000000 30 00005e005302 20 c0000201 000064`,
      `02 25 ${RD} ${NO_ESI} 00000000 30 ${MAC} 20 c0000202 000064`,
      `02 21 ${RD} ${NO_ESI} 00000000 30 ${MAC} 00 000064`,
    ]
  ) assert.notEqual(key(other), key(one), other);
});

Deno.test("RFC 7432 §7.1: ESI and tag are part of the key of an auto-discovery route, the label is not", () => {
  const key = (hex: string) => toHex(split(hex).key);
  const one = `01 19 ${RD} ${ESI} 00000000 000064`;
  assert.equal(key(one), key(`01 19 ${RD} ${ESI} 00000000 000065`));
  assert.notEqual(key(one), key(`01 19 ${RD} ${NO_ESI} 00000000 000064`));
  assert.notEqual(key(one), key(`01 19 ${RD} ${ESI} 00000001 000064`));
});

Deno.test("RFC 9136 §3.1: ESI, gateway, label and the bits beyond a prefix are no part of its key", () => {
  const key = (hex: string) => toHex(split(hex).key);
  const one = `05 22 ${RD} ${NO_ESI} 00000000 18 c6336400 00000000 000064`;
  assert.equal(key(one), key(`05 22 ${RD} ${NO_ESI} 00000000 18 c63364ff c0000201 000065`));
  assert.equal(key(one), key(`05 22 ${RD} ${ESI} 00000000 18 c6336400 00000000 000065`));
  assert.notEqual(key(one), key(`05 22 ${RD} ${NO_ESI} 00000000 19 c6336400 00000000 000064`));
});

Deno.test("EVPN: what is malformed, and what stands close to it is not", () => {
  const cases: readonly [hex: string, fault: string | undefined][] = [
    [`01 18 ${RD} ${ESI} 00000000 0000`, "of type 1 with a length of 24"],
    [`01 19 ${RD} ${ESI} 00000000 000000`, undefined],
    [`02 20 ${RD} ${NO_ESI} 00000000 30 ${MAC} 00 0000`, "of type 2 with a length of 32"],
    [`02 21 ${RD} ${NO_ESI} 00000000 2f ${MAC} 00 000064`, "of type 2 with a MAC address of 47 bits"],
    [`02 25 ${RD} ${NO_ESI} 00000000 30 ${MAC} 18 c0000201 000064`, "of type 2 with an IP address of 24 bits"],
    [`02 22 ${RD} ${NO_ESI} 00000000 30 ${MAC} 00 000064 00`, "of type 2 with a length of 34"],
    [`02 24 ${RD} ${NO_ESI} 00000000 30 ${MAC} 20 c0000201 0000`, "of type 2 with a length of 36"],
    [`02 24 ${RD} ${NO_ESI} 00000000 30 ${MAC} 00 000064 000065`, undefined],
    [`03 0c ${RD} 00000064`, "of type 3 with a length of 12"],
    [`03 11 ${RD} 00000064 21 c0000201`, "of type 3 with an IP address of 33 bits"],
    [`03 12 ${RD} 00000064 20 c0000201 00`, "of type 3 with a length of 18"],
    [`04 13 ${RD} ${ESI} 00`, "of type 4 with an IP address of 0 bits"],
    [`05 21 ${RD} ${NO_ESI} 00000000 18 c6336400 00000000 0000`, "of type 5 with a length of 33"],
    [`05 22 ${RD} ${NO_ESI} 00000000 21 c6336400 00000000 000064`, "of type 5 with a prefix length of 33"],
    [`05 3a ${RD} ${NO_ESI} 00000000 21 ${IPV6} ${IPV6} 000064`, undefined],
    [`05 3a ${RD} ${NO_ESI} 00000000 81 ${IPV6} ${IPV6} 000064`, "of type 5 with a prefix length of 129"],
  ];
  for (const [hex, fault] of cases) {
    const bytes = fromHex(hex);
    assert.equal(bytes.length, 2 + bytes[1]!, `the row says its own length: ${hex}`);
    assert.equal(evpnCodec.fault(bytes, 0, bytes.length, false), fault, hex);
  }
  for (const hex of ["01", "01 01", `03 11 ${RD} 00000064 20 c00002`]) {
    const bytes = fromHex(hex);
    assert.equal(evpnCodec.size(bytes, 0, bytes.length), -1, hex);
  }
});

Deno.test("EVPN: what people write that is no destination, in one sentence with the place", () => {
  const cases: readonly [string, RegExp][] = [
    ["", /^"" is not a type of EVPN route: auto-discovery, mac-ip, /],
    ["mac-ip", /^mac-ip needs "rd"/],
    ["mac-ip rd 65000:1", /^mac-ip needs "mac"/],
    ["mac-ip rd 65000 mac 00:00:5e:00:53:01", /^rd "65000" is not a route distinguisher/],
    ["mac-ip rd 65000:1 mac 00:00:5e:00:53", /^mac "00:00:5e:00:53" is not an address/],
    ["mac-ip rd 65000:1 mac 00:00:5e:00:53:01 tag 4294967296", /^tag "4294967296" is not a number/],
    ["mac-ip rd 65000:1 mac 00:00:5e:00:53:01 label 5", /^"label" is not a word of mac-ip/],
    ["mac-ip rd 65000:1 mac 00:00:5e:00:53:01 ip", /^"ip" has no value/],
    ["multicast rd 65000:1 rd 65000:2 originator 192.0.2.1", /^"rd" stands twice/],
    ["ip-prefix rd 65000:1 prefix 192.0.2.1/24", /^prefix "192.0.2.1\/24" is not a prefix .* without host bits/],
    ["type-2 0x00", /^"type-2" is not a type/],
    ["type-256 0x00", /^"type-256" is not a type/],
    ["type-9 00", /^type-9 needs its octets in hexadecimal/],
    ["constructor rd 65000:1", /^"constructor" is not a type/],
  ];
  for (const [text, error] of cases) {
    const parsed = evpnCodec.parse(text);
    assert.ok(!(parsed instanceof Uint8Array), text);
    assert.match(parsed.error, error);
  }
});

Deno.test("EVPN: other programs' words, any order, and a tag that is left out", () => {
  const key = evpnCodec.parse("mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.1");
  for (
    const text of [
      "macadv ip 192.0.2.1 mac 0000.5e00.5301 rd 65000:1",
      "macip etag 0 mac 0:0:5E:0:53:1 ip 192.0.2.1 rd 65000:1",
    ]
  ) {
    assert.deepEqual(evpnCodec.parse(text), key, text);
  }
});

Deno.test("EVPN: a value that lacks what the type has, or has more, becomes a valid NLRI", () => {
  const key = evpnCodec.parse("ip-prefix rd 65000:1 prefix 192.0.2.0/24") as Uint8Array;
  const gateway = new Uint8Array(16).fill(1);
  const wire = evpnCodec.join(key, encodeNlriValue({ labels: [1, 2, 3], gateway }));
  assert.equal(toHex(wire), toHex(fromHex(`05 22 ${RD} ${NO_ESI} 00000000 18 c0000200 00000000 000001`)));
});

function split(hex: string) {
  const bytes = fromHex(hex);
  return evpnCodec.split(bytes, 0, bytes.length, false);
}

Deno.test("GoBGP's forms without words for MAC, address and prefix are read; a second one is refused", () => {
  const read = (text: string) => {
    const key = evpnCodec.parse(text);
    return "error" in key ? key.error : evpnCodec.format(key);
  };
  assert.equal(
    read("macadv 00:00:5e:00:53:01 192.0.2.1 etag 0 rd 65000:1"),
    "mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.1",
  );
  assert.equal(read("multicast 192.0.2.1 etag 7 rd 65000:1"), "multicast rd 65000:1 tag 7 originator 192.0.2.1");
  assert.equal(read("prefix 10.0.0.0/8 rd 65000:1"), "ip-prefix rd 65000:1 tag 0 prefix 10.0.0.0/8");
  assert.match(read("multicast 192.0.2.1 192.0.2.2 rd 65000:1"), /"192.0.2.2" is not a word of multicast/);
});
