import assert from "node:assert/strict";
import { Database } from "../../../../src/store/sqlite.ts";
import { lockHolder, StoreError, StoreWriter } from "../../../../src/store/mod.ts";
import { noon, smallTable, withWriter } from "../fixture.ts";

const options = { now: () => noon + 1000 };

/** The content that only the database has. */
function known(path: string) {
  const db = new Database(path, { readOnly: true });
  const all = (sql: string) => db.prepare(sql).all().map((row) => row.join(" "));
  try {
    return {
      peers: all("SELECT id, name, state FROM peers ORDER BY id"),
      announcements: all("SELECT prefix FROM announcements"),
      events: all("SELECT text FROM peer_events"),
      startedAt: db.value("SELECT value FROM daemon WHERE key = 'started_at'"),
      routes: Number(db.value("SELECT count(*) FROM routes")),
      complete: Number(db.value("SELECT count(eor_at) FROM peer_families")),
    };
  } finally {
    db.close();
  }
}

/** A database with something of everything in it. */
function fill(writer: StoreWriter, path: string) {
  writer.apply(smallTable().batch);
  writer.peers.state(1, { state: "Established", since: noon });
  writer.peers.event(1, { at: noon, kind: "state", text: "OpenConfirm -> Established" });
  writer.writePeers();
  const db = new Database(path);
  db.exec("INSERT INTO announcements(prefix) VALUES('198.51.100.0/24'); UPDATE peer_families SET eor_at = 1");
  db.close();
}

const carried = {
  peers: ["0 local Idle", "1 192.0.2.1 Established", "2 2001:db8::2 Idle"],
  announcements: ["198.51.100.0/24"],
  events: ["OpenConfirm -> Established"],
  startedAt: noon,
  routes: 0,
  complete: 0,
};

const notes = (path: string) => ({
  removed: `the database ${path} was removed: starting with an empty database`,
  replaced: `the database ${path} was replaced by another file: renamed that file to ` +
    `${path}.replaced-2026-01-01T120001Z, starting with an empty database`,
  damaged: `the database ${path} is damaged: renamed to ${path}.corrupt-2026-01-01T120001Z, ` +
    `starting with an empty database`,
});

for (const gone of [["", "-wal", "-shm"], [""], ["", "-wal", "-shm", ".lock"]]) {
  Deno.test(`a removed database (bgpd.db with ${gone.join(" ")}) gets a successor with everything except routes`, () =>
    withWriter((lost, path) => {
      fill(lost, path);
      assert.equal(lost.file.isOurs, true);
      for (const end of gone) Deno.removeSync(path + end);
      assert.equal(lost.file.isOurs, false);
      const writer = new StoreWriter(path, { ...options, replaces: lost });
      try {
        assert.deepEqual(writer.notes, [notes(path).removed]);
        assert.equal(writer.file.isOurs, true);
        assert.equal(lockHolder(path), Deno.pid);
        assert.deepEqual(known(path), carried);
        writer.apply(smallTable().batch);
        assert.equal(known(path).routes, 4);
        // The writer that lost its file is done with: closing it again takes nothing away.
        lost.close();
        assert.equal(lockHolder(path), Deno.pid);
      } finally {
        writer.close();
      }
    }));
}

Deno.test("a file that replaced the database is renamed, without the log of bgpd", () =>
  withWriter((lost, path) => {
    fill(lost, path);
    const other = new Database(`${path}.mine`);
    other.exec("CREATE TABLE notes(text); INSERT INTO notes VALUES('precious')");
    other.close();
    Deno.renameSync(`${path}.mine`, path);
    const writer = new StoreWriter(path, { ...options, replaces: lost });
    try {
      assert.deepEqual(writer.notes, [notes(path).replaced]);
      assert.deepEqual(known(path), carried);
      const aside = new Database(`${path}.replaced-2026-01-01T120001Z`);
      assert.equal(aside.value("SELECT text FROM notes"), "precious");
      assert.equal(aside.value("PRAGMA integrity_check"), "ok");
      aside.close();
    } finally {
      writer.close();
    }
  }));

Deno.test("a damaged database is renamed while the daemon runs; its readable rows are carried over", () =>
  withWriter((lost, path) => {
    fill(lost, path);
    const writer = new StoreWriter(path, { ...options, replaces: lost });
    try {
      assert.deepEqual(writer.notes, [notes(path).damaged]);
      assert.deepEqual(known(path), carried);
      Deno.statSync(`${path}.corrupt-2026-01-01T120001Z`);
    } finally {
      writer.close();
    }
  }));

Deno.test("a peer keeps its id in a new database", () =>
  withWriter((writer, path) => {
    writer.peers.restore(7, { name: "192.0.2.7", remoteIp: "192.0.2.7" });
    writer.peers.restore(1, { name: "192.0.2.1", remoteIp: "192.0.2.1" });
    assert.deepEqual(known(path).peers, ["0 local Idle", "1 192.0.2.1 Idle", "2 2001:db8::2 Idle", "7 192.0.2.7 Idle"]);
    assert.equal(writer.peers.upsert({ name: "192.0.2.7", remoteIp: "192.0.2.7" }), 7);
  }));

Deno.test("peers with routes that are not among the configured ones are listed", () =>
  withWriter((writer) => {
    writer.apply(smallTable().batch);
    assert.deepEqual(writer.peers.others([1]), [{ id: 2, name: "2001:db8::2", remoteIp: "2001:db8::2" }]);
    assert.deepEqual(writer.peers.others([1, 2]), []);
  }));

Deno.test("where no new database can be created, the run keeps its lock", () =>
  withWriter((lost, path) => {
    Deno.removeSync(path);
    const now = () => {
      throw new StoreError("no space is left");
    };
    assert.throws(() => new StoreWriter(path, { now, replaces: lost }), /no space is left/);
    assert.equal(lockHolder(path), Deno.pid);
    const writer = new StoreWriter(path, { ...options, replaces: lost });
    assert.equal(lockHolder(path), Deno.pid);
    writer.close();
    assert.equal(lockHolder(path), undefined);
  }));
