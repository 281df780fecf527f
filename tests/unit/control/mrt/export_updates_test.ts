import assert from "node:assert/strict";
import { exportUpdates, type UpdatesResult } from "../../../../src/control/mrt/export_updates.ts";
import { createStoreBatch, stride } from "../../../../src/rib/mod.ts";
import { StoreReader } from "../../../../src/store/mod.ts";
import { Applied } from "../../../support/mrt_applied.ts";
import { noon, smallDatabase } from "../cli/small_database.ts";

/** A state of a route: from, to, prefix id, number of the end (0: replaced, 1: withdrawn). */
type State = readonly [from: number, to: number, prefix: number, endedBy: number];

/** What the changes of these states of a peer, after the small database, lead to. */
async function changes(states: readonly State[]): Promise<{ routes: string[]; result: UpdatesResult }> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-export-" });
  const writer = smallDatabase(`${folder}/bgpd.db`);
  try {
    const batch = createStoreBatch(states.length);
    for (const [from, to, prefix, endedBy] of states) {
      const row = [noon + to, noon + from, 1, prefix, -1, 1, endedBy];
      batch.history.set(row, batch.historyCount++ * stride.history);
    }
    writer.apply(batch);
    const reader = new StoreReader(`${folder}/bgpd.db`), applied = new Applied();
    const records = exportUpdates(reader, { from: noon + 100, to: noon + 900, step: () => {} });
    let next = records.next();
    for (; next.done !== true; next = records.next()) applied.read(next.value);
    reader.close();
    return { routes: [...applied.routes.keys()], result: next.value };
  } finally {
    writer.close();
    await Deno.remove(folder, { recursive: true });
  }
}

const one = "198.51.100.0/24", two = "198.51.100.128/25";

Deno.test("a state that begins is an announcement; one that ends without another after it, a withdrawal", async () => {
  const { routes, result } = await changes([[110, 150, 1, 0], [150, 950, 1, 1], [120, 170, 2, 1]]);
  assert.deepEqual(routes, [one]);
  assert.deepEqual(result, { announced: 3, withdrawn: 1 });
});

Deno.test("changes outside the two times are left out", async () => {
  assert.deepEqual((await changes([[10, 90, 1, 1], [950, 990, 2, 1]])).result, { announced: 0, withdrawn: 0 });
});

Deno.test("a route that is announced and withdrawn within a millisecond is gone; one that is back stays", async () => {
  assert.deepEqual((await changes([[110, 150, 1, 0], [150, 150, 1, 1]])).routes, []);
  assert.deepEqual((await changes([[110, 150, 1, 1], [150, 150, 1, 0], [150, 950, 1, 1]])).routes, [one]);
  assert.deepEqual((await changes([[110, 150, 1, 1], [150, 150, 2, 1], [150, 950, 1, 1]])).routes, [one]);
  assert.deepEqual((await changes([[110, 150, 1, 0], [110, 950, 2, 1], [150, 150, 1, 1]])).routes, [two]);
});
