import assert from "node:assert/strict";
import { StoreWriter } from "../../../../../src/store/mod.ts";
import { HistorySize } from "../../../../../src/store/write/history/history_size.ts";
import { Database } from "../../../../../src/store/sqlite.ts";
import { attributes, Batch, noon, query, smallTable, withFolder, withWriter } from "../../fixture.ts";

const day = 86_400_000;

function cleanUp(writer: StoreWriter): void {
  while (writer.cleanup(50));
}

const intervals = "SELECT peer_id, prefix, from_ms - %, CASE WHEN ended_by IS NOT NULL THEN to_ms - % END, ended_by" +
  " FROM rib_history ORDER BY 1, 2, 3";

function states(path: string): unknown[][] {
  return query(path, intervals.replaceAll("%", String(noon)));
}

Deno.test("a lost session is in the view of the history at once, and in its table after cleanup", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 10 }).batch);
    const expected = [
      [1, "10.0.0.0/8", 0, 10, "session lost"],
      [1, "10.1.0.0/16", 0, 10, "session lost"],
      [2, "10.0.0.0/8", 0, null, null],
      [2, "2001:db8::/32", 0, null, null],
    ];
    assert.deepEqual(states(path), expected);
    const changes = query(path, "SELECT at, kind, prefix, until_ms FROM updates");
    assert.deepEqual(changes.slice(-2).map(([, kind, prefix]) => [kind, prefix]).sort(), [
      ["withdraw", "10.0.0.0/8"],
      ["withdraw", "10.1.0.0/16"],
    ]);
    cleanUp(writer);
    assert.deepEqual(states(path), expected);
    assert.deepEqual(query(path, "SELECT count(*) FROM history"), [[2]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM routes"), [[2]]);
    assert.deepEqual(
      query(path, "SELECT at, kind, prefix, min(until_ms, 99999999999999) FROM updates").length,
      changes.length,
    );
  }));

Deno.test("a new session before cleanup does not overwrite the history of the previous one", () =>
  withWriter((writer, path) => {
    const many = (at: number) => {
      const batch = new Batch(3000);
      for (let id = 1; id <= 3000; id++) batch.route(1, id, 1, { at });
      return batch;
    };
    const first = many(noon).set(1, attributes("65001"));
    for (let id = 1; id <= 3000; id++) first.prefix(id, `10.${id >> 8}.${id & 255}.0/24`);
    writer.apply(first.batch);
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 10 }).batch);
    // A part, far from each other, then all; then lost again, and only some come back.
    writer.apply(new Batch().route(1, 5, 1, { at: noon + 20 }).route(1, 2900, 0).batch);
    writer.apply(many(noon + 30).batch);
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 40 }).batch);
    writer.apply(new Batch().route(1, 7, 1, { at: noon + 50 }).batch);
    const spans = "SELECT from_ms - %, min(to_ms - %, 99), count(*) FROM rib_history GROUP BY 1, 2".replaceAll(
      "%",
      String(noon),
    );
    const expected = [[0, 10, 3000], [30, 40, 3000], [50, 99, 1]];
    assert.deepEqual(query(path, spans), expected);
    cleanUp(writer);
    assert.deepEqual(query(path, spans), expected);
    assert.deepEqual(query(path, "SELECT count(*) FROM routes"), [[1]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM flushes"), [[0]]);
  }));

Deno.test("rows of two lost sessions before cleanup end with their own session", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 10 }).batch);
    writer.apply(new Batch().route(1, 1, 1, { at: noon + 20 }).batch);
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 30 }).batch);
    const expected = [
      [1, "10.0.0.0/8", 0, 10, "session lost"],
      [1, "10.0.0.0/8", 20, 30, "session lost"],
      [1, "10.1.0.0/16", 0, 10, "session lost"],
    ];
    assert.deepEqual(states(path).slice(0, 3), expected);
    cleanUp(writer);
    assert.deepEqual(states(path).slice(0, 3), expected);
  }));

Deno.test("cleanup waits until superseded rows are deleted; only the rows in their place become history", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 10 }).batch);
    writer.apply(new Batch().route(1, 2, 1, { at: noon + 15 }).batch);
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 20, isOpen: true }).batch);
    cleanUp(writer);
    assert.deepEqual(query(path, "SELECT count(*) FROM routes WHERE peer_id = 1"), [[2]], "nothing happened yet");
    // Memory had the second otherwise when the session ended; and the first as well, but that one is of the session
    // before.
    writer.apply(new Batch().route(1, 1, 0, { at: -(noon + 20) }).route(1, 2, 0, { at: -(noon + 20) }).batch);
    writer.apply(new Batch().event({ kind: "settled", peerId: 1, family: 1, at: noon + 20 }).batch);
    cleanUp(writer);
    assert.deepEqual(states(path).filter(([peer]) => peer === 1), [
      [1, "10.0.0.0/8", 0, 10, "session lost"],
      [1, "10.1.0.0/16", 0, 10, "session lost"],
    ]);
  }));

Deno.test("superseded rows of one family do not move rows of another family", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().prefix(4, "10.4.0.0/16").route(1, 3, 2).route(1, 4, 1).batch);
    // The clock of the first family is ahead, because it was lost twice within a millisecond before.
    writer.apply(
      new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 11, isOpen: true })
        .event({ kind: "flush", peerId: 1, family: 2, at: noon + 10, isOpen: true })
        .route(1, 1, 0, { at: -(noon + 11) }).route(1, 4, 0, { at: -(noon + 11) }).batch,
    );
    writer.apply(
      new Batch().event({ kind: "settled", peerId: 1, family: 1, at: noon + 11 })
        .route(1, 3, 0, { at: -(noon + 10) }).batch,
    );
    writer.apply(new Batch().event({ kind: "settled", peerId: 1, family: 2, at: noon + 10 }).batch);
    cleanUp(writer);
    assert.deepEqual(states(path).filter(([peer]) => peer === 1), [[1, "10.1.0.0/16", 0, 11, "session lost"]]);
  }));

Deno.test("without history rows of lost sessions are deleted; existing entries stay for their time", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const before = new StoreWriter(path, { now: () => noon });
    before.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
    before.peers.upsert({ name: "192.0.2.2", remoteIp: "192.0.2.2" });
    before.apply(smallTable().history(noon - 20, noon - 10, 1, 1, 1).batch);
    before.close();
    const writer = new StoreWriter(path, { now: () => noon, history: false });
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 10 }).batch);
    cleanUp(writer);
    assert.deepEqual(query(path, "SELECT peer_id FROM routes"), [[2], [2]]);
    assert.deepEqual(query(path, "SELECT valid_to FROM history"), [[noon - 10]]);
    assert.deepEqual(query(path, "SELECT from_at, to_at, changes, began_at FROM history_gaps"), [[
      noon,
      253_402_300_799_999,
      0,
      0,
    ]]);
    writer.close();
    new StoreWriter(path, { now: () => noon + 15, history: false }).close();
    const again = new StoreWriter(path, { now: () => noon + 20 });
    cleanUp(again);
    assert.deepEqual(query(path, "SELECT count(*) FROM history"), [[1]]);
    assert.deepEqual(query(path, "SELECT from_at, to_at, changes, began_at FROM history_gaps"), [[
      noon,
      noon + 20,
      0,
      0,
    ]], "both runs are one gap");
    again.close();
  }));

Deno.test("entries of the same time in several batches, also out of order, have different seq", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().history(noon, noon + 5, 1, 1, 1).history(noon, noon + 5, 1, 2, 1).batch);
    writer.apply(new Batch().history(noon, noon + 9, 1, 1, 1).history(noon, noon + 5, 1, 3, 1).batch);
    writer.apply(new Batch().history(noon, noon + 5, 2, 1, 1).history(noon, noon + 9, 2, 1, 1).batch);
    assert.deepEqual(
      query(path, "SELECT valid_to - 5, seq FROM history").map(([at, seq]) => [Number(at) - noon, seq]),
      [
        [0, 1],
        [0, 2],
        [0, 3],
        [0, 4],
        [4, 1],
        [4, 2],
      ],
    );
  }));

/** A history of `days`, some states a day, each with a set and a prefix of its own. */
function diary(days: number, perDay: number): Batch {
  const batch = new Batch(days * perDay + 1).prefix(days * perDay + 1, "192.0.2.0/24");
  batch.batch.setBytes = new Uint8Array(days * perDay * 64);
  for (let i = 0; i < days * perDay; i++) {
    const id = i + 1, at = noon - days * day + Math.floor(i / perDay) * day;
    batch.prefix(id, `10.${id >> 8}.${id & 255}.0/24`).set(id, attributes("65001", "192.0.2.1", { med: id }))
      .history(at - 1000, at, 1, id, id, 1).retire(id);
  }
  return batch;
}

Deno.test("by age: the oldest entries are deleted with their sets and gaps; the rest is complete", () =>
  withWriter((writer, path) => {
    writer.apply(diary(10, 20).batch);
    writer.apply(
      new Batch().event({ kind: "gap", from: noon - 9 * day, to: noon - 9 * day + 5, since: 0, changes: 1 })
        .event({ kind: "gap", from: noon - day, to: noon - day, since: 0, changes: 2 }).batch,
    );
    writer.indexes.buildAll();
    cleanUp(writer);
    assert.deepEqual(query(path, "SELECT count(*), min(valid_to) - % FROM history".replace("%", String(noon))), [[
      60,
      -3 * day,
    ]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM rib_history"), [[60]]);
    assert.deepEqual(query(path, "SELECT changes FROM history_gaps"), [[2]]);
    assert.deepEqual(query(path, "SELECT value FROM daemon WHERE key = 'history_from'"), [[noon - 4 * day]]);
    assert.deepEqual(query(path, "SELECT value FROM daemon WHERE key = 'unused_prefixes'"), [[140]]);
  }, { history: { days: 3, maxMegabytes: 100 } }));

Deno.test("a set is deleted after the history entries that have it, and not before", () => {
  let now = noon;
  return withWriter((writer, path) => {
    writer.apply(diary(2, 5).batch);
    writer.indexes.buildAll();
    cleanUp(writer);
    assert.deepEqual(query(path, "SELECT count(*) FROM attributes"), [[10]]);
    now = noon + 30 * day;
    cleanUp(writer);
    assert.deepEqual(query(path, "SELECT count(*) FROM history"), [[0]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM attributes"), [[0]]);
  }, { now: () => now });
});

Deno.test("by size: the oldest entries are deleted until the rest fits", () => {
  let now = noon;
  return withWriter((writer, path) => {
    for (let piece = 0; piece < 10; piece++) {
      now = noon - (10 - piece) * day;
      const batch = new Batch(1000);
      for (let i = 0; i < 1000; i++) {
        const id = piece * 1000 + i + 1;
        const set = attributes("65001 65002 65003", "192.0.2.1", { med: id });
        batch.prefix(id, `10.${id >> 8}.${id & 255}.0/24`).set(id, set).history(now - 1000, now, 1, id, id, 1).retire(
          id,
        );
      }
      writer.apply(batch.batch);
    }
    now = noon;
    writer.indexes.buildAll();
    cleanUp(writer);
    const [[rows, oldest]] = query(path, "SELECT count(*), min(valid_to) FROM history") as [[number, number]];
    assert(rows > 500 && rows < 9_000, `${rows} rows`);
    assert(oldest > noon - 10 * day);
    assert.deepEqual(query(path, "SELECT max(valid_to) FROM history"), [[noon - day]]);
    assert.deepEqual(
      query(path, "SELECT count(*) FROM attributes"),
      query(path, "SELECT count(*) FROM attributes WHERE id IN (SELECT attribute_id FROM history)"),
      "no set stays that no state has",
    );
  }, { now: () => now, history: { days: 365, maxMegabytes: 1 } });
});

Deno.test("the computed size is about the real size", () =>
  withWriter((writer, path) => {
    writer.apply(diary(20, 1000).batch);
    writer.indexes.buildAll();
    const db = new Database(path, { readOnly: true });
    const size = new HistorySize(db);
    const real = Number(
      db.value("SELECT sum(pgsize) FROM dbstat WHERE name IN ('history', 'history_prefix', 'attributes')"),
    );
    const reckoned = size.bytes();
    assert(reckoned > real * 0.75 && reckoned < real * 1.5, `${reckoned} reckoned, ${real} in truth`);
    size.add(1, -10_000);
    size.rolledBack();
    size.add(1, -5_000);
    size.committed();
    assert.equal(reckoned - size.bytes(), 5_000 * 70);
    db.close();
  }));

Deno.test("prefixes of deleted history only are deleted at the next start, once they are many", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const open = (history = { days: 30, maxMegabytes: 100 }) => {
      const writer = new StoreWriter(path, { now: () => noon, history });
      writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
      return writer;
    };
    let writer = open();
    writer.apply(
      diary(11, 1000).route(1, 11_001, 11_000).best(11_001, 1).history(noon - 5, noon - 1, 1, 7, 7).batch,
    );
    writer.indexes.buildAll();
    writer.close();
    writer = open({ days: 1, maxMegabytes: 100 });
    cleanUp(writer);
    assert.deepEqual(query(path, "SELECT count(*) FROM prefixes"), [[11_001]]);
    writer.close();
    open().close();
    const left = query(path, "SELECT id FROM prefixes ORDER BY id").map(([id]) => id);
    assert.deepEqual([left[0], left.at(-1)], [7, 11_001]);
    assert.equal(left.length, 1002, "those of the last day, of the route, of the state that is left");
  }));

for (const rows of [17, 170_000]) {
  Deno.test(`a run killed with ${rows === 17 ? "few" : "many"} rows in memory leaves a gap, an ended one none`, () =>
    withFolder((folder) => {
      const path = `${folder}/bgpd.db`;
      let now = noon;
      const open = () => new StoreWriter(path, { now: () => now });
      const first = open();
      first.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
      first.peers.upsert({ name: "192.0.2.2", remoteIp: "192.0.2.2" });
      now += 20_000;
      first.apply(smallTable().history(noon - 20, now, 1, 1, 1).batch);
      now += 40_000;
      first.run.backlog(rows, 0);
      first.writePeers();
      for (const end of ["", "-wal"]) Deno.copyFileSync(path + end, `${folder}/killed.db${end}`);
      first.close();
      now += 60_000;
      open().close();
      assert.deepEqual(query(path, "SELECT from_at, to_at, changes, began_at FROM history_gaps"), []);

      for (const end of ["", "-wal"]) Deno.renameSync(`${folder}/killed.db${end}`, path + end);
      for (let start = 0; start < 2; start++) open().close();
      const from = rows === 17 ? noon + 50_000 : noon + 10_000;
      const gaps = query(path, "SELECT from_at, to_at, changes, began_at FROM history_gaps");
      assert.deepEqual(gaps, [[from, noon + 120_000, 0, rows === 17 ? from : 0]]);
    }));
}
