import assert from "node:assert/strict";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { encodeAttributeSet } from "../../../../src/message/mod.ts";
import { attributes, Batch, noon, smallTable, withFolder } from "../fixture.ts";

/** Writes batches in one run and opens the database in the next. */
function nextRun(batches: Batch[], test: (writer: StoreWriter) => void): Promise<void> {
  return withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const first = new StoreWriter(path, { now: () => noon });
    first.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
    first.peers.upsert({ name: "2001:db8::2", remoteIp: "2001:db8::2" });
    for (const { batch } of batches) first.apply(batch);
    first.close();
    const next = new StoreWriter(path, { now: () => noon + 1000 });
    try {
      test(next);
    } finally {
      next.close();
    }
  });
}

Deno.test("the next run loads prefixes, sets and stale routes as they were sent", () =>
  nextRun([smallTable()], ({ loader }) => {
    const { batch } = smallTable();
    assert.deepEqual(loader.lastIds(), { prefix: 3, set: 2 });
    assert.deepEqual([...loader.prefixes()], [batch.prefixes.slice(0, 21)]);
    const [sets] = [...loader.sets()];
    assert.deepEqual(sets!.rows, batch.sets.slice(0, 6));
    assert.deepEqual(sets!.bytes, batch.setBytes.slice(0, batch.setBytesLength));
    assert.deepEqual([...loader.stale()], [
      { peerId: 1, family: 1, rows: Float64Array.of(1, -1, 1, 0, 0, noon, 2, -1, 1, 0, 0, noon) },
      { peerId: 2, family: 1, rows: Float64Array.of(1, -1, 1, 0, 1, noon) },
      { peerId: 2, family: 2, rows: Float64Array.of(3, -1, 2, 0, 0, noon) },
    ]);
  }));

Deno.test("a route that policy changed is loaded with both of its sets", () =>
  nextRun([
    new Batch().prefix(1, "10.0.0.0/8").prefix(2, "11.0.0.0/8").set(1, attributes("65001"))
      .set(2, attributes("65001 65002")).route(1, 1, 2, { receivedId: 1, ineligible: 7 }),
  ], ({ loader }) => {
    assert.equal([...loader.prefixes()].length, 1);
    assert.deepEqual([...loader.sets()][0]!.rows.filter((_, i) => i % 3 === 0), Float64Array.of(1, 2));
    assert.deepEqual([...loader.stale()], [{ peerId: 1, family: 1, rows: Float64Array.of(1, -1, 2, 1, 7, noon) }]);
  }));

Deno.test("address words with the highest bit are loaded unchanged", () =>
  nextRun([
    new Batch().prefix(1, "240.0.0.0/4").prefix(2, "fe80:8000::/20").prefix(3, "ffff:ffff:8000::ffff:0:0:ffff/128"),
  ], (writer) => {
    const sent = new Batch().prefix(1, "240.0.0.0/4").prefix(2, "fe80:8000::/20").prefix(
      3,
      "ffff:ffff:8000::ffff:0:0:ffff/128",
    );
    assert.deepEqual([...writer.loader.prefixes()][0], sent.batch.prefixes.slice(0, 21));
  }));

Deno.test("routes of a lost session are not loaded", () =>
  nextRun([smallTable(), new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 1 })], ({ loader }) => {
    assert.equal([...loader.prefixes()].length, 1);
    assert.equal([...loader.sets()].length, 1);
    assert.deepEqual([...loader.stale()].map(({ peerId, family }) => [peerId, family]), [[2, 1], [2, 2]]);
  }));

Deno.test("a set without a route is not loaded but cleaned up; a set that was retired too early is loaded", () =>
  nextRun([smallTable(), new Batch().set(9, attributes("65009")).retire(2)], (writer) => {
    const { loader } = writer;
    assert.equal(loader.lastIds().set, 9);
    const sets = [...loader.sets()];
    assert.deepEqual([...sets[0]!.rows.filter((_, i) => i % 3 === 0)], [1, 2]);
    const set2 = encodeAttributeSet(attributes("65009"));
    assert(sets[0]!.bytes.length > set2.length);
    loader.retireOrphans(noon);
    writer.indexes.buildAll();
    while (writer.cleanup(50));
    assert.deepEqual(loader.lastIds(), { prefix: 3, set: 2 });
  }));

Deno.test("every route of the previous run is stale", () =>
  nextRun([smallTable()], (writer) => {
    writer.apply(new Batch().route(1, 1, 1, { at: noon + 1000 }).batch);
    assert.equal([...writer.loader.sets()].length, 1);
  }));
