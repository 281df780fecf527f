/** Databases of earlier versions, as their own schema made them. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StoreWriter } from "../../../src/store/mod.ts";
import schema4 from "./schema_4.sql" with { type: "text" };
import { noon, withFolder } from "./fixture.ts";

/** Columns of every table and view, sorted. */
function shape(path: string): string[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(
      "SELECT m.type || ' ' || m.name || '.' || c.name AS text FROM sqlite_schema m JOIN pragma_table_info(m.name) c" +
        " WHERE m.type IN ('table', 'view') AND m.name NOT LIKE 'sqlite_%' ORDER BY 1",
    ).all().map((row) => String(row["text"]));
  } finally {
    db.close();
  }
}

Deno.test("a database of version 4 becomes one of today: every table and column, no row lost", () =>
  withFolder((folder) => {
    const old = `${folder}/old.db`;
    const db = new DatabaseSync(old);
    db.exec("PRAGMA auto_vacuum = INCREMENTAL; PRAGMA journal_mode = WAL");
    db.exec(schema4);
    db.exec(
      "PRAGMA application_id = 0x62677064; PRAGMA user_version = 4;" +
        "INSERT INTO families(id, name) VALUES(1, 'ipv4 unicast');" +
        "INSERT INTO peers(id, remote_ip, remote_as, description) VALUES(1, '192.0.2.1', 65001, 'first');" +
        "INSERT INTO peer_families(peer_id, family) VALUES(1, 1);" +
        "INSERT INTO prefixes VALUES(1, 1, 167772160, 0, 8, '10.0.0.0/8');" +
        "INSERT INTO attributes(id, wire, as_path) VALUES(1, x'40010100', '65001');" +
        `INSERT INTO routes VALUES(1, 1, -1, 1, NULL, 0, ${noon - 5000});` +
        `INSERT INTO history VALUES(${noon - 5000}, 1, ${noon - 9000}, 1, 1, -1, 1, 0);` +
        "INSERT INTO announcements(prefix, communities) VALUES('203.0.113.0/24', '65001:1');" +
        "INSERT INTO configured_peers VALUES('192.0.2.9', 'remote_as = 65009', 1);" +
        "INSERT INTO peer_events(at, peer, kind, text) VALUES(1, '192.0.2.1', 'state', 'Idle -> Connect')",
    );
    db.close();
    new StoreWriter(old, { now: () => noon }).close();
    const fresh = `${folder}/fresh.db`;
    new StoreWriter(fresh, { now: () => noon }).close();
    assert.deepEqual(shape(old), shape(fresh));
    const now = new DatabaseSync(old, { readOnly: true });
    const rows = (sql: string) => now.prepare(sql).all().map((row) => Object.values(row));
    assert.deepEqual(rows("SELECT peer, prefix, as_path, best, stale FROM rib"), [[
      "192.0.2.1",
      "10.0.0.0/8",
      "65001",
      0,
      1,
    ]]);
    assert.equal(rows("SELECT * FROM rib_history").length, 2);
    assert.deepEqual(rows("SELECT prefix, communities FROM announcements"), [["203.0.113.0/24", "65001:1"]]);
    assert.deepEqual(rows("SELECT remote_ip FROM configured_peers"), [["192.0.2.9"]]);
    assert.deepEqual(rows("SELECT peer, kind FROM peer_events"), [["192.0.2.1", "state"]]);
    now.close();
  }));
