/** Every reason why a route is withheld has a number that looking glasses show, and keeps it. */
import assert from "node:assert/strict";
import { withheldNumber, withheldNumbers, withheldTexts } from "../../../../../src/rib/out/export/withheld_reasons.ts";

Deno.test("the numbers of reasons stay: other programs have them in their configuration", () => {
  const numbers = Object.entries(withheldTexts).map(([name, text]) => [name, withheldNumber(text)]);
  assert.deepEqual(Object.fromEntries(numbers), {
    fromThisPeer: 1,
    exportNone: 2,
    ourAsOnly: 3,
    otc: 4,
    reflection: 5,
    asSet: 6,
    ownAsSet: 6,
    longLivedStale: 7,
    noAdvertise: 8,
    noExport: 9,
    blackhole: 10,
    noExportSubconfed: 11,
    noPeer: 12,
    otherPaths: 16,
    routeTargets: 17,
    everyRoute: 17,
    noRoom: 15,
  });
  assert.equal(new Set(withheldNumbers.map(([number]) => number)).size, withheldNumbers.length);
});

Deno.test("reasons with a variable part have numbers, too; negative: an unknown text is another reason", () => {
  const policy = 'policy "out", rule 3 rejects it';
  assert.equal(withheldNumber(policy), 13);
  assert.equal(withheldNumber(`${policy}, and no other route is for this peer`), 13);
  assert.equal(withheldNumber(`${withheldTexts.noExport}, and another route goes in its place`), 9);
  assert.equal(withheldNumber("its next hop is of the other address family"), 14);
  assert.equal(withheldNumber("no IPv6 address for next hop self; give the route a next hop"), 14);
  assert.equal(withheldNumber("no message of 4096 octets holds its attributes"), 15);
  assert.equal(withheldNumber("max_prefixes_out = 10 is reached"), 18);
  assert.equal(withheldNumber("the moon is full"), 99);
});
