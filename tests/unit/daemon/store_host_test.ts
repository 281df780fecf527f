import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StoreHost } from "../../../src/daemon/store_host.ts";
import type { StoreBatch } from "../../../src/rib/mod.ts";

/** Steps that wait are run when the test says so, however long they meant to wait. */
async function withHost(
  run: (host: StoreHost, database: string, lent: StoreBatch[], runSteps: (rounds: number) => void) => void,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
  const database = `${folder}/bgpd.db`;
  let steps: (() => void)[] = [];
  let now = Date.UTC(2026, 0, 1);
  const lent: StoreBatch[] = [];
  const host = new StoreHost({ now: () => now, toMain: () => {}, later: (step) => void steps.push(step) });
  host.fromMain({ kind: "open", database, version: "test", peers: [{ remoteIp: "192.0.2.1" }], networks: [] });
  host.join((message) => {
    if (message.kind === "buffer") lent.push(message.batch);
  });
  try {
    run(host, database, lent, (rounds) => {
      for (let round = 0; round < rounds; round++) {
        now += 10_000;
        const due = steps;
        steps = [];
        for (const step of due) step();
      }
    });
  } finally {
    host.fromMain({ kind: "close", restarts: false });
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("housekeeping that finds the database locked is done later, though nothing else happens", () =>
  withHost((host, path, lent, runSteps) => {
    runSteps(1);
    const batch = lent.pop()!, before = lent.pop()!;
    before.routes.set([1, 1, -1, 1, 0, 0, Date.UTC(2026, 0, 1)]);
    before.routeCount = 1;
    host.fromRib({ kind: "batch", batch: before });
    runSteps(1);
    batch.events.push({ kind: "flush", peerId: 1, family: 1, at: Date.UTC(2026, 0, 2) });
    host.fromRib({ kind: "batch", batch });
    const other = new DatabaseSync(path);
    try {
      const uncleaned = () =>
        other.prepare("SELECT count(*) AS n FROM peer_families WHERE cleaned_at < flushed_at AND peer_id = 1").get();
      // A batch goes in slices of some milliseconds, as cleanup does: on a slow machine a few rounds are not enough.
      const runUntil = (n: number) => {
        for (let round = 0; round < 100 && uncleaned()!["n"] !== n; round++) runSteps(1);
      };
      runUntil(1);
      other.exec("BEGIN IMMEDIATE");
      runSteps(5);
      assert.deepEqual({ ...uncleaned() }, { n: 1 });
      other.exec("COMMIT");
      runUntil(0);
      assert.deepEqual({ ...uncleaned() }, { n: 0 });
    } finally {
      other.close();
    }
  }));
