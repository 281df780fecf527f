/**
 * A database while the daemon lives and dies: kill -9 at any moment, a damaged file. The RIB in memory is the truth, so
 * that the tables end up equal to what the peer sent.
 */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { MessageType } from "../../src/message/mod.ts";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { seed } from "../support/seed.ts";
import { sleep, waitFor } from "../support/wait.ts";
import { Random } from "../fuzz/random.ts";
import { MovingTable } from "./moving_table.ts";

/** How often the daemon is killed. */
const kills = 50;

interface Lab {
  readonly folder: string;
  readonly config: string;
  connect(): Promise<ScriptedPeer>;
}

/** A configuration with one passive eBGP peer, in a folder that outlives the daemon. */
async function withLab(run: (lab: Lab) => Promise<void>, more = "", keepaliveMs?: number): Promise<void> {
  const address = loopback();
  const port = freePort(address);
  const local = loopback();
  const config = `router_id = "10.0.0.1"
default_as = 65000
bgp_socket = "${address}:${port}"
[[peers]]
remote_ip = "${local}"
remote_as = 65001
passive = true
${more}
`;
  const folder = await Deno.makeTempDir({ prefix: "bgpd-restart-" });
  const beat = keepaliveMs === undefined ? {} : { keepaliveMs };
  const connect = () => ScriptedPeer.connect({ local, address, port, asn: 65001, ...beat });
  try {
    await run({ folder, config, connect });
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

interface Row {
  readonly prefix: string;
  readonly med: number;
  readonly stale: number;
  readonly received_at: string;
}

/** What peers announced. */
function ribOf(bgpd: Bgpd): Row[] {
  const query = "SELECT prefix, med, stale, received_at FROM rib WHERE peer_id <> 0 ORDER BY prefix";
  return bgpd.sql(query).map((row) => ({ ...row })) as unknown as Row[];
}

/** `rib` is exactly this table: nothing lost, nothing twice, nothing stale. */
function assertHolds(bgpd: Bgpd, table: MovingTable, what: string): void {
  const expected = [...table.routes].map(([prefix, med]) => `${prefix} ${med} fresh`).sort();
  const found = ribOf(bgpd).map(({ prefix, med, stale }) => `${prefix} ${med} ${stale === 0 ? "fresh" : "stale"}`)
    .sort();
  assert.deepEqual(found, expected, what);
}

const isComplete = (bgpd: Bgpd) => bgpd.sql("SELECT 1 FROM peer_status WHERE eor_at IS NOT NULL").length === 1;

Deno.test(`kill -9 at ${kills} random moments of a replay: nothing torn, lost or twice`, () =>
  withLab(async ({ folder, config, connect }) => {
    // When it is killed is one thing, what is sent until then is another, of which there is more on a fast machine.
    const plan = new Random(seed);
    const random = new Random(seed + 1);
    const table = new MovingTable(4000, random);
    let left: Row[] = [];
    let staleSeen = 0, keptTimes = 0, refreshes = 0;
    for (let round = 0; round < kills; round++) {
      const what = `round ${round} of seed ${seed}`;
      await using bgpd = await startBgpd({ config, cwd: folder });
      const kept = ribOf(bgpd);
      assert.deepEqual(
        kept,
        left.map((row) => ({ ...row, stale: 1 })),
        `${what}: rows stay, as stale`,
      );
      staleSeen += kept.length;

      const session = await connect();
      const messages = table.whole();
      const [killsEarly, killAfterMs] = [plan.chance(50), plan.below(300)];
      const killed = killsEarly ? sleep(killAfterMs).then(() => bgpd.process.signal("SIGKILL")) : undefined;
      for (const piece of messages) {
        session.write(piece);
        if (killed !== undefined) await sleep(0);
      }
      if (killed === undefined) {
        await waitFor("End-of-RIB in the database", () => isComplete(bgpd), { detail: () => bgpd.process.log() });
        assertHolds(bgpd, table, what);
        const now = new Map(ribOf(bgpd).map((row) => [row.prefix, row]));
        for (const { prefix, med, received_at } of kept) {
          if (table.routes.get(prefix) !== med) continue;
          assert.equal(now.get(prefix)!.received_at, received_at, `${what}: ${prefix} was announced as it was`);
          keptTimes++;
        }
        refreshes++;
        const end = performance.now() + killAfterMs;
        while (performance.now() < end) {
          session.write(table.change(1 + random.below(60)));
          await sleep(random.below(4));
        }
        bgpd.process.signal("SIGKILL");
      }
      await killed;
      await bgpd.process.end();
      session.close();
      assert.deepEqual(bgpd.sql("PRAGMA integrity_check"), [{ __proto__: null, integrity_check: "ok" }], what);
      left = ribOf(bgpd);
    }
    // The test was one.
    assert.ok(staleSeen > kills * 500 && keptTimes > kills * 100 && refreshes > kills / 5, `${staleSeen} ${keptTimes}`);
  }));

Deno.test("routes of a member of a network stay over a kill as stale, and are refreshed or expire", () =>
  withLab(async (lab) => {
    const config = lab.config.replace(/remote_ip = .*\nremote_as = .*\n/, 'remote_ip = "127.0.0.0/8"\n');
    let left: Row[];
    const table = new MovingTable(300, new Random(4271));
    {
      await using bgpd = await startBgpd({ config, cwd: lab.folder });
      const session = await lab.connect();
      for (const piece of table.whole()) session.write(piece);
      await waitFor("End-of-RIB in the database", () => isComplete(bgpd), { detail: () => bgpd.process.log() });
      assertHolds(bgpd, table, "to begin with");
      left = ribOf(bgpd);
      bgpd.process.signal("SIGKILL");
      await bgpd.process.end();
      session.close();
    }
    {
      await using bgpd = await startBgpd({ config, cwd: lab.folder });
      assert.deepEqual(ribOf(bgpd), left.map((row) => ({ ...row, stale: 1 })));
      const session = await lab.connect();
      for (const piece of table.whole()) session.write(piece);
      await waitFor("End-of-RIB in the database", () => isComplete(bgpd), { detail: () => bgpd.process.log() });
      assertHolds(bgpd, table, "after the restart");
      assert.deepEqual(ribOf(bgpd), left, "identical routes were not written again");
      assert.equal(bgpd.sql("SELECT 1 FROM peer_status").length, 1);
      bgpd.process.signal("SIGKILL");
      await bgpd.process.end();
      session.close();
    }
    // Outside of every network, it is a peer that left the configuration.
    await using bgpd = await startBgpd({ config: config.replace("127.0.0.0/8", "192.0.2.0/24"), cwd: lab.folder });
    assert.deepEqual(ribOf(bgpd), []);
  }));

/** A hold time that a daemon waiting for its disk would miss, and a peer that is never silent for long. */
const impatient = ["hold_timer = 3\nsend_hold_timer = 0", 250] as const;

/** A session that has announced its table, all of which is in the database. */
async function settled(bgpd: Bgpd, lab: Lab): Promise<{ table: MovingTable; session: ScriptedPeer }> {
  const table = new MovingTable(1500, new Random(7606));
  const session = await lab.connect();
  for (const piece of table.whole()) session.write(piece);
  await waitFor("End-of-RIB in the database", () => isComplete(bgpd), { detail: () => bgpd.process.log() });
  assertHolds(bgpd, table, "to begin with");
  return { table, session };
}

/** The session is the one it was: no NOTIFICATION came, and `rib` becomes what was sent. */
async function assertCatchesUp(bgpd: Bgpd, table: MovingTable, session: ScriptedPeer): Promise<void> {
  session.write(table.change(20));
  const equal = () => {
    assertHolds(bgpd, table, "in the end");
    return true;
  };
  await waitFor("rib to be what was sent", equal, { detail: () => bgpd.process.log() });
  assert.ok(session.received.every(({ type }) => type !== MessageType.notification), bgpd.process.log());
  assert.equal(bgpd.log.match(/Established$/gm)?.length, 1, "one session all along");
}

const damages: readonly { readonly title: string; readonly says: string; damage(bytes: Uint8Array): Uint8Array }[] = [
  { title: "a file that is no database", says: "is not a database", damage: () => new Uint8Array(8192).fill(0x42) },
  {
    title: "a database with its tables overwritten",
    says: "is damaged",
    damage: (bytes) => bytes.fill(0xff, 4096, Math.min(bytes.length, 400_000)),
  },
];

for (const { title, says, damage } of damages) {
  Deno.test(`${title} is renamed with a clear message, and the daemon runs`, () =>
    withLab(async (lab) => {
      const path = `${lab.folder}/bgpd.db`;
      {
        await using first = await startBgpd({ config: lab.config, cwd: lab.folder });
        const { session } = await settled(first, lab);
        session.close();
      }
      const damaged = damage(await Deno.readFile(path));
      await Deno.writeFile(path, damaged);
      await using bgpd = await startBgpd({ config: lab.config, cwd: lab.folder });
      const line = await bgpd.process.waitForLine(/renamed to/);
      assert.match(
        line,
        new RegExp(`bgpd\\.db ${says}: renamed to (bgpd\\.db\\.corrupt-\\S+), starting with an empty database`),
      );
      const aside = /renamed to (\S+),/.exec(line)![1]!;
      assert.deepEqual(await Deno.readFile(`${lab.folder}/${aside}`), damaged);
      const { table, session } = await settled(bgpd, lab);
      await assertCatchesUp(bgpd, table, session);
      session.close();
    }));
}

Deno.test("what people announced and added is there after a start over a damaged database", () =>
  withLab(async (lab) => {
    const path = `${lab.folder}/bgpd.db`;
    {
      await using first = await startBgpd({ config: lab.config, cwd: lab.folder });
      const { session } = await settled(first, lab);
      for (
        const words of [["announce", "198.51.100.0/24"], [
          "peer",
          "add",
          "192.0.2.77",
          "--remote-as",
          "65077",
          "--set",
          "passive=true",
        ]]
      ) {
        const { code, stderr } = await first.command(...words);
        assert.equal(code, 0, stderr);
      }
      session.close();
      assert.equal(await first.stop(), 0);
    }
    // This one announces 203.0.113.0/24 as well.
    await damageRoutes(path);
    for (let start = 0; start < 2; start++) {
      await using bgpd = await startBgpd({ config: lab.config, cwd: lab.folder });
      if (start === 0) {
        await bgpd.process.waitForLine(
          /is damaged: renamed to .*, starting with an empty database; 2 announcements and 1 added peer carried over$/,
        );
      }
      const local = "SELECT prefix FROM rib WHERE peer = 'local' ORDER BY prefix";
      await waitFor(
        "the announcements",
        () => bgpd.sql(local).map((row) => row["prefix"]).join(" ") === "198.51.100.0/24 203.0.113.0/24",
      );
      assert.deepEqual(bgpd.sql("SELECT state FROM peers WHERE remote_ip = '192.0.2.77'").length, 1);
      assert.match((await bgpd.command("peer", "list")).stdout, /192\.0\.2\.77/);
      assert.equal(await bgpd.stop(), 0);
    }
  }));

Deno.test("a database locked for three seconds by another process: the session stays, and rib catches up", () =>
  withLab(async (lab) => {
    await using bgpd = await startBgpd({ config: lab.config, cwd: lab.folder });
    const { table, session } = await settled(bgpd, lab);
    const other = new DatabaseSync(bgpd.database, { timeout: 5000 });
    other.exec("BEGIN IMMEDIATE");
    const before = ribOf(bgpd);
    for (let i = 0; i < 60; i++) {
      session.write(table.change(30));
      await sleep(50);
    }
    assert.deepEqual(ribOf(bgpd), before, "it was locked");
    await bgpd.process.waitForLine(/locked by another process \(process \d+ \(.+\)\); changes wait in memory/);
    other.exec("ROLLBACK");
    other.close();
    await assertCatchesUp(bgpd, table, session);
    await bgpd.process.waitForLine(/the database can be written again: bgpd writes the rows that wait/);
    session.close();
  }, ...impatient));

const losses: readonly { readonly title: string; readonly says: RegExp; lose(path: string): Promise<void> }[] = [
  {
    title: "removed",
    says: /bgpd\.db was removed: starting with an empty database/,
    lose: async (path) => {
      for (const end of ["", "-wal", "-shm"]) await Deno.remove(path + end);
    },
  },
  {
    title: "replaced by another",
    says: new RegExp(
      "bgpd\\.db was replaced by another file: renamed that file to bgpd\\.db\\.replaced-\\S+, " +
        "starting with an empty database",
    ),
    lose: async (path) => {
      await Deno.writeTextFile(`${path}.other`, "not a database");
      await Deno.rename(`${path}.other`, path);
    },
  },
  {
    title: "damaged",
    says: /bgpd\.db is damaged: renamed to bgpd\.db\.corrupt-\S+, starting with an empty database/,
    lose: damageRoutes,
  },
];

/** Overwrites the table of routes where it begins, in the file of a running daemon. */
async function damageRoutes(path: string): Promise<void> {
  const database = new DatabaseSync(path, { timeout: 5000 });
  const page = Number(database.prepare("SELECT rootpage FROM sqlite_schema WHERE name = 'routes'").get()!["rootpage"]);
  // What another process writes makes the daemon forget the pages that it holds; what is moved to the file counts
  // there.
  database.exec("INSERT INTO announcements(prefix) VALUES('203.0.113.0/24'); PRAGMA wal_checkpoint(TRUNCATE)");
  database.close();
  using file = await Deno.open(path, { write: true });
  await file.seek((page - 1) * 4096, Deno.SeekMode.Start);
  await file.write(new Uint8Array(4096).fill(0xff));
}

for (const { title, says, lose } of losses) {
  Deno.test(`a database ${title} while the daemon runs: the session stays, and a new one has it all`, () =>
    withLab(async (lab) => {
      await using bgpd = await startBgpd({ config: lab.config, cwd: lab.folder });
      const { table, session } = await settled(bgpd, lab);
      const announce = new DatabaseSync(bgpd.database, { timeout: 5000 });
      announce.exec("INSERT INTO announcements(prefix) VALUES('198.51.100.0/24')");
      announce.close();
      const [before] = bgpd.sql("SELECT id, remote_ip, state, state_since FROM peers WHERE id <> 0");
      await lose(bgpd.database);
      session.write(table.change(20));
      await bgpd.process.waitForLine(says);
      await assertCatchesUp(bgpd, table, session);
      assert.deepEqual(bgpd.sql("PRAGMA integrity_check"), [{ __proto__: null, integrity_check: "ok" }]);
      assert.deepEqual(bgpd.sql("SELECT id, remote_ip, state, state_since FROM peers WHERE id <> 0"), [before]);
      await waitFor("the table to be complete again", () => isComplete(bgpd));
      // The new file has the row at once; the route follows when the RIB has sent what is its own.
      const announced = "WHERE prefix = '198.51.100.0/24'";
      assert.equal(
        bgpd.sql(`SELECT 1 FROM announcements ${announced}`).length,
        1,
        "what people wrote is not forgotten",
      );
      const local = () => bgpd.sql(`SELECT 1 FROM rib ${announced} AND peer_id = 0`).length === 1;
      await waitFor("what people announce to be in rib", local, { detail: () => bgpd.process.log() });
      session.close();
      assert.equal(await bgpd.stop(), 0);
    }));
}

Deno.test({
  name: "a full disk: the session stays, the log says so, and rib is what was sent once there is space",
  ignore: !canMount(),
  fn: () =>
    withLab(async (lab) => {
      const { folder } = lab;
      await Deno.mkdir(`${folder}/disk`);
      // A file system of its own, seen by the daemon alone and gone with it.
      const script = `mount -t tmpfs -o size=4m bgpd-test '${folder}/disk' && exec "$@"`;
      await using bgpd = await startBgpd({
        config: `database = "disk/bgpd.db"\n${lab.config}`,
        cwd: folder,
        wrap: ["unshare", "--mount", "sh", "-c", script, "sh"],
      });
      const { pid } = bgpd.process;
      const inside = (...command: string[]) => run("nsenter", ["--target", String(pid), "--mount", ...command]);
      const query = "SELECT prefix || ' ' || med || CASE WHEN stale THEN ' stale' ELSE ' fresh' END FROM rib";
      const rows = async () => {
        const { stdout } = await inside("sqlite3", "-cmd", ".timeout 5000", bgpd.database, query);
        return stdout.split("\n").filter((line) => line !== "").sort();
      };
      const table = new MovingTable(1500, new Random(7606));
      const wanted = () => [...table.routes].map(([prefix, med]) => `${prefix} ${med} fresh`).sort();
      const detail = () => bgpd.process.log();
      const session = await lab.connect();
      const caughtUp = async () => {
        assert.deepEqual(await rows(), wanted());
        return true;
      };
      for (const piece of table.whole()) session.write(piece);
      await waitFor("the table in the database", caughtUp, { detail });

      await inside("sh", "-c", `cat /dev/zero >'${folder}/disk/filler' 2>/dev/null`);
      const full = bgpd.process.waitForLine(
        /cannot be written: (no space is left|the disk failed).*; changes wait in memory/,
      );
      for (let i = 0; i < 100; i++) {
        session.write(table.change(60));
        await sleep(30);
      }
      await full;
      assert.notDeepEqual(await rows(), wanted(), "it was full");
      await inside("rm", `${folder}/disk/filler`);
      await waitFor("rib to be what was sent", caughtUp, { detail });
      await bgpd.process.waitForLine(/the database can be written again: bgpd writes the rows that wait/);
      assert.equal(bgpd.log.match(/the database can be written again/g)!.length, 1, "it was full all the time");
      const { stdout } = await inside("sqlite3", bgpd.database, "PRAGMA integrity_check");
      assert.equal(stdout.trim(), "ok");
      assert.ok(session.received.every(({ type }) => type !== MessageType.notification), bgpd.process.log());
      assert.equal(bgpd.log.match(/Established$/gm)?.length, 1, "one session all along");
      session.close();
    }, ...impatient),
});

/** Mounting takes root's rights, which not every container gives to its root. */
function canMount(): boolean {
  const { success } = new Deno.Command("unshare", {
    args: ["--mount", "sh", "-c", "mount -t tmpfs none /mnt && command -v nsenter sqlite3"],
    stdin: "null",
    stdout: "null",
    stderr: "null",
  }).outputSync();
  if (!success) {
    console.error("SKIPPED: a full disk: a file system cannot be mounted here, or nsenter or sqlite3 lacks");
  }
  return success;
}
