/**
 * Every query of examples/queries.sql on two full tables with an hour of history, each in a `sqlite3` process of its
 * own, as people run them. `--page` writes the table of docs/performance.md.
 * `deno run -A tests/bench/queries_bench.ts [--page] [states in the history]`
 */

import { readQueries } from "../support/queries.ts";
import { sqlite3 } from "../support/sqlite3.ts";
import { fullTable, generateTable } from "./generator.ts";
import { DatabaseRig } from "./database_rig.ts";
import { machine, writeSection } from "./page.ts";
import { median } from "./report.ts";

const writesPage = Deno.args.includes("--page");
const states = Number(Deno.args.find((argument) => /^\d/.test(argument)) ?? 1_000_000);
const rounds = 3;
const hour = 3_600_000;

const folder = Deno.makeTempDirSync();
const path = `${folder}/bench.db`;
const end = Date.now();
const rig = new DatabaseRig(path, generateTable(fullTable), true, end - hour);

try {
  let at = performance.now();
  for (const peer of [1, 2]) rig.load(peer);
  rig.writer.indexes.buildAll();
  console.log(`two tables written in ${((performance.now() - at) / 1000).toFixed(1)} s`);
  at = performance.now();
  for (let made = 0; made < states; made += 5_000) {
    rig.now = end - hour + hour * made / states;
    rig.send(1, 1, rig.changes(1, 5_000, 0.2));
    rig.write();
  }
  rig.now = end;
  rig.writer.file.checkpoint();
  const one = async (sql: string) => (await sqlite3(path, sql)).split("|") as [string, string];
  const [rows, routes] = await one("SELECT (SELECT count(*) FROM history), (SELECT count(*) FROM routes)");
  console.log(
    `${rows} states ended and written in ${((performance.now() - at) / 1000).toFixed(1)} s; ${routes} routes`,
  );
  console.log(`database ${(Deno.statSync(path).size / 2 ** 20).toFixed(0)} MiB`);
  console.log(
    await sqlite3(
      path,
      "SELECT group_concat(text, ', ') FROM (SELECT name || ' ' || sum(pgsize) / 1048576 || ' MiB' AS text" +
        " FROM dbstat GROUP BY name ORDER BY sum(pgsize) DESC LIMIT 9)",
    ).catch(() => "(this sqlite3 has no dbstat)"),
  );

  const [prefix, hi] = await one(
    "SELECT prefix, hi FROM prefixes" +
      " WHERE id = (SELECT prefix_id FROM history GROUP BY 1 ORDER BY count(*) DESC LIMIT 1)",
  );
  const [v6] = await one("SELECT prefix FROM prefixes WHERE family = 2 AND len = 48 LIMIT 1 OFFSET 5000");
  const [origin] = await one(
    "SELECT origin_as FROM loc_rib GROUP BY 1 ORDER BY abs(count(*) - 996) LIMIT 1",
  );
  const [community] = await one("SELECT communities FROM attributes WHERE communities <> '' LIMIT 1 OFFSET 500");
  const yours = (sql: string) =>
    sql.replaceAll("198.51.100.0/24", prefix).replaceAll("198.51.100.7", prefix.split("/")[0]!)
      .replaceAll("(198 << 24) | (51 << 16) AS hi, 16", `${BigInt(hi) & 0xffff0000n} AS hi, 16`)
      .replaceAll("2001:db8:1::7", v6.split("/")[0]!).replaceAll("65010", origin)
      .replaceAll("65001:99", community.split(" ")[0]!);
  console.log(`asking about ${prefix}, ${v6}, AS ${origin}, community ${community.split(" ")[0]}\n`);

  const table = ["| question | rows | ms |", "|---|---:|---:|"];
  for (const { number, title, statements } of await readQueries()) {
    const times: number[] = [];
    let lines = 0;
    for (let round = 0; round < rounds; round++) {
      const start = performance.now();
      const answer = await sqlite3(path, yours(statements.join(";\n")));
      times.push(performance.now() - start);
      lines = answer === "" ? 0 : answer.split("\n").length;
    }
    const short = title.replace(/ \([^)]*\)$/, "").split(/[:;]/)[0];
    table.push(`| ${number}. ${short} | ${lines.toLocaleString("en")} | ${median(times).toFixed(0)} |`);
    console.log(table.at(-1));
  }
  if (writesPage) {
    const about = `${routes} routes of two peers, ${rows} ended states; ${await machine()}; medians of ${rounds}.`;
    await writeSection("queries", `${table.join("\n")}\n\n(${about})\n`);
  }
} finally {
  rig.writer.close();
  Deno.removeSync(folder, { recursive: true });
}
