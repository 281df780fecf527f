/** `bgpd backup`. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { createStoreBatch } from "../../../../../src/rib/mod.ts";
import { withHistory } from "../harness.ts";
import { noon } from "../small_database.ts";

Deno.test("backup copies the database of a running daemon and never overwrites a file", () =>
  withHistory(async (run, folder, daemon) => {
    const copy = `${folder}/copy.db`;
    const { code, lines, messages } = await run(["backup", copy]);
    assert.deepEqual([code, lines], [0, []]);
    assert.match(messages, /^.*copy\.db: \d.* KiB in \d+\.\d s$/);
    daemon.apply({ ...createStoreBatch(4), events: [{ kind: "reset", at: noon }] });
    const db = new DatabaseSync(copy, { readOnly: true });
    assert.deepEqual({ ...db.prepare("SELECT count(*) AS n FROM rib").get() }, { n: 4 });
    assert.deepEqual({ ...db.prepare("SELECT count(*) AS n FROM history").get() }, { n: 3 });
    assert.deepEqual({ ...db.prepare("PRAGMA integrity_check").get() }, { integrity_check: "ok" });
    db.close();
    const again = await run(["backup", copy]);
    assert.equal(again.code, 1);
    assert.match(again.messages, /already exists; choose another name: a backup never overwrites a file/);
    const nowhere = await run(["backup", `${folder}/none/copy.db`]);
    assert.equal(nowhere.code, 1);
    assert.match(nowhere.messages, /^bgpd: cannot write .*copy\.db: there is no folder .*none/);
    assert.deepEqual(
      [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) => name.includes("partial")),
      [],
    );
    assert.equal((await run(["backup"])).code, 2);
    // The log of a database that was removed: SQLite would write it into the copy.
    Deno.writeTextFileSync(`${folder}/other.db-wal`, "log");
    const poisoned = await run(["backup", `${folder}/other.db`]);
    assert.equal(poisoned.code, 1);
    assert.match(poisoned.messages, /other\.db-wal of another database already exists/);
  }));
