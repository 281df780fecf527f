/**
 * An hour of churn in archives: bgpdump reads every file; a table and the updates after it lead to the table of the
 * database; and `kill -9` at random moments leaves readable files only.
 */
import { type Bgpd, startBgpd } from "../support/bgpd.ts";
import { Applied, unpacked } from "../support/mrt_applied.ts";
import { freePort, loopback } from "../support/net.ts";
import { run } from "../support/process.ts";
import { seededRandom, updatesOf, withdrawalsOf } from "../support/rpki_table.ts";
import { ScriptedPeer } from "../support/scripted_peer.ts";
import { sleep, waitFor } from "../support/wait.ts";
import type { Outcome } from "./main.ts";

const asn = 65001, routes = 50_000, changesPerSecond = 200;
const churnSeconds = Number(Deno.args[1] ?? 3600), tableSeconds = churnSeconds / 6, mostKills = 8;

const prefixOf = (i: number) => `${10 + (i >> 16)}.${i >> 8 & 255}.${i & 255}.0/24`;

export async function archivesSoak(): Promise<Outcome> {
  const folder = await Deno.makeTempDir({ prefix: "bgpd-archives-" });
  const address = loopback(), port = freePort(address), local = loopback();
  const start = () =>
    startBgpd({
      cwd: folder,
      config: `router_id = "10.0.0.254"
default_as = 65000
bgp_socket = "${address}:${port}"
[[peers]]
remote_ip = "${local}"
remote_as = ${asn}
passive = true
[[archives]]
path = "mrt/updates.%s.gz"
interval = 60
[[archives]]
kind = "table"
path = "mrt/rib.%s.gz"
interval = ${tableSeconds}
`,
    });
  const session = () => ScriptedPeer.connect({ local, address, port, asn, keepaliveMs: 1000 });
  const random = seededRandom(15);
  let bgpd = await start(), peer = await session();
  const whole = Array.from({ length: routes }, (_, i) => ({ prefix: prefixOf(i), origin: 64_500 + i % 20 }));
  peer.write(updatesOf(whole, asn, "192.0.2.1"));
  let changes = 0, kills = 0;
  // The last table comes after the last kill: what peers sent while bgpd was away is in no file of updates.
  const killAt = Array.from({ length: mostKills }, () => (0.8 * churnSeconds - tableSeconds) * random.below(1000));
  killAt.sort((a, b) => a - b);
  for (const began = Date.now(); Date.now() < began + 1000 * churnSeconds;) {
    const some = Array.from({ length: changesPerSecond / 10 }, () => random.below(routes));
    peer.write(
      updatesOf(some.map((i) => ({ prefix: prefixOf(i), origin: 64_500 + random.below(50) })), asn, "192.0.2.1"),
    );
    peer.write(withdrawalsOf(some.filter((i) => i % 5 === 0).map(prefixOf)));
    changes += some.length;
    if (Date.now() > began + (killAt[kills] ?? Infinity)) {
      kills++;
      await bgpd.stop("SIGKILL");
      peer.close();
      bgpd = await start();
      peer = await session();
      peer.write(updatesOf(whole, asn, "192.0.2.1"));
    }
    await sleep(100);
  }
  const failures = await compare(bgpd, `${folder}/mrt`);
  peer.close();
  await bgpd.stop();
  const files = [...Deno.readDirSync(`${folder}/mrt`)].map(({ name }) => name);
  let records = 0;
  for (const name of files) {
    const { code, stdout } = await run("bgpdump", ["-m", `${folder}/mrt/${name}`]);
    if (code !== 0 || !name.endsWith(".gz")) failures.push(`bgpdump does not read ${name}`);
    records += stdout.split("\n").length - 1;
  }
  await Deno.remove(folder, { recursive: true });
  return { measured: { files: files.length, lines: records, changes, kills, churnSeconds }, failures };
}

/** The last table and the updates after it, beside the table of the database and its history. */
async function compare(bgpd: Bgpd, folder: string): Promise<string[]> {
  await sleep(2_000);
  const until = Date.now();
  const sql = (query: string) => bgpd.sql(query).map(({ row }) => String(row)).sort();
  const now = sql("SELECT prefix || ' ' || as_path AS row FROM adj_rib_in WHERE NOT stale");
  const names = () => [...Deno.readDirSync(folder)].map(({ name }) => name).sort();
  const timeOf = (name: string) => Number(name.split(".")[1]);
  await waitFor(
    "the last updates",
    () => names().some((name) => /^updates.*gz$/.test(name) && 1000 * (timeOf(name) + 60) > until),
    { timeoutMs: 120_000 },
  );
  const past = sql(
    `SELECT prefix || ' ' || as_path AS row FROM rib_history WHERE from_ms <= ${until} AND to_ms > ${until}`,
  );
  const applied = new Applied();
  const time = applied.read(unpacked(`${folder}/${names().filter((name) => /^rib.*gz$/.test(name)).at(-1)}`));
  for (const name of names().filter((each) => /^updates.*gz$/.test(each) && timeOf(each) + 60 > time)) {
    applied.read(unpacked(`${folder}/${name}`), time);
  }
  const failures: string[] = [];
  if (JSON.stringify(applied.lines) !== JSON.stringify(now)) {
    failures.push("table and updates differ from the database");
  }
  if (JSON.stringify(past) !== JSON.stringify(now)) failures.push("the history differs from the database");
  return failures;
}
