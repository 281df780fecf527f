import assert from "node:assert/strict";
import { asPathExpression, StoreError, StoreReader } from "../../../../src/store/mod.ts";
import { attributes, Batch, noon, smallTable, withWriter } from "../fixture.ts";

function withReader(test: (reader: StoreReader) => void, more: Batch[] = []): Promise<void> {
  return withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    for (const { batch } of more) writer.apply(batch);
    const reader = new StoreReader(path);
    try {
      // Before and after the indexes exist.
      test(reader);
      writer.indexes.buildAll();
      test(reader);
    } finally {
      reader.close();
    }
  });
}

const found = (reader: StoreReader, filter: Parameters<StoreReader["routes"]>[0]) =>
  [...reader.routes(filter)].map(({ peer, prefix }) => `${prefix} ${peer}`).sort();

Deno.test("a filter finds its routes", () =>
  withReader((reader) => {
    const all = [
      "10.0.0.0/8 192.0.2.1",
      "10.0.0.0/8 2001:db8::2",
      "10.1.0.0/16 192.0.2.1",
      "2001:db8::/32 2001:db8::2",
    ];
    assert.deepEqual(found(reader, {}), all);
    assert.deepEqual(found(reader, { prefix: "10.0.0.0/8" }), all.slice(0, 2));
    assert.deepEqual(found(reader, { prefix: "2001:DB8:0::/32" }), all.slice(3));
    assert.deepEqual(found(reader, { prefix: "10.0.0.0/9" }), []);
    assert.deepEqual(found(reader, { originAs: 65010 }), all.slice(0, 3));
    assert.deepEqual(found(reader, { originAs: 65021 }), []);
    assert.deepEqual(found(reader, { peer: "2001:db8::2" }), [all[1], all[3]]);
    assert.deepEqual(found(reader, { best: true }), [all[0], all[2], all[3]]);
    assert.deepEqual(found(reader, { family: "ipv6 unicast" }), all.slice(3));
    assert.deepEqual(found(reader, { community: "65001:99" }), all.slice(0, 3));
    assert.deepEqual(found(reader, { community: "65001:9" }), []);
    assert.deepEqual(found(reader, { community: "65002:1:2" }), all.slice(3));
    assert.deepEqual(found(reader, { best: true, peer: "192.0.2.1", prefix: "10.1.0.0/16" }), [all[2]]);
    assert.equal(found(reader, { limit: 2 }).length, 2);
    assert.equal(found(reader, { limit: 0 }).length, 0);
  }));

Deno.test("the routes of a family come in the order of their prefixes, once there is an index", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.apply(new Batch().prefix(9, "9.0.0.0/8").route(1, 9, 1).best(9, 1).batch);
    writer.indexes.buildAll();
    const reader = new StoreReader(path);
    const rows = (filter: Parameters<StoreReader["routes"]>[0]) =>
      [...reader.routes({ family: "ipv4 unicast", ...filter })].map(({ peer, prefix }) => `${prefix} ${peer}`);
    const inOrder = ["9.0.0.0/8 192.0.2.1", "10.0.0.0/8 192.0.2.1", "10.0.0.0/8 2001:db8::2", "10.1.0.0/16 192.0.2.1"];
    try {
      assert.deepEqual(rows({}), inOrder);
      assert.deepEqual(rows({ best: true }), inOrder.filter((_, i) => i !== 2));
      assert.deepEqual(rows({ limit: 2 }), inOrder.slice(0, 2));
    } finally {
      reader.close();
    }
  }));

Deno.test("an AS path expression treats _ as a boundary", () =>
  withReader((reader) => {
    const count = (asPath: string) => found(reader, { asPath }).length;
    assert.equal(count("_3356_"), 3);
    assert.equal(count("_335_"), 0);
    assert.equal(count("^65001_"), 3);
    assert.equal(count("_65010$"), 3);
    assert.equal(count("_65020_"), 1);
    assert.equal(count("_6502[01]_"), 1);
    assert.throws(() => count("(("), StoreError);
  }));

Deno.test("longest match of both families", () =>
  withReader((reader) => {
    const match = (address: string, best = false) => [...reader.routes({ address, best })].map(({ prefix }) => prefix);
    assert.deepEqual(match("10.1.2.3"), ["10.1.0.0/16"]);
    assert.deepEqual(match("10.2.0.0"), ["10.0.0.0/8", "10.0.0.0/8"]);
    assert.deepEqual(match("10.2.0.0", true), ["10.0.0.0/8"]);
    assert.deepEqual(match("11.0.0.0"), ["0.0.0.0/0"]);
    assert.deepEqual(match("255.255.255.255"), ["255.255.255.255/32"]);
    assert.deepEqual(match("2001:db8:1::1"), ["2001:db8::/32"]);
    assert.deepEqual(match("2001:db9::"), ["::/0"]);
    assert.deepEqual(match("fe80::1:2"), ["fe80::/10"]);
    assert.deepEqual(match("ffff::8000:0:0:1"), ["ffff::8000:0:0:1/128"]);
    assert.deepEqual([...reader.routes({ address: "10.1.2.3" })].map(({ asPath }) => asPath), ["65001 3356 65010"]);
    // A prefix that nobody announces any more does not hide a shorter one.
    assert.deepEqual(match("10.1.255.1"), ["10.1.0.0/16"]);
    assert.throws(() => match("10.0.0"), StoreError);
  }, [
    new Batch().prefix(4, "0.0.0.0/0").prefix(5, "::/0").prefix(6, "255.255.255.255/32").prefix(7, "fe80::/10")
      .prefix(8, "ffff::8000:0:0:1/128").prefix(9, "10.1.255.0/24").set(3, attributes("65003"))
      .route(1, 4, 3).route(1, 5, 3).route(1, 6, 3).route(1, 7, 3).route(1, 8, 3),
  ]));

Deno.test("summary and peers show the content of the database", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    writer.peers.state(1, { state: "Established", since: noon, families: 0b10 });
    writer.peers.statistics(1, { routes: { 1: 2 } });
    for (let i = 0; i < 12; i++) writer.peers.event(1, { at: noon + i, kind: "fault", text: `number ${i}` });
    writer.writePeers();
    const reader = new StoreReader(path);
    const summary = reader.summary();
    assert.deepEqual([summary.peers, summary.established, summary.prefixes, summary.attributeSets], [2, 1, 3, 2]);
    assert.deepEqual(summary.families.slice(0, 2), [
      { family: "ipv4 unicast", routes: 2, best: 2 },
      { family: "ipv6 unicast", routes: 0, best: 1 },
    ]);
    assert.equal(summary.pid, Deno.pid);
    assert.equal(summary.startedAt, noon);
    assert.deepEqual(reader.peers().map(({ peer, state, routes }) => [peer, state, routes]), [
      ["192.0.2.1", "Established", 2],
      ["2001:db8::2", "Idle", 0],
    ]);
    const peer = reader.peer("192.0.2.1")!;
    assert.equal(peer.remoteIp, "192.0.2.1");
    assert.equal(peer.families[0]!.negotiated, true);
    assert.equal(peer.events.length, 10);
    assert.equal(peer.events[0]!.text, "number 11");
    assert.equal(reader.peer("2001:db8::2")?.peerAs, 65002);
    assert.equal(reader.peer("192.0.2.99"), undefined);
    const found = (word: string) => {
      const search = reader.findPeer(word);
      return search.kind === "found" ? search.name : search.kind;
    };
    assert.deepEqual(["192.0.2.1", "first", "2001:DB8::2", "192.0.2.99"].map(found), [
      "192.0.2.1",
      "192.0.2.1",
      "2001:db8::2",
      "none",
    ]);
    reader.close();
  }));

Deno.test("SQL has functions about addresses", () =>
  withReader((reader) => {
    const value = (sql: string) => [...reader.sql(`SELECT ${sql}`).rows][0]![0];
    assert.equal(value("lpm('10.1.2.3')"), "10.1.0.0/16");
    assert.equal(value("lpm('2001:db8::1')"), "2001:db8::/32");
    assert.equal(value("lpm('192.0.2.1')"), null);
    assert.equal(value("contains('10.0.0.0/8', '10.1.2.3')"), 1n);
    assert.equal(value("contains('10.0.0.0/8', '10.1.0.0/16')"), 1n);
    assert.equal(value("contains('10.1.0.0/16', '10.0.0.0/8')"), 0n);
    assert.equal(value("contains('10.0.0.0/8', '2001:db8::1')"), 0n);
    assert.equal(value("contains('10.0.0.1/8', '10.0.0.1')"), null);
    assert.equal(value("hex(ip('10.0.0.1'))"), "0A000001");
    assert.equal(value("hex(ip('10.0.0.0/8'))"), "0A00000008");
    assert.equal(value("ip('9.0.0.0') < ip('10.0.0.0')"), 1n);
    assert.equal(value("path_matches('1 2 3', '_2_')"), 1n);
    const { columns, rows } = reader.sql("SELECT prefix, hi FROM prefixes ORDER BY ip(prefix)");
    assert.deepEqual(columns, ["prefix", "hi"]);
    assert.equal([...rows].length, 3);
  }));

Deno.test("an AS path expression takes linear time, on the command line and in SQL", () =>
  withReader((reader) => {
    const value = (sql: string) => [...reader.sql(`SELECT ${sql}`).rows][0]![0];
    const path = Array(200).fill("4200000000").join(" ");
    const began = performance.now();
    for (const hostile of ["^([0-9]+_?)+,$", "^(_?[0-9]*)*,", "(([0-9 ]+)+)+,", "^(1|4|42|420)*(0| 42*)*,$"]) {
      assert.equal(value(`path_matches('${path}', '${hostile}')`), 0n, hostile);
      assert.equal(asPathExpression(hostile).test(path), false);
      // The one path with a comma is that of an AS_SET.
      assert.ok([...reader.routes({ asPath: hostile })].length <= 1);
    }
    assert.ok(performance.now() - began < 2_000, `${performance.now() - began} ms`);
    assert.equal(value("path_matches('65001 {1,2}', '_65001 \\{1')"), 1n);
    assert.equal(value("path_matches('no path', '.')"), 0n);
    assert.throws(() => value("path_matches('1', '(')"), /"\(" is not an AS path expression: "\(" without "\)"/);
  }));

Deno.test("a reader cannot write", () =>
  withReader((reader) => {
    assert.throws(() => [...reader.sql("DELETE FROM routes").rows], StoreError);
    assert.throws(() => reader.sql("SELEC 1"), StoreError);
  }));

Deno.test("a reader that stops early leaves the connection usable", () =>
  withReader((reader) => {
    for (const _ of reader.routes()) break;
    assert.equal(found(reader, { prefix: "10.1.0.0/16" }).length, 1);
  }));
