/**
 * What a session within a confederation may bring (RFC 5065 §4, §5), and AIGP where it is switched on (RFC 7311 §3.1).
 */
import assert from "node:assert/strict";
import { type UpdateContext, UpdateScanner } from "../../../src/message/mod.ts";
import { attribute, ebgp, ibgp, routeWith } from "./updates.ts";

const member: UpdateContext = { ...ebgp, confederation: true };
const confedSequence = "03 01 0000fde9";
const sequence = "02 01 0000012c";

/** The verdict on a route with these attributes, and what is discarded of it. */
function verdict(extra: Readonly<Record<number, string>>, context: UpdateContext): string {
  const message = routeWith(extra);
  const scanner = new UpdateScanner(context);
  assert.equal(scanner.scan(message, 0, message.length), "ok");
  const { lookupFirst } = scanner;
  const result = scanner.validate();
  const discarded = result.kind === "accept" ? result.discarded.map(({ text }) => text).join() : "";
  // A set that may be taken without a look must be one that passes.
  if (lookupFirst) assert.equal(result.kind, "accept");
  return discarded === "" ? result.kind : discarded;
}

const path = (value: string) => ({ 2: attribute(2, value) });

Deno.test("RFC 5065 §5: a path from another member without AS_CONFED_SEQUENCE is malformed (RFC 7606 §7.2)", () => {
  assert.equal(verdict(path(`${confedSequence} ${sequence}`), member), "accept");
  assert.equal(verdict(path(confedSequence), member), "accept");
  assert.equal(verdict(path(sequence), member), "treatAsWithdraw");
  assert.equal(verdict(path(""), member), "treatAsWithdraw");
  assert.equal(verdict(path("04 01 0000fde9"), member), "treatAsWithdraw", "an AS_CONFED_SET is no sequence");
});

Deno.test("RFC 5065 §5: from outside a segment of a confederation is malformed; within the AS it may be there", () => {
  assert.equal(verdict(path(`${confedSequence} ${sequence}`), ebgp), "treatAsWithdraw");
  assert.equal(verdict(path(`${sequence} ${confedSequence}`), ebgp), "treatAsWithdraw");
  assert.equal(verdict(path(`${confedSequence} ${sequence}`), ibgp), "accept");
  assert.equal(verdict(path(sequence), ibgp), "accept");
});

Deno.test("RFC 4271 §6.3: enforce_first_as asks for the member's own AS in front", () => {
  const strict = { ...member, enforceFirstAs: true };
  assert.equal(verdict(path(`${confedSequence} ${sequence}`), strict), "accept");
  assert.equal(verdict(path(`03 01 0000fdea ${sequence}`), strict), "treatAsWithdraw");
});

Deno.test("RFC 5065 §4.1: LOCAL_PREF is accepted from members only; what reflectors add ends at the member AS", () => {
  const localPref = { ...path(confedSequence), 5: attribute(5, "00000064") };
  assert.equal(verdict(localPref, member), "accept");
  assert.equal(verdict({ 5: attribute(5, "00000064") }, ebgp), "LOCAL_PREF: from an external peer");
  const originator = { ...path(confedSequence), 9: attribute(9, "0a000002") };
  assert.equal(verdict(originator, member), "ORIGINATOR_ID: from an external peer");
});

Deno.test("RFC 7311 §3.1: AIGP counts within an AS and a confederation, else where it is switched on", () => {
  const kept = (context: UpdateContext, extra = {}) => {
    const message = routeWith({ ...extra, 26: attribute(26, "01 000b 000000000000000a") });
    const scanner = new UpdateScanner(context);
    assert.equal(scanner.scan(message, 0, message.length), "ok");
    assert.equal(scanner.validate().kind, "accept");
    return scanner.setBytes.subarray(0, scanner.setLength).includes(26);
  };
  const contexts = [ibgp, ebgp, { ...ebgp, aigp: true }, { ...ibgp, aigp: false }];
  assert.deepEqual(contexts.map((context) => kept(context)), [true, false, true, false]);
  assert.equal(kept(member, path(confedSequence)), true);
});
