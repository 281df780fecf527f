/** Paths, communities and next hops as text: what is written is read back, what is no such thing is refused. */
import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  type AsPathSegment,
  formatAsPath,
  formatCommunity,
  formatExtCommunity,
  formatIpv6ExtCommunity,
  formatLargeCommunity,
  formatNextHop,
  originName,
  parseAsPath,
  parseCommunity,
  parseExtCommunity,
  parseIpv6ExtCommunity,
  parseLargeCommunity,
  parseOrigin,
} from "../../../src/message/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";
import { anySegment, uint32 } from "./update_arbitraries.ts";

Deno.test("AS paths", () => {
  const cases: [string, AsPathSegment[]][] = [
    ["", []],
    ["65000", [{ type: 2, asns: [65000] }]],
    ["65000 500 {1,2} (3 4) [5,6] 7", [
      { type: 2, asns: [65000, 500] },
      { type: 1, asns: [1, 2] },
      { type: 3, asns: [3, 4] },
      { type: 4, asns: [5, 6] },
      { type: 2, asns: [7] },
    ]],
    ["4294967295", [{ type: 2, asns: [4294967295] }]],
  ];
  for (const [text, segments] of cases) {
    assert.equal(formatAsPath(segments), text);
    assert.deepEqual(parseAsPath(text), segments);
  }
  assert.deepEqual(parseAsPath("  65000   1.10 { 1 , 2 }"), [{ type: 2, asns: [65000, 65546] }, {
    type: 1,
    asns: [1, 2],
  }]);
  for (const bad of ["x", "{1", "1}", "{1)", "{}", "1,2", "-1", "4294967296", "{{1}}", "1 {2} y"]) {
    assert.equal(parseAsPath(bad), undefined, bad);
  }
});

Deno.test("a path with no two sequences in a row is read back as it was", () => {
  fc.assert(fc.property(fc.array(anySegment, { maxLength: 8 }), (segments) => {
    const apart = segments.filter((one, i) => one.type !== 2 || segments[i - 1]?.type !== 2);
    if (apart.some((one, i) => one.type === 2 && apart[i - 1]?.type === 2)) return;
    assert.deepEqual(parseAsPath(formatAsPath(apart)), apart);
  }));
});

Deno.test("communities", () => {
  assert.equal(formatCommunity(0xfde80063), "65000:99");
  assert.equal(formatCommunity(0xffffff01), "65535:65281");
  assert.equal(parseCommunity("no-export"), 0xffffff01);
  assert.equal(parseCommunity("blackhole"), 0xffff029a);
  for (const bad of ["", "1", "1:2:3", "65536:1", "1:65536", "a:b", "toString", "1:", ":1"]) {
    assert.equal(parseCommunity(bad), undefined, bad);
  }
  fc.assert(fc.property(uint32, (value) => assert.equal(parseCommunity(formatCommunity(value)), value)));
});

Deno.test("large communities", () => {
  assert.equal(formatLargeCommunity([65000, 1, 4294967295]), "65000:1:4294967295");
  for (const bad of ["", "1:2", "1:2:3:4", "1:2:4294967296", "a:1:2"]) {
    assert.equal(parseLargeCommunity(bad), undefined, bad);
  }
  fc.assert(fc.property(uint32, uint32, uint32, (a, b, c) => {
    assert.deepEqual(parseLargeCommunity(formatLargeCommunity([a, b, c])), [a, b, c]);
  }));
});

Deno.test("extended communities by name", () => {
  const cases: [string, string][] = [
    ["0002fde800000064", "rt:65000:100"],
    ["0003fde800000064", "soo:65000:100"],
    ["0102c00002010064", "rt:192.0.2.1:100"],
    ["0202000111700064", "rt:70000:100"],
    ["02020000fde80064", "rt:65000L:100"],
    ["4004fde84cee6b28", "link-bw:65000:125000000"],
    ["4300000000000000", "ovs:valid"],
    ["4300000000000001", "ovs:not-found"],
    ["4300000000000002", "ovs:invalid"],
    ["030b000000000064", "color:100"],
    ["030b400000000064", "color:01:100"],
    ["030b200000000064", "0x030b200000000064"],
    ["030c000000000008", "encap:vxlan"],
    ["030c00000000000e", "encap:14"],
    ["030d000000000000", "default-gateway"],
    ["030d000000000001", "0x030d000000000001"],
    ["0005fde800000200", "ospf-domain-id:65000:512"],
    ["0107c00002010000", "ospf-router-id:192.0.2.1:0"],
    ["0009fde800000000", "source-as:65000:0"],
    ["010bc00002010001", "vrf-import:192.0.2.1:1"],
    ["000afde800000001", "l2vpn-id:65000:1"],
    ["0600000000000005", "mac-mobility:5"],
    ["0600010000000000", "mac-mobility:0:sticky"],
    ["0600020000000000", "0x0600020000000000"],
    ["0601000000000640", "esi-label:100"],
    ["0601010000000640", "esi-label:100:single-active"],
    ["0601000000000641", "0x0601000000000641"],
    ["060200005e005301", "es-import:00:00:5e:00:53:01"],
    ["060300005e005301", "router-mac:00:00:5e:00:53:01"],
    ["0604000605dc0000", "l2-attributes:PC:1500"],
    ["0604000000000000", "l2-attributes:-:0"],
    ["0604000805dc0000", "0x0604000805dc0000"],
    ["0606020000007fff", "df-election:2:0:32767"],
    ["0606224000000000", "0x0606224000000000"],
    ["0606014000000000", "df-election:1:16384:0"],
    ["800a130005dc006f", "l2info:19:0:1500:111"],
    ["80060000bf800000", "0x80060000bf800000"],
    ["4300000000000003", "0x4300000000000003"],
    ["4002fde800000064", "0x4002fde800000064"],
    ["4004fde87fc00000", "0x4004fde87fc00000"],
  ];
  for (const [hex, text] of cases) {
    assert.equal(formatExtCommunity(fromHex(hex)), text);
    assert.equal(toHex(parseExtCommunity(text)!), hex, text);
  }
  assert.equal(toHex(parseExtCommunity("target:65000:100")!), "0002fde800000064");
  assert.equal(toHex(parseExtCommunity("origin:65000:100")!), "0003fde800000064");
  const bad = [
    "",
    "rt",
    "rt:1",
    "rt:70000:65536",
    "rt:4294967296:1",
    "rt:1.2.3:4",
    "rt:1.2.3.4:65536",
    "ovs:maybe",
    "0x12",
    "x:1:2",
    "constructor:1:2",
    "default-gateway:1",
    "mac-mobility:4294967296",
    "mac-mobility:1:",
    "esi-label:1048576",
    "es-import:00:00:5e:00:53",
    "l2-attributes::1500",
    "l2-attributes:CP:1500",
    "df-election:32:0:0",
    "df-election:1:0",
    "l2info:19:0:1500",
    "encap:65536",
    "color:1:100",
  ];
  for (const text of bad) assert.equal(parseExtCommunity(text), undefined, text);
});

Deno.test("any extended community is read back from its text", () => {
  const octets = fc.uint8Array({ minLength: 8, maxLength: 8 });
  const known = "0002 0003 0102 0103 0202 0203 0005 0107 4004 4300 030b 030c 030d 0600 0601 0602 0603 0604 0606 800a " +
    "8006 8007 8008 8009 800c 010c 0702";
  const head = fc.constantFrom(...known.split(" "));
  fc.assert(
    fc.property(octets, fc.option(head), fc.boolean(), (value, start, few) => {
      if (few) value.fill(0, 2, 7);
      if (start !== null) value.set(fromHex(start));
      assert.equal(toHex(parseExtCommunity(formatExtCommunity(value))!), toHex(value));
    }),
    { numRuns: 1000 },
  );
});

Deno.test("extended communities with an IPv6 address", () => {
  const cases: [string, string][] = [
    ["0002 20010db8000000000000000000000001 0064", "rt:[2001:db8::1]:100"],
    ["0003 20010db8000000000000000000000001 0064", "soo:[2001:db8::1]:100"],
    ["000b 20010db8000000000000000000000001 0001", "vrf-import:[2001:db8::1]:1"],
    ["4002 20010db8000000000000000000000001 0064", "0x400220010db80000000000000000000000010064"],
  ];
  for (const [hex, text] of cases) {
    assert.equal(formatIpv6ExtCommunity(fromHex(hex)), text);
    assert.equal(toHex(parseIpv6ExtCommunity(text)!), toHex(fromHex(hex)), text);
  }
  for (
    const bad of ["", "rt:2001:db8::1:100", "rt:[192.0.2.1]:1", "rt:[2001:db8::1]:65536", "x:[2001:db8::1]:1", "0x00"]
  ) {
    assert.equal(parseIpv6ExtCommunity(bad), undefined, bad);
  }
  fc.assert(fc.property(fc.uint8Array({ minLength: 20, maxLength: 20 }), fc.boolean(), (value, named) => {
    if (named) value.set([0, 2]);
    assert.equal(toHex(parseIpv6ExtCommunity(formatIpv6ExtCommunity(value))!), toHex(value));
  }));
});

Deno.test("next hops and origins", () => {
  assert.equal(formatNextHop(new Uint8Array(0)), "", "FlowSpec has no next hop");
  assert.equal(formatNextHop(fromHex("c0000201")), "192.0.2.1");
  const global = "20010db8000000000000000000000001";
  assert.equal(formatNextHop(fromHex(global)), "2001:db8::1");
  assert.equal(formatNextHop(fromHex(`${global}fe800000000000000000000000000001`)), "2001:db8::1 fe80::1");
  for (const origin of [0, 1, 2] as const) assert.equal(parseOrigin(originName(origin)), origin);
  assert.equal(originName(2), "incomplete");
  assert.equal(parseOrigin("IGP?"), undefined);
});
