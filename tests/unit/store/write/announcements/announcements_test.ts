/** The table `announcements`: rows that others write, and the routes that come of them. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { formatAsPath, formatCommunity, formatNextHop } from "../../../../../src/message/mod.ts";
import {
  AnnouncementFile,
  type AnnouncementText,
  blankAnnouncement,
  readAnnouncement,
  shownRow,
  StoreError,
  StoreWriter,
} from "../../../../../src/store/mod.ts";
import { formatPrefix } from "../../../../../src/types/mod.ts";
import { createVersion, noon, twoPeers, withFolder, withWriter } from "../../fixture.ts";

const plain: AnnouncementText = { ...blankAnnouncement, prefix: "203.0.113.0/24" };

/** Another process with the file open. */
function others(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  try {
    db.exec(`PRAGMA busy_timeout = 5000; ${sql}`);
  } finally {
    db.close();
  }
}

function errors(path: string): unknown[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare("SELECT error FROM announcements ORDER BY id").all().map((row) => row["error"]);
  } finally {
    db.close();
  }
}

function readRow(more: Partial<Record<number, string | number | bigint | Uint8Array | null>>) {
  const values = ["203.0.113.0/24", "192.0.2.1", ...new Array<null>(16).fill(null)];
  return readAnnouncement(values.map((value, i) => i in more ? more[i]! : value));
}

Deno.test("an INSERT of another process is announced once, and withdrawn after DELETE", () =>
  withWriter(({ announcements }, path) => {
    announcements.read();
    assert.equal(announcements.changed, false);
    others(path, "INSERT INTO announcements(prefix, next_hop) VALUES('203.0.113.0/24', '192.0.2.9')");
    assert.equal(announcements.changed, true);
    const { announced, withdrawn } = announcements.read();
    assert.deepEqual(announced.map(({ key, peerId }) => [key, peerId]), [["203.0.113.0/24", undefined]]);
    const { family, prefix, attributes } = announced[0]!.route;
    assert.deepEqual([family, formatPrefix(prefix!), attributes.origin], [1, "203.0.113.0/24", 0]);
    assert.equal(formatNextHop(attributes.nextHop!), "192.0.2.9");
    assert.deepEqual(withdrawn, []);
    assert.equal(announcements.changed, false);
    assert.deepEqual(announcements.read(), { announced: [], withdrawn: [] });
    others(path, "DELETE FROM announcements");
    assert.equal(announcements.changed, true);
    assert.deepEqual(announcements.read(), { announced: [], withdrawn: ["203.0.113.0/24"] });
  }));

Deno.test("every column becomes its attribute", () =>
  withWriter(({ announcements }, path) => {
    others(
      path,
      `INSERT INTO announcements(prefix, next_hop, peer, as_path, origin, med, local_pref, communities,
         large_communities, ext_communities) VALUES('2001:DB8:1::/48', 'self', '2001:db8:0::2', '65000 {1,2}', 'EGP', 5,
         4294967295, '65000:99 no-export', '65000:1:2', 'rt:65000:100')`,
    );
    const [route] = announcements.read().announced;
    assert.deepEqual([route!.key, route!.peerId], ["2001:db8:1::/48 to 2001:db8::2", 2]);
    const { attributes } = route!.route;
    assert.equal(attributes.nextHop, undefined);
    assert.equal(formatAsPath(attributes.asPath), "65000 {1,2}");
    assert.deepEqual([attributes.origin, attributes.med, attributes.localPref], [1, 5, 4294967295]);
    assert.deepEqual(attributes.communities.map(formatCommunity), ["65000:99", "65535:65281"]);
    assert.deepEqual(attributes.largeCommunities, [[65000, 1, 2]]);
    assert.equal(attributes.extCommunities[0]!.toHex(), "0002fde800000064");
    assert.equal(announcements.hasAnswers, false);
  }));

Deno.test("RFC 9774 §3: a row with an AS_SET is refused, unless its peer, or one of all peers, accepts AS_SETs", () =>
  withWriter(({ announcements }, path) => {
    const row = (prefix: string, peer: string) =>
      others(
        path,
        `INSERT INTO announcements(prefix, as_path, peer) VALUES('${prefix}', '64500 {64501,64502}', ${peer})`,
      );
    row("203.0.113.0/24", "NULL");
    row("203.0.113.0/24", "'192.0.2.1'");
    row("203.0.113.0/24", "'2001:db8::2'");
    others(path, "INSERT INTO announcements(prefix, as_path) VALUES('198.51.100.0/24', '64500 64501')");
    const refused = /^as_path has an AS_SET: .*RFC 9774/;
    const outcome = (takers: number[]) => {
      for (const [i, peer] of twoPeers.entries()) {
        announcements.addPeer({ ...peer, takesAsSets: takers.includes(i + 1) }, i + 1);
      }
      const { announced, withdrawn } = announcements.read();
      announcements.writeAnswers();
      const refusals = errors(path).map((error) => error !== null);
      for (const error of errors(path)) if (error !== null) assert.match(String(error), refused);
      return { announced: announced.map(({ key }) => key), withdrawn, refusals };
    };
    assert.deepEqual(outcome([]), {
      announced: ["198.51.100.0/24"],
      withdrawn: [],
      refusals: [true, true, true, false],
    });
    assert.deepEqual(outcome([2]), {
      announced: ["203.0.113.0/24", "203.0.113.0/24 to 2001:db8::2"],
      withdrawn: [],
      refusals: [false, true, false, false],
    });
    assert.deepEqual(outcome([]).withdrawn, ["203.0.113.0/24", "203.0.113.0/24 to 2001:db8::2"]);
  }));

Deno.test("a wrong row gets one sentence in error; correcting the row removes it", () =>
  withWriter(({ announcements }, path) => {
    others(path, "INSERT INTO announcements(prefix) VALUES('203.0.113.1/24'), ('198.51.100.0/24')");
    assert.deepEqual(announcements.read().announced.map(({ key }) => key), ["198.51.100.0/24"]);
    announcements.writeAnswers();
    const sentence = 'prefix: "203.0.113.1/24" has host bits set; did you mean 203.0.113.0/24?';
    assert.deepEqual(errors(path), [sentence, null]);
    others(path, "UPDATE announcements SET prefix = '203.0.113.0/24' WHERE error IS NOT NULL");
    assert.deepEqual(announcements.read().announced.map(({ key }) => key), ["203.0.113.0/24"]);
    announcements.writeAnswers();
    assert.deepEqual(errors(path), [null, null]);
    // Our own writing is no change of others.
    assert.equal(announcements.changed, false);
    assert.equal(announcements.hasAnswers, false);
  }));

Deno.test("each kind of mistake has its own sentence", () => {
  const cases: [Parameters<typeof readRow>[0], RegExp][] = [
    [{ 0: "" }, /^prefix is missing$/],
    [{ 0: "x" }, /^prefix: "x" is not a prefix/],
    [{ 0: "203.0.113.0/33" }, /is not a prefix/],
    [{ 0: "198.18.6.0" }, /^prefix: "198\.18\.6\.0" has no length; did you mean 198\.18\.6\.0\/32\?$/],
    [{ 0: new Uint8Array(4) }, /^prefix is a blob/],
    [{ 0: "224.0.0.0/4" }, /^prefix: 224\.0\.0\.0\/4 is multicast and cannot be announced \(RFC 4271 §6\.3\)$/],
    [{ 0: "127.0.0.1/32" }, /^prefix: 127\.0\.0\.1\/32 is loopback/],
    [{ 0: "fe80::/64", 1: "2001:db8::1" }, /^prefix: fe80::\/64 is link-local/],
    [{ 1: "x" }, /^next_hop: "x" is neither an address nor "self"$/],
    [{ 1: "0.0.0.0" }, /^next_hop cannot be 0\.0\.0\.0$/],
    [{ 1: "0.1.2.3" }, /^next_hop cannot be 0\.1\.2\.3: it is an unspecified address$/],
    [{ 1: "224.0.0.1" }, /^next_hop cannot be 224\.0\.0\.1: it is a multicast address$/],
    [{ 1: "240.1.1.1" }, /^next_hop cannot be 240\.1\.1\.1: it is a reserved address/],
    [{ 1: "255.255.255.255" }, /^next_hop cannot be 255\.255\.255\.255: it is the broadcast address$/],
    [{ 0: "2001:db8::/32", 1: "ff02::1" }, /^next_hop cannot be ff02::1: it is a multicast address$/],
    [{ 0: "2001:db8::/32", 1: "fe80::1" }, /^next_hop cannot be fe80::1: a link-local address .* \(RFC 2545 §3\)$/],
    [{ 0: "2001:db8::/32", 1: "::ffff:224.0.0.1" }, /^next_hop cannot be ::ffff:224\.0\.0\.1: it is a multicast/],
    [{ 0: "2001:db8::/32" }, /^next_hop of an IPv6 prefix must be IPv6$/],
    [{ 3: "65000 x" }, /^as_path: "65000 x" is not an AS path/],
    [{ 3: "0" }, /^as_path: AS 0/],
    [{ 4: "bgp" }, /^origin: "bgp" is not an origin; write igp, egp or incomplete$/],
    [{ 5: -1n }, /^med: -1 is not a whole number/],
    [{ 5: "many" }, /^med: "many" is not a whole number/],
    [{ 6: 2n ** 32n }, /^local_pref: 4294967296 is not/],
    [{ 6: 1.5 }, /^local_pref: 1\.5 is not/],
    [{ 7: "65536:1" }, /^communities: "65536:1" is not valid; write for example/],
    [{ 8: "1:2" }, /^large_communities: "1:2"/],
    [{ 9: "rt" }, /^ext_communities: "rt"/],
    [
      { 7: "65000:1 ".repeat(2400), 8: "1:1:1 ".repeat(3200), 9: "rt:1:1 ".repeat(2800) },
      /^the attributes take \d{5} octets, more than a message holds$/,
    ],
  ];
  for (const [row, sentence] of cases) {
    const read = readRow(row);
    assert.ok(read.kind === "wrong", Deno.inspect(row));
    assert.match(read.error, sentence);
  }
  assert.equal(readRow({}).kind, "route");
  // The negative twin of "must be IPv6": RFC 8950 has IPv4 prefixes behind IPv6 next hops.
  assert.equal(readRow({ 1: "2001:db8::1" }).kind, "route");
});

Deno.test("a row for an unknown peer has an error until the peer exists", () =>
  withWriter(({ announcements }, path) => {
    others(path, "INSERT INTO announcements(prefix, peer) VALUES('203.0.113.0/24', '198.51.100.1')");
    assert.deepEqual(announcements.read().announced, []);
    announcements.writeAnswers();
    assert.deepEqual(errors(path), ["peer: there is no peer 198.51.100.1; `bgpd show peers` lists all"]);
    announcements.addPeer(
      { name: "198.51.100.1", remoteIp: "198.51.100.1", description: undefined, takesAsSets: true },
      3,
    );
    assert.equal(announcements.changed, true);
    const { announced } = announcements.read();
    assert.deepEqual(announced.map(({ key, peerId }) => [key, peerId]), [["203.0.113.0/24 to 198.51.100.1", 3]]);
    announcements.writeAnswers();
    assert.deepEqual(errors(path), [null]);
  }));

Deno.test("a row names its peer by name, address or description; a shared address names no peer", () =>
  withWriter(({ announcements }, path) => {
    announcements.addPeer({ name: "a", remoteIp: "192.0.2.7", description: "core", takesAsSets: true }, 7);
    announcements.addPeer({ name: "b", remoteIp: "192.0.2.7", description: undefined, takesAsSets: true }, 8);
    announcements.addPeer({ name: "c", remoteIp: "fe80::1%eth0", description: undefined, takesAsSets: true }, 9);
    others(
      path,
      "INSERT INTO announcements(prefix, peer) VALUES('10.0.0.0/8', 'b'), ('10.1.0.0/16', '192.0.2.7')," +
        " ('10.2.0.0/16', 'core'), ('10.3.0.0/16', 'FE80::1%eth0'), ('10.3.0.0/16', 'c')",
    );
    assert.deepEqual(announcements.read().announced.map(({ key, peerId }) => [key, peerId]), [
      ["10.0.0.0/8 to b", 8],
      ["10.2.0.0/16 to a", 7],
      ["10.3.0.0/16 to c", 9],
    ]);
    announcements.writeAnswers();
    assert.deepEqual(errors(path), [
      null,
      "peer: 192.0.2.7 is the address of 2 peers: name one of a, b",
      null,
      "row 5 announces the same and is newer",
      null,
    ]);
    // What is announced again by another word for the same peer replaces the row, and withdraw finds it by any.
    announcements.add({ ...plain, prefix: "10.2.0.0/16", peer: "a" }, { source: "command" });
    assert.deepEqual(
      announcements.table.list().filter(({ prefix }) => prefix === "10.2.0.0/16").map(({ peer }) => peer),
      [
        "a",
      ],
    );
    assert.equal(announcements.remove({ prefix: "10.2.0.0/16", peer: "core" }, { source: "api" }), 1);
    assert.equal(announcements.remove({ prefix: "10.3.0.0/16", peer: "fe80::1%eth0" }, { source: "api" }), 2);
    announcements.removePeer("a");
    assert.deepEqual(announcements.read().announced.map(({ key, peerId }) => [key, peerId]), [["10.1.0.0/16 to b", 8]]);
  }));

Deno.test("of two rows for one prefix the newer is announced; after its deletion the older is", () =>
  withWriter(({ announcements }, path) => {
    others(path, "INSERT INTO announcements(prefix, med) VALUES('203.0.113.0/24', 1), ('203.0.113.0/24', 2)");
    assert.deepEqual(announcements.read().announced.map(({ route }) => route.attributes.med), [2]);
    announcements.writeAnswers();
    assert.deepEqual(errors(path), ["row 2 announces the same and is newer", null]);
    others(path, "DELETE FROM announcements WHERE id = 2");
    const { announced, withdrawn } = announcements.read();
    assert.deepEqual([announced.map(({ route }) => route.attributes.med), withdrawn], [[1], []]);
    announcements.writeAnswers();
    assert.deepEqual(errors(path), [null]);
  }));

Deno.test("announcing a prefix again replaces its row, whatever the spelling; withdrawing deletes it", () =>
  withWriter(({ announcements }) => {
    announcements.add({ ...plain, prefix: "2001:DB8::/32", nextHop: "2001:db8::1" }, { source: "command" });
    const id = announcements.add({ ...plain, prefix: "2001:db8:0::/32", nextHop: "2001:db8::9" }, { source: "api" });
    announcements.add({ ...plain, prefix: "2001:db8::/32", peer: "192.0.2.1" }, { source: "command" });
    assert.deepEqual(
      announcements.table.list().map(({ prefix, nextHop, peer, source }) => [prefix, nextHop, peer, source]),
      [
        ["2001:db8::/32", "2001:db8::9", null, "api"],
        ["2001:db8::/32", "self", "192.0.2.1", "command"],
      ],
    );
    assert.equal(announcements.read().announced.length, 2);
    assert.throws(() => announcements.add({ ...plain, prefix: "x" }, { source: "command" }), StoreError);
    assert.equal(announcements.remove({ prefix: "2001:db8::/32", peer: "192.0.2.1" }, { source: "api" }), 1);
    assert.equal(announcements.remove({ prefix: "203.0.113.0/24", peer: null }, { source: "api" }), 0);
    assert.equal(announcements.removeRow(id, { source: "api" }), true);
    assert.equal(announcements.removeRow(id, { source: "api" }), false);
    assert.deepEqual(announcements.read().withdrawn.toSorted(), ["2001:db8::/32", "2001:db8::/32 to 192.0.2.1"]);
  }));

Deno.test("bgpd writes and shows rows in the form of rib; a row that an operator wrote stays as it is", () =>
  withWriter(({ announcements }, path) => {
    const values = "'2001:DB8:0::/32', 'SELF', 'IGP', '65000  {2,1}', 'no-export,65000:1'";
    others(path, `INSERT INTO announcements(prefix, next_hop, origin, as_path, communities) VALUES(${values})`);
    const [row] = announcements.table.list();
    assert.deepEqual([row!.prefix, row!.communities], ["2001:DB8:0::/32", "no-export,65000:1"]);
    const shown = shownRow(row!);
    assert.deepEqual(
      [shown.prefix, shown.nextHop, shown.origin, shown.asPath, shown.communities, shown.id],
      ["2001:db8::/32", "self", "igp", "65000 {2,1}", "65535:65281 65000:1", 1],
    );
    const id = announcements.add({ ...plain, nextHop: "Self", communities: "no-export" }, { source: "command" });
    const written = announcements.table.row(id)!;
    assert.deepEqual([written.nextHop, written.communities, written.origin], ["self", "65535:65281", null]);
    assert.deepEqual(shownRow({ ...row!, prefix: "x" }).prefix, "x", "negative: what makes no sense is shown as it is");
    assert.equal(announcements.table.row(99), undefined);
    assert.deepEqual(announcements.table.page(1, 10).map((each) => each.id), [id]);
    assert.deepEqual(announcements.rowsFor("2001:db8::/32").map((each) => each.id), [1]);
  }));

Deno.test("announcements are written without a daemon, and the next daemon reads them", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    assert.throws(() => new AnnouncementFile(path), /there is no database/);
    new StoreWriter(path, { now: () => noon }).close();
    const file = new AnnouncementFile(path);
    file.change([plain], [], { source: "command" });
    assert.equal(file.list().length, 1);
    file.close();
    const writer = new StoreWriter(path, { now: () => noon });
    assert.deepEqual(writer.announcements.read().announced.map(({ key }) => key), ["203.0.113.0/24"]);
    writer.close();
  }));

Deno.test("a database of schema 1 gets the column source", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    createVersion(4, path);
    others(
      path,
      "ALTER TABLE announcements DROP COLUMN source; DROP TABLE flushes; DROP VIEW rib_history; DROP VIEW updates;" +
        " DROP VIEW adj_rib_in;" +
        "DROP VIEW rib; DROP VIEW loc_rib; DROP TABLE multipath; DROP VIEW peer_status; DROP TABLE configured_peers;" +
        " ALTER TABLE peers DROP COLUMN role;" +
        "ALTER TABLE peers DROP COLUMN remote_role; ALTER TABLE peers DROP COLUMN reason; ALTER TABLE peers DROP" +
        " COLUMN stale_until;" +
        "ALTER TABLE history_gaps DROP COLUMN began_at; PRAGMA user_version = 1;" +
        "INSERT INTO announcements(prefix) VALUES('203.0.113.0/24')",
    );
    const writer = new StoreWriter(path, { now: () => noon });
    assert.equal(writer.announcements.table.list()[0]!.source, "sql");
    writer.close();
    others(
      path,
      "SELECT ended_by FROM rib_history; SELECT until_ms FROM updates; SELECT changed FROM adj_rib_in; SELECT" +
        " multipath FROM rib",
    );
    others(path, "SELECT toml FROM configured_peers; SELECT role, remote_role, reason FROM peer_status");
  }));

Deno.test("a cell of megabytes is an error of its row, and takes neither memory nor a long sentence", () =>
  withWriter((writer, path) => {
    const db = new DatabaseSync(path);
    db.exec("INSERT INTO announcements(prefix, as_path) VALUES('10.0.0.0/8', printf('%5000000c', '1'))");
    db.exec("INSERT INTO announcements(prefix) VALUES(printf('%5000000c', 'x')), (printf('%15000c', 'x'))");
    db.close();
    assert.deepEqual(writer.announcements.read(), { announced: [], withdrawn: [] });
    const errors = [...writer.announcements.errors.values()];
    assert.equal(errors.length, 3);
    for (const error of errors) assert.ok(error !== null && error.length <= 400, `${error?.length} characters`);
    const longest = Math.max(
      ...writer.announcements.table.list().flatMap((row) => Object.values(row).map((value) => String(value).length)),
    );
    assert.ok(longest <= 20_001, `${longest} characters`);
  }));

Deno.test("each of thousands of announcements takes the same time, however many exist", () =>
  withWriter((writer) => {
    const { announcements } = writer;
    const text = { ...plain, med: 7 };
    const prefixOf = (i: number) => `10.${i >> 8}.${i & 255}.0/24`;
    const many = 4_000;
    announcements.read();
    const addAll = (from: number, to: number) => {
      const before = performance.now();
      for (let i = from; i < to; i++) {
        announcements.add({ ...text, prefix: prefixOf(i) }, { source: "api" });
        const { announced, withdrawn } = announcements.read();
        assert.deepEqual([announced.map(({ key }) => key), withdrawn], [[prefixOf(i)], []]);
      }
      return performance.now() - before;
    };
    const first = addAll(0, many / 4);
    addAll(many / 4, many - many / 4);
    const last = addAll(many - many / 4, many);
    assert.ok(last < 3 * first + 200, `the first thousand took ${first} ms, the last ${last} ms`);
    // Another of the same prefix takes its place; what is known by heart is what stands there.
    announcements.add({ ...text, prefix: prefixOf(5), med: 8 }, { source: "api" });
    assert.deepEqual(announcements.read().withdrawn, []);
    assert.equal(announcements.table.list().length, many);
    for (let i = 0; i < many; i++) {
      assert.equal(announcements.remove({ prefix: prefixOf(i), peer: null }, { source: "api" }), 1);
      assert.deepEqual(announcements.read(), { announced: [], withdrawn: [prefixOf(i)] });
    }
    assert.equal(announcements.table.list().length, 0);
    assert.equal(announcements.changed, false);
  }));

Deno.test("rows of a command and rows of others in between are announced together, each once", () =>
  withWriter((writer, path) => {
    const { announcements } = writer;
    const db = new DatabaseSync(path);
    const text = { ...plain, prefix: "10.0.0.0/8" };
    announcements.read();
    announcements.add(text, { source: "api" });
    db.exec("INSERT INTO announcements(prefix) VALUES('11.0.0.0/8')");
    assert.deepEqual(announcements.read().announced.map(({ key }) => key), ["10.0.0.0/8", "11.0.0.0/8"]);
    assert.equal(announcements.remove({ prefix: "10.0.0.0/8", peer: null }, { source: "api" }), 1);
    db.exec("INSERT INTO announcements(prefix) VALUES('10.0.0.0/8')");
    const changes = announcements.read();
    assert.deepEqual([changes.announced.map(({ key }) => key), changes.withdrawn], [["10.0.0.0/8"], []]);
    // Two rows of one key: the older one counts when the newer one goes.
    db.exec("INSERT INTO announcements(prefix, med) VALUES('10.0.0.0/8', 5)");
    announcements.read();
    const newest = Math.max(...announcements.table.list().map(({ id }) => id));
    assert.equal(announcements.removeRow(newest, { source: "api" }), true);
    assert.equal(announcements.read().announced[0]?.route.attributes.med, undefined);
    db.close();
  }));

/** The columns of all rows of a query, joined by blanks. */
function ask(path: string, sql: string): string[] {
  const db = new DatabaseSync(path, { readOnly: true });
  try {
    return db.prepare(sql).all().map((row) => Object.values(row).join(" "));
  } finally {
    db.close();
  }
}

Deno.test("the log has every change: what, by whom and from where, also those of other SQLite clients", () =>
  withWriter(({ announcements }, path) => {
    const alice = { source: "command", client: "alice from 192.0.2.7" } as const;
    const id = announcements.add({ ...plain, med: 5, comment: "ticket 7" }, alice);
    others(path, `UPDATE announcements SET med = 6 WHERE id = ${id}`);
    // The daemon's own answer is no change, and neither is a column that keeps its value.
    others(path, `UPDATE announcements SET error = 'x', med = 6 WHERE id = ${id}`);
    announcements.read();
    announcements.writeAnswers();
    others(path, "INSERT INTO announcements(prefix) VALUES('198.51.100.0/24')");
    announcements.removeSource("command", { source: "exabgp:flows" });
    others(path, "DELETE FROM announcements");
    assert.deepEqual(ask(path, "SELECT action, source, client, prefix, med, comment FROM announcements_log"), [
      "add command alice from 192.0.2.7 203.0.113.0/24 5 ticket 7",
      "change sql  203.0.113.0/24 6 ticket 7",
      "add sql  198.51.100.0/24  ",
      "delete exabgp:flows  203.0.113.0/24 6 ticket 7",
      "delete sql  198.51.100.0/24  ",
    ]);
    assert.deepEqual(ask(path, "SELECT * FROM announcements_writer"), []);
    const [at] = ask(path, "SELECT at FROM announcements_log WHERE id = 1");
    assert.ok(Math.abs(Date.parse(at!) - Date.now()) < 60_000, at);
  }));

Deno.test("of a large table only the changed rows are read again", () =>
  withWriter(({ announcements }, path) => {
    const many = Array.from({ length: 500 }, (_, i) => `('10.${i >> 8}.${i & 255}.0/24')`).join(", ");
    others(path, `INSERT INTO announcements(prefix) VALUES${many}`);
    assert.equal(announcements.read().announced.length, 500);
    let read = 0;
    const all = announcements.table.all.bind(announcements.table);
    announcements.table.all = () => {
      read++;
      return all();
    };
    const keys = () => {
      const { announced, withdrawn } = announcements.read();
      return [announced.map(({ key }) => key), withdrawn];
    };
    others(path, "INSERT INTO announcements(prefix) VALUES('192.0.2.0/24'); DELETE FROM announcements WHERE id = 7");
    assert.deepEqual(keys(), [["192.0.2.0/24"], ["10.0.6.0/24"]]);
    others(path, "UPDATE announcements SET prefix = '198.51.100.0/24' WHERE id = 8");
    assert.deepEqual(keys(), [["198.51.100.0/24"], ["10.0.7.0/24"]]);
    // Its own changes are in memory already.
    announcements.change([{ ...plain }], [{ prefix: "10.0.9.0/24" }], { source: "api" });
    others(path, "REPLACE INTO announcements(id, prefix) VALUES(9, '198.51.101.0/24')");
    assert.deepEqual(keys(), [["203.0.113.0/24", "198.51.101.0/24"], ["10.0.9.0/24", "10.0.8.0/24"]]);
    assert.equal(read, 0);
    // Without the triggers, or without a part of the log, everything is read.
    others(path, "DROP TRIGGER announcements_deleted; DELETE FROM announcements WHERE id = 20");
    assert.deepEqual([keys(), read], [[[], ["10.0.19.0/24"]], 1]);
    others(path, "UPDATE announcements SET med = 1 WHERE id = 21; DELETE FROM announcements_log");
    assert.deepEqual([keys(), read], [[["10.0.20.0/24"], []], 2]);
  }));

/** A wall clock and a monotonic clock that a test moves. */
class Time {
  wall = noon;
  elapsed = 0;
  readonly clocks = { now: () => this.wall, monotonic: () => this.elapsed };

  pass(ms: number): void {
    this.wall += ms;
    this.elapsed += ms;
  }
}

Deno.test("a row is withdrawn when its time is over, and stays in the table as expired", () => {
  const time = new Time();
  return withWriter(({ announcements }, path) => {
    const row = (prefix: string, expires: string) =>
      others(path, `INSERT INTO announcements(prefix, expires_at) VALUES('${prefix}', ${expires})`);
    row("192.0.2.0/24", "'2026-01-01T12:10:00Z'");
    row("198.51.100.0/24", "'2026-01-01 12:05:00'");
    row("203.0.113.0/24", "'2026-01-01T13:00:00+01:00'");
    const keys = () => {
      const { announced, withdrawn } = announcements.read();
      if (announcements.hasAnswers) announcements.writeAnswers();
      return [announced.map(({ key }) => key), withdrawn];
    };
    // The time of the last one is over already.
    assert.deepEqual(keys(), [["192.0.2.0/24", "198.51.100.0/24"], []]);
    const states = () => ask(path, "SELECT prefix, state, error FROM announcement_status ORDER BY id");
    assert.deepEqual(states()[2], "203.0.113.0/24 expired ");
    time.pass(299_999);
    assert.equal(announcements.changed, false);
    time.pass(1);
    assert.equal(announcements.changed, true);
    assert.deepEqual(keys(), [[], ["198.51.100.0/24"]]);
    assert.equal(announcements.changed, false);
    time.pass(600_000);
    assert.deepEqual(keys(), [[], ["192.0.2.0/24"]]);
    assert.deepEqual(states().map((text) => text.split(" ")[1]), ["expired", "expired", "expired"]);
    assert.deepEqual(ask(path, "SELECT prefix, source, at FROM announcements_log WHERE action = 'expire'"), [
      "203.0.113.0/24 bgpd 2026-01-01T12:00:00.000Z",
      "198.51.100.0/24 bgpd 2026-01-01T12:05:00.000Z",
      "192.0.2.0/24 bgpd 2026-01-01T12:15:00.000Z",
    ]);
    // Another time announces it again, and so does none.
    others(path, "UPDATE announcements SET expires_at = '2026-01-01T14:00:00Z' WHERE prefix = '192.0.2.0/24'");
    others(path, "UPDATE announcements SET expires_at = NULL WHERE prefix = '203.0.113.0/24'");
    assert.deepEqual(keys(), [["203.0.113.0/24", "192.0.2.0/24"], []]);
    others(path, "DELETE FROM announcements WHERE prefix = '198.51.100.0/24'");
    assert.deepEqual(ask(path, "SELECT id FROM announcements_expired WHERE id = 2"), []);
  }, time.clocks);
});

Deno.test("when a newer row expires, the older one for the same prefix is announced again", () => {
  const time = new Time();
  return withWriter(({ announcements }, path) => {
    others(path, "INSERT INTO announcements(prefix, med, expires_at) VALUES('10.0.0.0/8', 1, NULL)");
    others(path, "INSERT INTO announcements(prefix, med, expires_at) VALUES('10.0.0.0/8', 2, '2026-01-01T12:01:00Z')");
    const meds = () => announcements.read().announced.map(({ route }) => route.attributes.med);
    assert.deepEqual(meds(), [2]);
    announcements.writeAnswers();
    assert.deepEqual(errors(path), ["row 2 announces the same and is newer", null]);
    time.pass(60_000);
    assert.deepEqual(meds(), [1]);
    announcements.writeAnswers();
    assert.deepEqual(errors(path), [null, null]);
  }, time.clocks);
});

Deno.test("a clock that is set back prolongs nothing, and brings nothing back, also after a restart", () => {
  const time = new Time();
  return withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    const open = () => new StoreWriter(path, time.clocks);
    const first = open();
    first.announcements.add({ ...plain, expiresAt: "2026-01-01T12:10:00Z" }, { source: "api" });
    assert.equal(first.announcements.read().announced.length, 1);
    time.pass(540_000);
    // An hour back; and a change of the row that keeps its time.
    time.wall -= 3_600_000;
    others(path, "UPDATE announcements SET comment = 'x'");
    assert.equal(first.announcements.read().announced.length, 1);
    time.pass(59_999);
    assert.deepEqual(first.announcements.read(), { announced: [], withdrawn: [] });
    time.pass(1);
    assert.deepEqual(first.announcements.read().withdrawn, ["203.0.113.0/24"]);
    first.announcements.writeAnswers();
    first.close();
    const second = open();
    assert.deepEqual(second.announcements.read(), { announced: [], withdrawn: [] });
    second.close();
  });
});

Deno.test("a clock that is set forward ends what is over by it", () => {
  const time = new Time();
  return withWriter(({ announcements }) => {
    announcements.add({ ...plain, expiresAt: "2026-01-01T12:10:00Z" }, { source: "api" });
    announcements.read();
    time.wall += 3_600_000;
    assert.equal(announcements.changed, true);
    assert.equal(announcements.read().withdrawn.length, 1);
  }, time.clocks);
});

Deno.test("times are ISO 8601, also as SQLite writes them; anything else is one sentence", () => {
  const expiry = (text: string | bigint) => {
    const read = readRow({ 16: text });
    return read.kind === "route" ? read.expiresAt : read.error;
  };
  assert.equal(expiry("2026-01-01T12:00:00Z"), noon);
  assert.equal(expiry("2026-01-01 12:00:00"), noon);
  assert.equal(expiry("2026-01-01T12:00"), noon);
  assert.equal(expiry("2026-01-01t14:00:00.000+02:00"), noon);
  for (const text of ["10m", "2026-02-30T12:00:00Z", "2026-01-01", "12:00", "2026-01-01T25:00:00Z", 1767268800n]) {
    assert.match(String(expiry(text)), /^expires_at: ".*" is not a time; write for example "2026-12-31T18:00:00Z"$/);
  }
});

Deno.test("a change is all or none, and of two rows for the same prefix the last one counts", () =>
  withWriter(({ announcements }, path) => {
    const author = { source: "api" } as const;
    const wrong = [{ ...plain }, { ...plain, prefix: "x" }];
    assert.throws(() => announcements.change(wrong, [], author), /"x" is not a prefix/);
    assert.deepEqual(ask(path, "SELECT count(*) FROM announcements"), ["0"]);
    const { ids } = announcements.change([{ ...plain, med: 1 }, { ...plain, med: 2 }], [], author);
    assert.deepEqual(ids, [1]);
    assert.deepEqual(ask(path, "SELECT id, med FROM announcements"), ["1 2"]);
    const { ids: next, deleted } = announcements.change([{ ...plain, med: 3 }], [{ prefix: plain.prefix }], author);
    assert.deepEqual([next, deleted], [[2], 1]);
    assert.deepEqual(announcements.read().announced.map(({ route }) => route.attributes.med), [3]);
  }));

Deno.test("another family of prefixes is a destination of its own", () =>
  withWriter(({ announcements }, path) => {
    others(
      path,
      "INSERT INTO announcements(prefix, family) VALUES('10.0.0.0/8', NULL), ('10.0.0.0/8', 'IPv4-multicast')",
    );
    others(path, "INSERT INTO announcements(prefix, family) VALUES('10.0.0.0/8', 'ipv6 unicast'), ('10.0.0.0/8', 'x')");
    const { announced } = announcements.read();
    assert.deepEqual(announced.map(({ key, route }) => [key, route.family]), [
      ["10.0.0.0/8", 1],
      ["ipv4 multicast 10.0.0.0/8", 3],
    ]);
    announcements.writeAnswers();
    assert.deepEqual(errors(path).slice(2), [
      "prefix: 10.0.0.0/8 is not a prefix of ipv6 unicast",
      'family: "x" is not a family; write for example "ipv4 unicast"',
    ]);
    assert.equal(announcements.rowsFor("10.0.0.0/8").length, 2);
    assert.equal(announcements.rowsFor("65000:1 10.0.0.0/8").length, 0);
    assert.equal(announcements.remove({ prefix: "10.0.0.0/8", family: "ipv4 multicast" }, { source: "api" }), 1);
    assert.deepEqual(announcements.read().withdrawn, ["ipv4 multicast 10.0.0.0/8"]);
  }));

Deno.test("a row that expired a week ago is deleted, and the log keeps a bounded number of changes", () => {
  const time = new Time();
  return withWriter((writer, path) => {
    const { announcements } = writer;
    announcements.add({ ...plain, expiresAt: "2026-01-01T12:01:00Z" }, { source: "api" });
    announcements.add({ ...plain, prefix: "10.0.0.0/8", expiresAt: "2026-01-01T12:01:00Z" }, { source: "api" });
    time.pass(60_000);
    announcements.read();
    announcements.writeAnswers();
    // Somebody gives one of them another time.
    others(path, "UPDATE announcements SET expires_at = '2027-01-01T00:00:00Z' WHERE id = 2");
    announcements.read();
    const rows = () => ask(path, "SELECT id, state FROM announcement_status ORDER BY id");
    time.pass(7 * 86_400_000 - 1);
    while (writer.cleanup(1_000));
    assert.deepEqual(rows(), ["1 expired", "2 pending"]);
    time.pass(2);
    while (writer.cleanup(1_000));
    assert.deepEqual(rows(), ["2 pending"]);
    assert.deepEqual(ask(path, "SELECT action, source FROM announcements_log ORDER BY id DESC LIMIT 1"), [
      "delete bgpd",
    ]);
    assert.deepEqual(announcements.read(), { announced: [], withdrawn: [] });
    others(
      path,
      "INSERT INTO announcements_log(id, at, action, source, announcement_id) VALUES(300000, '', 'add', 'sql', 2);" +
        "INSERT INTO announcements_log(id, at, action, source, announcement_id) VALUES(100, '', 'add', 'sql', 2)",
    );
    while (writer.cleanup(1_000));
    const [oldest] = ask(path, "SELECT min(id) FROM announcements_log");
    assert.equal(oldest, "300000");
  }, time.clocks);
});
