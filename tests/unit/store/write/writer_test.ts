import assert from "node:assert/strict";
import { Database } from "../../../../src/store/sqlite.ts";
import { StoreBusy, StoreReader, type StoreWriter } from "../../../../src/store/mod.ts";
import { attributes, Batch, noon, query, smallTable, withWriter } from "../fixture.ts";

const isoNoon = "2026-01-01T12:00:00.000Z";

Deno.test("rib shows a batch with every column", () =>
  withWriter((writer, path) => {
    assert.deepEqual(writer.apply(smallTable().batch).done, true);
    assert.deepEqual(query(path, "SELECT * FROM rib WHERE prefix = '10.0.0.0/8' AND peer_id = 1"), [[
      "192.0.2.1",
      65001,
      "10.0.0.0/8",
      null,
      "192.0.2.1",
      "65001 3356 65010",
      65010,
      "igp",
      5,
      null,
      "65001:99",
      null,
      null,
      1,
      0,
      isoNoon,
      "only route",
      null,
      0,
      1,
      1,
      1,
      "ipv4 unicast",
      1,
      null,
      null,
    ]]);
    assert.deepEqual(
      query(
        path,
        "SELECT peer, prefix, path_id, as_path, origin_as, local_pref, large_communities, best FROM rib WHERE family" +
          " = 'ipv6 unicast'",
      ),
      [["2001:db8::2", "2001:db8::/32", null, "65002 {65020,65021}", null, 200, "65002:1:2", 1]],
    );
    assert.deepEqual(query(path, "SELECT prefix, ineligible, best FROM rib WHERE ineligible IS NOT NULL"), [[
      "10.0.0.0/8",
      "own ASN in AS path",
      0,
    ]]);
    assert.deepEqual(query(path, "SELECT peer, prefix FROM loc_rib ORDER BY prefix"), [
      ["192.0.2.1", "10.0.0.0/8"],
      ["192.0.2.1", "10.1.0.0/16"],
      ["2001:db8::2", "2001:db8::/32"],
    ]);
  }));

Deno.test("the views begin with the columns that users rely on", () =>
  withWriter((_writer, path) => {
    const columns = (view: string) =>
      query(path, `SELECT name FROM pragma_table_info('${view}')`).map(([name]) => name);
    const rib = "peer peer_as prefix path_id next_hop as_path origin_as origin med local_pref communities" +
      " large_communities ext_communities best stale received_at";
    assert.equal(columns("rib").slice(0, 16).join(" "), rib);
    assert.equal(columns("loc_rib").slice(0, 16).join(" "), rib);
    assert.deepEqual(columns("rib"), columns("loc_rib"));
    assert.deepEqual([...columns("rib"), "changed"], columns("adj_rib_in"));
    for (const name of ["valid_from", "valid_to"]) assert(columns("rib_history").includes(name));
    for (const name of ["peer", "state", "since", "eor_at", "lag"]) assert(columns("peer_status").includes(name));
  }));

Deno.test("multipath routes are marked in rib, and new ones of a prefix replace the old ones", () =>
  withWriter((writer, path) => {
    const marked = () => query(path, "SELECT peer_id, prefix FROM rib WHERE multipath ORDER BY prefix_id, peer_id");
    const ranks = () => query(path, "SELECT prefix_id, peer_id, rank FROM multipath ORDER BY 1, 3");
    const batch = smallTable();
    batch.event({ kind: "multipath", rows: Float64Array.of(1, -1, -1, 1, 2, -1, 1, 1, -1, 2, -1, -1) });
    writer.apply(batch.batch);
    assert.deepEqual(ranks(), [[1, 2, 1], [1, 1, 2]]);
    assert.deepEqual(marked().every(([, prefix]) => prefix === "10.0.0.0/8"), true);
    assert.ok(marked().length > 0);
    writer.apply(new Batch().event({ kind: "multipath", rows: Float64Array.of(1, -1, -1) }).batch);
    assert.deepEqual([ranks(), marked()], [[], []]);
  }));

Deno.test("the same batch twice leaves the same rows", () =>
  withWriter((writer, path) => {
    const dump = () =>
      [
        "SELECT id, family, hex(hi), hex(lo), len, prefix FROM prefixes ORDER BY id",
        "SELECT * FROM attributes ORDER BY id",
        "SELECT * FROM routes ORDER BY peer_id, prefix_id",
        "SELECT * FROM best ORDER BY prefix_id",
      ].map((sql) => query(path, sql));
    writer.apply(smallTable().batch);
    const once = dump();
    writer.apply(smallTable().batch);
    assert.deepEqual(dump(), once);
    writer.indexes.buildAll();
    writer.apply(smallTable().batch);
    assert.deepEqual(dump(), once);
  }));

Deno.test("a route is replaced and withdrawn; its best route with it", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.apply(new Batch().route(1, 1, 2, { at: noon + 1 }).route(1, 2, 0).best(2, -1).best(1, 1, { step: 3 }).batch);
    assert.deepEqual(query(path, "SELECT prefix, as_path, best_reason FROM rib WHERE peer_id = 1"), [
      ["10.0.0.0/8", "65002 {65020,65021}", "AS path length"],
    ]);
    assert.deepEqual(query(path, "SELECT count(*) FROM loc_rib"), [[2]]);
  }));

Deno.test("ADD-PATH routes of one prefix are separate rows", () =>
  withWriter((writer, path) => {
    const batch = new Batch().prefix(1, "10.0.0.0/8").set(1, attributes("65001")).set(2, attributes("65001 65002"))
      .route(1, 1, 1, { pathId: 7 }).route(1, 1, 2, { pathId: 4294967295, receivedId: 1 }).best(1, 1, { pathId: 7 });
    writer.apply(batch.batch);
    assert.deepEqual(query(path, "SELECT path_id, as_path, best FROM rib ORDER BY path_id"), [
      [7, "65001", 1],
      [4294967295, "65001 65002", 0],
    ]);
    writer.apply(new Batch().route(1, 1, 0, { pathId: 7 }).best(1, -1).batch);
    assert.deepEqual(query(path, "SELECT path_id, best FROM rib"), [[4294967295, 0]]);
  }));

Deno.test("rib shows a route as policy left it, adj_rib_in and the history as it was received", () =>
  withWriter((writer, path) => {
    writer.apply(
      new Batch().prefix(1, "10.0.0.0/8").prefix(2, "11.0.0.0/8").set(1, attributes("65001"))
        .set(2, attributes("65001 65001 65001")).route(1, 1, 2, { receivedId: 1 }).route(1, 2, 1, { ineligible: 6 })
        .batch,
    );
    assert.deepEqual(query(path, "SELECT prefix, as_path, ineligible FROM rib ORDER BY prefix"), [
      ["10.0.0.0/8", "65001 65001 65001", null],
      ["11.0.0.0/8", "65001", "import policy"],
    ]);
    assert.deepEqual(
      query(path, "SELECT prefix, as_path, attribute_id, changed, ineligible FROM adj_rib_in ORDER BY prefix"),
      [["10.0.0.0/8", "65001", 1, 1, null], ["11.0.0.0/8", "65001", 1, 0, "import policy"]],
    );
    assert.deepEqual(query(path, "SELECT DISTINCT as_path FROM rib_history UNION SELECT as_path FROM updates"), [[
      "65001",
    ]]);
    writer.apply(new Batch().retire(1).batch);
    while (writer.cleanup(1000));
    assert.equal(query(path, "SELECT count(*) FROM attributes")[0]![0], 2);
  }));

Deno.test("many rows fill statements of every size", () =>
  withWriter((writer, path) => {
    const batch = new Batch(5000).set(1, attributes("65001"));
    for (let id = 1; id <= 5000; id++) {
      batch.prefix(id, id % 5 === 0 ? `2001:db8:${id.toString(16)}::/48` : `10.${id >> 8}.${id & 255}.0/24`)
        .route(1, id, 1, id % 7 === 0 ? { ineligible: 2 } : {}).best(id, 1);
    }
    writer.apply(batch.batch);
    assert.deepEqual(query(path, "SELECT count(*), sum(best) FROM rib"), [[5000, 5000]]);
    const gone = new Batch(5000);
    for (let id = 1; id <= 4999; id++) gone.route(1, id, 0).best(id, -1);
    writer.apply(gone.batch);
    assert.deepEqual(query(path, "SELECT prefix, best FROM rib"), [["2001:db8:1388::/48", 1]]);
  }));

Deno.test("routes of a lost session leave the views at once and the tables after cleanup", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    const flush = new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 10 })
      .route(1, 1, 1, { at: noon + 10 });
    writer.apply(flush.batch);
    assert.deepEqual(query(path, "SELECT peer, prefix FROM rib WHERE family_id = 1"), [
      ["192.0.2.1", "10.0.0.0/8"],
      ["2001:db8::2", "10.0.0.0/8"],
    ]);
    assert.deepEqual(query(path, "SELECT count(*) FROM routes"), [[4]]);
    while (writer.cleanup(50));
    assert.deepEqual(query(path, "SELECT peer_id, prefix_id FROM routes ORDER BY 1, 2"), [[1, 1], [2, 1], [2, 3]]);
    assert.equal(writer.cleanup(50), false);
  }));

Deno.test("a second loss during cleanup is cleaned up too, other families are not touched", () =>
  withWriter((writer, path) => {
    writer.apply(
      new Batch().prefix(1, "10.0.0.0/8").prefix(2, "2001:db8::/32").set(1, attributes("65001"))
        .route(1, 1, 1).route(1, 2, 1).batch,
    );
    for (const at of [noon + 10, noon + 20]) {
      writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at }).route(1, 1, 1, { at }).batch);
      while (writer.cleanup(50));
      assert.deepEqual(query(path, "SELECT prefix_id, received_at FROM routes"), [[1, at], [2, noon]]);
    }
  }));

Deno.test("stale is one row for a whole family", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.apply(
      new Batch().event({ kind: "stale", peerId: 1, family: 1, before: noon + 5 })
        .route(1, 2, 1, { at: noon + 6 }).batch,
    );
    assert.deepEqual(query(path, "SELECT prefix, stale FROM rib WHERE peer_id = 1"), [["10.0.0.0/8", 1], [
      "10.1.0.0/16",
      0,
    ]]);
    writer.apply(new Batch().event({ kind: "stale", peerId: 1, family: 1, before: 0 }).batch);
    assert.deepEqual(query(path, "SELECT sum(stale) FROM rib"), [[0]]);
  }));

Deno.test("a row that is confirmed is not stale in any view, and keeps its time", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.apply(
      new Batch().event({ kind: "stale", peerId: 1, family: 1, before: noon + 5 })
        .route(1, 2, 1, { confirmedAt: noon + 5 }).batch,
    );
    for (const view of ["rib", "adj_rib_in", "loc_rib"]) {
      const rows = query(path, `SELECT prefix, stale, received_at FROM ${view} WHERE peer_id = 1 ORDER BY prefix`);
      const at = "2026-01-01T12:00:00.000Z";
      assert.deepEqual(rows, [["10.0.0.0/8", 1, at], ["10.1.0.0/16", 0, at]], view);
    }
    assert.deepEqual(query(path, "SELECT count(*) FROM history"), [[0]]);
    writer.apply(new Batch().event({ kind: "stale", peerId: 1, family: 1, before: noon + 9 }).batch);
    assert.deepEqual(query(path, "SELECT count(*) FROM rib WHERE peer_id = 1 AND stale"), [[2]], "the next loss");
  }));

Deno.test("a retired set is deleted when no row refers to it any more", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.indexes.buildAll();
    // Memory has moved on from set 2; the row of its last route is still on its way.
    writer.apply(new Batch().retire(2).batch);
    while (writer.cleanup(50));
    assert.deepEqual(query(path, "SELECT id, retired_at FROM attributes"), [[1, null], [2, noon]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM rib WHERE family_id = 2"), [[1]]);
  }));

Deno.test("… and at once where none does", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.indexes.buildAll();
    writer.apply(new Batch().route(2, 3, 0).best(3, -1).retire(2).batch);
    while (writer.cleanup(50));
    assert.deepEqual(query(path, "SELECT id FROM attributes"), [[1]]);
  }));

Deno.test("a reset deletes routes and best routes", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.apply(new Batch().event({ kind: "reset", at: noon }).route(1, 1, 1).best(1, 1).batch);
    assert.deepEqual(query(path, "SELECT prefix, best FROM rib"), [["10.0.0.0/8", 1]]);
  }));

Deno.test("history entries are in rib_history and updates; many may end in one millisecond", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    const from = noon - 2000, to = noon - 1000;
    writer.apply(new Batch().history(from, to, 1, 1, 2).history(from, to, 1, 2, 2, 1).batch);
    writer.apply(
      new Batch().history(from + 1, to, 2, 1, 2, 1)
        .event({ kind: "gap", from: noon - 9000, to: noon - 8000, since: noon - 9500, changes: 17 }).batch,
    );
    assert.deepEqual(
      query(
        path,
        "SELECT peer, prefix FROM rib_history WHERE valid_from <= '2026-01-01T11:59:58.500Z' AND valid_to >" +
          " '2026-01-01T11:59:58.500Z'",
      ),
      [["192.0.2.1", "10.0.0.0/8"], ["192.0.2.1", "10.1.0.0/16"], ["2001:db8::2", "10.0.0.0/8"]],
    );
    assert.equal(query(path, `SELECT * FROM rib_history WHERE from_ms <= ${noon} AND to_ms > ${noon}`).length, 4);
    const kinds = query(path, "SELECT at, kind FROM updates").map(([at, kind]) =>
      `${String(at).slice(17, 23)} ${kind}`
    );
    assert.deepEqual(kinds.slice(0, 5), [
      "58.000 announce",
      "58.000 announce",
      "58.001 announce",
      "59.000 withdraw",
      "59.000 withdraw",
    ]);
    assert.equal(kinds.length, 9);
    assert.deepEqual(query(path, "SELECT from_at, to_at, changes, began_at FROM history_gaps"), [[
      noon - 9000,
      noon - 8000,
      17,
      noon - 9500,
    ]]);
  }));

Deno.test("the write lock of another process gives StoreBusy; the same batch is written afterwards", () =>
  withWriter((writer, path) => {
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE");
    const { batch } = smallTable();
    writer.peers.state(1, { state: "Established", since: noon });
    assert.throws(() => writer.apply(batch), StoreBusy);
    assert.throws(() => writer.writePeers(), StoreBusy);
    other.exec("COMMIT");
    other.close();
    writer.apply(batch);
    assert.deepEqual(query(path, "SELECT count(*) FROM rib"), [[4]]);
    assert.deepEqual(query(path, "SELECT state FROM peer_status WHERE peer = '192.0.2.1'"), [["Established"]]);
  }, { busyTimeoutMs: 0 }));

/** Applies in slices and between them takes the lock away. */
function interrupted(writer: StoreWriter, path: string, batch: Batch): number {
  let slices = 0;
  for (;;) {
    const other = new Database(path);
    other.exec("BEGIN IMMEDIATE");
    assert.throws(() => writer.applySlice(batch.batch), StoreBusy);
    other.exec("ROLLBACK");
    other.close();
    slices++;
    if (writer.applySlice(batch.batch).done) return slices;
  }
}

Deno.test("a batch in slices with a failure in between is written once", () =>
  withWriter((writer, path) => {
    const batch = new Batch(4000).set(1, attributes("65001"));
    for (let id = 1; id <= 4000; id++) {
      batch.prefix(id, `10.${id >> 8}.${id & 255}.0/24`).route(1, id, 1).best(id, 1).history(
        noon - 1,
        noon,
        1,
        id,
        1,
        1,
      );
    }
    const slices = interrupted(writer, path, batch);
    assert(slices > 4, `${slices} slices`);
    assert.deepEqual(query(path, "SELECT count(*), sum(best) FROM rib"), [[4000, 4000]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM history"), [[4000]]);
  }, { sliceMs: 0, busyTimeoutMs: 0 }));

Deno.test("peers keep their id; peer_status shows state, counters, events and End-of-RIB", () =>
  withWriter((writer, path) => {
    assert.equal(
      writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1", remoteAs: 65001, description: "renamed" }),
      1,
    );
    assert.equal(writer.peers.upsert({ name: "192.0.2.3", remoteIp: "192.0.2.3" }), 3);
    writer.peers.state(1, {
      state: "Established",
      since: noon,
      routerId: "1.1.1.1",
      families: 0b110,
      holdTimeSeconds: 90,
    });
    writer.peers.statistics(1, { messagesReceived: 7, updates: 3, advertised: { 1: 6, 2: 1 } });
    writer.peers.event(1, { at: noon, kind: "fault", text: "ORIGIN has length 2", message: Uint8Array.of(255, 0) });
    writer.peers.event(1, { at: noon, kind: "sessionReset", text: "of no message", message: new Uint8Array(0) });
    writer.run.backlog(12, 3.2);
    writer.apply(
      new Batch().event({ kind: "endOfRib", peerId: 1, family: 1, at: noon + 1 })
        .event({ kind: "held", rows: Float64Array.of(1, 1, 2, 8, 2, 1, 2, 1, 4, 0, 2, 1, 5, 7, 4) }).batch,
    );
    const status =
      "SELECT description, router_id, state, since, messages_received, updates_received, routes, eor_at, lag," +
      " accepted, sent" +
      " FROM peer_status WHERE peer = '192.0.2.1'";
    assert.deepEqual(query(path, status), [["renamed", "1.1.1.1", "Established", isoNoon, 7, 3, 3, null, 12, 2, 7]]);
    assert.deepEqual(query(path, "SELECT routes, lag, accepted, sent FROM peer_status WHERE peer_id = 2"), [[
      5,
      7,
      4,
      0,
    ]], "of this peer");
    writer.apply(new Batch().event({ kind: "endOfRib", peerId: 1, family: 2, at: noon + 2 }).batch);
    assert.deepEqual(query(path, status)[0]![7], "2026-01-01T12:00:00.002Z");
    assert.deepEqual(query(path, "SELECT at, peer, kind, text, hex FROM peer_events"), [
      [noon, "192.0.2.1", "fault", "ORIGIN has length 2", "ff00"],
      [noon, "192.0.2.1", "sessionReset", "of no message", null],
    ]);
    writer.flushOtherPeers([2, 3], noon + 10);
    assert.deepEqual(query(path, status)[0]![7], null);
  }));

Deno.test("a stopped daemon leaves its peers Idle and its rows for the next run, which marks them stale", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.peers.state(1, { state: "Established", since: noon });
    writer.close();
    const reader = new StoreReader(path);
    assert.equal(reader.peer("192.0.2.1")?.state, "Idle");
    assert.equal(reader.summary().pid, undefined);
    assert.equal([...reader.routes()].length, 4);
    assert.ok([...reader.routes()].every(({ stale }) => stale), "no session stands behind them");
    reader.close();
  }));

Deno.test("a peer that never had a session is deleted; a peer that had one stays, even before that is written", () =>
  withWriter((writer, path) => {
    const ids = ["10.0.0.1", "10.0.0.2", "10.0.0.3"].map((name) => writer.peers.upsert({ name, remoteIp: name }));
    writer.peers.state(ids[0]!, { state: "Active", since: noon });
    writer.peers.state(ids[1]!, { state: "Established", since: noon, routerId: "1.1.1.1" });
    writer.writePeers();
    writer.peers.state(ids[0]!, { state: "Idle", since: noon });
    writer.peers.state(ids[2]!, { state: "Established", since: noon, routerId: "1.1.1.1" });
    assert.deepEqual(ids.map((id) => writer.peers.forget(id)), [true, false, false]);
    writer.writePeers();
    const peers = query(path, "SELECT remote_ip, state FROM peers WHERE remote_ip LIKE '10.0.0.%'");
    assert.deepEqual(peers, [["10.0.0.2", "Established"], ["10.0.0.3", "Established"]]);
    assert.equal(query(path, `SELECT 1 FROM peer_families WHERE peer_id = ${ids[0]}`).length, 0);
  }));

Deno.test("cleanup does nothing while a reader keeps the log at its limit", () =>
  withWriter((writer, path) => {
    const rows = 20_000;
    const table = new Batch(rows).set(1, attributes("65001"));
    for (let id = 1; id <= rows; id++) table.prefix(id, `10.${id >> 8}.${id & 255}.0/24`).route(1, id, 1);
    writer.apply(table.batch);
    writer.indexes.buildAll();
    writer.file.checkpoint();
    const reader = new Database(path, { readOnly: true });
    reader.exec("BEGIN");
    reader.value("SELECT count(*) FROM rib");
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: 1, at: noon + 10 }).batch);
    for (let round = 0; round < 20; round++) writer.cleanup(0);
    assert(writer.file.logBytes < 1_700_000, `${writer.file.logBytes} octets`);
    const left = () => Number(query(path, "SELECT count(*) FROM routes")[0]![0]);
    assert(left() > 0, "it waits");
    reader.exec("COMMIT");
    reader.close();
    while (writer.cleanup(50));
    assert.equal(left(), 0);
  }, { walLimitBytes: 1_000_000 }));
