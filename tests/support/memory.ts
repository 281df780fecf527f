/** The memory of a process, as Linux counts it. */

import { run } from "./process.ts";

/** RSS in MB, with the lines of /proc/PID/status that say what it consists of. */
export async function memoryOf(pid: number): Promise<{ rssMb: number; lines: string }> {
  // Deno itself reads the file only with all permissions.
  const { stdout } = await run("cat", [`/proc/${pid}/status`]);
  const rss = /^VmRSS:\s+(\d+) kB/m.exec(stdout)?.[1];
  if (rss === undefined) throw new Error(`process ${pid} has no memory`);
  return { rssMb: Number(rss) / 1000, lines: [...stdout.matchAll(/^(?:VmRSS|RssAnon|RssFile):.*/gm)].join(" ") };
}

export async function rssMb(pid: number): Promise<number> {
  return (await memoryOf(pid)).rssMb;
}
