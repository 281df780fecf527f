import assert from "node:assert/strict";
import { Database } from "../../../src/store/sqlite.ts";
import {
  acquireLock,
  lockHolder,
  schemaVersion,
  StoreError,
  StoreReader,
  StoreWriter,
} from "../../../src/store/mod.ts";
import { translate } from "../../../src/store/errors.ts";
import { attributes, Batch, noon, smallTable, withFolder, withWriter } from "./fixture.ts";

const options = { now: () => noon };

/** The one sentence with which something is refused. */
function refusal(work: () => unknown): string {
  try {
    work();
  } catch (error) {
    assert(error instanceof StoreError, String(error));
    assert(!error.message.includes("\n"));
    return error.message;
  }
  throw new assert.AssertionError({ message: "nothing was refused" });
}

Deno.test("a new database has our schema, WAL and no route", () =>
  withWriter((writer, path) => {
    assert.deepEqual(writer.notes, []);
    const db = new Database(path, { readOnly: true });
    assert.equal(db.value("PRAGMA user_version"), schemaVersion);
    assert.equal(db.value("PRAGMA journal_mode"), "wal");
    assert.equal(db.value("PRAGMA auto_vacuum"), 2);
    // It is one for all connections of a process, and the tests beside this one have theirs: some folder of a database.
    assert.match(String(db.value("PRAGMA temp_store_directory")), /^\//);
    assert.equal(db.value("SELECT count(*) FROM rib"), 0);
    assert.equal(db.value("SELECT name FROM peers WHERE id = 0"), "local");
    db.close();
  }));

Deno.test("writer and reader refuse a database of a newer bgpd and do not change it", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    new StoreWriter(path, options).close();
    const db = new Database(path);
    db.exec(`PRAGMA user_version = ${schemaVersion + 1}`);
    db.close();
    const sentence =
      `${path} was written by a newer bgpd (schema ${schemaVersion + 1}, this one knows ${schemaVersion}); ` +
      "install that bgpd, or name another file";
    assert.equal(refusal(() => new StoreWriter(path, options)), sentence);
    assert.equal(refusal(() => new StoreReader(path)), sentence);
    assert.equal(lockHolder(path), undefined);
  }));

Deno.test("a database of another program is refused", () =>
  withFolder((folder) => {
    const path = `${folder}/other.db`;
    const db = new Database(path);
    db.exec("CREATE TABLE notes(text)");
    db.close();
    assert.equal(
      refusal(() => new StoreWriter(path, options)),
      `${path} is a database of another program; name another file`,
    );
    assert.equal(refusal(() => new StoreReader(path)), `${path} is a database of another program; name another file`);
  }));

Deno.test("a file that is not a database is renamed", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    Deno.writeTextFileSync(path, "not a database ".repeat(1000));
    const writer = new StoreWriter(path, options);
    const aside = `${path}.corrupt-2026-01-01T120000Z`;
    assert.deepEqual(writer.notes, [`${path} is not a database: renamed to ${aside}, starting with an empty database`]);
    assert.match(Deno.readTextFileSync(aside), /^not a database/);
    writer.close();
  }));

Deno.test("a database with a damaged page is renamed", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    new StoreWriter(path, options).close();
    const bytes = Deno.readFileSync(path);
    bytes.fill(0xaa, 4096);
    Deno.writeFileSync(path, bytes);
    const writer = new StoreWriter(path, options);
    assert.match(
      writer.notes[0] ?? "",
      /is damaged: renamed to .*, starting with an empty database; its announcements and added peers cannot be read$/,
    );
    writer.close();
  }));

Deno.test("the error names a folder that does not exist", () =>
  withFolder((folder) => {
    const path = `${folder}/missing/bgpd.db`;
    assert.equal(
      refusal(() => new StoreWriter(path, options)),
      `the database ${path} cannot be written: the folder ${folder}/missing does not exist`,
    );
    assert.equal(refusal(() => new StoreReader(path)), `there is no database ${path}: a running bgpd creates it`);
  }));

Deno.test("a database whose first prefix is an IPv6 one opens again", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const before = new StoreWriter(path, options);
    before.apply(new Batch().prefix(1, "2001:db8::/32").batch);
    before.close();
    const after = new StoreWriter(path, options);
    assert.deepEqual(after.loader.lastIds(), { prefix: 1, set: 0 });
    after.close();
  }));

Deno.test("an empty file becomes a database; the error of a reader says that it is empty", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    Deno.writeFileSync(path, new Uint8Array());
    assert.match(refusal(() => new StoreReader(path)), /is empty: a running bgpd fills it$/);
    new StoreWriter(path, options).close();
    new StoreReader(path).close();
  }));

Deno.test("a second daemon on the same database is refused with the pid of the first", () =>
  withWriter((writer, path) => {
    assert.match(
      refusal(() => new StoreWriter(path, options)),
      new RegExp(`^another bgpd .pid ${Deno.pid}. already uses`),
    );
    assert.equal(lockHolder(path), Deno.pid);
    writer.close();
    assert.equal(lockHolder(path), undefined);
    acquireLock(path).release();
  }));

Deno.test("a process that asks for the holder of the lock does not keep a daemon from starting", () =>
  withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    acquireLock(path).release();
    // As lockHolder does, only for longer.
    const source = `const file = Deno.openSync(${JSON.stringify(`${path}.lock`)}, { read: true });
      file.tryLockSync(false);
      postMessage("asked");
      setTimeout(() => { file.close(); close(); }, 30);`;
    const asking = new Worker(`data:text/javascript,${encodeURIComponent(source)}`, { type: "module" });
    await new Promise((resolve) => asking.onmessage = resolve);
    try {
      acquireLock(path).release();
    } finally {
      asking.terminate();
    }
  }));

Deno.test("a daemon that was killed leaves no lock", () =>
  withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    const module = new URL("../../../src/store/mod.ts", import.meta.url).href;
    const script = `import { StoreWriter } from "${module}"; new StoreWriter("${path}", { now: Date.now });` +
      ` console.log("open"); setInterval(() => {}, 1000);`;
    const child = new Deno.Command(Deno.execPath(), { args: ["run", "-A", "-"], stdin: "piped", stdout: "piped" })
      .spawn();
    const input = child.stdin.getWriter();
    await input.write(new TextEncoder().encode(script));
    await input.close();
    const output = child.stdout.getReader();
    assert.equal(new TextDecoder().decode((await output.read()).value), "open\n");
    assert.match(
      refusal(() => new StoreWriter(path, options)),
      new RegExp(`^another bgpd .pid ${child.pid}. already uses`),
    );
    child.kill("SIGKILL");
    await output.cancel();
    await child.status;
    new StoreWriter(path, options).close();
  }));

Deno.test("a wall clock set back between two runs: rows of the first run are older than rows of the second", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const before = new StoreWriter(path, options);
    const peer = before.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
    const table = new Batch().prefix(1, "10.0.0.0/8").prefix(2, "10.1.0.0/16").set(1, attributes("65001"));
    before.apply(table.route(peer, 1, 1, { at: noon - 10 }).batch);
    const flush = new Batch();
    flush.batch.events.push({ kind: "flush", peerId: peer, family: 1, at: noon });
    before.apply(flush.route(peer, 2, 1, { at: noon + 5 }).batch);
    before.close();

    const earlier = noon - 3_600_000;
    const after = new StoreWriter(path, { now: () => earlier });
    const db = new Database(path, { readOnly: true });
    const rows = () => db.prepare("SELECT prefix, stale FROM rib ORDER BY prefix").all().map((row) => row.join(" "));
    assert.deepEqual(rows(), ["10.1.0.0/16 1"], "stale, and what was flushed stays away");
    const gaps = db.prepare("SELECT from_at, to_at, changes, began_at FROM history_gaps").all().map((row) => [...row]);
    assert.deepEqual(gaps, [[noon, noon, 1, noon - 10]], "not written down, and that is said");
    after.apply(new Batch().route(peer, 1, 1, { at: earlier }).batch);
    assert.deepEqual(rows(), ["10.0.0.0/8 0", "10.1.0.0/16 1"], "a new row is visible");
    after.flushOtherPeers([], earlier + 1);
    assert.deepEqual(rows(), []);
    db.close();
    after.close();
  }));

Deno.test("a writer of the database makes a starting daemon wait, not fail", () =>
  withFolder(async (folder) => {
    const path = `${folder}/bgpd.db`;
    new StoreWriter(path, options).close();
    const writer = new StoreWriter(path, options);
    // Another process, as far as SQLite can tell.
    const source = `import { DatabaseSync } from "node:sqlite";
      const db = new DatabaseSync(${JSON.stringify(path)});
      db.exec("BEGIN IMMEDIATE");
      postMessage("locked");
      setTimeout(() => { db.exec("ROLLBACK"); db.close(); close(); }, 150);`;
    const other = new Worker(`data:text/javascript,${encodeURIComponent(source)}`, { type: "module" });
    await new Promise((resolve) => other.onmessage = resolve);
    try {
      writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
      writer.loader.retireOrphans(noon);
    } finally {
      other.terminate();
      writer.close();
    }
  }));

Deno.test("the writer notices that its file was replaced", () =>
  withWriter((writer, path) => {
    assert(writer.file.isOurs);
    Deno.renameSync(path, `${path}.old`);
    assert(!writer.file.isOurs);
    Deno.renameSync(`${path}.old`, path);
  }));

Deno.test("errors of SQLite become sentences, and temporary ones have a class", () =>
  withFolder((folder) => {
    const db = new Database(`${folder}/small.db`);
    db.exec("CREATE TABLE t(x); PRAGMA max_page_count = 4");
    assert.match(
      refusal(() => db.transaction(() => db.exec("INSERT INTO t VALUES(zeroblob(100000))"))),
      /^no space is left on the disk of the database/,
    );
    assert.equal(db.value("SELECT count(*) FROM t"), 0);
    db.close();
    const kinds = [
      ["database is locked", "StoreBusy"],
      ["database table is locked", "StoreBusy"],
      ["disk I/O error", "StoreFull"],
      ["unable to open database file", "StoreFull"],
      ["database or disk is full", "StoreFull"],
      ["database disk image is malformed", "StoreCorrupt"],
      ["attempt to write a readonly database", "StoreFull"],
    ] as const;
    for (const [text, name] of kinds) assert.equal(translate(new Error(text), "x.db").name, name, text);
  }));

Deno.test("a checkpoint empties the log; a reader that holds a long log stops the writer, not itself", () =>
  withWriter((writer, path) => {
    writer.apply(smallTable().batch);
    assert(writer.file.logBytes > 0);
    const reader = new Database(path, { readOnly: true });
    reader.exec("BEGIN");
    assert.equal(reader.value("SELECT count(*) FROM rib"), 4);
    writer.file.checkpoint();
    writer.apply(smallTable().batch);
    assert.equal(reader.value("SELECT count(*) FROM rib"), 4);
    reader.exec("COMMIT");
    reader.close();
  }));
