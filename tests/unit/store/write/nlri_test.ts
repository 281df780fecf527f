/** Destinations that are no plain prefixes: their rows, views, history and the state at a time. */

import assert from "node:assert/strict";
import { encodeNlriValue, parseExtCommunity } from "../../../../src/message/mod.ts";
import { StoreReader } from "../../../../src/store/mod.ts";
import { attributes, Batch, labelled, mixedTable, noon, query, withWriter } from "../fixture.ts";

const vpn4 = 7, flowspec4 = 9, evpn = 13, rtc = 14;

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

Deno.test("FlowSpec rules stand in their view by component, in the order in which routers apply them", () =>
  withWriter((writer, path) => {
    const actions = ["rate-limit:1000", "rt:65000:100"].map((word) => parseExtCommunity(word)!);
    const table = new Batch().set(1, attributes("65001", "192.0.2.1", { extCommunities: actions }));
    table.nlri(21, flowspec4, "destination 192.0.2.0/24 protocol =tcp").nlri(22, flowspec4, "source 192.0.2.7/32");
    table.nlri(23, flowspec4, "destination 192.0.2.128/25 destination-port =80");
    for (const id of [21, 22, 23]) table.route(1, id, 1).best(id, 1);
    writer.apply(table.batch);
    assert.deepEqual(
      query(
        path,
        "SELECT rule, destination, source, protocol, destination_port, actions, best FROM flowspec ORDER BY precedence",
      ),
      [
        ["destination 192.0.2.128/25 destination-port =80", "192.0.2.128/25", null, null, "=80", "rate-limit:1000", 1],
        ["destination 192.0.2.0/24 protocol =tcp", "192.0.2.0/24", null, "=tcp", null, "rate-limit:1000", 1],
        ["source 192.0.2.7/32", null, "192.0.2.7/32", null, null, "rate-limit:1000", 1],
      ],
    );
    const reader = new StoreReader(path);
    const rules = [...reader.routes({ family: "ipv4 flowspec" })];
    assert.deepEqual(rules.map(({ nlri, prefix, actions }) => [nlri?.split(" ")[1], prefix, actions]), [
      ["192.0.2.128/25", "192.0.2.128/25", "rate-limit:1000"],
      ["192.0.2.0/24", "192.0.2.0/24", "rate-limit:1000"],
      ["192.0.2.7/32", null, "rate-limit:1000"],
    ]);
    reader.close();
  }));

Deno.test("EVPN routes stand in their view by field; a VXLAN network is the whole label field", () =>
  withWriter((writer, path) => {
    const esi = Uint8Array.of(0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
    const more = { extCommunities: ["rt:65000:100", "encap:vxlan"].map((word) => parseExtCommunity(word)!) };
    const vni = encodeNlriValue({ labels: [100], esi });
    const gateway = encodeNlriValue({ labels: [(7 << 4) | 1], gateway: Uint8Array.of(192, 0, 2, 9) });
    writer.apply(
      new Batch()
        .nlri(31, evpn, "mac-ip rd 65000:1 tag 0 mac 00:00:5e:00:53:01 ip 192.0.2.1")
        .nlri(32, evpn, "ip-prefix rd 65000:1 tag 0 prefix 198.51.100.0/24")
        .nlri(33, rtc, "65000 rt:65000:100")
        .set(1, attributes("65001", "192.0.2.1", { ...more, nlriValue: vni }))
        .set(2, attributes("65001", "192.0.2.1", { nlriValue: gateway }))
        .set(3, attributes("65001"))
        .route(1, 31, 1).route(1, 32, 2).route(1, 33, 3).best(31, 1).batch,
    );
    assert.deepEqual(
      query(
        path,
        "SELECT route_type, rd, esi, ethernet_tag, mac, ip, prefix, gateway, labels, route_targets, best FROM evpn" +
          " ORDER BY route_type",
      ),
      [
        [
          2,
          "65000:1",
          "00:01:02:03:04:05:06:07:08:09",
          0,
          "00:00:5e:00:53:01",
          "192.0.2.1",
          null,
          null,
          "100",
          "rt:65000:100",
          1,
        ],
        [5, "65000:1", null, 0, null, null, "198.51.100.0/24", "192.0.2.9", "7", null, 0],
      ],
    );
    assert.deepEqual(query(path, "SELECT family, peer FROM other_routes"), [["rtc", "192.0.2.1"]]);
  }));

const month = 31 * 86_400_000;

for (
  const [when, ended, kept] of [
    ["only once the history needs it no more", noon - 5, [11, 12, 13, 14, 15]],
    ["with the history that named it", noon - month, [11, 13, 14]],
  ] as const
) {
  Deno.test(`a retired destination without a route is deleted ${when}`, () =>
    withWriter((writer, path) => {
      writer.apply(mixedTable().history(ended - 9, ended, 1, 12, 12).batch);
      writer.apply(new Batch().route(1, 12, 0).best(12, -1).route(1, 15, 0).best(15, -1).batch);
      // Routes still name 11.
      writer.apply(new Batch().event({ kind: "retiredNlri", ids: Int32Array.of(11, 12, 15) }).batch);
      while (writer.cleanup(1000));
      assert.deepEqual(query(path, "SELECT id FROM nlri").map(([id]) => id), kept);
    }));
}

Deno.test("of a destination that returned under another id the next run loads the newer row", () =>
  withWriter((writer, path) => {
    writer.apply(mixedTable().batch);
    writer.apply(new Batch().route(1, 12, 0).best(12, -1).batch);
    writer.apply(new Batch().nlri(16, vpn4, "65000:2 10.0.0.0/8").route(1, 16, 11).best(16, 1).batch);
    const { loader } = writer;
    loader.check();
    for (const _ of loader.prefixes());
    const load = () => [...loader.nlri()].flatMap(({ rows }) => [...rows].filter((_, i) => i % 4 === 0));
    assert.deepEqual(load(), [11, 13, 14, 15, 16]);
    for (const _ of loader.sets());
    loader.retireOrphans(noon);
    assert.deepEqual(query(path, "SELECT id FROM nlri WHERE retired_at IS NOT NULL"), [[12]]);
    while (writer.cleanup(1000));
    assert.deepEqual(load(), [11, 13, 14, 15, 16]);
    assert.deepEqual(query(path, "SELECT count(*) FROM nlri"), [[5]]);
  }));
