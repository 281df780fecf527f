import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StoreReader } from "../../../../src/store/mod.ts";
import { asInteger, asIntegerOrNull, asOctets, asText, asTextOrNull } from "../../../../src/store/read/cells.ts";
import { Columns, flag, integer, text, textOrNull } from "../../../../src/store/read/columns.ts";
import { smallTable, withWriter } from "../fixture.ts";

Deno.test("a cell of the type of its column is returned as it is", () => {
  assert.equal(asText("a"), "a");
  assert.equal(asTextOrNull(null), null);
  assert.equal(asInteger(-7), -7);
  assert.equal(asIntegerOrNull(0), 0);
  assert.equal(asIntegerOrNull(null), null);
  assert.deepEqual(asOctets(Uint8Array.of(1, 2)), Uint8Array.of(1, 2));
});

Deno.test("a cell of another type is converted", () => {
  assert.equal(asText(null), "");
  assert.equal(asText(5), "5");
  assert.equal(asTextOrNull(5n), "5");
  assert.equal(asInteger("12"), 12);
  assert.equal(asInteger("twelve"), NaN);
  assert.equal(asIntegerOrNull("twelve"), null);
  assert.equal(asIntegerOrNull(undefined), null);
  assert.deepEqual(asOctets("x"), new Uint8Array(0));
});

Deno.test("columns give their SQL and the values of a row in the same order", () => {
  const columns = new Columns({
    name: text("n"),
    isBest: flag("best"),
    count: integer("count(*)"),
    note: textOrNull("t"),
  });
  assert.equal(columns.sql, "n, best, count(*), t");
  const row = columns.read(["x", 1, 3, null]);
  assert.deepEqual(row, { name: "x", isBest: true, count: 3, note: null });
  assert.deepEqual(Object.keys(row), ["name", "isBest", "count", "note"]);
});

Deno.test("every query answers where somebody wrote values of other types", () =>
  withWriter(async (writer, path) => {
    writer.apply(smallTable().batch);
    const db = new DatabaseSync(path);
    db.exec(
      "UPDATE peers SET remote_as = 'many', description = 7, messages_received = 'all', router_id = x'01';" +
        " UPDATE attributes SET med = 'low', as_path = NULL, communities = 5, wire = 'text';" +
        " UPDATE routes SET ineligible = 'no' WHERE prefix_id = 2;" +
        " INSERT OR REPLACE INTO daemon(key, value) VALUES('backlog_at', 'late'), ('version', 9)",
    );
    db.close();
    const reader = new StoreReader(path);
    try {
      const { version, backlogAt } = reader.summary();
      assert.deepEqual({ version, backlogAt }, { version: "9", backlogAt: null });
      const peer = reader.peers().find((each) => each.peer === "192.0.2.1");
      assert.deepEqual([peer?.peerAs, peer?.description, peer?.messagesReceived], [null, "7", NaN]);
      assert.equal(reader.peer("192.0.2.1")?.description, "7");
      const routes = [...reader.routes()];
      assert.equal(routes.length, 4);
      for (const { med, asPath, communities } of routes) assert.deepEqual([med, asPath, communities], [null, "", "5"]);
      assert.equal((await reader.explain({ prefix: "10.0.0.0/8" })).length, 1);
      assert.equal(reader.history({ prefix: "10.0.0.0/8" }).length, 2);
      assert.equal(reader.changes({ prefix: "10.0.0.0/8" }).length, 2);
      const received = reader.received();
      assert.equal(received.peers()[0]?.asn, null);
      assert.equal([...received.best()].length, 3);
    } finally {
      reader.close();
    }
  }));
