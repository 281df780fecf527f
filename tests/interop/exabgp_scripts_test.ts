/**
 * Programs for ExaBGP run unchanged with bgpd: those that Debian's package of ExaBGP ships, and some written after its
 * documentation. Each runs once with each of them, and a third speaker has the same routes in the end.
 */
import assert from "node:assert/strict";
import { missingPrograms, peersRequired } from "./peers/mod.ts";
import { ours, shipped, shippedFolder } from "./exabgp/cases.ts";
import { compare } from "./exabgp/compare.ts";

const missing = missingPrograms(["exabgp", "python3"]);
const hasExamples = await Deno.stat(shippedFolder).then(() => true, () => false);
const ignore = (missing.length > 0 || !hasExamples) && !peersRequired;
if (ignore) console.error(`SKIPPED: scripts of ExaBGP: not installed: ${[...missing, shippedFolder].join(", ")}`);

/** Two cores run so many scripts at a time; each mostly waits. */
const atOnce = 5;

for (const [title, cases] of [["that ExaBGP ships", shipped], ["written after its documentation", ours]] as const) {
  Deno.test({
    name: `scripts ${title} run with bgpd as with ExaBGP: a third peer has the same routes`,
    ignore,
    async fn() {
      const waiting = cases.filter(({ isSlow }) => isSlow !== true);
      const failures: string[] = [];
      await Promise.all(Array.from({ length: atOnce }, async () => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
          const failure = await compare(next);
          if (failure !== undefined) failures.push(failure);
        }
      }));
      assert.equal(failures.join("\n"), "");
    },
  });
}
