/**
 * The cost of the history: a full table, changes anywhere in it, and the loss of the session, with the history on and
 * off. `deno run -A tests/bench/history_bench.ts [changes]`
 */

import process from "node:process";
import { fullTable, generateTable } from "./generator.ts";
import { DatabaseRig } from "./database_rig.ts";

const changes = Number(Deno.args[0] ?? 1_000_000);
/** As many a pull as come in 50 ms at 20,000 a second. */
const perPull = 1_000;

const table = generateTable(fullTable);

for (const history of [false, true, false, true]) {
  const folder = Deno.makeTempDirSync();
  const path = `${folder}/bench.db`;
  const rig = new DatabaseRig(path, table, history, Date.now());
  console.log(`history ${history ? "on" : "off"}`);
  const measure = (name: string, work: () => string) => {
    rig.ribMs = rig.fillMs = rig.writeMs = 0;
    const start = performance.now(), cpu = process.cpuUsage();
    const text = work();
    const { user, system } = process.cpuUsage(cpu);
    const ms = (value: number) => `${value.toFixed(0).padStart(6)} ms`;
    console.log(
      `  ${name.padEnd(24)} ${ms(performance.now() - start)}, CPU ${ms((user + system) / 1000)}; RIB ${
        ms(rig.ribMs)
      }, ` +
        `fill ${ms(rig.fillMs)}, write ${ms(rig.writeMs)} ${text}`,
    );
  };
  try {
    measure("1.2M routes", () => {
      rig.load(1);
      return "";
    });
    measure("indexes", () => {
      rig.writer.indexes.buildAll();
      rig.writer.file.checkpoint();
      return "";
    });
    for (const hot of [0.01, 1]) {
      // Encoded beforehand: the speaker is not what is measured.
      const pulls = Array.from({ length: changes / perPull }, () => rig.changes(1, perPull, hot));
      measure(`${changes} changes of ${hot * 100} %`, () => {
        let longest = 0, sinceCheckpoint = 0;
        for (const bytes of pulls) {
          const start = performance.now();
          rig.now += 50;
          rig.send(1, 1, bytes);
          rig.write();
          if (++sinceCheckpoint % 20 === 0) rig.writer.file.checkpoint();
          longest = Math.max(longest, performance.now() - start);
        }
        const perSecond = changes / (rig.ribMs + rig.fillMs + rig.writeMs) * 1000;
        return `= ${perSecond.toFixed(0)}/s, the longest pull ${longest.toFixed(0)} ms`;
      });
    }
    measure("session lost, cleaned", () => {
      rig.now += 1000;
      rig.rib.sessionDown(1, 1);
      while (rig.rib.decide(50_000));
      rig.write();
      let longest = 0;
      for (let more = true; more;) {
        const start = performance.now();
        more = rig.writer.cleanup(0);
        longest = Math.max(longest, performance.now() - start);
        rig.writer.file.checkpoint();
      }
      return `longest step ${longest.toFixed(0)} ms`;
    });
    console.log(`  database ${(Deno.statSync(path).size / 2 ** 20).toFixed(0)} MiB`);
  } finally {
    rig.writer.close();
    Deno.removeSync(folder, { recursive: true });
  }
}
