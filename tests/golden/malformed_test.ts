/** RFC 7606: one malformed attribute, and its consequence for the route and the session, by kind of peer. */
import assert from "node:assert/strict";
import { attributeRows } from "../../src/message/mod.ts";
import { parseAddress } from "../../src/types/mod.ts";
import { testContext, type UpdateView, viewUpdate } from "../support/update_view.ts";
import { type Consequence, frrRows, type MalformedRow, malformedUpdate, ownRows, peerAsns } from "./malformed.ts";

const contexts = {
  external: testContext({ internal: false, localAsn: 65000, remoteAsn: peerAsns.external }),
  internal: testContext({ internal: true, localAsn: 65000, remoteAsn: peerAsns.internal }),
};
const ends = { local: parseAddress("10.0.0.1")!, remote: parseAddress("10.0.0.2")! };
const prefix = "192.0.2.0/24";
const frr = frrRows();

for (const row of [...ownRows, ...frr]) {
  for (const kind of ["external", "internal"] as const) {
    const expected = row[kind];
    if (expected === undefined) continue;
    Deno.test(`${row.description}, from an ${kind} peer: ${expected} (${row.rfc})`, () => {
      const view = viewUpdate(malformedUpdate(row, kind, prefix), contexts[kind], ends);
      assert.equal(consequenceOf(view, row), expected, view.faults.map(({ text }) => text).join("; "));
      if (expected === "reset") {
        const { code, subcode } = view.faults[0]!.notification;
        return assert.equal(`${code}/${subcode}`, row.notification);
      }
      const isWithdrawn = expected === "withdraw";
      assert.deepEqual(view.withdrawn.map((nlri) => nlri.prefix), isWithdrawn ? [prefix] : [], "withdrawn");
      const announced = view.parts.flatMap((part) => part.announced.map((nlri) => nlri.prefix));
      assert.deepEqual(announced, isWithdrawn ? [] : [prefix], "announced");
    });
  }
}

/** What became of the message. Every kept route still has ORIGIN, AS_PATH and NEXT_HOP. */
function consequenceOf(view: UpdateView, row: MalformedRow): Consequence {
  if (view.verdict === "sessionReset") return "reset";
  if (view.verdict === "treatAsWithdraw") return "withdraw";
  const codes = codesOf(view.parts[0]!.wire);
  assert.deepEqual(codes.filter((code) => code <= 3), [1, 2, 3]);
  if (codes.includes(parseInt(row.attribute.replaceAll(" ", "").slice(2, 4), 16))) return "passOn";
  return view.faults.length === 0 ? "ignore" : "discard";
}

function codesOf(wire: Uint8Array): number[] {
  const codes: number[] = [];
  for (let at = 0; at < wire.length;) {
    codes.push(wire[at + 1]!);
    at += (wire[at]! & 0x10) === 0 ? 3 + wire[at + 2]! : 4 + wire[at + 2]! * 256 + wire[at + 3]!;
  }
  return codes;
}

Deno.test("every attribute of the registry has a malformed row, every consequence some", () => {
  const codes = new Set(ownRows.map(({ attribute }) => parseInt(attribute.slice(3, 5), 16)));
  const missing = attributeRows.filter(({ code }) => !codes.has(code)).map(({ name }) => name);
  assert.deepEqual(missing, []);
  const found = new Set(ownRows.flatMap(({ external, internal }) => [external, internal]));
  for (const consequence of ["discard", "ignore", "passOn", "withdraw", "reset"] as const) {
    assert.ok(found.has(consequence), consequence);
  }
});

Deno.test({
  name: "FRRouting's 88 cases: all of them were compared",
  ignore: frr.length === 0,
  fn() {
    assert.equal(frr.length, 88);
    assert.equal(
      frr.flatMap(({ external, internal }) => [external, internal]).filter((one) => one !== undefined).length,
      169,
    );
  },
});
