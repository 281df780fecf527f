/**
 * RFC 7606, clause by clause: each malformed vector with the class of its consequence, and beside it a negative twin,
 * so that a speaker which withdraws (or accepts) everything cannot pass.
 */
import assert from "node:assert/strict";
import { attributeName, attributeRows, type Fault, type UpdateContext } from "../../../src/message/mod.ts";
import {
  attribute,
  ebgp,
  ibgp,
  oldSpeaker,
  type Outcome,
  receive,
  routeWith,
  someNlri,
  someReach,
  sound,
  update,
} from "./updates.ts";

type Expected = "accept" | "discard" | "withdraw" | "reset";

/** What became of the message: `discard` is a route kept without the attribute. */
function classOf(outcome: Outcome): Expected {
  if (outcome.kind === "sessionReset") return "reset";
  if (outcome.kind === "treatAsWithdraw") return "withdraw";
  return outcome.faults.length === 0 ? "accept" : "discard";
}

function expect(bytes: Uint8Array, expected: Expected, context?: UpdateContext): Outcome {
  const outcome = receive(bytes, context);
  assert.equal(classOf(outcome), expected, describe(outcome.faults));
  return outcome;
}

function describe(faults: readonly Fault[]): string {
  return faults.map(({ text, rfc }) => `${text} (${rfc})`).join("; ");
}

/** Withdrawn, with its prefixes: a route that stayed would be the old one (RFC 7606 §2). */
function withdraws(bytes: Uint8Array, subcode: number, context?: UpdateContext): Outcome {
  const outcome = expect(bytes, "withdraw", context);
  assert.deepEqual(outcome.announced, ["192.0.2.0/24"], "its prefixes are there to be withdrawn");
  assert.equal(outcome.faults[0]!.notification.code, 3);
  assert.equal(outcome.faults[0]!.notification.subcode, subcode);
  return outcome;
}

function discards(bytes: Uint8Array, code: number, context?: UpdateContext): Outcome {
  const outcome = expect(bytes, "discard", context);
  assert.ok(outcome.faults.some((fault) => fault.code === code));
  const hex = code.toString(16).padStart(2, "0");
  assert.doesNotMatch(outcome.set, new RegExp(`^(....(..)*)?[4c]0${hex}`), "the attribute is gone");
  return outcome;
}

Deno.test("rfc7606#3b a length that passes the message resets the session", () => {
  const tooLong = routeWith({});
  tooLong[22] = 200;
  const outcome = expect(tooLong, "reset");
  assert.deepEqual([outcome.faults[0]!.notification.subcode, outcome.announced], [1, []]);
  const withdrawnTooLong = update({ withdrawn: someNlri });
  withdrawnTooLong[20] = 99;
  expect(withdrawnTooLong, "reset");
  expect(routeWith({}).subarray(0, 22), "reset");
});

Deno.test("rfc7606#3b twin: lengths that fit are taken", () => {
  expect(routeWith({}), "accept");
  assert.equal(receive(update({ withdrawn: someNlri })).withdrawn.length, 1);
});

Deno.test("rfc7606#3c wrong Optional or Transitive bits: treat-as-withdraw, or what the attribute's RFC says", () => {
  for (const row of attributeRows) {
    if (row.code === 14 || row.code === 15) continue;
    const value = soundValues[row.code]!;
    for (const flip of [0x80, 0x40]) {
      const flags = row.flags ^ flip;
      if (flags === 0 || row.flags === 0x40 && flags === 0) continue;
      const bytes = routeWith({ [row.code]: attribute(row.code, value, flags) });
      const expected = row.onWrongFlags === "attributeDiscard" ? "discard" : "withdraw";
      assert.equal(classOf(receive(bytes, ibgp)), expected, `${row.name} with flags ${flags.toString(16)}`);
    }
  }
  withdraws(routeWith({ 1: "c0 01 01 00" }), 4);
  withdraws(routeWith({ 1: "60 01 01 00" }), 4);
  const reach = update({ attributes: [someReach.replace("80", "c0"), sound[1]!, sound[2]!] });
  assert.deepEqual(expect(reach, "withdraw").announced, ["2001:db8::/32"]);
});

Deno.test("rfc7606#3c twin: unused low bits, Partial and Extended Length are no errors", () => {
  const plain = expect(routeWith({}), "accept").set;
  assert.equal(expect(routeWith({ 1: "4f 01 01 00".replace("4f 01 01", "5f 01 0001") }), "accept").set, plain);
  expect(routeWith({ 8: attribute(8, "fde80063", 0xe0) }), "accept");
});

Deno.test("rfc7606#3d a missing ORIGIN, AS_PATH or NEXT_HOP is treat-as-withdraw", () => {
  for (const code of [1, 2, 3]) {
    const outcome = withdraws(routeWith({ [code]: "" }), 3);
    assert.deepEqual([...outcome.faults[0]!.notification.data], [code]);
  }
});

Deno.test("rfc7606#3d twin: MP_REACH_NLRI has a next hop of its own, and a withdrawal needs no attributes", () => {
  assert.deepEqual(expect(update({ attributes: [someReach, sound[1]!, sound[2]!] }), "accept").announced, [
    "2001:db8::/32",
  ]);
  expect(update({ withdrawn: someNlri }), "accept");
});

Deno.test("rfc7606#3g MP_REACH_NLRI or MP_UNREACH_NLRI twice resets the session", () => {
  const unreach = attribute(15, "0002 01 20 20010db8");
  for (const twice of [someReach, unreach]) {
    const outcome = expect(update({ attributes: [twice, sound[1]!, sound[2]!, twice] }), "reset");
    assert.equal(outcome.faults[0]!.notification.subcode, 1);
  }
});

Deno.test("rfc7606#3g twin: of any other attribute the first counts", () => {
  const med = (value: string) => attribute(4, value);
  const bytes = update({ attributes: [...Object.values(sound), med("00000001"), med("00000002")], nlri: someNlri });
  assert.equal(expect(bytes, "discard").set, expect(routeWith({ 4: med("00000001") }), "accept").set);
  const unknown = update({
    attributes: [...Object.values(sound), attribute(99, "01"), attribute(99, "02")],
    nlri: someNlri,
  });
  assert.match(expect(unknown, "discard").set, /c0630101$/);
  assert.equal(receive(unknown).scanner.lookupFirst, false, "so that the fault is reported");
});

Deno.test("rfc7606#3g twin: a malformed repetition is discarded, not looked at", () => {
  const bytes = update({ attributes: [...Object.values(sound), attribute(1, "07")], nlri: someNlri });
  expect(bytes, "discard");
});

Deno.test("rfc7606#3h the strongest action wins", () => {
  const discard = { 6: attribute(6, "00") };
  const withdraw = { 4: attribute(4, "00") };
  const reset = { 200: attribute(200, "00", 0x40) };
  expect(routeWith(discard), "discard");
  expect(routeWith({ ...discard, ...withdraw }), "withdraw");
  expect(routeWith({ ...discard, ...withdraw, ...reset }), "reset");
});

Deno.test("rfc7606#3i Withdrawn Routes are checked as NLRI are", () => {
  const outcome = expect(update({ withdrawn: "21 c000020000" }), "reset");
  assert.equal(outcome.faults[0]!.notification.subcode, 10);
});

Deno.test("rfc7606#4 a truncated attribute is treat-as-withdraw; its total length still locates NLRI", () => {
  for (const tail of ["80", "80 04", "90 04 00", "80 04 04 000000", "d0 08 ffff 00"]) {
    const bytes = update({ attributes: [...Object.values(sound), tail], nlri: someNlri });
    withdraws(bytes, 1);
  }
  const mp = update({ attributes: [someReach, sound[1]!, sound[2]!, "80 04 04 00"] });
  assert.deepEqual(expect(mp, "withdraw").announced, ["2001:db8::/32"]);
});

Deno.test("rfc7606#4 something stronger among what was read wins", () => {
  expect(update({ attributes: [...Object.values(sound), attribute(200, "", 0x40), "80"], nlri: someNlri }), "reset");
});

Deno.test("rfc7606#4 only AS_PATH and ATOMIC_AGGREGATE may be empty", () => {
  for (const { code, name } of attributeRows) {
    if (code === 14 || code === 15 || code === 29) continue;
    const expected = code === 2 || code === 6 ? "accept" : undefined;
    const outcome = classOf(receive(routeWith({ [code]: attribute(code, "") }), ibgp));
    if (expected === undefined) assert.notEqual(outcome, "accept", name);
    else assert.equal(outcome, expected, name);
  }
});

Deno.test("rfc7606#5.1 MP_REACH_NLRI may stand anywhere, and beside classic NLRI", () => {
  const first = receive(update({ attributes: [someReach, sound[1]!, sound[2]!] }));
  const last = receive(update({ attributes: [sound[1]!, sound[2]!, someReach] }));
  assert.equal(first.set, last.set);
  const both = receive(update({ attributes: [someReach, ...Object.values(sound)], nlri: someNlri }));
  assert.deepEqual(both.announced, ["192.0.2.0/24"]);
  assert.equal(both.set, receive(routeWith({})).set);
});

Deno.test("rfc7606#5.2 an error in an UPDATE without NLRI resets the session", () => {
  const bad = attribute(4, "00");
  expect(update({ attributes: [sound[1]!, sound[2]!, bad] }), "reset");
  expect(update({ withdrawn: someNlri, attributes: [bad] }), "reset");
  expect(update({ attributes: [attribute(15, "0002 01 20 20010db8"), bad] }), "reset");
  expect(update({ attributes: ["80 04 04 00"] }), "reset");
});

Deno.test("rfc7606#5.2 twin: an attribute to discard does not, nor do sound attributes", () => {
  expect(update({ withdrawn: someNlri, attributes: [attribute(6, "00")] }), "discard");
  expect(update({ withdrawn: someNlri, attributes: Object.values(sound) }), "accept");
});

Deno.test("rfc7606#5.3 NLRI that do not parse reset the session", () => {
  for (const nlri of ["21 c000020000", "18 c000", "ff", "18 c00002 08"]) {
    assert.equal(expect(routeWith({}, nlri), "reset").faults[0]!.notification.subcode, 10);
  }
  for (const nlri of ["81 20010db8", "40 20010db8", "20 20010db8 30"]) {
    const reach = attribute(14, `0002 01 10 20010db8000000000000000000000001 00 ${nlri}`);
    expect(update({ attributes: [reach, sound[1]!, sound[2]!] }), "reset");
    assert.equal(
      expect(update({ attributes: [attribute(15, `0002 01 ${nlri}`)] }), "reset").faults[0]!.notification.subcode,
      9,
    );
  }
});

Deno.test("rfc7606#5.3 twin: default routes, host routes and host bits parse", () => {
  assert.deepEqual(expect(routeWith({}, "00 20 c0000201 14 c0000f"), "accept").announced, [
    "0.0.0.0/0",
    "192.0.2.1/32",
    "192.0.0.0/20",
  ]);
});

Deno.test("rfc7606#7.1 ORIGIN", () => {
  withdraws(routeWith({ 1: attribute(1, "") }), 5);
  withdraws(routeWith({ 1: attribute(1, "0000") }), 5);
  for (const value of ["03", "04", "ff"]) withdraws(routeWith({ 1: attribute(1, value) }), 6);
  for (const value of ["00", "01", "02"]) expect(routeWith({ 1: attribute(1, value) }), "accept");
});

Deno.test("rfc7606#7.2 AS_PATH", () => {
  const path = (value: string) => routeWith({ 2: attribute(2, value) });
  for (const value of ["00 01 0000fde9", "05 01 0000fde9", "02 00", "02 02 0000fde9", "02 01 0000fde9 02", "02"]) {
    withdraws(path(value), 11);
  }
  for (const value of ["02 01 0000fde9", "02 01 0000fde9 01 02 00000001 00000002", ""]) expect(path(value), "accept");
  withdraws(routeWith({ 2: attribute(2, "02 02 fde9") }), 11, oldSpeaker);
  expect(routeWith({ 2: attribute(2, "02 01 fde9") }), "accept", oldSpeaker);
});

Deno.test("rfc7607#2 AS 0", () => {
  withdraws(routeWith({ 2: attribute(2, "02 02 0000fde9 00000000") }), 11);
  withdraws(routeWith({ 2: attribute(2, "02 02 fde9 0000") }), 11, oldSpeaker);
  discards(routeWith({ 7: attribute(7, "00000000 0a000001") }), 7);
  // In AS4_PATH it is RFC 6793 §6 that says what becomes of a malformed one.
  discards(routeWith({ 2: attribute(2, "0201fde9"), 17: attribute(17, "02 01 00000000") }), 17, oldSpeaker);
  withdraws(routeWith({ 35: attribute(35, "00000000") }), 9);
  expect(routeWith({ 2: attribute(2, "02 01 00010000"), 7: attribute(7, "00010000 0a000001") }), "accept");
});

Deno.test("rfc5065#5 confederation segments from outside are treat-as-withdraw, from inside they are not", () => {
  const bytes = routeWith({ 2: attribute(2, "03 01 0000fde9 02 01 0000fde9") });
  withdraws(bytes, 11);
  expect(bytes, "accept", ibgp);
  assert.equal(receive(bytes).scanner.lookupFirst, false, "what iBGP may say, eBGP may not");
});

Deno.test("rfc4271#6.3 the first AS may be required to be the peer's", () => {
  const strict = { ...ebgp, enforceFirstAs: true };
  expect(routeWith({}), "accept", strict);
  for (const value of ["02 01 0000fdea", "01 01 0000fde9", ""]) {
    const bytes = routeWith({ 2: attribute(2, value) });
    withdraws(bytes, 11, strict);
    assert.equal(receive(bytes, strict).scanner.lookupFirst, false);
    expect(bytes, "accept");
  }
});

Deno.test("rfc7606#7.3 NEXT_HOP", () => {
  withdraws(routeWith({ 3: attribute(3, "0a0000") }), 5);
  withdraws(routeWith({ 3: attribute(3, "0a00000200") }), 5);
  expect(routeWith({ 3: attribute(3, "0a0000fe") }), "accept");
});

Deno.test("rfc4271#6.3 a next hop that is no neighbour's address is treat-as-withdraw", () => {
  for (const value of ["00000000", "00000001", "7f000001", "e0000001", "f0010101", "ffffffff"]) {
    const bytes = routeWith({ 3: attribute(3, value) });
    withdraws(bytes, 8);
    const { lookupFirst } = receive(bytes).scanner;
    if (value === "7f000001") assert.equal(lookupFirst, false, "it depends on the session");
  }
});

Deno.test("rfc4271#6.3 twin: a loopback address is right where the session runs over it", () => {
  const loop = { local: Uint8Array.of(127, 0, 0, 1), remote: Uint8Array.of(127, 0, 0, 2) };
  const from = (value: string) => classOf(receive(routeWith({ 3: attribute(3, value) }), ebgp, loop));
  assert.equal(from("7f000002"), "accept");
  assert.equal(from("7f000001"), "accept", "our own address: for the RIB to see, and never to choose");
  assert.equal(from("7f000003"), "withdraw");
  // So FRR and GoBGP give IPv6 routes a next hop over a session between IPv4 addresses.
  const mapped = (last: string) => attribute(14, `0002 01 10 ${"0".repeat(20)} ffff 7f0000${last} 00 20 20010db8`);
  const wide = (last: string) =>
    classOf(receive(update({ attributes: [mapped(last), sound[1]!, sound[2]!] }), ebgp, loop));
  assert.equal(wide("02"), "accept");
  assert.equal(wide("03"), "withdraw");
});

Deno.test("rfc2545#3 a next hop on a link is the link-local half, in whichever of the field's forms it comes", () => {
  const [none, local, global] = ["0".repeat(32), "fe8".padEnd(31, "0") + "9", "20010db8".padEnd(31, "0") + "1"];
  const from = (hop: string) => {
    const reach = attribute(14, `0002 01 ${(hop.length / 2).toString(16)} ${hop} 00 20 20010db8`);
    return receive(update({ attributes: [reach, sound[1]!, sound[2]!] }));
  };
  for (const hop of [local, none + local, local + local, local + none]) {
    const outcome = from(hop);
    assert.equal(classOf(outcome), "accept", hop);
    assert.equal(outcome.set.slice(-38), `400310${local}`, hop);
    assert.deepEqual(outcome.announced, ["2001:db8::/32"]);
  }
  // Twins: a global address stays what it is, and without any address there is none.
  assert.equal(from(global + local).set.slice(-70), `400320${global}${local}`);
  for (const hop of [none, none + none, none + global]) assert.equal(classOf(from(hop)), "withdraw", hop);
});

Deno.test("rfc7606#7.4 MULTI_EXIT_DISC", () => {
  for (const value of ["", "000000", "000000000a"]) withdraws(routeWith({ 4: attribute(4, value) }), 5);
  expect(routeWith({ 4: attribute(4, "0000000a") }), "accept");
});

Deno.test("rfc7606#7.5 LOCAL_PREF: from outside discarded whatever it holds, inside withdrawn where malformed", () => {
  discards(routeWith({ 5: attribute(5, "00000064") }), 5);
  discards(routeWith({ 5: attribute(5, "64") }), 5);
  for (const value of ["", "000064", "0000000064"]) withdraws(routeWith({ 5: attribute(5, value) }), 5, ibgp);
  expect(routeWith({ 5: attribute(5, "00000064") }), "accept", ibgp);
  assert.equal(receive(routeWith({ 5: attribute(5, "00000064") })).scanner.lookupFirst, false);
});

Deno.test("rfc7606#7.6 ATOMIC_AGGREGATE", () => {
  discards(routeWith({ 6: attribute(6, "00") }), 6);
  expect(routeWith({ 6: attribute(6, "") }), "accept");
});

Deno.test("rfc7606#7.7 AGGREGATOR: 8 octets, 6 from an OLD speaker", () => {
  for (const value of ["0000fde90a", "fde90a000001", "0000fde90a00000200"]) {
    discards(routeWith({ 7: attribute(7, value) }), 7);
  }
  const old = (value: string) => routeWith({ 2: attribute(2, "0201fde9"), 7: attribute(7, value) });
  discards(old("0000fde90a000001"), 7, oldSpeaker);
  expect(old("fde90a000001"), "accept", oldSpeaker);
  expect(routeWith({ 7: attribute(7, "0000fde90a000001") }), "accept");
});

Deno.test("rfc7606#7.8 COMMUNITIES", () => {
  for (const value of ["", "ffff00", "ffff000100"]) withdraws(routeWith({ 8: attribute(8, value) }), 9);
  expect(routeWith({ 8: attribute(8, "fde80063 ffffff01") }), "accept");
});

Deno.test("rfc7606#7.9 ORIGINATOR_ID", () => {
  for (const value of ["0a0000", "0a00000200", "0a000002"]) discards(routeWith({ 9: attribute(9, value) }), 9);
  for (const value of ["", "0a0000", "0a00000200"]) withdraws(routeWith({ 9: attribute(9, value) }), 5, ibgp);
  expect(routeWith({ 9: attribute(9, "0a000002") }), "accept", ibgp);
});

Deno.test("rfc7606#7.10 CLUSTER_LIST", () => {
  for (const value of ["", "0a00000200", "0a000002"]) discards(routeWith({ 10: attribute(10, value) }), 10);
  for (const value of ["", "0a00000200"]) withdraws(routeWith({ 10: attribute(10, value) }), 9, ibgp);
  expect(routeWith({ 10: attribute(10, "0a000002 0a000003") }), "accept", ibgp);
});

Deno.test("rfc7606#7.11 MP_REACH_NLRI whose next hop does not fit resets the session", () => {
  const address = "20010db8000000000000000000000001";
  const withReach = (value: string) => update({ attributes: [attribute(14, value), sound[1]!, sound[2]!] });
  for (
    const value of ["", "00020110", `0002 01 0f ${address} 00`, `0002 01 40 ${address} 00`, `0002 01 04 0a000001 00`]
  ) assert.equal(expect(withReach(value), "reset").faults[0]!.notification.subcode, 1);
  expect(withReach(`0001 01 10 ${address} 00 18 c00002`), "reset");
});

Deno.test("rfc7606#7.11 twin: IPv6: 16 or 32 octets; IPv4: 4, if agreed 16 or 32 (rfc2545#3, rfc8950#3)", () => {
  const address = "20010db8000000000000000000000001";
  const local = "fe800000000000000000000000000001";
  const withReach = (value: string) => update({ attributes: [attribute(14, value), sound[1]!, sound[2]!] });
  expect(withReach(`0002 01 10 ${address} 00 20 20010db8`), "accept");
  assert.match(expect(withReach(`0002 01 20 ${address}${local} 00 20 20010db8`), "accept").set, /400320/);
  const extended = { ...ebgp, extendedNextHop: ebgp.families };
  expect(withReach(`0001 01 10 ${address} 00 18 c00002`), "accept", extended);
  expect(withReach(`0001 01 20 ${address}${local} 00 18 c00002`), "accept", extended);
  const classic = expect(withReach(`0001 01 04 0a000002 00 ${someNlri}`), "accept", extended);
  assert.equal(classic.set, receive(routeWith({})).set, "one set, however it came");
});

Deno.test("rfc7606#7.12 MP_UNREACH_NLRI", () => {
  for (const value of ["", "0002"]) {
    assert.equal(expect(update({ attributes: [attribute(15, value)] }), "reset").faults[0]!.notification.subcode, 9);
  }
  assert.deepEqual(expect(update({ attributes: [attribute(15, "0002 01 20 20010db8")] }), "accept").withdrawn, [
    "2001:db8::/32",
  ]);
});

Deno.test("rfc7606#7.14 EXTENDED_COMMUNITIES; unknown types are no error", () => {
  for (const value of ["", "0002fde9000000", "0002fde90000000100"]) {
    withdraws(routeWith({ 16: attribute(16, value) }), 9);
  }
  expect(routeWith({ 16: attribute(16, "0002fde900000001 ff77000000000000") }), "accept");
});

Deno.test("rfc7606#7.15 IPV6_EXTENDED_COMMUNITIES", () => {
  const one = "0002 20010db8000000000000000000000001 0001";
  for (const value of ["", one + "00", one.slice(0, -2)]) withdraws(routeWith({ 25: attribute(25, value) }), 9);
  expect(routeWith({ 25: attribute(25, one) }), "accept");
});

Deno.test("rfc7606#7.16 ATTR_SET", () => {
  for (const value of ["0000fd", "0000fde9 40", "0000fde9 400102 00", "0000fde9 400304 0a000001"]) {
    withdraws(routeWith({ 128: attribute(128, value) }), 9);
  }
  expect(routeWith({ 128: attribute(128, "0000fde9 400101 00") }), "accept");
});

Deno.test("rfc8092#6 LARGE_COMMUNITY; #5 repetitions are removed silently", () => {
  const one = "0000fde9 00000001 00000002";
  const two = "0000fde9 00000001 00000003";
  for (const value of ["", one + "00", "0000fde9"]) withdraws(routeWith({ 32: attribute(32, value) }), 9);
  const clean = expect(routeWith({ 32: attribute(32, one + two) }), "accept").set;
  assert.equal(expect(routeWith({ 32: attribute(32, one + two + one + one) }), "accept").set, clean);
  const many = Array.from({ length: 40 }, () => one + two).join("");
  assert.equal(expect(routeWith({ 32: attribute(32, many) }), "accept").set, clean);
});

Deno.test("rfc7311#3 AIGP is discarded where malformed, and ignored from outside", () => {
  const sane = "01 000b 000000000000000a";
  for (const value of ["", "01 0005 0000", "09 000b 000000000000000a", `${sane} 02`, `${sane} 02 0002`]) {
    discards(routeWith({ 26: attribute(26, value) }), 26, ibgp);
  }
  expect(routeWith({ 26: attribute(26, `09 0004 00 ${sane}`) }), "accept", ibgp);
  assert.equal(expect(routeWith({ 26: attribute(26, sane) }), "accept").set, expect(routeWith({}), "accept").set);
});

Deno.test("rfc9234#5 ONLY_TO_CUSTOMER", () => {
  for (const value of ["", "0000fd", "0000fde900"]) withdraws(routeWith({ 35: attribute(35, value) }), 5);
  expect(routeWith({ 35: attribute(35, "0000fde9") }), "accept");
});

Deno.test("rfc4271#6.3 an unknown well-known attribute resets the session", () => {
  assert.equal(expect(routeWith({ 200: attribute(200, "01", 0x40) }), "reset").faults[0]!.notification.subcode, 2);
});

Deno.test("rfc4271#5 twin: unknown optional ones do not: transitive are kept as they came, others ignored", () => {
  assert.match(expect(routeWith({ 200: attribute(200, "01", 0xc0) }), "accept").set, /c0c80101$/);
  assert.match(expect(routeWith({ 200: attribute(200, "01", 0xe0) }), "accept").set, /e0c80101$/);
  assert.equal(
    expect(routeWith({ 200: attribute(200, "01", 0x80) }), "accept").set,
    expect(routeWith({}), "accept").set,
  );
});

Deno.test("rfc6793#6 AS4_PATH: malformed from an OLD speaker it is discarded, from a NEW one not to be there", () => {
  const old = (value: string) => routeWith({ 2: attribute(2, "0201fde9"), 17: attribute(17, value) });
  for (const value of ["", "00 01 00010001", "02 02 00010001"]) discards(old(value), 17, oldSpeaker);
  expect(old("02 01 00010001"), "accept", oldSpeaker);
  discards(routeWith({ 17: attribute(17, "02 01 00010001") }), 17);
  discards(routeWith({ 18: attribute(18, "00010001 0a000001") }), 18);
});

Deno.test("rfc6793#4.1 from a NEW speaker AS4_PATH and AS4_AGGREGATOR are discarded whatever they hold", () => {
  for (const value of ["", "09 01 00000001", "02 01 0000", "02 01 00000000", "02 01 00010001"]) {
    discards(routeWith({ 17: attribute(17, value) }), 17);
    discards(routeWith({ 18: attribute(18, value) }), 18);
    const beside = update({ withdrawn: someNlri, attributes: [attribute(17, value), attribute(18, value)] });
    assert.deepEqual(expect(beside, "discard").withdrawn, ["192.0.2.0/24"], "beside withdrawals alone, too");
  }
});

Deno.test("rfc6793#4.1 twin: AS_PATH itself is looked into, and flags are (RFC 7606 §3c)", () => {
  withdraws(routeWith({ 2: attribute(2, "09 01 00000001"), 17: attribute(17, "02 01 00010001") }), 11);
  for (const code of [17, 18]) withdraws(routeWith({ [code]: attribute(code, "02 01 00010001", 0x40) }), 4);
});

Deno.test("rfc4760#3 where nothing is announced, a next hop is nobody's: its address does not matter", () => {
  const unreach = "80 0f 0a 0002 01 30 20010db80077";
  for (const address of ["00000000", "e0000001", "7f000001", "0a000001"]) {
    const hop = attribute(3, address);
    assert.deepEqual(expect(update({ attributes: [hop, unreach] }), "accept").withdrawn, ["2001:db8:77::/48"]);
    assert.deepEqual(expect(update({ withdrawn: someNlri, attributes: [hop] }), "accept").withdrawn, ["192.0.2.0/24"]);
  }
  // MP_REACH_NLRI without a prefix announces nothing either.
  for (const address of ["00".repeat(16), "ff02" + "00".repeat(13) + "01"]) {
    expect(update({ attributes: [`80 0e 15 0002 01 10 ${address} 00`, unreach] }), "accept");
  }
});

Deno.test("rfc4760#3 twin: a NEXT_HOP of wrong length is always malformed (RFC 7606 §7.3)", () => {
  expect(update({ withdrawn: someNlri, attributes: [attribute(3, "0000")] }), "reset");
  withdraws(routeWith({ 3: attribute(3, "00000000") }), 8);
});

Deno.test("rfc5065#5 rfc4271#6.3 whose path it is matters where something is announced only", () => {
  for (const context of [{ ...ebgp, enforceFirstAs: true }, { ...ebgp, confederation: true }]) {
    for (const path of [attribute(2, ""), attribute(2, "02 01 0000fdea")]) {
      expect(update({ withdrawn: someNlri, attributes: [path] }), "accept", context);
      withdraws(routeWith({ 2: path }), 11, context);
    }
    expect(update({ withdrawn: someNlri, attributes: [attribute(2, "02 02 0000fdea")] }), "reset", context);
  }
});

Deno.test("no attribute that feeds route selection is discarded, except where its RFC says so for eBGP", () => {
  const discardable = [
    "ATOMIC_AGGREGATE",
    "AGGREGATOR",
    "AS4_PATH",
    "AS4_AGGREGATOR",
    "AIGP",
    "BGP-LS",
    "NEXT_HOP_CHARACTERISTICS",
    "PREFIX_SID",
  ];
  const discarded = attributeRows.filter((row) => row.onMalformed === "attributeDiscard").map((row) => row.name);
  assert.deepEqual(discarded, discardable);
  // AS4_PATH is in the list by RFC 6793 §6: AS_PATH is there still. AIGP is by RFC 7311 §3: a route without it is a
  // route still.
  const outside = attributeRows.filter((row) => row.fromExternal !== undefined).map((row) => row.name);
  assert.deepEqual(outside, ["LOCAL_PREF", "ORIGINATOR_ID", "CLUSTER_LIST", "AIGP"]);
  const resetting = attributeRows.filter((row) => row.onMalformed === "sessionReset").map((row) => row.name);
  assert.deepEqual(resetting, ["MP_REACH_NLRI", "MP_UNREACH_NLRI"]);
});

Deno.test("the registry is in order, and every row names the clause behind it", () => {
  const codes = attributeRows.map((row) => row.code);
  assert.deepEqual(codes, [...new Set(codes)].sort((a, b) => a - b));
  for (const row of attributeRows) assert.match(row.rfc, /^(RFC \d+ §\d|draft-)/, row.name);
  assert.equal(attributeName(2), "AS_PATH");
  assert.equal(attributeName(99), "attribute 99");
});

/** By code, for the sweep over flags. */
const soundValues: Readonly<Record<number, string>> = {
  1: "00",
  2: "02 01 0000fde9",
  3: "0a000002",
  4: "0000000a",
  5: "00000064",
  6: "",
  7: "0000fde9 0a000001",
  8: "fde80063",
  9: "0a000002",
  10: "0a000002",
  16: "0002fde900000001",
  17: "02 01 0000fde9",
  18: "0000fde9 0a000001",
  22: "00 06 000000 0a000002",
  23: "0001 0000",
  25: "0002 20010db8000000000000000000000001 0001",
  26: "01 000b 000000000000000a",
  29: "0400 0001 00",
  32: "0000fde9 00000001 00000002",
  35: "0000fde9",
  39: "0001 01 00",
  40: "01 0007 00000000000001",
  128: "0000fde9 400101 00",
};
