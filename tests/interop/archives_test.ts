/**
 * Archives: files that appear whole, that bgpdump reads, and that lead to the table of the database: a table at a time,
 * and the updates after it, applied by a program of its own.
 */
import assert from "node:assert/strict";
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { Applied, unpacked } from "../support/mrt_applied.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { updatesOf, withdrawalsOf } from "../support/rpki_table.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";
import { canRun } from "./star.ts";

const asn = 65001;

interface Lab extends AsyncDisposable {
  readonly bgpd: Bgpd;
  readonly folder: string;
  connect(): Promise<ScriptedPeer>;
  /** The files of the archive, whole ones and parts. */
  files(): string[];
}

async function lab(archives: string, cwd?: string): Promise<Lab> {
  const folder = cwd ?? await Deno.makeTempDir({ prefix: "bgpd-archive-" });
  const address = loopback(), port = freePort(address), local = loopback();
  const bgpd = await startBgpd({
    cwd: folder,
    config: `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${address}:${port}"
[[peers]]
remote_ip = "${local}"
remote_as = ${asn}
passive = true
${archives}`,
  });
  return {
    bgpd,
    folder,
    connect: () => ScriptedPeer.connect({ local, address, port, asn, keepaliveMs: 1000 }),
    files: () => filesIn(`${folder}/mrt`),
    async [Symbol.asyncDispose]() {
      await bgpd.stop();
      if (cwd === undefined) await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Nothing where the folder is not there yet. */
function filesIn(folder: string): string[] {
  try {
    return [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  } catch {
    return [];
  }
}

const inSql = (bgpd: Bgpd) =>
  bgpd.sql("SELECT prefix || ' ' || as_path AS row FROM adj_rib_in WHERE NOT stale").map(({ row }) => String(row))
    .sort();

const route = (i: number, origin: number) => ({ prefix: `10.${i >> 8}.${i & 255}.0/24`, origin });

Deno.test("a table and the updates after it lead to the table of the database, and to its history", async () => {
  await using live = await lab(`
[[archives]]
kind = "table"
path = "mrt/rib.%s.zst"
interval = 10
[[archives]]
path = "mrt/updates.%s.gz"
interval = 10
max_size = 1000
`);
  const { bgpd, folder, files } = live;
  const peer = await live.connect();
  const isWhole = (kind: string) => files().some((name) => name.startsWith(kind) && /\.(gz|zst)$/.test(name));
  for (let round = 0; !isWhole("rib") || round < 4; round++) {
    peer.write(
      updatesOf(
        Array.from({ length: 300 }, (_, i) => route((i + 37 * round) % 500, 64_500 + round % 7)),
        asn,
        "192.0.2.1",
      ),
    );
    peer.write(withdrawalsOf(Array.from({ length: 20 }, (_, i) => route((i * 7 + round) % 500, 0).prefix)));
    await sleep(500);
  }
  const rib = files().find((name) => name.startsWith("rib"))!;
  peer.write(updatesOf(Array.from({ length: 50 }, (_, i) => route(i * 3, 64_599)), asn, "192.0.2.1"));
  await waitFor("the last change", () => inSql(bgpd).filter((row) => row.endsWith("64599")).length === 50);
  const until = Date.now(), now = inSql(bgpd);
  await waitFor("the updates", () => {
    const last = files().filter((name) =>
      /^updates.*gz$/.test(name)
    ).map((name) => Number(name.split(".")[1])).at(-1) ?? 0;
    return 1000 * (last + 10) > until;
  }, { timeoutMs: 30_000 });

  const applied = new Applied();
  const time = applied.read(unpacked(`${folder}/mrt/${rib}`));
  assert.ok(applied.routes.size > 100);
  for (const name of files().filter((each) => /^updates.*gz$/.test(each))) {
    applied.read(unpacked(`${folder}/mrt/${name}`), time);
  }
  assert.deepEqual(applied.lines, now);
  const past = bgpd.sql(
    `SELECT prefix || ' ' || as_path AS row FROM rib_history WHERE from_ms <= ${until} AND to_ms > ${until}`,
  );
  assert.deepEqual(past.map(({ row }) => String(row)).sort(), now);
  assert.ok(applied.states >= 1, "the session came up");

  // The changes of the history lead there, too.
  const exported = await bgpd.command("mrt", "export", "changes.mrt.gz", "--updates", "--from", "-10m");
  assert.match(exported.stderr, /changes\.mrt\.gz: \d+ announcements, \d+ withdrawals/);
  const changes = new Applied();
  changes.read(unpacked(`${folder}/changes.mrt.gz`));
  assert.deepEqual(changes.lines, now);
  assert.equal((await bgpd.command("mrt", "export", "x.mrt", "--from", "-1h")).code, 2);
  peer.close();
});

Deno.test({
  name: "bgpdump reads every file of an archive, beside reloads; a killed daemon leaves readable files only",
  ignore: !canRun("archives", [], "bgpdump"),
  fn: async () => {
    const folder = await Deno.makeTempDir({ prefix: "bgpd-archive-" });
    const archives = '[[archives]]\npath = "mrt/updates.%s.gz"\ninterval = 10\n';
    let sent = 0;
    const live = await lab(archives, folder);
    const peer = await live.connect();
    const send = () => peer.write(updatesOf([route(sent % 500, 64_500 + sent++ % 9)], asn, "192.0.2.1"));
    // Reloads that change the archive, while the peer sends, neither lose a record nor write one twice.
    const path = `${folder}/bgpd.toml`, config = Deno.readTextFileSync(path);
    for (const [began, days] = [Date.now(), [1, 2, 3]]; Date.now() < began + 11_000; await sleep(20)) {
      send();
      if (days.length === 0 || Date.now() < began + 2_000 * days[0]!) continue;
      Deno.writeTextFileSync(path, `${config}max_age = ${days.shift()}\n`);
      assert.equal((await live.bgpd.command("reload")).stdout, "archives changed\n");
    }
    await waitFor("a whole file", () => live.files().some((name) => name.endsWith(".gz")));
    send();
    await waitFor(
      "the last route",
      () => live.bgpd.sql("SELECT sum(updates_received) AS n FROM peers")[0]?.["n"] === sent,
    );
    await sleep(300);
    await live.bgpd.stop("SIGKILL");
    peer.close();
    assert.ok(live.files().some((name) => name.endsWith(".part")));
    // What follows the last whole record is cut off.
    const part = live.files().find((name) => name.endsWith(".part"))!;
    Deno.writeFileSync(`${folder}/mrt/${part}`, Uint8Array.of(1, 2, 3), { append: true });
    {
      await using again = await lab(archives, folder);
      await waitFor("the file of the killed run", () => !again.files().includes(part), { timeoutMs: 25_000 });
    }
    const names = live.files();
    assert.ok(names.every((name) => name.endsWith(".gz")), names.join(" "));
    let updates = 0;
    for (const name of names) {
      const { code, stdout } = await run("bgpdump", ["-m", `${folder}/mrt/${name}`]);
      assert.equal(code, 0);
      updates += stdout.split("\n").filter((line) => line.includes("|A|")).length;
    }
    assert.equal(updates, sent);
    await Deno.remove(folder, { recursive: true });
  },
});
