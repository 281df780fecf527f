/**
 * `bgpd check` and `bgpd run` agree about configurations with one mistake each. The long version with 200 real daemons:
 * `deno task soak check-agrees`.
 */

import assert from "node:assert/strict";
import { checkAgrees } from "../support/check_agrees.ts";

Deno.test("bgpd check refuses what bgpd run refuses, in the same words, and passes what starts", async () => {
  const { refused, started, differences } = await checkAgrees({ count: 200, realDaemons: 12 });
  assert.deepEqual(differences, []);
  assert.ok(refused > 100 && started > 10, `${refused} refused, ${started} started`);
});
