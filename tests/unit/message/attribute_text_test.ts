/** PMSI_TUNNEL, PREFIX_SID and TUNNEL_ENCAPSULATION as people write them, both ways. */
import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  attributeRow,
  formatPmsiTunnel,
  formatPrefixSid,
  formatTunnelEncapsulation,
  parsePmsiTunnel,
  parsePrefixSid,
  parseTunnelEncapsulation,
} from "../../../src/message/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";
import { testContext } from "../../support/update_view.ts";

const SID = "20010db8000100010000000000000000";

function bothWays(
  cases: readonly (readonly [hex: string, text: string])[],
  format: (value: Uint8Array) => string,
  parse: (text: string) => Uint8Array | undefined,
): void {
  for (const [hex, text] of cases) {
    assert.equal(format(fromHex(hex)), text);
    assert.equal(toHex(parse(text)!), toHex(fromHex(hex)), text);
  }
}

Deno.test("PMSI_TUNNEL: the tunnel, its label or network, and its end", () => {
  bothWays(
    [
      ["00 06 000640 c0000201", "ingress-replication label 100 endpoint 192.0.2.1"],
      ["00 06 000641 c0000201", "ingress-replication vni 1601 endpoint 192.0.2.1"],
      [
        "01 06 000640 20010db8000000000000000000000001",
        "ingress-replication label 100 leaf-information-required endpoint 2001:db8::1",
      ],
      ["00 00 000000", "none label 0"],
      ["00 04 000000 c0000201 ef010101", "pim-sm label 0 source 192.0.2.1 group 239.1.1.1"],
      ["02 01 000000 0a0b0c", "rsvp-te label 0 flags 2 0x0a0b0c"],
      ["00 0d 000000 0a", "type-13 label 0 0x0a"],
    ],
    (value) => formatPmsiTunnel(value, false),
    parsePmsiTunnel,
  );
  // RFC 8365 §9: with VXLAN the label field has 24 bits of a network's number.
  const vni = fromHex("00 06 000640 c0000201");
  assert.equal(formatPmsiTunnel(vni, true), "ingress-replication vni 1600 endpoint 192.0.2.1");
  assert.deepEqual(parsePmsiTunnel("ingress-replication  vni 1600  endpoint 192.0.2.1"), vni);
  for (
    const bad of [
      "",
      "ingress-replication",
      "ingress-replication label 1048576 endpoint 192.0.2.1",
      "ingress-replication vni 16777216 endpoint 192.0.2.1",
      "ingress-replication label 1 endpoint 192.0.2",
      "pim-sm label 0 source 192.0.2.1 group 2001:db8::1",
      "type-256 label 0",
      "none label 0 0x0",
    ]
  ) assert.equal(parsePmsiTunnel(bad), undefined, bad);
});

Deno.test("PREFIX_SID: label index, SRGB and SRv6 services", () => {
  bothWays(
    [
      ["01 0007 00 0000 00000309", "label-index 777"],
      ["01 0007 00 0001 00000309", "tlv-1 0x00000100000309"],
      ["03 0008 0000 003e80 001f40", "srgb 16000+8000"],
      ["03 000e 0000 003e80 001f40 000064 000001", "srgb 16000+8000 100+1"],
      [`05 0022 00 01001e 00 ${SID} 00 0048 00 010006 401810000000`, "l3-service 2001:db8:1:1:: 72 64,24,16,0,0,0"],
      [`06 0019 00 010015 00 ${SID} 00 0011 00`, "l2-service 2001:db8:1:1:: 17"],
      [`06 0019 00 010015 00 ${SID} 01 0011 00`, `tlv-6 0x0001001500${SID}01001100`],
      ["07 0000", "tlv-7 0x"],
      ["01 0007 00 0000 00000001 03 0008 0000 003e80 001f40", "label-index 1, srgb 16000+8000"],
    ],
    formatPrefixSid,
    parsePrefixSid,
  );
  for (
    const bad of [
      "",
      "label-index",
      "label-index 4294967296",
      "srgb",
      "srgb 1",
      "l3-service 192.0.2.1 1",
      "tlv-256 0x",
      "l3-service :: 1 1,2",
    ]
  ) {
    assert.equal(parsePrefixSid(bad), undefined, bad);
  }
});

Deno.test("TUNNEL_ENCAPSULATION: tunnels and what their sub-TLVs say", () => {
  bothWays(
    [
      ["0008 000c 060a 00000000 0001 c0000201", "vxlan endpoint 192.0.2.1"],
      ["0008 0008 0606 00000000 0000", "vxlan endpoint next-hop"],
      ["0002 000e 0202 0800 0408 030b0000 00000064", "gre protocol 2048 color 100"],
      ["0002 0004 0802 12b5 0007 0000", "gre udp-port 4789; ip-in-ip"],
      ["000f 0008 0c06 0000 00000064", "sr-policy preference 100"],
      ["000f 0007 0c05 0000 000064", "sr-policy sub-tlv-12 0x0000000064"],
      ["000f 000a 82 0007 00 6578616d706c", "sr-policy name exampl"],
      ["000f 0006 82 0003 00 6120", "sr-policy sub-tlv-130 0x006120"],
      ["000a 0006 0a04 00064100", "mpls labels 100"],
      ["000a 0006 0a04 00064000", "mpls sub-tlv-10 0x00064000"],
      ["000a 000a 0a08 00064000 000c8100", "mpls labels 100,200"],
      ["ffff 0000", "65535"],
    ],
    formatTunnelEncapsulation,
    parseTunnelEncapsulation,
  );
  for (
    const bad of [
      "",
      "vxlan endpoint",
      "vxlan endpoint x",
      "65536",
      "gre protocol 65536",
      "gre sub-tlv-256 0x",
      "gre colour 1",
    ]
  ) {
    assert.equal(parseTunnelEncapsulation(bad), undefined, bad);
  }
});

const texts = [
  [22, (value: Uint8Array) => formatPmsiTunnel(value, false), parsePmsiTunnel],
  [22, (value: Uint8Array) => formatPmsiTunnel(value, true), parsePmsiTunnel],
  [23, formatTunnelEncapsulation, parseTunnelEncapsulation],
  [40, formatPrefixSid, parsePrefixSid],
] as const;

Deno.test("any valid value of these attributes is read back from its text", () => {
  // Small octets are lengths and types.
  const octets = fc.array(fc.oneof(fc.nat(255), fc.nat(12)), { minLength: 1, maxLength: 48 });
  let valid = 0;
  fc.assert(
    fc.property(octets, fc.constantFrom(...texts), (list, [code, format, parse]) => {
      const value = Uint8Array.from(list);
      if (attributeRow(code)!.check(value, 0, value.length, testContext()) !== undefined) return;
      valid++;
      const text = format(value);
      assert.equal(toHex(parse(text) ?? new Uint8Array(0)), toHex(value), text);
    }),
    { numRuns: 5000 },
  );
  assert.ok(valid > 200, `only ${valid} values were valid`);
});
