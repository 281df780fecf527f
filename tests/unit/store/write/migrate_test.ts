/** Databases of earlier schema versions, created by the schema of that version. */

import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { blankAnnouncement, readConfiguredPeers, StoreReader, StoreWriter } from "../../../../src/store/mod.ts";
import { createVersion, noon, withFolder } from "../fixture.ts";

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
    createVersion(4, old);
    const db = new DatabaseSync(old);
    db.exec(
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
    assert.deepEqual(rows("SELECT name FROM configured_peers"), [["192.0.2.9"]]);
    assert.deepEqual(rows("SELECT peer, kind FROM peer_events"), [["192.0.2.1", "state"]]);
    now.close();
  }));

Deno.test("a database of version 4 keeps the ids of its announcements, and no id is used again", () =>
  withFolder((folder) => {
    const path = `${folder}/old.db`;
    createVersion(4, path);
    const db = new DatabaseSync(path);
    db.exec("INSERT INTO announcements(id, prefix) VALUES(3, '10.0.0.0/8'), (7, '11.0.0.0/8')");
    db.close();
    const writer = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(writer.announcements.table.list().map(({ id }) => id), [3, 7]);
    assert.equal(writer.announcements.removeRow(7, { source: "api" }), true);
    assert.equal(writer.announcements.add({ ...blankAnnouncement, prefix: "12.0.0.0/8" }, { source: "api" }), 8);
    writer.close();
  }));

/** Two peers, a route that holds, one that ended, and what people wrote. */
const contents = `
INSERT INTO peers(id, remote_ip, description) VALUES(0, 'local', 'this speaker');
INSERT INTO peers(id, remote_ip, remote_as, description, state, local_ip, messages_received)
  VALUES(3, '192.0.2.1', 65001, 'edge', 'Established', '192.0.2.9', 7),
    (5, '2001:db8::2', 65002, NULL, 'Idle', NULL, 0);
INSERT INTO peer_families(peer_id, family, routes) SELECT p.id, f.id, 0 FROM peers p, families f;
INSERT INTO prefixes VALUES(1, 1, 167772160, 0, 8, '10.0.0.0/8'), (2, 1, 167837696, 0, 16, '10.1.0.0/16');
INSERT INTO attributes(id, wire, as_path) VALUES(1, x'40010100', '65001');
INSERT INTO routes VALUES(3, 1, -1, 1, NULL, 0, ${noon - 500});
INSERT INTO history VALUES(${noon - 1000}, 1, ${noon - 9000}, 5, 2, -1, 1, 1);
INSERT INTO words VALUES('ended', 1, 'withdrawn');
INSERT INTO peer_events(at, peer, kind, text) VALUES(${noon}, '192.0.2.1', 'state', 'Idle -> Established');
INSERT INTO configured_peers VALUES('192.0.2.7', 'remote_ip = "192.0.2.7"', ${noon});
INSERT INTO announcements(prefix, peer) VALUES('203.0.113.0/24', '192.0.2.1'), ('198.51.100.0/24', NULL);
`;

/** The same in a database of version 5. */
const contents5 = contents
  .replaceAll("INSERT INTO peers(id, remote_ip,", "INSERT INTO peers(id, name,")
  .replace(`${noon - 500});`, `${noon - 500}, NULL);`);

const questions = [
  "SELECT peer, peer_as, prefix, as_path, received_at, peer_id FROM rib ORDER BY prefix",
  "SELECT peer, prefix, as_path, valid_from, valid_to FROM rib_history ORDER BY prefix",
  "SELECT at, kind, peer, prefix FROM updates ORDER BY at, kind",
  "SELECT peer, peer_as, description, local_ip, peer_id FROM peer_status ORDER BY peer_id",
  "SELECT at, peer, kind, text FROM peer_events WHERE kind = 'state' ORDER BY id",
  "SELECT id, prefix, peer FROM announcements ORDER BY id",
];

function answers(path: string): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return questions.map((sql) => db.prepare(sql).all().map((row) => Object.values(row)));
  } finally {
    db.close();
  }
}

Deno.test("a database of version 4 keeps peers, routes, history and what people wrote; addresses become names", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(4, path);
    const db = new DatabaseSync(path);
    db.exec(contents);
    db.close();
    const before = answers(path);
    assert.deepEqual(readConfiguredPeers(path), [{ name: "192.0.2.7", toml: 'remote_ip = "192.0.2.7"' }]);

    const writer = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(writer.configuredPeers.list(), [{ name: "192.0.2.7", toml: 'remote_ip = "192.0.2.7"' }]);
    assert.deepEqual(answers(path), before);
    const reader = new StoreReader(path);
    assert.deepEqual(reader.peers().map(({ peer, remoteIp }) => [peer, remoteIp]), [
      ["192.0.2.1", "192.0.2.1"],
      ["2001:db8::2", "2001:db8::2"],
    ]);
    reader.close();
    // The same peer goes on under its id; a second one at its address is another.
    assert.equal(writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" }), 3);
    assert.equal(writer.peers.upsert({ name: "edge-b", remoteIp: "192.0.2.1" }), 6);
    writer.close();
  }));

Deno.test("what people wrote into a damaged database of version 4 is carried over", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(4, path);
    const db = new DatabaseSync(path);
    db.exec(contents);
    // A table that cannot be missing.
    db.exec("DROP VIEW peer_status; DROP TABLE daemon");
    db.close();
    assert.equal(readConfiguredPeers(path).length, 1);
    const writer = new StoreWriter(path, { now: () => noon });
    assert.match(writer.notes.join("\n"), /2 announcements and 1 added peer carried over/);
    assert.deepEqual(writer.configuredPeers.list(), [{ name: "192.0.2.7", toml: 'remote_ip = "192.0.2.7"' }]);
    writer.close();
  }));

Deno.test("columns, indexes and views that an operator made in a database of version 4 stay", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(4, path);
    const db = new DatabaseSync(path);
    db.exec(contents);
    db.exec(
      "ALTER TABLE announcements ADD COLUMN ticket TEXT; UPDATE announcements SET ticket = 'T-1' WHERE id = 1;" +
        "ALTER TABLE peers ADD COLUMN name TEXT; ALTER TABLE peers ADD COLUMN \"the site\" TEXT DEFAULT 'here';" +
        'CREATE VIEW "my peers" AS SELECT remote_ip, "the site" FROM peers WHERE id > 0 ORDER BY id;' +
        "CREATE INDEX by_prefix ON announcements(prefix);" +
        "CREATE TABLE notes(peer INTEGER REFERENCES peers(id), row INTEGER REFERENCES announcements(id));" +
        "CREATE TRIGGER noted AFTER INSERT ON notes BEGIN UPDATE peers SET description = 'noted' WHERE id =" +
        " new.peer; END;" +
        "CREATE TRIGGER seen AFTER INSERT ON announcements BEGIN INSERT INTO notes SELECT id, 0 FROM peers; END",
    );
    db.close();
    const before = answers(path);
    const writer = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(answers(path), before);
    assert.doesNotMatch(writer.notes.join("\n"), /renamed/);
    writer.close();
    const now = new DatabaseSync(path);
    const rows = (sql: string) => now.prepare(sql).all().map((row) => Object.values(row));
    assert.deepEqual(rows('SELECT * FROM "my peers"'), [["192.0.2.1", "here"], ["2001:db8::2", "here"]]);
    assert.deepEqual(rows("SELECT id, ticket FROM announcements ORDER BY id"), [[1, "T-1"], [2, null]]);
    assert.equal(rows("SELECT 1 FROM sqlite_schema WHERE name = 'by_prefix'").length, 1);
    now.exec("INSERT INTO notes VALUES(3, 1)");
    assert.deepEqual(rows("SELECT description FROM peers WHERE id = 3"), [["noted"]]);
    now.close();
    // It is one of today, and opened again as such.
    const again = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(again.notes, []);
    again.close();
  }));

Deno.test("a database of version 5 becomes one of today, and what an operator made in it stays", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(5, path);
    const db = new DatabaseSync(path);
    db.exec(contents5);
    const before = answers(path);
    db.exec(
      "ALTER TABLE announcements ADD COLUMN ticket TEXT; UPDATE announcements SET ticket = 'T-1' WHERE id = 1;" +
        'CREATE VIEW "my history" AS SELECT prefix, ended_by FROM rib_history ORDER BY to_ms;' +
        "CREATE VIEW mine AS SELECT count(*) AS n FROM updates;" +
        "CREATE INDEX by_prefix ON announcements(prefix);" +
        "CREATE TABLE notes(peer INTEGER REFERENCES peers(id))",
    );
    db.close();
    const writer = new StoreWriter(path, { now: () => noon });
    writer.close();
    assert.deepEqual(
      writer.notes,
      [5, 6, 7, 8, 9, 10].map((from) => `migrating ${path} from schema ${from} to ${from + 1}`),
    );
    assert.deepEqual(answers(path), before);
    const fresh = `${folder}/fresh.db`;
    new StoreWriter(fresh, { now: () => noon }).close();
    const theirs = /^(view (my history|mine)|table notes)\.|^table announcements\.ticket$/;
    assert.deepEqual(shape(path).filter((text) => !theirs.test(text)), shape(fresh));
    const now = new DatabaseSync(path, { readOnly: true });
    const rows = (sql: string) => now.prepare(sql).all().map((row) => Object.values(row));
    assert.deepEqual(rows('SELECT * FROM "my history"'), [["10.1.0.0/16", "withdrawn"], ["10.0.0.0/8", null]]);
    assert.deepEqual(rows("SELECT * FROM mine"), [[3]]);
    assert.deepEqual(rows("SELECT id, ticket FROM announcements ORDER BY id"), [[1, "T-1"], [2, null]]);
    assert.equal(rows("SELECT 1 FROM sqlite_schema WHERE name IN ('by_prefix', 'notes')").length, 2);
    now.close();
  }));

Deno.test("a database of version 6 becomes one of today: peers have counts of accepted and sent routes", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(6, path);
    const db = new DatabaseSync(path);
    db.exec(
      "INSERT INTO peers(id, name) VALUES(1, '192.0.2.1'); INSERT INTO peer_families(peer_id, family) VALUES(1, 1)",
    );
    db.close();
    new StoreWriter(path, { now: () => noon }).close();
    const fresh = `${folder}/fresh.db`;
    new StoreWriter(fresh, { now: () => noon }).close();
    assert.deepEqual(shape(path), shape(fresh));
    const now = new DatabaseSync(path, { readOnly: true });
    const row = now.prepare("SELECT accepted, sent FROM peer_status WHERE peer = '192.0.2.1'").get();
    assert.deepEqual(Object.values(row ?? {}), [0, 0]);
    now.close();
  }));

Deno.test("a trigger that refuses changes is dropped before the migration; one on another table stays", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(5, path);
    const db = new DatabaseSync(path);
    db.exec(contents5);
    const before = answers(path);
    db.exec(
      "UPDATE peers SET reason = 'no connection leads from 192.0.2.1 to 2001:db8::1: IPv4 and IPv6' WHERE id > 0;" +
        "CREATE TABLE notes(peer INTEGER); CREATE TRIGGER theirs AFTER INSERT ON notes BEGIN SELECT 1; END;" +
        "CREATE TRIGGER closed BEFORE UPDATE ON peers BEGIN SELECT raise(ABORT, 'closed'); END",
    );
    db.close();
    const writer = new StoreWriter(path, { now: () => noon });
    writer.close();
    assert.deepEqual(writer.notes, [
      `migrating ${path} from schema 5 to 6`,
      `somebody altered the database ${path}: trigger closed is dropped`,
      `migrating ${path} from schema 6 to 7`,
      `migrating ${path} from schema 7 to 8`,
      `migrating ${path} from schema 8 to 9`,
      `migrating ${path} from schema 9 to 10`,
      `migrating ${path} from schema 10 to 11`,
    ]);
    assert.deepEqual(answers(path).length, before.length);
    const now = new DatabaseSync(path, { readOnly: true });
    assert.match(
      String(now.prepare("SELECT reason FROM peers WHERE id > 0").get()!["reason"]),
      /^no connection is possible/,
    );
    const triggers = now.prepare("SELECT name FROM sqlite_schema WHERE type = 'trigger'").all();
    const ours = ["announcements_added", "announcements_changed", "announcements_deleted"];
    assert.deepEqual(triggers.map((row) => row["name"]), ["theirs", ...ours]);
    now.close();
  }));

for (
  const made of [
    "TABLE lost_routes(a)",
    "TABLE Lost_Routes(a)",
    'VIEW "lost_routes" AS SELECT 7 AS a',
    "VIEW LOST_ROUTES(a) AS SELECT 7",
  ]
) {
  Deno.test(`an operator's own ${made} in a database of version 5 gets another name`, () =>
    withFolder((folder) => {
      const path = `${folder}/bgpd.db`;
      createVersion(5, path);
      const db = new DatabaseSync(path);
      db.exec(`CREATE ${made}`);
      if (made.startsWith("TABLE")) db.exec("INSERT INTO lost_routes VALUES(7)");
      db.close();
      new StoreWriter(path, { now: () => noon }).close();
      const now = new DatabaseSync(path, { readOnly: true });
      assert.equal(now.prepare("SELECT a FROM lost_routes_before_schema_6").get()!["a"], 7);
      assert.equal(now.prepare("SELECT count(*) AS n FROM lost_routes").get()!["n"], 0);
      now.close();
    }));
}

Deno.test("a database of version 7 gets index prefixes_key with the address first, where it had one", () =>
  withFolder((folder) => {
    const indexOf = (hadIndex: boolean): unknown => {
      const path = `${folder}/${hadIndex}.db`;
      createVersion(7, path);
      const db = new DatabaseSync(path);
      db.exec(contents5);
      if (hadIndex) db.exec("CREATE INDEX prefixes_key ON prefixes(family, hi, lo, len)");
      db.close();
      const before = answers(path);
      const writer = new StoreWriter(path, { now: () => noon });
      assert.deepEqual(answers(path), before);
      assert.deepEqual(writer.file.repair(), []);
      writer.close();
      const now = new DatabaseSync(path, { readOnly: true });
      const found = now.prepare("SELECT sql FROM sqlite_schema WHERE name = 'prefixes_key'").get();
      now.close();
      return found?.["sql"];
    };
    assert.equal(indexOf(true), "CREATE INDEX prefixes_key ON prefixes(hi, lo, len, family)");
    assert.equal(indexOf(false), undefined);
  }));

Deno.test("a database of version 8 gets the families, and an operator's own names stay free", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(8, path);
    const db = new DatabaseSync(path);
    db.exec(contents5);
    db.exec("DELETE FROM families WHERE id > 4");
    const before = answers(path);
    db.exec(
      "CREATE TABLE nlri(a); INSERT INTO nlri VALUES(7); CREATE VIEW vpn AS SELECT 8 AS a;" +
        "CREATE VIEW v6 AS SELECT prefix FROM rib WHERE family = 2",
    );
    db.close();
    const writer = new StoreWriter(path, { now: () => noon });
    writer.close();
    assert.deepEqual(writer.notes, [
      `migrating ${path} from schema 8 to 9`,
      `migrating ${path} from schema 9 to 10`,
      `migrating ${path} from schema 10 to 11`,
      "your view v6 uses the column family, which is a text now; the number is in the column family_id",
    ]);
    assert.deepEqual(answers(path), before);
    const fresh = `${folder}/fresh.db`;
    new StoreWriter(fresh, { now: () => noon }).close();
    const theirs = /^(view (vpn_before_schema_9|v6)|table nlri_before_schema_9)\./;
    assert.deepEqual(shape(path).filter((text) => !theirs.test(text)), shape(fresh));
    const now = new DatabaseSync(path, { readOnly: true });
    const rows = (sql: string) => now.prepare(sql).all().map((row) => Object.values(row));
    assert.deepEqual(rows("SELECT a FROM nlri_before_schema_9 UNION ALL SELECT a FROM vpn_before_schema_9"), [[7], [
      8,
    ]]);
    assert.deepEqual(rows("SELECT name FROM families WHERE id IN (1, 13)"), [["ipv4 unicast"], ["evpn"]]);
    assert.deepEqual(rows("SELECT DISTINCT family, family_id FROM rib"), [["ipv4 unicast", 1]]);
    now.close();
  }));

Deno.test("a database of version 8 keeps its announcements and never uses an id again; the log begins", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(8, path);
    const db = new DatabaseSync(path);
    db.exec(
      "ALTER TABLE announcements ADD COLUMN ticket TEXT;" +
        "INSERT INTO announcements(id, prefix, ticket) VALUES(3, '10.0.0.0/8', 'T-3'), (9, '11.0.0.0/8', NULL);" +
        "DELETE FROM announcements WHERE id = 9",
    );
    db.close();
    const writer = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(writer.notes, [8, 9, 10].map((from) => `migrating ${path} from schema ${from} to ${from + 1}`));
    assert.deepEqual(writer.file.repair(), []);
    assert.equal(writer.announcements.add({ ...blankAnnouncement, prefix: "12.0.0.0/8" }, { source: "api" }), 10);
    writer.close();
    const fresh = `${folder}/fresh.db`;
    new StoreWriter(fresh, { now: () => noon }).close();
    assert.deepEqual(shape(path).filter((text) => text !== "table announcements.ticket"), shape(fresh));
    const now = new DatabaseSync(path);
    // A row without a prefix is possible now.
    now.exec("INSERT INTO announcements(rule) VALUES('destination 192.0.2.0/24')");
    const rows = (sql: string) => now.prepare(sql).all().map((row) => Object.values(row));
    assert.deepEqual(rows("SELECT id, prefix, ticket FROM announcements"), [
      [3, "10.0.0.0/8", "T-3"],
      [10, "12.0.0.0/8", null],
      [11, null, null],
    ]);
    assert.deepEqual(rows("SELECT action, announcement_id FROM announcements_log"), [["add", 10], ["add", 11]]);
    now.close();
  }));

Deno.test("a database of version 9 keeps its routes, without a state; an operator's table vrps gets another name", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(9, path);
    const db = new DatabaseSync(path);
    db.exec(
      "INSERT INTO peers(id, name, remote_ip, remote_as) VALUES(1, 'transit', '192.0.2.1', 65001);" +
        "INSERT INTO peer_families(peer_id, family) VALUES(1, 1);" +
        "INSERT INTO prefixes VALUES(1, 1, 167772160, 0, 8, '10.0.0.0/8');" +
        "INSERT INTO attributes(id, wire, as_path, origin_as) VALUES(1, x'40010100', '65001', 65001);" +
        `INSERT INTO routes VALUES(1, 1, -1, 1, NULL, 0, ${noon - 5000}, NULL);` +
        `INSERT INTO history VALUES(${noon - 5000}, 1, ${noon - 9000}, 1, 1, -1, 1, 0);` +
        "CREATE TABLE vrps(prefix, asn); INSERT INTO vrps VALUES('10.0.0.0/8', 65001)",
    );
    db.close();
    const before = answers(path);
    const writer = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(
      writer.notes,
      [`migrating ${path} from schema 9 to 10`, `migrating ${path} from schema 10 to 11`],
    );
    assert.deepEqual(answers(path), before);
    writer.close();
    const fresh = `${folder}/fresh.db`;
    new StoreWriter(fresh, { now: () => noon }).close();
    const theirs = /^table vrps_before_schema_10\./;
    assert.deepEqual(shape(path).filter((text) => !theirs.test(text)), shape(fresh));
    const now = new DatabaseSync(path, { readOnly: true });
    const rows = (sql: string) => now.prepare(sql).all().map((row) => Object.values(row));
    assert.deepEqual(rows("SELECT prefix, ovs, avs FROM rib"), [["10.0.0.0/8", null, null]]);
    assert.equal(rows("SELECT 1 FROM rib_history").length, 2);
    assert.deepEqual(rows("SELECT * FROM vrps_before_schema_10"), [["10.0.0.0/8", 65001]]);
    now.close();
    const again = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(again.notes, []);
    again.close();
  }));

Deno.test("a database of version 10 keeps its routes; an operator's table routers gets another name", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(10, path);
    const db = new DatabaseSync(path);
    db.exec(
      "INSERT INTO peers(id, name, remote_ip, remote_as) VALUES(1, 'transit', '192.0.2.1', 65001);" +
        "INSERT INTO peer_families(peer_id, family) VALUES(1, 1);" +
        "INSERT INTO prefixes VALUES(1, 1, 167772160, 0, 8, '10.0.0.0/8');" +
        "INSERT INTO attributes(id, wire, as_path, origin_as) VALUES(1, x'40010100', '65001', 65001);" +
        `INSERT INTO routes VALUES(1, 1, -1, 1, NULL, 0, ${noon - 5000}, NULL, 1);` +
        `INSERT INTO history VALUES(${noon - 5000}, 1, ${noon - 9000}, 1, 1, -1, 1, 0);` +
        "CREATE TABLE routers(name); INSERT INTO routers VALUES('edge1')",
    );
    db.close();
    const before = answers(path);
    const writer = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(writer.notes, [`migrating ${path} from schema 10 to 11`]);
    assert.deepEqual(answers(path), before);
    writer.close();
    const fresh = `${folder}/fresh.db`;
    new StoreWriter(fresh, { now: () => noon }).close();
    const theirs = /^table routers_before_schema_11\./;
    assert.deepEqual(shape(path).filter((text) => !theirs.test(text)), shape(fresh));
    const now = new DatabaseSync(path, { readOnly: true });
    const rows = (sql: string) => now.prepare(sql).all().map((row) => Object.values(row));
    assert.deepEqual(rows("SELECT prefix, ovs FROM rib"), [["10.0.0.0/8", "valid"]]);
    assert.deepEqual(rows("SELECT * FROM routers"), []);
    assert.deepEqual(rows("SELECT * FROM routers_before_schema_11"), [["edge1"]]);
    now.close();
  }));
