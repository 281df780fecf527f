/**
 * RFC 7606 where it speaks of all attributes, or of many: its principles as properties over the registry and any
 * octets. The clauses about one attribute each stand in `rfc7606_test.ts`.
 */
import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import {
  attributeName,
  attributeRows,
  checkHeader,
  type UpdateContext,
  UpdateEncoder,
} from "../../../src/message/mod.ts";
import { IPV4_UNICAST, IPV6_UNICAST } from "../../../src/types/mod.ts";
import { fromHex, toHex } from "../../golden/golden.ts";
import {
  attribute,
  ebgp,
  ibgp,
  oldSpeaker,
  type Outcome,
  outcomeOf,
  receive,
  routeWith,
  someNlri,
  someReach,
  sound,
  update,
  wireOf,
} from "./updates.ts";

const contexts: readonly UpdateContext[] = [ebgp, ibgp, oldSpeaker];
const anyContext = fc.constantFrom(...contexts);
const anyValue = fc.uint8Array({ maxLength: 40 }).map(toHex);

/** Runs a property often enough to meet each of the attributes' few ways to be wrong. */
function always<T extends [unknown, ...unknown[]]>(property: fc.IProperty<T>): void {
  fc.assert(property, { numRuns: 400, seed: 7606 });
}

/** A sound route but for these attributes, its path as wide as the session has it. */
function routeIn(context: UpdateContext, extra: Readonly<Record<number, string>>): Uint8Array {
  return routeWith(context.fourOctetAs ? extra : { 2: attribute(2, "0201fde9"), ...extra });
}

function actionsOf(outcome: Outcome): readonly string[] {
  return outcome.faults.map(({ action }) => action);
}

Deno.test("rfc7606#2 treat-as-withdraw names all routes of the message, withdrawn and announced", () => {
  const bytes = update({
    withdrawn: "18 c63364",
    attributes: [someReach, "40 01 01 09", sound[2]!, sound[3]!],
    nlri: someNlri,
  });
  const outcome = receive(bytes);
  assert.equal(outcome.kind, "treatAsWithdraw");
  assert.deepEqual(outcome.withdrawn, ["198.51.100.0/24"]);
  assert.deepEqual(outcome.announced, ["192.0.2.0/24"]);
  assert.ok(outcome.scanner.nextPart(), "and those of MP_REACH_NLRI");
  assert.equal(outcome.scanner.validate().kind, "treatAsWithdraw");
});

Deno.test("rfc7606#2 twin: the same message with a sound ORIGIN announces them", () => {
  const bytes = update({
    withdrawn: "18 c63364",
    attributes: [someReach, ...Object.values(sound)],
    nlri: someNlri,
  });
  const outcome = receive(bytes);
  assert.deepEqual([outcome.kind, outcome.announced], ["accept", ["192.0.2.0/24"]]);
  assert.ok(outcome.scanner.nextPart());
  assert.equal(outcome.scanner.validate().kind, "accept");
});

Deno.test("rfc7606#3a every error in an UPDATE speaks of itself as UPDATE Message Error", () => {
  let faults = 0;
  always(
    fc.property(fc.constantFrom(...attributeRows), anyValue, fc.nat(255), anyContext, (row, value, flags, context) => {
      const whole = attribute(row.code, value, flags & 0xe0);
      for (const { notification, text, rfc } of receive(routeIn(context, { [row.code]: whole }), context).faults) {
        assert.equal(notification.code, 3, text);
        assert.ok(notification.subcode >= 1 && notification.subcode <= 11, `subcode ${notification.subcode}`);
        assert.match(rfc, /^(RFC \d+ §\d|draft-)/, text);
        faults++;
      }
    }),
  );
  assert.ok(faults > 100, `${faults} errors`);
});

Deno.test("rfc7606#3a twin: an error in the header is a Message Header Error", () => {
  const bytes = routeWith({});
  bytes[0] = 0;
  assert.equal(checkHeader(bytes, 0, 4096)!.code, 1);
});

const selective = [1, 2, 3, 4, 5];

Deno.test("rfc7606#3e ORIGIN, AS_PATH, NEXT_HOP, MED, LOCAL_PREF: any octets are correct or withdrawn", () => {
  always(fc.property(fc.constantFrom(...selective), anyValue, fc.nat(255), (code, value, flags) => {
    const whole = attribute(code, value, flags & 0xe0);
    for (const context of [ibgp, ...code === 5 ? [] : [ebgp, oldSpeaker]]) {
      const outcome = receive(routeIn(context, { [code]: whole }), context);
      const allowed = outcome.kind === "accept" ? [] : ["treatAsWithdraw"];
      assert.notEqual(outcome.kind, "sessionReset", attributeName(code));
      assert.deepEqual([...new Set(actionsOf(outcome))], allowed, attributeName(code));
      // Kept means kept as it came: what is compared later is what the peer said.
      if (outcome.kind === "accept" && context !== oldSpeaker) {
        assert.ok(outcome.set.includes(attribute(code, value)), `${attributeName(code)} ${value} is in ${outcome.set}`);
      }
    }
  }));
});

Deno.test("rfc7606#3e twin: with sound values the route stands", () => {
  for (const context of [ebgp, ibgp]) {
    const whole = { 4: attribute(4, "0000000a"), 5: attribute(5, "00000064") };
    const outcome = receive(routeWith(context.internal ? whole : { 4: whole[4] }), context);
    assert.deepEqual([outcome.kind, outcome.faults], ["accept", []]);
  }
});

Deno.test("rfc7606#3f ATOMIC_AGGREGATE, AGGREGATOR: the route stands, whatever value they have", () => {
  always(fc.property(fc.constantFrom(6, 7), anyValue, anyContext, (code, value, context) => {
    const outcome = receive(routeIn(context, { [code]: attribute(code, value) }), context);
    assert.deepEqual([outcome.kind, outcome.announced], ["accept", ["192.0.2.0/24"]]);
    const expected = code === 6 ? 0 : context.fourOctetAs ? 8 : 6;
    if (value.length / 2 === expected) return;
    assert.deepEqual(actionsOf(outcome), ["attributeDiscard"]);
    assert.equal(outcome.set, receive(routeIn(context, {}), context).set, "nothing of it is left");
  }));
});

Deno.test("rfc7606#3f twin: a sound one stays", () => {
  assert.match(receive(routeWith({ 7: attribute(7, "0000fde9 0a000001") })).set, /c007080000fde90a000001$/);
  assert.match(receive(routeWith({ 6: attribute(6, "") })).set, /400600$/);
});

Deno.test("rfc7606#3j treat-as-withdraw needs NLRI that parse: otherwise the session is reset", () => {
  const malformed = ["40 01 01 09", sound[2]!, sound[3]!];
  assert.equal(receive(update({ attributes: malformed, nlri: "21 c0000201" })).kind, "sessionReset", "NLRI");
  assert.equal(
    receive(update({ withdrawn: "21 c0000201", attributes: malformed, nlri: someNlri })).kind,
    "sessionReset",
  );
  const reach = "80 0e 1a 0002 01 10 20010db8000000000000000000000001 00 81 20010db8";
  assert.equal(receive(update({ attributes: [reach, ...malformed], nlri: someNlri })).kind, "sessionReset");
  const unreach = "80 0f 05 0002 01 40 20";
  assert.equal(receive(update({ attributes: [unreach, ...malformed], nlri: someNlri })).kind, "sessionReset");
});

Deno.test("rfc7606#3j twin: with NLRI that do, the same error withdraws", () => {
  const malformed = ["40 01 01 09", sound[2]!, sound[3]!];
  assert.equal(receive(update({ attributes: malformed, nlri: someNlri })).kind, "treatAsWithdraw");
});

const words = { w0: 0x20010db8, w1: 0, w2: 0, w3: 0 };

Deno.test("rfc7606#5.1 what we send: MP_REACH_NLRI or MP_UNREACH_NLRI first, and nothing classic beside it", () => {
  const encoder = new UpdateEncoder(ebgp);
  const wire = wireOf({ origin: 0, nextHop: new Uint8Array(16).fill(1), communities: [1] });
  encoder.begin(wire, IPV6_UNICAST);
  encoder.add(words.w0, words.w1, words.w2, words.w3, 32, -1);
  const announced = toHex(encoder.take());
  assert.match(announced, /^f{32}.{4}020000.{4}900e/);
  encoder.beginWithdraw(IPV6_UNICAST);
  encoder.add(words.w0, words.w1, words.w2, words.w3, 32, -1);
  assert.match(toHex(encoder.take()), /^f{32}.{4}020000.{4}900f/);
  assert.deepEqual(receive(fromHex(announced), ebgp, "unknown").announced, ["2001:db8::/32"]);
});

Deno.test("rfc7606#5.1 twin: IPv4 unicast goes into the fields of the message", () => {
  const encoder = new UpdateEncoder(ebgp);
  encoder.begin(wireOf({ origin: 0, nextHop: Uint8Array.of(10, 0, 0, 1) }), IPV4_UNICAST);
  encoder.add(0xc0000200 | 0, 0, 0, 0, 24, -1);
  assert.match(toHex(encoder.take()), /^f{32}.{4}020000.{4}40010100.*18c00002$/);
});

Deno.test("rfc7606#5.1 what we take: MP_REACH_NLRI beside classic NLRI, one set of attributes, two next hops", () => {
  const bytes = update({ attributes: [someReach, ...Object.values(sound)], nlri: someNlri });
  const first = receive(bytes);
  assert.match(first.set, /4003040a000002$/);
  assert.ok(first.scanner.nextPart());
  const second = outcomeOf(first.scanner, bytes);
  assert.deepEqual([second.kind, second.announced], ["accept", ["2001:db8::/32"]]);
  assert.match(second.set, /40031020010db8000000000000000000000001$/);
  assert.equal(first.scanner.nextPart(), false);
});

Deno.test("rfc7606#5.4 typed NLRI of a family that was not negotiated are stepped over whole", () => {
  const evpn = attribute(14, "0019 46 04 0a000001 00 63 02 ffff");
  const outcome = receive(update({ attributes: [evpn, sound[1]!, sound[2]!] }));
  assert.deepEqual([outcome.kind, outcome.announced], ["accept", []]);
  assert.match(outcome.scanner.notice!.text, /not negotiated/);
});

Deno.test("rfc7606#5.4 twin: the same octets as a family of ours are NLRI that do not parse", () => {
  const ours = attribute(14, "0001 01 04 0a000001 00 63 02 ffff");
  assert.equal(receive(update({ attributes: [ours, sound[1]!, sound[2]!] })).kind, "sessionReset");
});

Deno.test("rfc7606#6 a fault tells what an operator needs: the attribute by name, its octets, the clause", () => {
  const bad = attribute(8, "ffff0001 00");
  const [fault] = receive(routeWith({ 8: bad })).faults;
  assert.match(fault!.text, /^COMMUNITIES: length 5/);
  assert.equal(toHex(fault!.notification.data), bad);
  assert.match(fault!.rfc, /^RFC 7606 §7\.8/);
});

Deno.test("rfc7606#6 twin: of a sound message there is nothing to tell", () => {
  const outcome = receive(routeWith({ 8: attribute(8, "ffff0001") }));
  assert.deepEqual([outcome.faults, outcome.scanner.notice], [[], undefined]);
});

Deno.test("rfc7606#7.13 Traffic Engineering is not known here: ignored, whatever it holds", () => {
  const plain = receive(routeWith({})).set;
  always(fc.property(anyValue, anyContext, (value, context) => {
    const outcome = receive(routeIn(context, { 24: attribute(24, value, 0x80) }), context);
    assert.deepEqual([outcome.kind, outcome.faults], ["accept", []]);
    if (context === ebgp) assert.equal(outcome.set, plain);
  }));
});

Deno.test("rfc7606#7.13 twin: the same code as transitive would be passed on", () => {
  assert.match(receive(routeWith({ 24: attribute(24, "01", 0xc0) })).set, /c0180101$/);
});

Deno.test("rfc7606#3h no combination of two errors is milder than the worse of them", () => {
  const strength = { accept: 0, treatAsWithdraw: 1, sessionReset: 2 };
  const rows = attributeRows.filter(({ code }) => code !== 14 && code !== 15);
  const anyPart = fc.tuple(fc.constantFrom(...rows), anyValue).map(([row, value]) => ({ code: row.code, value }));
  always(fc.property(anyPart, anyPart, anyContext, (one, two, context) => {
    if (one.code === two.code) return;
    const [first, second] = [one, two].map(({ code, value }) => ({ [code]: attribute(code, value) }));
    const kinds = [first!, second!, { ...first, ...second }].map((extra) =>
      receive(routeIn(context, extra), context).kind
    );
    assert.equal(strength[kinds[2]!], Math.max(strength[kinds[0]!], strength[kinds[1]!]));
  }));
});
