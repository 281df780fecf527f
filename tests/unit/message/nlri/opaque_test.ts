/** The kinds of NLRI that are kept as octets: VPLS, MVPN, BGP-LS and SR Policy. */
import assert from "node:assert/strict";
import type { NlriCodec } from "../../../../src/message/nlri/codec.ts";
import { linkStateCodec } from "../../../../src/message/nlri/link_state.ts";
import { mupCodec } from "../../../../src/message/nlri/mup.ts";
import { mvpnCodec } from "../../../../src/message/nlri/mvpn.ts";
import { srPolicyCodec } from "../../../../src/message/nlri/sr_policy.ts";
import { decodeNlriValue } from "../../../../src/message/nlri/value.ts";
import { vplsCodec } from "../../../../src/message/nlri/vpls.ts";
import { familyByName, familyMask } from "../../../../src/types/mod.ts";
import { fromHex, toHex } from "../../../golden/golden.ts";
import { testContext, viewUpdate } from "../../../support/update_view.ts";
import { updateOf } from "../../../support/wire.ts";

const RD = "0000 fde8 00000001";
const TLV = "0100 0004 00000001";

interface Row {
  readonly what: string;
  readonly codec: NlriCodec;
  readonly hex: string;
  readonly text: string;
  readonly fields: Record<string, unknown>;
  readonly labels?: readonly number[];
}

const rows: readonly Row[] = [
  {
    what: "VPLS, a block of labels (RFC 4761 §3.2.2)",
    codec: vplsCodec,
    hex: "0011 0001c0a8c901007b 0005 0001 0008 029ce1",
    text: "rd 192.168.201.1:123 ve 5 offset 1 size 8",
    fields: { rd: "192.168.201.1:123", ve_id: 5, block_offset: 1, block_size: 8 },
    labels: [0x29ce1],
  },
  {
    what: "VPLS, auto-discovery (RFC 6074 §3.2.2.1)",
    codec: vplsCodec,
    hex: `000c ${RD} c0000201`,
    text: "rd 65000:1 address 192.0.2.1",
    fields: { rd: "65000:1", address: "192.0.2.1" },
  },
  {
    what: "VPLS, a block with TLVs behind",
    codec: vplsCodec,
    hex: `0013 ${RD} 0005 0001 0008 029ce1 0a0b`,
    text: "0x0000fde80000000100050001000802" + "9ce10a0b",
    fields: { rd: "65000:1", ve_id: 5, block_offset: 1, block_size: 8 },
  },
  {
    what: "MVPN, shared tree join (RFC 6514 §4.6)",
    codec: mvpnCodec,
    hex: "06 16 0000fde80001869f 0000fde8 20 0a63c701 20 effbffe4",
    text: "shared-join 0x0000fde80001869f0000fde8200a63c70120effbffe4",
    fields: {
      rd: "65000:99999",
      route_type: 6,
      source_as: 65000,
      source: "10.99.199.1",
      group: "239.251.255.228",
    },
  },
  {
    what: "MVPN, selective tree with a wildcard (RFC 6625 §3)",
    codec: mvpnCodec,
    hex: `03 12 ${RD} 00 20 effbffe4 c0000201`,
    text: "s-pmsi 0x0000fde8000000010020effbffe4c0000201",
    fields: { rd: "65000:1", route_type: 3, group: "239.251.255.228", originator: "192.0.2.1" },
  },
  {
    what: "MVPN, octets that do not fit the type",
    codec: mvpnCodec,
    hex: `05 0a ${RD} 21c0`,
    text: "source-active 0x0000fde80000000121c0",
    fields: { rd: "65000:1", route_type: 5 },
  },
  { what: "MVPN, another type", codec: mvpnCodec, hex: "09 01 07", text: "type-9 0x07", fields: { route_type: 9 } },
  {
    what: "BGP-LS, a node (RFC 9552 §5.2)",
    codec: linkStateCodec(false),
    hex: `0001 0011 02 0000000000000007 ${TLV}`,
    text: "node 0x0200000000000000070100000400000001",
    fields: { route_type: 1, protocol: "isis-l2", identifier: "7" },
  },
  {
    what: "BGP-LS VPN, a link",
    codec: linkStateCodec(true),
    hex: `0002 0011 ${RD} 03 ffffffffffffffff`,
    text: "link 0x0000fde80000000103ffffffffffffffff",
    fields: { rd: "65000:1", route_type: 2, protocol: "ospfv2", identifier: "18446744073709551615" },
  },
  {
    what: "BGP-LS, a type that nobody named (RFC 9552 §5.2 keeps it)",
    codec: linkStateCodec(false),
    hex: "ff00 0002 0a0b",
    text: "type-65280 0x0a0b",
    fields: { route_type: 65280 },
  },
  {
    what: "MUP, an interwork segment",
    codec: mupCodec,
    hex: "01 0001 0c 0000006400000064 18 0a0001",
    text: "interwork-segment 0x0000006400000064180a0001",
    fields: { rd: "100:100", architecture: 1, route_type: 1 },
  },
  {
    what: "MUP, another architecture",
    codec: mupCodec,
    hex: "02 0001 01 00",
    text: "type-131073 0x00",
    fields: { architecture: 2, route_type: 1 },
  },
  {
    what: "SR Policy of IPv4 (RFC 9830 §2.1)",
    codec: srPolicyCodec(4),
    hex: "60 00000001 00000064 c0000201",
    text: "distinguisher 1 color 100 endpoint 192.0.2.1",
    fields: { distinguisher: 1, color: 100, endpoint: "192.0.2.1" },
  },
  {
    what: "SR Policy of IPv6",
    codec: srPolicyCodec(16),
    hex: "c0 00000001 00000064 20010db8000000000000000000000001",
    text: "distinguisher 1 color 100 endpoint 2001:db8::1",
    fields: { distinguisher: 1, color: 100, endpoint: "2001:db8::1" },
  },
];

for (const { what, codec, hex, text, fields, labels } of rows) {
  Deno.test(`${what}: octets and text, both ways`, () => {
    const bytes = fromHex(hex);
    assert.equal(codec.size(bytes, 0, bytes.length), bytes.length);
    assert.equal(codec.size(bytes, 0, bytes.length - 1), -1, "one octet less is no NLRI");
    assert.equal(codec.fault(bytes, 0, bytes.length, false), undefined);
    const { key, value } = codec.split(bytes, 0, bytes.length, false);
    assert.deepEqual(decodeNlriValue(value).labels, labels ?? []);
    assert.equal(toHex(codec.join(key, value)), toHex(bytes));
    assert.equal(codec.format(key), text);
    assert.deepEqual(codec.parse(text), key);
    const { rd, more } = codec.fields(key);
    assert.deepEqual({ ...rd && { rd }, ...more }, fields);
    const withdrawn = codec.join(key, undefined);
    assert.deepEqual(codec.split(withdrawn, 0, withdrawn.length, true), { key, value: new Uint8Array(0) });
  });
}

Deno.test("the kinds kept as octets: what is malformed", () => {
  const cases: readonly [NlriCodec, string, string][] = [
    [vplsCodec, `000b ${RD} c00002`, "with a length of 11"],
    [vplsCodec, `0010 ${RD} 0005 0001 0008 029c`, "with a length of 16"],
    [mvpnCodec, "06 07 0000fde8000000", "of type 6 with no room for its RD"],
    [linkStateCodec(true), "ff00 0007 0000fde8000000", "of type 65280 with no room for its RD"],
    [linkStateCodec(false), "0001 0008 0200000000000000", "of type 1 with no room for its protocol and identifier"],
    [linkStateCodec(false), "0001 000d 02 0000000000000007 0100 0001", "of type 1 with a TLV that does not fit"],
    [srPolicyCodec(4), "c0 00000001 00000064 20010db8000000000000000000000001", "of 192 bits, not 96"],
    [srPolicyCodec(16), "60 00000001 00000064 c0000201", "of 96 bits, not 192"],
  ];
  for (const [codec, hex, fault] of cases) {
    const bytes = fromHex(hex);
    assert.equal(codec.size(bytes, 0, bytes.length), bytes.length, hex);
    assert.equal(codec.fault(bytes, 0, bytes.length, false), fault, hex);
  }
});

Deno.test("RFC 4761 §3.2.2: the label base is the value of a block, and no part of its key", () => {
  const key = (hex: string) => toHex(vplsCodec.split(fromHex(hex), 0, 19, false).key);
  assert.equal(key(`0011 ${RD} 0005 0001 0008 029ce1`), key(`0011 ${RD} 0005 0001 0008 000011`));
  assert.notEqual(key(`0011 ${RD} 0005 0001 0008 029ce1`), key(`0011 ${RD} 0006 0001 0008 029ce1`));
});

Deno.test("RFC 9552 §5.3: a session with BGP-LS keeps the BGP-LS attribute, though it is non-transitive", () => {
  const node = "4004 47 04 c0000201 00 0001 0011 02 0000000000000007" + TLV;
  const body = ["40 01 01 00", "40 02 00", "40 05 04 00000064", "80 1d 05 0400 0001 00"].map((hex) => fromHex(hex));
  const update = updateOf([...body, fromHex(`80 0e 1e ${node}`)], "");
  const family = familyByName("bgp-ls")!.id;
  const kept = viewUpdate(update, testContext({ families: familyMask([family]) }));
  assert.deepEqual(kept.parts.map(({ attributes }) => attributes.unknown.map(({ code }) => code)), [[29]]);
  assert.deepEqual(kept.parts[0]!.announced.map(({ prefix }) => prefix), [
    "node 0x02000000000000000701000004" + "00000001",
  ]);
  // Without the family nobody can use it (RFC 4271 §5).
  const unicast = updateOf([...body, fromHex("40 03 04 c0000201")], "18 c63364");
  const left = viewUpdate(unicast, testContext());
  assert.deepEqual(left.parts.map(({ attributes }) => attributes.unknown), [[]]);
});

Deno.test("the kinds kept as octets: what people write that is no destination", () => {
  const cases: readonly [NlriCodec, string, RegExp][] = [
    [vplsCodec, "rd 65000:1", /is not "rd 65000:1 ve 1 offset 1 size 8" or/],
    [vplsCodec, "rd x ve 1 offset 1 size 8", /^"x" is no RD/],
    [vplsCodec, "rd 65000:1 ve 65536 offset 1 size 8", /^"65536" is more than 65535/],
    [vplsCodec, "rd 65000:1 address 2001:db8::1", /^"2001:db8::1" is no IPv4 address/],
    [vplsCodec, "0x0a0b", /has 2 octets/],
    [mvpnCodec, "join 0x00", /is not a type \(intra-as, /],
    [mvpnCodec, "source-join 0x0", /is not a type/],
    [mvpnCodec, "source-join 0x00", /is source-join with no room for its RD/],
    [mvpnCodec, "type-256 0x00", /does not fit/],
    [linkStateCodec(false), "node 0x00", /is node with no room/],
    [srPolicyCodec(4), "color 100", /is not "distinguisher 1 color 100 endpoint 192.0.2.1"/],
    [srPolicyCodec(4), "distinguisher 1 color 4294967296 endpoint 192.0.2.1", /^"4294967296" is more than/],
    [srPolicyCodec(16), "distinguisher 1 color 1 endpoint 192.0.2.1", /^"192.0.2.1" is no IPv6 address/],
  ];
  for (const [codec, text, error] of cases) {
    const parsed = codec.parse(text);
    assert.ok(!(parsed instanceof Uint8Array), text);
    assert.match(parsed.error, error);
  }
});
