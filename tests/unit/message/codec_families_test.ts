/** Families whose NLRI a codec reads, in whole UPDATEs: next hops, values in the attribute set, what a fault costs. */
import assert from "node:assert/strict";
import {
  decodeAttributeSet,
  decodeNlriValue,
  encodeNlriValue,
  messageLength,
  nlriCodec,
  nlriValueOf,
  type UpdateContext,
  UpdateEncoder,
  withNlriValue,
} from "../../../src/message/mod.ts";
import { allFamilies, type FamilyId, familyOf, isNextHopSize } from "../../../src/types/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";
import { attribute, ebgp, ibgp, receive, sound, update, wireOf } from "./updates.ts";

const all: UpdateContext = { ...ibgp, families: allFamilies };
const rd0 = "0000000000000000";
const global = "20010db8000000000000000000000001";
const linkLocal = "fe800000000000000000000000000001";

const vpnNlri = "70 000641 0000fde800000001 c00002";
const withoutHop = [sound[1]!, sound[2]!];
const reach = (value: string) => attribute(14, value, 0x80);
const unreach = (value: string) => attribute(15, value, 0x80);

/** The next hop that a set has, in hexadecimal. */
function hopOf(reachValue: string, context = all): string {
  const outcome = receive(update({ attributes: [reach(reachValue), ...withoutHop] }), context);
  assert.equal(outcome.kind, "accept", outcome.faults[0]?.text ?? outcome.scanner.familyFault?.text);
  return toHex(decodeAttributeSet(fromHex(outcome.set)).nextHop!);
}

Deno.test("rfc4364#4.3.2 the next hop of a VPN route has an RD of zero on the wire only", () => {
  assert.equal(hopOf(`0001 80 0c ${rd0} c0000201 00 ${vpnNlri}`), "c0000201");
  const encoder = new UpdateEncoder(all);
  const set = wireOf({ origin: 0, nextHop: fromHex("c0000201"), nlriValue: encodeNlriValue({ labels: [0x641] }) });
  encoder.begin(set, 7);
  encoder.addNlri(nlriCodec(7)!.parse("65000:1 192.0.2.0/24") as Uint8Array, -1);
  assert.match(toHex(encoder.take()), new RegExp(`0001800c${rd0}c000020100${vpnNlri.replaceAll(" ", "")}`));
});

Deno.test("rfc4659#3.2.1.1 a VPN-IPv6 next hop has one address or two; of two the global one stays", () => {
  const nlri = "78 000641 0000fde800000001 20010db8";
  assert.equal(hopOf(`0002 80 18 ${rd0} ${global} 00 ${nlri}`), global);
  assert.equal(hopOf(`0002 80 30 ${rd0} ${global} ${rd0} ${linkLocal} 00 ${nlri}`), global);
});

Deno.test("rfc8950#4 a VPN-IPv4 route may have an IPv6 next hop where that is negotiated", () => {
  const value = `0001 80 18 ${rd0} ${global} 00 ${vpnNlri}`;
  assert.equal(hopOf(value, { ...all, extendedNextHop: allFamilies }), global);
  const outcome = receive(update({ attributes: [reach(value), ...withoutHop] }), all);
  assert.match(outcome.scanner.familyFault!.text, /a next hop of 24 octets for ipv4 vpn/);
});

Deno.test("rfc4684#4 the next hop of a membership is an IPv4 or an IPv6 address", () => {
  assert.equal(hopOf("0001 84 04 c0000201 00 00"), "c0000201");
  assert.equal(hopOf(`0001 84 10 ${global} 00 00`), global);
});

Deno.test("rfc8955#4 the next hop of a rule is ignored; one that could be the address of a host stays", () => {
  const rule = "05 01 18 c00002";
  assert.equal(hopOf(`0001 85 00 00 ${rule}`), "");
  assert.equal(hopOf(`0001 85 04 c0000201 00 ${rule}`), "c0000201");
  // Unspecified, multicast, our own address, no length of an address.
  for (const hop of ["04 00000000", "04 e0000001", "04 0a000001", "03 c00002"]) {
    assert.equal(hopOf(`0001 85 ${hop} 00 ${rule}`), "", hop);
  }
});

Deno.test("each form of next hop has its sizes", () => {
  const sizes = (id: FamilyId, extended: boolean) =>
    Array.from({ length: 60 }, (_, size) => size).filter((size) => isNextHopSize(familyOf(id), size, extended));
  assert.deepEqual(sizes(5, false), [4]);
  assert.deepEqual(sizes(5, true), [4, 16, 32]);
  assert.deepEqual(sizes(6, false), [16, 32]);
  assert.deepEqual(sizes(7, false), [12]);
  assert.deepEqual(sizes(7, true), [12, 24, 48]);
  assert.deepEqual(sizes(8, false), [24, 48]);
  assert.deepEqual(sizes(13, false), [4, 16, 32]);
  assert.deepEqual(sizes(19, false), [12, 24, 48]);
  assert.equal(sizes(9, false).length, 60);
});

Deno.test("routes of one block have labels of their own, which are not in the set of the message", () => {
  const nlri = `${vpnNlri} 70 000c81 0000fde800000002 c00002`;
  const outcome = receive(
    update({ attributes: [reach(`0001 80 0c ${rd0} c0000201 00 ${nlri}`), ...withoutHop] }),
    all,
  );
  assert.deepEqual(outcome.announced, ["65000:1 192.0.2.0/24 labels 100", "65000:2 192.0.2.0/24 labels 200"]);
  assert.equal(nlriValueOf(fromHex(outcome.set)).length, 0);
});

Deno.test("rfc7911#3 a path identifier stands in front of the labels", () => {
  const context = { ...all, addPathReceive: allFamilies };
  const value = `0001 80 0c ${rd0} c0000201 00 00000007 ${vpnNlri}`;
  assert.deepEqual(receive(update({ attributes: [reach(value), ...withoutHop] }), context).announced, [
    "65000:1 192.0.2.0/24 labels 100 path 7",
  ]);
});

Deno.test("a set takes a value, gives it back, and loses it", () => {
  const set = wireOf({ origin: 0, nextHop: fromHex("c0000201"), extCommunities: [fromHex("0002fde800000064")] });
  const value = encodeNlriValue({ labels: [0x641] });
  const labelled = withNlriValue(set, value);
  assert.deepEqual(decodeAttributeSet(labelled), { ...decodeAttributeSet(set), nlriValue: value });
  assert.deepEqual(nlriValueOf(labelled), value);
  assert.deepEqual(withNlriValue(labelled, new Uint8Array(0)), set);
  const many = encodeNlriValue({ labels: Array.from({ length: 100 }, (_, i) => i << 4) });
  assert.deepEqual(decodeNlriValue(nlriValueOf(withNlriValue(labelled, many))).labels.length, 100);
  assert.deepEqual(withNlriValue(withNlriValue(labelled, many), value), labelled);
});

Deno.test("rfc7606#3j NLRI of a VPN that do not parse disable their family, and no other", () => {
  const broken = `0001 80 0c ${rd0} c0000201 00 57 000641 0000fde800000001`;
  const bytes = update({ attributes: [reach(broken), ...Object.values(sound)], nlri: "18 c00002" });
  const outcome = receive(bytes, all);
  assert.deepEqual([outcome.kind, outcome.announced], ["accept", ["192.0.2.0/24"]]);
  const { familyFault } = outcome.scanner;
  assert.deepEqual([familyFault!.action, familyFault!.family], ["familyDisable", 7]);
  assert.match(familyFault!.text, /^MP_REACH_NLRI: an NLRI of 87 bits, which is too short for a label and an RD/);
  assert.equal(toHex(familyFault!.notification.data), reach(broken));
});

Deno.test("rfc7606#3j twin: NLRI of prefixes that do not parse reset the session", () => {
  const broken = reach(`0002 01 10 ${global} 00 81 20010db8`);
  assert.equal(receive(update({ attributes: [broken, ...withoutHop] }), all).kind, "sessionReset");
  const sane = receive(update({ attributes: [reach(`0001 80 0c ${rd0} c0000201 00 ${vpnNlri}`), ...withoutHop] }), all);
  assert.equal(sane.scanner.familyFault, undefined);
});

Deno.test("rfc7606#7.11 a VPN next hop of a wrong length disables the family", () => {
  const value = `0001 80 04 c0000201 00 ${vpnNlri}`;
  const { scanner, announced } = receive(update({ attributes: [reach(value), ...withoutHop] }), all);
  assert.deepEqual([scanner.familyFault!.family, scanner.setLength, announced], [7, 0, []]);
});

Deno.test("rfc4760#7 NLRI of a disabled family are ignored, and not taken for an End-of-RIB", () => {
  const { scanner } = receive(update({ attributes: [unreach("0001 80 57 000641 0000fde8000000")] }), all);
  assert.deepEqual([scanner.familyFault!.family, scanner.endOfRib], [7, 0]);
  scanner.disable(7);
  const again = receive(update({ attributes: [unreach(`0001 80 ${vpnNlri}`)] }), all, undefined, scanner);
  assert.deepEqual([again.withdrawn, again.scanner.endOfRib, again.scanner.familyFault], [[], 0, undefined]);
  const next = update({ attributes: [reach(`0001 80 0c ${rd0} c0000201 00 ${vpnNlri}`), ...withoutHop] });
  assert.deepEqual(receive(next, all, undefined, scanner).announced, []);
  const other = update({ attributes: [reach(`0002 01 10 ${global} 00 20 20010db8`), ...withoutHop] });
  assert.deepEqual(receive(other, all, undefined, scanner).announced, ["2001:db8::/32"]);
  const end = receive(update({ attributes: [unreach("0001 80")] }), all, undefined, scanner);
  assert.equal(end.scanner.endOfRib, 7);
});

Deno.test("rfc4760#7 twin: a family that works goes on", () => {
  const first = receive(update({ attributes: [unreach(`0001 80 ${vpnNlri}`)] }), all);
  assert.deepEqual(first.withdrawn, ["65000:1 192.0.2.0/24"]);
  const again = receive(update({ attributes: [unreach(`0001 80 ${vpnNlri}`)] }), all, undefined, first.scanner);
  assert.deepEqual(again.withdrawn, ["65000:1 192.0.2.0/24"]);
});

Deno.test("rfc4760#6 a family that was not negotiated is not read, and cannot be malformed", () => {
  const value = `0001 80 0c ${rd0} c0000201 00 57 000641 0000fde8000000`;
  const { scanner, kind } = receive(update({ attributes: [reach(value), ...withoutHop] }), ebgp);
  assert.deepEqual([kind, scanner.familyFault], ["accept", undefined]);
  assert.match(scanner.notice!.text, /ipv4 vpn was not negotiated/);
});

Deno.test("routes with one set share messages, which are full; a withdrawal has no labels", () => {
  const encoder = new UpdateEncoder(all);
  const set = wireOf({ origin: 0, nextHop: fromHex("c0000201"), nlriValue: encodeNlriValue({ labels: [0x641] }) });
  const keys = Array.from({ length: 600 }, (_, i) => nlriCodec(7)!.parse(`65000:${i} 192.0.2.0/24`) as Uint8Array);
  encoder.begin(set, 7);
  for (const key of keys) encoder.addNlri(key, -1);
  encoder.beginWithdraw(7);
  for (const key of keys) encoder.addNlri(key, -1);
  const bytes = encoder.take();
  const announced: string[] = [];
  const withdrawn: string[] = [];
  const lengths: number[] = [];
  for (let at = 0; at < bytes.length; at += messageLength(bytes, at)) {
    const length = messageLength(bytes, at);
    lengths.push(length);
    const outcome = receive(bytes.slice(at, at + length), all);
    announced.push(...outcome.announced);
    withdrawn.push(...outcome.withdrawn);
  }
  const texts = keys.map((key) => nlriCodec(7)!.format(key));
  assert.deepEqual(announced, texts.map((text) => `${text} labels 100`));
  assert.deepEqual(withdrawn, texts);
  assert.ok(Math.max(...lengths) <= 4096 && lengths.filter((length) => length < 4070).length === 2, lengths.join(" "));
});

Deno.test("rfc8654#4 a route that no message holds is withdrawn instead", () => {
  const encoder = new UpdateEncoder(all);
  const communities = Array.from({ length: 1011 }, (_, i) => i);
  const set = wireOf({
    origin: 0,
    nextHop: fromHex("c0000201"),
    communities,
    nlriValue: encodeNlriValue({ labels: [0x641] }),
  });
  const key = nlriCodec(7)!.parse("65000:1 192.0.2.0/24") as Uint8Array;
  assert.equal(encoder.fitNlri(set, 7, key, -1), "withheld");
  encoder.begin(set, 7);
  encoder.addNlri(key, -1);
  assert.equal(encoder.withheld, 1);
  assert.deepEqual(receive(encoder.take(), all).withdrawn, ["65000:1 192.0.2.0/24"]);
  const small = wireOf({ ...decodeAttributeSet(set), communities: communities.slice(20) });
  assert.equal(encoder.fitNlri(small, 7, key, -1), "whole");
  encoder.begin(small, 7);
  encoder.addNlri(key, -1);
  assert.deepEqual(receive(encoder.take(), all).announced, ["65000:1 192.0.2.0/24 labels 100"]);
});

Deno.test("routes that differ in their labels only share a message; with other attributes each has its own", () => {
  const base = { origin: 0 as const, nextHop: fromHex("c0000201"), communities: [7] };
  const valued = (label: number, changes: object = {}) =>
    wireOf({ ...base, ...changes, nlriValue: encodeNlriValue({ labels: [(label << 4) | 1] }) });
  /** What each message announces. */
  const sent = (...sets: Uint8Array[]) => {
    const encoder = new UpdateEncoder(all);
    sets.forEach((set, i) => {
      encoder.begin(set, 7);
      encoder.addNlri(nlriCodec(7)!.parse(`65000:${i} 192.0.2.0/24`) as Uint8Array, -1);
    });
    const bytes = encoder.take();
    const found: (readonly string[])[] = [];
    for (let at = 0; at < bytes.length; at += messageLength(bytes, at)) {
      found.push(receive(bytes.slice(at, at + messageLength(bytes, at)), all).announced);
    }
    return found;
  };
  const texts = (...labels: number[]) => labels.map((label, i) => `65000:${i} 192.0.2.0/24 labels ${label}`);
  assert.deepEqual(sent(valued(100), valued(200), valued(100)), [texts(100, 200, 100)]);
  assert.equal(sent(valued(100), valued(100, { med: 5 })).length, 2);
  assert.equal(sent(valued(100), valued(200, { communities: [8] })).length, 2);
  assert.equal(sent(valued(100), valued(200, { extCommunities: [fromHex("0002fde800000001")] })).length, 2);
  const labels = Array.from({ length: 1000 }, (_, i) => i);
  const many = sent(...labels.map((label) => valued(label)));
  assert.deepEqual(many.flat(), texts(...labels));
  assert.equal(many.length, 4);
});

Deno.test("rfc8955#4.1 a rule that leaves no room for the header of its message is neither sent nor withdrawn", () => {
  const encoder = new UpdateEncoder(all);
  const set = wireOf({ origin: 0, nextHop: new Uint8Array(0) });
  // As many values of a port as it takes; the last one ends the list.
  const ruleOf = (octets: number) => {
    const key = new Uint8Array(octets).fill(1);
    key[0] = 4;
    key[octets - 2] = 0x81;
    return key;
  };
  const fits = ruleOf(4001);
  assert.equal(nlriCodec(9)!.fault(nlriCodec(9)!.join(fits, undefined), 0, fits.length + 2, false), undefined);
  assert.equal(encoder.fitNlri(set, 9, fits, -1), "whole");
  assert.equal(encoder.fitNlri(set, 9, ruleOf(4095), -1), "withheld");
  encoder.begin(set, 9);
  for (const octets of [4095, 4001, 4095]) encoder.addNlri(ruleOf(octets), -1);
  encoder.beginWithdraw(9);
  for (const octets of [4095, 4001]) encoder.addNlri(ruleOf(octets), -1);
  assert.equal(encoder.withheld, 2);
  const bytes = encoder.take();
  const first = messageLength(bytes, 0);
  assert.ok(first <= 4096 && bytes.length - first <= 4096);
  assert.equal(receive(bytes.slice(0, first), all).announced.length, 1);
  assert.equal(receive(bytes.slice(first), all).withdrawn.length, 1);
});
