/** A database that is damaged at the start: the readable rows that people wrote are carried over. */
import assert from "node:assert/strict";
import { salvage } from "../../../../src/store/write/carry_over.ts";
import { Database } from "../../../../src/store/sqlite.ts";
import { readConfiguredPeers, StoreError, StoreWriter } from "../../../../src/store/mod.ts";
import { noon, smallTable, withFolder } from "../fixture.ts";

const options = { now: () => noon };
const pageBytes = 4096;

function ask(path: string, sql: string): unknown[] {
  const db = new Database(path, { readOnly: true });
  try {
    return db.prepare(sql).useBigInts().all().map((row) => row.join(" "));
  } finally {
    db.close();
  }
}

/** A database that a run left, with what `sql` wrote into it. */
function leave(path: string, sql: string): void {
  const writer = new StoreWriter(path, options);
  writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
  writer.peers.upsert({ name: "2001:db8::2", remoteIp: "2001:db8::2" });
  writer.apply(smallTable().history(noon - 9, noon - 5, 1, 1, 1).batch);
  writer.configuredPeers.put({ name: "192.0.2.9", toml: "remote_as = 65009" }, noon);
  writer.indexes.buildAll();
  writer.close();
  const db = new Database(path);
  db.exec(sql);
  db.close();
}

/** Overwrites pages of the file; gives all of it as it is then. */
function damage(path: string, ...pages: number[]): Uint8Array {
  const bytes = Deno.readFileSync(path);
  for (const page of pages) bytes.fill(0xff, (page - 1) * pageBytes, page * pageBytes);
  Deno.writeFileSync(path, bytes);
  return bytes;
}

function rootOf(path: string, table: string): number {
  return Number(ask(path, `SELECT rootpage FROM sqlite_schema WHERE name = '${table}'`)[0]);
}

const two = "INSERT INTO announcements(id, prefix, med) VALUES(7, '198.51.100.0/24', 9007199254740993);" +
  "INSERT INTO announcements(prefix, source) VALUES('203.0.113.0/24', 'command')";

Deno.test("announcements and added peers of a damaged database are carried over, and its file is unchanged", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`, aside = `${path}.corrupt-2026-01-01T120000Z`;
    leave(path, two);
    const damaged = damage(path, rootOf(path, "routes"));
    assert.equal(readConfiguredPeers(path).length, 1, "this run has them as well");
    const writer = new StoreWriter(path, options);
    assert.deepEqual(writer.notes, [
      `the database ${path} is damaged: renamed to ${aside}, starting with an empty database;` +
      ` 2 announcements and 1 added peer carried over`,
    ]);
    assert.deepEqual(ask(path, "SELECT id, prefix, med, source FROM announcements"), [
      "7 198.51.100.0/24 9007199254740993 sql",
      "8 203.0.113.0/24  command",
    ]);
    assert.deepEqual(writer.configuredPeers.list(), [{ name: "192.0.2.9", toml: "remote_as = 65009" }]);
    assert.deepEqual(ask(path, "SELECT count(*) FROM rib"), ["0"]);
    assert.deepEqual(ask(path, "SELECT from_at, to_at, changes, began_at FROM history_gaps"), [`0 ${noon} 0 0`]);
    writer.close();
    assert.deepEqual(Deno.readFileSync(aside), damaged);
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
    const own = ["bgpd.db", "bgpd.db-shm", "bgpd.db-wal"];
    assert.deepEqual(files, [...own, "bgpd.db.corrupt-2026-01-01T120000Z", "bgpd.db.lock"]);
  }));

Deno.test("rows before and after the damage of a damaged table are carried over", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const many = "WITH n(i) AS (VALUES(1) UNION ALL SELECT i + 1 FROM n WHERE i < 1000)" +
      " INSERT INTO announcements(prefix, as_path) SELECT '10.' || (i >> 8) || '.' || (i & 255) || '.0/24'," +
      " hex(zeroblob(50)) FROM n";
    leave(path, `${two};${many}`);
    const [before] = ask(path, "SELECT count(*) FROM announcements");
    const leaves = ask(path, "SELECT pageno FROM dbstat WHERE name = 'announcements' AND pagetype = 'leaf'").map(
      Number,
    );
    assert.ok(leaves.length > 10);
    damage(path, rootOf(path, "routes"), leaves[5]!);
    const writer = new StoreWriter(path, options);
    const [, count] = /; (\d+) announcements and 1 added peer carried over, as far as they can be read$/
      .exec(writer.notes[0]!)!;
    assert.ok(Number(count) > Number(before) * 0.9 && Number(count) < Number(before), `${count} of ${before}`);
    assert.deepEqual(ask(path, "SELECT count(*), max(id) FROM announcements"), [`${count} 1008`]);
    writer.close();
  }));

Deno.test("whichever page is damaged, the next start succeeds and readable rows are kept", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    leave(path, two);
    const whole = Deno.readFileSync(path);
    const needed = ask(path, "SELECT pageno FROM dbstat WHERE name IN ('sqlite_schema', 'announcements')").map(Number);
    for (let page = 1; page <= whole.length / pageBytes; page++) {
      Deno.writeFileSync(path, whole);
      damage(path, page);
      const writer = new StoreWriter(path, options);
      const moved = writer.notes.length > 0;
      writer.close();
      if (moved && !needed.includes(page)) {
        assert.deepEqual(ask(path, "SELECT count(*) FROM announcements"), ["2"], `page ${page}: ${writer.notes}`);
      }
      for (const { name } of [...Deno.readDirSync(folder)]) Deno.removeSync(`${folder}/${name}`);
    }
  }));

Deno.test("rows with impossible values are skipped, the others are carried over", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`, next = `${folder}/next.db`;
    const from = new Database(path);
    // As a damaged page may read: no prefix at all.
    from.exec(
      "CREATE TABLE announcements(id INTEGER PRIMARY KEY, prefix TEXT, next_hop DEFAULT 'self', peer, as_path," +
        " origin, med," +
        " local_pref, communities, large_communities, ext_communities);" +
        "INSERT INTO announcements(id, prefix) VALUES(1, '198.51.100.0/24'), (2, NULL), (3, '203.0.113.0/24')",
    );
    from.close();
    new StoreWriter(next, options).close();
    const to = new Database(next);
    assert.equal(salvage(path, to), "2 announcements carried over, as far as they can be read");
    to.close();
    assert.deepEqual(ask(next, "SELECT id, prefix FROM announcements"), ["1 198.51.100.0/24", "3 203.0.113.0/24"]);
  }));

Deno.test("the rows of a damaged database of an older version are carried over", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`, next = `${folder}/next.db`;
    leave(
      path,
      `${two}; DROP VIEW announcement_status; DROP TABLE configured_peers; ALTER TABLE announcements DROP COLUMN` +
        " source;" +
        "PRAGMA user_version = 1",
    );
    new StoreWriter(next, options).close();
    const to = new Database(next);
    assert.equal(salvage(path, to), "2 announcements carried over");
    to.close();
    assert.deepEqual(ask(next, "SELECT id, source FROM announcements"), ["7 sql", "8 sql"]);
  }));

Deno.test("where no new database can be created, the damaged one stays where it is", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    leave(path, two);
    const damaged = damage(path, rootOf(path, "routes"));
    let calls = 0;
    const now = () => {
      // The first run of the opening, the name of the file aside, then the second.
      if (++calls > 2) throw new StoreError("no space is left");
      return noon;
    };
    assert.throws(() => new StoreWriter(path, { now }), /no space is left/);
    assert.deepEqual(Deno.readFileSync(path), damaged);
    const writer = new StoreWriter(path, options);
    assert.match(writer.notes[0]!, /; 2 announcements and 1 added peer carried over$/);
    writer.close();
  }));
