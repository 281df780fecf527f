/** The outcomes of announcements in SQL. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import type { OutcomeChanges } from "../../../../../src/rib/mod.ts";
import { StoreWriter } from "../../../../../src/store/mod.ts";
import { noon, withFolder, withWriter } from "../../fixture.ts";

function sql(path: string, text: string): unknown[][] {
  const db = new DatabaseSync(path);
  try {
    db.exec("PRAGMA busy_timeout = 5000");
    return db.prepare(text).all().map((row) => Object.values(row));
  } finally {
    db.close();
  }
}

const nothing: OutcomeChanges = { outcomes: [], keys: [], ids: [], gone: [], more: false };

const sent = { peerId: 1, state: "sent", reason: undefined } as const;
const withheld = { peerId: 2, state: "withheld", reason: "ipv6 unicast is not negotiated" } as const;

const status = "SELECT id, prefix, state, sent_to, error FROM announcement_status ORDER BY id";
const peers = "SELECT id, peer, sent, reason FROM announcement_peers ORDER BY id, peer";

Deno.test("announcement_status and announcement_peers show which peers have a row, and why others have not", () =>
  withWriter((writer, path) => {
    sql(path, "INSERT INTO announcements(prefix) VALUES('10.0.0.0/8'), ('11.0.0.0/8'), ('x/8'), ('10.0.0.0/8')");
    writer.announcements.read();
    writer.announcements.writeAnswers();
    writer.outcomes.write({
      ...nothing,
      outcomes: [{ id: 5, state: "announced", sentTo: 1, peers: [sent, withheld] }],
      keys: ["10.0.0.0/8", "nobody's"],
      ids: [5, 5],
    });
    const older = "row 4 announces the same and is newer";
    const wrong = 'prefix: "x/8" is not a prefix; write for example "192.0.2.0/24" or "2001:db8::/32"';
    assert.deepEqual(sql(path, status), [
      [1, "10.0.0.0/8", "refused", 0, older],
      [2, "11.0.0.0/8", "pending", 0, null],
      [3, "x/8", "refused", 0, wrong],
      [4, "10.0.0.0/8", "announced", 1, null],
    ]);
    assert.deepEqual(sql(path, peers), [
      [4, "192.0.2.1", 1, null],
      [4, "2001:db8::2", 0, "ipv6 unicast is not negotiated"],
    ]);
    writer.outcomes.write({ ...nothing, outcomes: [{ id: 5, state: "withheld", sentTo: 0, peers: [withheld] }] });
    assert.deepEqual(sql(path, status)[3]!.slice(2, 4), ["withheld", 0]);
    assert.equal(sql(path, peers).length, 1);
  }));

Deno.test("a deleted row loses its outcome, and an older row that is announced again is pending at first", () =>
  withWriter((writer, path) => {
    sql(path, "INSERT INTO announcements(prefix, med) VALUES('10.0.0.0/8', 1), ('10.0.0.0/8', 2)");
    writer.announcements.read();
    const said = { ...nothing, outcomes: [{ id: 1, state: "announced", sentTo: 1, peers: [sent] }] } as const;
    writer.outcomes.write({ ...said, keys: ["10.0.0.0/8"], ids: [1] });
    sql(path, "DELETE FROM announcements WHERE id = 2");
    writer.announcements.read();
    writer.announcements.writeAnswers();
    writer.outcomes.write(nothing);
    assert.deepEqual(sql(path, "SELECT * FROM announced"), []);
    assert.deepEqual(sql(path, status), [[1, "10.0.0.0/8", "pending", 0, null]]);
    writer.outcomes.write({ ...nothing, keys: ["10.0.0.0/8"], ids: [1] });
    assert.deepEqual(sql(path, status)[0]!.slice(2, 4), ["announced", 1]);
    writer.outcomes.write({ ...nothing, gone: [1] });
    assert.deepEqual(sql(path, "SELECT count(*) FROM outcomes, outcome_peers"), [[0]]);
  }));

Deno.test("while no daemon runs nothing is announced, and the status of new rows says so", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const said = {
      ...nothing,
      outcomes: [{ id: 1, state: "announced", sentTo: 1, peers: [] }],
      keys: ["10.0.0.0/8"],
      ids: [1],
    } as const;
    const run = () => {
      const writer = new StoreWriter(path, { now: () => noon });
      writer.announcements.read();
      return writer;
    };
    let writer = run();
    sql(path, "INSERT INTO announcements(prefix) VALUES('10.0.0.0/8')");
    writer.announcements.read();
    writer.outcomes.write(said);
    writer.close();
    assert.deepEqual(sql(path, status), [[1, "10.0.0.0/8", "pending", 0, null]]);
    writer = run();
    writer.outcomes.write(said);
    writer.close("restarts");
    writer = run();
    assert.deepEqual(sql(path, status), [[1, "10.0.0.0/8", "pending", 0, null]]);
    writer.close();
  }));

Deno.test("RETURNING, upsert, changes(), last_insert_rowid() and DEFAULT work; an id is never used again", () =>
  withWriter((writer, path) => {
    const ids = sql(
      path,
      "INSERT INTO announcements(prefix) VALUES('10.0.0.0/8'), ('11.0.0.0/8') RETURNING id, next_hop",
    );
    assert.deepEqual(ids, [[1, "self"], [2, "self"]]);
    sql(path, "DELETE FROM announcements");
    assert.deepEqual(sql(path, "INSERT INTO announcements(prefix) VALUES('12.0.0.0/8') RETURNING id"), [[3]]);
    const upsert = "INSERT INTO announcements(id, prefix) VALUES(3, '13.0.0.0/8') ON CONFLICT(id)" +
      " DO UPDATE SET prefix = excluded.prefix RETURNING prefix";
    assert.deepEqual(sql(path, upsert), [["13.0.0.0/8"]]);
    assert.deepEqual(writer.announcements.table.list().map(({ id }) => id), [3]);
  }));

Deno.test("an id is not used again in the file that replaces a lost one", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const lost = new StoreWriter(path, { now: () => noon });
    sql(path, "INSERT INTO announcements(prefix) VALUES('10.0.0.0/8'), ('11.0.0.0/8')");
    sql(path, "DELETE FROM announcements WHERE id = 2");
    lost.announcements.read();
    Deno.removeSync(path);
    const writer = new StoreWriter(path, { now: () => noon, replaces: lost });
    assert.deepEqual(sql(path, "INSERT INTO announcements(prefix) VALUES('12.0.0.0/8') RETURNING id"), [[3]]);
    writer.close();
  }));
