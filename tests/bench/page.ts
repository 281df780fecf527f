/** The tables of README and docs/performance.md that the bench writes, all from one run. */

import { withSection } from "../../tools/sections.ts";
import { measures, ratioTable, scaleMeasures } from "./measures.ts";
import type { Result } from "./report.ts";

/** Runs of the scenarios that take minutes. */
export const scaleRuns = 1;

/** Writes the sections of both pages. */
export async function writePages(results: readonly Result[]): Promise<void> {
  const about = aboutRun(await machine(), results);
  const performance = "docs/performance.md";
  await writeSection("bench", `${about}\n\n${ratioTable(measures, results)}`, performance);
  await writeSection("scale", ratioTable(scaleMeasures, results), performance);
  await writeSection(
    "bench",
    `${ratioTable(measures.filter(({ front }) => front), results)}\n(${about})\n`,
    "README.md",
  );
}

/** One line: when, on what, with what. */
export function aboutRun(machine: string, results: readonly Result[]): string {
  const versions = [...new Set(results.map(({ version }) => version))].join(", ");
  const others = results.reduce((sum, { othersCores }) => sum + othersCores, 0) / Math.max(1, results.length);
  const runs = Math.max(...results.map(({ run }) => run));
  const scale = results[0]?.scale ?? 1;
  return `${machine}, ${versions}; medians of ${runs} runs in turn${scale === 1 ? "" : `, at ${scale} of the size`}; ` +
    `other programs used ${others.toFixed(1)} cores.`;
}

/** What was measured on: date, cores, processor, Deno. */
export async function machine(): Promise<string> {
  const model = /^model name\s*: (.*)$/m.exec(await Deno.readTextFile("/proc/cpuinfo"))?.[1] ?? "an unknown processor";
  const day = new Date().toISOString().slice(0, 10);
  return `${day}, ${navigator.hardwareConcurrency} cores (${model.trim()}), Deno ${Deno.version.deno}`;
}

/** Writes a section of a page. */
export async function writeSection(name: string, section: string, page = "docs/performance.md"): Promise<void> {
  const path = new URL(`../../${page}`, import.meta.url);
  await Deno.writeTextFile(path, withSection(await Deno.readTextFile(path), name, section));
  console.error(`${page} is written`);
}
