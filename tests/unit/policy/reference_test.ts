import assert from "node:assert/strict";
import fc from "../../support/fast_check.ts";
import { matchKeys, setKeys } from "../../../src/config/policy/match_set_keys.ts";
import { parseConfig } from "../../../src/config/mod.ts";
import { encodeAttributeSet, formatAsPath } from "../../../src/message/mod.ts";
import { compilePolicies, type Policies, routeClass } from "../../../src/policy/mod.ts";
import { type FamilyId, formatPrefix, type Prefix } from "../../../src/types/mod.ts";
import { matchNames, routeInContext, setNames, toToml, written } from "./arbitraries.ts";
import { evaluate, type WrittenPolicies } from "./reference.ts";

function compiled(written: WrittenPolicies): Policies {
  const result = parseConfig(toToml(written));
  if (result.kind === "errors") throw new Error(JSON.stringify(result.errors));
  return compilePolicies(result.config.policies);
}

function classOf(policies: Policies, family: FamilyId, prefix: Prefix): number {
  const view = new DataView(prefix.octets.buffer, prefix.octets.byteOffset, prefix.octets.length);
  const word = (i: number) => 4 * i < prefix.octets.length ? view.getInt32(4 * i) : 0;
  return policies.prefixClasses.classOf(family, word(0), word(1), word(2), word(3), prefix.length);
}

Deno.test("policies on octets answer as the reference does on values: verdict, reason and every octet", () => {
  const met = { accepted: 0, changed: 0, routes: 0 };
  fc.assert(
    fc.property(
      written,
      fc.array(routeInContext, { minLength: 10, maxLength: 10 }),
      fc.constantFrom(["one"], ["one", "two"]),
      (written, routes, names) => {
        const policies = compiled(written);
        const chain = policies.chain(names);
        for (const { prefix, set, validity, context } of routes) {
          const wire = encodeAttributeSet(set);
          // The set stands somewhere inside a larger buffer, as in the RIB.
          const buffer = new Uint8Array(wire.length + 11).fill(0xee);
          buffer.set(wire, 7);
          const prefixClass = routeClass(classOf(policies, context.family, prefix), validity);
          const expected = evaluate(written, names, { set, prefix, validity }, context);
          const actual = chain.evaluate(buffer, 7, wire.length, prefixClass, context);
          const about = `${formatPrefix(prefix)} ${formatAsPath(set.asPath)}`;
          assert.equal(actual.accepted, expected.accepted, about);
          assert.equal(policies.reasons[actual.reason], expected.reason, about);
          met.routes++;
          if (!actual.accepted) continue;
          met.accepted++;
          const octets = actual.changed ? actual.bytes.subarray(0, actual.length) : wire;
          const wanted = encodeAttributeSet(expected.set);
          assert.deepEqual(octets.toHex(), wanted.toHex(), about);
          assert.equal(actual.changed, wire.toHex() !== wanted.toHex(), about);
          if (actual.changed) met.changed++;
          const explained = chain.explain(buffer, 7, wire.length, prefixClass, context);
          assert.equal(explained.outcome.accepted, expected.accepted);
          assert.equal(policies.reasons[explained.outcome.reason], expected.reason);
        }
      },
    ),
    { numRuns: 400 },
  );
  // A reference that agrees on nothing but rejections would prove little.
  assert.ok(met.accepted > met.routes / 10, `${met.accepted} of ${met.routes} accepted`);
  assert.ok(met.changed > met.routes / 20, `${met.changed} of ${met.routes} changed`);
});

Deno.test("the random policies have every key that there is", () => {
  assert.deepEqual(matchNames.toSorted(), Object.keys(matchKeys).toSorted());
  assert.deepEqual(setNames.toSorted(), Object.keys(setKeys).toSorted());
});
