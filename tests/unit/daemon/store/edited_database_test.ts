/** Somebody edited the database while bgpd was down: it starts with an empty one and says so, whatever they did. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { RibHost } from "../../../../src/daemon/rib/rib_host.ts";
import { StoreHost } from "../../../../src/daemon/store/store_host.ts";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { noon, smallTable, withFolder } from "../../store/fixture.ts";

interface Start {
  /** What the operator reads. */
  readonly notes: readonly string[];
  /** Rows of the last run that the RIB took over. */
  readonly prefixes: number;
  readonly files: readonly string[];
  readonly announcements: number;
}

/** A run that leaves three prefixes and an announcement, the edit, and the start of the next run. */
async function startAfter(edit: string): Promise<Start> {
  let start: Start | undefined;
  await withFolder((folder) => {
    const database = `${folder}/bgpd.db`;
    const first = new StoreWriter(database, { now: () => noon });
    first.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
    first.peers.upsert({ name: "2001:db8::2", remoteIp: "2001:db8::2" });
    first.apply(smallTable().batch);
    first.indexes.buildAll();
    first.close();
    const editor = new DatabaseSync(database);
    editor.exec("INSERT INTO announcements(prefix) VALUES('198.51.100.0/24');" + edit);
    editor.close();

    const notes: string[] = [];
    const store = new StoreHost({
      now: () => noon + 1000,
      monotonic: () => 0,
      toMain: (message) => {
        if (message.kind === "note") notes.push(message.text);
        if (message.kind === "opened") notes.push(...message.notes);
      },
      later: () => {},
    });
    const rib = new RibHost({
      routerId: 1,
      peers: [{ id: 1, address: Uint8Array.of(192, 0, 2, 1) }, {
        id: 2,
        address: Uint8Array.of(192, 0, 2, 2),
      }],
    }, { now: () => noon + 1000, monotonic: () => 0, toMain: () => {}, toStore: () => {}, later: () => {} });
    store.fromMain({
      kind: "open",
      database,
      version: "test",
      peers: ["192.0.2.1", "2001:db8::2"].map((name) => ({ name, remoteIp: name })),
      networks: [],
    });
    store.join((message) => rib.fromStore(message));
    const { prefixes } = rib.rib.memory();
    store.fromMain({ kind: "close", restarts: false });
    const reader = new DatabaseSync(database, { readOnly: true });
    const count = reader.prepare("SELECT count(*) AS n FROM announcements").get()!["n"] as number;
    reader.close();
    const files = [...Deno.readDirSync(folder)].map(({ name }) => name).filter((name) =>
      !/-(wal|shm)$|lock/.test(name)
    );
    start = { notes, prefixes, files: files.sort(), announcements: count };
  });
  return start!;
}

const edits: readonly (readonly [what: string, sql: string, expected: RegExp])[] = [
  [
    "a prefix stands there twice",
    "INSERT INTO prefixes SELECT 9, family, hi, lo, len, prefix FROM prefixes WHERE id = 2",
    /10\.1\.0\.0\/16 stands in prefixes more than once \(ids 2,9\)/,
  ],
  [
    "… and its index is gone",
    "DROP INDEX prefixes_key; INSERT INTO prefixes SELECT 9, family, hi, lo, len, prefix FROM prefixes WHERE id = 3",
    /2001:db8::\/32 stands in prefixes more than once/,
  ],
  ["a family that does not exist", "UPDATE prefixes SET family = 99 WHERE id = 2", /row 2 of prefixes is not a prefix/],
  ["a length beyond its address", "UPDATE prefixes SET len = 33 WHERE id = 1", /row 1 of prefixes is not a prefix/],
  ["an address that is none", "UPDATE prefixes SET hi = 'ten' WHERE id = 1", /row 1 of prefixes is not a prefix/],
  ["an IPv4 address of 40 bits", "UPDATE prefixes SET hi = 1 << 40 WHERE id = 1", /row 1 of prefixes is not a prefix/],
  ["an id of 40 bits", "INSERT INTO prefixes VALUES(1 << 40, 1, 0, 0, 0, '0.0.0.0/0')", /an id beyond 2147483647/],
  [
    "an NLRI with the id of a prefix",
    "INSERT INTO nlri(id, family, key, nlri) VALUES(2, 7, x'0000fde800000001080a', '65000:1 10.0.0.0/8')",
    /id 2 stands in prefixes and in nlri/,
  ],
  ...["7, x'00'", "7, x'0000fde800000001080a0b'", "1, x'080a'", "99, x'00'", "9, x'ff'", "13, x'02'", "7, 'text'"]
    .map((row) =>
      [
        `an NLRI that is none: ${row}`,
        `INSERT INTO nlri(id, family, key, nlri) VALUES(9, ${row}, 'x')`,
        /row 9 of nlri is not a destination/,
      ] as const
    ),
  ["text in place of octets", "UPDATE attributes SET wire = 'igp' WHERE id = 1", /row 1 of attributes has no octets/],
  ["a reason that is none", "UPDATE routes SET ineligible = 'loop'", /a row of routes, of prefix 1 .*not a number/],
];
for (const [what, sql, expected] of edits) {
  Deno.test(`an edited database is renamed, and an empty one takes its place: ${what}`, async () => {
    const { notes, prefixes, files, announcements } = await startAfter(sql);
    assert.match(notes[0] ?? "", expected, notes.join("\n"));
    assert.match(notes[0] ?? "", /^somebody altered the database .*bgpd\.db: /);
    assert.match(notes[1] ?? "", /is damaged: renamed to .*corrupt-.*, starting with an empty database$/);
    assert.equal(notes.length, 2);
    assert.equal(prefixes, 0, "the RIB has nothing of what was loaded until then");
    assert.deepEqual(files, ["bgpd.db", "bgpd.db.corrupt-2026-01-01T120001Z"]);
    assert.equal(announcements, 1, "what people wrote into it goes on");
  });
}

Deno.test("a valid edit is loaded like any other database", async () => {
  const { notes, prefixes, files } = await startAfter("DELETE FROM routes WHERE peer_id = 1 AND prefix_id = 2");
  assert.deepEqual([notes, files], [[], ["bgpd.db"]]);
  assert.equal(prefixes, 3);
});
