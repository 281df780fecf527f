/**
 * The renamed texts of schema 6: every stored one is replaced in a database of version 5, and the page for scripts
 * lists all.
 */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { Database } from "../../../../src/store/sqlite.ts";
import { type RenamedText, renamedTexts, renameTexts, textColumns } from "../../../../src/store/write/renamed_texts.ts";
import { createVersion, noon, withFolder } from "../fixture.ts";

/** A text with a value for each `…`. */
const filled = (text: string) => text.replaceAll("…", "192.0.2.1 / x | y");

const inserts: Readonly<Record<typeof textColumns[number], string>> = {
  "words.word": "INSERT INTO words(kind, id, word) VALUES('test', ?, ?)",
  "peers.reason": "INSERT INTO peers(id, name, reason) VALUES(?1, 'peer ' || ?1, ?2)",
  "peer_events.text": "INSERT INTO peer_events(id, at, kind, text) VALUES(?, 1, 'test', ?)",
  "announcements.error": "INSERT INTO announcements(id, prefix, error) VALUES(?, '10.0.0.0/8', ?)",
  "outcome_peers.reason": "INSERT INTO outcome_peers(outcome_id, peer_id, state, reason) VALUES(?, 1, 'withheld', ?)",
};

/** The id columns of {@link inserts}. */
const ids: Readonly<Record<string, string>> = { outcome_peers: "outcome_id" };

/** Stores each old text in each of its columns, and a text that no entry knows; gives how to read them again. */
function fill(db: DatabaseSync, texts: readonly RenamedText[]): void {
  texts.forEach(({ old, stored }, i) => {
    for (const column of stored) db.prepare(inserts[column]).run(100 + i, filled(old));
  });
  for (const column of textColumns) db.prepare(inserts[column]).run(99, "an unrelated text");
}

function texts(path: string, column: string): Map<number, string> {
  const [table, name] = column.split(".");
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    const id = ids[table!] ?? "id";
    const rows = db.prepare(`SELECT ${id} AS id, ${name} AS text FROM ${table} WHERE ${id} >= 99 AND ${name} <> ''`);
    return new Map(rows.all().map((row) => [Number(row["id"]), String(row["text"])]));
  } finally {
    db.close();
  }
}

Deno.test("a database of version 5 gets the renamed texts, and no other text changes", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(5, path);
    const old = new DatabaseSync(path);
    fill(old, renamedTexts);
    old.close();
    const db = new Database(path);
    renameTexts(db);
    for (const column of textColumns) {
      const expected = new Map([[99, "an unrelated text"]]);
      renamedTexts.forEach((text, i) => {
        if (text.stored.includes(column)) expected.set(100 + i, filled(text.new));
      });
      assert.deepEqual(texts(path, column), expected, column);
    }
    assert.equal(db.value("SELECT total_changes()"), renamedTexts.reduce((sum, { stored }) => sum + stored.length, 0));
    renameTexts(db);
    assert.equal(db.value("SELECT changes()"), 0, "a second run changes nothing");
    db.close();
  }));

Deno.test("a start migrates the texts of version 5, once", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(5, path);
    const old = new DatabaseSync(path);
    const stored = renamedTexts.filter((text) => text.stored.includes("peer_events.text"));
    fill(old, stored);
    old.close();
    const first = new StoreWriter(path, { now: () => noon });
    first.close();
    assert.match(first.notes.join("\n"), /migrating .* from schema 5 to 6/);
    const events = texts(path, "peer_events.text");
    stored.forEach((text, i) => assert.equal(events.get(100 + i), filled(text.new)));
    const second = new StoreWriter(path, { now: () => noon });
    second.close();
    assert.deepEqual(second.notes, []);
    assert.deepEqual(texts(path, "peer_events.text"), events);
  }));

Deno.test("the text at each … stays in its place", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(5, path);
    const db = new Database(path);
    const insert = db.prepare(inserts["peers.reason"]);
    insert.run(1, "sent x (a.b) to y\nz");
    insert.run(2, "sent x to");
    renameTexts(db, [{ old: "sent … to …", new: "to … went …", stored: ["peers.reason"] }]);
    assert.deepEqual(db.prepare("SELECT reason FROM peers ORDER BY id").all(), [["to x (a.b) went y\nz"], [
      "sent x to",
    ]]);
    db.close();
  }));

Deno.test("the number of repetitions after a reason stays", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(5, path);
    const db = new Database(path);
    const insert = db.prepare(inserts["peer_events.text"]);
    insert.run(1, "no connection leads from 10.0.0.1 to ::2: IPv4 and IPv6 (7 times since the last line about it)");
    insert.run(2, "10.0.0.2:179 refused the connection (7 times since the last line about it)");
    renameTexts(db);
    assert.deepEqual(db.prepare("SELECT text FROM peer_events ORDER BY id").all().flat(), [
      "no connection is possible from 10.0.0.1 to ::2: one is IPv4, the other IPv6 " +
      "(7 times since the last line about it)",
      "10.0.0.2:179 refused the connection (7 times since the last line about it)",
    ]);
    db.close();
  }));

Deno.test("no new text is an old one, and a placeholder stays a placeholder", () => {
  const old = new Set(renamedTexts.map((text) => text.old));
  assert.equal(old.size, renamedTexts.length);
  for (const text of renamedTexts) {
    assert(!old.has(text.new), text.new);
    // A migration can only keep what the old text has.
    if (text.stored.length > 0) assert.equal(text.new.split("…").length, text.old.split("…").length, text.old);
    assert(text.stored.length > 0 || text.shown !== undefined, `${text.old}: it is neither stored nor shown`);
  }
});

Deno.test("docs/renamed_texts.md lists the renamed texts", async () => {
  const page = await Deno.readTextFile(new URL("../../../../docs/renamed_texts.md", import.meta.url));
  const rows = page.split("\n").filter((line) => line.startsWith("| ")).slice(1);
  const cell = (text: string) => text.replaceAll("|", "\\|");
  const expected = renamedTexts.map((text) => {
    const where = [...text.stored.map((column) => `\`${column}\``), ...text.shown === undefined ? [] : [text.shown]];
    return `| ${cell(text.old)} | ${cell(text.new)} | ${where.join(", ")} |`;
  });
  assert.deepEqual(rows, expected);
});
