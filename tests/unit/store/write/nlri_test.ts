/** Destinations that are no plain prefixes: their rows, views, history and the state at a time. */

import assert from "node:assert/strict";
import { type AttributeSet, encodeNlriValue } from "../../../../src/message/mod.ts";
import { StoreReader } from "../../../../src/store/mod.ts";
import { attributes, Batch, noon, query, smallTable, withWriter } from "../fixture.ts";

const vpn4 = 7, vpn6 = 8, labeled4 = 5;

function labelled(asPath: string, labels: readonly number[], more: Partial<AttributeSet> = {}): AttributeSet {
  const value = encodeNlriValue({ labels: labels.map((label) => (label << 4) | 1) });
  return attributes(asPath, "192.0.2.1", { nlriValue: value, ...more });
}

/** Routes of {@link smallTable}, two VPNs with the same prefix, and a labelled route. */
function mixedTable(): Batch {
  const target = Uint8Array.of(0, 2, 0xfd, 0xe8, 0, 0, 0, 100);
  const table = smallTable();
  table.nlri(11, vpn4, "65000:1 10.0.0.0/8").nlri(12, vpn4, "65000:2 10.0.0.0/8").nlri(13, vpn4, "65000:1 10.1.0.0/16");
  table.nlri(14, vpn6, "192.0.2.1:7 2001:db8::/32").nlri(15, labeled4, "10.0.0.0/8");
  return table
    .set(11, labelled("65001 65100", [100, 200], { extCommunities: [target] }))
    .set(12, labelled("65001", [300]))
    .route(1, 11, 11).route(1, 12, 12).route(2, 11, 12, { ineligible: 1 }).route(1, 13, 11).route(1, 14, 12)
    .route(1, 15, 12)
    .best(11, 1).best(12, 1).best(13, 1).best(14, 1).best(15, 1);
}

Deno.test("VPN and labelled routes stand in their views, and rib shows plain prefixes only", () =>
  withWriter((writer, path) => {
    writer.apply(mixedTable().batch);
    writer.indexes.buildAll();
    assert.deepEqual(query(path, "SELECT count(*), min(family), max(family_id) FROM rib"), [[4, "ipv4 unicast", 2]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM loc_rib"), [[3]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM adj_rib_in"), [[4]]);
    assert.deepEqual(
      query(
        path,
        "SELECT peer, family, rd, prefix, labels, route_targets, as_path, best, ineligible FROM vpn" +
          " ORDER BY family_id, rd, prefix, peer",
      ),
      [
        ["192.0.2.1", "ipv4 vpn", "65000:1", "10.0.0.0/8", "100 200", "rt:65000:100", "65001 65100", 1, null],
        ["2001:db8::2", "ipv4 vpn", "65000:1", "10.0.0.0/8", "300", null, "65001", 0, "own ASN in AS path"],
        ["192.0.2.1", "ipv4 vpn", "65000:1", "10.1.0.0/16", "100 200", "rt:65000:100", "65001 65100", 1, null],
        ["192.0.2.1", "ipv4 vpn", "65000:2", "10.0.0.0/8", "300", null, "65001", 1, null],
        ["192.0.2.1", "ipv6 vpn", "192.0.2.1:7", "2001:db8::/32", "300", null, "65001", 1, null],
      ],
    );
    assert.deepEqual(query(path, "SELECT family, rd, prefix, labels FROM labeled"), [[
      "ipv4 labeled",
      null,
      "10.0.0.0/8",
      "300",
    ]]);
    for (const view of ["flowspec", "evpn", "other_routes"]) {
      assert.deepEqual(query(path, `SELECT count(*) FROM ${view}`), [[0]], view);
    }
    // A set of plain routes costs no row.
    assert.deepEqual(query(path, "SELECT id, labels FROM attribute_details"), [[11, "100 200"], [12, "300"]]);
  }));

Deno.test("the history has all families: states, changes, and the table at a time", () =>
  withWriter((writer, path) => {
    writer.apply(mixedTable().batch);
    writer.apply(
      new Batch().set(21, labelled("65001 65200", [101])).route(1, 11, 21, { at: noon + 50 })
        .history(noon, noon + 50, 1, 11, 11).route(1, 12, 0).history(noon, noon + 60, 1, 12, 12, 1).batch,
    );
    assert.deepEqual(
      query(
        path,
        "SELECT rd, labels, nlri, ended_by FROM rib_history WHERE prefix = '10.0.0.0/8' AND" +
          " family = 'ipv4 vpn' AND peer_id = 1 ORDER BY rd, from_ms, to_ms",
      ),
      [
        ["65000:1", "100 200", "65000:1 10.0.0.0/8", "replaced"],
        ["65000:1", "101", "65000:1 10.0.0.0/8", null],
        ["65000:2", "300", "65000:2 10.0.0.0/8", "withdrawn"],
      ],
    );
    assert.deepEqual(
      query(path, `SELECT kind, nlri, labels FROM updates WHERE at_ms > ${noon} ORDER BY at_ms`),
      [["announce", "65000:1 10.0.0.0/8", "101"], ["withdraw", "65000:2 10.0.0.0/8", "300"]],
    );
    assert.deepEqual(
      query(path, `SELECT family, count(*) FROM rib_history WHERE from_ms <= ${noon} AND to_ms > ${noon} GROUP BY 1`),
      [["ipv4 labeled", 1], ["ipv4 unicast", 3], ["ipv4 vpn", 4], ["ipv6 unicast", 1], ["ipv6 vpn", 1]],
    );
    const reader = new StoreReader(path);
    const at = (filter: Parameters<StoreReader["routesAt"]>[1]) =>
      [...reader.routesAt(noon, filter)].map((row) => `${row.nlri ?? row.prefix} ${row.labels ?? ""}`).sort();
    assert.deepEqual(at({ rd: "65000:2" }), ["65000:2 10.0.0.0/8 300"]);
    assert.deepEqual(at({ address: "10.1.2.3", family: "ipv4 vpn" }), [
      "65000:1 10.1.0.0/16 100 200",
      "65000:2 10.0.0.0/8 300",
    ]);
    assert.deepEqual(at({ address: "10.1.2.3", family: "ipv4 unicast" }), ["10.1.0.0/16 "]);
    assert.deepEqual(reader.history({ nlri: "65000:2 10.0.0.0/8" }).map(({ endedBy, labels }) => [endedBy, labels]), [
      ["withdrawn", "300"],
    ]);
    reader.close();
  }));

Deno.test("the routes of a VPN: by RD, by route target, inside a prefix, and the longest match of an address", () =>
  withWriter(async (writer, path) => {
    writer.apply(mixedTable().batch);
    writer.indexes.buildAll();
    const reader = new StoreReader(path);
    const routes = (filter: Parameters<StoreReader["routes"]>[0]) =>
      [...reader.routes(filter)].map(({ nlri, prefix, peer, labels }) => `${nlri ?? prefix} ${peer} ${labels ?? ""}`);
    assert.deepEqual(routes({ rd: "65000:2" }), ["65000:2 10.0.0.0/8 192.0.2.1 300"]);
    assert.deepEqual(routes({ community: "rt:65000:100", best: true }).length, 2);
    assert.deepEqual(routes({ family: "ipv4 vpn", prefix: "10.0.0.0/8", longer: true, rd: "65000:1" }).length, 3);
    assert.deepEqual(routes({ prefix: "10.0.0.0/8", longer: true }).length, 3 + 4 + 1);
    assert.deepEqual(routes({ family: "ipv4 vpn", rejected: true }), ["65000:1 10.0.0.0/8 2001:db8::2 300"]);
    assert.deepEqual(routes({ family: "ipv4 vpn" }).map((text) => text.slice(0, 20)), [
      "65000:1 10.0.0.0/8 1",
      "65000:1 10.0.0.0/8 2",
      "65000:1 10.1.0.0/16 ",
      "65000:2 10.0.0.0/8 1",
    ]);
    assert.deepEqual(routes({ family: "ipv4 vpn", address: "10.1.2.3" }), [
      "65000:1 10.1.0.0/16 192.0.2.1 100 200",
      "65000:2 10.0.0.0/8 192.0.2.1 300",
    ]);
    assert.deepEqual(routes({ rd: "65000:1", address: "10.200.2.3" }).length, 2);
    assert.deepEqual(routes({ rd: "65000:1", address: "2001:db8::1" }), []);
    assert.deepEqual(routes({ address: "2001:db8::1" }), [
      "2001:db8::/32 2001:db8::2 ",
      "192.0.2.1:7 2001:db8::/32 192.0.2.1 300",
    ]);
    assert.deepEqual(reader.families(), [1, 2, 5, 7, 8]);
    const explained = await reader.explain({ prefix: "10.0.0.0/8", rd: "65000:1" });
    assert.deepEqual(explained.map(({ family, routes }) => [family, ...routes.map(({ verdict }) => verdict)]), [
      ["ipv4 vpn", "best", "ineligible"],
    ]);
    const [{ fields, esi, ...json }] = [...reader.routes({ rd: "65000:2" })] as unknown as [Record<string, unknown>];
    assert.deepEqual([fields, esi, json["rd"], json["family"]], [null, null, "65000:2", "ipv4 vpn"]);
    const summary = reader.summary();
    assert.deepEqual(summary.prefixes, 3 + 5);
    reader.close();
  }));

Deno.test("a lost session moves the routes of all families to the history", () =>
  withWriter((writer, path) => {
    writer.apply(mixedTable().batch);
    writer.apply(new Batch().event({ kind: "flush", peerId: 1, family: vpn4, at: noon + 1 }).batch);
    assert.deepEqual(query(path, "SELECT peer, rd FROM vpn WHERE family_id = 7"), [["2001:db8::2", "65000:1"]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM rib"), [[4]]);
    const ended = "SELECT count(*), min(labels) FROM rib_history WHERE ended_by = 'session lost'";
    assert.deepEqual(query(path, ended), [[3, "100 200"]]);
    while (writer.cleanup(1000));
    assert.deepEqual(query(path, "SELECT count(*) FROM lost_routes"), [[0]]);
    assert.deepEqual(query(path, ended), [[3, "100 200"]]);
    assert.deepEqual(query(path, "SELECT count(*) FROM routes"), [[4 + 3]]);
  }));

Deno.test("a retired set takes its details with it", () =>
  withWriter((writer, path) => {
    writer.indexes.buildAll();
    writer.apply(mixedTable().batch);
    writer.apply(new Batch().route(1, 11, 12, { at: noon }).route(1, 13, 12, { at: noon }).retire(11).batch);
    while (writer.cleanup(1000));
    assert.deepEqual(query(path, "SELECT id FROM attribute_details"), [[12]]);
  }));

Deno.test("the next run loads destinations with their ids and keys", () =>
  withWriter((writer) => {
    writer.apply(mixedTable().batch);
    const { loader } = writer;
    loader.check();
    assert.deepEqual(loader.lastIds(), { prefix: 15, set: 12 });
    for (const rows of loader.prefixes()) assert.equal(rows.length, 3 * 7);
    const chunks = [...loader.nlri()];
    assert.deepEqual(chunks.map(({ rows }) => [...rows].filter((_, i) => i % 4 === 0)), [[11, 12, 13, 14, 15]]);
    const [{ rows, bytes }] = chunks as [typeof chunks[number]];
    assert.deepEqual([...bytes.subarray(rows[4 + 2], rows[4 + 2]! + rows[4 + 3]!)], [
      0,
      0,
      0xfd,
      0xe8,
      0,
      0,
      0,
      2,
      8,
      10,
    ]);
    for (const _ of loader.sets());
    const stale = [...loader.stale()].map(({ peerId, family, rows }) => [peerId, family, rows.length / 6]);
    assert.deepEqual(stale, [[1, 1, 2], [1, 7, 3], [1, 8, 1], [1, 5, 1], [2, 1, 1], [2, 2, 1], [2, 7, 1]]);
  }));
