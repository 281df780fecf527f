/** Gives configurations with mistakes to `bgpd check` and to `bgpd run`, and reports where the two differ. */

import { checkStart } from "../../src/daemon/mod.ts";
import { bgpdPath, ensureBgpd } from "./bgpd.ts";
import { type Mistake, mistakenFiles, mistakes } from "./mistakes.ts";
import { freePort } from "./net.ts";
import { Process } from "./process.ts";
import { seed } from "./seed.ts";

export interface Agreement {
  readonly refused: number;
  readonly started: number;
  readonly differences: readonly string[];
}

/** Of `count` configurations so many are started by real daemons, spread over all; the others are only checked. */
export async function checkAgrees({ count, realDaemons }: { count: number; realDaemons: number }): Promise<Agreement> {
  await ensureBgpd();
  const folder = await Deno.makeTempDir({ prefix: "bgpd-check-" });
  const before = Deno.cwd();
  // In a process of its own: the check runs in this one, and says so of sockets that are its own.
  const listening = 'console.log(Deno.listen({ hostname: "127.0.0.1", port: 0 }).addr.port)';
  const busy = new Process(Deno.execPath(), { args: ["eval", listening] });
  const found = { refused: 0, started: 0, differences: [] as string[] };
  try {
    await mistakenFiles(folder);
    // Names of files in a configuration are relative to the current folder.
    Deno.chdir(folder);
    const busyPort = Number(await busy.waitForLine(/^\d+$/));
    const list = mistakes(count, seed, { port: freePort("127.0.0.1"), busyPort });
    const every = Math.max(1, Math.floor(count / realDaemons));
    for (const [i, mistake] of list.entries()) {
      await Deno.writeTextFile(`${folder}/bgpd.toml`, mistake.config);
      const report = await checkStart("bgpd.toml");
      const refusal = report.kind === "refused" ? report.texts.join("\n") : undefined;
      if (refusal === undefined) found.started++;
      else found.refused++;
      if (i % every !== 0) continue;
      const difference = await runDiffers(folder, mistake, refusal);
      if (difference !== undefined) found.differences.push(difference);
    }
  } finally {
    await busy.stop();
    Deno.chdir(before);
    await Deno.remove(folder, { recursive: true });
  }
  return found;
}

async function runDiffers(folder: string, { what, config }: Mistake, refusal: string | undefined) {
  const process = new Process(bgpdPath, { args: ["bgpd.toml"], cwd: folder, env: { NO_COLOR: "1" } });
  const runs = await process.waitForLine(/listening on/i).then(() => true, () => false);
  if (runs) process.signal("SIGTERM");
  const code = await process.end();
  const said = process.stderr.join("\n").trim();
  if (refusal === undefined) {
    return runs && code === 0 ? undefined : `${what}: check passes, run says: ${said}\n${config}`;
  }
  if (!runs && code === 1 && said === refusal.trim()) return undefined;
  return `${what}: check says: ${refusal}\nrun says (exit code ${code}): ${said}`;
}
