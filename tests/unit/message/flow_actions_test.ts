/** Actions of FlowSpec rules: text ⇄ extended communities (RFC 8955 §7, RFC 8956 §6). */
import assert from "node:assert/strict";
import {
  formatExtCommunity,
  formatFlowActions,
  formatIpv6FlowAction,
  parseExtCommunity,
  parseFlowActions,
} from "../../../src/message/mod.ts";
import { fromHex } from "../../golden/golden.ts";

const rows = [
  ["8006 0000 00000000", "discard"],
  ["8006 0000 46160000", "rate-limit:9600"],
  ["8006 fde8 3f800000", "rate-limit:65000:1"],
  ["8006 0000 4e9502f9", "rate-limit:1250000000"],
  ["800c 0000 447a0000", "rate-limit-packets:1000"],
  ["8007 000000000001", "action:terminal"],
  ["8007 000000000002", "action:sample"],
  ["8007 000000000003", "action:sample-terminal"],
  ["8008 ffdc 00003039", "redirect:65500:12345"],
  ["8008 0102 0203162e", "redirect:258:33756718"],
  ["8108 c0000201 0007", "redirect:192.0.2.1:7"],
  ["8208 00010000 0007", "redirect:65536:7"],
  ["8208 0000fde8 0007", "redirect:65000L:7"],
  ["8009 00000000000a", "mark:10"],
  ["010c 01020304 0000", "redirect-to-ip:1.2.3.4"],
  ["010c 01020304 0001", "copy-to-ip:1.2.3.4"],
  ["0800 000000000000", "redirect-to-next-hop"],
  ["0800 000000000001", "copy-to-next-hop"],
  ["0702 000000fe 80fe", "interface-set:transitive:output:254:254"],
  ["4702 caffee01 4001", "interface-set:non-transitive:input:3405770241:1"],
  ["0702 000004d2 c00a", "interface-set:transitive:input-output:1234:10"],
] as const;

Deno.test("rfc8955#7 each action has a word, which is read as the same octets", () => {
  for (const [hex, text] of rows) {
    const octets = fromHex(hex);
    assert.equal(formatExtCommunity(octets), text);
    assert.deepEqual(parseExtCommunity(text), octets, text);
    assert.equal(formatFlowActions([octets], []), text);
  }
});

Deno.test("rfc8956#6.1 a redirect to an IPv6 route target, and to an IPv6 address", () => {
  const rows = [
    ["000d 20010db8000000000000000000000001 0007", "redirect:[2001:db8::1]:7"],
    ["000c 2a020b80000000010000000000000001 0000", "redirect-to-ip:2a02:b80:0:1::1"],
    ["000c 2a020b80000000010000000000000001 0001", "copy-to-ip:2a02:b80:0:1::1"],
  ] as const;
  for (const [hex, text] of rows) {
    const octets = fromHex(hex);
    assert.equal(formatIpv6FlowAction(octets), text);
    assert.deepEqual(parseFlowActions(text), { extCommunities: [], ipv6ExtCommunities: [octets] });
  }
  assert.equal(formatIpv6FlowAction(fromHex("000c 2a020b80000000010000000000000001 0002")), undefined);
});

Deno.test("rfc8955#7.1 a negative rate discards; as a community it keeps its octets", () => {
  for (const hex of ["8006 0000 bf800000", "800c 0000 c47a0000", "8006 0000 80000000"]) {
    const octets = fromHex(hex);
    assert.match(formatExtCommunity(octets), /^0x80/);
    assert.match(formatFlowActions([octets], []), /^(discard|rate-limit-packets:0)$/);
  }
  const notANumber = fromHex("8006 0000 7fc00000");
  assert.equal(formatFlowActions([notANumber], []), "");
  for (const text of ["rate-limit:-1", "rate-limit -1", "rate-limit:1e39", "rate-limit-packets:-0"]) {
    assert.ok("error" in parseFlowActions(text), text);
  }
});

Deno.test("rfc8955#7.3, rfc8955#7.5 unused bits do not count", () => {
  const rows = [
    ["8007 000000000103", "action:sample-terminal"],
    ["8007 800000000004", ""],
    ["8009 0000000000ca", "mark:10"],
    ["8009 01000000000a", "mark:10"],
  ] as const;
  for (const [hex, expected] of rows) {
    assert.match(formatExtCommunity(fromHex(hex)), /^0x80/);
    assert.equal(formatFlowActions([fromHex(hex)], []), expected);
  }
});

Deno.test("actions in the words of other programs", () => {
  const rows = [
    ["discard", "discard"],
    ["rate-limit 9600; redirect 65500:12345;", "rate-limit:9600 redirect:65500:12345"],
    ["traffic-rate 24000", "rate-limit:24000"],
    ["redirect 6:302", "redirect:6:302"],
    ["rate-limit 1000 as 65000", "rate-limit:65000:1000"],
    ["rate-limit 1000 packets", "rate-limit-packets:1000"],
    ["rate-limit:1000:packets mark 63", "rate-limit-packets:1000 mark:63"],
    ["accept", ""],
    ["action sample-terminal", "action:sample-terminal"],
    ["traffic-action sample", "action:sample"],
    ["sample discard terminal", "action:sample-terminal discard"],
    ["redirect-to-nexthop-ietf 1.2.3.4", "redirect-to-ip:1.2.3.4"],
    ["redirect 1.2.3.4", "redirect-to-ip:1.2.3.4"],
    ["redirect 2001:db8::1", "redirect-to-ip:2001:db8::1"],
    ["{ DISCARD; }", "discard"],
  ] as const;
  for (const [text, expected] of rows) {
    const actions = parseFlowActions(text);
    assert.ok(!("error" in actions), text);
    assert.equal(formatFlowActions(actions.extCommunities, actions.ipv6ExtCommunities), expected, text);
  }
});

Deno.test("a wrong action is one sentence that names it", () => {
  const rows = [
    ["drop-it", /^"drop-it" is no action: write discard, rate-limit:9600/],
    ["rate-limit", /^"rate-limit": rate-limit needs octets per second/],
    ["discard rate-limit fast", /^"rate-limit fast": rate-limit needs octets per second/],
    ["mark 64", /^"mark 64": mark needs a DSCP from 0 to 63/],
    ["redirect 65000", /^"redirect 65000": redirect needs a route target/],
    ["redirect:70000:70000", /^"redirect:70000:70000": redirect needs a route target/],
    ["action stop", /^"action stop": action needs sample, terminal or sample-terminal/],
    ["redirect-to-ip somewhere", /^"redirect-to-ip somewhere": redirect-to-ip needs an address/],
    ["interface-set transitive:up:1:1", /^"interface-set transitive:up:1:1": interface-set needs a set/],
  ] as const;
  for (const [text, expected] of rows) {
    const actions = parseFlowActions(text);
    assert.ok("error" in actions, text);
    assert.match(actions.error, expected);
  }
});
