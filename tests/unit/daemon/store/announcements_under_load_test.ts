/** The table `announcements` while a full table goes to disk: others can write it, and are heard. */
import assert from "node:assert/strict";
import { emptyAttributeSet, encodeAttributeSet, parseAsPath } from "../../../../src/message/mod.ts";
import { type StoreBatch, stride } from "../../../../src/rib/mod.ts";
import { parseAddress } from "../../../../src/types/mod.ts";
import { StoreHost } from "../../../../src/daemon/store/store_host.ts";
import { watchEveryMs } from "../../../../src/daemon/store/announcement_handler.ts";
import { findProgram, run } from "../../../support/process.ts";
import { waitFor } from "../../../support/wait.ts";
import { packedKeys } from "../../../../src/daemon/thread/origination_codec.ts";

/** Fills batches to their end, as a RIB does that takes in table after table. */
class Feeder {
  rows = 0;
  #setSent = false;
  readonly #wire = encodeAttributeSet({
    ...emptyAttributeSet(),
    origin: 0,
    asPath: parseAsPath("65001 65002")!,
    nextHop: parseAddress("192.0.2.1")!,
  });

  fill(batch: StoreBatch, peerId: number): void {
    if (!this.#setSent) {
      batch.setBytes.set(this.#wire);
      batch.sets.set([1, 0, this.#wire.length]);
      batch.setCount = 1;
      batch.setBytesLength = this.#wire.length;
      this.#setSent = true;
    }
    const capacity = Math.floor(batch.routes.length / stride.routes);
    for (let i = 0; i < capacity; i++) {
      const id = ++this.rows;
      batch.prefixes.set([id, 1, id << 8, 0, 0, 0, 24], batch.prefixCount++ * stride.prefixes);
      batch.routes.set([peerId, id, -1, 1, 0, 0, Date.now()], batch.routeCount++ * stride.routes);
    }
  }
}

Deno.test({
  name: "200 INSERTs with .timeout 5000 during bulk load all succeed and are all announced",
  ignore: findProgram("sqlite3") === undefined,
  async fn() {
    const folder = await Deno.makeTempDir({ prefix: "bgpd-test-" });
    const database = `${folder}/bgpd.db`;
    const announced = new Set<string>();
    const timers = new Set<ReturnType<typeof setTimeout>>();
    let peerId = 0;
    let loading = true;
    const host = new StoreHost({
      now: () => Date.now(),
      monotonic: () => performance.now(),
      toMain(message) {
        if (message.kind === "opened") peerId = message.peerIds[0]!;
        if (message.kind === "announcements") {
          for (const key of packedKeys(message.changes.announced!)) announced.add(key);
        }
      },
      later(step, ms) {
        const timer = setTimeout(() => {
          timers.delete(timer);
          step();
        }, ms);
        timers.add(timer);
      },
    });
    try {
      const peers = [{ name: "192.0.2.1", remoteIp: "192.0.2.1", remoteAs: 65001 }];
      host.fromMain({ kind: "open", database, version: "test", peers, networks: [] });
      const feeder = new Feeder();
      host.join((message) => {
        if (message.kind !== "buffer" || !loading) return;
        feeder.fill(message.batch, peerId);
        host.fromRib({ kind: "batch", batch: message.batch });
      });
      const watch = setInterval(() => host.watch(), watchEveryMs);
      const insert = async (i: number) => {
        const sql = `INSERT INTO announcements(prefix, next_hop) VALUES('10.${i}.0.0/16', '192.0.2.1')`;
        const { code, stderr } = await run("sqlite3", ["-cmd", ".timeout 5000", database, sql]);
        assert.equal(code, 0, stderr);
      };
      // Four people at a time.
      await Promise.all(Array.from({ length: 4 }, async (_, who) => {
        for (let i = who; i < 200; i += 4) await insert(i);
      }));
      const rows = feeder.rows;
      await waitFor("all of them", () => announced.size === 200);
      assert.ok(rows > 20_000, `only ${rows} rows were written meanwhile`);
      loading = false;
      clearInterval(watch);
    } finally {
      loading = false;
      host.fromMain({ kind: "close", restarts: false });
      for (const timer of timers) clearTimeout(timer);
      await Deno.remove(folder, { recursive: true });
    }
  },
});
