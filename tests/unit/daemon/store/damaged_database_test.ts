/** A start over a damaged file, as the store's thread goes about it: opening, the peers, loading. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { StoreHost } from "../../../../src/daemon/store/store_host.ts";
import { StoreWriter } from "../../../../src/store/mod.ts";
import { noon, smallTable, withFolder } from "../../store/fixture.ts";

const pageBytes = 4096;

function leave(path: string): void {
  const writer = new StoreWriter(path, { now: () => noon });
  writer.peers.upsert({ name: "192.0.2.1", remoteIp: "192.0.2.1" });
  writer.peers.upsert({ name: "2001:db8::2", remoteIp: "2001:db8::2" });
  writer.apply(smallTable().history(noon - 9, noon - 5, 1, 1, 1).batch);
  writer.indexes.buildAll();
  writer.close();
  announce(path, "198.51.100.0/24");
}

function announce(path: string, prefix = "203.0.113.0/24"): void {
  const db = new DatabaseSync(path, { timeout: 5000 });
  db.prepare("INSERT INTO announcements(prefix, source) VALUES(?, 'command')").run(prefix);
  db.close();
}

/** The kinds of the messages to main, with their text. */
function start(path: string, during: (host: StoreHost) => void = () => {}) {
  const reported: string[] = [], toRib: string[] = [];
  const steps: (() => void)[] = [];
  let now = noon + 1000;
  const host = new StoreHost({
    now: () => now,
    monotonic: () => now,
    toMain: (message) => {
      reported.push(message.kind === "refused" ? `refused: ${message.reason}` : message.kind);
    },
    later: (step) => void steps.push(step),
  });
  const peers = ["192.0.2.1", "2001:db8::2"].map((name) => ({ name, remoteIp: name }));
  host.fromMain({ kind: "open", database: path, version: "test", peers, networks: [] });
  if (reported[0]?.startsWith("refused")) return { reported, toRib, host, runSteps: () => {} };
  during(host);
  host.join(({ kind }) => void toRib.push(kind));
  const runSteps = () => {
    now += 10_000;
    for (const step of steps.splice(0)) step();
    host.watch();
  };
  return { reported, toRib, host, runSteps };
}

Deno.test("whichever page is damaged, bgpd starts and stores what peers announce", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    leave(path);
    const whole = Deno.readFileSync(path);
    const db = new DatabaseSync(path);
    const needed = db.prepare("SELECT pageno FROM dbstat WHERE name IN ('sqlite_schema', 'announcements')").all()
      .map((row) => Number(row["pageno"]));
    db.close();
    for (let page = 1; page <= whole.length / pageBytes; page++) {
      const damaged = whole.slice();
      damaged.fill(0xff, (page - 1) * pageBytes, page * pageBytes);
      Deno.writeFileSync(path, damaged);
      const { reported, toRib, host, runSteps } = start(path);
      assert.equal(reported[0], "opened", `page ${page}: ${reported}`);
      for (let round = 0; round < 3; round++) runSteps();
      assert.ok(toRib.includes("loaded"), `page ${page}: ${toRib}`);
      assert.equal(reported.includes("announcements"), !needed.includes(page), `page ${page}: ${reported}`);
      host.fromMain({ kind: "close", restarts: false });
      for (const { name } of [...Deno.readDirSync(folder)]) Deno.removeSync(`${folder}/${name}`);
    }
  }));

for (const table of ["announcements", "configured_peers", "peers", "routes", "peer_events", "daemon"]) {
  Deno.test(`a database from which somebody dropped ${table} is renamed, before a start and during a run`, () =>
    withFolder((folder) => {
      const path = `${folder}/bgpd.db`;
      leave(path);
      const drop = () => {
        const db = new DatabaseSync(path, { timeout: 5000 });
        db.exec(`DROP TABLE ${table}`);
        db.close();
      };
      drop();
      const { reported, toRib, host, runSteps } = start(path);
      assert.equal(reported[0], "opened", String(reported));
      assert.ok(toRib.includes("loaded"));
      runSteps();
      // A start does not know what stood in a table that is gone; a run does.
      announce(path);
      runSteps();
      drop();
      host.fromMain({ kind: "peerEvent", peerId: 1, event: { at: noon, kind: "state", text: "Idle -> Connect" } });
      for (let round = 0; round < 3; round++) runSteps();
      host.fromMain({ kind: "close", restarts: false });
      const db = new DatabaseSync(path);
      assert.equal(
        db.prepare("SELECT count(*) AS n FROM announcements").get()!["n"],
        table === "announcements" ? 1 : 2,
      );
      db.close();
    }));
}

Deno.test("a lock on the database while it is loaded makes bgpd wait, not fail", () =>
  withFolder((folder) => {
    const path = `${folder}/bgpd.db`;
    leave(path);
    const other = new DatabaseSync(path);
    const { toRib, host, runSteps } = start(path, () => other.exec("BEGIN IMMEDIATE"));
    assert.ok(toRib.includes("loadPrefixes") && !toRib.includes("loaded"), String(toRib));
    other.exec("ROLLBACK");
    other.close();
    runSteps();
    assert.deepEqual(toRib.filter((kind) => kind !== "outcomes").slice(-3), ["loaded", "buffer", "buffer"]);
    host.fromMain({ kind: "close", restarts: false });
  }));
